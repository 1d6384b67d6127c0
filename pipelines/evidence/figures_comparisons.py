"""Which figures of a passage are set against each other."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.domain.evidence import Figure
from pipelines.evidence.figures_words import pattern_of

_DURATIONS = frozenset({"seconds", "minutes", "hours", "days", "weeks", "months", "years"})
_MONEY = frozenset({"EUR", "USD", "GBP", "CHF"})
_INSTEAD = re.compile(
    r"\b(?:in plaats van|waar (?:eerder|voorheen|het|dat)|instead of|rather than|where it used to|previous|earlier"
    r"|vroeger|voorheen|eerder|against|tegen)\b",
    re.IGNORECASE,
)
_SIDE_BY_SIDE = re.compile(r"[;,]\s(?:bij|in|onder|van|voor|for|among|in|at|with|of)\s[^;]{3,60}$")
_OTHER_SUBJECT = re.compile(
    r",\s(?:zonder|without|de|het|the|een|an?|one|those|wie|median|mean|old|oude)\s[^,;:]{2,55}$", re.IGNORECASE
)
_JOINED = re.compile(r"\b(?:en|and|or|of|ook|also|waarvan)\b", re.IGNORECASE)
_LEAD_OF_OTHER_TIME = re.compile(
    r"\s*(?:In \d{4}|Nu|Now|Today|Vandaag|Vroeger|Een jaar (?:eerder|later)|A year (?:earlier|later|ago|before)"
    r"|(?:Two|Three|Five|Ten|Twee|Drie|Vijf|Tien) (?:years?|jaar) (?:ago|earlier|geleden|eerder|later)"
    r"|Daarvoor|Before(?: that)?|Zonder|Without)\b[^.;]{0,24}\b(?:dat|dit|het|er|it|this|they|that|these|there)\b"
    r"[^.;]{0,22}"
)
"""``In 2019 was dat``: what follows is the same thing at another time."""


def compared_pairs(
    text: str, code: str, figures: Sequence[Figure], sentences: Sequence[tuple[int, int]]
) -> dict[int, int]:
    """Places of figures that are set against each other, both ways; each has one partner, the nearest.

    Parameters
    ----------
    text, code
        A passage, and ``nl`` or ``en``.
    figures
        In text order.
    sentences
        Half-open character spans of the sentences, in order.
    """
    pairs: dict[int, int] = {}
    for i, figure in enumerate(figures):
        end = next((span[1] for span in sentences if span[0] <= figure.start < span[1]), len(text))
        for j in range(i + 1, len(figures)):
            other = figures[j]
            if other.start >= end or i in pairs:
                break
            if j not in pairs and _set_against(text, code, figure, other):
                pairs[i], pairs[j] = j, i
    for j in range(1, len(figures)):
        if j not in pairs and (i := _of_other_time(text, figures, j, pairs, sentences)) is not None:
            pairs[i], pairs[j] = j, i
    return pairs


def _set_against(text: str, code: str, figure: Figure, other: Figure) -> bool:
    between = text[figure.end : other.start]
    if other.unit != figure.unit:
        return _same_kind(figure, other) and _INSTEAD.search(between) is not None
    if pattern_of("against", code).search(between):
        return True
    # "58 per cent in ICT; in catering 8": two groups side by side, or two subjects.
    if _SIDE_BY_SIDE.search(between):
        return True
    if re.search(r"\b(?:van|from)\s$", text[max(figure.start - 6, 0) : figure.start], re.IGNORECASE):
        return between.strip() in {"tot", "to", "naar"}
    return _OTHER_SUBJECT.search(between) is not None and _JOINED.search(between) is None


def _same_kind(figure: Figure, other: Figure) -> bool:
    mine, theirs = figure.unit.partition(" per ")[0], other.unit.partition(" per ")[0]
    return any(mine in kind and theirs in kind for kind in (_DURATIONS, _MONEY)) or mine == theirs


def _of_other_time(
    text: str, figures: Sequence[Figure], place: int, pairs: dict[int, int], sentences: Sequence[tuple[int, int]]
) -> int | None:
    """The figure of an earlier sentence that the one at ``place`` takes up for another time."""
    other = figures[place]
    start = next((span[0] for span in sentences if span[0] <= other.start < span[1]), 0)
    if _LEAD_OF_OTHER_TIME.fullmatch(text[start : other.start]) is None:
        return None
    before = [i for i in range(place) if figures[i].start < start and figures[i].unit == other.unit and i not in pairs]
    return before[-1] if before else None
