"""Three instalments of passages with a new subject planted in the second and in the third.

The standing corpus is that of ``models/training``, whole documents dealt out by a seed. The planted subjects lie in
``planted/``: texts about AI and work that no row of the table is about, each among ordinary passages of its document.
All of them pass for being on the subject with the shipped tagger (``benchmarks/topics_planted.py --labels`` tells).
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from pathlib import Path
from typing import Any

from pipelines.domain.topics import Topic, TopicModel, TopicPassage

ROOT = Path(__file__).resolve().parents[2]
PLANTED = Path(__file__).resolve().parent / "planted"
DAYS = (date(2026, 3, 2), date(2026, 4, 7), date(2026, 5, 4))
SHARES = (0.5, 0.25, 0.25)


@dataclass(frozen=True)
class Subject:
    """A planted subject and words of which its name has to hold one, written down before anything was fitted."""

    name: str
    words_nl: frozenset[str]
    words_en: frozenset[str]

    def in_name(self, topic: Topic, language: str) -> bool:
        """Whether the name of ``topic`` says in ``language`` what it is about."""
        words = self.words_nl if language == "nl" else self.words_en
        return any(word in words for word in re.findall(r"\w+", topic.name(language).lower()))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


REPLICAS = Subject(
    "digital_replicas",
    _words(
        "stem stemmen stemkloon stemklonen stemacteur stemacteurs acteur acteurs replica kloon gekloonde nagemaakte "
        "figurant figuranten verteller vertellers dubbelganger portretrecht nasynchronisatie"
    ),
    _words(
        "voice voices actor actors performer performers replica replicas clone cloned clones double doubles likeness "
        "dubbing narrator narrators extras"
    ),
)
SIGN_LANGUAGE = Subject(
    "sign_language",
    _words("gebarentaal gebarentolk gebarentolken gebaren gebarende tolk tolken dove doven avatar avatars"),
    _words("sign signing interpreter interpreters deaf avatar avatars signers"),
)
REMOTE_SAILING = Subject(
    "remote_sailing",
    _words("schip schepen schipper schippers varen wal walcentrum bemanning matrozen scheepvaart loodsen binnenvaart"),
    _words("ship ships vessel vessels shore crew crews sea seafarers barge barges skipper skippers sailing captains"),
)
"""A small one: eight passages in each language."""
SUBJECTS = (REPLICAS, SIGN_LANGUAGE)
"""Planted in the second and in the third instalment."""


def read_training() -> list[TopicPassage]:
    """Passages of ``models/training`` that bear on a theme, with their labels."""
    return [
        _passage(line, themes=tuple(line["themes"]))
        for language in ("nl", "en")
        for line in _lines(ROOT / f"models/training/train_{language}.jsonl")
        if line["themes"]
    ]


def read_documents(subject: Subject) -> tuple[list[TopicPassage], frozenset[str]]:
    """Passages of the documents of a subject, without those on no theme, and the ids of the planted ones."""
    passages: list[TopicPassage] = []
    planted: set[str] = set()
    for language in ("nl", "en"):
        for line in read_planted_lines(subject, language):
            if line["planted"] or line["rows"]:
                passages.append(_passage(line))
            if line["planted"]:
                planted.add(passages[-1].id)
    return passages, frozenset(planted)


def read_planted_lines(subject: Subject, language: str) -> list[dict[str, Any]]:
    """The documents of a subject in ``language`` as they were written, a passage a line."""
    return list(_lines(PLANTED / f"{subject.name}_{language}.jsonl"))


def deal(passages: Sequence[TopicPassage], shares: Sequence[float], seed: int) -> list[list[TopicPassage]]:
    """Passages in parts, whole documents in each: of all documents the given shares."""
    documents = sorted({passage.document_id for passage in passages})
    random.Random(seed).shuffle(documents)
    bounds = [round(len(documents) * bound) for bound in accumulate(shares)]
    part = {document: sum(i >= bound for bound in bounds) for i, document in enumerate(documents)}
    return [[p for p in passages if part[p.document_id] == number] for number in range(len(shares))]


def instalments(
    passages: Sequence[TopicPassage], seed: int, subjects: Sequence[Subject] = SUBJECTS
) -> list[list[TopicPassage]]:
    """What each of three scans brings: a half, a quarter and a quarter, and a new subject in the last two."""
    parts = deal(passages, SHARES, seed)
    return [parts[0], *(part + read_documents(s)[0] for part, s in zip(parts[1:], subjects, strict=True))]


def up_to(parts: Sequence[Sequence[TopicPassage]], number: int) -> list[TopicPassage]:
    """All passages there are in scan ``number`` (from 0), each with the day of its own."""
    return [
        passage._replace(day=DAYS[i].isoformat(), new=i == number)
        for i, part in enumerate(parts[: number + 1])
        for passage in part
    ]


@dataclass(frozen=True)
class Outcome:
    """Where the passages of a planted subject went."""

    topic: Topic | None
    """The topic that holds most of them; ``None`` where none of them is in a topic."""
    recall: float
    """Share of them that lie in ``topic``. ``precision``: share of ``topic`` that they are."""
    precision: float
    n_topics: int
    """Topics that hold at least a tenth of them."""
    n_nl: int
    """Of them in ``topic``, Dutch. So too ``n_en``."""
    n_en: int


def find_planted(model: TopicModel, passages: Sequence[TopicPassage], planted: frozenset[str]) -> Outcome:
    """Where ``planted`` passages lie in ``model``."""
    language = {p.id: p.language for p in passages if p.id in planted}
    held = Counter(model.assignments[i] for i in planted if i in model.assignments)
    if not held:
        return Outcome(None, 0.0, 0.0, 0, 0, 0)
    best = max(sorted(held), key=lambda one: held[one])
    topic = next(t for t in model.topics if t.id == best)
    inside = [i for i in planted if model.assignments.get(i) == best]
    n_nl = sum(language[i] == "nl" for i in inside)
    n_topics = sum(n >= len(planted) / 10 for n in held.values())
    return Outcome(topic, len(inside) / len(planted), len(inside) / topic.size, n_topics, n_nl, len(inside) - n_nl)


def share_moved(before: TopicModel, after: TopicModel) -> float:
    """Share of the assignments of ``before`` that are other ones in ``after``, or none."""
    moved = sum(after.assignments.get(passage) != topic for passage, topic in before.assignments.items())
    return moved / max(len(before.assignments), 1)


def new_topics(before: TopicModel, after: TopicModel) -> list[Topic]:
    """Topics that ``before`` did not know."""
    known = {topic.id for topic in before.topics}
    return [topic for topic in after.topics if topic.id not in known]


def _passage(line: dict[str, Any], themes: tuple[str, ...] = ()) -> TopicPassage:
    return TopicPassage(
        id=f"{line['doc']}-{line['n']:04d}",
        document_id=line["doc"],
        language=line["lang"],
        text=line["text"],
        year=line["year"],
        themes=themes,
        rows=tuple(line["rows"]),
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)
