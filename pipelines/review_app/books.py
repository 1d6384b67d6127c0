"""What the pages of table and readers keep in memory between two looks."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipelines.domain.accounts import Account, AccountRole
from pipelines.domain.decisions import CONCLUSIVE, ItemState, Standing
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.review.agreement import Agreement, agreement_per_label
from pipelines.review.deciding import reads_blind
from pipelines.review.support import Piece, Support, piece_of, place_pieces
from pipelines.store import Workspace
from pipelines.store.evidence import Placement, ReaderCounts

_CONCLUDED = (ItemState.ACCEPTED, ItemState.REJECTED)


class _News:
    """Tells what was decided since it was last asked."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._inbox: object = None
        self._sequence = 0

    def look(self) -> set[str] | None:
        """Items with new decisions; ``None`` where any may have changed: at first, and when groups were made anew."""
        inbox = self._workspace.inbox.stamp()
        anew = inbox != self._inbox
        self._inbox = inbox
        self._sequence, changed = self._workspace.evidence.since(self._sequence)
        return None if anew else changed


class SupportBook:
    """What stands for and against each statement, and what is still to be decided."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lock = threading.Lock()
        self._news = _News(workspace)
        self._flagged: dict[str, Placement] = {}
        self._states: dict[str, ItemState] = {}
        self._known: dict[str, tuple[datetime, Piece]] = {}
        self._pieces: tuple[Piece, ...] = ()
        self._placements: Counter[Placement] = Counter()
        self._placed: tuple[object, Support] | None = None

    def _refresh(self) -> None:
        store = self._workspace.evidence
        changed = self._news.look()
        if changed is None:
            self._flagged, self._states, self._known = store.flagged(), store.states(), {}
            changed = {item_id for item_id, state in self._states.items() if state in _CONCLUDED}
        elif not changed:
            return
        # Only what changed is read again: after one decision that is one item.
        for item_id, standing in store.folded(changed):
            self._states[item_id] = standing.state
            piece = piece_of(item_id, standing)
            self._known.pop(item_id, None)
            if piece is not None and standing.holds is not None:
                self._known[item_id] = (standing.holds.decided, piece)
        order = sorted(self._known.items(), key=lambda one: (one[1][0], one[0]), reverse=True)
        self._pieces = tuple(piece for _, (_, piece) in order)
        still_open = (ItemState.OPEN, None)
        self._placements = Counter(
            placement for item_id, placement in self._flagged.items() if self._states.get(item_id) in still_open
        )
        self._placed = None

    def placements(self) -> Mapping[Placement, int]:
        """What is still to be decided, counted by where the models put it."""
        with self._lock:
            self._refresh()
            return self._placements

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
        self._news = _News(workspace)
        self._standings: dict[str, Standing] = {}
        self._asked: tuple[tuple[str, Standing], ...] = ()
        self._readings: Readings | None = None

    def _refresh(self) -> None:
        changed = self._news.look()
        if changed is not None and not changed:
            return
        if changed is None:
            self._standings = {}
        for item_id in changed or ():
            self._standings.pop(item_id, None)
        self._readings = None
        self._asked = self._of(self._workspace.evidence.asked())

    def _of(self, item_ids: Sequence[str]) -> tuple[tuple[str, Standing], ...]:
        missing = [item_id for item_id in item_ids if item_id not in self._standings]
        self._standings |= dict(self._workspace.evidence.folded(missing))
        return tuple((item_id, self._standings[item_id]) for item_id in item_ids if item_id in self._standings)

    def blind_for(self, account: Account) -> frozenset[str]:
        """Items of which ``account`` must not see the first decision yet; none for whoever cannot be asked to read."""
        if not account.role.may(AccountRole.REVIEWER):
            return frozenset()
        with self._lock:
            self._refresh()
            return frozenset(item_id for item_id, standing in self._asked if reads_blind(standing, account.name))

    def readings(self) -> Readings:
        """All readings so far."""
        with self._lock:
            self._refresh()
            if self._readings is None:
                self._readings = self._read()
            return self._readings

    def _read(self) -> Readings:
        store = self._workspace.evidence
        pairs = [
            (standing.first.judgement, standing.second.judgement)
            for _, standing in self._of(store.read_twice())
            if standing.first is not None
            and standing.second is not None
            and {standing.first.verdict, standing.second.verdict} <= CONCLUSIVE
        ]
        return Readings(
            agreement_per_label(pairs),
            len(pairs),
            self._of(store.items_in(ItemState.DISAGREEMENT)),
            self._asked,
            tuple(store.readers()),
        )
