"""The characters of a PDF page as PDFium counts them, each with its box, its style and whether a reader can see it.

PDFium has no bulk call for boxes. One call a character is made for those, without a step of Python between them;
codes come by the page, and everything else is asked once for each text object.
"""

from __future__ import annotations

import ctypes
import logging
import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from pipelines.ingest.pdf_drawings import Box, Drawings, read_drawings
from pipelines.ingest.pdf_native import by_address
from pipelines.ingest.pdf_styles import Style, StyleReader

_log = logging.getLogger(__name__)

MAX_PAGE_CHARACTERS = 400_000
"""A page that holds more is not written for readers (a printed A0 full of small type holds about 100,000)."""
FAR = 1e6
"""Points beyond which a place is no place on paper (300 metres); also keeps out what is not a number."""
FIRST_RIGHT_TO_LEFT = 0x590
RIGHT_TO_LEFT = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})
NOWHERE = -1
"""Number of a character that PDFium did not count: it stands on a page, and nothing says where in PDFium's order."""


STRIDE = 6
"""Every so many characters PDFium is asked which object draws it, and between two only where their objects differ.
Measured on real and made reports: an object draws 29 to 41 characters, so that 1 call is made for 3 characters."""
BOXES_AT_ONCE = 2048
"""Boxes of characters that are asked for before they are put by; a page of a report has about so many."""
_UNTOLD = 0xFFFE
"""What stands in the text of a page for a hyphen at a line end, and for a character that has no code."""

_unicode_of = by_address(pdfium.FPDFText_GetUnicode, ctypes.c_uint, ctypes.c_void_p, ctypes.c_int)
_page_text = by_address(
    pdfium.FPDFText_GetText, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_void_p
)
_text_object = by_address(pdfium.FPDFText_GetTextObject, ctypes.c_size_t)
_loose_box = by_address(pdfium.FPDFText_GetLooseCharBox, ctypes.c_int)
"""These two take addresses as ``c_void_p``: nothing is converted on a call, which takes 0.20 microseconds, not 0.32."""
_boxes = np.zeros((BOXES_AT_ONCE, 4), np.float32)
_box_places = [ctypes.c_void_p(_boxes.ctypes.data + 16 * number) for number in range(BOXES_AT_ONCE)]
"""Where PDFium writes boxes to: pointers that are made once, since making them takes as long as asking."""


@dataclass(slots=True)
class Character:
    """One character; ``index`` is its number on the page as PDFium counts."""

    index: int
    code: int
    box: Box
    style: Style
    drawn_by: int = 0
    """Address of the object that draws it; 0 where another parser than PDFium found it."""


@dataclass(frozen=True, slots=True)
class Characters:
    """Many characters, each attribute of all of them together: a page is worked on as a whole."""

    index: NDArray[np.int64]
    code: NDArray[np.int64]
    left: NDArray[np.float64]
    top: NDArray[np.float64]
    right: NDArray[np.float64]
    bottom: NDArray[np.float64]
    style: NDArray[np.int64]
    """Number of each one's style among ``styles``."""
    styles: list[Style]
    drawn_by: NDArray[np.uint64]

    @classmethod
    def of(cls, characters: Sequence[Character] = ()) -> Characters:
        """From characters that were found one by one."""
        styles: dict[Style, int] = {}
        numbers = [styles.setdefault(c.style, len(styles)) for c in characters]
        return cls(
            index=np.array([c.index for c in characters], np.int64),
            code=np.array([c.code for c in characters], np.int64),
            left=np.array([c.box.left for c in characters], np.float64),
            top=np.array([c.box.top for c in characters], np.float64),
            right=np.array([c.box.right for c in characters], np.float64),
            bottom=np.array([c.box.bottom for c in characters], np.float64),
            style=np.array(numbers, np.int64),
            styles=list(styles),
            drawn_by=np.array([c.drawn_by for c in characters], np.uint64),
        )

    def __len__(self) -> int:
        return len(self.index)

    @property
    def text(self) -> str:
        return self.code.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")

    def which(self, chosen: NDArray[np.bool_]) -> Characters:
        """Those for which ``chosen`` is true."""
        return Characters(
            index=self.index[chosen],
            code=self.code[chosen],
            left=self.left[chosen],
            top=self.top[chosen],
            right=self.right[chosen],
            bottom=self.bottom[chosen],
            style=self.style[chosen],
            styles=self.styles,
            drawn_by=self.drawn_by[chosen],
        )

    def by_style(self, value: Callable[[Style], Any], kind: type[np.generic]) -> NDArray[Any]:
        """What ``value`` says of the style of each character."""
        return np.array([value(style) for style in self.styles], kind)[self.style]

    def angles(self) -> dict[int | None, int]:
        """Directions in which they run, in order of appearance, and how many run in each."""
        told = {style.angle for style in self.styles}
        if len(told) == 1 and len(self):  # as on nearly every page
            return {told.pop(): len(self)}
        starts, lengths = stretches(self.style)
        found: dict[int | None, int] = {}
        for number, length in zip(self.style[starts].tolist(), lengths.tolist(), strict=True):
            angle = self.styles[number].angle
            found[angle] = found.get(angle, 0) + length
        return found


