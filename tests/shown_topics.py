"""Topics over the passages of a workspace as scans could have left them, to be looked at on the page."""

from __future__ import annotations

import math
from datetime import date
from itertools import zip_longest

from pipelines.domain.topics import Topic, TopicEvent, TopicEventKind, TopicModel, TopicsState, TopicTrend
from pipelines.store import Workspace

DAYS = ("2026-02-02", "2026-03-02", "2026-04-06", "2026-05-04")
#: Dutch name, English name, terms in both, trend, shares by scan, themes, rows.
_SUBJECTS = (
    ("Werkdruk en autonomie", "Workload and autonomy", "werkdruk autonomie taken", "workload autonomy tasks",
     TopicTrend.GROWING, (2, 2, 3, 5), {"job_quality": 9, "employment": 3}, ("C1", "C2")),
    ("Gebruik van AI in het mkb", "Use of AI in small firms", "mkb gebruik drempels", "firms adoption barriers",
     TopicTrend.STEADY, (3, 2, 3, 3), {"adoption": 11}, ("A1",)),
    ("Vertalers en tolken", "Translators and interpreters", "vertalers tarieven tolken", "translators rates",
     TopicTrend.NEW, (0, 0, 0, 6), {"employment": 4, "other_effects": 5}, ()),
    ("Productiviteit van programmeurs", "Productivity of programmers", "programmeurs uren", "programmers hours",
     TopicTrend.SHRINKING, (4, 3, 2, 0), {"productivity": 9}, ("B1",)),
    ("Robots in magazijnen", "Robots in warehouses", "magazijn robots", "warehouse robots",
     TopicTrend.DORMANT, (6, 0, 0, 0), {"employment": 6}, ("D1",)),
    ("Scholing en vaardigheden", "Training and skills", "scholing vaardigheden cursus", "training skills course",
     TopicTrend.STEADY, (2, 1, 2, 2), {"other_effects": 2}, ("D5",)),
    ("Toezicht door algoritmes", "Supervision by algorithms", "toezicht roosters", "supervision schedules",
     TopicTrend.NEW, (0, 0, 0, 4), {}, ()),
)  # fmt: skip
HIDDEN = ("Leeswijzer van rapporten", "How to read reports")


def topic_id(number: int) -> str:
    """Id of the topic with this number, from 1."""
    return f"topic-{number:02}"


def shown_model(workspace: Workspace) -> TopicModel:
    """Seven topics of all trends, two of which no row covers, and one that is hidden; each with real passages."""
    documents = {document.id: document for document in workspace.documents.summaries()}
    found = [item for item in workspace.passages.find(documents) if not item.passage.boilerplate]
    both = [[item for item in found if item.passage.language == code] for code in ("nl", "en")]
    items = [item for pair in zip_longest(*both) for item in pair if item is not None]
    topics: list[Topic] = []
    assigned: dict[str, str] = {}
    begin = 0
    for number, (nl, en, terms_nl, terms_en, trend, by_scan, themes, rows) in enumerate(_SUBJECTS, 1):
        chosen = items[begin : begin + sum(by_scan)]
        begin += len(chosen)
        assigned |= {item.passage.id: topic_id(number) for item in chosen}
        n_nl = sum(item.passage.language == "nl" for item in chosen)
        days = [day for day, n in zip(DAYS, by_scan, strict=True) if n]
        topics.append(
            Topic(
                id=topic_id(number),
                name_nl=nl,
                name_en=en,
                terms_nl=tuple(terms_nl.split()),
                terms_en=tuple(terms_en.split()),
                size=len(chosen),
                n_documents=len({item.passage.document_id for item in chosen}),
                n_nl=n_nl,
                n_en=len(chosen) - n_nl,
                n_new=by_scan[-1],
                representative=tuple(item.passage.id for item in chosen[:3]),
                rows=rows,
                novel=not rows,
                x=math.cos(number * 2.4) * number,
                y=math.sin(number * 2.4) * number,
                trend=trend,
                first_seen=date.fromisoformat(days[0]),
                last_seen=date.fromisoformat(days[-1]),
                by_scan={day: n for day, n in zip(DAYS, by_scan, strict=True) if n},
                by_year={"": 1, "2024": 2, "2025": len(chosen) - 3},
                by_theme=themes,
                by_kind={"": 1, "empirical": 2, "forecast": len(chosen) - 3},
            )
        )
    rest = items[begin : begin + 3]
    assigned |= {item.passage.id: topic_id(99) for item in rest}
    hidden = Topic(
        id=topic_id(99), name_nl=HIDDEN[0], name_en=HIDDEN[1], size=3, n_documents=1, n_nl=3, n_en=0, hidden=True,
        novel=True, by_scan={DAYS[0]: 3}, first_seen=date.fromisoformat(DAYS[0]), last_seen=date.fromisoformat(DAYS[0]),
    )  # fmt: skip
    return TopicModel(
        state=TopicsState.FITTED,
        n_passages=len(items),
        minimum=50,
        day=date.fromisoformat(DAYS[-1]),
        topics=tuple(sorted([*topics, hidden], key=lambda topic: -topic.size)),
        assignments=assigned,
        by_scan=dict(zip(DAYS, (30, 14, 16, 26), strict=True)),
        events=(
            TopicEvent(
                kind=TopicEventKind.NEW, day=date.fromisoformat(DAYS[-1]), topic=topic_id(3), n_passages=6,
                names_nl=("Vertalers en tolken",), names_en=("Translators and interpreters",),
            ),
            TopicEvent(
                kind=TopicEventKind.MERGED, day=date.fromisoformat(DAYS[-1]), topic=topic_id(1), others=("gone-1",),
                names_nl=("Werkdruk en autonomie", "Tempo"), names_en=("Workload and autonomy", "Pace"), n_passages=3,
                person="eva",
            ),
            TopicEvent(
                kind=TopicEventKind.DORMANT, day=date.fromisoformat(DAYS[-1]), topic=topic_id(5),
                names_nl=("Robots in magazijnen",), names_en=("Robots in warehouses",),
            ),
        ),
        settings={"off_subject": 9},
    )  # fmt: skip


def many_topics(n: int) -> TopicModel:
    """``n`` topics without passages that are stored; the last one is new."""
    topics = [
        Topic(
            id=topic_id(number), name_nl=f"Onderwerp nummer {number}", name_en=f"Topic number {number}",
            terms_nl=("werk", f"woord{number}"), terms_en=("work",), size=n + 5 - number, n_documents=2, n_nl=1, n_en=1,
            x=math.sin(number), y=math.cos(number * 2), rows=("B1",), by_scan={DAYS[0]: 3, DAYS[1]: 2},
            trend=TopicTrend.NEW if number == n else TopicTrend.STEADY, n_new=number % 7,
            by_theme={"adoption": 1} if number % 2 else {"employment": 1},
        )
        for number in range(1, n + 1)
    ]  # fmt: skip
    total = sum(topic.size for topic in topics)
    return TopicModel(
        state=TopicsState.FITTED, n_passages=total, minimum=50, topics=tuple(topics), by_scan={DAYS[0]: 9, DAYS[1]: 9}
    )


def save_topics(workspace: Workspace, model: TopicModel) -> None:
    """Let the latest scan have left ``model``."""
    run = workspace.runs.latest()
    assert run is not None
    workspace.topics.save(run.id, model)
