"""A reading as bytes, on its way from the process that read the file.

JSON, and checked field by field where it arrives: the process that sends it has had a file of strangers in its hands,
and a pickle of its making could do whatever it likes to the process that takes it in.
"""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from pipelines.domain.documents import Document
from pipelines.domain.passages import Passage

if TYPE_CHECKING:
    from flows.reading import Reading

_PASSAGES = TypeAdapter(tuple[Passage, ...])
_LENGTHS = struct.Struct("<QQ")


def pack_reading(reading: Reading) -> bytes:
    """Bytes of a reading."""
    document = reading.document.model_dump_json(exclude_defaults=True).encode("utf-8")
    passages = _PASSAGES.dump_json(reading.passages, exclude_defaults=True)
    rest = json.dumps({
        "path": None if reading.path is None else str(reading.path),
        "signatures": {name: base64.b64encode(made).decode("ascii") for name, made in reading.signatures.items()},
        "seconds": reading.seconds,
        "versions": reading.versions,
    })  # fmt: skip
    return b"".join((_LENGTHS.pack(len(document), len(passages)), document, passages, rest.encode("ascii")))


def unpack_reading(content: bytes) -> Reading:
    """The reverse of :func:`pack_reading`.

    Raises
    ------
    ValueError
        It is no reading.
    """
    from flows.reading import Reading

    try:
        n_document, n_passages = _LENGTHS.unpack_from(content)
        start = _LENGTHS.size
        document = Document.model_validate_json(content[start : start + n_document])
        passages = _PASSAGES.validate_json(content[start + n_document : start + n_document + n_passages])
        rest: dict[str, Any] = json.loads(content[start + n_document + n_passages :])
        return Reading(
            document,
            None if rest["path"] is None else Path(rest["path"]),
            passages,
            {name: base64.b64decode(made) for name, made in rest["signatures"].items()},
            {str(name): float(value) for name, value in rest["seconds"].items()},
            {str(name): str(value) for name, value in rest["versions"].items()},
        )
    except (struct.error, KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error
