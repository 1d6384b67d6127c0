"""The one way in which every parser builds a document from the blocks it found.

A parser hands over :class:`DraftBlock` objects in reading order, footnotes and page furniture standing where they
were met. :func:`compose_document` cleans their text, puts footnotes, page headers and page footers after all running
text, counts spans, derives the section of each block from the headings above it and shifts the page runs along.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from pydantic import TypeAdapter

from pipelines.domain.documents import (
    Block,
    BlockKind,
    CellPlace,
    Document,
    DocumentState,
    Metadata,
    Reason,
    SourceReference,
    TextRun,
)
from pipelines.errors import DocumentError
from pipelines.ingest.parser import IngestLimits

SEPARATOR = "\n\n"
"""Between two blocks: a blank line, which no block holds itself."""

APART = frozenset({BlockKind.FOOTNOTE, BlockKind.PAGE_HEADER, BlockKind.PAGE_FOOTER})
"""Kinds that follow after all running text."""

# Characters that print nothing: controls, soft hyphen, joiners, direction marks, variation selectors, tags,
# interlinear marks, byte order marks and non-characters. They can hide text from a reader or break up words.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff"
)
_SPACE = "\t-\r\x1c-\x20\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_ODD_SPACE = _SPACE.replace("\x1c-\x20", "\x1c-\x1f")
_LIGATURES = "\u0132\u0133\ufb00-\ufb06"
_DINGBAT_BULLETS = "\uf0b7\uf0a7\uf076\uf0d8\uf0fc\uf02d"

_REPAIR = re.compile(
    f"[{_INVISIBLE}]+[{_SPACE}][{_INVISIBLE}{_SPACE}]*|[{_SPACE}][{_INVISIBLE}{_SPACE}]+|[{_ODD_SPACE}]"
    f"|[{_INVISIBLE}]+|[{_LIGATURES}]|[{_DINGBAT_BULLETS}]|[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]"
)


# All at once: a page has 100 runs, and made one by one each takes three times as long.
_BLOCKS = TypeAdapter(tuple[Block, ...])
_RUNS = TypeAdapter(tuple[TextRun, ...])


class DraftRun(NamedTuple):
    """``text[start:start + length]`` of a draft block stands on ``page`` from page character ``page_start`` on."""

    start: int
    length: int
    page: int
    page_start: int


@dataclass(frozen=True, slots=True)
class DraftBlock:
    """A block as a parser found it, before cleaning and counting.

    Attributes
    ----------
    kind, page_first, page_last, level, cell
        As in :class:`~pipelines.domain.documents.Block`. A heading without ``level`` gets level 1.
    text
        Text as found; white space of any kind and length counts as one space.
    runs
        Where the characters of ``text`` stand on the page, sorted, not overlapping; empty for formats without pages.
    """

    kind: BlockKind
    text: str
    page_first: int | None = None
    page_last: int | None = None
    level: int | None = None
    cell: CellPlace | None = None
    runs: Sequence[DraftRun] = ()


class _Piece(NamedTuple):
    """``length`` characters taken over one to one from ``source`` to ``target``."""

    target: int
    source: int
    length: int


def clean_text(text: str) -> str:
    """Text as blocks hold it: NFC, one space between words, nothing invisible, no lone surrogates, no ends of space."""
    return _clean(text, ())[0]


def _clean(text: str, runs: Sequence[DraftRun]) -> tuple[str, Sequence[DraftRun]]:
    for step in (_repair, _compose_letters):
        changed, pieces = step(text)
        if pieces is not None:
            runs = _shift(runs, pieces) if runs else runs
            text = changed
    stripped = text.strip(" ")
    if len(stripped) != len(text):
        offset = len(text) - len(text.lstrip(" "))
        if runs:
            runs = _shift(runs, [_Piece(0, offset, len(stripped))])
        text = stripped
    return text, runs


def _replacement(found: str) -> str:
    first = found[0]
    if "\ud800" <= first <= "\udfff":
        whole = len(found) == 2
        return found.encode("utf-16", "surrogatepass").decode("utf-16") if whole else "\ufffd"
    if re.search(f"[{_SPACE}]", found):
        return " "
    if first in "\u0132\u0133" or "\ufb00" <= first <= "\ufb06":
        return unicodedata.normalize("NFKC", found)
    return "•" if "\uf000" <= first <= "\uf0ff" else ""


def _repair(text: str) -> tuple[str, list[_Piece] | None]:
    """Spaces made plain, invisible characters dropped, ligatures written out; no pieces where nothing changed."""
    parts: list[str] = []
    pieces: list[_Piece] = []
    last = target = 0
    for match in _REPAIR.finditer(text):
        start, end = match.span()
        replacement = _replacement(match.group())
        # A space or bullet keeps its place on the page; letters that were written out do not.
        same = 1 if end - start == 1 and len(replacement) == 1 and replacement != "\ufffd" else 0
        if start + same > last:
            pieces.append(_Piece(target, last, start + same - last))
        parts += [text[last:start], replacement]
        target += start - last + len(replacement)
        last = end
    if not last:
        return text, None
    if last < len(text):
        pieces.append(_Piece(target, last, len(text) - last))
        parts.append(text[last:])
    return "".join(parts), pieces


def _compose_letters(text: str) -> tuple[str, list[_Piece] | None]:
    """Letters and their accents as one character (Unicode NFC), cluster by cluster so that places can follow."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text, None
    starts = [i for i, char in enumerate(text) if i == 0 or not _joins(text[max(0, i - 3) : i], char)]
    parts: list[str] = []
    pieces: list[_Piece] = []
    target = 0
    for start, end in pairwise([*starts, len(text)]):
        cluster = text[start:end]
        composed = unicodedata.normalize("NFC", cluster)
        if composed == cluster:
            pieces.append(_Piece(target, start, end - start))
        parts.append(composed)
        target += len(composed)
    return "".join(parts), pieces


