"""Cells of the evidence table cut into statements, each with the source note that stands behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipelines.language.sentences import sentence_spans
from pipelines.table.grid import BREAK, Cell, Line, Piece, plain

_SOURCE = re.compile(
    r"\bpar(?:agraaf)?\.?\s*\d|\bCDT\s*\d|^\W*presentati(?:e|on)\b|\bnotitie\b|\bbijlage\b|\b(?:annex|appendix)\b|"
    r"\b(?:section|chapter|hoofdstuk|h\.)\s*\d|\b(?:blz|pag|pp?)\.\s*\d|\bpag(?:ina|e)\s*\d|\bet al\b|"
    r"[(,]\s*(?:19|20)\d\d\w?\b|^\W*(?:bron|source)s?(?:nen)?\s*:|https?://|\bdoi\b",
    re.I,
)
_MARK = re.compile(r"^\s*(?:[•▪■‣*◦○\-–—]\s+)+")
_BETWEEN = re.compile(r"[\s,;]*(?:(?:en|and)\s+)?")
_DEEPER = re.compile(r"^\s*[◦○]")
"""The mark of an item within an item."""
_PARAGRAPH = re.compile(r"^par(?:agraaf)?\.?\s*(.+)$", re.I)
_NOTE = re.compile(r"^([A-Z]{2,}\s?\d+)\.?$")
_POINTS_BACK = re.compile(
    r"^(?:dit|deze|dat|die|hierbij|hierdoor|daardoor|daarmee|daarbij|dan|dus|ook dit|this|these|that|such|they|it)\b"
    r"(?!\s+AI\b)|^(?:eerder komt|veel hangt|maar)\b",
    re.I,
)
OWN_ID = re.compile(r"^([A-Z]{1,3}\d{1,3}\.[kut]\d{1,3})\s+(?=\S)")


@dataclass(frozen=True)
class CellStatement:
    """A statement as printed."""

    text: str
    source: str
    id: str = ""
    """Id printed in front of it, in files that this program wrote itself."""


def cut_cell(cell: Cell) -> list[CellStatement]:
    """Statements of a cell, in order.

    A statement is a sentence, together with what points back to it and with a list that it announces; in a list that
    nothing announces it is an item. A source note (italic, naming a paragraph or document) holds for all statements
    since the note before it.
    """
    statements: list[CellStatement] = []
    waiting: list[tuple[str, str]] = []
    for line in _with_lists(_broken(cell)):
        own_id = OWN_ID.match(plain(line))
        whole = own_id is not None or _MARK.match(plain(line)) is not None
        for piece in _pieces(_unmarked(line)):
            if piece.italic and _SOURCE.search(piece.text):
                note = tidy_source(piece.text)
                statements += [CellStatement(text, note, printed) for text, printed in waiting]
                waiting = []
            else:
                waiting += _sentences(piece.text, joined=whole)
        if own_id is not None:  # a line of its own: a note further on does not reach back to it
            statements += [CellStatement(text, "", printed) for text, printed in waiting]
            waiting = []
    statements += [CellStatement(text, "", printed) for text, printed in waiting]
    return _joined(statements)


def _broken(cell: Cell) -> Cell:
    """The cell with a line for each break inside a paragraph."""
    lines: list[Line] = []
    for line in cell:
        current: list[Piece] = []
        for piece in line:
            first, *others = piece.text.split(BREAK)
            current.append(Piece(first, piece.italic))
            for other in others:
                lines.append(tuple(current))
                current = [Piece(other, piece.italic)]
        lines.append(tuple(current))
    return tuple(lines)


def _with_lists(cell: Cell) -> list[Line]:
    """Lines of a cell; items of a list go into the line that announces them, items within an item into that."""
    lines: list[Line] = []
    announced = False
    """Items belong to the last line."""
    for line in cell:
        text = plain(line)
        if not text:
            continue
        item, deeper = _MARK.match(text) is not None, _DEEPER.match(text) is not None
        previous = plain(lines[-1]) if lines else ""
        open_end = previous.endswith((":", ";"))
        within = deeper and _MARK.match(previous) is not None
        if lines and (open_end or (item and (announced or within))):
            lines[-1] = _with_item(lines[-1], _unmarked(line))
        else:
            lines.append(line)
            announced = not item and not _closed(line)
    return lines


def _closed(line: Line) -> bool:
    """Whether a line ends as a sentence or with a source note, so that it announces nothing."""
    return plain(line).endswith((".", "!", "?")) or (line[-1].italic and _SOURCE.search(line[-1].text) is not None)


def _with_item(line: Line, item: Line) -> Line:
    """A line with an item of its list behind it; points between items become semicolons."""
    text = plain(line)
    if text.endswith((":", ";")):
        return (*line, Piece(" "), *item)
    if text.endswith(".") and not line[-1].italic:
        line = (*line[:-1], Piece(line[-1].text.rstrip().removesuffix(".")))
    return (*line, Piece("; "), *item)


def _unmarked(line: Line) -> Line:
    """A line without the mark of a list in front."""
    mark = _MARK.match("".join(piece.text for piece in line))
    left = mark.end() if mark else 0
    pieces: list[Piece] = []
    for piece in line:
        pieces.append(Piece(piece.text[left:], piece.italic))
        left = max(0, left - len(piece.text))
    return tuple(piece for piece in pieces if piece.text)


def _pieces(line: Line) -> list[Piece]:
    """Neighbouring pieces of one kind joined; italics that are no source note are ordinary text."""
    joined: list[Piece] = []
    for piece in _italics_joined(line):
        note = piece.italic and bool(_SOURCE.search(piece.text))
        if joined and note == joined[-1].italic:
            joined[-1] = Piece(joined[-1].text + piece.text, note)
        elif joined and joined[-1].italic and not piece.text.strip():
            joined[-1] = Piece(joined[-1].text + piece.text, italic=True)
        elif joined and joined[-1].italic and _continues_note(piece.text):
            # A page break cut the note: "Par. 2" | "en 3.1, CDT46".
            rest = re.match(r"\s*(?:en|and|,)?[\s\d.,enCDTPar]*", piece.text)
            assert rest is not None
            joined[-1] = Piece(joined[-1].text + rest.group(0), italic=True)
            if piece.text[rest.end() :].strip():
                joined.append(Piece(piece.text[rest.end() :]))
        else:
            joined.append(Piece(piece.text, note))
    return [piece for piece in joined if piece.text.strip()]


def _italics_joined(line: Line) -> list[Piece]:
    """Italics with nothing but space or a comma between them as one piece: word processors cut them anywhere."""
    joined: list[Piece] = []
    for piece in line:
        if piece.italic and joined and joined[-1].italic:
            joined[-1] = Piece(joined[-1].text + piece.text, italic=True)
        elif piece.italic and len(joined) > 1 and joined[-2].italic and _BETWEEN.fullmatch(joined[-1].text):
            between = joined.pop().text
            joined[-1] = Piece(joined[-1].text + between + piece.text, italic=True)
        else:
            joined.append(piece)
    return joined


def _continues_note(text: str) -> bool:
    return bool(re.match(r"^\s*(?:en|and|,)\s*\d[\d.]*\s*,?\s*(?:CDT\s*\d+)?", text))


def _sentences(text: str, *, joined: bool) -> list[tuple[str, str]]:
    tidy = " ".join(text.split())
    own_id = OWN_ID.match(tidy)
    if own_id or joined:
        body = tidy[own_id.end() :] if own_id else tidy
        return [(body, own_id.group(1) if own_id else "")] if body else []
    found = [tidy[start:end].strip() for start, end in sentence_spans(tidy)]
    return [(sentence, "") for sentence in found if any(c.isalnum() for c in sentence)]


def _joined(statements: list[CellStatement]) -> list[CellStatement]:
    """Sentences that point back go with the sentence before them, within the reach of one source note."""
    out: list[CellStatement] = []
    for statement in statements:
        back = not statement.id and bool(_POINTS_BACK.match(statement.text))
        if out and back and out[-1].source == statement.source and not out[-1].id:
            out[-1] = CellStatement(f"{out[-1].text} {statement.text}", statement.source)
        else:
            out.append(statement)
    return out


def is_source(words: str) -> bool:
    """Whether italic words read as a source note, not as stress."""
    return bool(_SOURCE.search(words))


def tidy_source(note: str) -> str:
    """A source note in one form: ``Par. 2 en 3.1, CDT46`` becomes ``CDT46 par. 2, 3.1``; others stay as printed."""
    text = " ".join(note.split()).strip(" .;,()")
    documents: list[str] = []
    paragraphs: list[str] = []
    others: list[str] = []
    for part in (p.strip(" .") for p in re.split(r"[,;]", text)):
        paragraph, document = _PARAGRAPH.match(part), _NOTE.match(part)
        if paragraph:
            paragraphs += [p.strip(" .") for p in re.split(r"\s+(?:en|and)\s+", paragraph.group(1))]
        elif document:
            documents.append(document.group(1).replace(" ", ""))
        elif re.fullmatch(r"[\d.]+", part) and paragraphs:
            paragraphs.append(part)
        elif part:
            others.append(part)
    if len(documents) != 1:
        return text
    main = documents[0] + (f" par. {', '.join(paragraphs)}" if paragraphs else "")
    return "; ".join([main, *others])
