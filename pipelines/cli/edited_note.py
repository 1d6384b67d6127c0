"""Tells what came of a Word file that people edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.cli.session import Session
from pipelines.strings import error_text

if TYPE_CHECKING:
    from flows.edited_note import ImportOutcome
    from flows.edited_records import EditOutcome

_SHOWN_CHARACTERS = 160


def outcome_record(session: Session, outcome: ImportOutcome) -> dict[str, Any]:
    """What came of an edited file, as other programs read it."""
    return {
        "file": outcome.file,
        "language": outcome.language,
        "written_from": outcome.table_version,
        "version": None if outcome.table is None else outcome.table.version,
        "stored": outcome.stored,
        "decisions": outcome.n_decisions,
        "unchanged": outcome.n_unchanged,
        "edits": [
            {
                **one.edit.model_dump(mode="json"),
                "result": one.result.value,
                "reason": None if one.reason is None else error_text(one.reason, session.language),
            }
            for one in outcome.edits
        ],
    }


def tell_edited(session: Session, outcome: ImportOutcome, *, as_json: bool) -> None:
    """Tell what an edited file says, edit by edit, and what came of it."""
    if as_json:
        session.result_json(outcome_record(session, outcome))
        return
    for one in outcome.edits:
        session.result(_line(session, one))
        if one.reason is not None:
            session.result(f"  {error_text(one.reason, session.language)}")
    session.say("cli.edited.unchanged", n=outcome.n_unchanged)
    if outcome.table is None:
        session.say("cli.edited.same" if outcome.stored else "cli.edited.would_be_same")
    else:
        key = "cli.edited.version" if outcome.stored else "cli.edited.would_be"
        session.say(key, version=outcome.table.version, decisions=outcome.n_decisions)


def _line(session: Session, one: EditOutcome) -> str:
    edit, t = one.edit, session.t
    about = edit.statement_id or edit.row_id or ""
    kind, result = t(f"cli.edited.kind.{edit.kind.value}"), t(f"cli.edited.result.{one.result.value}")
    line = f"{about} {kind} → {result}".strip()
    if edit.author:
        line += f" ({edit.author})"
    text = edit.text if len(edit.text) <= _SHOWN_CHARACTERS else edit.text[:_SHOWN_CHARACTERS] + "…"
    place = f" [{edit.place}]" if edit.place else ""
    return f"{line}: “{text}”{place}" if text else f"{line}{place}"
