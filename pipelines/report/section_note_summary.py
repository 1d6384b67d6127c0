"""The first chapter of the note, for the committee, and the same on one slide."""

from __future__ import annotations

from collections import Counter

from pipelines.domain.appraisal import ConfidenceLevel
from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.reports import BulletList, Item, Section, SlideSummary, Span
from pipelines.report.drafting import paragraph
from pipelines.report.note_changes import NoteChange
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_evidence import HEADINGS, NotePiece
from pipelines.report.note_plots import moves_plot
from pipelines.report.note_wording import first_words, what_changes
from pipelines.report.section_note_table import changes_table
from pipelines.report.section_summary import new_documents
from pipelines.report.wording import capital, long_date, was_read

#: From here on a statement counts as certain in the summary.
_HIGH = (ConfidenceLevel.HIGH, ConfidenceLevel.VERY_HIGH)
#: Sorts of change, and statements of one sort, that a line of the summary names; the table under it holds all.
_GROUPS_TOLD, _IDS_TOLD = 7, 4
#: Lines of one column of the slide; more would not fit at a size that can be read in a room.
_SLIDE_LINES = 6


def period_words(draft: NoteDraft) -> str:
    """``1 oktober tot en met 21 november 2026``; only the last day where the period has no beginning."""
    until = long_date(draft.material.until, draft.language)
    if draft.material.since is None:
        return draft.say("period.until", until=until)
    return draft.say("period.since", since=long_date(draft.material.since, draft.language), until=until)


def _document_line(draft: NoteDraft) -> str:
    documents = new_documents(draft.scan)
    n_read = sum(was_read(d) for d in documents)
    n_aside = len(documents) - n_read
    told = draft.count("summary.documents", n_read)
    return told + (" " + draft.count("summary.set_aside", n_aside) if n_aside else "")


def _reading_line(draft: NoteDraft) -> str:
    reading = draft.material.reading
    new = [f for f in draft.pieces if f.new]
    n_studies = len({f.study.id for f in new if f.study is not None})
    told = [draft.count("summary.read", reading.n_read, accepted=draft.figure(reading.n_accepted))]
    if new:
        studies = draft.count("words.study", n_studies)
        told.append(draft.count("summary.accepted", len(new), studies=studies))
    if reading.n_rejected:
        told.append(draft.count("summary.rejected_pieces", reading.n_rejected))
    return " ".join(told)


def _unread_line(draft: NoteDraft) -> str:
    reading = draft.material.reading
    n_waiting = reading.n_later + reading.n_disagreement
    told = [draft.count("summary.unread", reading.n_open)]
    if n_waiting:
        told.append(draft.count("summary.waiting", n_waiting))
    return " ".join(told)


def _grouped(draft: NoteDraft, changes: list[NoteChange]) -> str:
    """Changes by what happens: ``B1.t1 van trend naar bekend; D1.u2 en D1.u3 onzekerheid wordt kleiner``."""
    groups: dict[str, list[str]] = {}
    for change in changes:
        named = draft.say("statement_words", statement=change.statement_id, words=first_words(draft, change))
        groups.setdefault(what_changes(draft, change), []).append(named)
    told = []
    for what, ids in list(groups.items())[:_GROUPS_TOLD]:
        n_more = len(ids) - _IDS_TOLD
        named = (
            draft.listed(ids)
            if n_more <= 0
            else draft.count("summary.more_ids", n_more, ids=", ".join(ids[:_IDS_TOLD]))
        )
        told.append(f"{named}: {what}")
    n_left = sum(len(ids) for ids in list(groups.values())[_GROUPS_TOLD:])
    return "; ".join([*told, *([draft.count("summary.more_groups", n_left)] if n_left else [])])


def _change_lines(draft: NoteDraft) -> list[str]:
    approved = [c for c in draft.changes if c.state == "approved"]
    proposed = [c for c in draft.changes if c.state == "proposed"]
    versions = {"before": draft.material.before.version, "version": draft.table.version}
    lines = [
        draft.count("summary.approved", len(approved), changes=_grouped(draft, approved), **versions),
        draft.count("summary.proposed", len(proposed), changes=_grouped(draft, proposed)),
    ]
    rejected = draft.material.rejected_proposals()
    if rejected:
        lines.append(draft.count("summary.rejected", len(rejected)))
    return lines


