"""Proposals: only ever added. Beside them what the rules propose now, which can always be made again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from pipelines.domain.appraisal import Appraisal
from pipelines.domain.proposals import Proposal
from pipelines.store import schema
from pipelines.store.acts import ACTS_LOCK
from pipelines.store.writing import writing_alone

_PROPOSAL, _NOW = schema.proposals.c, schema.proposals_now.c
_ONLY = 1


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
            known = _known(connection)
            new = {proposal.id: proposal for proposal in proposals if proposal.id not in known}
            for proposal in new.values():
                connection.execute(
                    insert(schema.proposals).values(
                        id=proposal.id,
                        subject=proposal.subject,
                        made=moment,
                        data=proposal.model_dump(mode="json"),
                    )
                )
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
        return [new.get(proposal.id) or known[proposal.id] for proposal in proposals]

    def all(self) -> dict[str, Proposal]:
        """All that was ever proposed, by id, in the order in which it was first made."""
        with self._engine.connect() as connection:
            return _known(connection)

    def get(self, proposal_id: str) -> Proposal | None:
        """One proposal; ``None`` where there is none with this id."""
        with self._engine.connect() as connection:
            data = connection.execute(select(_PROPOSAL.data).where(_PROPOSAL.id == proposal_id)).scalar()
        return None if data is None else Proposal.model_validate(data)

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


def _known(connection: Connection) -> dict[str, Proposal]:
    found = connection.execute(select(_PROPOSAL.data).order_by(_PROPOSAL.sequence)).scalars()
    return {proposal.id: proposal for proposal in map(Proposal.model_validate, found)}
