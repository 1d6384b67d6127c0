"""Widening of a query with the dictionary, and search in both languages with it."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.language.search import rank_texts
from pipelines.language.widening import QueryTerm, Wording, found_wordings, widen_query

TEXTS = [
    "De ploeg voetbalde op zondag in de regen.",
    "Growth of labour productivity slowed after the crisis.",
    "De arbeidsproductiviteitsgroei bleef achter.",
    "Works councils were heard late.",
    "Het bestuur hoorde de ondernemingsraad pas laat.",
]


def nothing(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Vectors that say nothing."""
    return np.zeros(2, dtype=np.float32), np.zeros((len(texts), 2), dtype=np.float32)


def wordings_of(query: str) -> dict[str, str]:
    return {w.text: w.origin for term in widen_query(query) for w in term.wordings}


def test_a_dutch_term_gets_its_english_names_and_other_spellings() -> None:
    assert wordings_of("arbeidsproductiviteit") == {
        "arbeidsproductiviteit": "query",
        "labour productivity": "translation",
        "labor productivity": "variant",
    }


def test_an_english_term_gets_its_dutch_names() -> None:
    assert wordings_of("works councils")["ondernemingsraad"] == "translation"


def test_the_longest_term_of_the_query_wins() -> None:
    assert [term.text for term in widen_query("groei van de sociale zekerheid")] == ["groei", "sociale zekerheid"]


def test_compounds_that_are_not_there_are_looked_up_by_their_parts() -> None:
    found = wordings_of("werknemerservaringen")
    assert found["employee"] == found["experience"] == "part"


def test_function_words_and_unknown_words_are_not_widened() -> None:
    assert [term.text for term in widen_query("de zeppelin en het")] == ["zeppelin"]
    assert wordings_of("zeppelin") == {"zeppelin": "query"}
    assert widen_query(" ?! ") == ()


@pytest.mark.parametrize(
    ("wording", "text", "stands"),
    [
        (Wording("wage gap", "en", "translation"), "the wage gaps grew", True),
        (Wording("wage gap", "en", "translation"), "the wage-gap", True),
        (Wording("age", "en", "translation"), "wages", False),
        (Wording("loonkloof", "nl", "translation"), "de loonkloofdiscussie", True),
        (Wording("baan", "nl", "translation"), "de loopbaan", False),
        (Wording("R&D", None, "query"), "r&d-uitgaven", True),
        (Wording("coördinatie", "nl", "variant"), "de beleidscoordinatie", True),
        (Wording("quality of work", "en", "translation"), "quality of the work", False),
        (Wording("–", None, "query"), "nul – een", False),
    ],
)
def test_wordings_are_found_as_words(wording: Wording, text: str, stands: bool) -> None:
    assert bool(found_wordings([QueryTerm(wording.text, (wording,))], text)) is stands


def test_a_dutch_question_finds_english_text_and_the_other_way_round() -> None:
    for query, expected in (
        ("arbeidsproductiviteit", [2, 1]),
        ("labour productivity", [1, 2]),
        ("ondernemingsraad", [4, 3]),
        ("works council", [3, 4]),
    ):
        found = [index for index, _ in rank_texts(query, TEXTS, *nothing(TEXTS))]
        assert set(found[:2]) == set(expected), query


def test_what_was_found_is_named_with_where_it_comes_from() -> None:
    terms = widen_query("arbeidsproductiviteit")
    ((term, wording),) = found_wordings(terms, TEXTS[1])
    assert (term.text, wording.text, wording.origin) == ("arbeidsproductiviteit", "labour productivity", "translation")
    assert found_wordings(terms, TEXTS[0]) == ()


def test_texts_without_words_and_empty_queries_give_nothing() -> None:
    texts = ["", "…"]
    assert rank_texts("loon", texts, *nothing(texts)) == []
    assert rank_texts(" ", TEXTS, *nothing(TEXTS)) == []
