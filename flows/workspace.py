"""Opens the workspace that the settings name."""

from __future__ import annotations

from pipelines.domain.moments import now
from pipelines.domain.proposals import VersionOrigin, VersionRecord
from pipelines.settings import Settings
from pipelines.store import Workspace, open_workspace


def open_settings_workspace(settings: Settings) -> Workspace:
    """The workspace of ``settings``; a new one gets the starting table.

    Raises
    ------
    StoreError
        The folder or the database cannot be used.
    """
    workspace = open_workspace(settings.workspace, settings.database)
    if not workspace.tables.versions():
        from pipelines.table.starting import starting_table  # seconds to import, and needed once a workspace

        table = starting_table()
        workspace.tables.add(table, VersionRecord(version=table.version, created=now(), origin=VersionOrigin.SHIPPED))
    return workspace
