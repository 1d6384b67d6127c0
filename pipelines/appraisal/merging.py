"""Sets of mentions that are one study: joined from the strongest reason to the weakest, never those ruled apart.

That rulings hold through chains follows from the order: a join that would bring together two that somebody ruled apart
is left out, and by then all stronger ones are made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipelines.domain.appraisal import Merge, MergeReason


class StudySets:
    """Disjoint sets of the numbers ``0 .. n - 1``, with pairs that may never be in one.

    Parameters
    ----------
    items
        The item of each number; joins are told by them.
    apart
        Pairs of numbers.
    """

    def __init__(self, items: Sequence[str], apart: Iterable[tuple[int, int]]) -> None:
        self._items = items
        self._parent = list(range(len(items)))
        self._apart: dict[int, set[int]] = {}
        for left, right in apart:
            self._apart.setdefault(left, set()).add(right)
            self._apart.setdefault(right, set()).add(left)
        self.merges: list[tuple[int, Merge]] = []
        """Each join that brought two sets together, with a number of its set."""

    def find(self, number: int) -> int:
        """The number that stands for the set of ``number``, the smallest in it."""
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def join(self, left: int, right: int, reason: MergeReason, shared: str = "") -> bool:
        """Bring the sets of two numbers together; whether they are one afterwards."""
        low, high = sorted((self.find(left), self.find(right)))
        if low == high:
            return True
        if any(self.find(other) == high for other in self._apart.get(low, ())):
            return False
        self._parent[high] = low
        if high in self._apart:
            self._apart.setdefault(low, set()).update(self._apart.pop(high))
        items = sorted((self._items[left], self._items[right]))
        if items[0] != items[1]:
            self.merges.append((low, Merge(item_a=items[0], item_b=items[1], reason=reason, shared=shared)))
        return True

    def join_all(self, numbers: Sequence[int], reason: MergeReason, shared: str = "") -> None:
        """Bring several together, into as few sets as those ruled apart allow."""
        first_of_each: list[int] = []
        for number in numbers:
            if not any(self.join(first, number, reason, shared) for first in first_of_each):
                first_of_each.append(number)

    def sets(self) -> list[list[int]]:
        """All sets, each in order, by their first number."""
        members: dict[int, list[int]] = {}
        for number in range(len(self._parent)):
            members.setdefault(self.find(number), []).append(number)
        return [members[first] for first in sorted(members)]
