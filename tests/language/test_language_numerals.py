"""Numbers in words."""

from __future__ import annotations

import pytest

from pipelines.language.numerals import is_number_word, word_value, words_value


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("nul", 0), ("één", 1), ("veertien", 14), ("twintig", 20), ("eenentwintig", 21), ("drieëntwintig", 23),
        ("negenennegentig", 99), ("honderd", 100), ("honderdeen", 101), ("honderdtwintig", 120),
        ("tweehonderdvijftig", 250), ("duizend", 1000), ("tweeduizend", 2000), ("vijfentwintigduizend", 25_000),
        ("zestigduizend", 60_000), ("tweeduizendvijfhonderd", 2500), ("woord", None), ("achterstand", None),
        ("tienen", None), ("honderdentwee", 102),
    ],
)  # fmt: skip
def test_dutch(word: str, value: int | None) -> None:
    assert word_value(word, "nl") == value


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("fourteen", 14), ("twenty-one", 21), ("ninety", 90), ("two hundred", 200), ("two hundred and fifty", 250),
        ("three thousand", 3000), ("one thousand two hundred", 1200), ("five six", None), ("often", None),
        ("twenty-eleven", None), ("a hundred", None),
    ],
)  # fmt: skip
def test_english(words: str, value: int | None) -> None:
    assert words_value(words.split(), "en") == value


def test_articles_are_no_numbers() -> None:
    assert not is_number_word("een", "nl")
    assert is_number_word("één", "nl")
    assert not is_number_word("one", "en")
    assert is_number_word("ten", "en")
    assert not is_number_word("tien", "en")
