"""Differences between two wordings, in whole words: what people see as a change, and Word as a tracked one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

Change = Literal["kept", "inserted", "deleted"]

#: A word with the marks inside it (``risico's``, ``AI-gebruik``, ``1,5``), a stretch of white space, or one sign.
_TOKEN = re.compile(r"\w+(?:[.,'’\-–]\w+)*|\s+|[^\w\s]")
#: Fewer letters than this between two changes are changed with them: "the" left standing alone in the middle of a
#: rewritten half sentence makes both versions harder to read than one deletion and one insertion.
_LETTERS_KEPT = 4


def word_changes(before: str, after: str) -> list[tuple[str, Change]]:
    """Differences in whole words, in reading order; of a replacement the deleted words come first.

    Parameters
    ----------
    before, after
        Two wordings of one text.

    Returns
    -------
    list
        Stretches of text, none of them empty, no two neighbours of the same sort. Those kept and inserted together are
        ``after``, those kept and deleted ``before``, to the letter.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    stretches: list[list[str]] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    blocks = [(a, b, n) for a, b, n in matcher.get_matching_blocks() if n]
    blocks = [block for block in blocks if _stands(block, old, new)]
    a = b = 0
    for at_old, at_new, n in (*blocks, (len(old), len(new), 0)):
        stretches.append(["".join(old[a:at_old]), "".join(new[b:at_new]), "".join(old[at_old : at_old + n])])
        a, b = at_old + n, at_new + n
    return list(_told(stretches))


def _stands(block: tuple[int, int, int], old: list[str], new: list[str]) -> bool:
    """Whether words that both have are shown as kept: at an end always, between two changes if they say something."""
    at_old, at_new, n = block
    at_start = at_old == 0 and at_new == 0
    at_end = at_old + n == len(old) and at_new + n == len(new)
    if at_start or at_end:
        return True
    return sum(letter.isalnum() for word in old[at_old : at_old + n] for letter in word) >= _LETTERS_KEPT


def _told(stretches: list[list[str]]) -> Iterator[tuple[str, Change]]:
    for deleted, inserted, kept in stretches:
        if deleted:
            yield deleted, "deleted"
        if inserted:
            yield inserted, "inserted"
        if kept:
            yield kept, "kept"
