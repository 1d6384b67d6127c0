"""What an annotated bibliography is made from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import Field

from pipelines.domain.appraisal import Appraisal, EvidencePiece
from pipelines.domain.decisions import Judgement
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.record import Record
from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.report.note_material import NoteMaterial


class BibliographyMaterial(Record):
    """Everything that the bibliography of a period speaks of."""

    since: date | None = None
    """First day of the period; ``None`` from the beginning."""
    until: date
    created: datetime
    run: str
    documents: tuple[DocumentSummary, ...] = ()
    """Those of the period, also those that could not be read."""
    library: tuple[DocumentSummary, ...] = ()
    """All documents that there are: keys of references are given over them."""
    passages: tuple[LabelledPassage, ...] = ()
    """Of the documents of the period; others are passed over."""
    pieces: tuple[EvidencePiece, ...] = ()
    """Accepted evidence, from whatever document."""
    appraisal: Appraisal
    judgements: dict[str, Judgement | None] = Field(default_factory=dict)
    """Passage id -> labels that hold after the readers' decision; ``None`` where it was rejected. Passages on which
    nobody has decided are absent."""
    groups: dict[str, str] = Field(default_factory=dict)
    """Passage id -> group of near-duplicates, for passages that do not carry theirs themselves."""
    table: EvidenceTable

    @classmethod
    def of_note(cls, note: NoteMaterial) -> Self:
        """The bibliography that goes with an update note: of the documents that are new in it."""
        scan = note.scan
        return cls(
            since=note.since,
            until=note.until,
            created=scan.run.finished or scan.run.started,
            run=scan.run.id,
            documents=tuple(d for d in scan.documents if scan.is_new(d.id)),
            library=scan.documents,
            passages=tuple(p for p in scan.passages if scan.is_new(p.document.id)),
            pieces=note.pieces,
            appraisal=note.appraisal,
            judgements=note.judgements,
            groups={passage_id: group.id for group in scan.groups for passage_id in group.passage_ids},
            table=note.after,
        )
