"""Both kinds of database answer alike: whatever order rows lie in, however a server sorts, and whatever texts hold."""

from __future__ import annotations

import gc
import random
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert

from pipelines.domain.accounts import AccountRole
from pipelines.domain.decisions import Decision, Judgement, Verdict
from pipelines.domain.inbox import InboxItem, Listed
from pipelines.domain.passages import DuplicateGroup, Passage
from pipelines.domain.runs import Run, RunState
from pipelines.domain.sources import Bookmark, FoundItem, ItemState, SourceStatus, item_id
from pipelines.store import Workspace, schema
from pipelines.store.accounts import COMMAND
from pipelines.store.inbox import InboxFilter
from pipelines.store.search_texts import SearchTexts

_MOMENT = datetime(2026, 1, 5, 9)
_NAMES = ("a-b", "a.b", "a_b", "b", "ba")
"""In the order of the numbers of their characters; a dictionary has them otherwise."""
_ODD = "a\x00 \ud800 b"


def _item(number: int, **values: object) -> InboxItem:
    given: dict[str, object] = {
        "item_id": f"p{number}",
        "passage_id": f"p{number}",
        "document_id": "d1",
        "run_id": "scan-0001",
        "listed": Listed.FLAGGED,
        "rank": number,
        "flag": number * 0.37 % 1,
        "language": "nl",
        "n_passages": 1,
        "title": "Titel",
        "lead": "Zin.",
        "statement": "B1.k1",
    }
    return InboxItem.model_validate(given | values)


def _decide(workspace: Workspace, number: int, reviewer: str, verdict: Verdict, **values: object) -> Decision:
    turn = workspace.decisions.standing(f"p{number}").turn + 1
    given: dict[str, object] = {
        "id": f"p{number}-{turn}",
        "item_id": f"p{number}",
        "turn": turn,
        "passage_id": f"p{number}",
        "document_id": "d1",
        "passage_text": "Zin.",
        "verdict": verdict,
        "reviewer": reviewer,
        "decided": _MOMENT + timedelta(minutes=number),
        "judgement": Judgement(statement="B1.k1") if verdict is Verdict.ACCEPT else None,
    }
    decision = Decision.model_validate(given | values)
    workspace.decisions.append(decision)
    return decision


def _read(workspace: Workspace, *, paths: Sequence[str] = (), passages: Sequence[str] = ("p1",)) -> None:
    """A document without a title."""
    run = Run(id="scan-0001", started=_MOMENT, state=RunState.DONE, language="nl")
    document = {
        "id": "d1", "checksum": "0", "n_bytes": 1, "state": "text", "stage": "done", "media_type": "text/plain",
        "parser": "text", "authors": [], "first_seen": _MOMENT, "run_id": run.id,
    }  # fmt: skip
    with workspace.engine.begin() as connection:
        connection.execute(insert(schema.runs).values(**run.model_dump()))
        connection.execute(insert(schema.documents).values(**document))
        for path in paths:
            connection.execute(
                insert(schema.document_paths).values(document_id="d1", path=path, n_bytes=1, modified_ns=1)
            )
        for position, one in enumerate(passages):
            passage = Passage(
                id=one, document_id="d1", position=position, text="Zin.", start=0, end=4, language="nl", n_words=1
            )
            values = {"id": one, "document_id": "d1", "position": position, "language": "nl", "text": "Zin."}
            connection.execute(insert(schema.passages).values(**values, data=passage.model_dump(mode="json")))


def test_an_inbox_is_known_again_in_whatever_order_its_rows_lie(workspace: Workspace) -> None:
    items = [_item(number) for number in range(1, 200)]
    workspace.inbox.replace(items)
    stamp = workspace.inbox.stamp()
    for seed in range(3):
        random.Random(seed).shuffle(items)
        workspace.inbox.replace(items)
        assert workspace.inbox.stamp() == stamp
    workspace.inbox.replace([item.model_copy(update={"flag": item.flag * 0.999}) for item in items])
    assert workspace.inbox.stamp() != stamp


def test_what_can_be_found_is_known_again_in_whatever_order_its_rows_lie(workspace: Workspace) -> None:
    _read(workspace)
    step = {"run_id": "scan-0001", "document_id": "d1", "outcome": "text", "version": ""}
    steps = [{**step, "stage": f"s{number}", "seconds": round(1 / number, 3)} for number in range(1, 200)]
    stamps = set()
    for seed in range(3):
        random.Random(seed).shuffle(steps)
        with workspace.engine.begin() as connection:
            connection.execute(schema.steps.delete())
            connection.execute(insert(schema.steps), steps)
        stamps.add(SearchTexts(workspace.engine).stamp())
    assert len(stamps) == 1
    with workspace.engine.begin() as connection:
        connection.execute(schema.steps.update().where(schema.steps.c.stage == "s1").values(seconds=1.001))
    assert SearchTexts(workspace.engine).stamp() not in stamps


