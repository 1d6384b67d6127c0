"""The report made ready for the page: plain values for the Typst template, every text as the font can show it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.ft2font import FT2Font

from pipelines.domain.evidence_table import Column
from pipelines.domain.reports import (
    BulletList,
    Cell,
    Item,
    Paragraph,
    Plot,
    Quotation,
    RevisedRow,
    RevisedStatement,
    RevisedTable,
    Section,
    Span,
    Table,
    UpdateReport,
)
from pipelines.report.numbering import caption_numbers, chapter_numbers
from pipelines.report.plain import one_line, printable, web_address
from pipelines.report.wording import long_date
from pipelines.strings import Language, text

FONT_FOLDER = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
_FACES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf", "DejaVuSans-BoldOblique.ttf")
#: Rows with a cell of more characters than this may run over a page, as in the Word file.
_WHOLE_ROW_CHARACTERS = 1000
#: Longer quotations may run over a page. A page holds about 4,500 characters; kept whole, longer ones than half a page
#: leave more white than a break does harm.
_WHOLE_QUOTATION_CHARACTERS = 2200
#: Where a stretch without spaces may be broken: the narrowest column of the shipped reports holds 14 letters, in which
#: ordinary words are hyphenated; the longest word of the training passages has 37 letters.
_UNBROKEN = re.compile(r"\S{28}(?=\S{12})")
_BREAK_HERE = "\u200b"
_MISSING = "\ufffd"
_REGIONS = {"nl": "NL", "en": "GB"}

_Ready = dict[str, Any]


@cache
def _shown_by_font() -> frozenset[int]:
    """Characters that all four faces of the font have: PDF/UA forbids text without a glyph."""
    faces = [frozenset(FT2Font(str(FONT_FOLDER / face)).get_charmap()) for face in _FACES]
    return frozenset.intersection(*faces)


def showable(words: str) -> str:
    """The text with what the font has no sign for as ``\N{REPLACEMENT CHARACTER}``; line ends stay."""
    known = _shown_by_font()
    return "".join(c if c == "\n" or ord(c) in known else _MISSING for c in printable(words).replace("\t", " "))


def _broken(words: str) -> str:
    return _UNBROKEN.sub(lambda found: found[0] + _BREAK_HERE, words)


def _line(words: str) -> str:
    return _broken(showable(one_line(words)))


def _text(words: str) -> str:
    return _broken(showable(words))


class PdfContent:
    """One report on its way to the template.

    Attributes
    ----------
    files
        Plots by the name under which the template finds them.
    """

    def __init__(self, report: UpdateReport, draw: Callable[[Plot], bytes]) -> None:
        self.report = report
        self.language: Language = report.language
        self.files: dict[str, bytes] = {}
        self._draw = draw
        self._chapters = chapter_numbers(report)
        self._captions = caption_numbers(report)
        self._n_remarks = 0

    def ready(self) -> _Ready:
        """Everything that the template reads."""
        report, language = self.report, self.language
        leaves = groupby(report.sections, key=lambda chapter: chapter.landscape)
        return {
            "title": _line(report.title) or "Kennisstand",
            "subtitle": _line(report.subtitle),
            "author": "Kennisstand",
            "keywords": [_line(word) for word in text("report.keywords", language).split(",")],
            "lang": language,
            "region": _REGIONS[language],
            "contents": text("report.contents", language),
            "page_of": _page_of(language),
            "leaves": [
                {"landscape": lying, "chapters": [self._section(chapter) for chapter in chapters]}
                for lying, chapters in leaves
            ],
        }

    def _section(self, section: Section) -> _Ready:
        return {
            "title": _line(section.title) or "–",
            "number": self._chapters.get(section.anchor, ""),
            "anchor": section.anchor,
            "items": [self._item(item, section.items[n + 1 : n + 2]) for n, item in enumerate(section.items)],
            "sections": [self._section(below) for below in section.sections],
        }

    def _item(self, item: Item, following: Sequence[Item]) -> _Ready:
        if isinstance(item, Paragraph):
            leads = item.style != "note" and bool(following) and not isinstance(following[0], Paragraph)
            return {"type": item.type, "style": item.style, "spans": self._spans(item.spans), "stay": leads}
        if isinstance(item, BulletList):
            return {"type": item.type, "items": [self._spans(spans) for spans in item.items]}
        if isinstance(item, Quotation):
            return self._quotation(item)
        if isinstance(item, Table):
            return self._table(item)
        if isinstance(item, RevisedTable):
            return self._revised(item)
        return self._plot(item)

    def _spans(self, spans: Sequence[Span]) -> list[_Ready]:
        return [self._span(span) for span in spans if span.text]

    def _span(self, span: Span) -> _Ready:
        ready: _Ready = {"text": _text(span.text), "bold": span.bold, "italic": span.italic}
        if span.language in _REGIONS and span.language != self.language:
            ready |= {"lang": span.language, "region": _REGIONS[span.language]}
        if span.change is not None:
            ready["change"] = span.change
        address = web_address(span.url)
        if address:
            ready["url"] = address
        return ready

    def _quotation(self, item: Quotation) -> _Ready:
        start, end = item.key_start or 0, item.key_end or 0
        parts = ((item.text[:start], False), (item.text[start:end], True), (item.text[end:], False))
        below = (
            ("statement", item.statement),
            ("also_in", "; ".join(item.also_in)),
            ("why", item.why),
            ("second_opinion", item.second_opinion),
        )
        ready: _Ready = {
            "type": item.type,
            "number": _line(item.number),
            "source": _line(item.source),
            "spans": self._spans([Span(text=words, bold=bold) for words, bold in parts]),
            "long": len(item.text) > _WHOLE_QUOTATION_CHARACTERS,
            "labels": [[_line(name), _line(value)] for name, value in item.labels],
            "below": [[text(f"report.label.{name}", self.language), _line(value)] for name, value in below if value],
        }
        if item.language in _REGIONS and item.language != self.language:
            ready |= {"lang": item.language, "region": _REGIONS[item.language]}
        address = web_address(item.url)
        if address:
            ready["url"] = address
        return ready

    def _caption(self, label: str, item: Table | RevisedTable | Plot) -> str:
        return f"{text(f'report.{label}', self.language)} {self._captions[item.anchor]}. {_line(item.caption)}"

    def _plot(self, item: Plot) -> _Ready:
        name = f"plot-{len(self.files) + 1}.svg"
        self.files[name] = self._draw(item)
        return {
            "type": item.type,
            "anchor": item.anchor,
            "caption": self._caption("figure_label", item),
            "alternative": one_line(item.alternative) or one_line(item.caption),
            "file": name,
        }

    # Tables

    def _table(self, item: Table) -> _Ready:
        return {
            "type": item.type,
            "anchor": item.anchor,
            "caption": self._caption("table_label", item),
            "header": [_line(name) for name in item.header],
            "widths": [max(share, 0.001) for share in item.widths] or [1.0] * len(item.header),
            "number_columns": list(item.number_columns),
            "total_row": item.total_row,
            "rows": [
                {"long": max(map(_n_characters, row), default=0) > _WHOLE_ROW_CHARACTERS, "cells": self._cells(row)}
                for row in item.rows
            ],
        }

    def _cells(self, row: Sequence[Cell]) -> list[list[_Ready]]:
        return [[{"style": line.style, "spans": self._spans(line.spans)} for line in cell.lines] for cell in row]

    def _revised(self, item: RevisedTable) -> _Ready:
        return {
            "type": item.type,
            "anchor": item.anchor,
            "caption": self._caption("table_label", item),
            "header": [_line(name) for name in item.header],
            "chapters": [
                {"title": _line(chapter.title), "rows": [self._revised_row(row) for row in chapter.rows]}
                for chapter in item.chapters
            ],
        }

    def _revised_row(self, row: RevisedRow) -> _Ready:
        remarks: list[_Ready] = []
        ready: _Ready = {
            "id": _line(row.row_id),
            "title": _line(row.title),
            "whole": row.whole,
            "long": max(_column_characters(row.column(column)) for column in Column) > _WHOLE_ROW_CHARACTERS,
            "remarks": remarks,
            "remarks_title": text("note.table.remarks", self.language, row=_line(row.row_id)),
        }
        for column in Column:
            ready[column.value] = [self._statement(s, remarks) for s in row.column(column)]
        if row.whole is not None:
            ready["note"] = text(f"report_pdf.row.{row.whole}", self.language)
        return ready

    def _statement(self, s: RevisedStatement, remarks: list[_Ready]) -> _Ready:
        ready: _Ready = {
            "id": _line(s.statement_id),
            "whole": s.whole,
            "spans": self._spans(s.spans),
            "source": self._spans(s.source),
            "confidence": _line(s.confidence),
        }
        state = self._state(s)
        if state:
            ready["state"] = state
        if s.remark is not None:
            self._n_remarks += 1
            number = str(self._n_remarks)
            day = long_date(s.remark.moment, self.language)
            ready |= {"remark": number, "remark_words": text("report_pdf.remark", self.language, n=number)}
            remarks.append(
                {
                    "key": number,
                    "number": number,
                    "id": ready["id"],
                    "by": _line(text("note.table.remark", self.language, author=s.remark.author, date=day)),
                    "lines": [_line(line) for line in s.remark.lines],
                }
            )
        return ready

    def _state(self, s: RevisedStatement) -> str:
        """In words what underlining and striking out say to the eye: ``voorstel, vervalt op deze plaats``."""
        words = [] if s.state == "kept" else [text(f"report_pdf.state.{s.state}", self.language)]
        if s.whole is not None:
            words.append(text(f"report_pdf.whole.{s.whole}", self.language))
        elif any(span.change for span in (*s.spans, *s.source)):
            words.append(text("report_pdf.parts.changed", self.language))
        return ", ".join(words)


def _n_characters(cell: Cell) -> int:
    return sum(len(span.text) for line in cell.lines for span in line.spans)


def _column_characters(statements: Sequence[RevisedStatement]) -> int:
    return sum(len(span.text) for s in statements for span in (*s.spans, *s.source))


def _page_of(language: Language) -> list[_Ready]:
    """The words of the page number, with fields that the template fills."""
    parts = re.split(r"(<page>|<pages>)", text("report.page_of", language, page="<page>", pages="<pages>"))
    return [{"field": p.strip("<>")} if p.startswith("<") else {"text": p} for p in parts if p]
