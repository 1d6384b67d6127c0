"""The ledger of runs and steps."""

from __future__ import annotations

from sqlalchemy import Engine, func, select, update

from pipelines.domain.moments import now
from pipelines.domain.runs import Run, RunState
from pipelines.store import schema


def _as_run(row: object) -> Run:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    return Run.model_validate(values)


class RunStore:
    """Runs: at most one is ``running`` at a time, since a scan holds the lock of the workspace."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self) -> Run | None:
        """The run that has begun and not ended, if any: to be continued."""
        query = select(schema.runs).where(schema.runs.c.state == RunState.RUNNING).order_by(schema.runs.c.started)
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else _as_run(row)

    def latest(self) -> Run | None:
        """The run that ended last."""
        query = (
            select(schema.runs)
            .where(schema.runs.c.state == RunState.DONE)
            .order_by(schema.runs.c.finished.desc(), schema.runs.c.started.desc(), schema.runs.c.id.desc())
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).first()
        return None if row is None else _as_run(row)

    def get(self, run_id: str) -> Run:
        """The run with this id; ``KeyError`` where there is none."""
        with self._engine.connect() as connection:
            row = connection.execute(select(schema.runs).where(schema.runs.c.id == run_id)).first()
        if row is None:
            raise KeyError(run_id)
        return _as_run(row)

    def all(self) -> list[Run]:
        """All runs, oldest first."""
        query = select(schema.runs).order_by(schema.runs.c.started, schema.runs.c.id)
        with self._engine.connect() as connection:
            return [_as_run(row) for row in connection.execute(query)]

    def count(self) -> int:
        """Number of runs."""
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(schema.runs)).scalar_one())

    def page(self, limit: int, start: int = 0) -> list[Run]:
        """``limit`` runs, newest first, the first ``start`` left out."""
        query = select(schema.runs).order_by(schema.runs.c.started.desc(), schema.runs.c.id.desc())
        with self._engine.connect() as connection:
            return [_as_run(row) for row in connection.execute(query.limit(limit).offset(start))]

    def new(self, language: str, versions: dict[str, str]) -> Run:
        """Make the record of a run that begins now; it is stored with the documents it brings in.

        The id is the number of the scan in this workspace, from ``scan-0001`` on.
        """
        run_id = f"scan-{len(self.all()) + 1:04}"
        started = now()
        return Run(id=run_id, started=started, state=RunState.RUNNING, language=language, versions=versions)

    def finish(self, run_id: str, summary: dict[str, int | float | str]) -> None:
        """Close a run with its counts."""
        with self._engine.begin() as connection:
            connection.execute(
                update(schema.runs)
                .where(schema.runs.c.id == run_id)
                .values(state=RunState.DONE.value, finished=now(), summary=summary)
            )
