"""The topics as they stand now: those of the latest scan, with what people did to them since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pipelines.domain.runs import LabelledPassage
from pipelines.domain.topics import TopicAct, TopicActKind, TopicModel, TopicPassage
from pipelines.store import Workspace
from pipelines.store.passages import PassageFilter

_MOVES = frozenset({TopicActKind.MERGE, TopicActKind.SPLIT})
"""Acts after which passages lie in other topics."""


def standing_topics(workspace: Workspace, *, ended: bool = True, members: bool = True) -> TopicModel | None:
    """The topics as they stand; ``None`` where no scan modelled any.

    It follows from the scans and acts alone, and is the same as long as ``workspace.topics.stamp()`` is.

    Parameters
    ----------
    workspace
        Scans, acts and passages.
    ended
        Whether only scans that ended count; otherwise one that is going on comes before them.
    members
        Whether to tell which passage lies in which topic: of 500,000 that takes seconds.
    """
    run_id = workspace.topics.latest_run(ended=ended)
    model = None if run_id is None else workspace.topics.of_run(run_id, members=members)
    if run_id is None or model is None:
        return None
    acts = workspace.acts.topic_acts(model.acts_seen)
    if acts:
        from pipelines.topics.arranged import arrange_topics

        if not members and any(act.kind in _MOVES for _, act in acts):
            model = workspace.topics.of_run(run_id) or model
        passages = {passage.id: passage for passage in _touched(workspace, run_id, model, acts)}
        model = arrange_topics(model, acts, passages, datetime.now().date())
    return model if members else model.model_copy(update={"assignments": {}})


def topic_items(workspace: Workspace, chosen: Sequence[str]) -> list[LabelledPassage]:
    """The passages with these ids, in order of storage; those that are gone, or carry no labels, are left out."""
    wanted = frozenset(chosen)
    # Only of their documents: a topic has hundreds of passages where a workspace has hundreds of thousands.
    documents = sorted({passage.document_id for passage in workspace.passages.by_id(sorted(wanted)).values()})
    summaries = {document.id: document for document in workspace.documents.summaries(documents)}
    found = workspace.passages.find(summaries, PassageFilter(document_ids=documents, labelled_only=True))
    return [item for item in found if item.passage.id in wanted]


def topic_passages(
    workspace: Workspace, items: Sequence[LabelledPassage], run_id: str | None = None
) -> list[TopicPassage]:
    """Passages as the topic stage wants them; those of ``run_id``, or of the latest scan, are new."""
    if not items:
        return []
    from flows.topic_passages import ScanDays

    days = ScanDays(workspace, run_id)
    return [days.topic_passage(item) for item in items]


def _touched(
    workspace: Workspace, run_id: str, model: TopicModel, acts: Sequence[tuple[int, TopicAct]]
) -> list[TopicPassage]:
    """Passages of the topics that acts merge or divide."""
    touched = {topic for _, act in acts if act.kind in _MOVES for topic in (act.topic, *act.others)}
    chosen = [passage for passage, topic in model.assignments.items() if topic in touched]
    return topic_passages(workspace, topic_items(workspace, chosen), run_id)
