"""The chapter with the table and its changes, the list of all changes, and proposals that were rejected."""

from __future__ import annotations

from pipelines.domain.reports import Item, RevisedTable, Section, Table
from pipelines.report.drafting import cell, paragraph
from pipelines.report.note_changes import NoteChange
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_table import AUTHOR
from pipelines.report.note_wording import decision_words, first_words, sides_of, state_words, what_changes
from pipelines.report.wording import capital


def changes_table(draft: NoteDraft) -> Table | None:
    """All changes in a row: what, how far, how certain, on what evidence; ``None`` where nothing changes."""
    if not draft.changes:
        return None
    rows = []
    for change in draft.changes:
        proposal = change.proposal
        appraised = draft.material.appraisal.confidence(change.statement_id)
        # What was approved is shown as it stands now; a proposal with what it was proposed on.
        confidence = proposal.confidence if proposal and change.state == "proposed" and proposal.studies else appraised
        rows.append(
            (
                cell(change.statement_id, bold=True),
                cell(capital(what_changes(draft, change)), f"‘{first_words(draft, change)}’", _row_line(draft, change)),
                cell(capital(state_words(draft, change))),
                cell(capital(draft.confidence(confidence)) or draft.say("words.no_evidence")),
                cell(sides_of(draft, change) or draft.say("words.no_numbers")),
            )
        )
    header = ("statement", "what", "state", "confidence", "evidence")
    return Table(
        anchor="changes-table",
        caption=draft.say("table.changes_caption"),
        header=tuple(draft.say(f"heading.{name}") for name in header),
        rows=tuple(rows),
        widths=(0.12, 0.26, 0.21, 0.22, 0.19),
    )


def _row_line(draft: NoteDraft, change: NoteChange) -> str:
    return "" if change.new_row is not None else draft.row_name(change.row_id)


def _rejected(draft: NoteDraft) -> list[Section]:
    found = draft.material.rejected_proposals()
    if not found:
        return []
    rows = tuple(
        (
            cell(proposal.statement_id or proposal.row_id or "–", bold=True),
            cell(draft.rule_title(proposal.rule)),
            cell(decision_words(draft, standing.rejection) if standing.rejection else ""),
        )
        for proposal, standing in found
    )
    table = Table(
        anchor="rejected-table",
        caption=draft.say("table.rejected_caption"),
        header=tuple(draft.say(f"heading.{name}") for name in ("statement", "rule", "decision")),
        rows=rows,
        widths=(0.14, 0.36, 0.5),
    )
    return [Section(title=draft.say("table.rejected_heading"), anchor="rejected", items=(table,))]


def table_section(draft: NoteDraft, table: RevisedTable) -> Section:
    """Draft the chapter with the table: how to read it, the table, and proposals that were rejected."""
    n_approved = sum(c.state == "approved" for c in draft.changes)
    n_proposed = len(draft.changes) - n_approved
    intro = [
        draft.say("table.intro", version=draft.table.version, before=draft.material.before.version),
        draft.count("table.approved", n_approved),
        draft.count("table.proposed", n_proposed),
    ]
    items: list[Item] = [paragraph(*intro)]
    if draft.changes:
        suggestions = draft.say("table.suggestions") if n_proposed else ""
        items.append(paragraph(draft.say("table.marks", author=AUTHOR), suggestions, style="note"))
    unmarked = [c for c in draft.changes if not c.marked]
    if unmarked:
        ids = draft.listed(list(dict.fromkeys(c.statement_id for c in unmarked)))
        items.append(paragraph(draft.count("table.unmarked", len(unmarked), ids=ids), style="note"))
    items.append(table)
    return Section(
        title=draft.say("table.heading"), anchor="table", items=tuple(items), sections=tuple(_rejected(draft)),
        landscape=True,
    )  # fmt: skip
