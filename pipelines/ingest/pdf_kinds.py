"""What each block of a PDF is: heading, list item, caption, footnote, contents list, reference or paragraph."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.domain.documents import BlockKind
from pipelines.ingest.pdf_blocks import BULLET, LIST_MARK, LayoutBlock
from pipelines.ingest.pdf_lines import Line
from pipelines.ingest.pdf_names import people

BIG = 1.12
"""Type this many times larger than the body is a heading. Measured: page footers of 1.06 times the body."""
DISPLAY = 1.35
"""Type from this many times the body on carries the rank of a heading by its size alone."""
SMALL = 0.93
"""Footnotes are set in at most this share of the body size (0.78 to 0.90 in 12 real reports)."""
INK_STEP = 64
"""Difference in red, green or blue (0 to 255) from which two inks are told apart by eye."""
MAX_HEADING_CHARACTERS = 180
MAX_HEADING_LINES = 4

_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+(?=[^\W\d_])")
_PART = re.compile(
    r"(?:hoofdstuk|chapter|deel|part|bijlage|appendix|annex)\s+(?:\d{1,2}|[ivx]{1,5}|[a-z])\b", re.IGNORECASE
)
_NAMED = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2})*\.?\s+)?(?:inhoud(?:sopgave)?|(?:table of )?contents|voorwoord|foreword|preface"
    r"|samenvatting"
    r"|(?:executive |management)?\s?summary|abstract|inleiding|introductie|introduction|conclusies?|conclusions?"
    r"|aanbevelingen|recommendations|discussie|discussion|methoden?|methods?|methodology|results|resultaten|bijlagen?"
    r"|literatuur(?:lijst|verwijzingen)?|referenties|references|bibliography|bibliografie|bronnen(?:lijst)?|colofon"
    r"|works cited|acknowledge?ments?|dankwoord|noten|notes|endnotes|eindnoten|geraadpleegde (?:literatuur|bronnen))",
    re.IGNORECASE,
)
_CONTENTS_NAME = re.compile(r"(?:inhoud(?:sopgave)?|(?:table of )?contents)", re.IGNORECASE)
REFERENCES_NAME = re.compile(
    r"(?:(?:\d{1,2}(?:\.\d{1,2})*|[a-z])\.?\s+)?(?:bijlage \w+:?\s+)?(?:literatuur(?:lijst|verwijzingen)?|referenties"
    r"|references|bibliography|bibliografie|bronnen(?:lijst)?|sources|works cited|geraadpleegde (?:literatuur|bronnen)"
    r"|literature(?: cited)?|reference list)",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"(?:figuur|figure|fig\.|tabel|table|grafiek|chart|diagram|kader|box|afbeelding|schema|foto)\s+"
    r"(?:\d{1,2}|[A-Z]|[IVX]{1,4})(?:[.\-]\d{1,2})*[a-z]?(?P<after>\s*[.:|–—-]|\s+[^\W\d_])",
    re.IGNORECASE,
)
_LEADERS = re.compile(r"(?:\.\s?){4,}\s*(?:\d{1,4}|[ivxl]{1,6})?$|…{2,}\s*\d{1,4}$|(?:_\s?){5,}\d{1,4}$")
_ENDS_IN_PAGE = re.compile(r"(?:^|\s)(?:\d{1,3}|[ivxl]{1,5})$")
REFERENCE_FORM = re.compile(
    r"(?:\[\d{1,3}\]\s|\d{1,3}\.\s)?[A-ZÀ-ÞØ][\w’'`\-]+(?:\s[A-ZÀ-Þ][\w’'`\-]+)*,\s(?:[A-ZÀ-Þ]\.[\s,]?-?){1,4}"
    r".{0,250}?\(?(?:19|20)\d\d[a-z]?\)?|.{0,250}\bdoi(?:\.org|:)"
)
NOTE_START = re.compile(r"\d{1,3}[.)]?\s*\S|[*†‡∗]+\s*\S")


@dataclass(frozen=True, slots=True)
class BodyType:
    """The type in which most of a document is set."""

    size: float
    bold: bool
    italic: bool
    colour: tuple[int, int, int] = (0, 0, 0)


def body_type(lines: Sequence[Line]) -> BodyType:
    """Most common type, weighed by characters."""
    counts: Counter[tuple[float, bool, bool]] = Counter()
    for line in lines:
        counts[(round(line.size * 2) / 2, line.bold, line.italic)] += len(line.text)
    if not counts:
        return BodyType(10.0, False, False)
    (size, bold, italic), _ = counts.most_common(1)[0]
    colours: Counter[tuple[int, int, int]] = Counter()
    for line in lines:
        colours[line.colour] += len(line.text)
    exact = Counter(line.size for line in lines if round(line.size * 2) / 2 == size).most_common(1)[0][0]
    return BodyType(exact, bold, italic, colours.most_common(1)[0][0])


def classify(pages: Sequence[Sequence[LayoutBlock]], body: BodyType) -> None:
    """Give each block of the pages (in reading order) its kind, and headings their level."""
    for blocks in pages:
        for block in blocks:
            if block.kind is None and block.lines:
                block.kind = _kind_by_form(block, body)
        _mark_footnotes(blocks, body)
    _mark_contents(pages)
    _mark_title(pages, body)
    _mark_references([block for blocks in pages for block in blocks])
    every = [block for blocks in pages for block in blocks]
    title_page = next((block.page for block in every if block.kind == BlockKind.TITLE), 0)
    _set_levels([block for block in every if block.kind == BlockKind.HEADING], body, title_page)


def _kind_by_form(block: LayoutBlock, body: BodyType) -> BlockKind:
    text = block.text.strip()
    if sum(_has_leaders(line.text) for line in block.lines) >= 0.5 * len(block.lines):
        return BlockKind.CONTENTS
    caption = _CAPTION.match(text)
    if caption and len(text) < 500 and _is_caption(caption.group("after"), text, block, body):
        return BlockKind.CAPTION
    if is_heading(block, body):
        return BlockKind.HEADING
    if LIST_MARK.match(text) and not block.lines[0].note_mark:
        return BlockKind.LIST_ITEM
    return BlockKind.PARAGRAPH


def _has_leaders(text: str) -> bool:
    """Whether a line ends in dots that lead to a number; few have the dots for it."""
    return (text.count(".") >= 4 or "…" in text or "_" in text) and _LEADERS.search(text) is not None


def _is_caption(after: str, text: str, block: LayoutBlock, body: BodyType) -> bool:
    if after.strip() in (".", ":", "|", "–", "—", "-"):
        return True
    distinct = block.bold != body.bold or block.size <= SMALL * body.size or block.lines[0].italic != body.italic
    return distinct or (after.strip().isupper() and text[-1] not in ".!?")


def is_heading(block: LayoutBlock, body: BodyType) -> bool:
    """Whether a block reads as a heading by its type, its number or its name."""
    text = block.text.strip()
    n_letters = 0 if _is_too_long(block, text) else sum(map(str.isalpha, text))
    if n_letters < 2 or BULLET.match(text):
        return False
    if _NAMED.fullmatch(text):
        return True
    if n_letters < 0.4 * len(text.replace(" ", "")):
        return False
    ends_sentence = text[-1] in ".;,:" and not text.endswith(("etc.", "e.d.", "c.s.", "..."))
    if block.size >= BIG * body.size:
        return not (ends_sentence and len(text) > 100) and text[-1] not in ",;"
    if ends_sentence or text[0].islower():
        return False
    if block.bold and not body.bold and block.size >= SMALL * body.size:
        return len(block.lines) <= 3
    one = len(block.lines) == 1 and block.size >= SMALL * body.size
    numbered = _NUMBERED.match(text)
    if one and numbered and "." in numbered.group("number") and len(text) < 100:
        return True
    if one and _PART.match(text) and len(text) < 100:
        return True
    if one and text.isupper() and n_letters >= 4 and len(text) < 80:
        return True
    if one and block.runs_in and len(text) < 60:
        return True
    if one and _is_coloured(block, body) and len(text) < 100 and not LIST_MARK.match(text):
        return True
    return one and block.lines[0].italic and not body.italic and len(text) < 80 and not LIST_MARK.match(text)


def _is_too_long(block: LayoutBlock, text: str) -> bool:
    return len(block.lines) > MAX_HEADING_LINES or len(text) > MAX_HEADING_CHARACTERS


def _is_coloured(block: LayoutBlock, body: BodyType) -> bool:
    """Set in another ink than the body; links and pale notes do not count."""
    colour = block.lines[0].colour
    far = max(abs(a - b) for a, b in zip(colour, body.colour, strict=True)) >= INK_STEP
    return far and min(colour) < 200 and "http" not in block.text and "@" not in block.text


def _mark_footnotes(blocks: Sequence[LayoutBlock], body: BodyType) -> None:
    """Small type under the body of its column that starts with a number or sign, and what follows it there."""
    for number, block in enumerate(blocks):
        if block.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM) or block.size > SMALL * body.size:
            continue
        if not (block.lines[0].note_mark or NOTE_START.match(block.text)):
            continue
        under = [
            other
            for other in blocks
            if other is not block
            and other.lines
            and other.box.top > block.box.bottom - 1.0
            and min(other.box.right, block.box.right) > max(other.box.left, block.box.left)
        ]
        if any(other.size > SMALL * body.size for other in under):
            continue
        block.kind = BlockKind.FOOTNOTE
        for other in blocks[number + 1 :]:
            if other in under and other.kind == BlockKind.PARAGRAPH and other.size <= SMALL * body.size:
                other.kind = BlockKind.FOOTNOTE


def _mark_contents(pages: Sequence[Sequence[LayoutBlock]]) -> None:
    """After a heading *Inhoud* or *Contents*: what stands there while most of it ends in a page number."""
    active = False
    for blocks in pages:
        listed = [b for b in blocks if b.kind == BlockKind.CONTENTS]
        heads = [i for i, b in enumerate(blocks) if b.lines and _CONTENTS_NAME.fullmatch(b.text.strip())]
        if not (heads or active or listed):
            continue
        first = heads[0] + 1 if heads else 0
        rest = [b for b in blocks[first:] if b.lines]
        numbered = [b for b in rest if b.kind == BlockKind.CONTENTS or _ENDS_IN_PAGE.search(b.text.strip())]
        if (heads or active) and rest and len(numbered) >= 0.35 * len(rest):
            last = rest.index(numbered[-1])
            for block in rest[: last + 1]:
                block.kind = BlockKind.CONTENTS
            active = last == len(rest) - 1
        elif listed:
            active = blocks[-1].kind == BlockKind.CONTENTS
        else:
            active = False


def _mark_title(pages: Sequence[Sequence[LayoutBlock]], body: BodyType) -> None:
    """The largest type of the first page that has headings, when it is larger than the body."""
    for blocks in pages[:2]:
        heads = [b for b in blocks if b.kind == BlockKind.HEADING and not _NAMED.fullmatch(b.text.strip())]
        if not heads:
            continue
        largest = max(b.size for b in heads)
        if largest < BIG * body.size:
            continue
        chosen = [b for b in heads if b.size >= 0.97 * largest and not _NUMBERED.match(b.text)]
        for position, block in enumerate(chosen):
            if position and blocks.index(block) - blocks.index(chosen[position - 1]) != 1:
                break
            block.kind = BlockKind.TITLE
        if chosen:
            for block in heads:
                if block.kind == BlockKind.HEADING and "," in block.text and people(block.text):
                    block.kind = BlockKind.PARAGRAPH
            return


def _mark_references(blocks: Sequence[LayoutBlock]) -> None:
    within: float | None = None
    for block in blocks:
        if not block.lines:
            continue
        text = block.text.strip()
        if block.kind in (BlockKind.HEADING, BlockKind.TITLE):
            if REFERENCES_NAME.fullmatch(text):
                within = block.size
            elif within is not None and block.size >= 0.97 * within:
                within = None
        elif block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM) and (
            within is not None or REFERENCE_FORM.match(text)
        ):
            block.kind = BlockKind.REFERENCE


def _set_levels(headings: Sequence[LayoutBlock], body: BodyType, title_page: int) -> None:
    """Levels from the numbers of headings; those without a number take their level from their type.

    The largest type that carries numbers of some depth owns that depth; smaller type numbered alike (a numbered list
    of bold questions under ``1.1``) comes below what is larger. Type that is used on the title page alone does not
    count.
    """
    inner = [block for block in headings if block.page != title_page] or headings
    depths: dict[_Style, Counter[int]] = {}
    for block in inner:
        counted = depths.setdefault(_style(block, body), Counter())
        depth = _depth(block.text)
        if depth:
            counted[depth] += 1
    levels: dict[_Style, int] = {}
    owned: set[int] = set()
    before = 0
    for style in sorted(depths, key=lambda s: (-s[0], not s[1], s[2], s[3])):
        depth = depths[style].most_common(1)[0][0] if depths[style] else 0
        levels[style] = depth if depth and depth not in owned else before + 1
        if depth:
            owned.add(depth)
        before = levels[style]
    for block in headings:
        depth = _depth(block.text)
        block.level = depth if depth > 1 else levels.get(_style(block, body), 1)
    used = sorted({block.level or 1 for block in headings})
    for block in headings:
        block.level = min(used.index(block.level or 1) + 1, 9)


_Style = tuple[float, bool, bool, bool]
"""Size, bold, italic, in the type of the body."""


def _style(block: LayoutBlock, body: BodyType) -> _Style:
    """Type of a heading; larger type is told apart by size alone, since its weight often is not recorded."""
    size = round(block.size * 2) / 2
    if block.size >= DISPLAY * body.size:
        return size, False, False, False
    return size, block.bold, block.lines[0].italic, block.runs_in


def _depth(text: str) -> int:
    """Depth of the number of a heading; 0 where it has none."""
    match = _NUMBERED.match(text.strip())
    if match:
        return match.group("number").count(".") + 1
    return 1 if _PART.match(text.strip()) else 0
