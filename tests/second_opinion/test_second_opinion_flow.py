"""The step of a scan: answers are stored beside the labels as they come, and never asked twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from alembic import command
from builders import build_document
from builders_second_opinion import make_labels
from sqlalchemy import create_engine, text
from stand_in import StandIn, answers, running, sleeps, status

from flows.context import ScanContext
from flows.doctor import examine
from flows.exporting import PASSAGE_FIELDS, write_passages
from flows.library import find_passages, passage_record
from flows.reporting import gather
from flows.second_opinion import ask_second_opinions, has_work
from flows.start import start_scan
from flows.workspace import open_settings_workspace
from pipelines.cli.main import FAILED, OK, run
from pipelines.cli.second_opinion import tell_second_opinion
from pipelines.cli.session import Session
from pipelines.domain.passages import Passage
from pipelines.domain.second_opinions import Fault
from pipelines.errors import SettingsError
from pipelines.evidence.statements import index_table
from pipelines.language.static_encoder import load_encoder
from pipelines.settings import SETTINGS_FILE, Settings
from pipelines.store import open_workspace
from pipelines.store.database import NEWEST_REVISION, migration_config
from pipelines.store.documents import FoundFile, ReadDocument
from pipelines.store.passages import PassageFilter

TEXTS = (
    "Een kwart van de bedrijven gebruikt AI.",
    "De lonen in de bouw stegen.",
    "Vakbonden willen afspraken over AI.",
)
GOOD_ANSWER = answers(statement=None)  # which statements are shown depends on the vectors
FLAGS = (0.52, 0.42, 0.95)  # the first two are doubtful


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(Settings.model_fields):
        monkeypatch.delenv(f"KENNISSTAND_{name.upper()}", raising=False)


@pytest.fixture
def server() -> Iterator[StandIn]:
    with running(GOOD_ANSWER) as stand_in:
        yield stand_in


def _read_document(table_version: str) -> ReadDocument:
    document = build_document([("paragraph", t) for t in TEXTS], path="a.txt")
    passages = [
        Passage(
            id=f"p{number}".ljust(20, "0"),
            document_id=document.id,
            position=number,
            text=document.block_text(block),
            start=block.start,
            end=block.end,
            language="nl",
            n_words=5,
        )
        for number, block in enumerate(document.blocks)
    ]
    labels = [make_labels(p.id, flag, table_version=table_version) for p, flag in zip(passages, FLAGS, strict=True)]
    return ReadDocument(document, passages, {}, labels, {"read": 0.0}, {}, None)


def _context(folder: Path, url: str | None, **settings: Any) -> ScanContext:
    """A workspace with three labelled passages of run scan-0001, and just enough of the models."""
    chosen = Settings(workspace=folder, second_opinion_url=url, second_opinion_model="stand-in", **settings)
    context = ScanContext(chosen, open_settings_workspace(chosen))
    encoder = load_encoder(chosen.shipped_models_dir / "encoder")
    context.__dict__["kit"] = SimpleNamespace(encoder=encoder, index=index_table(context.table, encoder))
    if not context.workspace.documents.summaries():
        read = _read_document(context.table.version)
        source = read.document.source
        found = FoundFile(read.document.id, source.checksum, source.path, source.n_bytes, 1)
        context.workspace.documents.register(context.workspace.runs.new("nl", {}), [found])
        context.workspace.documents.save("scan-0001", read)
    return context


def _records(context: ScanContext) -> list[dict[str, Any]]:
    return [passage_record(item) for item in find_passages(context.workspace, PassageFilter())]


def test_doubtful_passages_are_asked_and_labels_stay(tmp_path: Path, server: StandIn) -> None:
    context = _context(tmp_path, server.url)
    before = _records(context)
    assert has_work(context)
    account = ask_second_opinions(context, "scan-0001")
    assert account is not None and (account.n_doubtful, account.n_asked, account.n_answered) == (2, 2, 2)
    assert server.passages() == list(TEXTS[:2])
    after = _records(context)
    assert [{**r, "second_opinion": None} for r in after[:2]] == [{**r, "second_opinion": None} for r in before[:2]]
    assert after[2] == before[2] and "second_opinion" not in after[2]
    told = after[0]["second_opinion"]
    assert (told["model"], told["outside"], told["rows"], told["evidence"]) == ("stand-in", False, ["A2"], "empirical")
    assert told["differs"] == ["relation", "column", "kind"]
    assert not has_work(context)


def test_another_run_asks_nothing_again(tmp_path: Path, server: StandIn) -> None:
    context = _context(tmp_path, server.url)
    ask_second_opinions(context, "scan-0001")
    context.workspace.documents.register(context.workspace.runs.new("nl", {}), [])
    account = ask_second_opinions(context, "scan-0002")
    assert account is not None and account.n_doubtful == 0 and len(server.asked) == 2


def test_a_document_that_is_read_again_gets_its_answers_back(tmp_path: Path, server: StandIn) -> None:
    context = _context(tmp_path, server.url)
    ask_second_opinions(context, "scan-0001")
    before = _records(context)
    context.workspace.documents.save("scan-0001", _read_document(context.table.version))
    assert not any("second_opinion" in r for r in _records(context))
    account = ask_second_opinions(context, "scan-0001")
    assert account is not None and (account.n_kept, account.n_asked) == (2, 2)  # those asked are of before
    assert _records(context) == before and len(server.asked) == 2


def test_another_language_model_is_asked_anew(tmp_path: Path, server: StandIn) -> None:
    ask_second_opinions(_context(tmp_path, server.url), "scan-0001")
    (tmp_path / SETTINGS_FILE).write_text("workers = 1\n", encoding="utf-8")
    other = _context(tmp_path, server.url)
    other.settings = other.settings.model_copy(update={"second_opinion_model": "another"})
    assert has_work(other)
    ask_second_opinions(other, "scan-0001")
    assert {r["second_opinion"]["model"] for r in _records(other)[:2]} == {"another"} and len(server.asked) == 4


def test_opinions_on_an_older_table_are_not_shown(tmp_path: Path, server: StandIn) -> None:
    context = _context(tmp_path, server.url)
    ask_second_opinions(context, "scan-0001")
    labels = _read_document("newer").labels
    context.workspace.passages.relabel(_read_document("newer").document.id, labels)
    assert not any("second_opinion" in r for r in _records(context))


def test_what_was_left_is_asked_the_next_time(tmp_path: Path, server: StandIn) -> None:
    context = _context(tmp_path, server.url, second_opinion_passages=1)
    first = ask_second_opinions(context, "scan-0001")
    assert first is not None and (first.n_asked, first.n_left, first.stopped) == (1, 1, "passages")
    assert has_work(context)
    context.workspace.documents.register(context.workspace.runs.new("nl", {}), [])
    second = ask_second_opinions(context, "scan-0002")
    assert second is not None and (second.n_asked, second.n_left) == (1, 0) and not has_work(context)


def test_an_interrupted_run_goes_on_within_its_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(GOOD_ANSWER) as server:
        context = _context(tmp_path, server.url)
        ask = type(context.endpoint).ask

        def interrupted(self: Any, *given: Any) -> Any:
            if len(server.asked) == 1:
                raise KeyboardInterrupt
            return ask(self, *given)

        monkeypatch.setattr(type(context.endpoint), "ask", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ask_second_opinions(context, "scan-0001")
        monkeypatch.undo()
        kept = context.workspace.second_opinions.account("scan-0001")
        assert kept is not None and (kept.n_asked, kept.n_answered) == (1, 1)
        account = ask_second_opinions(context, "scan-0001")
    assert account is not None and (account.n_asked, account.n_answered) == (2, 2) and len(server.asked) == 2


def test_a_silent_endpoint_costs_nothing_but_its_answers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with running(sleeps) as server:
        context = _context(tmp_path, server.url, second_opinion_request_seconds=1)
        account = ask_second_opinions(context, "scan-0001")
    assert account is not None and account.faults == {Fault.TIMEOUT: 2}
    assert len(_records(context)) == 3 and not has_work(context)  # all were asked
    for language, says in (("nl", "geen antwoord binnen de tijd: 2"), ("en", "no answer in time: 2")):
        tell_second_opinion(Session(language, None), account)  # type: ignore[arg-type]
        assert says in " ".join(capsys.readouterr().err.split())


def test_off_means_off(tmp_path: Path) -> None:
    for url in (None, "", "  "):
        context = _context(tmp_path, url)
        assert context.endpoint is None and ask_second_opinions(context, "scan-0001") is None and not has_work(context)
    assert gather(context.workspace, context.workspace.runs.get("scan-0001"), context.table).second_opinions == ()


def test_exports_hold_it_where_there_is_one(tmp_path: Path, server: StandIn) -> None:
    import pandas as pd

    context = _context(tmp_path, server.url)
    ask_second_opinions(context, "scan-0001")
    records = _records(context)
    assert tuple(records[0]) == (*PASSAGE_FIELDS, "second_opinion") and tuple(records[2]) == PASSAGE_FIELDS
    for suffix in (".csv", ".parquet", ".xlsx", ".jsonl"):
        write_passages(records, tmp_path / f"out{suffix}")
    frame = pd.read_csv(tmp_path / "out.csv")
    assert json.loads(frame["second_opinion"][0])["model"] == "stand-in" and pd.isna(frame["second_opinion"][2])


# Settings


def test_an_address_elsewhere_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    given = {"second_opinion_url": "http://192.0.2.7/v1", "second_opinion_model": "m"}
    with pytest.raises(SettingsError) as caught:
        start_scan(Settings(workspace=tmp_path, **given), [])  # type: ignore[arg-type]
    assert caught.value.key == "error.second_opinion_outside"
    with pytest.raises(SettingsError) as caught:
        start_scan(Settings(workspace=tmp_path, second_opinion_url="http://127.0.0.1:9/v1"), [])
    assert caught.value.key == "error.second_opinion_model"


def test_a_key_in_the_file_is_refused_and_not_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / SETTINGS_FILE).write_text('second_opinion_key = "geheim-9"\n', encoding="utf-8")
    assert run(["documents", "--workspace", str(tmp_path), "--lang", "nl"]) == FAILED
    told = " ".join(capsys.readouterr().err.split())
    assert "KENNISSTAND_SECOND_OPINION_KEY" in told and "geheim" not in told


def test_a_key_of_the_environment_is_sent_and_not_shown(
    tmp_path: Path, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KENNISSTAND_SECOND_OPINION_KEY", " geheim-9\n")
    context = _context(tmp_path, server.url)
    ask_second_opinions(context, "scan-0001")
    assert server.headers[0]["Authorization"] == "Bearer geheim-9"
    assert "geheim" not in repr(context.settings) + str(context.settings.model_dump()) + repr(context.endpoint)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"geheim-9" not in path.read_bytes()


def _doctor(settings: Settings) -> Any:
    return next(f for f in examine(settings) if f.check == "second_opinion")


def test_doctor_says_whether_it_is_on_where_to_and_whether_it_answers(
    tmp_path: Path, server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    import flows.doctor as doctor

    monkeypatch.setattr(doctor, "_check_models", lambda _: doctor.Finding("models", True, "doctor.runs"))
    monkeypatch.setattr(doctor, "_check_vectors", lambda _: doctor.Finding("vectors", True, "doctor.runs"))
    off = _doctor(Settings(workspace=tmp_path))
    assert off.good and off.key == "doctor.second_opinion_off"
    given: dict[str, Any] = {"workspace": tmp_path, "second_opinion_url": server.url, "second_opinion_model": "m"}
    here = _doctor(Settings(**given))
    assert here.good and here.key == "doctor.second_opinion_here" and here.values["address"] == server.url
    assert server.gets == ["/v1/models"] and server.asked == []  # no text is sent for it
    refused = _doctor(Settings(**{**given, "second_opinion_url": "http://192.0.2.7/v1"}))
    assert not refused.good and "second_opinion_outside" in str(refused.values["detail"])
    with running(status(500)) as closed:
        pass
    silent = _doctor(Settings(**{**given, "second_opinion_url": closed.url}))
    assert not silent.good and silent.key == "doctor.second_opinion_here_silent"
    monkeypatch.setenv("KENNISSTAND_LANGUAGE", "en")
    assert run(["doctor", "--workspace", str(tmp_path), "--lang", "en"]) == OK


# Store


def test_a_database_of_before_is_brought_up_to_date(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/old.db"
    engine = create_engine(address)
    config = migration_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text("INSERT INTO runs VALUES ('scan-0001', '2026-01-01 00:00:00', NULL, 'done', 'nl', '{}', '{}')")
        )
        connection.commit()
    engine.dispose()
    opened = open_workspace(tmp_path, address)
    assert opened.runs.get("scan-0001").language == "nl" and opened.second_opinions.account("scan-0001") is None
    with opened.engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == NEWEST_REVISION
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")  # and back
        connection.commit()
    opened.close()