def stretches(values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where stretches of one value start, and how long each is: a page has 100, where it has 3,000 characters."""
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])[: len(values)])
    return starts, np.diff(starts, append=len(values))


class WordLooks(NamedTuple):
    """What tells of a word, or of many, whether the codes are those of the letters that show."""

    latin: int
    """Words in Latin letters; nothing else is counted of other words."""
    letters: int
    """From a to z."""
    vowels: int
    ordinary: int
    """Words that have the shape of a word."""


@dataclass(slots=True)
class PageCharacters:
    """What was read of one page."""

    number: int
    """From 1."""
    width: float
    height: float
    characters: Characters = field(default_factory=Characters.of)
    """Visible characters in the order of the page's text; line ends are left out, spaces are in."""
    n_hidden: int = 0
    """Characters that a reader cannot see and that were left out."""
    n_strange: int = 0
    """Characters without a usable code: private use, replacement, controls."""
    pictures: list[Box] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)
    """Edges of drawn lines and rectangles, each as a very flat or very thin box."""
    n_paths: int = 0
    looks: WordLooks | None = None
    """How its words look together, once that has been asked: of the page first, then of the whole document."""

    @property
    def pictured_share(self) -> float:
        """Part of the page under all its pictures together, 0 to 1; overlaps count twice."""
        return min(sum(p.area for p in self.pictures) / max(self.width * self.height, 1.0), 1.0)

    def angle(self) -> int:
        """Quarter turns of most of its text."""
        counts = [(n, angle) for angle, n in self.characters.angles().items() if angle is not None]
        return max(counts, key=lambda count: count[0])[1] if counts else 0


Keep = Callable[[PageCharacters, Characters, Drawings, Any], None]
"""Gives a page those of its characters that can be seen; also gets its drawings and the raw page."""


def read_page(document: Any, number: int, keep: Keep) -> PageCharacters | None:
    """Read page ``number`` (from 1) of an open PDFium document; ``None`` where PDFium cannot load it."""
    page = pdfium.FPDF_LoadPage(document, number - 1)
    if not page:
        return None
    try:
        return _read_loaded(page, number, keep)
    finally:
        pdfium.FPDF_ClosePage(page)


def _read_loaded(page: Any, number: int, keep: Keep) -> PageCharacters:
    area = _visible_area(page)
    found = PageCharacters(number, area.width, area.height)
    drawings = read_drawings(page, area)
    found.pictures, found.rules, found.n_paths = drawings.pictures, drawings.rules, drawings.n_paths
    text_page = pdfium.FPDFText_LoadPage(page)
    if not text_page:
        return found
    try:
        keep(found, _read_characters(text_page, area, found), drawings, page)
    finally:
        pdfium.FPDFText_ClosePage(text_page)
    if found.n_hidden:
        _log.info("page %s: %s characters that cannot be seen are left out", number, found.n_hidden)
    return found


def _visible_area(page: Any) -> Box:
    """The part of the page that shows, in PDF coordinates: ``top`` is the lower edge here."""
    rect = pdfium.FS_RECTF()
    if pdfium.FPDF_GetPageBoundingBox(page, rect):
        left, right = sorted((rect.left, rect.right))
        bottom, top = sorted((rect.bottom, rect.top))
        if all(map(math.isfinite, (left, right, bottom, top))) and right > left and top > bottom:
            return Box(left, bottom, right, top)
    return Box(0.0, 0.0, 612.0, 792.0)


def _read_characters(text_page: Any, area: Box, found: PageCharacters) -> Characters:
    n = max(min(pdfium.FPDFText_CountChars(text_page), MAX_PAGE_CHARACTERS), 0)
    address = ctypes.cast(text_page, ctypes.c_void_p).value
    codes = _read_codes(address, n)
    drawn_by = _read_objects(address, codes)
    within = (codes != 10) & (codes != 13)
    usable = (codes != 0) & ~((codes >= 0xD800) & (codes <= 0xDFFF)) & (codes <= 0x10FFFF)
    found.n_strange += int(np.count_nonzero(within & (~usable | is_strange(codes))))
    numbers, styles = _read_styles(text_page, drawn_by, within)
    index = np.flatnonzero(within & usable)
    sides, placed = _read_boxes(address, index)
    index, sides = index[placed], sides[placed].astype(np.float64)
    return Characters(
        index=index,
        code=codes[index],
        left=sides[:, 0] - area.left,
        top=area.bottom - sides[:, 1],
        right=sides[:, 2] - area.left,
        bottom=area.bottom - sides[:, 3],
        style=numbers[index],
        styles=styles,
        drawn_by=_carried_on(drawn_by[index]),
    )


