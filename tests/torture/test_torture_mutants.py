"""Files damaged by chance: one outcome each, in time, with a reason that was foreseen."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torture_rounds
from harvest.list_fakes import FakeFetcher, harvest, source
from mutated_files import mutants

from flows.reading import BOUNDS, Reader, Reading, Request
from pipelines.domain.documents import READABLE_STATES, DocumentState
from pipelines.domain.ids import content_id, file_checksum
from pipelines.domain.sources import SourceKind
from pipelines.harvest.references import read_references
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules

_AMOUNT = torture_rounds.amount(60, 5_000)
_AT_ONCE = 2
_SEED = 20_261
_GENEROUS_SECONDS = 120.0
_LIST = "http://bron.example/lijst.ris"


def _read_some(files: Sequence[Path], reader: Reader) -> list[tuple[Path, Reading, float]]:
    """Each by itself, so that its time is its own."""
    found = []
    for path in files:
        checksum = file_checksum(path.read_bytes())
        request = Request(content_id("document", checksum), checksum, (path,))
        begun = time.monotonic()
        (reading,) = reader.read([request])
        found.append((path, reading, time.monotonic() - begun))
    return found


def test_mutants_have_one_outcome_each(tmp_path: Path, tell: Callable[..., None]) -> None:
    files: list[Path] = []
    for name, content in mutants(_AMOUNT, _SEED, whole=torture_rounds.WHOLE):
        files.append(tmp_path / name)
        files[-1].write_bytes(content)
    readers = [Reader(1, 300.0, IngestLimits(), PassageRules()) for _ in range(torture_rounds.amount(1, _AT_ONCE))]
    begun = time.monotonic()
    try:
        for reader in readers:
            reader.begin()
        with ThreadPoolExecutor(len(readers)) as pool:
            parts = pool.map(_read_some, [files[i :: len(readers)] for i in range(len(readers))], readers)
            done = [one for part in parts for one in part]
    finally:
        for reader in readers:
            reader.close()
    assert sorted(path for path, _, _ in done) == sorted(files)
    assert all(reader.pids == () for reader in readers)
    assert [r.document.reason for _, r, _ in done if r.document.state not in READABLE_STATES].count(None) == 0
    states = Counter(f"{path.suffix[1:]} {reading.document.state}" for path, reading, _ in done)
    keys = Counter(r.document.reason.key for _, r, _ in done if r.document.reason is not None)
    surprises = {
        path.name: dict(r.document.reason.values)
        for path, r, _ in done
        if r.document.reason is not None and r.document.reason.key == "reason.unexpected"
    }
    failed = {p.name: r.document.reason for p, r, _ in done if r.document.state is DocumentState.FAILED}
    slowest = sorted(((round(seconds, 2), path.name) for path, _, seconds in done), reverse=True)[:5]
    tell(
        "mutants", amount=len(done), seed=_SEED, states=states, reasons=keys, unexpected=surprises,
        failed={name: str(reason) for name, reason in failed.items()}, slowest=slowest,
        seconds=round(time.monotonic() - begun),
    )  # fmt: skip
    assert surprises == {}
    allowed = BOUNDS.most_seconds + 2 if torture_rounds.WHOLE else _GENEROUS_SECONDS
    assert slowest[0][0] < allowed


def test_mutants_of_lists_are_read_or_refused(tell: Callable[..., None]) -> None:
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for name, content in mutants(torture_rounds.amount(240, 6_000), _SEED + 1, whole=False):
        if not name.endswith(".ris"):
            continue
        fetch = FakeFetcher()
        fetch.put(_LIST, content, "application/x-research-info-systems")
        begun = time.monotonic()
        read = harvest(read_references, source(SourceKind.REFERENCES, _LIST), fetch)
        slowest = max(slowest, time.monotonic() - begun)
        outcomes["refused" if read.error is not None else "read" if read.items else "nothing in it"] += 1
    tell("mutants_of_lists", outcomes=outcomes, slowest_seconds=round(slowest, 2))
    assert sum(outcomes.values()) == torture_rounds.amount(40, 1_000)
    assert slowest < _GENEROUS_SECONDS
