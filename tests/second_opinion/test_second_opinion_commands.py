"""The whole way, with the shipped models: ``tag`` and ``scan`` with a language model that runs on this computer."""

from __future__ import annotations

import json
from pathlib import Path

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


def test_tag_shows_it_beside_the_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, off, on = tmp_path / "in.jsonl", tmp_path / "off.jsonl", tmp_path / "on.jsonl"
    lines = [json.dumps({"doc": "d", "n": n, "text": text}) for n, text in enumerate(_texts(60))]
    source.write_text("\n".join(lines), encoding="utf-8")
    assert run(["tag", str(source), "-o", str(off), "--workspace", str(tmp_path / "work")]) == OK
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


def test_a_scan_asks_stores_and_reports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace, raw = tmp_path / "work", tmp_path / "in"
    raw.mkdir()
    (raw / "a.md").write_text("# Rapport\n\n" + "\n\n".join(_texts(40)), encoding="utf-8")
    with running(answers(statement=None)) as server:
        _switch_on(workspace, server.url)
        assert run(["scan", str(raw), "--workspace", str(workspace), "--json"]) == OK
        first = json.loads(capsys.readouterr().out)
        account = first["second_opinion"]
        assert (account["n_asked"], account["n_answered"], account["outside"]) == (3, 3, False)
        assert "second_opinion" in first["stage_seconds"]
        written = "\n".join(p.text for p in Document(first["reports"]["docx"]).paragraphs)
        assert "Taalmodel stand-in leest:" in written and "Geen tekst" not in written
        assert run(["passages", "--workspace", str(workspace)]) == OK
        shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert sum("second_opinion" in record for record in shown) == 3
        if account["n_doubtful"] == 3:
            return
        # What was left is asked by a scan that finds nothing else to do.
        assert run(["scan", str(raw), "--workspace", str(workspace), "--json"]) == OK
        second = json.loads(capsys.readouterr().out)
        assert not second["nothing_new"] and second["second_opinion"]["n_asked"] >= 1
