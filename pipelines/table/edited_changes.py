"""What was decided on each statement and each proposed change in a table that came back from Word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from pipelines.domain.evidence_table import Column
from pipelines.domain.proposals import ChangeKind
from pipelines.domain.table_edits import EditKind, TableEdit
from pipelines.table.edited_matching import Expected
from pipelines.table.edited_text import Entry, Said, likeness, partly_decided, same, tidy

Half = Literal["gone", "open", "there"]
"""What became of one place of a statement that moves: nothing stands there, the tracked change is still there, or plain
text is."""


class Judge:
    """Says what was done with a statement.

    Parameters
    ----------
    language
        Of the text that can be seen.
    because
        Gives the place together with the reason why nothing can be made of what stands there.
    """

    def __init__(self, language: str, because: Callable[..., str]) -> None:
        self._language, self._because = language, because

    # Statements without a proposal

    def plain(self, one: Expected, entries: Sequence[Entry]) -> Iterator[TableEdit]:
        """A statement on which nothing was proposed."""
        if not entries:
            yield TableEdit(kind=EditKind.REMOVED, statement_id=one.statement_id, row_id=one.places[0][0])
            return
        entry = entries[0]
        if len(entries) == 2:  # a reader moved it with tracking on
            yield self._pending(one, entries[1], about_change=False)
        elif not entry.old.text:
            yield self._pending(one, entry, about_change=False)
        else:
            yield from self._by_hand(one, entry)

    def _by_hand(self, one: Expected, entry: Entry, text: str | None = None) -> Iterator[TableEdit]:
        """What somebody did with a statement beside a proposal; ``text`` is what it should say."""
        wanted = one.texts[0] if text is None else text
        source = _other_source(one, entry.old)
        if not same(entry.old.text, wanted) or source is not None:
            yield self._edit(EditKind.EDITED, one, entry, entry.old.text, source=source)
        yield from self._place(one, entry)
        yield from self._others(one, entry)

    def _place(self, one: Expected, entry: Entry, home: tuple[str, Column] | None = None) -> Iterator[TableEdit]:
        if (entry.spot.row_id, entry.spot.column) != (home or one.places[0]):
            yield self._edit(EditKind.MOVED, one, entry, entry.full.text)

    def _others(self, one: Expected, entry: Entry) -> Iterator[TableEdit]:
        """What a reader changed with tracking on and left open, in a statement where no proposal is open."""
        if entry.others_open and entry.full != entry.old:
            yield self._pending(one, entry, about_change=False)

    def _pending(self, one: Expected, entry: Entry, *, about_change: bool) -> TableEdit:
        source = _other_source(one, entry.full) if entry.full.text else None
        edit = self._edit(EditKind.OPEN, one, entry, entry.full.text, source=source, about_change=about_change)
        return edit.model_copy(update={"author": entry.others})

    # Proposals

    def left_open(self, one: Expected) -> TableEdit:
        """A proposal on a statement of which nothing stands in the file, nor of its row."""
        assert one.change is not None
        return TableEdit(
            kind=EditKind.OPEN,
            change_id=one.change.change_id,
            row_id=one.change.row_id,
            statement_id=one.statement_id,
        )

    def change(self, one: Expected, entries: Sequence[Entry]) -> Iterator[TableEdit]:
        """A proposed change of a statement, or a proposed new one."""
        assert one.change is not None
        kind = one.change.change
        if kind is ChangeKind.MOVE and len(one.places) == 2:
            yield from self._moved(one, entries)
        elif kind is ChangeKind.REMOVE:
            yield from self._removal(one, entries)
        elif not entries:
            yield self._absent(one)
        elif kind is ChangeKind.KEEP:
            yield self._edit(EditKind.OPEN, one, entries[0], entries[0].full.text, about_change=True)
            yield from self._by_hand(one, entries[0])
        else:
            yield from self._worded(one, entries[0])
            yield from self._place(one, entries[0])

    def _absent(self, one: Expected) -> TableEdit:
        """Nothing is left: a proposed statement was rejected, one of the table was removed by hand."""
        assert one.change is not None
        return TableEdit(
            kind=EditKind.REMOVED if one.old else EditKind.REJECTED,
            change_id=one.change.change_id,
            row_id=one.change.row_id,
            statement_id=one.statement_id,
        )

    def _texts(self, one: Expected) -> tuple[str, str]:
        assert one.change is not None
        return tidy(one.change.before.text(self._language)), tidy(one.change.after.text(self._language))

    def _worded(self, one: Expected, entry: Entry) -> Iterator[TableEdit]:
        """A proposal that stands in one place: decided by its marks and by what the text says."""
        before, after = self._texts(one)
        full, base = entry.full.text, entry.old.text
        if entry.own_open:
            if same(full, after) or (not entry.others_open and partly_decided(full, before, after)):
                yield self._edit(EditKind.OPEN, one, entry, full, about_change=True)
            elif not full:
                yield self._pending(one, entry, about_change=True)
            else:
                edit = self._decided(EditKind.REWORDED, one, entry, entry.full)
                yield edit.model_copy(update={"author": entry.others})
            return
        if not base:
            yield self._pending(one, entry, about_change=True)
            return
        if same(before, after):
            yield self._unworded(one, entry)
        elif same(base, after):
            yield self._decided(EditKind.ACCEPTED, one, entry, entry.old)
        elif before and (same(base, before) or likeness(base, before) > likeness(base, after)):
            yield self._edit(EditKind.REJECTED, one, entry, base, about_change=True)
            source = _other_source(one, entry.old)
            if not same(base, before) or source is not None:
                yield self._edit(EditKind.EDITED, one, entry, base, source=source)
        else:
            yield self._decided(EditKind.REWORDED, one, entry, entry.old)
        yield from self._others(one, entry)

    def _unworded(self, one: Expected, entry: Entry) -> TableEdit:
        """A proposal that leaves the text here as it is: of another source note, or of the other language."""
        assert one.change is not None
        if not same(entry.old.text, self._texts(one)[1]):
            return self._decided(EditKind.REWORDED, one, entry, entry.old)
        if _other_source(one, entry.old) is not None:
            return self._decided(EditKind.ACCEPTED, one, entry, entry.old)
        # The old note is back. Where the change is in the other language nothing of it could be seen, nor decided.
        kind = EditKind.REJECTED if one.change.before == one.change.after else EditKind.OPEN
        return self._edit(kind, one, entry, entry.old.text, about_change=True)

    def _removal(self, one: Expected, entries: Sequence[Entry]) -> Iterator[TableEdit]:
        assert one.change is not None
        if not entries:
            yield TableEdit(
                kind=EditKind.ACCEPTED,
                change_id=one.change.change_id,
                row_id=one.change.row_id,
                statement_id=one.statement_id,
            )
        elif _half(entries, "deleted") == "open":
            yield self._edit(EditKind.OPEN, one, entries[0], "", about_change=True)
        else:
            yield self._edit(EditKind.REJECTED, one, entries[0], entries[0].old.text, about_change=True)
            yield from self._by_hand(one, entries[0], self._texts(one)[0])

    def _moved(self, one: Expected, entries: Sequence[Entry]) -> Iterator[TableEdit]:
        old_place, new_place = one.places
        before, after = self._texts(one)
        old = [e for e in entries if (e.spot.row_id, e.spot.column) == old_place]
        new = [e for e in entries if (e.spot.row_id, e.spot.column) == new_place]
        elsewhere = [e for e in entries if e not in old and e not in new]
        halves = (_half(old, "deleted"), _half(new, "inserted"))
        if halves == ("gone", "gone") and elsewhere:
            entry = elsewhere[0]
            if same(entry.old.text, before):
                yield self._edit(EditKind.REJECTED, one, entry, before, about_change=True)
            else:
                kind = EditKind.ACCEPTED if same(entry.old.text, after) else EditKind.REWORDED
                yield self._decided(kind, one, entry, entry.old)
            yield self._edit(EditKind.MOVED, one, entry, entry.old.text)
        elif halves == ("open", "open"):
            yield from self._worded(one, new[0])
        elif halves == ("gone", "there"):
            kind = EditKind.ACCEPTED if same(new[0].old.text, after) else EditKind.REWORDED
            yield self._decided(kind, one, new[0], new[0].old)
            yield from self._others(one, new[0])
        elif halves == ("there", "gone"):
            yield self._edit(EditKind.REJECTED, one, old[0], old[0].old.text, about_change=True)
            yield from self._by_hand(one, old[0], before)
        else:
            yield self._half_moved(one, [*new, *old], halves)

    def _half_moved(self, one: Expected, entries: Sequence[Entry], halves: tuple[Half, Half]) -> TableEdit:
        place = entries[0].spot.words if entries else self._because("nowhere", "")
        if halves == ("there", "there"):
            place = self._because("moved_twice", place, statement=one.statement_id)
        elif halves == ("gone", "gone"):
            place = self._because("moved_away", place, statement=one.statement_id)
        else:
            settled, other = ("removal", "insertion") if halves[1] == "open" else ("insertion", "removal")
            place = self._because("moved_half", place, statement=one.statement_id, one=f":{settled}", other=f":{other}")
        return self._unplaced(one, entries, place)

    def new_row(self, one: Expected, entries: Sequence[Entry], heading: Entry | None) -> Iterator[TableEdit]:
        """A proposed new row: its heading and its first statement stand or fall together."""
        assert one.change is not None
        above = _half([heading] if heading is not None else [], "inserted")
        below = _half(entries, "inserted")
        if (above, below) == ("gone", "gone"):
            yield self._absent(one)
            return
        if heading is None or not entries or above != below:
            settled, other = ("row_heading", "row_statement") if above != "open" else ("row_statement", "row_heading")
            some = [*entries, *([heading] if heading is not None else [])]
            row = one.change.row_id
            place = self._because("row_half", some[0].spot.words, row=row, one=f":{settled}", other=f":{other}")
            yield self._unplaced(one, some, place)
            return
        yield from self._worded(one, entries[0])
        yield from self._place(one, entries[0])
        title = tidy(one.change.row_title.text(self._language))
        named = heading.full if heading.own_open else heading.old
        if not same(named.text, title):
            edit = self._edit(EditKind.REWORDED, one, heading, named.text, about_change=True)
            yield edit.model_copy(update={"statement_id": None, "author": heading.others})

    # Records

    def _edit(
        self,
        kind: EditKind,
        one: Expected,
        entry: Entry,
        text: str,
        *,
        source: str | None = None,
        about_change: bool = False,
    ) -> TableEdit:
        change = one.change if about_change else None
        return TableEdit(
            kind=kind,
            change_id=None if change is None else change.change_id,
            row_id=entry.spot.row_id,
            statement_id=one.statement_id,
            column=entry.spot.column,
            text=text,
            place=entry.spot.words,
            source=source,
        )

    def _decided(self, kind: EditKind, one: Expected, entry: Entry, said: Said) -> TableEdit:
        source = _other_source(one, said)
        return self._edit(kind, one, entry, said.text, source=source, about_change=True)

    def _unplaced(self, one: Expected, entries: Sequence[Entry], place: str) -> TableEdit:
        assert one.change is not None
        entry = entries[0] if entries else None
        return TableEdit(
            kind=EditKind.UNPLACED,
            change_id=one.change.change_id,
            row_id=one.change.row_id if entry is None else entry.spot.row_id,
            statement_id=one.statement_id,
            column=None if entry is None else entry.spot.column,
            text=self._texts(one)[1] if entry is None else entry.full.text or entry.old.text,
            place=place,
        )


def _half(entries: Sequence[Entry], change: Literal["inserted", "deleted"]) -> Half:
    """What became of one place where all of a statement was to come or to go."""
    if not entries:
        return "gone"
    entry = entries[0]
    left = entry.new.text if change == "deleted" else entry.old.text
    return "open" if entry.own_open and not left else "there"


def _other_source(one: Expected, said: Said) -> str | None:
    """The source note where it is not what the table has."""
    return None if same(said.source, one.source) else said.source
