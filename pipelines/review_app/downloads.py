"""Files that leave through the page: always as attachment, and only what they were when they were read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from fastapi.responses import StreamingResponse

from pipelines.domain.runs import DocumentSummary
from pipelines.store.arrivals import safe_file_name

_CHUNK_BYTES = 1 << 18
#: No browser opens these in a page of ours: a file of anybody could hold a script, and would run beside the session of
#: whoever looks at it. Besides "attachment" the sandbox holds where a browser shows it all the same.
HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'"}


def attachment(name: str) -> str:
    """The header that names a download, for old and new browsers (RFC 6266, RFC 8187)."""
    safe = safe_file_name(name)
    plain = "".join(c if c.isascii() and c not in '\\"%' else "_" for c in safe)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def download(file: BinaryIO, name: str) -> StreamingResponse:
    """An answer with all of an open file, which is closed afterwards."""
    n_bytes = os.fstat(file.fileno()).st_size
    return StreamingResponse(
        _chunks(file, n_bytes),
        # Its real kind is of no use to a browser that is not to open it.
        media_type="application/octet-stream",
        headers={**HEADERS, "Content-Disposition": attachment(name), "Content-Length": str(n_bytes)},
    )


def _chunks(file: BinaryIO, n_bytes: int) -> Iterator[bytes]:
    with file:
        while n_bytes > 0 and (chunk := file.read(min(_CHUNK_BYTES, n_bytes))):
            n_bytes -= len(chunk)
            yield chunk


def original_places(root: Path, document: DocumentSummary) -> list[Path]:
    """Where the bytes of a document may be: where it was found, then where it was kept."""
    places = [Path(path) for path in document.paths]
    return [*places, root / document.file] if document.file else places


def open_unchanged(places: Sequence[Path], checksum: str) -> BinaryIO | None:
    """The first of the files that still holds what was read, open at its beginning; ``None`` where none does."""
    for place in places:
        file = open_plain_file(place)
        if file is None:
            continue
        try:
            digest = sha256()
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
            file.seek(0)
        except OSError:
            file.close()
            continue
        if digest.hexdigest() == checksum:
            return file
        file.close()
    return None


def open_plain_file(path: Path) -> BinaryIO | None:
    """A file, open; ``None`` for what is not there, may not be read, or is no file but a pipe or a device."""
    try:
        # Without waiting: opening a pipe would else last until somebody writes to it.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError):  # also a name with a null character
        return None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    return os.fdopen(handle, "rb")