def _joins(before: str, char: str) -> bool:
    """Whether ``char`` melts together with the characters before it (accents, Korean syllables, Indic vowels)."""
    if char.isascii():
        return False
    if unicodedata.combining(char):
        return True
    apart = unicodedata.normalize("NFC", before) + unicodedata.normalize("NFC", char)
    return unicodedata.normalize("NFC", before + char) != apart


def _shift(runs: Sequence[DraftRun], pieces: Iterable[_Piece]) -> list[DraftRun]:
    """Runs over the text that the pieces make; what no piece took over is no longer covered."""
    shifted: list[DraftRun] = []
    index = 0
    for piece in pieces:
        end = piece.source + piece.length
        while index < len(runs) and runs[index].start + runs[index].length <= piece.source:
            index += 1
        walk = index
        while walk < len(runs) and runs[walk].start < end:
            run = runs[walk]
            low, high = max(run.start, piece.source), min(run.start + run.length, end)
            if low < high:
                _append(
                    shifted, low - piece.source + piece.target, high - low, run.page, run.page_start + low - run.start
                )
            walk += 1
    return shifted


def _append(runs: list[DraftRun], start: int, length: int, page: int, page_start: int) -> None:
    """Add a run; one that goes on where the last one ends becomes part of it."""
    if runs:
        last = runs[-1]
        if (last.start + last.length, last.page, last.page_start + last.length) == (start, page, page_start):
            runs[-1] = last._replace(length=last.length + length)
            return
    runs.append(DraftRun(start, length, page, page_start))


def _sections(drafts: Sequence[DraftBlock]) -> list[tuple[str, ...]]:
    """Section path of each draft, from the headings before it."""
    stack: list[tuple[int, str]] = []
    sections: list[tuple[str, ...]] = []
    path: tuple[str, ...] = ()
    for draft in drafts:
        if draft.kind == BlockKind.HEADING:
            level = _level(draft)
            while stack and stack[-1][0] >= level:
                stack.pop()
            sections.append(tuple(text for _, text in stack))
            stack.append((level, draft.text))
            path = (*sections[-1], draft.text)
        else:
            sections.append(path)
    return sections


def _level(draft: DraftBlock) -> int:
    return min(max(draft.level or 1, 1), 9)


def _clean_metadata(metadata: Metadata) -> Metadata:
    def cleaned(value: str | None) -> str | None:
        return (clean_text(value) or None) if value else None

    authors = tuple(name for name in map(clean_text, metadata.authors) if name)
    return metadata.model_copy(
        update={
            "title": cleaned(metadata.title),
            "publisher": cleaned(metadata.publisher),
            "url": cleaned(metadata.url),
            "authors": authors,
        }
    )


