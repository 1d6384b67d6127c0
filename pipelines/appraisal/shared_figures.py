"""Mentions with the same figures about the same people or the same measure: two reports of one study.

A figure tells a study by itself where its digits are so many that chance would hardly give them twice (13.7 %, 5,172);
others do so in pairs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from pipelines.appraisal.mentions import Mention, content_words
from pipelines.appraisal.near_duplicates import neighbours
from pipelines.domain.appraisal import Setting
from pipelines.domain.evidence import Figure

FigureKey = tuple[str, str]
"""Value and unit."""

#: Digits from which a figure is distinctive; of two digits there are ninety, and reports are full of them.
_DISTINCTIVE_DIGITS = 3
#: Bare counts up to here are words of speech ("two groups"), not findings.
_LARGEST_IDLE_COUNT = 20
#: Figures in common that tell a study by themselves.
_ENOUGH_ALONE = 3
#: Distinctive ones that do.
_ENOUGH_DISTINCTIVE = 2
#: Words that two passages of one language share where they are about the same, with a distinctive figure and without.
#: Looked at by hand among the training passages: of 45 pairs drawn from all that share figures some 25 were of one
#: study, of 45 drawn from those that pass these rules 42; the others shared three words at most (2026-11).
_LEAST_WORDS_DISTINCTIVE = 3
_LEAST_WORDS = 4
#: Most years between a study and a report that gives its figures without naming it.
_YEARS_APART = 2
_SPOKEN_FACTORS = frozenset(("0.5", "1.5", "2", "3", "4", "5"))
_SHARE_SIGN = re.compile(r"\d|per\s?cent|procent", re.IGNORECASE)


def telling_figures(figures: Iterable[Figure]) -> dict[FigureKey, str]:
    """Figures by which a study can be known, with one of the ways in which they are printed.

    A third, two in three or twice as many, in words, are rounded in speech and found everywhere.
    """
    found: dict[FigureKey, str] = {}
    for figure in figures:
        unit = figure.unit.lower()
        if (unit == "%" or figure.value in _SPOKEN_FACTORS) and _SHARE_SIGN.search(figure.text) is None:
            continue
        try:
            value = float(figure.value)
        except ValueError:
            found.setdefault((figure.value, unit), figure.text)
            continue
        idle = not unit and (value <= _LARGEST_IDLE_COUNT or (1900 <= value <= 2100 and value == int(value)))
        if not idle and value not in (0, 100):
            found.setdefault((f"{value:g}" if value < 1e6 else str(value), unit), figure.text)
    return found


def is_distinctive(key: FigureKey) -> bool:
    """Whether a figure alone can tell a study."""
    if "-" in key[0].lstrip("-"):
        return True
    return len(key[0].replace(".", "").replace("-", "").strip("0")) >= _DISTINCTIVE_DIGITS


def _is_round(key: FigureKey) -> bool:
    try:
        return float(key[0]) % 5 == 0
    except ValueError:
        return False


def find_same_figures(mentions: Sequence[Mention]) -> Iterator[tuple[int, int, str]]:
    """Pairs of mentions (by number) in different documents with the same figures, and these as printed.

    A piece that cites several studies does not tell whose figures it gives, and takes no part.
    """
    figures = [telling_figures(m.piece.figures) if m.n_cited <= 1 else {} for m in mentions]
    buckets: dict[tuple[FigureKey, ...], list[int]] = defaultdict(list)
    for number, found in enumerate(figures):
        for key in found:
            if is_distinctive(key):
                buckets[(key,)].append(number)
        for pair in combinations(sorted(found), 2):
            if not all(map(_is_round, pair)):
                buckets[pair].append(number)
    words: dict[int, frozenset[str]] = {}
    seen: set[tuple[int, int]] = set()
    for numbers in buckets.values():
        # Numbers with leading zeros stand in the order of the mentions.
        for left, right in neighbours([f"{number:09d}" for number in numbers]):
            pair = int(left), int(right)
            if pair in seen:
                continue
            seen.add(pair)
            shared = sorted(figures[pair[0]].keys() & figures[pair[1]].keys())
            if _may_be_one(mentions[pair[0]], mentions[pair[1]], shared, [_words(n, mentions, words) for n in pair]):
                yield *pair, ", ".join(figures[pair[0]][key] for key in shared)


def _words(number: int, mentions: Sequence[Mention], known: dict[int, frozenset[str]]) -> frozenset[str]:
    if number not in known:
        known[number] = content_words(mentions[number].piece)
    return known[number]


def _may_be_one(left: Mention, right: Mention, shared: Sequence[FigureKey], words: Sequence[frozenset[str]]) -> bool:
    """Whether two mentions with these figures in common are of one study."""
    if left.document_id == right.document_id or (left.key and right.key and left.key != right.key):
        return False
    if left.year and right.year and abs(left.year - right.year) > _YEARS_APART:
        return False
    n_distinctive = sum(map(is_distinctive, shared))
    if n_distinctive >= _ENOUGH_DISTINCTIVE or len(shared) >= _ENOUGH_ALONE:
        return True
    settings = {left.reading.setting, right.reading.setting} - {Setting.UNSTATED}
    groups = set(left.reading.population), set(right.reading.population)
    if len(settings) > 1 or (all(groups) and not groups[0] & groups[1]):
        return False
    if left.piece.language != right.piece.language:
        return bool(groups[0] & groups[1])
    return len(words[0] & words[1]) >= (_LEAST_WORDS_DISTINCTIVE if n_distinctive else _LEAST_WORDS)
