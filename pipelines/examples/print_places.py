"""What must be fixed before a page can be printed: where things land, and the date that the file carries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass(frozen=True)
class Places:
    """Where headings and footnotes landed in a pass."""

    headings: tuple[tuple[int, str, int], ...] = ()
    """Level, title and page."""
    notes: dict[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)
    """Page and frame to the labels of the footnotes that are called there."""

    def fits(self, room: Places) -> bool:
        """Whether a layout that came out like this had the contents list and the room for footnotes that it needs."""
        needed = ((place, label) for place, labels in self.notes.items() for label in labels)
        return self.headings == room.headings and all(label in room.notes.get(place, ()) for place, label in needed)

    def joined(self, other: Places) -> Places:
        """These headings, and room for the footnotes of both."""
        notes = {
            place: tuple(dict.fromkeys((*other.notes.get(place, ()), *self.notes.get(place, ()))))
            for place in sorted({*self.notes, *other.notes})
        }
        return Places(self.headings, notes)


@contextmanager
def fixed_date(date: str) -> Iterator[None]:
    """Make reportlab stamp ``date`` (ISO) instead of the clock."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = str(int(datetime.fromisoformat(date).replace(hour=9, tzinfo=UTC).timestamp()))
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
        else:
            os.environ["SOURCE_DATE_EPOCH"] = before