LEAST_HIDDEN = 10
"""Characters that nobody can see before people are told: less is a stray bullet or page number, not text."""


def hidden_notes(n_characters: int) -> tuple[Reason, ...]:
    """What people are told of hidden text in a format without pages; nothing where it is less than a word or two."""
    if n_characters < LEAST_HIDDEN:
        return ()
    return (Reason(key="reading_note.hidden_text_no_page", values={"characters": n_characters}),)


def compose_document(
    source: SourceReference,
    media_type: str,
    parser: str,
    drafts: Iterable[DraftBlock],
    *,
    limits: IngestLimits,
    metadata: Metadata | None = None,
    n_pages: int | None = None,
    state: DocumentState = DocumentState.TEXT,
    reason: Reason | None = None,
    notes: Sequence[Reason] = (),
) -> Document:
    """Build a document from blocks.

    Parameters
    ----------
    source, media_type, parser, n_pages, state, reason, notes
        As in :class:`~pipelines.domain.documents.Document`.
    drafts
        Blocks in reading order. Footnotes and page furniture may stand anywhere among them; they keep the section of
        that place. Drafts whose text is empty after cleaning are dropped.
    metadata
        As the document says of itself; cleaned here.
    limits
        Text beyond ``max_characters`` is left out at a block border; the document then is ``partial``.

    Raises
    ------
    DocumentError
        With state ``no_text`` where the drafts hold no text at all.
    """
    cleaned: list[DraftBlock] = []
    for draft in drafts:
        text, runs = _clean(draft.text, draft.runs)
        if text:
            cleaned.append(
                DraftBlock(draft.kind, text, draft.page_first, draft.page_last, draft.level, draft.cell, runs)
            )
    if not cleaned:
        raise DocumentError("reason.no_text", DocumentState.NO_TEXT.value)
    placed = list(zip(cleaned, _sections(cleaned), strict=True))
    ordered = [p for p in placed if p[0].kind not in APART] + [p for p in placed if p[0].kind in APART]
    ordered, cut = _within(ordered, limits.max_characters)
    if cut and state == DocumentState.TEXT:
        state, reason = (
            DocumentState.PARTIAL,
            Reason(key="reason.too_many_characters", values={"limit": limits.max_characters}),
        )
    blocks: list[dict[str, object]] = []
    all_runs: list[dict[str, int]] = []
    at = 0
    for draft, section in ordered:
        end = at + len(draft.text)
        blocks.append({
            "kind": draft.kind,
            "start": at,
            "end": end,
            "page_first": draft.page_first,
            "page_last": draft.page_last if draft.page_last is not None else draft.page_first,
            "level": _level(draft) if draft.kind == BlockKind.HEADING else None,
            "section": section,
            "cell": draft.cell if draft.kind == BlockKind.TABLE_CELL else None,
        })  # fmt: skip
        all_runs += [
            {"start": at + start, "length": length, "page": page, "page_start": page_start}
            for start, length, page, page_start in draft.runs
        ]
        at = end + len(SEPARATOR)
    return Document(
        id=source.document_id,
        source=source,
        media_type=media_type,
        parser=parser,
        state=state,
        reason=reason,
        notes=tuple(notes),
        metadata=_clean_metadata(metadata or Metadata()),
        n_pages=n_pages,
        text=SEPARATOR.join(draft.text for draft, _ in ordered),
        blocks=_BLOCKS.validate_python(blocks),
        runs=_RUNS.validate_python(all_runs),
    )


def _within(
    ordered: list[tuple[DraftBlock, tuple[str, ...]]], max_characters: int
) -> tuple[list[tuple[DraftBlock, tuple[str, ...]]], bool]:
    """The first blocks that fit in ``max_characters``; a first block that is too long by itself is cut."""
    total = 0
    for index, (draft, section) in enumerate(ordered):
        total += len(draft.text)
        if total > max_characters:
            if index:
                return ordered[:index], True
            text, runs = _clean(draft.text[:max_characters], _shift(draft.runs, [_Piece(0, 0, max_characters)]))
            first = DraftBlock(draft.kind, text, draft.page_first, draft.page_last, draft.level, draft.cell, runs)
            return [(first, section)], True
        total += len(SEPARATOR)
    return ordered, False
