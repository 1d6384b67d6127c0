"""The ledger of what ran by itself: a due moment is answered once, however many servers look at the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from pipelines.domain.documents import Reason
from pipelines.domain.schedules import Duty, DutyRun, DutyState
from pipelines.store import schema

_RUN = schema.duty_runs.c


class DutyStore:
    """Runs of duties. A run is one row from its first attempt to its last."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, run: DutyRun) -> bool:
        """Write down that a run begins; whether it is for the caller to do.

        A first attempt is added. A further one takes over the row of an attempt that was interrupted, of which it has
        the id.

        Returns
        -------
        bool
            ``False`` where somebody else answers that due moment, or has taken over that run already.
        """
        if run.state is not DutyState.RUNNING:
            raise ValueError("a run begins by running")
        try:
            with self._engine.begin() as connection:
                if connection.execute(select(_RUN.id).where(_RUN.id == run.id)).first() is None:
                    connection.execute(insert(schema.duty_runs), _values(run))
                    return True
                free = (_RUN.id == run.id, _RUN.state == DutyState.INTERRUPTED.value)
                return connection.execute(update(schema.duty_runs).where(*free).values(_values(run))).rowcount == 1
        except IntegrityError:  # this due moment, or this id, was added in the meantime
            return False

    def beat(self, run: DutyRun, moment: datetime) -> bool:
        """Give a sign of life; ``False`` where the run was taken from this process, which then has to stop."""
        return self._change(run, {"beat": moment})

    def finish(
        self,
        run: DutyRun,
        state: DutyState,
        moment: datetime,
        reason: Reason | None = None,
        result: dict[str, int | float | str] | None = None,
    ) -> DutyRun | None:
        """Write down how a run ended.

        Returns
        -------
        DutyRun or None
            The run as it is kept now; ``None`` where it is not that of this process any more, and nothing was changed.
        """
        values = {"state": state, "beat": moment, "finished": moment, "reason": reason, "result": result or {}}
        ended = run.model_copy(update=values)
        return ended if self._change(run, values) else None

    def get(self, run_id: str) -> DutyRun | None:
        """The run of this id."""
        found = self._find(_RUN.id == run_id, limit=1)
        return found[0] if found else None

    def latest(self, duty: Duty) -> DutyRun | None:
        """The run of a duty that began last."""
        found = self._find(_RUN.duty == duty.value, limit=1)
        return found[0] if found else None

    def last_success(self, duty: Duty) -> DutyRun | None:
        """The latest run of a duty that was done."""
        found = self._find(_RUN.duty == duty.value, _RUN.state == DutyState.DONE.value, limit=1)
        return found[0] if found else None

    def last_due(self, duty: Duty) -> DutyRun | None:
        """The run that answered the latest due moment of a duty."""
        query = select(_RUN.data).where(_RUN.duty == duty.value, _RUN.due.is_not(None)).order_by(_RUN.due.desc())
        with self._engine.connect() as connection:
            data = connection.execute(query.limit(1)).scalar()
        return None if data is None else DutyRun.model_validate(data)

    def running(self) -> list[DutyRun]:
        """Runs that are going on as far as the ledger knows, newest first."""
        return self._find(_RUN.state == DutyState.RUNNING.value)

    def page(self, limit: int, start: int = 0, duty: Duty | None = None) -> list[DutyRun]:
        """``limit`` runs of one duty or of all, newest first, the first ``start`` left out."""
        return self._find(*([] if duty is None else [_RUN.duty == duty.value]), limit=limit, start=start)

    def _find(self, *conditions: Any, limit: int | None = None, start: int = 0) -> list[DutyRun]:
        query = select(_RUN.data).where(*conditions).order_by(_RUN.started.desc(), _RUN.id.desc())
        with self._engine.connect() as connection:
            found: Sequence[Any] = connection.execute(query.limit(limit).offset(start)).scalars().all()
        return [DutyRun.model_validate(data) for data in found]

    def _change(self, run: DutyRun, values: dict[str, Any]) -> bool:
        """Change the run if it still is as its process began it: running, and the same attempt."""
        changed = run.model_copy(update=values)
        mine = (_RUN.id == run.id, _RUN.state == DutyState.RUNNING.value, _RUN.started == run.started)
        with self._engine.begin() as connection:
            return connection.execute(update(schema.duty_runs).where(*mine).values(_values(changed))).rowcount == 1


def _values(run: DutyRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "duty": run.duty.value,
        "state": run.state.value,
        "due": run.due,
        "started": run.started,
        "beat": run.beat,
        "data": run.model_dump(mode="json"),
    }
