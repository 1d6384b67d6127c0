"""Form and cues of a batch of texts: the counts, each text by itself."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.language.form import CUE_NAMES, FORM_NAMES, describe_cues, describe_form

TEXTS = [
    "We found that 14% of firms, in 2023, should not invest. Or may they?",
    "",
    'De raad (2024) beveelt aan: "onderzoek" het niet; meta-analyses wel.',
]


def of(row: np.ndarray, name: str, text: str) -> float:
    """The count behind a number."""
    return round(float(row[FORM_NAMES.index(name)]) * np.sqrt(max(len(text.split()), 1)), 4)


def test_counts_what_stands_in_a_text() -> None:
    first, empty, last = describe_form(TEXTS)
    named = {name: of(first, name, TEXTS[0]) for name in FORM_NAMES[3:]}
    assert {name: count for name, count in named.items() if count} == {
        "digits": 6,
        "percentages": 1,
        "years": 1,
        "questions": 1,
        "commas": 2,
        "duties": 1,
        "chances": 1,
        "negations": 1,
        "observations": 1,
    }
    assert np.allclose(first[:3], [np.log(14), np.log(14 / 2), 0])
    assert not empty.any()
    assert of(last, "literature", TEXTS[2]) == 1
    assert of(last, "brackets", TEXTS[2]) == 1
    assert of(last, "quotes", TEXTS[2]) == 2


@pytest.mark.parametrize("name", ["negation", "good", "bad", "rise negated"])
def test_cues_are_counted_by_kind_and_sense(name: str) -> None:
    texts = ["Productivity rises, while unemployment rises.", "Wages do not rise."]
    counts = describe_cues(texts, ["en", "en"]) * np.sqrt([[5], [4]])
    expected = {"negation": [0, 1], "good": [1, 0], "bad": [1, 0], "rise negated": [0, 1]}
    assert np.allclose(counts[:, CUE_NAMES.index(name)], expected[name])


def test_a_text_is_described_alike_alone_and_among_others() -> None:
    languages = ["en", "nl", "nl"]
    assert np.array_equal(describe_form(TEXTS)[2], describe_form(TEXTS[2:])[0])
    assert np.array_equal(describe_cues(TEXTS, languages)[2], describe_cues(TEXTS[2:], ["nl"])[0])


def test_no_texts() -> None:
    assert describe_form([]).shape == (0, len(FORM_NAMES))
    assert describe_cues([], []).shape == (0, len(CUE_NAMES))
