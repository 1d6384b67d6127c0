"""When the worker rings: for what is due and what somebody asks, once each; the orchestrator is stood in for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from flows import worker_process
from flows.catching_up import watch
from flows.schedules import schedules_of, switch_schedule
from flows.service_file import ask, service_folder
from flows.worker_process import GRACE, RING_AGAIN, Keeper
from pipelines.domain.schedules import Duty, DutyRun, DutyState, Schedule
from pipelines.settings import Settings
from pipelines.store import Workspace

_MONDAY = datetime(2026, 6, 8, 3, 30)  # 05:30 on Dutch clocks


@dataclass
class _Run:
    deployment_id: UUID
    parameters: dict[str, str]
    tags: list[str]


@dataclass
class _Orchestrator:
    ids: dict[Duty, UUID] = field(default_factory=lambda: {duty: uuid4() for duty in Duty})
    deployed: list[list[Schedule]] = field(default_factory=list)
    waiting: list[_Run] = field(default_factory=list)
    rung: list[tuple[Duty, str | None]] = field(default_factory=list)
    now: datetime = _MONDAY

    def deploy(self, _settings: Settings, schedules: Sequence[Schedule]) -> dict[Duty, UUID]:
        self.deployed.append(list(schedules))
        return self.ids

    def ring_now(self, _client: object, deployment: UUID, asked: str | None = None) -> None:
        duty = next(duty for duty, known in self.ids.items() if known == deployment)
        self.rung.append((duty, asked))


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> _Orchestrator:
    found = _Orchestrator()
    monkeypatch.setattr(worker_process, "deploy", found.deploy)
    monkeypatch.setattr(worker_process, "ring_now", found.ring_now)
    monkeypatch.setattr(worker_process, "rung", lambda *_: found.waiting)
    monkeypatch.setattr(worker_process, "clear", lambda *_: 0)
    monkeypatch.setattr(worker_process, "now", lambda: found.now)
    return found


@pytest.fixture
def keeper(settings: Settings, workspace: Workspace, rings: _Orchestrator) -> Keeper:
    only_scan = {f"schedule_{duty}": "" for duty in (Duty.REPORT, Duty.LEARN, Duty.BACKUP)}
    chosen = settings.model_copy(update=only_scan)
    service_folder(settings.processed_dir).mkdir(parents=True)
    watch(service_folder(settings.processed_dir), schedules_of(chosen, {}), {}, _MONDAY - timedelta(days=1))
    client: Any = None
    made = Keeper(chosen, workspace, client)
    made.begin()
    return made


def test_what_the_orchestrator_did_not_ring_for_is_rung_for_once(keeper: Keeper, rings: _Orchestrator) -> None:
    rings.now = _MONDAY + timedelta(seconds=30)
    keeper.look()
    assert rings.rung == []  # it may ring by itself yet
    rings.now = _MONDAY + GRACE + timedelta(seconds=1)
    keeper.look()
    keeper.look()
    assert rings.rung == [(Duty.SCAN, None)]
    rings.now += RING_AGAIN
    keeper.look()  # it came to nothing: the ledger knows of no run
    assert rings.rung == [(Duty.SCAN, None)] * 2


def test_at_its_start_nothing_is_waited_for(keeper: Keeper, rings: _Orchestrator) -> None:
    rings.now = _MONDAY + timedelta(seconds=1)
    keeper.look(timedelta(0))
    assert rings.rung == [(Duty.SCAN, None)]


def test_what_waits_for_its_turn_is_not_rung_for_again(keeper: Keeper, rings: _Orchestrator) -> None:
    rings.now = _MONDAY + timedelta(hours=3)
    rings.waiting = [_Run(rings.ids[Duty.SCAN], {}, [])]
    keeper.look()
    assert rings.rung == []
    rings.waiting = [_Run(rings.ids[Duty.SCAN], {"asked": "x"}, ["x"])]  # somebody else's wish is another matter
    keeper.look()
    assert rings.rung == [(Duty.SCAN, None)]


def test_what_is_asked_for_is_rung_for_at_once(keeper: Keeper, rings: _Orchestrator, settings: Settings) -> None:
    rings.now = _MONDAY - timedelta(hours=3)
    asked = ask(settings.processed_dir, Duty.LEARN, "anna", rings.now)
    keeper.look()
    keeper.look()
    assert rings.rung == [(Duty.LEARN, asked.id)]
    rings.now += RING_AGAIN
    rings.waiting = [_Run(rings.ids[Duty.LEARN], {"asked": asked.id}, [asked.id])]
    keeper.look()
    assert rings.rung == [(Duty.LEARN, asked.id)]


def test_one_whose_process_died_is_rung_for_without_delay(
    keeper: Keeper, rings: _Orchestrator, workspace: Workspace
) -> None:
    rings.now = _MONDAY + timedelta(hours=1)
    keeper.look()
    run = DutyRun(
        id="a", duty=Duty.SCAN, due=_MONDAY, started=rings.now, beat=rings.now, state=DutyState.RUNNING, host="gone"
    )
    assert workspace.duties.begin(run)
    keeper.look()
    assert rings.rung == [(Duty.SCAN, None)]
    workspace.duties.finish(run, DutyState.INTERRUPTED, rings.now)
    keeper.look()
    assert rings.rung == [(Duty.SCAN, None)] * 2


def test_a_pause_reaches_the_orchestrator(keeper: Keeper, rings: _Orchestrator, workspace: Workspace) -> None:
    keeper.look()
    assert len(rings.deployed) == 1  # nothing changed
    switch_schedule(workspace, Duty.SCAN, "anna", enabled=False)
    rings.now = _MONDAY + timedelta(hours=1)
    keeper.look()
    assert [one.paused for one in rings.deployed[-1]] == [True, False, False, False] and rings.rung == []
