"""Reads plain text: paragraphs, headings by their shape, bullet lists, tables set with tabs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import quantiles

from pipelines.domain.documents import BlockKind, CellPlace, Document, Metadata, SourceReference
from pipelines.ingest.charset import decode_marked
from pipelines.ingest.clues import printed_year, sensible_title
from pipelines.ingest.compose import DraftBlock, compose_document
from pipelines.ingest.parser import IngestLimits
from pipelines.ingest.sniff import TEXT
from pipelines.ingest.structure import RoughBlock, finish_blocks, is_caption
from pipelines.ingest.tab_tables import is_tab_table

_BULLET = re.compile(r"\s{0,12}(?:[•◦‣▪▫●○■□–—*+·]|-(?!-)|o(?=\s{2,}|\t))[ \t\u00a0]+(?=\S)")
_NUMBERED = re.compile(r"\s{0,12}(?:\(?\d{1,2}[.)]|\(?[a-z][.)]|\(?[ivx]{1,5}[.)])[ \t\u00a0]+(?=\S)")
_SECTION_NUMBER = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2}){0,4}\.?|[IVX]{1,5}\.|(?:hoofdstuk|chapter|deel|part|bijlage|appendix)\s+\w+[.:]?)\s+\S",
    re.I,
)
_RULE = re.compile(r"\s*([-=_*~#])(?:\s*\1){3,}\s*")
_SENTENCE_END = re.compile(r"[.!?;:,…][\"'”’)\]]*$")
_PAGE_NUMBER = re.compile(
    r"\s*(?:-\s*)?(?:(?:pagina|page|blz\.?)\s+)?\d{1,4}(?:\s*(?:van|of|/)\s*\d{1,4})?(?:\s*-)?\s*", re.I
)
_SUBTITLE_TIME = re.compile(r"^\d+\n\d\d:\d\d:\d\d[,.]\d{3} --> .*\n?", re.M)
# "Boodschap 2 – ...", "Message 2: ...": a label with a number makes a heading of what would be a sentence.
_LABELLED = re.compile(r"[^\W\d_]{3,15}\s+\d{1,2}\s*[–—:|-]\s+\S")
# A line that sends the reader elsewhere is the text of a link, not a heading.
_CALL = re.compile(
    r"(?:(?:her)?bekijk|lees|download|klik|luister|meld|schrijf|deel|ga naar|meer (?:over|informatie|weten)"
    r"|read|watch|view|see|click|listen|register|sign up|subscribe|share|more (?:on|about|information))\b",
    re.I,
)
_LINK_OR_COPYRIGHT = re.compile(r"https?://|www\.|@\w|^©|^\(c\)\s", re.I)

# A heading on a line of its own: the longest in the sample texts has 110 characters, and 15 words (2026-11).
_LONGEST_HEADING = 120
_LEAST_WORDS_BELOW = 4
_LEAST_CAPITALS = 6
"""Shorter lines in capitals are abbreviations."""
_MOST_HEADING_WORDS = 16

# Lines of hard-wrapped text end at the same margin: most lines of several are within this range of the longest.
_WRAP_WIDTHS = range(50, 110)
_LEAST_WRAPPED_LINES = 8


@dataclass(slots=True)
class _Chunk:
    """Lines between blank lines."""

    lines: list[str]
    n_blank_before: int


class TextParser:
    """Plain text in any encoding."""

    name = "text/1"
    media_types = (TEXT,)

    def parse(self, content: bytes, source: SourceReference, limits: IngestLimits) -> Document:
        """Read a text file; see :class:`~pipelines.ingest.parser.Parser`."""
        decoded = decode_marked(content)
        text = decoded.text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").replace("\0", "")
        text = _SUBTITLE_TIME.sub("", text)
        drafts = finish_blocks(read_text_blocks(text))
        metadata, notes = _read_metadata(drafts), decoded.notes()
        return compose_document(source, TEXT, self.name, drafts, limits=limits, metadata=metadata, notes=notes)


def read_text_blocks(text: str) -> list[RoughBlock]:
    """Blocks of a plain text, lines that were wrapped joined again."""
    chunks = list(_chunks(text.split("\n")))
    wrapped = _is_wrapped(chunks)
    if not wrapped:
        chunks = [part for chunk in chunks for part in _part_lines(chunk)]
    blocks: list[RoughBlock] = []
    n_tables = 0
    title = _find_title(chunks)
    for index, chunk in enumerate(chunks):
        if index == title:
            blocks.append(RoughBlock(BlockKind.TITLE, chunk.lines[0].strip()))
            continue
        after = chunks[index + 1] if index + 1 < len(chunks) else None
        if is_tab_table(chunk.lines):
            blocks += _read_table(chunk.lines, n_tables)
            n_tables += 1
            continue
        blocks += _read_chunk(chunk, after, wrapped)
    return blocks


def _find_title(chunks: list[_Chunk]) -> int | None:
    """Index of the title: the first line that looks like a heading and has three words, among the first four."""
    for index, chunk in enumerate(chunks[:4]):
        if len(chunk.lines) > 1 or index + 1 == len(chunks):
            return None
        line = chunk.lines[0].strip()
        # A single word before it is a rubric ("blog", "Nieuws"), a date is its dateline.
        if _is_heading(line, chunks[index + 1]) and len(line.split()) >= 3 and not re.match(r"\d", line):
            return index
    return None


def _chunks(lines: list[str]) -> Iterator[_Chunk]:
    """Runs of lines without a blank or ruled line between; a line underlined with a rule stands alone."""
    current: list[str] = []
    n_blank = before = 0
    for line in [*lines, ""]:
        if line.strip() and not _RULE.fullmatch(line):
            if not current:
                before = n_blank
            current.append(line.rstrip(" \r"))
            n_blank = 0
            continue
        if current:
            if line.strip() and len(current) > 1:  # The rule underlines the last line.
                yield _Chunk(current[:-1], before)
                current, before = current[-1:], 1
            yield _Chunk(current, before)
            current = []
        n_blank += 1


def _part_lines(chunk: _Chunk) -> list[_Chunk]:
    """Lines that are whole paragraphs, as a word processor saves them without blank lines: each one by itself."""
    if len(chunk.lines) < 3 or is_tab_table(chunk.lines) or max(map(len, chunk.lines)) <= _WRAP_WIDTHS.stop:
        return [chunk]
    return [_Chunk([line], chunk.n_blank_before if index == 0 else 0) for index, line in enumerate(chunk.lines)]


def _is_wrapped(chunks: list[_Chunk]) -> bool:
    """Whether the lines of the text were broken at a margin, so that a line end is only a space."""
    inner = [len(line) for chunk in chunks for line in chunk.lines[:-1] if not _starts_item(line)]
    if len(inner) < _LEAST_WRAPPED_LINES:
        return any(_goes_on(chunk.lines) for chunk in chunks)
    longest = quantiles(inner, n=20)[-1]
    near = sum(longest - 25 <= length for length in inner)
    return longest in range(_WRAP_WIDTHS.start, 400) and near >= 0.6 * len(inner) and longest <= _WRAP_WIDTHS.stop


def _goes_on(lines: list[str]) -> bool:
    """Whether the second line begins in the middle of a sentence."""
    return len(lines) > 1 and len(lines[0]) >= _WRAP_WIDTHS.start and lines[1].lstrip()[:1].islower()


def _starts_item(line: str) -> bool:
    return _BULLET.match(line) is not None


def _read_chunk(chunk: _Chunk, after: _Chunk | None, wrapped: bool) -> list[RoughBlock]:
    lines = chunk.lines
    if len(lines) == 1:
        line = lines[0].strip()
        if _PAGE_NUMBER.fullmatch(line):
            return [RoughBlock(BlockKind.PAGE_FOOTER, line)]
        if _is_heading(line, after) and (_heading_level(line) != _PLAIN_LEVEL or not _is_plain_heading(after)):
            return [RoughBlock(BlockKind.HEADING, line, level=_heading_level(line))]
    kinds: list[BlockKind] = []
    texts: list[list[str]] = []  # Lines of each block, joined at the end: a text of one block may have many.
    for line in lines:
        bullet = _BULLET.match(line)
        numbered = _NUMBERED.match(line) if not bullet else None
        if bullet:
            kinds.append(BlockKind.LIST_ITEM)
            texts.append([line[bullet.end() :]])
        elif numbered and (len(lines) > 1 or len(line) > _LONGEST_HEADING or _SENTENCE_END.search(line)):
            kinds.append(BlockKind.LIST_ITEM)
            texts.append([line.strip()])
        elif texts and _joins(texts[-1][-1], line, wrapped):
            texts[-1].append(line.strip())
        else:
            kinds.append(BlockKind.PARAGRAPH)
            texts.append([line.strip()])
    return [RoughBlock(kind, _join_lines(lines)) for kind, lines in zip(kinds, texts, strict=True)]


def _joins(previous: str, line: str, wrapped: bool) -> bool:
    if wrapped:
        return True
    # Not wrapped: a line is a paragraph, except where a sentence clearly runs on.
    return line.lstrip()[:1].islower() and not _SENTENCE_END.search(previous.rstrip())


def _join_lines(lines: list[str]) -> str:
    """One text of lines; a word broken at a line end is mended, a hyphen before "en" or "and" stays."""
    parts = lines[:1]
    for line in lines[1:]:
        broken = parts[-1][-1:] == "-" and parts[-1][-2:-1].isalpha() and line[:1].islower()
        if broken and not re.match(r"(?:en|of|and|or)\b", line):
            parts[-1] = parts[-1][:-1]
            parts.append(line)
        else:
            parts += [" ", line]
    return "".join(parts)


def _is_heading(line: str, after: _Chunk | None) -> bool:
    """A short line with blank lines around it that is no sentence, over other text."""
    n_words = len(line.split())
    if after is None or (after.n_blank_before == 0 and not _has_text(after, _heading_level(line))):
        return False
    if _LABELLED.match(line) and len(line) <= 2 * _LONGEST_HEADING:
        return True
    if len(line) > _LONGEST_HEADING or n_words > _MOST_HEADING_WORDS:
        return False
    if _starts_item(line) or is_caption(line) or _LINK_OR_COPYRIGHT.search(line) or _CALL.match(line) or "\t" in line:
        return False
    if not any(char.isalpha() for char in line) or line[0].islower():
        return False
    if line.rstrip("”\"')").endswith("?"):
        return True
    if line.endswith(":"):
        return n_words <= 3 or (_SECTION_NUMBER.match(line) is not None and n_words <= 8)
    return not _SENTENCE_END.search(line)


def _has_text(chunk: _Chunk, level: int) -> bool:
    """Whether lines right under a heading are text, a list or a heading of another level, not cells of a table."""
    line = chunk.lines[0].strip()
    return (
        len(chunk.lines) > 1
        or len(line.split()) >= _LEAST_WORDS_BELOW
        or _starts_item(chunk.lines[0])
        or (any(char.isalpha() for char in line) and _heading_level(line) != level)
    )


def _is_plain_heading(chunk: _Chunk | None) -> bool:
    """Whether the next lines are a heading too: then a line over them, equally plain, heads nothing."""
    if chunk is None or len(chunk.lines) > 1:
        return False
    line = chunk.lines[0].strip()
    return _is_heading(line, chunk) and _heading_level(line) == _PLAIN_LEVEL and not _LABELLED.match(line)


_PLAIN_LEVEL = 2


def _heading_level(line: str) -> int:
    """Depth by its number (``2.3`` is 2 deep); without number 1 where in capitals, else 2."""
    number = re.match(r"(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s", line)
    if number:
        return min(number[1].count(".") + 1, 9)
    in_capitals = line.isupper() and len(line) >= _LEAST_CAPITALS
    return 1 if in_capitals or re.match(r"(?:hoofdstuk|chapter|deel|part)\s", line, re.I) else _PLAIN_LEVEL


def _read_table(lines: list[str], table: int) -> list[RoughBlock]:
    return [
        RoughBlock(BlockKind.TABLE_CELL, cell.strip(), cell=CellPlace(table=table, row=row, column=column))
        for row, line in enumerate(lines)
        for column, cell in enumerate(re.split(r"\t", line.strip("\n")))
        if cell.strip()
    ]


def _read_metadata(drafts: list[DraftBlock]) -> Metadata:
    heads = [d for d in drafts[:8] if d.kind in (BlockKind.TITLE, BlockKind.HEADING)]
    title = next((d.text for d in heads if d.kind == BlockKind.TITLE), heads[0].text if heads else None)
    return Metadata(title=sensible_title(title), year=printed_year(draft.text for draft in drafts[:12]))
