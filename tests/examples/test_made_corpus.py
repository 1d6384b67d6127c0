"""The corpus for benchmarks: the same bytes each time, real kinds of file that the program reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.made_corpus import make_corpus, make_document
from pipelines.domain.documents import DocumentState, SourceReference
from pipelines.domain.ids import file_checksum
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.registry import parse_document


@pytest.mark.parametrize(("number", "kind"), [(8, "docx"), (9, "html")])
def test_a_document_is_the_same_each_time_and_is_read(number: int, kind: str) -> None:
    name, content = make_document(number)
    assert name.endswith(kind)
    assert make_document(number)[1] == content
    source = SourceReference(path=name, checksum=file_checksum(content), n_bytes=len(content))
    document = parse_document(content, source, IngestLimits(), detect=lambda _: "nl" if "_nl" in name else "en")
    assert document.state is DocumentState.TEXT
    assert len(document.text.split()) > 2_000


def test_printed_reports_have_the_length_that_is_told() -> None:
    name, content = make_document(3)
    source = SourceReference(path=name, checksum=file_checksum(content), n_bytes=len(content))
    document = parse_document(content, source, IngestLimits(), detect=lambda _: "en")
    assert document.state is DocumentState.TEXT
    assert 30 <= (document.n_pages or 0) <= 85


def test_what_lies_there_is_not_made_again(tmp_path: Path) -> None:
    (tmp_path / "00000_nl.pdf").write_bytes(b"made before")
    assert [path.read_bytes() for path in make_corpus(tmp_path, 1)] == [b"made before"]
