"""Character n-grams of words, and the bucket of each: what scikit-learn's ``HashingVectorizer`` makes, without it.

Importing that takes 74 MB, which each process that searches would hold for this alone. The hash is MurmurHash3 in 32
bits (Austin Appleby, public domain), worked out for all n-grams of one length at once; a test compares the outcome with
scikit-learn's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

N_BUCKETS = 2**18
"""Buckets for n-grams: 40,000 words have about 150,000 different ones, and a shared bucket only makes a word look a
little more like another."""
LETTERS = (4, 6)
"""Shortest and longest n-gram; of one to three letters too many words have the same."""
_AT_ONCE = 8_192
"""Words whose n-grams are in memory at a time: some ten megabytes."""

_Hashes = NDArray[np.uint32]


def grams_of(word: str) -> list[str]:
    """The n-grams of a word with a space before and after it; a short word is one itself."""
    padded = f" {word} "
    shortest, longest = LETTERS
    if len(padded) <= shortest:
        return [padded]
    return [
        padded[at : at + length]
        for length in range(shortest, min(longest, len(padded)) + 1)
        for at in range(len(padded) - length + 1)
    ]


def buckets_of(grams: Sequence[str]) -> NDArray[np.int64]:
    """The bucket of each n-gram."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    contents = [gram.encode("utf-8") for gram in grams]
    for place, content in enumerate(contents):
        places[len(content)].append(place)
    hashes = np.zeros(len(grams), dtype=np.uint32)
    for length, chosen in places.items():
        joined = b"".join([contents[place] for place in chosen])
        hashes[chosen] = _hashed(np.frombuffer(joined, dtype=np.uint8).reshape(len(chosen), length))
    # As a signed number without its sign; in 64 bits, where the least one has an opposite.
    return np.abs(hashes.view(np.int32).astype(np.int64)) % N_BUCKETS


def buckets_of_words(words: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Numbers of words, and the buckets that each has an n-gram in: each pair once, by word, then by bucket."""
    pairs: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(words), _AT_ONCE):
        grams = [grams_of(word) for word in words[start : start + _AT_ONCE]]
        numbers = np.repeat(np.arange(start, start + len(grams), dtype=np.int64), [len(some) for some in grams])
        buckets = buckets_of([gram for some in grams for gram in some])
        pairs.append(np.unique(numbers * N_BUCKETS + buckets))
    numbers, buckets = np.divmod(np.concatenate(pairs), N_BUCKETS)
    return numbers.astype(np.int32), buckets.astype(np.int32)


def _hashed(contents: NDArray[np.uint8]) -> _Hashes:
    """MurmurHash3 of each row, with seed 0."""
    n_rows, length = contents.shape
    n_whole = length // 4
    whole = np.ascontiguousarray(contents[:, : 4 * n_whole]).view("<u4").astype(np.uint32)
    hashes = np.zeros(n_rows, dtype=np.uint32)
    for part in range(n_whole):
        hashes = _turned(hashes ^ _mixed(whole[:, part]), 13) * np.uint32(5) + np.uint32(0xE6546B64)
    if length % 4:
        rest = np.zeros(n_rows, dtype=np.uint32)
        for place in range(length % 4):
            rest |= contents[:, 4 * n_whole + place].astype(np.uint32) << np.uint32(8 * place)
        hashes ^= _mixed(rest)
    hashes ^= np.uint32(length)
    hashes = (hashes ^ (hashes >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    hashes = (hashes ^ (hashes >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return hashes ^ (hashes >> np.uint32(16))


def _mixed(parts: _Hashes) -> _Hashes:
    return _turned(parts * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)


def _turned(numbers: _Hashes, by: int) -> _Hashes:
    """The bits of each number moved to the left, and those that fall off put in again on the right."""
    return (numbers << np.uint32(by)) | (numbers >> np.uint32(32 - by))
