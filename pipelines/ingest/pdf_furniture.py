"""Running headers, running footers and page numbers: lines that return at the same place on other pages."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from pipelines.domain.documents import BlockKind
from pipelines.ingest.pdf_lines import Line

ZONE = 0.13
"""Running headers and footers stand in this part of the height at most, from above or below (up to 0.094 in 12
real reports)."""
NUMBER_ZONE = 0.09
"""A bare number this near the edge of a page is a page number even where no other page can confirm it."""
PLACE = 4.0
"""Points that a returning line may shift; left and right pages mirror, so only the height is compared."""
EVERYWHERE_SHARE = 0.6
"""A line that returns at one place on this share of the pages is furniture wherever it stands (margin columns)."""

_PAGE_NUMBER = re.compile(
    r"(?:(?:pagina|page|pag\.|p\.|blad|bladzijde|blz\.)\s*)?[-–—|·]?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[-–—|·]?"
    r"(?:\s*(?:/|van|of|uit)\s*\d{1,4})?",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\d+")


def find_furniture(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> dict[int, BlockKind]:
    """Which lines are page furniture.

    Parameters
    ----------
    pages
        Lines of each page.
    heights
        Height of each page as turned, in points.

    Returns
    -------
    dict
        ``id(line)`` of each such line -> ``page_header`` or ``page_footer``.
    """
    n_pages = len(pages)
    places: dict[str, list[tuple[int, float, float, Line]]] = defaultdict(list)
    every = [(number, heights[number], line) for number, lines in enumerate(pages) for line in lines]
    if not every:
        return {}
    texts = "\n".join(" ".join(line.text.split()) for _, _, line in every)
    for key, (number, height, line) in zip(_NUMBERS.sub("#", texts.lower()).split("\n"), every, strict=True):
        if key and len(key) < 200:
            places[key].append((number, line.middle, height, line))
    found: dict[int, BlockKind] = {}
    for key, items in places.items():
        if items[0][0] != items[-1][0]:  # most lines are on one page alone, and return nowhere
            found |= _returning(items, not re.search(r"[^\W\d_]{2}", key), n_pages)
    for lines, height in zip(pages, heights, strict=True):
        for line in lines:
            if line.angle is None or _lone_number(line, height, lines):
                found.setdefault(id(line), _kind(line.middle, height))
    _spread(pages, heights, found)
    return found


def _returning(items: Sequence[tuple[int, float, float, Line]], bare: bool, n_pages: int) -> dict[int, BlockKind]:
    """Those of lines that read alike that are furniture."""
    numbers, middles, heights = (np.array(column) for column in list(zip(*items, strict=True))[:3])
    found: dict[int, BlockKind] = {}
    for number, middle, height, line in items:
        edge = middle < ZONE * height or middle > (1 - ZONE) * height
        needed = _needed(edge, bare, line, n_pages)
        if needed is None:
            continue
        feet = heights - middles
        level = (np.abs(middles - middle) <= PLACE) | (np.abs(feet - (height - middle)) <= PLACE)
        if len(np.unique(numbers[level & (numbers != number)])) >= needed:
            found[id(line)] = _kind(middle, height)
    return found


def _kind(middle: float, height: float) -> BlockKind:
    return BlockKind.PAGE_HEADER if middle < height / 2 else BlockKind.PAGE_FOOTER


def _needed(edge: bool, bare: bool, line: Line, n_pages: int) -> float | None:
    """On how many other pages a line has to return to be furniture; ``None`` where it is none in any case."""
    if bare and not _PAGE_NUMBER.fullmatch(line.text.strip()):
        # Numbers in table cells look alike on many pages.
        return None
    if edge:
        return 1 if n_pages <= 4 or bare else 2
    return EVERYWHERE_SHARE * n_pages - 1 if not bare and n_pages >= 4 else None


def _lone_number(line: Line, height: float, lines: Sequence[Line]) -> bool:
    if not (line.middle < NUMBER_ZONE * height or line.middle > (1 - NUMBER_ZONE) * height):
        return False
    if not _PAGE_NUMBER.fullmatch(line.text.strip()):
        return False
    beside = [o for o in lines if o is not line and abs(o.middle - line.middle) < 0.6 * line.box.height]
    return len(beside) <= 2


def _spread(pages: Sequence[Sequence[Line]], heights: Sequence[float], found: dict[int, BlockKind]) -> None:
    """A line further out than furniture, or beside it at the edge, is furniture too: chapter names change by page."""
    for lines, height in zip(pages, heights, strict=True):
        known = [(line.middle, found[id(line)]) for line in lines if id(line) in found and line.angle is not None]
        for line in lines if known else ():
            middle = line.middle
            if id(line) in found or not (middle < ZONE * height or middle > (1 - ZONE) * height):
                continue
            kind, near = _kind(middle, height), 0.5 * line.box.height
            if len(line.text) <= 120 and any(abs(other - middle) < near and kind == of for other, of in known):
                found[id(line)] = kind
                known.append((middle, kind))
