"""Text recognition (OCR): pages of a PDF drawn by PDFium, their words read by Tesseract, laid out as all other pages.

One page is one piece of work, so that a page that hangs or a file of a thousand scans costs no other document its turn.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from pipelines.domain.documents import Document, DocumentState, Reason, SourceReference
from pipelines.errors import DocumentError
from pipelines.ingest.compose import compose_document
from pipelines.ingest.page_picture import PageError, draw_grey
from pipelines.ingest.page_ranges import page_ranges
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.pdf_characters import MAX_PAGE_CHARACTERS, NOWHERE, Character, Characters, PageCharacters
from pipelines.ingest.pdf_drawings import Box
from pipelines.ingest.pdf_flow import lay_out
from pipelines.ingest.pdf_metadata import FileInformation, read_metadata
from pipelines.ingest.pdf_styles import Style
from pipelines.ingest.tesseract import RecognitionError, Tesseract, read_picture

DOTS_PER_INCH = 300
"""Of the picture that is read. Four pages of two reports at 150, 200 and 300: the same share of words right (0.93 to
0.98) and the same time; scans of worse paper gain by more."""
LEAST_CONFIDENCE = 30.0
"""Words that Tesseract is less sure of are smudges and pieces of pictures. It gives 0 to 100."""
DOUBTFUL = 60.0
"""Words below are counted as doubtful; of pages in good print hardly one in a hundred is."""
_WORD_LEVEL = "5"
_FIELDS = 12
_TYPE_SHARE = 1.05
"""Size of type in heights of a line's box, from ascenders to descenders (Helvetica and Times: 0.93 of the size)."""
_USUAL = (0.7, 1.35)
"""Heights of lines, in times the usual one, that are type of the usual size: without ascenders, or with all."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its box in points from the upper left, and how sure Tesseract is of it."""

    text: str
    box: tuple[float, float, float, float]
    confidence: float
    line: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """The words of a page; without any where nothing could be read, and ``problem`` then says why."""

    width: float
    height: float
    words: tuple[Word, ...] = ()
    problem: str = ""

    def to_json(self) -> bytes:
        """As it is kept until all pages are read."""
        words = [(w.text, w.box, w.confidence, w.line) for w in self.words]
        return json.dumps({"size": (self.width, self.height), "words": words, "problem": self.problem}).encode("utf-8")

    @classmethod
    def from_json(cls, content: bytes) -> RecognisedPage:
        """As it was kept; ``ValueError`` where it is damaged."""
        try:
            kept: Any = json.loads(content)
            words = tuple(
                Word(str(t), (float(b[0]), float(b[1]), float(b[2]), float(b[3])), float(c), (n[0], n[1], n[2]))
                for t, b, c, n in kept["words"]
            )
            return cls(float(kept["size"][0]), float(kept["size"][1]), words, str(kept["problem"]))
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError("damaged page") from error


def recognise_page(content: bytes, number: int, program: Tesseract, seconds: float) -> RecognisedPage:
    """Read the words of page ``number`` (from 1); a page that cannot be read is a page without words."""
    try:
        picture, width, height = draw_grey(content, number, DOTS_PER_INCH)
    except PageError as error:
        return RecognisedPage(1.0, 1.0, problem=error.key)
    rows, columns = picture.shape
    try:
        # PNM needs no packing, and Tesseract reads it from a pipe.
        table = read_picture(program, b"P5 %d %d 255\n" % (columns, rows) + picture.tobytes(), seconds)
    except RecognitionError as error:
        return RecognisedPage(width, height, problem=str(error)[:200])
    return RecognisedPage(width, height, read_table(table, width / columns, height / rows))


def read_table(table: str, across: float, down: float) -> tuple[Word, ...]:
    """Words of a table as Tesseract writes it; lines that are none are passed by.

    Parameters
    ----------
    table
        Lines of twelve fields with tabs between.
    across, down
        Points for a pixel.
    """
    words: list[Word] = []
    n_characters = 0
    for row in table.splitlines():
        fields = row.split("\t", _FIELDS - 1)
        if len(fields) != _FIELDS or fields[0] != _WORD_LEVEL or not fields[11].strip():
            continue
        try:
            block, paragraph, line, left, top, width, height = (int(fields[i]) for i in (2, 3, 4, 6, 7, 8, 9))
            confidence = float(fields[10])
        except ValueError:
            continue
        if not (LEAST_CONFIDENCE <= confidence <= 100 and width > 0 and height > 0):
            continue
        n_characters += len(fields[11])
        if n_characters > MAX_PAGE_CHARACTERS:
            break
        box = (left * across, top * down, (left + width) * across, (top + height) * down)
        at = (block, paragraph, line)
        before = words[-1] if words else None
        text = _mend_ai(fields[11].strip(), before, at)
        if text in _BULLETS and (before is None or before.line != at):
            text = "•"
        words.append(Word(text, box, confidence, at))
    return tuple(words)


