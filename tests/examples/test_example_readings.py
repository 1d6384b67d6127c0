"""The readings of the example: each finds its passage, holds labels that the table knows, and was made in order."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import pytest
from pydantic import ValidationError

from flows.reading import Request, read_file
from pipelines.domain.evidence import Relation
from pipelines.domain.ids import file_checksum
from pipelines.domain.passages import Passage
from pipelines.domain.proposals import ChangeKind, Proposal, ProposalVerdict
from pipelines.examples import example_documents, later_documents
from pipelines.examples.readings import ExampleMonth, ExampleReading, ExampleVerdict, example_readings, review_days
from pipelines.ingest.parser import IngestLimits
from pipelines.passages.rules import PassageRules
from pipelines.table.starting import starting_table

BATCHES = tuple(zip(example_readings(), (example_documents(), later_documents()), strict=True))
READINGS = [reading for month in example_readings() for reading in month.readings]


@cache
def passages(path: Path) -> tuple[Passage, ...]:
    """Running text of a bundled file, read and cut as a scan does."""
    request = Request(path.name, file_checksum(path.read_bytes()), (path,))
    return tuple(p for p in read_file(request, IngestLimits(), PassageRules()).passages if p.boilerplate is None)


@pytest.mark.parametrize(("month", "documents"), BATCHES, ids=[str(month.date) for month, _ in BATCHES])
def test_every_reading_finds_one_passage_of_a_document_of_its_month(
    month: ExampleMonth, documents: tuple[Path, ...]
) -> None:
    named = {path.name: path for path in documents}
    found = [reading.find(passages(named[reading.document])).id for reading in month.readings]
    assert len(set(found)) == len(found) > 25


@pytest.mark.parametrize(("month", "documents"), BATCHES, ids=[str(month.date) for month, _ in BATCHES])
def test_key_sentences_stand_in_their_passages(month: ExampleMonth, documents: tuple[Path, ...]) -> None:
    named = {path.name: path for path in documents}
    for reading in month.readings:
        passage = reading.find(passages(named[reading.document]))
        judgement = reading.judgement(passage)
        assert (judgement is None) == (reading.reject is not None)
        if judgement is not None:
            assert judgement.key_sentence is not None
            sentence = judgement.key_sentence
            assert passage.text[sentence.start : sentence.end] == sentence.text
            assert sentence.text.startswith(reading.key or reading.passage[:20])


def test_labels_are_those_of_the_table() -> None:
    columns = {statement.id: (row.id, statement.column) for row, statement in starting_table().statements()}
    rows = {row.id for row in starting_table().rows}
    for labels in (reading.labels for reading in READINGS if reading.labels is not None):
        if labels.statement is None:
            assert labels.relation is Relation.NEW
            assert labels.row is None or labels.row in rows
        else:
            assert (labels.row, labels.column) == columns[labels.statement]


def test_readers_are_accounts_and_all_kinds_of_decisions_occur() -> None:
    people = {name for month in example_readings() for name in month.people}
    assert people == {"lezer-1", "lezer-2", "redacteur-1"}
    assert {labels.relation for r in READINGS if (labels := r.labels) is not None} == set(Relation)
    for month in example_readings():
        assert sum(r.reject is not None for r in month.readings) >= 4
        assert sum(r.second is not None for r in month.readings) >= 4
    assert [r.settled_by for r in READINGS if r.settled_by] == ["redacteur-1"]


def test_a_second_reader_who_differs_differs_in_the_relation() -> None:
    (differing,) = [r for r in READINGS if r.second_relation is not None]
    path = next(path for path in example_documents() if path.name == differing.document)
    passage = differing.find(passages(path))
    first, second = differing.judgement(passage), differing.second_judgement(passage)
    assert first is not None and second is not None
    assert first.relation is Relation.NARROWS and second.relation is Relation.CONTRADICTS
    assert second.model_copy(update={"relation": first.relation}) == first


@pytest.mark.parametrize(
    "change",
    [
        {"reject": "no_finding"},
        {"labels": None},
        {"second": "lezer-1"},
        {"second": "lezer-2", "second_relation": "new"},
        {"settled_by": "redacteur-1"},
    ],
)
def test_readings_that_make_no_sense_are_refused(change: dict[str, object]) -> None:
    plain = next(r for r in READINGS if r.labels is not None and r.second is None and r.reader == "lezer-1")
    with pytest.raises(ValidationError):
        ExampleReading.model_validate(plain.model_dump() | change)


def test_a_passage_that_is_not_there_or_there_twice_is_named() -> None:
    reading = READINGS[0]
    path = next(path for path in example_documents() if path.name == reading.document)
    (one,) = [p for p in passages(path) if p.text.startswith(reading.passage)]
    for wrong in ([], [one, one]):
        with pytest.raises(ValueError, match="Across the six trials"):
            reading.find(wrong)


def proposal(rule: str, row: str | None, statement: str | None) -> Proposal:
    return Proposal(
        id=f"{rule}-{row}-{statement}",
        subject=f"{rule}:{statement}",
        rule=rule,
        rule_version=1,
        change=ChangeKind.KEEP,
        people_needed=1,
        row_id=row,
        statement_id=statement,
        table_version="x",
        made=date(2026, 6, 8),
    )


def test_editors_find_proposals_by_rule_and_place():
    (first, second) = example_readings()
    by_place = {(v.rule, v.place): v for v in (*first.proposals, *second.proposals)}
    places = [("new_statement", "D1"), ("new_row", ""), ("trend_known", "B1.t1"), ("trend_known", "B1.t2")]
    made = [
        proposal("new_statement", "D1", None),
        proposal("new_row", None, None),
        proposal("trend_known", "B1", "B1.t1"),
        proposal("trend_known", "B1", "B1.t2"),
    ]
    assert [by_place[place].find(made) for place in places] == made
    with pytest.raises(ValueError, match="0 proposals of rule trend_known"):
        by_place["trend_known", "B1.t1"].find([])
    with pytest.raises(ValueError, match="2 proposals"):
        by_place["new_row", ""].find([made[1], made[1]])


def test_editors_use_all_verdicts_and_give_reasons():
    verdicts = [v for month in example_readings() for v in month.proposals]
    assert {v.verdict for v in verdicts} == {ProposalVerdict.APPROVE, ProposalVerdict.REJECT}
    assert {len(v.people) for v in verdicts} == {1, 2}
    assert {person for v in verdicts for person in v.people} == {"redacteur-1", "redacteur-2"}
    assert all((v.wording is None) == (not v.nl and not v.en) for v in verdicts)
    rejected = next(v for v in verdicts if v.verdict is ProposalVerdict.REJECT)
    for change in ({"why": ""}, {"people": ("redacteur-1", "redacteur-1")}):
        with pytest.raises(ValidationError):
            ExampleVerdict.model_validate(rejected.model_dump() | change)


def test_review_days_pass_one_in_each_month():
    statements = {statement.id for _, statement in starting_table().statements()}
    days = review_days()
    assert set(days) <= statements
    first, second = (month.date for month in example_readings())
    assert [day for day in days.values() if day < first] and [day for day in days.values() if first <= day < second]
