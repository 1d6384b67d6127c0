"""The doctor looks at what runs by itself: backups, sources, schedules, notices."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from proposal_records import build_decision, build_proposal
from pydantic import SecretStr

from flows import doctor
from flows.backup import make_backup
from flows.doctor import Finding, examine
from pipelines.cli.main import FAILED
from pipelines.cli.main import run as run_command
from pipelines.domain.documents import Reason
from pipelines.domain.schedules import Duty, DutyRun, DutyState
from pipelines.domain.sources import SourceStatus
from pipelines.harvest.source_file import WORKSPACE_FILE
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.strings import LANGUAGES, text

_MONDAY = datetime(2026, 3, 9, 5, 30)


@pytest.fixture
def at_monday(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What the doctor takes for the present moment; the last one counts."""
    moments = [_MONDAY]
    monkeypatch.setattr(doctor, "now", lambda: moments[-1])
    for slow in ("_check_models", "_check_vectors"):  # they load models, and have tests of their own
        monkeypatch.setattr(doctor, slow, lambda settings: Finding("x", True, "doctor.runs"))
    return moments


def _found(settings: Settings, check: str) -> Finding:
    found = next(finding for finding in examine(settings) if finding.check == check)
    for language in LANGUAGES:
        assert "{" not in text(found.key, language, **found.values)
    return found


def test_a_backup_that_lacks_or_is_old_is_told(
    settings: Settings, workspace: Workspace, at_monday: list[datetime]
) -> None:
    assert _found(settings, "backup").key == "doctor.backup_none"
    run = workspace.runs.new("nl", {})
    workspace.documents.register(run, [])
    begun = run.started
    at_monday.append(begun + timedelta(days=60))
    assert _found(settings, "backup").good, "nothing was decided, so nothing can be lost"
    workspace.acts.decide([build_decision(build_proposal())])
    lacks = _found(settings, "backup")
    assert (lacks.good, lacks.key) == (False, "doctor.backup_lacks")
    at_monday.append(begun + timedelta(days=1))
    assert _found(settings, "backup").good, "it has had no time yet"
    made = make_backup(settings).made
    at_monday.append(made + timedelta(days=7))
    assert _found(settings, "backup") == Finding("backup", True, "doctor.backup", {"day": f"{made:%Y-%m-%d}"})
    at_monday.append(made + timedelta(days=9))
    assert not _found(settings, "backup").good
    assert _found(settings.model_copy(update={"schedule_backup": ""}), "backup").key == "doctor.backup_off"


def test_a_source_that_keeps_failing_is_named(
    settings: Settings, workspace: Workspace, at_monday: list[datetime], tmp_path: Path
) -> None:
    assert _found(settings, "sources").values["count"] == 0  # as shipped: all are off
    (tmp_path / WORKSPACE_FILE).write_text(
        f"sources: [{{id: shelf, name: De plank, kind: folder, address: {tmp_path}, enabled: true}}]", encoding="utf-8"
    )
    for n_failures, good in ((0, True), (2, True), (3, False)):
        reason = Reason(key="harvest.reason.withdrawn") if n_failures else None
        workspace.harvest.save_status(SourceStatus(source_id="shelf", n_failures=n_failures, reason=reason))
        found = _found(settings, "sources")
        assert found.good is good and found.values["count"] == 1
    assert found.values["names"] == "De plank"
    (tmp_path / WORKSPACE_FILE).write_text("sources: 3", encoding="utf-8")
    assert _found(settings, "sources").key == "doctor.problem"


def test_a_duty_that_failed_is_named(
    settings: Settings, workspace: Workspace, at_monday: list[datetime], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _found(settings, "schedules").key == "doctor.schedules_off"
    run = DutyRun(id="one", duty=Duty.LEARN, started=_MONDAY, beat=_MONDAY, state=DutyState.RUNNING)
    assert workspace.duties.begin(run) and _found(settings, "schedules").good
    assert workspace.duties.finish(run, DutyState.FAILED, _MONDAY, Reason(key="doctor.runs"))
    found = _found(settings, "schedules")
    assert not found.good and text("schedule.duty.learn", settings.language) in str(found.values["names"])
    for language in LANGUAGES:
        assert run_command(["doctor", "--workspace", str(settings.workspace), "--lang", language]) == FAILED
        assert text("schedule.duty.learn", language) in capsys.readouterr().out


def test_addresses_of_notices_are_looked_at_without_showing_them(settings: Settings, at_monday: list[datetime]) -> None:
    assert _found(settings, "notices").key == "doctor.notices_off"
    addresses = "json://localhost/a nonsense://sEcReT@b"
    found = _found(settings.model_copy(update={"notices": SecretStr(addresses)}), "notices")
    assert (found.good, found.values) == (False, {"count": 2, "numbers": "2"})
    found = _found(settings.model_copy(update={"notices": SecretStr(addresses.split()[0])}), "notices")
    assert found.good and found.values["count"] == 1
