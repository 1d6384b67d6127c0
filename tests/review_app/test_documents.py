"""The pages of documents: lists, adding files, one document, its original; with names and texts of bad intent."""

from __future__ import annotations

import os
import re
from itertools import pairwise
from pathlib import Path

import pytest
from builders import build_document, build_passage
from fastapi.testclient import TestClient
from site_pages import Site

from flows.background import start_scan_process
from flows.discovery import find_files
from flows.progress_file import Job, recorded
from pipelines.domain.documents import BlockKind, DocumentState, Metadata
from pipelines.domain.ids import content_id, file_checksum
from pipelines.domain.passages import Boilerplate
from pipelines.errors import StoreError
from pipelines.review_app import downloads, receipts, routes_documents
from pipelines.review_app.document_text import Folded, Heading, Passages, lay_out
from pipelines.review_app.downloads import attachment, open_plain_file
from pipelines.store.arrivals import Arrival, Fate
from pipelines.store.document_lists import ShownPassage, document_passages
from pipelines.store.documents import FoundFile, ReadDocument

_SCRIPT = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&amp;"


@pytest.fixture
def anna(site: Site, started: list[object]) -> TestClient:
    return site.signed_in("anna")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Scans that were asked for, none of which is started."""
    asked: list[object] = []
    monkeypatch.setattr(routes_documents, "start_scan_process", lambda _, retry=None: asked.append(retry))
    return asked


def _ids(site: Site) -> dict[str, str]:
    return {Path(d.paths[0]).name: d.id for d in site.workspace.documents.summaries()}


def _id_of(site: Site, part: str) -> str:
    return next(document_id for name, document_id in _ids(site).items() if part in name)


def _raw(site: Site) -> Path:
    return site.workspace.root / "data" / "raw"


def _register_moved(site: Site) -> None:
    """Let the store know where the copy of the workspace has its files."""
    store = site.workspace.documents
    found = find_files([_raw(site)], {}, _raw(site))
    run = site.workspace.runs.latest()
    assert run is not None
    store.register(run, found.files)


# ---------------------------------------------------------------- the list


def test_the_list_says_what_came_of_each_file(site: Site, anna: TestClient) -> None:
    page = anna.get("/documents").text
    for document in site.workspace.documents.summaries():
        assert f'href="/documents/{document.id}"' in page
    assert "gescand, tekstherkenning nodig" in page and "Maak het bestand doorzoekbaar" in page
    assert page.count("<h1>") == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=set_aside", ("memo_OR",)),
        ("state=needs_ocr", ("memo_OR",)),
        ("words=memo_or", ("memo_OR",)),
        ("state=waiting", ()),
        ("words=bestaat+niet", ()),
        ("state=%3Cscript%3E", None),
        ("words=%25&state=text", ()),
    ],
)
def test_the_list_is_narrowed(site: Site, anna: TestClient, query: str, expected: tuple[str, ...] | None) -> None:
    page = anna.get(f"/documents?{query}").text
    shown = {name for name, document_id in _ids(site).items() if f'"/documents/{document_id}"' in page}
    names = set(_ids(site)) if expected is None else {n for n in _ids(site) if any(part in n for part in expected)}
    assert shown == names


def test_the_list_is_paged(site: Site, anna: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes_documents, "PAGE_DOCUMENTS", 4)
    first, second = anna.get("/documents").text, anna.get("/documents?start=4").text
    assert 'rel="next" href="/documents?start=4"' in first and 'rel="prev"' not in first
    assert 'rel="prev"' in second and 'rel="next"' not in second
    beyond = anna.get("/documents?start=99999").text
    assert 'rel="prev"' in beyond and 'rel="next"' not in beyond
    assert 'rel="next"' in anna.get("/documents?start=-5").text


def test_readers_see_no_way_to_change_anything(site: Site) -> None:
    rita = site.signed_in("rita")
    page = rita.get("/documents").text + rita.get(f"/documents/{_id_of(site, 'memo_OR')}").text
    assert "/documents/upload" not in page and "/retry" not in page
    assert rita.post("/documents/upload", files={"files": ("a.txt", b"x")}).status_code == 403
    assert rita.post(f"/documents/{_id_of(site, 'memo_OR')}/retry").status_code == 403
    assert not list(_raw(site).glob("a*.txt"))


def test_both_languages_have_all_words(site: Site, anna: TestClient) -> None:
    pages = ["/documents", "/documents/waiting", *(f"/documents/{i}" for i in _ids(site).values())]
    dutch = [anna.get(page).text for page in pages]
    anna.post("/language", data={"language": "en"})
    english = [anna.get(page).text for page in pages]
    assert "opzij gezet" in dutch[0] and "set aside" in english[0] and "opzij gezet" not in english[0]


def test_files_that_wait_are_told(site: Site, anna: TestClient) -> None:
    _register_moved(site)
    assert "data/raw" not in anna.get("/documents/waiting").text
    (_raw(site) / f"nieuw {_SCRIPT.replace('/', '')}.txt").write_text("Een tekst over banen.")
    part = anna.get("/documents/waiting").text
    assert "nieuw &lt;script&gt;" in part and "<script>" not in part and 'action="/scans"' in part
    for number in range(25):
        (_raw(site) / f"nog {number}.txt").write_text(f"{number}")
    assert "… en nog 6" in anna.get("/documents/waiting").text


# ---------------------------------------------------------------- adding files


def test_added_files_are_kept_and_scanned(site: Site, anna: TestClient, started: list[object]) -> None:
    files = [("files", (name, content)) for name, content in (("een.md", b"# Een"), ("twee.txt", b"Twee."))]
    answer = anna.post("/documents/upload", files=files, data={"scan": "on"})
    assert answer.status_code == 303 and answer.headers["location"].startswith("/documents?added=")
    assert (_raw(site) / "een.md").read_bytes() == b"# Een" and (_raw(site) / "twee.txt").read_bytes() == b"Twee."
    assert started == [None]
    page = anna.get(answer.headers["location"]).text
    assert "een.md" in page and "De scan is gestart" in page
    assert "De scan is gestart" not in site.signed_in("bram").get(answer.headers["location"]).text


def test_a_scan_only_starts_when_asked_for(site: Site, anna: TestClient, started: list[object]) -> None:
    anna.post("/documents/upload", files={"files": ("een.md", b"# Een")})
    assert (_raw(site) / "een.md").exists() and started == []


def test_while_a_scan_runs_files_are_kept_and_it_is_said(
    site: Site, anna: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes_documents, "start_scan_process", start_scan_process)
    with recorded(site.workspace.root / "data" / "processed", Job.SCAN):
        answer = anna.post("/documents/upload", files={"files": ("een.md", b"# Een")}, data={"scan": "on"})
        page = anna.get(answer.headers["location"]).text
        assert "Er loopt al een scan" in page and 'data-address="/scans/progress"' in page
    assert (_raw(site) / "een.md").exists()


def test_known_content_is_not_kept_twice(site: Site, anna: TestClient, started: list[object]) -> None:
    _register_moved(site)
    before = sorted(p.name for p in _raw(site).iterdir())
    known = next(p for p in _raw(site).iterdir() if "memo_OR" in p.name)
    answer = anna.post("/documents/upload", files={"files": ("anders.pdf", known.read_bytes())}, data={"scan": "on"})
    page = anna.get(answer.headers["location"]).text
    assert "was al bekend" in page and f'href="/documents/{_id_of(site, "memo_OR")}"' in page
    assert sorted(p.name for p in _raw(site).iterdir()) == before and started == []


def test_a_known_file_that_is_gone_comes_back(site: Site, anna: TestClient) -> None:
    path = _raw(site) / "weg.txt"
    path.write_bytes(b"Een tekst.")
    _register_moved(site)
    path.unlink()
    anna.post("/documents/upload", files={"files": ("terug.txt", b"Een tekst.")})
    assert (_raw(site) / "terug.txt").read_bytes() == b"Een tekst."


@pytest.mark.parametrize(
    "name",
    [
        "../../../evil.txt",
        "..\\..\\evil.txt",
        "/etc/evil.txt",
        ".evil",
        "CON",
        "kept",
        "a\x00b.txt",
        "x" * 400 + ".txt",
        _SCRIPT + ".txt",
        "\u202etxt.exe",
        "%2e%2e%2fevil.txt",
        '"; filename="other.txt',
    ],
)
def test_no_name_leads_out_of_the_folder(site: Site, anna: TestClient, name: str) -> None:
    def files() -> set[Path]:
        root = site.workspace.root.parent
        return {p for p in root.rglob("*") if p.is_file() and "processed" not in p.parts}

    before = files()
    body = b"\r\n".join(
        (
            b"--grens",
            b'Content-Disposition: form-data; name="files"; filename="'
            + name.replace('"', "%22").encode()
            + b'"\r\nContent-Type: text/plain\r\n',
            b"Een nieuwe tekst.",
            b"--grens--",
            b"",
        )
    )
    answer = anna.post(
        "/documents/upload", content=body, headers={"Content-Type": "multipart/form-data; boundary=grens"}
    )
    new = files() - before
    if answer.status_code == 303:
        assert {p.parent for p in new} <= {_raw(site)} and len(new) == 1
        assert all(not p.name.startswith(".") for p in new)
        page = anna.get(answer.headers["location"]).text
        assert "<script>alert" not in page and "onerror=alert(1)>" not in page
    else:
        assert answer.status_code == 400 and not new


def test_nothing_chosen_and_nothing_in_it_are_said(site: Site, anna: TestClient, started: list[object]) -> None:
    answer = anna.post("/documents/upload", files={"files": ("", b"")}, data={"scan": "on"})
    assert "geen bestanden gekozen" in anna.get(answer.headers["location"]).text
    answer = anna.post("/documents/upload", files={"files": ("leeg.txt", b"")}, data={"scan": "on"})
    assert "is leeg (0 bytes)" in anna.get(answer.headers["location"]).text
    assert started == [] and not list(_raw(site).glob("leeg*"))


def test_a_file_that_is_too_large_is_refused(site: Site, anna: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes_documents, "_MEGABYTE", 20)  # 100 of them
    files = [("files", ("klein.txt", b"x" * 2000)), ("files", ("groot.txt", b"x" * 2001))]
    answer = anna.post("/documents/upload", files=files)
    assert "groter dan 100 MB" in anna.get(answer.headers["location"]).text
    assert sorted(p.name for p in _raw(site).glob("*.txt")) == ["klein.txt"]


def test_a_full_disk_is_told_and_the_others_are_kept(
    site: Site, anna: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync
    full: list[bool] = [True, False]

    def fsync(handle: int) -> None:
        if full and full.pop(0):
            raise OSError(28, "No space left on device")
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    files = [("files", ("een.txt", b"een")), ("files", ("twee.txt", b"twee"))]
    answer = anna.post("/documents/upload", files=files)
    page = anna.get(answer.headers["location"]).text
    assert "De schijf is vol" in page
    assert sorted(p.name for p in _raw(site).glob("*.txt")) == ["twee.txt"]


def test_strangers_are_refused_before_their_file_is_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object, **__: object) -> None:
        raise AssertionError("the body was read")

    browsers = ((site.browser(), 401), (site.signed_in("rita"), 403))
    monkeypatch.setattr("starlette.requests.Request.form", read)
    for browser, status in browsers:
        assert browser.post("/documents/upload", files={"files": ("a.txt", b"x")}).status_code == status


def test_receipts_are_for_their_owner_and_do_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipts, "_MOST", 2)
    kept = receipts.Receipts()
    receipt = receipts.Receipt("anna", (Arrival("a", Fate.STORED),), "started")
    words = [kept.keep(receipt) for _ in range(3)]
    assert [kept.get(word, "anna") for word in words] == [None, receipt, receipt]
    assert kept.get(words[2], "bram") is None and kept.get("", "anna") is None


# ---------------------------------------------------------------- one document


def test_a_document_is_shown_in_order_with_its_flags(site: Site, anna: TestClient) -> None:
    document_id = _id_of(site, "algoritmisch-management")
    page = anna.get(f"/documents/{document_id}").text
    passages = document_passages(site.workspace.engine, document_id, 0, 1000)
    at = [page.index(f'id="p-{p.id}"') for p in passages]
    assert at == sorted(at)
    flagged = [p for p in passages if p.flagged]
    assert flagged and all(f'data-item href="/passages/{p.id}"' in page for p in flagged)
    folded = [p for p in passages if p.boilerplate]
    assert folded and "<details" in page and "inhoudsopgave" in page
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", page)]
    assert levels[0] == 1 and all(b - a <= 1 for a, b in pairwise(levels))


def test_a_long_document_comes_in_parts(site: Site, anna: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes_documents, "PAGE_PASSAGES", 10)
    document_id = _id_of(site, "algoritmisch-management")
    passages = document_passages(site.workspace.engine, document_id, 0, 1000)
    first = anna.get(f"/documents/{document_id}").text
    assert first.count('id="p-') == 10 and 'rel="next"' in first
    wanted = passages[15].id
    found = anna.get(f"/documents/{document_id}?passage={wanted}").text
    assert f'id="p-{wanted}"' in found and f'id="p-{passages[0].id}"' not in found
    assert anna.get(f"/documents/{document_id}?start=100000").status_code == 200
    elsewhere = document_passages(site.workspace.engine, _id_of(site, "mkb"), 0, 1)[0].id
    assert f'id="p-{passages[0].id}"' in anna.get(f"/documents/{document_id}?passage={elsewhere}").text


def test_what_was_set_aside_says_why_and_what_to_do(site: Site, anna: TestClient, started: list[object]) -> None:
    document_id = _id_of(site, "memo_OR")
    page = anna.get(f"/documents/{document_id}").text
    assert "Maak het bestand doorzoekbaar" in page and "Voeg de doorzoekbare versie toe" in page
    answer = anna.post(f"/documents/{document_id}/retry")
    assert answer.status_code == 303 and started == [[document_id]]
    assert "wordt opnieuw gelezen" in anna.get(answer.headers["location"]).text


def test_a_retry_while_a_scan_runs_is_said(site: Site, anna: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise StoreError("error.scan_busy", workspace="x")

    monkeypatch.setattr(routes_documents, "start_scan_process", busy)
    answer = anna.post(f"/documents/{_id_of(site, 'memo_OR')}/retry")
    assert "Er loopt al een scan" in anna.get(answer.headers["location"]).text


@pytest.mark.parametrize("path", ["/documents/nothing", "/documents/nothing/original", "/documents/%00"])
def test_unknown_documents(anna: TestClient, path: str) -> None:
    assert anna.get(path).status_code == 404


def test_every_state_has_its_words(site: Site, anna: TestClient) -> None:
    for state in DocumentState:
        content = f"{state} bytes"
        document = build_document([(BlockKind.PARAGRAPH, content)], state=state, path=f"{state}.txt")
        run = site.workspace.runs.latest()
        assert run is not None
        site.workspace.documents.register(
            run, [FoundFile(document.id, document.source.checksum, f"{state}.txt", len(content), 1)]
        )
        assert "wacht op lezen" in anna.get(f"/documents/{document.id}").text
        site.workspace.documents.save(run.id, ReadDocument(document, [], {}, [], {"read": 0.1}, {}))
        assert anna.get(f"/documents/{document.id}").status_code == 200
        assert f"{state}.txt" in anna.get(f"/documents?state={state.value}").text


def test_no_text_of_a_document_becomes_markup(site: Site, anna: TestClient) -> None:
    document = build_document(
        [(BlockKind.HEADING, _SCRIPT), (BlockKind.PARAGRAPH, _SCRIPT)],
        path=f"/map/{_SCRIPT}.txt",
        metadata=Metadata(title=_SCRIPT, publisher=_SCRIPT, authors=(_SCRIPT,), url=_SCRIPT, language=_SCRIPT[:8]),
    )
    run = site.workspace.runs.latest()
    assert run is not None
    passages = [
        build_passage(_SCRIPT, document_id=document.id, section=(_SCRIPT, _SCRIPT), language=_SCRIPT[:8]),
        build_passage(_SCRIPT, document_id=document.id, position=1, start=1000, boilerplate=Boilerplate.COLOPHON),
    ]
    site.workspace.documents.register(
        run, [FoundFile(document.id, document.source.checksum, f"/map/{_SCRIPT}.txt", 1, 1)]
    )
    site.workspace.documents.save(run.id, ReadDocument(document, passages, {}, [], {"read": 0.1}, {}))
    for path in ("/documents", f"/documents/{document.id}", "/documents?words=" + "%3Cscript%3E%22"):
        page = anna.get(path).text
        assert "&lt;script&gt;" in page, path
        assert "<script>alert" not in page and "<img src=x" not in page, path
        assert page.count("<script") == 1, path


# ---------------------------------------------------------------- laying out


def _shown(position: int, section: tuple[str, ...] = (), boilerplate: str | None = None) -> ShownPassage:
    return ShownPassage(f"p{position}", position, "tekst", section, None, "nl", boilerplate, False)


def test_headings_come_where_the_section_changes() -> None:
    pieces = lay_out(
        [
            _shown(0, ("A", "B")),
            _shown(1, ("A", "B")),
            _shown(2, boilerplate="references"),
            _shown(3, boilerplate="references"),
            _shown(4, ("A", "", "C", "D", "E", "F")),
            _shown(5),
            _shown(6, ("A",)),
        ]
    )
    assert [(p.level, p.text) if isinstance(p, Heading) else (p.kind, len(p.passages)) for p in pieces] == [
        (3, "A"),
        (4, "B"),
        ("passages", 2),
        ("folded", 2),
        (4, "C"),
        (5, "D"),
        (6, "E"),
        (6, "F"),
        ("passages", 2),
        (3, "A"),
        ("passages", 1),
    ]
    assert isinstance(pieces[2], Passages) and isinstance(pieces[3], Folded)


# ---------------------------------------------------------------- originals


def test_the_original_leaves_as_attachment(site: Site) -> None:
    rita = site.signed_in("rita")
    _register_moved(site)
    for name, document_id in _ids(site).items():
        answer = rita.get(f"/documents/{document_id}/original")
        assert answer.status_code == 200
        assert file_checksum(answer.content) == site.workspace.documents.summaries([document_id])[0].checksum
        assert answer.headers["content-type"] == "application/octet-stream", name
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert "sandbox" in answer.headers["content-security-policy"]


def test_who_removes_every_file_loses_no_original(site: Site, anna: TestClient) -> None:
    assert site.workspace.originals.lacking() == []
    for path in _raw(site).iterdir():
        if path.is_file():
            path.unlink()
    for document_id in _ids(site).values():
        assert anna.get(f"/documents/{document_id}/original").status_code == 200


def test_an_original_that_changed_is_not_given(site: Site, anna: TestClient) -> None:
    content = b"Een tekst."
    path = _raw(site) / "tekst.txt"
    path.write_bytes(content)
    run = site.workspace.runs.latest()
    assert run is not None
    checksum = file_checksum(content)
    document_id = content_id("document", checksum)
    site.workspace.documents.register(run, [FoundFile(document_id, checksum, str(path), len(content), 1)])
    assert anna.get(f"/documents/{document_id}/original").content == content
    path.write_bytes(b"Een ander.")
    changed = anna.get(f"/documents/{document_id}/original")
    assert changed.status_code == 404 and "is veranderd" in changed.text and "Een ander." not in changed.text
    path.unlink()
    gone = anna.get(f"/documents/{document_id}/original")
    assert gone.status_code == 404 and "verplaatst of verwijderd" in gone.text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    assert open_plain_file(tmp_path / "pipe.pdf") is None
    assert open_plain_file(tmp_path) is None
    assert open_plain_file(tmp_path / "missing") is None
    assert open_plain_file(Path("a\x00b")) is None


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("rapport.pdf", "attachment; filename=\"rapport.pdf\"; filename*=UTF-8''rapport.pdf"),
        ("één.pdf", "attachment; filename=\"__n.pdf\"; filename*=UTF-8''%C3%A9%C3%A9n.pdf"),
        (
            'a"b\r\nSet-Cookie: x.pdf',
            "attachment; filename=\"a_b Set-Cookie_ x.pdf\"; filename*=UTF-8''a_b%20Set-Cookie_%20x.pdf",
        ),
        ("../../x.html", "attachment; filename=\"x.html\"; filename*=UTF-8''x.html"),
        ("100%.pdf", "attachment; filename=\"100_.pdf\"; filename*=UTF-8''100%25.pdf"),
    ],
)
def test_names_of_downloads(name: str, header: str) -> None:
    assert attachment(name) == header and header.isascii()


def test_a_download_ends_where_the_file_did_when_it_began(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"12345")
    file = open_plain_file(path)
    assert file is not None
    chunks = downloads._chunks(file, 3)
    assert b"".join(chunks) == b"123" and file.closed
