"""Work on many machines, with a stand-in for them: order, bounds, what dies, what is refused."""

from __future__ import annotations

import multiprocessing
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import build_document, build_passage

from flows import cluster_service, cluster_spec, cluster_worker, machines
from flows.batches import ENCODE, READ, RELABEL, Labelled, ReadOutcome, ToEncode, ToLabel, ToRead, Vectors, Work
from flows.cluster import Cluster
from flows.cluster_service import run_scheduler, run_workers
from flows.cluster_spec import BatchSpec, first_difference, programs
from flows.cluster_start import check_workers, run_folder
from flows.cluster_wire import (
    pack,
    pack_orders,
    pack_outcomes,
    unpack,
    unpack_orders,
    unpack_outcomes,
)
from flows.computing import Here
from flows.context import ScanContext
from flows.discovery import find_files
from flows.machines import WorkerDiedError, check_cluster
from flows.reading import Reading, Request, expected_bytes, unread
from flows.steps import read_documents
from pipelines.cli.main import run
from pipelines.domain.documents import DocumentState, Metadata, Reason
from pipelines.domain.evidence import Evidence, Labels
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.sources import FoundItem, HarvestItem, ItemState
from pipelines.domain.themes import Theme, ThemeTags
from pipelines.errors import KennisstandError, SettingsError, StoreError
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.shared_files import SharedFiles

_VECTORS = np.array([[0.1, -2.5, 3e-8]], dtype=np.float32)
_TEXT = "Uit een enquête onder 1.200 werknemers blijkt dat een op de drie met AI werkt. "


def _spec(**changes: Any) -> BatchSpec:
    usual: dict[str, Any] = {
        "programs": programs(),
        "model": "tagger-1",
        "table": EvidenceTable(version="1"),
        "encoder": "static",
        "encoder_version": "static-1",
        "limits": IngestLimits(),
        "rules": PassageRules(),
        "timeout_seconds": 60,
        "models_dir": "/nowhere",
    }
    return BatchSpec(**{**usual, **changes})


class StandIn:
    """Machines that do a batch when it is taken, by ``do``; remembers what was sent, taken and given up."""

    def __init__(self, do: Callable[[Any], Any] | None = None, workers: Sequence[str] = ("a",)) -> None:
        self.do = do
        self.names = list(workers)
        self.flying: list[int] = []
        self.most = 0
        self.dropped: list[int] = []
        self.silent = False
        self._sent: dict[int, tuple[str, tuple[Any, ...]]] = {}
        self._numbers = count()

    def send(self, function: str, *arguments: Any, only: str | None = None) -> int:
        number = next(self._numbers)
        self._sent[number] = (function, arguments)
        self.flying.append(number)
        self.most = max(self.most, len(self.flying))
        return number

    def wait(self, ticket: int, seconds: float) -> bool:
        return not self.silent

    def take(self, ticket: int) -> bytes:
        self.flying.remove(ticket)
        function, arguments = self._sent.pop(ticket)
        if self.do is None:
            return getattr(cluster_worker, function)(*arguments)
        stage, _, orders = arguments
        work = next(w for w in (READ, RELABEL, ENCODE) if w.stage == stage)
        return pack_outcomes(work, [self.do(order) for order in unpack_orders(work, orders)])

    def drop(self, tickets: Sequence[int]) -> None:
        self.dropped += tickets
        self.flying = [t for t in self.flying if t not in tickets]

    def workers(self) -> list[str]:
        return self.names


def _read(order: ToRead) -> ReadOutcome:
    """What a worker makes of a file, without passages."""
    path, content = expected_bytes(order.request)
    source = build_document([("paragraph", "x")]).source
    source = source.model_copy(update={"path": str(path), "checksum": order.request.checksum})
    document = build_document([("paragraph", content.decode())], state=DocumentState.TEXT)
    document = document.model_copy(update={"id": order.request.document_id, "source": source})
    return ReadOutcome(Reading(document, path, seconds={"read": 0.5}), Labelled(document.id, (), None), None)


@pytest.fixture
def context(settings: Settings, workspace: Workspace) -> ScanContext:
    return ScanContext(settings, workspace)


