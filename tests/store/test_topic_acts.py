"""Acts of people on topics: only added, in turn, chained with those on proposals and studies."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from proposal_records import build_decision, build_proposal
from sqlalchemy import text
from standing_topic_records import build_act

from pipelines.domain.topics import TopicActKind
from pipelines.store import Workspace
from pipelines.store.acts import ActConflict, ActStore
from pipelines.strings import LANGUAGES, error_text

_RENAME = build_act(TopicActKind.RENAME, "t1", name_nl="Zorg \x00 \ud800", name_en="Care", note="=1+1")
_MERGE = build_act(TopicActKind.MERGE, "t2", others=("t3", "t4"))


def test_acts_on_topics_come_back_in_order_with_their_numbers(workspace: Workspace) -> None:
    workspace.acts.arrange([_RENAME])
    workspace.acts.decide([build_decision(build_proposal())])
    workspace.acts.arrange([_MERGE, build_act(TopicActKind.HIDE, "t1", 2)])
    found = workspace.acts.topic_acts()
    assert [number for number, _ in found] == [1, 3, 4]
    assert [act for _, act in found][:2] == [_RENAME, _MERGE]
    assert [act.kind for _, act in workspace.acts.topic_acts(after=3)] == [TopicActKind.HIDE]
    assert workspace.acts.topic_turns() == {"t1": 2, "t2": 1}
    assert len(workspace.acts.decisions()) == 1 and workspace.acts.rulings() == []
    assert workspace.acts.faults() == [] and workspace.acts.last() == 4


def test_what_is_sent_twice_is_stored_once(workspace: Workspace) -> None:
    workspace.acts.arrange([_RENAME, _MERGE])
    workspace.acts.arrange([_RENAME, _MERGE], seen=0)
    assert len(workspace.acts.topic_acts()) == 2


def test_who_did_not_see_the_latest_act_is_told_in_words_of_topics(workspace: Workspace) -> None:
    workspace.acts.arrange([_RENAME])
    for turn in (1, 3):
        with pytest.raises(ActConflict) as caught:
            workspace.acts.arrange([_MERGE, build_act(TopicActKind.HIDE, "t1", turn)])
    assert (caught.value.subject, caught.value.key) == ("t1", "error.topic_conflict")
    assert {error_text(caught.value, language) for language in LANGUAGES} == {
        "Iemand anders heeft dit onderwerp intussen veranderd. Bekijk het eerst opnieuw; er is niets veranderd.",
        "Somebody else changed this topic in the meantime. Look at it again first; nothing was changed.",
    }
    assert [act for _, act in workspace.acts.topic_acts()] == [_RENAME]


def test_a_topic_that_went_into_another_one_meanwhile_is_a_conflict_too(workspace: Workspace) -> None:
    workspace.acts.arrange([_MERGE])
    for act in (build_act(TopicActKind.HIDE, "t3"), build_act(TopicActKind.MERGE, "t9", others=("t4",))):
        with pytest.raises(ActConflict):
            workspace.acts.arrange([act], seen=0)
        workspace.acts.arrange([act], seen=workspace.acts.last())


def test_of_those_who_arrange_at_once_one_is_first(workspace: Workspace) -> None:
    def arrange(number: int) -> bool:
        act = build_act(TopicActKind.RENAME, "t1", person=f"redacteur{number}", name_nl=f"Naam {number}")
        try:
            ActStore(workspace.engine).arrange([act], seen=0)
        except ActConflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(arrange, range(4))) == 1
    assert len(workspace.acts.topic_acts()) == 1 and workspace.acts.faults() == []


def test_a_changed_act_on_a_topic_is_found(workspace: Workspace) -> None:
    workspace.acts.arrange([_RENAME])
    workspace.acts.arrange([_MERGE])
    changes = {"subject": "'t9'", "kind": "'proposal'", "turn": "2", "person": "'x'"}
    for column, value in (*changes.items(), ("kind", "'nothing'")):
        with workspace.engine.connect() as connection:
            before = connection.execute(text(f"SELECT {column} FROM acts WHERE sequence = 1")).scalar()
            connection.execute(text(f"UPDATE acts SET {column} = {value} WHERE sequence = 1"))
            connection.commit()
            assert [fault.sequence for fault in workspace.acts.faults()] == [1], column
            connection.execute(text(f"UPDATE acts SET {column} = :v WHERE sequence = 1"), {"v": before})
            connection.commit()
    assert workspace.acts.faults() == []
