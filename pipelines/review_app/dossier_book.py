"""Dossiers that were gathered a moment ago, kept until something changes that they follow from."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING

from flows.context import ScanContext
from flows.dossiers import KnownDossier, known_dossiers, open_dossier
from pipelines.domain.dossiers import Dossier
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.search_texts import SearchTexts

if TYPE_CHECKING:
    from flows.search_choice import Search

_KEPT = 32
"""Dossiers in memory; one holds some sixty passages."""


class DossierBook:
    """One for each program that serves pages; safe to use from several threads."""

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        self._settings = settings
        self._workspace = workspace
        self._texts = SearchTexts(workspace.engine)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], Dossier] = OrderedDict()
        self._gathering: dict[str, threading.Lock] = {}

    @cached_property
    def _context(self) -> ScanContext:
        return ScanContext(self._settings, self._workspace)

    def known(self) -> list[KnownDossier]:
        """All dossiers that can be opened."""
        return known_dossiers(self._workspace)

    def find(self, dossier_id: str) -> KnownDossier | None:
        """The dossier with this id."""
        return next((one for one in self.known() if one.question.id == dossier_id), None)

    def open(self, known: KnownDossier, search: Search, blind: frozenset[str]) -> Dossier:
        """A dossier as it stands now, for somebody who must not see what was decided on the items in ``blind``.

        Raises
        ------
        StoreError
            The database cannot be read.
        """
        stamp = (self._texts.stamp(), self._workspace.decisions.count(), self._workspace.inbox.stamp())
        key = (known.question.id, known.turn, stamp, blind)
        with self._lock:
            gathering = self._gathering.setdefault(known.question.id, threading.Lock())
        with gathering:  # seconds in a large library: of two who open the same at once one gathers it
            made = self._at_hand(key)
            if made is None:
                search.refresh()  # else what is kept may be of before the change that its stamp tells of
                made = open_dossier(self._context, known.question, search, blind=blind)
                self._keep(key, made)
            return made

    def _at_hand(self, key: tuple[object, ...]) -> Dossier | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _keep(self, key: tuple[object, ...], made: Dossier) -> None:
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
