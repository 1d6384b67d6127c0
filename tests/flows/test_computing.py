"""On one machine files are read one batch ahead: what comes of them is the same, and no more lies in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from misbehaving_readers import load_nothing, misbehave

from flows.batches import READ, RELABEL
from flows.computing import Here
from flows.reading import Reader, Reading, Request, unread
from pipelines.domain.documents import Reason
from pipelines.domain.ids import content_id, file_checksum
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules
from pipelines.store import open_workspace
from pipelines.store.documents import FoundFile

_NAMES = ("a", "b", "c", "d", "e")


class _Readers:
    """Reads nothing, and remembers what it was told in which order."""

    def __init__(self) -> None:
        self.expected: list[str] = []
        self.waiting: set[str] = set()
        self.most_waiting = 0
        self.told_of_last = 0

    def expect(self, requests: Iterable[Request]) -> None:
        for request in requests:
            self.expected.append(request.document_id)
            self.waiting.add(request.document_id)
        self.most_waiting = max(self.most_waiting, len(self.waiting))

    def expect_last(self) -> None:
        self.told_of_last = len(self.expected)

    def expect_no_more(self) -> None:
        self.waiting.clear()

    def read(self, requests: Iterable[Request]) -> Iterator[Reading]:
        for request in requests:
            self.waiting.discard(request.document_id)
            yield Reading(unread(request, Reason(key="reason.file_changed")), None)


@pytest.fixture
def scan(tmp_path: Path) -> Iterator[tuple[Any, list[tuple[str, ...]]]]:
    """Documents that wait to be read, in batches of two."""
    workspace = open_workspace(tmp_path, f"sqlite:///{tmp_path}/store.db")
    files = [FoundFile(content_id(name), name * 64, f"/{name}.txt", 1, 1) for name in _NAMES]
    ids = workspace.documents.register(workspace.runs.new("nl", {}), files)
    yield SimpleNamespace(workspace=workspace, reader=_Readers()), [tuple(ids[i : i + 2]) for i in range(0, 5, 2)]
    workspace.close()


def test_one_batch_is_read_ahead_and_no_more(scan: tuple[Any, list[tuple[str, ...]]]) -> None:
    context, batches = scan
    here = Here(context)
    seen: list[tuple[str, ...]] = []
    with here.ahead(READ, batches):
        assert context.reader.expected == list(batches[0])
        for number, batch in enumerate(batches):
            outcomes = here.compute(READ, batch)
            seen.append((next(outcomes).reading.document.id,))  # by now the readers know of the next batch
            assert context.reader.expected == [one for some in batches[: number + 2] for one in some]
            seen[-1] += tuple(outcome.reading.document.id for outcome in outcomes)
    assert seen == batches and context.reader.most_waiting <= 4
    assert context.reader.told_of_last == len(_NAMES)


def test_what_was_read_ahead_is_let_go_where_a_scan_ends_early(scan: tuple[Any, list[tuple[str, ...]]]) -> None:
    context, batches = scan
    here = Here(context)
    with pytest.raises(KeyboardInterrupt), here.ahead(READ, batches):
        list(here.compute(READ, batches[0]))
        raise KeyboardInterrupt
    assert not context.reader.waiting
    again = [outcome.reading.document.id for outcome in here.compute(READ, batches[1])]  # without being told before
    assert tuple(again) == batches[1]


def test_only_reading_is_done_ahead(scan: tuple[Any, list[tuple[str, ...]]]) -> None:
    context, batches = scan
    with Here(context).ahead(RELABEL, batches):
        assert context.reader.expected == []


def test_what_was_expected_is_read_once() -> None:
    requests = [Request(content_id(k), file_checksum(k.encode()), (Path(f"{k}.txt"),)) for k in ("good", "exit", "x")]
    reader = Reader(1, 60.0, IngestLimits(), PassageRules(), read=misbehave, prepare=load_nothing)
    try:
        reader.expect(requests[:2])
        reader.expect(requests[:2])
        readings = list(reader.read(requests))
        assert [reading.document.id for reading in readings] == [request.document_id for request in requests]
        assert [reading.document.state.value for reading in readings] == ["text", "failed", "text"]
        reader.expect(requests[2:])
        reader.expect_no_more()
        (again,) = reader.read(requests[2:])
        assert again.document == readings[2].document
    finally:
        reader.close()
