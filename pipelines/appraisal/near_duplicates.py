"""Pieces of (nearly) the same words, found without comparing all with all.

Exact prefix filtering after Bayardo, Ma & Srikant (2007), *Scaling up all pairs similarity search*: two sets of word
triples that share so large a part have at least one of their rarest triples in common.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

_SHINGLE = 3
#: Least share of word triples (Jaccard) of two copies; the measurement is in ``pipelines/passages/signatures.py``: of
#: 4,388 hand-written passages no two reach 0.4, of copies with two words replaced 99.4 % reach this.
LEAST_JACCARD = 0.6
#: Shorter texts are copies only when they are the same.
_LEAST_WORDS = 12
#: Of more texts that share a rare triple each is compared with its nearest neighbours in the order of ids only: such
#: numbers come from text that is repeated everywhere.
_WIDEST_BUCKET = 60

_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class _Shingled:
    words: str
    shingles: frozenset[str]
    numbers: frozenset[str]


def _shingle(text: str) -> _Shingled:
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = _WORD.findall(plain)
    triples = [" ".join(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1)]
    numbers = frozenset(number.replace(",", ".") for number in _NUMBER.findall(plain))
    return _Shingled(" ".join(words), frozenset(triples if len(words) >= _LEAST_WORDS else ()), numbers)


def find_copies(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Texts of nearly the same words.

    Parameters
    ----------
    texts
        By id.

    Returns
    -------
    dict of str to list of str
        Id -> sorted ids of its copies; without those that have none.
    """
    read = {name: _shingle(text) for name, text in sorted(texts.items())}
    frequency = Counter(shingle for one in read.values() for shingle in one.shingles)
    buckets: dict[str, list[str]] = defaultdict(list)
    for name, one in read.items():
        buckets["= " + one.words].append(name)
        rarest = sorted(one.shingles, key=lambda shingle: (frequency[shingle], shingle))
        prefix = len(rarest) - math.ceil(LEAST_JACCARD * len(rarest)) + 1
        for shingle in rarest[:prefix] if rarest else ():
            buckets[shingle].append(name)
    copies: dict[str, set[str]] = defaultdict(set)
    seen: set[tuple[str, str]] = set()
    for names in buckets.values():
        for pair in neighbours(names):
            if pair not in seen:
                seen.add(pair)
                if _same(read[pair[0]], read[pair[1]]):
                    copies[pair[0]].add(pair[1])
                    copies[pair[1]].add(pair[0])
    return {name: sorted(others) for name, others in sorted(copies.items())}


def neighbours(names: list[str]) -> list[tuple[str, str]]:
    """Pairs to compare out of sorted ``names``: all of them, or those that stand near one another in a long list."""
    if len(names) <= _WIDEST_BUCKET:
        return list(combinations(names, 2))
    reach = range(1, _WIDEST_BUCKET // 10)
    return [(names[i], names[i + step]) for i in range(len(names)) for step in reach if i + step < len(names)]


def _same(left: _Shingled, right: _Shingled) -> bool:
    """Figures must agree, but for those that only one of the two adds: this year's figures are another finding."""
    if left.words == right.words:
        return True
    if not (left.numbers <= right.numbers or right.numbers <= left.numbers):
        return False
    shared = len(left.shingles & right.shingles)
    return shared > 0 and shared >= LEAST_JACCARD * (len(left.shingles) + len(right.shingles) - shared)
