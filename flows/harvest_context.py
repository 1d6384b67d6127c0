"""What the steps of one harvest share: workspace, client, readers, judge, and what came of each source so far."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

from pipelines.domain.documents import Reason
from pipelines.domain.moments import now as present
from pipelines.domain.sources import FoundItem, Harvest, HarvestItem, Source, SourceKind
from pipelines.harvest.fetching import Fetcher, SourceReader
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.arrivals import Arrivals

Judge = Callable[[Sequence[FoundItem]], Sequence[float]]
"""Relevance of items by title and abstract, between 0 and 1, in their order."""

KEPT_PROBLEMS = 5
"""Of a source in one harvest: enough to see what is wrong; one sentence each on page and terminal."""
_MEGABYTE = 2**20


@dataclass
class Tally:
    """What came of one source in this harvest; made into a :class:`Harvest` at its end."""

    source_id: str
    started: datetime
    skipped: bool = False
    """Not asked: it is not time yet for another try."""
    n_found: int = 0
    n_new: int = 0
    n_left_out: int = 0
    n_fetched: int = 0
    n_abstracts: int = 0
    n_doubles: int = 0
    n_failed: int = 0
    problems: list[Reason] = field(default_factory=list)
    """Entries that could not be read, and what changed about the source."""
    reason: Reason | None = None
    """Why it could not be read to the end."""

    def as_harvest(self, finished: datetime) -> Harvest:
        """As it is kept."""
        counts = {name: getattr(self, name) for name in Harvest.model_fields if name.startswith("n_")}
        told = {"reason": self.reason, "problems": tuple(self.problems[:KEPT_PROBLEMS])}
        return Harvest(source_id=self.source_id, started=self.started, finished=finished, **told, **counts)


@dataclass
class HarvestContext:
    """Made once a harvest.

    Parameters
    ----------
    readers
        What reads each kind of source.
    judge
        Called only where something is to be judged, since it may have to load models.
    only_asked
        Ids of sources of which only is fetched what people asked for: they are off, and are not read.
    by_hand
        Whether somebody asked for these sources: then they are asked also before their next try is due.
    now, draw
        The time in UTC, and chance between 0 and 1; for tests.
    """

    settings: Settings
    workspace: Workspace
    sources: Sequence[Source]
    fetch: Fetcher
    readers: Mapping[SourceKind, SourceReader]
    judge: Judge
    only_asked: frozenset[str] = frozenset()
    by_hand: bool = False
    now: Callable[[], datetime] = present
    draw: Callable[[], float] = random.random
    tallies: dict[str, Tally] = field(default_factory=dict)
    fetched: dict[str, HarvestItem] = field(default_factory=dict)
    """Address of a file that was fetched in this harvest -> the item it was fetched for."""

    def source(self, source_id: str) -> Source:
        """One of the sources."""
        return next(source for source in self.sources if source.id == source_id)

    def tally(self, source_id: str) -> Tally:
        """What came of a source so far."""
        if source_id not in self.tallies:
            self.tallies[source_id] = Tally(source_id, self.now())
        return self.tallies[source_id]

    @property
    def most_bytes(self) -> int:
        """Longest file that is kept."""
        return self.settings.harvest_file_megabytes * _MEGABYTE

    @cached_property
    def arrivals(self) -> Arrivals:
        """Where files go; looks at what lies in ``data/raw`` once a harvest."""
        return Arrivals(self.settings.raw_dir, self.most_bytes, self._is_intact)

    def _is_intact(self, document_id: str) -> bool:
        for document in self.workspace.documents.summaries([document_id]):
            kept = [self.workspace.root / document.file] if document.file else []
            return any(_holds(path, document.checksum) for path in (*map(Path, document.paths), *kept))
        return False


def _holds(path: Path, checksum: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == checksum
    except (OSError, ValueError):  # also a name with a null character
        return False


_contexts: dict[str, HarvestContext] = {}


@contextmanager
def shared(token: str, context: HarvestContext) -> Iterator[None]:
    """Let the tasks of one harvest find its context; Prefect would try to serialise it as a parameter."""
    _contexts[token] = context
    try:
        yield
    finally:
        del _contexts[token]


def context_of(token: str) -> HarvestContext:
    """The context of a harvest that is going on in this process."""
    return _contexts[token]
