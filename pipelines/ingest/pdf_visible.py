"""Which characters of a PDF page a reader can see: not those without ink, white on white, off the page or covered.

Whoever hides text in a document wants machines to read what people do not. It is left out and counted, so that people
are told where.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from pipelines.ingest.pdf_characters import Character, PageCharacters
from pipelines.ingest.pdf_drawings import Box, Cover, Drawings
from pipelines.ingest.pdf_shapes import lets_light_through
from pipelines.ingest.pdf_shown import ShownPage

TINY = 2.0
"""Type below 2 points cannot be read on paper; the smallest in 12 real reports (note marks) is 4.1 points."""
SCAN_SHARE = 0.5
"""Part of the page that a picture covers when invisible text on it counts as the text layer of a scan."""


def keep_visible(
    page: PageCharacters,
    characters: Sequence[Character],
    painted: Sequence[Box],
    covered: Callable[[Character], Cover | None] = lambda _: None,
) -> None:
    """Give ``page`` the characters that a reader can see, and the number of those left out.

    Parameters
    ----------
    page
        With its pictures: invisible text on a picture of half a page or more is a scan's text layer, and stays.
    characters
        All characters of the page.
    painted
        Grounds on which white type shows.
    covered
        What lies over a character, if anything.
    """
    inked = [c for c in characters if c.code > 32]
    over = {id(c): cover for c in inked if (cover := covered(c)) is not None}
    scans = [p for p in page.pictures if p.area >= SCAN_SHARE * page.width * page.height]
    n_layer = sum(c.style.invisible or (id(c) in over and over[id(c)].picture is not None) for c in inked)
    if not (scans and n_layer >= SCAN_SHARE * len(inked)):
        scans = []
    for character in characters:
        if _is_hidden(character, page, scans, painted, over.get(id(character))):
            page.n_hidden += character.code > 32
        else:
            style = character.style
            shown = replace(character, style=replace(style, invisible=False)) if style.invisible else character
            page.characters.append(shown)


def keep_uncovered(
    page: PageCharacters, characters: Sequence[Character], drawings: Drawings, raw_page: Any, document: Any
) -> None:
    """As :func:`keep_visible`, of a page that PDFium has loaded: it tells the order in which things are drawn."""
    masked: dict[int, bool] = {}
    shown = ShownPage(raw_page, page.width, page.height)

    def lies_over(cover: Cover, box: Box) -> bool:
        if cover.picture is None:  # or filled with a pattern, which PDFium does not tell apart
            return shown.has_ground(box, cover.grey)
        if cover.order not in masked:
            masked[cover.order] = lets_light_through(document, raw_page, cover.picture)
        return not masked[cover.order]

    def covered(character: Character) -> Cover | None:
        order = drawings.text_order.get(character.drawn_by)
        if order is None:
            return None
        x = (character.box.left + character.box.right) / 2
        y = (character.box.top + character.box.bottom) / 2
        return next((c for c in later(order) if c.box.holds(x, y) and lies_over(c, character.box)), None)

    def later(order: int) -> Sequence[Cover]:
        return drawings.covers[bisect_right(drawings.covers, order, key=lambda c: c.order) :]

    keep_visible(page, characters, drawings.painted, covered if drawings.covers else lambda _: None)


def _is_hidden(
    character: Character, page: PageCharacters, scans: Sequence[Box], painted: Sequence[Box], cover: Cover | None
) -> bool:
    """Whether nobody can see a character; ``scans`` are pictures of pages whose text layer this may be."""
    x = (character.box.left + character.box.right) / 2
    y = (character.box.top + character.box.bottom) / 2
    style = character.style
    if not (-1.0 <= x <= page.width + 1.0 and -1.0 <= y <= page.height + 1.0):
        return True
    on_scan = any(scan.holds(x, y) for scan in scans)
    if 0.0 < style.size < TINY and not (style.invisible and scans):
        return True
    if style.invisible:
        return not on_scan
    if cover is not None:
        return not (on_scan and cover.picture is not None)
    return style.white and not any(box.holds(x, y) for box in painted)
