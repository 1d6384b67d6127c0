"""Documents: registered before they are read, saved whole with their passages and labels in one transaction."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, insert, select, update

from pipelines.domain.documents import Document, DocumentState, Metadata, Reason
from pipelines.domain.evidence import FLAGGED_FROM, Labels
from pipelines.domain.passages import Passage
from pipelines.domain.runs import DocumentSummary, Run
from pipelines.store import schema

REGISTERED = "registered"
DONE = "done"
_FEW = 500
"""So many ids go into one query; databases take some thousands at most."""


@dataclass(frozen=True)
class FoundFile:
    """A file that a scan came across. Same checksum, same document."""

    document_id: str
    checksum: str
    path: str
    n_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class KnownPath:
    """A path that was seen before, with size and time of change so that it need not be read again."""

    document_id: str
    n_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class ReadDocument:
    """All that one document brings to the store."""

    document: Document
    passages: Sequence[Passage]
    signatures: Mapping[str, bytes]
    """Passage id -> signature for near-duplicates."""
    labels: Sequence[Labels]
    """Of the passages that were labelled, in order."""
    seconds: Mapping[str, float]
    """Stage -> seconds."""
    versions: Mapping[str, str]
    """Stage -> version of what did it."""
    file: str | None = None


class DocumentStore:
    """Documents of a workspace."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def known_paths(self) -> dict[str, KnownPath]:
        """All paths seen before."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(schema.document_paths)).all()
        return {r.path: KnownPath(r.document_id, r.n_bytes, r.modified_ns) for r in rows}

    def register(self, run: Run, files: Sequence[FoundFile]) -> list[str]:
        """Store a new run and the files it found in one transaction, every new document as failed until it is read.

        Returns
        -------
        list of str
            Ids of new documents, in the order of ``files``.
        """
        with self._engine.begin() as connection:
            if connection.execute(select(schema.runs.c.id).where(schema.runs.c.id == run.id)).first() is None:
                connection.execute(insert(schema.runs).values(**run.model_dump()))
            known = set(connection.execute(select(schema.documents.c.id)).scalars())
            new: list[str] = []
            for file in files:
                if file.document_id not in known:
                    known.add(file.document_id)
                    new.append(file.document_id)
                    connection.execute(insert(schema.documents).values(**_registered(file, run)))
                _save_path(connection, file)
        return new

    def pending(self) -> list[str]:
        """Ids of documents that still have to be read, in order of arrival."""
        query = (
            select(schema.documents.c.id)
            .where(schema.documents.c.stage == REGISTERED)
            .order_by(schema.documents.c.sequence)
        )
        with self._engine.connect() as connection:
            return list(connection.execute(query).scalars())

    def reopen(self, document_ids: Sequence[str], run: Run) -> None:
        """Mark documents to be read again in ``run``; what is known of them stays until then."""
        with self._engine.begin() as connection:
            if connection.execute(select(schema.runs.c.id).where(schema.runs.c.id == run.id)).first() is None:
                connection.execute(insert(schema.runs).values(**run.model_dump()))
            reopened = update(schema.documents).values(stage=REGISTERED, run_id=run.id)
            for start in range(0, len(document_ids), _FEW):
                few = document_ids[start : start + _FEW]
                connection.execute(reopened.where(schema.documents.c.id.in_(few)))

    def save(self, run_id: str, read: ReadDocument) -> None:
        """Store a read document, its passages and labels, and mark it done: all or nothing."""
        document = read.document
        with self._engine.begin() as connection:
            _delete_passages(connection, document.id)
            # A document that could not be read this time may have been kept before.
            file = func.coalesce(read.file, schema.documents.c.file)
            connection.execute(
                update(schema.documents)
                .where(schema.documents.c.id == document.id)
                .values(**_document_values(document), file=file, stage=DONE)
            )
            _save_content(connection, document)
            if read.passages:
                connection.execute(
                    insert(schema.passages), [_passage_values(p, read.signatures.get(p.id)) for p in read.passages]
                )
            save_labels(connection, read.labels)
            connection.execute(
                schema.steps.delete().where(schema.steps.c.run_id == run_id, schema.steps.c.document_id == document.id)
            )
            connection.execute(
                insert(schema.steps),
                [
                    {
                        "run_id": run_id,
                        "document_id": document.id,
                        "stage": stage,
                        "outcome": document.state.value,
                        "version": read.versions.get(stage, ""),
                        "seconds": round(seconds, 3),
                    }
                    for stage, seconds in read.seconds.items()
                ],
            )

    def get(self, document_id: str) -> Document:
        """The document with its text; ``KeyError`` where it is unknown or was never read."""
        contents = schema.document_contents.c
        query = select(contents.content).where(contents.document_id == document_id)
        with self._engine.connect() as connection:
            content = connection.execute(query).scalar()
        if content is None:
            raise KeyError(document_id)
        return Document.model_validate_json(gzip.decompress(content))

    def read_in(self, document_id: str) -> str | None:
        """The run that a document was last read in."""
        query = select(schema.documents.c.run_id).where(schema.documents.c.id == document_id)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar()

    def summaries(self, document_ids: Sequence[str] | None = None) -> list[DocumentSummary]:
        """All documents (or those asked for) without their text, in order of arrival."""
        query = select(schema.documents).order_by(schema.documents.c.sequence)
        # Of a few documents, as a page lists them, counts must not look at the passages of all others.
        few = document_ids if document_ids is not None and len(document_ids) <= _FEW else None
        asked = None if document_ids is None else frozenset(document_ids)
        with self._engine.connect() as connection:
            found = connection.execute(_of(query, schema.documents.c.id, few))
            rows = [row for row in found if asked is None or row.id in asked]
            paths: dict[str, list[str]] = {}
            all_paths = select(schema.document_paths)
            for row in connection.execute(_of(all_paths, schema.document_paths.c.document_id, few)):
                paths.setdefault(row.document_id, []).append(row.path)
            passages = _counts(connection, few, flagged=False)
            flagged = _counts(connection, few, flagged=True)
        return [
            # Sorted here: how a database on a server sorts text depends on how it was made.
            _as_summary(row, tuple(sorted(paths.get(row.id, ()))), passages.get(row.id, 0), flagged.get(row.id, 0))
            for row in rows
        ]

    def runs(self) -> dict[str, str]:
        """The run that each document was last read in, by document, in order of arrival."""
        query = select(schema.documents.c.id, schema.documents.c.run_id).order_by(schema.documents.c.sequence)
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def seconds_by_stage(self, run_id: str) -> dict[str, float]:
        """Seconds of work per stage in one run, added up over documents."""
        query = (
            select(schema.steps.c.stage, func.sum(schema.steps.c.seconds))
            .where(schema.steps.c.run_id == run_id)
            .group_by(schema.steps.c.stage)
        )
        with self._engine.connect() as connection:
            return {stage: round(seconds, 3) for stage, seconds in connection.execute(query)}


def save_labels(connection: Connection, labels: Sequence[Labels]) -> None:
    """Insert labels of passages that have none."""
    if not labels:
        return
    connection.execute(
        insert(schema.labels),
        [
            {
                "passage_id": one.evidence.passage_id,
                "model_version": one.evidence.model_version,
                "table_version": one.evidence.table_version,
                "flag": one.evidence.flag,
                "recommendation": one.evidence.recommendation,
                "data": one.model_dump(mode="json"),
            }
            for one in labels
        ],
    )
    themes = [{"passage_id": one.tags.passage_id, "theme": t.value} for one in labels for t in one.tags.given()]
    rows = [
        {"passage_id": one.evidence.passage_id, "row_id": match.id, "rank": rank}
        for one in labels
        for rank, match in enumerate(one.evidence.rows, 1)
    ]
    if themes:
        connection.execute(insert(schema.label_themes), themes)
    if rows:
        connection.execute(insert(schema.label_rows), rows)


def delete_labels(connection: Connection, document_id: str) -> None:
    """Delete the labels of one document's passages."""
    ids = select(schema.passages.c.id).where(schema.passages.c.document_id == document_id)
    for table in (schema.label_themes, schema.label_rows, schema.labels):
        connection.execute(table.delete().where(table.c.passage_id.in_(ids)))


