"""Stored passages and labels are read as they were written; what a report only counts is the rest of what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from sqlalchemy import insert

from pipelines.domain.documents import Block, BlockKind, Document, DocumentState, SourceReference
from pipelines.domain.evidence import Evidence, Labels, Match
from pipelines.domain.ids import file_checksum
from pipelines.domain.instruments import Instruments, Tag
from pipelines.domain.passages import Passage, Sentence
from pipelines.domain.runs import DocumentSummary, LabelledPassage
from pipelines.domain.second_opinions import SecondOpinion
from pipelines.domain.themes import Term, Theme, ThemeTags
from pipelines.store import Workspace, schema
from pipelines.store.documents import FoundFile, ReadDocument
from pipelines.store.passages import PassageFilter

_TEXT = "Een zin over banen."
_ODD = "a\x00 \ud800 b"
_MADE = [("flagged", 0.5, 0.1), ("advises", 0.49, 0.5), ("neither", 0.49, 0.49), ("asked", 0.2, 0.1)]


def _labels(passage_id: str, flag: float, recommendation: float) -> Labels:
    terms = (Term(text="Een", start=0, end=3, label="flag", weight=0.1 + 0.2),)
    probabilities = {theme: 0.3 + 0.1 * place for place, theme in enumerate(Theme)}
    return Labels(
        tags=ThemeTags(passage_id=passage_id, probabilities=probabilities, terms=terms, model_version="m1"),
        evidence=Evidence(
            passage_id=passage_id,
            rows=(Match(id="D1", score=1 / 3), Match(id="A1", score=0.1)),
            flag=flag,
            recommendation=recommendation,
            terms=terms,
            model_version="m2",
            table_version="t1",
        ),
        instruments=Instruments(
            passage_id=passage_id,
            tags=(Tag(label="group.women", probability=0.7, terms=terms), Tag(label="sector.Q", probability=0.6)),
            model_version="m3",
        )
        if flag < 0.5
        else None,
    )


def _passage(passage_id: str, document_id: str, position: int) -> Passage:
    return Passage(
        id=passage_id, document_id=document_id, position=position, text=_TEXT, start=0, end=len(_TEXT), language="nl",
        section=("Kop",), n_words=4, sentences=(Sentence(start=0, end=len(_TEXT)),),
    )  # fmt: skip


def _stored(workspace: Workspace, name: str, passages: Sequence[Passage], labels: Sequence[Labels]) -> None:
    run = workspace.runs.new("nl", {})
    source = SourceReference(path=name, checksum=file_checksum(name.encode()), n_bytes=len(name))
    workspace.documents.register(run, [FoundFile(source.document_id, source.checksum, name, len(name), 1)])
    document = Document(
        id=source.document_id,
        source=source,
        media_type="text/plain",
        parser="text/1",
        state=DocumentState.TEXT,
        text=_TEXT,
        blocks=(Block(kind=BlockKind.PARAGRAPH, start=0, end=len(_TEXT)),),
    )
    read = ReadDocument(
        document=document,
        passages=passages,
        signatures={},
        labels=labels,
        seconds={"read": 0.1},
        versions={"read": "1"},
        file=None,
    )
    workspace.documents.save(run.id, read)


def _filled(workspace: Workspace) -> tuple[dict[str, Passage], dict[str, Labels], SecondOpinion]:
    document_id = SourceReference(path="a", checksum=file_checksum(b"a"), n_bytes=1).document_id
    names = [*(name for name, _, _ in _MADE), "unlabelled"]
    passages = {name: _passage(name, document_id, place) for place, name in enumerate(names)}
    labels = {name: _labels(name, flag, advice) for name, flag, advice in _MADE}
    _stored(workspace, "a", list(passages.values()), list(labels.values()))
    opinion = SecondOpinion(
        passage_id="asked", model="m", outside=False, prompt_version="1", table_version="t1",
        answered=datetime(2026, 1, 1), flag=True, reason="Daarom.",
    )  # fmt: skip
    with workspace.engine.begin() as connection:
        stored = {"passage_id": "asked", "model": "m", "table_version": "t1", "data": opinion.model_dump(mode="json")}
        connection.execute(insert(schema.second_opinions), [stored])
    return passages, labels, opinion


def _documents(workspace: Workspace) -> dict[str, DocumentSummary]:
    return {document.id: document for document in workspace.documents.summaries()}


def test_what_is_read_is_what_was_stored(workspace: Workspace) -> None:
    passages, labels, opinion = _filled(workspace)
    documents = _documents(workspace)
    expected = [
        LabelledPassage(
            passage=passage,
            document=documents[passage.document_id],
            labels=labels.get(name),
            second_opinion=opinion if name == "asked" else None,
        )
        for name, passage in passages.items()
    ]
    assert list(workspace.passages.find(documents)) == expected
    assert workspace.passages.by_id(list(passages)) == passages
    assert workspace.passages.get(next(iter(documents))) == list(passages.values())


def test_without_terms_nothing_else_is_left_out(workspace: Workspace) -> None:
    _, labels, _ = _filled(workspace)
    for item in workspace.passages.find(_documents(workspace), PassageFilter(labelled_only=True), terms=False):
        whole = labels[item.passage.id]
        instruments = whole.instruments and whole.instruments.model_copy(
            update={"tags": tuple(tag.model_copy(update={"terms": ()}) for tag in whole.instruments.tags)}
        )
        assert item.labels == Labels(
            tags=whole.tags.model_copy(update={"terms": ()}),
            evidence=whole.evidence.model_copy(update={"terms": ()}),
            instruments=instruments,
        )


def test_what_is_not_shown_is_told_in_brief(workspace: Workspace) -> None:
    passages, labels, _ = _filled(workspace)
    documents = _documents(workspace)
    shown = [item.passage.id for item in workspace.passages.find(documents, PassageFilter(shown=True))]
    assert shown == ["flagged", "advises", "asked"]
    (document_id,) = documents
    brief = list(workspace.passages.in_brief())
    assert brief == [("neither", document_id, labels["neither"].in_brief()), ("unlabelled", document_id, None)]
    assert list(workspace.passages.in_brief([document_id])) == brief
    assert list(workspace.passages.in_brief(["another"])) == []
    assert {*shown, *(passage_id for passage_id, _, _ in brief)} == set(passages)


def test_passages_are_found_by_id_in_the_order_in_which_they_were_stored(workspace: Workspace) -> None:
    _filled(workspace)
    many = ["neither", "flagged", *(f"x{number:019}" for number in range(600))]
    for wanted in (many[:2], many):
        found = workspace.passages.find(_documents(workspace), PassageFilter(passage_ids=wanted))
        assert [item.passage.id for item in found] == ["flagged", "neither"]
    assert not list(workspace.passages.find(_documents(workspace), PassageFilter(passage_ids=[])))


@pytest.mark.parametrize("heading", [_ODD, "half \ud83d", "é 😀", "NaN"])
def test_whatever_a_heading_holds_is_read_back(workspace: Workspace, heading: str) -> None:
    document_id = SourceReference(path="b", checksum=file_checksum(b"b"), n_bytes=1).document_id
    passage = _passage("p", document_id, 0).model_copy(update={"section": (heading,)})
    _stored(workspace, "b", [passage], [])
    assert workspace.passages.by_id(["p"]) == {"p": passage}


def test_passages_are_found_by_the_family_of_what_they_were_tagged_with(workspace: Workspace) -> None:
    _, labels, _ = _filled(workspace)
    documents = _documents(workspace)
    tagged = [name for name, of_passage in labels.items() if of_passage.instruments is not None]
    assert tagged

    def of_family(family: str) -> list[str]:
        return [item.passage.id for item in workspace.passages.find(documents, PassageFilter(family=family))]

    assert of_family("group") == of_family("sector") == tagged
    assert of_family("part") == of_family("grou") == of_family("%") == []
