"""Where search looks things up: an index in memory, or the database itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from pipelines.errors import SettingsError
from pipelines.store.passages import PassageFilter
from pipelines.store.search_database import SearchDatabase, is_searchable
from pipelines.store.search_vectors import SearchVectors

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from flows.context import ScanContext
    from flows.search_index import Found

logger = logging.getLogger(__name__)

IN_DATABASE_FROM = 500_000
"""Passages from which ``auto`` searches in the database."""


class Search(Protocol):
    """Finds passages of a workspace; both ways of search do this."""

    def search(self, query: str, number: int = 10, offset: int = 0, chosen: PassageFilter | None = None) -> Found:
        """The passages that fit a query best."""
        ...

    def ids(self, query: str, number: int) -> list[str]:
        """Ids of the passages that fit a query best, without reading them."""
        ...

    def refresh(self) -> bool:
        """Take in what has changed in the store, and wait for it; whether anything had."""
        ...

    def wait(self) -> None:
        """Until a thread that takes in changes is done."""
        ...


def open_search(context: ScanContext, clock: Callable[[], float] = time.monotonic) -> Search:
    """The search that the settings name (``search_in``).

    Raises
    ------
    SettingsError
        The settings name the database, and it is a file.
    """
    engine, where = context.workspace.engine, context.settings.search_in
    if where == "database" and not is_searchable(engine):
        raise SettingsError("error.search_in_file")
    if where == "database" or (where == "auto" and is_searchable(engine) and _is_large(engine)):
        from flows.search_in_database import DatabaseSearch  # seconds, as the other

        return DatabaseSearch(context, clock)
    from flows.search_index import LibrarySearch

    return LibrarySearch(context, clock)


def _is_large(engine: Engine) -> bool:
    # By words alone the database finds less than the index in memory (docs/postgresql.md): people may choose that.
    return SearchDatabase(engine).n_passages() >= IN_DATABASE_FROM and SearchVectors(engine).has_extension()
