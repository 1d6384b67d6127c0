"""Marks may overlap; the text stays as it was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.review_app.marking import Mark, cut_at_marks
from pipelines.review_app.routes_search import excerpt

_MARKS = st.lists(st.builds(Mark, st.integers(-5, 60), st.integers(-5, 60), st.sampled_from(["key", "term", "figure"])))


@given(st.text(max_size=50), _MARKS)
def test_stretches_are_the_text_and_each_mark_covers_its_own(text: str, marks: list[Mark]) -> None:
    stretches = cut_at_marks(text, marks)
    assert "".join(stretch.text for stretch in stretches) == text
    at = 0
    for stretch in stretches:
        for place in range(at, at + len(stretch.text)):
            assert set(stretch.kinds) == {m.kind for m in marks if m.start <= place < m.end}
        at += len(stretch.text)


def test_marks_that_overlap_are_told_together() -> None:
    stretches = cut_at_marks("een twee drie", [Mark(0, 8, "key"), Mark(4, 8, "figure")])
    assert [(s.text, s.classes) for s in stretches] == [("een ", "key"), ("twee", "figure key"), (" drie", "")]


@given(st.text("ab ", min_size=1, max_size=2000), st.integers(0, 1990))
def test_an_excerpt_shows_what_was_found(text: str, start: int) -> None:
    start = min(start, len(text) - 1)
    end = min(start + 5, len(text))
    shown = excerpt(text, ((start, end),))
    assert "".join(stretch.text for stretch in shown if stretch.kinds == ("hit",)).strip() in text[start:end] + text
    assert len("".join(stretch.text for stretch in shown)) <= 430
    assert any(stretch.kinds == ("hit",) for stretch in shown)
