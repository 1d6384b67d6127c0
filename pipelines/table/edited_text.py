"""What a paragraph of an edited table says: its id, text and source note, with or without the changes that stand open.

Tracked changes that stand open are the program's own (what it proposes) or somebody else's (what a reader wants).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from pipelines.domain.evidence_table import Column
from pipelines.language.word_changes import word_changes
from pipelines.office.stamp import Stamp
from pipelines.office.table_styles import CONFIDENCE_STYLE, SOURCE_STYLE
from pipelines.office.tracked import TrackedPiece
from pipelines.office.writable import writable

_ID_LIKE = re.compile(r"\s*[A-Z]{1,3}\d{1,3}\.[kut]\d{1,3}(?!\w)[\s.:·–-]*")
_AFTER_ID = r"(?!\w)(?!\.\w)[\s.:·–-]*"
_QUARTER_HOUR_SECONDS = 900


@dataclass(frozen=True, slots=True)
class Said:
    """Text and source note, with each run of white space as one space."""

    text: str
    source: str = ""


@dataclass(frozen=True)
class OwnMarks:
    """Tells the program's own tracked changes from those of the readers.

    By author and moment; of the moment only minutes and seconds within the quarter of an hour, since programs write it
    in another time zone when they save the file. Where personal data were taken out of the file no moment is left:
    then all changes without one count as the program's own.
    """

    written: frozenset[Stamp]
    nameless: bool
    """Whether the names were taken out."""

    @classmethod
    def of(cls, written: frozenset[Stamp], found: Iterable[Stamp]) -> OwnMarks:
        named = cls(written, nameless=False)
        return cls(written, nameless=bool(written) and not any(named.includes(stamp) for stamp in found))

    def includes(self, stamp: Stamp) -> bool:
        """Whether this is a change of the program's own."""
        if self.nameless and stamp.moment is None:
            return True
        return any(own.author == stamp.author and _same_moment(own, stamp) for own in self.written)


def _same_moment(own: Stamp, found: Stamp) -> bool:
    if own.moment is None or found.moment is None:
        return own.moment is None and found.moment is None
    return (own.moment - found.moment).total_seconds() % _QUARTER_HOUR_SECONDS == 0


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the table."""

    row_id: str | None
    """``None`` where no row can be told."""
    column: Column | None
    words: str
    """The place for people."""


@dataclass(frozen=True)
class Entry:
    """A paragraph of a cell, or what somebody made of one."""

    number: int
    """Counts all entries of the file in reading order."""
    spot: Spot
    statement_id: str
    """As printed in front of it; empty where no known id is."""
    pieces: tuple[TrackedPiece, ...]
    """Without the id and without what the program shows behind a statement."""
    marks: OwnMarks

    @property
    def old(self) -> Said:
        """All that stands open rejected."""
        return _said(piece for piece in self.pieces if piece.inserted is None)

    @property
    def new(self) -> Said:
        """The program's own changes accepted, those of others rejected."""
        return _said(
            piece
            for piece in self.pieces
            if (piece.deleted is None or not self.marks.includes(piece.deleted))
            and (piece.inserted is None or self.marks.includes(piece.inserted))
        )

    @property
    def full(self) -> Said:
        """All that stands open accepted."""
        return _said(piece for piece in self.pieces if piece.deleted is None)

    @property
    def own_open(self) -> bool:
        """Whether a change of the program's own stands open in it."""
        return any(self.marks.includes(stamp) for stamp in self._stamps())

    @property
    def others(self) -> str:
        """Names of those who have changes of their own open in it, joined by a comma."""
        return ", ".join(sorted({s.author for s in self._stamps() if not self.marks.includes(s)}))

    @property
    def others_open(self) -> bool:
        """Whether somebody has changes of his own open in it."""
        return any(not self.marks.includes(stamp) for stamp in self._stamps())

    def _stamps(self) -> list[Stamp]:
        return [s for p in self.pieces if p.text.strip() for s in (p.inserted, p.deleted) if s is not None]

    def joined(self, other: Entry) -> Entry:
        """This entry with the text of ``other`` behind it."""
        return replace(self, pieces=(*self.pieces, TrackedPiece(" "), *other.pieces))


