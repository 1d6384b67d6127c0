"""Lines become the text of a block: words that were broken at line ends are joined, each character keeps its place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache

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
_BEFORE = re.compile(r"[^\s(\[{«“‘\"'/]*$")
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
        self._words: Counter[str] = Counter()
        n_dutch = n_english = 0
        for line in lines:
            words = _WORD.findall(line.text.lower())
            if words and line.text.rstrip()[-1:] in HYPHENS:
                words.pop()
            self._words.update(words)
            n_dutch += sum(word in _STOP_NL for word in words)
            n_english += sum(word in _STOP_EN for word in words)
        self._english = n_english > n_dutch

    def text(self, lines: Sequence[Line]) -> tuple[str, list[DraftRun]]:
        """Text of a block and where its characters stand; a space between two lines stands nowhere."""
        parts: list[str] = []
        places: list[tuple[int, int]] = []
        for number, line in enumerate(lines):
            text, indices = line.text.rstrip(), line.indices
            following = lines[number + 1].text if number + 1 < len(lines) else ""
            keep, space = self.line_end(text, following) if following else (True, False)
            n_kept = len(text) if keep else len(text.rstrip(HYPHENS))
            parts.append(_plain(text[:n_kept]))
            places += [(line.page, index) for index in indices[:n_kept]]
            if space:
                parts.append(" ")
                places.append((0, -1))
        return "".join(parts), _runs(places)

    def line_end(self, line: str, following: str) -> tuple[bool, bool]:
        """What happens at the end of ``line``: whether its hyphen (if any) stays, whether a space follows."""
        following = following.lstrip()
        if not line or line[-1] not in HYPHENS:
            address = _ADDRESS.search(line)
            broken = bool(address) and line[-1] in "/_=?&.#%" and following[:1].islower() and " " not in following
            return True, not broken
        if line[-1] == "\u00ad":
            return False, False
        if len(line) == 1 or line[-2].isspace():
            return True, True
        before = _BEFORE.search(line.rstrip(HYPHENS))
        first = before.group() if before else ""
        if not first or not following:
            return True, False
        if _ADDRESS.search(line):
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


def _abbreviation(word: str) -> bool:
    """``AI``, ``GenAI``, ``mkb`` written in capitals: what follows such a word keeps its hyphen."""
    return len(word) >= 2 and word[-1].isupper() and word[-2:].isupper()


@cache
def _known(word: str) -> bool:
    return simplemma.is_known(word, lang="nl") or simplemma.is_known(word, lang="en")


def _plain(text: str) -> str:
    return text.replace("\x02", "-").replace("\ufffe", "-") if "\x02" in text or "\ufffe" in text else text


def _runs(places: Sequence[tuple[int, int]]) -> list[DraftRun]:
    runs: list[DraftRun] = []
    start = 0
    for at in range(1, len(places) + 1):
        page, index = places[at - 1]
        if at < len(places) and index >= 0 and places[at] == (page, index + 1):
            continue
        if index >= 0:
            runs.append(DraftRun(start, at - start, page, places[start][1]))
        start = at
    return runs
