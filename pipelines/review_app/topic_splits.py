"""Dividing a topic by hand: which passages are put before a person, and which go to the new topic."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipelines.store import Workspace
from pipelines.store.evidence import Place

if TYPE_CHECKING:
    from pipelines.topics.parting import Part, Parts

MOST_LISTED = 40
"""Passages of each part that a person is asked about, those nearest its middle; nobody reads hundreds."""
MOST_UNSUGGESTED = 200
"""Where no division is suggested all have to be chosen by hand."""


@dataclass(frozen=True)
class Division:
    """A topic in parts; the last part is the one that would become a new topic."""

    suggested: bool
    parts: tuple[tuple[str, ...], ...]
    """Passages of each part, those nearest its middle first."""
    details: tuple[Part, ...]
    """What is told of each part; empty where nothing is suggested."""
    most: int
    """Passages of each part that are listed."""

    @property
    def listed(self) -> frozenset[str]:
        """Passages that a person is asked about."""
        return frozenset(one for part in self.parts for one in part[: self.most])

    @property
    def goes(self) -> frozenset[str]:
        """Passages that would go to the new topic."""
        return frozenset(self.parts[-1]) if self.suggested else frozenset()


@dataclass(frozen=True)
class ShownPart:
    """A part as the page shows it."""

    goes: bool
    size: int
    terms_nl: Sequence[str]
    terms_en: Sequence[str]
    n_nl: int
    n_en: int
    n_documents: int
    passages: Sequence[Place]


def division_of(suggested: Parts | None, members: Sequence[str]) -> Division:
    """The division that is suggested, or all passages as one part."""
    if suggested is None:
        return Division(False, (tuple(members),), (), MOST_UNSUGGESTED)
    parts = (suggested.kept, suggested.new)
    return Division(True, tuple(part.passages for part in parts), parts, MOST_LISTED)


def divide(division: Division, workspace: Workspace) -> list[ShownPart]:
    """The parts with the passages that are listed; those that are there no more are left out."""
    places = workspace.evidence.places(division.listed)
    found = []
    for number, passages in enumerate(division.parts):
        detail = division.details[number] if division.suggested else None
        shown = [places[one] for one in passages[: division.most] if one in places]
        found.append(
            ShownPart(
                goes=division.suggested and number == len(division.parts) - 1,
                size=len(passages),
                terms_nl=() if detail is None else detail.terms_nl,
                terms_en=() if detail is None else detail.terms_en,
                n_nl=sum(one.language == "nl" for one in shown) if detail is None else detail.n_nl,
                n_en=sum(one.language == "en" for one in shown) if detail is None else detail.n_en,
                n_documents=len({one.document_id for one in shown}) if detail is None else detail.n_documents,
                passages=shown,
            )
        )
    return found


def chosen_passages(division: Division, ticked: Collection[str]) -> list[str]:
    """Passages that go to the new topic: those that are ticked, and of those that were not listed those of its part.

    Parameters
    ----------
    division
        As it was shown.
    ticked
        Ids that came with the form; what was not listed in it is not looked at.
    """
    listed = division.listed
    return sorted((division.goes - listed) | (listed & frozenset(ticked)))
