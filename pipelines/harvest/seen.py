"""What a list of publications gave before, kept small in the bookmark of its source."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipelines.domain.sources import Bookmark, FoundItem

MOST_SEEN = 50_000
"""Marks kept for one source: 400 kB in its bookmark. The largest lists of publications that we know of (whole
repositories) have OAI-PMH, which needs no marks."""

_MARK_BYTES = 6
"""Of a hash: 50,000 marks of 48 bits take a new item for an old one with a chance of 2e-10 each."""
_MARK_LETTERS = _MARK_BYTES * 4 // 3


def mark(*parts: str) -> str:
    """Eight letters that stand for ``parts``."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest[:_MARK_BYTES]).decode("ascii")


def item_mark(item: FoundItem) -> str:
    """Of key, title, abstract and files of ``item``: where one of these changed, it is given again.

    Not of its date, which careless servers set to the moment they are asked.
    """
    return mark(item.key, item.title, item.abstract, *item.file_urls)


class Seen:
    """Marks of what was given, the latest last; beyond :data:`MOST_SEEN` the oldest are forgotten.

    Parameters
    ----------
    text
        As :meth:`__str__` wrote it; whatever else is in it is left out.
    """

    def __init__(self, text: str = "") -> None:
        whole = len(text) - len(text) % _MARK_LETTERS
        self._marks = dict.fromkeys(text[at : at + _MARK_LETTERS] for at in range(0, whole, _MARK_LETTERS))

    def __contains__(self, one: str) -> bool:
        return one in self._marks

    def __len__(self) -> int:
        return len(self._marks)

    def add(self, marks: Iterable[str]) -> None:
        """Remember ``marks`` as the latest, also those that were there already."""
        for one in marks:
            self._marks.pop(one, None)
            self._marks[one] = None
        for one in list(self._marks)[: max(len(self._marks) - MOST_SEEN, 0)]:
            del self._marks[one]

    def __str__(self) -> str:
        return "".join(self._marks)


@dataclass
class Trail:
    """How far a list of one or more pages was read.

    The validators of its first page are kept only once nothing is left behind: as long as something is, an answer
    "unchanged" would hide it.
    """

    seen: Seen = field(default_factory=Seen)
    etag: str | None = None
    last_modified: str | None = None
    behind: str | None = None
    """Address of the page from which on the list has not been read yet; ``None`` where it was read to its end."""

    @classmethod
    def of(cls, bookmark: Bookmark) -> Trail:
        """The trail that a bookmark holds."""
        values = bookmark.values
        return cls(
            Seen(values.get("seen", "")), values.get("etag"), values.get("last_modified"), values.get("behind") or None
        )

    def bookmark(self) -> Bookmark:
        """This trail, to go on from."""
        values = {"seen": str(self.seen), "behind": self.behind or ""}
        if self.behind is None:
            values |= {"etag": self.etag or "", "last_modified": self.last_modified or ""}
        return Bookmark(values={name: value for name, value in values.items() if value})
