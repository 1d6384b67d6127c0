"""What a PDF says of itself: title, authors, publisher, year and address, from its first pages and its own record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from pypdfium2 import PdfDocument, PdfiumError

from pipelines.domain.documents import BlockKind, Metadata
from pipelines.ingest.compose import APART, DraftBlock, clean_text
from pipelines.ingest.pdf_names import is_organisation, people

FRONT_PAGES = 3
"""Pages at the start on which a title page, a colophon and the authors stand."""

_NO_TITLE = re.compile(
    r"microsoft (?:word|powerpoint)\b|untitled|naamloos|(?:document|presentatie|presentation|concept|layout)\s?\d*$"
    r"|\S*\.(?:docx?|pdf|indd|pptx?|odt|qxd|tex|dvi|rtf|xlsx?)$|[\w-]*\d{4,}[\w-]*$|\W*$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d.,/])(?:19[89]\d|20[0-4]\d)(?![\d%]|[.,]\d)")
_DATED = re.compile(
    r"(?:januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|january|february|march"
    r"|may|june|july|august|october|©|copyright|published|gepubliceerd|uitgave|versie|version|datum|date)"
    r"\W{1,4}(?:\d{1,2},?\s)?((?:19[89]\d|20[0-4]\d))\b|\b\d{1,2}-\d{1,2}-((?:19[89]\d|20[0-4]\d))\b",
    re.IGNORECASE,
)
_BY = re.compile(r"^(?:auteurs?|authors?|door|by|geschreven door|written by)\s*:?\s+(?P<names>.+)$", re.IGNORECASE)
_PUBLISHER = re.compile(
    r"(?:uitgever|publisher|uitgegeven door|published by|een uitgave van|dit is een uitgave van)\s*:?\s+"
    r"(?P<name>[^.\n|;]{3,90})",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(r"©\s*(?:(?:19|20)\d\d,?\s*)?(?P<name>[A-ZÀ-Þ][^.,;|\d]{2,70})")
_ADDRESS = re.compile(r"https?://[^\s<>()\"']+[\w/]|https?://doi\.org/\S+\w")


@dataclass(frozen=True, slots=True)
class FileInformation:
    """The record of properties that the file carries; often left over from another file, so used with care."""

    title: str = ""
    author: str = ""
    created: str = ""
    modified: str = ""

    @classmethod
    def read(cls, document: PdfDocument) -> Self:
        """Read the record of an open file; empty where it is damaged."""
        try:
            found = document.get_metadata_dict(skip_empty=True)
        except (PdfiumError, UnicodeDecodeError):
            return cls()
        return cls(
            clean_text(found.get("Title", ""))[:400],
            clean_text(found.get("Author", ""))[:400],
            found.get("CreationDate", ""),
            found.get("ModDate", ""),
        )


def read_metadata(information: FileInformation, drafts: Sequence[DraftBlock]) -> Metadata:
    """Metadata from the record of the file and its draft blocks."""
    front = [d for d in drafts if (d.page_first or 1) <= FRONT_PAGES]
    last_page = max((d.page_last or 1 for d in drafts), default=1)
    back = [d for d in drafts if (d.page_first or 1) > max(FRONT_PAGES, last_page - 2)]
    texts = [clean_text(d.text[:3000]) for d in (*front, *back)]
    return Metadata(
        title=_title(information, drafts),
        publisher=_publisher(texts, drafts),
        authors=_authors(information, front),
        year=_year(information, front, texts),
        url=_url(texts),
    )


def _title(information: FileInformation, drafts: Sequence[DraftBlock]) -> str | None:
    printed = clean_text(" ".join(d.text for d in drafts if d.kind == BlockKind.TITLE))
    headings = [clean_text(d.text) for d in drafts if d.kind == BlockKind.HEADING and (d.page_first or 1) <= 2]
    recorded = "" if _NO_TITLE.match(information.title) or len(information.title) < 5 else information.title
    if recorded and _on_first_pages(recorded, drafts):
        return recorded
    if 5 <= len(printed) <= 300 and not (_is_letterhead(printed) and headings):
        return printed
    if recorded:
        return recorded
    if printed:
        return max(headings, key=len, default=printed)
    opening = next((clean_text(d.text) for d in drafts if d.kind not in APART), "")
    first = next((clean_text(d.text) for d in drafts if d.kind == BlockKind.HEADING and d.page_first == 1), "")
    return first or (opening if 5 <= len(opening) <= 150 else None)


def _is_letterhead(title: str) -> bool:
    """The largest type of a letter or a parliamentary paper is the name of the house that sends it."""
    return is_organisation(title) and len(title.split()) <= 6


def _on_first_pages(title: str, drafts: Sequence[DraftBlock]) -> bool:
    wanted = re.sub(r"\W+", "", title).lower()
    printed = "".join(re.sub(r"\W+", "", d.text) for d in drafts if (d.page_first or 1) <= 2).lower()
    return len(wanted) >= 8 and wanted in printed


def _authors(information: FileInformation, front: Sequence[DraftBlock]) -> tuple[str, ...]:
    """Names after *Door* or *Authors*, or a line of nothing but names right under the title."""
    after_title = 0
    seen_title = False
    for draft in front:
        text = clean_text(draft.text)
        if draft.kind == BlockKind.TITLE:
            seen_title, after_title = True, 0
            continue
        if draft.kind in (BlockKind.PAGE_HEADER, BlockKind.PAGE_FOOTER) or len(text) > 300:
            continue
        named = _BY.match(text)
        names = people(named.group("names") if named else text)
        if names and (named or (seen_title and after_title <= 3 and len(names) > 1)):
            return names
        after_title += 1
    author = information.author
    printed = " ".join(draft.text for draft in front)
    return tuple(name for name in people(author) if name in printed)


def _publisher(texts: Sequence[str], drafts: Sequence[DraftBlock]) -> str | None:
    """Named in the colophon, else the owner of the copyright, else the house on the letterhead."""
    for pattern in (_PUBLISHER, _COPYRIGHT):
        for text in texts:
            match = pattern.search(text)
            if match:
                return match.group("name").strip(" ,:|") or None
    printed = clean_text(" ".join(d.text for d in drafts if d.kind == BlockKind.TITLE))
    return re.sub(r"\s\d+$", "", printed) if printed and _is_letterhead(printed) else None


def _year(information: FileInformation, front: Sequence[DraftBlock], texts: Sequence[str]) -> int | None:
    """A year beside a month or a copyright sign, else one that stands alone on the title page, else from the record."""
    recorded = re.match(r"D?:?\s*((?:19|20)\d\d)", information.created or information.modified)
    limit = int(recorded.group(1)) + 1 if recorded else 2200
    with_year = [text for text in texts if "19" in text or "20" in text]
    dated = [int(m.group(1) or m.group(2)) for text in with_year for m in _DATED.finditer(text)]
    if dated:
        # A text tells of plans as well: years after the file was made come last.
        return next((year for year in dated if year <= limit), dated[0])
    for draft in front:
        if (draft.page_first or 1) == 1 and len(draft.text) <= 60:
            found = [int(y) for y in _YEAR.findall(draft.text) if int(y) <= limit]
            if found:
                return found[-1]
    return int(recorded.group(1)) if recorded and 1980 <= int(recorded.group(1)) <= 2100 else None


def _url(texts: Sequence[str]) -> str | None:
    """The DOI address of the document, when it is printed on its first pages."""
    for text in texts[:40]:
        for match in _ADDRESS.finditer(text):
            if "doi.org/" in match.group():
                return match.group().rstrip(".,;")
    return None
