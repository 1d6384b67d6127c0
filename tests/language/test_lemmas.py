"""Dictionary forms, alone and as a spaCy component."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.language.lemmas import lemma
from pipelines.language.pipelines import load_pipeline

DUTCH = {
    "Werknemers": "werknemer",
    "bedrijven": "bedrijf",
    "heeft": "hebben",
    "taalmodellen": "taalmodel",
    "clouddiensten": "clouddienst",
    "leidinggevenden": "leidinggevende",
    "AI-toepassingen": "ai-toepassing",
    "KMO's": "kmo",
    "LLM’s": "llm",
    "minstens": "minstens",
    "AI": "ai",
}
ENGLISH = {
    "Workers": "worker",
    "companies’": "company",
    "wages": "wage",
    "LLMs": "llm",
    "AI": "ai",
    "ai": "ai",
    "data": "data",
    "were": "be",
}


@pytest.mark.parametrize(("word", "expected"), DUTCH.items())
def test_dutch(word: str, expected: str) -> None:
    assert lemma(word, "nl") == expected


@pytest.mark.parametrize(("word", "expected"), ENGLISH.items())
def test_english(word: str, expected: str) -> None:
    assert lemma(word, "en") == expected


def test_tokens_carry_their_lemma() -> None:
    doc = load_pipeline("nl")("De werknemers hebben taalmodellen.")
    assert [token.lemma_ for token in doc] == ["de", "werknemer", "hebben", "taalmodel", "."]


def test_a_pipeline_without_lemmas_leaves_them_empty() -> None:
    assert load_pipeline("en", lemmas=False)("Workers gain.")[0].lemma_ == ""


@given(st.text(min_size=1, max_size=30), st.sampled_from(["nl", "en"]))
def test_any_word_form_has_a_lemma(word: str, language: str) -> None:
    assert lemma(word, language) == lemma(word, language).lower()  # pyright: ignore[reportArgumentType]