@pytest.fixture
def waiting(context: ScanContext, tmp_path: Path) -> tuple[str, list[str]]:
    """A run with five files that are to be read, and their ids in order."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.txt").write_text(f"{_TEXT}{number}", encoding="utf-8")
    run = context.workspace.runs.new("nl", {})
    context.workspace.documents.register(run, find_files([folder], {}, context.settings.raw_dir).files)
    return run.id, context.workspace.documents.pending()


def _one_by_one(ids: Sequence[str]) -> list[list[str]]:
    return [[one] for one in ids]


def test_outcomes_come_in_order_and_few_are_ahead(context: ScanContext, waiting: tuple[str, list[str]]) -> None:
    run_id, ids = waiting
    stand_in = StandIn(_read)
    context.__dict__["kit"] = type("Kit", (), {"version": "tagger-1"})
    context.computing = cluster = Cluster(context, stand_in, _spec())
    with cluster.ahead(READ, _one_by_one(ids)):
        assert len(stand_in.flying) == 3  # of one worker
        for batch in _one_by_one(ids):
            assert read_documents(context, run_id, batch) == 1
    assert stand_in.most == 3 and stand_in.flying == [] and stand_in.dropped == []
    documents = context.workspace.documents.summaries()
    assert [d.id for d in documents] == ids and all(d.stage == "done" for d in documents)
    assert cluster.traffic.batches == 5 and cluster.traffic.received_bytes > 0


def test_what_is_left_is_given_up_when_a_scan_ends_early(context: ScanContext, waiting: tuple[str, list[str]]) -> None:
    stand_in = StandIn(_read, workers=("a", "b"))
    files = SharedFiles(str(context.settings.workspace / "shared"))
    spec = _spec(shared=files.address, folder="runs/1")
    cluster = Cluster(context, stand_in, spec)
    place = Path(files.address)
    with pytest.raises(KeyboardInterrupt), cluster.ahead(READ, _one_by_one(waiting[1])):
        assert len([p for p in place.rglob("*") if p.is_file()]) == 5
        raise KeyboardInterrupt
    assert len(stand_in.dropped) == 5 and stand_in.flying == []
    assert not [p for p in place.rglob("*") if p.is_file()]


def test_a_batch_nobody_announced_is_computed_as_well(context: ScanContext, waiting: tuple[str, list[str]]) -> None:
    cluster = Cluster(context, StandIn(_read), _spec())
    outcomes = list(cluster.compute(READ, waiting[1][:2]))
    assert [o.reading.document.id for o in outcomes] == waiting[1][:2]


def test_a_document_that_kills_workers_is_set_aside_and_no_other(
    context: ScanContext, waiting: tuple[str, list[str]]
) -> None:
    poison = waiting[1][2]

    def read(order: ToRead) -> ReadOutcome:
        if order.request.document_id == poison:
            raise WorkerDiedError(4)
        return _read(order)

    outcomes = list(Cluster(context, StandIn(read), _spec()).compute(READ, waiting[1]))
    assert [o.reading.document.id for o in outcomes] == waiting[1]
    states = [o.reading.document.state for o in outcomes]
    assert states == [DocumentState.TEXT] * 2 + [DocumentState.FAILED] + [DocumentState.TEXT] * 2
    reason = outcomes[2].reading.document.reason
    assert reason is not None and (reason.key, reason.values) == ("reason.worker_died", {"tries": 8})
    assert outcomes[2].reading.path is not None and outcomes[2].reading.document.source.path.endswith("2.txt")


def test_a_document_that_kills_workers_keeps_its_labels(context: ScanContext, waiting: tuple[str, list[str]]) -> None:
    def label(order: ToLabel) -> Labelled:
        raise WorkerDiedError(4)

    with pytest.raises(KennisstandError) as error:
        list(Cluster(context, StandIn(label), _spec()).compute(RELABEL, waiting[1][:2]))
    assert error.value.key == "error.cluster_killed" and error.value.values["document"] == waiting[1][0]


def test_without_workers_a_scan_waits_and_then_says_so(context: ScanContext, waiting: tuple[str, list[str]]) -> None:
    stand_in = StandIn(_read)
    cluster = Cluster(context, stand_in, _spec(), patience_seconds=100, clock=lambda n=count(step=30): next(n))
    with cluster.ahead(READ, _one_by_one(waiting[1])):
        stand_in.names, stand_in.silent = [], True
        with pytest.raises(KennisstandError) as error:
            list(cluster.compute(READ, waiting[1][:1]))
    assert error.value.key == "error.cluster_no_workers"
    assert len(stand_in.dropped) == 3 and stand_in.flying == []


def test_a_worker_that_comes_back_is_waited_for(context: ScanContext, waiting: tuple[str, list[str]]) -> None:
    stand_in = StandIn(_read)
    looks = iter([[], [], ["a"], [], ["a"]])

    def workers() -> list[str]:
        now = next(looks, None)
        stand_in.silent = now is not None
        return now or []

    stand_in.silent, stand_in.workers = True, workers
    cluster = Cluster(context, stand_in, _spec(), patience_seconds=100, clock=lambda n=count(step=60): next(n))
    assert len(list(cluster.compute(READ, waiting[1][:1]))) == 1


def test_files_go_by_way_of_the_shared_place_and_leave_it(
    context: ScanContext, waiting: tuple[str, list[str]], tmp_path: Path
) -> None:
    folder, shared = tmp_path / "in", tmp_path / "shared"
    (folder / "0.txt").write_text("changed after it was found", encoding="utf-8")
    spec = _spec(shared=str(shared), folder="runs/1")
    there: list[Path] = []
    here: list[Path] = []

    def read(order: ToRead) -> ReadOutcome:
        [copied] = cluster_worker.copies(SharedFiles(str(shared), "runs/1"), [order], tmp_path)
        there.extend(copied.request.paths)
        return _read(copied)

    def read_here(orders: Iterable[ToRead], tools: Any) -> Iterator[ReadOutcome]:
        for order in orders:
            here.extend(order.request.paths)
            yield _unreached(order)

    cluster = Cluster(context, StandIn(read), spec)
    work = replace(READ, do=read_here)
    outcomes = list(cluster.compute(work, waiting[1]))
    assert [o.reading.document.id for o in outcomes] == waiting[1]
    assert [p.name for p in here] == ["0.txt"]  # this process says what is wrong with it
    assert len(there) == 4 and all(p.parent == tmp_path for p in there)
    shown = [str(folder / f"{number}.txt") for number in range(1, 5)]
    assert [o.reading.document.source.path for o in outcomes[1:]] == shown
    assert [str(o.reading.path) for o in outcomes[1:]] == shown
    assert not [p for p in shared.rglob("*") if p.is_file()]


def test_a_file_that_is_too_large_does_not_travel(context: ScanContext, waiting: tuple[str, list[str]]) -> None:
    shared = context.settings.workspace / "shared"
    spec = _spec(shared=str(shared), folder="runs/1", limits=IngestLimits(max_file_bytes=10))
    cluster = Cluster(context, StandIn(lambda order: pytest.fail("it travels")), spec)
    work = replace(READ, do=lambda orders, tools: map(_unreached, orders))
    assert len(list(cluster.compute(work, waiting[1]))) == 5
    assert not shared.exists() and cluster.traffic.batches == 0


def _unreached(order: ToRead) -> ReadOutcome:
    """What comes of a file that is not there."""
    reading = Reading(unread(order.request, Reason(key="reason.file_changed")), None)
    return ReadOutcome(reading, Labelled(order.request.document_id, (), None), None)


def test_a_file_workers_do_not_reach_is_not_taken_for_one_that_is_gone(
    context: ScanContext, waiting: tuple[str, list[str]], tmp_path: Path
) -> None:
    cluster = Cluster(context, StandIn(_unreached), _spec())
    with pytest.raises(StoreError) as error:
        list(cluster.compute(READ, waiting[1][:1]))
    assert error.value.key == "error.cluster_unreached" and str(error.value.values["path"]).endswith("0.txt")
    (tmp_path / "in" / "0.txt").unlink()  # and one that is gone is
    assert [o.reading.path for o in cluster.compute(READ, waiting[1][:1])] == [None]


def test_another_release_is_refused(context: ScanContext, waiting: tuple[str, list[str]]) -> None:
    other = _spec(programs={**programs(), "numpy": "0.1"})
    with pytest.raises(KennisstandError) as error:
        list(Cluster(context, StandIn(), other).compute(ENCODE, waiting[1]))
    assert error.value.key == "error.cluster_versions"
    values = error.value.values
    assert (values["part"], values["wanted"], values["found"]) == ("numpy", "0.1", np.__version__)
    assert values["worker"] == cluster_worker.worker_name()


def test_workers_are_looked_at_before_anything_is_read(settings: Settings) -> None:
    assert check_workers(settings, StandIn(workers=("a", "b"))) == 2
    shared = settings.model_copy(update={"shared_files": str(settings.workspace / "shared")})
    assert check_workers(shared, StandIn()) == 1
    left = [p for p in settings.workspace.rglob("*probe*") if p.is_file()]
    assert left == []
    slow = StandIn(workers=("a", "b"))
    slow.silent = True
    assert check_workers(settings, slow) == 2 and len(slow.dropped) == 2
    ticks = count(step=100.0)
    slept: list[float] = []
    with pytest.raises(KennisstandError) as error:
        check_workers(settings, StandIn(workers=()), clock=lambda: next(ticks), sleep=slept.append)
    assert error.value.key == "error.cluster_no_workers" and len(slept) == 3


def test_a_worker_that_reaches_no_files_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere(StandIn):
        def take(self, ticket: int) -> bytes:
            function, arguments = self._sent.pop(ticket)
            return getattr(cluster_worker, function)("/nowhere/at/all", *arguments[1:])

    with pytest.raises(KennisstandError) as error:
        check_workers(settings, Elsewhere())
    assert error.value.key == "error.cluster_path"
    told = {**programs(), "kennisstand": "0.0"}
    monkeypatch.setattr(cluster_worker, "programs", lambda: told)
    with pytest.raises(SettingsError) as refused:
        check_workers(settings, StandIn())
    assert refused.value.values["part"] == "kennisstand" and refused.value.values["found"] == "0.0"


def test_a_worker_says_which_it_is_and_what_it_lacks(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = SharedFiles(str(tmp_path / "not mounted here"), "runs/1")
    told = unpack(cluster_worker.probe(None, place.address, place.folder, "ab"))
    assert told["fault"]["key"] == "error.cluster_files"
    assert told["fault"]["values"]["worker"] == cluster_worker.worker_name()
    spec = pack(_spec(shared=place.address, folder=place.folder).model_dump(mode="json"))
    orders = pack_orders(READ, [ToRead(Request("d", "ab", (Path("x"),)), None)])
    with pytest.raises(KennisstandError) as error:
        unpack_outcomes(READ, cluster_worker.run("read", spec, orders), _spec())
    assert error.value.key == "error.cluster_files"
    assert error.value.values["worker"] == cluster_worker.worker_name()

    def fail(content: bytes) -> Any:
        raise ValueError("words of a document")

    monkeypatch.setattr(cluster_worker, "unpack", fail)
    with pytest.raises(KennisstandError) as error:
        unpack_outcomes(READ, cluster_worker.run("read", spec, orders), _spec())
    values = {"worker": cluster_worker.worker_name(), "detail": "ValueError"}
    assert (error.value.key, error.value.values) == ("error.cluster_worker", values)


def test_no_two_workspaces_share_a_folder_of_a_run(settings: Settings, tmp_path: Path) -> None:
    place = tmp_path / "shared"
    mine, other = (
        settings.model_copy(update={"shared_files": str(place), "workspace": tmp_path / name}) for name in "ab"
    )
    with run_folder(mine, "scan-0001") as one, run_folder(other, "scan-0001") as two:
        kept = SharedFiles(str(place), two).put(b"x")
        assert one != two
    assert not list(place.rglob(kept))
    with run_folder(settings, "scan-0001") as none:
        assert none == ""


def test_what_a_killed_run_left_is_removed_by_the_next(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "shared"
    shared = settings.model_copy(update={"shared_files": str(place)})
    (tmp_path / "kept").write_text("not of a run")
    with monkeypatch.context() as patch, run_folder(shared, "scan-0001") as folder:
        left = SharedFiles(str(place), folder).put(b"left")
        patch.setattr(SharedFiles, "clear", lambda self: False)  # it cannot be reached
    note = settings.processed_dir / "shared-files"
    assert note.read_text() == folder and list(place.rglob(left))
    note.write_text(f"../kept {folder}")
    with run_folder(shared, "scan-0002"):
        assert not list(place.rglob(left))
    assert not note.exists() and (tmp_path / "kept").exists()


def test_the_first_difference_is_that_of_the_program_itself() -> None:
    assert first_difference({"a": "1"}, {"a": "1"}) is None
    assert first_difference({"a": "1", "kennisstand": "1"}, {"a": "2", "kennisstand": "2"}) == ("kennisstand", "1", "2")
    assert first_difference({"a": "1"}, {}) == ("a", "1", "-")


def test_another_line_of_code_is_another_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in (("one", "x = 1\n"), ("two", "x = 1\r\n"), ("three", "x = 2\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_bytes(content.encode())
    found = []
    for name in ("one", "two", "three"):
        monkeypatch.setattr(cluster_spec.flows, "__file__", str(tmp_path / name / "__init__.py"))
        monkeypatch.setattr(cluster_spec.pipelines, "__file__", str(tmp_path / name / "__init__.py"))
        found.append(cluster_spec.code_version())
    assert found[0] == found[1] != found[2]


def test_a_worker_that_may_not_start_processes_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Daemon:
        daemon = True

    monkeypatch.setattr(multiprocessing, "current_process", Daemon)
    with pytest.raises(SettingsError) as error:
        _ = cluster_worker.WorkerTools(_spec(), None).reader
    assert error.value.key == "error.cluster_daemon"


def test_a_reader_loads_its_libraries_before_its_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[tuple[Any, ...]] = []

    class Quick:
        def __init__(self, *given: Any) -> None:
            self.given = given

        def begin(self) -> None:
            begun.append(self.given)

    monkeypatch.setattr("flows.reading.Reader", Quick)
    reader: Any = cluster_worker.WorkerTools(_spec(timeout_seconds=7), None).reader
    assert begun == [reader.given] and reader.given[1] == 7


def _labels(passage_id: str) -> Labels:
    return Labels(
        tags=ThemeTags(passage_id=passage_id, probabilities=dict.fromkeys(Theme, 1 / 3), model_version="m"),
        evidence=Evidence(passage_id=passage_id, flag=0.1 + 0.2, model_version="m", table_version="1"),
    )


def test_what_travels_comes_out_as_it_went_in() -> None:
    passage = build_passage(_TEXT)
    document = build_document([("paragraph", _TEXT)], metadata=Metadata(title="Titel \N{SNOWMAN}", year=2026))
    vectors = Vectors(document.id, "static-1", (passage.id,), _VECTORS)
    labelled = Labelled(document.id, (_labels(passage.id),), vectors)
    reading = Reading(
        document, Path("/a/\udcff.txt"), (passage,), {passage.id: b"\x00\xff"}, {"read": 0.1}, {"read": "t"}
    )
    made: list[tuple[Work[Any, Any], Any]] = [
        (READ, ReadOutcome(reading, labelled, 1 / 7)),
        (RELABEL, labelled),
        (RELABEL, replace(labelled, labels=(), vectors=None)),
        (ENCODE, vectors),
        (ENCODE, Vectors(document.id, "static-1", (), np.zeros((0, 3), dtype=np.float32))),
    ]
    for work, outcome in made:
        [back] = unpack_outcomes(work, pack_outcomes(work, [outcome]), _spec())
        assert _plain(back) == _plain(outcome)
    found = FoundItem(key="k", title="T", authors=("A",), published=date(2025, 1, 2))
    moment = datetime(2026, 11, 1, 12, 30)
    item = HarvestItem(source_id="s", found=found, state=ItemState.FETCHED, first_seen=moment)
    request = Request("d", "c", (Path("/a/\udcff.txt"), Path("b")), Path("shown"))
    orders: list[tuple[Work[Any, Any], Any]] = [
        (READ, ToRead(request, None)),
        (READ, ToRead(request, item)),
        (RELABEL, ToLabel("d", None, (passage,))),
        (ENCODE, ToEncode("d", (passage.id,), (passage.text,))),
    ]
    for work, order in orders:
        assert unpack_orders(work, pack_orders(work, [order])) == [order]


def _plain(outcome: Any) -> Any:
    """With arrays as bytes, which compare."""
    if isinstance(outcome, Vectors):
        return (
            outcome.document_id,
            outcome.encoder,
            outcome.passage_ids,
            outcome.values.shape,
            outcome.values.tobytes(),
        )
    if isinstance(outcome, Labelled):
        return (outcome.document_id, outcome.labels, None if outcome.vectors is None else _plain(outcome.vectors))
    return (outcome.reading, _plain(outcome.labelled), outcome.label_seconds)


def test_a_spec_travels_whole() -> None:
    spec = _spec(learned="x", shared="s3://a/b", folder="runs/1")
    assert BatchSpec.model_validate(unpack(pack(spec.model_dump(mode="json")))) == spec


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("tcp://127.0.0.1:8786", ""),
        ("tcp://[::1]:8786", ""),
        ("tcp://10.1.2.3:8786", ""),
        ("tls://203.0.114.9:8786", ""),
        ("tcp://8.8.8.8:8786", "error.cluster_outside"),
        ("tcp://0.0.0.0:8786", "error.cluster_outside"),
        ("tcp://no-such-name.invalid:8786", "error.cluster_outside"),
        ("127.0.0.1:8786", "error.cluster_address"),
        ("http://127.0.0.1:8786", "error.cluster_address"),
        ("tcp://127.0.0.1", "error.cluster_address"),
        ("tcp://a:b@127.0.0.1:1", "error.cluster_address"),
        ("tcp://127.0.0.1:99999", "error.cluster_address"),
    ],
)
def test_addresses_of_a_cluster(address: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = ""
    try:
        check_cluster(Settings(cluster=address))
    except SettingsError as error:
        told = error.key
    assert told == key


def test_without_the_extension_the_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines, "find_spec", lambda name: None)
    with pytest.raises(SettingsError) as error:
        check_cluster(Settings(cluster="tcp://127.0.0.1:8786"))
    assert error.value.key == "error.cluster_library"


@pytest.mark.parametrize("host", ["0.0.0.0", "8.8.8.8", "::"])
def test_a_scheduler_does_not_listen_to_everybody(host: str) -> None:
    with pytest.raises(SettingsError) as error:
        run_scheduler(host, 0, lambda _: pytest.fail("it listens"))
    assert error.value.key == "error.cluster_public"


def test_workers_do_not_serve_a_stranger() -> None:
    with pytest.raises(SettingsError) as error:
        run_workers("tcp://8.8.8.8:8786", 1, lambda: pytest.fail("they serve"))
    assert error.value.key == "error.cluster_outside"


@pytest.mark.parametrize("arguments", [[], ["tcp://127.0.0.1:1", "--scheduler"]])
def test_a_worker_needs_an_address_or_is_a_scheduler(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["worker", *arguments, "--lang", "en"]) == 2
    assert "address of the scheduler" in capsys.readouterr().err


def test_workers_without_a_scheduler_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_service, "_CONNECT_SECONDS", 0.2)
    with socket.socket() as listening:  # takes the port, and never answers
        listening.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(KennisstandError) as error:
            run_workers(address, 1, lambda: pytest.fail("they serve"))
    assert error.value.key == "error.cluster_unreachable"


def test_workers_that_end_by_themselves_are_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(AsyncExitStack):
        def __init__(self, *_: Any, **__: Any) -> None:
            super().__init__()

        async def finished(self) -> None: ...

    async def reach(address: str) -> None: ...

    monkeypatch.setattr("distributed.Nanny", Gone)
    monkeypatch.setattr(cluster_service, "_reach", reach)
    ready: list[bool] = []
    with pytest.raises(KennisstandError) as error:
        run_workers("tcp://127.0.0.1:1", 2, lambda: ready.append(True))
    assert error.value.key == "error.cluster_workers_ended" and ready == [True]


def test_one_machine_does_nothing_ahead_but_reading(context: ScanContext, waiting: tuple[str, list[str]]) -> None:
    done: list[str] = []

    def do(orders: Iterator[ToRead], tools: Any) -> Iterator[str]:
        for order in orders:
            done.append(order.request.document_id)
            yield order.request.document_id

    work = replace(READ, do=do)
    here = Here(context)
    with here.ahead(work, _one_by_one(waiting[1])):
        assert done == []
        outcomes = here.compute(work, waiting[1])
        assert next(outcomes) == waiting[1][0] and len(done) == 1
