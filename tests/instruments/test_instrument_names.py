"""Groups, actors, sectors and occupations by the names that passages give them."""

from __future__ import annotations

import re

import pytest

from pipelines.domain.instruments import Family
from pipelines.instruments.mentions import NAMED, NAMES_LEXICON, MentionFinder
from pipelines.themes.lexicon import load_lexicon

_FINDER = MentionFinder(load_lexicon(NAMES_LEXICON))


def _named(text: str, language: str = "nl") -> set[str]:
    return set(_FINDER.find([text], [language])[0])


def test_a_word_may_name_one_label_of_each_family() -> None:
    assert _named("De verpleegkundigen kregen een assistent.") >= {"sector.Q", "occupation.2"}
    assert _named("Warehouse workers were followed.", "en") >= {"sector.H", "occupation.9"}


@pytest.mark.parametrize(("text", "language"), [("sociale partners", "nl"), ("the social partners", "en")])
def test_social_partners_are_both_sides(text: str, language: str) -> None:
    assert _named(text, language) == {"actor.unions", "actor.employer_associations"}


@pytest.mark.parametrize(
    ("text", "language", "never"),
    [
        ("The European Union adopted it.", "en", "actor.unions"),
        ("algorithmic management is spreading", "en", "actor.employers"),
        ("Minder ervaren medewerkers winnen het meest.", "nl", "group.experienced"),
        ("Price is a key driver of growth.", "en", "occupation.8"),
        ("het greenhouse gas", "en", "sector.A"),
    ],
)
def test_what_only_looks_like_a_name_is_none(text: str, language: str, never: str) -> None:
    assert never not in _named(text, language)


def test_places_are_told_also_after_damaged_letters() -> None:
    text = "\ud800 kapot; vrouwen winnen."
    [found] = _FINDER.find([text], ["nl"])
    [match] = found["group.women"]
    assert text[match.start : match.end] == "vrouwen"


def test_texts_of_both_languages_keep_their_order() -> None:
    texts = ["Vakbonden vragen inzage.", "Women gain less.", "Niets."]
    assert [set(found) for found in _FINDER.find(texts, ["nl", "en", "nl"])] == [
        {"actor.unions"},
        {"group.women"},
        set(),
    ]


def test_ids_are_labels_with_names_and_terms_in_both_languages() -> None:
    values = {Family.SECTOR: r"[A-S]", Family.OCCUPATION: r"[1-9]"}
    for concept in load_lexicon(NAMES_LEXICON).concepts:
        family, _, value = concept.id.partition(".")
        assert Family(family) in NAMED
        assert re.fullmatch(values.get(Family(family), r"[a-z_]+"), value)
        assert concept.nl.terms and concept.en.terms and concept.name["nl"] and concept.name["en"]
