"""Near-duplicates: passages that say the same in nearly the same words, so that one source counts once.

A passage becomes a *signature* (``signatures``) that is stored with it. Later scans compare new passages with stored
signatures and never read old passages again.

Whether two passages are duplicates depends on the two alone, and groups are the connected sets of that relation. So
any division of the passages over batches and scans gives the same groups. Known passages come by in parts, and of them
only what is a duplicate is kept: memory does not grow with the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple, TypeVar

import numpy as np

from pipelines.domain.passages import DuplicateGroup, Passage
from pipelines.passages.signatures import Signature, are_duplicates, keys_of, make_signature, read_signature

# Signatures whose keys are read at a time: some 20 MB.
_CHUNK = 10_000

# Places in the sieve for each key that is looked for, so that of keys nobody looks for 1 or 2 in 100 pass; at most
# 64 MB, enough for that up to 25,000 new passages.
_SIEVE_PLACES = 64
_SIEVE_MOST = (1 << 26) - 1

_Item = TypeVar("_Item")


class StoredSignature(NamedTuple):
    """What is kept of a passage for later comparison."""

    passage_id: str
    signature: bytes
    group_id: str | None = None
    """The group the passage belongs to so far, if any."""


class _Sets:
    """Disjoint sets of numbers; the smallest number stands for its set."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))

    def add(self) -> int:
        """A new set; returns its number."""
        self.parent.append(len(self.parent))
        return self.parent[-1]

    def find(self, item: int) -> int:
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def join(self, left: int, right: int) -> None:
        left, right = self.find(left), self.find(right)
        if left != right:
            self.parent[max(left, right)] = min(left, right)


class _Keys:
    """The keys of the new passages: which of them have a key."""

    def __init__(self, keys: np.ndarray, owners: np.ndarray) -> None:
        order = np.argsort(keys, kind="stable")
        self.keys, self.owners = keys[order], owners[order]
        places = 1 << min(_SIEVE_PLACES * len(keys), _SIEVE_MOST).bit_length()
        self._mask = np.uint64(places - 1)
        self._sieve = np.zeros(places, dtype=np.bool_)
        self._sieve[self._places(keys)] = True

    def _places(self, keys: np.ndarray) -> np.ndarray:
        return (keys + (keys >> np.uint64(32)) * np.uint64(0x9E3779B1)) & self._mask

    def sharing(self, keys: np.ndarray, places: np.ndarray) -> Mapping[int, set[int]]:
        """For each place with a key that new passages have too: the numbers of these."""
        passed = self._sieve[self._places(keys)]
        keys, places = keys[passed], places[passed]
        first = np.searchsorted(self.keys, keys, side="left")
        last = np.searchsorted(self.keys, keys, side="right")
        shared = last > first
        found: dict[int, set[int]] = {}
        for place, start, end in zip(
            places[shared].tolist(), first[shared].tolist(), last[shared].tolist(), strict=True
        ):
            found.setdefault(place, set()).update(self.owners[start:end].tolist())
        return found


