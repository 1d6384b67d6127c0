"""Acts and proposals: only added, in turn, chained; versions know how they came to be."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from proposal_records import (
    FIRST_MOMENT,
    build_decision,
    build_proposal,
    build_ruling,
    build_table,
    version_record,
)
from sqlalchemy import Engine, create_engine, insert, select, text

from pipelines.domain.appraisal import Appraisal
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.ids import content_id
from pipelines.domain.proposals import ProposalVerdict, VersionOrigin, Wording
from pipelines.store import Workspace, open_workspace, schema
from pipelines.store.acts import ActConflict, ActStore
from pipelines.store.database import NEWEST_REVISION, migration_config, open_engine
from pipelines.store.proposals import ProposalStore
from pipelines.store.schema import metadata
from pipelines.store.tables import Seen, TableConflict
from pipelines.strings import LANGUAGES, error_text

_ITEMS = tuple(sorted(content_id("item", number) for number in range(3)))
_EMPTY = Appraisal(table_version="1", method_version="1")


@pytest.fixture
def engine(tmp_path: Path, database: str) -> Iterator[Engine]:
    (tmp_path / "data" / "processed").mkdir(parents=True)
    opened = open_engine(database)
    yield opened
    opened.dispose()


@pytest.fixture
def acts(engine: Engine) -> ActStore:
    return ActStore(engine)


def test_acts_come_back_as_they_were_made(acts: ActStore) -> None:
    one, other = build_proposal(1), build_proposal(2)
    strange = Wording(nl="\x00 ‘AI’ \u2028 \ud800", en="=1+1")
    made = [
        build_decision(one, 1),
        build_decision(other, 1, wording=strange, source="notitie.docx"),
        build_decision(one, 2, ProposalVerdict.REJECT, why="nee"),
    ]
    assert acts.last() == 0
    for decision in made:
        acts.decide([decision])
    ruling = build_ruling(_ITEMS[1], _ITEMS[0])
    acts.rule(ruling)
    acts.rule(build_ruling(*_ITEMS[:2], together=None, number=2))
    assert acts.decisions() == made
    assert acts.decisions(one.id) == [made[0], made[2]]
    assert [ruling.together for ruling in acts.rulings()] == [False, None]
    assert acts.rulings()[0] == ruling
    assert acts.last() == 5
    assert acts.faults() == []


def test_who_decides_on_what_they_did_not_see_is_told_and_nothing_is_kept(acts: ActStore) -> None:
    one, other = build_proposal(1), build_proposal(2)
    acts.decide([build_decision(one)])
    for turn in (1, 3):
        with pytest.raises(ActConflict) as caught:
            acts.decide([build_decision(other), build_decision(one, turn, person="ander")])
        assert caught.value.subject == one.id
        assert all(error_text(caught.value, language) for language in LANGUAGES)
    assert acts.decisions() == [build_decision(one)]


def test_what_is_sent_twice_is_stored_once(acts: ActStore) -> None:
    decision, ruling = build_decision(build_proposal()), build_ruling(*_ITEMS[:2])
    for _ in range(2):
        acts.decide([decision])
        acts.rule(ruling)
    assert (acts.decisions(), acts.rulings()) == ([decision], [ruling])


def test_of_those_who_decide_at_once_one_is_first(engine: Engine) -> None:
    proposal = build_proposal()

    def decide(number: int) -> bool:
        try:
            ActStore(engine).decide([build_decision(proposal, 1, person=f"lezer{number}")])
        except ActConflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(decide, range(4))) == 1
    assert len(ActStore(engine).decisions()) == 1
    assert ActStore(engine).faults() == []


def test_a_decision_on_a_table_that_is_no_longer_the_newest_is_refused(workspace: Workspace) -> None:
    workspace.tables.add(build_table(), version_record("a"))
    newer = build_table().model_copy(update={"version": "later", "rows": build_table().rows[:1]})
    decision = build_decision(build_proposal())
    workspace.tables.add(newer, version_record("b"))
    with pytest.raises(ActConflict):
        workspace.acts.decide([decision], version="2026-01-01")
    workspace.acts.decide([decision], version="later")
    assert workspace.acts.decisions() == [decision]


_TAMPERED = {
    "person": "UPDATE acts SET person = 'x' WHERE sequence = 2",
    "subject": "UPDATE acts SET subject = 'x' WHERE sequence = 2",
    "kind": "UPDATE acts SET kind = 'study' WHERE sequence = 2",
    "turn": "UPDATE acts SET turn = 9 WHERE sequence = 2",
    "turn of a ruling": "UPDATE acts SET turn = 9 WHERE sequence = 5",
    "moment": "UPDATE acts SET decided = '1999-01-01 00:00:00' WHERE sequence = 2",
    "content": "UPDATE acts SET data = CAST(REPLACE(CAST(data AS TEXT), 'lezer2', 'lezer9') AS {json})"
    " WHERE sequence = 2",
    "hash": "UPDATE acts SET hash = 'x' WHERE sequence = 2",
    "gone": "DELETE FROM acts WHERE sequence = 2",
}


def test_a_changed_act_is_found(acts: ActStore, engine: Engine) -> None:
    proposal = build_proposal()
    for turn in range(1, 5):
        acts.decide([build_decision(proposal, turn)])
    acts.rule(build_ruling(*_ITEMS[:2]))
    with engine.connect() as connection:
        stored = [dict(row) for row in connection.execute(select(schema.acts)).mappings()]
    json = "TEXT" if engine.dialect.name == "sqlite" else "JSON"
    for name, change in _TAMPERED.items():
        with engine.begin() as connection:
            assert connection.exec_driver_sql(change.format(json=json)).rowcount == 1
        found = {fault.sequence for fault in acts.faults()}
        assert found == {"hash": {2, 3}, "gone": {3}, "turn of a ruling": {5}}.get(name, {2}), name
        with engine.begin() as connection:
            connection.execute(schema.acts.delete())
            connection.execute(insert(schema.acts), stored)
    assert acts.faults() == []


def test_proposals_are_kept_as_first_made(engine: Engine) -> None:
    store = ProposalStore(engine)
    one, other = build_proposal(1), build_proposal(2)
    assert (store.now(), store.appraisal(), store.all()) == (None, None, {})
    assert store.keep([one, other], _EMPTY, fingerprint="f1", moment=FIRST_MOMENT) == [one, other]
    again = one.model_copy(update={"people_needed": 1})
    later = FIRST_MOMENT + timedelta(days=1)
    assert store.keep([again], _EMPTY, fingerprint="f2", moment=later) == [one]
    now = store.now()
    assert now is not None
    assert (now.fingerprint, now.proposal_ids, now.made) == ("f2", (one.id,), later)
    assert list(store.all().values()) == [one, other]
    assert store.get(one.id) == one and store.get("x") is None
    assert store.beginning(other.id[:9]) == [other.id]
    assert store.appraisal() == _EMPTY


def test_versions_know_how_they_came_to_be(workspace: Workspace) -> None:
    first = build_table()
    assert workspace.tables.add(first, version_record("tabel.docx")) == first
    changed = first.model_copy(update={"rows": first.rows[:1]})
    made = version_record(origin=VersionOrigin.PROPOSALS, people=("anna", "bram"))
    seen = Seen(first.version, workspace.acts.last())
    assert workspace.tables.add(changed, made, seen=seen).version == "2026-01-01.2"
    one, other = workspace.tables.records()
    assert (one.version, one.based_on, one.file) == ("2026-01-01", None, "tabel.docx")
    assert other == made.model_copy(update={"version": "2026-01-01.2", "based_on": "2026-01-01"})
    assert [origin for _, _, origin in workspace.tables.versions()] == ["tabel.docx", "cli.table.origin_proposals"]
    assert workspace.tables.statement_ids() == {"A1", "B1", "A1.k1", "A1.u1", "A1.t1"}


def test_a_version_made_from_what_is_no_longer_the_latest_is_refused(workspace: Workspace) -> None:
    first = workspace.tables.add(build_table(), version_record())
    seen = Seen(first.version, workspace.acts.last())
    changed = first.model_copy(update={"rows": first.rows[:1]})
    workspace.acts.decide([build_decision(build_proposal())])
    with pytest.raises(TableConflict):
        workspace.tables.add(changed, version_record(), seen=seen)
    workspace.tables.add(changed, version_record())
    with pytest.raises(TableConflict):
        workspace.tables.add(first, version_record(), seen=Seen(first.version, workspace.acts.last()))
    assert len(workspace.tables.records()) == 2


def test_a_database_of_before_proposals_is_brought_up_to_date(tmp_path: Path, empty_database: str) -> None:
    (tmp_path / "data" / "processed").mkdir(parents=True)
    engine, config = create_engine(empty_database), migration_config()
    data = EvidenceTable(version="x").model_dump_json()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for number, (version, origin) in enumerate((("1", "cli.table.origin_shipped"), ("2", "tabel.docx")), 1):
            old = "INSERT INTO table_versions (number, version, created, origin, data) VALUES (:n, :v, :c, :o, :d)"
            values = {"n": number, "v": version, "c": "2026-01-01 09:30:00.000000", "o": origin, "d": data}
            connection.execute(text(old), values)
        connection.commit()
    engine.dispose()
    opened = open_workspace(tmp_path, empty_database)
    shipped, imported = opened.tables.records()
    assert (shipped.origin, shipped.file, shipped.based_on) == (VersionOrigin.SHIPPED, "", None)
    assert (imported.origin, imported.file, imported.based_on) == (VersionOrigin.IMPORTED, "tabel.docx", "1")
    assert f"{imported.created:%Y-%m-%d %H:%M}" == "2026-01-01 09:30"
    with opened.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == NEWEST_REVISION
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")  # and back
        command.upgrade(config, "head")
        connection.commit()
    assert [record.file for record in opened.tables.records()] == ["", "tabel.docx"]
    opened.close()
