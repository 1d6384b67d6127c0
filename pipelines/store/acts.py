"""What people decide beside passages: on proposals, studies, topics, sources, schedules and dossiers.

Only added, and chained.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import IntegrityError

from pipelines.domain.appraisal import StudyRuling
from pipelines.domain.dossiers import DossierAct
from pipelines.domain.proposals import ProposalDecision
from pipelines.domain.switches import Switch, Switched
from pipelines.domain.topics import TopicAct
from pipelines.errors import StoreError
from pipelines.store import schema
from pipelines.store.chain import ChainFault, append_rows, as_canonical, chain_faults, chained_hash
from pipelines.store.writing import writing_alone

ACTS_LOCK = 7_391_004
"""Number of the lock under which PostgreSQL lets one act or version of the table follow the other."""

TOPIC = "topic"
"""Kind of the acts on topics."""
_PROPOSAL, _STUDY, _DOSSIER = "proposal", "study", "dossier"
_ACT = schema.acts.c
_Act = ProposalDecision | StudyRuling | TopicAct | Switch | DossierAct
_RECORDS: dict[str, type[_Act]] = {
    _PROPOSAL: ProposalDecision,
    _STUDY: StudyRuling,
    TOPIC: TopicAct,
    _DOSSIER: DossierAct,
    **{kind.value: Switch for kind in Switched},
}


class ActConflict(StoreError):
    """Somebody else decided on the same, or the table got another version, in the meantime."""

    def __init__(self, subject: str, key: str = "error.proposal_conflict") -> None:
        super().__init__(key)
        self.subject = subject


class ActStore:
    """Acts of a workspace, in the order in which they were made."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def decide(self, decisions: Sequence[ProposalDecision], *, version: str | None = None) -> None:
        """Add decisions on proposals, all or none.

        The very same decisions a second time (the answer was lost on the way, and they were sent again) change nothing.

        Parameters
        ----------
        decisions
            The ``turn`` of each is one more than the turn that the person saw.
        version
            The newest version of the table that the person saw; not looked at where it is ``None``.

        Raises
        ------
        ActConflict
            A proposal has another turn by now, or the table another version; nothing was added.
        """
        for decision in decisions:
            if decision.turn < 1 or not decision.person:
                raise ValueError("a decision has a turn and a person")
        try:
            with writing_alone(self._engine, ACTS_LOCK) as connection:
                if all(_is_known(connection, decision.id) for decision in decisions):
                    return
                if version is not None and _newest_version(connection) != version:
                    raise ActConflict(decisions[0].proposal_id)
                for decision in decisions:
                    if decision.turn != _n_acts(connection, _PROPOSAL, decision.proposal_id) + 1:
                        raise ActConflict(decision.proposal_id)
                    _append(connection, _values(decision))
        except IntegrityError as error:  # the same id for something else
            raise ActConflict(decisions[0].proposal_id) from error

    def rule(self, ruling: StudyRuling) -> None:
        """Add a ruling on two pieces; the latest on a pair holds, so that two at once need not be told."""
        with writing_alone(self._engine, ACTS_LOCK) as connection:
            if not _is_known(connection, ruling.id):
                turn = _n_acts(connection, _STUDY, _pair(ruling)) + 1
                _append(connection, {**_values(ruling), "turn": turn})

    def arrange(self, acts: Sequence[TopicAct], *, seen: int | None = None) -> None:
        """Add acts on topics, all or none. The very same acts a second time change nothing.

        Parameters
        ----------
        acts
            The ``turn`` of each is one more than the turn that the person saw.
        seen
            Number of the latest act on topics (:meth:`topic_acts`) that the topics were made with on which ``acts``
            were checked: nobody may have touched one of them since, under any name. Not looked at where ``None``.

        Raises
        ------
        ActConflict
            Somebody else arranged one of the topics by now; nothing was added.
        """
        for act in acts:
            if not act.person or act.turn < 1:
                raise ValueError("an act has a turn and a person")
        try:
            with writing_alone(self._engine, ACTS_LOCK) as connection:
                if all(_is_known(connection, act.id) for act in acts):
                    return
                since = [] if seen is None else _topic_acts(connection, seen)
                touched = {topic for _, act in since for topic in (act.topic, *act.others)}
                for act in acts:
                    if act.turn != _n_acts(connection, TOPIC, act.topic) + 1 or touched & {act.topic, *act.others}:
                        raise ActConflict(act.topic, "error.topic_conflict")
                    _append(connection, _values(act))
        except IntegrityError as error:  # the same id for something else
            raise ActConflict(acts[0].topic, "error.topic_conflict") from error

    def switch(self, switch: Switch) -> None:
        """Turn something on or off; the latest on a subject holds, so that two at once need not be told."""
        with writing_alone(self._engine, ACTS_LOCK) as connection:
            if not _is_known(connection, switch.id):
                turn = _n_acts(connection, switch.kind.value, switch.subject) + 1
                _append(connection, _values(switch.model_copy(update={"turn": turn})))

    def keep_dossier(self, act: DossierAct) -> None:
        """Add an act on a dossier of the users' own. The very same act a second time changes nothing.

        Raises
        ------
        ActConflict
            Somebody else changed or removed the dossier by now; nothing was added.
        """
        if not act.person:
            raise ValueError("an act has a person")
        try:
            with writing_alone(self._engine, ACTS_LOCK) as connection:
                if _is_known(connection, act.id):
                    return
                if act.turn != _n_acts(connection, _DOSSIER, act.dossier) + 1:
                    raise ActConflict(act.dossier, "error.dossier_conflict")
                _append(connection, _values(act))
        except IntegrityError as error:  # the same id for something else
            raise ActConflict(act.dossier, "error.dossier_conflict") from error

    def dossier_acts(self, dossier: str | None = None) -> list[DossierAct]:
        """Acts on one dossier, or on all, in the order of making."""
        query = select(_ACT.data).where(_ACT.kind == _DOSSIER).order_by(_ACT.sequence)
        if dossier is not None:
            query = query.where(_ACT.subject == dossier)
        with self._engine.connect() as connection:
            return [DossierAct.model_validate(data) for data in connection.execute(query).scalars()]

    def switches(self, kind: Switched) -> dict[str, Switch]:
        """The latest switch of each subject of a kind."""
        query = select(_ACT.data).where(_ACT.kind == kind.value).order_by(_ACT.sequence)
        with self._engine.connect() as connection:
            found = [Switch.model_validate(data) for data in connection.execute(query).scalars()]
        return {switch.subject: switch for switch in found}

    def topic_acts(self, after: int = 0) -> list[tuple[int, TopicAct]]:
        """Acts on topics with their numbers, in the order of making, those up to number ``after`` left out."""
        with self._engine.connect() as connection:
            return _topic_acts(connection, after)

    def topic_turns(self) -> dict[str, int]:
        """How many acts there are on each topic that has any."""
        query = select(_ACT.subject, func.count()).where(_ACT.kind == TOPIC).group_by(_ACT.subject)
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def decisions(self, proposal_id: str | None = None) -> list[ProposalDecision]:
        """Decisions on one proposal, or on all, in the order of making."""
        query = select(_ACT.data).where(_ACT.kind == _PROPOSAL).order_by(_ACT.sequence)
        if proposal_id is not None:
            query = query.where(_ACT.subject == proposal_id)
        with self._engine.connect() as connection:
            return [ProposalDecision.model_validate(data) for data in connection.execute(query).scalars()]

    def rulings(self) -> list[StudyRuling]:
        """All rulings on studies, in the order of making."""
        query = select(_ACT.data).where(_ACT.kind == _STUDY).order_by(_ACT.sequence)
        with self._engine.connect() as connection:
            return [StudyRuling.model_validate(data) for data in connection.execute(query).scalars()]

    def last(self) -> int:
        """Number of the latest act; 0 where there is none."""
        with self._engine.connect() as connection:
            return last_act(connection)

    def faults(self) -> list[ChainFault]:
        """Acts that were changed, or do not follow the one before them."""
        with self._engine.connect() as connection:
            return chain_faults(connection, schema.acts, former=is_whole_act)


