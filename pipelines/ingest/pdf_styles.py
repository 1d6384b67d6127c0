"""How the text objects of a PDF page are set: size, weight, slant, direction, ink and font."""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from pipelines.ingest.pdf_native import address_of, by_address

NEARLY_WHITE = 250

_BOLD = re.compile("bold|black|heavy|semib|demi", re.IGNORECASE)
_REGULAR = re.compile("regular|roman|book|light|medium|normal", re.IGNORECASE)
_ITALIC = re.compile("italic|oblique", re.IGNORECASE)
_FORCE_BOLD = 1 << 18
_MODE_FILL_STROKE, _MODE_INVISIBLE, _MODE_CLIP = 2, 3, 7
_MODES_FILLED = (0, 4)

# These take addresses as ``c_void_p``, made once for several calls: with declared arguments each call makes them anew.
_font_size = by_address(pdfium.FPDFText_GetFontSize, ctypes.c_double)
_text_matrix = by_address(pdfium.FPDFText_GetMatrix, ctypes.c_int)
_render_mode = by_address(pdfium.FPDFTextObj_GetTextRenderMode, ctypes.c_int)
_fill_colour = by_address(pdfium.FPDFPageObj_GetFillColor, ctypes.c_int)
_font_of = by_address(pdfium.FPDFTextObj_GetFont, ctypes.c_size_t)


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


def quarter_turns(across: float, up: float) -> int | None:
    """Quarter turns against the clock of type that runs in this direction; ``None`` for slanting type."""
    turn = math.degrees(math.atan2(up, across))
    quarters = round(turn / 90.0)
    return quarters % 4 if abs(turn - 90.0 * quarters) <= 5.0 else None


def font_style(name: str) -> tuple[bool, bool]:
    """Whether a font is bold, and whether it is italic, by its name."""
    return bool(_BOLD.search(name)), bool(_ITALIC.search(name))


class StyleReader:
    """Reads the styles of text objects of one page; most objects of a page share one of a few.

    A page has about 90 text objects, most set alike: what PDFium says of an
    object is the key of the styles made so far, and the places that PDFium writes to are made once.
    """

    def __init__(self, text_page: Any) -> None:
        self._text_page = ctypes.c_void_p(address_of(text_page))
        self._matrix = (ctypes.c_float * 6)()
        self._colour = (ctypes.c_uint * 4)(255, 255, 255, 255)
        first, step = ctypes.addressof(self._colour), ctypes.sizeof(ctypes.c_uint)
        self._matrix_at = ctypes.c_void_p(ctypes.addressof(self._matrix))
        self._colour_at = tuple(ctypes.c_void_p(first + step * part) for part in range(4))
        self._fonts: dict[int, tuple[str, bool, bool]] = {}
        self._made: dict[tuple[Any, ...], Style] = {}

    def read(self, index: int, address: int) -> Style:
        """Style of the text object at ``address``, which draws character ``index``."""
        size = _font_size(self._text_page, index)
        turn = tuple(self._matrix[:4]) if _text_matrix(self._text_page, index, self._matrix_at) else None
        item = ctypes.c_void_p(address)
        ink = tuple(self._colour) if _fill_colour(item, *self._colour_at) else None
        mode, font = _render_mode(item), _font_of(item)
        parts = size, turn, mode, ink, font
        made = self._made.get(parts)
        if made is None:
            if font and font not in self._fonts:
                self._fonts[font] = _font(ctypes.cast(font, pdfium.FPDF_FONT))
            made = self._made[parts] = _style(size, turn, mode, ink, self._fonts[font] if font else ("", False, False))
        return made


def _style(
    size: float,
    turn: tuple[float, ...] | None,
    mode: int,
    ink: tuple[int, ...] | None,
    font: tuple[str, bool, bool],
) -> Style:
    angle: int | None = 0
    if turn is not None:
        a, b, c, d = turn
        sign = -1.0 if size < 0 else 1.0
        angle = quarter_turns(sign * a, sign * b)
        size = abs(size) * math.hypot(c, d)
    if not math.isfinite(size):
        size = 0.0
    name, bold, italic = font
    return Style(
        size=round(size, 2),
        bold=bold or mode == _MODE_FILL_STROKE,
        italic=italic,
        angle=angle,
        invisible=mode == _MODE_INVISIBLE or (ink is not None and ink[3] == 0),
        white=mode == _MODE_CLIP or (ink is not None and min(ink[:3]) >= NEARLY_WHITE and mode in _MODES_FILLED),
        colour=(ink[0] & 0xF0, ink[1] & 0xF0, ink[2] & 0xF0) if ink is not None else (0, 0, 0),
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
