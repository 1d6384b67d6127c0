"""Lines become the text of a block: words that were broken at line ends are joined, each character keeps its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, islice

import numpy as np
import simplemma

from pipelines.ingest.compose import DraftRun
from pipelines.ingest.pdf_lines import Line

HYPHENS = "\x02-\u2010\u2011\u00ad\ufffe"
"""What ends a line in the middle of a word; PDFium itself gives U+0002 for a hyphen there."""

_ENUMERATION = re.compile(r"(?:en|of|and|or|tot|versus|resp\.?|c\.q\.|und|noch|nor|to)\b(?!-)|[/&]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LINKS = _words("""
naar tot op aan in bij de het der den van voor met of en om te to the and by for up on at
""")
_OPENINGS = frozenset("([{«“‘\"'/")
_AFTER = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"(?:https?://|www\.|doi\.org|\S+\.\w{2,4}/)\S*$")
_ENGLISH_FIRST = _words("""
self well long short high low full part non cross ex pre post quasi semi multi all half large small skill
labour labor task routine evidence data decision worker human machine computer technology knowledge middle
follow real state mid co policy cost so
""")
_ENGLISH_SECOND = _words("""
term run time skilled risk level quality wage paid income tech being employed employment reported based scale making
""")
_STOP_NL = _words("""
de het een van en in dat is op te voor met zijn niet aan door wordt bij ook
""")
_STOP_EN = _words("""
the of and to a in that is for on with as are be by this not from which
""")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class Joiner:
    """Joins lines of one document; knows which words the document itself writes with and without a hyphen."""

    def __init__(self, lines: Iterable[Line]) -> None:
        whole: list[str] = []
        broken: list[str] = []
        for line in lines:
            (broken if line.text.rstrip()[-1:] in HYPHENS else whole).append(line.text)
        self._words = Counter(_WORD.findall("\n".join(whole).lower()))
        for text in broken:
            self._words.update(_WORD.findall(text.lower())[:-1])
        n_dutch, n_english = (sum(self._words[word] for word in words) for words in (_STOP_NL, _STOP_EN))
        self._english = n_english > n_dutch

    def text(self, lines: Sequence[Line]) -> tuple[str, Places]:
        """Text of a block and where its characters stand; a space between two lines stands nowhere."""
        parts: list[str] = []
        places = Places()
        for number, line in enumerate(lines):
            text = line.text.rstrip()
            following = lines[number + 1].text if number + 1 < len(lines) else ""
            keep, space = self.line_end(text, following) if following else (True, False)
            n_kept = len(text) if keep else len(text.rstrip(HYPHENS))
            parts.append(_plain(text[:n_kept]))
            places.add(line.page, line.indices[:n_kept])
            if space:
                parts.append(" ")
                places.add(0, _NOWHERE)
        return "".join(parts), places

    def line_end(self, line: str, following: str) -> tuple[bool, bool]:
        """What happens at the end of ``line``: whether its hyphen (if any) stays, whether a space follows."""
        following = following.lstrip()
        if not line or line[-1] not in HYPHENS:
            cut = line[-1:] and line[-1] in "/_=?&.#%" and following[:1].islower() and " " not in following
            return True, not (cut and _ends_in_address(line))
        if line[-1] == "\u00ad":
            return False, False
        if len(line) == 1 or line[-2].isspace():
            return True, True
        first = _last_word(line.rstrip(HYPHENS))
        if not first or not following:
            return True, False
        if _ends_in_address(line):
            return True, False
        if _ENUMERATION.match(following):
            return True, True
        return self._keeps_hyphen(first, following), False

    def _keeps_hyphen(self, first: str, following: str) -> bool:
        after = _AFTER.match(following)
        if not after:
            return True
        second = after.group()
        if not second[0].islower() or not first[-1].isalpha():
            return True
        tail = re.split("[-\u2010\u2011]", first)[-1]
        if len(tail) < 2 or _abbreviation(tail):
            return True
        rest = following[after.end() :]
        if (tail.lower() in _LINKS and "-" in first) or (second in _LINKS and rest.startswith("-")):
            return True
        whole = (first + second).lower()
        apart = f"{first}-{second}".lower()
        joined, hyphened = self._words[whole], self._words[apart]
        if joined != hyphened:
            return hyphened > joined
        if self._english and tail.lower() in _ENGLISH_FIRST and second in _ENGLISH_SECOND:
            return True
        if _known(tail.lower() + second):
            return False
        if self._english:
            return tail.lower() in _ENGLISH_FIRST or (len(tail) > 3 and _known(tail.lower()) and _known(second))
        return tail.lower() in ("non", "niet", "ex")


def _last_word(text: str) -> str:
    """What follows the last white space, opening bracket or quote."""
    start = len(text)
    while start and not (text[start - 1].isspace() or text[start - 1] in _OPENINGS):
        start -= 1
    return text[start:]


def _ends_in_address(line: str) -> bool:
    return ("/" in line or "www." in line or "doi.org" in line) and _ADDRESS.search(line) is not None


def _abbreviation(word: str) -> bool:
    """``AI``, ``GenAI``, ``mkb`` written in capitals: what follows such a word keeps its hyphen."""
    return len(word) >= 2 and word[-1].isupper() and word[-2:].isupper()


@cache
def _known(word: str) -> bool:
    """Whether it stands in simplemma's Dutch or English, packed: 7 MB in each process that reads instead of 71."""
    return simplemma.is_known(word, ("nl", "en"), low_memory=True)


def _plain(text: str) -> str:
    return text.replace("\x02", "-").replace("\ufffe", "-") if "\x02" in text or "\ufffe" in text else text


_NOWHERE = [-1]


@dataclass(slots=True)
class Places:
    """Where the characters of a text stand: stretches of them, each on one page."""

    pages: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)
    """Number of each character on its page; -1 for one that stands nowhere."""

    def add(self, page: int, indices: list[int]) -> None:
        """Go on with characters of a page."""
        self.pages.append(page)
        self.lengths.append(len(indices))
        self.indices += indices


def runs_of(texts: Sequence[Places]) -> list[list[DraftRun]]:
    """The runs of each text: unbroken stretches of a page. Those of a whole document are found at once."""
    index = np.fromiter(chain.from_iterable(places.indices for places in texts), np.int64)
    if not len(index):
        return [[] for _ in texts]
    lengths = [length for places in texts for length in places.lengths]
    page = np.repeat(np.array([number for places in texts for number in places.pages]), lengths)
    ends = np.cumsum([len(places.indices) for places in texts])
    text = np.repeat(np.arange(len(texts)), np.diff(ends, prepend=0))
    goes_on = (index[1:] == index[:-1] + 1) & (index[:-1] >= 0) & (page[1:] == page[:-1]) & (text[1:] == text[:-1])
    starts = np.append(0, np.flatnonzero(~goes_on) + 1)
    n_each = np.diff(starts, append=len(index))
    somewhere = index[starts] >= 0
    starts, n_each = starts[somewhere], n_each[somewhere]
    first = (ends - np.diff(ends, prepend=0))[text[starts]]
    made = map(DraftRun, *(each.tolist() for each in (starts - first, n_each, page[starts], index[starts])))
    counts = np.bincount(text[starts], minlength=len(texts)).tolist()
    return [list(islice(made, count)) for count in counts]
