"""The whole way, with the shipped models: ``tag`` and ``scan`` with a language model that runs on this computer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from stand_in import answers, running

from pipelines.cli.main import OK, run
from pipelines.settings import SETTINGS_FILE, Settings

pytestmark = pytest.mark.slow

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(Settings.model_fields):
        monkeypatch.delenv(f"KENNISSTAND_{name.upper()}", raising=False)


def _texts(count: int) -> list[str]:
    path = _ROOT / "models" / "training" / "train_nl.jsonl"
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()[:count]]


def _switch_on(folder: Path, url: str) -> None:
    folder.mkdir(exist_ok=True)
    lines = (f'second_opinion_url = "{url}"', 'second_opinion_model = "stand-in"', "second_opinion_passages = 3")
    (folder / SETTINGS_FILE).write_text("\n".join(lines), encoding="utf-8")


def test_tag_shows_it_beside_the_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, off, on = tmp_path / "in.jsonl", tmp_path / "off.jsonl", tmp_path / "on.jsonl"
    lines = [json.dumps({"doc": "d", "n": n, "text": text}) for n, text in enumerate(_texts(20))]
    source.write_text("\n".join(lines), encoding="utf-8")
    assert run(["tag", str(source), "-o", str(off), "--workspace", str(tmp_path / "work")]) == OK
    monkeypatch.setattr("pipelines.second_opinion.doubt.LEAST_FLAG", 0)  # whatever the models are sure of
    with running(answers(statement=None)) as server:
        _switch_on(tmp_path / "work", server.url)
        assert run(["tag", str(source), "-o", str(on), "--workspace", str(tmp_path / "work"), "--lang", "en"]) == OK
    plain, beside = ([json.loads(line) for line in p.read_text("utf-8").splitlines()] for p in (off, on))
    asked = [line["text"] for n, line in enumerate(map(json.loads, lines)) if "second_opinion" in beside[n]]
    assert sorted(asked) == sorted(server.passages()) and len(asked) == 3
    for line in beside:
        line.pop("second_opinion", None)
    assert beside == plain
    told = " ".join(capsys.readouterr().err.split())
    assert "asked 3, answered 3" in told and "second_opinion_passages" in told


def _command(*arguments: str) -> dict[str, Any]:
    """A command in a process of its own, in which every passage is doubtful; what it prints as JSON."""
    every = "import pipelines.second_opinion.doubt as d; d.LEAST_FLAG = 0; from pipelines.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", every, *arguments], capture_output=True, text=True, cwd=_ROOT, timeout=500, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_a_scan_asks_stores_and_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace, raw = tmp_path / "work", tmp_path / "in"
    raw.mkdir()
    (raw / "a.md").write_text("# Rapport\n\n" + "\n\n".join(_texts(6)), encoding="utf-8")
    with running(answers(statement=None)) as server:
        _switch_on(workspace, server.url)
        first = _command("scan", str(raw), "--workspace", str(workspace), "--json")
        account = first["second_opinion"]
        assert (account["n_asked"], account["n_answered"], account["stopped"]) == (3, 3, "passages")
        assert "second_opinion" in first["stage_seconds"] and len(server.asked) == 3
        # What was left is asked by a scan that finds nothing else to do; after that nothing is new.
        second = _command("scan", str(raw), "--workspace", str(workspace), "--json")
        assert not second["nothing_new"] and second["new_documents"] == 0 and len(server.asked) > 3
    written = "\n".join(p.text for p in Document(second["reports"]["docx"]).paragraphs)
    assert "Tweede lezing" in written and "Taalmodel stand-in leest:" in written
    assert "geen tekst naar buiten gestuurd" in written  # it runs on this computer
    assert run(["passages", "--workspace", str(workspace)]) == OK
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sum("second_opinion" in record for record in shown) == len(server.asked)
    (workspace / SETTINGS_FILE).unlink()  # switched off: what is there stays, and nothing is asked
    assert _command("scan", str(raw), "--workspace", str(workspace), "--json")["nothing_new"]
