"""Dossiers of the users' own: kept as acts in the chain, each change a new version, and of two people one is told."""

from __future__ import annotations

import pytest
from dossier_records import build_dossier_act
from sqlalchemy import text

from pipelines.domain.dossiers import DossierAct, DossierActKind, DossierQuestion
from pipelines.store import Workspace
from pipelines.store.acts import ActConflict


def test_acts_on_dossiers_come_back_in_order(workspace: Workspace) -> None:
    made = [
        build_dossier_act(),
        build_dossier_act("d2"),
        build_dossier_act(turn=2),
        build_dossier_act("d2", 2, remove=True),
    ]
    for act in made:
        workspace.acts.keep_dossier(act)
    assert workspace.acts.dossier_acts() == made
    assert workspace.acts.dossier_acts("d1") == [made[0], made[2]]
    assert workspace.acts.faults() == [] and workspace.acts.last() == 4
    assert workspace.acts.topic_acts() == [] and workspace.acts.decisions() == []


def test_the_same_act_twice_is_kept_once(workspace: Workspace) -> None:
    for _ in range(2):
        workspace.acts.keep_dossier(build_dossier_act())
    assert len(workspace.acts.dossier_acts()) == 1


@pytest.mark.parametrize("turn", [1, 3])
def test_of_two_people_at_once_the_second_is_told(workspace: Workspace, turn: int) -> None:
    workspace.acts.keep_dossier(build_dossier_act())
    with pytest.raises(ActConflict) as raised:
        workspace.acts.keep_dossier(build_dossier_act(turn=turn, person="bram"))
    assert raised.value.key == "error.dossier_conflict"
    assert len(workspace.acts.dossier_acts()) == 1


def test_a_change_in_the_database_shows(workspace: Workspace) -> None:
    workspace.acts.keep_dossier(build_dossier_act())
    with workspace.engine.begin() as connection:
        connection.execute(text("UPDATE acts SET person = 'bram'"))
    assert [fault.sequence for fault in workspace.acts.faults()] == [1]


def test_an_act_without_a_person_is_not_kept(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="person"):
        workspace.acts.keep_dossier(build_dossier_act(person=""))


def test_acts_and_questions_say_what_they_must() -> None:
    kept = build_dossier_act()
    for wrong in ({"question": None}, {"kind": DossierActKind.REMOVE}, {"dossier": "another"}, {"turn": 0}):
        with pytest.raises(ValueError):
            DossierAct.model_validate(kept.model_dump() | wrong)
    with pytest.raises(ValueError, match="name"):
        DossierQuestion(id="x", question_nl="Wat?")
    with pytest.raises(ValueError, match="asks"):
        DossierQuestion(id="x", name_nl="Leeg")
