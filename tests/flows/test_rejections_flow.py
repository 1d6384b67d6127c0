"""What was rejected, removed or only looked at again: which evidence is free to propose something after it."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from accepted_evidence import EXPERIMENTS, MEETINGS, Desk

from flows.proposal_decisions import decide_proposal
from flows.proposals import proposal_standings, refresh_proposals
from flows.versions import apply_approved
from pipelines.domain.decisions import Role, Verdict
from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement
from pipelines.domain.proposals import (
    ApprovedChange,
    ChangeKind,
    Proposal,
    ProposalState,
    ProposalVerdict,
    VersionOrigin,
    VersionRecord,
)
from pipelines.settings import Settings
from pipelines.store import Workspace

_TODAY = date(2026, 3, 3)
_NOW = datetime(2026, 3, 3, 10)
_NEW = {"statement": None, "relation": Relation.NEW, "column": Column.TREND}


def _decide(
    workspace: Workspace, settings: Settings, proposal: Proposal, verdict: ProposalVerdict, *people: str
) -> None:
    for person in people:
        decide_proposal(workspace, settings, proposal.id, verdict, person, why="Zo is het.", now=_NOW)


def _store(
    workspace: Workspace, statements: dict[str, Statement | None], name: str, *changes: ApprovedChange
) -> EvidenceTable:
    """A version in which some statements are others, or gone."""
    table = workspace.tables.current()
    assert table is not None
    rows = tuple(
        row.model_copy(update={"statements": tuple(kept for s in row.statements if (kept := statements.get(s.id, s)))})
        for row in table.rows
    )
    origin = VersionOrigin.WORD if changes else VersionOrigin.IMPORTED
    record = VersionRecord(version=name, created=_NOW, origin=origin, file="t.yaml", people=("anna",), changes=changes)
    return workspace.tables.add(EvidenceTable(version=name, rows=rows), record)


def test_corrected_readings_make_another_proposal(workspace: Workspace, settings: Settings, desk: Desk) -> None:
    passages = [desk.add(*one) for one in MEETINGS[:2]]
    for passage in passages:
        desk.decide(passage, **_NEW)
    (first,) = refresh_proposals(workspace, settings, _TODAY)
    assert first.to_column is Column.TREND
    for passage in passages:
        desk.decide(passage, **{**_NEW, "column": Column.UNCERTAIN})
    (second,) = refresh_proposals(workspace, settings, _TODAY)
    assert (second.to_column, second.subject) == (Column.UNCERTAIN, first.subject)
    assert proposal_standings(workspace)[first.id].state is ProposalState.LAPSED


def test_who_keeps_a_statement_uses_up_no_evidence(workspace: Workspace, settings: Settings, desk: Desk) -> None:
    table = workspace.tables.current()
    assert table is not None
    row, known = next((row, s) for row, s in table.statements() if s.column is Column.KNOWN)
    _store(workspace, {known.id: known.model_copy(update={"review_by": date(2026, 1, 1)})}, "due")
    against = {"rows": (row.id,), "statement": known.id, "relation": Relation.CONTRADICTS, "column": Column.KNOWN}
    passage = desk.add(
        "Tegenbewijs",
        "Een gerandomiseerd experiment bij 640 medewerkers in Nederland vindt het tegendeel.",
    )
    desk.decide(passage, **against)
    (look,) = refresh_proposals(workspace, settings, _TODAY)
    assert look.change is ChangeKind.KEEP and look.items == (passage.id,)
    _decide(workspace, settings, look, ProposalVerdict.APPROVE, "anna")
    assert apply_approved(workspace, settings, _NOW) is not None
    assert refresh_proposals(workspace, settings, _TODAY) == []
    desk.decide(passage, verdict=Verdict.ASK, asked="bram")
    desk.decide(passage, "bram", role=Role.SECOND, **against)
    (down,) = refresh_proposals(workspace, settings, _TODAY)
    assert (down.rule, down.statement_id) == ("known_uncertain", known.id)


def test_evidence_that_is_judged_on_another_statement_is_new_there(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    passages = desk.accept_experiments()
    (first,) = refresh_proposals(workspace, settings, _TODAY)
    _decide(workspace, settings, first, ProposalVerdict.APPROVE, "anna", "bram")
    table = apply_approved(workspace, settings, _NOW)
    assert table is not None
    row, other = next((row, s) for row, s in table.statements() if s.column is Column.TREND)
    assert other.id != first.statement_id
    for passage in passages:
        desk.decide(passage, rows=(row.id,), statement=other.id)
    (second,) = refresh_proposals(workspace, settings, _TODAY)
    assert (second.rule, second.statement_id) == ("trend_known", other.id)


@pytest.mark.parametrize("by", [VersionOrigin.WORD, VersionOrigin.IMPORTED])
def test_a_removed_statement_stays_away_until_there_is_more(
    workspace: Workspace, settings: Settings, desk: Desk, by: VersionOrigin
) -> None:
    for one in MEETINGS[:2]:
        desk.decide(desk.add(*one), **_NEW)
    (first,) = refresh_proposals(workspace, settings, _TODAY)
    _decide(workspace, settings, first, ProposalVerdict.APPROVE, "anna")
    assert apply_approved(workspace, settings, _NOW) is not None
    added = workspace.tables.records()[-1].changes[0].statement_id
    assert added is not None
    change = ApprovedChange(change=ChangeKind.REMOVE, row_id="B1", statement_id=added)
    _store(workspace, {added: None}, "gone", *((change,) if by is VersionOrigin.WORD else ()))
    assert refresh_proposals(workspace, settings, _TODAY) == []
    desk.decide(desk.add(*MEETINGS[2]), **_NEW)
    (again,) = refresh_proposals(workspace, settings, _TODAY)
    assert again.change is ChangeKind.ADD_STATEMENT and again.inputs["rejected_before"] == 2
    assert len(again.studies) == 3


def test_what_supported_a_removed_statement_does_not_propose_it_again(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    for title, text in MEETINGS[:2]:
        desk.decide(desk.add(title, text))
    desk.decide(desk.add(*MEETINGS[2]), relation=Relation.CONTRADICTS)
    refresh_proposals(workspace, settings, _TODAY)
    _store(workspace, {"B1.t1": None}, "gone")
    assert refresh_proposals(workspace, settings, _TODAY) == []


def test_readers_who_turn_studies_round_bring_a_rejected_proposal_back(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    passages = [desk.add(*one) for one in EXPERIMENTS[:3]]
    for passage, relation in zip(passages, (Relation.CONTRADICTS,) * 2 + (Relation.SUPPORTS,), strict=True):
        desk.decide(passage, relation=relation)
    (first,) = refresh_proposals(workspace, settings, _TODAY)
    assert first.rule == "trend_uncertain"
    _decide(workspace, settings, first, ProposalVerdict.REJECT, "anna")
    assert refresh_proposals(workspace, settings, _TODAY) == []
    desk.decide(passages[2], relation=Relation.CONTRADICTS)
    (again,) = refresh_proposals(workspace, settings, _TODAY)
    assert again.subject == first.subject and again.id != first.id
