"""Harvests in processes of their own, which are killed where the test says; run by ``test_harvest_killed``.

Called with a file of sources (JSON) and the address of the server that plays them. Reads lines ``MOMENT WORKSPACE``;
each harvest is a fork that kills itself at the n-th moment (0: never). Moments are the beginnings and ends of all that
reaches outside: requests, rows, files. Answers with a line: the signal that ended it, and the moments that it saw.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from harvest_desk import HarvestDesk, local_client
from played_sources import Led, readers_for
from pydantic import TypeAdapter

from pipelines.domain.sources import Source
from pipelines.harvest import crossref
from pipelines.harvest.client import Client
from pipelines.settings import Settings
from pipelines.store.arrivals import Arrivals
from pipelines.store.harvest import HarvestStore
from pipelines.store.workspace import open_workspace

PLACES: tuple[tuple[type, str], ...] = (
    (Client, "_once"),
    (Arrivals, "take"),
    *((HarvestStore, name) for name in ("take", "update", "save_status", "add_harvest")),
)


class Moments:
    """Counts them, and ends the process at one."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.n = 0

    def pass_by(self) -> None:
        self.n += 1
        if self.n == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, place: type, name: str) -> None:
        """Count when ``name`` begins, and when it ended."""
        real = getattr(place, name)

        def watched(*given: Any, **named: Any) -> Any:
            self.pass_by()
            try:
                return real(*given, **named)
            finally:
                self.pass_by()

        setattr(place, name, watched)


def harvest(sources: list[Source], root: str, workspace: Path, last: int) -> int:
    """Harvest once; the number of moments."""
    moments = Moments(last)
    for place, name in PLACES:
        moments.watch(place, name)
    settings = Settings(workspace=workspace)
    opened = open_workspace(workspace, settings.database)
    with opened.harvesting(), local_client() as client:
        desk = HarvestDesk(settings, opened, sources=sources, fetch=Led(client, root))
        desk.readers = readers_for(desk.moment)
        desk.harvest()
    return moments.n


def main() -> None:
    """Until there are no more lines."""
    sources = TypeAdapter(list[Source]).validate_json(Path(sys.argv[1]).read_bytes())
    crossref._PER_PAGE = 2
    for line in sys.stdin:
        last, _, workspace = line.strip().partition(" ")
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(tell, b"%d" % harvest(sources, sys.argv[2], Path(workspace), int(last)))
            os._exit(0)
        os.close(tell)
        n_moments = os.read(told, 20).decode() or last
        os.close(told)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)} {n_moments}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
