"""The scan as a user runs it: through the command and Prefect, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from encoder_folders import build_transformer_folder

from flows.exporting import PASSAGE_FIELDS
from pipelines.store import open_workspace

pytestmark = pytest.mark.slow

_ROOT = Path(__file__).resolve().parents[2]
_STANDINS = str(_ROOT / "tests" / "standins")
_COMMAND = (sys.executable, "-c", "from pipelines.cli import main; main()")


def _passages(language: str, count: int) -> list[dict[str, Any]]:
    path = _ROOT / "models" / "training" / f"train_{language}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:count]]


def _write(path: Path, title: str, passages: list[dict[str, Any]]) -> None:
    body = "\n\n".join(f"## {p['section']}\n\n{p['text']}" for p in passages)
    path.write_text(f"# {title}\n\n{body}\n", encoding="utf-8")


def _run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LANG": "nl_NL.UTF-8", "LC_ALL": "nl_NL.UTF-8", **variables}
    return subprocess.run(
        [*_COMMAND, *arguments], capture_output=True, text=True, cwd=_ROOT, env=environment, timeout=500, check=False
    )


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, subprocess.CompletedProcess[str]]:
    """A workspace, the folder it scanned, and the outcome of the scan."""
    folder = tmp_path_factory.mktemp("in")
    workspace = tmp_path_factory.mktemp("work")
    nl, en = _passages("nl", 40), _passages("en", 40)
    _write(folder / "a.md", "Rapport", nl[:20])
    _write(folder / "b.md", "Report", en[:20])
    _write(folder / "c.md", "Nog een rapport", nl[20:])
    (folder / "kopie van a.md").write_bytes((folder / "a.md").read_bytes())
    _write(folder / "d.md", "Overgenomen", [*nl[3:6], *nl[30:32]])
    (folder / "kapot.pdf").write_bytes(b"%PDF-1.4 nothing more")
    (folder / "leeg.docx").write_bytes(b"")
    (folder / "plaatje.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    return folder, workspace, _run("scan", str(folder), "--workspace", str(workspace), "--json")


def test_every_file_is_accounted_for(scanned: tuple[Path, Path, subprocess.CompletedProcess[str]]) -> None:
    _folder, _workspace, done = scanned
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert (outcome["files"], outcome["documents"], outcome["new_documents"]) == (8, 7, 7)
    assert {Path(f["path"]).name for f in outcome["failed"]} == {"kapot.pdf", "leeg.docx", "plaatje.png"}
    assert all(f["reason"].endswith((".", ")")) and f["state"] for f in outcome["failed"])
    assert outcome["passages"] >= 60 and outcome["flagged"] > 0  # 65 were written
    assert set(outcome["reports"]) == {"docx", "html", "xlsx"}
    assert all(Path(path).stat().st_size > 1000 for path in outcome["reports"].values())
    assert set(outcome["stage_seconds"]) >= {"find", "read", "passages", "labels", "groups", "topics", "report"}


def test_nothing_but_messages_is_shown(scanned: tuple[Path, Path, subprocess.CompletedProcess[str]]) -> None:
    assert scanned[2].stderr == ""


def test_a_second_scan_does_nothing_and_says_so(scanned: tuple[Path, Path, subprocess.CompletedProcess[str]]) -> None:
    folder, workspace, done = scanned
    database = workspace / "data" / "processed" / "kennisstand.db"
    before = sorted(p.name for p in (workspace / "reports").iterdir())
    again = _run("scan", str(folder), "--workspace", str(workspace), "--json")
    first, second = json.loads(done.stdout), json.loads(again.stdout)
    assert second["nothing_new"] and second["new_documents"] == 0
    for name in ("run", "files", "documents", "passages", "flagged", "topics", "reports"):
        assert second[name] == first[name]
    assert sorted(p.name for p in (workspace / "reports").iterdir()) == before
    assert database.exists()
    told = _run("scan", str(folder), "--workspace", str(workspace))
    assert "Niets nieuws" in told.stderr


def test_repeated_passages_are_one_group(scanned: tuple[Path, Path, subprocess.CompletedProcess[str]]) -> None:
    _folder, workspace, _ = scanned
    opened = open_workspace(workspace, f"sqlite:///{workspace}/data/processed/kennisstand.db")
    documents = {d.id: d for d in opened.documents.summaries()}
    groups: dict[str, set[str]] = {}
    for item in opened.passages.find(documents):
        if item.group is not None:
            groups.setdefault(item.group, set()).add(item.document.id)
    opened.close()
    assert len(groups) >= 4 and all(len(members) == 2 for members in groups.values())


def test_the_trail_goes_from_passage_to_document(
    scanned: tuple[Path, Path, subprocess.CompletedProcess[str]],
) -> None:
    _folder, workspace, _ = scanned
    lines = _run("passages", "--workspace", str(workspace), "--flagged").stdout.splitlines()
    records = [json.loads(line) for line in lines]
    assert all(tuple(record) == PASSAGE_FIELDS for record in records)
    assert records and all(r["flag"] >= 0.5 for r in records)
    opened = open_workspace(workspace, f"sqlite:///{workspace}/data/processed/kennisstand.db")
    for record in records:
        document = opened.documents.get(record["document"])
        start, end = record["span"]
        assert document.text[start:end] == record["text"]
        assert all(term in record["text"] for term in record["terms"])
    opened.close()


def test_search_finds_by_meaning_in_both_languages(
    scanned: tuple[Path, Path, subprocess.CompletedProcess[str]],
) -> None:
    found = _run("search", "AI en de werkvloer", "--workspace", str(scanned[1]), "--json", "-n", "20")
    languages = {r["language"] for r in json.loads(found.stdout)["results"]}
    assert languages == {"nl", "en"}


def test_another_encoder_gives_new_vectors_and_topics_and_the_same_labels(
    scanned: tuple[Path, Path, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    folder, scanned_workspace, done = scanned
    first = json.loads(done.stdout)
    workspace = tmp_path / "copy"
    shutil.copytree(scanned_workspace, workspace, ignore=shutil.ignore_patterns("prefect"))
    variables = {
        "KENNISSTAND_ENCODER": str(build_transformer_folder(tmp_path / "model")),
        "PYTHONPATH": os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH"), _STANDINS])),
    }
    flagged = _run("passages", "--workspace", str(workspace), "--flagged").stdout.splitlines()
    again = _run("scan", str(folder), "--workspace", str(workspace), "--json", **variables)
    assert again.returncode == 0, again.stderr
    second = json.loads(again.stdout)
    assert second["encoder_changed"] and second["encoder"].startswith("model-") and not second["nothing_new"]
    assert (second["reencoded"], second["relabelled"]) == (first["passages"], 0)
    assert (first["reencoded"], first["encoder_changed"]) == (0, False)
    assert second["run"] != first["run"] and second["flagged"] == first["flagged"]
    opened = open_workspace(workspace, f"sqlite:///{workspace}/data/processed/kennisstand.db")
    topics = opened.topics.of_run(second["run"])
    opened.close()
    assert topics is not None and topics.settings["encoder"] == second["encoder"]
    labels = [{k: v for k, v in json.loads(line).items() if k != "topic"} for line in flagged]
    now = _run("passages", "--workspace", str(workspace), "--flagged").stdout.splitlines()
    assert [{k: v for k, v in json.loads(line).items() if k != "topic"} for line in now] == labels
    third = json.loads(_run("scan", str(folder), "--workspace", str(workspace), "--json", **variables).stdout)
    assert third["nothing_new"] and third["reencoded"] == 0


def test_failed_documents_can_be_retried(scanned: tuple[Path, Path, subprocess.CompletedProcess[str]]) -> None:
    _folder, workspace, _ = scanned
    listed = json.loads(_run("documents", "--failed", "--json", "--workspace", str(workspace)).stdout)["documents"]
    chosen = next(d for d in listed if d["path"].endswith("kapot.pdf"))
    again = _run("documents", "retry", chosen["id"][:8], "--workspace", str(workspace), "--json")
    assert again.returncode == 0, again.stderr
    outcome = json.loads(again.stdout)
    assert [Path(f["path"]).name for f in outcome["failed"]] == ["kapot.pdf"]
