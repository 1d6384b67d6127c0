"""Where the work of a scan is done; whatever the place, outcomes come to the store in the order of the documents."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from flows.batches import READ, Order, Outcome, Work

if TYPE_CHECKING:
    from flows.context import ScanContext


class Computing(Protocol):
    """A place where work is done."""

    def ahead(self, work: Work[Any, Any], batches: Sequence[Sequence[str]]) -> AbstractContextManager[None]:
        """Say which batches will be asked for, in this order, so that they can be worked on before."""
        ...

    def compute(self, work: Work[Order, Outcome], document_ids: Sequence[str]) -> Iterator[Outcome]:
        """Do the work for some documents; outcomes in order of arrival of the documents."""
        ...


class Here:
    """This process, with its own readers, which read the next batch while this process labels and stores one."""

    def __init__(self, context: ScanContext) -> None:
        self._context = context
        self._coming: deque[tuple[str, ...]] = deque()
        self._begun: dict[tuple[str, ...], list[Any]] = {}

    @contextmanager
    def ahead(self, work: Work[Any, Any], batches: Sequence[Sequence[str]]) -> Iterator[None]:
        """Have files read before they are asked for, one batch ahead: more would only lie in memory."""
        if work is not READ:
            yield
            return
        self._coming = deque(tuple(batch) for batch in batches)
        try:
            self._begin_next()
            yield
        finally:
            self._coming.clear()
            self._begun.clear()
            self._context.reader.expect_no_more()

    def compute(self, work: Work[Order, Outcome], document_ids: Sequence[str]) -> Iterator[Outcome]:
        """Do the work now, document by document."""
        orders = self._begun.pop(tuple(document_ids), None) if work is READ else None
        if orders is None:
            orders = work.orders(self._context.workspace, document_ids)
        else:
            self._begin_next()
        yield from work.do(orders, self._context)

    def _begin_next(self) -> None:
        """Give the readers the files of the batch that comes next, behind those that they have."""
        if self._coming:
            batch = self._coming.popleft()
            self._begun[batch] = list(READ.orders(self._context.workspace, batch))
            self._context.reader.expect(order.request for order in self._begun[batch])
            if not self._coming:
                self._context.reader.expect_last()
