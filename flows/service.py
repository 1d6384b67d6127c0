"""The service: a standing Prefect server for this machine alone and a worker, kept running beside the review page.

Both run in processes of their own, which end when this one does, however it ends: they read from a pipe that it holds.
A process that ends before it should is started again, after a pause that doubles up to ten minutes.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from filelock import Timeout

from flows.background import settings_environment
from flows.catching_up import watch
from flows.log_folder import log_folder
from flows.orchestrator import prefect_settings, standing_database
from flows.progress_file import now
from flows.schedules import schedules_of
from flows.service_file import LOCK_SECONDS, PartState, ServiceState, service_folder, service_lock, write_service
from pipelines.errors import StoreError
from pipelines.settings import Settings
from pipelines.store.files import as_store_error

logger = logging.getLogger(__name__)

_HERE = "127.0.0.1"
_LOG_BYTES = 1_000_000
_START_SECONDS = 300.0
"""The server started in 9 to 12 s on two cores; on a machine that was just switched on, a minute was seen."""
_STEP_SECONDS = 0.2
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 600.0
"""A full disk lasts for hours: who looks every ten minutes does no harm, and needs nobody to begin again."""
_STEADY_SECONDS = 600.0
"""What ran for so long did not fail at its start: the pause begins anew."""
_END_SECONDS = 25.0
"""A duty has twenty seconds to put down what it has."""


def pause_before(failures: int) -> float:
    """Seconds to wait before a process is started again, after so many failures in a row (1 or more)."""
    return min(_FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 16), _LONGEST_PAUSE_SECONDS)


class KeptProcess:
    """A process that is started again when it ends before it should.

    Parameters
    ----------
    name
        For the log.
    spawn
        Starts the process at the head of a session of its own, its stdin a pipe; ``None`` where the service ends first.
    is_ready
        Waits until the process does its work; ``False`` where it does not come so far.
    changed
        Is told of each change of state, and whether it is a failure.
    """

    def __init__(
        self,
        name: str,
        spawn: Callable[[], subprocess.Popen[bytes] | None],
        is_ready: Callable[[subprocess.Popen[bytes]], bool],
        changed: Callable[[PartState, bool], None],
        ending: threading.Event,
    ) -> None:
        self._name = name
        self._spawn = spawn
        self._is_ready = is_ready
        self._changed = changed
        self._ending = ending
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name=f"keep-{name}", daemon=True)

    def begin(self) -> None:
        """Start the process, and keep it running; returns at once."""
        self._thread.start()

    def end_process(self) -> None:
        """Have the process end; unless the service ends, another one follows."""
        with self._lock:
            process = self._process
        if process is not None and process.stdin is not None and not process.stdin.closed:
            process.stdin.close()

    def end(self) -> None:
        """End the process and all that it started; the service is ending."""
        self.end_process()
        self._thread.join()

    def _keep(self) -> None:
        failures = 0
        while not self._ending.is_set():
            begun = time.monotonic()
            status = self._run_once()
            if self._ending.is_set():
                return
            failures = 1 if time.monotonic() - begun > _STEADY_SECONDS else failures + 1
            pause = pause_before(failures)
            logger.warning("%s ended (%s); it is started again in %.0f s", self._name, status, pause)
            self._changed(PartState.AGAIN, True)
            self._ending.wait(pause)

    def _run_once(self) -> str:
        self._changed(PartState.STARTING, False)
        try:
            process = self._spawn()
        except OSError as error:
            return error.strerror or type(error).__name__
        if process is None:
            return "not started"
        with self._lock:
            self._process = process
        try:
            if self._ending.is_set():
                self.end_process()
            elif self._is_ready(process):
                self._changed(PartState.RUNNING, False)
            else:
                self.end_process()
                process.kill()
            return f"status {process.wait()}"
        finally:
            self.end_process()
            if process.stdout is not None:
                process.stdout.close()
            end_group(process)


class Service:
    """Server and worker of one workspace, and the file that tells how they are.

    Raises
    ------
    SettingsError
        A schedule is no cron line.
    StoreError
        A service runs in this workspace already.
    """

    def __init__(self, settings: Settings) -> None:
        self._schedules = schedules_of(settings, {})  # a slip of the pen is told at once, not in a log
        self._settings = settings
        self._own = not os.environ.get("PREFECT_API_URL")
        self._address = os.environ.get("PREFECT_API_URL", "")
        self._port = ""
        self._ending = threading.Event()
        self._answering = threading.Event()
        self._telling = threading.Lock()
        self._state = ServiceState(process=os.getpid(), started=now())
        try:
            self._lock = service_lock(settings.processed_dir, LOCK_SECONDS)
        except OSError as error:
            raise as_store_error(service_folder(settings.processed_dir), error) from error
        self._server = KeptProcess("server", self._spawn_server, self._server_ready, self._tell_server, self._ending)
        self._worker = KeptProcess("worker", self._spawn_worker, lambda _: True, self._tell_worker, self._ending)

    def __enter__(self) -> Service:
        try:
            self._lock.acquire()
        except Timeout as error:
            raise StoreError("error.service_busy", workspace=str(self._settings.workspace)) from error
        except OSError as error:
            raise as_store_error(service_folder(self._settings.processed_dir), error) from error
        # From now on, not from when the worker is ready: that may take minutes, in which something may be due.
        watch(service_folder(self._settings.processed_dir), self._schedules, {}, now())
        self._tell()
        if self._own:
            self._server.begin()
        else:
            self._tell(server=PartState.RUNNING)
            self._answering.set()
        self._worker.begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._worker.end()
        if self._own:
            self._server.end()
        (service_folder(self._settings.processed_dir) / "service.json").unlink(missing_ok=True)
        self._lock.release()

    def _tell_server(self, state: PartState, failed: bool) -> None:
        if state is not PartState.RUNNING:
            self._answering.clear()
        self._tell(failed, server=state)

    def _tell_worker(self, state: PartState, failed: bool) -> None:
        self._tell(failed, worker=state)

    def _tell(self, failed: bool = False, **parts: PartState) -> None:
        with self._telling:
            n_failures = self._state.n_failures + failed
            told = {**parts, "n_failures": n_failures, "address": self._address}
            self._state = self._state.model_copy(update=told)
            write_service(self._settings.processed_dir, self._state)

    def _spawn_server(self) -> subprocess.Popen[bytes]:
        environment = self._environment()
        for name in ("PREFECT_API_URL", "PREFECT__SERVER_EPHEMERAL"):
            environment.pop(name, None)
        (self._settings.processed_dir / "prefect").mkdir(parents=True, exist_ok=True)
        database = standing_database(self._settings.processed_dir)
        defaults = {
            "PREFECT_API_DATABASE_CONNECTION_URL": database,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
            "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
            "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "20",
        }
        environment = {**defaults, **environment}
        environment |= {"PREFECT_UI_ENABLED": "0", "PREFECT_SERVER_UI_ENABLED": "false", "PREFECT__SERVER_FINAL": "1"}
        return self._popen("flows.server_process", *filter(None, (self._port,)), env=environment, told=True)

    def _server_ready(self, process: subprocess.Popen[bytes]) -> bool:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        if not line.isdigit():
            self._port = ""  # somebody else may have taken the former one
            return False
        before, self._port = self._port, line.decode("ascii")
        self._address = f"http://{_HERE}:{self._port}/api"
        latest = time.monotonic() + _START_SECONDS
        while not _answers(self._address):
            if process.poll() is not None or self._ending.is_set() or time.monotonic() > latest:
                return False
            time.sleep(_STEP_SECONDS)
        if before not in ("", self._port):
            self._worker.end_process()  # it speaks to an address where nobody is
        self._answering.set()
        return True

    def _spawn_worker(self) -> subprocess.Popen[bytes] | None:
        while not self._answering.wait(_STEP_SECONDS):
            if self._ending.is_set():
                return None
        # A proxy has no business between two processes of one machine.
        bypass = ",".join(filter(None, (os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), _HERE)))
        own = {"PREFECT_API_URL": self._address, "NO_PROXY": bypass, "no_proxy": bypass}
        # What somebody asks for begins within seconds; Prefect itself looks every fifteen.
        environment = {"PREFECT_WORKER_QUERY_SECONDS": "3", **self._environment()}
        return self._popen("flows.worker_process", env={**environment, **(own if self._own else {})})

    def _environment(self) -> dict[str, str]:
        environment = {**settings_environment(self._settings), **prefect_settings(self._settings.workspace)}
        environment["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
        return environment

    def _popen(self, module: str, *arguments: str, env: dict[str, str], told: bool = False) -> subprocess.Popen[bytes]:
        path = log_folder(self._settings.workspace) / f"{module.rpartition('.')[2]}.log"
        with path.open("wb" if _is_long(path) else "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if told else log,
                stderr=log,
                cwd=self._settings.workspace,
                env=env,
                start_new_session=True,  # Ctrl-C is for this process, which then tells the others
            )


def end_group(process: subprocess.Popen[bytes], seconds: float = _END_SECONDS) -> None:
    """Wait until nothing is left of what a process at the head of a session started; then end it."""
    if os.name != "posix":
        return
    latest = time.monotonic() + seconds
    try:
        while time.monotonic() < latest:
            os.killpg(process.pid, 0)
            time.sleep(_STEP_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _is_long(path: Path) -> bool:
    return path.exists() and path.stat().st_size > _LOG_BYTES


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health", timeout=5.0, trust_env=False).is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
