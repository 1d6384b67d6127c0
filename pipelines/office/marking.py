"""Writes tracked changes and comments into a Word file (ECMA-376 part 1, 17.13.4 and 17.13.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from docx.comments import Comment
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from pipelines.office.package import Element
from pipelines.office.stamp import Change, Stamp
from pipelines.office.writable import writable

_TAGS: dict[Change, str] = {"inserted": "w:ins", "deleted": "w:del"}
_FIRST_ID = 100_000
"""Ids of tracked changes begin here. Bookmarks and comments count from 0, and the standard wants the ids of all
annotations apart; a note has a few hundred bookmarks."""


class ChangeMarks:
    """Tracked changes and comments of one document, numbered.

    Attributes
    ----------
    stamps
        Authors and moments of the tracked changes so far; carried along in the file, they tell the program's own
        changes from those of the readers (:func:`~pipelines.office.carried.attach_carried`).
    """

    def __init__(self, document: WordDocument) -> None:
        self.stamps: set[Stamp] = set()
        self._document = document
        self._next_id = _FIRST_ID
        self._dressed = False

    def _element(self, change: Change, stamp: Stamp) -> Element:
        made = OxmlElement(_TAGS[change])
        made.set(qn("w:id"), str(self._next_id))
        made.set(qn("w:author"), writable(stamp.author))
        if stamp.date is not None:
            made.set(qn("w:date"), stamp.date)
        self._next_id += 1
        self.stamps.add(Stamp(writable(stamp.author), stamp.moment))
        return made

    def track_runs(self, runs: Sequence[Element], change: Change, stamp: Stamp) -> Element:
        """Mark runs that stand side by side in one paragraph as inserted or deleted.

        Parameters
        ----------
        runs
            ``w:r`` or ``w:hyperlink`` elements, at least one.
        change, stamp
            What happened to them, through whom and when.

        Returns
        -------
        Element
            The ``w:ins`` or ``w:del`` that now holds them.
        """
        wrapper = self._element(change, stamp)
        runs[0].addprevious(wrapper)
        for run in runs:
            wrapper.append(run)
        if change == "deleted":
            for text in wrapper.iter(qn("w:t")):
                text.tag = qn("w:delText")
        return wrapper

    def track_paragraph_mark(self, paragraph: Element, change: Change, stamp: Stamp) -> None:
        """Mark the end of a paragraph as inserted or deleted: without it, its text runs on in the next paragraph."""
        properties = paragraph.get_or_add_pPr()
        mark = properties.find(qn("w:rPr"))
        if mark is None:
            mark = OxmlElement("w:rPr")
            later = next((e for e in properties if e.tag in {qn("w:sectPr"), qn("w:pPrChange")}), None)
            if later is None:
                properties.append(mark)
            else:
                later.addprevious(mark)
        mark.insert(0, self._element(change, stamp))  # first of all in CT_ParaRPr

    def track_row(self, row: Element, change: Change, stamp: Stamp) -> None:
        """Mark a row of a table as inserted or deleted. Its text is to be marked as well."""
        row.get_or_add_trPr().append(self._element(change, stamp))  # after all else in CT_TrPr

    def comment(self, parts: Sequence[Element], lines: Iterable[str], stamp: Stamp) -> None:
        """Put a comment in the margin at parts of one paragraph.

        Parameters
        ----------
        parts
            Children of a ``w:p``, at least one: the comment stands at all from the first to the last.
        lines
            Paragraphs of the comment.
        stamp
            Who wrote it, and when.
        """
        if not self._dressed:
            _add_comment_styles(self._document)
            self._dressed = True
        first, *others = [writable(line) for line in lines] or [""]
        comment: Comment = self._document.comments.add_comment("", writable(stamp.author), initials(stamp.author))
        if stamp.date is None:
            comment._comment_elm.attrib.pop(qn("w:date"), None)
        else:
            comment._comment_elm.set(qn("w:date"), stamp.date)
        comment.paragraphs[0].add_run(first)
        for line in others:
            comment.add_paragraph(line)
        number = str(comment.comment_id)
        start, end, reference = (
            OxmlElement(tag) for tag in ("w:commentRangeStart", "w:commentRangeEnd", "w:commentReference")
        )
        for made in (start, end, reference):
            made.set(qn("w:id"), number)
        run = OxmlElement("w:r")
        style = OxmlElement("w:rStyle")
        style.set(qn("w:val"), "CommentReference")
        run.get_or_add_rPr().append(style)
        run.append(reference)
        parts[0].addprevious(start)
        parts[-1].addnext(end)
        end.addnext(run)


def _add_comment_styles(document: WordDocument) -> None:
    """The styles that comments are written in, by the names under which Word knows them."""
    known = {style.style_id for style in document.styles}
    for style_id, name, kind, size in (
        ("CommentText", "annotation text", WD_STYLE_TYPE.PARAGRAPH, 10),
        ("CommentReference", "annotation reference", WD_STYLE_TYPE.CHARACTER, 8),
    ):
        if style_id not in known:
            style = document.styles.add_style(name, kind, builtin=True)
            style.element.set(qn("w:styleId"), style_id)
            style.font.size = Pt(size)  # pyright: ignore[reportAttributeAccessIssue]


def separators(changes: Sequence[Change | None]) -> list[Change | None]:
    """Which ends of the paragraphs of a cell are to be marked, given what happens to each paragraph as a whole.

    The last paragraph of a cell keeps its end whatever happens: a cell has at least one paragraph. Where the last
    paragraphs come or go, Word therefore marks the ends *before* them, from that of the last paragraph that stays;
    written otherwise, an empty paragraph is left behind when the change is accepted or rejected.

    Parameters
    ----------
    changes
        For each paragraph of the cell: inserted, deleted, or ``None`` where it stays.

    Returns
    -------
    list
        As long as ``changes``: what the end of each paragraph is to be marked as.
    """
    marks = list(changes)
    if not marks:
        return marks
    last = marks[-1]
    start = len(marks)
    while start > 0 and marks[start - 1] == last:
        start -= 1
    if last is not None and start > 0 and marks[start - 1] is None:
        marks[start - 1] = last
    marks[-1] = None
    return marks


def initials(name: str) -> str:
    """At most three initials of a name, in capitals."""
    return "".join(word[0] for word in writable(name).split() if word[0].isalnum())[:3].upper()
