"""The characters of a PDF page as PDFium counts them, each with its box, its style and whether a reader can see it.

PDFium has no bulk call for boxes; the loop below makes three calls a character (measured: 4 ms for a page of 3,000
characters, two cores, PDFium 159). Everything else is asked once for each text object, of which a page has few.
"""

from __future__ import annotations

import ctypes
import logging
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pypdfium2.raw as pdfium

from pipelines.ingest.pdf_drawings import Box, Drawings, read_drawings

_log = logging.getLogger(__name__)

MAX_PAGE_CHARACTERS = 400_000
"""A page that holds more is not written for readers (a printed A0 full of small type holds about 100,000)."""
FAR = 1e6
"""Points beyond which a place is no place on paper (300 metres); also keeps out what is not a number."""
NEARLY_WHITE = 250
NOWHERE = -1
"""Number of a character that PDFium did not count: it stands on a page, and nothing says where in PDFium's order."""

_BOLD = re.compile("bold|black|heavy|semib|demi", re.IGNORECASE)
_REGULAR = re.compile("regular|roman|book|light|medium|normal", re.IGNORECASE)
_ITALIC = re.compile("italic|oblique", re.IGNORECASE)
_FORCE_BOLD = 1 << 18
_MODE_FILL_STROKE, _MODE_INVISIBLE, _MODE_CLIP = 2, 3, 7
_MODES_FILLED = (0, 4)

# The generated binding builds a pointer object on every call; a bare address is four times cheaper.
_text_object = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)(
    ctypes.cast(pdfium.FPDFText_GetTextObject, ctypes.c_void_p).value or 0
)


@dataclass(frozen=True, slots=True)
class Style:
    """How a text object is set."""

    size: float = 0.0
    """Height of the type on the page, in points."""
    bold: bool = False
    italic: bool = False
    angle: int | None = 0
    """Quarter turns against the clock; ``None`` for slanting text."""
    invisible: bool = False
    """Drawn without ink: render mode 3, or wholly transparent."""
    white: bool = False
    """Shows only on a coloured ground: white ink, or letters that are cut out of what is drawn after them (mode 7)."""
    colour: tuple[int, int, int] = (0, 0, 0)
    """Red, green and blue of the ink, each 0 to 255 in steps of 16."""
    font: str = ""


@dataclass(slots=True)
class Character:
    """One character; ``index`` is its number on the page as PDFium counts."""

    index: int
    code: int
    box: Box
    style: Style
    drawn_by: int = 0
    """Address of the object that draws it; 0 where another parser than PDFium found it."""


@dataclass(slots=True)
class PageCharacters:
    """What was read of one page."""

    number: int
    """From 1."""
    width: float
    height: float
    characters: list[Character] = field(default_factory=list)
    """Visible characters in the order of the page's text; line ends are left out, spaces are in."""
    n_hidden: int = 0
    """Characters that a reader cannot see and that were left out."""
    n_strange: int = 0
    """Characters without a usable code: private use, replacement, controls."""
    pictures: list[Box] = field(default_factory=list)
    rules: list[Box] = field(default_factory=list)
    """Edges of drawn lines and rectangles, each as a very flat or very thin box."""
    n_paths: int = 0

    @property
    def pictured_share(self) -> float:
        """Part of the page under all its pictures together, 0 to 1; overlaps count twice."""
        return min(sum(p.area for p in self.pictures) / max(self.width * self.height, 1.0), 1.0)

    def angle(self) -> int:
        """Quarter turns of most of its text."""
        counts = Counter(c.style.angle for c in self.characters if c.style.angle is not None)
        return counts.most_common(1)[0][0] if counts else 0


Keep = Callable[[PageCharacters, list[Character], Drawings, Any], None]
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


