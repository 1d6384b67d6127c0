"""What the page knows of weighed evidence and proposals: worked out beside the requests, so that none waits long."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from flows.evidence_pieces import evidence_pieces
from flows.proposals import all_proposals, current_appraisal, proposals_fingerprint, workspace_rules
from pipelines.domain.appraisal import Appraisal, EvidencePiece, StudyRuling
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.moments import now
from pipelines.domain.proposals import Proposal, ProposalStanding, ProposalState
from pipelines.domain.rules import Rules
from pipelines.errors import KennisstandError
from pipelines.settings import Settings
from pipelines.store import Workspace

logger = logging.getLogger(__name__)

WAIT_SECONDS = 1.5
"""So long a page waits for what is being worked out; then it shows what was known before, and says so."""


@dataclass(frozen=True)
class Weighed:
    """Weighed evidence and proposals at one moment."""

    stamp: str
    table: EvidenceTable
    appraisal: Appraisal
    pieces: Mapping[str, EvidencePiece]
    """By item."""
    proposals: tuple[tuple[Proposal, ProposalStanding], ...]
    """Those of now in the order of the table, then the others, the latest first."""
    rulings: tuple[StudyRuling, ...]
    rules: Rules

    @cached_property
    def by_id(self) -> dict[str, tuple[Proposal, ProposalStanding]]:
        """Proposals by id."""
        return {proposal.id: (proposal, standing) for proposal, standing in self.proposals}

    @cached_property
    def undecided(self) -> dict[str, int]:
        """Statement -> proposals on it that wait for somebody; for new statements and rows the row."""
        found: dict[str, int] = {}
        for proposal, standing in self.proposals:
            place = proposal.statement_id or proposal.row_id
            if place is not None and standing.state in (ProposalState.OPEN, ProposalState.SECONDED):
                found[place] = found.get(place, 0) + 1
        return found

    def ruled(self, items: Iterable[str]) -> list[StudyRuling]:
        """What people said of pairs among ``items`` and holds, the latest first."""
        chosen = set(items)
        latest = {(one.item_a, one.item_b): one for one in self.rulings if chosen & {one.item_a, one.item_b}}
        return sorted((one for one in latest.values() if one.together is not None), key=_newest, reverse=True)


def _newest(ruling: StudyRuling) -> tuple[object, str]:
    return ruling.decided, ruling.id


class WeighingBook:
    """Weighed evidence and proposals, brought up to date in one thread at a time."""

    def __init__(self, workspace: Workspace, settings: Settings) -> None:
        self._workspace, self._settings = workspace, settings
        self._lock = threading.Lock()
        self._weighed: Weighed | None = None
        self._working: threading.Thread | None = None
        self._problem: KennisstandError | None = None

    def latest(self, wait_seconds: float = WAIT_SECONDS) -> tuple[Weighed | None, bool]:
        """What is known, and whether that takes in all that was decided so far.

        Raises
        ------
        KennisstandError
            It cannot be worked out, for instance because the workspace's own rules are faulty.
        """
        stamp = self._stamp()
        with self._lock:
            if self._weighed is not None and self._weighed.stamp == stamp:
                return self._weighed, True
            if self._working is None or not self._working.is_alive():
                self._problem = None
                self._working = threading.Thread(target=self._work, name="weighing", daemon=True)
                self._working.start()
            working = self._working
        working.join(wait_seconds)
        with self._lock:
            if self._problem is not None:
                raise self._problem
            return self._weighed, self._weighed is not None and self._weighed.stamp == stamp

    def look(self) -> tuple[Weighed | None, bool, KennisstandError | None]:
        """As :meth:`latest`, for pages that are of use without it: what is wrong is given back, not raised."""
        try:
            weighed, fresh = self.latest()
        except KennisstandError as error:
            return None, True, error
        return weighed, fresh, None

    def _stamp(self) -> str:
        # The latest act as well: a decision on a proposal changes where it stands, also where nothing else changes.
        return proposals_fingerprint(self._workspace, self._settings, now().date())

    def _work(self) -> None:
        try:
            stamp = self._stamp()
            # First, since it is quick: faulty rules are told at each look, and the evidence is not weighed for them.
            rules = workspace_rules(self._settings)
            appraisal = current_appraisal(self._workspace, self._settings, now().date())
            table = self._workspace.tables.get(appraisal.table_version)
            weighed = Weighed(
                stamp=stamp,
                table=table,
                appraisal=appraisal,
                pieces={piece.item_id: piece for piece in evidence_pieces(self._workspace, table)},
                proposals=tuple(all_proposals(self._workspace)),
                rulings=tuple(self._workspace.acts.rulings()),
                rules=rules,
            )
        except KennisstandError as error:
            logger.warning("evidence cannot be weighed: %s", error)
            with self._lock:
                self._problem = error
            return
        with self._lock:
            self._weighed = weighed

    def close(self) -> None:
        """Wait for what is being worked out: the database is closed next."""
        with self._lock:
            working = self._working
        if working is not None:
            working.join(30)
