"""Whether topics find a subject that nobody wrote about before, and what else they then take for new.

    python benchmarks/topics_planted.py [--seeds N] [--rows] [--labels]

Three scans of ``models/training``: half of the documents, a quarter, a quarter; the second and the third bring a
planted subject as well (``tests/topics/planted``): the seed says which two of three, in which order.
``--rows`` holds each row of the table out of the first two thirds of the documents and lets its passages come with the
last third; of its passages some also bear on other rows, and a row is seldom one subject, so that no topic holds them
all. ``--labels`` tells what the shipped tagger and row matcher say of the planted passages.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import permutations
from pathlib import Path
from time import perf_counter

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "topics")]

from planted_subjects import (  # noqa: E402  # pyright: ignore[reportMissingImports]
    DAYS,
    REMOTE_SAILING,
    SUBJECTS,
    Outcome,
    Subject,
    deal,
    find_planted,
    instalments,
    new_topics,
    read_documents,
    read_planted_lines,
    read_training,
    share_moved,
    up_to,
)

from pipelines.domain.topics import Topic, TopicEventKind, TopicModel, TopicPassage  # noqa: E402
from pipelines.language.concepts import ConceptMatcher  # noqa: E402
from pipelines.language.encoder import FloatArray  # noqa: E402
from pipelines.language.static_encoder import load_encoder  # noqa: E402
from pipelines.themes.lexicon import load_lexicon  # noqa: E402
from pipelines.topics import Vocabulary, fit_topics, on_subject  # noqa: E402
from pipelines.topics.coverage import LEAST_ROW  # noqa: E402

ALL_SUBJECTS = (*SUBJECTS, REMOTE_SAILING)
ORDERS = list(permutations(ALL_SUBJECTS, 2))
FIRST_PART = 2 / 3
"""Of the documents, where a row is held out."""


class Fitting:
    """Fits topics to passages whose vectors are made once."""

    def __init__(self, passages: Sequence[TopicPassage]) -> None:
        lexicon = load_lexicon()
        encoder = load_encoder(ROOT / "models" / "encoder")
        self._vocabulary = Vocabulary(lexicon, ConceptMatcher(lexicon))
        self._version = encoder.version
        self._vectors: Mapping[str, FloatArray] = dict(
            zip([p.id for p in passages], encoder.encode([p.text for p in passages]), strict=True)
        )

    def fit(self, passages: Sequence[TopicPassage], standing: TopicModel | None, today: date) -> TopicModel:
        """Topics of ``passages`` after the scan of ``today``."""
        return fit_topics(
            passages,
            np.stack([self._vectors[p.id] for p in passages]),
            vocabulary=self._vocabulary,
            encoder_version=self._version,
            standing=standing,
            today=today,
        )


def show_instalments(seeds: Sequence[int]) -> None:
    """What happened in each of the three scans."""
    training = read_training()
    planted = {subject: read_documents(subject) for subject in ALL_SUBJECTS}
    fitting = Fitting(training + [p for passages, _ in planted.values() for p in passages])
    scans, found = [], []
    for seed in seeds:
        order = ORDERS[seed % len(ORDERS)]
        parts = instalments(training, seed, order)
        model: TopicModel | None = None
        for scan, day in enumerate(DAYS):
            passages = up_to(parts, scan)
            before, start = model, perf_counter()
            model = fitting.fit(passages, before, day)
            seconds = perf_counter() - start
            split = {i for e in model.events if e.kind is TopicEventKind.SPLIT for i in e.others}
            new = [t for t in new_topics(before, model) if t.id not in split] if before else []
            subject = order[scan - 1]
            outcome = find_planted(model, passages, planted[subject][1]) if scan else None
            n_other = sum(outcome is None or topic != outcome.topic for topic in new)
            scans.append((seed, scan + 1, *_counts(before, model, passages), len(new), n_other, f"{seconds:.1f}"))
            if outcome:
                found.append((seed, scan + 1, subject.name, *_finding(subject, outcome, new)))
    _say("seed", "scan", "passages", "topics", "unassigned", "split/merged", "moved", "trends", "new", "other new", "s")
    _say(*["---"] * 11)
    for line in scans:
        _say(*line)
    sys.stdout.write("\n")
    _say("seed", "scan", "subject", "in a new topic", "recall", "precision", "topics with a tenth", "nl/en", "name nl",
         "name en", "names it", "trend", "novel")  # fmt: skip
    _say(*["---"] * 13)
    for line in found:
        _say(*line)


def _counts(before: TopicModel | None, model: TopicModel, passages: Sequence[TopicPassage]) -> tuple[object, ...]:
    kinds = Counter(event.kind for event in model.events)
    trends = Counter(topic.trend.value for topic in model.topics)
    return (
        len(passages),
        len(model.topics),
        f"{1 - len(model.assignments) / len(passages):.2f}",
        f"{kinds[TopicEventKind.SPLIT]}/{kinds[TopicEventKind.MERGED]}",
        f"{share_moved(before, model) if before else 0:.3f}",
        ", ".join(f"{n} {trend}" for trend, n in sorted(trends.items())),
    )


def _finding(subject: Subject, outcome: Outcome, new: Sequence[Topic]) -> tuple[object, ...]:
    topic = outcome.topic
    if topic is None:
        return ("no", 0.0)
    return (
        "yes" if topic in new else "no",
        f"{outcome.recall:.2f}",
        f"{outcome.precision:.2f}",
        outcome.n_topics,
        f"{outcome.n_nl}/{outcome.n_en}",
        topic.name_nl,
        topic.name_en,
        "/".join("yes" if subject.in_name(topic, language) else "no" for language in ("nl", "en")),
        topic.trend.value,
        topic.novel,
    )


def show_rows(seed: int) -> None:
    """Each row of the table in turn as the new subject of the last third."""
    training = read_training()
    fitting = Fitting(training)
    first, last = deal(training, (FIRST_PART, 1 - FIRST_PART), seed)
    _say("row", "its passages", "share in new topics", "largest new: size", "of the row", "nl/en", "its name",
         "other new: size (of the row)")  # fmt: skip
    _say(*["---"] * 8)
    for row in sorted({row for p in training for row in p.rows}):
        parts = [[p for p in first if row not in p.rows], last]
        before = fitting.fit(up_to(parts, 0), None, DAYS[0])
        model = fitting.fit(up_to(parts, 1), before, DAYS[1])
        of_row = {p.id for p in last if row in p.rows}
        held = Counter(model.assignments[i] for i in of_row if i in model.assignments)
        new = sorted(new_topics(before, model), key=lambda topic: (-held[topic.id], topic.id))
        inside = sum(held[topic.id] for topic in new)
        cells = [(t.size, held[t.id], f"{t.n_nl}/{t.n_en}", t.name_en) for t in new[:1]] or [("–", "–", "–", "–")]
        others = ", ".join(f"{topic.size} ({held[topic.id]})" for topic in new[1:]) or "–"
        _say(row, len(of_row), f"{inside / max(len(of_row), 1):.2f}", *cells[0], others)


def show_labels() -> None:
    """What the shipped models say of the planted passages, which they have never seen anything like."""
    from flows.label import load_label_kit
    from flows.tagging import label_lines
    from pipelines.table.starting import starting_table

    kit = load_label_kit(ROOT / "models", ROOT / "models", starting_table())
    _say("subject", "language", "planted", "on the subject", f"with a row of at least {LEAST_ROW}", "rows")
    _say(*["---"] * 6)
    for subject in ALL_SUBJECTS:
        for language in ("nl", "en"):
            lines = [line for line in read_planted_lines(subject, language) if line["planted"]]
            labels = [line.labels for line in label_lines(kit, lines)]
            rows = [[m.id for m in label.evidence.rows if m.score >= LEAST_ROW] for label in labels]
            counts = ", ".join(f"{row} {n}" for row, n in Counter(r for of in rows for r in of).most_common())
            n_on = sum(on_subject(label.tags) for label in labels)
            _say(subject.name, language, len(labels), n_on, sum(map(bool, rows)), counts)


def _say(*cells: object) -> None:
    sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")
    sys.stdout.flush()


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=6, help="number of orders of the documents (default 6)")
    parser.add_argument("--rows", action="store_true", help="hold out each row of the table instead")
    parser.add_argument("--labels", action="store_true", help="labels of the planted passages instead")
    chosen = parser.parse_args()
    if chosen.labels:
        show_labels()
    elif chosen.rows:
        show_rows(seed=1)
    else:
        show_instalments(range(chosen.seeds))


if __name__ == "__main__":
    main()
