"""Which part a passage has in a talk: why it matters, the problem, how to improve, examples or questions.

What was labelled already counts with words of the cue lists (``cues.yaml``). Each sign has a strength, and the signs of
a part together leave ``1 - (1 - a)(1 - b)...``: two weak ones make a stronger one, none makes a part certain. How often
the part is right is measured by ``benchmarks/dossier_parts.py`` (docs/dossiers.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from pipelines.domain.dossiers import Bearing, DossierPart, Reason, Sign
from pipelines.domain.evidence import Direction, EvidenceKind, Labels
from pipelines.domain.evidence_table import Column
from pipelines.domain.instruments import Family
from pipelines.domain.passages import Passage
from pipelines.domain.themes import Term
from pipelines.dossiers.part_cues import find_part_cues, parts_of_heading
from pipelines.language.cue_words import Hit, words_of
from pipelines.language.cues import Cue, CueKind, Sense, find_cues

LEAST_STRENGTH = 0.5
"""Weaker than this a passage is of no part: one strong cue is enough, and so is advice that is labelled as surely."""

_STRONG, _WEAK = 0.5, 0.15
_MOST_STRONG, _MOST_WEAK = 3, 2
"""Different cues of a list that count; a long passage is not of a part for its length."""
_ASKED, _ASKED_IN_SHORT = 0.6, 0.3
"""A sentence that ends in a question mark; one of fewer than :data:`_SHORT` words is often a heading or a figure of
speech."""
_SHORT = 6
_CLOSING = " \"'”’»)"
_HEADED = 0.42
"""A heading that names the part: not enough alone, since what stands under it is seldom all of that part."""
_NOT_KNOWN = 0.4
"""Words that say that something is not known, by the cues that all stages share."""
_LABELLED_UNCERTAIN = 0.25
_GOOD, _BAD, _MIXED = 0.42, 0.42, 0.32
"""A labelled direction, and how many weak words it takes beside it: one, and two where the effect is mixed. That
something works well, or depends on something, is why it matters; that something gets worse is a problem."""
_EFFECT_WORDS = 0.15
_CASE = 0.6
"""One organisation, and what happened there in the past tense."""
_CASE_TOLD = 2
"""Different words of the past tense that make a case of it."""
_ONLY_PLACE = 0.2
_OBSERVED = 0.1
_ADVICE = 0.8
"""Of the calibrated probability that it is advice."""
_HARDLY_ADVICE = 0.25
"""Below this probability words of advice are more often of something else: *recommended*, *should have been*."""
_DOUBTED = 0.3
"""What a strong word of advice then counts."""
_FIRST = (
    DossierPart.QUESTIONS,
    DossierPart.EXAMPLES,
    DossierPart.IMPROVE,
    DossierPart.PROBLEM,
    DossierPart.WHY,
)
"""Of parts with the same strength the first holds: what is more particular goes before what is more general."""


class PartReading(NamedTuple):
    """The part of a passage."""

    part: DossierPart | None
    """``None`` where no part is strong enough."""
    strength: float
    reasons: tuple[Reason, ...]
    """Strongest first."""
    bearing: Bearing | None


def read_part(passage: Passage, labels: Labels | None) -> PartReading:
    """The part that a passage has, with what spoke for it.

    Parameters
    ----------
    passage
        In Dutch or English; other languages are read as English.
    labels
        ``None`` where it was not labelled: then words alone count.
    """
    signs = part_signs(passage, labels)
    strengths = {part: _together(signs[part]) for part in _FIRST}
    best = max(_FIRST, key=lambda part: strengths[part])  # the first of equals
    if strengths[best] < LEAST_STRENGTH:
        return PartReading(None, strengths[best], (), None)
    reasons = tuple(sorted(signs[best], key=lambda reason: -reason.strength))
    bearing = _bearing(passage, labels) if best is DossierPart.EXAMPLES else None
    return PartReading(best, strengths[best], reasons, bearing)


def part_signs(passage: Passage, labels: Labels | None) -> dict[DossierPart, list[Reason]]:
    """Everything that speaks for each part."""
    cues = _shared_cues(passage)
    hits = _not_denied(find_part_cues(words_of(passage.text), passage.language), cues)
    found: dict[DossierPart, list[Reason]] = {part: [] for part in DossierPart}
    asked = list(_asked_sentences(passage))
    hits = {
        name: [hit for hit in of_list if not (name.startswith(DossierPart.IMPROVE) and _inside(hit, asked))]
        for name, of_list in hits.items()
    }
    doubted = labels is not None and labels.evidence.recommendation < _HARDLY_ADVICE
    for part in DossierPart:
        strong = _DOUBTED if doubted and part is DossierPart.IMPROVE else _STRONG
        found[part] += _cue_reasons(passage.text, part, hits, strong)
    _add_heading(passage, found)
    found[DossierPart.EXAMPLES] += _case(passage.text, hits)
    found[DossierPart.QUESTIONS] += _asked(passage.text, asked)
    _add_shared_cues(passage.text, cues, found)
    if labels is not None:
        _add_labelled(labels, asked, found)
    return found


def _add_heading(passage: Passage, found: dict[DossierPart, list[Reason]]) -> None:
    """The nearest heading where it names one part; of several it says nothing."""
    heading = passage.section[-1] if passage.section else ""
    named = parts_of_heading(heading, passage.language)
    if len(named) == 1:
        found[DossierPart(named.pop())].append(
            Reason(sign=Sign.HEADING, strength=_HEADED, value=" ".join(heading.split()))
        )


def _shared_cues(passage: Passage) -> tuple[Cue, ...]:
    """The cues that all stages share."""
    spans = [(sentence.start, sentence.end) for sentence in passage.sentences]
    return find_cues(passage.text, passage.language, spans or None)


_DENIABLE = frozenset({"why.strong", "problem.strong", "went_well", "went_wrong"})
"""Lists whose words say the opposite after a negation: *not the problem*, *nobody was dismissed*."""


def _not_denied(hits: Mapping[str, Sequence[Hit]], cues: Sequence[Cue]) -> dict[str, list[Hit]]:
    """Cues without those of :data:`_DENIABLE` lists that a negation before them in their clause takes back."""
    denials = [cue for cue in cues if cue.kind is CueKind.NEGATION]

    def denied(hit: Hit) -> bool:
        return any(cue.end <= hit.start < cue.scope_end for cue in denials)

    return {name: [hit for hit in found if name not in _DENIABLE or not denied(hit)] for name, found in hits.items()}


def _together(reasons: Sequence[Reason]) -> float:
    left = 1.0
    for reason in reasons:
        left *= 1 - reason.strength
    return round(1 - left, 4)


def _cue_reasons(text: str, part: DossierPart, hits: Mapping[str, Sequence[Hit]], strong: float) -> Iterator[Reason]:
    for name, strength, most in (("strong", strong, _MOST_STRONG), ("weak", _WEAK, _MOST_WEAK)):
        for hit in _different(text, hits.get(f"{part}.{name}", ()))[:most]:
            yield Reason(sign=Sign.CUE, strength=strength, terms=(_term(text, hit, part),))


def _different(text: str, hits: Sequence[Hit]) -> list[Hit]:
    """The first hit of each wording."""
    return list({text[hit.start : hit.end].lower(): hit for hit in reversed(hits)}.values())[::-1]


def _term(text: str, hit: Hit, label: str) -> Term:
    return Term(text=text[hit.start : hit.end], start=hit.start, end=hit.end, label=label, weight=1.0)


def _case(text: str, hits: Mapping[str, Sequence[Hit]]) -> Iterator[Reason]:
    places = _different(text, hits.get("examples.place", ()))
    if not places:
        return
    told = _different(text, hits.get("examples.told", ()))
    if len(told) >= _CASE_TOLD:
        terms = tuple(_term(text, hit, DossierPart.EXAMPLES) for hit in (places[0], *told[:_CASE_TOLD]))
        yield Reason(sign=Sign.CUE, strength=_CASE, terms=tuple(sorted(terms, key=lambda term: term.start)))
    else:
        yield Reason(sign=Sign.CUE, strength=_ONLY_PLACE, terms=(_term(text, places[0], DossierPart.EXAMPLES),))


def _asked_sentences(passage: Passage) -> Iterator[tuple[int, int]]:
    """Sentences that end in a question mark, each up to and with it."""
    for sentence in passage.sentences:
        written = passage.text[sentence.start : sentence.end].rstrip(_CLOSING)
        if written.endswith("?"):
            yield sentence.start, sentence.start + len(written)


def _inside(place: Hit | Term, sentences: Sequence[tuple[int, int]]) -> bool:
    return any(start <= place.start < end for start, end in sentences)


def _asked(text: str, sentences: Sequence[tuple[int, int]]) -> Iterator[Reason]:
    for start, end in sentences:
        strength = _ASKED if len(words_of(text[start:end])) >= _SHORT else _ASKED_IN_SHORT
        mark = Term(text="?", start=end - 1, end=end, label=DossierPart.QUESTIONS, weight=1.0)
        yield Reason(sign=Sign.CUE, strength=strength, terms=(mark,))


def _add_shared_cues(text: str, cues: Sequence[Cue], found: dict[DossierPart, list[Reason]]) -> None:
    """What is not known, and what gets better or worse."""
    seen: set[object] = set()
    for cue in cues:
        part, strength, kind = None, _EFFECT_WORDS, cue.sense
        if cue.kind is CueKind.UNKNOWN and not cue.negated:
            part, strength, kind = DossierPart.QUESTIONS, _NOT_KNOWN, cue.kind
        elif cue.sense is Sense.GOOD:
            part = DossierPart.WHY
        elif cue.sense is Sense.BAD:
            part = DossierPart.PROBLEM
        if part is None or kind in seen:
            continue
        seen.add(kind)
        hit = Hit(part, cue.start, cue.end)
        found[part].append(Reason(sign=Sign.CUE, strength=strength, terms=(_term(text, hit, part),)))


def _add_labelled(labels: Labels, asked: Sequence[tuple[int, int]], found: dict[DossierPart, list[Reason]]) -> None:
    """What the models gave already; what a question says that should be done is asked, and no advice."""
    evidence = labels.evidence
    advice = tuple(term for term in evidence.terms if term.label == "recommendation")
    if evidence.recommends and not (advice and all(_inside(term, asked) for term in advice)):
        strength = round(_ADVICE * evidence.recommendation, 4)
        found[DossierPart.IMPROVE].append(Reason(sign=Sign.ADVICE, strength=strength, terms=advice))
    directed = {
        Direction.POSITIVE: (DossierPart.WHY, _GOOD),
        Direction.MIXED: (DossierPart.WHY, _MIXED),
        Direction.NEGATIVE: (DossierPart.PROBLEM, _BAD),
    }
    if evidence.direction in directed:
        part, strength = directed[evidence.direction]
        found[part].append(Reason(sign=Sign.DIRECTION, strength=strength, value=evidence.direction))
    uncertain = labels.instruments.of(Family.UNCERTAINTY) if labels.instruments is not None else ()
    if evidence.column is Column.UNCERTAIN:
        value = f"{Column.UNCERTAIN}"
        found[DossierPart.QUESTIONS].append(Reason(sign=Sign.UNCERTAIN, strength=_LABELLED_UNCERTAIN, value=value))
    elif uncertain and found[DossierPart.QUESTIONS]:  # alone it says what the passage is about, not that it asks
        strength = round(_LABELLED_UNCERTAIN * uncertain[0].probability, 4)
        reason = Reason(sign=Sign.UNCERTAIN, strength=strength, value=uncertain[0].label, terms=uncertain[0].terms)
        found[DossierPart.QUESTIONS].append(reason)
    if evidence.kind is EvidenceKind.EMPIRICAL and found[DossierPart.EXAMPLES]:
        found[DossierPart.EXAMPLES].append(Reason(sign=Sign.KIND, strength=_OBSERVED, value=evidence.kind))


def _bearing(passage: Passage, labels: Labels | None) -> Bearing | None:
    """How an example turned out: by words for it, what gets better or worse, and the labelled direction."""
    cues = _shared_cues(passage)
    hits = _not_denied(find_part_cues(words_of(passage.text), passage.language), cues)
    score = len(_different(passage.text, hits.get("went_well", ())))
    score -= len(_different(passage.text, hits.get("went_wrong", ())))
    for cue in cues:
        score += {Sense.GOOD: 1, Sense.BAD: -1}.get(cue.sense, 0) if cue.sense is not None else 0
    direction = Direction.NONE if labels is None else labels.evidence.direction
    score += {Direction.POSITIVE: 1, Direction.NEGATIVE: -1}.get(direction, 0)
    if score == 0:
        return None
    return Bearing.HELPING if score > 0 else Bearing.HINDERING
