"""What learning starts from: decisions and their passages, the shipped models, and labelled passages out of sight."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from flows.label import LabelKit, load_label_kit
from flows.learn_models import HeldOut
from flows.tagger_training import held_out_places
from pipelines.domain.decisions import Decision
from pipelines.errors import ModelError
from pipelines.language.lessons import Lesson
from pipelines.language.model_files import DAMAGED_NPZ
from pipelines.language.training_set import HELD_OUT_FILE, read_reader_scores, read_training_files
from pipelines.review.learning import PassageContext, lesson_of, lessons_of
from pipelines.settings import Settings
from pipelines.store import Workspace


@dataclass(frozen=True)
class Material:
    """Decisions of a workspace and what they teach.

    Attributes
    ----------
    decisions
        All, by id.
    contexts
        By passage id, of the documents that were decided on.
    lessons
        Of the decisions that hold, near-duplicates once.
    """

    decisions: dict[str, Decision]
    contexts: dict[str, PassageContext]
    lessons: list[Lesson]

    def taught_by(self, names: Iterable[str]) -> list[Lesson]:
        """What the decisions with these ids teach, whether they still hold or not."""
        made = [self.decisions[name] for name in names if name in self.decisions]
        taught = (lesson_of(decision, self.contexts.get(decision.passage_id)) for decision in made)
        return [lesson for lesson in taught if lesson is not None]


def shipped_held_out(settings: Settings) -> HeldOut:
    """The labelled passages that came with the program and that no model has seen.

    Raises
    ------
    ModelError
        A file is missing or damaged.
    """
    models = settings.shipped_models_dir
    passages = read_training_files(sorted((models / "training").glob("*.jsonl")))
    heard, path = read_reader_scores(models / "reader"), models / "tagger" / HELD_OUT_FILE
    places = held_out_places(passages, heard)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            raw = arrays["raw_themes"].astype(np.float32), arrays["raw_evidence"].astype(np.float32)
            return HeldOut([passages[i] for i in places], *raw, arrays["folds"], heard.scores)
    except FileNotFoundError as error:
        raise ModelError("error.model_missing", file=str(path)) from error
    except DAMAGED_NPZ as error:
        raise ModelError("error.model_damaged", file=str(path)) from error


def shipped_kit(settings: Settings, workspace: Workspace) -> LabelKit:
    """The shipped models with the table of the workspace."""
    table = workspace.tables.current()
    assert table is not None  # open_settings_workspace stored one
    return load_label_kit(settings.shipped_models_dir, settings.shipped_models_dir, table)


def gather_material(workspace: Workspace) -> Material:
    """All decisions of a workspace, and what they teach."""
    decisions = list(workspace.decisions.all())
    contexts = _contexts(workspace, {decision.document_id for decision in decisions})
    lessons = lessons_of(decisions, contexts, workspace.passages.items())
    return Material({decision.id: decision for decision in decisions}, contexts, lessons)


def _contexts(workspace: Workspace, document_ids: Iterable[str]) -> dict[str, PassageContext]:
    found: dict[str, PassageContext] = {}
    ids = sorted(document_ids)
    titles = {document.id: document.metadata.title or "" for document in workspace.documents.summaries(ids)}
    for document_id in ids:
        title = titles.get(document_id, "")
        for passage in workspace.passages.get(document_id):
            found[passage.id] = PassageContext(passage.language, " ".join(passage.section), title)
    return found
