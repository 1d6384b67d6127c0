"""Puts a dossier together: what belongs, each thing said once, under its part, what an editor accepted first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipelines.domain.decisions import ItemState
from pipelines.domain.dossiers import (
    Candidate,
    Dossier,
    DossierEntry,
    DossierPart,
    DossierQuestion,
    DossierSection,
    Reason,
)
from pipelines.domain.evidence import EvidenceKind, Labels
from pipelines.domain.passages import Passage
from pipelines.domain.runs import LabelledPassage
from pipelines.dossiers.belonging import LEAST_RELEVANCE, STATIC_SCALE, Belonging, LikenessScale
from pipelines.dossiers.parts import PartReading, read_part

SHOWN_PER_PART = 12
"""About two pages of A4 in Word, and as much as a group can go through in an hour."""
_KINDS = (
    EvidenceKind.EMPIRICAL,
    EvidenceKind.REVIEW,
    EvidenceKind.FORECAST,
    EvidenceKind.OPINION,
    EvidenceKind.NONE,
)
"""What was seen goes before what is expected, and that before what somebody thinks."""


_WHOLE_SENTENCES = 2
_WHOLE_CASE = 90
"""Words of the longest case that is quoted whole: six lines in Word."""


class _Found(NamedTuple):
    """A passage that belongs, not yet in order."""

    candidate: Candidate
    relevance: float
    reasons: tuple[Reason, ...]


def gather_dossier(
    question: DossierQuestion,
    candidates: Iterable[Candidate],
    *,
    scale: LikenessScale = STATIC_SCALE,
    shown: int = SHOWN_PER_PART,
) -> Dossier:
    """The dossier of a question.

    Of near-duplicates the one that goes first is shown, and the documents of the others are named with it. Within a
    part goes first what an editor accepted, then what the models flag, then by kind of evidence, relevance and year,
    the newest first.

    Parameters
    ----------
    question
        What is asked.
    candidates
        Passages to hold against it; each once, in any order.
    scale
        What their cosines mean.
    shown
        Most entries in a part.
    """
    belonging = Belonging(question, scale)
    groups: dict[str, list[_Found]] = {}
    n_looked_at = 0
    for candidate in candidates:
        n_looked_at += 1
        relevance, reasons = belonging.relevance(candidate)
        if relevance >= LEAST_RELEVANCE:
            found = _Found(candidate, relevance, reasons)
            groups.setdefault(candidate.item.group or candidate.item.passage.id, []).append(found)
    rejected = [g for g in groups.values() if all(f.candidate.state is ItemState.REJECTED for f in g)]
    kept = [
        sorted(g, key=_order) for g in groups.values() if not all(f.candidate.state is ItemState.REJECTED for f in g)
    ]
    kept.sort(key=lambda members: _order(members[0]))
    by_part: dict[DossierPart, list[tuple[list[_Found], PartReading]]] = {part: [] for part in DossierPart}
    for members in kept:
        first = members[0].candidate.item
        reading = read_part(first.passage, first.labels)
        if reading.part is not None:
            by_part[reading.part].append((members, reading))
    sections = tuple(
        DossierSection(
            part=part,
            entries=tuple(_entry(part, members, reading) for members, reading in found[:shown]),
            n_left=max(0, len(found) - shown),
        )
        for part, found in by_part.items()
    )
    return Dossier(
        question=question,
        sections=sections,
        n_belonging=len(groups),
        n_other=len(kept) - sum(map(len, by_part.values())),
        n_rejected=len(rejected),
        n_looked_at=n_looked_at,
    )


def _order(found: _Found) -> tuple[object, ...]:
    """Place of a passage among those of its part; of the same place the id decides."""
    item = found.candidate.item
    evidence = None if item.labels is None else item.labels.evidence
    kind = EvidenceKind.NONE if evidence is None else evidence.kind
    return (
        found.candidate.state is not ItemState.ACCEPTED,
        evidence is None or not evidence.flagged,
        _KINDS.index(kind),
        -found.relevance,
        -(item.document.metadata.year or 0),
        item.passage.id,
    )


def _entry(part: DossierPart, members: Sequence[_Found], reading: PartReading) -> DossierEntry:
    first = members[0]
    item = first.candidate.item
    also: dict[str, LabelledPassage] = {}
    for other in members[1:]:
        if other.candidate.item.document.id != item.document.id:
            also.setdefault(other.candidate.item.document.id, other.candidate.item)
    start, end = quoted_span(item.passage, item.labels, part, reading.reasons)
    return DossierEntry(
        item=item,
        part=part,
        strength=reading.strength,
        part_reasons=reading.reasons,
        relevance=first.relevance,
        reasons=first.reasons,
        bearing=reading.bearing,
        quote_start=start,
        quote_end=end,
        accepted=first.candidate.state is ItemState.ACCEPTED,
        also=tuple(also.values()),
    )


def quoted_span(
    passage: Passage, labels: Labels | None, part: DossierPart, reasons: Sequence[Reason]
) -> tuple[int, int]:
    """The sentence to quote: that with most of what spoke for the part, the key sentence among those that are equal.

    A passage of one or two sentences is quoted whole, and so is a case that is not long: a sentence of it says little
    without the others.
    """
    sentences = passage.sentences
    whole = len(sentences) <= _WHOLE_SENTENCES or (part is DossierPart.EXAMPLES and passage.n_words <= _WHOLE_CASE)
    if whole:
        return (sentences[0].start, sentences[-1].end) if sentences else (0, len(passage.text))
    key = None if labels is None else labels.evidence.key_sentence
    weights: list[tuple[float, bool]] = []
    for sentence in sentences:
        told = sum(
            reason.strength / len(reason.terms)
            for reason in reasons
            for term in reason.terms
            if sentence.start <= term.start < sentence.end
        )
        is_key = key is not None and sentence.start <= key.start < sentence.end
        weights.append((round(told, 6), is_key))
    best = sentences[max(range(len(sentences)), key=lambda place: (weights[place], -place))]
    return best.start, best.end
