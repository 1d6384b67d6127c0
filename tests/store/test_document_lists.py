"""Documents and passages as pages list them, on each kind of database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from builders import build_document, build_passage
from sqlalchemy import event

from pipelines.domain.documents import BlockKind, DocumentState, Metadata
from pipelines.domain.evidence import Evidence, Labels
from pipelines.domain.passages import Boilerplate
from pipelines.domain.runs import Run
from pipelines.domain.themes import Theme, ThemeTags
from pipelines.store import Workspace, open_workspace
from pipelines.store.document_lists import (
    SET_ASIDE,
    WAITING,
    DocumentFilter,
    count_documents,
    document_passages,
    document_states,
    flagged_positions,
    ids_in_states,
    page_documents,
    set_aside_ids,
)
from pipelines.store.documents import FoundFile, ReadDocument
from pipelines.store.reports import find_file, list_reports


def _labels(passage_id: str, flag: float) -> Labels:
    return Labels(
        tags=ThemeTags(passage_id=passage_id, probabilities=dict.fromkeys(Theme, 0.1), model_version="m"),
        evidence=Evidence(passage_id=passage_id, flag=flag, model_version="m", table_version="t"),
    )


def _add(
    workspace: Workspace,
    run: Run,
    path: str,
    title: str | None = None,
    state: DocumentState = DocumentState.TEXT,
    flags: tuple[float, ...] = (0.9, 0.1),
    *,
    read: bool = True,
) -> str:
    """A document with a passage for each of ``flags``, and one of boilerplate at the end."""
    document = build_document(
        [(BlockKind.PARAGRAPH, f"{path} {n}") for n in range(len(flags))],
        path=path,
        state=state,
        metadata=Metadata(title=title),
    )
    workspace.documents.register(run, [FoundFile(document.id, document.source.checksum, path, 1, 1)])
    if not read:
        return document.id
    readable = state in {DocumentState.TEXT, DocumentState.PARTIAL}
    passages = [
        build_passage(
            f"{path} tekst {n}", document_id=document.id, position=n, start=100 * n, section=("A", "B"), page=2
        )
        for n in range(len(flags) if readable else 0)
    ]
    labels = [_labels(p.id, flag) for p, flag in zip(passages, flags, strict=False)]
    if readable:
        last = len(flags)
        passages.append(
            build_passage(
                f"{path} colofon",
                document_id=document.id,
                position=last,
                start=100 * last,
                boilerplate=Boilerplate.COLOPHON,
            )
        )
    workspace.documents.save(run.id, ReadDocument(document, passages, {}, labels, {"read": 0.1}, {}))
    return document.id


@pytest.fixture
def filled(workspace: Workspace) -> tuple[Workspace, dict[str, str]]:
    run = workspace.runs.new("nl", {})
    ids = {
        "mkb": _add(workspace, run, "/map/rapporten/mkb 100%.pdf", "AI in het mkb"),
        "banen": _add(workspace, run, "C:\\map\\rapporten\\banen_en_taken.docx", None),
        "scan": _add(workspace, run, "/map/rapporten/scan.pdf", None, DocumentState.NEEDS_OCR),
        "half": _add(workspace, run, "half.pdf", "Half", DocumentState.PARTIAL, (0.2,)),
    }
    later = run.model_copy(update={"id": "scan-0002"})
    ids["new"] = _add(workspace, later, "/map/nieuw.pdf", read=False)
    return workspace, ids


def _found(filled: tuple[Workspace, dict[str, str]], **chosen: str) -> list[str]:
    workspace, ids = filled
    names = {document_id: name for name, document_id in ids.items()}
    chosen_filter = DocumentFilter(**chosen)
    found = [names[d.id] for d in page_documents(workspace.engine, chosen_filter, 50)]
    assert count_documents(workspace.engine, chosen_filter) == len(found)
    return found


def test_the_list_begins_with_what_came_last(filled: tuple[Workspace, dict[str, str]]) -> None:
    assert _found(filled) == ["new", "half", "scan", "banen", "mkb"]
    workspace, ids = filled
    page = page_documents(workspace.engine, DocumentFilter(), 2, 1)
    assert [d.id for d in page] == [ids["half"], ids["scan"]]
    assert page_documents(workspace.engine, DocumentFilter(), 2, 10) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ai", ["mkb"]),
        ("MKB het", ["mkb"]),
        ("banen", ["banen"]),
        ("taken.docx", ["banen"]),
        ("100%", ["mkb"]),
        ("%", ["mkb"]),
        ("n_en", ["banen"]),
        ("_", ["banen"]),
        ("rapporten", []),
        ("map", []),
        ("half", ["half"]),
        ("' OR 1=1 --", []),
        ("\\", []),
    ],
)
def test_words_are_looked_for_in_titles_and_file_names(
    filled: tuple[Workspace, dict[str, str]], words: str, found: list[str]
) -> None:
    assert _found(filled, words=words) == found


def test_states_narrow_the_list(filled: tuple[Workspace, dict[str, str]]) -> None:
    assert _found(filled, state="text") == ["banen", "mkb"]
    assert _found(filled, state="partial") == ["half"]
    assert _found(filled, state=SET_ASIDE) == ["scan"]
    assert _found(filled, state=WAITING) == ["new"]
    assert _found(filled, state="failed") == []
    assert _found(filled, run="scan-0002") == ["new"]
    assert document_states(filled[0].engine) == {"text": 2, "partial": 1, "needs_ocr": 1, SET_ASIDE: 1, WAITING: 1}
    assert set_aside_ids(filled[0].engine) == [filled[1]["scan"]]
    both = ids_in_states(filled[0].engine, (DocumentState.PARTIAL, DocumentState.NEEDS_OCR))
    assert sorted(both) == sorted([filled[1]["half"], filled[1]["scan"]])


def test_summaries_of_some_are_those_of_all(filled: tuple[Workspace, dict[str, str]]) -> None:
    workspace, ids = filled
    everything = {d.id: d for d in workspace.documents.summaries()}
    for name, document_id in ids.items():
        assert workspace.documents.summaries([document_id]) == [everything[document_id]], name
    asked = [ids["half"], ids["mkb"], "unknown"]
    assert [d.id for d in workspace.documents.summaries(asked)] == [ids["mkb"], ids["half"]]
    assert everything[ids["mkb"]].n_passages == 3 and everything[ids["mkb"]].n_flagged == 1
    assert workspace.documents.summaries([]) == []


def test_a_page_counts_only_what_it_shows(filled: tuple[Workspace, dict[str, str]]) -> None:
    workspace, _ = filled
    said: list[str] = []
    event.listen(workspace.engine, "before_cursor_execute", lambda *a: said.append(a[2]))
    page_documents(workspace.engine, DocumentFilter(), 2)
    counting = [statement for statement in said if "count(" in statement.lower()]
    assert len(counting) == 2 and all("document_id IN" in statement for statement in counting)


def test_passages_come_some_at_a_time(filled: tuple[Workspace, dict[str, str]]) -> None:
    workspace, ids = filled
    shown = document_passages(workspace.engine, ids["mkb"], 0, 10)
    assert [p.position for p in shown] == [0, 1, 2]
    assert [p.flagged for p in shown] == [True, False, False]
    assert [p.boilerplate for p in shown] == [None, None, "colophon"]
    assert shown[0].section == ("A", "B") and shown[0].page == 2 and shown[0].text.endswith("tekst 0")
    assert [p.position for p in document_passages(workspace.engine, ids["mkb"], 1, 1)] == [1]
    assert flagged_positions(workspace.engine, ids["mkb"]) == [(shown[0].id, 0)]


def test_runs_come_newest_first(filled: tuple[Workspace, dict[str, str]]) -> None:
    runs = filled[0].runs
    assert [run.id for run in runs.page(10)] == ["scan-0002", "scan-0001"]
    assert [run.id for run in runs.page(1, 1)] == ["scan-0001"] and runs.count() == 2


# ---------------------------------------------------------------- the folder of reports


@pytest.fixture
def reports(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "reports"
    (folder / "2026-11-01-scan-0001").mkdir(parents=True)
    for name in ("kennisstand-signaleringen.docx", "kennisstand-findings.html", ".part", "~$x.docx", "run.sh"):
        (folder / "2026-11-01-scan-0001" / name).write_bytes(b"x" * 10)
    (folder / "2026-11-02-periode-2026-10-01-101010").mkdir()
    (folder / "2026-11-02-periode-2026-10-01-101010" / "a.xlsx").write_bytes(b"y")
    (folder / "empty").mkdir()
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "a.docx").write_bytes(b"z")
    (folder / "loose.docx").write_bytes(b"z")
    for number, path in enumerate(sorted(folder.rglob("*"))):
        os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))
    yield folder


def test_reports_are_listed_newest_first(reports: Path) -> None:
    newest, oldest = list_reports(reports)
    assert (newest.run, newest.since, [f.name for f in newest.files]) == (None, date(2026, 10, 1), ["a.xlsx"])
    assert oldest.run == "scan-0001" and oldest.stems == {"kennisstand-findings", "kennisstand-signaleringen"}
    assert [f.format for f in oldest.files] == ["html", "docx"]
    assert list_reports(reports / "missing") == []


def test_links_lead_nowhere(reports: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.docx").write_bytes(b"secret")
    (reports / "2026-11-03-scan-0009").symlink_to(secret)
    (reports / "2026-11-01-scan-0001" / "key.docx").symlink_to(secret / "key.docx")
    assert find_file(reports, "2026-11-03-scan-0009", "key.docx") is None
    assert find_file(reports, "2026-11-01-scan-0001", "key.docx") is None


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("..", "secret.docx"),
        (".", "loose.docx"),
        ("", "loose.docx"),
        ("2026-11-01-scan-0001", "../loose.docx"),
        ("2026-11-01-scan-0001", "run.sh"),
        ("2026-11-01-scan-0001", ".part"),
        ("2026-11-01-scan-0001", "~$x.docx"),
        ("2026-11-01-scan-0001/../2026-11-01-scan-0001", "kennisstand-findings.html"),
        (".hidden", "a.docx"),
    ],
)
def test_only_what_is_listed_is_found(reports: Path, folder: str, name: str) -> None:
    assert find_file(reports, folder, name) is None


def test_what_is_listed_is_found(reports: Path) -> None:
    found = find_file(reports, "2026-11-01-scan-0001", "kennisstand-findings.html")
    assert found == reports / "2026-11-01-scan-0001" / "kennisstand-findings.html"


def test_a_new_workspace_has_no_documents(tmp_path: Path, sqlite_address: str) -> None:
    opened = open_workspace(tmp_path, sqlite_address)
    assert page_documents(opened.engine, DocumentFilter(), 50) == [] and document_states(opened.engine) == {}
    opened.close()
