"""What runs on a worker of the cluster: batches, with models and readers that are loaded once and kept.

Nothing here knows the store. A worker whose program or models are others than those of the coordinator refuses: its
labels would be others too.
"""

from __future__ import annotations

import logging
import multiprocessing
import socket
import tempfile
import threading
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.batches import READ, ToRead
from flows.cluster_spec import BatchSpec, first_difference, programs
from flows.cluster_wire import WORKS, pack, pack_outcomes, pack_refusal, unpack, unpack_orders
from pipelines.errors import KennisstandError, SettingsError, StoreError
from pipelines.settings import Settings
from pipelines.store.shared_files import SharedFiles

if TYPE_CHECKING:
    from flows.label import LabelKit
    from flows.reading import Reader
    from pipelines.language.encoder import Encoder

logger = logging.getLogger(__name__)

_READERS = 1
"""Reading processes of a worker process: while one file is read another is labelled, as on one machine."""
_NO_ACCESS = frozenset({"error.shared_files_unreachable", "error.shared_files_library", "error.shared_file_missing"})


class WorkerTools:
    """Models and readers for one way of computing."""

    def __init__(self, spec: BatchSpec, kit: LabelKit | None) -> None:
        self._spec = spec
        if kit is not None:
            self.__dict__["kit"] = kit

    @cached_property
    def kit(self) -> LabelKit:
        """The models for labels, those learned in the workspace of the coordinator before the shipped ones."""
        return _load_kit(self._spec)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder that search and topics stand on."""
        from flows.encoders import load_chosen_encoder

        # Made so, since neither a file nor the environment of this machine is to count.
        encoder = load_chosen_encoder(Settings.model_construct(encoder=self._spec.encoder, workspace=Path("/")))
        _check_version("encoder", self._spec.encoder_version, encoder.version)
        return encoder

    @cached_property
    def encoder_version(self) -> str:
        """Its version, without loading it."""
        return self._spec.encoder_version

    @cached_property
    def reader(self) -> Reader:
        """The process that reads files."""
        from flows.reading import Reader

        if multiprocessing.current_process().daemon:  # such a process may not start another
            raise SettingsError("error.cluster_daemon", worker=worker_name())
        spec = self._spec
        reader = Reader(_READERS, spec.timeout_seconds, spec.limits, spec.rules)
        reader.begin()  # else what it takes to load libraries counts as time of the first file
        return reader

    def close(self) -> None:
        """End the reader."""
        if "reader" in self.__dict__:
            self.reader.close()


class _Kept:
    """What this process keeps from one batch to the next."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.spec: BatchSpec | None = None
        self.tools: WorkerTools | None = None
        self.warm: LabelKit | None = None
        """The shipped models, loaded before the first batch."""

    def tools_for(self, spec: BatchSpec) -> WorkerTools:
        with self.lock:
            if self.tools is None or spec != self.spec:
                if self.tools is not None:
                    self.tools.close()
                self.tools, self.spec = WorkerTools(spec, self._kit_at_hand(spec)), spec
            return self.tools

    def _kit_at_hand(self, spec: BatchSpec) -> LabelKit | None:
        known = None if self.tools is None else self.tools.__dict__.get("kit")
        for kit in (known, self.warm):
            if kit is not None and kit.version == spec.model:
                self.warm = None
                return kit.with_table(spec.table)
        return None


_kept = _Kept()


def run(stage: str, spec: bytes, orders: bytes) -> bytes:
    """Compute one batch; everything comes and goes as bytes.

    Parameters
    ----------
    stage
        Name of the work, a key of :data:`~flows.cluster_wire.WORKS`.
    spec, orders
        As :func:`~flows.cluster_wire.pack` and :func:`~flows.cluster_wire.pack_orders` make them.

    Returns
    -------
    bytes
        Outcomes, or why there are none; empty where nobody waits for them any more.
    """
    try:
        told = unpack(spec)
        check_programs(told["programs"])
        known = BatchSpec.model_validate(told)
        work = WORKS[stage]
        with tempfile.TemporaryDirectory(prefix="kennisstand-") as folder:
            taken = unpack_orders(work, orders)
            if work is READ and known.shared is not None:
                taken = list(copies(SharedFiles(known.shared, known.folder), taken, Path(folder)))
            tools = _kept.tools_for(known)
            outcomes: list[Any] = []
            for outcome in work.do(taken, tools):
                outcomes.append(outcome)
                if not _wanted():
                    return b""
            return pack_outcomes(work, outcomes)
    except KennisstandError as error:
        logger.warning("a batch is refused: %s", error)
        return pack_refusal(_of_this_worker(error))
    except OSError as error:  # a full disk, say: to the coordinator it would look like a lost connection
        detail = f"{type(error).__name__}: {error}"[:200]
        return pack_refusal(StoreError("error.cluster_worker", worker=worker_name(), detail=detail))
    except Exception as error:  # noqa: BLE001 - the border where a fault here becomes a message there
        name = type(error).__name__  # its own words may hold text of documents
        logger.error("a batch failed: %s\n%s", name, "".join(traceback.format_tb(error.__traceback__)))
        return pack_refusal(KennisstandError("error.cluster_worker", worker=worker_name(), detail=name))


