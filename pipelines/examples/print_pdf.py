"""Prints a written source as PDF with the furniture of a real report: columns, running headers, footnotes, contents.

Contents lists and footnotes need page numbers that are known only after layout. So a report is laid out again and
again, each time with the places found before, until nothing moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    FrameBreak,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from pipelines.examples.print_parts import (
    INK,
    LAYOUTS,
    PAGE_HEIGHT,
    PAGE_WIDTH,
    RULE,
    BarChart,
    box_of,
    markup,
    register_fonts,
    styles,
    syllables,
    table_of,
)
from pipelines.examples.print_places import Places, fixed_date
from pipelines.examples.written import Part, Written, plain

_TOP = PAGE_HEIGHT - 70
_BOTTOM = 62.0
_GUTTER = 18.0
_CHAPTER_ROOM = PAGE_HEIGHT * 0.36
"""A chapter starts on the next page where less than this is left, in points."""
_MOST_PASSES = 20
_PATIENT_PASSES = 5
"""After so many passes a footnote that moves to and fro keeps its room in both places."""
_CONTENTS_TITLES = {"nl": "Inhoud", "en": "Contents"}


def print_pdf(written: Written) -> bytes:
    """Print one report.

    Raises
    ------
    RuntimeError
        When headings or footnotes keep moving between pages; the text then needs a small change.
    """
    register_fonts()
    places = Places()
    for number in range(_MOST_PASSES):
        run = _Pass(written, places)
        content = run.content()
        found = run.found()
        if found.fits(places):
            return content
        places = found if number < _PATIENT_PASSES else found.joined(places)
    raise RuntimeError(f"the pages of {written.name} keep changing")


class _Heading(Paragraph):
    """A heading that the contents list must show."""

    def __init__(self, title: str, level: int, style: dict[str, ParagraphStyle]) -> None:
        super().__init__(markup(title, {}), style[f"h{level}"])
        self.title = plain(title)
        self.level = level


class _Pass(BaseDocTemplate):
    """One layout of a report with the places found in the pass before."""

    def __init__(self, written: Written, places: Places) -> None:
        self.written = written
        self.places = places
        self.layout = LAYOUTS[written.front["layout"]]
        self.style = styles(self.layout)
        self.breaks = syllables()
        self.numbers = {label: number for number, label in enumerate(written.notes, 1)}
        self.buffer = BytesIO()
        self.headings_found: list[tuple[int, str, int]] = []
        self.notes_found: dict[tuple[int, str], tuple[str, ...]] = {}
        self.text_width = PAGE_WIDTH - 2 * self.layout.margin
        self.column_width = (self.text_width - _GUTTER * (self.layout.columns - 1)) / self.layout.columns
        front = written.front
        super().__init__(
            self.buffer, title=front["title"], author=front["authors"], subject=front["publisher"], invariant=1
        )
        self.addPageTemplates(self._page_templates())

    def found(self) -> Places:
        """Places of headings and footnotes in this layout."""
        return Places(tuple(self.headings_found), self.notes_found)

    def content(self) -> bytes:
        """Lay out; bytes of the file."""
        with fixed_date(self.written.front["date"]):
            self.build(list(self._story()), canvasmaker=self._canvas)
        return self.buffer.getvalue()

    def _canvas(self, *args: object, **keywords: object) -> Canvas:
        canvas = Canvas(*args, **keywords)  # type: ignore[arg-type]
        canvas.setNamedCB("note", self._note_called)
        return canvas

    def _note_called(self, _canvas: Canvas, _kind: str | None, label: str) -> None:
        place = (self.page, str(self.frame.id))
        self.notes_found[place] = (*self.notes_found.get(place, ()), label)

    def afterFlowable(self, flowable: Flowable) -> None:
        """Note the page of each heading."""
        if isinstance(flowable, _Heading):
            self.headings_found.append((flowable.level, flowable.title, self.page))

    # Pages

    def _page_templates(self) -> list[PageTemplate]:
        def whole(name: str, top: float) -> Frame:
            return Frame(self.layout.margin, _BOTTOM, self.text_width, top - _BOTTOM, 0, 0, 0, 0, id=name)

        def columns(top: float) -> list[Frame]:
            step = self.column_width + _GUTTER
            lefts = [self.layout.margin + step * n for n in range(self.layout.columns)]
            return [
                Frame(x, _BOTTOM, self.column_width, top - _BOTTOM, 0, 0, 0, 0, id=f"column{n}")
                for n, x in enumerate(lefts)
            ]

        body = self._template("body", columns(_TOP), self._draw_furniture)
        if not self.layout.cover:
            head_height = self._head_height()
            head = Frame(self.layout.margin, _TOP - head_height, self.text_width, head_height, 0, 0, 0, 0, id="head")
            return [self._template("first", [head, *columns(_TOP - head_height - 12)], self._draw_folio), body]
        return [
            self._template("title", [whole("whole", PAGE_HEIGHT - 190)], self._draw_cover),
            self._template("contents", [whole("whole", _TOP)], self._draw_furniture),
            body,
        ]

    def _template(self, name: str, frames: list[Frame], furniture: Callable[[Canvas], None]) -> PageTemplate:
        bottoms = {frame.id: (frame.y1, frame.height) for frame in frames}

        def begin(_canvas: Canvas, _document: BaseDocTemplate) -> None:
            for frame in frames:
                y1, height = bottoms[frame.id]
                reserve = self._height(self._notes(self.places, str(frame.id)))
                frame.y1, frame.height = y1 + reserve, height - reserve

        def end(canvas: Canvas, _document: BaseDocTemplate) -> None:
            furniture(canvas)
            for frame in frames:
                self._draw_notes(canvas, frame)

        return PageTemplate(name, frames, onPage=begin, onPageEnd=end)

    def _notes(self, places: Places, frame_id: str) -> list[Paragraph]:
        labels = places.notes.get((self.page, frame_id), ())
        return [
            Paragraph(
                f'<super size="5.5">{self.numbers[label]}</super> {markup(self.written.notes[label], self.breaks)}',
                self.style["note"],
            )
            for label in labels
        ]

    def _height(self, notes: list[Paragraph]) -> float:
        heights = [note.wrap(self.column_width, PAGE_HEIGHT)[1] + 1 for note in notes]
        return sum(heights) + 10 if heights else 0.0

    def _draw_notes(self, canvas: Canvas, frame: Frame) -> None:
        notes = self._notes(self.found(), str(frame.id))
        if not notes:
            return
        y = _BOTTOM + self._height(notes) - 7
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.5)
        canvas.line(frame.x1, y, frame.x1 + self.column_width * 0.35, y)
        for note in notes:
            y -= note.wrap(self.column_width, PAGE_HEIGHT)[1] + 1
            note.drawOn(canvas, frame.x1, y)

    def _draw_cover(self, canvas: Canvas) -> None:
        canvas.setFillColor(INK)
        canvas.rect(0, PAGE_HEIGHT - 120, PAGE_WIDTH, 120, stroke=0, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.setFont(self.layout.head_font, 13)
        canvas.drawString(self.layout.margin, PAGE_HEIGHT - 75, self.written.front["publisher"])

    def _draw_folio(self, canvas: Canvas) -> None:
        canvas.setFillColor(INK)
        canvas.setFont(self.layout.body_font, 8.2)
        canvas.drawCentredString(PAGE_WIDTH / 2, 34, str(self.page))

    def _draw_furniture(self, canvas: Canvas) -> None:
        front = self.written.front
        canvas.setFillColor(INK)
        canvas.setFont(self.layout.body_font, 8.2)
        left, right = self.layout.margin, PAGE_WIDTH - self.layout.margin
        canvas.drawString(left, PAGE_HEIGHT - 44, front["running_title"])
        canvas.drawRightString(right, PAGE_HEIGHT - 44, front["running_publisher"])
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.4)
        canvas.line(left, PAGE_HEIGHT - 49, right, PAGE_HEIGHT - 49)
        self._draw_folio(canvas)

    # Story

    def _story(self) -> Iterator[Flowable]:
        if self.layout.cover:
            yield from self._cover()
        else:
            yield from self._head()
            yield NextPageTemplate("body")
            yield FrameBreak()
        for number, part in enumerate(self.written.parts):
            if part.kind == "summary" and not self.layout.cover:
                continue
            if number and part.kind == "heading" and part.level == 1 and self.layout == LAYOUTS["one_column"]:
                yield CondPageBreak(_CHAPTER_ROOM)
            yield from self._flowables(part)

    def _cover(self) -> Iterator[Flowable]:
        front = self.written.front
        yield NextPageTemplate("contents")
        yield Paragraph(markup(front["title"], {}), self.style["title"])
        yield Paragraph(markup(front["subtitle"], {}), self.style["subtitle"])
        yield Spacer(1, 60)
        for line in (front["authors"], front["place_and_date"], front["publisher"]):
            yield Paragraph(markup(line, {}), self.style["byline"])
        yield PageBreak()
        yield Paragraph(_CONTENTS_TITLES[front["language"]], self.style["h1"])
        yield self._contents()
        yield NextPageTemplate("body")
        yield PageBreak()

    def _contents(self) -> Table:
        font, size = self.layout.body_font, self.layout.size
        rows: list[list[str]] = []
        for level, title, page in self.places.headings or ((1, "...", 1),):
            indent = "    " * (level - 1)
            room = self.text_width - 34 - stringWidth(indent + title, font, size)
            dots = int(room / stringWidth(" .", font, size))
            rows.append([indent + title + " ." * max(dots, 2), str(page)])
        look = [
            ("FONT", (0, 0), (-1, -1), font, size),
            ("ALIGN", (1, 0), (1, -1), "RIGHT"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ]
        return Table(rows, colWidths=[self.text_width - 26, 26], style=look, rowHeights=16)

    def _head(self) -> Iterator[Flowable]:
        front = self.written.front
        yield Paragraph(markup(front["title"], {}), self.style["paper_title"])
        for line in (front["authors"], front["publisher"], front["place_and_date"]):
            yield Paragraph(markup(line, {}), self.style["paper_byline"])
        yield Spacer(1, 6)
        for part in self.written.parts:
            if part.kind == "summary":
                for inner in part.parts:
                    text = f"<b>{part.text}.</b> {markup(inner.text, self.breaks, self.numbers)}"
                    yield Paragraph(text, self.style["abstract"])

    def _head_height(self) -> float:
        heights = [piece.wrap(self.text_width, PAGE_HEIGHT)[1] + piece.getSpaceAfter() for piece in self._head()]
        return sum(heights)

    def _text(self, part: Part, style: str) -> Paragraph:
        bullet = "\u2022" if part.kind == "item" else None
        name = "item" if part.kind == "item" else style
        return Paragraph(markup(part.text, self.breaks, self.numbers), self.style[name], bulletText=bullet)

    def _flowables(self, part: Part) -> Iterator[Flowable]:
        width = self.column_width
        if part.kind == "heading":
            yield _Heading(part.text, min(part.level, 2), self.style)
        elif part.kind in ("paragraph", "item"):
            yield self._text(part, "body")
        elif part.kind == "table":
            caption = Paragraph(markup(part.text, {}), self.style["caption"])
            yield KeepTogether([caption, table_of(part, width, self.style, self.breaks)])
        elif part.kind == "figure":
            caption = Paragraph(markup(part.text, {}), self.style["caption"])
            yield KeepTogether([BarChart(part.rows, width, self.layout.body_font), caption, Spacer(1, 6)])
        elif part.kind == "box":
            yield box_of(part.text, [self._text(inner, "body") for inner in part.parts], width, self.style)
        else:
            yield _Heading(part.text, 1, self.style)
            style = {"references": "reference", "colophon": "small"}.get(part.kind, "body")
            yield from (self._text(inner, style) for inner in part.parts)
