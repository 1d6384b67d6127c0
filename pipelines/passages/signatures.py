"""Signatures of passages: what is kept of each to know near-duplicates by later, and whether two are duplicates.

A signature is a few hundred bytes: band keys of a MinHash to find candidates by, and the hashes of its word triples to
verify them exactly.
"""

from __future__ import annotations

import hashlib
import re
import struct
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from datasketch import MinHash

_FORMAT = 1
_EXACT_BYTES = 8
_HEADER = struct.Struct(f"<BBH{_EXACT_BYTES}s")
_SEED = 20_260_101

# 40 bands of 3 values: two passages that share 0.6 of their word triples (the least that counts, below) become
# candidates in 9,999 cases of 10,000; two that share a tenth in 4 of 100.
_PERMUTATIONS = 120
_BANDS = 40

_SHINGLE = 3

# Least share of word triples (Jaccard) of duplicates. Of all pairs of the 4,388 hand-written passages, which all
# differ, the highest has 0.36 and the second 0.22. Of copies with two words replaced 99.4 % reach 0.6 (95.8 % reach
# 0.7), with another opening or without a short last sentence all (2026-11).
LEAST_JACCARD = 0.6

# Shorter passages are duplicates only when identical: a change of one word changes a third of what they say.
_LEAST_WORDS = 12

# Bands are numbered in the upper half of a key; this number is for passages that are compared as a whole.
_EXACT_KEY = 0xFFFF

_NOTE_MARK = re.compile(r"\[\d{1,3}\]|[⁰¹²³⁴⁵⁶⁷⁸⁹]+|(?<=[a-zà-ÿ][.,;])\d{1,3}(?=\s|$)")
_BROKEN_WORD = re.compile(r"(?<=[a-zà-ÿ])(?:\u00ad|[-\u2010]\s+)(?=[a-zà-ÿ])")
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Signature:
    """Hashes of a passage: of its words as a whole, of its figures, of its word triples."""

    exact: bytes
    numbers: frozenset[int]
    shingles: np.ndarray


def _normalise(text: str) -> str:
    plain = unicodedata.normalize("NFKC", _BROKEN_WORD.sub("", _NOTE_MARK.sub("", text)))
    return plain.casefold().replace("’", "'")


def make_signature(text: str) -> bytes:
    """The signature of a passage's text: about 170 bytes and 4 more for each word.

    Case, punctuation, footnote marks, hyphens at line ends and forms of the same letter make no difference.
    """
    plain = _normalise(text)
    words = _WORD.findall(plain)
    numbers = sorted({_hash(number.replace(",", ".")) for number in _NUMBER.findall(plain)})[:255]
    bands: np.ndarray = np.empty(0, dtype="<u4")
    hashes: list[int] = []
    if len(words) >= _LEAST_WORDS:
        hashes = sorted({_hash(" ".join(words[i : i + _SHINGLE])) for i in range(len(words) - _SHINGLE + 1)})
        bands = _band_keys(hashes)
    exact = hashlib.blake2b(" ".join(words).encode("utf-8", "surrogatepass"), digest_size=_EXACT_BYTES).digest()
    body = np.array([*numbers, *bands.tolist(), *hashes], dtype="<u4")
    return _HEADER.pack(_FORMAT, len(numbers), len(bands), exact) + body.tobytes()


def _hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


@cache
def _empty_minhash() -> MinHash:
    return MinHash(num_perm=_PERMUTATIONS, seed=_SEED, hashfunc=int)


def _band_keys(hashes: Sequence[int]) -> np.ndarray:
    minhash = _empty_minhash().copy()
    minhash.update_batch(hashes)
    values = minhash.hashvalues.astype("<u8").reshape(_BANDS, -1)
    return np.array([zlib.crc32(band.tobytes()) for band in values], dtype="<u4")


def read_signature(signature: bytes) -> Signature:
    """Unpack a signature of the format of this module."""
    _, n_numbers, n_bands, exact = _HEADER.unpack_from(signature)
    values = np.frombuffer(signature, dtype="<u4", offset=_HEADER.size)
    return Signature(exact, frozenset(values[:n_numbers].tolist()), values[n_numbers + n_bands :])


def keys_of(signatures: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """The keys by which signatures are looked up, and the place of the signature that each is of.

    All at once, since there may be millions. Two passages can only be duplicates where they share a key.

    Returns
    -------
    tuple of numpy.ndarray
        Keys and places, both of shape (n_keys,), the places ascending.

    Raises
    ------
    ValueError
        A signature was made by another version of this module.
    """
    values = np.frombuffer(b"".join(signatures), dtype="<u4")
    sizes = np.fromiter(map(len, signatures), np.int64, len(signatures)) // values.itemsize
    starts = np.cumsum(sizes) - sizes
    # The header: format, number of figures and number of bands in the first value, then the hash of the whole.
    heads = values[starts].astype(np.int64)
    others = heads[heads & 0xFF != _FORMAT]
    if others.size:
        raise ValueError(f"signature of format {others[0] & 0xFF}, expected {_FORMAT}")
    n_bands = heads >> 16
    bands_at = starts + _HEADER.size // values.itemsize + (heads >> 8 & 0xFF)
    n_keys = np.maximum(n_bands, 1)
    owners = np.repeat(np.arange(len(signatures)), n_keys)
    numbers = np.arange(len(owners)) - np.repeat(np.cumsum(n_keys) - n_keys, n_keys)
    found = values[np.repeat(np.where(n_bands > 0, bands_at, starts + 1), n_keys) + numbers]
    upper = np.where(n_bands[owners] > 0, numbers, _EXACT_KEY).astype(np.uint64)
    return found.astype(np.uint64) | upper << np.uint64(32), owners


def are_duplicates(left: Signature, right: Signature) -> bool:
    """Whether two passages are duplicates.

    Figures must agree, but for those that only one of the two adds: a text that repeats last year's sentences with
    this year's figures is new evidence. A quotation inside a longer passage is no duplicate, as it shares too small a
    part of it.
    """
    if not (left.numbers <= right.numbers or right.numbers <= left.numbers):
        return False
    if not len(left.shingles) or not len(right.shingles):
        return left.exact == right.exact and len(left.shingles) == len(right.shingles)
    smaller, larger = sorted((len(left.shingles), len(right.shingles)))
    if smaller < LEAST_JACCARD * larger:
        return False
    shared = len(np.intersect1d(left.shingles, right.shingles, assume_unique=True))
    return shared >= LEAST_JACCARD * (smaller + larger - shared)
