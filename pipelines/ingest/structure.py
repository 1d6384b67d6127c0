"""What blocks are, judged from their neighbours: titles, headings in bold, contents lists, reference lists.

Formats without pages share this: their parsers hand over :class:`RoughBlock` objects in reading order and get the
drafts for :func:`~pipelines.ingest.compose.compose_document`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.domain.documents import BlockKind, CellPlace
from pipelines.ingest.compose import APART, DraftBlock, clean_text


@dataclass(slots=True)
class RoughBlock:
    """A block whose kind may still change.

    Attributes
    ----------
    bold
        All of its text is bold.
    marked
        The file itself says what kind of block it is (a style, a tag), so that its form is not asked.
    link_share
        Share of its characters that are links, between 0 and 1.
    furniture
        Stands in a part of a page that is not its subject: a menu, a cookie notice, a page footer.
    """

    kind: BlockKind
    text: str
    level: int | None = None
    cell: CellPlace | None = None
    bold: bool = False
    marked: bool = False
    link_share: float = 0.0
    furniture: bool = False


_REFERENCES = re.compile(
    r"(?:\d+(?:\.\d+)*\.?\s+|(?:bijlage|appendix|annex)\s+\w+[.:]?\s+)?"
    r"(?:literatuur|literatuurlijst|literatuurverwijzingen|geraadpleegde (?:literatuur|bronnen)|referenties"
    r"|bronnenlijst|referentielijst|bibliografie|gebruikte (?:literatuur|bronnen)|literatuur en bronnen"
    r"|bronvermelding(?:en)?|references?|reference list|list of references|bibliography|works cited"
    r"|literature cited|literature"
    r"|references and notes|sources cited)\s*:?",
    re.I,
)
_CONTENTS = re.compile(
    r"(?:inhoud|inhoudsopgave|contents|table of contents|contents page|overzicht van (?:tabellen|figuren)"
    r"|lijst (?:van|met) (?:tabellen|figuren)|list of (?:tables|figures))\s*:?",
    re.I,
)
# An entry of a contents list ends in a page number after dots, a tab or space.
_CONTENTS_ENTRY = re.compile(r".{2,200}?(?:\s*\.{3,}\s*|\t|\s…+\s*|\s{2,}| )\d{1,4}", re.S)
_CAPTION = re.compile(
    r"(?:figuur|fig\.|tabel|grafiek|kader|diagram|figure|table|chart|graph|box|exhibit)\s+\d+(?:[.\-–]\d+)*\s*[.:–—|-]?\s",
    re.I,
)
_BULLET = re.compile(r"^[•▪◦‣·●○■□–—-]\s+(?=\S)")
_SENTENCE_END = re.compile(r"[.!;,…]['”\"’)\]]*$")

# Longest heading that bold type alone makes. Bold headings in the real documents have up to 62 characters, bold lead
# sentences (which are no headings) 90 and more (2026-11).
_LONGEST_BOLD_HEADING = 80


# A raised number after a word or a full stop is the mark of a note; after a unit ("m2") or a number it is a power.
_MARKED_END = re.compile(r"(?:[^\W\d_]{4,}|[^\W\d_][.,;:!?”’\"')\]]+)$")
_RAISED_NUMBER = re.compile(r"\s*\d{1,3}(?:\s*,\s*\d{1,3})*\s*")


def is_raised_mark(before: str, raised: str) -> bool:
    """Whether raised text after ``before`` is a note's mark that was typed by hand."""
    return _RAISED_NUMBER.fullmatch(raised) is not None and _MARKED_END.search(before[-24:]) is not None


def is_caption(text: str) -> bool:
    """Whether a text is the caption of a figure or table by its form (``Tabel 3.2 Aandeel bedrijven ...``)."""
    return len(text) <= 300 and _CAPTION.match(text) is not None


def shift_tables(blocks: Sequence[RoughBlock], n_before: int) -> int:
    """Count the tables of ``blocks`` on from ``n_before`` and give their number together with those."""
    n_tables = n_before
    for block in blocks:
        if block.cell is not None:
            block.cell = block.cell.model_copy(update={"table": block.cell.table + n_before})
            n_tables = max(n_tables, block.cell.table + 1)
    return n_tables


def finish_blocks(blocks: Sequence[RoughBlock]) -> list[DraftBlock]:
    """Drafts of ``blocks``, in the same order, with kinds as their neighbours show them."""
    kept: list[RoughBlock] = []
    for block in blocks:
        raw = block.text
        block.text = clean_text(raw)
        if block.kind == BlockKind.LIST_ITEM:
            block.text = _BULLET.sub("", block.text)
        elif block.cell is not None:
            block.text = block.text.removeprefix("• ")
        # A dash or a pictogram on its own says nothing; in a table it does.
        if not block.text or (block.cell is None and not any(char.isalnum() for char in block.text)):
            continue
        if block.kind == BlockKind.PARAGRAPH and _ends_in_page_number(raw):
            block.text = re.sub(r"\s*(?:\.\s*){3,}", " … ", block.text)
        kept.append(block)
    _promote_bold(kept)
    _mark_captions(kept)
    _mark_contents(kept)
    _mark_references(kept)
    _mark_title(kept)
    return [DraftBlock(b.kind, b.text, level=b.level, cell=b.cell) for b in kept]


