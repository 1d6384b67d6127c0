"""The doors of page and harvest: addresses, names, cells, origins, keys, ids and raw requests that lead astray."""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import hostile_texts
import openpyxl
import pytest
import torture_rounds
from fastapi import FastAPI
from fastapi.testclient import TestClient
from harvest.fault_server import FaultServer, redirect

from flows.exporting import EXPORT_FORMATS, write_passages
from pipelines.domain.accounts import AccountRole
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.themes import Theme
from pipelines.harvest.client import Client, client_from
from pipelines.harvest.fetching import HarvestError
from pipelines.review_app import routes_documents
from pipelines.review_app.access import AccessRules, route_access
from pipelines.review_app.app import create_app
from pipelines.review_app.passwords import hash_password
from pipelines.review_app.signing_in import check_sign_in
from pipelines.settings import Settings
from pipelines.store.accounts import COMMAND, Secret
from pipelines.store.arrivals import safe_file_name
from pipelines.store.sessions import TRIES
from pipelines.table import csv_format, write_table

_ORIGIN = "http://localhost"
_PASSWORD = "zes gele laarzen"
_PUBLIC = "93.184.216.34"
_FORMULA = re.compile(r"[\s\0]*[=+\-@＝＋－＠]")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    root = tmp_path_factory.mktemp("doors") / "workspace"
    root.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes_documents, "start_scan_process", lambda *_: None)
        made = create_app(Settings(workspace=root), AccessRules())
        secret = Secret(hash_password(_PASSWORD))
        for role in AccountRole:
            made.state.workspace.accounts.create(role.value, role.value, role, secret, actor=COMMAND)
        made.state.workspace.accounts.create("dicht", "Dicht", AccountRole.READER, secret, actor=COMMAND)
        made.state.workspace.accounts.change("dicht", actor=COMMAND, active=False)
        yield made
        made.state.desk.close()
        made.state.workspace.close()


def _browser(app: FastAPI, address: str = "127.0.0.1") -> TestClient:
    return TestClient(
        app,
        base_url=_ORIGIN,
        headers={"Origin": _ORIGIN},
        client=(address, 50_000),
        follow_redirects=False,
        raise_server_exceptions=False,
    )


def _signed_in(app: FastAPI, name: str) -> TestClient:
    browser = _browser(app)
    assert browser.post("/sign-in", data={"name": name, "password": _PASSWORD}).status_code == 303
    return browser


# ---------------------------------------------------------------- addresses


def _client(hosts: str = "") -> Client:
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        if host == "wissel.example" and asked.count(host) > 1:
            return ["127.0.0.1"]
        return {"binnen.example": ["10.0.0.5"], "bron.example": ["127.0.0.1"]}.get(host, [_PUBLIC])

    return client_from(
        contact="", hosts=hosts, request_seconds=5, pause_seconds=0, max_bytes=1000, version="1", resolve=resolve,
        sleep=lambda _: None,
    )  # fmt: skip


def test_no_address_leads_into_the_own_network(tell: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    reached: list[tuple[str, int]] = []
    connect = socket.socket.connect

    def watched(self: socket.socket, address: tuple[str, int]) -> None:
        reached.append(address)
        if address[0] != "127.0.0.1":
            raise ConnectionRefusedError  # tests ask nobody outside
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    taken = []
    for address in hostile_texts.ADDRESSES:
        with _client() as client:
            try:
                client.get(address)
                taken.append(address)
            except HarvestError:
                pass
    assert not taken and {host for host, _ in reached} <= {_PUBLIC}, (taken, reached)
    reached.clear()
    with FaultServer() as server:  # the same as a redirect of a source that may be asked by its name
        sent = [address for address in hostile_texts.ADDRESSES if address.isascii()]
        for number, address in enumerate(sent):
            server.route(f"/{number}", redirect(address))
            with _client("bron.example") as client, pytest.raises(HarvestError):
                client.get(server.url(f"/{number}", host="bron.example"))
        assert set(reached) - {(_PUBLIC, 80)} == {("127.0.0.1", server.port)}
    tell("ssrf", addresses=len(hostile_texts.ADDRESSES), as_redirects=len(sent), taken=len(taken))


# ---------------------------------------------------------------- names


def test_no_name_of_a_file_leads_out(app: FastAPI, tell: Callable[..., None]) -> None:
    root = app.state.workspace.root
    raw, outside = root / "data" / "raw", {path for path in root.parent.rglob("*") if root not in path.parents}
    browser = _signed_in(app, "reviewer")
    for number, name in enumerate(hostile_texts.NAMES):
        safe = safe_file_name(name)
        assert safe and (raw / safe).resolve().parent == raw.resolve() and not re.search(r'[/\\\x00-\x1f:*?"<>|]', safe)
        quoted = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        body = (
            b'--grens\r\nContent-Disposition: form-data; name="files"; filename="'
            + quoted.encode()
            + b'"\r\nContent-Type: text/plain\r\n\r\n'
            + f"bestand {number}".encode()
            + b"\r\n--grens--\r\n"
        )
        kind = {"Content-Type": "multipart/form-data; boundary=grens"}
        answer = browser.post("/documents/upload", content=body, headers=kind)
        assert answer.status_code in {303, 400, 413, 422}, (name, answer.status_code)
    assert {path for path in root.parent.rglob("*") if root not in path.parents} == outside
    placed = [path for path in raw.rglob("*") if path.is_file()]
    assert len(placed) >= 40 and all(path.parent == raw and not path.is_symlink() for path in placed)
    tell("traversal", names=len(hostile_texts.NAMES), kept=len(placed), outside=0)


def test_no_name_in_an_address_opens_a_file(app: FastAPI) -> None:
    browser = _signed_in(app, "admin")
    folder = app.state.workspace.root / "reports" / "2026-03-02-scan-0001"
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "geheim.docx").write_text("root:geheim")
    paths = ("/reports/{0}/{0}", "/reports/2026-03-02-scan-0001/{0}", "/static/{0}", "/documents/{0}/original",
             "/documents/{0}/pages/1", "/versions/file?file_format={0}&version={0}")  # fmt: skip
    names = (*hostile_texts.NAMES, "../geheim.docx", "..%2fgeheim.docx", "%2e%2e/geheim.docx")
    for path in paths:
        for name in names[:: torture_rounds.amount(6, 1)]:
            for written in (quote(name, safe=""), quote(name, safe="/%.\\")):
                answer = browser.get(path.format(written))
                assert answer.status_code < 500 and "content-disposition" not in answer.headers, (path, name)
                assert "root:" not in answer.text


