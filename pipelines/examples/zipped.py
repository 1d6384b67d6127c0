"""Writes ZIP containers (DOCX, ODT) whose bytes depend on their content alone."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from io import BytesIO


def zipped(members: Iterable[tuple[str, bytes]], date: str, stored: frozenset[str] = frozenset()) -> bytes:
    """Pack members in the order given.

    Parameters
    ----------
    members
        Name and content.
    date
        ISO date that every member carries.
    stored
        Names that are not compressed, as ODF asks of ``mimetype``.
    """
    year, month, day = (int(part) for part in date.split("-"))
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, (year, month, day, 9, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            # The same on every system: a regular file made on Unix that its owner may write.
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            archive.writestr(info, content)
    return buffer.getvalue()
