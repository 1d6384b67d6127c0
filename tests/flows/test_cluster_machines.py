"""A scan on real machines of Dask, as processes: the same rows as on one machine, also when a worker is killed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy import DateTime, create_engine, select

from flows.batches import RELABEL
from flows.cluster import Cluster
from flows.cluster_start import check_workers, make_spec, shared_files
from flows.context import ScanContext
from flows.discovery import find_files
from flows.inbox import refresh_inbox
from flows.machines import connected
from flows.progress_file import Job, read_progress
from flows.steps import group_passages, read_documents
from flows.workspace import open_settings_workspace
from pipelines.errors import KennisstandError
from pipelines.examples import copy_examples
from pipelines.settings import Settings
from pipelines.store import schema

pytestmark = pytest.mark.slow

_ROOT = Path(__file__).resolve().parents[2]
_COMMAND = (sys.executable, "-c", "from pipelines.cli import main; main()")
_CHOSEN = ("algoritmisch-management", "press-release", "workplace-news", "memo_OR")
_SECONDS = 500
"""For anything here, on a machine that does much else."""
_THREADS = 2
"""That the coordinator would take for linear algebra; Dask gives a worker one."""
_LATER = {"topic_models", "topic_members", "proposals", "proposals_now"}
"""Tables that the coordinator fills from the others, on many machines as on one."""
_OTHER_EVERY_TIME = {"seconds", "summary", "record", "hash", "previous_hash"}
"""Columns that tell how long something took and when a version of the table was stored, and hashes that cover these."""


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": "en_US.UTF-8", **more}


def _start(*arguments: str, log: Path) -> subprocess.Popen[str]:
    with log.open("w") as out:
        return subprocess.Popen([*_COMMAND, *arguments], cwd=_ROOT, env=_environment(), stderr=out, text=True)


def _told(log: Path, pattern: str, process: subprocess.Popen[str]) -> str:
    """What a process tells, when it does."""
    latest = time.monotonic() + _SECONDS
    while (found := re.search(pattern, log.read_text(encoding="utf-8"))) is None:
        assert process.poll() is None and time.monotonic() < latest, log.read_text(encoding="utf-8")
        time.sleep(0.1)
    return found.group()


def _end(process: subprocess.Popen[str]) -> int:
    process.terminate()
    return process.wait(_SECONDS)


@dataclass
class Site:
    """A scheduler, two workers, a place like S3, documents, and a workspace where one machine scanned them."""

    scheduler: str
    scheduler_pid: int
    workers: subprocess.Popen[str]
    documents: Path
    one: Path
    bucket: str

    def worker_processes(self) -> list[psutil.Process]:
        """The two that compute; the others that belong to the command serve Python itself."""
        children = psutil.Process(self.workers.pid).children()
        return [child for child in children if any("spawn_main" in part for part in child.cmdline())]

    def machines(self) -> Any:
        return connected(self.scheduler)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    documents = folder / "in"
    for path in copy_examples(documents):
        if not any(part in path.name for part in _CHOSEN):
            path.unlink()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    patch = pytest.MonkeyPatch()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1",
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }.items():
        patch.setenv(name, value)
    _make_bucket()
    running: list[subprocess.Popen[str]] = []
    try:
        running.append(_start("worker", "--scheduler", "--port", "0", log=folder / "scheduler.log"))
        address = _told(folder / "scheduler.log", r"tcp://\S+", running[0])
        running.append(_start("worker", address, "--processes", "2", log=folder / "workers.log"))
        _scan_here(documents, folder / "one")  # while the workers load their models
        _told(folder / "workers.log", "are ready", running[1])
        yield Site(address, running[0].pid, running[1], documents, folder / "one", "s3://kennisstand/work")
        assert [_end(process) for process in reversed(running)] == [0, 0]
    finally:
        for process in running:
            if process.poll() is None:
                process.kill()
                process.wait()
        server.stop()
        patch.undo()


def _make_bucket() -> None:
    import s3fs

    s3fs.S3FileSystem().mkdir("kennisstand")


def _scan_here(documents: Path, folder: Path) -> None:
    """What a scan on one machine does up to the inbox; the rest follows from that."""
    settings = Settings(workspace=folder)
    context = ScanContext(settings, open_settings_workspace(settings))
    try:
        run = context.workspace.runs.new("nl", context.versions())
        context.workspace.documents.register(run, find_files([documents], {}, settings.raw_dir).files)
        read_documents(context, run.id, context.workspace.documents.pending())
        group_passages(context, run.id)
        refresh_inbox(context)
        context.workspace.runs.finish(run.id, {})
    finally:
        context.close()
        context.workspace.close()


def _rows(workspace: Path) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables that reading fills, in order, without moments and seconds."""
    engine = create_engine(Settings(workspace=workspace).database)
    found: dict[str, list[dict[str, Any]]] = {}
    with engine.connect() as connection:
        for table in schema.metadata.sorted_tables:
            if table.name in _LATER:
                continue
            columns = [c for c in table.c if not isinstance(c.type, DateTime) and c.name not in _OTHER_EVERY_TIME]
            rows = connection.execute(select(*columns).order_by(*table.primary_key.columns)).mappings()
            found[table.name] = [dict(row) for row in rows]
    engine.dispose()
    return found


