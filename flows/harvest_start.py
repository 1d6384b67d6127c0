"""Starts a harvest from the command line, the page or a schedule."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flows.context import ScanContext
from flows.harvest_context import KEPT_PROBLEMS, HarvestContext, Judge, Tally, shared
from flows.orchestrator import log_to_file
from flows.progress import progress
from flows.progress_file import Job, recorded
from flows.server import PrefectServer
from flows.sources import ListedSource, chosen_sources, list_sources
from flows.workspace import open_settings_workspace
from pipelines import __version__
from pipelines.domain.documents import Reason
from pipelines.domain.moments import now as present
from pipelines.domain.record import Record
from pipelines.domain.sources import Bookmark, ItemState, Source, SourceKind, SourceStatus
from pipelines.errors import KennisstandError
from pipelines.harvest.client import Client, client_from
from pipelines.harvest.fetching import SourceReader
from pipelines.harvest.registry import readers
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.abandoned import remove_abandoned

if TYPE_CHECKING:
    from pydantic import SecretStr

    from pipelines.harvest.openalex import DayTally

_MEGABYTE = 2**20
_LOOKED_AT = "(looked at)"
"""Stands for a source, and can be the id of none: under it is counted what looking at sources costs a day."""


class SourceOutcome(Record):
    """What came of one source."""

    source: str
    name: str
    skipped: bool = False
    """Not asked: it is not time yet for another try."""
    found: int = 0
    new: int = 0
    left_out: int = 0
    fetched: int = 0
    abstracts: int = 0
    doubles: int = 0
    failed: int = 0
    problems: int = 0
    """Entries that could not be read, and what changed about the source."""
    notes: tuple[Reason, ...] = ()
    """The first of these."""
    reason: Reason | None = None
    """Why it could not be read to the end."""


class HarvestOutcome(Record):
    """What came of a harvest."""

    sources: tuple[SourceOutcome, ...] = ()
    seconds: float = 0.0

    @property
    def n_new(self) -> int:
        """Items that were seen for the first time."""
        return sum(one.new for one in self.sources)

    @property
    def n_files(self) -> int:
        """Files that now lie in ``data/raw``, abstracts among them."""
        return sum(one.fetched + one.abstracts for one in self.sources)

    @property
    def failed(self) -> tuple[SourceOutcome, ...]:
        """Sources that could not be read to the end."""
        return tuple(one for one in self.sources if one.reason is not None)


def start_harvest(settings: Settings, source_ids: Sequence[str] = (), *, judge: Judge | None = None) -> HarvestOutcome:
    """Harvest sources: those named, also where they are off or failed a moment ago; else all that are on.

    In the latter case also what people asked for of sources that are off is fetched.

    Parameters
    ----------
    settings
        Of the workspace.
    source_ids
        Ids of sources.
    judge
        Says how relevant items are; the models for labels if ``None``, loaded where there is something to judge.

    Raises
    ------
    StoreError
        Another harvest is busy in this workspace, or the store cannot be used.
    SettingsError
        The file of sources or a setting is wrong.
    UnknownError
        An id is that of no source.
    """
    begun = time.perf_counter()
    workspace = open_settings_workspace(settings)
    models = ScanContext(settings, workspace)
    log_to_file(settings.workspace)
    try:
        with workspace.harvesting(), recorded(settings.processed_dir, Job.HARVEST):
            known = list_sources(settings, workspace)
            listed, asked = chosen_sources(known, source_ids), [] if source_ids else asked_for(workspace, known)
            listed += asked
            if not listed:
                return HarvestOutcome(seconds=round(time.perf_counter() - begun, 1))
            with harvest_client(settings) as client:
                context = HarvestContext(
                    settings,
                    workspace,
                    [one.source for one in listed],
                    client,
                    harvest_readers(settings, workspace, listed),
                    judge or (lambda items: _judge(models, items)),
                    only_asked=frozenset(one.source.id for one in asked),
                    by_hand=bool(source_ids),
                )
                _run(context)
            return _outcome(context, listed, begun)
    finally:
        models.close()
        workspace.close()


def asked_for(workspace: Workspace, known: Sequence[ListedSource]) -> list[ListedSource]:
    """Sources that are off, and of which somebody asked for something that is yet to be fetched."""
    off = [one for one in known if not one.enabled and {ItemState.WAITING, ItemState.FAILED} & one.counts.keys()]
    return [one for one in off if any(item.asked_by for item in workspace.harvest.waiting(one.source.id, present()))]


def _judge(models: ScanContext, items: Sequence) -> list[float]:
    from flows.relevance import relevance_of  # with the models

    return relevance_of(models.kit, items)


def _run(context: HarvestContext) -> None:
    """Let the flow do it, on a server of its own for so long."""
    import httpx

    for source in context.sources:
        remove_abandoned(context.settings.raw_dir / "harvested" / source.id)
    server = PrefectServer(context.settings.workspace)
    try:
        progress().begin("start", None)
        server.begin()
        server.wait()
        from flows.harvest import harvest  # after the address of the server is known

        token = secrets.token_hex(8)
        with shared(token, context):
            try:
                harvest(token)
            except httpx.HTTPError as error:
                raise KennisstandError("error.orchestrator_lost") from error
    finally:
        server.close()


def harvest_client(settings: Settings) -> Client:
    """A client for sources, to be closed after use.

    Raises
    ------
    SettingsError
        A setting is wrong.
    """
    return client_from(
        contact=settings.harvest_contact,
        hosts=settings.harvest_hosts,
        request_seconds=settings.harvest_request_seconds,
        pause_seconds=settings.harvest_pause_seconds,
        max_bytes=settings.harvest_file_megabytes * _MEGABYTE,
        version=__version__,
    )


def harvest_readers(
    settings: Settings, workspace: Workspace, listed: Sequence[ListedSource]
) -> dict[SourceKind, SourceReader]:
    """What reads each kind of source, with keys and budgets of the settings."""
    key, daily = _plain(settings.openalex_key), settings.openalex_daily
    found = readers(
        openalex_key=key, openalex_daily=daily, contact=settings.harvest_contact, zotero_key=_plain(settings.zotero_key)
    )
    if any(one.source.kind is SourceKind.OPENALEX for one in listed):
        from pipelines.harvest.openalex import OpenAlexReader

        tally = day_tally(workspace)
        found[SourceKind.OPENALEX] = OpenAlexReader(key, settings.harvest_contact, daily, tally=tally)
    return found


def day_tally(workspace: Workspace) -> DayTally:
    """What OpenAlex was asked today: the budget is one for all sources, also those that are not read now."""
    from pipelines.harvest.openalex import DayTally

    tally, today = DayTally(), datetime.now(UTC).date()
    for source_id, status in workspace.harvest.statuses().items():
        tally.learn(source_id, status.bookmark, today)
    return tally


@contextmanager
def counted_reader(settings: Settings, workspace: Workspace, listed: ListedSource) -> Iterator[SourceReader]:
    """What reads a source for somebody who only looks; what OpenAlex is asked counts for the day all the same."""
    from pipelines.harvest.openalex import OpenAlexReader

    source_id = listed.source.id
    read = harvest_readers(settings, workspace, [listed])[listed.source.kind]
    before = read.tally.by_source.get(source_id, 0) if isinstance(read, OpenAlexReader) else 0
    try:
        yield read
    finally:
        if isinstance(read, OpenAlexReader):
            asked = read.tally.by_source.get(_LOOKED_AT, 0) + read.tally.by_source.get(source_id, 0) - before
            counted = Bookmark(values={"day": read.tally.day.isoformat(), "asked": str(asked)})
            workspace.harvest.save_status(SourceStatus(source_id=_LOOKED_AT, bookmark=counted))


def _plain(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _outcome(context: HarvestContext, listed: Sequence[ListedSource], begun: float) -> HarvestOutcome:
    told = tuple(_told(one.source, context.tally(one.source.id)) for one in listed)
    return HarvestOutcome(sources=told, seconds=round(time.perf_counter() - begun, 1))


def _told(source: Source, tally: Tally) -> SourceOutcome:
    return SourceOutcome(
        source=source.id,
        name=source.name,
        skipped=tally.skipped,
        found=tally.n_found,
        new=tally.n_new,
        left_out=tally.n_left_out,
        fetched=tally.n_fetched,
        abstracts=tally.n_abstracts,
        doubles=tally.n_doubles,
        failed=tally.n_failed,
        problems=len(tally.problems),
        notes=tuple(tally.problems[:KEPT_PROBLEMS]),
        reason=tally.reason,
    )
