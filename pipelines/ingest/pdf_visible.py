"""Which characters of a PDF page a reader can see: not those without ink, white on white, off the page or covered.

Whoever hides text in a document wants machines to read what people do not. It is left out and counted, so that people
are told where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.ingest.pdf_characters import Characters, PageCharacters, stretches
from pipelines.ingest.pdf_drawings import Box, Drawings
from pipelines.ingest.pdf_shapes import lets_light_through
from pipelines.ingest.pdf_shown import ShownPage

TINY = 2.0
"""Type below 2 points cannot be read on paper; the smallest in 12 real reports (note marks) is 4.1 points."""
SCAN_SHARE = 0.5
"""Part of the page that a picture covers when invisible text on it counts as the text layer of a scan."""


UNCOVERED, GROUND, PICTURE = 0, 1, 2
"""What lies over a character: nothing, a filled rectangle, or a picture."""


def keep_visible(
    page: PageCharacters,
    characters: Characters,
    painted: Sequence[Box],
    covered: NDArray[np.int8] | None = None,
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
        What lies over each character; nothing over those without ink.
    """
    covered = np.zeros(len(characters), np.int8) if covered is None else covered
    inked = characters.code > 32
    invisible = characters.by_style(lambda style: style.invisible, np.bool_)
    scans = [p for p in page.pictures if p.area >= SCAN_SHARE * page.width * page.height]
    n_layer = int(np.count_nonzero(inked & (invisible | (covered == PICTURE))))
    if not (scans and n_layer >= SCAN_SHARE * np.count_nonzero(inked)):
        scans = []
    hidden = _hidden(characters, page, scans, painted, covered)
    page.n_hidden += int(np.count_nonzero(hidden & inked))
    styles = [replace(style, invisible=False) if style.invisible else style for style in characters.styles]
    page.characters = replace(characters.which(~hidden), styles=styles)


def keep_uncovered(
    page: PageCharacters, characters: Characters, drawings: Drawings, raw_page: Any, document: Any
) -> None:
    """As :func:`keep_visible`, of a page that PDFium has loaded: it tells the order in which things are drawn."""
    shown = ShownPage(raw_page, page.width, page.height)
    covered = np.zeros(len(characters), np.int8)
    if drawings.covers:
        starts, lengths = stretches(characters.drawn_by)
        nobody_knows = np.iinfo(np.int64).max
        objects = characters.drawn_by[starts].tolist()
        drawn = np.array([drawings.text_order.get(address, nobody_knows) for address in objects], np.int64)
        drawn = np.where(characters.code > 32, np.repeat(drawn, lengths), nobody_knows)
        earliest = int(drawn.min(initial=nobody_knows))
        x, y = _middles(characters)
        for cover in drawings.covers:
            if cover.order <= earliest:  # a ground, drawn before all text
                continue
            beneath = np.flatnonzero((drawn < cover.order) & (covered == UNCOVERED) & _within(cover.box, x, y))
            if not len(beneath):
                continue
            if cover.picture is None:  # or filled with a pattern, which PDFium does not tell apart
                hiding = [shown.has_ground(_box(characters, at), cover.grey) for at in beneath.tolist()]
                covered[beneath[hiding]] = GROUND
            elif not lets_light_through(document, raw_page, cover.picture):
                covered[beneath] = PICTURE
    keep_visible(page, characters, drawings.painted, covered)


def _hidden(
    characters: Characters,
    page: PageCharacters,
    scans: Sequence[Box],
    painted: Sequence[Box],
    covered: NDArray[np.int8],
) -> NDArray[np.bool_]:
    """Which characters nobody can see; ``scans`` are pictures of pages whose text layer they may be."""
    x, y = _middles(characters)
    size = characters.by_style(lambda style: style.size, np.float64)
    invisible = characters.by_style(lambda style: style.invisible, np.bool_)
    white = characters.by_style(lambda style: style.white, np.bool_)
    on_page = (x >= -1.0) & (x <= page.width + 1.0) & (y >= -1.0) & (y <= page.height + 1.0)
    tiny = (size > 0.0) & (size < TINY)
    if scans:
        tiny &= ~invisible
    on_scan = _within_any(scans, x, y)
    white &= ~invisible & (covered == UNCOVERED)
    white[white] = ~_within_any(painted, x[white], y[white])
    beneath = ~invisible & (covered != UNCOVERED) & ~(on_scan & (covered == PICTURE))
    return ~on_page | tiny | (invisible & ~on_scan) | beneath | white


def _middles(characters: Characters) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (characters.left + characters.right) / 2, (characters.top + characters.bottom) / 2


def _within(box: Box, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    return (box.left <= x) & (x <= box.right) & (box.top <= y) & (y <= box.bottom)


def _within_any(boxes: Sequence[Box], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    found = np.zeros(len(x), np.bool_)
    for box in boxes if len(x) else ():
        found |= _within(box, x, y)
    return found


def _box(characters: Characters, at: int) -> Box:
    sides = characters.left, characters.top, characters.right, characters.bottom
    return Box(*(float(side[at]) for side in sides))
