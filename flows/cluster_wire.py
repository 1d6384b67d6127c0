"""Orders and outcomes as bytes, on their way between coordinator and workers.

JSON, packed: a pickle of the same records is four times as large and takes longer (twelve example documents: 1.2 MB
against 0.27 MB), and whoever unpacks looks at each field before it is used.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from flows.batches import ENCODE, READ, RELABEL, Labelled, ReadOutcome, ToEncode, ToLabel, ToRead, Vectors, Work
from flows.cluster_spec import BatchSpec
from flows.reading import Reading, Request
from pipelines.domain.documents import Document
from pipelines.domain.evidence import Labels
from pipelines.domain.passages import Passage
from pipelines.domain.sources import HarvestItem
from pipelines.errors import KennisstandError

_LEVEL = 1
"""Of packing: a third of the time of the usual level, for 12 % more bytes (example documents, 2026-11)."""
WORKS: dict[str, Work[Any, Any]] = {work.stage: work for work in (READ, RELABEL, ENCODE)}


def pack(value: Any) -> bytes:
    """Bytes of what JSON can hold; also names that are no valid Unicode, as those of files may be."""
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode("ascii"), _LEVEL)


def unpack(content: bytes) -> Any:
    """The reverse of :func:`pack`."""
    return json.loads(zlib.decompress(content))


def pack_orders(work: Work[Any, Any], orders: Sequence[Any]) -> bytes:
    """Orders of one batch."""
    return pack([_ORDERS[work.stage][0](order) for order in orders])


def unpack_orders(work: Work[Any, Any], content: bytes) -> list[Any]:
    """The reverse of :func:`pack_orders`."""
    return [_ORDERS[work.stage][1](order) for order in unpack(content)]


def pack_outcomes(work: Work[Any, Any], outcomes: Sequence[Any]) -> bytes:
    """Outcomes of one batch."""
    return pack({"outcomes": [_OUTCOMES[work.stage][0](outcome) for outcome in outcomes]})


def pack_refusal(error: KennisstandError) -> bytes:
    """Why there are no outcomes."""
    return pack({"refused": {"key": error.key, "values": error.values}})


def unpack_outcomes(work: Work[Any, Any], content: bytes, spec: BatchSpec) -> list[Any]:
    """The reverse of :func:`pack_outcomes`.

    Raises
    ------
    KennisstandError
        The worker refused.
    """
    told = unpack(content)
    if refused := told.get("refused"):
        raise KennisstandError(refused["key"], **refused["values"])
    return [_OUTCOMES[work.stage][1](outcome, spec) for outcome in told["outcomes"]]


def _dump(record: Any) -> Any:
    return None if record is None else record.model_dump(mode="json", exclude_defaults=True)


def _pack_to_read(order: ToRead) -> Any:
    request = order.request
    shown = None if request.shown is None else str(request.shown)
    return [request.document_id, request.checksum, [str(p) for p in request.paths], shown, _dump(order.origin)]


def _unpack_to_read(told: Any) -> ToRead:
    document_id, checksum, paths, shown, origin = told
    request = Request(document_id, checksum, tuple(map(Path, paths)), None if shown is None else Path(shown))
    return ToRead(request, None if origin is None else HarvestItem.model_validate_json(json.dumps(origin)))


def _pack_to_label(order: ToLabel) -> Any:
    return [order.document_id, order.title, [_dump(p) for p in order.passages]]


def _unpack_to_label(told: Any) -> ToLabel:
    return ToLabel(told[0], told[1], tuple(Passage.model_validate(p) for p in told[2]))


def _pack_to_encode(order: ToEncode) -> Any:
    return [order.document_id, order.passage_ids, order.texts]


def _unpack_to_encode(told: Any) -> ToEncode:
    return ToEncode(told[0], tuple(told[1]), tuple(told[2]))


def _pack_read(outcome: ReadOutcome) -> Any:
    reading = outcome.reading
    return {
        "document": _dump(reading.document),
        "path": None if reading.path is None else str(reading.path),
        "passages": [_dump(p) for p in reading.passages],
        "signatures": {name: base64.b64encode(made).decode("ascii") for name, made in reading.signatures.items()},
        "seconds": reading.seconds,
        "versions": reading.versions,
        "labelled": _pack_labelled(outcome.labelled),
        "label_seconds": outcome.label_seconds,
    }


def _unpack_read(told: Any, spec: BatchSpec) -> ReadOutcome:
    reading = Reading(
        Document.model_validate(told["document"]),
        None if told["path"] is None else Path(told["path"]),
        tuple(Passage.model_validate(p) for p in told["passages"]),
        {name: base64.b64decode(made) for name, made in told["signatures"].items()},
        told["seconds"],
        told["versions"],
    )
    return ReadOutcome(reading, _unpack_labelled(told["labelled"], spec), told["label_seconds"])


def _pack_labelled(outcome: Labelled) -> Any:
    vectors = None if outcome.vectors is None else _pack_vectors(outcome.vectors)
    return [outcome.document_id, [_dump(one) for one in outcome.labels], vectors]


def _unpack_labelled(told: Any, spec: BatchSpec) -> Labelled:
    document_id, labels, vectors = told
    made = None if vectors is None else _unpack_vectors(vectors, spec)
    return Labelled(document_id, tuple(Labels.model_validate(one) for one in labels), made)


def _pack_vectors(outcome: Vectors) -> Any:
    values = np.ascontiguousarray(outcome.values, dtype="<f4")
    packed = base64.b64encode(values.tobytes()).decode("ascii")
    return [outcome.document_id, outcome.passage_ids, list(values.shape), packed]


def _unpack_vectors(told: Any, spec: BatchSpec) -> Vectors:
    document_id, passage_ids, shape, values = told
    array = np.frombuffer(base64.b64decode(values), dtype="<f4").reshape(shape)
    return Vectors(document_id, spec.encoder_version, tuple(passage_ids), array)


_ORDERS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    READ.stage: (_pack_to_read, _unpack_to_read),
    RELABEL.stage: (_pack_to_label, _unpack_to_label),
    ENCODE.stage: (_pack_to_encode, _unpack_to_encode),
}
_OUTCOMES: dict[str, tuple[Callable[[Any], Any], Callable[[Any, BatchSpec], Any]]] = {
    READ.stage: (_pack_read, _unpack_read),
    RELABEL.stage: (_pack_labelled, _unpack_labelled),
    ENCODE.stage: (_pack_vectors, _unpack_vectors),
}
