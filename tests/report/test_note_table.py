"""The table with changes: what it shows is exactly what lies between two tables, and it can be read back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report.note_samples import AFTER, act, day, make_proposal, newest, note_sample, proposals, quiet_note, reworded
from report.report_material import table

from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.proposals import (
    ChangeKind,
    ProposalStanding,
    ProposalState,
    ProposalVerdict,
    Wording,
)
from pipelines.domain.reports import RevisedStatement, RevisedTable
from pipelines.domain.themes import Theme
from pipelines.report import NoteMaterial, NoteOptions
from pipelines.report.note_changes import find_changes, marked_tables
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_table import AUTHOR, table_with_changes
from pipelines.strings import LANGUAGES, Language

Places = dict[tuple[str, Column], list[tuple[str, str, str]]]


def revised(material: NoteMaterial, language: Language = "nl") -> RevisedTable:
    """The table with changes."""
    return table_with_changes(NoteDraft(material, language, NoteOptions()))[0]


def read_as(shown: RevisedTable, *, accepted: bool) -> Places:
    """What somebody reads who accepts, or rejects, all changes: id, text and source note by row and column."""
    gone = "deleted" if accepted else "inserted"
    places: Places = {}
    for chapter in shown.chapters:
        for row in chapter.rows:
            if row.whole == gone:
                continue
            for column in Column:
                places[row.row_id, column] = [
                    (s.statement_id, _text(s.spans, gone), _text(s.source, gone))
                    for s in row.column(column)
                    if s.whole != gone
                ]
    return places


def _text(spans: tuple, gone: str) -> str:
    return "".join(span.text for span in spans if span.change != gone)


def places_of(shown: EvidenceTable, language: str) -> Places:
    """Id, text and source note by row and column."""
    return {
        (row.id, column): [(s.id, s.text(language), s.source) for s in row.column(column)]
        for row in shown.rows
        for column in Column
    }


def statements(shown: RevisedTable) -> list[tuple[str, Column, RevisedStatement]]:
    """All statements with row and column."""
    return [
        (row.row_id, column, s)
        for chapter in shown.chapters
        for row in chapter.rows
        for column in Column
        for s in row.column(column)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_rejected_is_the_carried_table_and_all_accepted_the_table_with_all_changes(language: Language) -> None:
    material = note_sample()
    shown, carried = table_with_changes(NoteDraft(material, language, NoteOptions()))
    assert read_as(shown, accepted=False) == places_of(carried.table, language)
    goal = marked_tables(material, find_changes(material))[1]
    assert read_as(shown, accepted=True) == places_of(goal, language)
    assert carried.language == language
    assert carried.table.version == AFTER


def test_without_proposals_the_tables_are_those_of_the_two_versions() -> None:
    material = note_sample().model_copy(update={"proposals": ()})
    shown = revised(material)
    assert read_as(shown, accepted=False) == places_of(table(), "nl")
    assert read_as(shown, accepted=True) == places_of(newest(), "nl")
    assert {s.change_id for _, _, s in statements(shown) if s.state == "approved"} == {
        f"hand:{AFTER}:B1.t1",
        f"hand:{AFTER}:C1.t2",
    }


@given(chosen=st.sets(st.integers(0, len(proposals()) - 1)), turned=st.booleans(), same=st.booleans())
@settings(max_examples=30, deadline=None)
def test_whatever_is_proposed_the_marks_lie_between_two_tables(chosen: set[int], turned: bool, same: bool) -> None:
    material = note_sample()
    pairs = [pair for place, pair in enumerate(material.proposals) if place in chosen]
    update: dict[str, object] = {"proposals": tuple(reversed(pairs)) if turned else tuple(pairs)}
    if same:
        update["before"] = material.after
    changed = material.model_copy(update=update)
    shown, carried = table_with_changes(NoteDraft(changed, "nl", NoteOptions()))
    base, goal = marked_tables(changed, find_changes(changed))
    assert carried.table == base
    assert read_as(shown, accepted=False) == places_of(base, "nl")
    assert read_as(shown, accepted=True) == places_of(goal, "nl")
    marked = {s.change_id for _, _, s in statements(shown) if s.state != "kept"}
    assert marked == {c.change_id for c in carried.changes}


def test_nothing_changes_where_nothing_happened() -> None:
    shown, carried = table_with_changes(NoteDraft(quiet_note(), "en", NoteOptions()))
    assert all(s.state == "kept" and s.whole is None and s.remark is None for _, _, s in statements(shown))
    assert all(span.change is None for _, _, s in statements(shown) for span in (*s.spans, *s.source))
    assert carried.changes == ()
    assert carried.table == table()


def test_each_change_has_one_remark_with_reason_and_references() -> None:
    shown = revised(note_sample())
    remarks = {s.change_id: s.remark for _, _, s in statements(shown) if s.remark is not None}
    changed = {s.change_id for _, _, s in statements(shown) if s.change_id is not None}
    assert set(remarks) == changed
    assert len(changed) == 9
    doubt = remarks["proposal-known_uncertain"]
    assert doubt is not None
    assert doubt.author == AUTHOR
    told = "\n".join(doubt.lines)
    assert told.startswith("Voorstel: van bekend naar onzeker, met andere tekst.\n1 persoon moet goedkeuren.")
    assert "Regel: Van bekend naar onzeker (versie 1).\nRegel in woorden." in told
    assert (
        "Spreekt tegen · D1-1: Network D, Employment after AI adoption in nine countries (2026), blz.\u00a011" in told
    )
    known = remarks["proposal-trend_known"]
    assert known is not None
    assert known.author == "Tweede lezer en Derde lezer"
    assert known.moment == day(14)
    assert any("Toelichting: ‘Twee proeven met loting.’" in line for line in known.lines)


def test_a_moved_statement_stands_at_both_places_under_its_id() -> None:
    found = [(row, column, s) for row, column, s in statements(revised(note_sample())) if s.statement_id == "D1.k3"]
    assert [(row, column, s.whole, s.state) for row, column, s in found] == [
        ("D1", Column.KNOWN, "deleted", "proposed"),
        ("D1", Column.UNCERTAIN, "inserted", "proposed"),
    ]
    assert [bool(s.remark) for _, _, s in found] == [False, True]
    assert [bool(s.confidence) for _, _, s in found] == [False, True]


def test_new_statements_and_rows_get_the_next_free_ids_or_those_set_aside() -> None:
    shown = revised(note_sample())
    row = next(r for c in shown.chapters for r in c.rows if r.row_id == "E3")
    assert (row.whole, row.title, row.change_id) == (
        "inserted",
        "Energieverbruik van AI op het werk",
        "proposal-new_row",
    )
    assert {s.statement_id for _, _, s in statements(shown) if s.whole == "inserted"} >= {"E3.t1", "B1.t4"}
    set_aside = {"proposal-new_row": ("E9", "E9.t1"), "proposal-new_statement": ("B1", "B1.t8")}
    carried = table_with_changes(
        NoteDraft(note_sample().model_copy(update={"new_ids": set_aside}), "nl", NoteOptions())
    )[1]
    ids = {c.change_id: (c.row_id, c.statement_id) for c in carried.changes}
    assert {name: ids[name] for name in set_aside} == set_aside


def test_of_two_changes_to_one_statement_the_proposal_is_marked() -> None:
    again = make_proposal(
        "figure_outdated", ChangeKind.REWORD, "B1.t1", suggestion=Wording(nl="Beginners winnen 26%.", en="Gain: 26%.")
    )  # fmt: skip
    material = note_sample()
    material = material.model_copy(update={"proposals": (material.proposals[0], (again, ProposalStanding()))})
    shown, carried = table_with_changes(NoteDraft(material, "nl", NoteOptions()))
    found = [(column, s) for _, column, s in statements(shown) if s.statement_id == "B1.t1"]
    assert [(column, s.whole, s.state) for column, s in found] == [(Column.KNOWN, None, "proposed")]
    assert carried.table.row("B1").column(Column.KNOWN)[3].nl == newest().row("B1").column(Column.KNOWN)[3].nl
    assert [c.marked for c in find_changes(material) if c.statement_id == "B1.t1"] == [False, True]


def test_the_proposal_that_people_are_furthest_with_is_shown() -> None:
    first = make_proposal("known_uncertain", ChangeKind.MOVE, "B1.k2", to_column=Column.UNCERTAIN)
    second = make_proposal(
        "wording_narrowed", ChangeKind.REWORD, "B1.k2", suggestion=Wording(nl="Anders.", en="Other.")
    )
    agreed = ProposalStanding(
        state=ProposalState.APPROVED, turn=1, approvals=(act(second, "lezer-3", ProposalVerdict.APPROVE, day(20)),)
    )
    material = note_sample().model_copy(update={"proposals": ((first, ProposalStanding()), (second, agreed))})
    assert {c.change_id: c.marked for c in find_changes(material) if c.statement_id == "B1.k2"} == {
        first.id: False,
        second.id: True,
    }


def test_rows_and_statements_that_go_or_come_by_hand() -> None:
    after = newest()
    rows = [row for row in after.rows if row.id != "E2"]
    d5 = next(n for n, row in enumerate(rows) if row.id == "D5")
    moved = rows[d5].statements[0]
    rows[d5] = rows[d5].model_copy(update={"statements": rows[d5].statements[1:]})
    rows[0] = rows[0].model_copy(update={"statements": (reworded(moved, "Verhuisd."), *rows[0].statements)})
    changed = after.model_copy(update={"rows": tuple(rows)})
    scan = note_sample().scan.model_copy(update={"table": changed})
    material = note_sample().model_copy(update={"after": changed, "scan": scan, "proposals": (), "pieces": ()})
    shown, carried = table_with_changes(NoteDraft(material, "nl", NoteOptions()))
    assert read_as(shown, accepted=True) == places_of(changed, "nl")
    assert read_as(shown, accepted=False) == places_of(table(), "nl")
    gone = next(r for c in shown.chapters for r in c.rows if r.row_id == "E2")
    assert gone.whole == "deleted"
    kinds = {c.statement_id: c.change for c in carried.changes}
    assert all(kinds[s.id] is ChangeKind.REMOVE for s in table().row("E2").statements)


def test_a_suggestion_in_one_language_is_shown_in_both_notes() -> None:
    english = make_proposal("wording_narrowed", ChangeKind.REWORD, "B1.k2", suggestion=Wording(en="Only in English."))
    material = note_sample().model_copy(update={"proposals": ((english, ProposalStanding()),)})
    for language in LANGUAGES:
        shown = read_as(revised(material, language), accepted=True)
        assert ("B1.k2", "Only in English.", "CDT34 par. 3.2, 3.3") in shown["B1", Column.KNOWN]


def test_a_proposal_on_a_statement_that_is_gone_is_left_out() -> None:
    gone = make_proposal("review_date", ChangeKind.KEEP, "A2.k1").model_copy(update={"statement_id": "Z9.k1"})
    material = note_sample().model_copy(update={"proposals": ((gone, ProposalStanding()),)})
    assert gone.id not in {c.change_id for c in find_changes(material)}


def test_a_new_row_comes_after_the_last_of_its_chapter() -> None:
    row = make_proposal(
        "new_row", ChangeKind.ADD_ROW, chapter=Theme.ADOPTION, to_column=Column.KNOWN,
        row_title=Wording(nl="Nieuw", en="New"), suggestion=Wording(nl="Iets.", en="Something."),
    )  # fmt: skip
    material = note_sample().model_copy(update={"proposals": ((row, ProposalStanding()),)})
    shown = revised(material)
    assert [r.row_id for r in shown.chapters[0].rows] == ["A1", "A2", "A3"]