def _contradiction_line(draft: NoteDraft) -> str:
    """What contradicts the table as it is now; apart from it what contradicted a text that was changed since."""
    new = [f for f in draft.pieces if f.new]
    found = [f for f in new if f.heading == Relation.CONTRADICTS]
    told = []
    if found:
        studies = draft.count("words.study", len({f.study.id for f in found if f.study is not None}))
        told.append(
            draft.count("summary.contradictions", len(found), studies=studies, ids=_statement_ids(draft, found))
        )
    elif new:
        told.append(draft.say("summary.no_contradiction"))
    settled = [f for f in new if f.heading == "settled"]
    if settled:
        told.append(draft.count("summary.settled", len(settled), ids=_statement_ids(draft, settled)))
    return " ".join(told)


def _statement_ids(draft: NoteDraft, found: list[NotePiece]) -> str:
    return draft.listed(list(dict.fromkeys(f.piece.statement_id for f in found if f.piece.statement_id))) or "–"


def _confidence_line(draft: NoteDraft) -> str:
    appraised = draft.material.appraisal.statements
    statements = [s for _, s in draft.table.statements()]
    with_evidence = [s for s in statements if draft.confidence(draft.material.appraisal.confidence(s.id))]
    n_high = sum(appraised[s.id].confidence.level in _HIGH for s in with_evidence)
    return draft.count(
        "summary.confidence", len(with_evidence), total=draft.figure(len(statements)), high=draft.figure(n_high)
    )


def summary_lines(draft: NoteDraft) -> list[str]:
    """Five to eight plain sentences: what was read and not read, what changes, what contradicts, how certain it is."""
    lines = [
        _document_line(draft),
        _reading_line(draft),
        _unread_line(draft),
        *_change_lines(draft),
        _contradiction_line(draft),
        _confidence_line(draft),
    ]
    return [line for line in lines if line]


def summary_section(draft: NoteDraft) -> Section:
    """Draft the summary for the committee: plain lines, all changes in a table, and the statements by column."""
    items: list[Item] = [
        paragraph(draft.say("summary.lead", period=period_words(draft)), style="lead"),
        BulletList(items=tuple((Span(text=line),) for line in summary_lines(draft))),
    ]
    table = changes_table(draft)
    if table is not None:
        items.append(table)
    items.append(moves_plot(draft))
    return Section(title=draft.say("summary.heading"), anchor="summary", items=tuple(items))


# The slide


def _slide_lines(draft: NoteDraft, changes: list[NoteChange], key: str) -> tuple[str, ...]:
    lines = [
        draft.say("slide_line", statement=c.statement_id, what=what_changes(draft, c), words=first_words(draft, c))
        for c in changes
    ]
    if not lines:
        return (draft.say(f"slide.no_{key}"),)
    if len(lines) > _SLIDE_LINES:
        n_more = len(lines) - _SLIDE_LINES + 1
        lines = [*lines[: _SLIDE_LINES - 1], draft.count("slide.more", n_more)]
    return tuple(lines)


def _slide_evidence(draft: NoteDraft) -> tuple[str, ...]:
    """Pieces of the period by relation, then what is still to be read."""
    new = [f for f in draft.pieces if f.new]
    counts = Counter(f.heading for f in new)
    lines = [draft.count(f"slide.{name}", counts[name]) for name in HEADINGS if counts[name] and name != "open"] or [
        draft.say("slide.no_evidence")
    ]
    lines.append(draft.count("slide.unread", draft.material.reading.n_open))
    return tuple(capital(line) for line in lines)


def slide_summary(draft: NoteDraft) -> SlideSummary:
    """The whole note on one slide: five numbers and three short lists."""
    approved = [c for c in draft.changes if c.state == "approved"]
    proposed = [c for c in draft.changes if c.state == "proposed"]
    new = [f for f in draft.pieces if f.new]
    figures = (
        (sum(was_read(d) for d in new_documents(draft.scan)), "documents"),
        (len(new), "pieces"),
        (len({f.study.id for f in new if f.study is not None}), "studies"),
        (len(approved), "approved"),
        (len(proposed), "proposed"),
    )
    columns = Counter(s.column for _, s in draft.table.statements())
    told = ", ".join(f"{draft.figure(columns[c])} {draft.term(f'column.{c}').lower()}" for c in Column)
    return SlideSummary(
        title=draft.say("title"),
        subtitle=capital(period_words(draft)),
        figures=tuple((draft.figure(n), draft.count(f"slide.figure_{key}", n)) for n, key in figures),
        columns=(
            (draft.say("slide.approved_heading"), _slide_lines(draft, approved, "approved")),
            (draft.say("slide.proposed_heading"), _slide_lines(draft, proposed, "proposed")),
            (draft.say("slide.evidence_heading"), _slide_evidence(draft)),
        ),
        footer=draft.say("slide.footer", version=draft.table.version, columns=told),
    )
