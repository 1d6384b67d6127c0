"""The note on one slide: a PowerPoint file with text that can be edited."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.presentation import Presentation as Slides
from pptx.shapes.autoshape import Shape
from pptx.slide import Slide
from pptx.text.text import TextFrame, _Paragraph
from pptx.util import Emu, Pt

from pipelines.domain.reports import SlideSummary, UpdateReport
from pipelines.errors import UnknownError
from pipelines.office.saving import with_fixed_dates
from pipelines.report.plain import one_line
from pipelines.report.slide_layout import LINE_HEIGHT, count_lines, shortened, text_height
from pipelines.report.wording import moment
from pipelines.strings import text

_FONT = "Arial"
_MARK, _INK, _QUIET, _WHITE = (
    RGBColor(0x00, 0x47, 0x6F), RGBColor(0x1F, 0x29, 0x33), RGBColor(0x47, 0x53, 0x5F), RGBColor(0xFF, 0xFF, 0xFF),
)  # fmt: skip
_SOFT = RGBColor(0xF2, 0xF5, 0xF7)
_LOCALES = {"nl": "nl-NL", "en": "en-GB"}
#: In points: 16:9 at the width that PowerPoint gives a wide slide (13.33 inches).
_WIDTH, _HEIGHT, _EDGE, _GAP, _INSET = 960, 540, 36, 14, 9
_HEAD_HEIGHT, _FIGURES_TOP, _FIGURES_HEIGHT, _COLUMNS_TOP, _FOOTER_TOP = 92, 106, 92, 212, 504
#: Largest and smallest size of the lines, in points. Below 11 points a line cannot be read from a table's end; then
#: lines are cut, and the notes hold them whole.
_LINE_SIZES = (16, 15, 14, 13, 12, 11)
_TITLE_SIZES = (28, 26, 24, 22, 20, 18)
_LABEL_SIZES = (13, 12, 11, 10)
_LINE_GAP, _BULLET = 4, 13


def render_slide(report: UpdateReport) -> bytes:
    """Write the summary of a note as a PowerPoint file of one slide, 16:9.

    Text is as large as fits; what does not fit at the smallest size is cut with ``…``. The notes under the slide hold
    everything whole, and where it comes from. The same report gives the same bytes.

    Raises
    ------
    UnknownError
        The report has no summary.
    """
    if report.summary is None:
        raise UnknownError("error.report_slide")
    slides = Presentation()
    _prepare(slides)
    slide = slides.slides.add_slide(next(layout for layout in slides.slide_layouts if layout.name == "Title Only"))
    _SlideWriter(slide, report, report.summary).write()
    _properties(slides, report)
    buffer = io.BytesIO()
    slides.save(buffer)
    return with_fixed_dates(buffer.getvalue())


def _prepare(slides: Slides) -> None:
    """Make python-pptx's template, which is 4:3, as wide as the slide, with what stands in it."""
    share = Pt(_WIDTH) / (slides.slide_width or Pt(_WIDTH))
    slides.slide_width, slides.slide_height = Pt(_WIDTH), Pt(_HEIGHT)  # the height it has already
    for sheet in (slides.slide_master, *slides.slide_layouts):
        for shape in sheet.shapes:
            if shape._element.find(f".//{qn('a:xfrm')}") is not None:
                shape.left, shape.width = Emu(round(shape.left * share)), Emu(round(shape.width * share))
    package = slides.part.package
    for relation_id, relation in [*package._rels.items()]:
        if relation.reltype.endswith("/thumbnail"):  # a picture of the empty template
            package._rels.pop(relation_id)


def _properties(slides: Slides, report: UpdateReport) -> None:
    properties, created = slides.core_properties, report.created
    at = datetime(*(created.astimezone(UTC) if created.tzinfo else created).timetuple()[:6])
    properties.title, properties.subject = one_line(report.title), one_line(report.subtitle)
    properties.author = properties.last_modified_by = "Kennisstand"
    properties.keywords = text("report.keywords", report.language)
    properties.language = _LOCALES[report.language]
    properties.created = properties.modified = at
    properties.revision, properties.identifier = 1, report.run


