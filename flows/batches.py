"""The work of a scan that needs no store: on this computer one batch after the other, on a cluster side by side.

A :class:`Work` takes orders (what is to be done, made from the store) to outcomes (what is to be stored). Doing it
needs :class:`Tools` alone, so that any process that has the same program and models comes to the same outcome.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from pipelines.store.passages import PassageFilter

if TYPE_CHECKING:  # models and readers take seconds to import, and not every command needs them
    import numpy as np
    from numpy.typing import NDArray

    from flows.label import LabelKit, Labelling
    from flows.reading import Reader, Reading, Request
    from pipelines.domain.evidence import Labels
    from pipelines.domain.passages import Passage
    from pipelines.domain.sources import HarvestItem
    from pipelines.language.encoder import Encoder
    from pipelines.store import Workspace

logger = logging.getLogger(__name__)

_READ_LANGUAGES = frozenset({"nl", "en"})

Order = TypeVar("Order")
Outcome = TypeVar("Outcome")
Item = TypeVar("Item")


class Tools(Protocol):
    """What work needs beside its orders."""

    @cached_property
    def kit(self) -> LabelKit:
        """The models for labels, with the table."""
        ...

    @cached_property
    def reader(self) -> Reader:
        """Processes that read files."""
        ...

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder that search and topics stand on."""
        ...

    @cached_property
    def encoder_version(self) -> str:
        """Its version, without loading it."""
        ...


@dataclass(frozen=True)
class Vectors:
    """Vectors of passages of one document, shape (n_passages, dimensions)."""

    document_id: str
    encoder: str
    passage_ids: tuple[str, ...]
    values: NDArray[np.float32]


@dataclass(frozen=True)
class ToRead:
    """A file to be read, and what its source told of it."""

    request: Request
    origin: HarvestItem | None


@dataclass(frozen=True)
class ToLabel:
    """A document whose passages are to be labelled."""

    document_id: str
    title: str | None
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class Labelled:
    """Labels of the running text in Dutch and English, in order; its vectors where the chosen encoder made them."""

    document_id: str
    labels: tuple[Labels, ...]
    vectors: Vectors | None


@dataclass(frozen=True)
class ToEncode:
    """A document whose labelled passages get vectors."""

    document_id: str
    passage_ids: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class ReadOutcome:
    """A document that was read, cut and labelled."""

    reading: Reading
    labelled: Labelled
    label_seconds: float | None
    """``None`` where there was nothing to label."""


@dataclass(frozen=True)
class Work(Generic[Order, Outcome]):
    """One kind of work; ``stage`` is how progress names it."""

    stage: str
    orders: Callable[[Workspace, Sequence[str]], Iterable[Order]]
    """Made from the store for documents, in order of arrival, each when it is taken."""
    do: Callable[[Iterable[Order], Tools], Iterator[Outcome]]
    """Outcomes in the order of the orders, each as soon as it is there."""


def read_and_label(orders: Iterable[ToRead], tools: Tools) -> Iterator[ReadOutcome]:
    """Read files, cut them into passages and label these; never raises for a file."""
    taken = list(orders)
    readings = zip(taken, tools.reader.read(one.request for one in taken), strict=True)
    for begun in _one_ahead(_BegunReading(order, reading, tools) for order, reading in readings):
        yield begun.finish()


def label_reading(order: ToRead, reading: Reading, tools: Tools) -> ReadOutcome:
    """Label a file that was read."""
    return _BegunReading(order, reading, tools).finish()


def label_again(orders: Iterable[ToLabel], tools: Tools) -> Iterator[Labelled]:
    """Label passages with the models and the table as they are now."""
    for begun in _one_ahead(_BegunLabels(order, tools) for order in orders):
        yield begun.finish()


def _one_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """Each item when the next has been made: what an item begins goes on meanwhile."""
    held: list[Item] = []
    for item in items:
        held.append(item)
        if len(held) > 1:
            yield held.pop(0)
    yield from held


