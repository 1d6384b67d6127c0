"""Topics as the note tells of them: what the period brought, against the table that the note speaks of."""

from __future__ import annotations

from dataclasses import replace

from pipelines.domain.proposals import ChangeKind
from pipelines.domain.topics import Topic, TopicModel
from pipelines.report.drafting import Draft
from pipelines.report.note_changes import NoteChange
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_evidence import NotePiece
from pipelines.report.topic_news import covers_every_scan, topics_in_period


def topics_draft(draft: NoteDraft) -> Draft:
    """The scan of a note with its topics as of the period, the rows of the newest table, and names of people."""
    material, model = draft.scan.material, draft.scan.material.topics
    of_period = True
    if model is not None:
        of_period = not covers_every_scan(model, draft.material.since, draft.material.until)
        rows = frozenset(row.id for row in draft.table.rows)
        model = topics_on_table(model, rows, draft.changes, draft.by_item)
        model = topics_in_period(model, draft.material.since, draft.material.until)
    update = {"topics": model, "of_period": of_period, "people": draft.material.people}
    return replace(draft.scan, material=material.model_copy(update=update))


def topics_on_table(
    model: TopicModel, rows: frozenset[str], changes: tuple[NoteChange, ...], pieces: dict[str, NotePiece]
) -> TopicModel:
    """Topics with rows of the present table: a topic for which a row was made since the scan belongs to that row.

    Parameters
    ----------
    model
        As the scan found it, against the table of that day.
    rows
        Ids of the rows that the table has now.
    changes, pieces
        Of the note; pieces by item id.
    """
    made = _rows_made(changes, pieces)
    return model.model_copy(update={"topics": tuple(_placed(topic, rows, made) for topic in model.topics)})


def _placed(topic: Topic, rows: frozenset[str], made: dict[str, str]) -> Topic:
    held = tuple(row for row in topic.rows if row in rows)
    if topic.id in made:
        first = made[topic.id]
        return topic.model_copy(update={"rows": (first, *(row for row in held if row != first)), "novel": False})
    return topic if held == topic.rows else topic.model_copy(update={"rows": held, "novel": not held})


def _rows_made(changes: tuple[NoteChange, ...], pieces: dict[str, NotePiece]) -> dict[str, str]:
    """Topic id -> the row that was made from its evidence, told by the topics of the pieces it rests on."""
    made: dict[str, str] = {}
    for change in changes:
        if change.state != "approved" or change.change is not ChangeKind.ADD_ROW or change.proposal is None:
            continue
        for item in change.proposal.items:
            topic = pieces[item].piece.topic if item in pieces else None
            if topic is not None:
                made.setdefault(topic, change.row_id)
    return made
