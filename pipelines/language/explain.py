"""Which words of a passage carried a decision: the weights of a linear head brought back to the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from runpy import run_path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.themes import Term
from pipelines.language.concepts import ConceptMatch
from pipelines.language.encoder import FloatArray
from pipelines.language.features import PIECES_WEIGHT, WORDS_WEIGHT, FeatureSpace
from pipelines.language.term_space import TermSpace, tokenise

MAX_TERMS = 8
"""Terms shown for a passage; more are not read."""
_MAX_PER_LABEL = 4
_LEAST_SHARE_OF_BEST = 0.3
"""A word counts when it carries at least this share of what the strongest word carries."""
_REMEMBERED_WORDS = 50_000
_REMEMBERED_TEXTS = 512


@cache
def _stop_words() -> frozenset[str]:
    """spaCy's lists, read from their files: spaCy itself takes 1.5 seconds to import."""
    spacy = find_spec("spacy")
    assert spacy is not None
    assert spacy.submodule_search_locations is not None
    folder = Path(spacy.submodule_search_locations[0]) / "lang"
    lists = (run_path(str(folder / language / "stop_words.py"))["STOP_WORDS"] for language in ("en", "nl"))
    return frozenset(chain.from_iterable(lists))


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


def _places(space: TermSpace, tokens: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Where each term stands: number of the token, column of the term, and the token's share in it."""
    if space.of_pieces:
        found = [space.piece_columns(token) for token in tokens]
        rows = np.repeat(np.arange(len(tokens)), np.asarray([len(columns) for columns in found], dtype=np.intp))
        columns = np.fromiter(chain.from_iterable(found), dtype=np.intp, count=len(rows))
        return rows, columns, np.ones(len(rows))
    places: list[tuple[int, int, float]] = []
    for i, token in enumerate(tokens):
        if (column := space.column(token)) is not None:
            places.append((i, column, 1.0))
        if i + 1 < len(tokens) and (column := space.column(f"{token} {tokens[i + 1]}")) is not None:
            places += [(i, column, 0.5), (i + 1, column, 0.5)]
    return (
        np.asarray([i for i, _, _ in places], dtype=np.intp),
        np.asarray([column for _, column, _ in places], dtype=np.intp),
        np.asarray([share for _, _, share in places], dtype=np.float64),
    )


class _WeighedTerms(NamedTuple):
    """The terms of a text in one vocabulary.

    Attributes
    ----------
    rows, columns
        Number of the token and column of the term of each place where one stands; a pair stands at both its tokens.
    shares
        What that place adds to a linear score, but for the weight of the term.
    """

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    shares: NDArray[np.float64]

    def added(self, weights: FloatArray, output: int, n_tokens: int) -> NDArray[np.float64]:
        """What each token adds to ``output``, shape (n_tokens,)."""
        each = self.shares * weights[self.columns, output]
        return np.bincount(self.rows, weights=each, minlength=n_tokens).astype(np.float64, copy=False)


def _weigh(space: TermSpace, tokens: Sequence[str], weight: float, first: int) -> _WeighedTerms:
    """Terms of ``space``, whose rows of the weights begin at ``first``."""
    rows, columns, shares = _places(space, tokens)
    if len(rows):
        known, which = np.unique(columns, return_inverse=True)
        counts = np.bincount(which, weights=shares)
        values = (1 + np.log(counts)) * space.idf[known]
        shares = np.sqrt(weight) * shares * (values / counts / np.sqrt(np.dot(values, values)))[which]
    return _WeighedTerms(rows, first + columns, shares)


class _ReadText(NamedTuple):
    """A text whose words are looked for."""

    tokens: list[tuple[str, int, int]]
    content: NDArray[np.bool_]
    """Whether each token is no function word, number or sign."""
    terms: tuple[_WeighedTerms, _WeighedTerms]


# Themes and evidence of a batch are explained one after the other.
@lru_cache(maxsize=_REMEMBERED_TEXTS)
def _read(text: str, words: TermSpace, letters: TermSpace) -> _ReadText:
    tokens = tokenise(text)
    forms = [token for token, _, _ in tokens]
    content = np.asarray([_is_content(text[start:end]) for _, start, end in tokens], dtype=bool)
    terms = (_weigh(words, forms, WORDS_WEIGHT, 0), _weigh(letters, forms, PIECES_WEIGHT, len(words)))
    return _ReadText(tokens, content, terms)


def token_contributions(
    text: str, space: FeatureSpace, weights: FloatArray, outputs: Sequence[int]
) -> tuple[list[tuple[str, int, int]], NDArray[np.float64]]:
    """What each token of ``text`` adds to linear scores.

    Parameters
    ----------
    text, space
        The text and the space it is described in.
    weights, outputs
        Weights of shape (n_features, n_outputs) and the columns wanted.

    Returns
    -------
    tuple
        The tokens with their places, and contributions of shape (n_tokens, len(outputs)); summed over the tokens they
        are the part of the score that the words of the text make.
    """
    read = _read(text, space.spaces["words"], space.spaces["letters"])
    n_tokens = len(read.tokens)
    added = [sum(terms.added(weights, output, n_tokens) for terms in read.terms) for output in outputs]
    return read.tokens, np.asarray(added, dtype=np.float64).reshape(len(outputs), n_tokens).T


def explain(
    text: str,
    decisions: Sequence[Decision],
    space: FeatureSpace,
    weights: FloatArray,
    concepts: Sequence[ConceptMatch],
) -> tuple[Term, ...]:
    """The words of ``text`` that carried ``decisions``, strongest first, at most :data:`MAX_TERMS`.

    Neighbouring words are one term; words of a concept that speaks for the decision are shown whole. Function words
    are never shown.
    """
    if not decisions or not text.strip():
        return ()
    tokens, added = token_contributions(text, space, weights, [d.column for d in decisions])
    content = _read(text, space.spaces["words"], space.spaces["letters"]).content
    found: list[Term] = []
    for j, decision in enumerate(decisions):
        by_concept = {(c.start, c.end): c.concept for c in concepts if c.concept in decision.concepts}
        found += _terms_of(text, tokens, np.where(content, added[:, j], 0.0).tolist(), decision.label, by_concept)
    found.sort(key=lambda term: (-term.weight, term.start, term.label))
    return tuple(_without_repeats(found))


@lru_cache(maxsize=_REMEMBERED_WORDS)
def _is_content(word: str) -> bool:
    return len(word) > 2 and word.lower() not in _stop_words() and any(c.isalpha() for c in word)


def _terms_of(
    text: str,
    tokens: Sequence[tuple[str, int, int]],
    added: Sequence[float],
    label: str,
    by_concept: Mapping[tuple[int, int], str],
) -> list[Term]:
    best = max(added, default=0.0)
    total = float(np.clip(added, 0, None).sum())
    spans: list[tuple[int, int, float, str | None]] = []
    covered: list[tuple[int, int]] = []
    for (start, end), concept in by_concept.items():
        inside = sum(w for (_, s, e), w in zip(tokens, added, strict=True) if start <= s and e <= end)
        if inside > 0:
            spans.append((start, end, inside, concept))
            covered.append((start, end))
    for (_, start, end), weight in zip(tokens, added, strict=True):
        if weight <= 0 or weight < _LEAST_SHARE_OF_BEST * best or any(s < end and start < e for s, e in covered):
            continue
        if spans and spans[-1][3] is None and text[spans[-1][1] : start] in (" ", "-"):
            first, _, sum_so_far, _ = spans[-1]
            spans[-1] = (first, end, sum_so_far + weight, None)
        else:
            spans.append((start, end, weight, None))
    ranked = sorted(spans, key=lambda span: (-span[2], span[0]))
    strongest = ranked[:_MAX_PER_LABEL]
    known = next((span for span in ranked if span[3]), None)
    if known and not any(span[3] for span in strongest):
        strongest[-1] = known  # a word of the lexicon says why, where there is one
    return [
        Term(text=text[s:e], start=s, end=e, label=label, weight=round(w / total, 4), concept=concept)
        for s, e, w, concept in strongest
        if w / total >= 1e-4
    ]


def _without_repeats(terms: Sequence[Term]) -> list[Term]:
    """The first term of each label and wording."""
    seen: set[tuple[str, str]] = set()
    kept: list[Term] = []
    for term in terms:
        key = (term.text.lower(), term.label)
        if key not in seen:
            seen.add(key)
            kept.append(term)
    return kept[:MAX_TERMS]
