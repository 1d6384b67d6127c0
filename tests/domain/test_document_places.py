"""Where the characters of a document stand on its pages, against each character looked up by itself."""

from hypothesis import given
from hypothesis import strategies as st

from pipelines.domain.documents import Document, DocumentState, SourceReference, TextRun

# Runs as (characters without a place in front, length, page), one after the other.
RUNS = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(1, 3)), max_size=6)


def document_of(pieces: list[tuple[int, int, int]]) -> Document:
    runs: list[TextRun] = []
    end = 0
    for gap, length, page in pieces:
        runs.append(TextRun(start=end + gap, length=length, page=page, page_start=100 + end))
        end += gap + length
    return Document(
        id="d",
        source=SourceReference(path="d.pdf", checksum="0" * 64, n_bytes=1),
        media_type="application/pdf",
        parser="pdf/1",
        state=DocumentState.TEXT,
        text="x" * (end + 3),
        runs=tuple(runs),
    )


@given(RUNS, st.integers(0, 30), st.integers(0, 30))
def test_places_and_pages_are_those_of_each_character(pieces: list[tuple[int, int, int]], one: int, other: int) -> None:
    document = document_of(pieces)
    start, end = sorted((one, other))
    expected = {
        at: (run.page, run.page_start + at - run.start)
        for run in document.runs
        for at in range(run.start, run.start + run.length)
        if start <= at < end
    }
    places = document.places(start, end)
    found = {
        at: (run.page, run.page_start + at - run.start)
        for run in places
        for at in range(run.start, run.start + run.length)
    }
    assert found == expected
    assert sum(run.length for run in places) == len(expected)
    assert document.pages(start, end) == [run.page for run in places]
