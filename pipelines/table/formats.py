"""Which formats the table is read from and written to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.domain.evidence_table import EvidenceTable
from pipelines.errors import TableError
from pipelines.language.detection import detect_language
from pipelines.strings import Language
from pipelines.table.assembly import assemble
from pipelines.table.flat import read_csv, read_excel, read_json, write_csv, write_excel, write_json
from pipelines.table.grid import PrintedTable, plain
from pipelines.table.markup import parts_from_html, parts_from_text
from pipelines.table.pages import write_html, write_markdown
from pipelines.table.word import parts_from_word, word_from_table
from pipelines.table.yaml_format import read_yaml, write_yaml

_COMPLETE: dict[str, Callable[[bytes], EvidenceTable]] = {
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".json": read_json,
    ".csv": read_csv,
    ".xlsx": read_excel,
}
_WRITERS: dict[str, Callable[[EvidenceTable, Language], bytes]] = {
    ".docx": word_from_table,
    ".yaml": lambda table, _: write_yaml(table),
    ".yml": lambda table, _: write_yaml(table),
    ".json": lambda table, _: write_json(table),
    ".csv": lambda table, _: write_csv(table),
    ".xlsx": lambda table, _: write_excel(table),
    ".html": write_html,
    ".md": write_markdown,
}
READABLE_FORMATS = (*_COMPLETE, ".docx", ".html", ".htm", ".md", ".txt")
WRITABLE_FORMATS = tuple(_WRITERS)


def read_table(content: bytes, name: str, like: EvidenceTable | None = None) -> EvidenceTable:
    """Read an evidence table.

    YAML, JSON, CSV and Excel hold it whole. From Word, HTML, Markdown and text the printed table is read: rows that
    page breaks cut are joined, cells are cut into statements with their source notes, and rows and statements that say
    what ``like`` says take over its ids.

    Parameters
    ----------
    content, name
        Bytes and name of the file; the suffix tells the format.
    like
        The version before.

    Raises
    ------
    TableError
        The format is unknown, the file is damaged, or it holds no evidence table.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix in _COMPLETE:
        return _COMPLETE[suffix](content)
    parts = _printed(content, suffix)
    if not any(part.rows for part in parts):
        raise TableError("error.table_none_found", format=suffix or name)
    words = " ".join(plain(line) for part in parts for row in part.rows for cell in row.cells for line in cell)
    language = "en" if detect_language(words).language == "en" else "nl"
    return assemble(parts, language, like)


def _printed(content: bytes, suffix: str) -> list[PrintedTable]:
    if suffix == ".docx":
        return parts_from_word(content)
    if suffix in {".html", ".htm"}:
        try:
            return parts_from_html(content)
        except etree.LxmlError as error:
            raise TableError("error.table_unreadable", format="HTML", detail=str(error)[:200]) from error
    if suffix in {".md", ".txt"}:
        try:
            return parts_from_text(content.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise TableError("error.table_unreadable", format=suffix, detail=str(error)[:200]) from error
    raise TableError("error.format_unknown", format=suffix, choices=", ".join(READABLE_FORMATS))


def write_table(table: EvidenceTable, suffix: str, language: str) -> bytes:
    """Write a table in the format of ``suffix``; Word, HTML and Markdown hold one language.

    Raises
    ------
    TableError
        The format is unknown.
    """
    if suffix not in _WRITERS:
        raise TableError("error.format_unknown", format=suffix, choices=", ".join(WRITABLE_FORMATS))
    return _WRITERS[suffix](table, "en" if language == "en" else "nl")
