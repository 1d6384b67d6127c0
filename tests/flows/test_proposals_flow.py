"""From decisions to proposals, approvals and versions: nothing by one person alone, nothing lost, nothing twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from accepted_evidence import EXPERIMENTS, MEETINGS, Desk, add_accounts

from flows import proposals as proposals_flow
from flows.evidence_pieces import evidence_pieces
from flows.lineage import applied_proposals
from flows.proposal_decisions import ProposalError, decide_proposal, rule_on_study
from flows.proposals import all_proposals, find_proposal, proposal_standings, refresh_proposals
from flows.versions import apply_approved, refused_changes, restore_version
from pipelines.domain.decisions import Role, Verdict
from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.passages import DuplicateGroup
from pipelines.domain.proposals import ChangeKind, Proposal, ProposalState, ProposalVerdict, VersionOrigin, Wording
from pipelines.errors import SettingsError, TableError, UnknownError
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.acts import ActConflict

_TODAY = date(2026, 3, 3)
_NOW = datetime(2026, 3, 3, 10)


def _table(workspace: Workspace) -> EvidenceTable:
    table = workspace.tables.current()
    assert table is not None
    return table


def _column(workspace: Workspace, statement_id: str) -> Column | None:
    return next((s.column for _, s in _table(workspace).statements() if s.id == statement_id), None)


def _upward(workspace: Workspace, settings: Settings, desk: Desk) -> Proposal:
    """The proposal that B1.t1 becomes known."""
    desk.accept_experiments()
    (proposal,) = refresh_proposals(workspace, settings, _TODAY)
    assert (proposal.rule, proposal.statement_id, proposal.people_needed) == ("trend_known", "B1.t1", 2)
    return proposal


def _approve(workspace: Workspace, settings: Settings, proposal: Proposal, person: str, **values: object) -> object:
    verdict = ProposalVerdict.APPROVE
    return decide_proposal(workspace, settings, proposal.id, verdict, person, now=_NOW, **values)  # type: ignore[arg-type]


# Pieces


def test_pieces_hold_what_readers_judged_and_where_it_stands(workspace: Workspace, desk: Desk) -> None:
    passage = desk.add(*EXPERIMENTS[0], authors=("J. Bakker",))
    copy = desk.add("Nieuwsbericht", EXPERIMENTS[0][1])
    workspace.passages.save_groups([DuplicateGroup(id=passage.id, passage_ids=(passage.id, copy.id))])
    decision = desk.decide(passage)
    desk.decide(desk.add("Mening", "AI is geweldig."), verdict=Verdict.REJECT, reason="no_finding")
    (piece,) = evidence_pieces(workspace, _table(workspace))
    assert (piece.item_id, piece.decision_id, piece.text) == (passage.id, decision.id, passage.text)
    assert (piece.row_id, piece.statement_id, piece.relation) == ("B1", "B1.t1", Relation.SUPPORTS)
    assert (piece.title, piece.authors, piece.year, piece.page) == (EXPERIMENTS[0][0], ("J. Bakker",), 2025, 3)
    assert (piece.section, piece.language, piece.quote) == (("Resultaten",), "nl", passage.text)
    assert piece.also_in == (copy.document_id,)
    assert (piece.reviewer, piece.confirmed_by) == ("anna", None)


def test_a_piece_is_confirmed_by_a_second_reader_who_came_to_the_same(workspace: Workspace, desk: Desk) -> None:
    def confirmed() -> dict[str, str | None]:
        return {piece.title: piece.confirmed_by for piece in evidence_pieces(workspace, _table(workspace))}

    alike, apart = desk.add("Eender", "Een tekst."), desk.add("Anders", "Nog een tekst.")
    for passage, relation in ((alike, Relation.SUPPORTS), (apart, Relation.CONTRADICTS)):
        desk.decide(passage)
        desk.decide(passage, verdict=Verdict.ASK, asked="bram")
        desk.decide(passage, "bram", role=Role.SECOND, relation=relation)
    assert confirmed() == {"Eender": "bram"}  # the other is in disagreement, and no evidence yet
    desk.decide(apart, "carla", role=Role.SETTLEMENT, relation=Relation.CONTRADICTS)
    assert confirmed() == {"Eender": "bram", "Anders": "bram"}
    desk.decide(apart, "carla", role=Role.SETTLEMENT, relation=Relation.NARROWS)
    assert confirmed() == {"Eender": "bram", "Anders": None}


# Proposals


def test_proposals_are_made_once_and_only_anew_when_something_changed(
    workspace: Workspace, settings: Settings, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refresh_proposals(workspace, settings, _TODAY) == []
    proposal = _upward(workspace, settings, desk)
    assert len(proposal.studies) == 4
    made: list[int] = []
    propose = proposals_flow._propose
    monkeypatch.setattr(proposals_flow, "_propose", lambda *given: made.append(1) or propose(*given))
    assert refresh_proposals(workspace, settings, _TODAY) == [proposal]
    assert made == []
    assert refresh_proposals(workspace, settings, _TODAY + timedelta(days=1)) == [proposal]
    rule_on_study(workspace, *proposal.items[:2], "anna", together=True, now=_NOW)
    (other,) = refresh_proposals(workspace, settings, _TODAY + timedelta(days=1))
    assert len(made) == 2
    assert other.id != proposal.id and len(other.studies) == 3
    assert proposal_standings(workspace)[proposal.id].state is ProposalState.LAPSED
    assert [one.id for one, _ in all_proposals(workspace)] == [other.id, proposal.id]


def test_a_proposal_is_found_by_the_beginning_of_its_id(workspace: Workspace, settings: Settings, desk: Desk) -> None:
    proposal = _upward(workspace, settings, desk)
    assert find_proposal(workspace, proposal.id[:6]) == find_proposal(workspace, proposal.id) == proposal
    for letters in (proposal.id[:3], "zzzzzz"):
        with pytest.raises(UnknownError):
            find_proposal(workspace, letters)


def test_a_workspace_may_have_rules_of_its_own(workspace: Workspace, settings: Settings, desk: Desk) -> None:
    proposal = _upward(workspace, settings, desk)
    shipped = Path(proposals_flow.__file__).parent.parent / "pipelines" / "revision" / "rules.yaml"
    own = settings.workspace / proposals_flow.RULES_FILE
    own.write_text(
        shipped.read_text(encoding="utf-8").replace("studies_for: {at_least: 3}", "studies_for: {at_least: 9}")
    )
    assert refresh_proposals(workspace, settings, _TODAY) == []
    assert proposal_standings(workspace)[proposal.id].state is ProposalState.LAPSED
    own.write_text("[" * 2_000)
    with pytest.raises(SettingsError, match="rules_unreadable"):
        refresh_proposals(workspace, settings, _TODAY)
    own.write_text("rules: 3")
    with pytest.raises(SettingsError):
        refresh_proposals(workspace, settings, _TODAY)
    own.unlink()
    own.mkdir()  # what cannot be read as a file
    with pytest.raises(SettingsError, match="rules_unreadable"):
        refresh_proposals(workspace, settings, _TODAY)


# Decisions


def test_an_upward_move_needs_two_people(workspace: Workspace, settings: Settings, desk: Desk) -> None:
    proposal = _upward(workspace, settings, desk)
    for turn in (1, 2):
        standing = _approve(workspace, settings, proposal, "anna", turn=turn)
        assert standing.state is ProposalState.SECONDED  # type: ignore[attr-defined]
        assert apply_approved(workspace, settings, _NOW) is None
    assert _approve(workspace, settings, proposal, "bram").state is ProposalState.APPROVED  # type: ignore[attr-defined]
    table = apply_approved(workspace, settings, _NOW)
    assert table is not None and table == _table(workspace) and table.version == "2026-03-03"
    assert _column(workspace, "B1.t1") is Column.KNOWN
    record = workspace.tables.records()[-1]
    assert (record.origin, record.people) == (VersionOrigin.PROPOSALS, ("anna", "bram"))
    assert [change.proposal_id for change in record.changes] == [proposal.id]
    standing = proposal_standings(workspace)[proposal.id]
    assert (standing.state, standing.applied_in) == (ProposalState.APPLIED, "2026-03-03")
    assert refresh_proposals(workspace, settings, _TODAY) == []
    assert apply_approved(workspace, settings, _NOW) is None
    with pytest.raises(ProposalError):
        _approve(workspace, settings, proposal, "carla")
    with pytest.raises(ProposalError):
        decide_proposal(workspace, settings, proposal.id, ProposalVerdict.UNDO, "anna", now=_NOW)


def test_who_approves_other_words_approves_alone(workspace: Workspace, settings: Settings, desk: Desk) -> None:
    proposal = _upward(workspace, settings, desk)
    _approve(workspace, settings, proposal, "anna")
    words = Wording(nl="Beginners winnen meer.", en="Novices gain more.")
    standing = _approve(workspace, settings, proposal, "bram", wording=words)
    assert standing.state is ProposalState.SECONDED  # type: ignore[attr-defined]
    assert _approve(workspace, settings, proposal, "anna", wording=words).state is ProposalState.APPROVED  # type: ignore[attr-defined]
    table = apply_approved(workspace, settings, _NOW)
    assert table is not None
    changed = next(s for _, s in table.statements() if s.id == "B1.t1")
    assert (changed.nl, changed.en) == (words.nl, words.en)
    with pytest.raises(ProposalError):
        _approve(workspace, settings, proposal, "bram", wording=Wording(nl=" "))


def test_what_was_rejected_comes_back_with_more_evidence_only(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    desk.accept_experiments(3)
    (proposal,) = refresh_proposals(workspace, settings, _TODAY)
    reject = ProposalVerdict.REJECT
    with pytest.raises(ProposalError):
        decide_proposal(workspace, settings, proposal.id, reject, "anna", why=" ", now=_NOW)
    standing = decide_proposal(workspace, settings, proposal.id, reject, "anna", why="Te vroeg.", now=_NOW)
    assert standing.state is ProposalState.REJECTED
    assert refresh_proposals(workspace, settings, _TODAY) == []
    # A second passage about a study that was there is no more evidence.
    again = desk.add("Persbericht", EXPERIMENTS[0][1] + " Dat meldt het instituut.", publisher="Instituut Effecten")
    desk.decide(again)
    assert refresh_proposals(workspace, settings, _TODAY) == []
    desk.decide(desk.add(*EXPERIMENTS[3]))
    (back,) = refresh_proposals(workspace, settings, _TODAY)
    assert back.subject == proposal.subject and back.id != proposal.id and "rejected_before" in back.inputs


def test_ones_own_decision_can_be_taken_back(workspace: Workspace, settings: Settings, desk: Desk) -> None:
    proposal = _upward(workspace, settings, desk)
    undo, reject = ProposalVerdict.UNDO, ProposalVerdict.REJECT
    decide_proposal(workspace, settings, proposal.id, reject, "anna", why="Nee.", now=_NOW)
    with pytest.raises(ProposalError):
        decide_proposal(workspace, settings, proposal.id, undo, "bram", now=_NOW)
    decide_proposal(workspace, settings, proposal.id, undo, "anna", now=_NOW)
    assert refresh_proposals(workspace, settings, _TODAY) == [proposal]
    assert proposal_standings(workspace)[proposal.id].state is ProposalState.OPEN


def test_of_two_who_decide_at_once_the_second_is_told(workspace: Workspace, settings: Settings, desk: Desk) -> None:
    proposal = _upward(workspace, settings, desk)
    first = _approve(workspace, settings, proposal, "anna", turn=1)
    assert _approve(workspace, settings, proposal, "anna", turn=1) == first  # the same form once more
    with pytest.raises(ActConflict):
        _approve(workspace, settings, proposal, "bram", turn=1)
    assert len(workspace.acts.decisions()) == 1


def test_only_who_may_approves(workspace: Workspace, tmp_path: Path, settings: Settings, desk: Desk) -> None:
    proposal = _upward(workspace, settings, desk)
    add_accounts(workspace, anna="editor", bram="reviewer", carla="admin", dirk="reader")
    workspace.accounts.change("anna", actor="test", active=False)
    for name in ("anna", "bram", "dirk", "emma", ""):
        with pytest.raises(ProposalError):
            _approve(workspace, settings, proposal, name)
    _approve(workspace, settings, proposal, "carla")
    named = Settings(workspace=tmp_path, approvers="bram, dirk")
    for name in ("carla", "dirk"):
        with pytest.raises(ProposalError):
            _approve(workspace, named, proposal, name)
    assert _approve(workspace, named, proposal, "bram").state is ProposalState.APPROVED  # type: ignore[attr-defined]


def test_rulings_on_studies_are_of_readers_and_about_evidence(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    proposal = _upward(workspace, settings, desk)
    one, other = proposal.items[:2]
    with pytest.raises(UnknownError):
        rule_on_study(workspace, one, "geen", "anna", together=True, now=_NOW)
    with pytest.raises(ProposalError):
        rule_on_study(workspace, one, one, "anna", together=True, now=_NOW)
    add_accounts(workspace, anna="reviewer", dirk="reader")
    with pytest.raises(ProposalError):
        rule_on_study(workspace, one, other, "dirk", together=True, now=_NOW)
    ruling = rule_on_study(workspace, other, one, "anna", together=True, why="Zelfde proef.", now=_NOW)
    assert (ruling.item_a, ruling.item_b) == tuple(sorted((one, other)))
    rule_on_study(workspace, one, other, "anna", together=None, now=_NOW)
    assert refresh_proposals(workspace, settings, _TODAY) == [proposal]


# Versions


def _new_statement(workspace: Workspace, settings: Settings, desk: Desk) -> Proposal:
    new = {"statement": None, "relation": Relation.NEW, "column": Column.TREND}
    for title, text in MEETINGS[:2]:
        desk.decide(desk.add(title, text), **new)
    found = refresh_proposals(workspace, settings, _TODAY)
    (proposal,) = [one for one in found if one.change is ChangeKind.ADD_STATEMENT]
    return proposal


def test_evidence_of_a_new_statement_counts_for_it_from_then_on(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    proposal = _new_statement(workspace, settings, desk)
    before = _table(workspace)
    for person in ("anna", "bram")[: proposal.people_needed]:
        _approve(workspace, settings, proposal, person)
    table = apply_approved(workspace, settings, _NOW)
    assert table is not None
    (added,) = {s.id for _, s in table.statements()} - {s.id for _, s in before.statements()}
    (change,) = workspace.tables.records()[-1].changes
    assert (change.statement_id, change.row_id) == (added, "B1")
    pieces = evidence_pieces(workspace, table)
    assert {piece.statement_id for piece in pieces} == {added}
    assert {piece.relation for piece in pieces} == {Relation.SUPPORTS}
    assert refresh_proposals(workspace, settings, _TODAY) == []
    restore_version(workspace, settings, before.version, "anna", "Te vroeg.", _NOW)
    assert {piece.relation for piece in evidence_pieces(workspace, _table(workspace))} == {Relation.NEW}


def test_a_restored_version_takes_its_proposals_out_and_they_stay_out(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    proposal = _upward(workspace, settings, desk)
    first = _table(workspace)
    for person in ("anna", "bram"):
        _approve(workspace, settings, proposal, person)
    second = apply_approved(workspace, settings, _NOW)
    assert second is not None
    with pytest.raises(TableError):
        restore_version(workspace, settings, first.version, "carla", "", _NOW)
    with pytest.raises(TableError):
        restore_version(workspace, settings, "nooit", "carla", "Zomaar.", _NOW)
    third = restore_version(workspace, settings, first.version, "carla", "Te vroeg.", _NOW)
    assert (third.rows, third.version) == (first.rows, "2026-03-03.2")
    record = workspace.tables.records()[-1]
    assert (record.origin, record.restores, record.people, record.why) == (
        VersionOrigin.RESTORED,
        first.version,
        ("carla",),
        "Te vroeg.",
    )
    assert applied_proposals(workspace.tables.records()) == {}
    standing = proposal_standings(workspace)[proposal.id]
    assert standing.state is ProposalState.REJECTED and standing.rejection is not None
    assert standing.rejection.person == "carla"
    assert apply_approved(workspace, settings, _NOW) is None
    assert refresh_proposals(workspace, settings, _TODAY) == []
    # And back again: what the second version held is in the table once more.
    fourth = restore_version(workspace, settings, second.version, "anna", "Toch wel.", _NOW)
    assert fourth.rows == second.rows
    assert applied_proposals(workspace.tables.records()) == {proposal.id: second.version}
    assert proposal_standings(workspace)[proposal.id].state is ProposalState.APPLIED
    assert restore_version(workspace, settings, second.version, "anna", "Nog eens.", _NOW) == fourth


def test_what_the_table_no_longer_takes_stays_approved_and_is_named(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    proposal = _upward(workspace, settings, desk)
    for person in ("anna", "bram"):
        _approve(workspace, settings, proposal, person)
    assert refused_changes(workspace) == {}
    table = _table(workspace)
    rows = tuple(
        row.model_copy(update={"statements": tuple(s for s in row.statements if s.id != "B1.t1")}) for row in table.rows
    )
    record = workspace.tables.records()[-1].model_copy(update={"origin": VersionOrigin.IMPORTED, "file": "t.yaml"})
    workspace.tables.add(EvidenceTable(version="later", rows=rows), record)
    assert apply_approved(workspace, settings, _NOW) is None
    assert [(one, error.key) for one, error in refused_changes(workspace).items()] == [
        (proposal.id, "error.revision_gone")
    ]
    assert proposal_standings(workspace)[proposal.id].state is ProposalState.APPROVED