def _read_characters(text_page: Any, area: Box, found: PageCharacters) -> list[Character]:
    n = min(pdfium.FPDFText_CountChars(text_page), MAX_PAGE_CHARACTERS)
    rect = pdfium.FS_RECTF()
    address = ctypes.cast(text_page, ctypes.c_void_p).value
    unicode_of, loose_box = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    styles: dict[int, Style] = {}
    fonts: dict[int, tuple[str, bool, bool]] = {}
    nothing = Style()
    style = nothing
    characters: list[Character] = []
    left, floor = area.left, area.bottom
    drawn_by = 0
    for index in range(n):
        code = unicode_of(text_page, index)
        if code in (10, 13):
            continue
        key = _text_object(address, index)
        if key:
            style = styles.get(key) or styles.setdefault(key, _style(text_page, index, key, fonts))
        if code == 0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
            found.n_strange += 1
            continue
        found.n_strange += is_strange(code)
        if not loose_box(text_page, index, rect):
            continue
        if not (-FAR < rect.left <= rect.right < FAR and -FAR < rect.bottom <= rect.top < FAR):
            continue
        box = Box(rect.left - left, floor - rect.top, rect.right - left, floor - rect.bottom)
        drawn_by = key or drawn_by
        characters.append(Character(index, code, box, style, drawn_by))
    return characters


def is_strange(code: int) -> bool:
    """Whether a code stands for no letter: controls, private use, replacement."""
    return (code < 32 and code not in (2, 9)) or 0xE000 <= code <= 0xF8FF or code == 0xFFFD


def is_placed(box: Box) -> bool:
    """Whether a box lies somewhere on paper."""
    return -FAR < box.left <= box.right < FAR and -FAR < box.top <= box.bottom < FAR


def quarter_turns(across: float, up: float) -> int | None:
    """Quarter turns against the clock of type that runs in this direction; ``None`` for slanting type."""
    turn = math.degrees(math.atan2(up, across))
    quarters = round(turn / 90.0)
    return quarters % 4 if abs(turn - 90.0 * quarters) <= 5.0 else None


def font_style(name: str) -> tuple[bool, bool]:
    """Whether a font is bold, and whether it is italic, by its name."""
    return bool(_BOLD.search(name)), bool(_ITALIC.search(name))


def _style(text_page: Any, index: int, address: int, fonts: dict[int, tuple[str, bool, bool]]) -> Style:
    item = ctypes.cast(address, pdfium.FPDF_PAGEOBJECT)
    matrix = pdfium.FS_MATRIX()
    size = pdfium.FPDFText_GetFontSize(text_page, index)
    angle: int | None = 0
    if pdfium.FPDFText_GetMatrix(text_page, index, matrix):
        sign = -1.0 if size < 0 else 1.0
        angle = quarter_turns(sign * matrix.a, sign * matrix.b)
        size = abs(size) * math.hypot(matrix.c, matrix.d)
    if not math.isfinite(size):
        size = 0.0
    mode = pdfium.FPDFTextObj_GetTextRenderMode(item)
    red, green, blue, alpha = (ctypes.c_uint(255) for _ in range(4))
    painted = bool(pdfium.FPDFPageObj_GetFillColor(item, red, green, blue, alpha))
    font = pdfium.FPDFTextObj_GetFont(item)
    name, bold, italic = "", False, False
    if font:
        key = ctypes.cast(font, ctypes.c_void_p).value or 0
        name, bold, italic = fonts.get(key) or fonts.setdefault(key, _font(font))
    return Style(
        size=round(size, 2),
        bold=bold or mode == _MODE_FILL_STROKE,
        italic=italic,
        angle=angle,
        invisible=mode == _MODE_INVISIBLE or (painted and alpha.value == 0),
        white=mode == _MODE_CLIP
        or (painted and min(red.value, green.value, blue.value) >= NEARLY_WHITE and mode in _MODES_FILLED),
        colour=(red.value & 0xF0, green.value & 0xF0, blue.value & 0xF0) if painted else (0, 0, 0),
        font=name,
    )


def _font(font: Any) -> tuple[str, bool, bool]:
    """Name without subset prefix, whether bold, whether italic."""
    length = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
    buffer = ctypes.create_string_buffer(max(min(length, 256), 1))
    pdfium.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
    name = re.sub(r"^[A-Z]{6}\+", "", buffer.value.decode("utf-8", "replace"))
    bold, slanted_name = font_style(name)
    if not bold and not _REGULAR.search(name):
        bold = bool(pdfium.FPDFFont_GetFlags(font) & _FORCE_BOLD) or pdfium.FPDFFont_GetWeight(font) >= 700
    angle = ctypes.c_int()
    slanted = bool(pdfium.FPDFFont_GetItalicAngle(font, angle)) and angle.value != 0
    return name, bold, slanted or slanted_name