def _vectors(workspace: Path) -> dict[str, bytes]:
    folder = workspace / "data" / "processed" / "vectors"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_many_machines_store_what_one_does_also_when_a_worker_is_killed(site: Site, tmp_path: Path) -> None:
    many = tmp_path / "many"
    with subprocess.Popen(
        [*_COMMAND, "scan", str(site.documents), "--workspace", str(many), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=_ROOT,
        env=_environment(
            KENNISSTAND_CLUSTER=site.scheduler, KENNISSTAND_SHARED_FILES=site.bucket, KENNISSTAND_BATCH_DOCUMENTS="1",
            OMP_NUM_THREADS=str(_THREADS),
        ),
    ) as scan:  # fmt: skip
        killed, reader = _kill_a_worker_that_reads(site, many, scan)
        out, told = scan.communicate(timeout=_SECONDS)
    assert scan.returncode == 0, told
    assert told == "" and json.loads(out)["documents"] == len(_CHOSEN)
    one, both = _rows(site.one), _rows(many)
    assert {name: rows for name, rows in both.items() if rows != one[name]} == {}
    assert len(one["passages"]) > 50 and one["label_rows"] and one["inbox"]
    assert _vectors(many) == _vectors(site.one) != {}
    log = (many / "data" / "processed" / "logs" / "kennisstand.log").read_text(encoding="utf-8")
    assert "batches are computed by 2 workers" in log
    assert not killed.is_running()
    psutil.wait_procs(reader, timeout=_SECONDS)
    assert not any(process.is_running() for process in reader)  # nothing is left behind
    assert _files_in(site.bucket) == []


def _kill_a_worker_that_reads(
    site: Site, workspace: Path, scan: subprocess.Popen[str]
) -> tuple[psutil.Process, list[psutil.Process]]:
    """Kill one worker in the middle of the scan; which, and the process that read for it."""
    latest = time.monotonic() + _SECONDS
    while True:
        told = read_progress(workspace / "data" / "processed", Job.SCAN)
        if told is not None and told.stage == "read":
            for worker in site.worker_processes():
                readers = [c for c in worker.children() if any("guarded_worker" in part for part in c.cmdline())]
                if readers:
                    worker.kill()
                    worker.wait(_SECONDS)
                    return worker, readers
        if scan.poll() is not None or time.monotonic() > latest:
            scan.kill()
            pytest.fail(f"no worker was seen reading: {scan.communicate()}")
        time.sleep(0.05)


def _files_in(address: str) -> list[str]:
    import s3fs

    system = s3fs.S3FileSystem(use_listings_cache=False)
    return [path for path in system.find(address.removeprefix("s3://")) if "/models/" not in path]


@pytest.fixture
def learned(tmp_path: Path) -> Path:
    """Models that were learned: other bytes than the shipped ones, and so another version."""
    path = tmp_path / "work" / "models" / "tagger" / "tagger.npz"
    path.parent.mkdir(parents=True)
    shipped = Settings(workspace=tmp_path).shipped_models_dir / "tagger" / "tagger.npz"
    with np.load(shipped, allow_pickle=False) as arrays:
        np.savez(path, **{name: arrays[name] for name in arrays.files})
    return path


@pytest.mark.parametrize("shared", ["folder", None])
def test_learned_models_and_files_reach_the_workers(
    site: Site, learned: Path, tmp_path: Path, shared: str | None
) -> None:
    place = None if shared is None else str(tmp_path / shared)
    settings = Settings(workspace=learned.parents[2], cluster=site.scheduler, shared_files=place)
    context = ScanContext(settings, open_settings_workspace(settings))
    try:
        assert context.kit.version not in json.dumps(_rows(site.one)["runs"])
        run = context.workspace.runs.new("nl", {})
        [path] = [p for p in site.documents.iterdir() if "workplace-news" in p.name]
        context.workspace.documents.register(run, find_files([path], {}, settings.raw_dir).files)
        with site.machines() as machines:
            assert check_workers(settings, machines) == 2
            context.computing = Cluster(context, machines, make_spec(context, shared_files(settings), "runs/1"))
            assert read_documents(context, run.id, context.workspace.documents.pending()) == 1
    finally:
        context.close()
        context.workspace.close()
    own = _rows(learned.parents[2])
    assert {row["model_version"] for row in own["labels"]} == {context.kit.version}
    usual = [{**row, "model_version": "", "data": ""} for row in _rows(site.one)["labels"]]
    assert all({**row, "model_version": "", "data": ""} in usual for row in own["labels"])
    if place is not None:
        kept = [p.read_bytes() for p in Path(place).rglob("*") if p.is_file()]
        assert kept == [learned.read_bytes()]  # the document itself is gone again


def test_workers_with_other_models_are_refused(site: Site) -> None:
    settings = Settings(workspace=site.one, cluster=site.scheduler)
    context = ScanContext(settings, open_settings_workspace(settings))
    try:
        ids = [d.id for d in context.workspace.documents.summaries()]
        spec = make_spec(context, None, "").model_copy(update={"model": "tagger-of-others"})
        with site.machines() as machines, pytest.raises(KennisstandError) as error:
            list(Cluster(context, machines, spec).compute(RELABEL, ids))
    finally:
        context.close()
        context.workspace.close()
    assert error.value.key == "error.cluster_versions"
    values = error.value.values
    assert (values["part"], values["wanted"], values["found"]) == ("model", "tagger-of-others", context.kit.version)
    assert re.search(r"-[12] \(.+\)$", str(values["worker"]))  # the worker, and its machine


def test_workers_listen_no_wider_than_they_must(site: Site) -> None:
    processes = [psutil.Process(site.scheduler_pid), psutil.Process(site.workers.pid), *site.worker_processes()]
    listening = [c for p in processes for c in p.net_connections(kind="inet") if c.status == psutil.CONN_LISTEN]
    assert len(listening) >= 4 and {c.laddr.ip for c in listening} == {"127.0.0.1"}
