"""The server of a scan: one's own is left alone, and a wrong address is told in words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from flows.orchestrator import log_to_file
from flows.server import PrefectServer
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
