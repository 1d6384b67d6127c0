"""Differences in whole words: nothing lost, nothing added, whole words only."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.language.word_changes import word_changes

_TEXTS = st.lists(st.sampled_from(["AI", "banen ", "lijkt ", "risico's ", "14%", ", ", "é", "\n", " ", "10,5 "])).map(
    "".join
)


@given(_TEXTS, _TEXTS)
@settings(max_examples=120, deadline=None)
def test_both_wordings_can_be_had_back(before: str, after: str) -> None:
    found = word_changes(before, after)
    assert "".join(text for text, change in found if change != "inserted") == before
    assert "".join(text for text, change in found if change != "deleted") == after
    assert all(text for text, _ in found)
    assert all(one[1] != other[1] for one, other in pairwise(found))
    if before == after:
        assert {change for _, change in found} <= {"kept"}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("", "", []),
        ("AI lijkt banen te kosten.", "AI kost banen.", [
            ("AI ", "kept"), ("lijkt", "deleted"), ("kost", "inserted"), (" banen", "kept"),
            (" te kosten", "deleted"), (".", "kept"),
        ]),
        ("De groei is 14%.", "De groei is 10,5%.", [
            ("De groei is ", "kept"), ("14", "deleted"), ("10,5", "inserted"), ("%.", "kept"),
        ]),
        ("Het effect is klein.", "Het effect is klein. Sinds 2025 groeit het.", [
            ("Het effect is klein.", "kept"), (" Sinds 2025 groeit het.", "inserted"),
        ]),
        ("Het effect op lonen is klein.", "Grote gevolgen volgen op termijn.", [
            ("Het effect op lonen is klein", "deleted"),
            ("Grote gevolgen volgen op termijn", "inserted"), (".", "kept"),
        ]),
    ],
)  # fmt: skip
def test_changes_read_well(before: str, after: str, expected: list[tuple[str, str]]) -> None:
    found = word_changes(before, after)
    assert found == expected
