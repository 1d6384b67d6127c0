"""Topics that no row covers: with a proposal for a new row, or what is lacking for one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from accepted_evidence import EXPERIMENTS, MEETINGS, Desk

from flows.proposals import refresh_proposals
from flows.workspace import open_settings_workspace
from pipelines.domain.evidence import Relation
from pipelines.domain.proposals import ProposalState
from pipelines.domain.topics import Topic, TopicModel, TopicsState
from pipelines.review_app import weighing
from pipelines.review_app.topic_book import TopicBook
from pipelines.review_app.topic_gaps import Gap, gaps_of
from pipelines.settings import Settings

_NOW = datetime(2026, 3, 3, 10)


class _Gaps:
    """Two topics that no row covers: of meetings, and of something nobody accepted."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workspace = open_settings_workspace(settings)
        self.desk = Desk(self.workspace)
        self.book = weighing.WeighingBook(self.workspace, settings)
        self.meetings = [self.desk.add(*one) for one in MEETINGS]
        other = self.desk.add(*EXPERIMENTS[3])
        self.workspace.runs.finish(self.desk.run.id, {})
        assigned = {passage.id: "meetings" for passage in self.meetings} | {other.id: "other"}
        topics = tuple(
            Topic(id=name, name_nl=name, name_en=name, size=n, n_documents=n, n_nl=n, n_en=0, novel=True)
            for name, n in (("meetings", 3), ("other", 1))
        )
        model = TopicModel(
            state=TopicsState.FITTED, n_passages=60, minimum=50, topics=topics, assignments=assigned, day=_NOW.date()
        )
        self.workspace.topics.save(self.desk.run.id, model)

    def accept(self, number: int) -> None:
        self.desk.decide(self.meetings[number], rows=(), statement=None, relation=Relation.NEW)

    def look(self, blind: frozenset[str] = frozenset()) -> list[Gap]:
        refresh_proposals(self.workspace, self.settings, _NOW.date())
        known = TopicBook(self.workspace).latest()
        weighed, fresh = self.book.latest(30.0)
        assert known is not None and weighed is not None and fresh
        return gaps_of(known.model.shown, known, weighed, blind, self.workspace)


@pytest.fixture
def gaps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Gaps]:
    monkeypatch.setattr(weighing, "now", lambda: _NOW)
    found = _Gaps(Settings(workspace=tmp_path))
    yield found
    found.book.close()
    found.workspace.close()


def test_one_source_is_told_and_two_lead_to_the_proposal(gaps: _Gaps) -> None:
    untouched = gaps.look()
    assert [(one.n_accepted, one.n_sources, one.proposal) for one in untouched] == [(0, 0, None)] * 2
    assert [len(one.passages) for one in untouched] == [2, 1]
    gaps.accept(0)
    assert [(one.n_accepted, one.n_sources, one.proposal) for one in gaps.look()] == [(1, 1, None), (0, 0, None)]
    gaps.accept(1)
    meetings, other = gaps.look()
    assert meetings.n_sources == 2 and meetings.state is ProposalState.OPEN
    proposal = gaps.workspace.proposals.get(meetings.proposal or "")
    assert proposal is not None and proposal.rule == "new_row"
    assert set(proposal.items) <= {passage.id for passage in gaps.meetings}
    assert other.proposal is None and other.n_accepted == 0


def test_who_still_has_to_read_a_passage_is_not_told_what_became_of_it(gaps: _Gaps) -> None:
    gaps.accept(0)
    gaps.accept(1)
    meetings, _ = gaps.look(frozenset({gaps.meetings[0].id}))
    assert meetings.proposal is None and meetings.n_accepted == 1


def test_while_evidence_is_weighed_the_passages_are_there(gaps: _Gaps) -> None:
    known = TopicBook(gaps.workspace).latest()
    assert known is not None
    found = gaps_of(known.model.shown, known, None, frozenset(), gaps.workspace)
    assert [(len(one.passages), one.proposal, one.n_accepted) for one in found] == [(2, None, 0), (1, None, 0)]
