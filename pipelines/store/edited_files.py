"""Files of the table that people hand in: kept whole, so that what a version was read from can be looked up."""

from __future__ import annotations

import re
from pathlib import Path

from pipelines.domain.ids import file_checksum
from pipelines.store.arrivals import safe_file_name
from pipelines.store.files import write_whole

FOLDER = "edited"
"""In data/processed; a folder for each file, named after its checksum."""
_CHECKSUM = re.compile(r"[0-9a-f]{64}")


def keep_edited(processed_dir: Path, name: str, content: bytes) -> str:
    """Keep a file; returns the checksum by which :func:`edited_file` finds it.

    Raises
    ------
    StoreError
        It cannot be written.
    """
    checksum = file_checksum(content)
    write_whole(processed_dir / FOLDER / checksum / safe_file_name(name), content)
    return checksum


def edited_file(processed_dir: Path, checksum: str, name: str) -> bytes | None:
    """The bytes of a file that was kept under this checksum and name; ``None`` where there is none."""
    if not _CHECKSUM.fullmatch(checksum):
        return None
    path = processed_dir / FOLDER / checksum / safe_file_name(name)
    try:
        return path.read_bytes() if path.is_file() and not path.is_symlink() else None
    except OSError:
        return None
