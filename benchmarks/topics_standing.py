"""What standing topics keep when passages come later, on the passages of ``topics_choice.py``.

    python benchmarks/topics_standing.py --work FOLDER [--draws N] [--read SEED]

``--read`` prints thirty passages that no topic took, fifteen of each language, for a reader to judge.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [path for path in (str(ROOT), str(ROOT / "benchmarks")) if path not in sys.path]

import numpy as np  # noqa: E402
from topics_figures import agreement, compare, mix, share_moved  # noqa: E402
from topics_material import as_topic_passages, make_passages, read_lexicon  # noqa: E402
from topics_runs import Passages, Places, load_passages  # noqa: E402

from pipelines.domain.topics import TopicModel, TopicPassage  # noqa: E402
from pipelines.language.concepts import ConceptMatcher  # noqa: E402
from pipelines.topics.clustering import centre, unit_rows  # noqa: E402
from pipelines.topics.config import TopicsConfig  # noqa: E402
from pipelines.topics.fit import fit_topics  # noqa: E402
from pipelines.topics.vocabulary import Vocabulary  # noqa: E402

DAYS = tuple(date(2026, month, 1) for month in (1, 2, 3))
SEED = 20
SHARE_HELD_OUT = 0.05
N_INSTALMENT_DRAWS = 3
N_READ = 15


class KnownConcepts(Vocabulary):
    """The shipped lexicon, with what it finds in the passages looked up."""

    def __init__(self, passages: Passages) -> None:
        lexicon = read_lexicon()
        super().__init__(lexicon, ConceptMatcher(lexicon))
        self._known = dict(zip(passages.ids, passages.concepts, strict=True))

    def read(self, passages: Sequence[TopicPassage]) -> list[Counter[str]]:
        """As :meth:`Vocabulary.read`."""
        return [Counter(self._known[passage.id]) for passage in passages]


class Scans:
    """Scans of parts of the passages, one after the other."""

    def __init__(self, passages: Passages) -> None:
        self.passages = passages
        self.records = as_topic_passages(
            {
                "ids": passages.ids,
                "documents": passages.documents.tolist(),
                "languages": passages.languages.tolist(),
                "texts": passages.texts,
            }
        )
        self.vocabulary = KnownConcepts(passages)

    def run(self, parts: Sequence[Places]) -> list[TopicModel]:
        """The model after each scan; each brings one of ``parts``."""
        model: TopicModel | None = None
        models: list[TopicModel] = []
        so_far: list[tuple[int, date]] = []
        for part, day in zip(parts, DAYS, strict=False):
            so_far += [(int(i), day) for i in part]
            model = fit_topics(
                [self.records[i]._replace(day=came.isoformat(), new=came == day) for i, came in so_far],
                self.passages.vectors["static"][[i for i, _ in so_far]],
                vocabulary=self.vocabulary,
                standing=model,
                today=day,
            )
            models.append(model)
        return models

    def labels(self, model: TopicModel, chosen: Places) -> Places:
        """Number of the topic of each chosen passage, -1 for none."""
        numbers = {topic.id: i for i, topic in enumerate(model.topics)}
        return np.array([numbers.get(model.assignments.get(self.passages.ids[i], ""), -1) for i in chosen])


def measure_standing(scans: Scans, n_draws: int) -> dict[str, float]:
    """Means over draws in which one document in twenty comes in a second scan.

    ``ari`` and ``moved`` are of the passages of the first scan that it gave a topic, ``ari_all`` of all of its
    passages; ``moved`` counts those that have another topic afterwards, by its id, or none.
    """
    documents = scans.passages.documents
    names, everything = np.unique(documents), np.arange(len(documents))
    rng = np.random.default_rng(SEED)
    told: list[dict[str, float]] = []
    for _ in range(n_draws):
        late = np.isin(documents, rng.choice(names, round(SHARE_HELD_OUT * len(names)), replace=False))
        old, new = np.flatnonzero(~late), np.flatnonzero(late)
        before, after = scans.run([old, new])
        was, now = scans.labels(before, old), scans.labels(after, old)
        topics = [(before.assignments.get(scans.passages.ids[i]), scans.passages.ids[i]) for i in old]
        kept = [after.assignments.get(name) == topic for topic, name in topics if topic]
        held = was >= 0
        told.append(
            compare("old", [(was, now)])
            | {
                "ari_of_assigned": compare("", [(was[held], now[held])])["_all"],
                "moved": 1 - float(np.mean(kept)),
                "unassigned_that_joined": float((now[was < 0] >= 0).mean()),
                "in_new_topics": float(np.isin(scans.labels(after, everything), new_labels(before, after)).mean()),
                "topics_before": len(before.topics),
                "topics_after": len(after.topics),
                "new_unassigned": float((scans.labels(after, new) < 0).mean()),
                "events": len(after.events),
            }
        )
        sys.stderr.write(f"{told[-1]}\n")
    return {key: float(np.mean([one[key] for one in told])) for key in told[0]} | {
        "least_ari_of_assigned": min(one["ari_of_assigned"] for one in told),
        "most_moved": max(one["moved"] for one in told),
        "draws": n_draws,
    }


def new_labels(before: TopicModel, after: TopicModel) -> list[int]:
    """Numbers of the topics of ``after`` that ``before`` did not have."""
    known = {topic.id for topic in before.topics}
    return [i for i, topic in enumerate(after.topics) if topic.id not in known]


def measure_again(scans: Scans) -> dict[str, float]:
    """What a scan changes that brings nothing."""
    everything = np.arange(len(scans.passages.ids))
    first, second = scans.run([everything, everything[:0]])
    changed = [first.assignments.get(name) != second.assignments.get(name) for name in scans.passages.ids]
    return {"changed": float(np.mean(changed)), "topics": len(second.topics)}


def measure_instalments(scans: Scans) -> dict[str, list[dict[str, float]]]:
    """Three scans of a third of the documents each, beside one of all."""
    documents = scans.passages.documents
    everything = np.arange(len(documents))
    names = np.unique(documents)
    at_once = scans.labels(scans.run([everything])[-1], everything)
    figures = [_figures(scans, at_once)]
    for seed in range(N_INSTALMENT_DRAWS):
        thirds = np.array_split(np.random.default_rng(SEED + seed).permutation(names), 3)
        models = scans.run([np.flatnonzero(np.isin(documents, third)) for third in thirds])
        labels = scans.labels(models[-1], everything)
        figures.append(
            _figures(scans, labels)
            | compare("at_once", [(at_once, labels)])
            | {"moved_from_at_once": share_moved(at_once, labels)}
            | {f"topics_{i}": len(model.topics) for i, model in enumerate(models, 1)}
        )
        sys.stderr.write(f"{figures[-1]}\n")
    return {"at once": figures[:1], "three instalments": figures[1:]}


def _figures(scans: Scans, labels: Places) -> dict[str, float]:
    return agreement(scans.passages.rows, labels) | mix(scans.passages.languages, labels)


def print_unassigned(scans: Scans, seed: int) -> None:
    """Topics, then passages that are in none with the topics whose middles lie nearest."""
    passages, config = scans.passages, TopicsConfig()
    everything = np.arange(len(passages.ids))
    model = scans.run([everything])[-1]
    labels = scans.labels(model, everything)
    vectors = centre(passages.vectors["static"], passages.languages.tolist(), config.language_shrinkage)
    middles = unit_rows(np.stack([vectors[labels == i].mean(axis=0) for i in range(len(model.topics))]))
    cosine = vectors @ middles.T
    lines = [f"{t.size} {t.name_nl} | {t.name_en} | {', '.join((*t.terms_nl, *t.terms_en))}" for t in model.topics]
    rng = np.random.default_rng(seed)
    for language in ("nl", "en"):
        outside = np.flatnonzero((labels < 0) & (passages.languages == language))
        for i in rng.choice(outside, min(N_READ, len(outside)), replace=False):
            near = [f"{model.topics[j].name_en} {cosine[i, j]:.2f}" for j in np.argsort(-cosine[i])[:3]]
            lines += ["", f"{passages.ids[i]} {passages.rows[i]}: {'; '.join(near)}", passages.texts[i]]
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description="What standing topics keep.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--read", type=int, metavar="SEED")
    arguments = parser.parse_args()
    logging.disable(logging.INFO)
    make_passages(arguments.work)
    scans = Scans(load_passages(arguments.work))
    if arguments.read is not None:
        print_unassigned(scans, arguments.read)
        return
    figures = {
        "again": measure_again(scans),
        "added": measure_standing(scans, arguments.draws),
        "instalments": measure_instalments(scans),
    }
    (arguments.work / "standing.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
