"""Which passages the models are unsure of, the most doubtful first."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.domain.evidence import Evidence, Labels
from pipelines.domain.themes import ThemeTags

# All measured with the shipped models of both stages on the 240 passages of the development set (November 2026,
# benchmarks/doubtful_passages.py); the bounds were chosen with the linear models alone. The three together choose 30 in
# 100 of those passages and hold 36 of the 68 on which flag, row or a theme is wrong; real documents have far fewer of
# them, since most of their passages are plainly no evidence. Errors that both stages share are made with confidence:
# no bound on doubt finds those.
LEAST_FLAG = 0.2
"""From here to ``1 - LEAST_FLAG`` the flag is doubtful: 18 in 100 flags are wrong there, 5 in 100 outside; it is 16 in
100 passages and 7 of the 17 wrong flags."""
LEAST_LEAD = 0.2
"""Where the first row leads the second by less, the row is doubtful, among passages with a flag of at least
``LEAST_FLAG``: 11 in 100 rows are wrong there and 6 in 100 elsewhere; 1 of the 8 wrong rows."""
THEME_BAND = 0.1
"""Nearer to 0.5 a theme is doubtful: 46 in 100 passages have a wrong theme there, 17 in 100 elsewhere."""
_WEIGHTS = (2.0, 1.0, 0.5)
"""Of flag, row and theme in the order of asking: among the first 40 of the 240 this order holds 11 of the 25 wrong
flags and rows."""


def flag_doubt(evidence: Evidence) -> float:
    """Doubt about the flag, from 0 (at the edges of the band and beyond) to 1 (at 0.5)."""
    return max(0.0, 1 - abs(evidence.flag - 0.5) / (0.5 - LEAST_FLAG))


def row_doubt(evidence: Evidence) -> float:
    """Doubt about the first row, from 0 to 1 (two rows are equally probable)."""
    if evidence.flag < LEAST_FLAG or len(evidence.rows) < 2:
        return 0.0
    return max(0.0, 1 - (evidence.rows[0].score - evidence.rows[1].score) / LEAST_LEAD)


def theme_doubt(tags: ThemeTags) -> float:
    """Doubt about the least certain theme, from 0 to 1 (a probability of 0.5)."""
    return max((max(0.0, 1 - abs(p - 0.5) / THEME_BAND) for p in tags.probabilities.values()), default=0.0)


def doubt(labels: Labels) -> float:
    """How doubtful the labels of a passage are; 0 where they are not."""
    parts = flag_doubt(labels.evidence), row_doubt(labels.evidence), theme_doubt(labels.tags)
    return sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True))


def rank_doubtful(labels: Sequence[Labels], groups: Sequence[str]) -> list[int]:
    """Places of the doubtful passages, the most doubtful first; ties go by passage id.

    Parameters
    ----------
    labels
        Labels of passages.
    groups
        For each passage the group of near-duplicates it belongs to, or else its own id. Of a group the passage with the
        highest flag is read, which is the one that the report quotes.
    """
    strongest: dict[str, int] = {}
    by_flag = sorted(range(len(labels)), key=lambda i: (-labels[i].evidence.flag, labels[i].evidence.passage_id))
    for place in by_flag:
        strongest.setdefault(groups[place], place)
    scored = [(doubt(labels[place]), place) for place in strongest.values()]
    ordered = sorted(scored, key=lambda pair: (-pair[0], labels[pair[1]].evidence.passage_id))
    return [place for score, place in ordered if score > 0]