def probe(path: str | None, shared: str | None, folder: str, checksum: str) -> bytes:
    """Versions of this worker, and whether it reaches files: one at ``path``, or ``checksum`` among the shared."""
    told: dict[str, Any] = {"worker": worker_name(), "programs": programs(), "fault": None}
    try:
        if shared is not None:
            SharedFiles(shared, folder).get(checksum)
        elif path is not None and not Path(path).is_file():
            raise StoreError("error.cluster_path", worker=worker_name(), path=path)
    except KennisstandError as error:
        named = _of_this_worker(error)
        told["fault"] = {"key": named.key, "values": named.values}
    return pack(told)


def _of_this_worker(error: KennisstandError) -> KennisstandError:
    """The same, for somebody at another machine: which worker it was, and what to do there."""
    if "worker" in error.values:
        return error
    if error.key in _NO_ACCESS:
        detail = error.values.get("detail", "FileNotFoundError")
        address = error.values["address"]
        return StoreError("error.cluster_files", worker=worker_name(), address=address, detail=detail)
    return KennisstandError("error.cluster_worker", worker=worker_name(), detail=str(error)[:200])


def check_programs(wanted: dict[str, str]) -> None:
    """Refuse where this program is another than the coordinator's.

    Raises
    ------
    SettingsError
        A part of it has another version.
    """
    if difference := first_difference(wanted, programs()):
        part, there, here = difference
        raise SettingsError("error.cluster_versions", worker=worker_name(), part=part, wanted=there, found=here)


def _check_version(part: str, wanted: str, found: str) -> None:
    check = first_difference({part: wanted}, {part: found})
    if check is not None:
        raise SettingsError("error.cluster_versions", worker=worker_name(), part=part, wanted=wanted, found=found)


def worker_name() -> str:
    """Name of this worker, as the scheduler knows it, and of its machine."""
    host = socket.gethostname()
    try:
        from distributed import get_worker

        return f"{get_worker().name} ({host})"
    except (ImportError, ValueError):
        return host


def load_shipped() -> None:
    """Load the shipped models before the first batch: it takes seconds."""
    from flows.label import load_label_kit
    from pipelines.table.starting import starting_table

    settings = Settings.model_construct()
    _kept.warm = load_label_kit(settings.shipped_models_dir, settings.shipped_models_dir, starting_table())


def dask_setup(worker: object) -> None:  # noqa: ARG001 (Dask gives it)
    """Dask calls this where the module is named as one to be loaded by workers."""
    programs()  # of the files as they are now, when they are loaded, not as they may be at the first batch
    load_shipped()


def dask_teardown(worker: object) -> None:  # noqa: ARG001
    """And this when the worker ends."""
    if _kept.tools is not None:
        _kept.tools.close()


def _load_kit(spec: BatchSpec) -> LabelKit:
    from flows.label import MODEL_FILE, load_label_kit

    shipped = Settings.model_construct().shipped_models_dir
    if spec.learned is None:
        kit = load_label_kit(shipped, Path(spec.models_dir) if spec.shared is None else shipped, spec.table)
    else:
        assert spec.shared is not None
        with tempfile.TemporaryDirectory(prefix="kennisstand-") as folder:
            path = Path(folder) / "tagger" / MODEL_FILE
            path.parent.mkdir()
            path.write_bytes(SharedFiles(spec.shared, MODELS_FOLDER).get(spec.learned))
            kit = load_label_kit(shipped, Path(folder), spec.table)
    _check_version("model", spec.model, kit.version)
    return kit


MODELS_FOLDER = "models"
"""Folder of learned models among the shared files; they stay, since the next scan needs them again."""


def copies(place: SharedFiles, orders: Iterable[ToRead], folder: Path) -> Iterator[ToRead]:
    """Orders for copies of the shared files in ``folder``.

    Raises
    ------
    StoreError
        A file is not there, or not whole.
    """
    for order in orders:
        request = order.request
        copy = folder / request.checksum
        copy.write_bytes(place.get(request.checksum))
        yield replace(order, request=replace(request, paths=(copy,)))


def _wanted() -> bool:
    """Whether somebody still waits for what this task makes: Dask itself lets a task run on that was given up."""
    try:
        from dask.context import thread_state
        from distributed import get_worker

        state = get_worker().state.tasks.get(thread_state.key)
    except (ImportError, ValueError, AttributeError):
        return True  # no worker of Dask, as in tests
    return state is not None and state.state != "cancelled"