# ---------------------------------------------------------------- cells


def _table(texts: Sequence[str]) -> EvidenceTable:
    statements = tuple(
        Statement(id=f"A1.k{n}", column=Column.KNOWN, nl=text, en=text, source=text) for n, text in enumerate(texts, 1)
    )
    rows = tuple(TableRow(id=f"B{n}", chapter=Theme.ADOPTION, nl=text, en=text) for n, text in enumerate(texts, 1))
    return EvidenceTable(version="1", rows=(TableRow(id="A1", chapter=Theme.ADOPTION, statements=statements), *rows))


def _exports(folder: Path) -> dict[str, bytes]:
    texts = hostile_texts.FORMULAS
    table = _table(texts)
    made = {
        f"table-{code}{form}": write_table(table, form, code) for form in (".xlsx", ".csv") for code in ("nl", "en")
    }
    records = [dict.fromkeys(("id", "title", "text", "key_sentence"), text) | {"rows": [text]} for text in texts]
    for form in EXPORT_FORMATS:
        path = folder / f"passages{form}"
        write_passages(records, path)
        made[path.name] = path.read_bytes()
    return {name: content for name, content in made.items() if name.endswith((".xlsx", ".csv"))}


def test_no_cell_is_a_formula(tmp_path: Path, tell: Callable[..., None]) -> None:
    cells = formulas = 0
    for name, content in _exports(tmp_path).items():
        if name.endswith(".xlsx"):
            for sheet in openpyxl.load_workbook(io.BytesIO(content)):
                for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value is not None):
                    cells, formulas = cells + 1, formulas + (cell.data_type not in {"s", "n", "inlineStr"})
                    assert cell.hyperlink is None
        else:
            delimiter = ";" if "-nl" in name else ","
            for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter):
                cells, formulas = cells + len(row), formulas + sum(bool(_FORMULA.match(cell)) for cell in row)
    tell("formulas", texts=len(hostile_texts.FORMULAS), cells=cells, formulas=formulas)
    assert cells > 500 and not formulas


@pytest.mark.skipif(
    not torture_rounds.WHOLE or shutil.which("soffice") is None, reason="LibreOffice, in the whole round"
)
def test_no_cell_is_a_formula_in_libreoffice(tmp_path: Path) -> None:
    files = []
    for name, content in _exports(tmp_path).items():  # each under a stem of its own, which its outcome is named after
        stem, _, suffix = name.rpartition(".")
        files.append(str(tmp_path / f"{stem}-as-{suffix}.{suffix}"))
        Path(files[-1]).write_bytes(content)
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "fods"]
    subprocess.run([*command, "--outdir", str(tmp_path / "out"), *files], check=True, capture_output=True, timeout=300)
    shown = list((tmp_path / "out").iterdir())
    assert len(shown) == len(files) >= 6
    for path in shown:
        assert "table:formula" not in path.read_text(encoding="utf-8"), path.name


def test_what_guards_a_cell_goes_again_when_it_is_read() -> None:
    chance = random.Random(7)
    for _ in range(torture_rounds.amount(5_000, 500_000)):
        text = "".join(chance.choices("'=+-@;,\t\r\n |1a\u00a0＝", k=chance.randint(0, 9)))
        assert csv_format._unguarded(csv_format.guarded(text)) == text


# ---------------------------------------------------------------- origins, keys, ids


