"""Names as people type them: one way to write each sign-in name, and nothing hidden in a full name."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 60
LONGEST_FULL_NAME = 120
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]*[a-z0-9])?", re.ASCII)
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Kinds of characters that do not show, or change the direction of what follows."""


def sign_in_name(typed: str) -> str | None:
    """The name as it is kept, or ``None`` where ``typed`` cannot be one.

    Capitals, width and space around it do not matter. Only plain letters, digits and ``. _ @ + -`` are allowed: among
    these no two look alike that are not the same, as they do among all of Unicode.
    """
    seen = "".join(c for c in unicodedata.normalize("NFKC", typed) if unicodedata.category(c) != "Cf")
    name = seen.strip().casefold()
    return name if len(name) <= LONGEST_NAME and _NAME.fullmatch(name) else None


def full_name(typed: str) -> str | None:
    """A full name with single spaces, or ``None`` where it is empty, too long or holds what does not show."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if not name or len(name) > LONGEST_FULL_NAME or any(unicodedata.category(c) in _UNSEEN for c in name):
        return None
    return name
