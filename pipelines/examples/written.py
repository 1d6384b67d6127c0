"""Reads the written sources of the example documents: Markdown with a few parts of its own.

Beside paragraphs, ``##`` headings, ``-`` items, ``|`` tables and ``[^1]`` footnotes a source may hold fenced parts::

    ::: figure Figuur 1. Bijschrift
    label | 34
    :::

with ``figure``, ``box``, ``summary``, ``references`` or ``colophon`` as the name of the part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import yaml

Kind = Literal["heading", "paragraph", "item", "table", "figure", "box", "summary", "references", "colophon"]

_FENCE = re.compile(r"^::: *(figure|box|summary|references|colophon) *(.*)$")
_NOTE = re.compile(r"^\[\^(\w+)\]: *(.*)$", re.DOTALL)
_TYPEWRITTEN = frozenset({"html", "markdown"})
"""Formats whose example keeps straight quotation marks, as web pages often do."""
_CAPTION = re.compile(r"^(Tabel|Table) \d+\. ")
_INLINE = re.compile(r"\*\*(?P<bold>.+?)\*\*|\*(?P<italic>.+?)\*|\[\^(?P<note>\w+)\]")


@dataclass(frozen=True)
class Run:
    """A stretch of text in one style, or the mark of a footnote."""

    text: str
    bold: bool = False
    italic: bool = False
    note: str | None = None
    """Label of the footnote; ``text`` is then empty."""


@dataclass(frozen=True)
class Part:
    """One piece of a written source, in order of reading."""

    kind: Kind
    text: str = ""
    """Running text; the caption of a table or figure; the title of a box, summary, reference list or colophon."""
    level: int = 0
    """Depth of a heading, 1 is the highest."""
    rows: tuple[tuple[str, ...], ...] = ()
    """Cells of a table, the header first; label and value of each bar of a figure."""
    parts: tuple[Part, ...] = ()
    """What a box, summary, reference list or colophon holds."""


@dataclass(frozen=True)
class Written:
    """A written source: front matter, parts and footnotes."""

    name: str
    """Name of the source file, without its ending."""
    front: dict[str, str]
    parts: tuple[Part, ...]
    notes: dict[str, str] = field(default_factory=dict)
    """Label to text of a footnote."""

    @property
    def dutch(self) -> bool:
        """Whether the source is in Dutch; English otherwise."""
        return self.front["language"] == "nl"

    @property
    def headings(self) -> tuple[Part, ...]:
        """Headings in order."""
        return tuple(part for part in self.parts if part.kind == "heading")


def inline(text: str) -> Iterator[Run]:
    """Split running text at bold, italic and footnote marks."""
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            yield Run(text[at : match.start()])
        if match["note"]:
            yield Run("", note=match["note"])
        else:
            yield Run(match["bold"] or match["italic"], bold=bool(match["bold"]), italic=bool(match["italic"]))
        at = match.end()
    if at < len(text):
        yield Run(text[at:])


def plain(text: str) -> str:
    """Running text without marks."""
    return "".join(run.text for run in inline(text))


def read_written(path: Path) -> Written:
    """Read one source.

    Raises
    ------
    ValueError
        When the front matter is missing or a part is not closed.
    """
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    front = {key: str(value) for key, value in yaml.safe_load(head).items()}
    if front["format"] not in _TYPEWRITTEN:
        body = _typeset(body)
        front = {key: _typeset(value) for key, value in front.items()}
    notes: dict[str, str] = {}
    parts = tuple(_parts(body.strip("\n").split("\n"), notes))
    return Written(path.stem, front, parts, notes)


def _typeset(text: str) -> str:
    """Curl quotation marks and apostrophes, as word processors do; sources use single marks as apostrophes only."""
    opened = re.sub(r'"(?=\w)', "\u201c", text)
    return opened.replace('"', "\u201d").replace("'", "\u2019")


def _parts(lines: list[str], notes: dict[str, str]) -> Iterator[Part]:
    chunk: list[str] = []
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence or not lines[at].strip():
            yield from _chunk(chunk, notes)
            chunk = []
        else:
            chunk.append(lines[at])
            if _CAPTION.match(lines[at]):
                # The blank line between a caption and its table is for editors of the source only.
                at += 1
        if fence:
            end = lines.index(":::", at)
            yield _fenced(fence[1], fence[2], lines[at + 1 : end], notes)
            at = end
        at += 1
    yield from _chunk(chunk, notes)


def _fenced(kind: str, title: str, lines: list[str], notes: dict[str, str]) -> Part:
    if kind == "figure":
        bars = tuple(tuple(cell.strip() for cell in line.split("|")) for line in lines)
        return Part("figure", title, rows=bars)
    assert kind in ("box", "summary", "references", "colophon")
    return Part(kind, title, parts=tuple(_parts(lines, notes)))


def _chunk(lines: list[str], notes: dict[str, str]) -> Iterator[Part]:
    if not lines:
        return
    text = " ".join(line.strip() for line in lines)
    note = _NOTE.match(text)
    if note:
        notes[note[1]] = note[2]
    elif lines[0].startswith("#"):
        marks, _, title = text.partition(" ")
        yield Part("heading", title, level=len(marks) - 1)
    elif lines[0].startswith("- "):
        yield from (Part("item", item) for item in _items(lines))
    elif any(line.startswith("|") for line in lines):
        caption = " ".join(line for line in lines if not line.startswith("|"))
        rows = [line for line in lines if line.startswith("|") and not line.startswith("|-")]
        yield Part("table", caption, rows=tuple(_cells(row) for row in rows))
    else:
        yield Part("paragraph", text)


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def _items(lines: list[str]) -> Iterator[str]:
    item = ""
    for line in lines:
        if line.startswith("- ") and item:
            yield item
            item = ""
        item = f"{item} {line.removeprefix('- ').strip()}".strip()
    yield item
