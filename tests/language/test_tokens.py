"""Words and signs: as spaCy's tokenisers of the two languages cut them."""

from __future__ import annotations

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from pipelines.domain.languages import LANGUAGES, Language
from pipelines.language.tokens import cut_tokens


def cut(text: str, language: Language) -> list[str]:
    return [text[start:end] for start, end in cut_tokens(text, language)]


SPACY = {language: spacy.blank(language).tokenizer for language in LANGUAGES}


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("nl", "De OR (en cao's) groeit.", ["De", "OR", "(", "en", "cao's", ")", "groeit", "."]),
        ("nl", "AI-geletterdheid en/of werk", ["AI-geletterdheid", "en/of", "werk"]),
        ("nl", "Dat zegt de OR. Dus", ["Dat", "zegt", "de", "OR.", "Dus"]),
        ("nl", "banen.De loonkloof", ["banen", ".", "De", "loonkloof"]),
        (
            "en",
            "AI-based and/or firm's (14%)",
            ["AI", "-", "based", "and", "/", "or", "firm", "'s", "(", "14", "%", ")"],
        ),
        ("en", "in the U.S. and the EU.", ["in", "the", "U.S.", "and", "the", "EU", "."]),
        ("en", "artificial\nintelligence  now", ["artificial", "\n", "intelligence", "  ", "now"]),
        ("en", "see https://example.org/a-b, now", ["see", "https://example.org/a-b", ",", "now"]),
        ("en", "occupation,²³ €5bn 20km ...", ["occupation,²³", "€", "5bn", "20", "km", "..."]),
        ("nl", "", []),
        ("en", " ", []),
    ],
)
def test_cuts(language: Language, text: str, expected: list[str]) -> None:
    assert cut(text, language) == expected


# Without what makes smileys, contractions and low quotation marks of two commas, of which spaCy keeps lists.
PIECES = (
    *("AI", "loon", "jobs", "Werk", "B", "é", "12", "3", "km", "%", "€", "$", "(", ", ", ".", "?", "!", "-", "–", "—"),
    *("…", '"', "“", "”", "„", "/", "+", "#", " ", "  ", "\n", "\u00a0", "AI-based", "EU.", "..", "²", "☐"),
)


@given(st.sampled_from(LANGUAGES), st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_cuts_as_spacy_does(language: Language, text: str) -> None:
    expected = [token.text for token in SPACY[language](text)]
    assert [t for t in cut(text, language) if not t.isspace()] == [t for t in expected if not t.isspace()]


@given(st.sampled_from(LANGUAGES), st.text(max_size=60))
def test_nothing_is_lost(language: Language, text: str) -> None:
    last = 0
    for start, end in cut_tokens(text, language):
        assert text[last:start] in ("", " ")
        assert start < end
        last = end
    assert text[last:] in ("", " ")
