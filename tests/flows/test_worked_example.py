"""The worked example, whole: two months of files, readings, proposals and decisions, and the table that follows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from office.word_hand import WordHand

from flows.edited_note import import_edited_note
from flows.example_round import MonthOutcome, run_example_round, write_example_note
from flows.proposals import all_proposals, proposal_standings, refresh_proposals
from flows.workspace import open_settings_workspace
from pipelines.domain.appraisal import Stance
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement
from pipelines.domain.proposals import ProposalState, VersionOrigin
from pipelines.domain.table_edits import EditKind
from pipelines.examples.readings import example_readings, review_days
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.table.starting import starting_table

pytestmark = pytest.mark.slow

Made = tuple[Path, tuple[MonthOutcome, ...]]

#: What the second month must propose: rule and place in the table. The weighing of studies may bring more.
WANTED = {
    ("trend_known", "B1.t1"),
    ("trend_known", "B1.t2"),
    ("narrowed_known", "B3.u1"),
    ("review_date", "B4.t3"),
    ("known_uncertain", "D1.k3"),
    ("uncertain_narrowed", "D3.u1"),
    ("wording_narrowed", "D4.t1"),
    ("figure_outdated", "D4.t3"),
    ("new_statement", "D1"),
    ("new_row", ""),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("round")
    return root, run_example_round(Settings(workspace=root, workers=1), topics=False)


@pytest.fixture
def workspace(made: Made) -> Iterator[Workspace]:
    opened = open_settings_workspace(Settings(workspace=made[0]))
    yield opened
    opened.close()


@pytest.fixture
def own_settings(made: Made, tmp_path: Path) -> Settings:
    """Settings of a copy, to be changed."""
    return Settings(workspace=shutil.copytree(made[0], tmp_path / "copy"))


def by_id(table: EvidenceTable) -> dict[str, Statement]:
    return {statement.id: statement for _, statement in table.statements()}


def test_the_first_month_proposes_little_and_the_second_by_many_rules(made: Made) -> None:
    first, second = made[1]
    places = [{(p.rule, p.statement_id or p.row_id or "") for p in month.proposals} for month in (first, second)]
    assert {("uncertain_narrowed", "B3.u1"), ("review_date", "E2.u1")} <= places[0]
    assert len(places[0]) <= 4
    assert places[1] >= WANTED
    assert len({rule for rule, _ in places[1]}) == len({rule for rule, _ in WANTED})


def test_every_proposal_rests_on_accepted_passages_and_upward_moves_need_two_people(
    made: Made, workspace: Workspace
) -> None:
    accepted = {i for i, s in workspace.decisions.standings(workspace.passages.items()).items() if s.holds is not None}
    for proposal in made[1][1].proposals:
        assert set(proposal.items) <= accepted
        assert proposal.rule == "review_date" or proposal.items
        assert proposal.people_needed == (2 if proposal.upward else 1)
        assert proposal.upward == (proposal.rule in {"trend_known", "narrowed_known", "uncertain_narrowed"})
        assert proposal.suggestion.nl and proposal.suggestion.en


def test_a_press_release_and_a_reprint_are_no_studies_of_their_own(workspace: Workspace) -> None:
    appraisal = workspace.proposals.appraisal()
    assert appraisal is not None
    names = {Path(path).name: d.id for d in workspace.documents.summaries() for path in d.paths}
    report, press = (next(i for name, i in names.items() if part in name) for part in ("(rapport)", "persbericht"))
    holding = [study for study in appraisal.studies if report in study.documents]
    assert len(holding) == 1 and press in holding[0].documents
    paper, essay = (next(i for name, i in names.items() if part in name) for part in ("DP26-11", "eerst-zelf"))
    assert [{paper, essay} == set(study.documents) for study in appraisal.studies if paper in study.documents] == [True]
    brief, blog = (next(i for name, i in names.items() if part in name) for part in ("power-bill", "_blog_"))
    (row,) = [one for one in appraisal.statements.values() if one.row_id == "E3"]
    assert row.confidence.n_studies == 2
    assert sum({brief, blog} <= set(one.study.documents) for one in row.studies) == 1


def test_what_speaks_against_is_told_with_what_speaks_for(made: Made) -> None:
    (lost,) = [p for p in made[1][1].proposals if p.rule == "known_uncertain"]
    assert [study.stance for study in lost.studies] == [Stance.AGAINST, Stance.AGAINST, Stance.FOR]
    assert all(study.confirmed for study in lost.studies if study.stance is Stance.AGAINST)


def test_versions_tell_what_was_changed_and_by_whom(made: Made, workspace: Workspace) -> None:
    records = workspace.tables.records()
    assert [r.version for r in records] == [starting_table().version, "2026-05-01", "2026-05-04", "2026-06-08"]
    assert [r.origin for r in records[2:]] == [VersionOrigin.PROPOSALS] * 2
    assert [r.people for r in records[2:]] == [("redacteur-1", "redacteur-2")] * 2
    assert [change.statement_id for change in records[2].changes] == ["B3.u1", "E2.u1"]
    changed = {change.statement_id for change in records[3].changes}
    assert changed == {"B1.t1", "D3.u1", "D1.k3", "D1.t4", "E3.t1"}
    assert [month.table.version for month in made[1]] == ["2026-05-04", "2026-06-08"]


def test_the_table_holds_what_was_approved_and_nothing_else_changed(made: Made) -> None:
    before, after = by_id(starting_table()), by_id(made[1][1].table)
    changed = {statement_id for statement_id in before if before[statement_id] != after[statement_id]}
    assert changed == {"B1.t1", "B3.u1", "D1.k3", "D3.u1", *review_days()}
    assert after.keys() - before.keys() == {"D1.t4", "E3.t1"}
    assert after["B1.t1"].column is Column.KNOWN and "lijken" not in after["B1.t1"].nl
    assert after["D1.k3"].column is Column.UNCERTAIN
    assert after["B3.u1"].narrowed and after["D3.u1"].narrowed
    assert after["E2.u1"].model_copy(update={"review_by": None}) == before["E2.u1"]
    assert after["E2.u1"].review_by == date(2027, 5, 4)
    written = [v for v in example_readings()[1].proposals if v.wording is not None]
    assert {(v.nl, v.en) for v in written} <= {(s.nl, s.en) for s in after.values()}
    assert {s.column for s in (after["D1.t4"], after["E3.t1"])} == {Column.TREND}


def test_open_and_rejected_proposals_stay_out_and_what_was_rejected_is_not_made_again(
    made: Made, workspace: Workspace
) -> None:
    standings = proposal_standings(workspace)
    of = {proposal.subject: proposal for proposal in made[1][1].proposals}
    assert standings[of["trend_known:B1.t2"].id].state is ProposalState.SECONDED
    assert standings[of["wording_narrowed:D4.t1"].id].state is ProposalState.OPEN
    assert standings[of["narrowed_known:B3.u1"].id].state is ProposalState.REJECTED
    proposed = {p.subject for p in refresh_proposals(workspace, Settings(workspace=made[0]), made[1][1].day)}
    assert "narrowed_known:B3.u1" not in proposed
    assert {"trend_known:B1.t2", "figure_outdated:D4.t3"} <= proposed


def test_what_a_new_statement_was_made_of_counts_for_it(workspace: Workspace) -> None:
    appraisal = workspace.proposals.appraisal()
    assert appraisal is not None
    assert appraisal.confidence("D1.t4").n_studies == 3
    assert not [point for point in appraisal.new_points if point.row_id in (None, "D1")]


_HAND_A1 = "Vakbonden hebben invloed op wat nieuwe techniek uitwerkt."
_HAND_C2 = "Overleg vooraf gaat samen met minder weerstand."


def edit_note(content: bytes) -> bytes:
    """Edit the note as a committee would in Word; what is not named stays as it was."""
    hand = WordHand(content)
    hand.accept("B1.t2")
    hand.reject("D4.t1")
    hand.replace_words("D4.t3", "Onderzoek uit 2026 noemt", "Recent onderzoek noemt")
    hand.accept("D4.t3")
    hand.retype("A1.t3", _HAND_A1)
    hand.add("C2", "trend", _HAND_C2, "Verslag 12 juni 2026")
    hand.delete("D5.k2")
    return hand.save()


def test_the_note_comes_back_from_word_as_exactly_the_expected_table(made: Made, own_settings: Settings) -> None:
    note = write_example_note(own_settings, formats=["docx"], language="nl", folder=own_settings.reports_dir)
    edited = edit_note(Path(note["docx"]).read_bytes())
    suggested = {p.statement_id: p for p in made[1][1].proposals}
    moved, figure = suggested["B1.t2"], suggested["D4.t3"]
    expected = by_id(made[1][1].table)
    for statement_id, changes in {
        "B1.t2": {"column": Column.KNOWN, "nl": moved.suggestion.nl, "en": moved.suggestion.en},
        "D4.t3": {"nl": figure.suggestion.nl.replace("Onderzoek uit 2026 noemt", "Recent onderzoek noemt"), "en": ""},
        "A1.t3": {"nl": _HAND_A1, "en": ""},
    }.items():
        expected[statement_id] = expected[statement_id].model_copy(update=changes)
    del expected["D5.k2"]
    expected["C2.t1"] = Statement(id="C2.t1", column=Column.TREND, nl=_HAND_C2, source="Verslag 12 juni 2026")

    workspace = open_settings_workspace(own_settings)
    try:
        people, now = ["redacteur-1", "redacteur-2"], datetime(2026, 6, 12, 15)
        outcome = import_edited_note(workspace, own_settings, edited, "note.docx", people, now, store=True)
        assert outcome is not None and outcome.table is not None
        assert not outcome.count(EditKind.UNPLACED)
        after = by_id(outcome.table)
        for proposal in (moved, figure):  # a change names the studies that it rests on behind the note that was there
            statement = after[proposal.statement_id or ""]
            before = expected[statement.id].source
            named = statement.source.removeprefix(f"{before}; ").split("; ")
            assert named and set(named) <= {study.study.name for study in proposal.studies}
            after[statement.id] = statement.model_copy(update={"source": before})
        assert after == expected
        assert [row.id for row in outcome.table.rows] == [row.id for row in made[1][1].table.rows]
        record = workspace.tables.records()[-1]
        assert (record.origin, record.file, record.based_on) == (VersionOrigin.WORD, "note.docx", "2026-06-08")
        states = {p.subject: s.state for p, s in all_proposals(workspace)}
        assert states["trend_known:B1.t2"] is ProposalState.APPLIED
        assert states["wording_narrowed:D4.t1"] is ProposalState.REJECTED
        assert states["review_date:B4.t3:2026-05-31"] is ProposalState.OPEN

        later = datetime(2026, 6, 13, 9)
        again = import_edited_note(workspace, own_settings, edited, "note.docx", people, later, store=True)
        assert again is not None and again.table is None and again.n_decisions == 0
    finally:
        workspace.close()
