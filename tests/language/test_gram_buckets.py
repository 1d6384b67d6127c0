"""Buckets of n-grams are those that scikit-learn makes: what is kept on disk was numbered by them."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

from pipelines.language.gram_buckets import LETTERS, N_BUCKETS, buckets_of, buckets_of_words

_WORD = st.text(st.characters(categories=("Ll", "Nd", "Lo")), min_size=1, max_size=14)


def _by_scikit_learn(words: list[str]) -> tuple[list[int], list[int]]:
    make: Any = HashingVectorizer
    hashing = make(
        analyzer="char_wb",
        ngram_range=LETTERS,
        n_features=N_BUCKETS,
        binary=True,
        norm=None,
        alternate_sign=False,
        lowercase=False,
        dtype=np.float32,
    )
    matrix = hashing.transform(words).tocsr()
    return np.repeat(np.arange(len(words)), np.diff(matrix.indptr)).tolist(), matrix.indices.tolist()


@given(st.lists(_WORD, min_size=1, max_size=8))
def test_buckets_of_words(words: list[str]) -> None:
    numbers, buckets = buckets_of_words(words)
    assert (numbers.tolist(), buckets.tolist()) == _by_scikit_learn(words)
    assert numbers.dtype == buckets.dtype == np.int32


def test_more_words_than_are_taken_at_once() -> None:
    words = [f"werk{number}druk" for number in range(20_000)]
    numbers, buckets = buckets_of_words(words)
    assert (numbers.tolist(), buckets.tolist()) == _by_scikit_learn(words)


def test_no_words() -> None:
    numbers, buckets = buckets_of_words([])
    assert len(numbers) == len(buckets) == 0


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=9), max_size=12))
def test_buckets_of_any_text(grams: list[str]) -> None:
    assert buckets_of(grams).tolist() == [abs(int(murmurhash3_32(gram, seed=0))) % N_BUCKETS for gram in grams]
