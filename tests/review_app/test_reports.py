"""The page of reports: listed, downloaded, made; and no way from it to any other file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from site_pages import Site

from flows.background import JobRequest, ReportKind, do_job
from flows.progress_file import Job, JobProgress, JobState, now, recorded, write_progress
from pipelines.domain.documents import Reason
from pipelines.review_app import routes_reports
from pipelines.settings import Settings
from pipelines.store.reports import list_reports


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Reports that were asked for, none of which is made."""
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(routes_reports, "start_report_process", lambda _, **values: asked.append(values))
    return asked


@pytest.fixture
def anna(site: Site, started: list[dict[str, object]]) -> TestClient:
    return site.signed_in("anna")


def _folder(site: Site) -> Path:
    folder = site.workspace.root / "reports" / "2026-11-01-scan-0001"
    folder.mkdir(parents=True)
    (folder / "kennisstand-signaleringen.docx").write_bytes(b"word")
    (folder / "kennisstand-signaleringen.html").write_bytes(b"<script>alert(1)</script>")
    return folder


def test_without_reports_it_says_how_they_come(site: Site, anna: TestClient) -> None:
    assert "Elke scan schrijft er een" in anna.get("/reports").text


def test_reports_are_listed_and_downloaded(site: Site) -> None:
    _folder(site)
    rita = site.signed_in("rita")
    page = rita.get("/reports").text
    assert "Word" in page and "Webpagina" in page and 'href="/scans/scan-0001"' in page
    address = "/reports/2026-11-01-scan-0001/kennisstand-signaleringen.docx"
    assert address in page
    answer = rita.get(address)
    assert answer.content == b"word"
    assert answer.headers["content-disposition"].startswith(
        'attachment; filename="2026-11-01-scan-0001-kennisstand-signaleringen.docx"'
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_web_page_does_not_open_here(site: Site, anna: TestClient) -> None:
    _folder(site)
    answer = anna.get("/reports/2026-11-01-scan-0001/kennisstand-signaleringen.html")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "address",
    [
        "/reports/../data/processed/kennisstand.db",
        "/reports/%2e%2e/kennisstand.toml",
        "/reports/2026-11-01-scan-0001/%2e%2e%2f%2e%2e%2fkennisstand.toml",
        "/reports/2026-11-01-scan-0001/..%5c..%5ckennisstand.toml",
        "/reports/2026-11-01-scan-0001%2f..%2f2026-11-01-scan-0001/kennisstand-signaleringen.docx",
        "/reports//etc/passwd",
        "/reports/2026-11-01-scan-0001/%00",
        "/reports/2026-11-01-scan-0001/run.sh",
        "/reports/2026-11-01-scan-0001/",
        "/reports/linked/key.docx",
        "/reports/2026-11-01-scan-0001/key.docx",
        "/reports/./2026-11-01-scan-0001/nothing.docx",
    ],
)
def test_nothing_else_can_be_had(site: Site, anna: TestClient, address: str) -> None:
    folder = _folder(site)
    root = site.workspace.root
    (root / "kennisstand.toml").write_text("secret")
    (folder / "run.sh").write_text("secret")
    (root / "elsewhere").mkdir()
    (root / "elsewhere" / "key.docx").write_text("secret")
    (root / "reports" / "linked").symlink_to(root / "elsewhere")
    (folder / "key.docx").symlink_to(root / "elsewhere" / "key.docx")
    answer = anna.get(address)
    assert answer.status_code in {307, 404} and "secret" not in answer.text


def test_hostile_names_are_escaped(site: Site, anna: TestClient) -> None:
    folder = site.workspace.root / "reports" / "<img src=x onerror=alert(1)>"
    folder.mkdir()
    (folder / "'\"><script>alert(1)<.docx").write_bytes(b"a")
    (folder / "b.docx").write_bytes(b"b")
    page = anna.get("/reports").text
    assert "<img" not in page and "<script>alert" not in page and "&lt;img src=x" in page
    links = [part.split('"')[0] for part in page.split('href="')[1:] if part.startswith("/reports/")]
    assert sorted(anna.get(link).content for link in links) == [b"a", b"b"]


