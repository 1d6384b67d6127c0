"""The characters of PDF pages as pdfminer.six finds them, in the form in which those of PDFium come.

Characters have no number here (-1): numbers are those of PDFium, which could not read these pages. What shows and what
is hidden is judged by the same rules, so that nothing comes in by this door that PDFium's is shut to.
"""

from __future__ import annotations

import io
import logging
import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from pdfminer.layout import LTChar
from pdfminer.pdfdevice import PDFTextDevice
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdffont import PDFUnicodeNotDefined
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import dict_value, num_value
from pdfminer.psparser import literal_name
from pdfminer.utils import apply_matrix_pt, apply_matrix_rect, mult_matrix

from pipelines.ingest.pdf_bounds import OtherPages, Steps, passed_by
from pipelines.ingest.pdf_characters import (
    MAX_PAGE_CHARACTERS,
    NOWHERE,
    Character,
    Characters,
    PageCharacters,
    is_placed,
    is_strange,
)
from pipelines.ingest.pdf_drawings import THIN, Box
from pipelines.ingest.pdf_styles import Style, font_style, quarter_turns
from pipelines.ingest.pdf_visible import keep_visible

logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it tells every fault of a file; the document says the rest

_WORD_SPACE = 0.2
"""White between two characters, in times the type size, that is a space: PDFium puts it in, pdfminer.six does not."""
_NEARLY_WHITE = 0.98
_MODE_FILL_STROKE, _MODE_INVISIBLE, _MODE_CLIP = 2, 3, 7


def read_pages(content: bytes, wanted: Collection[int] | None, steps: Steps, into: OtherPages) -> None:
    """Read pages of a file; as :class:`~pipelines.ingest.pdf_bounds.ReadPages` says."""
    document = PDFDocument(PDFParser(io.BytesIO(content)))
    manager = PDFResourceManager()
    for number, page in enumerate(PDFPage.create_pages(document), 1):
        steps.take()
        into.n_pages = number
        if wanted is None or number in wanted:
            device = _Device(manager, number, steps)
            with passed_by(into, number):
                _Interpreter(manager, device).process_page(page)
                into.pages[number] = device.found()


