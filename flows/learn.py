"""Learning from decisions: better models are adopted, others are kept aside, and one can always go back.

What is learned always starts from the shipped models and from all decisions that hold now, so that a decision that was
taken back is forgotten, and learning twice gives the same. Adopted are models that

- on labelled passages of documents that no model has seen are not worse by more than :data:`TOLERANCE`, as far as the
  lower end of the 95 % interval of the difference tells: neither in the order that the flag gives (its average
  precision) nor in the labels (mean of theme, row and relation). Where the flag counts from is left to the decisions:
  those passages hold far more findings than real documents do; and
- on the decisions, each by models that did not learn from its document, are better or equal in the mean of five
  figures.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows.label import LabelKit, version_of
from flows.learn_figures import compare
from flows.learn_material import Material, gather_material, shipped_held_out, shipped_kit
from flows.learn_models import HeldOut, Learned, describe, learn_from
from flows.learn_records import Comparison, LearningRecord, Outcome, history, keep_record
from flows.learn_shelf import Shelf, lessons_in, pack
from flows.tagging_figures import Prediction
from flows.tagging_predictions import predictions_of
from flows.workspace import open_settings_workspace
from pipelines.domain.ids import content_id
from pipelines.errors import KennisstandError, ModelError
from pipelines.evidence.closer import StageAnswers
from pipelines.settings import Settings
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon

__all__ = ["LearningRecord", "NothingToLearn", "Outcome", "go_back", "history", "learn"]

logger = logging.getLogger(__name__)

LEAST_LESSONS = 50
LEAST_FINDINGS = 10
LEAST_DOCUMENTS = 5
"""Cross-fitting needs a document in each of five folds."""
TOLERANCE = {"flag_ap": 0.01, "labels": 0.03}
"""So much worse the models may be on the labelled passages (lower end of the interval)."""


class NothingToLearn(KennisstandError):
    """There are too few decisions, or the models in use have learned from these very ones."""


def learn(settings: Settings, actor: str | None = None, *, dry_run: bool = False) -> LearningRecord:
    """Learn from all decisions, measure, and adopt what is better.

    Parameters
    ----------
    settings
        Of the workspace.
    actor
        Account that asks for it; ``None`` for a schedule or the command line.
    dry_run
        Measure only: no models and no record are written.

    Raises
    ------
    NothingToLearn
        There are too few decisions, or none that the models in use have not learned from.
    StoreError
        A scan is busy, or a file cannot be written.
    ModelError
        A model file is missing or damaged.
    """
    begun = time.monotonic()
    workspace = open_settings_workspace(settings)
    try:
        with workspace.scanning():
            material, shelf = gather_material(workspace), Shelf(settings)
            _keep_lost_record(settings, shelf)
            known = _learned_before(shelf)
            _check_enough(material, known)
            kit = shipped_kit(settings, workspace)
            found = _measure(kit, shipped_held_out(settings), material, known)
            content = pack(found.learned.arrays(), [lesson.id for lesson in material.lessons])
            version = version_of(content, kit.encoder, load_lexicon(SHIPPED_LEXICON), kit.reader, kit.instruments)
            record = _record_of(material, found, actor, (shelf.version or kit.version, version))
            record = record.model_copy(update={"seconds": round(time.monotonic() - begun, 1)})
            if dry_run:
                return record.model_copy(update={"outcome": Outcome.TRIED})
            _put_away(settings, shelf, record, content, kit.version)
            return record
    finally:
        workspace.close()


def go_back(settings: Settings, actor: str | None = None) -> LearningRecord:
    """Put the models back that were in use before the latest that were adopted and still are in use.

    Raises
    ------
    NothingToLearn
        The shipped models are in use.
    ModelError
        The former models are gone.
    StoreError
        A scan is busy, or a file cannot be written.
    """
    workspace = open_settings_workspace(settings)
    try:
        with workspace.scanning():
            _keep_lost_record(settings, Shelf(settings))
            return _go_back(settings, actor)
    finally:
        workspace.close()


def _learned_before(shelf: Shelf) -> list[str]:
    """Ids of the decisions that the models in use learned from; a damaged file has learned nothing."""
    if shelf.in_use is None:
        return []
    try:
        return lessons_in(shelf.in_use)
    except ModelError:
        logger.warning("the models in use cannot be read; learning starts from the shipped ones")
        return []


def _check_enough(material: Material, known: Sequence[str]) -> None:
    lessons = material.lessons
    findings, documents = sum(bool(lesson.flag) for lesson in lessons), len({lesson.doc for lesson in lessons})
    if len(lessons) < LEAST_LESSONS or findings < LEAST_FINDINGS or documents < LEAST_DOCUMENTS:
        raise NothingToLearn(
            "learn.too_few",
            lessons=len(lessons),
            findings=findings,
            documents=documents,
            least_lessons=LEAST_LESSONS,
            least_findings=LEAST_FINDINGS,
            least_documents=LEAST_DOCUMENTS,
        )
    if {lesson.id for lesson in lessons} == set(known):
        raise NothingToLearn("learn.nothing_new", lessons=len(lessons))


@dataclass(frozen=True)
class _Measured:
    """What was learned, and how it compares with what is in use."""

    learned: Learned
    held_out: Comparison
    decisions: Comparison


def _measure(kit: LabelKit, held_out: HeldOut, material: Material, known: Sequence[str]) -> _Measured:
    """Learn, and compare with the models in use.

    The models in use may have learned from decisions on which both are to be measured. So they are made again from
    what they learned from, out of sight of each document in turn, as the new ones are.
    """
    now, former = material.lessons, material.taught_by(known)
    by_text = {lesson.text: lesson for lesson in former}
    gone = [lesson for lesson in former if lesson.text not in {other.text for other in now}]
    described = describe(kit, held_out, [*now, *gone])
    before = learn_from(described, [*(by_text.get(lesson.text, lesson.only(frozenset())) for lesson in now), *gone])
    after = learn_from(described, [*now, *(lesson.only(frozenset()) for lesson in gone)])

    def said(answers: StageAnswers, n: int) -> list[Prediction]:
        return predictions_of(answers, kit.index.row_ids)[:n]

    n_held_out, n = len(held_out.passages), len(now)
    return _Measured(
        after,
        compare(held_out.passages, said(before.held_out, n_held_out), said(after.held_out, n_held_out)),
        compare(now, said(before.lessons, n), said(after.lessons, n)),
    )


def _verdict(found: _Measured) -> tuple[Outcome, str, dict[str, Any]]:
    """Whether to adopt, the key of the sentence that says why, and its values."""
    for name, tolerance in TOLERANCE.items():
        if (low := found.held_out.difference[name].low) < -tolerance:
            return Outcome.KEPT_ASIDE, f"learn.worse_{name}", {"low": low, "tolerance": tolerance}
    values = {"before": found.decisions.before["score"], "after": found.decisions.after["score"]}
    if values["after"] < values["before"]:
        return Outcome.KEPT_ASIDE, "learn.worse_on_decisions", values
    return Outcome.ADOPTED, "learn.better_on_decisions", values


def _record_of(material: Material, found: _Measured, actor: str | None, versions: tuple[str, str]) -> LearningRecord:
    outcome, reason, values = _verdict(found)
    lessons, made = material.lessons, datetime.now(UTC).replace(tzinfo=None)
    return LearningRecord(
        id=_name(made, versions[1]),
        made=made,
        actor=actor,
        outcome=outcome,
        reason=reason,
        values=values,
        version_before=versions[0],
        version_after=versions[1],
        n_decisions=len(material.decisions),
        n_lessons=len(lessons),
        n_findings=sum(bool(lesson.flag) for lesson in lessons),
        n_documents=len({lesson.doc for lesson in lessons}),
        held_out=found.held_out,
        decisions=found.decisions,
    )


def _put_away(settings: Settings, shelf: Shelf, record: LearningRecord, content: bytes, made_from: str) -> None:
    card = {"name": "tagger", "made_from": made_from, "learning": record.model_dump(mode="json")}
    if record.outcome == Outcome.ADOPTED:
        shelf.adopt(content, card, record.version_after)
    else:
        shelf.put_aside(record.id, content, card)
    keep_record(settings, record)
    logger.info("%s lessons: %s", record.n_lessons, record.outcome.value)


def _keep_lost_record(settings: Settings, shelf: Shelf) -> None:
    """Keep the record of the models in use, where the program ended between putting them in use and recording that."""
    if shelf.told is None:
        return
    record = LearningRecord.model_validate(shelf.told)
    if all(known.id != record.id for known in history(settings)):
        keep_record(settings, record)


def _go_back(settings: Settings, actor: str | None) -> LearningRecord:
    shelf = Shelf(settings)
    before = shelf.version
    if before is None:
        raise NothingToLearn("learn.nothing_to_go_back_to")
    former = shelf.go_back()
    made = datetime.now(UTC).replace(tzinfo=None)
    record = LearningRecord(
        id=_name(made, before),
        made=made,
        actor=actor,
        outcome=Outcome.WENT_BACK,
        reason="learn.went_back" if former else "learn.went_back_to_shipped",
        values={"version": former} if former else {},
        version_before=before,
        version_after=former or "shipped",
    )
    keep_record(settings, record)
    return record


def _name(made: datetime, version: str) -> str:
    return f"{made:%Y%m%dT%H%M%S}-{content_id(version, made.isoformat())[:8]}"
