"""Concepts in text: inflection, compounds, abbreviations, negative terms, overlap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.language.concepts import Concept, ConceptMatcher, ConceptTerms, Lexicon, find_concepts, spellings


def concept(name: str, nl: ConceptTerms | None = None, en: ConceptTerms | None = None) -> Concept:
    return Concept(
        id=name,
        name={"nl": name, "en": name},
        definition={"nl": name, "en": name},
        nl=nl or ConceptTerms(),
        en=en or ConceptTerms(),
    )


LEXICON = Lexicon(
    version="test",
    concepts=(
        concept("ai", ConceptTerms(terms=("AI", "kunstmatige intelligentie")), ConceptTerms(terms=("AI",))),
        concept("wages", ConceptTerms(terms=("loon",), compounds=("*loon", "loon*"), negative=("loon naar werken",))),
        concept("gap", ConceptTerms(terms=("groot loonverschil",), compounds=("*loonklo*",))),
        concept("council", ConceptTerms(terms=("ondernemingsraad",), variants=("OR",))),
        concept("unions", None, ConceptTerms(terms=("union", "trade union"), negative=("European Union",))),
        concept("low", None, ConceptTerms(terms=("low skilled worker", "job-to-job"))),
        concept("sme", ConceptTerms(variants=("kmo", "mkb"))),
        concept("skills", ConceptTerms(terms=("AI-vaardigheden",))),
    ),
)
MATCHER = ConceptMatcher(LEXICON)


def found(text: str, language: str) -> list[tuple[str, str]]:
    return [(match.concept, match.text) for match in find_concepts([text], language, MATCHER)[0]]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("nl", "De lonen stijgen door AI.", [("wages", "lonen"), ("ai", "AI")]),
        ("nl", "Het UURLOON en de loonsom.", [("wages", "UURLOON"), ("wages", "loonsom")]),
        ("nl", "De genderloonkloof groeit.", [("gap", "genderloonkloof")]),
        ("nl", "Grote loonverschillen blijven.", [("gap", "Grote loonverschillen")]),
        ("nl", "Hij kreeg loon naar werken.", []),
        ("nl", "De OR of de ondernemingsraden.", [("council", "OR"), ("council", "ondernemingsraden")]),
        ("nl", "Dit or dat.", []),
        ("nl", "Voor KMO's en het mkb.", [("sme", "KMO's"), ("sme", "mkb")]),
        ("nl", "Voor KMO’s.", [("sme", "KMO")]),
        ("nl", "AI vaardigheden en AI-vaardigheid.", [("skills", "AI vaardigheden"), ("skills", "AI-vaardigheid")]),
        ("en", "Trade unions and the European Union.", [("unions", "Trade unions")]),
        ("en", "Low-skilled workers move job to job.", [("low", "Low-skilled workers"), ("low", "job to job")]),
        ("en", "AI is used.", [("ai", "AI")]),
        ("en", "It is what we are.", []),
    ],
)
def test_finds_terms(language: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text, language) == expected


def test_languages_are_apart() -> None:
    assert found("The union of loon lake", "en") == [("unions", "union")]
    assert found("De union vraagt loon", "nl") == [("wages", "loon")]


def test_spellings_change_one_place_at_a_time() -> None:
    assert spellings("low skilled work") == ("low skilled work", "low-skilled work", "low skilled-work")
    assert "job to job" in spellings("job-to-job")
    assert spellings("loon") == ("loon",)


WORDS = st.sampled_from(["AI", "loon", "loonkloof", "lonen", "grote", "loonverschillen", "OR", "naar", "werken", "de,"])


@given(st.lists(st.lists(WORDS, max_size=12).map(" ".join), max_size=4))
def test_matches_cover_their_text_and_do_not_overlap(texts: list[str]) -> None:
    results = find_concepts(texts, "nl", MATCHER)
    assert len(results) == len(texts)
    for text, matches in zip(texts, results, strict=True):
        last = 0
        for match in matches:
            assert text[match.start : match.end] == match.text
            assert last <= match.start < match.end
            last = match.end
