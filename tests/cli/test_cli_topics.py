"""Commands that show and arrange topics, in both languages and as JSON."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from standing_topic_desk import MIXED, SCHOOLS, TopicDesk

from flows.workspace import open_settings_workspace
from pipelines.cli.main import FAILED, OK, WRONG_USE, run
from pipelines.settings import Settings

_FIELDS = {
    "id", "name_nl", "name_en", "terms_nl", "terms_en", "size", "first_seen", "last_seen", "growth", "rows", "novel",
}  # fmt: skip


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    root = tmp_path_factory.mktemp("topics")
    workspace = open_settings_workspace(Settings(workspace=root))
    desk = TopicDesk(workspace)
    workspace.close()
    return root, [passage.id for passage in desk.road]


@pytest.fixture
def command(
    origin: tuple[Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> _Command:
    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    return _Command(Path(shutil.copytree(origin[0], tmp_path / "work")), capsys)


class _Command:
    """Runs ``topics`` in one workspace."""

    def __init__(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.place, self._capsys = place, capsys

    def __call__(self, *arguments: str, status: int = OK, lang: str = "nl") -> tuple[str, str]:
        self._capsys.readouterr()
        assert run(["topics", *arguments, "--workspace", str(self.place), "--lang", lang]) == status
        shown = self._capsys.readouterr()
        return shown.out, shown.err

    def topics(self, *arguments: str) -> dict[str, dict[str, object]]:
        return {topic["id"]: topic for topic in json.loads(self(*arguments, "--json")[0])["topics"]}


def test_the_list_has_what_other_programs_read(command: _Command) -> None:
    found = command.topics()
    assert list(found) == [MIXED, SCHOOLS]
    for topic in found.values():
        assert set(topic) >= _FIELDS
        assert (topic["trend"], topic["growth"], topic["hidden"]) == ("steady", None, False)
        assert topic["first_seen"] == topic["last_seen"] is not None
    out, err = command()
    assert "Ontwikkeling" in out and "gelijk" in out and f"Naam {SCHOOLS}" in out and not err
    assert "steady" in command(lang="en")[0]


def test_hidden_topics_are_left_out_unless_all_are_asked(command: _Command) -> None:
    assert "verborgen" in command("hide", SCHOOLS[:6], "--by", "anna")[1]
    out, err = command()
    assert f"Naam {SCHOOLS}" not in out and "--all" in err
    assert f"Naam {SCHOOLS} (verborgen)" in command("--all")[0]
    assert list(command.topics()) == [MIXED] and list(command.topics("--all")) == [MIXED, SCHOOLS]
    command("show", SCHOOLS, "--by", "bram", lang="en")
    assert list(command.topics()) == [MIXED, SCHOOLS]


def test_rename_pin_and_merge(command: _Command) -> None:
    out, err = command("rename", MIXED, "--nl", "Robots", "--en", "Robotics", "--by", "anna", "--why", "te vaag")
    assert not out and "“Robots”" in err and "“Robotics”" in err
    _, err = command("pin", MIXED, "--nl", "zorgrobot", "--nl", "route", "--en", "care robot", "--by", "anna")
    assert "zorgrobot, route, " in err and "care robot, " in err
    _, err = command("merge", MIXED, SCHOOLS[:6], "--by", "bram", "--why", "hetzelfde", lang="en")
    assert (
        f"Went into “Robotics”: “Name {SCHOOLS}” (3). “Robotics” now has 21 passages" in err
        and "topics split mixed" in err
    )
    found = command.topics()
    assert list(found) == [MIXED] and found[MIXED]["named_by"] == "anna"
    assert command("pin", MIXED, "--by", "anna")[1].count("robot") <= 2
    assert command.topics()[MIXED]["pinned_nl"] == []
    told = command("history")[0]
    for words in ("heet in het Nederlands nu “Robots”; ", "heet in het Engels nu “Robotics” (anna): te vaag",
                  "vaste termen van “Robots”: Nederlands: zorgrobot, route; Engels: care robot (anna)",
                  "Nederlands: geen; Engels: geen (anna)",
                  f"“Naam {SCHOOLS}” ging op in “Robots” (passages: 3) (bram): hetzelfde"):  # fmt: skip
        assert words in told
    history = json.loads(command("history", SCHOOLS, "--json")[0])["history"]
    assert [(one["what"], one["person"], one["others"], one["passages"]) for one in history] == [
        ("merged", "bram", [SCHOOLS], 3)
    ]
    for letters in (SCHOOLS, SCHOOLS[:6]):
        told = command("hide", letters, "--by", "anna", status=FAILED)[1]
        assert f"Het onderwerp {SCHOOLS} is op 20" in told and "opgegaan in “Robots”" in told


def test_split_suggests_first_and_does_it_when_told(command: _Command, origin: tuple[Path, list[str]]) -> None:
    out, err = command("split", MIXED)
    assert "Wordt een eigen onderwerp (passages: 8; Nederlands: 4, Engels: 4)" in out and "routeplanner" in out
    assert any(passage in out for passage in origin[1])
    assert "er is niets veranderd" in err and list(command.topics()) == [MIXED, SCHOOLS]
    _, err = command("split", MIXED, "--yes", "--by", "anna", lang="en")
    assert "is now a topic of its own" in err
    sizes = sorted(int(str(topic["size"])) for topic in command.topics().values())
    assert sizes == [3, 8, 10]
    assert "gesplitst" in command("history")[0]
    assert "valt niet vanzelf" in command("split", SCHOOLS, status=FAILED)[1]


def test_split_by_a_file_of_passages(command: _Command, origin: tuple[Path, list[str]], tmp_path: Path) -> None:
    file = tmp_path / "passages.txt"
    file.write_text("\ufeff" + "\n\n".join(origin[1][:3]) + "\n", encoding="utf-8")
    command("split", MIXED, "--passages", str(file), "--nl", "Routes", "--by", "anna")
    assert {topic["name_en"]: topic["size"] for topic in command.topics().values()}["Routes"] == 3
    file.write_text("nergens\nook-niet\n", encoding="utf-8")
    told = command("split", MIXED, "--passages", str(file), "--by", "anna", status=FAILED)[1]  # and no name
    assert "(2): nergens, ook-niet" in told
    assert "--by" in command("split", MIXED, "--passages", str(file), status=FAILED)[1]
    file.write_bytes(b"\xff\xfe\x00")
    assert "kan niet als tekst" in command("split", MIXED, "--passages", str(file), "--by", "anna", status=FAILED)[1]


def test_who_may_not_and_what_is_missing_is_told(command: _Command) -> None:
    assert "account van een redacteur" in command("hide", MIXED, "--by", "carla", status=FAILED)[1]
    assert "with --by" in command("split", MIXED, "--yes", status=FAILED, lang="en")[1]
    told = command("hide", MIXED, "--by", "Piet", status=FAILED)[1]
    assert "Er is geen account Piet. Zie: kennisstand people list" in told
    assert "Er is geen onderwerp nergens" in command("hide", "nergens", "--by", "anna", status=FAILED)[1]
    command("hide", MIXED, status=WRONG_USE)
    command("merge", MIXED, "--by", "anna", status=WRONG_USE)
    assert command.topics()[MIXED]["hidden"] is False


def test_what_is_so_already_is_told_and_not_kept(command: _Command) -> None:
    for what in (["show", MIXED], ["pin", MIXED], ["rename", MIXED, "--nl", f"Naam {MIXED}"]):
        assert "er is niets veranderd" in command(*what, "--by", "anna")[1]
    assert json.loads(command("history", "--json")[0])["history"] == []
    command("hide", MIXED, "--by", "anna")
    assert "nothing was changed" in command("hide", MIXED, "--by", "bram", lang="en")[1]
    assert len(json.loads(command("history", "--json")[0])["history"]) == 1


def test_without_topics_the_list_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = _Command(tmp_path, capsys)
    assert "nog geen scan" in command()[1] and command.topics() == {}
    assert "nog niets met onderwerpen gebeurd" in command("history")[1]
    assert "no topic t1" in command("hide", "t1", "--by", "anna", status=FAILED, lang="en")[1]