def _read_codes(address: int | None, n: int) -> NDArray[np.int64]:
    """Codes of the first ``n`` characters of a page, from its text where that has one unit for each character."""
    units = np.zeros(n + 1, np.uint16)
    told = _page_text(address, 0, n, units.ctypes.data) - 1 == n
    codes = units[:n].astype(np.int64)
    # The text passes over controls, and writes what lies beyond 16 bits as two units: the places no longer agree then.
    if not told or ((codes >= 0xD800) & (codes <= 0xDFFF)).any():
        return np.fromiter(map(_unicode_of, repeat(address), range(n)), np.uint32, n).astype(np.int64)
    untold = np.flatnonzero((codes == _UNTOLD) | (codes == 0))
    codes[untold] = [_unicode_of(address, at) for at in untold.tolist()]
    return codes


def _read_objects(address: int | None, codes: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Address of the text object that draws each character; may be that of its neighbours for one PDFium put in.

    PDFium goes from object to object, so what stands between two characters of one object is of that object too.
    Where text runs from right to left it does not hold: lines are turned round after that.
    """
    n, text_page = len(codes), ctypes.c_void_p(address)
    if n <= STRIDE or _runs_left(codes):
        return np.fromiter(map(_text_object, repeat(text_page), range(n)), np.uint64, n)
    asked = np.append(np.arange(0, n - 1, STRIDE), n - 1)
    objects = np.fromiter(map(_text_object, repeat(text_page), asked.tolist()), np.uint64, len(asked))
    found = np.repeat(objects[:-1], np.diff(asked))
    found = np.append(found, objects[-1])
    apart = (objects[1:] != objects[:-1]) | (objects[1:] == 0) | (codes[asked[:-1]] < ord(" "))
    between = np.repeat(apart, np.diff(asked))
    between = np.flatnonzero(np.append(between, False))
    found[between] = np.fromiter(map(_text_object, repeat(text_page), between.tolist()), np.uint64, len(between))
    return found


def _runs_left(codes: NDArray[np.int64]) -> bool:
    """Whether any character belongs to a script that is written from right to left."""
    others = np.unique(codes[(codes >= FIRST_RIGHT_TO_LEFT) & (codes <= 0x10FFFF)])
    return any(unicodedata.bidirectional(chr(code)) in RIGHT_TO_LEFT for code in others.tolist())


def _read_boxes(address: int | None, index: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Left, top, right and bottom of characters as PDF counts them, and which of them lie somewhere on paper.

    To be called by one thread at a time, as PDFium is anyway.
    """
    sides = np.zeros((len(index), 4), np.float32)
    has_box = np.zeros(len(index), np.bool_)
    text_page, wanted = ctypes.c_void_p(address), index.tolist()
    for first in range(0, len(index), BOXES_AT_ONCE):
        some = wanted[first : first + BOXES_AT_ONCE]
        _boxes[: len(some)] = 0.0
        has_box[first : first + len(some)] = list(map(_loose_box, repeat(text_page), some, _box_places))
        sides[first : first + len(some)] = _boxes[: len(some)]
    left, top, right, bottom = sides.T
    placed = (left > -FAR) & (left <= right) & (right < FAR) & (bottom > -FAR) & (bottom <= top) & (top < FAR)
    return sides, has_box & placed


def _read_styles(
    text_page: Any, drawn_by: NDArray[np.uint64], within: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], list[Style]]:
    """Number of the style of each character, and the styles; one that PDFium put in is set as the one before it."""
    reader = StyleReader(text_page)
    styles = {Style(): 0}
    objects = np.where(within, drawn_by, np.uint64(0))
    starts, lengths = stretches(objects)
    known = {0: NOWHERE}
    for index, address in zip(starts.tolist(), objects[starts].tolist(), strict=True):
        if address not in known:
            known[address] = styles.setdefault(reader.read(index, address), len(styles))
    numbers = np.array([known[address] for address in objects[starts].tolist()], np.int64)
    set_as = np.repeat(numbers, lengths) + 1
    return np.maximum(_carried_on(set_as) - 1, 0), list(styles)


def _carried_on(values: NDArray[Any]) -> NDArray[Any]:
    """The last value before each place that is not zero, its own included; zero where there is none."""
    if not len(values):
        return values
    return values[np.maximum.accumulate(np.where(values != 0, np.arange(len(values)), 0))]


def is_strange(codes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which codes stand for no letter: controls, private use, replacement."""
    controls = (codes < 32) & (codes != 2) & (codes != 9)
    return controls | ((codes >= 0xE000) & (codes <= 0xF8FF)) | (codes == 0xFFFD)


def is_placed(box: Box) -> bool:
    """Whether a box lies somewhere on paper."""
    return -FAR < box.left <= box.right < FAR and -FAR < box.top <= box.bottom < FAR