def _delete_passages(connection: Connection, document_id: str) -> None:
    delete_labels(connection, document_id)
    ids = select(schema.passages.c.id).where(schema.passages.c.document_id == document_id)
    connection.execute(schema.second_opinions.delete().where(schema.second_opinions.c.passage_id.in_(ids)))
    connection.execute(schema.passages.delete().where(schema.passages.c.document_id == document_id))


def _save_content(connection: Connection, document: Document) -> None:
    contents = schema.document_contents
    # mtime=0: the same document gives the same bytes.
    content = gzip.compress(document.model_dump_json().encode("utf-8"), compresslevel=6, mtime=0)
    connection.execute(contents.delete().where(contents.c.document_id == document.id))
    connection.execute(insert(contents).values(document_id=document.id, content=content))


def _save_path(connection: Connection, file: FoundFile) -> None:
    connection.execute(schema.document_paths.delete().where(schema.document_paths.c.path == file.path))
    connection.execute(
        insert(schema.document_paths).values(
            document_id=file.document_id, path=file.path, n_bytes=file.n_bytes, modified_ns=file.modified_ns
        )
    )


def _registered(file: FoundFile, run: Run) -> dict[str, Any]:
    return {
        "id": file.document_id,
        "checksum": file.checksum,
        "n_bytes": file.n_bytes,
        "state": DocumentState.FAILED.value,
        "stage": REGISTERED,
        "reason": Reason(key="reason.not_yet_read").model_dump(),
        "media_type": "",
        "parser": "",
        "authors": [],
        "first_seen": run.started,
        "run_id": run.id,
    }


