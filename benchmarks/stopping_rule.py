"""How well the estimate of what is left to read keeps its word, and what stopping by it costs and saves.

Usage: ``python benchmarks/stopping_rule.py [--quick] [--scans N]``. Scans are drawn from the labelled passages of
documents that no model has seen (``models/tagger/held_out.npz``), with the probabilities of both stages fitted on other
documents. Every scan has a size (200 to 5,000), a share of relevant passages (2 to 40 %), a way in which its
probabilities are off, an order of reading and a share of verdicts that are slips, all drawn with a fixed seed. What is
relevant is what the simulated reader calls so, slips among them. The tables are those of ``docs/reading.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from simulated_scans import Bools, Scan, load_labelled, scans

from pipelines.review.sample_bounds import most_relevant

SAMPLE = 60
TARGET = 0.95
PROGRESS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)

# ---- how good the estimate is ----


def _judge(low: int, expected: float, high: int, left: int) -> tuple[float, ...]:
    return (low <= left <= high, left <= high, expected - left, abs(expected - left), left, high - low)


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [f"\n{title}\n", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    sys.stdout.write("\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)]) + "\n")


_JUDGED = (
    "n",
    "in interval",
    "not above it",
    "bias",
    "mean error",
    "sum of probabilities: mean error",
    "left",
    "width",
)


def _row(name: str, judged: list[tuple[float, ...]]) -> list[str]:
    a = np.array(judged, dtype=np.float64)
    inside, under, bias, error, left, width, simple = a.mean(axis=0)
    figures = [f"{inside:.3f}", f"{under:.3f}", f"{bias:+.1f}", f"{error:.1f}", f"{simple:.1f}", f"{left:.0f}"]
    return [name, str(len(a)), *figures, f"{width:.0f}"]


def show_estimates(drawn: Sequence[Scan]) -> None:
    """Tables of the inbox by progress, order and how probabilities are off; and of what was not flagged."""
    by: dict[str, dict[str, list[tuple[float, ...]]]] = {
        key: {} for key in ("progress", "order", "off", "slips", "rest")
    }
    for scan in drawn:
        for progress in PROGRESS:
            n_read = int(progress * len(scan.inbox))
            unread = scan.inbox[n_read:]
            if not len(unread):
                continue
            left, given = int(scan.verdicts[unread].sum()), float(scan.probabilities[unread].sum())
            inbox = scan.estimate(n_read, 0, inbox_only=True).inbox
            judged = (*_judge(inbox.low, inbox.expected, inbox.high, left), abs(given - left))
            by["progress"].setdefault(f"{progress:.0%} read", []).append(judged)
            if progress:
                by["order"].setdefault(scan.order, []).append(judged)
                by["off"].setdefault(scan.off, []).append(judged)
                by["slips"].setdefault(f"{scan.slips:.0%} slips", []).append(judged)
        for n_sample in (0, 20, SAMPLE):
            rest = scan.others[n_sample:]
            others = scan.estimate(len(scan.inbox), n_sample).others
            left, given = int(scan.verdicts[rest].sum()), float(scan.probabilities[rest].sum())
            judged = (*_judge(others.low, others.expected, others.high, left), abs(given - left))
            by["rest"].setdefault(f"sample of {n_sample}, {scan.slips:.0%} slips", []).append(judged)
        n_next = (len(scan.others) - SAMPLE) // 10
        if n_next > 0:
            rest = scan.by_probability(SAMPLE)[n_next:]
            others = scan.estimate(len(scan.inbox), SAMPLE, n_next).others
            left, given = int(scan.verdicts[rest].sum()), float(scan.probabilities[rest].sum())
            judged = (*_judge(others.low, others.expected, others.high, left), abs(given - left))
            by["rest"].setdefault(f"{SAMPLE} and the next tenth, {scan.slips:.0%} slips", []).append(judged)
    titles = {
        "progress": "Left in the inbox, by progress",
        "order": "Left in the inbox, 10 to 90 % read, by order of reading",
        "off": "Left in the inbox, 10 to 90 % read, by how probabilities are off",
        "slips": "Left in the inbox, 10 to 90 % read, by slips of the reader",
        "rest": "Left among what was not flagged",
    }
    for key, title in titles.items():
        names = [*by[key]] if key == "progress" else sorted(by[key])
        _table(title, ("", *_JUDGED), [_row(name, by[key][name]) for name in names])


# ---- when to stop ----

Rule = Callable[[Scan, NDArray[np.intp]], int]
"""How many of the places, in order, are read before the rule stops."""


def fifty_in_a_row(scan: Scan, places: NDArray[np.intp]) -> int:
    """Stop after 50 irrelevant ones in a row."""
    run = 0
    for k, verdict in enumerate(scan.verdicts[places], 1):
        run = 0 if verdict else run + 1
        if run == 50:
            return k
    return len(places)


def sum_of_probabilities(scan: Scan, places: NDArray[np.intp]) -> int:
    """Stop once what was found is 95 % of itself and the sum of the probabilities of what is unread."""
    found = np.cumsum(scan.verdicts[places])
    left = scan.probabilities[places].sum() - np.cumsum(scan.probabilities[places])
    done = found >= TARGET * (found + left)
    return int(np.argmax(done)) + 1 if done.any() else len(places)


def hypergeometric(scan: Scan, places: NDArray[np.intp]) -> int:
    """The test of Callaghan and Müller-Hansen (2020): the last ones read stand for a sample, most favourable length."""
    verdicts, n = scan.verdicts[places], len(places)
    found = np.concatenate(([0], np.cumsum(verdicts)))
    for k in _looks(n):
        # A tail of the reading, taken as a random sample of what was unread before it.
        for start in range(0, k, max(1, k // 20)):
            whole, drawn, inside = n - start, k - start, int(found[k] - found[start])
            allowed = int(found[k] / TARGET - found[k] + 1e-9)
            if most_relevant(whole, drawn, inside, 0.05) - inside <= allowed:
                return k
    return n


def _looks(n: int) -> range:
    """After how many readings a rule looks: 50 times in a scan, or every fifth passage of a small one."""
    return range(max(5, n // 50), n, max(5, n // 50))


def our_inbox_rule(scan: Scan, places: NDArray[np.intp]) -> int:
    """Stop when the recall of the inbox is at least the target."""
    return next((k for k in _looks(len(places)) if scan.estimate(k, 0, inbox_only=True).inbox_recall.stop), len(places))


def _at_best(scan: Scan, places: NDArray[np.intp]) -> int:
    """The fewest that reach the goal in this order, known only afterwards."""
    found = np.cumsum(scan.verdicts[places])
    return int(np.argmax(found >= TARGET * found[-1])) + 1 if len(found) and found[-1] else 0


_STOPPED = ("n", "stopped early", "goal missed", "missed by true labels", "mean recall", "read", "least that would do")


@dataclass(frozen=True)
class Stopped:
    """Where a rule stopped in a scan: how many there were, were read, would have done; recall by verdicts and truth."""

    n: int
    read: int
    least: int
    recall: float
    true_recall: float


def _stopped(scan: Scan, everything: NDArray[np.intp], read: NDArray[np.intp]) -> Stopped:
    def recall(labels: Bools) -> float:
        return int(labels[read].sum()) / int(labels[everything].sum()) if labels[everything].any() else 1.0

    least = _at_best(scan, everything)
    return Stopped(len(everything), len(read), least, recall(scan.verdicts), recall(scan.relevant))


def _stop_row(name: str, kept: Sequence[Stopped]) -> list[str]:
    recalls, true = [one.recall for one in kept], [one.true_recall for one in kept]
    figures = [np.mean([one.read < one.n for one in kept])]
    figures += [np.mean([recall < TARGET - 1e-9 for recall in some]) for some in (recalls, true)]
    figures += [np.mean(recalls), np.mean([one.read / one.n for one in kept])]
    return [name, str(len(kept)), *(f"{f:.3f}" for f in [*figures, np.mean([one.least / one.n for one in kept])])]


def show_inbox_rules(drawn: Sequence[Scan]) -> None:
    """Stopping within the inbox: 95 % of the relevant passages in it."""
    rules: dict[str, Rule] = {
        "this rule": our_inbox_rule,
        "hypergeometric test on the order": hypergeometric,
        "50 irrelevant in a row": fifty_in_a_row,
        "sum of probabilities": sum_of_probabilities,
    }
    kept: dict[str, list[Stopped]] = {}
    for scan in drawn:
        if not len(scan.inbox):
            continue
        for name, rule in rules.items():
            one = _stopped(scan, scan.inbox, scan.inbox[: rule(scan, scan.inbox)])
            kept.setdefault(name, []).append(one)
            if name == "this rule":
                for part in (f"order {scan.order}", scan.off, f"{scan.slips:.0%} slips"):
                    kept.setdefault(f"{name}: {part}", []).append(one)
    names = sorted(kept, key=lambda name: (list(rules).index(name.split(":")[0]), name))
    _table(
        "Stopping in the inbox at 95 % of what is relevant in it",
        ("", *_STOPPED),
        [_stop_row(n, kept[n]) for n in names],
    )


def _whole_scan(scan: Scan, *, read_on: bool) -> NDArray[np.intp]:
    """Places read by our rule: the inbox and the sample; then more of the sample, or the most probable of the rest."""
    n_sample, n_next = min(SAMPLE, len(scan.others)), 0
    while True:
        result = scan.estimate(len(scan.inbox), n_sample, n_next)
        if result.recall.stop or not result.others.n_unread:
            return np.concatenate((scan.inbox, scan.others[:n_sample], scan.by_probability(n_sample)[:n_next]))
        if read_on:
            n_next += min(result.others.n_unread, max(10, len(scan.others) // 50))
        else:
            n_sample += min(result.others.n_unread, max(10, result.sample_needed))


def show_whole_rules(drawn: Sequence[Scan], title: str) -> None:
    """Stopping for the whole scan: 95 % of all relevant passages, flagged or not."""
    kept: dict[str, list[Stopped]] = {}
    for scan in drawn:
        ranked = np.concatenate((scan.inbox, scan.by_probability(0)))
        chosen = {
            "this rule, reading on by probability": _whole_scan(scan, read_on=True),
            "this rule, enlarging the sample": _whole_scan(scan, read_on=False),
            "hypergeometric test on the order": ranked[: hypergeometric(scan, ranked)],
            "50 irrelevant in a row": ranked[: fifty_in_a_row(scan, ranked)],
            "sum of probabilities": ranked[: sum_of_probabilities(scan, ranked)],
            "the inbox and no more": scan.inbox,
        }
        for name, places in chosen.items():
            kept.setdefault(name, []).append(_stopped(scan, ranked, places))
    _table(title, ("", *_STOPPED), [_stop_row(name, rows) for name, rows in kept.items()])


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the scans")
    parser.add_argument("--scans", type=int, default=300, help="how many scans are simulated")
    chosen = parser.parse_args()
    n = chosen.scans // 10 if chosen.quick else chosen.scans
    labelled = load_labelled()
    drawn = list(scans(labelled, n))
    show_estimates(drawn)
    show_inbox_rules(drawn)
    show_whole_rules(list(scans(labelled, n, slips=(0.0,))), "Stopping for the whole scan, readers without slips")
    show_whole_rules(list(scans(labelled, n // 2, slips=(0.05,))), "Stopping for the whole scan, 5 % slips")


if __name__ == "__main__":
    main()