def _said(pieces: Iterable[TrackedPiece]) -> Said:
    shown = [piece for piece in pieces if piece.text]
    source = [piece for piece in shown if piece.style == SOURCE_STYLE.lower()]
    if not any(piece.text.strip() for piece in source):
        # Typed by hand, or pasted without styles: what stands in italics at the end.
        start = len(shown)
        while start and (shown[start - 1].italic or not shown[start - 1].text.strip()):
            start -= 1
        source = shown[start:]
        if start == 0:  # a statement that is wholly in italics has no source note
            source = []
    rest = [piece for piece in shown if not any(piece is one for one in source)]
    return Said(tidy("".join(p.text for p in rest)), tidy("".join(p.text for p in source)))


def tidy(text: str) -> str:
    """The text with each run of white space as one space, and without what a Word file cannot hold."""
    return " ".join(writable(text).split())


def same(left: str, right: str) -> bool:
    """Whether two texts say the same to the letter, white space aside."""
    return "".join(writable(left).split()) == "".join(writable(right).split())


def partly_decided(text: str, before: str, after: str) -> bool:
    """Whether a text is what is left when some stretches of a change are accepted or rejected and no word is typed."""
    pattern = ""
    for words, change in word_changes(before, after):
        written = re.escape("".join(words.split()))
        pattern += written if change == "kept" else f"(?:{written})?"
    return re.fullmatch(pattern, "".join(text.split())) is not None


def likeness(left: str, right: str) -> float:
    """Share of words that two texts have in common in the same order, 0 to 1."""
    words = [re.findall(r"\w+", text.lower()) for text in (left, right)]
    return SequenceMatcher(None, words[0], words[1], autojunk=False).ratio()


def shown_pieces(pieces: Iterable[TrackedPiece]) -> tuple[TrackedPiece, ...]:
    """Pieces without the confidence that the program shows behind a statement."""
    return tuple(piece for piece in pieces if piece.style != CONFIDENCE_STYLE.lower())


def cut_ids(
    pieces: Sequence[TrackedPiece], known: Iterable[str], elsewhere: frozenset[str] = frozenset()
) -> list[tuple[str, tuple[TrackedPiece, ...]]]:
    """Cut the pieces of a paragraph at the ids in it.

    Parameters
    ----------
    pieces
        Of one paragraph.
    known
        Ids of statements.
    elsewhere
        Ids that begin a paragraph of their own: within another one they are only named. Nor does an id begin a
        statement within a paragraph unless it is bold, as it is in what the program writes.

    Returns
    -------
    list
        Id and text behind it, in reading order; the id is empty where the paragraph begins without a known one. An id
        that nobody knows is left out of the text.
    """
    whole = "".join(piece.text for piece in pieces)
    ids = "|".join(re.escape(one) for one in sorted(known, key=len, reverse=True))
    found = list(re.finditer(rf"\s*({ids}){_AFTER_ID}", whole)) if ids else []
    found = [
        match
        for match in found
        if not whole[: match.start()].strip()
        or (match.group(1) not in elsewhere and all(p.bold for p in _between(pieces, match.start(1), match.end(1))))
    ]
    cuts: list[tuple[str, tuple[TrackedPiece, ...]]] = []
    start = found[0].start() if found else len(whole)
    if whole[:start].strip():
        unknown = _ID_LIKE.match(whole)
        cuts.append(("", _between(pieces, unknown.end() if unknown else 0, start)))
    ends = [*(match.start() for match in found[1:]), len(whole)]
    for match, end in zip(found, ends, strict=False):
        cuts.append((match.group(1), _between(pieces, match.end(), end)))
    return cuts


def first_id(pieces: Sequence[TrackedPiece], known: Iterable[str]) -> str:
    """The known id that a paragraph begins with; empty where it begins otherwise."""
    cuts = cut_ids(pieces, known)
    return cuts[0][0] if cuts else ""


def _between(pieces: Sequence[TrackedPiece], start: int, end: int) -> tuple[TrackedPiece, ...]:
    kept: list[TrackedPiece] = []
    at = 0
    for piece in pieces:
        text = piece.text[max(0, start - at) : max(0, end - at)]
        if text:
            kept.append(replace(piece, text=text))
        at += len(piece.text)
    return tuple(kept)
