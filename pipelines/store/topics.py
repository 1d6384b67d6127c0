"""Topics as they stood after each scan, and in which topic each passage lies now."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, func, insert, select, text, true

from pipelines.domain.topics import TopicEvent, TopicModel
from pipelines.store import schema
from pipelines.store.acts import TOPIC
from pipelines.store.writing import writing_alone

logger = logging.getLogger(__name__)

_TOPICS_LOCK = 7_391_005
"""Number of the lock under which PostgreSQL lets one set of topics follow the other."""
_AT_ONCE = 5000
"""Members read or written at once: some hundred kilobytes."""
_DELETED_AT_ONCE = 500
"""Values in one query; databases take a few thousand at most."""
_MODEL, _MEMBER, _RUN = schema.topic_models.c, schema.topic_members.c, schema.runs.c
_EVENTS = TypeAdapter(tuple[TopicEvent, ...])
_T = TypeVar("_T")
_OUTSIDE = ""
"""Stands for a topic where a passage was looked at and is in none."""

# A block of members as one value: as many values as there are members take three times as long
# (500,000 first members: 25 s for 8 s on a busy machine with SQLite, 48 for 7 with PostgreSQL), and others wait.
_PUT = (
    "INSERT INTO topic_members (passage_id, topic_id) SELECT key, value FROM {pairs} WHERE true "
    "ON CONFLICT (passage_id) DO UPDATE SET topic_id = excluded.topic_id"
)
_PAIRS = {"sqlite": "json_each(:members)", "postgresql": "json_each_text(CAST(:members AS json))"}


class TopicStore:
    """The topics of a workspace: one set that stands, with what each scan made of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save(self, run_id: str, model: TopicModel) -> None:
        """Store the topics as they stand after a run, in place of those of an earlier try at the same run.

        From then on passages lie in the topics that ``model.assignments`` says, whatever a scan before said.
        """
        data = model.model_dump(mode="json", exclude={"assignments", "outside"})
        with writing_alone(self._engine, _TOPICS_LOCK) as connection:
            connection.execute(schema.topic_models.delete().where(_MODEL.run_id == run_id))
            connection.execute(insert(schema.topic_models).values(run_id=run_id, data=data))
            n_changed = _bring_members_to(connection, model.assignments | dict.fromkeys(model.outside, _OUTSIDE))
        logger.info("topics of %s: %s, %s passages changed place", run_id, len(model.topics), n_changed)

    def of_run(self, run_id: str, *, members: bool = True) -> TopicModel | None:
        """The topics as they stood after a run; ``None`` where it modelled none.

        Parameters
        ----------
        run_id
            Of any run. Passages are in the topics in which they lie now: those that lie in a topic that came after the
            run are in none.
        members
            Whether to read them: of 500,000 that takes seconds.
        """
        with self._engine.connect() as connection:
            data = connection.execute(select(_MODEL.data).where(_MODEL.run_id == run_id)).scalar()
            if data is None:
                return None
            topics = {topic["id"] for topic in data["topics"]}
            found = dict(_members(connection)) if members and topics else {}
        assigned = {passage: topic for passage, topic in found.items() if topic in topics}
        outside = tuple(passage for passage, topic in found.items() if topic == _OUTSIDE)
        return TopicModel.model_validate(data).model_copy(update={"assignments": assigned, "outside": outside})

    def latest_run(self, *, ended: bool = True) -> str | None:
        """The run that ended last of those with topics; without ``ended`` one that is going on comes before it."""
        with self._engine.connect() as connection:
            return _latest_run(connection, ended=ended)

    def latest(self, *, ended: bool = True, members: bool = True) -> tuple[str, TopicModel] | None:
        """Topics of :meth:`latest_run`, with its id; ``None`` where no run modelled any."""
        run_id = self.latest_run(ended=ended)
        model = None if run_id is None else self.of_run(run_id, members=members)
        return None if run_id is None or model is None else (run_id, model)

    def events(self) -> list[tuple[str, TopicEvent]]:
        """What happened to topics in all runs, each with the id of its run, in order of time."""
        query = (
            select(_MODEL.run_id, _MODEL.data["events"])
            .join(schema.runs, _RUN.id == _MODEL.run_id)
            .where(_RUN.state == "done")
            .order_by(_RUN.started, _RUN.id)
        )
        with self._engine.connect() as connection:
            # Topics that were stored before there were events have none.
            found = [(run_id, _EVENTS.validate_python(data or ())) for run_id, data in connection.execute(query)]
        return [(run_id, event) for run_id, events in found for event in events]

    def stamp(self, *, ended: bool = True) -> str:
        """Another text whenever the topics, or what people did with them, may have changed; quickly read."""
        with self._engine.connect() as connection:
            acts = schema.acts.c
            last = connection.execute(select(func.max(acts.sequence)).where(acts.kind == TOPIC)).scalar()
            return f"{_latest_run(connection, ended=ended) or '-'} {last or 0}"


def _latest_run(connection: Connection, *, ended: bool) -> str | None:
    query = (
        select(_RUN.id)
        .join(schema.topic_models, _MODEL.run_id == _RUN.id)
        .where(_RUN.state == "done" if ended else true())
        .order_by(_RUN.finished.desc().nulls_first(), _RUN.started.desc(), _RUN.id.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def _members(connection: Connection) -> Iterator[tuple[str, str]]:
    query = select(_MEMBER.passage_id, _MEMBER.topic_id).order_by(_MEMBER.passage_id)
    yield from connection.execute(query, execution_options={"yield_per": _AT_ONCE})


def _bring_members_to(connection: Connection, wanted: Mapping[str, str]) -> int:
    """Make the stored members those that are wanted, touching only what differs; returns how many did."""
    gone: list[str] = []
    right: set[str] = set()
    for passage_id, topic_id in _members(connection):
        if passage_id not in wanted:
            gone.append(passage_id)
        elif wanted[passage_id] == topic_id:
            right.add(passage_id)
    new = sorted(wanted.keys() - right)
    for ids in _parts(gone, _DELETED_AT_ONCE):
        connection.execute(schema.topic_members.delete().where(_MEMBER.passage_id.in_(ids)))
    put = text(_PUT.format(pairs=_PAIRS[connection.dialect.name]))
    for ids in _parts(new, _AT_ONCE):
        connection.execute(put, {"members": json.dumps({passage_id: wanted[passage_id] for passage_id in ids})})
    return len(gone) + len(new)


def _parts(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
