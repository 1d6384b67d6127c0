"""The deployments: what runs by itself as the orchestrator knows it. It only rings; the ledger says what is due.

All of them are here. Each is one flow that calls :func:`flows.duties.attend`; they run one at a time, in processes of
their own, from the code that is installed: nothing is fetched.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterId, FlowRunFilter
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow
from prefect.schedules import Cron
from prefect.states import Cancelled, Crashed, Failed
from prefect.types.entrypoint import EntrypointType
from prefect.workers.process import ProcessWorker

from flows.cron import TIME_ZONE
from flows.duties import attend
from flows.orchestrator import log_to_file
from pipelines.domain.schedules import Duty, DutyState, Schedule
from pipelines.settings import Settings

POOL = "kennisstand"
_GOES_ON = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]


def _ring(duty: Duty, asked: str | None) -> Any:
    settings = Settings()
    log_to_file(settings.workspace)
    run = attend(settings, duty, asked)
    if run is not None and run.state is DutyState.FAILED:
        return Failed(message=run.reason.key if run.reason is not None else "failed")
    return None


@flow(name="duty-scan", persist_result=False, validate_parameters=False)
def duty_scan(asked: str | None = None) -> Any:
    """Harvest all sources that are on, then scan what is new."""
    return _ring(Duty.SCAN, asked)


@flow(name="duty-report", persist_result=False, validate_parameters=False)
def duty_report(asked: str | None = None) -> Any:
    """Write the update note of the period since the one before."""
    return _ring(Duty.REPORT, asked)


@flow(name="duty-learn", persist_result=False, validate_parameters=False)
def duty_learn(asked: str | None = None) -> Any:
    """Learn from the decisions."""
    return _ring(Duty.LEARN, asked)


@flow(name="duty-backup", persist_result=False, validate_parameters=False)
def duty_backup(asked: str | None = None) -> Any:
    """Make a copy of the workspace, and look whether it is whole."""
    return _ring(Duty.BACKUP, asked)


FLOWS: dict[Duty, Flow[..., Any]] = {
    Duty.SCAN: duty_scan,
    Duty.REPORT: duty_report,
    Duty.LEARN: duty_learn,
    Duty.BACKUP: duty_backup,
}


def deploy(settings: Settings, schedules: Iterable[Schedule]) -> dict[Duty, UUID]:
    """Bring the deployments of the orchestrator to what the schedules say; doing it again changes nothing.

    A duty that is never due keeps its deployment, without a clock, so that people can ask for it.

    Returns
    -------
    dict
        Duty -> id of its deployment.
    """
    with get_client(sync_client=True) as client:
        _make_pool(client)
        return {schedule.duty: _deploy(settings, schedule) for schedule in schedules}


def _make_pool(client: SyncPrefectClient) -> None:
    template = ProcessWorker.get_default_base_job_template()
    # One writer at a time.
    pool = WorkPoolCreate(name=POOL, type=ProcessWorker.type, base_job_template=template, concurrency_limit=1)
    client.create_work_pool(pool, overwrite=True)


def _deploy(settings: Settings, schedule: Schedule) -> UUID:
    rings = bool(schedule.cron) and not schedule.paused
    deployment = RunnerDeployment.from_flow(
        FLOWS[schedule.duty],
        name=schedule.duty.value,
        schedules=[Cron(schedule.cron, timezone=TIME_ZONE)] if rings else [],
        work_pool_name=POOL,
        enforce_parameter_schema=False,
        entrypoint_type=EntrypointType.MODULE_PATH,
        job_variables={
            "command": shlex.join([sys.executable, "-m", "flows.duty_process"]),
            "working_dir": str(settings.workspace),
        },
    )
    found = deployment.apply()
    assert isinstance(found, UUID)
    return found


def ring_now(client: SyncPrefectClient, deployment: UUID, asked: str | None = None) -> None:
    """Have a deployment run as soon as it is its turn."""
    parameters = {} if asked is None else {"asked": asked}
    client.create_flow_run_from_deployment(deployment, parameters=parameters, tags=[] if asked is None else [asked])


def rung(client: SyncPrefectClient, deployments: Sequence[UUID], now: datetime) -> list[FlowRun]:
    """What has been rung for and is not over: going on, or waiting for its turn."""
    states = {"type": {"any_": [*_GOES_ON, StateType.SCHEDULED]}}
    wanted = FlowRunFilter.model_validate(
        {"state": states, "expected_start_time": {"before_": now.replace(tzinfo=UTC)}}
    )
    which = DeploymentFilter(id=DeploymentFilterId(any_=list(deployments)))
    return client.read_flow_runs(flow_run_filter=wanted, deployment_filter=which)


def clear(client: SyncPrefectClient, deployments: Sequence[UUID], now: datetime) -> int:
    """Take away what was rung for before the worker was there; returns how many.

    What the orchestrator believes to be going on keeps its place in the pool for ever once its process is gone, and
    what it still means to ring for in the past would come twice: the ledger knows what was missed.
    """
    found = rung(client, deployments, now)
    for run in found:
        goes_on = run.state_type in _GOES_ON
        state = Crashed(message="its process is gone") if goes_on else Cancelled(message="left to the ledger")
        try:
            client.set_flow_run_state(run.id, state, force=True)
        except ObjectNotFound:
            continue
    return len(found)
