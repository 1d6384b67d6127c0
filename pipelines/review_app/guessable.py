"""Which passwords are guessed first: those made of words, names and passwords that everybody tries.

Two looks, since neither sees what the other does. Our own takes away all parts that are tried first (the 3,000 most
used passwords, words of this program and of this country, names, years, rows of keys) and counts what is left. zxcvbn
estimates how many guesses it takes. ``tests/torture/test_torture_passwords.py`` counts what passes both.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import cache
from pathlib import Path

_OTHER_WRITING = str.maketrans("013457@$!|", "oleastasii")
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm")
_SHORTEST_RUN = 3
_FEWEST_OWN = 4
"""Letters and digits that must be left after all that is tried first; three more make a thousand times as many."""
_MOST_USED = 3000
"""So many ASVS 5.0, 6.2.4, asks for."""
_SHORTEST_USED = 4
_SHORTEST_USED_DIGITS = 6
"""Shorter numbers are among the parts already (years and up to four digits), and part of any long one."""
_FEWEST_GUESSES = 10**10
"""Where zxcvbn's best class begins. Of 2,800 passwords of three or four words, of 12 random characters or of 16 random
digits it refused none."""
_SCORED = 32
"""Characters that zxcvbn looks at, at either end: its time grows with the square of the length, and to 3.7 s for 72
characters that each stand for several letters. Adding characters makes no password weaker."""
_AT_ONCE = threading.BoundedSemaphore(2)
"""Estimates made side by side: the worst take half a second of a processor."""


def is_guessable(password: str, *names: str) -> bool:
    """Whether ``password`` is made of little more than what is tried first, ``names`` of its owner among that."""
    known = {part for name in names for part in re.split(r"[\W_]+", _folded(name)) if len(part) >= _SHORTEST_RUN}
    known |= {re.sub(r"[\W_]+", "", _folded(name)) for name in names if len(name) >= _SHORTEST_RUN}
    folded = _folded(password)
    return _own_characters(_without_repeating(folded), known) < _FEWEST_OWN or _few_guesses(folded)


def _few_guesses(text: str) -> bool:
    from zxcvbn import zxcvbn  # its lists take 60 ms to load: only whoever chooses a password waits for them

    with _AT_ONCE:
        ends = {text[:_SCORED], text[-_SCORED:]}
        # Without the names of the owner, which it would keep in a table that all threads share; our own look has them.
        return all(zxcvbn(end)["guesses"] < _FEWEST_GUESSES for end in ends)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


@cache
def common_words() -> frozenset[str]:
    """Parts of passwords that everybody tries first: our own list."""
    content = (Path(__file__).resolve().parent / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in content.splitlines() if line and not line.startswith("#"))


@cache
def most_used() -> frozenset[str]:
    """The passwords that are used most, but for the shortest."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # as above

    first = FREQUENCY_LISTS["passwords"][:_MOST_USED]
    return frozenset(p for p in first if len(p) >= (_SHORTEST_USED_DIGITS if p.isdigit() else _SHORTEST_USED))


@cache
def _tried_first() -> frozenset[str]:
    return common_words() | most_used()


def _without_repeating(text: str) -> str:
    """The shortest part of which ``text`` is a repetition."""
    return text[: (text + text).index(text, 1)]


def _own_characters(text: str, names: set[str]) -> int:
    """Number of different letters and digits of ``text`` that are no part of what is tried first."""
    own = [character.isalnum() for character in text]

    def cover(start: int, end: int) -> None:
        own[start:end] = [False] * (end - start)

    common = _tried_first()
    words = common | names if names - common else common
    lengths = sorted({len(word) for word in words})
    for written in (text, text.translate(_OTHER_WRITING)):
        for start, length in ((start, length) for start in range(len(text)) for length in lengths):
            part = written[start : start + length]
            if part in words or part[::-1] in words:
                cover(start, start + len(part))
    for line in (line for row in _RUNS for line in (row, row[::-1])):
        for start in range(len(text) - _SHORTEST_RUN + 1):
            if text[start : start + _SHORTEST_RUN] in line:
                cover(start, start + _SHORTEST_RUN)
    for found in re.finditer(r"(.)\1{2,}|(?<!\d)\d{1,4}(?!\d)|(?:19|20)\d\d", text):
        cover(*found.span())
    return len({character for character, is_own in zip(text, own, strict=True) if is_own})
