"""What readers decide on the labels of the other instruments."""

from __future__ import annotations

import pytest

from pipelines.domain.decisions import COMPARED, Judgement
from pipelines.domain.instrument_labels import LABELS_OF, in_order, is_label
from pipelines.domain.instruments import Family, Instruments, Tag
from pipelines.domain.themes import Term
from pipelines.instruments.mentions import NAMES_LEXICON
from pipelines.strings import keys
from pipelines.themes.lexicon import load_lexicon

_WORD = Term(text="vrouwen", start=0, end=7, label="group.women", weight=1)
_READ = Instruments(
    passage_id="p1",
    tags=(Tag(label="group.women", probability=0.8, terms=(_WORD,)), Tag(label="sector.Q", probability=0.6)),
    model_version="m1",
)


def test_every_label_has_words_and_every_word_a_label() -> None:
    named = {key.removeprefix("instrument.") for key in keys() if key.startswith("instrument.")}
    assert named == {label for labels in LABELS_OF.values() for label in labels}
    assert set(LABELS_OF) == set(Family)


def test_names_in_the_lexicon_are_of_labels() -> None:
    named = {concept.id for concept in load_lexicon(NAMES_LEXICON).concepts} - {"actor.social_partners"}
    assert named and all(map(is_label, named))


def test_labels_stand_in_the_order_of_families() -> None:
    mixed = ["sector.Q", "addressee.region", "group.women", "group.women"]
    assert in_order(mixed, advice=True) == ("addressee.region", "group.women", "sector.Q")
    assert in_order(mixed, advice=False) == ("group.women", "sector.Q")


def test_what_a_reader_holds_takes_the_place_of_what_was_read() -> None:
    held = Judgement(instruments=("group.women", "group.young")).held_instruments(_READ, "p1")
    assert held is not None
    assert [(tag.label, tag.probability, tag.by_reader) for tag in held.tags] == [
        ("group.women", 1, True),
        ("group.young", 1, True),
    ]
    assert held.tags[0].terms == (_WORD,)


@pytest.mark.parametrize("read", [None, _READ])
def test_a_decision_of_before_says_nothing_of_them(read: Instruments | None) -> None:
    assert Judgement().held_instruments(read, "p1") == read
    cleared = Judgement(instruments=()).held_instruments(read, "p1")
    assert cleared is not None and cleared.tags == ()


def test_what_was_stored_before_is_written_as_it_was() -> None:
    """The hash of a decision covers what is written of it."""
    assert "instruments" not in Judgement().model_dump(mode="json")
    assert "by_reader" not in _READ.model_dump_json()
    told = Judgement(instruments=())
    assert Judgement.model_validate_json(told.model_dump_json()) == told


def test_two_readers_are_not_compared_on_them() -> None:
    assert "instruments" not in COMPARED
