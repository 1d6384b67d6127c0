"""Which words of a passage carried a decision: the weights of a linear head brought back to the words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.themes import Term
from pipelines.language.concepts import ConceptMatch
from pipelines.language.encoder import FloatArray
from pipelines.language.features import FeatureSpace
from pipelines.language.function_words import function_words
from pipelines.language.text_terms import TextTerms

MAX_TERMS = 8
"""Terms shown for a passage; more are not read."""
_MAX_PER_LABEL = 4
_LEAST_SHARE_OF_BEST = 0.3
"""A word counts when it carries at least this share of what the strongest word carries."""
_REMEMBERED_WORDS = 50_000


@cache
def _stop_words() -> frozenset[str]:
    return function_words("en") | function_words("nl")


@dataclass(frozen=True)
class Decision:
    """A decision to explain.

    Attributes
    ----------
    label
        What was decided: a theme, a row id, ``flag`` or ``recommendation``.
    column
        Column of the weights that decided it.
    concepts
        Concepts of the lexicon that speak for it.
    """

    label: str
    column: int
    concepts: frozenset[str] = frozenset()


class _ReadTexts(NamedTuple):
    """Some texts whose words are looked for.

    Attributes
    ----------
    texts
        Their numbers.
    content
        Whether each token is no function word, number or sign.
    """

    texts: list[int]
    terms: TextTerms
    content: NDArray[np.bool_]


class Explainer:
    """Tells which words of texts carried decisions; reads those of a text once, whatever models decided about it.

    Parameters
    ----------
    texts, concepts
        Texts and the concepts in each.
    space
        Made the features that the decisions stand on.
    """

    def __init__(self, texts: Sequence[str], concepts: Sequence[Sequence[ConceptMatch]], space: FeatureSpace) -> None:
        self._texts, self._concepts, self._space = texts, concepts, space
        self._read: list[_ReadTexts] = []

    def explain(self, decisions: Sequence[Sequence[Decision]], weights: FloatArray) -> list[tuple[Term, ...]]:
        """For each text the words that carried its decisions, strongest first, at most :data:`MAX_TERMS`.

        Neighbouring words are one term; words of a concept that speaks for the decision are shown whole. Function
        words are never shown. ``weights`` are those the decisions name columns of.
        """
        explained: list[tuple[Term, ...]] = [()] * len(self._texts)
        asked = {i for i, of_text in enumerate(decisions) if of_text}
        self._read_more(sorted(asked - {i for read in self._read for i in read.texts}))
        for read in self._read:
            if asked.isdisjoint(read.texts):
                continue
            outputs = sorted({decision.column for i in read.texts for decision in decisions[i]})
            place = {column: k for k, column in enumerate(outputs)}
            added = np.where(read.content, read.terms.added(weights, outputs), 0.0)
            for i, spans, (low, high) in zip(read.texts, read.terms.spans, pairwise(read.terms.firsts), strict=True):
                of_text = {decision: added[place[decision.column], low:high] for decision in decisions[i]}
                explained[i] = _explain(self._texts[i], spans, of_text, self._concepts[i])
        return explained

    def _read_more(self, numbers: list[int]) -> None:
        if not numbers:
            return
        texts = [self._texts[i] for i in numbers]
        terms = TextTerms(texts, self._space)
        words = (text[start:end] for text, spans in zip(texts, terms.spans, strict=True) for start, end in spans)
        content = np.fromiter(map(_is_content, words), dtype=bool, count=terms.firsts[-1])
        self._read.append(_ReadTexts(numbers, terms, content))


@lru_cache(maxsize=_REMEMBERED_WORDS)
def _is_content(word: str) -> bool:
    return len(word) > 2 and word.lower() not in _stop_words() and any(c.isalpha() for c in word)


class _Span(NamedTuple):
    """Words that may be shown."""

    start: int
    end: int
    weight: float
    concept: str | None


def _explain(
    text: str,
    spans: Sequence[tuple[int, int]],
    added: Mapping[Decision, NDArray[np.float64]],
    concepts: Sequence[ConceptMatch],
) -> tuple[Term, ...]:
    """Terms of one text; ``added`` gives for each decision what each token, at ``spans``, adds to it."""
    found: list[tuple[float, int, str, _Span]] = []
    for decision, weights in added.items():
        by_concept = {(c.start, c.end): c.concept for c in concepts if c.concept in decision.concepts}
        strongest, total = _strongest(text, spans, weights, by_concept)
        shares = ((span.weight / total, span) for span in strongest)
        found += [(round(share, 4), span.start, decision.label, span) for share, span in shares if share >= 1e-4]
    found.sort(key=lambda term: (-term[0], term[1], term[2]))
    terms: dict[tuple[str, str], Term] = {}
    for share, start, label, span in found:
        words = text[start : span.end]
        if (words.lower(), label) not in terms:
            terms[words.lower(), label] = Term(
                text=words, start=start, end=span.end, label=label, weight=share, concept=span.concept
            )
            if len(terms) == MAX_TERMS:
                break
    return tuple(terms.values())


def _strongest(
    text: str,
    tokens: Sequence[tuple[int, int]],
    added: NDArray[np.float64],
    by_concept: Mapping[tuple[int, int], str],
) -> tuple[list[_Span], float]:
    """The words that carried a decision most, strongest first, and what all words for it together carried."""
    best = float(added.max(initial=0.0))
    if best <= 0:
        return [], 0.0
    known: list[_Span] = []
    for (start, end), concept in by_concept.items():
        inside = slice(bisect_left(tokens, (start, start)), bisect_right(tokens, end, key=itemgetter(1)))
        if (weight := sum(added[inside].tolist())) > 0:
            known.append(_Span(start, end, weight, concept))
    spans = [*known]
    for place in np.flatnonzero(added >= _LEAST_SHARE_OF_BEST * best).tolist():
        (start, end), weight = tokens[place], float(added[place])
        if known and any(span.start < end and start < span.end for span in known):
            continue
        last = spans[-1] if spans else None
        if last is not None and last.concept is None and text[last.end : start] in (" ", "-"):
            spans[-1] = _Span(last.start, end, last.weight + weight, None)
        else:
            spans.append(_Span(start, end, weight, None))
    ranked = sorted(spans, key=lambda span: (-span.weight, span.start))
    strongest = ranked[:_MAX_PER_LABEL]
    if known and not any(span.concept for span in strongest):
        # A word of the lexicon says why, where there is one.
        strongest[-1] = next(span for span in ranked if span.concept)
    return strongest, float(np.clip(added, 0, None).sum())
