"""What all pages share: the settings, the workspace, and what is kept in memory between two pages."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from flows.context import ScanContext
from flows.inbox import is_missing, refresh_inbox
from flows.page_pictures import PagePictures
from pipelines.domain.accounts import AccountRole
from pipelines.domain.documents import Document
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.errors import KennisstandError
from pipelines.review_app.books import ReadingsBook, SupportBook
from pipelines.review_app.dossier_book import DossierBook
from pipelines.review_app.reading_progress import ReadingProgress, Waiting, progress_of
from pipelines.review_app.topic_book import TopicBook
from pipelines.review_app.weighing import WeighingBook
from pipelines.settings import Settings
from pipelines.store import Workspace

if TYPE_CHECKING:
    from flows.search_choice import Search

logger = logging.getLogger(__name__)

_KEPT_DOCUMENTS = 8
"""Documents whose text is kept for the next look at the same one; a large one takes some ten megabytes."""
_NAMES_SECONDS = 5.0
"""So long a name that was just given may be missing from a page."""


class Desk:
    """One for each program that serves pages; safe to use from several threads."""

    def __init__(self, settings: Settings, workspace: Workspace) -> None:
        self.settings = settings
        self.workspace = workspace
        self._lock = threading.Lock()
        self._counting = threading.Lock()
        self._table: EvidenceTable | None = None
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._people: tuple[float, dict[str, tuple[str, AccountRole, bool]]] = (-1e9, {})
        self._progress: tuple[tuple[Any, ...], ReadingProgress] | None = None
        self._waiting: tuple[Any, Waiting] | None = None

    def begin(self) -> None:
        """Called when the program starts to serve."""
        self.pictures.begin()
        threading.Thread(target=self._warm, name="warm", daemon=True).start()
        context = ScanContext(self.settings, self.workspace)
        if is_missing(context):
            try:
                with self.workspace.scanning():
                    refresh_inbox(context)
            except KennisstandError as error:  # a scan is busy, and makes it itself
                logger.warning("the inbox is not made now: %s", error)

    def _warm(self) -> None:
        """Load what the first page and the first search would wait for."""
        try:
            self.progress()
            self.support.support(self.table())
            self.support.placements()
            self.weighing.latest()
            self.topics.latest()
            self.search.refresh()
        except KennisstandError as error:  # told to whoever searches
            logger.warning("the search index is not ready: %s", error)

    def close(self) -> None:
        """End what runs beside the program."""
        if "pictures" in self.__dict__:
            self.pictures.close()
        if "weighing" in self.__dict__:
            self.weighing.close()

    @cached_property
    def pictures(self) -> PagePictures:
        """Pictures of pages, made in a process of their own."""
        return PagePictures(self.settings.processed_dir / "pages")

    @cached_property
    def support(self) -> SupportBook:
        """What stands for and against each statement."""
        return SupportBook(self.workspace)

    @cached_property
    def weighing(self) -> WeighingBook:
        """Weighed evidence and proposals."""
        return WeighingBook(self.workspace, self.settings)

    @cached_property
    def topics(self) -> TopicBook:
        """Topics as they stand."""
        return TopicBook(self.workspace)

    @cached_property
    def dossiers(self) -> DossierBook:
        """Dialogue dossiers."""
        return DossierBook(self.settings, self.workspace)

    @cached_property
    def readings(self) -> ReadingsBook:
        """Second readings, and how far readers agree."""
        return ReadingsBook(self.workspace)

    @cached_property
    def search(self) -> Search:
        """Finds passages."""
        from flows.search_choice import open_search  # seconds, which the first page need not wait for

        return open_search(ScanContext(self.settings, self.workspace))

    def table(self) -> EvidenceTable:
        """The newest version of the evidence table."""
        newest = self.workspace.tables.newest_version()
        with self._lock:
            if self._table is None or self._table.version != newest:
                self._table = self.workspace.tables.get(newest)
            return self._table

    def document(self, document_id: str) -> Document:
        """A document with its text; ``KeyError`` where it is unknown or was never read."""
        key = f"{document_id} {self.workspace.documents.read_in(document_id)}"
        with self._lock:
            if key in self._documents:
                self._documents.move_to_end(key)
                return self._documents[key]
        found = self.workspace.documents.get(document_id)
        with self._lock:
            self._documents[key] = found
            while len(self._documents) > _KEPT_DOCUMENTS:
                self._documents.popitem(last=False)
        return found

    def _known_people(self) -> dict[str, tuple[str, AccountRole, bool]]:
        with self._lock:
            since, people = self._people
            if time.monotonic() - since > _NAMES_SECONDS:
                people = {a.name: (a.full_name, a.role, a.active) for a in self.workspace.accounts.all()}
                self._people = (time.monotonic(), people)
            return people

    def names(self) -> dict[str, str]:
        """Account name -> full name, of all who ever had an account."""
        return {name: full for name, (full, _, _) in self._known_people().items()}

    def readers(self) -> dict[str, str]:
        """Account name -> full name, of those who may decide now."""
        return {
            name: full
            for name, (full, role, active) in self._known_people().items()
            if active and role.may(AccountRole.REVIEWER)
        }

    def progress(self) -> ReadingProgress:
        """How much was read and what remains, over everything that was scanned."""
        # After a scan counting takes a second for 100,000 passages: of ten who come at once one does it.
        with self._counting:
            return self._count_progress()

    def _count_progress(self) -> ReadingProgress:
        stamp = (self.workspace.decisions.count(), self.workspace.inbox.stamp())
        with self._lock:
            if self._progress is not None and self._progress[0] == stamp:
                return self._progress[1]
            kept = self._waiting
        if kept is None or kept[0] != stamp[1]:
            flags = np.fromiter((flag for _, flag in self.workspace.passages.unflagged_items()), dtype=np.float64)
            kept = (stamp[1], Waiting.of(self.workspace.inbox.flags(), flags))
        made = progress_of(kept[1], self.workspace.inbox.verdicts())
        with self._lock:
            self._waiting, self._progress = kept, (stamp, made)
        return made
