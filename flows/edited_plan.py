"""What the edits of a Word document come down to: decisions on proposals, and changes that people made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from flows.edited_by_hand import HandChanges
from flows.edited_records import EditOutcome, EditResult, Known, Plan, PlannedChange
from flows.proposal_decisions import ProposalError, make_decision
from flows.versions import changes_of, revise
from pipelines.domain.proposals import (
    ApprovedChange,
    ChangeKind,
    Proposal,
    ProposalDecision,
    ProposalStanding,
    ProposalState,
    ProposalVerdict,
    Wording,
    fold_proposal,
)
from pipelines.domain.reports import CarriedChange
from pipelines.domain.table_edits import EditKind, NoteReading, TableEdit
from pipelines.errors import KennisstandError, TableError
from pipelines.strings import text


def plan_edits(
    reading: NoteReading,
    known: Known,
    people: Sequence[str],
    *,
    source: str,
    version: str,
    now: datetime,
    entered_by: str = "",
) -> Plan:
    """What the edits of a document come down to.

    Parameters
    ----------
    reading, known
        What the document says, and what it is held against.
    people
        Accounts in whose name what was accepted counts as approved.
    source
        Name of the file.
    version
        Name of the next version.
    now
        In UTC, without time zone.
    entered_by
        Account of who read the file, where that is known.
    """
    return _Planner(reading, known, tuple(dict.fromkeys(people)), source, now, entered_by).plan(version)


class _Planner:
    def __init__(
        self,
        reading: NoteReading,
        known: Known,
        people: tuple[str, ...],
        source: str,
        now: datetime,
        entered_by: str,
    ) -> None:
        self.reading, self.known, self.people = reading, known, people
        self.source, self.now, self.entered_by = source, now, entered_by
        self.shown_changes = {change.change_id: change for change in known.carried.changes}
        self.outcomes: dict[int, EditOutcome] = {}
        self.decisions: list[ProposalDecision] = []
        self.hand = HandChanges(known, reading.language, people, self._tell)

    def plan(self, version: str) -> Plan:
        edits = list(enumerate(self.reading.edits))
        for place, edit in edits:
            if edit.kind in (EditKind.OPEN, EditKind.UNPLACED):
                self._tell(place, EditResult(edit.kind.value))
        about = [(place, edit) for place, edit in edits if place not in self.outcomes]
        for place, edit in about:
            change = self.shown_changes.get(edit.change_id or "")
            if change is not None and change.state == "proposed":
                self._on_proposal(place, edit, change)
        for place, edit in about:
            change = self.shown_changes.get(edit.change_id or "")
            if place not in self.outcomes and (change is None or change.state != "proposed"):
                self.hand.take(place, edit, change)
        made = sorted(self.hand.changes.values(), key=lambda one: one.edits)
        revision = revise(self.known.current, [one.change for one in made], version, self.known.taken)
        refused = {id(one.change): one.reason for one in revision.refused}
        for one in made:
            for place in one.edits:
                reason = refused.get(id(one.change))
                if reason is not None:
                    self._tell(place, EditResult.REFUSED, reason)
                elif place not in self.outcomes:
                    self._tell(place, EditResult.APPLIED)
        people = {person for one in made if id(one.change) not in refused for person in one.people}
        outcomes = tuple(self.outcomes[place] for place, _ in edits)
        return Plan(outcomes, tuple(self.decisions), revision, tuple(sorted(people)))

    def _tell(self, place: int, result: EditResult, reason: KennisstandError | None = None) -> None:
        self.outcomes[place] = EditOutcome(self.reading.edits[place], result, reason)

    # Proposals

    def _on_proposal(self, place: int, edit: TableEdit, shown: CarriedChange) -> None:
        proposal = self.known.proposals.get(shown.change_id)
        if proposal is None:
            self._tell(place, EditResult.REFUSED, TableError("error.note_proposal", proposal=shown.change_id))
            return
        standing = self.known.standings[proposal.id]
        if edit.kind is EditKind.REJECTED:
            self._reject(place, proposal, standing)
        elif edit.kind is EditKind.REMOVED:
            self.hand.take(place, edit, None)
        elif standing.state is ProposalState.APPLIED:
            if edit.kind is EditKind.ACCEPTED or edit.statement_id is None:
                self._tell(place, EditResult.ALREADY)
            else:
                self.hand.take(place, edit, None)
        elif edit.statement_id is None:
            self._retitle(place, edit, proposal)
        else:
            self._approve(place, edit, shown, proposal)

    def _reject(self, place: int, proposal: Proposal, standing: ProposalStanding) -> None:
        if standing.state is ProposalState.REJECTED:
            self._tell(place, EditResult.ALREADY)
        elif not self.people:
            self._tell(place, EditResult.REFUSED, TableError("error.note_people", n=1))
        else:
            why = text("note_import.rejected_in", "en" if self.reading.language == "en" else "nl", file=self.source)
            try:
                self._decide(proposal, standing, ProposalVerdict.REJECT, self.people[0], None, why)
            except ProposalError as error:
                self._tell(place, EditResult.REFUSED, error)
            else:
                self._tell(place, EditResult.REJECTED)

    def _decide(
        self,
        proposal: Proposal,
        standing: ProposalStanding,
        verdict: ProposalVerdict,
        person: str,
        wording: Wording | None,
        why: str = "",
    ) -> None:
        self.decisions.append(
            make_decision(
                proposal,
                standing,
                verdict,
                person,
                wording=wording,
                why=why,
                source=self.source,
                now=self.now,
                entered_by=self.entered_by,
            )
        )

    def _why_not(self, proposal: Proposal) -> KennisstandError | None:
        """Why an approval in the document does not count."""
        rejection = self.known.standings[proposal.id].rejection
        if rejection is not None:  # what was rejected is in no document as proposed: it was done afterwards
            return TableError("error.note_rejected", person=rejection.person, day=f"{rejection.decided:%Y-%m-%d}")
        return self.known.refusal(proposal)

    def _approve(self, place: int, edit: TableEdit, shown: CarriedChange, proposal: Proposal) -> None:
        reason = self._why_not(proposal)
        if reason is not None:
            self._tell(place, EditResult.REFUSED, reason)
            return
        wording: Wording | None = shown.after
        if edit.kind is EditKind.REWORDED:
            wording = self.hand.worded(edit.text)
        elif wording == proposal.suggestion or not (proposal.suggestion.nl or proposal.suggestion.en):
            wording = None
        standing = self.known.standings[proposal.id]
        made = list(self.known.decisions.get(proposal.id, ()))
        for person in self.people:
            if any(one.person == person and one.wording == wording for one in standing.approvals):
                continue
            try:
                self._decide(proposal, standing, ProposalVerdict.APPROVE, person, wording)
            except ProposalError as error:
                self._tell(place, EditResult.REFUSED, error)
                return
            made.append(self.decisions[-1])
            standing = fold_proposal(proposal, made)
        counted = {one.person for one in standing.approvals if self.known.counts(one.person)}
        if standing.state is not ProposalState.APPROVED or len(counted) < proposal.people_needed:
            reason = TableError("error.note_people", n=proposal.people_needed)
            result = EditResult.SECONDED if standing.approvals else EditResult.REFUSED
            self._tell(place, result, reason)
            return
        change = changes_of({proposal.id: proposal}, {proposal.id: standing})[0]
        change = self.hand.with_source(place, edit, self._with_shown_ids(change, shown))
        self.hand.changes[proposal.id] = PlannedChange(change, [place], counted)

    def _with_shown_ids(self, change: ApprovedChange, shown: CarriedChange) -> ApprovedChange:
        """A new statement gets the id that stood in the document, where that is still free."""
        if not change.change.adds or shown.statement_id in self.known.taken:
            return change
        update: dict[str, str] = {"statement_id": shown.statement_id}
        if change.change is ChangeKind.ADD_ROW:
            if shown.row_id in self.known.taken:
                return change
            update["row_id"] = shown.row_id
        return change.model_copy(update=update)

    def _retitle(self, place: int, edit: TableEdit, proposal: Proposal) -> None:
        """Another name for a proposed row, told after its statement."""
        planned = self.hand.changes.get(proposal.id)
        if planned is None:
            told = [one for one in self.outcomes.values() if one.edit.change_id == proposal.id]
            self._tell(place, told[-1].result if told else EditResult.OPEN, told[-1].reason if told else None)
            return
        planned.change = planned.change.model_copy(update={"row_title": self.hand.worded(edit.text)})
        planned.edits.append(place)
