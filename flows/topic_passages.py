"""Passages as the topic stage wants them, with the day on which each came into a workspace."""

from __future__ import annotations

from datetime import UTC

from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.domain.topics import TopicPassage
from pipelines.store import Workspace


class ScanDays:
    """On which day each document came into a workspace.

    Parameters
    ----------
    workspace
        Of which the runs are read once.
    run_id
        The run whose documents are new; the latest that brought any where ``None``.
    """

    def __init__(self, workspace: Workspace, run_id: str | None = None) -> None:
        # A person reads the dates, so they are those of the clock on the wall.
        self._days = {
            run.id: run.started.replace(tzinfo=UTC).astimezone().date().isoformat() for run in workspace.runs.all()
        }
        self.documents: dict[str, DocumentSummary] = {d.id: d for d in workspace.documents.summaries()}
        brought = {document.run_id for document in self.documents.values()}
        order = [run for run in self._days if run in brought]
        self.new_run = run_id if run_id is not None or not order else order[-1]

    def topic_passage(self, item: LabelledPassage) -> TopicPassage:
        """A labelled passage as the topic stage wants it."""
        from pipelines.topics.coverage import LEAST_ROW

        assert item.labels is not None
        evidence, document = item.labels.evidence, item.document
        return TopicPassage(
            id=item.passage.id,
            document_id=document.id,
            language=item.passage.language,
            text=item.passage.text,
            day=self._days.get(document.run_id, document.first_seen.date().isoformat()),
            new=document.run_id == self.new_run,
            year=document.metadata.year,
            kind="" if evidence.kind is EvidenceKind.NONE else str(evidence.kind),
            themes=tuple(str(theme) for theme in item.labels.tags.given()),
            rows=tuple(match.id for match in evidence.rows if match.score >= LEAST_ROW),
        )