def test_a_report_is_made(site: Site, anna: TestClient, started: list[dict[str, object]]) -> None:
    answer = anna.post("/reports", data={"about": "findings", "language": "en", "since": ""})
    assert answer.status_code == 303
    assert started == [{"about": ReportKind.FINDINGS, "since": None, "language": "en"}]
    assert "Het rapport wordt gemaakt" in anna.get(answer.headers["location"]).text
    anna.post("/reports", data={"about": "bibliography", "since": "2026-01-31", "language": "nl"})
    assert started[1:] == [{"about": ReportKind.BIBLIOGRAPHY, "since": datetime(2026, 1, 31), "language": "nl"}]
    anna.post("/reports", data={"about": "anything"})
    assert started[2:] == [{"about": ReportKind.NOTE, "since": None, "language": None}]


@pytest.mark.parametrize("since", ["31-01-2026", "2026-02-30", "0001-01-01", "9999-12-31", "<script>"])
def test_a_day_that_cannot_be_is_refused(
    site: Site, anna: TestClient, started: list[dict[str, object]], since: str
) -> None:
    answer = anna.post("/reports", data={"about": "note", "since": since})
    assert answer.headers["location"] == "/reports?told=no_date" and started == []
    assert "Kies een datum" in anna.get(answer.headers["location"]).text


def test_readers_make_none(site: Site, started: list[dict[str, object]]) -> None:
    rita = site.signed_in("rita")
    assert rita.post("/reports", data={"about": "note"}).status_code == 403 and started == []
    assert 'action="/reports"' not in rita.get("/reports").text


def test_a_report_that_is_being_made_is_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = site.signed_in("anna")
    with recorded(site.workspace.root / "data" / "processed", Job.REPORT):
        page = anna.get("/reports").text
        assert 'data-address="/reports/progress"' in page and 'action="/reports"' not in page
        assert "X-Done" not in anna.get("/reports/progress").headers
        assert anna.post("/reports", data={"about": "note"}).headers["location"] == "/reports?told=busy"
        assert "geen tweede gestart" in anna.get("/reports?told=busy").text
    assert anna.get("/reports/progress").headers["X-Done"] == "1"


def test_a_report_that_failed_says_why(site: Site, anna: TestClient) -> None:
    told = JobProgress(
        job=Job.REPORT,
        state=JobState.FAILED,
        started=now(),
        updated=now(),
        reason=Reason(key="error.report_nothing"),
    )
    write_progress(site.workspace.root / "data" / "processed", told)
    assert "Doe eerst een scan" in anna.get("/reports").text


def test_reports_in_both_languages_and_periods(site: Site, settings: Settings, anna: TestClient) -> None:
    for request in (
        JobRequest(job=Job.REPORT, token="", language="nl"),
        JobRequest(job=Job.REPORT, token="", language="en", since=datetime(2026, 1, 1)),
    ):
        do_job(settings, request)
    found = {report.name: report for report in list_reports(settings.reports_dir)}
    assert sorted(name.split("-", 3)[3][:18] for name in found) == ["period-2026-01-01-", "scan-0001"]
    assert all({f.format for f in report.files} == {"docx", "html", "xlsx"} for report in found.values())
    page = anna.get("/reports").text
    assert "vanaf 1 januari 2026" in page and page.count('href="/scans/scan-0001"') == 1


def test_reports_are_paged(site: Site, anna: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    _folder(site)
    for number in range(3):
        folder = site.workspace.root / "reports" / f"2026-10-0{number + 1}-scan-000{number + 2}"
        folder.mkdir()
        (folder / "a.docx").write_bytes(b"a")
    monkeypatch.setattr(routes_reports, "PAGE_REPORTS", 3)
    first, second = anna.get("/reports").text, anna.get("/reports?start=3").text
    assert first.count(">Word ") == 3 and second.count(">Word ") == 1