class _Device(PDFTextDevice):
    """Gathers characters, pictures and grounds of one page."""

    def __init__(self, manager: PDFResourceManager, number: int, steps: Steps) -> None:
        super().__init__(manager)
        self.alpha = 1.0
        self._steps = steps
        self._page = PageCharacters(number, 0.0, 0.0)
        self._characters: list[Character] = []
        self._painted: list[Box] = []
        self._left = self._top = 0.0
        self._mode = 0
        self._figure: Box | None = None
        self._pen: tuple[float, float] | None = None
        self._fonts: dict[str, tuple[bool, bool]] = {}

    def found(self) -> PageCharacters:
        """The page with what a reader can see of it."""
        keep_visible(self._page, Characters.of(self._characters), self._painted)
        return self._page

    def begin_page(self, page: PDFPage, ctm: Any) -> None:
        left, bottom, right, top = apply_matrix_rect(ctm, page.cropbox)
        self._left, self._top = left, top
        self._page.width, self._page.height = max(right - left, 1.0), max(top - bottom, 1.0)

    def begin_figure(self, name: str, bbox: Any, matrix: Any) -> None:  # noqa: ARG002
        self._steps.take()
        assert self.ctm is not None
        self._figure = self._box(*apply_matrix_rect(mult_matrix(matrix, self.ctm), bbox))

    def render_image(self, name: str, stream: Any) -> None:  # noqa: ARG002
        self._steps.take()
        if self._figure is not None:
            self._page.pictures.append(self._figure)
            self._painted.append(self._figure)

    def paint_path(self, graphicstate: Any, stroke: bool, fill: bool, evenodd: bool, path: Sequence[Any]) -> None:  # noqa: ARG002
        self._steps.take(1 + len(path))
        assert self.ctm is not None
        points = [apply_matrix_pt(self.ctm, p[-2:]) for p in path if len(p) >= 3]
        if not points:
            return
        self._page.n_paths += 1
        xs, ys = [x for x, _ in points], [y for _, y in points]
        box = self._box(min(xs), min(ys), max(xs), max(ys))
        if box is None:
            return
        if fill and self.alpha > 0 and not _is_white(graphicstate.ncolor):
            self._painted.append(box)
        if (fill or stroke) and (box.height <= THIN or box.width <= THIN):
            self._page.rules.append(box)

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        self._mode = textstate.render
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(
        self,
        matrix: Any,
        font: Any,
        fontsize: float,
        scaling: float,
        rise: float,
        cid: int,
        ncs: Any,
        graphicstate: Any,
    ) -> float:
        self._steps.take()
        try:
            text = font.to_unichr(cid)
        except PDFUnicodeNotDefined:
            text = ""
        item = LTChar(
            matrix, font, fontsize, scaling, rise, text, font.char_width(cid), font.char_disp(cid), ncs, graphicstate
        )
        if len(self._characters) < MAX_PAGE_CHARACTERS:
            self._add(item, text, abs(fontsize) * math.hypot(matrix[2], matrix[3]))
        return item.adv

    def _add(self, item: LTChar, text: str, size: float) -> None:
        self._page.n_strange += not text or bool(is_strange(np.array([ord(c) for c in text])).any())
        box = self._box(item.x0, item.y0, item.x1, item.y1)
        if box is None or not text:
            return
        style = self._style(item, size)
        if self._pen is not None and self._stands_apart(item, size) and not text.isspace():
            at = Box(box.left, box.top, box.left, box.bottom)
            self._characters.append(Character(NOWHERE, 32, at, style))
        self._characters += [Character(NOWHERE, ord(c), box, style) for c in text if c not in "\r\n\0"]
        self._pen = None if text.isspace() else apply_matrix_pt(item.matrix, (item.adv, 0))

    def _stands_apart(self, item: LTChar, size: float) -> bool:
        """Whether the character stands on the line of the one before it, with white between them."""
        assert self._pen is not None
        a, b, _, _, x, y = item.matrix
        length = math.hypot(a, b) or 1.0
        dx, dy = x - self._pen[0], y - self._pen[1]
        along, across = (dx * a + dy * b) / length, (dy * a - dx * b) / length
        return abs(across) < 0.5 * size and along > _WORD_SPACE * size

    def _style(self, item: LTChar, size: float) -> Style:
        white = _is_white(item.graphicstate.ncolor)
        name = str(item.fontname)
        bold, italic = self._fonts.get(name) or self._fonts.setdefault(name, font_style(name))
        return Style(
            size=round(size, 2) if math.isfinite(size) else 0.0,
            bold=bold or self._mode == _MODE_FILL_STROKE,
            italic=italic,
            angle=quarter_turns(item.matrix[0], item.matrix[1]),
            invisible=self._mode == _MODE_INVISIBLE or self.alpha <= 0,
            white=self._mode == _MODE_CLIP or (white and self._mode in (0, 4)),
            font=name,
        )

    def _box(self, x0: float, y0: float, x1: float, y1: float) -> Box | None:
        box = Box(x0 - self._left, self._top - y1, x1 - self._left, self._top - y0)
        return box if is_placed(box) else None


class _Interpreter(PDFPageInterpreter):
    """Also follows how transparent ink is, which pdfminer.six itself passes by."""

    device: _Device

    def init_state(self, ctm: Any) -> None:
        super().init_state(ctm)
        self._alphas: list[float] = []

    def do_q(self) -> None:
        self._alphas.append(self.device.alpha)
        super().do_q()

    def do_Q(self) -> None:
        if self._alphas:
            self.device.alpha = self._alphas.pop()
        super().do_Q()

    def do_Do(self, xobjid_arg: Any) -> None:
        alpha = self.device.alpha
        super().do_Do(xobjid_arg)
        self.device.alpha = alpha

    def do_gs(self, name: Any) -> None:
        states = dict_value(self.resources.get("ExtGState"))
        state = dict_value(states.get(literal_name(name)))
        if "ca" in state:
            self.device.alpha = float(num_value(state["ca"]))


def _is_white(colour: Any) -> bool:
    """Whether an ink is white: as grey, as red, green and blue, or as four printing inks."""
    parts = colour if isinstance(colour, tuple | list) else (colour,)
    if not parts or not all(isinstance(part, int | float) for part in parts):
        return False
    if len(parts) == 4:
        return max(parts) <= 1 - _NEARLY_WHITE
    return min(parts) >= _NEARLY_WHITE
