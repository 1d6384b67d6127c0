"""What may not come into the table: old proposals, approvals that count no more, tables that pass the rules by."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from accepted_evidence import MEETINGS, Desk, add_accounts
from office.word_hand import WordHand

from flows.edited_note import carried_here, import_edited_note
from flows.edited_records import EditResult
from flows.lineage import applied_proposals
from flows.proposal_decisions import ProposalError, decide_proposal
from flows.proposals import RULES_FILE, proposal_standings, refresh_proposals
from flows.tables import import_content
from flows.versions import TRIES, apply_approved, refused_changes
from flows.whole_table import store_whole_table
from pipelines.domain.decisions import Verdict
from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.passages import Passage
from pipelines.domain.proposals import Proposal, ProposalState, ProposalVerdict, Wording
from pipelines.errors import TableError
from pipelines.revision import rules as rules_module
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.acts import ActConflict
from pipelines.store.tables import TableConflict, TableStore
from pipelines.table import write_table

_TODAY, _NOW = date(2026, 3, 3), datetime(2026, 3, 3, 10)
_LATER = datetime(2026, 3, 5, 16)
_APPROVE, _REJECT = ProposalVerdict.APPROVE, ProposalVerdict.REJECT


def _table(workspace: Workspace) -> EvidenceTable:
    return workspace.tables.get(workspace.tables.newest_version())


def _upward(workspace: Workspace, settings: Settings, desk: Desk, n: int = 3) -> Proposal:
    desk.accept_experiments(n)
    return next(one for one in refresh_proposals(workspace, settings, _TODAY) if one.rule == "trend_known")


def _say(
    workspace: Workspace, settings: Settings, proposal: Proposal, verdict: ProposalVerdict, *people: str
) -> ProposalState:
    why = "Te vroeg." if verdict is _REJECT else ""
    said = [decide_proposal(workspace, settings, proposal.id, verdict, one, why=why, now=_NOW) for one in people]
    return said[-1].state


def _meeting(desk: Desk, number: int) -> Passage:
    passage = desk.add(*MEETINGS[number])
    desk.decide(passage, statement=None, relation=Relation.NEW, column=Column.TREND)
    return passage


def _added(workspace: Workspace, settings: Settings) -> Proposal:
    return next(one for one in refresh_proposals(workspace, settings, _TODAY) if one.rule == "new_statement")


def _in_column(table: EvidenceTable, statement_id: str, column: Column, version: str = "elders") -> EvidenceTable:
    rows = tuple(
        row.model_copy(
            update={
                "statements": tuple(
                    one.model_copy(update={"column": column}) if one.id == statement_id else one
                    for one in row.statements
                )
            }
        )
        for row in table.rows
    )
    return EvidenceTable(version=version, rows=rows)


# Only what is proposed now


def test_a_rejected_proposal_may_be_approved_after_all_while_its_evidence_stands(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    proposal = _upward(workspace, settings, desk)
    assert _say(workspace, settings, proposal, _REJECT, "anna") is ProposalState.REJECTED
    refresh_proposals(workspace, settings, _TODAY)
    assert _say(workspace, settings, proposal, _APPROVE, "anna") is ProposalState.SECONDED
    assert _say(workspace, settings, proposal, _APPROVE, "bram") is ProposalState.APPROVED
    assert apply_approved(workspace, settings, _NOW) is not None


def test_a_rejected_proposal_is_not_approved_once_its_evidence_is_gone(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    passages = [_meeting(desk, 0), _meeting(desk, 1)]
    proposal = _added(workspace, settings)
    _say(workspace, settings, proposal, _REJECT, "anna")
    for passage in passages:
        desk.decide(passage, verdict=Verdict.REJECT, reason="no_finding")
    with pytest.raises(ProposalError) as caught:
        _say(workspace, settings, proposal, _APPROVE, "anna")
    assert caught.value.key == "error.proposal_lapsed"
    assert proposal_standings(workspace)[proposal.id].state is ProposalState.REJECTED


def test_an_old_proposal_does_not_come_in_beside_the_one_that_followed_it(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    _meeting(desk, 0)
    _meeting(desk, 1)
    old = _added(workspace, settings)
    _say(workspace, settings, old, _APPROVE, "anna")
    _meeting(desk, 2)
    new = _added(workspace, settings)
    assert new.id != old.id
    assert apply_approved(workspace, settings, _NOW) is None
    reasons = refused_changes(workspace, settings, _TODAY)
    assert {one: reason.key for one, reason in reasons.items()} == {old.id: "error.proposal_lapsed"}
    _say(workspace, settings, new, _APPROVE, "anna")
    table = apply_approved(workspace, settings, _NOW)
    assert table is not None
    n_statements = sum(1 for _ in table.statements())
    with pytest.raises(ProposalError):
        _say(workspace, settings, old, _APPROVE, "bram")
    assert apply_approved(workspace, settings, _NOW) is None
    assert sum(1 for _ in _table(workspace).statements()) == n_statements


def test_a_second_statement_on_the_same_subject_is_refused(
    workspace: Workspace, settings: Settings, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _meeting(desk, 0)
    _meeting(desk, 1)
    old = _added(workspace, settings)
    _say(workspace, settings, old, _REJECT, "anna")
    _meeting(desk, 2)
    new = next(one for one in refresh_proposals(workspace, settings, _TODAY) if one.rule == "new_statement").model_copy(
        update={"subject": old.subject}
    )
    _say(workspace, settings, new, _APPROVE, "anna")
    assert apply_approved(workspace, settings, _NOW) is not None
    monkeypatch.setattr("flows.proposal_checks.is_proposed", lambda *given: True)
    workspace.proposals._read[new.id] = new
    with pytest.raises(ProposalError) as caught:
        _say(workspace, settings, old, _APPROVE, "bram")
    assert caught.value.key == "error.proposal_added"


# Who counts


def test_one_person_under_two_spellings_is_one(workspace: Workspace, settings: Settings, desk: Desk) -> None:
    proposal = _upward(workspace, settings, desk)
    assert _say(workspace, settings, proposal, _APPROVE, "anna", "Anna ", " ANNA") is ProposalState.SECONDED
    assert {one.person for one in workspace.acts.decisions()} == {"anna"}


def test_the_approval_of_an_account_that_was_closed_does_not_count(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    proposal = _upward(workspace, settings, desk)
    add_accounts(workspace, anna="editor", bram="editor", carla="admin")
    assert _say(workspace, settings, proposal, _APPROVE, "anna", "Bram") is ProposalState.APPROVED
    workspace.accounts.change("anna", actor="test", active=False)
    assert apply_approved(workspace, settings, _NOW) is None
    reasons = refused_changes(workspace, settings, _TODAY)
    assert {one: reason.key for one, reason in reasons.items()} == {proposal.id: "error.proposal_approvers"}
    _say(workspace, settings, proposal, _APPROVE, "carla")
    assert apply_approved(workspace, settings, _NOW) is not None
    assert workspace.tables.records()[-1].people == ("bram", "carla")


def test_the_same_form_with_other_words_is_not_the_same_choice(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    proposal = _upward(workspace, settings, desk)
    words = [Wording(nl="Beginners winnen meer."), Wording(nl="Beginners winnen het meest.")]

    def approve(wording: Wording) -> object:
        return decide_proposal(workspace, settings, proposal.id, _APPROVE, "anna", wording=wording, turn=1, now=_NOW)

    assert approve(words[0]) == approve(words[0])
    with pytest.raises(ActConflict):
        approve(words[1])


# At the same time


@pytest.mark.parametrize("n_conflicts", [TRIES - 1, TRIES])
def test_a_version_is_made_anew_where_somebody_decided_in_between(
    workspace: Workspace, settings: Settings, desk: Desk, monkeypatch: pytest.MonkeyPatch, n_conflicts: int
) -> None:
    proposal = _upward(workspace, settings, desk)
    _say(workspace, settings, proposal, _APPROVE, "anna", "bram")
    add, tried = TableStore.add, []

    def add_late(self: TableStore, *given: object, **named: object) -> EvidenceTable:
        tried.append(1)
        if len(tried) <= n_conflicts:
            raise TableConflict
        return add(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(TableStore, "add", add_late)
    if n_conflicts < TRIES:
        assert apply_approved(workspace, settings, _NOW) is not None
    else:
        with pytest.raises(TableConflict):
            apply_approved(workspace, settings, _NOW)


# Whole tables


def test_a_whole_table_needs_as_many_people_as_the_rules(workspace: Workspace, settings: Settings) -> None:
    add_accounts(workspace, anna="editor", bram="editor", dirk="reader")
    table = _table(workspace)
    content = write_table(_in_column(table, "B1.t1", Column.KNOWN), ".yaml", "nl")

    def read(*people: str) -> object:
        return import_content(workspace, settings, content, "tabel.yaml", people, _NOW, store=True)

    for people, key in (((), "error.import_people"), (("anna", "Anna "), "error.import_people")):
        with pytest.raises(TableError) as caught:
            read(*people)
        assert (caught.value.key, caught.value.values["statements"]) == (key, "B1.t1")
    with pytest.raises(ProposalError):
        read("anna", "dirk")
    assert _table(workspace) == table
    read("anna", "bram")
    assert workspace.tables.records()[-1].people == ("anna", "bram")
    assert _table(workspace).rows != table.rows
    # Down again may anybody who may approve at all, but not nobody.
    with pytest.raises(TableError) as caught:
        store_whole_table(workspace, settings, table, "t.yaml", (), _NOW)
    assert caught.value.key == "error.import_nobody"
    store_whole_table(workspace, settings, table, "t.yaml", (), _NOW, entered_by="anna")
    assert (workspace.tables.records()[-1].people, workspace.tables.records()[-1].entered_by) == (("anna",), "anna")


def test_how_many_make_something_known_is_in_the_rules(workspace: Workspace, settings: Settings) -> None:
    shipped = (Path(rules_module.__file__).parent / "rules.yaml").read_text(encoding="utf-8")
    (settings.workspace / RULES_FILE).write_text(shipped.replace("people: 2", "people: 3"), encoding="utf-8")
    add_accounts(workspace, anna="editor", bram="editor", carla="editor")
    table = _in_column(_table(workspace), "B1.t1", Column.KNOWN)
    with pytest.raises(TableError):
        store_whole_table(workspace, settings, table, "t.yaml", ("anna", "bram"), _NOW)
    hand = WordHand(write_table(_table(workspace), ".docx", "nl"))
    hand.move("A1.t1", "A1", "known")
    outcome = import_edited_note(workspace, settings, hand.save(), "t.docx", ("anna", "bram"), _NOW, store=True)
    assert outcome is not None and [one.result for one in outcome.edits] == [EditResult.REFUSED]
    store_whole_table(workspace, settings, table, "t.yaml", ("anna", "bram", "carla"), _NOW)


def test_what_an_imported_table_lacks_is_no_longer_applied(
    workspace: Workspace, settings: Settings, desk: Desk
) -> None:
    first = _table(workspace)
    proposal = _upward(workspace, settings, desk)
    _say(workspace, settings, proposal, _APPROVE, "anna", "bram")
    second = apply_approved(workspace, settings, _NOW)
    assert second is not None
    # Another statement by hand, in a table that holds the change.
    store_whole_table(workspace, settings, _in_column(second, "A1.t1", Column.UNCERTAIN), "b.yaml", (), _NOW)
    assert applied_proposals(workspace.tables.records()) == {proposal.id: second.version}
    with pytest.raises(TableError) as caught:
        store_whole_table(workspace, settings, first, "oud.yaml", (), _NOW)
    assert caught.value.key == "error.import_nobody"
    store_whole_table(workspace, settings, first, "oud.yaml", ("carla",), _NOW)
    assert applied_proposals(workspace.tables.records()) == {}
    standing = proposal_standings(workspace)[proposal.id]
    assert standing.rejection is not None and standing.rejection.person == "carla"
    assert "oud.yaml" in standing.rejection.why
    assert apply_approved(workspace, settings, _NOW) is None
    assert _table(workspace).rows == first.rows


def test_a_table_that_somebody_changed_in_between_is_not_written_over(workspace: Workspace, settings: Settings) -> None:
    first = _table(workspace)
    other = store_whole_table(
        workspace, settings, _in_column(first, "A1.k1", Column.UNCERTAIN), "b.yaml", ("anna",), _NOW
    )
    with pytest.raises(TableConflict):
        store_whole_table(workspace, settings, first, "c.yaml", ("anna",), _NOW, seen=first.version)
    assert _table(workspace) == other


# Word files


def test_a_file_of_another_workspace_with_the_same_version_is_told_apart(
    workspace: Workspace, settings: Settings
) -> None:
    own = _table(workspace)
    others = _in_column(own, "A1.k1", Column.UNCERTAIN, own.version)
    assert carried_here(workspace, write_table(own, ".docx", "nl"), "t.docx") is not None
    assert carried_here(workspace, write_table(others, ".docx", "nl"), "t.docx") is None


def test_words_in_a_table_count_for_who_read_the_file(workspace: Workspace, settings: Settings) -> None:
    add_accounts(workspace, anna="editor", bram="editor", dirk="reader")
    hand = WordHand(write_table(_table(workspace), ".docx", "nl"))
    hand.retype("A1.k1", "Bijna elk bedrijf gebruikt AI.")
    with pytest.raises(ProposalError):
        import_edited_note(workspace, settings, hand.save(), "t.docx", ("bram",), _LATER, store=True, entered_by="dirk")
    import_edited_note(workspace, settings, hand.save(), "t.docx", ("bram",), _LATER, store=True, entered_by="anna")
    record = workspace.tables.records()[-1]
    assert (record.people, record.entered_by) == (("anna", "bram"), "anna")


def test_standings_of_one_proposal_are_those_among_all(workspace: Workspace, settings: Settings, desk: Desk) -> None:
    one = _upward(workspace, settings, desk)
    _meeting(desk, 0)
    _meeting(desk, 1)
    other = _added(workspace, settings)
    _say(workspace, settings, one, _APPROVE, "anna")
    _say(workspace, settings, other, _REJECT, "bram")
    everything = proposal_standings(workspace)
    for proposal in (one, other):
        assert proposal_standings(workspace, {proposal.id: proposal}) == {proposal.id: everything[proposal.id]}
