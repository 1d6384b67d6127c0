"""Decisions to lessons: which labels each decision teaches, and which none.

======================================  =======================================================================
decision that holds                     teaches
======================================  =======================================================================
accept, correct                         that it is evidence, and every label of the judgement
reject: off topic                       no theme, no row, no statement, no evidence, and no kind or direction of it
reject: no finding                      that it is no evidence, and nothing else
reject: any other reason                nothing: the passage may well be a finding
later, ask, disagreement, taken back    nothing
======================================  =======================================================================

A passage that is rejected as off topic may still give advice on another subject (guide of the labels), so that
nothing is said of recommendations. A judgement names one statement, and the passage is not held to bear on others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.domain.decisions import Decision, Judgement, RejectReason, Verdict, fold_decisions
from pipelines.domain.evidence import Direction, EvidenceKind, Relation
from pipelines.language.detection import detect_language
from pipelines.language.lessons import Lesson


@dataclass(frozen=True)
class PassageContext:
    """What is known of a passage beside its text."""

    language: str
    section: str = ""
    title: str = ""


def lessons_of(
    decisions: Iterable[Decision],
    contexts: Mapping[str, PassageContext],
    item_of: Mapping[str, str] | None = None,
) -> list[Lesson]:
    """What decisions teach, an item once, in the order in which the decisions that hold were made.

    Parameters
    ----------
    decisions
        All decisions, oldest first.
    contexts
        By passage id. A passage that is stored no more is learned from by its text alone.
    item_of
        Passage id -> id of the group of near-duplicates that it belongs to now, where it belongs to one.
    """
    found: dict[str, Lesson] = {}
    for decision in _that_hold(decisions, item_of or {}):
        lesson = lesson_of(decision, contexts.get(decision.passage_id))
        if lesson is not None:
            # The same words in two items, of which somebody thought better in the second: the last one counts.
            words = " ".join(lesson.text.casefold().split())
            found.pop(words, None)
            found[words] = lesson
    return list(found.values())


def _that_hold(decisions: Iterable[Decision], item_of: Mapping[str, str]) -> list[Decision]:
    by_item: dict[str, list[Decision]] = {}
    place: dict[str, int] = {}
    for n, decision in enumerate(decisions):
        by_item.setdefault(item_of.get(decision.passage_id, decision.item_id), []).append(decision)
        place[decision.id] = n
    holding = [standing.holds for standing in map(fold_decisions, by_item.values()) if standing.holds is not None]
    return sorted(holding, key=lambda decision: place[decision.id])


def lesson_of(decision: Decision, context: PassageContext | None) -> Lesson | None:
    """What one decision teaches; ``None`` where it teaches nothing. ``context`` is that of its passage, if stored."""
    labels = _labels_of(decision)
    if labels is None or not decision.passage_text.strip():
        return None
    if context is None:
        context = PassageContext("nl" if detect_language(decision.passage_text).language == "nl" else "en")
    return Lesson(
        id=decision.id,
        doc=decision.document_id,
        text=decision.passage_text,
        lang=context.language,
        section=context.section,
        title=context.title,
        **labels,
    )


def _labels_of(decision: Decision) -> dict[str, Any] | None:
    if decision.judgement is not None:
        return _labels_held(decision.judgement)
    if decision.verdict != Verdict.REJECT:
        return None
    if decision.reason == RejectReason.NO_FINDING:
        return {"flag": False}
    if decision.reason == RejectReason.OFF_TOPIC:
        nothing = {"themes": (), "rows": (), "statements": ()}
        return {**nothing, "flag": False, "evidence": EvidenceKind.NONE, "direction": Direction.NONE}
    return None


def _labels_held(held: Judgement) -> dict[str, Any]:
    # Without a statement nothing is known of statements, unless the finding is said to be on none of them.
    statements = () if held.relation == Relation.NEW else None
    return {
        "flag": True,
        "themes": held.themes,
        "rows": held.rows,
        "statements": (held.statement,) if held.statement else statements,
        "relation": held.relation,
        "column": held.column,
        "evidence": held.kind,
        "direction": held.direction,
        "recommendation": held.recommendation,
        "level": held.level if held.recommendation else None,
        "instruments": held.instruments,
    }
