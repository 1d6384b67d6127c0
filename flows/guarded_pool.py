"""A pool of worker processes for work on files of strangers. Whatever a worker does costs its own order only."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from flows.guarded_process import Bounds, WorkerFailure, WorkerProcess

_SPARE_AFTER_SECONDS = 5.0
"""An order that takes so long may cost its worker: then another starts to load its libraries, which takes 1.5 seconds
(November 2026). One to spare from the start would spare the order after a crash those, and hold 117 MB all the time."""

_TRIES_TO_START = 3
"""One may take the spare worker, which may have died with the first."""


@dataclass
class _Order:
    work: Callable[..., bytes]
    arguments: tuple[object, ...]
    future: Future[bytes] = field(default_factory=Future)


class GuardedPool:
    """Workers with a keeper each, a thread that starts, watches and replaces them.

    Parameters
    ----------
    workers
        Orders done side by side.
    bounds
        What each may take.
    prepare
        A function of a module, called in each new worker before its bounds are set: loads libraries.
    """

    def __init__(self, workers: int, bounds: Bounds, prepare: Callable[[], None]) -> None:
        self._n_workers = workers
        self._bounds = bounds
        self._prepare = prepare
        self._orders: deque[_Order] = deque()
        self._lock = threading.Condition()
        self._keepers: list[threading.Thread] = []
        self._living: set[WorkerProcess] = set()
        self._spare: WorkerProcess | None = None
        self._resting = self._closed = False

    @property
    def pids(self) -> tuple[int, ...]:
        """Processes of the workers that live."""
        with self._lock:
            return tuple(worker.pid for worker in self._living)

    def begin(self) -> None:
        """Start all workers, so that they load their libraries meanwhile."""
        with self._lock:
            if self._closed or self._keepers:
                return
            self._keepers = [
                threading.Thread(target=self._keep, name=f"keeper {number}", daemon=True)
                for number in range(self._n_workers)
            ]
        for keeper in self._keepers:
            keeper.start()

    def submit(self, work: Callable[..., bytes], *arguments: object) -> Future[bytes]:
        """Have an order done; the future raises :class:`~flows.guarded_process.WorkerFailure` where it is not."""
        self.begin()
        order = _Order(work, arguments)
        with self._lock:
            self._resting = False
            self._orders.append(order)
            self._lock.notify()
        if self._closed:
            order.future.cancel()
        return order.future

    def rest(self) -> None:
        """Let each worker end once there is nothing left for it to do, until another order is given."""
        with self._lock:
            self._resting = True
            self._lock.notify_all()

    def close(self) -> None:
        """End all workers, also in the middle of an order; what was not done is cancelled."""
        with self._lock:
            self._closed = True
            living = list(self._living)
            self._lock.notify_all()
        for worker in living:
            worker.kill()
        for keeper in self._keepers:
            keeper.join()
        with self._lock:
            undone, living = list(self._orders), list(self._living)
            self._orders.clear()
        for order in undone:
            order.future.cancel()
        for worker in living:
            self._bury(worker)

    def _keep(self) -> None:
        worker: WorkerProcess | None = None
        while True:
            if not self._resting and (worker is None or not worker.alive):
                worker = self._replace(worker)
            order = self._next(worker)
            if self._closed:
                if order is not None:
                    order.future.cancel()
                return
            if order is None:
                worker = self._let_go(worker)
            if order is None or not order.future.set_running_or_notify_cancel():
                continue
            try:
                worker = self._ready(worker)
                order.future.set_result(worker.do(order.work, order.arguments, self._while_busy))
            except WorkerFailure as error:
                order.future.set_exception(error)
            except Exception as error:  # noqa: BLE001 - for instance an order that cannot be pickled
                order.future.set_exception(error)

    def _ready(self, worker: WorkerProcess | None) -> WorkerProcess:
        """A worker that has loaded its libraries; one that does not get so far is no fault of the order."""
        failure = WorkerFailure("ended", "closed")
        for _ in range(_TRIES_TO_START):
            if worker is None or not worker.alive:  # it may have been killed while there was nothing to do
                worker = self._replace(worker)
            if worker is None:
                break
            try:
                worker.wait_until_ready()
            except WorkerFailure as error:
                failure = error
            else:
                return worker
        raise failure

    def _next(self, worker: WorkerProcess | None) -> _Order | None:
        """Wait for an order; ``None`` where there is none to wait for with this worker, or the pool is closed."""
        with self._lock:
            self._lock.wait_for(lambda: self._orders or self._closed or (self._resting and worker is not None))
            return self._orders.popleft() if self._orders else None

    def _let_go(self, worker: WorkerProcess | None) -> None:
        """End a worker for which there is nothing to do, and the one to spare."""
        with self._lock:
            spare, self._spare = self._spare, None
        for idle in (worker, spare):
            if idle is not None:
                self._bury(idle)

    def _while_busy(self, seconds: float) -> None:
        if seconds >= _SPARE_AFTER_SECONDS:
            self._start_spare()

    def _start_spare(self) -> None:
        with self._lock:
            if self._spare is None and not self._closed:
                self._spare = self._start()

    def _replace(self, dead: WorkerProcess | None) -> WorkerProcess | None:
        """The spare worker, or else a new one; ``None`` once the pool is closed."""
        if dead is not None:
            self._bury(dead)
        with self._lock:
            if self._closed:
                return None
            worker, self._spare = self._spare, None
            if worker is None or not worker.alive:
                return self._start()  # and none to spare yet: two that load at once take twice as long
            self._spare = self._start()  # where one such file is there may be others
            return worker

    def _start(self) -> WorkerProcess:
        worker = WorkerProcess(self._prepare, self._bounds)
        self._living.add(worker)
        return worker

    def _bury(self, worker: WorkerProcess) -> None:
        worker.kill()
        with self._lock:
            self._living.discard(worker)
