"""What figures measure, as printed: of the stretches around each, the one that learned weights choose.

The stretches come from :mod:`pipelines.evidence.figures_candidates`, and from the figures before: of "22 per cent of
firms use it, against 14 a year earlier" both measure the same. The weights (``measure_weights.json``) are those of a
linear model of how far a stretch and the labelled one overlap, trained by
:mod:`pipelines.evidence.figures_measures_training`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from pipelines.evidence.figures_candidates import (
    Around,
    bare,
    candidates,
    is_change,
    is_determiner,
    is_preposition,
    is_surely_verb,
    is_verb,
)
from pipelines.evidence.figures_ellipses import Found

WEIGHTS_FILE = Path(__file__).with_name("measure_weights.json")
Stretch = tuple[int, int]
"""Half-open places of characters in the passage."""

_OUTCOME = {
    "nl": frozenset(
        [
            "met",
            "tot",
            "naar",
            "op",
            "bedroeg",
            "bedraagt",
            "was",
            "is",
            "waren",
            "zijn",
            "werd",
            "van",
            "telde",
            "kwam",
            "goed",
        ]
    ),
    "en": frozenset(
        ["by", "to", "at", "was", "is", "were", "are", "from", "averaged", "reached", "stood", "totalled", "with", "be"]
    ),
}
_LENGTHS = (1, 2, 4, 7, 10)
_UNITS = {
    "money": frozenset({"EUR", "USD", "GBP", "CHF"}),
    "duration": frozenset({"seconds", "minutes", "hours", "days", "weeks", "months", "years"}),
    "score": frozenset({"", "points", "standard deviations", "r", "R²", "AUC", "kappa", "κ", "β"}),
    "share": frozenset({"%"}),
    "difference": frozenset({"percentage points"}),
    "times": frozenset({"times"}),
}
_SHORT = 3
_THAN = re.compile(r"\b(?:dan|than)\b")
_COMPARATIVES = frozenset(
    [
        *(
            "lager",
            "hoger",
            "minder",
            "meer",
            "groter",
            "kleiner",
            "sneller",
            "trager",
            "vaker",
            "lower",
            "higher",
            "less",
        ),
        *("more", "fewer", "larger", "smaller", "faster", "slower", "greater"),
    ]
)
_ADVERBS = frozenset(
    [
        *("echter", "veel", "aanzienlijk", "iets", "nog", "duidelijk", "beduidend", "much", "far", "considerably"),
        *("somewhat", "however", "slightly", "markedly", "even"),
    ]
)
_ONLY_WHERE = re.compile(
    r"(?:(?:in|at|bij|op|te|for|by|sinds|since|tot|until|voor|on|among|onder)\s)?(?:(?:de|het|the|een|a)\s)?"
    r"(?:[A-Z]\w+(?:[ -][A-Z]\w+)*|(?:\w+ )?(?:19|20)\d\d|\w+"
    r"|\w+ (?:years?|jaar|jaren|quarter|kwartaal|month|maand))"
)
"""A place, a year or a single noun, with what introduces it."""
_RATE = re.compile(
    r"(?:\s(?:per|an?)\s(?:hour|day|week|month|year|user|worker|employee|uur|dag|week|maand|jaar|\w+er)\b)+"
)
_IN_BRACKETS = re.compile(r"(?:\s[^\W\d][\w-]*){0,2}\s?[(\[]")
_SAME_WITHIN = 4.0
"""Percentage points between a share in words and the same in digits behind it."""
_TAKEN_UP = {
    "nl": re.compile(
        r"\b(?:is|was|werd|wordt|lag|ligt|bedroeg|bedraagt|geldt|stond|staat)\s(?:dat|het|dit|er|die)\b"
        r"|\b(?:dat|het|dit|dit aandeel|dat aandeel|het aandeel|het cijfer|het percentage)\s"
        r"(?:is|was|werd|wordt|lag|ligt|bedroeg|bedraagt|stond|staat)\b",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"\b(?:it|that|this|the figure|the share|the rate|the proportion|the number|the percentage)\s"
        r"(?:is|was|stood|stands|were|are|has been|had been)\b",
        re.IGNORECASE,
    ),
}
"""What is measured was said before."""
_GROUP_ALONE = re.compile(
    r"[\s,;]*(?:en |and |maar |but |while |terwijl |tegen(?:over)? |against |compared with |to |tot )?"
    r"(?:(?:bij|in|onder|voor|van|op|for|among|at|of|on)\s[^,;:]{2,45}?)?[,\s]*"
    r"(?:slechts |maar |just |only |zo'n |ruim |about |around |nearly |bijna )?",
    re.IGNORECASE,
)
"""Only for whom or where stands between a figure and the one before it."""
_LIKE_MORE = re.compile(
    r"(?:meer|minder|hoger|lager|groter|kleiner|sneller|trager|vaker|langer|korter|beter|slechter|duurder|goedkoper|more"
    r"|less|fewer|than|dan|hoogst|laagst|meest|minst|highest|lowest|most|least|likely|vaak|zo|as|(?:\w{3,}(?:er)))",
    re.IGNORECASE,
)
_PAIRS = frozenset({"en", "of", "and", "or"})


def measures_of(
    text: str,
    code: str,
    found: Sequence[Found],
    sentences: Sequence[tuple[int, int]],
    weights: Mapping[str, float] | None = None,
) -> list[Stretch | None]:
    """What each figure measures; ``None`` where nothing around it could say so.

    Parameters
    ----------
    text, code
        A passage, and ``nl`` or ``en``.
    found
        Its figures, in order.
    sentences
        Half-open character spans of the sentences, in order.
    weights
        By feature; by default those that are shipped.
    """
    known = shipped_weights() if weights is None else weights
    chosen: list[Stretch | None] = []
    for place in range(len(found)):
        if place and _said_again(text, found, place):
            chosen.append(chosen[place - 1])
            continue
        stretch = _best(described(text, code, found, place, sentences, chosen), known)
        chosen.append(_compared(text, code, found[place], sentences, stretch))
    for place in range(len(found) - 2, -1, -1):
        # "24 and 31 per cent of firms": both measure what stands behind the second.
        figure, following = found[place], found[place + 1]
        if figure.unit == following.unit and text[figure.end : following.start].strip(" ,") in _PAIRS:
            chosen[place] = chosen[place + 1]
    return chosen


def _said_again(text: str, found: Sequence[Found], place: int) -> bool:
    """``Nearly two thirds (64%)``: the same figure twice."""
    before, figure = found[place - 1], found[place]
    between = _IN_BRACKETS.fullmatch(text[before.end : figure.start])
    if between is None or before.unit != figure.unit or "-" in before.value + figure.value:
        return False
    return abs(float(before.value) - float(figure.value)) <= _SAME_WITHIN


def _compared(
    text: str, code: str, figure: Found, sentences: Sequence[tuple[int, int]], stretch: Stretch | None
) -> Stretch | None:
    """``Growth was much lower in exposed jobs (6%) than in others (18%)``: both are growth, and only one is lower."""
    if stretch is None or text[max(figure.start - 1, 0) : figure.start] not in {"(", "["}:
        return stretch
    begin, end = next((span for span in sentences if span[0] <= figure.start < span[1]), (0, len(text)))
    said = [bare(word) for word in text[begin : figure.start].split()]
    if not any(word in _COMPARATIVES for word in said) or not _THAN.search(text, begin, end):
        return stretch
    words: list[re.Match[str]] = []
    for word in re.finditer(r"\S+", text[begin : figure.start]):
        if bare(word.group()) in _COMPARATIVES:
            break
        words.append(word)
    while words and bare(words[-1].group()) in _ADVERBS:
        words.pop()
    verb = next((i for i, word in enumerate(words) if is_surely_verb(bare(word.group()), code)), None)
    if verb is not None:
        # "At the level of occupations was growth ...": behind a preposition the subject follows the verb.
        inverted = not verb or is_preposition(bare(words[0].group()), code)
        words = (words[verb + 1 :] if inverted else words[:verb]) or words[:verb]
    if not words:
        return stretch
    return begin + words[0].start(), begin + words[-1].end()


@cache
def shipped_weights() -> Mapping[str, float]:
    """Weights by feature."""
    return json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))


def _best(
    described_stretches: Mapping[Stretch, tuple[set[str], set[str]]], weights: Mapping[str, float]
) -> Stretch | None:
    cached: dict[str, float] = {}
    best: tuple[float, Stretch] | None = None
    for stretch, (own, context) in described_stretches.items():
        score = 0.0
        for feature in own:
            if feature not in cached:
                cached[feature] = sum(weights.get(name, 0.0) for name in crossed((feature,), context))
            score += cached[feature]
        if best is None or score > best[0]:
            best = score, stretch
    return None if best is None else best[1]


def crossed(own: Iterable[str], context: Iterable[str]) -> Iterable[str]:
    """Features of a stretch, alone and with each feature of what stands around the figure."""
    for feature in own:
        yield feature
        for other in context:
            yield f"{feature}&{other}"


def described(
    text: str,
    code: str,
    found: Sequence[Found],
    place: int,
    sentences: Sequence[tuple[int, int]],
    chosen: Sequence[Stretch | None],
) -> dict[Stretch, tuple[set[str], set[str]]]:
    """Features of each stretch that could say what a figure measures, and those of what stands around the figure.

    ``chosen`` are the stretches of the figures before it.
    """
    figure = found[place]
    sentence = next((span for span in sentences if span[0] <= figure.start < span[1]), (0, len(text)))
    around = Around(
        text=text,
        code=code,
        start=figure.start,
        end=figure.end,
        sentence=sentence,
        previous_end=max([f.end for f in found[:place] if f.end > sentence[0]], default=sentence[0]),
        next_start=min([f.start for f in found[place + 1 :]], default=sentence[1]),
    )
    around = around._replace(next_start=min(around.next_start, sentence[1]))
    around = _past_brackets_and_rate(around, found, place)
    kinds: dict[Stretch, set[str]] = {}
    for candidate in candidates(around):
        kinds.setdefault((candidate.start, candidate.end), set()).add(candidate.kind)
    alike = next((k for k in range(place - 1, -1, -1) if found[k].unit == figure.unit), place - 1)
    for earlier, kind in ((alike, "as the one alike"), (place - 1, "as the one before")):
        stretch = chosen[earlier] if earlier >= 0 else None
        if stretch is not None:
            kinds.setdefault(stretch, set()).add(kind)
    for earlier in range(place - 2, -1, -1):
        stretch = chosen[earlier]
        if stretch is not None and stretch not in kinds and _unit_kind(found[earlier].unit) == _unit_kind(figure.unit):
            kinds[stretch] = {"as an earlier one"}
    context = _context(around, figure, found[:place])
    return {stretch: (_features(around, stretch, ways), context) for stretch, ways in kinds.items()}


def _past_brackets_and_rate(around: Around, found: Sequence[Found], place: int) -> Around:
    """What is said behind a figure begins behind a second one in brackets, and behind ``per year``."""
    text = around.text
    if place + 1 < len(found) and _said_again(text, found, place + 1):
        end = found[place + 1].end
        if text[end : end + 1] in {")", "]"}:
            further = min([f.start for f in found[place + 2 :]], default=around.sentence[1])
            around = around._replace(end=end + 1, next_start=min(further, around.sentence[1]))
    rate = _RATE.match(text, around.end, around.next_start)
    return around if rate is None else around._replace(end=rate.end())


def _unit_kind(unit: str) -> str:
    return next((kind for kind, units in _UNITS.items() if unit.partition(" per ")[0] in units), "count")


def _context(around: Around, figure: Found, before: Sequence[Found]) -> set[str]:
    text, code = around.text, around.code
    lead = [bare(word) for word in text[around.sentence[0] : around.start].split()]
    own = [bare(word) for word in text[around.previous_end : around.start].split()]
    behind = [bare(word) for word in text[around.end : around.sentence[1]].split()]
    previous, following = lead[-1] if lead else "", behind[0] if behind else ""
    later = around.previous_end > around.sentence[0]
    told = {
        "in brackets": text[max(around.start - 1, 0) : around.start] in {"(", "["},
        "outcome": previous in _OUTCOME[code],
        "by": previous in {"met", "by"},
        "from": previous in {"van", "from", "naar", "to", "tot"},
        "against": previous in {"tegen", "tegenover", "against", "versus", "than", "dan"},
        "closes": text[around.end : around.end + 1] in set(",;.:)"),
        "first": not lead,
        "changes": any(is_change(word, code) for word in own),
        "verb before": any(is_verb(word, code) for word in own),
        "close to another": later and len(own) <= _SHORT,
        "later": later,
        "earlier": around.next_start < around.sentence[1],
        "colon": ":" in text[around.sentence[0] : around.start],
        "unit again": any(f.unit == figure.unit and f.end > around.sentence[0] for f in before),
        "taken up": _TAKEN_UP[code].search(text[around.previous_end : around.start]) is not None,
        "group alone": later and _GROUP_ALONE.fullmatch(text[around.previous_end : around.start]) is not None,
        "taken up behind": _TAKEN_UP[code].search(text[around.sentence[0] : around.start]) is not None,
        "begins with preposition": bool(lead) and is_preposition(lead[0], code),
    }
    if following in {"van", "of"}:
        next_word = "of"
    elif is_verb(following, code):
        next_word = "verb"
    else:
        next_word = "preposition" if is_preposition(following, code) else "other"
    return {
        f"unit {_unit_kind(figure.unit)}",
        f"then {next_word}",
        code,
        *(name for name, holds in told.items() if holds),
    }


def _in_leading_group(around: Around, start: int) -> bool:
    """Whether a stretch begins in the group that a preposition opens the sentence with: ``In the retail trade``."""
    lead = around.text[around.sentence[0] : start].split()
    return 0 < len(lead) <= _SHORT and is_preposition(bare(lead[0]), around.code)


def _features(around: Around, stretch: Stretch, ways: Iterable[str]) -> set[str]:
    text, code = around.text, around.code
    start, end = stretch
    words = [bare(word) for word in text[start:end].split()]
    first, last = words[0], words[-1]
    before, after = text[max(start - 2, 0) : start].strip()[-1:], text[end : end + 1]
    length = next((most for most in _LENGTHS if len(words) <= most), "more")
    told = {
        "begins with of": first in {"van", "of"},
        "begins with verb": is_verb(first, code),
        "begins with preposition": is_preposition(first, code) and first not in {"van", "of"},
        "begins with determiner": is_determiner(first, code),
        "begins with relative": first in {"dat", "die", "waar", "wat", "that", "which", "who"},
        "begins with capital": text[start : start + 1].isupper(),
        "ends with verb": is_verb(last, code),
        "in leading group": _in_leading_group(around, start),
        "begins with more": _LIKE_MORE.fullmatch(first) is not None,
        "is more alone": all(_LIKE_MORE.fullmatch(word) or len(word) <= _SHORT for word in words),
        "holds a change": any(is_change(word, code) for word in words),
        "holds a year": any(len(word) == len("2026") and word.isdigit() for word in words),
        "holds a verb": any(is_verb(word, code) for word in words),
        "is earlier": end <= around.sentence[0],
        "is before": end <= around.start,
        "is a place or time": _ONLY_WHERE.fullmatch(text[start:end]) is not None,
        "sign before": before in set(".,;:("),
        "sign after": after in set(".,;:)") and bool(after),
        f"words {length}": True,
    }
    return {*ways, *(name for name, holds in told.items() if holds)}
