"""Which formats the table is read from and written to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.reports import CarriedData
from pipelines.errors import TableError
from pipelines.language.detection import detect_language
from pipelines.office.carried import read_carried
from pipelines.strings import Language
from pipelines.table.assembly import assemble
from pipelines.table.csv_format import read_csv, write_csv
from pipelines.table.excel_format import read_excel, write_excel
from pipelines.table.grid import PrintedTable, plain
from pipelines.table.json_format import read_json, write_json
from pipelines.table.markup import parse_page, parts_from_html, parts_from_text
from pipelines.table.own_layout import table_as_seen
from pipelines.table.pages import write_html, write_markdown
from pipelines.table.reading import TableReading
from pipelines.table.travelling import from_page, from_text
from pipelines.table.word import word_from_table
from pipelines.table.word_reading import parts_from_word
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
    ".csv": write_csv,
    ".xlsx": lambda table, _: write_excel(table),
    ".html": write_html,
    ".md": write_markdown,
}
READABLE_FORMATS = (*_COMPLETE, ".docx", ".html", ".htm", ".md", ".txt")
WRITABLE_FORMATS = tuple(_WRITERS)


def read_table(content: bytes, name: str, like: EvidenceTable | None = None) -> EvidenceTable:
    """Read an evidence table; see :func:`read_table_with_notes`, of which this is the table.

    Raises
    ------
    TableError
        The format is unknown, the file is damaged, or it holds no evidence table.
    """
    return read_table_with_notes(content, name, like).table


def read_table_with_notes(content: bytes, name: str, like: EvidenceTable | None = None) -> TableReading:
    """Read an evidence table, and tell what could not be read without loss.

    YAML, JSON, CSV and Excel hold it whole. So do Word, HTML and Markdown files that this program wrote: what they do
    not show travels along out of sight, and where somebody changed what they show, that wins. From documents of others
    the printed table is read: rows that page breaks cut are joined, cells are cut into statements with their source
    notes, and rows and statements that say what ``like`` says take over its ids.

    Parameters
    ----------
    content, name
        Bytes and name of the file; the suffix tells the format.
    like
        The version before; not needed for files that hold the table whole.

    Raises
    ------
    TableError
        The format is unknown, the file is damaged, or it holds no evidence table.
    """
    try:
        return _read(content, name, like)
    except RecursionError as error:  # brackets within brackets, by the thousand: no table is written so
        raise TableError("error.table_nested", file=name) from error


def _read(content: bytes, name: str, like: EvidenceTable | None) -> TableReading:
    suffix = PurePath(name).suffix.lower()
    if suffix in _COMPLETE:
        return TableReading(table=_COMPLETE[suffix](content))
    parts, carried = _printed(content, suffix)
    if carried is not None:
        return table_as_seen(parts, carried)
    if not any(part.rows for part in parts):
        raise TableError("error.table_none_found", format=suffix or name)
    words = " ".join(plain(line) for part in parts for row in part.rows for cell in row.cells for line in cell)
    language = "en" if detect_language(words).language == "en" else "nl"
    return assemble(parts, language, like)


def _printed(content: bytes, suffix: str) -> tuple[list[PrintedTable], CarriedData | None]:
    """What a file shows, and what travels along in it."""
    if suffix == ".docx":
        return parts_from_word(content), read_carried(content)
    if suffix in {".html", ".htm"}:
        try:
            root = parse_page(content)
        except etree.LxmlError as error:
            raise TableError("error.table_unreadable", format="HTML", detail=str(error)[:200]) from error
        return parts_from_html(root), from_page(root)
    if suffix in {".md", ".txt"}:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise TableError("error.table_unreadable", format=suffix, detail=str(error)[:200]) from error
        return parts_from_text(text), from_text(text)
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
