"""What the pages of table and readers ask of the store, on each kind of database."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert

from pipelines.domain.decisions import Decision, ItemState, Judgement, Role, Verdict
from pipelines.domain.evidence import Relation
from pipelines.domain.inbox import InboxItem, Listed
from pipelines.domain.runs import Run, RunState
from pipelines.domain.topics import TopicModel, TopicsState
from pipelines.store import Workspace, schema
from pipelines.store.evidence import Placement

_START = datetime(2026, 1, 5, 9, 0, 0)
_HELD = Judgement(rows=("B1",), statement="B1.k1", relation=Relation.SUPPORTS)


def _item(number: int, *, statement: str | None, relation: str | None, listed: Listed = Listed.FLAGGED) -> InboxItem:
    return InboxItem(
        item_id=f"p{number}",
        passage_id=f"p{number}",
        document_id="d1",
        run_id="scan-0001",
        listed=listed,
        rank=number,
        flag=0.9,
        language="nl",
        row_id="B1",
        relation=relation,
        n_passages=1,
        title="Titel",
        lead="Zin.",
        column="known",
        statement=statement,
    )


def _decide(workspace: Workspace, item: str, verdict: Verdict, who: str = "anna", **values: object) -> Decision:
    turn = workspace.decisions.standing(item).turn + 1
    fields = {
        "id": f"{item}-{turn}",
        "item_id": item,
        "turn": turn,
        "passage_id": item,
        "document_id": "d1",
        "passage_text": "Zin.",
        "verdict": verdict,
        "reviewer": who,
        "decided": _START + timedelta(minutes=workspace.decisions.count()),
        "judgement": _HELD if verdict is Verdict.ACCEPT else None,
        "reason": "other" if verdict is Verdict.REJECT else None,
        **values,
    }
    decision = Decision.model_validate(fields)
    workspace.decisions.append(decision)
    return decision


def test_open_items_by_where_the_models_put_them(workspace: Workspace) -> None:
    items = [
        _item(1, statement="B1.k1", relation="supports"),
        _item(2, statement="B1.k1", relation="contradicts"),
        _item(3, statement="B1.k1", relation="new"),
        _item(4, statement=None, relation="supports"),
        _item(5, statement="B1.k1", relation=None, listed=Listed.SAMPLE),
    ]
    workspace.inbox.replace(items)
    store = workspace.evidence
    assert store.flagged()["p1"] == Placement("B1", "B1.k1", "supports", "known")
    assert set(store.flagged()) == {"p1", "p2", "p3", "p4"}
    assert [one.item_id for one in store.proposed(statement_id="B1.k1", limit=9)] == ["p1", "p2"]
    assert [one.item_id for one in store.proposed(statement_id="B1.k1", limit=9, start=1)] == ["p2"]
    assert [one.item_id for one in store.proposed(row_id="B1", limit=9)] == ["p3", "p4"]
    _decide(workspace, "p1", Verdict.ACCEPT)
    assert [one.item_id for one in store.proposed(statement_id="B1.k1", limit=9)] == ["p2"]
    assert store.states() == {"p1": ItemState.ACCEPTED}


def test_what_was_decided_since_and_where_it_stands(workspace: Workspace) -> None:
    store = workspace.evidence
    assert store.since(0) == (0, set())
    _decide(workspace, "p1", Verdict.ACCEPT)
    last, changed = store.since(0)
    assert changed == {"p1"}
    _decide(workspace, "p2", Verdict.ACCEPT)
    _decide(workspace, "p2", Verdict.ASK, asked="bram")
    newest, changed = store.since(last)
    assert changed == {"p2"} and store.since(newest) == (newest, set())
    assert store.asked() == ["p2"]
    _decide(workspace, "p2", Verdict.REJECT, "bram", role=Role.SECOND)
    assert store.asked() == [] and store.read_twice() == store.items_in(ItemState.DISAGREEMENT) == ["p2"]
    folded = dict(store.folded(["p1", "p2", "p3"]))
    assert set(folded) == {"p1", "p2"}
    assert folded["p2"] == workspace.decisions.standing("p2")
    assert folded["p2"].differs == ("relevant",)


def test_counts_of_readers_and_the_latest_decisions(workspace: Workspace) -> None:
    first = _decide(workspace, "p1", Verdict.ACCEPT)
    _decide(workspace, "p1", Verdict.UNDO, undoes=first.id)
    _decide(workspace, "p1", Verdict.ACCEPT)
    last = _decide(workspace, "p2", Verdict.REJECT, "bram", role=Role.SECOND)
    store = workspace.evidence
    anna, bram = store.readers()
    assert (anna.reviewer, anna.n(Verdict.ACCEPT), anna.n_second) == ("anna", 1, 0)
    assert (bram.n(Verdict.REJECT, Verdict.ACCEPT), bram.n_second, bram.last) == (1, 1, last.decided)
    latest, undone = store.latest(2)
    assert [one.id for one in latest] == [last.id, "p1-3"] and undone == {first.id}
    assert store.decisions(["p1-3", "none"]) == {"p1-3": latest[1]}


def test_places_of_passages_with_title_or_else_name_of_the_file(workspace: Workspace) -> None:
    run = Run(id="scan-0001", started=_START, state=RunState.DONE, language="nl")
    document = {
        "checksum": "0",
        "n_bytes": 1,
        "state": "text",
        "stage": "done",
        "media_type": "application/pdf",
        "parser": "pdf",
        "authors": [],
        "first_seen": _START,
        "run_id": run.id,
    }
    data = {"page_first": 3, "page_last": None}
    with workspace.engine.begin() as connection:
        connection.execute(insert(schema.runs).values(**run.model_dump()))
        titled = {**document, "id": "d1", "title": " Een\n titel ", "publisher": "Uitgever", "year": 2025}
        connection.execute(
            insert(schema.documents), [titled, {**document, "id": "d2", "title": None, "publisher": None, "year": None}]
        )
        path = {"document_id": "d2", "path": "map\\Rapport 2.pdf", "n_bytes": 1, "modified_ns": 1}
        connection.execute(insert(schema.document_paths).values(**path))
        for passage, owner, text in (("p1", "d1", "Kort."), ("p2", "d2", "lang " * 100)):
            values = {"document_id": owner, "position": 0, "language": "nl", "text": text, "data": data}
            connection.execute(insert(schema.passages).values(id=passage, **values))
    found = workspace.evidence.places(["p1", "p2", "p9"])
    assert set(found) == {"p1", "p2"}
    assert (found["p1"].title, found["p1"].publisher, found["p1"].year) == ("Een titel", "Uitgever", 2025)
    assert (found["p1"].page_first, found["p1"].page_last, found["p1"].text) == (3, None, "Kort.")
    assert found["p2"].title == "Rapport 2.pdf"
    assert len(found["p2"].text) <= 240 and found["p2"].text.endswith("lang…")
    assert workspace.topics.latest_run() is None
    with workspace.engine.begin() as connection:
        connection.execute(schema.runs.update().values(state=RunState.DONE.value, finished=_START))
    workspace.topics.save(run.id, TopicModel(state=TopicsState.TOO_FEW, n_passages=1, minimum=9))
    assert workspace.topics.latest_run() == run.id
