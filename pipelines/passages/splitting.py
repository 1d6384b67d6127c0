"""A document cut into passages: paragraph-sized pieces that are tagged, flagged and quoted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from pipelines.domain.documents import Block, BlockKind, Document
from pipelines.domain.ids import content_id
from pipelines.domain.passages import Passage
from pipelines.language.detection import READ_LANGUAGES, LanguageGuess, detect_language
from pipelines.language.sentences import sentence_spans
from pipelines.passages.boilerplate import recognise_boilerplate
from pipelines.passages.rules import PassageRules
from pipelines.passages.segments import divide
from pipelines.passages.units import Unit, count_words, has_words, row_units, skip_bullet, text_units

_FLOWING = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST_ITEM})
_ALONE = frozenset({BlockKind.CAPTION, BlockKind.FOOTNOTE})
_LISTED = frozenset({BlockKind.CONTENTS, BlockKind.REFERENCE})
_HEADINGS = frozenset({BlockKind.TITLE, BlockKind.HEADING})
_FURNITURE = frozenset({BlockKind.PAGE_HEADER, BlockKind.PAGE_FOOTER})

# From this probability and this number of words on, a passage may be in another language than its document. Of the
# 4,388 hand-written passages cut to twelve words 10 get a wrong language, cut to five words 32 (2026-11).
_SURE = 0.9
_SURE_WORDS = 8


@dataclass(slots=True)
class _Span:
    """A stretch of the document that becomes a passage, with the blocks it is made of."""

    start: int
    end: int
    blocks: list[Block] = field(default_factory=list)


def split_into_passages(document: Document, rules: PassageRules | None = None) -> list[Passage]:
    """Cut a document into passages of 25 to 130 words where the text allows.

    Paragraphs that fit stay whole; longer ones are cut at sentences into parts of about equal length. Short neighbours
    of one section are joined, never across a heading. A list goes with its lead-in; an item that is a finding of its
    own is a passage of its own. Of tables each row with prose is a passage; rows of numbers are left out. Captions
    and footnotes with prose are passages of their own. Headings give the section path; one with nothing below it is a
    passage if it is a sentence. Running headers and footers are left out. Boilerplate is marked, not left out.

    Parameters
    ----------
    document
        A document in a readable state.
    rules
        Sizes; the standard ones if not given.

    Returns
    -------
    list of Passage
        In the order of the text, not overlapping, each with ``document.text[start:end] == text``. Never empty where
        the document has a word outside its page furniture.
    """
    rules = rules or PassageRules()
    spans = list(_spans(document, rules))
    if not spans:
        rest = [block for block in document.blocks if block.kind not in _FURNITURE]
        spans = _flow_spans(text_units(document, rest, rules), rest, rules)
    spans = [span for span in spans if has_words(document.text, span.start, span.end)]
    guesses = [detect_language(document.text[span.start : span.end]) for span in spans]
    fallback = _document_language(document, spans, guesses)
    return [
        _passage(document, span, position, _language(document, span, guess, fallback))
        for position, (span, guess) in enumerate(zip(spans, guesses, strict=True))
    ]


def _spans(document: Document, rules: PassageRules) -> Iterator[_Span]:
    """Stretches of the document, in order, from runs of blocks that may be joined."""
    blocks = document.blocks
    for _, group in groupby(enumerate(blocks), key=lambda pair: _join_key(*pair)):
        numbered = list(group)
        run = [block for _, block in numbered]
        kind = run[0].kind
        if kind in _FLOWING or kind in _LISTED:
            yield from _flow_spans(text_units(document, run, rules), run, rules)
        elif kind == BlockKind.TABLE_CELL:
            rows = [list(cells) for _, cells in groupby(run, key=lambda b: b.cell.row if b.cell else b.start)]
            yield from _flow_spans(row_units(document, rows, rules), run, rules)
        elif kind in _ALONE:
            for block in run:
                if count_words(document.block_text(block)) >= rules.prose_words:
                    yield from _flow_spans(text_units(document, [block], rules), [block], rules)
        elif kind == BlockKind.HEADING:
            for index, block in numbered:
                if _is_lost(document, index) and count_words(document.block_text(block)) >= rules.prose_words:
                    yield from _flow_spans(text_units(document, [block], rules), [block], rules)


def _join_key(index: int, block: Block) -> tuple[object, ...]:
    """Neighbouring blocks with the same key may be joined in one passage."""
    if block.kind in _FLOWING:
        return ("text", block.section)
    if block.kind == BlockKind.TABLE_CELL:
        return ("table", block.section, block.cell.table if block.cell else index)
    if block.kind in _LISTED:
        return (block.kind, block.section)
    return (block.kind, index)


def _is_lost(document: Document, index: int) -> bool:
    """Whether the heading at ``index`` has no text below it, so that no passage carries it as its section."""
    following = document.blocks[index + 1] if index + 1 < len(document.blocks) else None
    if following is None or following.kind in _FURNITURE or following.kind == BlockKind.FOOTNOTE:
        return True
    heading = document.blocks[index]
    if following.kind == BlockKind.HEADING:
        return (following.level or 1) <= (heading.level or 1)
    return False


def _flow_spans(units: Sequence[Unit], blocks: Sequence[Block], rules: PassageRules) -> list[_Span]:
    spans: list[_Span] = []
    at = 0
    for first, last in divide(units, rules):
        span = _Span(units[first].start, units[last - 1].end)
        while at < len(blocks) and blocks[at].end <= span.start:
            at += 1
        index = at
        while index < len(blocks) and blocks[index].start < span.end:
            span.blocks.append(blocks[index])
            index += 1
        spans.append(span)
    return spans


def _document_language(document: Document, spans: Iterable[_Span], guesses: Iterable[LanguageGuess]) -> str:
    """Language of most of the running text: ``nl``, ``en`` or ``other``."""
    weights: Counter[str] = Counter()
    for span, guess in zip(spans, guesses, strict=True):
        if guess.probability >= _SURE:
            weights[guess.read] += span.end - span.start
    if weights:
        return max(weights, key=lambda language: (weights[language], language))
    stated = document.metadata.language
    return stated if stated in READ_LANGUAGES else "other"


def _language(document: Document, span: _Span, guess: LanguageGuess, fallback: str) -> str:
    """Language of one passage; short and doubtful ones go with their document."""
    if guess.read == fallback:
        return fallback
    sure = guess.probability >= _SURE and count_words(document.text[span.start : span.end]) >= _SURE_WORDS
    if sure or (fallback == "other" and guess.read != "other"):
        return guess.read
    return fallback


def _passage(document: Document, span: _Span, position: int, language: str) -> Passage:
    start = skip_bullet(document.text, span.start, span.end)
    end = span.end
    text = document.text[start:end]
    page_first, page_last = _pages(document, span)
    section = span.blocks[0].section
    # Checked in one go with its sentences: to make each of them by itself takes three times as long.
    return Passage.model_validate(
        {
            "id": content_id("passage", document.id, start, text),
            "document_id": document.id,
            "position": position,
            "text": text,
            "start": start,
            "end": end,
            "section": section,
            "page_first": page_first,
            "page_last": page_last,
            "language": language,
            "n_words": count_words(text),
            "sentences": list(_sentences(document, span, start)),
            "boilerplate": recognise_boilerplate(text, section, [block.kind for block in span.blocks]),
        }
    )


def _sentences(document: Document, span: _Span, start: int) -> Iterator[dict[str, int]]:
    """Start and end of sentences, never across the border of a block, without the bullet in front of an item."""
    for block in span.blocks:
        low, high = max(block.start, start), min(block.end, span.end)
        for first, last in sentence_spans(document.text[low:high]):
            begin = skip_bullet(document.text, low + first, low + last)
            yield {"start": begin - start, "end": low + last - start}


def _pages(document: Document, span: _Span) -> tuple[int | None, int | None]:
    """First and last page, from the places of the characters or else from the blocks."""
    pages = document.pages(span.start, span.end)
    if not pages:
        pages = [page for b in span.blocks for page in (b.page_first, b.page_last) if page is not None]
    return (min(pages), max(pages)) if pages else (None, None)
