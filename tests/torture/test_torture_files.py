"""Files that broke other readers, read as a scan reads them: one outcome each, nothing written, nobody asked."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torture_rounds

from flows.reading import Reader, Request
from pipelines.domain.documents import READABLE_STATES, DocumentState
from pipelines.domain.ids import content_id, file_checksum
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules

_ROOT = Path(__file__).resolve().parents[2]
_FOLDER = _ROOT.parent / "shared" / "nasty"
_EVERY = torture_rounds.amount(7, 1)
_GENEROUS_SECONDS = 3_600

_TEXT = {DocumentState.TEXT, DocumentState.PARTIAL, DocumentState.UNSUPPORTED}
"""A text in Latin or Arabic is read, and then set aside for its language."""
_NO_TEXT = {DocumentState.NO_TEXT, DocumentState.NEEDS_OCR}
_REJECTED = {DocumentState.REJECTED}
_PASSWORD = {DocumentState.NEEDS_PASSWORD}

# Labels made by programs, looked at again: the first two hold fields of a form and scripts, and no text on
# their pages; PDFium and pypdf find none. The list of objects of the third begins with one that may not be there, so
# that it opens in some readers only. The fourth has a letter on its page.
_LOOKED_AT = {
    "secHandler.pdf": _NO_TEXT | _TEXT,
    "evaljs.pdf": _NO_TEXT | _TEXT,
    "issue-99.pdf": _REJECTED | _NO_TEXT,
    "testPDF_deeplyEmbeddedAttachments.pdf": _TEXT,
}


def _rows() -> list[dict[str, str]]:
    manifest = _FOLDER / "MANIFEST.tsv"
    if not manifest.is_file():
        return []
    with manifest.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def _expected(row: dict[str, str]) -> set[DocumentState]:
    for name, states in _LOOKED_AT.items():
        if row["path"].endswith(name):
            return states
    must = row["must"].strip('"')
    if "password" in must:
        return _PASSWORD
    if must.startswith("reject"):
        return _REJECTED
    if must.startswith("empty"):
        return _NO_TEXT
    allowed = set(_TEXT)
    if "reject" in must:
        allowed |= _REJECTED | _NO_TEXT
    if "under 20" in must:
        allowed |= _NO_TEXT
    return allowed


needs_files = pytest.mark.skipif(not _rows(), reason="the shared folder with nasty files is not beside the checkout")


@pytest.mark.shared
@needs_files
def test_pdf_files_end_as_they_should() -> None:
    rows = [row for row in _rows() if row["path"].endswith(".pdf")][::_EVERY]
    requests = []
    for row in rows:
        checksum = file_checksum((_FOLDER / row["path"]).read_bytes())
        requests.append(Request(content_id("document", checksum), checksum, (_FOLDER / row["path"],)))
    reader = Reader(2, 60.0, IngestLimits(), PassageRules())
    try:
        readings = list(reader.read(requests))
    finally:
        reader.close()
    assert [r.document.id for r in readings] == [r.document_id for r in requests]
    wrong = {
        row["path"]: (row["must"], reading.document.state.value, str(reading.document.reason))
        for row, reading in zip(rows, readings, strict=True)
        if reading.document.state not in _expected(row)
    }
    assert wrong == {}


@pytest.mark.shared
@needs_files
@pytest.mark.skipif(not torture_rounds.WHOLE, reason="make torture reads them all; make test reads them in one process")
def test_all_of_them_through_a_scan(tmp_path: Path, tell: Callable[..., None]) -> None:
    workspace, folder = tmp_path / "werkmap", (_FOLDER / "files").resolve()
    workspace.mkdir()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    variables = {**os.environ, "PYTHONPATH": str(_ROOT), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("watched_reading.py")), str(workspace), str(folder)],
        capture_output=True, text=True, check=False, timeout=_GENEROUS_SECONDS, env=variables, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    outcomes = told["outcomes"]
    paths = Counter(path for outcome in outcomes for path in outcome["paths"])
    files = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    tell(
        "files", files=len(files), outcomes=len(outcomes), seconds=told["seconds"], workers=len(told["workers"]),
        workers_left=len(told["left"]), written_outside=told["written"], connections=told["spoken"],
        states=Counter(o["state"] for o in outcomes), reasons=Counter(o["reason"] for o in outcomes if o["reason"]),
        parsers=Counter(o["parser"] for o in outcomes),
    )  # fmt: skip
    assert told["unreadable"] == [] and sorted(paths) == sorted(files) and set(paths.values()) == {1}
    assert all(o["stage"] == "done" for o in outcomes)
    assert all(o["reason"] or DocumentState(o["state"]) in READABLE_STATES for o in outcomes)
    assert not [o for o in outcomes if o["state"] == DocumentState.FAILED.value]
    assert told["written"] == [] and told["spoken"] == [] and told["left"] == []
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert [path for path in tmp_path.iterdir() if path != workspace] == []


def test_the_library_for_networks_tells_nobody(tmp_path: Path) -> None:
    """Its import leaves a file and looks up an address of its maker, unless it is told not to before."""
    code = f"import sys; sys.path[:] = {sys.path!r}; import pipelines.language.contextual_encoder, onnxruntime"
    variables = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    subprocess.run([sys.executable, "-c", code], check=True, env={**variables, "TMPDIR": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []
