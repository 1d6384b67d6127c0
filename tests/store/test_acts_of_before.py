"""Acts and versions that were stored before a field of their record existed, and ids that grow with the versions."""

from __future__ import annotations

from pathlib import Path

import pytest
from proposal_records import build_decision, build_proposal, build_table, version_record
from sqlalchemy import select, update

from pipelines.store import Workspace, acts, schema
from pipelines.store.acts import ActStore
from pipelines.store.database import open_engine


def test_an_act_of_before_a_field_existed_is_whole(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data" / "processed").mkdir(parents=True)
    engine = open_engine(database)
    store, values_of = ActStore(engine), acts._values

    def without_field(act: object) -> dict[str, object]:
        values = values_of(act)  # type: ignore[arg-type]
        return {**values, "data": {name: value for name, value in values["data"].items() if name != "entered_by"}}

    with monkeypatch.context() as patched:
        patched.setattr(acts, "_values", without_field)
        store.decide([build_decision(build_proposal())])
    with engine.connect() as connection:
        data = connection.execute(select(schema.acts.c.data)).scalar_one()
    assert "entered_by" not in data
    assert store.faults() == []
    assert store.decisions()[0].entered_by == ""
    # To fill it in afterwards is to change the act.
    with engine.begin() as connection:
        connection.execute(update(schema.acts).values(data={**data, "entered_by": "bram"}))
    assert len(store.faults()) == 1
    engine.dispose()


def test_ids_of_versions_that_came_later_are_known(workspace: Workspace) -> None:
    table = build_table()
    workspace.tables.add(table, version_record())
    before = workspace.tables.statement_ids()
    row = table.rows[0]
    statement = row.statements[0].model_copy(update={"id": "A1.k9"})
    rows = (row.model_copy(update={"id": "A9", "statements": (statement,)}), *table.rows[1:])
    workspace.tables.add(table.model_copy(update={"rows": rows, "version": "later"}), version_record())
    assert workspace.tables.statement_ids() == before | {"A9", "A1.k9"}
