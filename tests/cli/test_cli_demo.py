"""``demo --update``: which months it makes, of which period it writes the note, and what it tells."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from proposal_records import build_proposal, build_table

from flows import example_round
from flows.example_round import MonthOutcome
from flows.note import USUAL_FORMATS
from pipelines.cli.main import OK, WRONG_USE, run
from pipelines.examples.readings import example_readings
from pipelines.settings import Settings


class _Round:
    """Stands in for the months and the note, which take minutes; keeps what it was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made_in: list[Path] = []
        self.note: tuple[Path, datetime, Sequence[str], str | None, datetime] | None = None
        monkeypatch.setattr(example_round, "run_example_round", self._months)
        monkeypatch.setattr(example_round, "write_update_note", self._write)

    def _months(self, settings: Settings) -> tuple[MonthOutcome, ...]:
        self.made_in.append(settings.workspace)
        table = build_table()
        days = [month.date for month in example_readings()]
        return (
            MonthOutcome(days[0], "run-1", 31, (), table),
            MonthOutcome(days[1], "run-2", 17, (build_proposal(),), table.model_copy(update={"version": "later"})),
        )

    def _write(
        self,
        settings: Settings,
        since: datetime,
        formats: Sequence[str],
        language: str | None,
        now: datetime,
        *,
        folder: Path | None,
    ) -> dict[str, str]:
        assert folder is None
        self.note = (settings.workspace, since, formats, language, now)
        return {"docx": "reports/the-note.docx", "html": "reports/the-note.html"}


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> _Round:
    monkeypatch.chdir(tmp_path)
    return _Round(monkeypatch)


def _days() -> tuple[date, date]:
    first, second = (month.date for month in example_readings())
    return first, second


def test_the_note_is_of_the_second_month(example: _Round, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "months", "--update", "--language", "en", "--lang", "nl"]) == OK
    assert example.made_in == [tmp_path / "months"] and example.note is not None
    workspace, since, formats, language, now = example.note
    first, second = _days()
    assert (workspace, formats, language) == (tmp_path / "months", USUAL_FORMATS, "en")
    assert since.date() == first + timedelta(days=1)  # what was decided on the day of the first month is in its table
    assert now.date() == second
    shown = capsys.readouterr()
    assert shown.out.split() == ["reports/the-note.docx", "reports/the-note.html"]
    told = " ".join(shown.err.split())
    assert all(str(n) in told for n in (31, 17)) and "later" in told


def test_the_months_as_json(example: _Round, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--update", "--json"]) == OK
    told = json.loads(capsys.readouterr().out)
    assert [month["day"] for month in told["months"]] == [day.isoformat() for day in _days()]
    assert [(month["run"], month["decisions"], month["version"]) for month in told["months"]] == [
        ("run-1", 31, build_table().version), ("run-2", 17, "later"),
    ]  # fmt: skip
    made = build_proposal()
    assert [month["proposals"] for month in told["months"]] == [
        [], [{"rule": made.rule, "statement": made.statement_id, "row": made.row_id}],
    ]  # fmt: skip
    assert told["reports"] == {"docx": "reports/the-note.docx", "html": "reports/the-note.html"}
    assert example.made_in[0].name == "kennisstand-demo"


def test_a_folder_that_holds_something_is_refused(
    example: _Round, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "months").mkdir()
    (tmp_path / "months" / "own.txt").write_text("own", encoding="utf-8")
    assert run(["demo", "months", "--update"]) == WRONG_USE
    assert "months" in capsys.readouterr().err and example.made_in == [] and example.note is None
