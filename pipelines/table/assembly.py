"""From printed rows to an evidence table with ids, taking over ids and names from the version before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from scipy.optimize import linear_sum_assignment

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.themes import Theme
from pipelines.table.cells import CellStatement, cut_cell
from pipelines.table.grid import PrintedTable, Question, join_pages, plain
from pipelines.table.ids import free_row_id, free_statement_id
from pipelines.table.reading import TableReading

_ROW_LEAST = 0.30
"""Least likeness (cosine of character n-grams) of two rows that are the same question in other words. The 15 rows of
the council's table of 2 October 2024 against the shipped table in our own words (measured November 2026): right row
0.47 to 0.77, best wrong row of the same chapter at most 0.22."""
_STATEMENT_LEAST = 0.20
"""The same for statements within a row and column: of 76 right partners in that table the lowest has 0.24."""


def assemble(parts: Sequence[PrintedTable], language: str, like: EvidenceTable | None) -> TableReading:
    """Put a printed table together.

    Parameters
    ----------
    parts
        The table as printed, page by page.
    language
        Language of the text, ``nl`` or ``en``.
    like
        The version before: rows and statements that say the same take over its ids, row names, and (where the text is
        unchanged) the text in the other language.
    """
    questions = join_pages(parts)
    cut = [_cut(question) for question in questions]
    matched = _match_rows(questions, cut, language, like)
    rows: list[TableRow] = []
    for question, statements, old in zip(questions, cut, matched, strict=True):
        chapter = question.chapter or (old.chapter if old else Theme.OTHER_EFFECTS)
        rows.append(_row(question, statements, old, chapter, language, [r.id for r in rows] + _ids(matched)))
    return TableReading(table=EvidenceTable(version=datetime.now(UTC).date().isoformat(), rows=tuple(rows)))


def _ids(rows: Sequence[TableRow | None]) -> list[str]:
    return [row.id for row in rows if row is not None]


def _cut(question: Question) -> dict[Column, list[CellStatement]]:
    return {column: cut_cell(cell) for column, cell in zip(Column, question.cells, strict=True)}


def _row_text(statements: dict[Column, list[CellStatement]]) -> str:
    return " ".join(s.text for column in Column for s in statements[column])


def _likeness(left: Sequence[str], right: Sequence[str]) -> np.ndarray:
    """Cosines of character n-grams, (n_left, n_right)."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # seconds to import

    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, lowercase=True)
    matrix = vectorizer.fit_transform([*left, *right])
    return np.asarray((matrix[: len(left)] @ matrix[len(left) :].T).todense())


def _match_rows(
    questions: Sequence[Question],
    cut: Sequence[dict[Column, list[CellStatement]]],
    language: str,
    like: EvidenceTable | None,
) -> list[TableRow | None]:
    if like is None or not like.rows or not questions:
        return [None] * len(questions)
    by_id = {row.id: row for row in like.rows}
    printed = [by_id.get(q.marker.split()[0]) if q.marker else None for q in questions]
    texts = [" ".join(s.text(language) for s in row.statements) for row in like.rows]
    scores = _likeness([_row_text(c) or " " for c in cut], texts)
    for i, question in enumerate(questions):
        for j, row in enumerate(like.rows):
            if question.chapter is not None and row.chapter != question.chapter:
                scores[i, j] = 0.0
            if printed[i] is not None:
                scores[i, j] = 2.0 if row is printed[i] else 0.0
    matched: list[TableRow | None] = [None] * len(questions)
    for i, j in zip(*linear_sum_assignment(-scores), strict=True):
        if scores[i, j] >= _ROW_LEAST:
            matched[i] = like.rows[j]
    return matched


def _row(
    question: Question,
    statements: dict[Column, list[CellStatement]],
    old: TableRow | None,
    chapter: Theme,
    language: str,
    taken: Sequence[str],
) -> TableRow:
    printed_id, _, printed_name = question.marker.partition(" ")
    if old is not None:
        row_id, names = old.id, {"nl": old.nl, "en": old.en}
    else:
        row_id = printed_id or free_row_id(chapter, taken)
        names = {language: _name(question)}
    if printed_name:
        names[language] = printed_name.lstrip("·:.–- ")
    made = [s for column in Column for s in _statements(row_id, column, statements[column], old, language)]
    return TableRow(id=row_id, chapter=chapter, statements=tuple(made), **names)


def _name(question: Question) -> str:
    first = next((plain(line) for cell in question.cells for line in cell if plain(line)), "")
    words = first.split()
    return " ".join(words[:8]) + ("…" if len(words) > 8 else "")


def _statements(
    row_id: str, column: Column, found: Sequence[CellStatement], old: TableRow | None, language: str
) -> list[Statement]:
    before = () if old is None else old.column(column)
    partner = _partners(found, before, language)
    found, partner = _gather(list(found), partner, language)
    taken = {s.id for s in before} | {s.id for s in found if s.id}
    out: list[Statement] = []
    for statement, other in zip(found, partner, strict=True):
        if other is not None:
            unchanged = statement.text == other.text(language)
            texts = {"nl": other.nl, "en": other.en} if unchanged else {language: statement.text}
            made = other.model_copy(update={"nl": "", "en": "", "source": statement.source, **texts})
        else:
            statement_id = statement.id or free_statement_id(row_id, column, taken)
            made = Statement(id=statement_id, column=column, source=statement.source)
            made = made.model_copy(update={language: statement.text})
        taken.add(made.id)
        out.append(made)
    return out


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
            best, gain = None, 0.0
            for j in (i - 1, i + 1):
                if 0 <= j < len(found) and partner[j] is not None and found[j].source == statement.source:
                    first, second = found[min(i, j)], found[max(i, j)]
                    together = f"{first.text} {second.text}"
                    target = partner[j]
                    assert target is not None
                    alone, joined = _likeness([found[j].text, together], [target.text(language)])[:, 0]
                    if joined - alone > gain:
                        best, gain = (j, together), joined - alone
            if best is not None:
                j, together = best
                found[j] = CellStatement(together, statement.source, found[j].id)
                del found[i], partner[i]
                changed = True
                break
    return found, partner


def _partners(found: Sequence[CellStatement], before: Sequence[Statement], language: str) -> list[Statement | None]:
    partners: list[Statement | None] = [None] * len(found)
    if not found or not before:
        return partners
    scores = _likeness([s.text for s in found], [s.text(language) for s in before])
    for i, statement in enumerate(found):
        for j, other in enumerate(before):
            if statement.id:
                scores[i, j] = 2.0 if statement.id == other.id else 0.0
    for i, j in zip(*linear_sum_assignment(-scores), strict=True):
        if scores[i, j] >= _STATEMENT_LEAST:
            partners[i] = before[j]
    return partners
