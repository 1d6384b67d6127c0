"""Public files that broke other parsers, and files made to hurt: nothing raises, hangs or fills the memory."""

from __future__ import annotations

import csv
import resource
import time
from pathlib import Path

import pytest
from format_samples import source
from test_ingest_contract import check_document

from pipelines.domain.documents import READABLE_STATES, DocumentState
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.registry import parse_document

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "nasty"

# Slowest file measured: 0.7 s on two busy cores.
_MOST_SECONDS = 20
_MOST_MEGABYTES = 400

# Kept apart by hand after looking at the files: the automatic labels say "text" of an encrypted file, of a saved page
# without body, and "empty" of two files whose text stands in an embedded page, which is read here.
_LOOKED_AT = {
    "encypted_by_libreoffice.odt": {DocumentState.NEEDS_PASSWORD},
    "testUserDefinedCharset.mhtml": {DocumentState.NO_TEXT},
    "stress012.docx": {DocumentState.TEXT},
    "testAltChunkHTML.docx": {DocumentState.TEXT},
}


def _rows() -> list[dict[str, str]]:
    manifest = FOLDER / "MANIFEST.tsv"
    if not manifest.is_file():
        return []
    with manifest.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    return [row for row in rows if not row["path"].endswith(".pdf")]


def _expected(row: dict[str, str]) -> set[DocumentState]:
    for name, states in _LOOKED_AT.items():
        if row["path"].endswith(name):
            return states
    must = row["must"].strip('"')
    if row["kind"] == "list" or must.startswith("reject: unsupported"):
        return {DocumentState.UNSUPPORTED}
    if "password" in must:
        return {DocumentState.NEEDS_PASSWORD}
    refused = {DocumentState.REJECTED, DocumentState.UNSUPPORTED}
    if must.startswith("text or reject") or " or " in must:
        return {DocumentState.TEXT} | refused
    return refused if must.startswith("reject") else {DocumentState.TEXT}


@pytest.mark.shared
@pytest.mark.parametrize("row", _rows(), ids=lambda row: Path(row["path"]).name[-60:])
def test_nasty_files(row: dict[str, str]) -> None:
    content = (FOLDER / row["path"]).read_bytes()
    started = time.monotonic()
    document = parse_document(content, source(content, row["path"]), IngestLimits())
    assert time.monotonic() - started < _MOST_SECONDS
    assert document.state in _expected(row), (document.state, document.reason)
    if document.state in READABLE_STATES:
        check_document(document)
    else:
        assert document.reason is not None


@pytest.mark.shared
@pytest.mark.skipif(not _rows(), reason="the shared folder with nasty files is not beside the checkout")
def test_nasty_files_fit_in_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for row in _rows():
        content = (FOLDER / row["path"]).read_bytes()
        parse_document(content, source(content, row["path"]), IngestLimits())
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < _MOST_MEGABYTES


@pytest.mark.shared
@pytest.mark.skipif(not _rows(), reason="the shared folder with nasty files is not beside the checkout")
def test_letters_of_nasty_files_are_right() -> None:
    def read(name: str) -> str:
        content = (FOLDER / "files" / "synthetic" / name).read_bytes()
        return parse_document(content, source(content, name), IngestLimits()).text

    quotes = read("cp1252_quotes.txt")
    assert all(char in quotes for char in "“”’€–é")
    page = read("latin1_said_utf8.html")
    assert all(char in page for char in "öïé") and "\ufffd" not in page
    assert "169.254" not in read("external_image_ssrf.docx")
