"""The text of PDF pages as pypdf finds it, typeset as plain lines so that it goes the way of all other pages.

pypdf gives lines of text without places. They are put on a made-up page, one under the other in letters of one width:
what a paragraph is then follows from blank lines, and columns and tables are not found.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Collection
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, TextStringObject

from pipelines.ingest.pdf_bounds import OtherPages, Steps, passed_by
from pipelines.ingest.pdf_characters import MAX_PAGE_CHARACTERS, NOWHERE, Character, Characters, PageCharacters
from pipelines.ingest.pdf_drawings import Box
from pipelines.ingest.pdf_styles import Style
from pipelines.ingest.pdf_visible import TINY

logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells every fault of a file; the document says the rest

_SIZE, _WIDTH, _LEAD, _MARGIN = 10.0, 5.0, 12.0, 50.0
"""Points of the made-up page."""
_SHOWING = {b"Tj": 0, b"TJ": 0, b"'": 0, b'"': 2}
"""Operators that show text, and which of their operands is the text."""
_NEARLY_WHITE = 0.98


def read_pages(content: bytes, wanted: Collection[int] | None, steps: Steps, into: OtherPages) -> None:
    """Read pages of a file; as :class:`~pipelines.ingest.pdf_bounds.ReadPages` says."""
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        reader.decrypt("")
    for number, page in enumerate(reader.pages, 1):
        steps.take()
        into.n_pages = number
        if wanted is None or number in wanted:
            with passed_by(into, number):
                into.pages[number] = _read_page(page, number, steps)


def _read_page(page: Any, number: int, steps: Steps) -> PageCharacters:
    ink = _Ink(page, steps)
    text = page.extract_text(visitor_operand_before=ink.look)
    steps.take(len(text))
    found = _typeset(number, text[:MAX_PAGE_CHARACTERS])
    found.n_hidden = ink.n_hidden
    return found


class _Ink:
    """Follows what a page sets before it shows text, and empties text that nobody can see.

    The operands are the very lists that pypdf goes on with, so that what is emptied here is not read.
    """

    def __init__(self, page: Any, steps: Steps) -> None:
        self.n_hidden = 0
        self._page = page
        self._steps = steps
        self._now: tuple[int, bool, float, float] = (0, False, 1.0, 10.0)
        """Render mode, whether the ink is white, how opaque it is, size of the type."""
        self._before: list[tuple[int, bool, float, float]] = []
        self._painted = False
        box = page.cropbox
        self._sides = (float(box.left), float(box.bottom), float(box.right), float(box.top))

    def look(self, operator: bytes, operands: Any, cm: Any, tm: Any) -> None:
        """Called by pypdf before each operator."""
        self._steps.take()
        if operator in _SHOWING:
            at = _SHOWING[operator]
            if len(operands) > at and self._is_hidden(cm, tm):
                self.n_hidden += _length(operands[at])
                operands[at] = ArrayObject() if operator == b"TJ" else TextStringObject("")
            return
        mode, white, alpha, size = self._now
        if operator == b"q":
            self._before.append(self._now)
        elif operator == b"Q":
            self._now = self._before.pop() if self._before else self._now
        elif operator == b"Tr" and operands:
            self._now = int(operands[0]), white, alpha, size
        elif operator == b"Tf" and len(operands) > 1:
            self._now = mode, white, alpha, abs(float(operands[1]))
        elif operator in (b"g", b"rg", b"k", b"sc", b"scn"):
            self._now = mode, _is_white(operands), alpha, size
        elif operator == b"gs" and operands:
            self._now = mode, white, self._alpha(operands[0], alpha), size
        elif operator in (b"f", b"F", b"f*", b"B", b"B*", b"b", b"b*", b"Do", b"sh", b"INLINE IMAGE"):
            self._painted = self._painted or not white

    def _is_hidden(self, cm: Any, tm: Any) -> bool:
        mode, white, alpha, size = self._now
        # Where a ground was painted, white type may stand on it; its place is not known here.
        if mode in (3, 7) or alpha <= 0 or (white and not self._painted):
            return True
        x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
        y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
        left, bottom, right, top = self._sides
        if not (left - 1 <= x <= right + 1 and bottom - 1 <= y <= top + 1):
            return True
        height = abs(tm[2] * cm[1] + tm[3] * cm[3]) + abs(tm[2] * cm[0] + tm[3] * cm[2])
        return 0 < size * height < TINY

    def _alpha(self, name: Any, now: float) -> float:
        try:
            return float(self._page["/Resources"]["/ExtGState"][name].get("/ca", now))
        except (KeyError, TypeError, ValueError, AttributeError):
            return now


def _length(shown: Any) -> int:
    parts = shown if isinstance(shown, list) else [shown]
    return sum(len(part) for part in parts if isinstance(part, str | bytes))


def _is_white(operands: Any) -> bool:
    try:
        parts = [float(part) for part in operands]
    except (TypeError, ValueError):
        return False
    if len(parts) == 4:
        return max(parts) <= 1 - _NEARLY_WHITE
    return bool(parts) and min(parts) >= _NEARLY_WHITE


def _typeset(number: int, text: str) -> PageCharacters:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    width = max(map(len, lines), default=0) * _WIDTH + 2 * _MARGIN
    page = PageCharacters(number, width, len(lines) * _LEAD + 2 * _MARGIN)
    style = Style(size=_SIZE)
    characters: list[Character] = []
    for row, line in enumerate(lines):
        top = _MARGIN + row * _LEAD
        for column, character in enumerate(line):
            left = _MARGIN + column * _WIDTH
            box = Box(left, top, left + _WIDTH, top + _SIZE)
            characters.append(Character(NOWHERE, ord(character), box, style))
    page.characters = Characters.of(characters)
    return page
