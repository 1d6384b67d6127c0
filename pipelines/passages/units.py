"""Blocks taken apart into the smallest pieces that a passage may be made of: sentences, list items, table rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

from pipelines.domain.documents import Block, BlockKind, Document
from pipelines.language.sentences import sentence_spans
from pipelines.passages.rules import PassageRules

_BULLET = re.compile(r"\s*(?:[•·▪●‣◦■□▢►▸➢✓✔*–—-]\s+)+")
_MARKER = re.compile(r"\s*(?:[•·▪●‣◦■□▢►▸➢✓✔*–—-]|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)])\s+")
_WORD = re.compile(r"\w[\w'’./,%-]*")
_FIGURE = re.compile(
    r"\d[\d.,]*\s?(?:%|‰|procent|per\s?cent|punt|points?\b|miljoen|miljard|million|billion|mln|mld|euro|dollars?|pounds?)"
    r"|[€$£]\s?\d|\b\d{1,3}(?:[.,]\d{3})+\b|\b(?:een|één|één|drie|vier) op de\b|\bone in\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"(?<=[;:•|])\s+|\n\s*|(?<=,)\s+")


_SPACE = re.compile(r"\s+")
_WIDE_WORD = 20


class Flow(Enum):
    """How a block may be joined with its neighbours."""

    TEXT = auto()
    ITEM = auto()
    ROW = auto()


class Unit(NamedTuple):
    """A stretch that is never cut: ``document.text[start:end]``.

    Attributes
    ----------
    block
        Number of the block, list item or table row that the unit is part of.
    block_words
        Words of that whole block.
    lead_in
        The unit announces the list that follows it and stays with its first item.
    finding
        The unit's block says something of its own: an item that is a whole sentence, a table row with prose.
    closed
        Whether the block ends like a sentence; a block that does not is often a heading of what follows.
    """

    start: int
    end: int
    words: int
    block: int
    block_words: int
    flow: Flow = Flow.TEXT
    lead_in: bool = False
    finding: bool = False
    closed: bool = True


def count_words(text: str) -> int:
    """Number of words, numbers counted as words and bullets not."""
    return len(_WORD.findall(text))


def has_words(text: str, start: int, end: int) -> bool:
    """Whether ``text[start:end]`` holds a word at all."""
    return _WORD.search(text, start, end) is not None


def skip_bullet(text: str, start: int, end: int) -> int:
    """Where ``text[start:end]`` begins after its bullet; enumerators ("1.", "a)") stay."""
    match = _BULLET.match(text, start, end)
    return match.end() if match and match.end() < end else start


def has_figure(text: str) -> bool:
    """Whether ``text`` holds a share, an amount or a large number; years and version numbers do not count."""
    return bool(_FIGURE.search(text))


def text_units(document: Document, blocks: Sequence[Block], rules: PassageRules) -> list[Unit]:
    """Units of consecutive paragraphs and list items of one section."""
    units: list[Unit] = []
    for number, block in enumerate(blocks):
        text = document.block_text(block)
        item = block.kind == BlockKind.LIST_ITEM or bool(_MARKER.match(text))
        units += _block_units(document, block, number, Flow.ITEM if item else Flow.TEXT, rules)
    _mark_lists(document, units, rules)
    return units


def row_units(document: Document, rows: Sequence[Sequence[Block]], rules: PassageRules) -> list[Unit]:
    """Units of table rows: sentences of the cells, the row counting as one block.

    A row with enough prose is a finding of its own. Rows of a table that is mostly numbers are left out, unless they
    hold prose themselves: numbers without their headings say nothing to a reader of passages.
    """
    counts = [[_letters_and_numbers(document.block_text(cell)) for cell in row] for row in rows]
    letters = sum(n for row in counts for n, _ in row)
    numbers = sum(n for row in counts for _, n in row)
    units: list[Unit] = []
    for number, (row, count) in enumerate(zip(rows, counts, strict=True)):
        prose = max((n for n, _ in count), default=0) >= rules.prose_words
        if numbers > letters and not prose:
            continue
        words = sum(map(sum, count))
        whole_row = " ".join(document.block_text(cell) for cell in row)
        own = prose and (words >= rules.min_words or has_figure(whole_row))
        pieces = [unit for cell in row for unit in _block_units(document, cell, number, Flow.ROW, rules)]
        size = sum(unit.words for unit in pieces)
        units.extend(unit._replace(block_words=size, finding=own) for unit in pieces)
    return units


def _letters_and_numbers(text: str) -> tuple[int, int]:
    words = _WORD.findall(text)
    numbers = sum(1 for word in words if word[0].isdigit())
    return len(words) - numbers, numbers


def _block_units(document: Document, block: Block, number: int, flow: Flow, rules: PassageRules) -> list[Unit]:
    text = document.block_text(block)
    closed = text.rstrip("\"'”’»)] 0123456789").endswith((".", "!", "?", "…"))
    pieces = [
        piece for start, end in sentence_spans(text) for piece in _within_limit(text, start, end, rules.max_words)
    ]
    total = sum(size for _, _, size in pieces)
    return [
        Unit(block.start + start, block.start + end, size, number, total, flow, closed=closed)
        for start, end, size in pieces
    ]


def _within_limit(text: str, start: int, end: int, max_words: int) -> Iterator[tuple[int, int, int]]:
    """A sentence cut at clauses or else between words into stretches of at most ``max_words``, and their sizes.

    The size is the number of words, but no less than one for every 20 characters: addresses, codes and rows of dots
    take room as well.
    """
    size = max(count_words(text[start:end]), (end - start) // _WIDE_WORD)
    if end - start <= max_words or size <= max_words:
        yield start, end, size
        return
    quarter = (end - start) // 4
    middle = (start + end) // 2
    places = [m.end() for m in _CLAUSE.finditer(text, start + quarter, end - quarter)] or [
        m.end() for m in _SPACE.finditer(text, start + quarter, end - quarter)
    ]
    # A stretch without any space is no prose: it is cut wherever its middle lies.
    cut = min(places, key=lambda place: abs(place - middle), default=middle)
    left = start + len(text[start:cut].rstrip())
    if left > start:
        yield from _within_limit(text, start, left, max_words)
    right = end - len(text[cut:end].lstrip())
    if right < end:
        yield from _within_limit(text, right, end, max_words)


def _mark_lists(document: Document, units: list[Unit], rules: PassageRules) -> None:
    """Find lists among ``units``, mark their lead-in and the items that are findings of their own."""
    index = 0
    while index < len(units):
        if units[index].flow is not Flow.ITEM:
            index += 1
            continue
        stop = index
        while stop < len(units) and units[stop].flow is Flow.ITEM:
            stop += 1
        lead_words = 0
        if index and document.text.endswith(":", 0, units[index - 1].end):
            units[index - 1] = units[index - 1]._replace(lead_in=True)
            lead_words = units[index - 1].words
        _mark_findings(document, units, index, stop, lead_words, rules)
        index = stop


def _mark_findings(
    document: Document, units: list[Unit], first: int, stop: int, lead_words: int, rules: PassageRules
) -> None:
    """Mark items that stand alone.

    A short list of fragments is one passage. In a list of findings (an item is a sentence with a figure, the items
    are long, or the list does not fit in one passage) every item that is a sentence with a figure or has
    ``finding_words`` words is its own passage, even below ``min_words``: themes and relations are given to one
    finding better than to six at once.
    """
    items: dict[int, list[int]] = {}
    for index in range(first, stop):
        items.setdefault(units[index].block, []).append(index)
    texts = {block: document.text[units[part[0]].start : units[part[-1]].end] for block, part in items.items()}
    words = {block: units[part[0]].block_words for block, part in items.items()}
    with_figure = {
        block
        for block, text in texts.items()
        if has_figure(text) and units[items[block][0]].closed and words[block] >= rules.prose_words
    }
    total = sum(words.values())
    of_findings = with_figure or total + lead_words > rules.max_words or total >= len(items) * rules.min_words
    if not of_findings:
        return
    for block, part in items.items():
        starts = _MARKER.sub("", texts[block], count=1)[:1]
        whole = words[block] >= rules.finding_words and not starts.islower()
        if block in with_figure or whole or words[block] >= rules.min_words:
            for index in part:
                units[index] = units[index]._replace(finding=True)
