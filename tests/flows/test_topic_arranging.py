"""People arrange topics: seen at once, held to rules, told of one another, and kept in the next scan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from standing_topic_desk import MIXED, SCHOOLS, TopicDesk
from standing_topic_records import build_act

from flows.evidence_pieces import accepted_evidence
from flows.library import find_passages
from flows.proposals import proposals_fingerprint
from flows.topic_arranging import (
    LONGEST_NAME,
    LONGEST_TERM,
    MOST_TERMS,
    find_topic,
    hide_topic,
    merge_topics,
    next_turn,
    pin_terms,
    rename_topic,
    show_topic,
    split_topic,
    suggest_split,
)
from flows.topic_history import happening_record, history_of, topic_history
from flows.topic_list import topic_named
from flows.topic_standing import standing_topics
from flows.workspace import open_settings_workspace
from pipelines.domain.topics import Topic, TopicActKind, TopicEvent, TopicEventKind, TopicModel
from pipelines.errors import KennisstandError
from pipelines.settings import Settings
from pipelines.store import Workspace
from pipelines.store.acts import ActConflict
from pipelines.store.passages import PassageFilter
from pipelines.strings import LANGUAGES, error_text


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[TopicDesk]:
    workspace = open_settings_workspace(Settings(workspace=tmp_path))
    yield TopicDesk(workspace)
    workspace.close()


def _standing(workspace: Workspace) -> TopicModel:
    model = standing_topics(workspace)
    assert model is not None
    return model


def _topic(desk: TopicDesk, topic_id: str) -> Topic:
    return find_topic(standing_topics(desk.workspace), topic_id)


def test_topics_stand_as_the_scan_left_them_until_somebody_arranges_them(desk: TopicDesk) -> None:
    assert standing_topics(desk.workspace) == desk.model
    stamp, acts = desk.workspace.topics.stamp(), desk.workspace.acts.last()
    act = rename_topic(desk.workspace, MIXED, "Anna", name_nl="  Robots en\nroutes ", note="te vaag")
    assert (act.person, act.turn, act.note, act.name_nl) == ("anna", 1, "te vaag", "Robots en routes")
    assert desk.workspace.topics.stamp() != stamp and desk.workspace.acts.last() == acts + 1
    topic = _topic(desk, MIXED)
    assert (topic.name_nl, topic.name_en, topic.named_by) == ("Robots en routes", f"Name {MIXED}", "anna")
    lean = standing_topics(desk.workspace, members=False)
    assert lean is not None and lean.assignments == {} and lean.topics == _standing(desk.workspace).topics


def test_merged_topics_are_one_everywhere(desk: TopicDesk) -> None:
    workspace = desk.workspace
    merge_topics(workspace, SCHOOLS, [MIXED], "bram")
    model = _standing(workspace)
    (topic,) = model.topics
    n = len(desk.care) + len(desk.road) + len(desk.school)
    assert (topic.id, topic.size, len(topic.by_scan)) == (SCHOOLS, n, 1)
    assert set(model.assignments.values()) == {SCHOOLS}
    lean = standing_topics(workspace, members=False)
    assert lean is not None and lean.topics == model.topics
    assert {item.topic for item in find_passages(workspace, PassageFilter())} == {SCHOOLS}
    with pytest.raises(KennisstandError) as caught:
        hide_topic(workspace, MIXED, "bram")
    assert caught.value.values.items() >= {"topic": MIXED, "into": SCHOOLS, "nl": f"Naam {SCHOOLS}"}.items()


def test_a_suggested_division_is_carried_out(desk: TopicDesk) -> None:
    workspace = desk.workspace
    settings = Settings(workspace=workspace.root)
    parts = suggest_split(workspace, settings, MIXED)
    assert parts is not None and set(parts.new.passages) == {p.id for p in desk.road}
    assert suggest_split(workspace, settings, SCHOOLS) is None
    act = split_topic(workspace, MIXED, parts.new.passages, "anna", name_en="Route planners")
    new, old = _topic(desk, act.others[0]), _topic(desk, MIXED)
    assert (new.name_nl, new.name_en, new.size) == ("Route planners", "Route planners", len(desk.road))
    assert (old.size, new.n_nl, new.n_en) == (len(desk.care), 4, 4)
    assert "routeplanner" in " ".join(new.terms_nl) and "zorgrobot" in " ".join(old.terms_nl)
    # Put back and divided once more it is another topic.
    merge_topics(workspace, MIXED, [new.id], "anna")
    again = split_topic(workspace, MIXED, parts.new.passages, "anna", name_en="Route planners")
    assert again.others != act.others and _topic(desk, again.others[0]).size == len(desk.road)


def test_the_next_scan_goes_on_from_what_people_did(desk: TopicDesk) -> None:
    workspace = desk.workspace
    hide_topic(workspace, SCHOOLS, "anna")
    merge_topics(workspace, MIXED, [SCHOOLS], "anna")
    arranged = _standing(workspace)
    run = workspace.runs.new("nl", {})
    workspace.documents.register(run, [])
    workspace.topics.save(run.id, arranged)
    assert standing_topics(workspace, ended=False) == arranged  # worked in, and not twice
    pin_terms(workspace, MIXED, "anna", terms_nl=["Zorg"])
    assert _topic(desk, MIXED).terms_nl[0] == "Zorg"
    workspace.runs.finish(run.id, {})
    assert _topic(desk, MIXED).terms_nl[0] == "Zorg"


_Call = Callable[[TopicDesk], Any]
_REFUSED: dict[str, _Call] = {
    "topic_unknown": lambda desk: hide_topic(desk.workspace, "nothing", "anna"),
    "topic_account": lambda desk: hide_topic(desk.workspace, MIXED, "piet"),
    "topic_same": lambda desk: show_topic(desk.workspace, MIXED, "anna"),
    "topic_person": lambda desk: hide_topic(desk.workspace, MIXED, "carla"),
    "topic_nobody": lambda desk: show_topic(desk.workspace, MIXED, " "),
    "topic_name_missing": lambda desk: rename_topic(desk.workspace, MIXED, "anna", name_nl=" \n"),
    "topic_name_long": lambda desk: rename_topic(desk.workspace, MIXED, "anna", name_nl="x" * (LONGEST_NAME + 1)),
    "topic_name_taken": lambda desk: rename_topic(desk.workspace, MIXED, "anna", name_nl=f"NAAM {SCHOOLS}"),
    "topic_merge_nothing": lambda desk: merge_topics(desk.workspace, MIXED, [], "anna"),
    "topic_merge_itself": lambda desk: merge_topics(desk.workspace, MIXED, [SCHOOLS, MIXED], "anna"),
    "topic_split_stranger": lambda desk: split_topic(
        desk.workspace, MIXED, [desk.care[0].id, desk.school[0].id], "anna", name_nl="Nieuw"
    ),
    "topic_split_empty": lambda desk: split_topic(
        desk.workspace, SCHOOLS, [p.id for p in desk.school], "anna", name_nl="Nieuw"
    ),
    "topic_term_empty": lambda desk: pin_terms(desk.workspace, MIXED, "anna", terms_nl=["zorg", " "]),
    "topic_term_long": lambda desk: pin_terms(desk.workspace, MIXED, "anna", terms_en=["x" * (LONGEST_TERM + 1)]),
    "topic_terms_many": lambda desk: pin_terms(
        desk.workspace, MIXED, "anna", terms_nl=[f"term {n}" for n in range(MOST_TERMS + 1)]
    ),
}


def test_what_cannot_be_done_is_told_in_both_languages_and_nothing_is_kept(desk: TopicDesk) -> None:
    for key, call in _REFUSED.items():
        with pytest.raises(KennisstandError) as caught:
            call(desk)
        assert caught.value.key == f"error.{key}"
        assert len({error_text(caught.value, language) for language in LANGUAGES}) == 2
    for split in ([], ["nothing"]):
        with pytest.raises(KennisstandError):
            split_topic(desk.workspace, MIXED, split, "anna", name_nl="Nieuw")
    with pytest.raises(KennisstandError):  # also the topic that stays keeps its name for itself
        split_topic(desk.workspace, MIXED, [desk.care[0].id], "anna", name_nl=f"Naam {MIXED}")
    assert desk.workspace.acts.topic_acts() == []
    as_before = rename_topic(desk.workspace, MIXED, "anna", name_nl=f"naam {MIXED}")  # its own, in another case
    assert as_before.name_nl == f"naam {MIXED}"


def test_of_two_people_who_saw_the_same_the_second_is_told(desk: TopicDesk) -> None:
    workspace = desk.workspace
    turn = next_turn(workspace, MIXED)
    first = rename_topic(workspace, MIXED, "anna", name_nl="Een", turn=turn)
    with pytest.raises(ActConflict):
        rename_topic(workspace, MIXED, "bram", name_nl="Twee", turn=turn)
    assert rename_topic(workspace, MIXED, "anna", name_nl="Een", turn=turn) == first  # the form was sent twice
    assert _topic(desk, MIXED).name_nl == "Een"
    assert rename_topic(workspace, MIXED, "bram", name_nl="Twee", turn=next_turn(workspace, MIXED)).turn == 2


def test_somebody_who_comes_between_looking_and_writing_is_told(
    desk: TopicDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = desk.workspace
    real = workspace.acts.arrange

    def late(acts: Any, *, seen: int | None = None) -> None:
        monkeypatch.undo()
        real([build_act(TopicActKind.MERGE, SCHOOLS, others=(MIXED,), person="bram")])
        real(acts, seen=seen)

    monkeypatch.setattr(workspace.acts, "arrange", late)
    with pytest.raises(ActConflict) as caught:
        hide_topic(workspace, MIXED, "anna")
    assert caught.value.key == "error.topic_conflict"
    assert [act.kind for _, act in workspace.acts.topic_acts()] == [TopicActKind.MERGE]


def test_proposals_and_evidence_follow_the_topics_of_now(desk: TopicDesk) -> None:
    workspace, settings = desk.workspace, Settings(workspace=desk.workspace.root)
    today = datetime.now().date()
    before = proposals_fingerprint(workspace, settings, today)
    rename_topic(workspace, MIXED, "anna", name_nl="Robots")
    assert proposals_fingerprint(workspace, settings, today) != before
    act = split_topic(workspace, MIXED, [p.id for p in desk.road], "anna", name_nl="Routes")
    table = workspace.tables.current()
    assert table is not None and accepted_evidence(workspace, table).pieces == ()
    assert _standing(workspace).assignments[desk.road[0].id] == act.others[0]


def test_the_history_tells_what_scans_and_people_did(desk: TopicDesk) -> None:
    workspace = desk.workspace
    born = TopicEvent(
        kind=TopicEventKind.NEW, day=datetime(2026, 1, 5).date(), topic=MIXED, names_nl=("Oud",), names_en=("Old",)
    )
    workspace.topics.save(desk.run_id, desk.model.model_copy(update={"events": (born,)}))
    rename_topic(workspace, MIXED, "anna", name_nl="Robots", note="duidelijker")
    hide_topic(workspace, SCHOOLS, "bram")
    merge_topics(workspace, MIXED, [SCHOOLS], "bram", note="hetzelfde")
    rename_topic(workspace, MIXED, "anna", name_en="Robots and schools")
    found = topic_history(workspace)
    assert [(one.what, one.person) for one in found] == [
        ("new", None), ("rename", "anna"), ("hide", "bram"), ("merged", "bram"), ("rename", "anna"),
    ]  # fmt: skip
    assert [one.moment for one in found] == sorted(one.moment for one in found)
    assert (found[1].renamed("nl"), found[1].renamed("en"), found[1].note) == (("Oud", "Robots"), None, "duidelijker")
    assert found[1].name("en") == "Old"  # of that time, not that of now
    assert found[2].name("en") == f"Name {SCHOOLS}"  # gone by now
    assert (found[3].name("nl"), found[3].name("nl", 1)) == ("Robots", f"Naam {SCHOOLS}")
    assert found[3].note == "hetzelfde" and happening_record(found[3])["note"] == "hetzelfde"
    assert found[4].renamed("en") == (f"Name {MIXED}", "Robots and schools")
    assert [one.what for one in history_of(workspace, SCHOOLS[:6])] == ["hide", "merged"]
    with pytest.raises(KennisstandError):
        history_of(workspace, "nothing")


def test_a_topic_is_known_by_the_beginning_of_its_id(desk: TopicDesk) -> None:
    assert topic_named(desk.model, MIXED[:5]).id == MIXED
    for letters in ("mi", "mixed-0002", ""):
        with pytest.raises(KennisstandError):
            topic_named(desk.model, letters)
    twins = desk.model.model_copy(
        update={"topics": tuple(t.model_copy(update={"id": f"topic-{n}"}) for n, t in enumerate(desk.model.topics))}
    )
    with pytest.raises(KennisstandError) as caught:
        topic_named(twins, "topic")
    assert caught.value.values["n"] == 2
