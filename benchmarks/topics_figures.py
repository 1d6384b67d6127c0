"""Figures on topics: agreement with rows, mix of languages, coherence and variety of terms, and stability."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations
from math import log

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score
from topics_runs import Places

LEAST_SHARE = 0.1
"""A topic holds both languages when the smaller one has this share of its passages."""


def agreement(rows: NDArray[np.str_], labels: Places) -> dict[str, float]:
    """With the first row of each passage: over all, the unassigned a class of their own, and over the assigned."""
    inside = labels >= 0
    if not inside.any():
        return dict.fromkeys(("nmi_all", "ami_all", "nmi", "ami"), 0.0)
    return {
        "nmi_all": float(normalized_mutual_info_score(rows, labels)),
        "ami_all": float(adjusted_mutual_info_score(rows, labels)),
        "nmi": float(normalized_mutual_info_score(rows[inside], labels[inside])),
        "ami": float(adjusted_mutual_info_score(rows[inside], labels[inside])),
    }


def mix(languages: NDArray[np.str_], labels: Places) -> dict[str, float]:
    """How the languages are spread over topics; entropy is 1 where a topic is half Dutch and half English."""
    found = np.unique(labels[labels >= 0])
    figures = {"topics": len(found), "unassigned": float((labels < 0).mean())}
    if not len(found):
        return figures | dict.fromkeys(("both", "minority", "entropy", "largest"), 0.0)
    dutch = np.array([(languages[labels == label] == "nl").mean() for label in found])
    minority = np.minimum(dutch, 1 - dutch)
    return figures | {
        "both": float((minority >= LEAST_SHARE).mean()),
        "minority": float(minority.mean()),
        "entropy": float(np.mean([_entropy(share) for share in dutch])),
        "largest": float(max((labels == label).mean() for label in found)),
    }


def _entropy(share: float) -> float:
    return -sum(p * log(p, 2) for p in (share, 1 - share) if p > 0)


def coherence(topics: Iterable[Sequence[str]], holding: Mapping[str, set[int]], n_passages: int) -> float:
    """Mean NPMI of the pairs of terms of a topic, mean over topics with two terms or more.

    Parameters
    ----------
    topics
        Terms of each.
    holding
        Places of the passages that hold a term; the window is a whole passage.
    n_passages
        All passages of that language.
    """
    scores: list[float] = []
    for terms in topics:
        sets = [holding.get(term, set()) for term in terms]
        pairs = [_npmi(len(a), len(b), len(a & b), n_passages) for a, b in combinations(sets, 2)]
        if pairs:
            scores.append(float(np.mean(pairs)))
    return float(np.mean(scores)) if scores else 0.0


def _npmi(n_a: int, n_b: int, n_both: int, n: int) -> float:
    """Normalised pointwise mutual information of two terms; -1 where no passage holds both."""
    if not n_both:
        return -1.0
    return 1.0 if n_both == n else log(n_both * n / (n_a * n_b)) / -log(n_both / n)


def diversity(topics: Collection[Sequence[str]]) -> float:
    """Share of different terms among all."""
    every = [term for terms in topics for term in terms]
    return len(set(every)) / len(every) if every else 0.0


def stability(runs: Mapping[str, Places], drawn: Mapping[str, Sequence[Places]]) -> dict[str, float]:
    """Adjusted Rand index of fits on draws, other seeds and orders, with the fit on all passages.

    ``_all`` counts the unassigned as a topic of their own; the other takes what both fits assign. Of ``documents95``
    also the share of passages that were in the draw and lie in another topic (or in one and in none) in the fit on all,
    each topic taken with the one that holds most of its passages, each one once.
    """
    everything = runs["all"]
    figures: dict[str, float] = {}
    for draw, chosen in drawn.items():
        # Slow ways were fitted on fewer draws.
        fitted = [(places, runs.get(f"{draw}-{i}")) for i, places in enumerate(chosen)]
        pairs = [(everything[places], labels) for places, labels in fitted if labels is not None]
        figures |= compare(draw, pairs)
        if draw == "documents95" and pairs:
            figures["moved"] = float(np.mean([share_moved(old, new) for new, old in pairs]))
    seeds = [everything, *(runs[key] for key in sorted(runs) if key.startswith("seeds-"))]
    return figures | compare("seeds", list(combinations(seeds, 2)))


def compare(name: str, pairs: Sequence[tuple[Places, Places]]) -> dict[str, float]:
    """Mean adjusted Rand index of pairs: over all (``NAME_all``) and over what both assign (``NAME``)."""
    if not pairs:
        return {}
    whole, assigned = [], []
    for one, other in pairs:
        whole.append(adjusted_rand_score(one, other))
        inside = (one >= 0) & (other >= 0)
        assigned.append(adjusted_rand_score(one[inside], other[inside]) if inside.any() else 0.0)
    return {f"{name}_all": float(np.mean(whole)), name: float(np.mean(assigned))}


def share_moved(old: Places, new: Places) -> float:
    """Share of passages that do not lie where the topic that theirs became lies."""
    olds, news = np.unique(old[old >= 0]), np.unique(new[new >= 0])
    shared = np.array([[((old == a) & (new == b)).sum() for b in news] for a in olds]).reshape(len(olds), len(news))
    rows, columns = linear_sum_assignment(-shared)
    same = int(shared[rows, columns].sum()) + int(((old < 0) & (new < 0)).sum())
    return 1 - same / len(old)
