"""Which paragraph of a table that came back is which statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipelines.domain.evidence_table import Column
from pipelines.domain.reports import CarriedChange, CarriedData
from pipelines.table.edited_places import Found
from pipelines.table.edited_text import Entry, likeness, same, tidy

_TEXT_LEAST = 0.6
"""Least likeness (:func:`~pipelines.table.edited_text.likeness`) of a paragraph without an id to the statement that it
is. Of the 77 statements of the starting table the two most alike have 0.42 (Dutch) and 0.52 (English); measured
November 2026."""


@dataclass(frozen=True)
class Expected:
    """A statement that the file should hold, and where."""

    statement_id: str
    texts: tuple[str, ...]
    """What it may say: as it was, and as proposed."""
    places: tuple[tuple[str, Column], ...]
    """Where it may stand: where it was, and where it is to go."""
    source: str = ""
    """Its source note as it was."""
    change: CarriedChange | None = None
    old: bool = True
    """Whether the table has it, apart from what is proposed."""


@dataclass
class Matched:
    """What stands in the file, sorted out."""

    statements: dict[str, list[Entry]] = field(default_factory=dict)
    """Statement id -> its paragraphs; more than one where it moves."""
    added: list[Entry] = field(default_factory=list)
    """Paragraphs that are no statement of the table."""
    twice: list[tuple[str, Entry]] = field(default_factory=list)
    """Statement id and a paragraph that repeats it."""
    strangers: list[Entry] = field(default_factory=list)
    """Text where the table has no place for it."""


def expectations(carried: CarriedData) -> dict[str, Expected]:
    """Every statement that the file held when it was written."""
    language = carried.language
    changes = {change.statement_id: change for change in carried.changes}
    found: dict[str, Expected] = {}
    for row, statement in carried.table.statements():
        change = changes.get(statement.id)
        places = [(row.id, statement.column)]
        texts = [tidy(statement.text(language))]
        if change is not None:
            places.append((change.row_id, change.to_column or statement.column))
            texts += [tidy(change.before.text(language)), tidy(change.after.text(language))]
        found[statement.id] = Expected(
            statement.id,
            tuple(dict.fromkeys(text for text in texts if text)),
            tuple(dict.fromkeys(places)),
            tidy(statement.source),
            change,
        )
    for change in carried.changes:
        if change.statement_id not in found:
            place = (change.row_id, change.to_column or Column.KNOWN)
            after = tidy(change.after.text(language))
            found[change.statement_id] = Expected(change.statement_id, (after,), (place,), change=change, old=False)
    return found


def match_entries(found: Found, expected: dict[str, Expected]) -> Matched:
    """Give every paragraph of the table to the statement that it is.

    Ids decide. A paragraph without one goes on with the one before it where that says more of what is expected there;
    else it is a missing statement of much the same words, those of its own cell first; else it is new.
    """
    matched = Matched()
    loose: list[Entry] = []
    for cell in _cells(found.entries):
        for entry in _rejoined(cell, expected):
            if entry.statement_id:
                matched.statements.setdefault(entry.statement_id, []).append(entry)
            else:
                loose.append(entry)
    for statement_id, entries in matched.statements.items():
        kept, extra = _own_places(entries, expected[statement_id])
        matched.statements[statement_id] = kept
        for entry in extra:
            if any(same(_shown(entry), text) for text in expected[statement_id].texts):
                matched.twice.append((statement_id, entry))
            else:  # copied to write another one, with the id of the first left on it
                loose.append(replace(entry, statement_id=""))
    _match_by_text(loose, expected, matched)
    matched.strangers = [_known_stranger(entry, expected, matched) for entry in found.strangers]
    return matched


def _known_stranger(entry: Entry, expected: dict[str, Expected], matched: Matched) -> Entry:
    """Text without a place, with the id of the missing statement that it is."""
    if entry.statement_id:
        return entry
    scores = [
        (_closest(_shown(entry), one.texts), one.statement_id)
        for one in expected.values()
        if one.statement_id not in matched.statements
    ]
    score, statement_id = max(scores, default=(0.0, ""))
    return replace(entry, statement_id=statement_id) if score >= _TEXT_LEAST else entry


def _shown(entry: Entry) -> str:
    """What it says to who reads it: with all changes, or what is about to be deleted."""
    return entry.full.text or entry.old.text


def _cells(entries: Sequence[Entry]) -> list[list[Entry]]:
    cells: dict[str, list[Entry]] = {}
    for entry in entries:
        cells.setdefault(entry.spot.words, []).append(entry)
    return list(cells.values())


def _rejoined(cell: Sequence[Entry], expected: dict[str, Expected]) -> list[Entry]:
    """Entries of a cell; the halves of a statement that somebody parted with a new line are put together again."""
    entries: list[Entry] = []
    for entry in cell:
        previous = entries[-1] if entries else None
        if previous is not None and previous.statement_id and not entry.statement_id and entry.old.text:
            together = previous.joined(entry)
            texts = expected[previous.statement_id].texts
            if _closest(together.old.text, texts) > _closest(previous.old.text, texts):
                entries[-1] = together
                continue
        entries.append(entry)
    return entries


def _closest(text: str, texts: Sequence[str]) -> float:
    return max((likeness(text, other) for other in texts), default=0.0)


def _own_places(entries: list[Entry], expected: Expected) -> tuple[list[Entry], list[Entry]]:
    """Paragraphs with one id: those that are the statement, one for each place it may stand in, and the others."""
    if len(entries) == 1:
        return entries, []
    kept: list[Entry] = []
    for place in expected.places:
        here = [e for e in entries if (e.spot.row_id, e.spot.column) == place and e not in kept]
        if here:
            kept.append(max(here, key=lambda e: (_closest(_shown(e), expected.texts), -e.number)))
    if not kept:
        kept = [max(entries, key=lambda e: (_closest(_shown(e), expected.texts), -e.number))]
    # Dragged elsewhere with tracking on: deleted here and inserted there, both by the reader.
    if len(kept) == 1 and kept[0].others_open and not kept[0].full.text:
        kept += [e for e in entries if e not in kept and e.others_open and not e.old.text][:1]
    return kept, [entry for entry in entries if entry not in kept]


def _match_by_text(loose: Sequence[Entry], expected: dict[str, Expected], matched: Matched) -> None:
    missing = [one for one in expected.values() if one.statement_id not in matched.statements]
    scored: list[tuple[bool, float, int, Entry, Expected]] = []
    for entry in loose:
        for one in missing:
            score = max(_closest(entry.old.text, one.texts), _closest(entry.full.text, one.texts))
            if score >= _TEXT_LEAST:
                home = (entry.spot.row_id, entry.spot.column) in one.places
                scored.append((home, score, -entry.number, entry, one))
    taken: set[int] = set()
    filled: set[tuple[str, tuple[str | None, Column | None]]] = set()
    for _, _, _, entry, one in sorted(scored, key=lambda s: s[:3], reverse=True):
        place = (entry.spot.row_id, entry.spot.column)
        seen = matched.statements.get(one.statement_id, [])
        # A statement that moves may have lost its id in both places.
        if entry.number in taken or (seen and (place not in one.places or (one.statement_id, place) in filled)):
            continue
        taken.add(entry.number)
        filled.add((one.statement_id, place))
        matched.statements.setdefault(one.statement_id, []).append(entry)
    matched.added = [entry for entry in loose if entry.number not in taken]
