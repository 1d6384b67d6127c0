"""A note that people edited in Word comes back: what they decided, what they changed by hand, what cannot be done."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from accepted_evidence import MEETINGS, Desk, add_accounts
from office.word_hand import WordHand

from flows.edited_note import ImportOutcome, import_edited_note
from flows.edited_records import EditResult
from flows.note import gather_note
from flows.proposal_decisions import ProposalError, decide_proposal
from flows.proposals import proposal_standings, refresh_proposals
from flows.tables import ImportedTable, import_content
from flows.versions import apply_approved
from flows.workspace import open_settings_workspace
from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement
from pipelines.domain.proposals import ProposalState, ProposalVerdict, VersionOrigin
from pipelines.domain.table_edits import EditKind
from pipelines.errors import TableError
from pipelines.report.compose_note import compose_update_note
from pipelines.report.word import render_word
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.table import write_table

_NOW = datetime(2026, 3, 3, 10)
_LATER = datetime(2026, 3, 5, 16)
_FILE = "notitie commissie.docx"


@dataclass(frozen=True)
class Case:
    """A workspace with a proposed move of B1.t1, a proposed new statement of B1, and the note about both."""

    workspace: Workspace
    settings: Settings
    note: bytes
    move: str
    new: str
    """Ids of the proposals."""

    @property
    def table(self) -> EvidenceTable:
        """The newest version."""
        return self.workspace.tables.get(self.workspace.tables.newest_version())

    def statement(self, statement_id: str) -> Statement:
        """A statement of the newest version."""
        return next(s for _, s in self.table.statements() if s.id == statement_id)

    def state(self, proposal_id: str) -> ProposalState:
        """Where a proposal stands."""
        return proposal_standings(self.workspace)[proposal_id].state

    def read(self, content: bytes, *people: str, store: bool = True) -> ImportOutcome:
        """Read an edited note."""
        found = import_edited_note(self.workspace, self.settings, content, _FILE, people, _LATER, store=store)
        assert found is not None
        return found


def note_of(workspace: Workspace, settings: Settings) -> bytes:
    """The note as a Word file, with the table and without the chapters that are slow to draw."""
    report = compose_update_note(gather_note(workspace, settings, None, _NOW, "nl"), "nl")
    table = next(s for s in report.sections if any(item.type == "revised_table" for item in s.items))
    return render_word(report.model_copy(update={"sections": (table,), "sheets": ()}))


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    root = tmp_path_factory.mktemp("note")
    settings = Settings(workspace=root)
    workspace = open_settings_workspace(settings)
    desk = Desk(workspace)
    desk.accept_experiments()
    for title, text in MEETINGS[:2]:
        desk.decide(desk.add(title, text), statement=None, relation=Relation.NEW, column=Column.TREND)
    add_accounts(workspace, anna="editor", bram="editor", dirk="reader")
    refresh_proposals(workspace, settings, _NOW.date())
    note = note_of(workspace, settings)
    workspace.close()
    return root, note


@pytest.fixture
def case(origin: tuple[Path, bytes], tmp_path: Path) -> Iterator[Case]:
    shutil.copytree(origin[0], tmp_path / "work")
    settings = Settings(workspace=tmp_path / "work")
    workspace = open_settings_workspace(settings)
    ids = {proposal.rule: proposal.id for proposal in refresh_proposals(workspace, settings, _NOW.date())}
    yield Case(workspace, settings, origin[1], ids["trend_known"], ids["new_statement"])
    workspace.close()


def _results(outcome: ImportOutcome) -> dict[tuple[EditKind, str | None], EditResult]:
    return {(one.edit.kind, one.edit.statement_id): one.result for one in outcome.edits}


def test_a_note_that_nobody_touched_changes_nothing(case: Case) -> None:
    outcome = case.read(case.note, "anna", "bram")
    assert set(_results(outcome).values()) == {EditResult.OPEN}
    assert (outcome.table, outcome.n_decisions, case.workspace.acts.last()) == (None, 0, 0)


def test_what_was_accepted_counts_for_all_who_are_named(case: Case) -> None:
    before = case.table
    hand = WordHand(case.note)
    hand.accept_all()
    trial = case.read(hand.save(), "anna", "bram", store=False)
    assert trial.table is not None and not trial.stored and case.table == before
    assert case.workspace.acts.last() == 0
    outcome = case.read(hand.save(), "anna", "bram")
    assert set(_results(outcome).values()) == {EditResult.APPLIED}
    assert outcome.table == case.table == trial.table
    assert case.statement("B1.t1").column is Column.KNOWN
    (added,) = {s.id for _, s in case.table.statements()} - {s.id for _, s in before.statements()}
    record = case.workspace.tables.records()[-1]
    assert (record.origin, record.file, record.people) == (VersionOrigin.WORD, _FILE, ("anna", "bram"))
    assert {change.statement_id for change in record.changes} == {"B1.t1", added}
    assert {decision.source for decision in case.workspace.acts.decisions()} == {_FILE}
    assert {case.state(case.move), case.state(case.new)} == {ProposalState.APPLIED}
    # All else is as it was.
    changed = {"B1.t1", added}
    assert [s for _, s in case.table.statements() if s.id not in changed] == [
        s for _, s in before.statements() if s.id not in changed
    ]


def test_read_once_more_it_changes_nothing(case: Case) -> None:
    hand = WordHand(case.note)
    hand.accept_all()
    hand.retype("A1.k1", "Iets heel anders.")
    hand.add("B1", "trend", "Een nieuwe bewering van de commissie.")
    case.read(hand.save(), "anna", "bram")
    n_acts, table = case.workspace.acts.last(), case.table
    again = case.read(hand.save(), "anna", "bram")
    assert set(_results(again).values()) == {EditResult.ALREADY}
    assert (case.workspace.acts.last(), case.table, again.table) == (n_acts, table, None)


def test_one_person_is_not_enough_for_a_move_upward(case: Case) -> None:
    hand = WordHand(case.note)
    hand.accept_all()
    outcome = case.read(hand.save(), "anna")
    results = _results(outcome)
    assert results[EditKind.ACCEPTED, "B1.t1"] is EditResult.SECONDED
    assert case.statement("B1.t1").column is Column.TREND
    assert (case.state(case.move), case.state(case.new)) == (ProposalState.SECONDED, ProposalState.APPLIED)
    # The second person reads the same file on another day.
    case.read(hand.save(), "bram")
    assert case.statement("B1.t1").column is Column.KNOWN
    assert case.workspace.tables.records()[-1].people == ("anna", "bram")


def test_what_was_rejected_and_reworded_is_decided_so(case: Case) -> None:
    hand = WordHand(case.note)
    hand.accept("B1.t1")
    hand.retype("B1.t1", "Beginners winnen het meest.", column="known")
    (new,) = {c.statement_id for c in _carried(case).changes if c.change_id == case.new}
    hand.reject(new)
    outcome = case.read(hand.save(), "anna", "bram")
    assert _results(outcome) == {
        (EditKind.REWORDED, "B1.t1"): EditResult.APPLIED,
        (EditKind.REJECTED, new): EditResult.REJECTED,
    }
    moved = case.statement("B1.t1")
    # In the other language nobody worded it, and the suggestion would say something else.
    assert (moved.nl, moved.en, moved.column) == ("Beginners winnen het meest.", "", Column.KNOWN)
    assert case.state(case.new) is ProposalState.REJECTED
    standing = proposal_standings(case.workspace)[case.new]
    assert standing.rejection is not None
    assert (standing.rejection.person, standing.rejection.source) == ("anna", _FILE)
    assert _FILE in standing.rejection.why


def _carried(case: Case):
    from pipelines.office.carried import read_carried

    carried = read_carried(case.note)
    assert carried is not None
    return carried


def test_changes_by_hand_make_a_version(case: Case) -> None:
    before = case.table
    hand = WordHand(case.note)
    hand.retype("A1.k1", "Bijna elk bedrijf gebruikt AI.")
    hand.delete("A1.k2")
    hand.move("A1.t1", "A1", "uncertain")
    hand.add("C1", "trend", "Een bewering van de commissie.", "Verslag 3")
    outcome = case.read(hand.save(), "anna")
    results = {one.edit.kind: one.result for one in outcome.edits if one.edit.kind is not EditKind.OPEN}
    assert results == dict.fromkeys(
        (EditKind.EDITED, EditKind.REMOVED, EditKind.MOVED, EditKind.ADDED), EditResult.APPLIED
    )
    reworded, moved = case.statement("A1.k1"), case.statement("A1.t1")
    assert (reworded.nl, reworded.en) == ("Bijna elk bedrijf gebruikt AI.", "")
    assert moved.column is Column.UNCERTAIN
    assert moved.en == next(s.en for _, s in before.statements() if s.id == "A1.t1")
    assert "A1.k2" not in {s.id for _, s in case.table.statements()}
    added = case.table.row("C1").column(Column.TREND)[-1]
    assert (added.nl, added.source) == ("Een bewering van de commissie.", "Verslag 3")
    assert case.workspace.tables.records()[-1].people == ("anna",)
    assert case.state(case.move) is ProposalState.OPEN


def test_by_hand_too_nobody_makes_something_known_alone(case: Case) -> None:
    hand = WordHand(case.note)
    hand.move("A1.t1", "A1", "known")
    outcome = case.read(hand.save(), "anna")
    assert _results(outcome)[EditKind.MOVED, "A1.t1"] is EditResult.REFUSED
    assert case.statement("A1.t1").column is Column.TREND
    case.read(hand.save(), "anna", "bram")
    assert case.statement("A1.t1").column is Column.KNOWN


def test_what_changed_since_the_note_was_written_is_not_written_over(case: Case) -> None:
    hand = WordHand(case.note)
    hand.retype("A1.k1", "Bijna elk bedrijf gebruikt AI.")
    case.read(hand.save(), "anna")
    other = WordHand(case.note)
    other.retype("A1.k1", "Geen enkel bedrijf gebruikt AI.")
    outcome = case.read(other.save(), "anna")
    assert _results(outcome)[EditKind.EDITED, "A1.k1"] is EditResult.REFUSED
    assert case.statement("A1.k1").nl == "Bijna elk bedrijf gebruikt AI."


def test_what_has_no_place_is_named(case: Case) -> None:
    hand = WordHand(case.note)
    hand.retitle("A1", "A1 Een andere naam")
    hand.write_in_heading("B1", "Los in de kop.")
    outcome = case.read(hand.save(), "anna", "bram")
    told = {one.edit.text: one.result for one in outcome.edits if one.edit.kind is not EditKind.OPEN}
    assert set(told.values()) <= {EditResult.REFUSED, EditResult.UNPLACED}
    assert any("andere naam" in text for text in told)
    assert all(one.reason is not None for one in outcome.edits if one.result is EditResult.REFUSED)
    assert outcome.table is None


def test_a_change_that_the_table_holds_can_be_refused_afterwards(case: Case) -> None:
    old = case.statement("B1.t1")
    for person in ("anna", "bram"):
        decide_proposal(case.workspace, case.settings, case.move, ProposalVerdict.APPROVE, person, now=_NOW)
    assert apply_approved(case.workspace, case.settings, _NOW) is not None
    hand = WordHand(note_of(case.workspace, case.settings))
    hand.reject("B1.t1")
    outcome = case.read(hand.save(), "anna")
    assert _results(outcome)[EditKind.REJECTED, "B1.t1"] is EditResult.APPLIED
    back = case.statement("B1.t1")
    assert (back.nl, back.en, back.column) == (old.nl, old.en, old.column)
    accepted = WordHand(note_of(case.workspace, case.settings))
    accepted.accept_all()
    case.read(accepted.save(), "anna", "bram")
    assert case.statement("B1.t1").column is Column.TREND


def test_who_may_not_approve_is_not_counted(case: Case) -> None:
    hand = WordHand(case.note)
    hand.accept_all()
    for names in (("dirk",), ("anna", "niemand")):
        with pytest.raises(ProposalError):
            case.read(hand.save(), *names)
    assert case.workspace.acts.last() == 0


def test_files_are_read_as_what_they_are(case: Case) -> None:
    def read(content: bytes, name: str, *people: str) -> ImportOutcome | ImportedTable:
        return import_content(case.workspace, case.settings, content, name, people, _LATER, store=True)

    hand = WordHand(case.note)
    hand.accept_all()
    with pytest.raises(TableError) as caught:
        read(hand.save(), _FILE)
    assert caught.value.key == "error.note_nobody"
    untouched = read(case.note, _FILE)
    assert isinstance(untouched, ImportOutcome) and untouched.table is None
    table = case.table
    exported = WordHand(write_table(table, ".docx", "nl"))
    exported.retype("A1.k1", "Bijna elk bedrijf gebruikt AI.")
    by_hand = read(exported.save(), "tabel.docx", "anna")
    assert isinstance(by_hand, ImportOutcome) and case.statement("A1.k1").nl == "Bijna elk bedrijf gebruikt AI."
    ordinary = read(write_table(table, ".yaml", "nl"), "tabel.yaml", "anna")
    assert isinstance(ordinary, ImportedTable) and ordinary.is_new and case.table.rows == table.rows
    assert case.workspace.tables.records()[-1].people == ("anna",)
    of_others = write_table(table.model_copy(update={"version": "van elders"}), ".docx", "nl")
    elsewhere = read(of_others, "tabel.docx")
    assert isinstance(elsewhere, ImportedTable) and not elsewhere.is_new


def test_what_was_rejected_since_is_not_approved_by_an_older_file(case: Case) -> None:
    hand = WordHand(case.note)
    hand.accept_all()
    decide_proposal(case.workspace, case.settings, case.move, ProposalVerdict.REJECT, "bram", why="Nee.", now=_NOW)
    outcome = case.read(hand.save(), "anna", "bram")
    assert _results(outcome)[EditKind.ACCEPTED, "B1.t1"] is EditResult.REFUSED
    reason = next(one.reason for one in outcome.edits if one.edit.statement_id == "B1.t1")
    assert reason is not None and reason.key == "error.note_rejected"
    assert case.state(case.move) is ProposalState.REJECTED
    assert case.statement("B1.t1").column is Column.TREND


def test_who_read_the_file_is_kept_with_what_came_of_it(case: Case) -> None:
    hand = WordHand(case.note)
    hand.accept_all()
    content = hand.save()
    import_edited_note(case.workspace, case.settings, content, _FILE, ["bram"], _LATER, store=True, entered_by="anna")
    made = case.workspace.acts.decisions()
    assert {one.person for one in made} == {"anna", "bram"} and {one.entered_by for one in made} == {"anna"}
    assert case.workspace.tables.records()[-1].entered_by == "anna"
    assert case.workspace.acts.faults() == []