_BULLETS = frozenset("e®©°»¢")
"""What Tesseract makes of the dot before an item; alone at the start of a line none of these is a word."""
_AI_JOINED = re.compile(r"(?<![^\W\d_])(Gen)?Al(?=[-\u2010\u2011'’])|(?<=\bGen)Al\b")


def _mend_ai(word: str, before: Word | None, at: tuple[int, int, int]) -> str:
    """``AI`` where Tesseract reads ``Al`` (a small L), as it does in most sans-serif type.

    In a compound, or in the middle of a sentence; at the start of a sentence *Al* is a word in Dutch.
    """
    mended = _AI_JOINED.sub(lambda m: f"{m[1] or ''}AI", word)
    amid = before is not None and before.line[:2] == at[:2] and before.text[-1] not in ".!?:"
    return re.sub(r"^(\W*)Al(\W*)$", r"\1AI\2", mended) if amid else mended


@dataclass(slots=True)
class _Tally:
    confidences: list[float] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)


def compose_recognised(
    source: SourceReference,
    pages: Mapping[int, RecognisedPage],
    n_pages: int,
    parser: str,
    program: Tesseract,
    limits: IngestLimits,
) -> Document:
    """A document of pages that were recognised.

    Raises
    ------
    DocumentError
        ``needs_ocr`` where nothing legible was found on any page.
    """
    tally = _Tally()
    sizes = _Sizes(pages.values())
    laid = [_characters(number, pages.get(number), sizes, tally) for number in range(1, n_pages + 1)]
    if not tally.confidences:
        reason = "reason.recognised_nothing"
        raise DocumentError(reason, DocumentState.NEEDS_OCR.value, program=program.name)
    mean = round(sum(tally.confidences) / len(tally.confidences))
    doubtful = sum(c < DOUBTFUL for c in tally.confidences)
    told: dict[str, str | int | float] = {
        "program": program.name,
        "confidence": mean,
        "words": len(tally.confidences),
        "doubtful": doubtful,
    }
    state, reason = DocumentState.TEXT, None
    if tally.unread:
        state = DocumentState.PARTIAL
        values: dict[str, str | int | float] = {
            "missing": len(tally.unread),
            "pages": n_pages,
            "which": page_ranges(tally.unread),
        }
        reason = Reason(key="reason.partial_pages", values=values)
    drafts = lay_out(laid)
    return compose_document(
        source,
        "application/pdf",
        f"{parser}+{program.name}",
        drafts,
        limits=limits,
        metadata=read_metadata(FileInformation(), drafts),
        n_pages=n_pages,
        state=state,
        reason=reason,
        notes=(Reason(key="reading_note.recognised", values=told),),
    )


class _Sizes:
    """Sizes of type. The box of a line is as high as its letters happen to be, so that of a paragraph is the middle one
    of its lines, and what is near the usual size of the document is of that size."""

    def __init__(self, pages: Iterable[RecognisedPage]) -> None:
        heights = [_height(line) for page in pages for line in _lines(page.words) for _ in line]
        self._usual = median(heights) if heights else 1.0

    def of(self, lines: Sequence[Sequence[Word]]) -> dict[tuple[int, int], float]:
        """Size of each paragraph of a page, in points."""
        heights: dict[tuple[int, int], list[float]] = {}
        for line in lines:
            heights.setdefault(line[0].line[:2], []).append(_height(line))
        return {key: round(_TYPE_SHARE * self._snapped(median(found)), 1) for key, found in heights.items()}

    def _snapped(self, height: float) -> float:
        return self._usual if _USUAL[0] * self._usual <= height <= _USUAL[1] * self._usual else height


def _height(line: Sequence[Word]) -> float:
    return max(w.box[3] for w in line) - min(w.box[1] for w in line)


def _characters(number: int, page: RecognisedPage | None, sizes: _Sizes, tally: _Tally) -> PageCharacters | None:
    if page is None or page.problem:
        tally.unread.append(number)
        return None
    characters: list[Character] = []
    before: Word | None = None
    lines = _lines(page.words)
    size_of = sizes.of(lines)
    for line in lines:
        top, bottom = min(w.box[1] for w in line), max(w.box[3] for w in line)
        size = size_of[line[0].line[:2]]
        for word in line:
            tally.confidences.append(word.confidence)
            if before is not None and before.line == word.line:
                at = Box(before.box[2], top, word.box[0], bottom)
                characters.append(Character(NOWHERE, 32, at, Style(size=size)))
            characters += _spread(word, top, bottom, Style(size=size))
            before = word
    return PageCharacters(number, page.width, page.height, Characters.of(characters))


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    """Words by their lines, in the order in which Tesseract reads them."""
    lines: dict[tuple[int, int, int], list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    return list(lines.values())


def _spread(word: Word, top: float, bottom: float, style: Style) -> list[Character]:
    """The letters of a word, side by side in its box and as high as its line."""
    step = (word.box[2] - word.box[0]) / max(len(word.text), 1)
    if not math.isfinite(step):
        return []
    return [
        Character(NOWHERE, ord(c), Box(word.box[0] + i * step, top, word.box[0] + (i + 1) * step, bottom), style)
        for i, c in enumerate(word.text)
    ]
