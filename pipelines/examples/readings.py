"""What the example readers and editors decided on passages and proposals, month by month.

The decisions stand in ``readings.yaml`` in the order in which they were made. They are examples: the accounts belong to
nobody, and no model learned from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import Field, model_validator

from pipelines.domain.decisions import Judgement, RejectReason
from pipelines.domain.evidence import Direction, EvidenceKind, Figure, KeySentence, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.passages import Passage
from pipelines.domain.proposals import Proposal, ProposalVerdict, Wording
from pipelines.domain.record import Record
from pipelines.domain.themes import Theme

_READINGS = Path(__file__).resolve().parent / "readings.yaml"


class ExampleLabels(Record):
    """Labels of an accepted passage, as a reader chooses them from lists."""

    themes: tuple[Theme, ...]
    row: str | None = None
    """``None`` where no row of the table covers it."""
    statement: str | None = None
    """``None`` for what is new."""
    relation: Relation
    column: Column
    kind: EvidenceKind
    direction: Direction


class ExampleReading(Record):
    """What one reader, or two, decided on one passage."""

    document: str
    """Name of the file."""
    passage: str
    """Words with which a paragraph of the passage begins."""
    reader: str
    """Account of the first reader."""
    reject: RejectReason | None = None
    labels: ExampleLabels | None = None
    """``None`` for a passage that is rejected."""
    key: str = ""
    """Words with which the sentence begins that carries the finding; empty for the first sentence of the paragraph."""
    second: str | None = None
    """Account that read it again without seeing the first reading."""
    second_relation: Relation | None = None
    """What the second reader chose where they differ; ``None`` where they came to the same."""
    settled_by: str | None = None
    """Account that followed the first reader in the end."""

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if (self.reject is None) == (self.labels is None):
            raise ValueError("a passage is either rejected or labelled")
        if (self.second_relation is None) != (self.settled_by is None):
            raise ValueError("a disagreement, and it alone, is settled")
        if self.second_relation is not None and (self.second is None or self.labels is None):
            raise ValueError("only a second reader of an accepted passage differs")
        if len({self.reader, self.second, self.settled_by} - {None}) < 1 + bool(self.second) + bool(self.settled_by):
            raise ValueError("a passage is read, read again and settled by different people")
        return self

    def find(self, passages: Iterable[Passage]) -> Passage:
        """The passage that was read, among all of its document.

        Raises
        ------
        ValueError
            None, or more than one, has a paragraph that begins so.
        """
        found = [p for p in passages if p.text.startswith(self.passage) or f"\n{self.passage}" in p.text]
        if len(found) != 1:
            raise ValueError(f"{self.document}: {len(found)} passages have a paragraph beginning {self.passage!r}")
        return found[0]

    def judgement(self, passage: Passage, figures: tuple[Figure, ...] = ()) -> Judgement | None:
        """What the first reader held; ``None`` where the passage was rejected.

        Parameters
        ----------
        passage
            The one that :meth:`find` gives.
        figures
            Figures that were found in the passage; the readers left them as they were.

        Raises
        ------
        ValueError
            No sentence of the passage begins with the words of ``key``.
        """
        if self.labels is None:
            return None
        return Judgement(
            themes=self.labels.themes,
            rows=() if self.labels.row is None else (self.labels.row,),
            statement=self.labels.statement,
            relation=self.labels.relation,
            column=self.labels.column,
            kind=self.labels.kind,
            direction=self.labels.direction,
            figures=figures,
            key_sentence=self._key_sentence(passage),
        )

    def second_judgement(self, passage: Passage, figures: tuple[Figure, ...] = ()) -> Judgement | None:
        """What the second reader held; like :meth:`judgement`, but for the relation where the two differ."""
        first = self.judgement(passage, figures)
        if first is None or self.second_relation is None:
            return first
        return first.model_copy(update={"relation": self.second_relation})

    def _key_sentence(self, passage: Passage) -> KeySentence:
        begins = self.key or self.passage
        for sentence in passage.sentences:
            text = passage.text[sentence.start : sentence.end]
            if text.startswith(begins) or (not self.key and begins.startswith(text)):
                return KeySentence(text=text, start=sentence.start, end=sentence.end)
        raise ValueError(f"{self.document}: no sentence begins {begins!r}")


class ExampleVerdict(Record):
    """What editors decided on a proposal."""

    rule: str
    """Id of the rule that made it."""
    place: str
    """Statement that it would change, row of a new statement; empty for a new row."""
    verdict: ProposalVerdict
    people: tuple[str, ...] = Field(min_length=1)
    """Accounts, in the order in which they decided alike."""
    why: str = ""
    nl: str = ""
    en: str = ""
    """Text as approved, where it is not the suggestion."""

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if (self.verdict is ProposalVerdict.REJECT) != bool(self.why):
            raise ValueError("a rejection, and it alone, has a reason")
        if len(set(self.people)) < len(self.people):
            raise ValueError("nobody decides twice")
        return self

    @property
    def wording(self) -> Wording | None:
        """Text as approved; ``None`` for the suggestion."""
        return Wording(nl=self.nl, en=self.en) if self.nl or self.en else None

    def find(self, proposals: Iterable[Proposal]) -> Proposal:
        """The proposal that was decided on, among those of the month.

        Raises
        ------
        ValueError
            None fits, or more than one.
        """
        found = [p for p in proposals if p.rule == self.rule and (p.statement_id or p.row_id or "") == self.place]
        if len(found) != 1:
            raise ValueError(f"{len(found)} proposals of rule {self.rule} at {self.place!r}")
        return found[0]


class ExampleMonth(Record):
    """One scan, what was read after it, and what was decided on the proposals that followed."""

    date: date
    """Day of the scan and of the decisions."""
    readings: tuple[ExampleReading, ...] = Field(min_length=1)
    """In the order in which they were made."""
    proposals: tuple[ExampleVerdict, ...] = ()

    @property
    def people(self) -> tuple[str, ...]:
        """Accounts that read or settled, in alphabetical order."""
        named = {name for r in self.readings for name in (r.reader, r.second, r.settled_by)}
        return tuple(sorted(name for name in named if name is not None))


class _Readings(Record):
    review_days: dict[str, date]
    months: tuple[ExampleMonth, ...]


@cache
def _read() -> _Readings:
    return _Readings.model_validate(yaml.safe_load(_READINGS.read_text(encoding="utf-8")))


def example_readings() -> tuple[ExampleMonth, ...]:
    """The months of the example in order: the first with the bundled documents, the second with the later ones."""
    return _read().months


def review_days() -> Mapping[str, date]:
    """Statement id -> last day on which it may stand without anybody looking at it again, in the example."""
    return dict(_read().review_days)
