"""Versions of the table as pages show them: what differs, and what a file that came back says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flows.edited_note import ImportOutcome
from flows.edited_records import EditOutcome, EditResult
from pipelines.domain.evidence_table import Column
from pipelines.domain.table_edits import EditKind
from pipelines.language.word_changes import Change
from pipelines.report import wording
from pipelines.strings import Language, error_text, text
from pipelines.table import StatementChange


@dataclass(frozen=True)
class ShownChange:
    """A difference between two versions in words."""

    id: str
    kind: str
    places: str
    """Where it moved from and to; empty where it did not."""
    texts: tuple[tuple[str, list[tuple[str, Change]]], ...]
    """Language, and the text word by word."""
    notes: tuple[str, ...]


def show_changes(changes: Sequence[StatementChange], language: Language) -> list[ShownChange]:
    """Differences in words, in the order given."""
    return [_shown(change, language) for change in changes]


def _shown(change: StatementChange, language: Language) -> ShownChange:
    notes: list[str] = []
    for one in change.texts:
        if one.field == "source":
            old, new = one.before or text("page.none", language), one.after or text("page.none", language)
            notes.append(text("versions_page.source_changed", language, old=old, new=new))
    if change.narrowed is not None:
        key = "versions_page.narrowed" if change.narrowed else "versions_page.narrowed_back"
        notes.append(text(key, language))
    if change.review_by is not None:
        day = change.review_by[1]
        if day is None:
            notes.append(text("versions_page.no_review_day", language))
        else:
            notes.append(text("versions_page.review_day", language, day=wording.long_date(day, language)))
    return ShownChange(
        id=change.id,
        kind=change.kind,
        places=_places(change, language),
        texts=tuple((one.field, one.words) for one in change.texts if one.field != "source"),
        notes=tuple(notes),
    )


def _places(change: StatementChange, language: Language) -> str:
    if change.kind != "moved":
        return ""
    if change.from_chapter is not None and change.to_chapter is not None:
        old = text(f"theme.{change.from_chapter.value}", language)
        new = text(f"theme.{change.to_chapter.value}", language)
    else:
        old = _place(change.from_row, change.from_column, change, language)
        new = _place(change.row, change.column, change, language)
    return text("versions_page.moved_from", language, old=old, new=new)


def _place(row: str | None, column: Column | None, change: StatementChange, language: Language) -> str:
    named = "" if column is None else text(f"column.{column.value}", language)
    return f"{row}, {named}" if change.from_row not in (None, change.row) else named


@dataclass(frozen=True)
class ShownEdit:
    """One edit of a Word document in words."""

    mark: str
    """The statement, or the row of a new one."""
    column: str
    text: str
    place: str
    author: str
    reason: str


def group_edits(outcome: ImportOutcome, language: Language) -> list[tuple[str, str, list[ShownEdit]]]:
    """Edits by what was done: kind, heading with the number, the edits."""
    groups: list[tuple[str, str, list[ShownEdit]]] = []
    for kind in EditKind:
        found = [_edit(one, language) for one in outcome.edits if one.edit.kind is kind]
        if found:
            groups.append(
                (kind.value, wording.counted(f"versions_page.edit.{kind.value}", len(found), language), found)
            )
    return groups


def group_results(outcome: ImportOutcome, language: Language) -> list[tuple[str, str, list[ShownEdit]]]:
    """Edits by what came of them: result, heading with the number, the edits."""
    groups: list[tuple[str, str, list[ShownEdit]]] = []
    for result in EditResult:
        found = [_edit(one, language) for one in outcome.edits if one.result is result]
        if found:
            heading = wording.counted(f"versions_page.result.{result.value}", len(found), language)
            groups.append((result.value, heading, found))
    return groups


def _edit(outcome: EditOutcome, language: Language) -> ShownEdit:
    edit = outcome.edit
    return ShownEdit(
        mark=edit.statement_id or edit.row_id or "",
        column="" if edit.column is None else text(f"column.{edit.column.value}", language),
        text=edit.text,
        place=edit.place,
        author=edit.author,
        reason="" if outcome.reason is None else error_text(outcome.reason, language),
    )
