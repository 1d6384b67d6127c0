"""Looking things up in a workspace: documents, passages for export, search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.origins import origin_record
from flows.records import label_record
from flows.topic_standing import standing_topics
from pipelines.domain.decisions import Standing
from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.domain.sources import HarvestItem
from pipelines.store import Workspace
from pipelines.store.passages import PassageFilter

if TYPE_CHECKING:
    from flows.context import ScanContext


def find_passages(workspace: Workspace, chosen: PassageFilter) -> Iterator[LabelledPassage]:
    """Passages that match, with the topic that each lies in."""
    documents = {d.id: d for d in workspace.documents.summaries()}
    topics = standing_topics(workspace, ended=False)
    return workspace.passages.find(documents, chosen, None if topics is None else topics.assignments)


def passage_record(item: LabelledPassage, standing: Standing | None = None) -> dict[str, Any]:
    """A passage with all labels, as other programs read it (documented in docs/commands.md).

    ``standing`` is where its item stands after the decisions of people; ``None`` where nobody decided.
    """
    passage, document = item.passage, item.document
    record: dict[str, Any] = {
        "id": passage.id,
        "document": document.id,
        "path": document.paths[0] if document.paths else document.file or "",
        "title": document.metadata.title,
        "publisher": document.metadata.publisher,
        "year": document.metadata.year,
        "language": passage.language,
        "section": list(passage.section),
        "pages": sorted({p for p in (passage.page_first, passage.page_last) if p is not None}),
        "span": [passage.start, passage.end],
        "text": passage.text,
        "boilerplate": passage.boilerplate,
        "group": item.group,
        "topic": item.topic,
        "decision": None if standing is None else decision_record(standing),
    }
    if item.labels is not None:
        evidence = item.labels.evidence
        # A second opinion comes last, so that columns of a file keep their places.
        labels = label_record(item.labels, item.second_opinion)
        opinion = {name: labels.pop(name) for name in ("second_opinion",) if name in labels}
        record |= {**labels, "model": evidence.model_version, "table": evidence.table_version, **opinion}
    return record


def decision_record(standing: Standing) -> dict[str, Any]:
    """Where an item stands, as other programs read it."""
    holds = standing.holds
    record: dict[str, Any] = {"state": standing.state.value, "decisions": standing.turn}
    if holds is not None:
        record |= {
            "verdict": holds.verdict.value,
            "role": holds.role.value,
            "reviewer": holds.reviewer,
            "decided": holds.decided.isoformat(),
            "reason": holds.reason,
            "note": holds.note,
        }
        if holds.judgement is not None:
            record |= holds.judgement.model_dump(mode="json", exclude={"figures", "key_sentence"})
    return record


def search(context: ScanContext, query: str, number: int) -> list[tuple[float, LabelledPassage]]:
    """The ``number`` passages that fit a query best, by words and by meaning, best first.

    For a single question; a process that answers many keeps what :func:`flows.search_choice.open_search` gives.
    """
    from flows.search_choice import open_search

    searching = open_search(context)
    searching.refresh()  # however long it takes: nobody asks again later
    return [(hit.score, hit.item) for hit in searching.search(query, number).hits]


def name_of(document: DocumentSummary) -> str:
    """What to call a document: its title, else the name of its file, also of one that is no longer there."""
    place = document.paths[0] if document.paths else document.file
    return document.metadata.title or (document.id if place is None else Path(place).name)


def document_record(document: DocumentSummary, reason: str | None, origin: HarvestItem | None = None) -> dict[str, Any]:
    """A document as other programs read it; ``origin`` is the item of a source that its file was fetched for."""
    return {
        "id": document.id,
        "path": document.paths[0] if document.paths else document.file or "",
        "paths": list(document.paths),
        "state": document.state.value,
        "reason": reason,
        "title": document.metadata.title,
        "publisher": document.metadata.publisher,
        "authors": list(document.metadata.authors),
        "year": document.metadata.year,
        "language": document.metadata.language,
        "pages": document.n_pages,
        "passages": document.n_passages,
        "flagged": document.n_flagged,
        "media_type": document.media_type,
        "url": document.metadata.url,
        "harvested": None if origin is None else origin_record(origin),
    }