class _SlideWriter:
    """One summary on its way onto one slide."""

    def __init__(self, slide: Slide, report: UpdateReport, summary: SlideSummary) -> None:
        self._slide, self._report, self._summary = slide, report, summary
        self._locale = _LOCALES[report.language]

    def write(self) -> None:
        self._head()
        self._figures()
        self._columns()
        footer = self._box("footer", _EDGE, _FOOTER_TOP, _WIDTH - 2 * _EDGE, 24)
        width = _WIDTH - 2 * _EDGE - 2 * _INSET
        words = one_line(self._summary.footer)
        size = next((s for s in (11, 10, 9) if count_lines(words, s, width) == 1), 9)
        self._say(footer.text_frame.paragraphs[0], shortened(words, size, width, 1), size, color=_QUIET)
        self._notes()

    def _head(self) -> None:
        title = self._slide.shapes.title
        if title is None:  # the layout has a title; this tells the type checker
            raise UnknownError("error.report_slide")
        title.left, title.top, title.width, title.height = Pt(0), Pt(0), Pt(_WIDTH), Pt(62)
        title.fill.solid()
        title.fill.fore_color.rgb = _MARK
        frame = self._frame(title.text_frame, MSO_ANCHOR.BOTTOM)
        frame.margin_left = frame.margin_right = Pt(_EDGE)
        width, words = _WIDTH - 2 * _EDGE, one_line(self._summary.title)
        size = next((s for s in _TITLE_SIZES if count_lines(words, s, width, bold=True) == 1), _TITLE_SIZES[-1])
        n_lines = 1 if size > _TITLE_SIZES[-1] else 2
        told = shortened(words, size, width, n_lines, bold=True)
        self._say(frame.paragraphs[0], told, size, bold=True, color=_WHITE)
        subtitle = self._box("subtitle", 0, 62, _WIDTH, _HEAD_HEIGHT - 62, fill=_MARK)
        frame = subtitle.text_frame
        frame.margin_left = frame.margin_right = Pt(_EDGE)
        frame.margin_top = Pt(2)
        words = one_line(self._summary.subtitle)
        self._say(frame.paragraphs[0], shortened(words, 14, width, 1), 14, color=_WHITE)

    def _figures(self) -> None:
        figures = self._summary.figures[:5]
        if not figures:
            return
        width = (_WIDTH - 2 * _EDGE - (len(figures) - 1) * _GAP) / len(figures)
        inner, room = width - 2 * _INSET, _FIGURES_HEIGHT - 2 * 6 - 34 * LINE_HEIGHT
        labels = [one_line(label) for _, label in figures]
        size = _fitting(_LABEL_SIZES, lambda s: all(text_height([w], s, inner) <= room for w in labels))
        n_lines = max(int(room / (size * LINE_HEIGHT)), 1)
        for place, ((number, _), label) in enumerate(zip(figures, labels, strict=True)):
            left = _EDGE + place * (width + _GAP)
            box = self._box(f"figure {place + 1}", left, _FIGURES_TOP, width, _FIGURES_HEIGHT, fill=_SOFT)
            frame = box.text_frame
            frame.margin_top = frame.margin_bottom = Pt(6)
            number = one_line(number)
            box._element.nvSpPr.cNvPr.set("descr", f"{number} {label}")
            n_size = _fitting((34, 30, 26, 22, 18, 14), lambda s, n=number: count_lines(n, s, inner, bold=True) == 1)
            self._say(
                frame.paragraphs[0], shortened(number, n_size, inner, 1, bold=True), n_size, bold=True, color=_MARK
            )
            self._say(frame.add_paragraph(), shortened(label, size, inner, n_lines), size)

    def _columns(self) -> None:
        columns = self._summary.columns[:3]
        if not columns:
            return
        width = (_WIDTH - 2 * _EDGE - (len(columns) - 1) * _GAP) / len(columns)
        height = _FOOTER_TOP - _COLUMNS_TOP - 6
        inner, room = width - 2 * _INSET - _BULLET, height - 2 * 6 - 17 * LINE_HEIGHT - 6
        lists = [[one_line(line) for line in lines] for _, lines in columns]

        def fits(size: float) -> bool:
            return all(text_height(lines, size, inner, gap=_LINE_GAP) <= room for lines in lists)

        size = _fitting(_LINE_SIZES, fits)
        for place, ((heading, _), lines) in enumerate(zip(columns, lists, strict=True)):
            left = _EDGE + place * (width + _GAP)
            box = self._box(f"column {place + 1}", left, _COLUMNS_TOP, width, height)
            frame = box.text_frame
            frame.margin_top = frame.margin_bottom = Pt(6)
            words = shortened(one_line(heading), 17, width - 2 * _INSET, 1, bold=True)
            self._say(frame.paragraphs[0], words, 17, bold=True, color=_MARK).space_after = Pt(6)
            for line in _within(lines, size, inner, room):
                paragraph = self._say(frame.add_paragraph(), line, size)
                paragraph.space_after = Pt(_LINE_GAP)
                _bullet(paragraph)

    def _notes(self) -> None:
        """Everything whole, and where it comes from."""
        summary, language = self._summary, self._report.language
        lines = [one_line(summary.title), one_line(summary.subtitle)]
        lines += [f"{one_line(number)} {one_line(label)}" for number, label in summary.figures]
        for heading, told in summary.columns:
            lines += [f"{one_line(heading)}:", *(f"– {one_line(line)}" for line in told)]
        made = moment(self._report.created, language)
        source = text("report_pdf.slide_source", language, title=one_line(self._report.title), made=made)
        lines += [one_line(summary.footer), source]
        frame = self._slide.notes_slide.notes_text_frame
        if frame is None:
            return
        for place, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
            run = paragraph.add_run()
            run.text = line
            run._r.get_or_add_rPr().set("lang", self._locale)

    # Parts

    def _box(
        self, name: str, left: float, top: float, width: float, height: float, fill: RGBColor | None = None
    ) -> Shape:
        shape = self._slide.shapes.add_textbox(Pt(left), Pt(top), Pt(width), Pt(height))
        shape.name = f"Kennisstand {name}"
        if fill is not None:
            shape.fill.solid()
            shape.fill.fore_color.rgb = fill
        frame = self._frame(shape.text_frame, MSO_ANCHOR.TOP)
        frame.margin_left = frame.margin_right = Pt(_INSET)
        return shape

    def _frame(self, frame: TextFrame, anchor: MSO_ANCHOR) -> TextFrame:
        frame.word_wrap, frame.auto_size, frame.vertical_anchor = True, MSO_AUTO_SIZE.NONE, anchor
        return frame

    def _say(
        self, paragraph: _Paragraph, words: str, size: float, *, bold: bool = False, color: RGBColor = _INK
    ) -> _Paragraph:
        run = paragraph.add_run()
        run.text = words
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, _FONT
        run.font.color.rgb = color
        run._r.get_or_add_rPr().set("lang", self._locale)
        paragraph.alignment = PP_ALIGN.LEFT  # the template centres its title
        return paragraph


def _fitting(sizes: Sequence[int], fits: Callable[[float], bool]) -> int:
    """The first of ``sizes``, largest first, that fits; else the last."""
    return next((size for size in sizes if fits(size)), sizes[-1])


def _within(lines: Sequence[str], size: float, width: float, room: float) -> list[str]:
    """The lines, the longest of them cut until all fit in a height of ``room`` points."""
    longest = max((count_lines(line, size, width) for line in lines), default=1)
    for n_lines in range(min(longest, int(room // (size * LINE_HEIGHT))), 0, -1):
        cut = [shortened(line, size, width, n_lines) for line in lines]
        if text_height(cut, size, width, gap=_LINE_GAP) <= room:
            return cut
    return [shortened(line, size, width, 1) for line in lines[: int(room // (size * LINE_HEIGHT + _LINE_GAP))]]


def _bullet(paragraph: _Paragraph) -> None:
    """Make a paragraph an item of a list, with its mark before it."""
    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", str(Pt(_BULLET)))
    properties.set("indent", str(-Pt(_BULLET)))
    mark = OxmlElement("a:buChar")
    mark.set("char", "•")
    properties.append(mark)
