"""Patterns that people write in the file of sources: a star stands for anything, all else for itself.

Regular expressions are not taken: one that is written unluckily takes hours on a long address, and addresses are full
of points and question marks that would have to be escaped.
"""

from __future__ import annotations

from collections.abc import Sequence

MOST_PATTERNS = 20
LONGEST_PATTERN = 200
"""Characters; addresses of publications are shorter."""
DOCUMENT_LINKS: tuple[str, ...] = ("*.pdf", "*.pdf?*")
"""Addresses of files, where a source does not say otherwise."""


def matches(pattern: str, text: str) -> bool:
    """Whether ``pattern`` covers all of ``text``; large and small letters are alike.

    Takes time in proportion to the length of ``text`` times the number of stars, whatever the pattern.
    """
    first, *others = pattern.lower().replace("**/", "*").split("*")
    text = text.lower()
    if not others:
        return text == first
    last = others.pop()
    if not text.startswith(first):
        return False
    at = len(first)
    for part in others:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(text) - at >= len(last) and text.endswith(last)


def chosen(patterns: Sequence[str], text: str, short: str | None = None) -> bool:
    """Whether one of ``patterns`` covers ``text`` and none of those that begin with ``!`` does.

    Patterns that begin with ``/`` are held against ``short`` in place of ``text``: the address without its host.
    """

    def covers(pattern: str) -> bool:
        return matches(pattern, short if short is not None and pattern.startswith("/") else text)

    refused = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    wanted = [pattern for pattern in patterns if not pattern.startswith("!")]
    return any(map(covers, wanted)) and not any(map(covers, refused))