class DuplicateSearch:
    """Finds the groups that new passages form among themselves and with known ones.

    First known passages come by (:meth:`look_through`), in any order and any division; then whoever keeps them fetches
    what was found of them (:attr:`passage_ids`, :attr:`group_ids`), and :meth:`groups` puts all together.

    Parameters
    ----------
    new
        Passages of this scan in the order in which they were stored, or their signatures where these were made before;
        none of them known.

    Raises
    ------
    ValueError
        A signature was made by another version of this module; also by :meth:`look_through`.
    """

    def __init__(self, new: Iterable[Passage | StoredSignature]) -> None:
        self._new = [
            item if isinstance(item, StoredSignature) else StoredSignature(item.id, make_signature(item.text))
            for item in new
        ]
        self._sets = _Sets(len(self._new))
        self._read: dict[int, Signature] = {}
        self._groups: dict[str, int] = {}
        self._alone: dict[str, int] = {}
        # Passages with the very same signature are duplicates, and have the same duplicates: one stands for them.
        self._first: dict[bytes, int] = {}
        for number, item in enumerate(self._new):
            self._sets.join(self._first.setdefault(item.signature, number), number)
        numbers = list(self._first.values())
        parts = [keys_of([self._new[n].signature for n in part]) for part in _parts(numbers)]
        starts = range(0, len(numbers), _CHUNK)
        keys = np.concatenate([np.empty(0, np.uint64), *(keys for keys, _ in parts)])
        places = [places + start for start, (_, places) in zip(starts, parts, strict=True)]
        owners = np.array(numbers, dtype=np.int64)[np.concatenate([np.empty(0, np.int64), *places])]
        self._keys = _Keys(keys, owners)
        self._join_new()

    @property
    def n_new(self) -> int:
        """Number of new passages; without any, there is nothing to look for."""
        return len(self._new)

    @property
    def passage_ids(self) -> list[str]:
        """Known passages that are duplicates of new ones and were in no group."""
        return list(self._alone)

    @property
    def group_ids(self) -> list[str]:
        """Groups so far of known passages that are duplicates of new ones."""
        return list(self._groups)

    def look_through(self, known: Sequence[tuple[str, bytes, str | None]]) -> None:
        """Look for duplicates among some passages of earlier scans: their ids, signatures and groups so far."""
        for part in _parts(known):
            sharing = self._keys.sharing(*keys_of([signature for _, signature, _ in part]))
            for place, numbers in sharing.items():
                self._compare(part[place], numbers)

    def groups(self, known: Iterable[tuple[str, str | None]]) -> list[DuplicateGroup]:
        """Every group with at least one new member, with all its members in the order in which they were stored.

        Each is to be stored as the group of all its members, which replaces the groups that they had. Groups without
        new members are unchanged and not given.

        Parameters
        ----------
        known
            Ids and groups of :attr:`passage_ids` and of all members of :attr:`group_ids`, in the order in which they
            were stored.
        """
        members: dict[int, list[str]] = {}
        for passage_id, group_id in known:
            place = self._alone.get(passage_id) if group_id is None else self._groups.get(group_id)
            if place is not None:
                members.setdefault(self._sets.find(place), []).append(passage_id)
        for number, item in enumerate(self._new):
            members.setdefault(self._sets.find(number), []).append(item.passage_id)
        return [DuplicateGroup(id=ids[0], passage_ids=tuple(ids)) for ids in members.values() if len(ids) > 1]

    def _join_new(self) -> None:
        # Each with those before it that share a key: next to each other once keys are in order.
        keys, owners = self._keys.keys, self._keys.owners
        later = np.flatnonzero(keys[1:] == keys[:-1]) + 1
        later = later[np.argsort(owners[later], kind="stable")]
        first = np.searchsorted(keys, keys[later], side="left")
        runs = zip(owners[later].tolist(), first.tolist(), later.tolist(), strict=True)
        for number, of_number in groupby(runs, key=itemgetter(0)):
            for other in sorted({other for _, start, end in of_number for other in owners[start:end].tolist()}):
                if self._sets.find(other) == self._sets.find(number):
                    continue
                if are_duplicates(self._signature(other), self._signature(number)):
                    self._sets.join(other, number)

    def _signature(self, number: int) -> Signature:
        if number not in self._read:
            self._read[number] = read_signature(self._new[number].signature)
        return self._read[number]

    def _compare(self, known: tuple[str, bytes, str | None], numbers: Iterable[int]) -> None:
        passage_id, signature, group_id = known
        same = self._first.get(signature)
        if same is not None:
            self._join(passage_id, group_id, same)
            return
        place = self._alone.get(passage_id) if group_id is None else self._groups.get(group_id)
        read = read_signature(signature)
        for number in numbers:
            if place is not None and self._sets.find(place) == self._sets.find(number):
                continue
            if are_duplicates(self._signature(number), read):
                place = self._join(passage_id, group_id, number)

    def _join(self, passage_id: str, group_id: str | None, number: int) -> int:
        found, name = (self._alone, passage_id) if group_id is None else (self._groups, group_id)
        if name not in found:
            found[name] = self._sets.add()
        self._sets.join(found[name], number)
        return found[name]


def _parts(items: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))
