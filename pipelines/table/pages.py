"""The evidence table as Markdown and as an HTML page; both can be read back whole."""

from __future__ import annotations

import re
from html import escape

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement
from pipelines.office.writable import writable
from pipelines.strings import Language, text
from pipelines.table.travelling import as_comment, as_meta

_MARKUP = re.compile(r"[|*_`\[\]\\~#]")
"""Signs that Markdown or its tables would take for markup."""
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem;color:#1c2430}
table{border-collapse:collapse;width:100%;table-layout:fixed}
th,td{border:1px solid #8896a5;padding:.5rem .6rem;vertical-align:top;text-align:left}
.chapter th{background:#d6e3ec}.row th{background:#eef3f7}p{margin:0 0 .5rem}
"""


def write_markdown(table: EvidenceTable, language: Language) -> bytes:
    """The table in Markdown pipes: chapters and rows as lines over all columns, statements with id and source note."""
    lines = [
        f"# {text('table.title', language)}",
        "",
        _piped(text("table.version", language, version=table.version)),
        "",
    ]
    lines.append("| " + " | ".join(text(f"column_question.{c.value}", language) for c in Column) + " |")
    lines.append("| --- | --- | --- |")
    chapter = None
    for row in table.rows:
        if row.chapter != chapter:
            chapter = row.chapter
            lines.append(f"| {_piped(text(f'theme.{chapter.value}', language))} | | |")
        lines.append(f"| {_piped(f'{row.id} · {row.title(language)}')} | | |")
        cells = ["".join(f"<p>{_markdown(s, language)}</p>" for s in row.column(c)) for c in Column]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", as_comment(table, language)]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _markdown(statement: Statement, language: Language) -> str:
    source = f" <i>{_piped(statement.source)}</i>" if statement.source else ""
    return f"{_piped(statement.id)} {_piped(statement.text(language))}{source}"


def _piped(words: str) -> str:
    """Words for a cell: nothing in them is markup, and they stand on one line."""
    plain = escape(" ".join(writable(words).split()), quote=False)
    return _MARKUP.sub(lambda sign: f"&#{ord(sign[0])};", plain)


def write_html(table: EvidenceTable, language: Language) -> bytes:
    """The table as a page of its own."""
    title = escape(text("table.title", language))
    head = "".join(f'<th scope="col">{escape(text(f"column_question.{c.value}", language))}</th>' for c in Column)
    body: list[str] = []
    chapter = None
    for row in table.rows:
        if row.chapter != chapter:
            chapter = row.chapter
            name = escape(text(f"theme.{chapter.value}", language))
            body.append(f'<tr class="chapter"><th colspan="3" scope="colgroup">{name}</th></tr>')
        body.append(
            f'<tr class="row"><th colspan="3" scope="colgroup">{escape(f"{row.id} · {row.title(language)}")}</th></tr>'
        )
        cells = "".join(f"<td>{''.join(_html(s, language) for s in row.column(c))}</td>" for c in Column)
        body.append(f"<tr>{cells}</tr>")
    page = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"{as_meta(table, language)}\n<style>{_STYLE}</style></head><body>"
        f"<h1>{title}</h1><p>{escape(text('table.version', language, version=table.version))}</p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>\n" + "\n".join(body) + "\n</tbody></table></body></html>\n"
    )
    return writable(page).encode("utf-8")


def _html(statement: Statement, language: Language) -> str:
    source = f" <i>{escape(statement.source)}</i>" if statement.source else ""
    return f"<p>{escape(statement.id)} {escape(statement.text(language))}{source}</p>"
