"""How large text can be on the slide: measured with the glyphs of a font that is at least as wide."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import matplotlib
from PIL import ImageFont

_FONT_FOLDER = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
#: Widths of Arial as a share of those of DejaVu Sans, plain and bold: of 2,799 strings of the catalogue, of 20
#: characters and more, 99.9% come out narrower (median 0.88 and 0.83; with Liberation Sans, which has Arial's widths).
_ARIAL_SHARES = (0.94, 0.87)
_MEASURED_AT = 100
#: Height of a line as a share of the size of its letters; that of Arial in PowerPoint and LibreOffice is 1.15.
LINE_HEIGHT = 1.2


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(_FONT_FOLDER / name), _MEASURED_AT, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4096)
def text_width(words: str, size: float, *, bold: bool = False) -> float:
    """Width in points of a line of Arial of ``size`` points."""
    return _font(bold).getlength(words) * size / _MEASURED_AT * _ARIAL_SHARES[bold]


def count_lines(words: str, size: float, width: float, *, bold: bool = False) -> int:
    """Number of lines that a paragraph takes in a box of ``width`` points; a word wider than the box is cut up."""
    lines, room = 1, width
    space = text_width(" ", size, bold=bold)
    for word in words.split():
        needed = text_width(word, size, bold=bold)
        if needed <= room:
            room -= needed + space
            continue
        if room < width:
            lines += 1
        lines += max(-(-int(needed) // max(int(width), 1)) - 1, 0)
        room = width - needed % width - space
    return lines


def text_height(paragraphs: Sequence[str], size: float, width: float, *, bold: bool = False, gap: float = 0.0) -> float:
    """Height in points of paragraphs under one another; ``gap`` follows each."""
    return sum(count_lines(p, size, width, bold=bold) * size * LINE_HEIGHT + gap for p in paragraphs)


def shortened(words: str, size: float, width: float, n_lines: int, *, bold: bool = False) -> str:
    """The text, cut at a word and ended by ``…`` where it takes more than ``n_lines`` lines."""
    if count_lines(words, size, width, bold=bold) <= n_lines:
        return words
    parts = words.split(" ")

    def told(n_words: int) -> str:
        return " ".join(parts[:n_words]).rstrip(" ,;:.") + " …"

    low, high = 0, len(parts) - 1
    while low < high:
        middle = (low + high + 1) // 2
        fits = count_lines(told(middle), size, width, bold=bold) <= n_lines
        low, high = (middle, high) if fits else (low, middle - 1)
    if low:
        return told(low)
    low, high = 0, len(words)
    while low < high:  # one word wider than the room
        middle = (low + high + 1) // 2
        fits = count_lines(words[:middle] + "…", size, width, bold=bold) <= n_lines
        low, high = (middle, high) if fits else (low, middle - 1)
    return words[:low] + "…"
