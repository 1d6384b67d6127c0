"""Terms of passages: what counts as a term, how it is written, and what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from topic_passages import make_passage

from pipelines.topics.terms import Language, TermBook, stop_words


def test_words_and_phrases_are_found_by_lemma() -> None:
    terms = TermBook().read(make_passage(1, "Vakbonden willen kwaliteit van werk. Zij vragen cao-afspraken.", "nl"))
    assert {"nl:vakbond", "nl:kwaliteit", "nl:kwaliteit_van_werk"} <= set(terms)
    assert not [term for term in terms if "zij" in term or "willen" in term]


def test_phrases_stay_within_punctuation() -> None:
    terms = TermBook().read(make_passage(1, "Robots, wages (unions) and algorithmic management", "en"))
    assert "en:algorithmic_management" in terms
    assert not [term for term in terms if "robot_" in term or "wage_" in term]


@pytest.mark.parametrize(
    ("texts", "language", "term", "written"),
    [
        (["Werkgevers wachten.", "De werkgevers wachten.", "Een werkgever wacht."], "nl", "nl:werkgever", "werkgevers"),
        (["Unions bargain.", "Unions strike."], "en", "en:union", "unions"),
        (["De DPIA is klaar.", "DPIA verplicht."], "nl", "nl:dpia", "DPIA"),
        (["De O&O-fondsen betalen."], "nl", "nl:o&o-fonds", "O&O-fondsen"),
    ],
)
def test_terms_are_written_as_mostly_printed(texts: list[str], language: Language, term: str, written: str) -> None:
    book = TermBook()
    found = [t for text in texts for t in book.read(make_passage(1, text, language))]
    assert term in found
    assert book.written(term) == written


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ("het", "volgens", "figuur", "hoofdstuk", "respondenten")),
        ("en", ("the", "however", "chapter", "figure")),
    ],
)
def test_function_words_and_words_of_reports_are_stopped(language: Language, words: tuple[str, ...]) -> None:
    assert set(words) <= stop_words(language)
    assert TermBook().read(make_passage(1, " ".join(words), language)) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_words_of_the_subject_are_not_stopped(language: Language) -> None:
    subject = {
        "werk",
        "vakbond",
        "algoritme",
        "loon",
        "productiviteit",
        "work",
        "union",
        "algorithm",
        "wage",
        "productivity",
    }
    assert not subject & stop_words(language)
    assert all(word == word.lower().strip() for word in stop_words(language))


@given(text=st.text(max_size=200), language=st.sampled_from(["nl", "en"]))
def test_any_text_gives_terms_without_white_space(text: str, language: Language) -> None:
    book = TermBook()
    for term in book.read(make_passage(1, text, language)):
        assert term.startswith(f"{language}:")
        assert not any(character.isspace() for character in term)
        assert book.written(term).strip()
