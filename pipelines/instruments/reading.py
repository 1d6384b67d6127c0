"""From passages to the tags of the instruments."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from pipelines.domain.evidence import Evidence
from pipelines.domain.instruments import FAMILIES_OF_ADVICE, FAMILIES_OF_SYSTEMS, GIVEN_FROM, Family, Instruments, Tag
from pipelines.domain.passages import Passage
from pipelines.domain.themes import Term
from pipelines.instruments.mentions import MentionFinder, Mentions
from pipelines.instruments.model import CloserLook, InstrumentModel
from pipelines.language.explain import Decision, Explainer
from pipelines.language.features import PassageFeatures

_TERMS_SHOWN = 3
_SYSTEM = re.compile(
    r"\b(?:AI|KI|kunstmatige intelligentie|artificial intelligence|algorit\w*|machine learning|machinaal leren"
    r"|(?:zelf)?lerende?|taalmodel\w*|language models?|chat\w*|bots?|\w*robot\w*|\w*software|\w*syste(?:em|men|ms?)"
    r"|\w*model(?:len|s)?|\w*camera\w*|\w*sensor\w*|scanners?|generatie\w*|generative|automat\w*|digita\w*|apps?"
    r"|programma|program|tools?|computers?|machines?)\b",
    re.IGNORECASE,
)
"""Words of passages that describe a use of AI."""
_WITHOUT_A_WORD = 0.7
"""Probability from which a passage on another subject describes one without such a word."""


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
    and describe or explain no AI system.

    A label that counts is carried by the names it has in the passage, or else by the words that speak for it.
    """
    mentions = finder.find([p.text for p in passages], [p.language for p in passages])
    on = [bool(theme) or of.recommends for theme, of in zip(on_subject, evidence, strict=True)]
    least = [
        GIVEN_FROM if either or _SYSTEM.search(p.text) else _WITHOUT_A_WORD
        for either, p in zip(on, passages, strict=True)
    ]
    probabilities = model.probabilities(features, mentions, look)
    column = {name: j for j, name in enumerate(model.labels)}
    given: list[list[tuple[str, float]]] = []
    for i, of in enumerate(evidence):
        chosen = np.flatnonzero(probabilities[i] >= least[i]).tolist()
        labels = [(model.labels[j], float(probabilities[i, j])) for j in chosen]
        if not on[i]:  # it may describe or explain AI systems, on no subject of the table
            labels = [(name, p) for name, p in labels if _family(name) in FAMILIES_OF_SYSTEMS]
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
            Instruments(passage_id=passage.id, tags=tuple(tags), model_version=model.version) if on[i] or tags else None
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
