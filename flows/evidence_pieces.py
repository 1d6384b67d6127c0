"""What readers accepted, as evidence: from decisions, passages and documents to pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flows.lineage import added_items
from flows.topic_standing import standing_topics
from pipelines.domain.appraisal import EvidencePiece
from pipelines.domain.decisions import CONCLUSIVE, Decision, Role, Standing, differences
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.passages import Passage
from pipelines.domain.runs import DocumentSummary
from pipelines.domain.themes import Theme
from pipelines.store import Workspace

_UNKNOWN_LANGUAGE = "nl"
"""Of a passage that is there no more, in a document without language; most readers' documents are Dutch."""


@dataclass(frozen=True)
class Accepted:
    """All accepted evidence."""

    pieces: tuple[EvidencePiece, ...]
    """In the order of item ids."""
    themes: Mapping[str, tuple[Theme, ...]]
    """Themes that readers gave, by passage id."""


def evidence_pieces(workspace: Workspace, table: EvidenceTable) -> list[EvidencePiece]:
    """Every accepted item as a piece of evidence, in the order of item ids; see :func:`accepted_evidence`."""
    return list(accepted_evidence(workspace, table).pieces)


def accepted_evidence(workspace: Workspace, table: EvidenceTable) -> Accepted:
    """Every accepted item as a piece of evidence.

    An item of which a new statement of ``table`` was made counts as evidence on that statement.
    """
    from pipelines.revision.added import rest_on_added

    standings = workspace.decisions.standings(workspace.passages.items())
    held = {item_id: s for item_id, s in sorted(standings.items()) if s.holds is not None and s.holds.relevant}
    gatherer = _Gatherer(workspace, held)
    found = [gatherer.piece(item_id, standing) for item_id, standing in held.items()]
    pieces = rest_on_added(found, added_items(workspace.tables.records(), workspace.proposals.all()), table)
    judged = {s.holds.passage_id: s.holds.judgement for s in held.values() if s.holds is not None}
    return Accepted(tuple(pieces), {passage_id: j.themes for passage_id, j in judged.items() if j is not None})


class _Gatherer:
    """Holds what pieces need of the store, read once for all of them."""

    def __init__(self, workspace: Workspace, held: Mapping[str, Standing]) -> None:
        from pipelines.report.wording import document_title  # seconds, and not needed where nothing changed

        self._title = document_title
        shown = [standing.holds.passage_id for standing in held.values() if standing.holds is not None]
        self._passages = workspace.passages.by_id(shown)
        self._documents = {document.id: document for document in workspace.documents.summaries()}
        self._also = workspace.passages.documents_of(list(held))
        topics = standing_topics(workspace, ended=False)
        self._topics = {} if topics is None else topics.assignments

    def piece(self, item_id: str, standing: Standing) -> EvidencePiece:
        """The piece of an item that was accepted."""
        holds = standing.holds
        assert holds is not None and holds.judgement is not None  # it was accepted
        judgement, passage = holds.judgement, self._passages.get(holds.passage_id)
        document = self._documents.get(holds.document_id)
        return EvidencePiece(
            item_id=item_id,
            decision_id=holds.id,
            passage_id=holds.passage_id,
            document_id=holds.document_id,
            text=holds.passage_text,
            language=_language(passage, document),
            title=holds.document_id if document is None else self._title(document),
            publisher=None if document is None else document.metadata.publisher,
            authors=() if document is None else document.metadata.authors,
            year=None if document is None else document.metadata.year,
            page=None if passage is None else passage.page_first,
            section=() if passage is None else passage.section,
            row_id=judgement.rows[0] if judgement.rows else None,
            statement_id=judgement.statement,
            relation=judgement.relation,
            column=judgement.column,
            kind=judgement.kind,
            direction=judgement.direction,
            figures=judgement.figures,
            key_sentence=judgement.key_sentence,
            recommendation=judgement.recommendation,
            reviewer=holds.reviewer,
            confirmed_by=confirming_reader(standing),
            decided=holds.decided,
            also_in=tuple(d for d in self._also.get(item_id, ()) if d != holds.document_id),
            topic=self._topics.get(holds.passage_id),
        )


def _language(passage: Passage | None, document: DocumentSummary | None) -> str:
    if passage is not None:
        return passage.language
    known = None if document is None else document.metadata.language
    return known or _UNKNOWN_LANGUAGE


def confirming_reader(standing: Standing) -> str | None:
    """Account of somebody else who came to what holds; ``None`` where nobody did.

    After a second reading that does not differ that is the second reader. Where somebody settled what two readers
    differed on, it is the reader who had put it at the same statement in the same relation: a settlement that follows
    neither of them is the judgement of one person.
    """
    holds = standing.holds
    if holds is None or not holds.relevant:
        return None
    readings = [r for r in (standing.first, standing.second) if r is not None and r.verdict in CONCLUSIVE]
    others = [reading for reading in readings if reading.reviewer != holds.reviewer]
    if holds.role is Role.SETTLEMENT:
        return next((reading.reviewer for reading in others if _same_point(reading, holds)), None)
    agree = (reading.reviewer for reading in others if not differences(reading, holds))
    return None if standing.second is None else next(agree, None)


def _same_point(one: Decision, other: Decision) -> bool:
    mine, theirs = one.judgement, other.judgement
    if mine is None or theirs is None:
        return False
    return (mine.rows[:1], mine.statement, mine.relation) == (theirs.rows[:1], theirs.statement, theirs.relation)
