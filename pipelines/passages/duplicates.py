"""Near-duplicates: passages that say the same in nearly the same words, so that one source counts once.

A passage becomes a *signature*, a few hundred bytes that are stored with it: band keys of a MinHash to find candidates
and the hashes of its word triples to verify them exactly. Later scans compare new passages with stored signatures and
never read old passages again.

Whether two passages are duplicates depends on the two alone, and groups are the connected sets of that relation. So
any division of the passages over batches and scans gives the same groups.
"""

from __future__ import annotations

import hashlib
import re
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from datasketch import MinHash

from pipelines.domain.passages import DuplicateGroup, Passage

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
_EXACT_KEY = 0xFFFF << 32

# Known signatures looked through at a time: some 10 MB.
_CHUNK = 10_000

_NOTE_MARK = re.compile(r"\[\d{1,3}\]|[⁰¹²³⁴⁵⁶⁷⁸⁹]+|(?<=[a-zà-ÿ][.,;])\d{1,3}(?=\s|$)")
_BROKEN_WORD = re.compile(r"(?<=[a-zà-ÿ])(?:\u00ad|[-\u2010]\s+)(?=[a-zà-ÿ])")
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class StoredSignature:
    """What is kept of a passage for later comparison."""

    passage_id: str
    signature: bytes
    group_id: str | None = None
    """The group the passage belongs to so far, if any."""


@dataclass(frozen=True, slots=True)
class _Signature:
    """Hashes of a passage: of its words as a whole, of its figures, of its word triples, and the keys to look it up."""

    exact: bytes
    numbers: frozenset[int]
    shingles: np.ndarray
    keys: np.ndarray


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


def _read_signature(signature: bytes) -> _Signature:
    """Unpack a signature.

    Raises
    ------
    ValueError
        The signature was made by another version of this module.
    """
    version, n_numbers, n_bands, exact = _HEADER.unpack_from(signature)
    if version != _FORMAT:
        raise ValueError(f"signature of format {version}, expected {_FORMAT}")
    values = np.frombuffer(signature, dtype="<u4", offset=_HEADER.size)
    bands = values[n_numbers : n_numbers + n_bands].astype(np.uint64)
    if n_bands:
        keys = bands | (np.arange(n_bands, dtype=np.uint64) << np.uint64(32))
    else:
        keys = np.array([int.from_bytes(exact[:4], "little") | _EXACT_KEY], dtype=np.uint64)
    return _Signature(exact, frozenset(values[:n_numbers].tolist()), values[n_numbers + n_bands :], keys)


def _same(left: _Signature, right: _Signature) -> bool:
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


class _Sets:
    """Disjoint sets of numbers; the smallest number stands for its set."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))

    def find(self, item: int) -> int:
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def join(self, left: int, right: int) -> None:
        left, right = self.find(left), self.find(right)
        if left != right:
            self.parent[max(left, right)] = min(left, right)


def group_duplicates(
    known: Sequence[StoredSignature], new: Iterable[Passage | StoredSignature]
) -> list[DuplicateGroup]:
    """Find the groups that new passages form among themselves and with known ones.

    Parameters
    ----------
    known
        Passages of earlier scans in the order in which they were stored, with the groups found then.
    new
        Passages of this scan, or their signatures where these were made before; none of them known.

    Returns
    -------
    list of DuplicateGroup
        Every group with at least one new member, with all its members in the order in which they were stored; to be
        stored as the group of all its members, which replaces the groups that they had. Groups without new members
        are unchanged and not given.
    """
    fresh = [
        item if isinstance(item, StoredSignature) else StoredSignature(item.id, make_signature(item.text))
        for item in new
    ]
    items = [*known, *fresh]
    sets = _Sets(len(items))
    first_of_group: dict[str, int] = {}
    for number, item in enumerate(known):
        if item.group_id is not None:
            sets.join(number, first_of_group.setdefault(item.group_id, number))
    _join_candidates(items, len(known), sets)
    members: dict[int, list[int]] = {}
    for number in range(len(items)):
        members.setdefault(sets.find(number), []).append(number)
    return [
        DuplicateGroup(id=items[group[0]].passage_id, passage_ids=tuple(items[n].passage_id for n in group))
        for group in members.values()
        if len(group) > 1 and group[-1] >= len(known)
    ]


def _join_candidates(items: Sequence[StoredSignature], n_known: int, sets: _Sets) -> None:
    """Join every new item with the earlier items that are its duplicates."""
    if n_known == len(items):
        return
    fresh = [_read_signature(item.signature) for item in items[n_known:]]
    buckets = _known_buckets(items[:n_known], np.unique(np.concatenate([s.keys for s in fresh])))
    read: dict[int, _Signature] = {}
    for number, signature in enumerate(fresh, start=n_known):
        read[number] = signature
        keys = signature.keys.tolist()
        for other in sorted({other for key in keys for other in buckets.get(key, ())}):
            if sets.find(other) == sets.find(number):
                continue
            if other not in read:
                read[other] = _read_signature(items[other].signature)
            if _same(read[other], signature):
                sets.join(other, number)
        for key in keys:
            buckets.setdefault(key, []).append(number)


def _known_buckets(known: Sequence[StoredSignature], wanted: np.ndarray) -> dict[int, list[int]]:
    """Numbers of known items by key, for the keys that new items have."""
    buckets: dict[int, list[int]] = {}
    for first in range(0, len(known), _CHUNK):
        signatures = [_read_signature(item.signature) for item in known[first : first + _CHUNK]]
        keys = np.concatenate([s.keys for s in signatures])
        owners = np.repeat(np.arange(first, first + len(signatures)), [len(s.keys) for s in signatures])
        found = np.isin(keys, wanted)
        for key, owner in zip(keys[found].tolist(), owners[found].tolist(), strict=True):
            buckets.setdefault(key, []).append(owner)
    return buckets
