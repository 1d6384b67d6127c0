"""Proposals: only ever added. Beside them what the rules propose now, which can always be made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, insert, select

from pipelines.domain.appraisal import Appraisal
from pipelines.domain.proposals import Proposal
from pipelines.store import schema
from pipelines.store.acts import ACTS_LOCK
from pipelines.store.chain import append_rows
from pipelines.store.writing import writing_alone

_PROPOSAL, _NOW = schema.proposals.c, schema.proposals_now.c
_ONLY = 1
_AT_ONCE = 500
"""Values in one query; databases take a few thousand at most."""


@dataclass(frozen=True)
class ProposedNow:
    """What the rules propose now."""

    fingerprint: str
    """What it follows from; where that is still the same, so is the outcome."""
    made: datetime
    proposal_ids: tuple[str, ...]
    """In the order in which they were proposed."""


class ProposalStore:
    """Proposals of a workspace."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._read: dict[str, Proposal] = {}
        """What was read before: a proposal never changes, and one on hundreds of studies takes a while to read."""

    def keep(
        self, proposals: Sequence[Proposal], appraisal: Appraisal, *, fingerprint: str, moment: datetime
    ) -> list[Proposal]:
        """Store those that are not known yet, and make them all what is proposed now.

        Parameters
        ----------
        proposals, appraisal, fingerprint
            What is proposed now, the weighed evidence that it rests on, and what both follow from.
        moment
            In UTC, without time zone.

        Returns
        -------
        list of Proposal
            As stored: one that was proposed before is as it was then.
        """
        with writing_alone(self._engine, ACTS_LOCK) as connection:
            known = set(connection.execute(select(_PROPOSAL.id)).scalars())
            new = {proposal.id: proposal for proposal in proposals if proposal.id not in known}
            rows = [
                {"id": one.id, "subject": one.subject, "made": moment, "data": one.model_dump(mode="json")}
                for one in new.values()
            ]
            append_rows(connection, schema.proposals, rows)
            connection.execute(schema.proposals_now.delete())
            connection.execute(
                insert(schema.proposals_now).values(
                    id=_ONLY,
                    fingerprint=fingerprint,
                    made=moment,
                    proposal_ids=[proposal.id for proposal in proposals],
                    appraisal=appraisal.model_dump(mode="json"),
                )
            )
        self._read |= new
        return list(self.some([proposal.id for proposal in proposals]).values())

    def all(self) -> dict[str, Proposal]:
        """All that was ever proposed, by id, in the order in which it was first made."""
        with self._engine.connect() as connection:
            ids = list(connection.execute(select(_PROPOSAL.id).order_by(_PROPOSAL.sequence)).scalars())
        return self.some(ids)

    def some(self, proposal_ids: Sequence[str]) -> dict[str, Proposal]:
        """Proposals by id, in the order given; those that are not there are absent."""
        missing = [proposal_id for proposal_id in proposal_ids if proposal_id not in self._read]
        with self._engine.connect() as connection:
            for start in range(0, len(missing), _AT_ONCE):
                chosen = _PROPOSAL.id.in_(missing[start : start + _AT_ONCE])
                found = connection.execute(select(_PROPOSAL.data).where(chosen)).scalars()
                self._read |= {proposal.id: proposal for proposal in map(Proposal.model_validate, found)}
        return {one: self._read[one] for one in proposal_ids if one in self._read}

    def get(self, proposal_id: str) -> Proposal | None:
        """One proposal; ``None`` where there is none with this id."""
        return self.some([proposal_id]).get(proposal_id)

    def beginning(self, letters: str) -> list[str]:
        """Ids that begin with ``letters``."""
        query = select(_PROPOSAL.id).order_by(_PROPOSAL.sequence)
        with self._engine.connect() as connection:
            return [found for found in connection.execute(query).scalars() if found.startswith(letters)]

    def now(self) -> ProposedNow | None:
        """What is proposed now; ``None`` where that was never asked."""
        query = select(_NOW.fingerprint, _NOW.made, _NOW.proposal_ids)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else ProposedNow(row.fingerprint, row.made, tuple(row.proposal_ids))

    def appraisal(self) -> Appraisal | None:
        """The weighed evidence that the proposals of :meth:`now` rest on."""
        with self._engine.connect() as connection:
            data = connection.execute(select(_NOW.appraisal)).scalar()
        return None if data is None else Appraisal.model_validate(data)
