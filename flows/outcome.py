"""What a scan tells whoever started it."""

from __future__ import annotations

from pipelines.domain.documents import READABLE_STATES, Reason
from pipelines.domain.record import Record
from pipelines.domain.runs import DocumentSummary
from pipelines.domain.second_opinions import SecondOpinionAccount


class SetAside(Record):
    """A file that brought no passages, with the reason."""

    path: str
    document: str | None
    stage: str
    state: str
    reason: Reason


class ScanOutcome(Record):
    """Counts of one scan over the files it was given."""

    run: str | None
    """``None`` where no scan was ever made here."""
    nothing_new: bool
    files: int
    documents: int
    """Different documents; two copies of one file are one document."""
    new_documents: int
    relabelled: int = 0
    """Documents of earlier scans that were labelled anew, since models or table have changed."""
    encoder: str
    """Version of the encoder that the topics stand on."""
    encoder_changed: bool = False
    """Whether the topics of the scan before stood on another encoder."""
    reencoded: int = 0
    """Passages of earlier scans that got new vectors, since the encoder has changed or theirs were gone."""
    failed: tuple[SetAside, ...]
    passages: int
    """Passages of running text in Dutch or English."""
    flagged: int
    topics: int
    second_opinion: SecondOpinionAccount | None = None
    """What a language model was asked; ``None`` where that is off."""
    seconds: float
    stage_seconds: dict[str, float]
    reports: dict[str, str]
    """``docx``, ``html`` and ``xlsx`` -> path."""


def set_aside(documents: list[DocumentSummary]) -> list[SetAside]:
    """A line for every path of a document that was not read wholly."""
    return [
        SetAside(path=path, document=document.id, stage="read", state=document.state.value, reason=document.reason)
        for document in documents
        if document.reason is not None and document.state not in READABLE_STATES
        for path in document.paths
    ]
