"""What became of a PDF as a whole: read, partly read, pictures, gibberish or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice

import numpy as np

from pipelines.domain.documents import DocumentState, Reason
from pipelines.errors import DocumentError
from pipelines.ingest.page_ranges import page_ranges
from pipelines.ingest.pdf_characters import PageCharacters, WordLooks

FEW = 100
"""Visible characters on a page with pictures below which its words probably are pictures. Measured: a designed report
whose words are outlines has 49 a page, the emptiest cover with a picture 63, ordinary pages over 800."""
LEAST = 20
"""Characters, each page's text counted once, below which what stands on pages of pictures is a stamp and no text."""
PICTURE_SHARE = 0.2
"""Part of a page that pictures cover before they can hold its words (measured: 0.22 on the page of pieces of words)."""
MANY_PATHS = 50
"""Drawn shapes on a page without text from which the shapes are probably letters."""
STRANGE_SHARE = 0.3
"""Characters without a usable code from which a text is unreadable (measured: at most 0.02 in readable files)."""
MIN_JUDGED_WORDS = 40
ORDINARY_SHARE = 0.35
"""Share of words with the shape of a word below which Latin text is gibberish. Measured: at least 0.80 in the
readable files of 21."""

MIN_VOWELS = 0.27
"""Share of vowels among the letters a to z below which they are not the letters that show. Measured: at least 0.37
in 21 readable files, 0.21 in a text whose codes were shifted."""

_PLAIN, _NOT_PLAIN, _NO_VOWEL = re.compile("[A-Za-z]"), re.compile("[^a-z]+"), re.compile("[^aeiouy]+")
_ORDINARY = re.compile(r"[\W\d_]*[^\W\d_]?[a-zà-ÿ]*[aeiouyà-ÿ][a-zà-ÿ’'\-]*[\W\d_]*|[\W\d_]*[A-Z]{1,6}[\W\d_]*")


LONGEST_KEPT = 30
"""Characters of a word whose look is remembered; longer ones are rare, and may be as long as a page."""
_OTHER = WordLooks(latin=0, letters=0, vowels=0, ordinary=0)


def judge(pages: Sequence[PageCharacters | None], n_pages: int) -> tuple[DocumentState, Reason | None]:
    """State of a document from what was read of its pages.

    Parameters
    ----------
    pages
        Pages that were tried, in order; ``None`` where the page could not be loaded.
    n_pages
        Pages of the file.

    Raises
    ------
    DocumentError
        Where there is nothing to go on with: ``needs_ocr``, ``no_text`` or ``rejected``.
    """
    loaded = [page for page in pages if page is not None]
    if not loaded:
        raise DocumentError("reason.damaged", DocumentState.REJECTED.value, detail=f"0/{n_pages} pages")
    counts = [_n_inked(page) for page in loaded]
    n_characters = sum(counts)
    pictured = [page for page in loaded if page.pictures or page.n_paths >= MANY_PATHS]
    if n_characters == 0:
        if pictured:
            raise DocumentError("reason.scanned", DocumentState.NEEDS_OCR.value)
        raise DocumentError("reason.no_text", DocumentState.NO_TEXT.value)
    little = n_characters < FEW * len(loaded) and _words_are_pictures(loaded, counts)
    values: dict[str, str | int | float] = {"characters": n_characters, "pages": len(loaded)}
    if little and _n_different(loaded) < LEAST:
        raise DocumentError("reason.little_text", DocumentState.NEEDS_OCR.value, **values)
    if is_gibberish(loaded):
        raise DocumentError("reason.gibberish", DocumentState.NEEDS_OCR.value)
    if little:
        return DocumentState.PARTIAL, Reason(key="reason.little_text_read", values=values)
    missing = [number for number, page in enumerate(pages, 1) if page is None or _shows_only_pictures(page)]
    missing += range(len(pages) + 1, n_pages + 1)
    if missing:
        values = {"missing": len(missing), "pages": n_pages, "which": page_ranges(missing)}
        return DocumentState.PARTIAL, Reason(key="reason.partial_pages", values=values)
    return DocumentState.TEXT, None


def _n_inked(page: PageCharacters) -> int:
    return int(np.count_nonzero(page.characters.code > 32))


def _n_different(pages: Sequence[PageCharacters]) -> int:
    """Inked characters, without pages that repeat the text of another: a stamp that a scanner puts on each."""
    texts = {page.characters.which(page.characters.code > 32).text for page in pages}
    return sum(map(len, texts))


def letters_of(page: PageCharacters) -> int:
    """Letters and figures of a page."""
    return sum(map(str.isalnum, page.characters.text))


def _shows_only_pictures(page: PageCharacters) -> bool:
    """Hardly a letter, and pictures or shapes enough to be words; a bullet is no letter."""
    if page.pictured_share < PICTURE_SHARE and page.n_paths < MANY_PATHS:
        return False
    return sum(1 for _ in islice(filter(str.isalnum, page.characters.text), 10)) < 10


def _words_are_pictures(pages: Sequence[PageCharacters], counts: Sequence[int]) -> bool:
    """At least half of the pages hold a picture or many shapes, and hardly a word."""
    poor = [
        count < FEW and (page.pictured_share >= PICTURE_SHARE or page.n_paths >= MANY_PATHS)
        for page, count in zip(pages, counts, strict=True)
    ]
    return sum(poor) >= 0.5 * len(pages)


def is_gibberish(pages: Sequence[PageCharacters]) -> bool:
    """Whether the codes of the characters are not those of the letters that show."""
    n_strange = sum(page.n_strange for page in pages)
    n_inked = sum(map(_n_inked, pages))
    if n_strange >= STRANGE_SHARE * max(n_inked, 1) and n_strange >= 20:
        return True
    for page in pages:
        if page.looks is None:
            page.looks = _together([_look_at(word) for word in page.characters.text.split()])
    looks = _together([page.looks or _OTHER for page in pages])
    if looks.latin < MIN_JUDGED_WORDS:
        return False
    if looks.letters >= 200 and looks.vowels < MIN_VOWELS * looks.letters:
        return True
    return looks.ordinary < ORDINARY_SHARE * looks.latin


def _together(looks: Sequence[WordLooks]) -> WordLooks:
    return WordLooks(*map(sum, zip(*looks, strict=True))) if looks else _OTHER


def _look_at(word: str) -> WordLooks:
    return _look_again(word) if len(word) <= LONGEST_KEPT else _look(word)


def _look(word: str) -> WordLooks:
    if not _is_latin(word):
        return _OTHER
    letters = _NOT_PLAIN.sub("", word.lower())
    return WordLooks(1, len(letters), len(_NO_VOWEL.sub("", letters)), int(_ORDINARY.fullmatch(word) is not None))


_look_again = lru_cache(maxsize=2**15)(_look)
"""Half of the words of a page stood on the pages before it."""


def _is_latin(word: str) -> bool:
    if word.isascii():
        return _PLAIN.search(word) is not None
    letters = [c for c in word if c.isalpha()]
    return bool(letters) and max(letters) < "\u0250"
