"""How a worker and its keeper speak: over two pipes, in frames of a kind, a length and so many bytes."""

from __future__ import annotations

import os
import struct
from enum import Enum

_HEAD = struct.Struct("<cQ")
_CHUNK = 2**20


class Kind(Enum):
    """What a frame says."""

    READY = b"u"
    """The worker has loaded what it needs."""
    PAGES = b"p"
    """How many pages the file has, in decimal: it may take longer then."""
    RESULT = b"r"
    OUT_OF_MEMORY = b"m"
    ERROR = b"e"
    """An exception; its name and text."""


class BrokenFrame(Exception):
    """What came is no frame, or longer than allowed."""


def write_frame(descriptor: int, kind: Kind, content: bytes = b"") -> None:
    """Send one frame whole."""
    rest = memoryview(_HEAD.pack(kind.value, len(content)) + content)
    while rest:
        rest = rest[os.write(descriptor, rest[:_CHUNK]) :]


def read_frame(descriptor: int, most_bytes: int) -> tuple[Kind, bytes] | None:
    """The next frame; ``None`` where the other side has ended.

    Raises
    ------
    BrokenFrame
        Before anything of a frame that is too long is taken in.
    """
    head = _read(descriptor, _HEAD.size)
    if head is None:
        return None
    mark, length = _HEAD.unpack(head)
    if length > most_bytes:
        raise BrokenFrame(f"{length} bytes")
    try:
        kind = Kind(mark)
    except ValueError as error:
        raise BrokenFrame("no frame") from error
    content = _read(descriptor, length)
    return None if content is None else (kind, content)


def _read(descriptor: int, length: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < length:
        part = os.read(descriptor, min(_CHUNK, length - len(parts)))
        if not part:
            return None
        parts += part
    return bytes(parts)