def _document_values(document: Document) -> dict[str, Any]:
    return {
        "state": document.state.value,
        "reason": None if document.reason is None else document.reason.model_dump(),
        "notes": [note.model_dump() for note in document.notes],
        "media_type": document.media_type,
        "parser": document.parser,
        **document.metadata.model_dump(exclude={"authors"}),
        "authors": list(document.metadata.authors),
        "n_pages": document.n_pages,
    }


def _passage_values(passage: Passage, signature: bytes | None) -> dict[str, Any]:
    return {
        "id": passage.id,
        "document_id": passage.document_id,
        "position": passage.position,
        "language": passage.language,
        "boilerplate": passage.boilerplate,
        "text": passage.text,
        "data": passage.model_dump(mode="json", exclude={"text"}),
        "signature": signature,
        "group_id": None,
    }


def _of(
    query: Select[*tuple[Any, ...]], column: ColumnElement[str], document_ids: Sequence[str] | None
) -> Select[*tuple[Any, ...]]:
    return query if document_ids is None else query.where(column.in_(document_ids))


def _counts(connection: Connection, document_ids: Sequence[str] | None, *, flagged: bool) -> dict[str, int]:
    query = select(schema.passages.c.document_id, func.count()).group_by(schema.passages.c.document_id)
    if flagged and document_ids is None:
        # From the few that are flagged, not from all passages: with a million of these 3 s instead of 17 s on SQLite.
        flags = select(schema.labels.c.passage_id).where(schema.labels.c.flag >= FLAGGED_FROM)
        query = query.where(schema.passages.c.id.in_(flags))
    elif flagged:
        query = query.join(schema.labels, schema.labels.c.passage_id == schema.passages.c.id)
        query = query.where(schema.labels.c.flag >= FLAGGED_FROM)
    query = _of(query, schema.passages.c.document_id, document_ids)
    return {row[0]: row[1] for row in connection.execute(query)}


def _as_summary(row: Any, paths: tuple[str, ...], n_passages: int, n_flagged: int) -> DocumentSummary:
    return DocumentSummary(
        id=row.id,
        paths=paths,
        state=DocumentState(row.state),
        stage=row.stage,
        reason=None if row.reason is None else Reason.model_validate(row.reason),
        notes=tuple(Reason.model_validate(note) for note in row.notes or ()),
        media_type=row.media_type,
        parser=row.parser,
        metadata=Metadata(
            title=row.title,
            publisher=row.publisher,
            authors=tuple(row.authors),
            year=row.year,
            language=row.language,
            url=row.url,
        ),
        n_pages=row.n_pages,
        n_passages=n_passages,
        n_flagged=n_flagged,
        first_seen=row.first_seen,
        checksum=row.checksum,
        file=row.file,
        run_id=row.run_id,
    )
