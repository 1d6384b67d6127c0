"""How near passages lie to the statements of a table; works for statements and rows the models have never seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.themes import Theme
from pipelines.language.encoder import Encoder, FloatArray
from pipelines.language.linear import Reading

COLUMNS = tuple(Column)

SAME_STATEMENT = 0.8
"""Cosine from which a statement still counts as the one that the models learned under its id. The 77 shipped
statements lie at most .77 from one another; with a word or two changed one stays mostly above .9 (median .94)."""


@dataclass(frozen=True)
class TableIndex:
    """The statements of one version of the table as vectors.

    Attributes
    ----------
    row_themes
        Index of the chapter (theme) of each row.
    statement_ids, statement_rows, statement_columns
        Id, index of the row and index of the column (known, uncertain, trend) of each statement.
    vectors
        Shape (n_statements, dimensions): mean of the Dutch and the English text, unit length.
    """

    version: str
    row_ids: tuple[str, ...]
    row_themes: NDArray[np.intp]
    statement_ids: tuple[str, ...]
    statement_rows: NDArray[np.intp]
    statement_columns: NDArray[np.intp]
    vectors: FloatArray


def index_table(table: EvidenceTable, encoder: Encoder) -> TableIndex:
    """Index the statements of ``table``; a statement in one language only is indexed by that."""
    row_ids = tuple(row.id for row in table.rows)
    statements = list(table.statements())
    vectors = encoder.encode([s.text("nl") for _, s in statements]) + encoder.encode(
        [s.text("en") for _, s in statements]
    )
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return TableIndex(
        table.version,
        row_ids,
        np.asarray([list(Theme).index(row.chapter) for row in table.rows], dtype=np.intp),
        tuple(s.id for _, s in statements),
        np.asarray([row_ids.index(row.id) for row, _ in statements], dtype=np.intp),
        np.asarray([COLUMNS.index(s.column) for _, s in statements], dtype=np.intp),
        np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0),
    )


@dataclass(frozen=True)
class StatementMatcher:
    """Scores passages against rows and statements.

    Attributes
    ----------
    known_ids, known_vectors
        The statements there are heads for.
    cosine_mean, cosine_scale
        Of passages with statements, over the training set.
    known, new
        Readings of a pair of passage and statement, with and without the head of that statement.
    new_row
        Reading of a row without a head from its nearest statement.
    """

    known_ids: tuple[str, ...]
    known_vectors: FloatArray
    cosine_mean: float
    cosine_scale: float
    known: Reading
    new: Reading
    new_row: Reading

    def likeness(self, vectors: FloatArray, index: TableIndex) -> NDArray[np.float64]:
        """Standardised cosines of passages with statements, shape (n_passages, n_statements)."""
        return (np.asarray(vectors @ index.vectors.T, dtype=np.float64) - self.cosine_mean) / self.cosine_scale

    def heads_of(self, index: TableIndex) -> list[int | None]:
        """For each statement of ``index`` the head that was trained for it, if it still says the same."""
        place = {name: i for i, name in enumerate(self.known_ids)}
        found: list[int | None] = []
        for i, name in enumerate(index.statement_ids):
            head = place.get(name)
            same = head is not None and float(self.known_vectors[head] @ index.vectors[i]) >= SAME_STATEMENT
            found.append(head if same else None)
        return found

    def row_scores(
        self, likeness: NDArray[np.float64], trained: Mapping[str, NDArray[Any]], index: TableIndex
    ) -> NDArray[np.float64]:
        """Scores of the rows of ``index``, about -1 to 1: from their head, else from their nearest statement.

        ``trained`` gives the scores of the rows that have a head, each of shape (n_passages,).
        """
        scores = np.full((len(likeness), len(index.row_ids)), -1.0)
        for r, row in enumerate(index.row_ids):
            own = index.statement_rows == r
            if row in trained:
                scores[:, r] = trained[row]
            elif own.any():
                nearest = likeness[:, own].max(axis=1, keepdims=True)
                scores[:, r] = 2 * self.new_row.yes(nearest) - 1
        return scores

    def logits(
        self,
        likeness: NDArray[np.float64],
        head_scores: NDArray[Any],
        row_scores: NDArray[np.float64],
        index: TableIndex,
    ) -> NDArray[np.float64]:
        """Log odds that a passage bears on a statement, shape (n_passages, n_statements).

        ``head_scores`` are those of the statements in :attr:`known_ids`, shape (n_passages, n_known).
        """
        pairs = pair_inputs(likeness, row_scores, index)
        heads = self.heads_of(index)
        known = [i for i, head in enumerate(heads) if head is not None]
        new = [i for i, head in enumerate(heads) if head is None]
        by_head = head_scores[:, [head for head in heads if head is not None], None]
        probabilities = np.empty(likeness.shape)
        probabilities[:, known] = self.known.yes(np.concatenate([pairs[:, known], by_head], axis=2))
        probabilities[:, new] = self.new.yes(pairs[:, new])
        probabilities = np.clip(probabilities, 1e-6, 1 - 1e-6)
        return np.log(probabilities / (1 - probabilities))


def pair_inputs(
    likeness: NDArray[np.float64], row_scores: NDArray[np.float64], index: TableIndex
) -> NDArray[np.float64]:
    """What tells whether a passage bears on a statement, shape (n_passages, n_statements, 4).

    Cosine, the same less that of the nearest statement, score of the statement's row, the same less that of the best.
    """
    own_row = row_scores[:, index.statement_rows]
    return np.stack(
        [
            likeness,
            likeness - likeness.max(axis=1, keepdims=True, initial=-10.0),
            own_row,
            own_row - row_scores.max(axis=1, keepdims=True, initial=-1.0),
        ],
        axis=2,
    )


def row_inputs(
    row_scores: NDArray[np.float64], themes: NDArray[np.float64], logits: NDArray[np.float64], index: TableIndex
) -> NDArray[np.float64]:
    """What tells whether a passage bears on a row, shape (n_passages, n_rows, 6).

    Score of the row, log odds of its theme, log odds of its best statement, and each of these less the best of the
    other rows (score) or of all (theme, statement). The same for every row, so that it holds for new rows as well. A
    right row came first for .790 of the passages out of fold and .910 of the development set; by scores alone .777 and
    .886.
    """
    n_rows = len(index.row_ids)
    best = np.full(row_scores.shape, -10.0)
    for r in range(n_rows):
        own = index.statement_rows == r
        if own.any():
            best[:, r] = logits[:, own].max(axis=1)
    padded = np.sort(np.column_stack([row_scores, np.full((len(row_scores), 2), -2.0)]), axis=1)
    others = np.where(row_scores == padded[:, -1:], padded[:, -2:-1], padded[:, -1:])
    own_theme = themes[:, index.row_themes]
    return np.stack(
        [
            row_scores,
            own_theme,
            best,
            row_scores - others,
            own_theme - themes.max(axis=1, keepdims=True),
            best - best.max(axis=1, keepdims=True, initial=-10.0),
        ],
        axis=2,
    )


def summarise(logits: NDArray[np.float64], index: TableIndex) -> NDArray[np.float64]:
    """What the statements together say, shape (n_passages, 8): per column the best and the summed probability, the
    best of all, and its lead over the second."""
    n = len(logits)
    probabilities = 1 / (1 + np.exp(-logits))
    best = np.full((n, len(COLUMNS)), -10.0)
    summed = np.zeros((n, len(COLUMNS)))
    for c in range(len(COLUMNS)):
        own = index.statement_columns == c
        if own.any():
            best[:, c] = logits[:, own].max(axis=1)
            summed[:, c] = probabilities[:, own].sum(axis=1)
    padded = np.sort(np.column_stack([logits, np.full((n, 2), -10.0)]), axis=1)
    return np.column_stack([best, summed, padded[:, -1], padded[:, -1] - padded[:, -2]])
