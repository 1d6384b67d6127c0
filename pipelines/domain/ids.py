"""Content hashes as identifiers."""

from __future__ import annotations

import hashlib

ID_LENGTH = 20
"""Hex characters of an id: 80 bits, so that a million records collide with a chance below 1e-12."""


def content_id(*parts: str | int | bytes) -> str:
    """Hash parts to an id of 20 hex characters.

    Each part is preceded by its length, so that ``("ab", "c")`` and ``("a", "bc")`` differ. Text that is not valid
    Unicode (lone surrogates) hashes as well.
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:ID_LENGTH]


def file_checksum(content: bytes) -> str:
    """SHA-256 of a file, 64 hex characters."""
    return hashlib.sha256(content).hexdigest()
