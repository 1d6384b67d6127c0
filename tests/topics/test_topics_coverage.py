"""Which rows cover a topic, and when a topic is new to the table."""

from __future__ import annotations

import pytest

from pipelines.domain.topics import Topic, TopicModel, TopicsState
from pipelines.topics import cover_topics


def _model(size: int) -> TopicModel:
    topic = Topic(id="t", name_nl="Loon", name_en="Wage", size=size, n_documents=1, n_nl=size, n_en=0)
    return TopicModel(
        state=TopicsState.FITTED,
        n_passages=size,
        minimum=50,
        topics=(topic,),
        assignments={f"p{i}": "t" for i in range(size)},
    )


@pytest.mark.parametrize(
    ("size", "rows", "expected"),
    [
        (10, {}, ()),
        (10, {"p0": ["D4"]}, ()),
        (10, {"p0": ["D4"], "p1": ["D4"]}, ("D4",)),
        (20, {"p0": ["D4"], "p1": ["D4"], "p2": ["D4"]}, ()),
        (20, {f"p{i}": ["D4"] for i in range(4)}, ("D4",)),
        (5, {"p0": ["D4"]}, ()),
        (5, {"p0": ["D4", "D1"], "p1": ["D1"], "p2": ["D1", "D4"]}, ("D1", "D4")),
        (5, {"p0": ["D4", "D4"], "p1": []}, ()),
        (5, {"elsewhere": ["D4"], "p0": ["D4"], "p1": ["A1"], "p2": ["A1"]}, ("A1",)),
    ],
)
def test_rule(size: int, rows: dict[str, list[str]], expected: tuple[str, ...]) -> None:
    (topic,) = cover_topics(_model(size), rows).topics
    assert topic.rows == expected
    assert topic.novel is (expected == ())


def test_nothing_else_changes() -> None:
    before = _model(10)
    after = cover_topics(before, {"p0": ["A1"], "p1": ["A1"]})
    assert after.model_copy(update={"topics": before.topics}) == before
    assert cover_topics(after, {}).topics[0].rows == ()
