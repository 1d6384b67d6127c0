"""Documents and their passages as pages list them: some at a time, without reading all the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, or_, select

from pipelines.domain.documents import READABLE_STATES, DocumentState
from pipelines.domain.runs import DocumentSummary
from pipelines.store import schema
from pipelines.store.documents import DONE, REGISTERED, DocumentStore

WAITING = "waiting"
"""Registered, and not read yet."""
SET_ASIDE = "set_aside"
"""Read without text coming of it, whatever the reason."""
_COLUMNS = schema.documents.c
_READABLE = [state.value for state in READABLE_STATES]


@dataclass(frozen=True)
class DocumentFilter:
    """Which documents; every field that is given narrows the choice."""

    state: str | None = None
    """A :class:`DocumentState`, ``waiting`` or ``set_aside``."""
    words: str = ""
    """All of these must be in the title, or all in the name of a file."""
    run: str | None = None
    """The run that brought it in, or read it last."""


@dataclass(frozen=True)
class ShownPassage:
    """A passage as its document shows it."""

    id: str
    position: int
    text: str
    section: tuple[str, ...]
    page: int | None
    language: str
    boilerplate: str | None
    flagged: bool


def count_documents(engine: Engine, chosen: DocumentFilter) -> int:
    """Number of documents that match."""
    with engine.connect() as connection:
        return int(connection.execute(_narrow(select(func.count()).select_from(schema.documents), chosen)).scalar_one())


def page_documents(engine: Engine, chosen: DocumentFilter, limit: int, start: int = 0) -> list[DocumentSummary]:
    """``limit`` documents that match, those that came in last first, the first ``start`` left out."""
    query = _narrow(select(_COLUMNS.id), chosen).order_by(_COLUMNS.sequence.desc()).limit(limit).offset(start)
    with engine.connect() as connection:
        ids = list(connection.execute(query).scalars())
    return DocumentStore(engine).summaries(ids)[::-1] if ids else []


def document_states(engine: Engine) -> dict[str, int]:
    """Number of documents in each state that there is, ``waiting`` and ``set_aside`` among them."""
    query = select(_COLUMNS.stage, _COLUMNS.state, func.count()).group_by(_COLUMNS.stage, _COLUMNS.state)
    found: dict[str, int] = {}
    with engine.connect() as connection:
        for stage, state, n in connection.execute(query):
            names = [WAITING] if stage == REGISTERED else [state, *([] if state in _READABLE else [SET_ASIDE])]
            for name in names:
                found[name] = found.get(name, 0) + n
    return found


def set_aside_ids(engine: Engine) -> list[str]:
    """Ids of all documents that were set aside, in order of arrival."""
    query = _narrow(select(_COLUMNS.id), DocumentFilter(state=SET_ASIDE)).order_by(_COLUMNS.sequence)
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def ids_in_states(engine: Engine, states: Sequence[DocumentState]) -> list[str]:
    """Ids of the documents in any of some states, in order of arrival."""
    chosen = _COLUMNS.state.in_([state.value for state in states])
    query = select(_COLUMNS.id).where(chosen).order_by(_COLUMNS.sequence)
    with engine.connect() as connection:
        return list(connection.execute(query).scalars())


def document_passages(engine: Engine, document_id: str, first: int, limit: int) -> list[ShownPassage]:
    """``limit`` passages of a document from position ``first`` on, in the order of the text."""
    columns = schema.passages.c
    query = (
        select(
            columns.id,
            columns.position,
            columns.text,
            columns.language,
            columns.boilerplate,
            columns.data,
            schema.labels.c.flag,
        )
        .outerjoin(schema.labels, schema.labels.c.passage_id == columns.id)
        .where(columns.document_id == document_id, columns.position >= first)
        .order_by(columns.position)
        .limit(limit)
    )
    with engine.connect() as connection:
        return [_as_shown(row) for row in connection.execute(query)]


def flagged_positions(engine: Engine, document_id: str) -> list[tuple[str, int]]:
    """Id and position of the flagged passages of a document, in the order of the text."""
    columns = schema.passages.c
    query = (
        select(columns.id, columns.position)
        .join(schema.labels, schema.labels.c.passage_id == columns.id)
        .where(columns.document_id == document_id, schema.labels.c.flag >= 0.5)
        .order_by(columns.position)
    )
    with engine.connect() as connection:
        return [(row.id, row.position) for row in connection.execute(query)]


def _as_shown(row: Any) -> ShownPassage:
    # Not as a record: a page shows a hundred, and their sentences are of no use to it.
    return ShownPassage(
        id=row.id,
        position=row.position,
        text=row.text,
        section=tuple(row.data.get("section") or ()),
        page=row.data.get("page_first"),
        language=row.language,
        boilerplate=row.boilerplate,
        flagged=row.flag is not None and row.flag >= 0.5,
    )


def _narrow(query: Select[*tuple[Any, ...]], chosen: DocumentFilter) -> Select[*tuple[Any, ...]]:
    if chosen.state == WAITING:
        query = query.where(_COLUMNS.stage == REGISTERED)
    elif chosen.state == SET_ASIDE:
        query = query.where(_COLUMNS.stage == DONE, _COLUMNS.state.not_in(_READABLE))
    elif chosen.state is not None:
        query = query.where(_COLUMNS.stage == DONE, _COLUMNS.state == DocumentState(chosen.state).value)
    if chosen.run is not None:
        query = query.where(_COLUMNS.run_id == chosen.run)
    words = chosen.words.split()
    if words:
        paths = schema.document_paths.c
        named = select(paths.document_id).where(_all_in(_file_name(paths.path), words))
        query = query.where(or_(_all_in(_COLUMNS.title, words), _COLUMNS.id.in_(named)))
    return query


def _all_in(column: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[bool]:
    return and_(*(column.icontains(word, autoescape=True) for word in words))


def _file_name(path: ColumnElement[Any]) -> ColumnElement[Any]:
    """What follows the last slash of a path, for databases: folders in it must not make every document a find."""
    slashes = func.replace(path, "\\", "/")
    # What is left when characters other than slashes are taken from the end is the folder.
    folder = func.rtrim(slashes, func.replace(slashes, "/", ""))
    return func.substr(slashes, func.length(folder) + 1)
