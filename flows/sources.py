"""The sources of a workspace: what the file of sources says, what people turned on or off, and how each is doing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipelines.domain.moments import now as present
from pipelines.domain.sources import HarvestItem, ItemState, Source, SourceStatus
from pipelines.domain.switches import Switch, Switched
from pipelines.errors import SettingsError, UnknownError
from pipelines.harvest.source_file import WORKSPACE_FILE, read_sources, shipped_path, sources_path
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.files import write_whole


@dataclass(frozen=True)
class ListedSource:
    """A source, whether it is on, and how it is doing."""

    source: Source
    enabled: bool
    switch: Switch | None
    """Who turned it on or off last; ``None`` where the file decides."""
    status: SourceStatus
    counts: dict[ItemState, int]
    """Items that it ever offered, by what came of them."""

    def record(self, reason: str | None = None) -> dict[str, Any]:
        """As other programs read it; ``reason`` is that of the latest failure, in words."""
        source, status = self.source, self.status
        return {
            "id": source.id,
            "name": source.name,
            "kind": source.kind.value,
            "address": source.address,
            "query": source.query,
            "enabled": self.enabled,
            "switched_by": None if self.switch is None else self.switch.person,
            "last_tried": _iso(status.last_tried),
            "last_success": _iso(status.last_success),
            "next_try": _iso(status.next_try),
            "new": status.n_new,
            "failures": status.n_failures,
            "error": reason,
            "moved_to": status.moved_to,
            "items": {state.value: n for state, n in self.counts.items()},
        }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def list_sources(settings: Settings, workspace: Workspace) -> list[ListedSource]:
    """All sources, in the order of the file.

    Raises
    ------
    SettingsError
        The file of sources cannot be read, or something is wrong in it.
    """
    switches = workspace.acts.switches(Switched.SOURCE)
    statuses, counts = workspace.harvest.statuses(), workspace.harvest.counts()
    listed: list[ListedSource] = []
    for source in read_sources(sources_path(settings.workspace)):
        switch = switches.get(source.id)
        listed.append(
            ListedSource(
                source,
                source.enabled if switch is None else switch.enabled,
                switch,
                statuses.get(source.id) or SourceStatus(source_id=source.id),
                counts.get(source.id, {}),
            )
        )
    return listed


def chosen_sources(listed: Sequence[ListedSource], source_ids: Sequence[str]) -> list[ListedSource]:
    """Those of these ids, also where they are off; all that are on where none are named.

    Raises
    ------
    UnknownError
        An id is that of no source.
    """
    if not source_ids:
        return [one for one in listed if one.enabled]
    by_id = {one.source.id: one for one in listed}
    for source_id in source_ids:
        if source_id not in by_id:
            raise UnknownError("error.source_unknown", source=source_id)
    return [by_id[source_id] for source_id in dict.fromkeys(source_ids)]


def switch_sources(
    settings: Settings, workspace: Workspace, source_ids: Sequence[str], person: str, *, enabled: bool
) -> list[ListedSource]:
    """Turn sources on or off; returns those for which that is a change.

    Raises
    ------
    UnknownError
        An id is that of no source; nothing was changed.
    SettingsError
        Nobody is named, or the file of sources cannot be read.
    """
    if not person.strip():
        raise SettingsError("error.source_nobody")
    listed = list_sources(settings, workspace)
    changed = [one for one in chosen_sources(listed, source_ids) if source_ids and one.enabled is not enabled]
    for one in changed:
        workspace.acts.switch(
            Switch(
                id=secrets.token_hex(10),
                kind=Switched.SOURCE,
                subject=one.source.id,
                person=person.strip(),
                decided=present(),
                enabled=enabled,
            )
        )
    return changed


def pull_items(
    settings: Settings, workspace: Workspace, item_ids: Sequence[str], person: str
) -> tuple[list[HarvestItem], list[HarvestItem]]:
    """Have items fetched at the next harvest; returns those that change by it, and those that cannot be had.

    The latter are of sources that stand in the file no more: nobody could tell how they are to be asked.

    Raises
    ------
    SettingsError
        The file of sources cannot be read.
    """
    known = {one.id for one in read_sources(sources_path(settings.workspace))}
    items = [item for one in dict.fromkeys(item_ids) if (item := workspace.harvest.get(one)) is not None]
    lost = [item for item in items if item.source_id not in known]
    return workspace.harvest.pull([item.id for item in items if item.source_id in known], person), lost


def copy_sources_file(settings: Settings) -> Path:
    """Copy the shipped list of sources into the workspace, to be edited there; returns where it is.

    Raises
    ------
    SettingsError
        The workspace has a file of sources already.
    StoreError
        It cannot be written.
    """
    own = settings.workspace / WORKSPACE_FILE
    if own.exists():
        raise SettingsError("error.sources_file_there", path=str(own))
    write_whole(own, shipped_path().read_bytes())
    return own
