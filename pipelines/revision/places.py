"""Where new rows and statements stand, and their ids. An id is never used twice, in no version."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.proposals import Proposal
from pipelines.domain.themes import Theme

_LETTERS = {Column.KNOWN: "k", Column.UNCERTAIN: "u", Column.TREND: "t"}
_CHAPTER_LETTERS = dict(zip(Theme, "ABCDE", strict=True))
_ROW_ID = re.compile(r"([A-Z]+)(\d+)")
_ORDER = tuple(Column)


def ids_of(tables: Iterable[EvidenceTable]) -> frozenset[str]:
    """All ids of rows and statements in several versions of the table."""
    rows = [row for table in tables for row in table.rows]
    return frozenset(row.id for row in rows) | {statement.id for row in rows for statement in row.statements}


def next_statement_id(row_id: str, column: Column, taken: Iterable[str]) -> str:
    """The next free id of a row and column, for instance ``B1.t4``; above every number that was used."""
    start = f"{row_id}.{_LETTERS[column]}"
    return f"{start}{_highest(start, taken) + 1}"


def next_row_id(chapter: Theme, rows: Sequence[TableRow], taken: Iterable[str]) -> str:
    """The next free id of a row, for instance ``E3``: the letter of most rows of the chapter, and a new number."""
    used = list(taken)
    letters = Counter(m[1] for row in rows if row.chapter == chapter and (m := _ROW_ID.fullmatch(row.id)))
    letter = min(letters, key=lambda one: (-letters[one], one)) if letters else _CHAPTER_LETTERS[chapter]
    # A deleted row leaves its statements' ids behind, and those must not come to another row.
    rows_of_statements = [one.split(".", 1)[0] for one in used]
    return f"{letter}{_highest(letter, [*used, *rows_of_statements]) + 1}"


def _highest(start: str, taken: Iterable[str]) -> int:
    numbers = [re.fullmatch(re.escape(start) + r"(\d+)", one) for one in taken]
    return max((int(m[1]) for m in numbers if m), default=0)


def planned_ids(
    table: EvidenceTable, proposals: Sequence[Proposal], taken: frozenset[str] = frozenset()
) -> dict[str, tuple[str, str]]:
    """The ids of row and statement that new statements and rows would get, by id of the proposal.

    These are the ids that :func:`pipelines.revision.revise.revise_table` gives where all of them are approved together.
    Where only some are, set ``row_id`` and ``statement_id`` of the approved change to what people were shown.

    Parameters
    ----------
    table
        The newest version.
    proposals
        Any; those that add nothing are left out.
    taken
        As for ``revise_table``.
    """
    used = set(taken) | ids_of([table])
    planned: dict[str, tuple[str, str]] = {}
    adding = [p for p in proposals if p.change.adds]
    for proposal in sorted(adding, key=lambda p: (p.row_id is None, p.row_id or "", p.to_column or "", p.id)):
        row_id = proposal.row_id or next_row_id(proposal.chapter or Theme.OTHER_EFFECTS, table.rows, used)
        statement_id = next_statement_id(row_id, proposal.to_column or Column.TREND, used)
        used |= {row_id, statement_id}
        planned[proposal.id] = row_id, statement_id
    return planned


def put_in_column(statements: Sequence[Statement], added: Statement) -> tuple[Statement, ...]:
    """``added`` after the last statement of its column; in an empty column before the first of a later one."""
    same = [place for place, one in enumerate(statements) if one.column == added.column]
    later = [p for p, one in enumerate(statements) if _ORDER.index(one.column) > _ORDER.index(added.column)]
    place = same[-1] + 1 if same else later[0] if later else len(statements)
    return (*statements[:place], added, *statements[place:])


def put_in_chapter(rows: Sequence[TableRow], added: TableRow) -> tuple[TableRow, ...]:
    """``added`` after the last row of its chapter; of a new chapter before the first of a later one."""
    order = tuple(Theme)
    same = [place for place, row in enumerate(rows) if row.chapter == added.chapter]
    later = [p for p, row in enumerate(rows) if order.index(row.chapter) > order.index(added.chapter)]
    place = same[-1] + 1 if same else later[0] if later else len(rows)
    return (*rows[:place], added, *rows[place:])
