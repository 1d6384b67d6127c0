"""The text of a document as its page lays it out: headings, passages, and boilerplate folded away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.store.document_lists import ShownPassage

_FIRST_LEVEL = 3
"""The page itself has headings of the levels 1 and 2."""
_LAST_LEVEL = 6


@dataclass(frozen=True)
class Heading:
    """A heading above the passages that follow."""

    kind = "heading"
    level: int
    text: str


@dataclass(frozen=True)
class Passages:
    """Passages that follow one another."""

    kind = "passages"
    passages: tuple[ShownPassage, ...]


@dataclass(frozen=True)
class Folded:
    """Boilerplate of one kind that follows one another."""

    kind = "folded"
    boilerplate: str
    passages: tuple[ShownPassage, ...]


Piece = Heading | Passages | Folded


def lay_out(passages: Sequence[ShownPassage]) -> list[Piece]:
    """Pieces in the order of the text.

    Where the section changes, the headings that are new come first; a list that begins in the middle of a document
    begins with all headings above it. No level is left out, so that the headings of the page follow in order.
    """
    pieces: list[Piece] = []
    section: tuple[str, ...] = ()
    for passage in passages:
        if passage.boilerplate is not None:
            last = pieces[-1] if pieces else None
            if isinstance(last, Folded) and last.boilerplate == passage.boilerplate:
                pieces[-1] = Folded(last.boilerplate, (*last.passages, passage))
            else:
                pieces.append(Folded(passage.boilerplate, (passage,)))
            continue
        above = tuple(text for text in passage.section if text.strip())
        if above != section:
            same = _n_same(section, above)
            pieces += [
                Heading(min(_FIRST_LEVEL + depth, _LAST_LEVEL), text) for depth, text in enumerate(above[same:], same)
            ]
            section = above
        last = pieces[-1] if pieces else None
        if isinstance(last, Passages):
            pieces[-1] = Passages((*last.passages, passage))
        else:
            pieces.append(Passages((passage,)))
    return pieces


def _n_same(one: Sequence[str], other: Sequence[str]) -> int:
    n = 0
    while n < min(len(one), len(other)) and one[n] == other[n]:
        n += 1
    return n
