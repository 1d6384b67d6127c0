"""Edits a note or an exported table as somebody does in Word: a hand for tests and worked examples.

It works on the XML of the file and knows nothing of how the program writes or reads it, but for what can be seen:
three columns, headings over all of them, and statements that begin with their id. Accepting and rejecting follow
ECMA-376 part 1, 17.13.5: what is accepted as deleted or rejected as inserted goes; a paragraph whose end goes runs on
in the next one; a row goes with its mark; the last paragraph of a cell never loses its end.
"""

from __future__ import annotations

import copy
import io
import re
from collections.abc import Callable, Iterable
from typing import Any, Literal

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

_COLUMNS = ("known", "uncertain", "trend")
_GOING, _COMING = (qn("w:del"), qn("w:moveFrom")), (qn("w:ins"), qn("w:moveTo"))
_RANGES = [qn(f"w:move{end}Range{side}") for end in ("From", "To") for side in ("Start", "End")]


class WordHand:
    """A Word file that is open for editing.

    Parameters
    ----------
    content
        Bytes of the file.
    """

    def __init__(self, content: bytes) -> None:
        self._document = docx.Document(io.BytesIO(content))
        self._next_id = 700_000

    def save(self) -> bytes:
        """The file as it is now."""
        buffer = io.BytesIO()
        self._document.save(buffer)
        return buffer.getvalue()

    # Tracked changes of the file ---------------------------------------------------------------------------------

    def accept(self, statement_id: str, *, column: str | None = None) -> None:
        """Accept all tracked changes in a statement; with ``column`` only in that of its places."""
        self._decide(self._paragraphs(statement_id, column), accept=True)

    def reject(self, statement_id: str, *, column: str | None = None) -> None:
        """Reject all tracked changes in a statement; with ``column`` only in that of its places."""
        self._decide(self._paragraphs(statement_id, column), accept=False)

    def accept_row(self, row_id: str) -> None:
        """Accept a new (or removed) row: its heading, its cells and all that stands in them."""
        self._decide_rows(row_id, accept=True)

    def reject_row(self, row_id: str) -> None:
        """Reject a new (or removed) row."""
        self._decide_rows(row_id, accept=False)

    def accept_all(self) -> None:
        """Accept every tracked change of the file."""
        self._decide_all(accept=True)

    def reject_all(self) -> None:
        """Reject every tracked change of the file."""
        self._decide_all(accept=False)

    # Typing without tracking -------------------------------------------------------------------------------------

    def retype(self, statement_id: str, words: str, *, column: str | None = None) -> None:
        """Type over the whole text of a statement; id and source note stay."""
        paragraph = self._one(statement_id, column)
        runs = self._text_runs(paragraph)
        first = runs[0]
        made = _run(words, like=first)
        _outermost(first).addprevious(made)
        for run in runs:
            _remove(run)

    def replace_words(self, statement_id: str, old: str, new: str, *, column: str | None = None) -> None:
        """Replace words in a statement, wherever its runs part them; also inside tracked insertions.

        As when tracking is off: the new words stand where the first of the old ones stood.
        """
        paragraph = self._one(statement_id, column)
        texts = list(paragraph.iter(qn("w:t")))
        whole = "".join(t.text or "" for t in texts)
        start = whole.index(old)
        end, at = start + len(old), 0
        for text in texts:
            here = text.text or ""
            cut = here[: max(0, start - at)] + here[max(0, end - at) :]
            if at <= start < at + len(here):
                cut = here[: start - at] + new + here[max(0, end - at) :]
            at += len(here)
            text.text = cut
            text.set(qn("xml:space"), "preserve")

    def retype_source(self, statement_id: str, words: str) -> None:
        """Type another source note, in the dress of the old one, or in italics behind a statement without one."""
        paragraph = self._one(statement_id, None)
        runs = [run for run in paragraph.iter(qn("w:r")) if _is_source(run)]
        made = _run(f" {words}" if words else "", like=runs[0] if runs else None, italic=True)
        if runs:
            _outermost(runs[0]).addprevious(made)
        else:
            _outermost(self._text_runs(paragraph)[-1]).addnext(made)
        for run in runs:
            _remove(run)

    def drop_id(self, statement_id: str, *, column: str | None = None) -> None:
        """Take the id in front of a statement away."""
        self.replace_words(statement_id, f"{statement_id} ", "", column=column)

    def delete(self, statement_id: str, *, column: str | None = None) -> None:
        """Delete a statement, the line with it."""
        _drop(self._one(statement_id, column))

    def add(self, row_id: str, column: str, words: str, source: str = "", statement_id: str = "") -> None:
        """Type a new statement at the end of a cell."""
        paragraph = self._new_paragraph(row_id, column)
        if statement_id:
            paragraph.append(_run(f"{statement_id} ", bold=True))
        paragraph.append(_run(words))
        if source:
            paragraph.append(_run(f" {source}", italic=True))

    def move(self, statement_id: str, row_id: str, column: str) -> None:
        """Cut a statement and paste it at the end of another cell."""
        paragraph = self._one(statement_id, None)
        copied = copy.deepcopy(paragraph)
        _drop(paragraph)
        self._new_paragraph(row_id, column, copied)

    def copy(self, statement_id: str, row_id: str, column: str) -> None:
        """Copy a statement to the end of another cell, id and all."""
        self._new_paragraph(row_id, column, copy.deepcopy(self._one(statement_id, None)))

    def split(self, statement_id: str, before: str) -> None:
        """Press Enter in a statement, just before these words of it."""
        paragraph = self._one(statement_id, None)
        for text in paragraph.iter(qn("w:t")):
            if before in (text.text or ""):
                at = (text.text or "").index(before)
                run, rest = text.getparent(), copy.deepcopy(text.getparent())
                rest.find(qn("w:t")).text = text.text[at:]
                text.text = text.text[:at]
                following = OxmlElement("w:p")
                for sibling in list(run.itersiblings()):
                    following.append(sibling)
                following.insert(0, rest)
                if paragraph.pPr is not None:
                    following.insert(0, copy.deepcopy(paragraph.pPr))
                paragraph.addnext(following)
                return
        raise ValueError(f"{before!r} is not in one run of {statement_id}")

    def merge_with_next(self, statement_id: str) -> None:
        """Press Delete at the end of a statement: the next one runs on in it."""
        _join_next(self._one(statement_id, None))

    def retitle(self, row_id: str, heading: str) -> None:
        """Type over the heading of a row, id and all."""
        paragraph = self._heading(row_id).find(f".//{qn('w:p')}")
        for child in [c for c in paragraph if c.tag != qn("w:pPr")]:
            paragraph.remove(child)
        paragraph.append(_run(heading, bold=True))

    def write_in_heading(self, row_id: str, words: str) -> None:
        """Type a second line under the heading of a row."""
        paragraph = OxmlElement("w:p")
        paragraph.append(_run(words))
        self._heading(row_id).find(f".//{qn('w:p')}").addnext(paragraph)

    def delete_row(self, row_id: str, *, heading_only: bool = False) -> None:
        """Delete the heading of a row, and its cells."""
        rows = self._rows_of(row_id)
        for row in rows[:1] if heading_only else rows:
            row.getparent().remove(row)

    def write_below(self, words: str) -> None:
        """Type a line at the end of the document."""
        self._document.add_paragraph(words)

    # Typing with tracking on -------------------------------------------------------------------------------------

    def track_replace(self, statement_id: str, old: str, new: str, author: str, date: str) -> None:
        """Replace words with tracking on; they stand in one run, which may itself be inserted."""
        paragraph = self._one(statement_id, None)
        for text in list(paragraph.iter(qn("w:t"))):
            words = text.text or ""
            if old and old in words:
                run, at = text.getparent(), words.index(old)
                parts = [(words[:at], None), (old, "del"), (new, "ins"), (words[at + len(old) :], None)]
                for part, kind in parts:
                    if part:
                        run.addprevious(self._wrapped(_run(part, like=run), kind, author, date))
                run.getparent().remove(run)
                return
        raise ValueError(f"{old!r} is not in one run of {statement_id}")

    def track_delete(self, statement_id: str, author: str, date: str) -> None:
        """Delete a whole statement with tracking on."""
        self._track_whole(self._one(statement_id, None), "del", author, date)

    def track_add(self, row_id: str, column: str, words: str, author: str, date: str) -> None:
        """Type a new statement at the end of a cell with tracking on."""
        paragraph = self._new_paragraph(row_id, column)
        before = paragraph.getprevious()
        paragraph.append(self._wrapped(_run(words), "ins", author, date))
        if before is not None and before.tag == qn("w:p"):
            _mark(before, self._change("ins", author, date))

    def track_move(self, statement_id: str, row_id: str, column: str, author: str, date: str) -> None:
        """Drag a statement to the end of another cell with tracking on."""
        paragraph = self._one(statement_id, None)
        copied = copy.deepcopy(paragraph)
        self._track_whole(paragraph, "moveFrom", author, date)
        self._new_paragraph(row_id, column, copied)
        self._track_whole(copied, "moveTo", author, date)

    # What stands where -------------------------------------------------------------------------------------------

    def _tables(self) -> list[Any]:
        tables = self._document.element.body.iter(qn("w:tbl"))
        return [table for table in tables if any(_heading_id(row) for row in table.iter(qn("w:tr")))]

    def _all_paragraphs(self) -> Iterable[Any]:
        for table in self._tables():
            yield from table.iter(qn("w:p"))

    def _paragraphs(self, statement_id: str, column: str | None) -> list[Any]:
        found = [p for p in self._all_paragraphs() if _words(p).strip().startswith(f"{statement_id} ")]
        if column is not None:
            found = [p for p in found if _column(p) == column]
        if not found:
            raise LookupError(f"{statement_id} is not in the table ({column or 'any column'})")
        return found

    def _one(self, statement_id: str, column: str | None) -> Any:
        return self._paragraphs(statement_id, column)[0]

    def _rows_of(self, row_id: str) -> list[Any]:
        """The heading of a row and what stands below it."""
        for table in self._tables():
            rows = list(table.iter(qn("w:tr")))
            for place, row in enumerate(rows):
                if _heading_id(row) == row_id:
                    rest = rows[place + 1 :]
                    end = next((n for n, r in enumerate(rest) if len(r.findall(qn("w:tc"))) == 1), len(rest))
                    return [row, *rest[:end]]
        raise LookupError(row_id)

    def _heading(self, row_id: str) -> Any:
        return self._rows_of(row_id)[0]

    def _new_paragraph(self, row_id: str, column: str, paragraph: Any = None) -> Any:
        cell = self._rows_of(row_id)[1].findall(qn("w:tc"))[_COLUMNS.index(column)]
        last = cell.findall(qn("w:p"))[-1]
        if paragraph is None:
            paragraph = OxmlElement("w:p")
            if last.pPr is not None:
                properties = copy.deepcopy(last.pPr)
                for mark in properties.findall(qn("w:rPr")):
                    properties.remove(mark)
                paragraph.append(properties)
        if _words(last).strip():
            last.addnext(paragraph)
        else:
            last.getparent().replace(last, paragraph)
        return paragraph

    def _text_runs(self, paragraph: Any) -> list[Any]:
        """Runs with the text of a statement: those between the id and the source note."""
        runs = [run for run in paragraph.iter(qn("w:r")) if _run_words(run)]
        return [run for run in runs[1:] if not _is_source(run) and not _is_confidence(run)]

    # How changes are made and decided ----------------------------------------------------------------------------

    def _change(self, kind: str, author: str, date: str) -> Any:
        made = OxmlElement(f"w:{kind}")
        self._next_id += 1
        for name, value in (("id", str(self._next_id)), ("author", author), ("date", date)):
            made.set(qn(f"w:{name}"), value)
        return made

    def _wrapped(self, run: Any, kind: str | None, author: str, date: str) -> Any:
        if kind is None:
            return run
        wrapper = self._change(kind, author, date)
        wrapper.append(run)
        if kind == "del":
            for text in run.findall(qn("w:t")):
                text.tag = qn("w:delText")
        return wrapper

    def _track_whole(self, paragraph: Any, kind: Literal["del", "moveFrom", "moveTo"], author: str, date: str) -> None:
        for run in paragraph.findall(qn("w:r")):
            place = OxmlElement("w:r")
            run.addprevious(place)
            paragraph.replace(place, self._wrapped(run, kind, author, date))
        if paragraph.getnext() is not None and paragraph.getnext().tag == qn("w:p"):
            _mark(paragraph, self._change(kind, author, date))

    def _decide(self, paragraphs: list[Any], *, accept: bool) -> None:
        for paragraph in paragraphs:
            before = paragraph.getprevious()
            _decide_runs(paragraph, accept=accept)
            # At the foot of a cell the end that comes or goes is that of the paragraph before.
            last = paragraph.getnext() is None or paragraph.getnext().tag != qn("w:p")
            _decide_end(paragraph, accept=accept)
            if last and before is not None and before.tag == qn("w:p"):
                _decide_end(before, accept=accept)

    def _decide_rows(self, row_id: str, *, accept: bool) -> None:
        for row in self._rows_of(row_id):
            _decide_row(row, accept=accept)
            if row.getparent() is not None:
                self._decide(list(row.iter(qn("w:p"))), accept=accept)

    def _decide_all(self, *, accept: bool) -> None:
        body = self._document.element.body
        for row in list(body.iter(qn("w:tr"))):
            _decide_row(row, accept=accept)
        for paragraph in list(body.iter(qn("w:p"))):
            _decide_runs(paragraph, accept=accept)
        for paragraph in reversed(list(body.iter(qn("w:p")))):
            _decide_end(paragraph, accept=accept)


