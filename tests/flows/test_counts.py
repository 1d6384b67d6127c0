"""Counts in and out agree, or the scan fails: a reader that drops a file, or answers twice, is found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows import steps
from flows.batches import Labelled, ReadOutcome, Work
from flows.counts import check_all_done, one_each
from flows.reading import Reading, Request, unread
from pipelines.domain.documents import DocumentState, Reason
from pipelines.domain.runs import DocumentSummary
from pipelines.errors import KennisstandError
from pipelines.strings import text

_WANTED = ["a", "b", "c"]


def _outcome(document_id: str) -> ReadOutcome:
    request = Request(document_id, "0" * 64, (Path(f"{document_id}.txt"),))
    reading = Reading(unread(request, Reason(key="reason.timeout", values={"seconds": 1})), None)
    return ReadOutcome(reading, Labelled(document_id, (), None), None)


@pytest.mark.parametrize(
    ("came", "stored"),
    [("ab", "ab"), ("ac", "ac"), ("", ""), ("abbc", "ab"), ("abcd", "abc"), ("abca", "abc")],
    ids=["last dropped", "one dropped", "nothing came", "one twice", "one too many", "one again"],
)
def test_a_reader_that_miscounts_fails_the_scan(came: str, stored: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Miscounting:
        def compute(self, work: Work[Any, Any], document_ids: Sequence[str]) -> Iterator[ReadOutcome]:
            assert (work.stage, document_ids) == ("read", _WANTED)
            yield from map(_outcome, came)

    saved: list[str] = []
    monkeypatch.setattr(steps, "_as_read", lambda _context, outcome: outcome)
    documents = SimpleNamespace(save=lambda _run, outcome: saved.append(outcome.reading.document.id))
    context: Any = SimpleNamespace(computing=Miscounting(), workspace=SimpleNamespace(documents=documents))
    with pytest.raises(KennisstandError) as caught:
        steps.read_documents(context, "run", _WANTED)
    assert caught.value.key == "error.outcomes_differ" and "".join(saved) == stored
    for language in ("nl", "en"):
        assert "{" not in text(caught.value.key, language, **caught.value.values)


def test_one_outcome_each_is_handed_on() -> None:
    assert [o.reading.document.id for o in one_each(_WANTED, map(_outcome, "cab"))] == ["c", "a", "b"]


def _summary(name: str, state: DocumentState, stage: str = "done", reason: bool = True) -> DocumentSummary:
    return DocumentSummary(
        id=name, paths=(f"{name}.txt",), state=state, stage=stage, media_type="text/plain", parser="x/1",
        reason=Reason(key="reason.no_text") if reason else None, first_seen=datetime(2026, 1, 1), run_id="run",
    )  # fmt: skip


def test_at_the_end_each_file_found_has_an_outcome_in_the_store() -> None:
    text_of_a = _summary("a", DocumentState.TEXT, reason=False)
    good = [text_of_a, _summary("b", DocumentState.NO_TEXT), _summary("c", DocumentState.FAILED)]
    check_all_done(_WANTED, good)
    check_all_done([], good)
    check_all_done("a", [text_of_a, _summary("b", DocumentState.FAILED, "registered")])
    for bad in (
        good[:2],
        [*good[:2], _summary("c", DocumentState.FAILED, "registered")],
        [*good[:2], _summary("c", DocumentState.NO_TEXT, reason=False)],
    ):
        with pytest.raises(KennisstandError) as caught:
            check_all_done(_WANTED, bad)
        assert caught.value.values == {"wanted": 3, "came": 2, "document": "c"}
