"""The server of a scan: one's own is left alone, and a wrong address is told in words."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from flows import server as server_module
from flows.orchestrator import log_to_file
from flows.progress_file import now
from flows.server import PrefectServer
from flows.service_file import PartState, ServiceState, service_lock, write_service
from pipelines.errors import KennisstandError, StoreError


@pytest.fixture(autouse=True)
def _no_prefect(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("PREFECT_"):
            monkeypatch.delenv(name)


def test_a_named_server_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    server = PrefectServer(tmp_path)
    server.begin()
    assert not server.runs()
    with pytest.raises(KennisstandError) as caught:
        server.wait()
    assert caught.value.key == "error.orchestrator_unreachable"
    server.close()


def test_the_environment_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_RESULTS_DEFAULT_SERIALIZER", "mine")
    before = dict(os.environ)
    server = PrefectServer(tmp_path)
    assert os.environ["PREFECT_HOME"] == str(tmp_path / "data" / "processed" / "prefect")
    assert os.environ["PREFECT_RESULTS_DEFAULT_SERIALIZER"] == "mine"
    server.close()
    assert dict(os.environ) == before


def test_a_server_that_cannot_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.server.sys.executable", "/bin/false")
    server = PrefectServer(tmp_path)
    with pytest.raises(KennisstandError) as caught:
        server.wait()
    assert caught.value.key == "error.orchestrator_start" and "prefect.log" in str(caught.value.values["log"])
    server.close()
    assert "PREFECT_API_URL" not in os.environ


def test_a_workspace_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "processed").write_bytes(b"a file in the place of a folder")
    with pytest.raises(StoreError) as caught:
        log_to_file(tmp_path)
    assert caught.value.key == "error.file_unwritable"


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def standing() -> Iterator[ThreadingHTTPServer]:
    """What answers like the server of a service."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Healthy)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def _tell_of(standing: ThreadingHTTPServer, processed: Path, state: PartState) -> str:
    address = f"http://127.0.0.1:{standing.server_port}/api"
    write_service(processed, ServiceState(process=1, started=now(), address=address, server=state))
    return address


def test_the_server_of_the_service_is_used_and_replaced_when_the_service_ends(
    tmp_path: Path, standing: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Stands in for the server of Prefect, which takes half a minute to start: tells its port and its data.
    told = tmp_path / "told.txt"
    code = (
        f"#!{sys.executable}\nimport os, sys\n"
        f"words = [*sys.argv[1:], os.environ[{server_module._DATABASE[0]!r}]]\n"
        f"with open({str(told)!r}, 'w') as file:\n    file.write(' '.join(words))\n"
        "sys.stdin.read()\n"
    )
    (tmp_path / "standin").write_text(code, encoding="utf-8")
    (tmp_path / "standin").chmod(0o700)
    monkeypatch.setattr("flows.server.sys.executable", str(tmp_path / "standin"))
    monkeypatch.setattr("flows.server._SERVICE_SECONDS", 0.02)
    processed = tmp_path / "data" / "processed"
    lock = service_lock(processed)
    server = PrefectServer(tmp_path)
    try:
        with lock:
            address = _tell_of(standing, processed, PartState.RUNNING)
            server.begin()
            server.wait()
            assert os.environ["PREFECT_API_URL"] == address and not server.runs()
        time.sleep(0.2)
        assert not server.runs()  # the service is gone, its server still answers
        standing.shutdown()
        standing.server_close()
        latest = time.monotonic() + 30
        while not (told.exists() and told.read_text()) and time.monotonic() < latest:
            time.sleep(0.02)
        words = told.read_text().split()
        assert str(standing.server_port) in words and words[-1].endswith("prefect/standing.db")
    finally:
        server.close()
    assert not server.runs() and "PREFECT_API_URL" not in os.environ


@pytest.mark.parametrize("state", [PartState.STARTING, PartState.AGAIN])
def test_a_server_of_the_service_that_is_not_ready_is_not_waited_for(
    state: PartState, tmp_path: Path, standing: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.server.sys.executable", "/bin/cat")
    server = PrefectServer(tmp_path)
    with service_lock(tmp_path / "data" / "processed"):
        _tell_of(standing, tmp_path / "data" / "processed", state)
        server.begin()
    assert server._process is not None
    server.close()


def test_a_server_of_a_service_that_is_gone_is_not_used(tmp_path: Path, standing: ThreadingHTTPServer) -> None:
    server = PrefectServer(tmp_path)
    with service_lock(tmp_path / "data" / "processed"):
        _tell_of(standing, tmp_path / "data" / "processed", PartState.RUNNING)
        assert server._lent_port() == str(standing.server_port)
    assert server._lent_port() == ""
    server.close()