class _BegunReading:
    """A file that was read, whose labels are being made."""

    def __init__(self, order: ToRead, reading: Reading, tools: Tools) -> None:
        from flows.origins import told_by_source

        begun = time.perf_counter()
        if order.origin is not None:  # a title that only the source knows counts in the labels
            reading = replace(reading, document=told_by_source(reading.document, order.origin))
        self._reading = reading
        document = reading.document
        self._labels = _BegunLabels(ToLabel(document.id, document.metadata.title, reading.passages), tools)
        self._seconds = time.perf_counter() - begun

    def finish(self) -> ReadOutcome:
        """The outcome, when the labels are made."""
        begun = time.perf_counter()
        labelled = self._labels.finish()
        seconds = self._seconds + time.perf_counter() - begun
        return ReadOutcome(self._reading, labelled, seconds if self._reading.passages else None)


class _BegunLabels:
    """Labels of the running text that are being made, with its vectors.

    Labels stand on the static encoder that they were trained with. Vectors of another encoder are made later on
    (:func:`encode`): that can take hours, and labels need not wait for it.
    """

    def __init__(self, order: ToLabel, tools: Tools) -> None:
        self._document_id = order.document_id
        self._labelling: Labelling | None = None
        self._vectors: Vectors | None = None
        chosen = [p for p in order.passages if p.boilerplate is None and p.language in _READ_LANGUAGES]
        if not chosen:
            return
        from flows.label import Labelling

        kit = tools.kit
        values = kit.encoder.encode([p.text for p in chosen])
        self._labelling = Labelling(kit, chosen, [order.title] * len(chosen), values)
        if tools.encoder_version == kit.encoder.version:
            self._vectors = Vectors(order.document_id, kit.encoder.version, tuple(p.id for p in chosen), values)

    def finish(self) -> Labelled:
        """Labels and vectors."""
        labels = () if self._labelling is None else tuple(self._labelling.labels())
        return Labelled(self._document_id, labels, self._vectors)


def encode(orders: Iterable[ToEncode], tools: Tools) -> Iterator[Vectors]:
    """Make vectors by the chosen encoder."""
    for order in orders:
        encoder = tools.encoder
        logger.info("document %s: %s vectors are made by %s", order.document_id, len(order.texts), encoder.version)
        yield Vectors(order.document_id, encoder.version, order.passage_ids, encoder.encode(list(order.texts)))


def _files_to_read(workspace: Workspace, document_ids: Sequence[str]) -> Iterator[ToRead]:
    from flows.reading import Request

    summaries = workspace.documents.summaries(document_ids)
    origins = workspace.harvest.origins([d.checksum for d in summaries])
    for d in summaries:
        kept = (workspace.root / d.file,) if d.file else ()
        request = Request(d.id, d.checksum, (*(Path(p) for p in d.paths), *kept))
        yield ToRead(request, origins.get(d.checksum))


def _passages_to_label(workspace: Workspace, document_ids: Sequence[str]) -> Iterator[ToLabel]:
    for d in workspace.documents.summaries(document_ids):
        yield ToLabel(d.id, d.metadata.title, tuple(workspace.passages.get(d.id)))


def _passages_to_encode(workspace: Workspace, document_ids: Sequence[str]) -> Iterator[ToEncode]:
    """Of whole documents, also where only some passages are asked for: a file holds all that anybody may need."""
    for summary in workspace.documents.summaries(document_ids):
        chosen = PassageFilter(document_ids=[summary.id], labelled_only=True)
        passages = [item.passage for item in workspace.passages.find({summary.id: summary}, chosen)]
        yield ToEncode(summary.id, tuple(p.id for p in passages), tuple(p.text for p in passages))


READ: Work[ToRead, ReadOutcome] = Work("read", _files_to_read, read_and_label)
RELABEL: Work[ToLabel, Labelled] = Work("relabel", _passages_to_label, label_again)
ENCODE: Work[ToEncode, Vectors] = Work("vectors", _passages_to_encode, encode)