def last_act(connection: Connection) -> int:
    """Number of the latest act; 0 where there is none."""
    return connection.execute(select(func.coalesce(func.max(_ACT.sequence), 0))).scalar_one()


def _topic_acts(connection: Connection, after: int) -> list[tuple[int, TopicAct]]:
    query = select(_ACT.sequence, _ACT.data).where(_ACT.kind == TOPIC, _ACT.sequence > after).order_by(_ACT.sequence)
    return [(row.sequence, TopicAct.model_validate(row.data)) for row in connection.execute(query)]


def _newest_version(connection: Connection) -> str | None:
    columns = schema.table_versions.c
    return connection.execute(select(columns.version).order_by(columns.number.desc()).limit(1)).scalar()


def _is_known(connection: Connection, act_id: str) -> bool:
    return connection.execute(select(_ACT.id).where(_ACT.id == act_id)).first() is not None


def _n_acts(connection: Connection, kind: str, subject: str) -> int:
    query = select(func.count()).select_from(schema.acts).where(_ACT.kind == kind, _ACT.subject == subject)
    return connection.execute(query).scalar_one()


def _append(connection: Connection, values: dict[str, Any]) -> None:
    append_rows(connection, schema.acts, [values])


def _content(kind: str, turn: int, data: dict[str, Any]) -> str:
    # A ruling does not hold its own number.
    return f"{kind} {turn} {as_canonical(data)}"


def _pair(ruling: StudyRuling) -> str:
    return f"{ruling.item_a} {ruling.item_b}"


def _values(act: _Act) -> dict[str, Any]:
    values = {"id": act.id, "person": act.person, "decided": act.decided, "data": act.model_dump(mode="json")}
    if isinstance(act, ProposalDecision):
        return {**values, "kind": _PROPOSAL, "subject": act.proposal_id, "turn": act.turn}
    if isinstance(act, TopicAct):
        return {**values, "kind": TOPIC, "subject": act.topic, "turn": act.turn}
    if isinstance(act, DossierAct):
        return {**values, "kind": _DOSSIER, "subject": act.dossier, "turn": act.turn}
    if isinstance(act, Switch):
        return {**values, "kind": act.kind.value, "subject": act.subject, "turn": act.turn}
    return {**values, "kind": _STUDY, "subject": _pair(act)}


def is_whole_act(row: Any) -> bool:
    """Whether a row holds what was stored when only the content of an act was hashed."""
    try:
        data = json.loads(row.data)
        act = _RECORDS[row.kind].model_validate(data)
        decided = row.decided if isinstance(row.decided, datetime) else datetime.fromisoformat(row.decided)
    except (KeyError, ValueError):  # no such kind, or not such a record
        return False
    # A field that was added to the record after the act was stored: as a record without it is read.
    kept = {**row._mapping, "decided": decided, "data": {**act.model_dump(mode="json"), **data}}
    content = _content(row.kind, row.turn, data)
    return all(kept[name] == value for name, value in _values(act).items()) and row.hash == chained_hash(
        row.previous_hash, content
    )
