"""Commands for proposals, studies, versions and confidence, in both languages and as JSON."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from accepted_evidence import Desk, add_accounts

from flows.workspace import open_settings_workspace
from pipelines.cli.main import FAILED, OK, WRONG_USE, run
from pipelines.domain.proposals import VersionOrigin, VersionRecord
from pipelines.settings import Settings

_FIELDS = {
    "id",
    "rule",
    "statement",
    "row",
    "from",
    "to",
    "text_nl",
    "text_en",
    "evidence",
    "agreement",
    "confidence",
    "passages",
}


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("proposed")
    workspace = open_settings_workspace(Settings(workspace=root))
    Desk(workspace).accept_experiments()
    add_accounts(workspace, anna="editor", bram="admin", carla="reviewer")
    workspace.close()
    return root


@pytest.fixture
def place(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANG", "nl_NL.UTF-8")
    return Path(shutil.copytree(origin, tmp_path / "work"))


class _Command:
    """Runs commands in one workspace."""

    def __init__(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._place, self._capsys = place, capsys

    def __call__(self, *arguments: str, status: int = OK, lang: str = "nl") -> tuple[str, str]:
        self._capsys.readouterr()
        assert run([*arguments, "--workspace", str(self._place), "--lang", lang]) == status
        shown = self._capsys.readouterr()
        return shown.out, shown.err

    def json(self, *arguments: str) -> dict[str, Any]:
        return json.loads(self(*arguments, "--json")[0])


@pytest.fixture
def command(place: Path, capsys: pytest.CaptureFixture[str]) -> _Command:
    return _Command(place, capsys)


def test_a_proposal_goes_the_whole_way(command: _Command) -> None:
    (record,) = command.json("proposals")["proposals"]
    assert record.keys() >= _FIELDS
    assert (record["rule"], record["statement"], record["row"]) == ("trend_known", "B1.t1", "B1")
    assert (record["from"], record["to"], record["state"]) == ("trend", "known", "open")
    assert len(record["passages"]) == len(record["studies"]) == 4
    proposal = record["id"][:7]
    assert record["id"][:8] in command("proposals")[0]
    shown = command("proposals", "show", proposal)[0]
    assert record["text_nl"] in shown and "klantenservice" in shown and "blz. 3" in shown
    assert record["text_en"] in command("proposals", "show", proposal, lang="en")[0]

    assert "1 van 2" in command("proposals", "approve", proposal, "--by", "anna")[1]
    assert len(command.json("table", "history")["versions"]) == 1
    command("proposals", "undo", proposal, "--by", "anna")
    command("proposals", "approve", proposal, "--by", "bram")
    said = command("proposals", "approve", proposal, "--by", "anna", lang="en")[1]
    assert "new version" in said
    assert command("proposals")[0] == ""
    assert command.json("proposals", "--all")["proposals"][0]["state"] == "applied"
    told = command.json("proposals", "show", proposal)["proposal"]
    assert [decision["verdict"] for decision in told["decisions"]] == ["approve", "undo", "approve", "approve"]

    first, second = command.json("table", "history")["versions"]
    assert (second["origin"], second["people"], second["changes"]) == ("proposals", ["anna", "bram"], 1)
    assert second["proposals"] == [record["id"]]
    (change,) = command.json("table", "diff", first["version"], second["version"])["changes"]
    assert (change["id"], change["kind"], change["from_column"], change["column"]) == (
        "B1.t1",
        "moved",
        "trend",
        "known",
    )
    difference = command("table", "diff", first["version"], second["version"])[0]
    assert "[−lijken" in difference.replace(" ", "") or "lijken" in difference

    command("table", "restore", first["version"], "--by", "anna", "--why", "Te vroeg.")
    restored = command.json("table", "history")["versions"][-1]
    assert (restored["origin"], restored["restores"], restored["why"]) == ("restored", first["version"], "Te vroeg.")
    assert command.json("proposals", "--all")["proposals"][0]["state"] == "rejected"
    assert "Te vroeg." in command("proposals", "show", proposal)[0]


def test_versions_are_told_in_dutch_time_with_who_entered_them(place: Path, command: _Command) -> None:
    workspace = open_settings_workspace(Settings(workspace=place))
    try:
        table = workspace.tables.get(workspace.tables.newest_version())
        summer, winter = datetime(2026, 7, 1, 22, 30), datetime(2026, 12, 1, 22, 30)  # in UTC
        for n, (created, people) in enumerate(((summer, ("anna", "bram")), (winter, ("bram",)))):
            record = VersionRecord(
                version="?", created=created, origin=VersionOrigin.IMPORTED, file="raad.docx", people=people,
                entered_by="bram",
            )  # fmt: skip
            rows = table.rows[: len(table.rows) - 1 - n]
            workspace.tables.add(table.model_copy(update={"version": created.date().isoformat(), "rows": rows}), record)
    finally:
        workspace.close()
    lines = command("table", "history")[0].splitlines()
    (first,) = [line for line in lines if "anna" in line]
    assert "2026-07-02 00:30" in first and "anna, bram (ingevoerd door bram)" in first
    (second,) = [line for line in lines if "2026-12-01 23:30" in line]
    assert second.split()[-1] == "bram"  # entered for nobody else
    assert [v["entered_by"] for v in command.json("table", "history")["versions"]] == ["", "bram", "bram"]


def test_what_cannot_be_decided_is_told(command: _Command) -> None:
    proposal = command.json("proposals")["proposals"][0]["id"]
    assert "carla" in command("proposals", "approve", proposal, "--by", "carla", status=FAILED)[1]
    assert "zzzz" in command("proposals", "show", "zzzz", status=FAILED)[1]
    command("proposals", "approve", proposal, status=WRONG_USE)
    command("proposals", "reject", proposal, "--by", "anna", status=WRONG_USE)
    command("proposals", "approve", proposal, proposal, "--by", "anna", "--nl", "x", status=WRONG_USE)
    command("proposals", "undo", proposal, "--by", "anna", status=FAILED)
    command("table", "restore", "nooit", "--by", "anna", "--why", "x", status=FAILED)
    assert "afgewezen" in command("proposals", "reject", proposal, "--by", "anna", "--why", "Te dun.")[1]
    assert "niets goedgekeurd" in command("proposals", "apply")[1]


def test_words_of_ones_own_come_into_the_table(command: _Command) -> None:
    proposal = command.json("proposals")["proposals"][0]["id"]
    for person, later in (("anna", []), ("bram", ["--later"])):
        command(
            "proposals",
            "approve",
            proposal,
            "--by",
            person,
            "--nl",
            "Beginners winnen.",
            "--en",
            "Novices win.",
            *later,
        )
    assert command.json("proposals")["proposals"][0]["state"] == "approved"
    command("proposals", "apply")
    (row,) = [row for row in command.json("table", "show")["rows"] if row["id"] == "B1"]
    (statement,) = [one for one in row["statements"] if one["id"] == "B1.t1"]
    assert (statement["nl"], statement["en"], statement["column"]) == ("Beginners winnen.", "Novices win.", "known")


def test_studies_are_shown_put_together_and_apart(command: _Command) -> None:
    record = command.json("proposals")["proposals"][0]
    studies = command.json("proposals", "studies", record["id"])["studies"]
    one, other = studies[0]["passages"][0], studies[1]["passages"][0]
    assert one in command("proposals", "studies", record["id"])[0]
    command("study", "join", one, other, "--by", "carla", "--why", "Zelfde proef.")
    joined = command.json("proposals")["proposals"][0]
    assert len(joined["studies"]) == 3
    (merge,) = [merge for study in joined["studies"] for merge in study["merges"]]
    assert (merge["reason"], {merge["item_a"], merge["item_b"]}) == ("person", {one, other})
    command("study", "undo", one, other, "--by", "carla")
    assert len(command.json("proposals")["proposals"][0]["studies"]) == 4
    command("study", "split", one, "geen", "--by", "carla", status=FAILED)


def test_confidence_is_shown_for_every_statement(command: _Command) -> None:
    told = command.json("table", "confidence")
    by_id = {statement["id"]: statement for statement in told["statements"]}
    assert len(by_id) == 77
    assert (by_id["B1.t1"]["n_studies"], by_id["B1.t1"]["agreement"]) == (4, "high")
    assert (by_id["A1.k1"]["confidence"], by_id["A1.k1"]["studies"]) == ("undetermined", [])
    shown, said = command("table", "confidence")
    assert "B1.t1" in shown and "76" in said
