"""What other parsers read of a PDF where PDFium fails: pdfminer.six first, then pypdf.

They are asked only where PDFium cannot open the file or load a page, finds no character at all on a page, or finds
characters that are not those that show. Where PDFium found text that nobody can see, nothing was missed.
"""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from pipelines.domain.documents import Reason
from pipelines.ingest.page_ranges import page_ranges
from pipelines.ingest.pdf_bounds import SECONDS, OtherPages, ReadPages, Steps, TooLong, bounded_time
from pipelines.ingest.pdf_characters import PageCharacters
from pipelines.ingest.pdf_state import is_gibberish, letters_of

_log = logging.getLogger(__name__)

FEW_EMPTY = 12
"""Empty pages that are tried. Where other parsers find nothing on these either, the rest is empty or pictures too."""


@dataclass(slots=True)
class Reread:
    """Pages with what other parsers brought."""

    pages: list[PageCharacters | None]
    by: dict[str, list[int]] = field(default_factory=dict)
    """Name and version of a parser -> numbers of the pages that it read."""

    def name(self, first: str) -> str:
        """Name of the parser of the document: ``first`` and those that came to its aid."""
        return "+".join((first, *self.by))

    def notes(self) -> tuple[Reason, ...]:
        """Which pages were read by whom."""
        return tuple(
            Reason(
                key="reading_note.other_parser",
                values={"parser": parser, "pages": len(pages), "which": page_ranges(pages)},
            )
            for parser, pages in self.by.items()
        )


def read_again(content: bytes, pages: Sequence[PageCharacters | None]) -> Reread:
    """Fill in pages that PDFium could not read.

    Parameters
    ----------
    content
        The file.
    pages
        What PDFium read, in order; ``None`` for a page that it cannot load. Empty where it cannot open the file.
    """
    outcome = Reread(list(pages))
    wanted = _unread(pages) if pages else None
    if pages and not wanted:
        return outcome
    steps = Steps()
    try:
        with bounded_time(SECONDS):
            for package, read in _parsers():
                _fill(outcome, package, _ask(read, content, wanted, steps), n_known=len(pages))
                wanted = _unread(outcome.pages) if outcome.pages else None
                if outcome.pages and not wanted:
                    break
    except TooLong:
        _log.warning("other parsers took too long")
    return outcome


def _parsers() -> list[tuple[str, ReadPages]]:
    """Package and function; imported here, since most files need neither."""
    from pipelines.ingest import pdf_by_pdfminer, pdf_by_pypdf

    return [("pdfminer.six", pdf_by_pdfminer.read_pages), ("pypdf", pdf_by_pypdf.read_pages)]


def _unread(pages: Sequence[PageCharacters | None]) -> set[int]:
    """Numbers of the pages that are worth another try."""
    empty = [n for n, page in enumerate(pages, 1) if page is not None and not page.characters and not page.n_hidden]
    others = {n for n, page in enumerate(pages, 1) if page is None or (page.characters and is_gibberish([page]))}
    return others | set(empty[:FEW_EMPTY])


def _ask(read: ReadPages, content: bytes, wanted: Collection[int] | None, steps: Steps) -> OtherPages:
    found = OtherPages()
    try:
        read(content, wanted, steps, found)
    except TooLong:
        raise
    except Exception as error:  # noqa: BLE001 - parsers raise anything on a damaged file
        _log.info("%s cannot read the file: %s", read.__module__, type(error).__name__)
    return found


def _fill(outcome: Reread, package: str, found: OtherPages, n_known: int) -> None:
    """Take over the pages on which a parser found readable letters, and more than were there."""
    if n_known and found.n_pages > n_known and any(page and page.characters for page in outcome.pages):
        return  # It counts the pages otherwise: a number would not name the same page.
    if not n_known and len(outcome.pages) < found.n_pages:
        outcome.pages += [None] * (found.n_pages - len(outcome.pages))
    for number, page in sorted(found.pages.items()):
        if number > len(outcome.pages):
            continue
        before = outcome.pages[number - 1]
        better = letters_of(page) > 0 and not is_gibberish([page])
        if better and (before is None or not before.characters or is_gibberish([before])):
            if before is not None:  # what is drawn is known from PDFium
                page.n_hidden = max(page.n_hidden, before.n_hidden)
            outcome.pages[number - 1] = page
            outcome.by.setdefault(f"{package} {importlib.metadata.version(package)}", []).append(number)
        elif before is None:
            outcome.pages[number - 1] = page
