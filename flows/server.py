"""The Prefect server of one scan: starts while the models load, is not disturbed by Ctrl-C, and ends with the scan.

Prefect would start one itself, but only after all else, with its own server code loaded in the process of the scan as
well, in reach of Ctrl-C, and left behind when the scan is killed. This one starts while the models are loaded. Where
the service of the workspace keeps a server, a scan needs none of its own: to start one takes 5 seconds of a core, and
12 the first time.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flows.log_folder import log_folder
from flows.orchestrator import prefect_settings, standing_database
from flows.service_file import PartState, read_service
from pipelines.errors import KennisstandError

if TYPE_CHECKING:
    import httpx

logger = logging.getLogger(__name__)

_START_SECONDS = 180.0
_END_SECONDS = 5.0
_STEP_SECONDS = 0.1
_LOOK_SECONDS = 5.0
_SERVICE_SECONDS = 1.0
"""Between two looks whether the service is still there; Prefect tries for a minute before it gives up."""
_MOST_RESTARTS = 3
_HERE = "127.0.0.1"
_HERE_ADDRESS = f"http://{_HERE}:"
#: Whoever sets one of these has a server, or settings of Prefect, of his own.
_OWN = ("PREFECT_API_URL", "PREFECT_HOME", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH")
#: Both names that Prefect has for the address of its data.
_DATABASE = ("PREFECT_API_DATABASE_CONNECTION_URL", "PREFECT_SERVER_DATABASE_CONNECTION_URL")


class PrefectServer:
    """A server for the length of a scan; none where the user has named one himself, or the service lends its own.

    Parameters
    ----------
    workspace
        Folder of the workspace; the server keeps its files in ``data/processed/prefect``.
    """

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self._processed = workspace / "data" / "processed"
        self._log = workspace / "data" / "processed" / "logs" / "prefect.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._own = not any(os.environ.get(name) for name in _OWN)
        self._port = ""
        self._database = ""
        self._ending = threading.Event()
        self._before: dict[str, str | None] = {}
        self._set(prefect_settings(workspace))

    def _set(self, values: dict[str, str]) -> None:
        for name, value in values.items():
            self._before.setdefault(name, os.environ.get(name))
            os.environ[name] = value

    def begin(self) -> None:
        """Start the server, if it is not running and the service lends none; does not wait for it."""
        if self._own and self._process is None and not self._lent_port():
            self._process = self._start()

    def _lent_port(self) -> str:
        """Port of the server that the service of this workspace keeps, if it answers; else ``""``."""
        service = read_service(self._processed)
        if service is None or service.server is not PartState.RUNNING or not service.address.startswith(_HERE_ADDRESS):
            return ""
        with _client() as client:
            answers = _answers(client, service.address)
        return service.address.removeprefix(_HERE_ADDRESS).partition("/")[0] if answers else ""

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
        environment |= {"PREFECT_UI_ENABLED": "0", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        environment.pop("PREFECT_API_URL", None)
        for name in _DATABASE if self._database else ():
            environment[name] = self._database
        log_folder(self._workspace)
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "flows.server_process", *filter(None, (self._port,))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the scan, which then still has to say goodbye to the server
            )

    def runs(self) -> bool:
        """Whether the process of the server is there."""
        return self._process is not None and self._process.poll() is None

    def wait(self) -> None:
        """Return when the server answers, and let Prefect in this process know where it is.

        Raises
        ------
        KennisstandError
            It does not start, or the server that the user has named does not answer.
        """
        if self._own:
            lent = "" if self._process is not None else self._lent_port()
            if not lent and self._process is None:
                self._process = self._start()
            self._port = lent or self._told_port()
            address = f"{_HERE_ADDRESS}{self._port}/api"
            # A proxy has no business between two processes of one machine.
            bypass = ",".join(filter(None, (os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), _HERE)))
            self._set({"PREFECT_API_URL": address, "NO_PROXY": bypass, "no_proxy": bypass})
            import prefect.flow_engine
            import prefect.task_engine  # noqa: F401 - all that runs a flow: seconds, in which the server starts

            if not lent:
                self._wait_for(address)
            watch = partial(self._take_over, address) if lent else self._watch
            threading.Thread(target=watch, name="prefect-server", daemon=True).start()
        elif address := os.environ.get("PREFECT_API_URL"):
            import httpx

            with httpx.Client(timeout=_LOOK_SECONDS, trust_env=not address.startswith(_HERE_ADDRESS)) as client:
                if not _answers(client, address):
                    raise KennisstandError("error.orchestrator_unreachable", address=address)
        from prefect.context import refresh_global_settings_context

        refresh_global_settings_context()  # where Prefect was imported before, it still has the address of then

    def _watch(self) -> None:
        """Start the server again, at the same port, where it ends before it should: Prefect tries for a minute."""
        for _ in range(_MOST_RESTARTS):
            process = self._process
            if process is None:
                return
            process.wait()
            if self._ending.is_set():
                return
            logger.warning("the Prefect server ended with status %s and is started again", process.returncode)
            self._let_go(process)
            self._process = self._start()

    def _take_over(self, address: str) -> None:
        """Start a server at the same port over the same data, where the service that lent its own ends before the scan.

        As long as the service is there, it keeps its server running itself.
        """
        while read_service(self._processed) is not None:
            if self._ending.wait(_SERVICE_SECONDS):
                return
        with _client() as client:
            while _answers(client, address):  # it ends some seconds after the service
                if self._ending.wait(_SERVICE_SECONDS):
                    return
        logger.warning("the service has ended: the scan goes on with a Prefect server of its own")
        self._database = standing_database(self._processed)
        self._process = self._start()
        if self._ending.is_set():
            self.end()
        self._watch()

    def _told_port(self) -> str:
        assert self._process is not None and self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line.isdigit():
            raise KennisstandError("error.orchestrator_start", log=str(self._log))
        return line.decode("ascii")

    def _wait_for(self, address: str) -> None:
        latest = time.monotonic() + _START_SECONDS
        with _client() as client:
            while not _answers(client, address):
                if not self.runs() or time.monotonic() > latest:
                    raise KennisstandError("error.orchestrator_start", log=str(self._log))
                time.sleep(_STEP_SECONDS)

    def end(self) -> None:
        """Tell the server to end; does not wait for it."""
        self._ending.set()
        if self._process is not None and self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()

    def close(self) -> None:
        """End the server and leave the environment as it was."""
        self.end()
        if self._process is not None:
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._let_go(self._process)
            self._process = None
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    @staticmethod
    def _let_go(process: subprocess.Popen[bytes]) -> None:
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _client() -> httpx.Client:
    """For many looks at a server of this machine; without TLS, which nobody speaks here and takes 20 ms to load."""
    import httpx

    return httpx.Client(timeout=_LOOK_SECONDS, trust_env=False, verify=False)


def _answers(client: httpx.Client, address: str) -> bool:
    import httpx

    try:
        return client.get(f"{address}/health").is_success
    except (httpx.HTTPError, httpx.InvalidURL):
        return False
