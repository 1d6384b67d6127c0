"""Which printed rows and statements say what rows and statements of the version before say."""

from __future__ import annotations

from collections.abc import Sequence

from scipy.optimize import linear_sum_assignment

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.table.cells import CellStatement
from pipelines.table.grid import Question
from pipelines.table.likeness import likeness

Found = dict[Column, list[CellStatement]]
"""Statements of a printed row by column."""
Partners = dict[Column, list[Statement | None]]
"""For each of them the statement before that says the same."""

_ROW_LEAST = 0.30
"""Least likeness (cosine of character n-grams) of two rows that are the same question in other words. The 15 rows of
the council's table of 2 October 2024 against the shipped table in our own words (measured November 2026): right row
0.47 to 0.77, best wrong row of the same chapter at most 0.22."""
_STATEMENT_LEAST = 0.20
"""The same for statements within a row and column: of 76 right partners in that table the lowest has 0.24."""
_MOVED_LEAST = 0.50
"""The same for statements of a row that stand in different columns. Of the pairs of the shipped table the two most
alike have 0.26 (Dutch) and 0.20 (English; November 2026): twice that is the same statement, moved."""
_SURE = 2.0
"""Above any likeness: the id is printed."""


def match_rows(
    questions: Sequence[Question], cut: Sequence[Found], language: str, like: EvidenceTable | None
) -> list[TableRow | None]:
    """For each question the row before that asks the same."""
    if like is None or not like.rows or not questions:
        return [None] * len(questions)
    by_id = {row.id: row for row in like.rows}
    printed = [by_id.get(q.marker.split()[0]) if q.marker else None for q in questions]
    texts = [" ".join(s.text(language) for s in row.statements) for row in like.rows]
    scores = likeness([_row_text(found) for found in cut], texts)
    for i, question in enumerate(questions):
        for j, row in enumerate(like.rows):
            if question.chapter is not None and row.chapter != question.chapter:
                scores[i, j] = 0.0
            if printed[i] is not None:
                scores[i, j] = _SURE if row is printed[i] else 0.0
    matched: list[TableRow | None] = [None] * len(questions)
    for i, j in zip(*linear_sum_assignment(-scores), strict=True):
        if scores[i, j] >= _ROW_LEAST:
            matched[i] = like.rows[j]
    return matched


def _row_text(found: Found) -> str:
    return " ".join(s.text for column in Column for s in found[column])


def match_statements(found: Found, old: TableRow | None, language: str) -> tuple[Found, Partners]:
    """Statements of a row with their partners; sentences that a partner says in one go are one statement.

    First within the columns, then for what is left over across them: a statement that moved.
    """
    partners: Partners = {}
    gathered: Found = {}
    for column in Column:
        before = () if old is None else old.column(column)
        partner = _partners(found[column], before, language, _STATEMENT_LEAST)
        gathered[column], partners[column] = _gather(list(found[column]), partner, language)
    if old is not None:
        _match_moved(gathered, partners, old, language)
    return gathered, partners


def _match_moved(found: Found, partners: Partners, old: TableRow, language: str) -> None:
    matched = {s.id for column in Column for s in partners[column] if s is not None}
    left = [s for s in old.statements if s.id not in matched]
    places = [(c, i) for c in Column for i, partner in enumerate(partners[c]) if partner is None]
    moved = _partners([found[c][i] for c, i in places], left, language, _MOVED_LEAST)
    for (column, index), partner in zip(places, moved, strict=True):
        partners[column][index] = partner


def _partners(
    found: Sequence[CellStatement], before: Sequence[Statement], language: str, least: float
) -> list[Statement | None]:
    partners: list[Statement | None] = [None] * len(found)
    if not found or not before:
        return partners
    scores = likeness([s.text for s in found], [s.text(language) for s in before])
    for i, statement in enumerate(found):
        for j, other in enumerate(before):
            if statement.id:
                scores[i, j] = _SURE if statement.id == other.id else 0.0
    for i, j in zip(*linear_sum_assignment(-scores), strict=True):
        if scores[i, j] >= least:
            partners[i] = before[j]
    return partners


def _gather(
    found: list[CellStatement], partner: list[Statement | None], language: str
) -> tuple[list[CellStatement], list[Statement | None]]:
    """Sentences without a partner go with a neighbour of the same source note where that makes it more like its own.

    The version before says in one statement what the print says in two sentences; a sentence that says something else
    stays a statement of its own.
    """
    changed = True
    while changed:
        changed = False
        for i, statement in enumerate(found):
            if partner[i] is not None or statement.id:
                continue
            neighbour = _gaining_neighbour(i, found, partner, language)
            if neighbour is not None:
                j, together = neighbour
                found[j] = CellStatement(together, statement.source, found[j].id)
                del found[i], partner[i]
                changed = True
                break
    return found, partner


def _gaining_neighbour(
    i: int, found: Sequence[CellStatement], partner: Sequence[Statement | None], language: str
) -> tuple[int, str] | None:
    """The neighbour that gains most by the text of statement ``i``, and the text of both."""
    best, gain = None, 0.0
    for j in (i - 1, i + 1):
        target = partner[j] if 0 <= j < len(found) else None
        if target is None or found[j].source != found[i].source:
            continue
        together = f"{found[min(i, j)].text} {found[max(i, j)].text}"
        alone, joined = likeness([found[j].text, together], [target.text(language)])[:, 0]
        if joined - alone > gain:
            best, gain = (j, together), float(joined - alone)
    return best


def nearest(statement: Statement, others: Sequence[Statement], language: str) -> Statement | None:
    """The one of ``others`` most like a statement, if any of them is like it."""
    if not others:
        return None
    scores = likeness([statement.text(language)], [other.text(language) for other in others])[0]
    best = int(scores.argmax())
    return others[best] if scores[best] >= _STATEMENT_LEAST else None
