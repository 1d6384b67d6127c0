"""What a scan puts before the readers, and what later scans keep of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from shown_topics import shown_model
from sqlalchemy import update
from workspaces import scan_examples

from flows.context import ScanContext
from flows.inbox import is_missing, refresh_inbox
from flows.reporting import gather
from flows.workspace import open_settings_workspace
from pipelines.domain.decisions import Decision, ItemState, Verdict
from pipelines.domain.inbox import InboxItem, Listed
from pipelines.report import compose_scan_report
from pipelines.settings import Settings
from pipelines.store import schema
from pipelines.store.inbox import InboxFilter
from pipelines.store.passages import PassageFilter

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScanContext]:
    root: Path = tmp_path_factory.mktemp("scanned")
    scan_examples(root)
    settings = Settings(workspace=root)
    opened = ScanContext(settings, open_settings_workspace(settings))
    yield opened
    opened.close()
    opened.workspace.close()


def _listed(context: ScanContext) -> list[InboxItem]:
    return [one.item for one in context.workspace.inbox.page(InboxFilter(state="all"), 10_000)]


def _decide(context: ScanContext, item: InboxItem, turn: int = 1) -> None:
    context.workspace.decisions.append(
        Decision(
            id=f"decision-{item.item_id}"[:20],
            item_id=item.item_id,
            turn=turn,
            passage_id=item.passage_id,
            document_id=item.document_id,
            passage_text=item.lead,
            verdict=Verdict.REJECT,
            reviewer="anna",
            decided=datetime(2026, 1, 2),
            reason="off_topic",
        )
    )


def test_every_item_is_listed_once_with_the_flagged_first(context: ScanContext) -> None:
    items = _listed(context)
    assert [item.rank for item in items] == list(range(1, len(items) + 1))
    assert len({item.item_id for item in items}) == len(items)
    order = [Listed.FLAGGED, Listed.SAMPLE, Listed.NEXT, Listed.DECIDED]
    places = [order.index(item.listed) for item in items]
    assert places == sorted(places)
    documents = {d.id: d for d in context.workspace.documents.summaries()}
    found = context.workspace.passages.find(documents, PassageFilter(flagged=True))
    flagged = {one.group or one.passage.id for one in found}
    assert {item.item_id for item in items if item.listed is Listed.FLAGGED} == flagged
    assert any(item.n_passages > 1 for item in items)


def test_made_twice_it_is_the_same(context: ScanContext) -> None:
    before = _listed(context)
    refresh_inbox(context)
    assert _listed(context) == before


def test_a_decision_keeps_its_item_and_counts_for_it(context: ScanContext) -> None:
    first = _listed(context)[0]
    sample = next(item for item in _listed(context) if item.listed is Listed.SAMPLE)
    _decide(context, first)
    _decide(context, sample)
    refresh_inbox(context)
    items = {item.item_id: item for item in _listed(context)}
    assert items[first.item_id].rank > 1  # what is still to be read goes first
    assert items[sample.item_id].listed is Listed.SAMPLE
    listed = context.workspace.inbox.get(first.item_id)
    assert listed is not None and listed.state is ItemState.REJECTED
    assert not context.workspace.decisions.stale_standings(context.workspace.passages.items())


def test_an_inbox_that_was_never_made_is_missed(context: ScanContext) -> None:
    assert not is_missing(context)
    before = _listed(context)
    context.workspace.inbox.replace([])
    assert is_missing(context)
    refresh_inbox(context)
    assert _listed(context) == before


def test_a_report_on_some_documents_is_that_made_from_all_passages(context: ScanContext) -> None:
    workspace = context.workspace
    documents = workspace.documents.summaries()
    workspace.topics.save(documents[0].run_id, shown_model(workspace))
    later = workspace.runs.new("nl", {})
    workspace.documents.reopen([], later)  # stores the run
    with workspace.engine.begin() as connection:
        new = update(schema.documents).where(schema.documents.c.id == documents[-1].id)
        connection.execute(new.values(run_id=later.id))
    material = gather(workspace, later, context.table)
    assert material.new_documents == {documents[-1].id}
    assert material.topics is not None
    by_id = {document.id: document for document in material.documents}
    everything = tuple(workspace.passages.find(by_id, topics=material.topics.assignments))
    assert 0 < len(material.passages) < len(everything)
    whole = material.model_copy(update={"passages": everything, "topic_documents": None})
    assert compose_scan_report(material, "nl") == compose_scan_report(whole, "nl")