def _words(paragraph: Any) -> str:
    return "".join(t.text or "" for t in paragraph.iter(qn("w:t"), qn("w:delText")))


def _run_words(run: Any) -> str:
    return "".join(t.text or "" for t in run.iter(qn("w:t"), qn("w:delText")))


def _heading_id(row: Any) -> str | None:
    cells = row.findall(qn("w:tc"))
    found = re.match(r"([A-Z]{1,3}\d{1,3})\s*·", _words(row)) if len(cells) == 1 else None
    return found.group(1) if found else None


def _column(paragraph: Any) -> str:
    cell = next(paragraph.iterancestors(qn("w:tc")))
    return _COLUMNS[cell.getparent().findall(qn("w:tc")).index(cell)]


def _style(run: Any) -> str:
    style = run.find(f"{qn('w:rPr')}/{qn('w:rStyle')}")
    return "" if style is None else style.get(qn("w:val"))


def _is_source(run: Any) -> bool:
    return "Source" in _style(run) or run.find(f"{qn('w:rPr')}/{qn('w:i')}") is not None


def _is_confidence(run: Any) -> bool:
    return "Confidence" in _style(run)


def _run(words: str, *, like: Any = None, bold: bool = False, italic: bool = False) -> Any:
    run = OxmlElement("w:r")
    if like is not None and like.find(qn("w:rPr")) is not None:
        run.append(copy.deepcopy(like.find(qn("w:rPr"))))
    else:
        for wanted, tag in ((bold, "w:b"), (italic, "w:i")):
            if wanted:
                run.get_or_add_rPr().append(OxmlElement(tag))
    text = OxmlElement("w:t")
    text.text = words
    text.set(qn("xml:space"), "preserve")
    run.append(text)
    return run


