"""Standing topics in the store: members are brought to what the model holds, and a database of before is moved."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, event, text
from standing_topic_records import FIRST_MOMENT, add_runs, build_act, build_standing, build_topic_passage

from pipelines.domain.topics import TopicActKind, TopicEvent, TopicEventKind, TopicModel, TopicsState
from pipelines.store import Workspace, open_workspace
from pipelines.store import topics as store_module
from pipelines.store.database import migration_config
from pipelines.store.schema import metadata

_PASSAGES = [build_topic_passage(number) for number in range(12)]


def _model(*cuts: int, **values: Any) -> TopicModel:
    """Passages up to the first cut in t1, up to the second in t2, and so on."""
    begins = (0, *cuts[:-1])
    groups = {f"t{n}": _PASSAGES[a:b] for n, (a, b) in enumerate(zip(begins, cuts, strict=True), 1)}
    return build_standing(groups, **values)


def test_topics_come_back_as_they_were_saved(workspace: Workspace) -> None:
    add_runs(workspace, "scan-0001")
    assert workspace.topics.latest() is None and workspace.topics.of_run("scan-0001") is None
    model = _model(5, 9)
    workspace.topics.save("scan-0001", model)
    assert workspace.topics.of_run("scan-0001") == model
    assert workspace.topics.latest() == ("scan-0001", model)
    lean = workspace.topics.of_run("scan-0001", members=False)
    assert lean is not None and lean.assignments == {} and lean.topics == model.topics


def test_a_later_scan_changes_only_the_members_that_differ(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_AT_ONCE", 2)
    monkeypatch.setattr(store_module, "_DELETED_AT_ONCE", 2)
    add_runs(workspace, "scan-0001", "scan-0002")
    workspace.topics.save("scan-0001", _model(5, 9))
    later = _model(4, 9, 12)
    later = later.model_copy(update={"assignments": {p: t for p, t in later.assignments.items() if p > "p002"}})
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_: object) -> None:
        written.append(f"{statement} {values}")

    event.listen(workspace.engine, "before_cursor_execute", note)
    workspace.topics.save("scan-0002", later)
    changed = [one for one in written if "topic_members" in one and not one.startswith("SELECT")]
    touched = {p.id for p in _PASSAGES if any(p.id in one for one in changed)}
    assert touched == {"p000", "p001", "p002", "p004", "p009", "p010", "p011"}
    found = workspace.topics.latest()
    assert found is not None and found == ("scan-0002", later)
    # Of the topics of the first scan only those passages are told that still lie in them.
    before = workspace.topics.of_run("scan-0001")
    assert before is not None and set(before.assignments.values()) == {"t1", "t2"}
    assert before.assignments == {p: t for p, t in later.assignments.items() if t != "t3"}


def test_another_try_at_a_run_replaces_the_first(workspace: Workspace) -> None:
    add_runs(workspace, running="scan-0001")
    workspace.topics.save("scan-0001", _model(5, 9))
    again = _model(12)
    workspace.topics.save("scan-0001", again)
    workspace.topics.save("scan-0001", again)
    assert workspace.topics.latest(ended=False) == ("scan-0001", again)
    assert workspace.topics.latest() is None  # it has not ended
    few = TopicModel(state=TopicsState.TOO_FEW, n_passages=3, minimum=50)
    workspace.topics.save("scan-0001", few)
    assert workspace.topics.of_run("scan-0001") == few


def test_one_that_is_going_on_comes_first_only_where_asked(workspace: Workspace) -> None:
    add_runs(workspace, "scan-0001", "scan-0002", running="scan-0003")
    for name in ("scan-0001", "scan-0002"):
        workspace.topics.save(name, _model(5, 9))
    assert workspace.topics.latest_run() == workspace.topics.latest_run(ended=False) == "scan-0002"
    workspace.topics.save("scan-0003", _model(5, 9))
    assert (workspace.topics.latest_run(), workspace.topics.latest_run(ended=False)) == ("scan-0002", "scan-0003")


def test_events_of_all_scans_in_order_of_time(workspace: Workspace) -> None:
    add_runs(workspace, "scan-0001", "scan-0002", "scan-0003")
    first = TopicEvent(kind=TopicEventKind.NEW, day=date(2026, 3, 2), topic="t1", names_nl=("a",), names_en=("a",))
    later = [first.model_copy(update={"topic": topic, "day": date(2026, 3, 4)}) for topic in ("t3", "t2")]
    workspace.topics.save("scan-0003", _model(5, events=tuple(later)))
    workspace.topics.save("scan-0001", _model(5, events=(first,)))
    workspace.topics.save("scan-0002", _model(5))
    assert workspace.topics.events() == [("scan-0001", first), ("scan-0003", later[0]), ("scan-0003", later[1])]


def test_the_stamp_changes_with_scans_and_acts_on_topics(workspace: Workspace) -> None:
    add_runs(workspace, "scan-0001", running="scan-0002")
    seen = [workspace.topics.stamp()]
    workspace.topics.save("scan-0001", _model(5))
    seen.append(workspace.topics.stamp())
    workspace.acts.arrange([build_act(TopicActKind.HIDE, "t1")])
    seen.append(workspace.topics.stamp())
    workspace.topics.save("scan-0002", _model(5))
    assert workspace.topics.stamp() == seen[-1]
    seen.append(workspace.topics.stamp(ended=False))
    assert len(set(seen)) == 4


def test_a_database_of_before_standing_topics_is_brought_up_to_date(tmp_path: Path, empty_database: str) -> None:
    (tmp_path / "data" / "processed").mkdir(parents=True)
    engine, config = create_engine(empty_database), migration_config()
    old, new = _model(5), _model(5, 9)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        for number, (name, model) in enumerate((("scan-0001", old), ("scan-0002", new))):
            begun = str(FIRST_MOMENT + timedelta(days=number))
            columns = "id, started, finished, state, language, versions, summary"
            run = text(f"INSERT INTO runs ({columns}) VALUES (:i, :d, :d, 'done', 'nl', '{{}}', '{{}}')")
            connection.execute(run, {"i": name, "d": begun})
            data = model.model_dump(mode="json", exclude={"day", "events", "acts_seen", "by_scan", "by_year"})
            if model is old:
                data["assignments"] = dict.fromkeys(data["assignments"], "gone")
            put = text("INSERT INTO topic_models (run_id, data) VALUES (:i, :d)")
            connection.execute(put, {"i": name, "d": json.dumps(data)})
        connection.commit()
    engine.dispose()
    opened = open_workspace(tmp_path, empty_database)
    try:
        latest, before = opened.topics.latest(), opened.topics.of_run("scan-0001")
        assert latest is not None and before is not None
        assert latest[0] == "scan-0002" and latest[1].assignments == new.assignments
        assert (latest[1].topics, latest[1].day, latest[1].events) == (new.topics, None, ())
        assert opened.topics.events() == []
        assert before.topics == old.topics
        with opened.engine.connect() as connection:
            kept = connection.execute(text("SELECT data FROM topic_models")).scalars()
            assert all("assignments" not in json.dumps(one) for one in kept)
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
            config.attributes["connection"] = connection
            command.downgrade(config, "0004")
            moved = connection.execute(text("SELECT data FROM topic_models WHERE run_id = 'scan-0002'")).scalar()
            moved = json.loads(moved) if isinstance(moved, str) else moved
            assert moved is not None and moved["assignments"] == new.assignments
            command.upgrade(config, "head")  # and back
            connection.commit()
        again = opened.topics.latest()
        assert again is not None and again[1].assignments == new.assignments
    finally:
        opened.close()
