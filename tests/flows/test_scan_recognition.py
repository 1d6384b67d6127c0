"""Text recognition within a whole scan: with a program that plays Tesseract, and without one."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from scan_here import go_without_orchestrator
from shipped_kit import kit
from sqlalchemy import update
from tesseract_standin import LINES, program, table

import flows.label
import flows.scan
from flows import steps
from flows.context import ScanContext
from flows.outcome import ScanOutcome
from flows.start import start_scan
from pipelines.domain.documents import DocumentState
from pipelines.domain.ids import content_id, file_checksum
from pipelines.domain.runs import DocumentSummary
from pipelines.examples import example_documents
from pipelines.ingest.sniff import PDF
from pipelines.ingest.tesseract import Tesseract
from pipelines.settings import Settings
from pipelines.store import Workspace, schema
from pipelines.store.documents import DONE, DocumentStore, FoundFile
from pipelines.strings import text

_SCANNED = "scan_20221104_memo_OR.pdf"
_MORE_LINES = ["De ondernemingsraad vraagt de directie daarom om een afspraak", "over scholing van wie ermee werkt."]
_PAGES = (LINES, _MORE_LINES)
"""What the stand-in finds, one page after the other: what stood on each would be taken for a running title."""


@pytest.fixture
def scanned_pdf(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only file of the workspace, whose pages are pictures; there is no Tesseract."""
    go_without_orchestrator(monkeypatch.setattr)
    monkeypatch.setattr(flows.scan, "write_report", lambda run_id: {})  # the half of the time, and no part of this
    monkeypatch.setattr(flows.label, "load_label_kit", lambda _shipped, _models, chosen: kit().with_table(chosen))
    monkeypatch.setenv("PATH", str(settings.workspace / "no programs"))
    path = settings.raw_dir / _SCANNED
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(next(one for one in example_documents() if one.name == _SCANNED), path)
    return path


def _install(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = settings.workspace / "programs"
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # the stand-in is a script of the shell
    folder.mkdir()
    for number, lines in enumerate(_PAGES):
        (folder / f"page{number}").write_text(table(*lines))
    reads = (
        f"cat > /dev/null; if mkdir {folder}/begun 2> /dev/null; then cat {folder}/page0; else cat {folder}/page1; fi"
    )
    program(folder, monkeypatch, reads)
    # The stand-in tells pages apart by which comes first.
    monkeypatch.setattr("flows.steps.available_cores", lambda: 1)


def _scan(settings: Settings) -> ScanOutcome:
    # Tests go without recognition unless they say otherwise, by a variable that this goes before.
    chosen = Settings(workspace=settings.workspace, recognition_minutes=10)
    return start_scan(chosen, [])


def _read(workspace: Workspace) -> DocumentSummary:
    [document] = workspace.documents.summaries()
    assert document.state is DocumentState.TEXT and document.parser.endswith("+tesseract 5.9.9")
    passages = workspace.passages.get(document.id)
    assert " ".join(" ".join(passage.text for passage in passages).split()) == " ".join(LINES + _MORE_LINES)
    assert workspace.passages.count_labelled() == len(passages)
    return document


def test_a_scanned_file_is_read_in_the_scan_that_finds_it(
    settings: Settings, workspace: Workspace, scanned_pdf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(settings, monkeypatch)
    outcome = _scan(settings)
    document = _read(workspace)
    assert not outcome.failed and outcome.passages == len(workspace.passages.get(document.id))
    assert "recognise" in outcome.stage_seconds and document.paths == (str(scanned_pdf),)
    assert list((settings.processed_dir / "recognised").iterdir()) == []  # pages are kept until the document is stored
    assert _scan(settings).nothing_new


def test_without_the_program_the_file_waits_for_a_scan_with_it(
    settings: Settings, workspace: Workspace, scanned_pdf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _scan(settings)
    [waiting] = first.failed
    assert (waiting.path, waiting.state, first.passages) == (str(scanned_pdf), "needs_ocr", 0)
    assert "recognise" not in first.stage_seconds
    for language, how in (("nl", "installeer Tesseract"), ("en", "install Tesseract")):
        assert how in text(waiting.reason.key, language, **waiting.reason.values)
    assert _scan(settings).nothing_new
    _install(settings, monkeypatch)
    second = _scan(settings)
    assert not second.nothing_new and not second.failed and second.new_documents == 0 and second.passages > 0
    assert second.run != first.run and _read(workspace).id == waiting.document
    assert _scan(settings).nothing_new


# ---------------------------------------------------------------- which documents


def _store(workspace: Workspace, name: str, state: DocumentState, reason: str | None) -> str:
    checksum = file_checksum(name.encode())
    found = FoundFile(content_id("document", checksum), checksum, f"/{name}.pdf", len(name), 1)
    workspace.documents.register(workspace.runs.new("nl", {}), [found])
    told = None if reason is None else {"key": reason, "values": {"characters": 30, "pages": 4}}
    values = {"state": state.value, "stage": DONE, "media_type": PDF, "parser": "pdf/3", "reason": told}
    with workspace.engine.begin() as connection:
        chosen = schema.documents.c.id == found.document_id
        connection.execute(update(schema.documents).where(chosen).values(**values))
    return found.document_id


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[set[str] | None]:
    """Of which documents the store was asked; ``None`` for all."""
    real, seen = DocumentStore.summaries, list[set[str] | None]()

    def summaries(self: DocumentStore, document_ids: Sequence[str] | None = None) -> list[DocumentSummary]:
        seen.append(None if document_ids is None else set(document_ids))
        return real(self, document_ids)

    monkeypatch.setattr(DocumentStore, "summaries", summaries)
    return seen


def _unrecognised(settings: Settings, workspace: Workspace, tesseract: Any) -> list[str]:
    context = ScanContext(settings, workspace)
    context.__dict__["tesseract"] = tesseract
    return steps.unrecognised(context)


def test_only_documents_in_states_that_need_it_are_read(
    settings: Settings, workspace: Workspace, asked: list[set[str] | None]
) -> None:
    found = Tesseract("tesseract", "5.3.0", ("nld", "eng"))
    for state in (DocumentState.TEXT, DocumentState.FAILED):
        _store(workspace, state.value, state, None)
    assert _unrecognised(settings, workspace, found) == [] and asked == []
    whole_pages = _store(workspace, "scan", DocumentState.NEEDS_OCR, "reason.scanned")
    some_pages = _store(workspace, "little", DocumentState.PARTIAL, "reason.little_text_read")
    cut_off = _store(workspace, "long", DocumentState.PARTIAL, "reason.pages_cut")
    assert _unrecognised(settings, workspace, found) == [whole_pages, some_pages]
    assert asked == [{whole_pages, some_pages, cut_off}]
    for lacking in (None, Tesseract("tesseract", "5.3.0", ())):
        assert _unrecognised(settings, workspace, lacking) == []
    assert len(asked) == 1