def _ends_in_page_number(text: str) -> bool:
    return re.search(r"\.{4,}\s*\d{1,4}\s*$", text) is not None


def _promote_bold(blocks: list[RoughBlock]) -> None:
    """A short bold paragraph over other text is a heading, one level below the heading that stands above it."""
    level = 0
    for index, block in enumerate(blocks):
        if (block.kind == BlockKind.HEADING and not block.bold) or block.kind == BlockKind.HEADING:
            level = block.level or 1
        elif _is_bold_heading(block) and _leads(blocks, index):
            block.kind, block.level = BlockKind.HEADING, min(level + 1, 9)


def _is_bold_heading(block: RoughBlock) -> bool:
    return (
        block.kind == BlockKind.PARAGRAPH
        and block.bold
        and not block.marked
        and len(block.text) <= _LONGEST_BOLD_HEADING
        and not _SENTENCE_END.search(block.text)
        and not is_caption(block.text)
        and any(char.isalpha() for char in block.text)
    )


def _leads(blocks: list[RoughBlock], index: int) -> bool:
    """Whether text follows that is not bold itself, at most one other bold line in between."""
    following = [b for b in blocks[index + 1 : index + 4] if b.kind not in APART][:2]
    return any(not b.bold and b.kind != BlockKind.TABLE_CELL for b in following)


def _mark_captions(blocks: list[RoughBlock]) -> None:
    for block in blocks:
        if block.kind == BlockKind.PARAGRAPH and not block.marked and len(block.text) <= 160 and is_caption(block.text):
            block.kind = BlockKind.CAPTION


def _mark_contents(blocks: list[RoughBlock]) -> None:
    """Under a heading "Inhoud" or "Contents": entries with page numbers, or entries that repeat later headings."""
    headings = {_heading_key(b.text) for b in blocks if b.kind == BlockKind.HEADING}
    for index, block in enumerate(blocks):
        if block.kind not in (BlockKind.HEADING, BlockKind.PARAGRAPH) or not _CONTENTS.fullmatch(block.text):
            continue
        end = index + 1
        while end < len(blocks) and _is_contents_entry(blocks[end], headings):
            blocks[end].kind, blocks[end].level = BlockKind.CONTENTS, None
            end += 1
        if end > index + 1:
            block.kind, block.level = BlockKind.CONTENTS, None


def _is_contents_entry(block: RoughBlock, headings: set[str]) -> bool:
    if block.kind == BlockKind.CONTENTS:
        return True
    if block.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM) or len(block.text) > 200:
        return False
    return _CONTENTS_ENTRY.fullmatch(block.text) is not None or _heading_key(block.text) in headings


def _heading_key(text: str) -> str:
    return re.sub(r"^[\d.\s]+|[.…\s]*\d*$", "", text).casefold()


def _mark_references(blocks: list[RoughBlock]) -> None:
    """What stands under a heading "Literatuur", "References" and the like, until a heading as high."""
    level: int | None = None
    for block in blocks:
        if block.kind == BlockKind.HEADING:
            own = block.level or 1
            if level is None or own <= level:
                level = own if _REFERENCES.fullmatch(block.text) else None
        elif level is not None and block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM):
            block.kind = BlockKind.REFERENCE


def _mark_title(blocks: list[RoughBlock]) -> None:
    """The only heading of the highest level, standing before all others, is the title of the document."""
    if any(b.kind == BlockKind.TITLE for b in blocks):
        return
    headings = [b for b in blocks if b.kind == BlockKind.HEADING]
    if len(headings) < 1 or blocks.index(headings[0]) > 12:
        return
    first = headings[0]
    top = min(b.level or 1 for b in headings)
    alone = sum((b.level or 1) == top for b in headings) == 1
    if (first.level or 1) == top == 1 and alone and (first.marked or len(headings) > 1 or blocks[0] is first):
        first.kind, first.level = BlockKind.TITLE, None


def add_furniture(drafts: list[DraftBlock], blocks: Sequence[RoughBlock], kind: BlockKind) -> None:
    """Add headers or footers to ``drafts``, each text with letters once: parts of a document repeat them."""
    for block in blocks:
        draft = DraftBlock(kind, clean_text(block.text))
        if any(char.isalpha() for char in draft.text) and draft not in drafts:
            drafts.append(draft)
