"""Short phrases of the update note: what changes, where a piece stands, who decided."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from pipelines.domain.appraisal import Stance, WeighedStudy
from pipelines.domain.evidence_table import Statement
from pipelines.domain.proposals import ChangeKind, Proposal, ProposalDecision, ProposalStanding, ProposalState
from pipelines.domain.reports import Span
from pipelines.language.word_changes import word_changes
from pipelines.report.note_changes import NoteChange
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_evidence import NotePiece
from pipelines.report.plain import one_line
from pipelines.report.wording import long_date, placed, title_line
from pipelines.strings import text

#: Stances in the order in which evidence is told: what stands against a change must not be overlooked.
STANCES = (Stance.AGAINST, Stance.NUANCE, Stance.FOR)

#: Words by which a statement is told apart from the others of its row: about one line of a page.
_WORDS_TOLD = 13


def what_changes(draft: NoteDraft, change: NoteChange) -> str:
    """What happens to a statement, as a phrase after its id: ``van trend naar bekend``."""
    kind = change.change
    values: dict[str, object] = {}
    if kind is ChangeKind.MOVE and change.from_column and change.to_column:
        values = {
            "old": draft.term(f"column.{change.from_column}").lower(),
            "new": draft.term(f"column.{change.to_column}").lower(),
        }
        words = change.wording_before != change.wording_after
        return draft.say("change.move_reworded" if words else "change.move", **values)
    if kind is ChangeKind.ADD_STATEMENT and change.to_column:
        return draft.say("change.add_statement", new=draft.term(f"column.{change.to_column}").lower())
    if kind is ChangeKind.ADD_ROW and change.new_row:
        title = one_line(change.new_row.title(draft.language))
        return draft.say("change.add_row", row=change.row_id, title=title)
    if kind is ChangeKind.KEEP and change.after and change.after.review_by:
        return draft.say("change.keep_until", day=long_date(change.after.review_by, draft.language))
    if kind is ChangeKind.REWORD and change.before and change.after:
        old, new = change.before, change.after
        if old.text(draft.language) == new.text(draft.language):
            return draft.say("change.reword_source" if (old.nl, old.en) == (new.nl, new.en) else "change.reword_other")
    return draft.say(f"change.{kind}")


def first_words(draft: NoteDraft, change: NoteChange) -> str:
    """How the statement begins: as it stands in the table, a new one as it is proposed."""
    held = change.after if change.state == "approved" else change.before
    statement = held or change.after or change.before
    words = one_line(statement.text(draft.language)).split() if statement is not None else []
    return " ".join(words[:_WORDS_TOLD]) + (" …" if len(words) > _WORDS_TOLD else "")


def state_words(draft: NoteDraft, change: NoteChange) -> str:
    """How far a change is: approved by whom and when, or how many people it still needs."""
    if change.state == "approved":
        return _approved_words(draft, change)
    if change.proposal is None or change.standing is None:
        return ""
    if change.standing.state is ProposalState.APPROVED:
        return draft.say("state.ready", people=draft.listed([draft.person(p) for p in change.people]))
    needed = draft.count("state.needed", change.proposal.people_needed)
    if change.people:
        return draft.say("state.seconded", needed=needed, people=draft.listed([draft.person(p) for p in change.people]))
    return draft.say("state.open", needed=needed)


def remark_state(draft: NoteDraft, change: NoteChange) -> str:
    """As :func:`state_words`, where it is said already that it is a proposal."""
    if change.proposal is not None and change.standing is not None and change.standing.state is ProposalState.OPEN:
        return draft.count("state.needed", change.proposal.people_needed)
    return state_words(draft, change)


def _approved_words(draft: NoteDraft, change: NoteChange) -> str:
    by_hand = change.proposal is None
    values = {"date": long_date(change.moment.date(), draft.language)}
    version = change.version.version if change.version else draft.table.version
    if not change.people:
        return draft.say("state.applied", version=version, **values)
    people = draft.listed([draft.person(p) for p in change.people])
    return draft.say("state.by_hand" if by_hand else "state.approved", people=people, version=version, **values)


def decision_words(draft: NoteDraft, decision: ProposalDecision) -> str:
    """Who decided when, with the reason that was given."""
    date = long_date(decision.decided.date(), draft.language)
    told = draft.say(f"verdict.{decision.verdict}", person=draft.person(decision.person), date=date)
    return f"{told} {draft.say('verdict.why', why=one_line(decision.why))}" if decision.why.strip() else told


def piece_source(draft: NoteDraft, found: NotePiece) -> str:
    """Publisher, title, year and page of a piece as one line."""
    piece = found.piece
    source = title_line(piece.title, piece.publisher, piece.authors, piece.year, draft.language)
    page = draft.say("words.page", page=piece.page) if piece.page else ""
    return placed(source, page, piece.section, draft.language)


def items_by_stance(studies: Iterable[WeighedStudy], stance: Stance) -> list[str]:
    """Items of the studies of one stance, in the order of the studies."""
    return [item for weighed in studies if weighed.stance is stance for item in weighed.items]


def evidence_numbers(draft: NoteDraft, proposal: Proposal) -> str:
    """Numbers of the evidence of a proposal by stance: ``tegen: D1-1; voor: D1-3, D1-4``."""
    told = []
    for stance in STANCES:
        numbers = [draft.by_item[i].number for i in items_by_stance(proposal.studies, stance) if i in draft.by_item]
        if numbers:
            told.append(f"{draft.named('stance', stance)}: {', '.join(numbers)}")
    return "; ".join(told)


def sides_of(draft: NoteDraft, change: NoteChange) -> str:
    """Numbers of the evidence of a change by stance, and whether the stances are towards a text that is gone."""
    numbers = evidence_numbers(draft, change.proposal) if change.proposal is not None else ""
    rewritten = change.state == "approved" and change.change in {ChangeKind.MOVE, ChangeKind.REWORD}
    if numbers and rewritten and change.wording_before != change.wording_after:
        return draft.say("earlier_text", words=numbers)
    return numbers


def reasons_told(draft: NoteDraft, proposal: Proposal, standing: ProposalStanding | None) -> list[str]:
    """Why a rule proposes a change, as the note tells it.

    Left out are the title of the rule, which stands above, and what matters only to who writes the text: in the other
    language, or of a change that is made. Who wrote the text is told as it came about.
    """
    language = draft.language
    done = standing is not None and (standing.applied_in is not None or standing.wording is not None)
    title = draft.rule_title(proposal.rule).rstrip(".")
    other = text(f"language.{'en' if language == 'nl' else 'nl'}", language)
    aside = {title, text("revision.note.quote_language", language, language=other).rstrip(".")}
    own_words = text("revision.note.own_words", language)
    hedges = text("revision.note.hedge_left", language, words=proposal.inputs.get("hedge_left", ""))
    told = []
    for reason in draft.reasons(proposal):
        if reason.rstrip(".") in aside or (done and reason == hedges):
            continue
        told.append(_who_wrote(draft, proposal, standing, reason) if reason == own_words else reason)
    return [_with_long_dates(draft, proposal, reason) for reason in told]


def _who_wrote(draft: NoteDraft, proposal: Proposal, standing: ProposalStanding | None, suggested: str) -> str:
    """Where the text of a change comes from."""
    if standing is not None and standing.wording is not None:
        return draft.say("remark.written", people=draft.listed([draft.person(d.person) for d in standing.approvals]))
    if standing is not None and standing.applied_in is not None:
        return draft.say("remark.as_suggested")
    return draft.say("remark.suggestion_new") if proposal.statement_id is None else suggested


def _with_long_dates(draft: NoteDraft, proposal: Proposal, reason: str) -> str:
    """A reason with its days as the rest of the note writes them."""
    days = {proposal.review_by} if proposal.review_by else set()
    if "review_by" in proposal.inputs:
        days.add(date.fromisoformat(str(proposal.inputs["review_by"])))
    for day in days:
        short = f"{day.day}-{day.month}-{day.year}" if draft.language == "nl" else day.isoformat()
        # Not within another number: 8-6-2027 stands in 18-6-2027 as well.
        reason = re.sub(rf"(?<!\d){re.escape(short)}(?!\d)", long_date(day, draft.language), reason)
    return reason


def changed_spans(before: Statement | None, after: Statement | None, language: str) -> tuple[Span, ...]:
    """The wording with its changes marked; plain where the statement as a whole comes or goes."""
    if before is None or after is None:
        held = after or before
        return (Span(text=one_line(held.text(language))),) if held else ()
    return marked_spans(one_line(before.text(language)), one_line(after.text(language)))


def marked_spans(before: str, after: str, *, italic: bool = False) -> tuple[Span, ...]:
    """Two wordings as one, with what is deleted and inserted marked."""
    return tuple(
        Span(text=words, italic=italic, change=None if change == "kept" else change)
        for words, change in word_changes(before, after)
    )
