"""Search in a workspace: an index of all labelled passages that a process keeps and brings up to date by itself."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flows.encoders import shipped_choice
from flows.progress import progress
from flows.search_snapshot import Snapshot, describe
from flows.vectors import encode_documents, passage_vectors
from pipelines.domain.runs import LabelledPassage
from pipelines.errors import KennisstandError, StoreError
from pipelines.language.encoder import FloatArray
from pipelines.language.search import LEAST_COSINE, Ranking, SearchIndex
from pipelines.language.search_arrays import arrays_of, index_from
from pipelines.language.search_query import Query, Span
from pipelines.language.search_segment import Batch
from pipelines.language.search_spelling import mended
from pipelines.store.passages import PassageFilter
from pipelines.store.search_texts import FindableRow, SearchFile, SearchTexts, Stamp

if TYPE_CHECKING:
    from flows.context import ScanContext

logger = logging.getLogger(__name__)

CHECK_SECONDS = 2.0
"""How long an answer may be behind what was stored, apart from the time it takes to take that in."""
_AT_ONCE = 4_096
"""Passages whose texts and vectors are in memory at a time while an index is made."""
_KEPT_SHARE = 0.05
"""The file is written anew where this share of the passages came or went since."""
_NO_WORD = "qwwxzzq"


@dataclass(frozen=True)
class Hit:
    """A passage that was found."""

    score: float
    """Comparable within one answer only."""
    item: LabelledPassage
    matched: tuple[Span, ...]
    """Characters of the text that hold a word that was sought, in order; none where it fits by meaning alone."""


@dataclass(frozen=True)
class Found:
    """An answer: some of what fits, best first."""

    total: int
    """How many fit, near-duplicates counted once."""
    hits: tuple[Hit, ...]
    read_as: str | None = None
    """The query with its slips of the pen mended, where it had any: to be told with the answer."""


class LibrarySearch:
    """Search in all labelled passages of a workspace. May be used by several threads at once.

    The index is made with the first question, or loaded where an earlier process kept it. Later questions are answered
    at once by what there is; where the store has changed, a thread takes that in meanwhile.
    """

    def __init__(self, context: ScanContext, clock: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._texts = SearchTexts(context.workspace.engine)
        self._file = SearchFile(context.workspace.root / "data" / "processed" / "search", context.encoder_version)
        self._least = LEAST_COSINE if shipped_choice(context.settings) == "static" else None
        self._clock = clock
        self._checked = clock()
        self._snapshot: Snapshot | None = None
        self._n_changed = 0
        self._busy = threading.Lock()
        self._thread: threading.Thread | None = None

    def search(self, query: str, number: int = 10, offset: int = 0, chosen: PassageFilter | None = None) -> Found:
        """The passages that fit a query best, by words in both languages and by meaning, best first.

        Parameters
        ----------
        query
            Words; what stands between quotation marks must be there as it is.
        number, offset
            How many, and how many to skip.
        chosen
            Narrows where to look.

        Raises
        ------
        StoreError
            The database cannot be read.
        """
        snapshot = self._current()
        written = Query.read(query)
        read = mended(written, snapshot.index.vocabulary)
        ranking, first = self._ranked(snapshot, read, chosen)
        places = first[offset : offset + number]
        ids = [str(snapshot.index.ids[ranking.rows[place]]) for place in places]
        items = self._texts.labelled(ids, snapshot.documents)
        hits = [
            Hit(float(ranking.scores[place]), items[one], ranking.sought.spans(items[one].passage.text))
            for place, one in zip(places, ids, strict=True)
            if one in items  # else it went since
        ]
        return Found(len(first), tuple(hits), None if read is written else read.text)

    def ids(self, query: str, number: int) -> list[str]:
        """Ids of the passages that fit a query best, best first, without reading them."""
        snapshot = self._current()
        ranking, first = self._ranked(snapshot, mended(Query.read(query), snapshot.index.vocabulary), None)
        return [str(snapshot.index.ids[ranking.rows[place]]) for place in first[:number]]

    def _ranked(
        self, snapshot: Snapshot, read: Query, chosen: PassageFilter | None
    ) -> tuple[Ranking, NDArray[np.intp]]:
        """All that fits a query, and the places in it that near-duplicates come first at, in order."""
        vector = self._context.encoder.encode([read.text])[0]
        allowed = None if chosen is None else snapshot.allowed(chosen)
        ranking = snapshot.index.rank(read, vector, self._least, allowed)
        _, first = np.unique(snapshot.group_of[ranking.rows], return_index=True)
        first.sort()
        return ranking, first

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
            if self._snapshot is not None and self._snapshot.stamp == stamp:
                return False
            first = self._snapshot is None
            self._snapshot = self._made(stamp)
            if first:  # the dictionaries, which the first question would wait for otherwise
                mended(Query.read(_NO_WORD), self._snapshot.index.vocabulary)
            return True

    def wait(self) -> None:
        """Until a thread that takes in changes is done."""
        if self._thread is not None:
            self._thread.join()

    def _current(self) -> Snapshot:
        if self._snapshot is None:
            self.refresh()
        assert self._snapshot is not None  # refresh made it or raised
        if self._clock() - self._checked >= CHECK_SECONDS and not self._busy.locked():
            self._checked = self._clock()
            if self._texts.stamp() != self._snapshot.stamp:
                self._thread = threading.Thread(target=self._refresh_quietly, name="search-index", daemon=True)
                self._thread.start()
        return self._snapshot

    def _refresh_quietly(self) -> None:
        try:
            self.refresh()
        except KennisstandError as error:  # the former index serves on, and the next question tries again
            logger.warning("the search index could not be brought up to date: %s", error)

    def _made(self, stamp: Stamp) -> Snapshot:
        begun = time.perf_counter()
        rows = self._texts.rows()
        documents = {document.id: document for document in self._context.workspace.documents.summaries()}
        rows = [row for row in rows if row.document_id in documents]  # else stored between the two questions
        former = self._kept() if self._snapshot is None else self._snapshot.index
        index, n_changed = self._changed(former, rows)
        self._n_changed += n_changed
        if index.n_present and self._n_changed > _KEPT_SHARE * index.n_present:
            self._keep(index)
        taken = time.perf_counter() - begun
        logger.info("search index: %s passages, %s changed, %.1f s", index.n_present, n_changed, taken)
        return describe(index, rows, documents, self._texts.themes(), self._texts.table_rows(), stamp)

    def _kept(self) -> SearchIndex:
        """The index that an earlier process kept, else an empty one."""
        arrays = self._file.load()
        if arrays is not None:
            try:
                return index_from(arrays)
            except (KeyError, ValueError) as error:
                logger.warning("the search index that was kept cannot be used: %s", error)
        return SearchIndex()

    def _keep(self, index: SearchIndex) -> None:
        try:
            self._file.save(arrays_of(index))
            self._n_changed = 0
        except StoreError as error:  # it serves now all the same
            logger.warning("the search index cannot be kept: %s", error)

    def _changed(self, former: SearchIndex, rows: Sequence[FindableRow]) -> tuple[SearchIndex, int]:
        """The index with what is in the store now, and the number of passages that came or went.

        An id follows from the text, so what has the same id need not be looked at.
        """
        here = set(former.ids[former.present].tolist())
        gone = here.difference(row.id for row in rows)
        new = [row for row in rows if row.id not in here]
        self._encode_missing(new)
        index = former.changed(gone, self._batches(new)) if gone or new else former
        return index, len(gone) + len(new)

    def _batches(self, rows: Sequence[FindableRow]) -> Iterator[Batch]:
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            texts = self._texts.texts([row.id for row in some])
            there = [row for row in some if row.id in texts]  # else it went a moment ago
            if there:
                ids = [row.id for row in there]
                yield ids, [texts[one] for one in ids], self._vectors(there)

    def _encode_missing(self, rows: Sequence[FindableRow]) -> None:
        """Make the vectors of documents that have none, a document at a time."""
        present = self._context.workspace.vectors.documents(self._context.encoder_version)
        lacking = [one for one in dict.fromkeys(row.document_id for row in rows) if one not in present]
        if not lacking:
            return
        progress().begin("vectors", len(lacking))
        try:
            encode_documents(self._context, lacking)
        except StoreError as error:  # each batch makes its own then
            logger.warning("vectors cannot be kept: %s", error)
        progress().end("vectors")

    def _vectors(self, rows: Sequence[FindableRow]) -> FloatArray:
        """Vectors of shape (n_rows, dimensions); those that are lost or damaged are made."""
        workspace, version = self._context.workspace, self._context.encoder_version
        found = dict(workspace.vectors.load(version, list(dict.fromkeys(row.document_id for row in rows))))
        lacking = list(dict.fromkeys(row.document_id for row in rows if row.id not in found))
        if lacking:
            documents = {one.id: one for one in workspace.documents.summaries(lacking)}
            items = list(workspace.passages.find(documents, PassageFilter(document_ids=lacking, labelled_only=True)))
            vectors = passage_vectors(self._context, items)
            found.update(zip((item.passage.id for item in items), vectors, strict=True))
        return np.stack([found[row.id] for row in rows])
