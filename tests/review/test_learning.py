"""What each decision teaches."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.domain.decisions import Decision, Judgement, LaterReason, RejectReason, Role, Verdict
from pipelines.domain.evidence import Direction, EvidenceKind, Level, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.themes import Theme
from pipelines.language.lessons import Lesson
from pipelines.review import learning
from pipelines.review.learning import PassageContext, lessons_of

HELD = Judgement(
    themes=(Theme.EMPLOYMENT,),
    rows=("D1", "D4"),
    statement="D1.k1",
    relation=Relation.SUPPORTS,
    column=Column.KNOWN,
    kind=EvidenceKind.EMPIRICAL,
    direction=Direction.NEGATIVE,
    recommendation=True,
    level=Level.MACRO,
)
LABELS = (
    *("themes", "rows", "flag", "relation", "column", "statements"),
    *("evidence", "direction", "recommendation", "level"),
)


def decision(number: int, verdict: Verdict, item: str = "p1", **given: Any) -> Decision:
    holds = verdict in (Verdict.ACCEPT, Verdict.CORRECT)
    fields: dict[str, Any] = {
        "id": f"d{number}",
        "item_id": item,
        "turn": number,
        "passage_id": item,
        "document_id": f"doc-{item}",
        "passage_text": f"In {item} more jobs were lost than made.",
        "verdict": verdict,
        "reviewer": "reader",
        "decided": datetime(2026, 1, 1) + timedelta(minutes=number),
        "judgement": HELD if holds else None,
    }
    return Decision(**(fields | given))


def rejected(number: int, reason: RejectReason, item: str = "p1", **given: Any) -> Decision:
    return decision(number, Verdict.REJECT, item, reason=reason.value, **given)


def taught(lesson: Lesson) -> dict[str, Any]:
    return {name: value for name, value in lesson.model_dump().items() if name in LABELS and value is not None}


@pytest.mark.parametrize("verdict", [Verdict.ACCEPT, Verdict.CORRECT])
def test_what_holds_teaches_every_label(verdict: Verdict) -> None:
    (lesson,) = lessons_of([decision(1, verdict)], {"p1": PassageContext("en", "4.1 Jobs", "A report")})
    assert (lesson.id, lesson.doc, lesson.lang, lesson.section) == ("d1", "doc-p1", "en", "4.1 Jobs")
    assert lesson.as_text().title == "A report"
    assert lesson.text == "In p1 more jobs were lost than made."
    assert taught(lesson) == {
        "themes": (Theme.EMPLOYMENT,),
        "rows": ("D1", "D4"),
        "flag": True,
        "relation": Relation.SUPPORTS,
        "column": Column.KNOWN,
        "statements": ("D1.k1",),
        "evidence": EvidenceKind.EMPIRICAL,
        "direction": Direction.NEGATIVE,
        "recommendation": True,
        "level": Level.MACRO,
    }


def test_a_level_without_advice_and_statements_left_out_teach_nothing() -> None:
    bare = Judgement(relation=Relation.SUPPORTS, level=Level.MICRO)
    (lesson,) = lessons_of([decision(1, Verdict.CORRECT, judgement=bare)], {})
    assert lesson.level is None and lesson.recommendation is False and lesson.statements is None
    new = Judgement(relation=Relation.NEW)
    (lesson,) = lessons_of([decision(1, Verdict.CORRECT, judgement=new)], {})
    assert lesson.statements == ()


def test_off_topic_teaches_no_theme_and_no_finding_teaches_the_flag_alone() -> None:
    (off,) = lessons_of([rejected(1, RejectReason.OFF_TOPIC)], {})
    assert taught(off) == {
        "themes": (),
        "rows": (),
        "statements": (),
        "flag": False,
        "evidence": EvidenceKind.NONE,
        "direction": Direction.NONE,
    }
    (no_finding,) = lessons_of([rejected(1, RejectReason.NO_FINDING)], {})
    assert taught(no_finding) == {"flag": False}


@pytest.mark.parametrize(
    "reason", [RejectReason.KNOWN_ALREADY, RejectReason.WEAK_SOURCE, RejectReason.UNREADABLE, RejectReason.OTHER]
)
def test_other_rejections_teach_nothing(reason: RejectReason) -> None:
    assert lessons_of([rejected(1, reason)], {}) == []


def test_what_is_not_settled_or_was_taken_back_teaches_nothing() -> None:
    later = decision(1, Verdict.LATER, "a", reason=LaterReason.OTHER.value)
    taken = [decision(2, Verdict.ACCEPT, "b"), decision(3, Verdict.UNDO, "b", undoes="d2")]
    differ = [decision(4, Verdict.ACCEPT, "c"), rejected(5, RejectReason.NO_FINDING, "c", role=Role.SECOND)]
    asked = [decision(6, Verdict.ASK, "e")]
    assert lessons_of([later, *taken, *differ, *asked], {}) == []
    settled = rejected(7, RejectReason.NO_FINDING, "c", role=Role.SETTLEMENT)
    (lesson,) = lessons_of([later, *taken, *differ, settled], {})
    assert (lesson.id, lesson.flag) == ("d7", False)
    again = [*taken, rejected(8, RejectReason.OFF_TOPIC, "b")]
    assert [found.id for found in lessons_of(again, {})] == ["d8"]


def test_near_duplicates_are_learned_from_once() -> None:
    first, second = decision(1, Verdict.ACCEPT, "a"), rejected(2, RejectReason.NO_FINDING, "b")
    assert len(lessons_of([first, second], {})) == 2
    # They were put in one group afterwards: decisions on one are decisions on both.
    (lesson,) = lessons_of([first, second], {}, {"a": "g", "b": "g"})
    assert (lesson.id, lesson.flag) == ("d2", False)
    # The same words in two items, no group.
    same = [decision(1, Verdict.ACCEPT, "a"), decision(2, Verdict.ACCEPT, "b", passage_text="IN A more  jobs\nwere")]
    copy = decision(3, Verdict.ACCEPT, "c", passage_text="In a more jobs were")
    assert [found.id for found in lessons_of([*same, copy], {})] == ["d1", "d3"]


def test_a_passage_that_is_gone_is_read_in_the_language_of_its_text() -> None:
    dutch = "Uit onderzoek blijkt dat er meer banen verdwenen dan er bij kwamen."
    (lesson,) = lessons_of([decision(1, Verdict.ACCEPT, passage_text=dutch)], {})
    assert (lesson.lang, lesson.section, lesson.title) == ("nl", "", "")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["accept", "off", "none", "known", "undo"]))))
def test_an_item_teaches_what_was_decided_last_and_not_taken_back(acts: list[tuple[str, str]]) -> None:
    made: list[Decision] = []
    kept: dict[str, list[tuple[str, str]]] = {}
    for number, (item, act) in enumerate(acts, 1):
        of_item = kept.setdefault(item, [])
        if act == "undo":
            if of_item:
                made.append(decision(number, Verdict.UNDO, item, undoes=of_item.pop()[0]))
            continue
        reasons = {"off": RejectReason.OFF_TOPIC, "none": RejectReason.NO_FINDING, "known": RejectReason.KNOWN_ALREADY}
        made.append(rejected(number, reasons[act], item) if act in reasons else decision(number, Verdict.ACCEPT, item))
        of_item.append((made[-1].id, act))
    expected = {of_item[-1][0] for of_item in kept.values() if of_item and of_item[-1][1] != "known"}
    assert {lesson.id for lesson in lessons_of(made, {})} == expected


def test_a_lesson_keeps_the_other_labels_that_a_reader_holds() -> None:
    held = learning._labels_held(Judgement(instruments=("group.women",)))
    assert held["instruments"] == ("group.women",)
    assert learning._labels_held(Judgement())["instruments"] is None
