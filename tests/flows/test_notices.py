"""Notices reach real servers on this computer, say what they must, and never tell an address."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from notice_servers import mail_server, webhook

from flows.contradictions import ToldLedger, read_ledger
from flows.notice_sending import NoticeOutcome, Patience, notice_places, send_notice
from flows.notices import check_notices, notify_contradictions, notify_failed, notify_report
from pipelines.cli.main import run
from pipelines.domain.documents import Reason
from pipelines.domain.evidence_table import Column
from pipelines.domain.inbox import InboxItem, Listed
from pipelines.domain.schedules import Duty, DutyRun, DutyState, NoticeKind
from pipelines.settings import Settings
from pipelines.store import Workspace

_SECRET = "geheim-w8woord"
_QUICK = Patience(attempt=20.0, pauses=(0.0, 0.0))


def _to(settings: Settings, *addresses: str, **values: Any) -> Settings:
    return Settings(workspace=settings.workspace, notices="\n ".join(addresses), **values)


def _run(duty: Duty, **values: Any) -> DutyRun:
    moment = datetime(2026, 3, 2, 4, 30)
    given = {"state": DutyState.FAILED, "started": moment, "beat": moment, "due": moment, "host": "server-1", **values}
    return DutyRun(id="duty-1", duty=duty, **given)


def test_a_failure_reaches_mail_and_webhook_with_reason_and_advice(settings: Settings) -> None:
    failed = _run(Duty.BACKUP, reason=Reason(key="error.disk_full", values={"path": "/x", "detail": "full"}))
    with webhook(200) as hook, mail_server("kennis", _SECRET) as mail:
        chosen = _to(
            settings,
            f"json://127.0.0.1:{hook.port}/hook",
            f"mailto://kennis:{_SECRET}@127.0.0.1:{mail.port}?from=kennis@example.org&to=beleid@example.org",
            notice_page="https://kennis.example.org/",
        )
        outcome = notify_failed(chosen, failed, patience=_QUICK)
    assert outcome == NoticeOutcome(kind=NoticeKind.FAILED, n_addresses=2, n_sent=2)
    (sent,), (letter,) = hook.taken, mail.taken
    assert sent["type"] == "failure" and "reservekopie" in sent["title"] and sent["title"] == letter["Subject"]
    assert "2 maart 2026 om 05:30 uur" in sent["message"]  # Dutch clocks
    assert "Reden:" in sent["message"] and "kennisstand schedules run backup" in sent["message"]
    assert "https://kennis.example.org/schedules" in sent["message"] and "server-1" in sent["message"]
    assert letter.get_content_type() == "text/plain" and letter["To"] == "beleid@example.org"
    assert letter.get_content().split() == sent["message"].split()


def test_a_broken_off_scan_is_told_in_english_without_passwords(settings: Settings) -> None:
    reason = Reason(key="error.database_unreachable", values={"detail": f"postgresql://u:{_SECRET}@host/db"})
    with webhook(200) as hook:
        chosen = _to(settings, f"json://127.0.0.1:{hook.port}", language="en")
        notify_failed(chosen, _run(Duty.SCAN, state=DutyState.INTERRUPTED, reason=reason), patience=_QUICK)
        unknown = Reason(key="error.of_a_later_version")
        notify_failed(chosen, _run(Duty.SCAN, reason=unknown), patience=_QUICK)
    first, second = (sent["message"] for sent in hook.taken)
    assert "broken off" in first and "postgresql://u:***@host/db" in first and _SECRET not in first
    assert "error.of_a_later_version" in second


@pytest.mark.parametrize(
    ("codes", "n_asked", "key"),
    [
        ((500, 503, 200), 3, None),
        ((500,), 3, "notices.reason.answer"),
        ((403,), 1, "notices.reason.answer"),
        ((302,), 3, "notices.reason.answer"),  # the message would be lost on its way elsewhere
    ],
)
def test_an_address_is_tried_again_as_long_as_that_may_help(
    settings: Settings, codes: tuple[int, ...], n_asked: int, key: str | None
) -> None:
    waited: list[float] = []
    with webhook(*codes) as hook:
        chosen = _to(settings, f"json://127.0.0.1:{hook.port}")
        outcome = send_notice(
            chosen, None, "s", ["x"], patience=Patience(20.0, (5.0, 30.0)), sleep=lambda s: waited.append(s)
        )
    assert hook.n_asked == n_asked and waited == [5.0, 30.0][: n_asked - 1]
    assert [one.reason.key for one in outcome.undelivered] == ([] if key is None else [key])
    assert len(hook.taken) == outcome.n_sent == (1 if key is None else 0)


def test_one_address_that_fails_does_not_keep_the_others(settings: Settings) -> None:
    with webhook(200) as good, webhook(500) as bad, mail_server("a", "b") as mail:
        chosen = _to(
            settings,
            f"json://127.0.0.1:{bad.port}",
            f"mailto://a:{_SECRET}@127.0.0.1:{mail.port}?from=a@example.org&to=b@example.org",
            "nosuch://" + _SECRET,
            f"json://127.0.0.1:{good.port}",
        )
        outcome = send_notice(chosen, None, "s", ["x"], patience=Patience(20.0, ()))
    assert len(good.taken) == outcome.n_sent == 1 and not mail.taken and not outcome.whole
    reasons = {one.place.number: (one.reason.key, one.reason.values.get("code")) for one in outcome.undelivered}
    assert reasons == {
        1: ("notices.reason.answer", 500),
        2: ("notices.reason.answer", 535),
        3: ("notices.reason.address", None),
    }
    refused = _to(settings, f"json://127.0.0.1:{bad.port}")  # nobody listens there any more
    outcome = send_notice(refused, None, "s", ["x"], patience=Patience(20.0, ()))
    assert outcome.undelivered[0].reason.key == "notices.reason.unreachable"


def test_a_server_that_never_answers_is_left(settings: Settings) -> None:
    with webhook(None) as silent:
        chosen = _to(settings, f"json://127.0.0.1:{silent.port}")
        outcome = send_notice(chosen, None, "s", ["x"], patience=Patience(0.2, (0.0,)))
    assert [one.reason.key for one in outcome.undelivered] == ["notices.reason.time"]


def test_addresses_reach_no_log_and_no_screen(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(f"{record.name} {record.getMessage()}")

    root, ear, level = logging.getLogger(), Ear(), logging.getLogger().level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)  # whatever is logged anywhere
    try:
        with webhook(401) as hook, mail_server("a", "b") as mail:
            where = f"127.0.0.1:{hook.port}"
            given = f"json://u:{_SECRET}@{where}/{_SECRET}?+X-Key={_SECRET}\nnosuch://{_SECRET} slack://{_SECRET}/b/c"
            given += f" mailto://u:{_SECRET}@127.0.0.1:{mail.port}?from=a@example.org&to=b@example.org"
            monkeypatch.setenv("KENNISSTAND_NOTICES", given)
            monkeypatch.setenv("KENNISSTAND_WORKSPACE", str(settings.workspace))
            assert run(["notices"]) == 1
            assert run(["notices", "--json"]) == 1
            assert run(["notices", "test", "--lang", "en"]) == 1
            assert check_notices(Settings(), patience=Patience(20.0, ())).n_sent == 0
    finally:
        root.removeHandler(ear)
        root.setLevel(level)
    shown = capsys.readouterr()
    assert "notice not sent to address 1 (JSON)" in "\n".join(heard)
    assert "address 1 (JSON): the server refused the message (answer 401)" in shown.err
    assert "E-Mail" in shown.out and "b@example.org" in shown.out
    everything = "\n".join([*heard, shown.out, shown.err, repr(Settings()), str(notice_places(Settings()))])
    assert _SECRET not in everything and _SECRET[:4] not in everything


def test_without_addresses_nothing_happens(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert notify_failed(settings, _run(Duty.SCAN)) == NoticeOutcome(kind=NoticeKind.FAILED)
    assert notify_report(settings, _run(Duty.REPORT)).n_addresses == 0
    assert notify_contradictions(settings, "scan-0001").n_addresses == 0
    assert not (settings.processed_dir / "notices.json").exists()
    assert run(["notices", "--workspace", str(settings.workspace)]) == 0
    assert "KENNISSTAND_NOTICES" in capsys.readouterr().err


def test_a_report_is_told_with_its_period_and_numbers(settings: Settings) -> None:
    folder = "2026-04-01-periode-2026-03-01-050000"
    result: dict[str, int | float | str] = {"docx": f"reports/{folder}/note.docx", "folder": folder}
    result |= {"since": "2026-03-01T05:00:00", "until": "2026-04-01T05:00:00"}
    with webhook(200) as hook:
        chosen = _to(settings, f"json://127.0.0.1:{hook.port}", notice_page="https://kennis.example.org")
        notify_report(chosen, _run(Duty.REPORT, state=DutyState.DONE, result=result), patience=_QUICK)
        notify_report(chosen, _run(Duty.REPORT, state=DutyState.DONE), patience=_QUICK)
    sent, whole = hook.taken
    assert "van 1 maart 2026 tot en met 1 april 2026" in sent["message"] and "over alles" in whole["message"]
    assert "nieuwe documenten: 0; gesignaleerd: 0; overgenomen" in sent["message"]
    assert folder in sent["message"] and "https://kennis.example.org/reports" in sent["message"]
    assert sent["attachments"] == []


def _item(name: str, statement: str, **values: Any) -> InboxItem:
    given = {"passage_id": f"p-{name}", "document_id": f"d-{name}", "run_id": "scan-0002", "listed": Listed.FLAGGED}
    given |= {"rank": 1, "flag": 0.9, "language": "nl", "n_passages": 1, "title": "T", "lead": "lead " + _SECRET}
    given |= {"relation": "contradicts", "statement": statement, **values}
    return InboxItem(item_id=name, **given)


def test_contradictions_are_told_once_an_item_and_by_statement(settings: Settings, workspace: Workspace) -> None:
    table = workspace.tables.current()
    assert table is not None
    by_column = {c: [s.id for _, s in table.statements() if s.column is c] for c in Column}
    known, other = by_column[Column.KNOWN][:2]
    trend = by_column[Column.TREND][0]
    items = [
        _item("a", known),
        _item("b", known, document_id="d-a"),
        _item("c", trend),
        _item("d", other, run_id="scan-0001"),  # read before
        _item("e", other, relation="supports"),
        _item("f", other, listed=Listed.SAMPLE),
    ]
    workspace.inbox.replace([item.model_copy(update={"rank": rank}) for rank, item in enumerate(items, 1)])
    with webhook(500, 200) as hook:
        chosen = _to(settings, f"json://127.0.0.1:{hook.port}", notice_page="https://k.example.org")
        once = Patience(20.0, ())
        assert notify_contradictions(chosen, "scan-0002", patience=once).n_sent == 0
        assert read_ledger(chosen) == ToldLedger(waiting=frozenset({"scan-0002"}))
        later = [*items, _item("g", other, run_id="scan-0003")]
        workspace.inbox.replace([item.model_copy(update={"rank": rank}) for rank, item in enumerate(later, 1)])
        assert notify_contradictions(chosen, "scan-0003", patience=once).n_sent == 1
        # The same scan again; an item that got another id because it joined a group is still the same.
        grouped = [item.model_copy(update={"item_id": f"group-{item.item_id}"}) for item in later]
        workspace.inbox.replace([item.model_copy(update={"rank": rank}) for rank, item in enumerate(grouped, 1)])
        assert notify_contradictions(chosen, "scan-0002", patience=once).n_sent == 0
        assert notify_contradictions(chosen, "scan-0003", patience=once).n_sent == 0
    (sent,) = hook.taken
    message = sent["message"]
    assert sent["type"] == "warning" and "2 bekende beweringen" in sent["title"]
    assert f"{known} (" in message and "2 passages uit 1 document." in message
    assert f"{other} (" in message and "1 passage uit 1 document." in message
    assert trend not in message and _SECRET not in message and "mogelijk" in message
    assert "https://k.example.org/?relation=contradicts" in message


def test_a_damaged_ledger_is_begun_anew(settings: Settings) -> None:
    (settings.processed_dir / "notices.json").write_text(json.dumps({"told": 3}), encoding="utf-8")
    assert read_ledger(settings) == ToldLedger()


def test_nothing_is_written_or_loaded_outside_the_workspace(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apprise import PersistentStoreMode

    from flows.notice_sending import _asset

    home = tmp_path_factory.mktemp("home")
    plugin = home / ".config" / "apprise" / "plugins" / "own.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("raise SystemExit('loaded')", encoding="utf-8")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("APPRISE_PLUGIN_PATH", str(plugin.parent))
    monkeypatch.setenv("APPRISE_STORAGE_PATH", str(home / "storage"))
    before = sorted(settings.workspace.rglob("*"))
    with webhook(200) as hook, mail_server("u", "p") as mail:
        mails = f"mailto://u:p@127.0.0.1:{mail.port}?from=a@example.org&to=b@example.org"
        chosen = _to(settings, f"json://127.0.0.1:{hook.port}", mails)
        assert send_notice(chosen, None, "s", ["x"], patience=_QUICK).n_sent == 2
    assert [path for path in home.rglob("*") if path.is_file()] == [plugin]
    assert sorted(settings.workspace.rglob("*")) == before
    assert _asset().storage_mode is PersistentStoreMode.MEMORY and not _asset().plugin_paths


def test_teams_gets_the_message_as_a_card_without_pictures_from_elsewhere() -> None:
    from apprise import Apprise

    from flows.notice_sending import _asset

    service: Any = Apprise.instantiate("workflows://prod-1.example.org:443/flow/signature", asset=_asset())
    card = json.dumps(service.gen_payload(body="eerste\n\ntweede", title="onderwerp"))
    assert "eerste" in card and "onderwerp" in card and "http://adaptivecards.io" in card
    assert "github" not in card


def test_places_show_no_keys(tmp_path: Path) -> None:
    chosen = Settings(
        workspace=tmp_path, notices="slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ workflows://h.nl/a/b"
    )
    slack, teams = notice_places(chosen)
    assert slack.service == "Slack" and slack.host == "" and teams.host == "h.nl"
