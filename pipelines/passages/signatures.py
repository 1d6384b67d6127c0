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

_FORMAT = 1
_EXACT_BYTES = 8
_HEADER = struct.Struct(f"<BBH{_EXACT_BYTES}s")
_SEED = 20_260_101

# 40 bands of 3 values: two passages that share 0.6 of their word triples (the least that counts, below) become
# candidates in 9,999 cases of 10,000; two that share a tenth in 4 of 100.
_PERMUTATIONS = 120
_BANDS = 40

_SHINGLE = 3
_SPACE = ord(" ")

# Least share of word triples (Jaccard) of duplicates. Of all pairs of the 4,388 hand-written passages, which all
# differ, the highest has 0.36 and the second 0.22. Of copies with two words replaced 99.4 % reach 0.6 (95.8 % reach
# 0.7), with another opening or without a short last sentence all (2026-11).
LEAST_JACCARD = 0.6

# Shorter passages are duplicates only when identical: a change of one word changes a third of what they say.
_LEAST_WORDS = 12

# Bands are numbered in the upper half of a key; this number is for passages that are compared as a whole.
_EXACT_KEY = 0xFFFF

# What stands before is asked for behind the first character: a pattern that begins with a set of characters is looked
# for several times faster than one that begins with a look back.
_NOTE_MARK = re.compile(
    r"[\[\d⁰¹²³⁴⁵⁶⁷⁸⁹]"
    r"(?:(?<=\[)\d{1,3}\]|(?<=[⁰¹²³⁴⁵⁶⁷⁸⁹])[⁰¹²³⁴⁵⁶⁷⁸⁹]*|(?<=[a-zà-ÿ][.,;]\d)\d{0,2}(?=\s|$))"
)
_BROKEN_WORD = re.compile(r"[\u00ad\u2010-](?<=[a-zà-ÿ].)(?:(?<=\u00ad)|(?<!\u00ad)\s+)(?=[a-zà-ÿ])")
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
    whole = " ".join(_WORD.findall(plain)).encode("utf-8", "surrogatepass")
    gaps = np.flatnonzero(np.frombuffer(whole, dtype=np.uint8) == _SPACE).tolist()
    numbers = sorted({zlib.crc32(number.replace(",", ".").encode()) for number in _NUMBER.findall(plain)})[:255]
    bands: list[int] = []
    hashes: list[int] = []
    if len(gaps) + 1 >= _LEAST_WORDS:
        starts, ends = [0, *(gap + 1 for gap in gaps)], [*gaps, len(whole)]
        triples = zip(starts, ends[_SHINGLE - 1 :], strict=False)
        hashes = sorted({zlib.crc32(whole[start:end]) for start, end in triples})
        bands = _band_keys(hashes)
    exact = hashlib.blake2b(whole, digest_size=_EXACT_BYTES).digest()
    body = np.array([*numbers, *bands, *hashes], dtype="<u4")
    return _HEADER.pack(_FORMAT, len(numbers), len(bands), exact) + body.tobytes()


@cache
def _permutations() -> tuple[np.ndarray, np.ndarray]:
    """Factors (odd, so that no two hashes become one) and terms, each of shape (120,)."""
    # RandomState: numpy promises the same numbers for the same seed in every version.
    random = np.random.RandomState(_SEED)
    factors = random.randint(0, 1 << 31, _PERMUTATIONS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    terms = random.randint(0, 1 << 32, _PERMUTATIONS, dtype=np.uint32)
    return factors, terms


def _mixed(hashes: np.ndarray) -> np.ndarray:
    """The last step of MurmurHash3, one to one: CRCs of like texts are alike, and permuting needs them far apart."""
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        hashes = (hashes ^ (hashes >> np.uint32(shift))) * np.uint32(factor)
    return hashes ^ (hashes >> np.uint32(16))


def _band_keys(hashes: Sequence[int]) -> list[int]:
    """MinHash: the least value of each of 120 permutations of 32-bit numbers, three of them to a key.

    To the bit what ``MinHash(120, seed=_SEED, hashfunc=int)`` of datasketch 2.0 gives, with which the first signatures
    were made: all that are stored remain comparable, and 2.4 seconds of imports are saved in each process.
    """
    factors, terms = _permutations()
    mixed = _mixed(np.array(hashes, dtype=np.uint32))
    least = (mixed[:, np.newaxis] * factors + terms).min(axis=0)
    values = least.astype("<u8").tobytes()
    size = len(values) // _BANDS
    return [zlib.crc32(values[start : start + size]) for start in range(0, len(values), size)]


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