def _outermost(run: Any) -> Any:
    """The run, or the tracked change around it."""
    while run.getparent().tag in (*_GOING, *_COMING):
        run = run.getparent()
    return run


def _remove(run: Any) -> None:
    """Take a run away, and the tracked change around it if nothing else is in it."""
    parent = run.getparent()
    parent.remove(run)
    while parent.tag in (*_GOING, *_COMING) and not len(parent):
        parent, empty = parent.getparent(), parent
        parent.remove(empty)


def _mark(paragraph: Any, change: Any) -> None:
    properties = paragraph.get_or_add_pPr()
    mark = properties.find(qn("w:rPr"))
    if mark is None:
        mark = OxmlElement("w:rPr")
        properties.append(mark)
    mark.insert(0, change)


def _drop(paragraph: Any) -> None:
    """Delete a paragraph; the last one of a cell is left empty."""
    alone = len(paragraph.getparent().findall(qn("w:p"))) == 1
    if alone:
        for child in [c for c in paragraph if c.tag != qn("w:pPr")]:
            paragraph.remove(child)
    else:
        paragraph.getparent().remove(paragraph)


def _join_next(paragraph: Any) -> None:
    """Let a paragraph run on in the next one, whose properties stay."""
    following = paragraph.getnext()
    if following is None or following.tag != qn("w:p"):
        return
    place = 1 if following.pPr is not None else 0
    for child in [c for c in paragraph if c.tag != qn("w:pPr")]:
        following.insert(place, child)
        place += 1
    paragraph.getparent().remove(paragraph)


