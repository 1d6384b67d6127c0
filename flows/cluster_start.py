"""Begins work on a cluster: says how it is to be done, and sees first that the workers can do it."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from flows.cluster import LOOK_SECONDS, PATIENCE_SECONDS, Cluster, no_workers
from flows.cluster_spec import BatchSpec, first_difference, programs
from flows.cluster_wire import unpack
from flows.cluster_worker import MODELS_FOLDER
from flows.encoders import folder_of_others, shipped_choice
from flows.label import MODEL_FILE
from flows.machines import DaskMachines, Machines, client_of, connected
from pipelines.errors import KennisstandError, SettingsError
from pipelines.settings import Settings
from pipelines.store.files import write_whole
from pipelines.store.shared_files import SharedFiles

if TYPE_CHECKING:
    from flows.context import ScanContext

logger = logging.getLogger(__name__)

_PROBE_SECONDS = 60.0
"""A worker that is at work on another scan answers after its batch; it is checked with its first batch then."""
_LEFT = "shared-files"
"""Names the folders of runs among the shared files that are not removed yet."""
_RUN_FOLDER = re.compile(r"runs/[\w-]+")
_PROBE = b"Kennisstand: can workers read this?\n"


@contextmanager
def on_cluster(context: ScanContext, run_id: str, runner: Any) -> Iterator[None]:
    """Let the batches of ``context`` be computed by the workers behind ``runner``, Prefect's own for Dask.

    Raises
    ------
    KennisstandError
        The scheduler does not answer, no worker comes, or one cannot do the work.
    """
    address = context.settings.cluster
    assert address
    machines = DaskMachines(client_of(runner, address))
    n_workers = check_workers(context.settings, machines)
    with run_folder(context.settings, run_id) as folder:
        spec = make_spec(context, shared_files(context.settings), folder)
        cluster = Cluster(context, machines, spec)
        context.computing = cluster
        logger.info("batches are computed by %s workers of %s", n_workers, address)
        try:
            yield
        finally:
            context.__dict__.pop("computing", None)
        logger.info("traffic: %s", cluster.traffic)


def shared_files(settings: Settings) -> SharedFiles | None:
    """The shared files of the settings; ``None`` where paths of this computer are to serve."""
    return SharedFiles(settings.shared_files) if settings.shared_files else None


@contextmanager
def run_folder(settings: Settings, run_id: str) -> Iterator[str]:
    """A folder for the files of one run among the shared ones, empty at the end; ``""`` where paths serve.

    No other workspace has the same. Its name is written down in the workspace, so that what a run leaves behind that is
    killed is removed by the next.
    """
    files = shared_files(settings)
    if files is None:
        yield ""
        return
    note = Path(settings.processed_dir) / _LEFT
    known = note.read_text("ascii").split() if note.is_file() else []
    left = [one for one in known if _RUN_FOLDER.fullmatch(one) and not files.within(one).clear()]
    folder = f"runs/{run_id}-{uuid4().hex[:12]}"
    write_whole(note, "\n".join([*left, folder]).encode("ascii"))
    try:
        yield folder
    finally:
        if files.within(folder).clear():
            write_whole(note, "\n".join(left).encode("ascii")) if left else note.unlink(missing_ok=True)


def make_spec(context: ScanContext, files: SharedFiles | None, folder: str) -> BatchSpec:
    """How batches of this scan are to be computed; a model learned in the workspace goes to the shared files."""
    from pipelines.ingest.parser import IngestLimits
    from pipelines.passages.rules import PassageRules

    settings = context.settings
    choice = shipped_choice(settings)
    return BatchSpec(
        programs=programs(),
        model=context.kit.version,
        table=context.table,
        encoder=choice or str(folder_of_others(settings)),
        encoder_version=context.encoder_version,
        limits=IngestLimits(max_file_bytes=settings.max_file_megabytes * 2**20),
        rules=PassageRules(),
        timeout_seconds=settings.parse_timeout_seconds,
        models_dir=str(settings.models_dir),
        learned=None if files is None else _share_learned(settings, files),
        shared=None if files is None else files.address,
        folder=folder,
    )


def _share_learned(settings: Settings, files: SharedFiles) -> str | None:
    learned = settings.models_dir / "tagger" / MODEL_FILE
    return files.within(MODELS_FOLDER).put(learned.read_bytes()) if learned.exists() else None


def check_workers(
    settings: Settings,
    machines: Machines,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Wait for a worker, and see that those that are there have the same program and reach the files; how many.

    Raises
    ------
    KennisstandError
        None comes, or one has another program or does not reach the files.
    """
    begun = clock()
    while not (workers := machines.workers()):
        if clock() - begun > patience_seconds:
            raise no_workers(patience_seconds)
        sleep(LOOK_SECONDS)
    with _probe_file(settings) as where:
        tickets = [machines.send("probe", *where, only=address) for address in workers]
        for ticket in tickets:
            told = machines.take(ticket) if machines.wait(ticket, _PROBE_SECONDS) else None
            if told is not None:
                _check_probe(unpack(told))
            else:
                machines.drop([ticket])
    return len(workers)


@contextmanager
def _probe_file(settings: Settings) -> Iterator[tuple[str | None, str | None, str, str]]:
    """Arguments of :func:`flows.cluster_worker.probe`, for a file that is there as long."""
    files = shared_files(settings)
    name = f"probe-{uuid4().hex}"
    if files is not None:
        place = files.within(f"runs/{name}")
        try:
            yield None, place.address, place.folder, place.put(_PROBE)
        finally:
            place.clear()
        return
    path = Path(settings.processed_dir) / f".{name}"
    write_whole(path, _PROBE)
    try:
        yield str(path), None, "", ""
    finally:
        path.unlink(missing_ok=True)


def _check_probe(told: dict[str, Any]) -> None:
    if difference := first_difference(programs(), told["programs"]):
        part, wanted, found = difference
        raise SettingsError("error.cluster_versions", worker=told["worker"], part=part, wanted=wanted, found=found)
    if told["fault"] is not None:
        raise KennisstandError(told["fault"]["key"], **told["fault"]["values"])


def examine_cluster(settings: Settings) -> int:
    """Whether the workers of the settings can do the work; how many there are.

    Raises
    ------
    KennisstandError
        They cannot, or are not there.
    """
    assert settings.cluster
    with connected(settings.cluster) as machines:
        return check_workers(settings, machines, patience_seconds=0.0)
