"""Topics of a scan: all passages of the workspace on the subject, beside the topics that stood before."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flows.topic_passages import ScanDays
from flows.topic_standing import standing_topics
from flows.vectors import vectors_of
from pipelines.domain.topics import TopicPassage
from pipelines.store.passages import PassageFilter

if TYPE_CHECKING:
    from flows.context import ScanContext


def model_topics(context: ScanContext, run_id: str) -> int:
    """Bring the topics of the workspace up to date with what a run brought; returns how many there are.

    Of each group of near-duplicates one passage takes part. A passage that is in a topic stays, also where labels that
    were made anew no longer find it on the subject.

    Parameters
    ----------
    context
        Workspace, models and table.
    run_id
        The run that the topics are kept with.
    """
    from pipelines.themes.lexicon import load_lexicon
    from pipelines.topics import Vocabulary, fit_topics, on_subject  # seconds to import
    from pipelines.topics.titles import TopicName

    workspace = context.workspace
    stood = standing_topics(workspace, ended=False)
    latest = workspace.topics.latest(ended=False, members=False)
    n_told = 0 if latest is None else len(latest[1].events)
    assigned = {} if stood is None else stood.assignments
    days = ScanDays(workspace, run_id)
    found: dict[str, TopicPassage] = {}
    n_off_subject = 0
    for item in workspace.passages.find(days.documents, PassageFilter(labelled_only=True), terms=False):
        if item.labels is None:
            continue
        # Of a group the passage takes part that did so before, else its first: it goes when its document is withdrawn.
        place = item.group or item.passage.id
        if place in found and (found[place].id in assigned or item.passage.id not in assigned):
            continue
        if item.passage.id in assigned or on_subject(item.labels.tags):
            found[place] = days.topic_passage(item)
        elif item.group in (None, item.passage.id):
            n_off_subject += 1
    chosen = sorted(found.values(), key=lambda passage: passage.id)
    metadata = [document.metadata for document in days.documents.values()]
    proper = [name for m in metadata for name in (*m.authors, m.publisher) if name]
    model = fit_topics(
        chosen,
        vectors_of(context, [(passage.document_id, passage.id) for passage in chosen]),
        vocabulary=Vocabulary(load_lexicon(), context.matcher, proper),
        titles={row.id: TopicName(row.title("nl"), row.title("en")) for row in context.table.rows},
        encoder_version=context.encoder_version,
        n_off_subject=n_off_subject,
        standing=stood,
        today=datetime.now().astimezone().date(),
    )
    # An earlier try at this run told events of its own; what people did since the last scan is told by this one.
    told = () if stood is None else stood.events[0 if latest is not None and latest[0] == run_id else n_told :]
    model = model.model_copy(update={"events": (*told, *model.events)})
    workspace.topics.save(run_id, model)
    return len(model.topics)