def test_no_header_and_no_field_makes_a_look_into_a_change(app: FastAPI) -> None:
    browser = _signed_in(app, "admin")
    before = app.state.workspace.accounts.events(1)[0]
    overrides = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
    for route in route_access(app):
        if "POST" not in route.methods:
            continue
        path = re.sub(r"\{[^}]*\}", "reader", route.path)
        for header in overrides:
            assert browser.get(path, headers={header: "POST"}).status_code != 500
        assert browser.get(f"{path}?_method=POST").status_code != 500
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
            assert browser.request(method, path).status_code in {400, 403, 404, 405, 501}, (method, path)
    assert app.state.workspace.accounts.events(1)[0] == before
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "x" * 5000, "../../x", "' OR 1=1 --", "%00", "=;=;=", "a=b; kennisstand", '"; Path=/', "\x7f", "é"],
)
def test_junk_for_a_cookie_lets_nobody_in(app: FastAPI, cookie: str) -> None:
    answer = _browser(app).get("/account", headers={"Cookie": f"kennisstand={cookie}".encode()})
    assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
    twice = f"kennisstand={cookie}; kennisstand={cookie}; language={cookie}".encode()
    assert _browser(app).get("/account", headers={"Cookie": twice}).status_code == 303


def test_a_guessed_id_opens_nothing_to_a_lower_role(app: FastAPI) -> None:
    guesses = (
        "1",
        "0",
        "admin",
        "reader",
        "%2e%2e",
        "*",
        "0" * 20,
        "scan-0001",
        "A1",
        "topic-01",
        "null",
        "-1",
        "9" * 40,
    )
    for name in ("reader", "reviewer", "editor"):
        browser, role = _signed_in(app, name), AccountRole(name)
        for route in route_access(app):
            if "{" not in route.path or route.role is None or role.may(route.role):
                continue
            for guess in guesses[: torture_rounds.amount(3, None)]:
                path = re.sub(r"\{[^}]*\}", guess, route.path)
                for method in route.methods & {"GET", "POST"}:
                    assert browser.request(method, path).status_code in {403, 404, 405}, (name, method, path)


@pytest.mark.parametrize(
    "written",
    [
        "//elders.example/",
        "/\\elders.example",
        "https://elders.example",
        "/%0d%0aSet-Cookie:a=b",
        "/\r\nX: y",
        "javascript:x",
        "/..//elders.example",
        "\t//elders.example",
        "/@elders.example",
        "%2f%2felders.example",
    ],
)
def test_nobody_is_led_elsewhere_and_no_header_is_added(app: FastAPI, written: str) -> None:
    for path, form in (("/sign-in", {"name": "reader", "password": _PASSWORD}), ("/language", {"language": "en"})):
        answer = _browser(app).post(path, data={**form, "next": written})
        target = answer.headers["location"]
        assert answer.status_code == 303 and target.startswith("/") and not target.startswith(("//", "/\\")), target
        assert "x" not in answer.headers and not re.search(r"[\r\n]", target)


def test_guessing_is_stopped_from_one_address_and_from_many(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(TRIES + 2):
        answer = _browser(app, f"10.0.0.{number + 1}").post("/sign-in", data={"name": "editor", "password": "mis"})
        assert answer.status_code == (401 if number < TRIES else 429)
    right = _browser(app).post("/sign-in", data={"name": "editor", "password": _PASSWORD})
    assert right.status_code == 429
    # One password over many names: each name has its own count, and none of them tells whether it exists.
    answers = {
        _browser(app).post("/sign-in", data={"name": f"naam{n}", "password": "mis"}).status_code for n in range(9)
    }
    assert answers == {401}
    app.state.workspace.accounts.sessions.forget_tries("editor")


@pytest.mark.skipif(not torture_rounds.WHOLE, reason="a measurement of time, in the whole round")
def test_names_that_exist_take_as_long_as_those_that_do_not(app: FastAPI, tell: Callable[..., None]) -> None:
    accounts, taken = app.state.workspace.accounts, {"known": [], "unknown": [], "closed": []}
    names = {"known": "reader", "unknown": "niemand", "closed": "dicht"}
    for _ in range(200):  # in turns, so that what else the computer does falls on all alike
        for kind, name in names.items():
            begun = time.perf_counter()
            check_sign_in(accounts, name, "een verkeerd wachtwoord")
            taken[kind].append((time.perf_counter() - begun) * 1000)
            accounts.sessions.forget_tries(name)
    told = {}
    for kind, found in taken.items():
        deciles = statistics.quantiles(found, n=10)
        told[kind] = {
            "p10": round(deciles[0], 2),
            "median": round(statistics.median(found), 2),
            "p90": round(deciles[8], 2),
        }
    tell("sign_in_time", milliseconds=told, tries_each=200)
    spread = statistics.median(taken["known"]) * 0.1
    for kind in ("unknown", "closed"):
        assert abs(statistics.median(taken[kind]) - statistics.median(taken["known"])) < spread, told
