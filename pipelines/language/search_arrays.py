"""An index of texts as plain arrays, to be kept in a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.language.search import SearchIndex
from pipelines.language.search_segment import Segment
from pipelines.language.search_vocabulary import Grams, Vocabulary
from pipelines.language.search_words import WordPlaces

_VERSION = 1
"""Of what the arrays mean; to be raised with every change of folding, words, n-grams or eight bits."""
_BREAK = "\n"


def arrays_of(index: SearchIndex) -> dict[str, NDArray[Any]]:
    """An index with at least one text, as arrays without objects; texts that are gone are left out."""
    whole = Segment.merged(index.segments)
    blocks = index.vocabulary.grams
    grams = blocks[0] if len(blocks) == 1 else Grams.of(index.vocabulary.words)
    return {
        "version": np.array(_VERSION),
        "vocabulary": np.frombuffer(_BREAK.join(index.vocabulary.words).encode("utf-8", "surrogatepass"), np.uint8),
        "gram_starts": grams.starts,
        "gram_words": grams.words,
        "gram_rarity": grams.rarity,
        "gram_norms": grams.norms,
        "ids": whole.ids,
        "words": whole.places.words,
        "lengths": whole.places.lengths,
        "levels": whole.levels,
        "scales": whole.scales,
    }


def index_from(arrays: Mapping[str, NDArray[Any]]) -> SearchIndex:
    """The index that :func:`arrays_of` took apart.

    Raises
    ------
    ValueError
        The arrays are of another version or do not belong together.
    KeyError
        One is missing.
    """
    if arrays["version"] != _VERSION:
        raise ValueError("the search index is of another version")
    words = tuple(arrays["vocabulary"].tobytes().decode("utf-8", "surrogatepass").split(_BREAK))
    grams = Grams(arrays["gram_starts"], arrays["gram_words"], arrays["gram_rarity"], arrays["gram_norms"])
    lengths, places, ids = arrays["lengths"], arrays["words"], arrays["ids"]
    n_texts = len(ids)
    if (
        len(grams.norms) != len(words)
        or not len(lengths) == len(arrays["levels"]) == len(arrays["scales"]) == n_texts
        or len(places) != int(lengths.sum()) + n_texts
        or places.max(initial=-1) >= len(words)
        or np.count_nonzero(places < 0) != n_texts
    ):
        raise ValueError("the arrays of the search index do not belong together")
    present = np.ones(n_texts, dtype=np.bool_)
    segment = Segment(ids, present, WordPlaces.from_words(places, lengths), arrays["levels"], arrays["scales"])
    return SearchIndex(Vocabulary(words, (grams,)), (segment,))
