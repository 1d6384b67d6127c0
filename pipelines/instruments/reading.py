"""From passages to the tags of the instruments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipelines.domain.evidence import Evidence
from pipelines.domain.instruments import FAMILIES_OF_ADVICE, GIVEN_FROM, Family, Instruments, Tag
from pipelines.domain.passages import Passage
from pipelines.domain.themes import Term
from pipelines.instruments.mentions import MentionFinder, Mentions
from pipelines.instruments.model import CloserLook, InstrumentModel
from pipelines.language.explain import Decision, Explainer
from pipelines.language.features import PassageFeatures

_TERMS_SHOWN = 3
_PARTS_THAT_EXPLAIN = 2
"""A passage that names so many parts of the framework explains AI systems, whether or not it is on work."""


def read_instruments(
    passages: Sequence[Passage],
    features: PassageFeatures,
    explainer: Explainer,
    evidence: Sequence[Evidence],
    on_subject: Sequence[bool],
    look: CloserLook,
    model: InstrumentModel,
    finder: MentionFinder,
) -> list[Instruments | None]:
    """Tags of ``passages``, in their order; ``None`` for those that are neither on the subject nor advice,
    nor explain AI systems.

    A label that counts is carried by the names it has in the passage, or else by the words that speak for it.
    """
    mentions = finder.find([p.text for p in passages], [p.language for p in passages])
    framed = [sum(_family(label) is Family.PART for label in names) >= _PARTS_THAT_EXPLAIN for names in mentions]
    on = [bool(theme) or of.recommends for theme, of in zip(on_subject, evidence, strict=True)]
    asked = [either or explains for either, explains in zip(on, framed, strict=True)]
    probabilities = model.probabilities(features, mentions, look)
    column = {name: j for j, name in enumerate(model.labels)}
    given: list[list[tuple[str, float]]] = []
    for i, of in enumerate(evidence):
        chosen = np.flatnonzero(probabilities[i] >= GIVEN_FROM).tolist() if asked[i] else []
        labels = [(model.labels[j], float(probabilities[i, j])) for j in chosen]
        if not on[i]:  # explains AI systems, on no subject of the table
            labels = [(name, p) for name, p in labels if _family(name) is Family.PART]
        given.append([(name, p) for name, p in labels if of.recommends or _family(name) not in FAMILIES_OF_ADVICE])
    decisions = [
        [Decision(name, column[name]) for name, _ in labels if not mentions[i].get(name)]
        for i, labels in enumerate(given)
    ]
    carried = explainer.explain(decisions, model.heads.weights)
    found: list[Instruments | None] = []
    for i, passage in enumerate(passages):
        tags = [
            Tag(label=name, probability=round(p, 4), terms=_terms(name, mentions[i], carried[i]))
            for name, p in sorted(given[i], key=lambda one: (-one[1], one[0]))
        ]
        found.append(
            Instruments(passage_id=passage.id, tags=tuple(tags), model_version=model.version) if asked[i] else None
        )
    return found


def _terms(label: str, mentions: Mentions, carried: Sequence[Term]) -> tuple[Term, ...]:
    names = mentions.get(label, ())
    if not names:
        return tuple(term for term in carried if term.label == label)[:_TERMS_SHOWN]
    first = {match.text.lower(): match for match in reversed(names)}
    return tuple(
        Term(text=m.text, start=m.start, end=m.end, label=label, weight=round(1 / len(first), 4))
        for m in sorted(first.values(), key=lambda m: m.start)[:_TERMS_SHOWN]
    )


def _family(label: str) -> Family:
    return Family(label.partition(".")[0])
