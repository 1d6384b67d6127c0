"""What the pages of table, topics and readers keep in memory between two looks."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipelines.domain.decisions import CONCLUSIVE, ItemState, Standing
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.runs import Run
from pipelines.domain.topics import Topic, TopicModel
from pipelines.review.agreement import Agreement, agreement_per_label
from pipelines.review.deciding import reads_blind
from pipelines.review.support import Piece, Support, piece_of, place_pieces
from pipelines.store import Workspace
from pipelines.store.evidence import Proposals, ReaderCounts, Stamp


class SupportBook:
    """What stands for and against each statement."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._stamp: object = None
        self._known: dict[str, tuple[Stamp, Piece | None]] = {}
        self._pieces: tuple[Piece, ...] = ()
        self._proposals: list[Proposals] = []
        self._placed: tuple[object, Support] | None = None

    def _refresh(self) -> None:
        stamp = (self._workspace.decisions.count(), self._workspace.inbox.stamp())
        if stamp == self._stamp:
            return
        store = self._workspace.evidence
        stamps = store.stamps()
        known = {item_id: kept for item_id, kept in self._known.items() if stamps.get(item_id) == kept[0]}
        # Only what changed is read again: after one decision that is one item.
        for item_id, standing in store.folded([item_id for item_id in stamps if item_id not in known]):
            known[item_id] = (stamps[item_id], piece_of(item_id, standing))
        order = sorted(known, key=lambda item_id: (known[item_id][0][3], item_id), reverse=True)
        self._pieces = tuple(piece for item_id in order if (piece := known[item_id][1]) is not None)
        self._proposals, self._known, self._placed = store.proposals(), known, None
        self._stamp = stamp

    def proposals(self) -> list[Proposals]:
        """What is still to be decided, counted by where the models put it."""
        with self._lock:
            self._refresh()
            return self._proposals

    def support(self, table: EvidenceTable, hidden: frozenset[str] = frozenset()) -> Support:
        """What was concluded, by its place in ``table``, the latest first; without the items in ``hidden``."""
        with self._lock:
            self._refresh()
            if hidden:
                return place_pieces((piece for piece in self._pieces if piece.item_id not in hidden), table)
            if self._placed is None or self._placed[0] != table.version:
                self._placed = (table.version, place_pieces(self._pieces, table))
            return self._placed[1]


@dataclass(frozen=True)
class KnownTopics:
    """Topics of a scan, and which passages each holds."""

    run: Run
    model: TopicModel
    members: Mapping[str, tuple[str, ...]]
    """Topic id -> passage ids, in the order in which they were stored."""

    @cached_property
    def by_id(self) -> dict[str, Topic]:
        """Topics by id."""
        return {topic.id: topic for topic in self.model.topics}


class TopicBook:
    """Topics of the latest scan that has them; with 100,000 passages reading them takes longer than a page may."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._known: KnownTopics | None = None

    def latest(self) -> KnownTopics | None:
        """The topics; ``None`` before the first scan with topics is done."""
        run_id = self._workspace.evidence.latest_topics_run()
        if run_id is None:
            return None
        with self._lock:
            if self._known is None or self._known.run.id != run_id:
                model = self._workspace.runs.topics(run_id)
                if model is None:
                    return None
                members: dict[str, list[str]] = {}
                for passage_id, topic_id in model.assignments.items():
                    members.setdefault(topic_id, []).append(passage_id)
                lean = model.model_copy(update={"assignments": {}})
                inside = {topic_id: tuple(found) for topic_id, found in members.items()}
                self._known = KnownTopics(self._workspace.runs.get(run_id), lean, inside)
            return self._known


@dataclass(frozen=True)
class Readings:
    """What several people read."""

    agreement: Mapping[str, Agreement]
    n_pairs: int
    """Items on which two came to a conclusion, the second blind."""
    disagreements: tuple[tuple[str, Standing], ...]
    """Items in disagreement, the latest first."""
    asked: tuple[tuple[str, Standing], ...]
    """Items with a second reading that was asked and not given, the latest first."""
    readers: tuple[ReaderCounts, ...]


class ReadingsBook:
    """Second readings, and how far readers agree."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._readings: tuple[Any, Readings] | None = None
        self._asked: tuple[Any, tuple[tuple[str, Standing], ...]] | None = None

    def _stamp(self) -> object:
        return self._workspace.decisions.count(), self._workspace.inbox.stamp()

    def asked(self) -> tuple[tuple[str, Standing], ...]:
        """Items with a second reading that was asked and not given, the latest first."""
        store = self._workspace.evidence
        with self._lock:
            stamp = self._stamp()
            if self._asked is None or self._asked[0] != stamp:
                items = store.asked()
                found = dict(store.folded(items))
                self._asked = (stamp, tuple((item_id, found[item_id]) for item_id in items if item_id in found))
            return self._asked[1]

    def blind_for(self, account: str) -> frozenset[str]:
        """Items of which ``account`` must not see the first decision yet."""
        return frozenset(item_id for item_id, standing in self.asked() if reads_blind(standing, account))

    def readings(self) -> Readings:
        """All readings so far."""
        asked = self.asked()
        with self._lock:
            stamp = self._stamp()
            if self._readings is None or self._readings[0] != stamp:
                self._readings = (stamp, self._read(asked))
            return self._readings[1]

    def _read(self, asked: tuple[tuple[str, Standing], ...]) -> Readings:
        store = self._workspace.evidence
        twice, differing = store.read_twice(), store.items_in(ItemState.DISAGREEMENT)
        found = dict(store.folded(dict.fromkeys([*twice, *differing])))
        pairs = [
            (standing.first.judgement, standing.second.judgement)
            for standing in (found[item_id] for item_id in twice if item_id in found)
            if standing.first is not None
            and standing.second is not None
            and {standing.first.verdict, standing.second.verdict} <= CONCLUSIVE
        ]
        return Readings(
            agreement_per_label(pairs),
            len(pairs),
            tuple((item_id, found[item_id]) for item_id in differing if item_id in found),
            asked,
            tuple(store.readers()),
        )
