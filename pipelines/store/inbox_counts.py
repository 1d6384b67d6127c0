"""Which items of the inbox are asked for, and how many there are of each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pipelines.domain.decisions import ItemState
from pipelines.domain.inbox import Listed

_STATES = ("todo", "sample", "next", "second", "later", "disagreement", "accepted", "rejected", "all")


APART = (Listed.SAMPLE.value, Listed.NEXT.value)
"""What has a list of its own while it is open."""


@dataclass(frozen=True)
class InboxFilter:
    """Which items; every field that is given narrows the choice."""

    state: str = "todo"
    """``todo`` (open, and of the list proper), ``sample`` and ``next`` (open, and of those), ``later``, ``accepted``,
    ``rejected``, ``disagreement``, ``second`` (second readings that ``viewer`` may give), ``decided`` or ``all``."""
    viewer: str | None = None
    """Account that looks."""
    listed: str | None = None
    row: str | None = None
    theme: str | None = None
    relation: str | None = None
    kind: str | None = None
    language: str | None = None
    publisher: str | None = None
    run: str | None = None
    reviewer: str | None = None


@dataclass(frozen=True)
class Overview:
    """How many items there are."""

    total: int
    """That match."""
    states: dict[str, int]
    """In each state that can be asked for, the other filters kept; in the order in which a page names them."""
    counts: dict[str, dict[str, int]]
    """For each field that can be filtered: how many items each value would leave, the other filters kept."""


def count_items(
    kinds: Sequence[tuple[int, tuple[Any, ...]]], chosen: InboxFilter, single: tuple[str, ...], many: tuple[str, ...]
) -> Overview:
    """Count items by state and by the values of each filter, in one walk.

    Parameters
    ----------
    kinds
        How many items are alike in: state, whether it is hidden from whoever looks, a value for each name of ``single``
        and ``many``.
    chosen
        What is asked for.
    single, many
        Filters of which an item has one value, and those of which it has several: words with spaces between and around.
    """
    names = (*single, *many)
    wanted = [
        (name, place, getattr(chosen, name)) for place, name in enumerate(names, 2) if getattr(chosen, name) is not None
    ]
    listed_at, reviewer_at = 2 + single.index("listed"), 2 + single.index("reviewer")
    states: dict[str, int] = dict.fromkeys(_STATES, 0)
    found: dict[str, Counter[str]] = {name: Counter() for name in names}
    for n, item in kinds:
        if item[1]:  # who decided is hidden
            item = (*item[:reviewer_at], None, *item[reviewer_at + 1 :])
        missed = [name for name, place, value in wanted if not _has(item[place], value, several=name in many)]
        if len(missed) > 1:
            continue
        within = _states_of(item[0], bool(item[1]), item[listed_at])
        if not missed:
            for state in within:
                states[state] = states.get(state, 0) + n
        if chosen.state in within:
            for place, name in enumerate(names, 2):
                if not missed or name == missed[0]:
                    for one in (item[place] or "").split() if name in many else [item[place]]:
                        if one is not None:
                            found[name][one] += n
    return Overview(states.get(chosen.state, 0), states, {name: dict(of_name) for name, of_name in found.items()})


def _has(value: str | None, wanted: str, *, several: bool) -> bool:
    return f" {wanted} " in (value or "") if several else value == wanted


@lru_cache(maxsize=100)
def _states_of(state: str | None, blind: bool, listed: str | None) -> tuple[str, ...]:
    found = ["all", *(["second"] if blind else [])]
    if state in (None, ItemState.OPEN.value):
        found.append(listed if listed in APART else "todo")
    elif not blind:
        found.append(state)
        if state in (ItemState.ACCEPTED.value, ItemState.REJECTED.value):
            found.append("decided")
    return tuple(found)
