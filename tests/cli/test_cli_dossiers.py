"""Commands that list and open dossiers, in both languages, as files and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import docx
import pytest
from dossier_records import build_dossier_act
from workspaces import copy_workspace

from flows.workspace import open_settings_workspace
from pipelines.cli.main import FAILED, OK, run
from pipelines.settings import Settings


@pytest.fixture(scope="module")
def place(scanned: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = copy_workspace(scanned, tmp_path_factory.mktemp("dossiers") / "work")
    workspace = open_settings_workspace(Settings(workspace=root))
    workspace.acts.keep_dossier(build_dossier_act("eigen"))
    workspace.close()
    return root


def _run(place: Path, *arguments: str, lang: str = "nl", status: int = OK) -> None:
    assert run([*arguments, "--workspace", str(place), "--lang", lang]) == status


def test_dossiers_are_listed_in_both_languages(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(place, "dossiers")
    dutch = capsys.readouterr().out
    assert "Werknemers betrekken bij AI" in dutch and "meegeleverd" in dutch and "anna" in dutch
    _run(place, "dossiers", lang="en")
    assert "Involving employees in AI" in capsys.readouterr().out
    _run(place, "dossiers", "--json")
    found = json.loads(capsys.readouterr().out)["dossiers"]
    assert [one["id"] for one in found][-1] == "eigen" and [one["shipped"] for one in found] == [True] * 3 + [False]


def test_a_dossier_is_shown_with_its_parts_and_reasons(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(place, "dossier", "everyone", "--language", "en", "-n", "2")
    shown = capsys.readouterr().out
    for words in (
        "Everyone along: skills and inclusion",
        "Why it matters",
        "How to improve",
        "For the talk",
        "Fits the",
    ):
        assert words in shown
    assert "more passages belong here" in shown


def test_a_dossier_is_found_by_its_name_too(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(place, "dossier", "involving employees", "in AI", "--json")
    by_name = json.loads(capsys.readouterr().out)
    assert by_name["question"]["id"] == "involving-employees"
    assert [part["part"] for part in by_name["parts"]] == ["why", "problem", "improve", "examples", "questions"]
    shown = [entry for part in by_name["parts"] for entry in part["passages"]]
    assert shown and all(entry["quotation"] and entry["belongs_by"] and entry["part_by"] for entry in shown)
    assert by_name["belonging"] >= len(shown) + by_name["other"]


def test_a_dossier_is_written_as_its_name_says(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for language, heading in (("nl", "Hoe het beter kan"), ("en", "How to improve")):
        path = tmp_path / f"{language}.docx"
        _run(place, "dossier", "involving", "--output", str(path), "--language", language)
        assert str(path) in capsys.readouterr().err.replace("\n", "")
        assert heading in [paragraph.text for paragraph in docx.Document(str(path)).paragraphs]
    _run(place, "dossier", "involving", "-o", str(tmp_path / "dossier.md"))
    assert "# " in (tmp_path / "dossier.md").read_text(encoding="utf-8")


def test_what_cannot_be_is_told(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _run(place, "dossier", "nergens", status=FAILED)
    assert "involving-employees" in capsys.readouterr().err
    _run(place, "dossier", "involving", "-o", str(tmp_path / "dossier.exe"), status=FAILED)
    assert ".docx" in capsys.readouterr().err
