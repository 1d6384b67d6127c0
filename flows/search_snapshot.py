"""An index of the passages of a workspace at one moment, with what filters and near-duplicates need to know of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.evidence import FLAGGED_FROM
from pipelines.domain.runs import DocumentSummary
from pipelines.language.search import Mask, SearchIndex
from pipelines.store.passages import PassageFilter
from pipelines.store.search_texts import FindableRow, Stamp

_LANGUAGE, _THEME, _ROW, _FLAGGED = "language", "theme", "row", "flagged"


@dataclass(frozen=True)
class Snapshot:
    """An index and what is known of its rows; made whole and never changed."""

    index: SearchIndex
    stamp: Stamp
    documents: dict[str, DocumentSummary]
    document_of: NDArray[np.int32]
    """Number of the document of each row, in the order of ``documents``."""
    group_of: NDArray[np.int64]
    """The same number for near-duplicates."""
    having: dict[tuple[str, str], Mask]
    """Rows that have a language, a theme or a row of the table, or are flagged."""

    def allowed(self, chosen: PassageFilter) -> Mask:
        """Rows that a filter leaves."""
        allowed = self.index.present.copy()
        for kind, value in ((_LANGUAGE, chosen.language), (_THEME, chosen.theme), (_ROW, chosen.row)):
            if value is not None:
                allowed &= self.having.get((kind, value), np.zeros_like(allowed))
        if chosen.flagged:
            allowed &= self.having[_FLAGGED, ""]
        if chosen.document_ids is not None or chosen.run_id is not None or chosen.since is not None:
            fitting = [
                (chosen.document_ids is None or one.id in chosen.document_ids)
                and (chosen.run_id is None or one.run_id == chosen.run_id)
                and (chosen.since is None or one.first_seen >= chosen.since)
                for one in self.documents.values()
            ]
            allowed &= np.append(np.array(fitting, dtype=np.bool_), False)[self.document_of]
        return allowed


def describe(
    index: SearchIndex,
    rows: Sequence[FindableRow],
    documents: dict[str, DocumentSummary],
    themes: Sequence[tuple[str, str]],
    table_rows: Sequence[tuple[str, str]],
    stamp: Stamp,
) -> Snapshot:
    """An index with what the store says of its passages; ``themes`` and ``table_rows`` as pairs with the passage."""
    there = np.flatnonzero(index.present).tolist()
    row_of = dict(zip(index.ids[there].tolist(), there, strict=True))
    n_rows = len(index.ids)
    number_of = {document_id: number for number, document_id in enumerate(documents)}
    group_numbers: dict[str, int] = {}
    document_of = np.full(n_rows, len(documents), dtype=np.int32)
    group_of = np.full(n_rows, -1, dtype=np.int64)
    of_value: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    of_value[_FLAGGED, ""] = []
    for one in rows:
        row = row_of.get(one.id)
        if row is None:  # it went while the index was made
            continue
        document_of[row] = number_of[one.document_id]
        group_of[row] = group_numbers.setdefault(one.group_id or one.id, len(group_numbers))
        of_value[_LANGUAGE, one.language].append(row)
        if one.flag >= FLAGGED_FROM:
            of_value[_FLAGGED, ""].append(row)
    for kind, pairs in ((_THEME, themes), (_ROW, table_rows)):
        for passage_id, value in pairs:
            if passage_id in row_of:
                of_value[kind, value].append(row_of[passage_id])
    having = {value: np.zeros(n_rows, dtype=np.bool_) for value in of_value}
    for value, some in of_value.items():
        having[value][some] = True
    return Snapshot(index, stamp, documents, document_of, group_of, having)