def test_names_come_in_the_same_order(workspace: Workspace) -> None:
    for number, name in enumerate(reversed(_NAMES), 1):
        workspace.accounts.create(name, "Naam", AccountRole.REVIEWER, None, actor=COMMAND)
        workspace.harvest.save_status(SourceStatus(source_id=name))
        workspace.harvest.take(name, [FoundItem(key="a", title="A")], Bookmark(), _MOMENT)
        _decide(workspace, number, name, Verdict.ACCEPT)
    assert tuple(account.name for account in workspace.accounts.all()) == _NAMES
    assert tuple(workspace.harvest.statuses()) == _NAMES
    assert tuple(workspace.harvest.counts()) == _NAMES
    assert tuple(reader.reviewer for reader in workspace.evidence.readers()) == _NAMES


def test_a_document_without_a_title_goes_by_its_first_file(workspace: Workspace) -> None:
    _read(workspace, paths=["map/a.txt", "map/B.txt", "map/c.txt"])
    assert workspace.evidence.places(["p1"])["p1"].title == "B.txt"
    assert workspace.documents.summaries()[0].paths[0] == "map/B.txt"


def test_an_id_may_be_typed_in_capitals(workspace: Workspace) -> None:
    workspace.harvest.take("bureau", [FoundItem(key="a", title="A")], Bookmark(), _MOMENT)
    one = item_id("bureau", "a")
    assert workspace.harvest.beginning(one[:9].upper()) == workspace.harvest.beginning(one[:9]) == [one]
    assert workspace.harvest.beginning(one[:8] + "%") == []


def test_signs_that_no_database_takes_hide_nothing(workspace: Workspace) -> None:
    workspace.inbox.replace([_item(1, title=_ODD, lead=_ODD, column="known")])
    placed = workspace.evidence.flagged()["p1"]
    assert (placed.statement_id, placed.column) == ("B1.k1", "known")
    assert [one.item_id for one in workspace.evidence.proposed(statement_id="B1.k1", limit=9)] == ["p1"]
    listed = workspace.inbox.page(InboxFilter(state="all"), 9)
    assert [one.item.title for one in listed] == ["a\ufffd \ufffd b"]
    first = _decide(workspace, 1, "an", Verdict.ACCEPT, note="a\x00")
    _decide(workspace, 1, "an", Verdict.UNDO, undoes=first.id)
    assert workspace.evidence.latest(9)[1] == {first.id}
    found = FoundItem(key="a", title=_ODD, doi=f"10.1234/{_ODD}", authors=(_ODD,))
    assert workspace.harvest.take("bureau", [found], Bookmark(), _MOMENT).n_new == 1
    assert workspace.harvest.counts() == {"bureau": {ItemState.WAITING: 1}}


def test_a_group_may_be_of_any_size(workspace: Workspace) -> None:
    """Also of more passages than a statement of either database holds values: a notice that stands in all documents."""
    _read(workspace, passages=["p1", "p2"])
    many = ["p1", "p2", *(f"x{number:019}" for number in range(70_000))]
    workspace.passages.save_groups([DuplicateGroup(id="p1", passage_ids=tuple(many))])
    assert workspace.passages.items() == {"p1": "p1", "p2": "p1"}
    made = _decide(workspace, 1, "an", Verdict.ACCEPT)
    assert workspace.decisions.of_item("p1", many) == [made]
    assert workspace.evidence.decisions([made.id, *many]) == {made.id: made}


def test_who_stops_before_the_end_leaves_nothing_open(workspace: Workspace) -> None:
    _read(workspace, passages=["p1", "p2"])
    found = workspace.passages.find({one.id: one for one in workspace.documents.summaries()})
    assert next(found).passage.id == "p1"
    del found
    gc.collect()  # psycopg warns of what is open still, and warnings are errors


@pytest.mark.parametrize("length", [600, 3_000])
def test_what_sources_and_folders_name_may_be_long(workspace: Workspace, length: int) -> None:
    """An entry of an index of PostgreSQL holds 2,704 bytes, after what it can do to make it smaller."""
    letters = random.Random(1)
    long = "".join(chr(letters.randrange(0x400, 0x500)) for _ in range(length))
    found = FoundItem(key="a", title="A", doi=f"10.1234/{long}")
    assert workspace.harvest.take("bureau", [found], Bookmark(), _MOMENT).n_new == 1
    item = workspace.harvest.get(item_id("bureau", "a"))
    assert item is not None and item.found == found
    assert workspace.harvest.look_alikes([item]) == [item]
