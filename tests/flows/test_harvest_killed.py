"""A harvest that is killed at any moment and begun again: nothing is lost, nothing is fetched twice.

With real processes and SIGKILL, against a server on this computer that counts what it is asked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harvest.fault_server import Asked, FaultServer, Given, Route
from played_sources import Crossref, Oai, OpenAlex, Page, Played
from pydantic import TypeAdapter

from pipelines.domain.sources import ItemState, Source
from pipelines.errors import StoreError
from pipelines.settings import Settings
from pipelines.store.harvest_lists import ItemFilter
from pipelines.store.workspace import open_workspace

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="processes are killed with a signal"),
    pytest.mark.skipif("KENNISSTAND_DATABASE" in os.environ, reason="workspaces are copied with their database"),
]
_KILLED = "-9"
_N_KILLS = int(os.environ.get("KENNISSTAND_TEST_KILLS", "5"))
"""Moments that are tried, spread over all; 1000 for each of them."""


class _Harvests:
    """Runs harvests, in processes that can be killed."""

    def __init__(self, sources: list[Source], server: FaultServer, folder: Path) -> None:
        file = folder / "sources.json"
        file.write_bytes(TypeAdapter(list[Source]).dump_json(sources))
        tests = Path(__file__).parents[1]
        rest = filter(None, [os.environ.get("PYTHONPATH")])
        path = os.pathsep.join([*map(str, (tests, tests / "flows", tests.parent)), *rest])
        self._process = subprocess.Popen(
            [sys.executable, str(tests / "flows" / "harvest_to_kill.py"), str(file), server.url("/zotero")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )

    def run(self, workspace: Path, last: int = 0) -> tuple[str, int]:
        """How a harvest ended, and the moments that it saw; killed at the ``last``."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{last} {workspace}\n")
        self._process.stdin.flush()
        status, _, n_moments = self._process.stdout.readline().strip().partition(" ")
        return status, int(n_moments)

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def test_killed_at_any_moment_and_begun_again_and_never_two_at_once(
    server: FaultServer, settings: Settings, tmp_path: Path
) -> None:
    played: list[Played] = [made(server, f"{made.label}-00") for made in (Page, OpenAlex, Crossref, Oai)]
    new, place = settings.workspace, tmp_path / "again"
    harvests = _Harvests([one.source() for one in played], server, tmp_path)
    try:
        shutil.copytree(new, place, ignore=shutil.ignore_patterns("again*"))
        usual, refused = played[1].strike, list[str]()
        played[1].strike = _tries_to_harvest(place, refused)
        status, n_moments = harvests.run(place)
        played[1].strike = usual
        assert status == "0" and set(refused) == {"error.harvest_busy"}
        whole = _what_came(place, played)
        assert set(whole.values()) == {1}
        for last in sorted({1 + k * (n_moments - 1) // (_N_KILLS - 1) for k in range(_N_KILLS)}):
            place = tmp_path / f"again-{last}"
            shutil.copytree(new, place, ignore=shutil.ignore_patterns("again*"))
            server.forget()
            for one in played:
                one.n_asked = 0
            assert harvests.run(place, last)[0] == _KILLED, last
            assert harvests.run(place)[0] == "0", last  # the lock went with the process that held it
            assert _what_came(place, played) == whole, last
            _check_requests(server, played, last)
            before = server.count()
            assert harvests.run(place)[0] == "0"
            assert not [one for one in server.asked()[before:] if "/files/" in one.path or "/p/" in one.path], last
    finally:
        harvests.close()


def _what_came(root: Path, played: list[Played]) -> Counter[bytes]:
    """Files that lie there, after a look at the items."""
    workspace = open_workspace(root, Settings(workspace=root).database)
    try:
        items = workspace.harvest.page(ItemFilter(), 1000)
    finally:
        workspace.close()
    assert Counter(item.source_id for item in items) == {one.name: one.n_items for one in played}
    assert {item.state for item in items} == {ItemState.FETCHED}
    assert all(item.file is not None and (root / item.file).is_file() for item in items)
    raw = root / "data" / "raw"
    return Counter(path.read_bytes() for path in raw.rglob("*") if path.is_file() and path.name[0] != ".")


def _check_requests(server: FaultServer, played: list[Played], last: int) -> None:
    asked = Counter(one.path for one in server.asked())
    files = [asked[one.file_path(n)] for one in played for n in range(one.n_items)]
    assert min(files) == 1 and sum(files) <= len(files) + 1, (last, asked)  # that of which the answer came too late
    page = played[0]
    assert max(asked[f"/{page.name}/p/{n}"] for n in range(page.n_items)) <= 2, last


def _tries_to_harvest(place: Path, refused: list[str]) -> Callable[[Asked, Route], Given]:
    """A second harvest, while the first one waits for an answer."""

    def strike(asked: Asked, route: Route) -> Given:
        workspace = open_workspace(place, Settings(workspace=place).database)
        try:
            with workspace.harvesting():
                refused.append("begun")
        except StoreError as error:
            refused.append(error.key)
        finally:
            workspace.close()
        return route(asked)

    return strike
