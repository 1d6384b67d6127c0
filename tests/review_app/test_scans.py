"""The pages of scans: what runs, what was broken off, what can be started, history, and what was set aside."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from site_pages import Site

from flows.background import start_scan_process
from flows.progress import progress
from flows.progress_file import Job, JobProgress, JobState, now, recorded, write_progress
from pipelines.domain.documents import Reason
from pipelines.review_app import routes_scans
from pipelines.review_app.jobs import JobView, told_key
from pipelines.strings import LANGUAGES


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Scans that were asked for, none of which is started."""
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(routes_scans, "start_scan_process", lambda _, **values: asked.append(values))
    return asked


@pytest.fixture
def anna(site: Site, started: list[dict[str, object]]) -> TestClient:
    return site.signed_in("anna")


def _processed(site: Site) -> Path:
    return site.workspace.root / "data" / "processed"


def _told(state: JobState, reason: Reason | None = None) -> JobProgress:
    return JobProgress(job=Job.SCAN, state=state, started=now(), updated=now(), reason=reason)


def test_history_tells_of_every_scan(site: Site, anna: TestClient) -> None:
    page = anna.get("/scans").text
    run = site.workspace.runs.latest()
    assert run is not None
    assert f'href="/scans/{run.id}"' in page and "klaar" in page
    assert f'<td class="number">{run.summary["flagged"]}</td>' in page
    assert page.count("<h1>") == 1


def test_what_was_set_aside_is_told_with_its_reason(site: Site, anna: TestClient) -> None:
    for path in ("/scans", "/scans/scan-0001"):
        page = anna.get(path).text
        assert "Maak het bestand doorzoekbaar" in page and re.search(r"/documents/[0-9a-f]{20}/retry", page), path


def test_one_scan_tells_its_versions(site: Site, anna: TestClient) -> None:
    page = anna.get("/scans/scan-0001").text
    run = site.workspace.runs.get("scan-0001")
    assert all(version in page for version in run.versions.values())
    assert 'href="/documents?run=scan-0001"' in page
    assert anna.get("/scans/scan-9999").status_code == 404


def test_a_scan_is_started(site: Site, anna: TestClient, started: list[dict[str, object]]) -> None:
    answer = anna.post("/scans", data={"language": "en"})
    assert answer.status_code == 303 and started == [{"language": "en"}]
    assert "De scan is gestart" in anna.get(answer.headers["location"]).text
    anna.post("/scans", data={"language": "xx"})
    assert started[1:] == [{"language": None}]


def test_what_was_set_aside_is_read_again(site: Site, anna: TestClient, started: list[dict[str, object]]) -> None:
    aside = [d.id for d in site.workspace.documents.summaries() if "memo_OR" in d.paths[0]]
    assert anna.post("/scans/retry").status_code == 303
    assert started == [{"retry": aside}]


def test_readers_only_look(site: Site) -> None:
    rita = site.signed_in("rita")
    page = rita.get("/scans").text + rita.get("/scans/scan-0001").text
    assert 'action="/scans"' not in page and "/retry" not in page
    assert rita.post("/scans").status_code == 403 and rita.post("/scans/retry").status_code == 403


def test_a_running_scan_is_shown_live(site: Site, anna: TestClient) -> None:
    with recorded(_processed(site), Job.SCAN):
        progress().begin("find", None)
        progress().begin("read", 40)
        progress().advance("read", 12)
        told = _told(JobState.RUNNING).model_copy(update={"stage": "read", "done": 12, "total": 40})
        write_progress(_processed(site), told)
        page = anna.get("/scans").text
        part = anna.get("/scans/progress")
        other = anna.get("/documents").text
    assert 'data-poll="2" data-address="/scans/progress" data-reload="1"' in page and "Start een scan" not in page
    assert 'data-address="/scans/progress"' in other
    assert "X-Done" not in part.headers
    assert "Lezen en labelen" in part.text and "12 van 40" in part.text and 'max="40" value="12"' in part.text
    done = anna.get("/scans/progress")
    assert done.headers["X-Done"] == "1" and "<progress" not in done.text


def test_a_second_scan_is_not_started_and_it_is_said(
    site: Site, anna: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_scans, "start_scan_process", start_scan_process)
    with recorded(_processed(site), Job.SCAN):
        for path in ("/scans", "/scans/retry"):
            answer = anna.post(path)
            assert answer.headers["location"] == "/scans?told=busy"
        assert "er is geen tweede gestart" in anna.get("/scans?told=busy").text


def test_a_scan_that_was_broken_off_can_go_on(site: Site, anna: TestClient) -> None:
    run = site.workspace.runs.new("nl", {}).model_copy(update={"started": datetime(2026, 11, 3, 10, 0)})
    site.workspace.documents.register(run, [])
    write_progress(_processed(site), _told(JobState.RUNNING))
    page = anna.get("/scans").text
    assert f"{run.id} (begonnen op 3 november 2026, 11:00 uur) is onderbroken" in page and "Ga verder" in page
    assert 'tag warn">onderbroken' in page


def test_a_scan_that_died_before_it_had_a_number_is_told(site: Site, anna: TestClient) -> None:
    write_progress(_processed(site), _told(JobState.RUNNING))
    page = anna.get("/scans").text
    assert "is onderbroken. Er is niets verloren" in page and "Ga verder" in page


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason(key="error.disk_full", values={"path": "<b>x</b>"}), "De schijf is vol: &lt;b&gt;x&lt;/b&gt;"),
        (Reason(key="error.unexpected", values={"detail": "RuntimeError", "log": "x.log"}), "RuntimeError"),
        (Reason(key="error.of_another_version"), "error.of_another_version"),
        (Reason(key="error.disk_full", values={"other": 1}), "error.disk_full"),
    ],
)
def test_a_scan_that_failed_says_why(site: Site, anna: TestClient, reason: Reason, words: str) -> None:
    write_progress(_processed(site), _told(JobState.FAILED, reason))
    page = anna.get("/scans").text
    assert words in page and "<b>x</b>" not in page and "Start een scan" in page


def test_only_known_warnings_are_shown(site: Site, anna: TestClient) -> None:
    assert told_key("busy") == "busy" and told_key("<script>") is None
    page = anna.get("/scans?told=%3Cscript%3E&done=%3Cscript%3E").text
    assert page.count("<script") == 1 and 'class="warn"' not in page


def test_history_is_paged(site: Site, anna: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        run = site.workspace.runs.new("nl", {})
        site.workspace.documents.register(run, [])
        site.workspace.runs.finish(run.id, {"files": 1, "documents": "<i>"})
    monkeypatch.setattr(routes_scans, "PAGE_RUNS", 3)
    page = anna.get("/scans").text
    assert "scan-0004" in page and 'href="/scans?start=3"' in page
    assert "scan-0001" in anna.get("/scans?start=3").text and "<i>" not in anna.get("/scans/scan-0002").text


def test_every_state_and_stage_has_words_in_both_languages(site: Site, anna: TestClient) -> None:
    for language in LANGUAGES:
        anna.post("/language", data={"language": language})
        for state in JobState:
            write_progress(_processed(site), _told(state))
            assert anna.get("/scans").status_code == 200 and anna.get("/scans/progress").status_code == 200
        view = JobView(_told(JobState.RUNNING), language)
        for stage in ("find", "start", "read", "relabel", "vectors", "groups", "second_opinion", "topics", "report"):
            assert view.stage_name(stage) != stage
        assert view.stage_name("of_another_version") == "of_another_version"
