"""Reads Markdown, with tables, inline HTML and front matter."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import yaml
from markdown_it import MarkdownIt

from pipelines.domain.documents import BlockKind, Document, Metadata, SourceReference
from pipelines.ingest.charset import decode_marked
from pipelines.ingest.clues import printed_year, sensible_title, stated_year
from pipelines.ingest.compose import DraftBlock, compose_document
from pipelines.ingest.html_blocks import parse_html, read_blocks
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.sniff import MARKDOWN
from pipelines.ingest.structure import finish_blocks
from pipelines.ingest.tab_tables import is_tab_table

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.{1,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)

# Pages for site builders hold instructions to them, which no reader sees.
_TEMPLATE_TAG = re.compile(r"\{\{[<%].{0,500}?[%>]\}\}|\{%.{0,500}?%\}|\{:\s?[^}\n]{0,200}\}", re.S)
_FOOTNOTE_TEXT = re.compile(r"^\[\^([^\]\s]{1,40})\]:[ \t]*(.*(?:\n(?: {2,}|\t)\S.*)*)", re.M)
_FOOTNOTE_MARK = re.compile(r"\[\^[^\]\s]{1,40}\](?!:)")
# "!!! note" and "/// details" of common site builders.
_ADMONITION = re.compile(r"^(?:[!?]{3}\+?|/{3,}|:{3,})[ \t]*\{?[\w.-]*\}?[ \t]*\"?([^\"\n]*)\"?[ \t]*$", re.M)


class MarkdownParser:
    """Markdown, through the HTML it stands for; raw HTML in it is walked like that of a page and never run."""

    name = "markdown/1"
    media_types = (MARKDOWN,)

    def parse(self, content: bytes, source: SourceReference, limits: IngestLimits) -> Document:
        """Read a Markdown file; see :class:`~pipelines.ingest.parser.Parser`."""
        decoded = decode_marked(content)
        text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
        front, text = _split_front_matter(text)
        text, notes = _take_footnotes(_TEMPLATE_TAG.sub("", text))
        text = _ADMONITION.sub(r"\n**\1**\n", text).replace("\n****\n", "\n")
        markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        text = _write_out_tab_tables(text, markdown)
        root = parse_html(f"<html><body>{markdown.render(text)}</body></html>")
        blocks = read_blocks(root, web_page=False)
        for block in blocks:
            block.text = block.text.replace("**", "")  # Bold that was opened or closed only.
        drafts = finish_blocks(blocks)
        drafts += [DraftBlock(BlockKind.FOOTNOTE, note) for note in notes]
        metadata = _read_metadata(front, drafts)
        if metadata.title and not any(d.kind == BlockKind.TITLE for d in drafts) and front.get("title"):
            drafts.insert(0, DraftBlock(BlockKind.TITLE, metadata.title))
        marks = decoded.notes()
        return compose_document(source, MARKDOWN, self.name, drafts, limits=limits, metadata=metadata, notes=marks)


def _split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """Values above the text, between lines of dashes, and the text; what is no YAML stays text."""
    match = _FRONT_MATTER.match(text)
    if not match or ("&" in match[1] and re.search(r"^\s*[\w-]+:\s*[&*]\w", match[1], re.M)):
        return {}, text  # Anchors serve nothing here but bombs.
    try:
        front = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, text
    return (front, text[match.end() :]) if isinstance(front, dict) else ({}, text)


def _write_out_tab_tables(text: str, markdown: MarkdownIt) -> str:
    """Tables set with tabs as HTML, which Markdown takes in; it has no such tables itself."""
    parts: list[str] = []
    for paragraph in re.split(r"(\n[ \t]*\n)", text):
        lines = paragraph.strip("\n").split("\n")
        if is_tab_table(lines):
            rows = "".join(
                "<tr>" + "".join(f"<td>{markdown.renderInline(cell)}</td>" for cell in line.split("\t")) + "</tr>"
                for line in lines
            )
            parts.append(f"\n<table>{rows}</table>\n")
        else:
            parts.append(paragraph)
    return "".join(parts)


def _take_footnotes(text: str) -> tuple[str, list[str]]:
    notes = [match[2] for match in _FOOTNOTE_TEXT.finditer(text)]
    if not notes:
        return text, []
    return _FOOTNOTE_MARK.sub("", _FOOTNOTE_TEXT.sub("", text)), notes


def _read_metadata(front: dict[str, Any], drafts: list[DraftBlock]) -> Metadata:
    def value(*names: str) -> str | None:
        for name in names:
            found = front.get(name)
            if isinstance(found, str | int | float | date):
                return str(found)
        return None

    authors = front.get("authors") or front.get("author") or ()
    names = [authors] if isinstance(authors, str) else authors if isinstance(authors, list) else []
    printed = next((d.text for d in drafts if d.kind == BlockKind.TITLE), None)
    if printed is None:
        printed = next((d.text for d in drafts if d.kind == BlockKind.HEADING), None)
    lines = [draft.text for draft in drafts[:12]]
    return Metadata(
        title=sensible_title(value("title")) or sensible_title(printed),
        publisher=value("publisher", "organisation", "organization", "site"),
        authors=tuple(name["name"] if isinstance(name, dict) and "name" in name else str(name) for name in names),
        year=stated_year(value("date", "year", "published", "created")) or printed_year(lines),
        url=value("url", "canonical", "canonical_url", "source"),
    )
