"""Small factories for records that tests need: documents from blocks, passages from text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.domain.documents import (
    Block,
    BlockKind,
    CellPlace,
    Document,
    DocumentState,
    Metadata,
    SourceReference,
    TextRun,
)
from pipelines.domain.ids import content_id, file_checksum
from pipelines.domain.passages import Boilerplate, Passage, Sentence
from pipelines.language.sentences import sentence_spans

_LAST = frozenset({BlockKind.FOOTNOTE, BlockKind.PAGE_HEADER, BlockKind.PAGE_FOOTER})


def build_source(content: bytes = b"example", path: str = "example.txt") -> SourceReference:
    """A source reference whose checksum is that of ``content``."""
    return SourceReference(path=path, checksum=file_checksum(content), n_bytes=len(content))


def build_document(
    blocks: Iterable[tuple[BlockKind | str, str] | tuple[BlockKind | str, str, dict[str, object]]],
    *,
    metadata: Metadata | None = None,
    state: DocumentState = DocumentState.TEXT,
    pages: bool = False,
    path: str = "example.txt",
) -> Document:
    """A document of ``(kind, text)`` or ``(kind, text, extra)`` blocks, composed as parsers compose it.

    Parameters
    ----------
    blocks
        ``extra`` may hold ``level`` of a heading, ``page`` (from 1) and ``cell`` as ``(table, row, column)``. Sections
        follow from the headings; footnotes and page furniture move to the end.
    metadata, state, path
        As in the records.
    pages
        Whether to give each block with a page a text run on that page.
    """
    placed: list[tuple[BlockKind, str, dict[str, object], tuple[str, ...]]] = []
    stack: list[tuple[int, str]] = []
    for entry in blocks:
        kind, text = BlockKind(entry[0]), entry[1]
        extra: dict[str, object] = entry[2] if len(entry) == 3 else {}
        if kind is BlockKind.HEADING:
            level = int(str(extra.get("level", 1)))
            while stack and stack[-1][0] >= level:
                stack.pop()
            placed.append((kind, text, extra, tuple(t for _, t in stack)))
            stack.append((level, text))
        else:
            placed.append((kind, text, extra, tuple(t for _, t in stack)))
    placed = [p for p in placed if p[0] not in _LAST] + [p for p in placed if p[0] in _LAST]
    built: list[Block] = []
    runs: list[TextRun] = []
    at = 0
    for kind, text, extra, section in placed:
        page = int(str(extra["page"])) if "page" in extra else None
        cell = extra.get("cell")
        built.append(
            Block(
                kind=kind,
                start=at,
                end=at + len(text),
                page_first=page,
                page_last=page,
                level=int(str(extra.get("level", 1))) if kind is BlockKind.HEADING else None,
                section=section,
                cell=CellPlace(table=cell[0], row=cell[1], column=cell[2]) if isinstance(cell, tuple) else None,
            )
        )
        if pages and page and text:
            runs.append(TextRun(start=at, length=len(text), page=page, page_start=0))
        at += len(text) + 2
    whole = "\n\n".join(text for _, text, _, _ in placed)
    source = build_source(whole.encode("utf-8", "surrogatepass"), path)
    return Document(
        id=source.document_id,
        source=source,
        media_type="text/plain",
        parser="test/1",
        state=state,
        metadata=metadata or Metadata(),
        n_pages=max((b.page_last or 0 for b in built), default=0) or None,
        text=whole,
        blocks=tuple(built),
        runs=tuple(runs),
    )


def build_passage(
    text: str,
    *,
    document_id: str = "d" * 20,
    position: int = 0,
    start: int = 0,
    section: Sequence[str] = (),
    language: str = "nl",
    page: int | None = None,
    boilerplate: Boilerplate | None = None,
) -> Passage:
    """A passage with sentences and an id of its own."""
    return Passage(
        id=content_id("passage", document_id, start, text),
        document_id=document_id,
        position=position,
        text=text,
        start=start,
        end=start + len(text),
        section=tuple(section),
        page_first=page,
        page_last=page,
        language=language,
        n_words=len(text.split()),
        sentences=tuple(Sentence(start=a, end=b) for a, b in sentence_spans(text)),
        boilerplate=boilerplate,
    )
