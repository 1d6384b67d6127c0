"""What a coordinator sees when machines of Dask fail it: real ones, in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from distributed import LocalCluster

from flows import cluster_worker, machines
from flows.machines import connected
from pipelines.errors import KennisstandError
from pipelines.settings import Settings

_SECONDS = 60
"""For anything here, on a machine that does much else."""


@pytest.fixture
def dask() -> Iterator[LocalCluster]:
    """A scheduler with one worker, reached by TCP."""
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=None,
    ) as cluster:  # fmt: skip
        yield cluster


def _lost(error: pytest.ExceptionInfo[KennisstandError]) -> bool:
    return error.value.key == "error.cluster_lost"


def test_the_flow_of_a_scan_runs_with_the_runner_of_prefect_for_dask() -> None:
    """Whoever starts a scan starts this flow: a command, a page, or a run from the work pool."""
    from prefect_dask.task_runners import DaskTaskRunner

    from flows.scan import scan, scan_for

    address = "tcp://127.0.0.1:8786"
    chosen: Any = scan_for(Settings(cluster=address))
    assert isinstance(chosen.task_runner, DaskTaskRunner) and chosen.task_runner.address == address
    assert chosen.fn is scan.fn and scan_for(Settings(cluster=None)) is scan


def test_what_a_dead_worker_held_is_made_again(dask: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def run() -> bytes:
        made.append(1)
        return b"made"

    monkeypatch.setattr(cluster_worker, "run", run)
    monkeypatch.setattr(machines, "_FETCH_SECONDS", 0.2)
    with connected(dask.scheduler_address) as there:
        ticket = there.send("run")
        assert there.wait(ticket, _SECONDS)
        dask.scale(0)
        dask.sync(dask._correct_state)  # pyright: ignore[reportPrivateUsage]
        while there.workers():
            time.sleep(0.01)
        assert there.take(ticket) is None and not there.wait(ticket, 0.1)  # nobody is there to make it
        dask.scale(1)
        assert there.wait(ticket, _SECONDS) and there.take(ticket) == b"made" and len(made) == 2


def test_a_fault_of_a_worker_becomes_a_message(dask: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(text: str) -> bytes:
        raise ValueError(text)

    monkeypatch.setattr(cluster_worker, "run", run)
    with connected(dask.scheduler_address) as there:
        tickets = [there.send("run", "words of a document"), there.send("of_another_release")]
        assert all(there.wait(ticket, _SECONDS) for ticket in tickets)
        for ticket, name in zip(tickets, ("ValueError", "AttributeError"), strict=True):
            with pytest.raises(KennisstandError) as error:
                there.take(ticket)
            assert (error.value.key, error.value.values) == ("error.cluster_failed", {"detail": name})


def test_a_scheduler_that_goes_is_told_at_each_step(monkeypatch: pytest.MonkeyPatch, dask: LocalCluster) -> None:
    monkeypatch.setattr(machines, "_CONNECT_SECONDS", 1)

    def run() -> bytes:
        return b""

    monkeypatch.setattr(cluster_worker, "run", run)
    with connected(dask.scheduler_address) as there:
        assert len(there.workers()) == 1
        held = there.send("run")
        assert there.wait(held, _SECONDS)
        dask.close()
        while there._client.status == "running":  # pyright: ignore[reportPrivateUsage]
            time.sleep(0.01)
        with pytest.raises(KennisstandError) as error:
            there.workers()
        assert _lost(error) and there.wait(held, _SECONDS)
        with pytest.raises(KennisstandError) as error:
            there.take(held)
        assert _lost(error)
        while there._client.status != "closed":  # pyright: ignore[reportPrivateUsage]
            time.sleep(0.01)
        with pytest.raises(KennisstandError) as error:
            there.send("run")
        assert _lost(error)
        there.drop([held])
