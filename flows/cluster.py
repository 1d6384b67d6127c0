"""A scan on many machines: this process sends batches out, a few ahead, and stores what comes back, in order.

There is one writer, so that workers need neither database nor password, and a batch that was computed twice, since a
worker died over it, is stored once. What is stored is what one machine would have stored.

Batches go through the client of Prefect's ``DaskTaskRunner`` as plain functions. As tasks of Prefect they fail on
a worker that does not reach the Prefect server, and that stays on this computer's loopback, since it knows no users.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flows.batches import READ, Labelled, Order, Outcome, ReadOutcome, ToRead, Work
from flows.cluster_spec import BatchSpec
from flows.cluster_wire import pack, pack_orders, unpack_outcomes
from flows.machines import Machines, WorkerDiedError
from flows.reading import Reading, expected_bytes, unread
from pipelines.domain.documents import Reason
from pipelines.errors import KennisstandError, StoreError
from pipelines.store.shared_files import SharedFiles

if TYPE_CHECKING:
    from flows.context import ScanContext

logger = logging.getLogger(__name__)

_AHEAD = 3
"""Batches in flight for each worker: one that is computed, one that waits for its turn there, one that waits to be
stored behind a slower one. What comes of eight reports is some MB."""
LOOK_SECONDS = 2.0
"""So often is looked whether there are workers at all."""
PATIENCE_SECONDS = 300.0
"""So long may there be none: a machine that is started anew is back by then."""


@dataclass(frozen=True)
class _Sent:
    """A batch on its way."""

    work: Work[Any, Any]
    document_ids: tuple[str, ...]
    orders: tuple[Any, ...]
    here: frozenset[int]
    """Places of orders that this process does itself."""
    ticket: Any
    shared: tuple[str, ...]
    """Files that were put among the shared ones for it."""


@dataclass
class Traffic:
    """What went over the network so far."""

    batches: int = 0
    sent_bytes: int = 0
    received_bytes: int = 0
    file_bytes: int = 0
    """Of originals that were put among the shared files."""


class Cluster:
    """A place where work is done (:class:`~flows.computing.Computing`): workers elsewhere.

    Parameters
    ----------
    context
        Of the scan.
    machines
        The workers.
    spec
        How batches are to be computed.
    patience_seconds
        So long may there be no worker.
    clock
        Seconds that go on.
    """

    def __init__(
        self,
        context: ScanContext,
        machines: Machines,
        spec: BatchSpec,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._machines = machines
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._spec = spec
        self._spec_bytes = pack(spec.model_dump(mode="json"))
        self._files = None if spec.shared is None else SharedFiles(spec.shared, spec.folder)
        self._coming: deque[tuple[str, ...]] = deque()
        self._flying: deque[_Sent] = deque()
        self.traffic = Traffic()

    @contextmanager
    def ahead(self, work: Work[Any, Any], batches: Sequence[Sequence[str]]) -> Iterator[None]:
        """Send batches out before they are asked for, a few for each worker; give up those left when it ends early."""
        self._coming = deque(tuple(batch) for batch in batches)
        try:
            self._send_ahead(work)
            yield
        finally:
            self._coming.clear()
            left = list(self._flying)
            self._flying.clear()
            self._machines.drop([sent.ticket for sent in left if sent.ticket is not None])
            for sent in left:
                self._remove(sent)

    def compute(self, work: Work[Order, Outcome], document_ids: Sequence[str]) -> Iterator[Outcome]:
        """Outcomes of one batch, in order of arrival of the documents.

        Raises
        ------
        KennisstandError
            There are no workers any more, one refused, or does not reach what it has to.
        """
        ids = tuple(document_ids)
        if self._flying and (self._flying[0].work.stage, self._flying[0].document_ids) == (work.stage, ids):
            sent = self._flying.popleft()
        else:
            if self._coming and self._coming[0] == ids:
                self._coming.popleft()
            sent = self._send(work, ids)
        try:
            outcomes = iter(self._elsewhere(sent))
            self._send_ahead(work)
            for place, order in enumerate(sent.orders):
                if place in sent.here:
                    yield from work.do([order], self._context)
                else:
                    yield self._checked(order, next(outcomes))
        finally:
            self._remove(sent)

    def _send_ahead(self, work: Work[Any, Any]) -> None:
        if not self._coming:
            return
        most = _AHEAD * max(len(self._machines.workers()), 1)
        while self._coming and len(self._flying) < most:
            self._flying.append(self._send(work, self._coming.popleft()))

    def _send(self, work: Work[Any, Any], document_ids: tuple[str, ...]) -> _Sent:
        orders = list(work.orders(self._context.workspace, document_ids))
        here: set[int] = set()
        shared: list[str] = []
        if work.stage == READ.stage and self._files is not None:
            for place, order in enumerate(orders):
                shown = self._share(order, self._files)
                if shown is None:
                    here.add(place)
                else:
                    orders[place] = shown
                    shared.append(order.request.checksum)
        elsewhere = [order for place, order in enumerate(orders) if place not in here]
        ticket = self._send_orders(work, elsewhere) if elsewhere else None
        return _Sent(work, document_ids, tuple(orders), frozenset(here), ticket, tuple(shared))

    def _send_orders(self, work: Work[Any, Any], orders: Sequence[Any]) -> Any:
        content = pack_orders(work, orders)
        self.traffic.batches += 1
        self.traffic.sent_bytes += len(content) + len(self._spec_bytes)
        return self._machines.send("run", work.stage, self._spec_bytes, content)

    def _share(self, order: ToRead, files: SharedFiles) -> ToRead | None:
        """Put the file where workers reach it; ``None`` where this process has to say what is wrong with it."""
        path, content = expected_bytes(order.request)
        if path is None or len(content) > self._spec.limits.max_file_bytes:
            return None
        files.put(content)
        self.traffic.file_bytes += len(content)
        return replace(order, request=replace(order.request, shown=path))

    def _remove(self, sent: _Sent) -> None:
        if self._files is not None and sent.shared:
            self._files.remove(sent.shared)

    def _elsewhere(self, sent: _Sent) -> list[Any]:
        """What the workers made of a batch; if it killed them, what they make of its documents one by one."""
        orders = [order for place, order in enumerate(sent.orders) if place not in sent.here]
        if not orders:
            return []
        try:
            return self._take(sent.work, sent.ticket)
        except WorkerDiedError as error:
            logger.warning("%s documents killed %s workers; they are tried one by one", len(orders), error.tries)
            return [self._alone(sent.work, order, error.tries) for order in orders]

    def _alone(self, work: Work[Any, Any], order: Any, tries: int) -> Any:
        try:
            return self._take(work, self._send_orders(work, [order]))[0]
        except WorkerDiedError as error:
            tries += error.tries
            if work.stage != READ.stage:  # its text stands in the store, with the labels that it had
                raise KennisstandError("error.cluster_killed", document=order.document_id, tries=tries) from error
            logger.warning("document %s killed %s workers and is set aside", order.request.document_id, tries)
            return _set_aside(order, tries)

    def _take(self, work: Work[Any, Any], ticket: Any) -> list[Any]:
        content: bytes | None = None
        while content is None:  # again, where the worker that held it died before it was fetched
            try:
                self._wait(ticket)
            except BaseException:
                self._machines.drop([ticket])
                raise
            content = self._machines.take(ticket)
        self.traffic.received_bytes += len(content)
        if not content:  # it was given up there, though not here
            raise KennisstandError("error.cluster_lost")
        return unpack_outcomes(work, content, self._spec)

    def _wait(self, ticket: Any) -> None:
        lacking_since: float | None = None
        while not self._machines.wait(ticket, LOOK_SECONDS):
            if self._machines.workers():
                lacking_since = None
            elif lacking_since is None:
                lacking_since = self._clock()
                logger.warning("no worker is there; waiting for one")
            elif self._clock() - lacking_since > self._patience_seconds:
                raise no_workers(self._patience_seconds)

    def _checked(self, order: Any, outcome: Any) -> Any:
        """A worker that does not reach a file must not make it one that has disappeared."""
        if isinstance(outcome, ReadOutcome):
            request, found = order.request, outcome.reading.path
            usual = request.shown or (request.paths[0] if request.paths else None)
            if found != usual and found != (here := expected_bytes(request)[0]):
                raise StoreError("error.cluster_unreached", path=str(here or usual or ""))
        return outcome


def no_workers(seconds: float) -> KennisstandError:
    """What to tell where no worker came."""
    return KennisstandError("error.cluster_no_workers", minutes=round(seconds / 60, 1))


def _set_aside(order: ToRead, tries: int) -> ReadOutcome:
    request = order.request
    path = request.shown or expected_bytes(request)[0]
    document = unread(request, Reason(key="reason.worker_died", values={"tries": tries}))
    reading = Reading(document, path, seconds={"read": 0.0})
    return ReadOutcome(reading, Labelled(request.document_id, (), None), None)
