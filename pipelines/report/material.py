"""What the report is made from."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.passages import DuplicateGroup
from pipelines.domain.record import Record
from pipelines.domain.runs import DocumentSummary, LabelledPassage, Run
from pipelines.domain.second_opinions import SecondOpinionAccount
from pipelines.domain.topics import TopicModel
from pipelines.report.counting import CountedPassages


class ReportMaterial(Record):
    """Everything one report speaks of.

    ``documents`` and ``passages`` may hold more than this report is about; ``new_documents`` then says which of them it
    is about. The others are needed to see that a new passage repeats an old one, for the plots over the years and for
    topics: of passages only those that are flagged, show a topic, or were decided on.
    """

    run: Run
    date: date
    documents: tuple[DocumentSummary, ...] = ()
    passages: tuple[LabelledPassage, ...] = ()
    counted: CountedPassages = CountedPassages()
    """New passages that are not among ``passages``, since the report only counts them."""
    groups: tuple[DuplicateGroup, ...] = ()
    """Near-duplicates; passages that carry their group themselves need not be in it."""
    table: EvidenceTable
    topics: TopicModel | None = None
    """``None`` where the scan did not model topics. ``n_new`` in it counts what the scan or the period brought."""
    topic_documents: dict[str, dict[str, int]] | None = None
    """Topic -> document -> number of its passages; ``None`` where these can be counted, ``passages`` being all."""
    new_documents: frozenset[str] | None = None
    """Ids of the documents that are new in this report; ``None`` means all."""
    second_opinions: tuple[SecondOpinionAccount, ...] = ()
    """What language models were asked in the runs that the report is about, oldest first."""
    settings: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """Settings of the run that the outcome depends on."""
    of_period: bool = False
    """Whether the report is about a period, and not about one scan."""
    people: dict[str, str] = Field(default_factory=dict)
    """Account -> name as its owner gave it; accounts that are not in it are shown by their account name."""
    least_row: float = Field(default=0.5, ge=0, le=1)
    """Score from which a new passage is said to touch a row of the table. On the 180 labelled passages on the subject
    that no model learned from (November 2026) 89 % of the rows named are right and 71 % of the right ones are named.
    Topics ask for more (``coverage.LEAST_ROW``): a row is not to be called untouched when it may be, nor covered."""

    def is_new(self, document_id: str) -> bool:
        """Whether the report is about this document."""
        return self.new_documents is None or document_id in self.new_documents


class ReportOptions(Record):
    """How much the report shows; the Excel list always holds everything."""

    quotations_per_row: int = Field(default=50, ge=1)
    """Most quotations under one row: a bound for very large scans, four on a page of A4."""
    recommendations_per_cell: int = Field(default=3, ge=1)
    """Most recommendations in a cell of the matrix."""
    documents_in_list: int = Field(default=60, ge=1)
    """Most documents in the list of what was read: about three pages."""
    words_in_quotation: int = Field(default=170, ge=20)
    """Longer passages are cut around their key sentence. Passages have 130 words at most where the text allows."""
