"""Cuts a text into stretches that are marked alike, so that a template can show marks that overlap."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mark:
    """A marked stretch: ``text[start:end]``."""

    start: int
    end: int
    kind: str
    """Class of the mark: ``key``, ``term``, ``figure`` or ``hit``."""


@dataclass(frozen=True)
class Stretch:
    """A piece of text and the kinds of marks that cover all of it; no kinds where it is plain."""

    text: str
    kinds: tuple[str, ...]

    @property
    def classes(self) -> str:
        """The kinds as classes of one element."""
        return " ".join(self.kinds)


def cut_at_marks(text: str, marks: Iterable[Mark]) -> list[Stretch]:
    """``text`` in stretches, in order and without gaps; marks outside the text are cut to it.

    Kinds of one stretch are in alphabetical order.
    """
    inside = [Mark(max(m.start, 0), min(m.end, len(text)), m.kind) for m in marks]
    inside = [m for m in inside if m.start < m.end]
    edges = sorted({0, len(text), *(m.start for m in inside), *(m.end for m in inside)})
    stretches: list[Stretch] = []
    for start, end in itertools.pairwise(edges):
        kinds = tuple(sorted({m.kind for m in inside if m.start <= start and m.end >= end}))
        if stretches and stretches[-1].kinds == kinds:
            stretches[-1] = Stretch(stretches[-1].text + text[start:end], kinds)
        else:
            stretches.append(Stretch(text[start:end], kinds))
    return stretches
