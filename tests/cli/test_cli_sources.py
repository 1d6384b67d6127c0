"""``sources`` and ``harvest`` as users run them, in both languages and as JSON."""

from __future__ import annotations

import json
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from flows import harvest_start
from flows.harvest_start import HarvestOutcome, SourceOutcome
from flows.workspace import open_settings_workspace
from pipelines.cli.main import FAILED, OK, WRONG_USE, run
from pipelines.domain.documents import Reason
from pipelines.domain.sources import Bookmark, FoundItem, ItemState, SourceStatus, item_id
from pipelines.settings import Settings
from pipelines.store import Workspace

_MOMENT = datetime(2026, 3, 2, 5, 30)
_FILE = """\
sources:
  - id: share
    name: Gedeelde map
    kind: folder
    address: share
    wanted: all
    options: {settled_seconds: 0}
  - id: bureau
    name: Bureau
    kind: feed
    address: https://bureau.example/feed.xml
    enabled: true
"""


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sources")
    (root / "kennisstand-sources.yaml").write_text(_FILE, encoding="utf-8")
    open_settings_workspace(Settings(workspace=root)).close()
    return root


class _Command:
    def __init__(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.place, self._capsys = place, capsys

    def __call__(self, *arguments: str, status: int = OK, lang: str = "nl") -> tuple[str, str]:
        self._capsys.readouterr()
        found = run([*arguments, "--workspace", str(self.place), "--lang", lang])
        shown = self._capsys.readouterr()
        assert found == status, shown
        return shown.out, shown.err

    def workspace(self) -> Workspace:
        return open_settings_workspace(Settings(workspace=self.place))

    def sources(self) -> dict[str, dict[str, Any]]:
        return {one["id"]: one for one in json.loads(self("sources", "--json")[0])["sources"]}


@pytest.fixture
def command(
    origin: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> _Command:

    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    return _Command(Path(shutil.copytree(origin, tmp_path / "work")), capsys)


def _some_items(command: _Command) -> list[str]:
    workspace = command.workspace()
    found = [FoundItem(key=key, title=f"Titel {key}") for key in "abc"]
    workspace.harvest.take("bureau", found, Bookmark(), _MOMENT)
    ids = [item_id("bureau", key) for key in "abc"]
    item = workspace.harvest.get(ids[0])
    assert item is not None
    reason = Reason(key="harvest.reason.not_relevant", values={"score": "2%"})
    workspace.harvest.update(item.model_copy(update={"state": ItemState.LEFT_OUT, "relevance": 0.02, "reason": reason}))
    failed = Reason(key="harvest_client.gone", values={"host": "bureau.example", "status": 404})
    workspace.harvest.save_status(
        SourceStatus(source_id="bureau", last_success=_MOMENT, n_new=3, n_failures=1, reason=failed)
    )
    workspace.close()
    return ids


def test_the_list_says_how_each_source_is_doing(command: _Command) -> None:
    _some_items(command)
    out, err = command("sources")
    assert "Gedeelde map" in out and "2026-03-02 06:30" in out and "bureau.example" in out and "waarvan aan: 1" in err
    found = command.sources()
    assert list(found) == ["share", "bureau"]
    assert (found["share"]["enabled"], found["bureau"]["enabled"], found["bureau"]["new"]) == (False, True, 3)
    assert found["bureau"]["items"] == {"left_out": 1, "waiting": 2} and found["bureau"]["error"]
    assert "folder" in command("sources", lang="en")[0]


def test_people_turn_sources_on_and_off(command: _Command) -> None:
    assert "Gedeelde map" in command("sources", "on", "share", "--by", "anna")[1]
    assert "Gedeelde map" not in command("sources", "on", "share", "--by", "bram")[1]
    found = command.sources()
    assert (found["share"]["enabled"], found["share"]["switched_by"]) == (True, "anna")
    command("sources", "off", "share", "bureau", "--by", "bram", lang="en")
    assert not any(one["enabled"] for one in command.sources().values())
    assert "unknown" in command("sources", "on", "share", "unknown", "--by", "anna", status=FAILED)[1]
    assert not any(one["enabled"] for one in command.sources().values())
    command("sources", "on", "share", status=WRONG_USE)
    assert "--by" in command("sources", "on", "share", "--by", " ", status=FAILED)[1]


def test_the_shipped_list_is_copied_once_to_be_edited(command: _Command) -> None:
    path = command.place / "kennisstand-sources.yaml"
    assert str(path) in command("sources", "file", status=FAILED)[1]
    assert path.read_text(encoding="utf-8") == _FILE
    path.unlink()
    shipped = command.sources()
    out, _ = command("sources", "file")
    assert out.strip() == str(path) and command.sources() == shipped and len(shipped) > 20


def test_what_is_wrong_in_the_file_is_told(command: _Command) -> None:
    assert "fouten: 0" in command("sources", "check")[1]
    (command.place / "kennisstand-sources.yaml").write_text("sources:\n  - id: Hoofdletter\n    kind: feet\n", "utf-8")
    err = command("sources", "check", status=FAILED)[1]
    assert "feet" in err and "fouten: 0" not in err
    command("sources", status=FAILED)


def test_a_source_shows_what_it_would_give_and_nothing_is_stored(command: _Command) -> None:
    share = command.place / "share"
    share.mkdir()
    (share / "Algoritmen op het werk.pdf").write_bytes(b"%PDF-1.4\n%%EOF")
    out, err = command("sources", "check", "share")
    assert "Algoritmen op het werk" in out and "ophalen" in out and "Er is niets bewaard" in err
    assert json.loads(command("sources", "items", "--json")[0])["total"] == 0
    assert command.sources()["share"]["last_tried"] is None
    assert "zzz" in command("sources", "check", "zzz", status=FAILED)[1]


def test_items_are_listed_and_pulled_in(command: _Command) -> None:
    ids = _some_items(command)
    out, err = command("sources", "items", "bureau", "--state", "left-out")
    assert "Titel a" in out and "2%" in out and "1 van 1" in err
    found = json.loads(command("sources", "items", "--words", "titel", "--order", "title", "-n", "2", "--json")[0])
    assert found["total"] == 3 and [one["title"] for one in found["items"]] == ["Titel a", "Titel b"]
    assert "Titel a" in command("sources", "pull", ids[0][:8], "--by", "anna")[1]
    record = json.loads(command("sources", "items", "--words", "titel a", "--json")[0])["items"][0]
    assert (record["state"], record["asked_by"], record["id"]) == ("waiting", "anna", ids[0])
    assert "al" in command("sources", "pull", ids[0], "--by", "bram")[1]
    assert "ffffffffffff" in command("sources", "pull", "ffffffffffff", "--by", "anna", status=FAILED)[1]


def test_without_sources_a_harvest_says_what_to_do(command: _Command) -> None:
    command("sources", "off", "bureau", "--by", "anna")
    assert "sources on" in command("harvest")[1]
    assert json.loads(command("harvest", "--json")[0])["sources"] == []
    assert "zzz" in command("harvest", "zzz", status=FAILED)[1]


def test_a_harvest_tells_what_changed_about_a_source(command: _Command, monkeypatch: pytest.MonkeyPatch) -> None:
    note = Reason(key="harvest.page_without_links", values={"address": "https://raad.example/lijst"})
    done = [SourceOutcome(source="raad", name="Raad", problems=3, notes=(note,), fetched=1, new=1)]
    monkeypatch.setattr(harvest_start, "start_harvest", lambda *_: HarvestOutcome(sources=tuple(done)))
    err = command("harvest")[1]
    assert "Raad: Op https://raad.example/lijst" in err and "nog 2" in err and "kennisstand scan" in err
    done[0] = SourceOutcome(source="raad", name="Raad")
    err = command("harvest")[1]
    assert "kennisstand scan" not in err and "nog" not in err
    assert json.loads(command("harvest", "--json")[0])["sources"][0]["problems"] == 0


@pytest.mark.slow
def test_a_harvest_fetches_through_the_orchestrator(command: _Command, monkeypatch: pytest.MonkeyPatch) -> None:
    share = command.place / "share"
    share.mkdir()
    (share / "Algoritmen op het werk.pdf").write_bytes(b"%PDF-1.4\n1 0 obj\nendobj\nstartxref\n9\n%%EOF\n")
    before = dict(os.environ)
    out, err = command("harvest", "share", "--json")
    assert dict(os.environ) == before and not err
    told = json.loads(out)
    assert (told["new"], told["files"], told["sources"][0]["fetched"], told["sources"][0]["error"]) == (1, 1, 1, None)
    assert [p.name for p in (command.place / "data/raw/harvested/share").iterdir()] == ["algoritmen-op-het-werk.pdf"]
    progress = json.loads((command.place / "data/processed/progress-harvest.json").read_text())
    assert progress["state"] == "done"
    assert [one["stage"] for one in progress["passed"]] == ["start", "harvest_list", "harvest_judge", "harvest_fetch"]
