"""From the characters of all pages to draft blocks in reading order, paragraphs joined over columns and pages."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.domain.documents import BlockKind
from pipelines.ingest.compose import DraftBlock, DraftRun
from pipelines.ingest.pdf_aligned import take_aligned
from pipelines.ingest.pdf_blocks import (
    LayoutBlock,
    block_of,
    cut_paragraphs,
    ends_sentence,
    reading_order,
    same_size,
    usual_pitches,
)
from pipelines.ingest.pdf_characters import PageCharacters
from pipelines.ingest.pdf_columns import Stacks
from pipelines.ingest.pdf_furniture import find_furniture
from pipelines.ingest.pdf_join import HYPHENS, Joiner, runs_of
from pipelines.ingest.pdf_kinds import NOTE_START, body_type, classify
from pipelines.ingest.pdf_lines import Line, page_lines
from pipelines.ingest.pdf_tables import take_tables

LOOK_BACK = 12
"""Blocks (captions, table cells, headings of boxes) that may stand between the two halves of a paragraph."""

STAMP_LINES = 3
"""So few lines that stand sideways on a page are a stamp in the margin or the name of an axis, not running text."""

_SKIPPED = frozenset({BlockKind.CAPTION, BlockKind.TABLE_CELL, BlockKind.FOOTNOTE})
_JOINED = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.REFERENCE})


def lay_out(pages: Sequence[PageCharacters | None]) -> list[DraftBlock]:
    """Blocks of a document in reading order; page furniture stands at the end of its page."""
    read = [page for page in pages if page is not None and page.characters]
    lines_of: list[list[Line]] = []
    heights: list[float] = []
    for page in read:
        lines, _, height = page_lines(page)
        lines_of.append(lines)
        heights.append(height)
    furniture = find_furniture(lines_of, heights)
    running = [[line for line in lines if id(line) not in furniture] for lines in lines_of]
    pitches = usual_pitches(running)
    body = body_type([line for lines in running for line in lines])
    laid = [_order_page(page, lines, pitches) for page, lines in zip(read, running, strict=True)]
    _number_tables(laid)
    classify(laid, body)
    ends = [
        [_furniture_block(line, furniture[id(line)]) for line in lines if id(line) in furniture] for lines in lines_of
    ]
    blocks = join_paragraphs(laid)
    return _drafts(blocks, ends, Joiner(line for lines in running for line in lines))


def _order_page(page: PageCharacters, lines: list[Line], pitches: dict[int, float]) -> list[LayoutBlock]:
    main = page.angle()
    stacks = Stacks(pitches)
    level = [line for line in lines if line.angle == main]
    rules = [rule.turned(main, page.width, page.height) for rule in page.rules]
    tables, rest = take_tables(level, rules)
    aligned, rest = take_aligned(rest, rules, stacks, len(tables))
    tables += aligned
    ordered: list[LayoutBlock] = []
    for block in reading_order(stacks.of(rest) + tables):
        ordered += block.cells if block.cells else cut_paragraphs(block)
    for angle in (0, 1, 2, 3):
        if angle == main:
            continue
        sideways = [line for line in lines if line.angle == angle]
        if not sideways:
            continue
        stamp = len(sideways) <= STAMP_LINES and len(level) > STAMP_LINES
        for block in reading_order(stacks.of(sideways)):
            block.kind = BlockKind.PAGE_HEADER if stamp else None
            ordered += [block] if stamp else cut_paragraphs(block)
    return ordered


def _number_tables(pages: Sequence[Sequence[LayoutBlock]]) -> None:
    """Number tables through the document; the pages number their own from 0."""
    seen = -1
    for blocks in pages:
        here: dict[int, int] = {}
        for block in blocks:
            if block.cell is not None:
                if block.cell.table not in here:
                    seen += 1
                    here[block.cell.table] = seen
                block.cell = block.cell.model_copy(update={"table": here[block.cell.table]})


def _furniture_block(line: Line, kind: BlockKind) -> LayoutBlock:
    block = block_of([line])
    block.kind = kind
    return block


def join_paragraphs(pages: Sequence[Sequence[LayoutBlock]]) -> list[LayoutBlock]:
    """All blocks in order; a paragraph that goes on in the next column or on the next page is one block."""
    joined: list[LayoutBlock] = []
    for blocks in pages:
        for block in blocks:
            earlier = _first_half(joined, block) if block.kind in _JOINED else _note_before(joined, block)
            if earlier is None:
                joined.append(block)
            else:
                earlier.lines = earlier.lines + block.lines
                earlier.column = block.column or block.box
    return joined


def _first_half(joined: list[LayoutBlock], block: LayoutBlock) -> LayoutBlock | None:
    """The block that ``block`` goes on with, if any."""
    for back, earlier in enumerate(reversed(joined)):
        if back > LOOK_BACK:
            return None
        if earlier.kind in _SKIPPED:
            continue
        if earlier.kind not in _JOINED or not earlier.lines:
            return None
        last, first = earlier.lines[-1], block.lines[0]
        below = last.page == first.page and first.box.top > last.box.top and _share_width(last, first)
        if below and back == 0 and not last.text.rstrip().endswith(tuple(HYPHENS)):
            return None
        return earlier if goes_on(earlier, block, apart=back > 0) else None
    return None


def _note_before(joined: list[LayoutBlock], block: LayoutBlock) -> LayoutBlock | None:
    """The footnote that goes on with ``block``: a footnote without a mark of its own."""
    if block.kind != BlockKind.FOOTNOTE or block.lines[0].note_mark or NOTE_START.match(block.text):
        return None
    return next((b for b in reversed(joined[-LOOK_BACK:]) if b.kind == BlockKind.FOOTNOTE), None)


def _share_width(a: Line, b: Line) -> bool:
    return min(a.box.right, b.box.right) > max(a.box.left, b.box.left)


def goes_on(earlier: LayoutBlock, block: LayoutBlock, *, apart: bool) -> bool:
    """Whether a block reads as the rest of the sentence of an earlier one."""
    last, first = earlier.lines[-1], block.lines[0]
    if not same_size(last.size, first.size) or block.kind == BlockKind.LIST_ITEM or first.note_mark:
        return False
    end, start = last.text.rstrip(), first.text.lstrip()
    if not end or not start or ends_sentence(end):
        return False
    if end[-1] in HYPHENS and len(end) > 1 and not end[-2].isspace():
        return True
    if start[0].islower() or (start[0] in "(«“‘\"'" and not apart):
        return True
    if apart:
        return False
    column = earlier.column or earlier.box
    full = column.right - last.box.right < first.first_word + 0.35 * last.size
    long_enough = len(earlier.lines) > 1 or end[-1] == ","
    return full and long_enough and last.bold == first.bold and (start[0].isupper() or start[0].isdigit())


def _drafts(
    blocks: Sequence[LayoutBlock], furniture: Sequence[Sequence[LayoutBlock]], joiner: Joiner
) -> list[DraftBlock]:
    waiting = sorted((found for found in furniture if found), key=lambda found: found[0].page, reverse=True)
    ordered: list[LayoutBlock] = []
    for block in blocks:
        while waiting and waiting[-1][0].page < block.page:
            ordered += waiting.pop()
        ordered.append(block)
    while waiting:
        ordered += waiting.pop()
    texts = [joiner.text(block.lines) for block in ordered]
    runs = runs_of([places for _, places in texts])
    return [_draft(block, text, found) for block, (text, _), found in zip(ordered, texts, runs, strict=True)]


def _draft(block: LayoutBlock, text: str, runs: list[DraftRun]) -> DraftBlock:
    pages = [line.page for line in block.lines]
    return DraftBlock(
        block.kind or BlockKind.PARAGRAPH, text, min(pages), max(pages), level=block.level, cell=block.cell, runs=runs
    )
