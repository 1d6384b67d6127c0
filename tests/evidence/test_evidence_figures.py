"""Figures in text: value, unit, place and what is measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipelines.evidence.figures import find_figures
from pipelines.evidence.figures_notation import plain, read_number
from pipelines.evidence.figures_patterns import Patterns

CASES = yaml.safe_load((Path(__file__).parent / "figure_cases.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:50])
def test_value_and_unit(case: dict) -> None:
    figures = find_figures(case["text"], case["language"])
    assert [[figure.value, figure.unit] for figure in figures] == case["figures"]


def test_enough_cases_in_both_languages() -> None:
    for language in ("nl", "en"):
        assert sum(case["language"] == language for case in CASES) >= 30


@pytest.mark.parametrize(
    ("language", "text", "measures"),
    [
        (
            "nl",
            "Een planbureau verwacht dat 14% van het huidige werk grotendeels te automatiseren is.",
            ["van het huidige werk grotendeels te automatiseren is"],
        ),
        (
            "nl",
            "Het aantal banen groeide minder onder koks in de horeca (6%) dan onder verplegers in ziekenhuizen (18%).",
            ["Het aantal banen", "Het aantal banen"],
        ),
        ("nl", "Daardoor steeg de arbeidsproductiviteit met 3 procent.", ["de arbeidsproductiviteit"]),
        ("en", "Fourteen per cent of all jobs, it is said, will go.", ["of all jobs"]),
        ("en", "Employment in exposed occupations fell by 13%.", ["Employment in exposed occupations"]),
        ("en", "In one country 24 and 31 per cent of firms use it.", ["of firms use it", "of firms use it"]),
        ("en", "14%", [""]),
        (
            "nl",
            "De groei was in 2019 veel lager in beroepen met een hoog risico (6%) dan in andere (18%).",
            ["De groei", "De groei"],
        ),
        ("en", "In 2024, 13.5% of firms used AI, up from 8% in 2023.", ["of firms used AI", "of firms used AI"]),
        ("en", "Output rose by 14% on average and by 34% for novices.", ["Output", "Output"]),
        ("nl", "Conversie: 4,8 procent.", ["Conversie"]),
    ],
)
def test_what_is_measured(language: str, text: str, measures: list[str]) -> None:
    assert [figure.measures for figure in find_figures(text, language)] == measures


@pytest.mark.parametrize(
    ("language", "written", "value"),
    [
        ("nl", "1.200", "1200"), ("nl", "1,2", "1.2"), ("nl", "0.8", "0.8"), ("nl", "1.234.567,89", "1234567.89"),
        ("nl", "26 643", "26643"), ("nl", "1,2 miljoen", "1200000"), ("nl", "twee miljard", "2000000000"),
        ("nl", "vijfentwintig", "25"), ("nl", "drie en een half", "3.5"),
        ("en", "1,200", "1200"), ("en", "1.2", "1.2"), ("en", "0,8", "0.8"), ("en", "1,234,567.89", "1234567.89"),
        ("en", "4.4 trillion", "4400000000000"), ("en", "two hundred and fifty", "250"), ("en", ".45", "0.45"),
        ("en", "a hundred", "100"),
    ],
)  # fmt: skip
def test_notation(language: str, written: str, value: str) -> None:
    number = read_number(written, language)
    assert number is not None
    assert plain(number) == value


def test_what_is_no_number_gives_none() -> None:
    assert read_number("woord", "nl") is None
    assert read_number("1.2.3", "en") is None


PIECES = st.sampled_from(
    ["14%", "6-18", "procent", "1.200", "banen", "een op de drie", "€", "1,2 miljard", "in 2024", "van", "(", ")", "."]
)


@given(st.lists(PIECES, max_size=14).map(" ".join))
def test_figures_cover_their_text_and_do_not_overlap(text: str) -> None:
    last = 0
    for figure in find_figures(text, "nl"):
        assert text[figure.start : figure.end] == figure.text
        assert last <= figure.start < figure.end
        assert figure.measures in text
        last = figure.end


@given(st.text(max_size=80), st.sampled_from(["nl", "en"]))
def test_any_text_is_read(text: str, language: str) -> None:
    find_figures(text, language)


PATTERNS = {language: Patterns(language) for language in ("nl", "en")}
OPENED = st.sampled_from(
    [
        "tussen", "de", "en", "between", "and", "from", "to", "een", "half", "halve", "anderhalf", "twee",
        "drieëntwintig", "honderd", "duizend", "vijftienhonderd", "één", "a", "hundred", "two", "twenty-one",
        "thousand", "14", ".5", "3,5", "1.200", "6-18", "%", "procent", "op", "van", "in", "drie", "ten", "out", "of",
        "jaar", "years", "uur", "banen", "jobs", "keer", "times", "zo", "as", "verdubbeld", "doubled", "twice",
        "dubbel", "miljoen", "million", "punt", "x", "4x", "GPT-4", "(", ",", ".", "€", "euro", "pound",
    ]
)  # fmt: skip


@given(st.lists(OPENED, max_size=14).map(" ".join), st.sampled_from(["nl", "en"]))
def test_reading_at_openings_alone_misses_nothing(text: str, language: str) -> None:
    patterns = PATTERNS[language]
    openings = [match.start() for match in patterns.opening.finditer(text)]
    for name in ("percent", "named_money", "ratio", "factor", "quantity", "count"):
        pattern = getattr(patterns, name)
        everywhere = [match.span() for match in pattern.finditer(text)]
        assert [match.span() for match in patterns.find(pattern, text, openings)] == everywhere, name
    if not patterns.may_hold_symbol(text):
        assert patterns.symbol_money.search(text) is None
    if not patterns.may_hold_fraction(text):
        assert patterns.fraction.search(text) is None
