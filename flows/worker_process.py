"""The worker: registers the deployments, runs what the clock or somebody rings for, and catches up what was missed.

usage: python -m flows.worker_process   (ends when its stdin ends; settings are in the environment)
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from datetime import datetime, timedelta
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import PrefectException
from prefect.workers.process import ProcessWorker
from sqlalchemy.exc import SQLAlchemyError

from flows.catching_up import due_now, ledger_of, watch
from flows.deployments import POOL, clear, deploy, ring_now, rung
from flows.duties import tell_given_up
from flows.orchestrator import log_to_file
from flows.progress_file import now
from flows.schedules import schedules_of
from flows.service_file import asked_for, service_folder
from flows.workspace import open_settings_workspace
from pipelines.domain.schedules import Duty, Schedule
from pipelines.domain.switches import Switched
from pipelines.errors import KennisstandError
from pipelines.settings import Settings
from pipelines.store import Workspace

logger = logging.getLogger(__name__)

LOOK_SECONDS = 3.0
"""Between two looks at what people ask for and what is due: a look costs some milliseconds."""
GRACE = timedelta(minutes=2)
"""So late the orchestrator may ring by itself; it looks at the clock every ten seconds, and a busy machine is slow."""
RING_AGAIN = timedelta(minutes=5)
"""What came to nothing before the ledger knew of it (a process that could not start) is rung for again after this."""
_FAILURE = 1


class Keeper:
    """Looks again and again whether the deployments are as the schedules say, and whether something is due."""

    def __init__(self, settings: Settings, workspace: Workspace, client: SyncPrefectClient) -> None:
        self._settings = settings
        self._workspace = workspace
        self._client = client
        self._deployed: list[Schedule] = []
        self._ids: dict[Duty, UUID] = {}
        self._rung: dict[tuple[object, ...], datetime] = {}

    def begin(self) -> None:
        """Register the deployments and clear what a former worker left; before any of it can run."""
        self._bring_up_to_date()
        n_cleared = clear(self._client, list(self._ids.values()), now())
        logger.info("deployments are registered; %d rings of before were cleared", n_cleared)

    def look(self, grace: timedelta = GRACE) -> None:
        """Ring for what is due or asked for, if that was not done yet."""
        self._bring_up_to_date()
        moment = now()
        tell_given_up(self._settings, self._workspace, moment)
        switches = self._workspace.acts.switches(Switched.SCHEDULE)
        watched = watch(service_folder(self._settings.processed_dir), self._deployed, switches, moment)
        due = due_now(watched, ledger_of(self._workspace), moment, grace)
        asked = asked_for(self._settings.processed_dir)
        if not due and not asked:
            return
        waiting = rung(self._client, list(self._ids.values()), moment)
        known = {tag for run in waiting for tag in run.tags or ()}
        ringing = {run.deployment_id for run in waiting if "asked" not in run.parameters}
        for request in asked:
            if request.id not in known:
                self._ring(moment, request.duty, request.id, asked=request.id)
        for one in due:
            if self._ids[one.duty] not in ringing:
                self._ring(moment, one.duty, one.due, one.again.attempt if one.again is not None else 0)

    def _ring(self, moment: datetime, duty: Duty, *what: object, asked: str | None = None) -> None:
        last = self._rung.get((duty, *what))
        if last is not None and moment - last < RING_AGAIN:
            return
        self._rung[(duty, *what)] = moment
        logger.info("duty %s is rung for (%s)", duty, "due" if asked is None else f"asked for, {asked}")
        ring_now(self._client, self._ids[duty], asked)

    def _bring_up_to_date(self) -> None:
        schedules = schedules_of(self._settings, self._workspace.acts.switches(Switched.SCHEDULE))
        if schedules != self._deployed:
            self._ids = deploy(self._settings, schedules)
            self._deployed = schedules


def main() -> int:
    """Work until the service ends."""
    settings = Settings()
    log_to_file(settings.workspace)
    # stdin is a pipe from the service: it ends when that does, also when it is killed.
    threading.Thread(target=_end_with_service, name="service-watch", daemon=True).start()
    workspace = open_settings_workspace(settings)
    with get_client(sync_client=True) as client:
        keeper = Keeper(settings, workspace, client)
        keeper.begin()
        threading.Thread(target=_keep, args=(keeper,), name="keeper", daemon=True).start()
        worker = ProcessWorker(
            work_pool_name=POOL, name="kennisstand", limit=1, create_pool_if_not_found=False, prefetch_seconds=5
        )
        asyncio.run(worker.start(printer=logger.info))
    return _FAILURE  # a worker does not end by itself: the service starts it again


def _keep(keeper: Keeper) -> None:
    """Look until the process ends; what was not foreseen ends it, and it is started again."""
    grace, pause = timedelta(0), threading.Event()
    try:
        while True:
            try:
                keeper.look(grace)
                grace = GRACE
            except (KennisstandError, SQLAlchemyError, PrefectException, httpx.HTTPError) as error:
                logger.warning("what is due could not be looked at: %s: %s", type(error).__name__, error)
            pause.wait(LOOK_SECONDS)
    except BaseException:
        logger.exception("the keeper of the schedules failed")
        raise
    finally:
        os._exit(_FAILURE)


def _end_with_service() -> None:
    # Not by the buffer of sys.stdin, whose lock Python wants when it ends by itself, and gives up for lack of.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    # Duties notice that their worker is gone, put down what they have, and end.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