def _unwrap(change: Any) -> None:
    for child in list(change):
        change.addprevious(child)
    change.getparent().remove(change)


def _decide_runs(paragraph: Any, *, accept: bool) -> None:
    gone, kept = (_GOING, _COMING) if accept else (_COMING, _GOING)
    for change in [c for c in paragraph.iter(*gone) if c.getparent().tag != qn("w:rPr")]:
        if change.getparent() is not None:
            change.getparent().remove(change)
    for change in [c for c in paragraph.iter(*kept) if c.getparent().tag != qn("w:rPr")]:
        for text in change.iter(qn("w:delText")):
            text.tag = qn("w:t")
        _unwrap(change)
    for marker in list(paragraph.iter(*_RANGES)):
        marker.getparent().remove(marker)


def _decide_end(paragraph: Any, *, accept: bool) -> None:
    mark = paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}")
    if mark is None:
        return
    gone, _ = (_GOING, _COMING) if accept else (_COMING, _GOING)
    goes = any(child.tag in gone for child in mark)
    for child in [c for c in mark if c.tag in (*_GOING, *_COMING)]:
        mark.remove(child)
    if goes:
        _join_next(paragraph)


def _decide_row(row: Any, *, accept: bool) -> None:
    properties = row.find(qn("w:trPr"))
    if properties is None:
        return
    for tag, goes in ((qn("w:ins"), not accept), (qn("w:del"), accept)):
        for mark in properties.findall(tag):
            properties.remove(mark)
            if goes and row.getparent() is not None:
                row.getparent().remove(row)


def edited(content: bytes, *acts: Callable[[WordHand], None]) -> bytes:
    """The file after some acts of a hand, one after the other."""
    hand = WordHand(content)
    for act in acts:
        act(hand)
    return hand.save()
