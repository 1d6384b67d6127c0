"""Titles and DOIs in the one form in which they are compared."""

from __future__ import annotations

import re
import unicodedata

KEY_LENGTH = 64
"""Characters of a key, as wide as its column: keys find what may be the same, and whole titles decide."""
_DOI = re.compile(r"\b(10\.\d{4,9}/\S+)")
_LONGEST_DOI = 600
"""Characters. Items are found by their DOI, and an entry of an index of PostgreSQL holds 2,704 bytes."""
_AFTER = ".,;:'\"»”’"
_OPENING = {")": "(", "]": "[", ">": "<", "}": "{"}
_TAG = re.compile(r"<[^<>]{0,200}>")
_SHAPES = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ĳ": "ij", "þ": "th", "ð": "d"}


def folded(text: str) -> str:
    """Letters and figures of a text in small type without accents, one space between words.

    Letters of all scripts stay; markup (``<i>``), signs and accents go.
    """
    apart = unicodedata.normalize("NFKD", _TAG.sub(" ", text)).casefold()
    kept = (_SHAPES.get(c, c) for c in apart if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() or len(c) > 1 else " " for c in kept).split())


def title_key(title: str) -> str:
    """By it two titles are the same: the first :data:`KEY_LENGTH` letters and figures; empty where there are none."""
    return folded(title).replace(" ", "")[:KEY_LENGTH]


def normal_doi(text: str | None) -> str | None:
    """A DOI in small letters without address and what sentences put behind it; ``None`` where there is none.

    DOIs do not tell capitals from small letters (DOI Handbook, 3.4).
    """
    found = _DOI.search((text or "").strip().lower().replace("%2f", "/"))
    if found is None:
        return None
    doi = found.group(1)
    if "://" in found.string[: found.start()]:  # what an address has behind its path is no part of the DOI
        doi = re.split("[?#]", doi, maxsplit=1)[0]
    doi = doi.rstrip(_AFTER)
    while (opening := _OPENING.get(doi[-1])) is not None and doi.count(doi[-1]) > doi.count(opening):
        doi = doi[:-1].rstrip(_AFTER)
    if doi.endswith("/") or len(doi) > _LONGEST_DOI:  # nothing is left of it but the publisher, or it is something else
        return None
    return doi
