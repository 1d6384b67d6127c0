"""The way of searching before there was an index, kept to measure beside: everything is computed anew for a query."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer

from pipelines.language.encoder import FloatArray
from pipelines.language.widening import QueryTerm, Wording, widen_query

_FUSION = 60
_LEAST_COSINE = 0.30


def rank_formerly(query: str, texts: Sequence[str], query_vector: FloatArray, vectors: FloatArray) -> list[int]:
    """Indices of fitting texts, best first: by character n-grams, terms and meaning, fused by rank."""
    by_meaning = vectors @ query_vector
    terms = widen_query(query)
    widened = [w.text for term in terms for w in term.wordings if w.origin in ("translation", "part")]
    by_letters = _likeness_of_letters(" ".join([query, *widened]), texts)
    score = np.zeros(len(texts))
    for values, least in ((by_letters, 0.0), (_score_wordings(terms, texts), 0.0), (by_meaning, _LEAST_COSINE)):
        for rank, index in enumerate(np.argsort(-values, kind="stable"), 1):
            if values[index] <= least:
                break
            score[index] += 1.0 / (_FUSION + rank)
    return [int(i) for i in np.argsort(-score, kind="stable") if score[i] > 0]


def _likeness_of_letters(query: str, texts: Sequence[str]) -> FloatArray:
    words: Any = CountVectorizer(lowercase=True, token_pattern=r"\S+")
    grams: Any = CountVectorizer(analyzer="char_wb", ngram_range=(4, 6))
    counts = words.fit_transform([*texts, query])
    matrix = counts @ grams.fit_transform(words.get_feature_names_out())
    weighing: Any = TfidfTransformer(sublinear_tf=True).fit(matrix[:-1])
    likeness = weighing.transform(matrix[:-1]) @ weighing.transform(matrix[-1]).T
    return np.asarray(likeness.todense(), dtype=np.float32).ravel()


def _score_wordings(terms: Sequence[QueryTerm], texts: Sequence[str]) -> FloatArray:
    lowered = [text.lower() for text in texts]
    score = np.zeros(len(texts), dtype=np.float32)
    for term in terms:
        best = np.zeros(len(texts), dtype=np.float32)
        by_weight: defaultdict[float, list[str]] = defaultdict(list)
        for wording in term.wordings:
            by_weight[wording.weight].append(_pattern(wording))
        for weight, patterns in by_weight.items():
            pattern = re.compile("|".join(sorted(patterns, key=len, reverse=True)))
            counts = np.array([len(pattern.findall(text)) for text in lowered], dtype=np.float32)
            best = np.maximum(best, weight * counts / (counts + 1.0))
        n_texts_with = int((best > 0).sum())
        if n_texts_with:
            score += best * float(np.log(1.0 + len(texts) / n_texts_with))
    return score


def _pattern(wording: Wording) -> str:
    words = [re.escape(word) for word in re.split(r"[\s-]+", wording.text.lower())]
    body = r"[\s-]".join(words)
    if wording.language == "en" or len(words) > 1:
        return rf"\b{body}(?:s|es|d|ed|e|en|n)?\b"
    return rf"\b{body}(?:s|'s|en)?\b" if len(wording.text) < 5 else body
