"""A note and an exported table that come back from Word: every act of a reader is told, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

import docx
import pytest
from docx.oxml.ns import qn
from office.ooxml_faults import faults
from office.word_hand import WordHand, edited
from report.revised_material import (
    APPROVED,
    APPROVER,
    PROGRAM,
    PROPOSED,
    note_with_one_change,
    small_carried,
    small_note,
    small_table,
)

from pipelines.domain.evidence_table import Column
from pipelines.domain.proposals import ChangeKind, Wording
from pipelines.domain.reports import CarriedChange, CarriedData, RevisedRow, RevisedStatement, Span
from pipelines.domain.table_edits import EditKind, NoteReading, TableEdit
from pipelines.errors import TableError
from pipelines.language.word_changes import word_changes
from pipelines.report.word import render_word
from pipelines.table.edited import read_edited
from pipelines.table.word import word_from_table

_ME, _NOW = "Bram Jansen", "2026-11-12T13:14:15Z"
_MOVE, _REWORD, _NARROW, _ADD, _REMOVE, _ROW, _KEEP = (f"{n:020x}" for n in range(1, 8))
_ALL = (_MOVE, _REWORD, _NARROW, _ADD, _REMOVE, _ROW, _KEEP)
Act = Callable[[WordHand], None]


@cache
def _note() -> bytes:
    return render_word(small_note())


@cache
def _table() -> bytes:
    return word_from_table(small_table(), "nl")


def _read(content: bytes) -> NoteReading:
    reading = read_edited(content)
    assert reading is not None
    return reading


def _after(*acts: Act) -> list[TableEdit]:
    """Edits of the note after some acts, without the proposals that were left as they were."""
    return [e for e in _read(edited(_note(), *acts)).edits if not (e.kind is EditKind.OPEN and e.change_id)]


def _in_table(*acts: Act) -> list[TableEdit]:
    """Edits of the exported table after some acts."""
    return list(_read(edited(_table(), *acts)).edits)


def _told(edits: list[TableEdit]) -> list[tuple[object, ...]]:
    return [(e.kind.value, e.change_id or e.statement_id or e.row_id, e.text) for e in edits]


# Proposals ------------------------------------------------------------------------------------------------------------


def test_a_note_that_nobody_touched_says_that_all_is_open() -> None:
    reading = _read(_note())
    assert (reading.language, reading.table_version, reading.n_unchanged) == ("nl", "2026-10-01", 8)
    assert {e.kind for e in reading.edits} == {EditKind.OPEN}
    assert sorted(e.change_id or "" for e in reading.edits) == sorted(_ALL)


def test_all_accepted() -> None:
    edits = _after(lambda hand: hand.accept_all())
    assert {e.kind for e in edits} == {EditKind.ACCEPTED}
    after = {c.change_id: c.after.nl for c in small_carried().changes}
    assert {e.change_id: e.text for e in edits} == {c: after[c] for c in _ALL if c != _KEEP}


def test_all_rejected() -> None:
    edits = _after(lambda hand: hand.reject_all())
    assert {e.kind for e in edits} == {EditKind.REJECTED}
    assert {e.change_id for e in edits} == set(_ALL) - {_KEEP}


@pytest.mark.parametrize(
    ("statement", "change"),
    [("B1.t1", _MOVE), ("B1.k1", _REWORD), ("B1.u1", _NARROW), ("A1.t2", _ADD), ("A1.k2", _REMOVE)],
)
@pytest.mark.parametrize("kind", [EditKind.ACCEPTED, EditKind.REJECTED])
def test_one_decided_leaves_the_others_open(statement: str, change: str, kind: EditKind) -> None:
    accept = kind is EditKind.ACCEPTED
    content = edited(_note(), lambda hand: hand.accept(statement) if accept else hand.reject(statement))
    edits = _read(content).edits
    assert [(e.kind, e.change_id) for e in edits if e.kind is not EditKind.OPEN] == [(kind, change)]
    assert {e.change_id for e in edits} == set(_ALL)


@pytest.mark.parametrize("kind", [EditKind.ACCEPTED, EditKind.REJECTED])
def test_a_new_row_is_decided_as_a_whole(kind: EditKind) -> None:
    accept = kind is EditKind.ACCEPTED
    edits = _after(lambda hand: hand.accept_row("B3") if accept else hand.reject_row("B3"))
    assert [(e.kind, e.change_id, e.row_id, e.statement_id) for e in edits] == [(kind, _ROW, "B3", "B3.k1")]


def test_a_new_statement_brings_its_source_note() -> None:
    (edit,) = _after(lambda hand: hand.accept("A1.t2"))
    assert edit.source == "Rapport 2026, p. 3"


def test_accepted_and_then_typed_over() -> None:
    words = "Proeven laten zien dat taken 12 procent sneller gaan."
    edits = _after(lambda hand: hand.accept("B1.k1"), lambda hand: hand.retype("B1.k1", words))
    assert _told(edits) == [("reworded", _REWORD, words)]


def test_typed_inside_an_insertion_that_stands_open() -> None:
    edits = _after(lambda hand: hand.replace_words("B1.k1", "14 procent", "12 procent"))
    assert _told(edits) == [("reworded", _REWORD, "Proeven laten zien dat taken 12 procent sneller gaan.")]


def test_tracked_words_of_a_reader_over_a_proposal_are_another_wording_with_a_name() -> None:
    edits = _after(lambda hand: hand.track_replace("B1.k1", "14", "15", _ME, _NOW))
    assert _told(edits) == [("reworded", _REWORD, "Proeven laten zien dat taken 15 procent sneller gaan.")]
    assert edits[0].author == _ME


def test_tracked_words_after_accepting_are_open_and_not_applied() -> None:
    edits = _after(
        lambda hand: hand.accept("B1.k1"), lambda hand: hand.track_replace("B1.k1", "sneller", "vlotter", _ME, _NOW)
    )
    assert _told(edits) == [
        ("accepted", _REWORD, "Proeven laten zien dat taken 14 procent sneller gaan."),
        ("open", "B1.k1", "Proeven laten zien dat taken 14 procent vlotter gaan."),
    ]
    assert [e.author for e in edits] == ["", _ME]


def test_the_approver_who_edits_under_the_same_name_is_told_from_the_program() -> None:
    edits = _after(
        lambda hand: hand.reject("B1.k1"),
        lambda hand: hand.track_replace("B1.k1", "sneller", "vlotter", APPROVER, _NOW),
    )
    assert [(e.kind.value, e.author) for e in edits] == [("rejected", ""), ("open", APPROVER)]


def test_a_proposal_of_which_only_some_words_were_decided_stands_open() -> None:
    old = small_table().row("B2").statements[0]
    words = "Kennis van AI helpt erg bij het slimme gebruik ervan."
    change = CarriedChange(
        change_id=_REWORD, change=ChangeKind.REWORD, row_id="B2", statement_id=old.id, state="proposed",
        before=Wording(nl=old.nl), after=Wording(nl=words),
    )  # fmt: skip
    spans = tuple(
        Span(text=text, change=None if what == "kept" else what) for text, what in word_changes(old.nl, words)
    )
    statement = RevisedStatement(statement_id=old.id, spans=spans, author=PROGRAM, moment=PROPOSED)
    row = RevisedRow(row_id="B2", title="Vaardigheden", known=(statement,))
    document = docx.Document(io.BytesIO(render_word(note_with_one_change(change, row))))
    first, *others = list(document.element.body.iter(qn("w:ins")))
    assert others
    first.getparent().remove(first)
    buffer = io.BytesIO()
    document.save(buffer)
    (edit,) = [e for e in _read(buffer.getvalue()).edits if e.change_id]
    assert (edit.kind, edit.text) == (EditKind.OPEN, "Kennis van AI helpt bij het slimme gebruik ervan.")


def test_rejected_and_then_mended_is_both() -> None:
    words = "Proeven laten zien dat losse taken sneller gaan."
    edits = _after(lambda hand: hand.reject("B1.k1"), lambda hand: hand.retype("B1.k1", words))
    assert _told(edits) == [("rejected", _REWORD, words), ("edited", "B1.k1", words)]


def test_a_statement_with_a_proposal_that_was_deleted_is_removed() -> None:
    assert _told(_after(lambda hand: hand.delete("B1.u1"))) == [("removed", _NARROW, "")]


def test_a_moved_statement_in_other_words() -> None:
    words = "Ook ervaren krachten werken iets sneller."
    edits = _after(lambda hand: hand.accept("B1.t1"), lambda hand: hand.retype("B1.t1", words))
    assert _told(edits) == [("reworded", _MOVE, words)]
    assert edits[0].column is Column.KNOWN


@pytest.mark.parametrize(
    ("acts", "reason"),
    [
        ([("accept", "known")], "het invoegen op de nieuwe plaats is afgehandeld"),
        ([("accept", "trend")], "het weghalen op de oude plaats is afgehandeld"),
        ([("reject", "trend")], "het weghalen op de oude plaats is afgehandeld"),
        ([("accept", "known"), ("reject", "trend")], "alleen het invoegen op de nieuwe plaats aanvaard"),
        ([("reject", "known"), ("accept", "trend")], "alleen het weghalen op de oude plaats aanvaard"),
    ],
)
def test_half_a_move_is_named(acts: list[tuple[str, str]], reason: str) -> None:
    hand = WordHand(_note())
    for act, column in acts:
        getattr(hand, act)("B1.t1", column=column)
    (edit,) = [e for e in _read(hand.save()).edits if e.kind is not EditKind.OPEN]
    assert (edit.kind, edit.change_id, edit.statement_id) == (EditKind.UNPLACED, _MOVE, "B1.t1")
    assert reason in edit.place
    assert edit.text


def test_half_a_new_row_is_named() -> None:
    (edit,) = _after(lambda hand: hand.accept_row("B3"), lambda hand: hand.delete("B3.k1"))
    assert (edit.kind, edit.change_id) == (EditKind.UNPLACED, _ROW)
    assert "nieuwe rij B3" in edit.place


def test_a_new_row_under_another_name() -> None:
    edits = _after(lambda hand: hand.accept_row("B3"), lambda hand: hand.retitle("B3", "B3 · Controle op AI"))
    assert [(e.kind.value, e.row_id, e.statement_id, e.text) for e in edits] == [
        ("accepted", "B3", "B3.k1", "Toezicht kost tijd."),
        ("reworded", "B3", None, "Controle op AI"),
    ]


def test_a_statement_that_is_kept_can_still_be_edited() -> None:
    edits = _read(edited(_note(), lambda hand: hand.retype("B2.k1", "Kennis helpt."))).edits
    assert [(e.kind.value, e.change_id) for e in edits if e.statement_id == "B2.k1"] == [
        ("open", _KEEP),
        ("edited", None),
    ]


def test_an_accepted_statement_that_was_dragged_on() -> None:
    edits = _after(lambda hand: hand.accept("A1.t2"), lambda hand: hand.move("A1.t2", "B2", "trend"))
    assert [(e.kind.value, e.row_id) for e in edits] == [("accepted", "B2"), ("moved", "B2")]


def test_changes_without_names_and_dates_are_the_programs_own() -> None:
    """As Word saves a file that personal data are taken out of."""
    document = docx.Document(io.BytesIO(_note()))
    for change in document.element.body.iter(qn("w:ins"), qn("w:del")):
        change.set(qn("w:author"), "Author")
        change.attrib.pop(qn("w:date"), None)
    buffer = io.BytesIO()
    document.save(buffer)
    assert {e.kind for e in _read(buffer.getvalue()).edits} == {EditKind.OPEN}


def test_a_moment_in_another_time_zone_is_still_the_programs_own() -> None:
    document = docx.Document(io.BytesIO(_note()))
    for change in document.element.body.iter(qn("w:ins"), qn("w:del")):
        change.set(qn("w:date"), (change.get(qn("w:date")) or "").replace("T06:", "T07:"))
    buffer = io.BytesIO()
    document.save(buffer)
    reading = _read(buffer.getvalue())
    assert {e.kind for e in reading.edits} == {EditKind.OPEN}
    assert len(reading.edits) == len(_ALL)


@cache
def _source_note(en: str = "Knowledge of AI helps to use it.") -> bytes:
    """A note in which nothing changes in Dutch but the source note of a statement."""
    old = next(s for _, s in small_table().statements() if s.id == "B2.k1")
    before, after = Wording(nl=old.nl, en=old.en), Wording(nl=old.nl, en=en)
    change = CarriedChange(
        change_id=_REWORD, change=ChangeKind.REWORD, row_id="B2", statement_id="B2.k1", before=before, after=after,
        state="approved",
    )  # fmt: skip
    statement = RevisedStatement(
        statement_id="B2.k1", spans=(Span(text=old.nl),), author=APPROVER, moment=APPROVED,
        source=(Span(text="CDT8 par. 1", change="inserted"),) if en == old.en else (),
    )  # fmt: skip
    rest = {
        column: (RevisedStatement(statement_id=s.id, spans=(Span(text=s.nl),)),)
        for column, s in zip(("uncertain", "trend"), small_table().row("B2").statements[1:], strict=True)
    }
    row = RevisedRow(row_id="B2", title="Vaardigheden", known=(statement,), **rest)
    return render_word(note_with_one_change(change, row))


@pytest.mark.parametrize(("accept", "kind"), [(True, EditKind.ACCEPTED), (False, EditKind.REJECTED)])
def test_a_change_of_the_source_note_alone_is_decided_by_the_note(accept: bool, kind: EditKind) -> None:
    assert [e.kind for e in _read(_source_note()).edits] == [EditKind.OPEN]
    decide: Act = (lambda hand: hand.accept_all()) if accept else (lambda hand: hand.reject_all())
    (edit,) = _read(edited(_source_note(), decide)).edits
    assert (edit.kind, edit.change_id, edit.source) == (kind, _REWORD, "CDT8 par. 1" if accept else None)


def test_a_change_of_the_other_language_alone_cannot_be_decided_here() -> None:
    (edit,) = _read(_source_note(en="Knowing AI helps.")).edits
    assert (edit.kind, edit.change_id) == (EditKind.OPEN, _REWORD)


@pytest.mark.parametrize(("accept", "kind"), [(True, EditKind.ACCEPTED), (False, EditKind.REJECTED)])
def test_a_row_that_goes_with_all_its_statements(accept: bool, kind: EditKind) -> None:
    old = small_table().row("B2")
    changes = tuple(
        CarriedChange(
            change_id=f"{n:020x}", change=ChangeKind.REMOVE, row_id="B2", statement_id=s.id, state="approved",
            before=Wording(nl=s.nl, en=s.en),
        )
        for n, s in enumerate(old.statements)
    )  # fmt: skip
    columns = {
        s.column.value: (RevisedStatement(
            statement_id=s.id, spans=(Span(text=s.nl),), whole="deleted", author=APPROVER, moment=APPROVED
        ),)
        for s in old.statements
    }  # fmt: skip
    note = note_with_one_change(changes[0], RevisedRow(row_id="B2", title=old.nl, whole="deleted", **columns))
    carried = CarriedData(language="nl", table=small_table(), changes=changes)
    content = render_word(note.model_copy(update={"carried": carried}))
    assert faults(content) == []
    assert {e.kind for e in _read(content).edits} == {EditKind.OPEN}
    decide: Act = (lambda hand: hand.accept_row("B2")) if accept else (lambda hand: hand.reject_row("B2"))
    edits = _read(edited(content, decide)).edits
    assert [(e.kind, e.change_id) for e in edits] == [(kind, change.change_id) for change in changes]


# Edits by hand --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["nl", "en"])
def test_an_exported_table_that_nobody_touched_says_nothing(language: str) -> None:
    reading = _read(word_from_table(small_table(), "en" if language == "en" else "nl"))
    assert (reading.language, reading.edits, reading.n_unchanged) == (language, (), 13)


def test_edited_in_other_words() -> None:
    (edit,) = _in_table(lambda hand: hand.retype("B1.k2", "Beginners winnen verreweg het meest."))
    assert (edit.kind, edit.statement_id, edit.row_id, edit.column) == (EditKind.EDITED, "B1.k2", "B1", Column.KNOWN)
    assert (edit.text, edit.source) == ("Beginners winnen verreweg het meest.", None)
    assert edit.place == "rij B1, kolom bekend (tabelregel 7)"


@pytest.mark.parametrize(("statement", "note"), [("B1.k2", "CDT99 par. 1"), ("B1.u1", "CDT99 par. 1"), ("B1.k2", "")])
def test_another_source_note(statement: str, note: str) -> None:
    (edit,) = _in_table(lambda hand: hand.retype_source(statement, note))
    assert (edit.kind, edit.statement_id, edit.source) == (EditKind.EDITED, statement, note)
    assert edit.text == next(s.nl for _, s in small_table().statements() if s.id == statement)


def test_moved_by_hand() -> None:
    (edit,) = _in_table(lambda hand: hand.move("B1.t2", "B1", "known"))
    assert (edit.kind, edit.statement_id, edit.row_id, edit.column) == (EditKind.MOVED, "B1.t2", "B1", Column.KNOWN)


def test_added_in_a_cell_with_its_source_note() -> None:
    (edit,) = _in_table(
        lambda hand: hand.add("B2", "uncertain", "Wie de scholing betaalt, is onbekend.", "CDT7 par. 2")
    )
    assert (edit.kind, edit.statement_id, edit.row_id, edit.column) == (EditKind.ADDED, None, "B2", Column.UNCERTAIN)
    assert (edit.text, edit.source) == ("Wie de scholing betaalt, is onbekend.", "CDT7 par. 2")


def test_added_with_an_id_that_nobody_knows() -> None:
    (edit,) = _in_table(lambda hand: hand.add("B2", "known", "Iets nieuws.", statement_id="B2.k9"))
    assert (edit.kind, edit.statement_id, edit.text) == (EditKind.ADDED, None, "Iets nieuws.")


def test_removed() -> None:
    assert _told(_in_table(lambda hand: hand.delete("B1.k2"))) == [("removed", "B1.k2", "")]


def test_an_id_typed_away_is_found_by_the_text() -> None:
    assert _in_table(lambda hand: hand.drop_id("B1.k2"), lambda hand: hand.drop_id("B1.u1")) == []
    edits = _in_table(
        lambda hand: hand.drop_id("B1.u2"), lambda hand: hand.replace_words("A1.u1", "Hoeveel", "Hoeveel van de"),
        lambda hand: hand.drop_id("A1.u1"),
    )  # fmt: skip
    assert [(e.kind.value, e.statement_id) for e in edits] == [("edited", "A1.u1")]


def test_an_id_typed_away_in_a_proposal_is_found_by_the_text() -> None:
    hand = WordHand(_note())
    hand.accept_all()
    hand.drop_id("B1.t1")
    hand.drop_id("A1.t2")
    edits = [e for e in _read(hand.save()).edits if e.change_id in (_MOVE, _ADD)]
    assert [(e.kind.value, e.statement_id) for e in edits] == [("accepted", "B1.t1"), ("accepted", "A1.t2")]


def test_a_copy_is_named_and_a_copy_in_other_words_is_new() -> None:
    (edit,) = _in_table(lambda hand: hand.copy("B1.k2", "B2", "known"))
    assert (edit.kind, edit.statement_id, edit.row_id) == (EditKind.UNPLACED, "B1.k2", "B2")
    assert "nog een keer" in edit.place
    hand = WordHand(_table())
    hand.copy("B1.k2", "B1", "trend")
    hand.retype("B1.k2", "Iets heel anders over leidinggevenden.", column="trend")
    (edit,) = _read(hand.save()).edits
    assert (edit.kind, edit.statement_id, edit.column) == (EditKind.ADDED, None, Column.TREND)


def test_a_statement_parted_in_two_lines_or_run_together_is_unchanged() -> None:
    assert _in_table(lambda hand: hand.split("A1.k1", "vaker AI")) == []
    assert _in_table(lambda hand: hand.merge_with_next("B1.k1")) == []


def test_tracked_edits_of_a_reader_are_open_with_a_name() -> None:
    edits = _in_table(
        lambda hand: hand.track_replace("B1.k2", "meest", "vaakst", _ME, _NOW),
        lambda hand: hand.track_delete("B1.u1", _ME, _NOW),
        lambda hand: hand.track_add("A1", "known", "Een bewering erbij.", _ME, _NOW),
        lambda hand: hand.track_move("B1.t2", "B1", "known", _ME, _NOW),
    )
    assert {(e.kind, e.author) for e in edits} == {(EditKind.OPEN, _ME)}
    assert [(e.statement_id, e.column, e.text) for e in edits] == [
        ("B1.k2", Column.KNOWN, "Beginners winnen het vaakst."),
        ("B1.u1", Column.UNCERTAIN, ""),
        ("B1.t2", Column.KNOWN, "Teams verdelen taken anders."),
        (None, Column.KNOWN, "Een bewering erbij."),
    ]


def test_another_name_for_a_row() -> None:
    (edit,) = _in_table(lambda hand: hand.retitle("B1", "B1 · Winst bij losse taken"))
    assert (edit.kind, edit.row_id, edit.statement_id) == (EditKind.EDITED, "B1", None)
    assert edit.text == "Winst bij losse taken"


def test_a_heading_typed_over_is_known_by_what_stands_under_it() -> None:
    (edit,) = _in_table(lambda hand: hand.retitle("B1", "Sneller werken"))
    assert (edit.kind, edit.row_id, edit.text) == (EditKind.EDITED, "B1", "Sneller werken")


def test_a_heading_that_was_deleted_is_named_and_its_statements_stay() -> None:
    (edit,) = _in_table(lambda hand: hand.delete_row("B1", heading_only=True))
    assert (edit.kind, edit.row_id, edit.text) == (EditKind.UNPLACED, "B1", "Winst per taak")


def test_a_row_that_was_deleted_is_named_and_not_removed() -> None:
    (edit,) = _in_table(lambda hand: hand.delete_row("B2"))
    assert (edit.kind, edit.row_id, edit.statement_id) == (EditKind.UNPLACED, "B2", None)
    assert "niet verwijderd" in edit.place


def test_text_where_the_table_has_no_place_is_named() -> None:
    edits = _in_table(
        lambda hand: hand.write_in_heading("B1", "Let op: nieuw rapport."),
        lambda hand: hand.delete("B1.k2"),
        lambda hand: hand.write_below("B1.k2 Beginners winnen het meest."),
    )
    assert [(e.kind.value, e.statement_id, e.text) for e in edits] == [
        ("unplaced", None, "Let op: nieuw rapport."),
        ("unplaced", "B1.k2", "Beginners winnen het meest."),
    ]
    assert "kopregel" in edits[0].place
    assert "buiten de tabel" in edits[1].place


def test_a_file_of_somebody_else_is_not_read_as_ours() -> None:
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    assert read_edited(buffer.getvalue()) is None


def test_a_file_of_ours_without_its_table_is_refused() -> None:
    document = docx.Document(io.BytesIO(_table()))
    document.element.body.remove(document.tables[0]._tbl)
    buffer = io.BytesIO()
    document.save(buffer)
    with pytest.raises(TableError):
        read_edited(buffer.getvalue())
