"""How much of the council's own table is read from its document, held against the table in single statements.

    python benchmarks/table_import.py DOCUMENT GOLD.yaml [--show]

The document is read twice: by itself, and beside the shipped table. The gold table says the same in other words, so
statements are held against each other by likeness: cosines of character n-grams, one to one over the whole table.

found           a statement of its own
merged          no statement of its own, but most like one that is another's already
missed          like nothing that was read
split           read as a statement of its own, but most like one that has a partner already
wrong column    found in another column
wrong source    found with another source note
other id        found beside the shipped table under another id than that of the gold table
extra           like nothing in the gold table
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from pipelines.domain.evidence_table import EvidenceTable, Statement, TableRow  # noqa: E402
from pipelines.table import read_table_with_notes, starting_table  # noqa: E402
from pipelines.table.likeness import likeness  # noqa: E402
from pipelines.table.yaml_format import read_yaml  # noqa: E402

LEAST = 0.15
"""Least likeness of two statements that say the same. Of 76 right pairs the lowest has 0.24 among the statements of its
own cell; over the whole table n-grams weigh otherwise and pairs come out lower. Read by eye, no pair above it is
wrong."""
SAME_ROW = 0.10
"""Added where the rows are partners: the same words come back in other rows."""


@dataclass
class Tally:
    found: list[tuple[str, str]] = field(default_factory=list)
    merged: list[tuple[str, str]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    split: list[tuple[str, str]] = field(default_factory=list)
    column: list[str] = field(default_factory=list)
    source: list[tuple[str, str, str]] = field(default_factory=list)
    other_id: list[tuple[str, str]] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)

    def numbers(self) -> list[int]:
        lists = (self.found, self.missed, self.merged, self.split, self.column, self.source, self.other_id, self.extra)
        return [len(entries) for entries in lists]


def pair(read: EvidenceTable, gold: EvidenceTable) -> dict[str, Tally]:
    """What became of every gold row."""
    ours, theirs = list(read.statements()), list(gold.statements())
    scores = likeness([s.nl or s.en for _, s in ours], [s.nl for _, s in theirs])
    rows = row_partners(read, gold)
    bonus = np.array([[rows.get(row.id) == other.id for other, _ in theirs] for row, _ in ours])
    scores = np.where(scores > 0, scores + SAME_ROW * bonus, 0.0)
    partner = {int(j): int(i) for i, j in zip(*linear_sum_assignment(-scores), strict=True) if scores[i, j] >= LEAST}
    tallies = {row.id: Tally() for row in gold.rows}
    for j, (row, statement) in enumerate(theirs):
        _tally_gold(tallies[row.id], statement, j, partner, scores, ours)
    for i in sorted(set(range(len(ours))) - set(partner.values())):
        best = int(scores[i].argmax())
        home = theirs[best][0].id if scores[i, best] >= LEAST else rows.get(ours[i][0].id, gold.rows[0].id)
        if scores[i, best] >= LEAST:
            tallies[home].split.append((ours[i][1].id, theirs[best][1].id))
        else:
            tallies[home].extra.append(ours[i][1].id)
    return tallies


def _tally_gold(
    tally: Tally,
    statement: Statement,
    j: int,
    partner: dict[int, int],
    scores: np.ndarray,
    ours: list[tuple[TableRow, Statement]],
) -> None:
    if j in partner:
        other = ours[partner[j]][1]
        tally.found.append((statement.id, other.id))
        if other.id != statement.id:
            tally.other_id.append((statement.id, other.id))
        if other.column is not statement.column:
            tally.column.append(statement.id)
        if other.source != statement.source:
            tally.source.append((statement.id, statement.source, other.source))
        return
    best = int(scores[:, j].argmax()) if len(ours) else 0
    if len(ours) and scores[best, j] >= LEAST:
        tally.merged.append((statement.id, ours[best][1].id))
    else:
        tally.missed.append(statement.id)


def row_partners(read: EvidenceTable, gold: EvidenceTable) -> dict[str, str]:
    """Row read -> gold row, one to one."""
    scores = likeness(
        [" ".join(s.nl or s.en for s in row.statements) or " " for row in read.rows],
        [" ".join(s.nl for s in row.statements) for row in gold.rows],
    )
    pairs = zip(*linear_sum_assignment(-scores), strict=True)
    return {read.rows[i].id: gold.rows[j].id for i, j in pairs if scores[i, j] > 0}


def report(name: str, read: EvidenceTable, gold: EvidenceTable) -> None:
    """Print a line a row and what is not as in the gold table."""
    tallies = pair(read, gold)
    titles = ("found", "missed", "merged", "split", "wrong column", "wrong source", "other id", "extra")
    n_read = sum(len(row.statements) for row in read.rows)
    print(f"\n{name}: {len(read.rows)} rows, {n_read} statements read")
    print(f"{'row':6}{'gold':>5}" + "".join(f"{title:>14}" for title in titles))
    for row in gold.rows:
        numbers = "".join(f"{n:14}" for n in tallies[row.id].numbers())
        print(f"{row.id:6}{len(row.statements):5}{numbers}")
    sums = np.array([tally.numbers() for tally in tallies.values()]).sum(axis=0)
    print(f"{'all':6}{sum(len(row.statements) for row in gold.rows):5}" + "".join(f"{n:14}" for n in sums))
    for tally in tallies.values():
        for kind, entries in (("missed", tally.missed), ("wrong column", tally.column), ("extra", tally.extra)):
            for entry in entries:
                print(f"  {kind}: {entry}")
        for kind, pairs in (("merged", tally.merged), ("split", tally.split), ("other id", tally.other_id)):
            for one, other in pairs:
                print(f"  {kind}: {one} -> {other}")
        for one, right, wrong in tally.source:
            print(f"  wrong source: {one}: {wrong!r} for {right!r}")


def main() -> None:
    """Read the document twice and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("document", type=Path)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--show", action="store_true", help="print what was read")
    arguments = parser.parse_args()
    gold = read_yaml(arguments.gold.read_bytes())
    content = arguments.document.read_bytes()
    for name, like in (("by itself", None), ("beside the shipped table", starting_table())):
        reading = read_table_with_notes(content, arguments.document.name, like=like)
        report(name, reading.table, gold)
        for sentence in reading.sentences("en"):
            print(f"  note: {sentence}")
        if arguments.show:
            for row, statement in reading.table.statements():
                print(f"  {row.id} {statement.id} | {statement.nl or statement.en} | {statement.source}")


if __name__ == "__main__":
    main()
