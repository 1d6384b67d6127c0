"""The report as Markdown: CommonMark with tables, for whoever reads or keeps it as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.domain.evidence_table import Column
from pipelines.domain.reports import (
    BulletList,
    Cell,
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
from pipelines.report.wording import long_date, number
from pipelines.strings import Language, text

#: Signs that mean something anywhere in a line, and at its beginning (CommonMark 0.31; tables and dollars of GitHub's
#: Markdown). All may be written with a backslash before them.
_SIGNS = re.compile(r"([\\`*_{}\[\]<>|~#&$!])")
_AT_START = re.compile(r"^(\s*\d*)([-+=]|(?<=\d)[.)](?=\s|$))", re.MULTILINE)


def render_markdown(report: UpdateReport) -> bytes:
    """Write a report as Markdown in UTF-8; the same report gives the same bytes.

    Changes in the table stand as ``<ins>`` and ``<del>``; plots as their numbers. Text of sources never becomes markup.
    """
    lines = _MarkdownReport(report).lines()
    return ("\n".join(lines).rstrip() + "\n").encode("utf-8")


class _MarkdownReport:
    """One report on its way into one text."""

    def __init__(self, report: UpdateReport) -> None:
        self.report = report
        self.language: Language = report.language
        self.chapters = chapter_numbers(report)
        self.captions = caption_numbers(report)

    def lines(self) -> Iterator[str]:
        yield f"# {_plain(self.report.title)}"
        yield ""
        yield _plain(self.report.subtitle)
        for chapter in self.report.sections:
            yield from self._section(chapter, 2)

    def _say(self, key: str, **values: object) -> str:
        return text(key, self.language, **values)

    def _section(self, section: Section, depth: int) -> Iterator[str]:
        number_of = self.chapters.get(section.anchor)
        yield ""
        yield "#" * min(depth, 6) + f" {number_of + ' ' if number_of else ''}{_plain(section.title)}"
        for item in section.items:
            yield ""
            yield from self._item(item)
        for below in section.sections:
            yield from self._section(below, depth + 1)

    def _item(self, item: Paragraph | BulletList | Quotation | Table | RevisedTable | Plot) -> Iterator[str]:
        if isinstance(item, Paragraph):
            yield _spans(item.spans)
        elif isinstance(item, BulletList):
            yield from (f"- {_spans(entry)}" for entry in item.items)
        elif isinstance(item, Quotation):
            yield from self._quotation(item)
        elif isinstance(item, Table):
            yield from self._table(item)
        elif isinstance(item, RevisedTable):
            yield from self._revised(item)
        else:
            yield from self._plot(item)

    def _quotation(self, item: Quotation) -> Iterator[str]:
        address = web_address(item.url)
        source = _plain(item.source)
        yield f"**{_plain(item.number)}** " + (f"[{source}](<{address}>)" if address else source)
        yield ""
        start, end = item.key_start or 0, item.key_end or 0
        key = item.text[start:end].strip()
        parts = (item.text[:start], f"**{_escaped(key)}**" if key else "", item.text[end:])
        before, middle, after = _escaped(parts[0]), parts[1], _escaped(parts[2])
        # A mark of stress counts only where it touches its words.
        quoted = " ".join(part for part in (before.strip(), middle, after.strip()) if part)
        yield from (f"> {line.strip()}".rstrip() for line in quoted.split("\n"))
        yield ""
        yield " · ".join(f"{_plain(name)}: **{_plain(value)}**" for name, value in item.labels if value.strip())
        lines = (
            ("statement", item.statement),
            ("also_in", "; ".join(item.also_in)),
            ("why", item.why),
            ("second_opinion", item.second_opinion),
        )
        for name, value in lines:
            if value:
                yield ""
                yield f"{self._say(f'report.label.{name}')}: {_plain(value)}"

    def _caption(self, label: str, anchor: str, caption: str) -> str:
        return f"**{self._say(f'report.{label}')} {self.captions[anchor]}. {_plain(caption)}**"

    def _table(self, item: Table) -> Iterator[str]:
        yield self._caption("table_label", item.anchor, item.caption)
        yield ""
        marks = ["---:" if place in item.number_columns else "---" for place in range(len(item.header))]
        yield _row([_plain(name) for name in item.header])
        yield _row(marks)
        yield from (_row([_cell(cell) for cell in row]) for row in item.rows)

    # The table with changes

    def _revised(self, item: RevisedTable) -> Iterator[str]:
        yield self._caption("table_label", item.anchor, item.caption)
        for chapter in item.chapters:
            yield ""
            yield f"**{_plain(chapter.title)}**"
            for row in chapter.rows:
                yield from self._revised_row(row, item.header)

    def _revised_row(self, row: RevisedRow, header: tuple[str, str, str]) -> Iterator[str]:
        yield ""
        yield f"**{_plain(row.row_id)} {_whole(_plain(row.title), row.whole)}**"
        remarks: list[RevisedStatement] = []
        for column, name in zip(Column, header, strict=True):
            statements = row.column(column)
            if statements:
                yield ""
                yield f"*{_plain(name)}*"
                yield ""
            for statement in statements:
                yield f"- {self._statement(statement)}"
                if statement.remark is not None:
                    remarks.append(statement)
        for statement in remarks:
            remark = statement.remark
            if remark is None:
                continue
            who = self._say("note.table.remark", author=remark.author, date=long_date(remark.moment, self.language))
            yield ""
            yield f"> **{_plain(statement.statement_id)}** {_plain(who)}"
            for line in remark.lines:
                yield ">"
                yield f"> {_plain(line)}"

    def _statement(self, statement: RevisedStatement) -> str:
        words = _whole(_spans(statement.spans), statement.whole)
        source = _spans(statement.source)
        note = f" ({_whole(source, statement.whole)})" if source else ""
        state = ""
        if statement.state != "kept":
            state = f" [{self._say(f'note.table.state.{statement.state}')}]".replace("[", "\\[").replace("]", "\\]")
        confidence = f" — {_plain(statement.confidence)}" if statement.confidence else ""
        return f"**{_plain(statement.statement_id)}**{state} {words}{note}{confidence}"

    def _plot(self, item: Plot) -> Iterator[str]:
        yield self._caption("figure_label", item.anchor, item.caption)
        yield ""
        yield _plain(item.alternative)
        if item.series:
            labels = list(next(iter(item.series.values())))
            yield ""
            yield _row(["", *(_plain(name) for name in item.series)])
            yield _row(["---", *("---:" for _ in item.series)])
            for label in labels:
                values = [number(values[label], self.language) for values in item.series.values()]
                yield _row([_plain(label), *values])


def _escaped(words: str) -> str:
    """Text without anything that Markdown would take for markup; lines stay lines."""
    return _AT_START.sub(r"\1\\\2", _SIGNS.sub(r"\\\1", printable(words)))


def _plain(words: str) -> str:
    return _escaped(one_line(words))


def _spans(spans: tuple[Span, ...]) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    clean = re.sub(r"\s+", " ", printable(span.text))
    core = clean.strip()
    if not core:
        return clean
    # Marks touch their words, so white space at the ends stands outside of them.
    head = clean[: len(clean) - len(clean.lstrip())]
    tail = clean[len(clean.rstrip()) :]
    written = _escaped(core)
    if span.italic:
        written = f"*{written}*"
    if span.bold:
        written = f"**{written}**"
    address = web_address(span.url)
    if address:
        written = f"[{written}](<{address}>)"
    return head + _whole(written, span.change) + tail


def _whole(written: str, change: str | None) -> str:
    if change is None or not written:
        return written
    tag = "ins" if change == "inserted" else "del"
    return f"<{tag}>{written}</{tag}>"


def _cell(cell: Cell) -> str:
    return "<br>".join(written for line in cell.lines if (written := _spans(line.spans).strip()))


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
