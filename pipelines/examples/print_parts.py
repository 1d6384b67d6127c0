"""Pieces of the printed examples: styles, running text, tables, boxes and bar charts (development only)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, Table

from pipelines.examples.written import Part, inline

PAGE_WIDTH, PAGE_HEIGHT = A4
INK = HexColor("#1f2a44")
TINT = HexColor("#e9edf4")
RULE = HexColor("#8a93a6")
SOFT_HYPHEN = "\u00ad"

_SYLLABLES = Path(__file__).resolve().parent / "writing" / "hyphenation.txt"
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Layout:
    """How a report is printed."""

    columns: int
    body_font: str
    head_font: str
    size: float
    """Type size of running text, in points."""
    leading: float
    margin: float
    """Left and right margin, in points."""
    cover: bool = True
    """Whether a title page and a contents list go before the text; else the title stands above it."""


LAYOUTS = {
    "two_columns": Layout(2, "Times-Roman", "Helvetica-Bold", 10.6, 13.4, 54),
    "paper": Layout(2, "Times-Roman", "Times-Bold", 10.8, 13.5, 54, cover=False),
    "one_column": Layout(1, "Helvetica", "Helvetica-Bold", 10.4, 15.2, 80),
    "memo": Layout(1, "Times-Roman", "Times-Bold", 11.5, 15.5, 76, cover=False),
    "brief": Layout(1, "Vera", "VeraBd", 8.8, 13.2, 74),
}


def register_fonts() -> None:
    """Make the embedded typeface known that comes with reportlab; the other layouts use the standard fonts of PDF."""
    if "Vera" in pdfmetrics.getRegisteredFontNames():
        return
    for name in ("Vera", "VeraBd", "VeraIt", "VeraBI"):
        pdfmetrics.registerFont(TTFont(name, f"{name}.ttf"))
    pdfmetrics.registerFontFamily("Vera", normal="Vera", bold="VeraBd", italic="VeraIt", boldItalic="VeraBI")


def styles(layout: Layout) -> dict[str, ParagraphStyle]:
    """Paragraph styles of a layout by name."""
    body = ParagraphStyle(
        "body",
        fontName=layout.body_font,
        fontSize=layout.size,
        leading=layout.leading,
        alignment=TA_JUSTIFY if layout.columns == 2 else 0,
        spaceAfter=layout.leading * 0.5,
        embeddedHyphenation=1,
        uriWasteReduce=0,
        allowWidows=0,
        allowOrphans=0,
    )

    def heading(name: str, size: float, before: float) -> ParagraphStyle:
        return ParagraphStyle(
            name,
            fontName=layout.head_font,
            fontSize=size,
            leading=size * 1.2,
            textColor=INK,
            spaceBefore=before,
            spaceAfter=size * 0.4,
            keepWithNext=1,
        )

    small = layout.size - 1.6
    return {
        "body": body,
        "item": ParagraphStyle("item", body, leftIndent=11, bulletIndent=1, spaceAfter=layout.leading * 0.25),
        "note": ParagraphStyle("note", body, fontSize=small - 0.2, leading=small + 1.4, alignment=0, spaceAfter=1),
        "small": ParagraphStyle("small", body, fontSize=small + 0.3, leading=small + 2.6, alignment=0, spaceAfter=9),
        "reference": ParagraphStyle(
            "reference",
            body,
            fontSize=small + 0.3,
            leading=small + 2.4,
            alignment=0,
            leftIndent=12,
            firstLineIndent=-12,
        ),
        "caption": ParagraphStyle(
            "caption",
            body,
            fontName=layout.head_font,
            fontSize=small + 0.4,
            leading=small + 2.6,
            alignment=0,
            spaceAfter=4,
        ),
        "cell": ParagraphStyle("cell", body, fontSize=small, leading=small + 2, alignment=0, spaceAfter=0),
        "abstract": ParagraphStyle("abstract", body, leftIndent=24, rightIndent=24),
        "h1": heading("h1", layout.size + 5.5, layout.leading * 1.1),
        "h2": heading("h2", layout.size + 1.8, layout.leading * 0.7),
        "title": ParagraphStyle(
            "title", fontName=layout.head_font, fontSize=26, leading=32, textColor=INK, spaceAfter=12, alignment=0
        ),
        "paper_title": ParagraphStyle(
            "paper_title", fontName=layout.head_font, fontSize=19, leading=23, spaceAfter=10, alignment=TA_CENTER
        ),
        "subtitle": ParagraphStyle("subtitle", fontName=layout.body_font, fontSize=15, leading=20, spaceAfter=20),
        "byline": ParagraphStyle("byline", fontName=layout.body_font, fontSize=10.5, leading=14, spaceAfter=4),
        "paper_byline": ParagraphStyle(
            "paper_byline", fontName=layout.body_font, fontSize=10, leading=13, spaceAfter=3, alignment=TA_CENTER
        ),
    }


def syllables() -> dict[str, str]:
    """Long words with soft hyphens where they may be broken, by the word in lower case."""
    words = _SYLLABLES.read_text(encoding="utf-8").split()
    return {word.replace("-", ""): word.replace("-", SOFT_HYPHEN) for word in words}


def markup(text: str, breaks: dict[str, str], numbers: dict[str, int] | None = None) -> str:
    """Running text as reportlab markup.

    Parameters
    ----------
    text
        Text with bold, italic and footnote marks.
    breaks
        Outcome of :func:`syllables`.
    numbers
        Label to number of each footnote; ``None`` where footnotes are not to be shown.
    """

    def hyphenate(match: re.Match[str]) -> str:
        word = match[0]
        broken = breaks.get(word.lower())
        if broken is None:
            return word
        letters = iter(word)
        return "".join(sign if sign == SOFT_HYPHEN else next(letters) for sign in broken)

    out: list[str] = []
    for run in inline(text):
        if run.note is not None:
            if numbers is not None:
                number = numbers[run.note]
                out.append(f'<super size="6">{number}</super><onDraw name="note" label="{run.note}"/>')
            continue
        words = escape(_WORD.sub(hyphenate, run.text))
        out.append(f"<b>{words}</b>" if run.bold else f"<i>{words}</i>" if run.italic else words)
    return "".join(out)


class BarChart(Flowable):
    """Horizontal bars with a label before and the value after each."""

    def __init__(self, rows: tuple[tuple[str, ...], ...], width: float, font: str) -> None:
        super().__init__()
        self.rows = rows
        self.width = width
        self.height = len(rows) * 15 + 6.0
        self.font = font

    def draw(self) -> None:
        """Draw on the canvas that platypus has given."""
        canvas = self.canv
        values = [float(row[1].rstrip("%").replace(",", ".")) for row in self.rows]
        label_width = max(canvas.stringWidth(row[0], self.font, 7.2) for row in self.rows) + 6
        scale = (self.width - label_width - 34) / max(values)
        for index, (row, value) in enumerate(zip(self.rows, values, strict=True)):
            y = self.height - 15 * (index + 1)
            canvas.setFillColor(INK)
            canvas.setFont(self.font, 7.2)
            canvas.drawRightString(label_width - 5, y + 2.5, row[0])
            canvas.drawString(label_width + value * scale + 4, y + 2.5, row[1])
            canvas.setFillColor(RULE)
            canvas.rect(label_width, y, value * scale, 9.5, stroke=0, fill=1)


def table_of(part: Part, width: float, style: dict[str, ParagraphStyle], breaks: dict[str, str]) -> Table:
    """A table with a header row; the first column is the widest."""
    n_columns = len(part.rows[0])
    first = {2: 0.5, 3: 0.4, 4: 0.4}.get(n_columns, 0.3)
    widths = [width * first] + [width * (1 - first) / (n_columns - 1)] * (n_columns - 1)
    cells = [
        [Paragraph(f"<b>{markup(c, breaks)}</b>" if r == 0 else markup(c, breaks), style["cell"]) for c in row]
        for r, row in enumerate(part.rows)
    ]
    lines = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LINEABOVE", (0, 0), (-1, 0), 0.8, INK),
        ("LINEBELOW", (0, 0), (-1, 0), 0.5, INK),
        ("LINEBELOW", (0, -1), (-1, -1), 0.8, INK),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    return Table(cells, colWidths=widths, style=lines, repeatRows=1, spaceAfter=9, hAlign="LEFT")


def box_of(title: str, paragraphs: list[Paragraph], width: float, style: dict[str, ParagraphStyle]) -> Table:
    """A tinted box that may run on over a page."""
    rows = [[Paragraph(f"<b>{escape(title)}</b>", style["body"])]] if title else []
    rows += [[paragraph] for paragraph in paragraphs]
    look = [
        ("BACKGROUND", (0, 0), (-1, -1), TINT),
        ("LEFTPADDING", (0, 0), (-1, -1), 9),
        ("RIGHTPADDING", (0, 0), (-1, -1), 9),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, -1), (-1, -1), 7),
        ("TOPPADDING", (0, 0), (-1, 0), 7),
    ]
    return Table(rows, colWidths=[width], style=look, spaceBefore=6, spaceAfter=12)
