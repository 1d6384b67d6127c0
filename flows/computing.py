"""Where the work of a scan is done; whatever the place, outcomes come to the store in the order of the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Protocol

from flows.batches import Order, Outcome, Work

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
    """This process, with its own readers."""

    def __init__(self, context: ScanContext) -> None:
        self._context = context

    def ahead(self, work: Work[Any, Any], batches: Sequence[Sequence[str]]) -> AbstractContextManager[None]:  # noqa: ARG002
        """Nothing is done before it is asked for."""
        return nullcontext()

    def compute(self, work: Work[Order, Outcome], document_ids: Sequence[str]) -> Iterator[Outcome]:
        """Do the work now, document by document."""
        yield from work.do(work.orders(self._context.workspace, document_ids), self._context)
