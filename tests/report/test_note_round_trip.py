"""The note as a Word file comes back: what somebody accepted or rejected is read as just that."""

from __future__ import annotations

import pytest
from office.word_hand import WordHand
from report.note_samples import AFTER, note_sample

from pipelines.domain.table_edits import EditKind
from pipelines.report import compose_update_note, render_word
from pipelines.strings import LANGUAGES, Language
from pipelines.table.edited import read_edited


def written(language: Language) -> bytes:
    """The note in Word, with the chapter that comes back alone: drawing plots takes seconds."""
    report = compose_update_note(note_sample(), language)
    return render_word(report.model_copy(update={"sections": (report.sections[2],)}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_untouched_note_leaves_every_change_open(language: Language) -> None:
    report = compose_update_note(note_sample(), language)
    read = read_edited(written(language))
    assert read is not None
    assert (read.language, read.table_version) == (language, AFTER)
    assert {edit.kind for edit in read.edits} == {EditKind.OPEN}
    assert report.carried is not None
    assert {edit.change_id for edit in read.edits} == {c.change_id for c in report.carried.changes}


def test_what_is_accepted_and_rejected_in_word_is_read_so() -> None:
    hand = WordHand(written("nl"))
    for statement in ("D1.k3", "B1.t1"):
        hand.accept(statement)
    for statement in ("B1.u1", "C1.t2"):
        hand.reject(statement)
    hand.accept_row("E3")
    hand.accept("E3.t1")
    read = read_edited(hand.save())
    assert read is not None
    kinds = {edit.statement_id: edit.kind for edit in read.edits}
    assert kinds == {
        "D1.k3": EditKind.ACCEPTED, "B1.t1": EditKind.ACCEPTED, "E3.t1": EditKind.ACCEPTED,
        "B1.u1": EditKind.REJECTED, "C1.t2": EditKind.REJECTED,
        "A2.k1": EditKind.OPEN, "A2.t1": EditKind.OPEN, "B1.t4": EditKind.OPEN, "D1.k1": EditKind.OPEN,
    }  # fmt: skip
