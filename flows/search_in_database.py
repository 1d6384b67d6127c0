"""Search in a workspace whose database looks things up itself: for stores too large for an index in memory."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

from flows.encoders import shipped_choice
from flows.progress import progress
from flows.search_index import CHECK_SECONDS, Found, Hit
from flows.search_sought import Looked, for_marking, look_up
from flows.vectors import vectors_of
from pipelines.errors import KennisstandError
from pipelines.language.search import LEAST_COSINE, MEANING_WEIGHT
from pipelines.language.search_query import Query
from pipelines.store.passages import PassageFilter
from pipelines.store.search_database import Meant, Ranked, SearchDatabase
from pipelines.store.search_texts import SearchTexts, Stamp
from pipelines.store.search_vectors import SearchVectors

if TYPE_CHECKING:
    from flows.context import ScanContext

logger = logging.getLogger(__name__)

_AT_ONCE = 2_048
"""Passages whose vectors are sent in one transaction."""
FIRST_SECONDS = 5.0
"""So long the first question waits for what is not in the database yet. All vectors of a large store take minutes, and
until they are there words find what they find without."""


class DatabaseSearch:
    """Search by the words and, with pgvector, the vectors in a PostgreSQL database. For several threads at once.

    Words of a passage are there as soon as the passage is. What else follows (the list of words for compounds and slips
    of the pen, and vectors) is brought up to date by a thread; the first question waits for it, but not for minutes.
    """

    def __init__(self, context: ScanContext, clock: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        engine = context.workspace.engine
        self._texts = SearchTexts(engine)
        self._words = SearchDatabase(engine)
        self._vectors = SearchVectors(engine)
        self._least = LEAST_COSINE if shipped_choice(context.settings) == "static" else None
        self._clock = clock
        self._checked = clock()
        self._stamp: Stamp | None = None
        self._n_passages = 0
        self._by_meaning = False
        self._busy = threading.Lock()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def by_meaning(self) -> bool:
        """Whether passages are found by meaning as well, for which the database needs pgvector."""
        return self._by_meaning

    def search(self, query: str, number: int = 10, offset: int = 0, chosen: PassageFilter | None = None) -> Found:
        """The passages that fit a query best; see :meth:`flows.search_index.LibrarySearch.search`."""
        self._keep_up()
        written = Query.read(query)
        if not written.text:
            return Found(0, ())
        looked, ranked = self._ranked(written, number, offset, chosen)
        documents = self._documents([one for one, _ in ranked.hits])
        items = self._texts.labelled([one for one, _ in ranked.hits], documents)
        marking = for_marking(looked, self._words, [item.passage.text for item in items.values()])
        hits = [
            Hit(score, items[one], marking.spans(items[one].passage.text))
            for one, score in ranked.hits
            if one in items  # else it went since
        ]
        return Found(ranked.total, tuple(hits), None if looked.read is written else looked.read.text)

    def ids(self, query: str, number: int) -> list[str]:
        """Ids of the passages that fit a query best, best first, without reading them."""
        self._keep_up()
        written = Query.read(query)
        return [one for one, _ in self._ranked(written, number, 0, None)[1].hits] if written.text else []

    def _ranked(self, written: Query, number: int, offset: int, chosen: PassageFilter | None) -> tuple[Looked, Ranked]:
        by_meaning, meant = self._by_meaning, None  # as it is now: a thread may be about to find out
        looked = look_up(written, self._words, by_meaning=by_meaning)
        if by_meaning:
            vector = self._context.encoder.encode([looked.read.text])[0]
            meant = Meant(self._vectors.nearest(vector, self._least, chosen), MEANING_WEIGHT)
        ranked = self._words.ranked(
            looked.groups,
            looked.read.phrases,
            self._n_passages,
            meant=meant,
            chosen=chosen,
            number=number,
            offset=offset,
        )
        return looked, ranked

    def _documents(self, passage_ids: list[str]) -> dict:
        found = self._texts.documents_of(passage_ids)
        return {document.id: document for document in self._context.workspace.documents.summaries(found)}

    def refresh(self) -> bool:
        """Take in what has changed in the store, and wait for it; whether anything had.

        Raises
        ------
        StoreError
            The database cannot be read.
        ModelError
            Vectors are missing and the encoder cannot be used.
        """
        with self._busy:
            stamp = self._texts.stamp()  # before all else, so that what changes meanwhile is seen next time
            self._checked = self._clock()
            if self._stamp == stamp:
                return False
            begun = time.perf_counter()
            n_new = self._words.count_fresh()
            self._n_passages = self._words.n_passages()
            self._fill_vectors()
            self._stamp = stamp
            taken = time.perf_counter() - begun
            logger.info("search in the database: %s passages, %s new, %.1f s", self._n_passages, n_new, taken)
            return True

    def wait(self) -> None:
        """Until a thread that takes in changes is done."""
        if self._thread is not None:
            self._thread.join()

    def _keep_up(self) -> None:
        if self._stamp is None:
            with self._starting:
                if self._thread is None or not self._thread.is_alive():
                    self._n_passages = self._words.n_passages()
                    self._begin()
                thread = self._thread
            assert thread is not None  # begun now or before
            thread.join(FIRST_SECONDS)
        elif self._clock() - self._checked >= CHECK_SECONDS and not self._busy.locked():
            self._checked = self._clock()
            if self._texts.stamp() != self._stamp:
                self._begin()

    def _begin(self) -> None:
        self._thread = threading.Thread(target=self._refresh_quietly, name="search-database", daemon=True)
        self._thread.start()

    def _refresh_quietly(self) -> None:
        try:
            self.refresh()
        except KennisstandError as error:  # words are found all the same, and the next question tries again
            logger.warning("the vectors in the database could not be brought up to date: %s", error)

    def _fill_vectors(self) -> None:
        """Put vectors that are missing in the database, where it takes them, and find passages by them from then on."""
        dimensions = self._context.encoder.dimensions
        if not self._vectors.prepare(self._context.encoder_version, dimensions):
            self._by_meaning = False
            return
        lacking = self._vectors.lacking()
        if lacking:
            progress().begin("search_vectors", len(lacking))
            for part in _parts(lacking):
                self._vectors.add([passage for _, passage in part], vectors_of(self._context, part))
                progress().advance("search_vectors", len(part))
            progress().end("search_vectors")
        self._by_meaning = True  # without the index more slowly, and not less well
        self._vectors.make_index(dimensions)


def _parts(passages: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    """Documents and passages in parts, each document whole: its vectors are in one file."""
    parts: list[list[tuple[str, str]]] = [[]]
    for _, of_document in groupby(passages, key=lambda one: one[0]):
        if len(parts[-1]) >= _AT_ONCE:
            parts.append([])
        parts[-1].extend(of_document)
    return parts
