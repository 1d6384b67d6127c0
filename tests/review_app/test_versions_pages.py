"""The page of versions: compare, restore, download, and files that come back, previewed before anything changes."""

from __future__ import annotations

import html
import re
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from office.word_hand import WordHand, edited
from proposal_site import (
    NOW,
    ProposalSite,
    fixed_words,
    proposing,
    seen,
    used_words,
)
from proposal_site import page as page  # a fixture
from proposed_changes import MARKED, MARKED_TEXT

from flows.note import gather_note
from flows.workspace import open_settings_workspace
from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.proposals import ProposalState, VersionOrigin
from pipelines.report.compose_note import compose_update_note
from pipelines.report.word import render_word
from pipelines.review_app import request_guards, routes_versions
from pipelines.settings import Settings
from pipelines.table import read_table_with_notes, write_table

__all__ = ["proposing"]

UP, NEW = "trend_known B1.t1", "new_statement B1"
FIRST, SECOND = "2024-10-02", "2026-02-20"
_WORD = "notitie commissie.docx"


@pytest.fixture(scope="module")
def note(proposing: Path) -> bytes:
    """The update note in Word: the table with its proposals, without the chapters that are slow to draw."""
    settings = Settings(workspace=proposing)
    workspace = open_settings_workspace(settings)
    report = compose_update_note(gather_note(workspace, settings, None, NOW, "nl"), "nl")
    workspace.close()
    table = next(s for s in report.sections if any(item.type == "revised_table" for item in s.items))
    return render_word(report.model_copy(update={"sections": (table,), "sheets": ()}))


def _send(page: ProposalSite, content: bytes, name: str = _WORD, who: str = "eva") -> Any:
    return page.of(who).post("/versions/import", files={"file": (name, content)})


def _take(page: ProposalSite, preview: str, *people: str, who: str = "eva", **values: str) -> Any:
    """Press the button below a preview."""
    address = re.search(r'action="(/versions/import/[0-9a-f]{64})"', preview)
    assert address is not None, seen(preview)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', preview))
    given = {name: html.unescape(value) for name, value in fields.items()}
    return page.of(who).post(address.group(1), data={**given, "people": list(people), **values})


def _problem(answer: Any) -> str:
    assert answer.status_code == 409, answer.text
    found = re.search(r'role="alert"><p>(.*?)</p>', answer.text)
    assert found is not None
    return html.unescape(found.group(1))


def _reworded(table: EvidenceTable, statement_id: str, words: str) -> EvidenceTable:
    rows = [
        row.model_copy(
            update={
                "statements": tuple(
                    one.model_copy(update={"nl": words}) if one.id == statement_id else one for one in row.statements
                )
            }
        )
        for row in table.rows
    ]
    return table.model_copy(update={"rows": tuple(rows)})


def _history(page: ProposalSite) -> tuple[int, int]:
    """What must not change while somebody only looks: versions and acts."""
    return len(page.workspace.tables.records()), page.workspace.acts.last()


# Versions


def test_versions_are_listed_with_how_they_came_to_be(page: ProposalSite) -> None:
    shown = seen(page.get("rita", "/versions"))
    assert f"{SECOND} (nieuwste)" in shown and "ingelezen uit tabel van de raad.docx" in shown
    assert f"{FIRST} " in shown and "meegeleverd" in shown
    assert "Een bestand inlezen" not in shown and "terugzetten" not in shown.split("Oude versies")[1]
    own = seen(page.get("eva", "/versions"))
    assert "Een bestand inlezen" in own and "Een eerdere versie terugzetten" in own


def test_a_comparison_shows_the_words(page: ProposalSite) -> None:
    page.decide("eva", page.proposals()[UP])
    page.decide("ada", page.proposals()[UP])
    page.decide("eva", page.proposals()[NEW])
    versions = [record.version for record in page.workspace.tables.records()]
    listed = page.get("rita", "/versions")
    assert f'href="/versions?old={SECOND}&amp;new={versions[2]}#compare">1</a>' in listed
    content = page.get("rita", "/versions", old=SECOND, new=versions[2])
    (card,) = re.findall(r'<section class="card change".*?</section>', content, re.DOTALL)
    shown = seen(f"<main>{card}</main>")
    assert shown.startswith("B1.t1 Verplaatst van") and "<del>" in card and "<ins>" in card
    assert "geschrapt: lijken einde" in shown and "removed" not in shown
    content = page.get("rita", "/versions", old=versions[3], new=SECOND)  # backwards as well
    assert {"Verplaatst", "Vervallen"} == set(re.findall(r"<strong>(\w+)</strong>", content))
    assert "Deze versies zijn gelijk." in page.get("rita", "/versions", old=FIRST, new=FIRST)
    assert "Wat veranderde van" not in page.get("rita", "/versions", old=FIRST, new="<script>")


def test_restoring_needs_an_editor_and_a_reason(page: ProposalSite) -> None:
    up = page.proposals()[UP]
    page.decide("eva", up)
    page.decide("ada", up)
    before = _history(page)
    form = {"version": SECOND, "why": "Te <b>snel</b>."}
    for who in ("rita", "anna"):
        assert page.of(who).post("/versions/restore", data=form).status_code == 403
    assert _problem(page.of("eva").post("/versions/restore", data={**form, "why": " "}))
    assert "never" in _problem(page.of("eva").post("/versions/restore", data={**form, "version": "never"}))
    assert page.of("eva").post("/versions/restore", data={**form, "why": "x" * 1001}).status_code == 422
    assert _history(page) == before
    done = page.of("eva").post("/versions/restore", data=form)
    assert done.headers["location"] == "/versions?done=done.versions_restored"
    assert page.table.rows == page.workspace.tables.get(SECOND).rows
    listed = page.get("rita", "/versions")
    assert f"versie {SECOND} teruggezet" in listed and "Te &lt;b&gt;snel&lt;/b&gt;." in listed
    assert "Eva Voorbeeld" in listed
    # What was approved then is turned down now, by whoever restored.
    assert page.state(up) is ProposalState.REJECTED


# Files out


def test_every_format_reads_back_equal(page: ProposalSite) -> None:
    page.of("ada").post("/language", data={"language": "en", "next": "/"})
    spoken = {"rita": "kennistabel", "ada": "evidence-table"}
    asked = [*product(routes_versions.FORMATS, ["rita"]), ("docx", "ada"), ("md", "ada")]
    for file_format, who in asked:
        answer = page.of(who).get("/versions/file", params={"file_format": file_format})
        assert answer.status_code == 200
        named = answer.headers["content-disposition"]
        assert named.startswith("attachment;") and f"{spoken[who]}-{SECOND}.{file_format}" in unquote(named)
        assert answer.headers["x-content-type-options"] == "nosniff"
        read = read_table_with_notes(answer.content, f"tabel.{file_format}")
        assert read.table == page.table and not read.notes, file_format


def test_an_earlier_version_can_be_downloaded_and_others_are_refused(page: ProposalSite) -> None:
    browser = page.of("rita")
    old = browser.get("/versions/file", params={"file_format": "json", "version": FIRST})
    assert read_table_with_notes(old.content, "oud.json").table == page.workspace.tables.get(FIRST)
    assert browser.get("/versions/file", params={"file_format": "exe"}).status_code == 404
    for version in ("never", "../../etc/passwd", "x\r\ny: z"):
        answer = browser.get("/versions/file", params={"file_format": "csv", "version": version})
        assert answer.status_code == 409 and "attachment" not in str(answer.headers)


# Files in: the note


def test_an_edited_note_is_previewed_and_changes_nothing(page: ProposalSite, note: bytes) -> None:
    before = _history(page)
    hand = WordHand(note)
    hand.accept_all()
    hand.replace_words("C1.k1", "AI", "Kunstmatige intelligentie")
    hand.write_below("Met vriendelijke groet <script>")
    preview = _send(page, hand.save())
    assert preview.status_code == 200
    shown = seen(preview.text)
    assert shown.startswith(f"Gelezen uit {_WORD}") and "Wie keurde dit goed?" in shown
    assert re.search(r"\d voorstellen aanvaard", shown) and "1 bewering met de hand gewijzigd C1.k1" in shown
    assert "Kunstmatige intelligentie" in shown and "beweringen bleven gelijk" in shown
    ticked = re.findall(r'name="people" value="(\w+)"( checked)?', preview.text)
    assert ticked == [("ada", ""), ("eva", " checked")]
    assert "<script>" not in preview.text
    assert _history(page) == before
    untouched = _send(page, note)
    assert "opengelaten" in seen(untouched.text) and _history(page) == before


def test_it_is_taken_over_in_the_name_of_two_people(page: ProposalSite, note: bytes) -> None:
    hand = WordHand(note)
    hand.accept("B1.t1")
    hand.replace_words("C1.k1", "AI", "Kunstmatige intelligentie")
    content = hand.save()
    preview = _send(page, content).text
    done = _take(page, preview, "ada", "eva")
    assert done.status_code == 200
    shown = seen(done.text)
    assert shown.startswith(f"Overgenomen uit {_WORD} Versie 2026-03-03 is gemaakt.")
    assert "2 wijzigingen staan in de nieuwe versie" in shown
    record = page.workspace.tables.records()[-1]
    assert (record.origin, record.file, record.people) == (VersionOrigin.WORD, _WORD, ("ada", "eva"))
    names = {one.name: one.full_name for one in page.workspace.accounts.all()}
    assert f"{names['ada']}, {names['eva']} (ingevoerd door {names['eva']})" in seen(page.get("rita", "/versions"))
    assert page.statement("B1.t1").column is Column.KNOWN
    assert (
        page.statement("C1.k1").nl.startswith("Kunstmatige intelligentie")
        or "Kunstmatige" in page.statement("C1.k1").nl
    )
    assert page.state(page.workspace.proposals.all()[_id(page, UP)]) is ProposalState.APPLIED
    assert f"via {_WORD}" in seen(page.get("rita", f"/proposals/{_id(page, UP)}"))
    # Once more changes nothing.
    before = _history(page)
    again = _send(page, content).text
    assert "waren al zo" in seen(_take(page, again, "ada", "eva").text) and _history(page) == before
    assert f"uit het bewerkte Word-bestand {_WORD}" in seen(page.get("rita", "/versions"))


def _id(page: ProposalSite, name: str) -> str:
    rule, place = name.split()
    known = page.workspace.proposals.all().values()
    return next(one.id for one in known if one.rule == rule and place in (one.statement_id, one.row_id))


def test_one_person_does_not_make_it_known(page: ProposalSite, note: bytes) -> None:
    content = edited(note, lambda hand: hand.accept("B1.t1"))
    done = _take(page, _send(page, content).text, "eva")
    shown = seen(done.text)
    assert "De tabel zelf is niet veranderd." in shown and "1 voorstel wacht op nog iemand" in shown
    assert page.state(page.workspace.proposals.all()[_id(page, UP)]) is ProposalState.SECONDED
    assert page.statement("B1.t1").column is Column.TREND
    nobody = edited(note, lambda hand: hand.reject("B1.t1"))
    before = _history(page)
    done = _take(page, _send(page, nobody).text)  # whoever takes a file over counts, ticked or not
    assert "1 voorstel geweigerd" in seen(done.text) and _history(page)[0] == before[0]
    before = _history(page)
    last = page.workspace.acts.decisions()[-1]
    assert (last.person, last.verdict.value) == ("eva", "reject")
    bram = _take(page, _send(page, content).text, "eva", "bram")  # he may not approve
    assert "bram" in _problem(bram) and _history(page) == before


def test_what_is_sent_must_be_what_was_previewed(page: ProposalSite, note: bytes) -> None:
    preview = _send(page, edited(note, lambda hand: hand.accept("B1.t1"))).text
    before = _history(page)
    for name in ("anders.docx", "../../kennisstand.db", ""):
        assert "niet meer bij de hand" in _problem(_take(page, preview, "ada", "eva", name=name))
    for checksum in ("0" * 64, "1", "..%2f..%2fkennisstand.db", "A" * 64):
        answer = page.of("eva").post(f"/versions/import/{checksum}", data={"name": _WORD, "people": "eva"})
        assert answer.status_code == 404 or "niet meer bij de hand" in _problem(answer)
    assert _history(page) == before


# Files in: any table


def test_a_table_in_another_format_is_previewed_and_taken_over(page: ProposalSite) -> None:
    changed = _reworded(page.table, "C1.k1", "AI maakt werk <i>anders</i>.")
    before = _history(page)
    preview = _send(page, write_table(changed, ".csv", "nl"), "tabel.csv")
    shown = seen(preview.text)
    assert "C1.k1 Gewijzigd" in shown and "&lt;i&gt;anders&lt;/i&gt;" in preview.text
    assert "<i>" not in preview.text and _history(page) == before
    done = _take(page, preview.text)
    assert done.headers["location"] == "/versions?done=done.versions_imported"
    record = page.workspace.tables.records()[-1]
    assert (record.origin, record.file, record.people) == (VersionOrigin.IMPORTED, "tabel.csv", ("eva",))
    assert page.table.rows == changed.rows
    same = _send(page, write_table(page.table, ".yaml", "nl"), "tabel.yaml")
    assert "Er is niets veranderd" in seen(same.text) and "Neem over" not in same.text


def test_a_whole_table_does_not_wipe_out_what_came_in_meanwhile(page: ProposalSite) -> None:
    changed = _reworded(page.table, "C1.k1", "Anders.")
    preview = _send(page, write_table(changed, ".csv", "nl"), "tabel.csv").text
    page.decide("ada", page.proposals()[NEW])
    before = _history(page)
    assert "heeft intussen een andere versie" in _problem(_take(page, preview))
    assert _history(page) == before
    assert "Vervallen" in seen(_send(page, write_table(changed, ".csv", "nl"), "tabel.csv").text)


def test_an_exported_table_that_was_edited_in_word(page: ProposalSite) -> None:
    exported = page.of("rita").get("/versions/file", params={"file_format": "docx"}).content
    content = edited(exported, lambda hand: hand.replace_words("C1.k1", "AI", "Kunstmatige intelligentie"))
    preview = _send(page, content, "tabel.docx").text
    assert "1 bewering met de hand gewijzigd C1.k1" in seen(preview)
    assert "Versie 2026-03-03 is gemaakt." in seen(_take(page, preview, "eva").text)
    assert "Kunstmatige" in page.statement("C1.k1").nl
    assert page.statement(MARKED).nl == MARKED_TEXT


# Files in: what cannot be read


_NO_TABLES = [
    ("tabel.exe", b"MZ"),
    ("tabel", b"x"),
    ("tabel.pdf", b"%PDF-1.7"),
    ("tabel.docx", b"PK\x03\x04 and no more"),
    ("tabel.docx", b""),
    ("tabel.xlsx", b"PK\x03\x04 and no more"),
    ("tabel.json", b"{"),
    ("tabel.json", b"[" * 100_000),
    ("tabel.yaml", b"[" * 2_000),
    ("tabel.json", b'{"rows": 3}'),
    ("tabel.yaml", b"rows: ["),
    ("tabel.yaml", b"a: &a [x, x]\nb: &b [*a, *a]\nrows: [*b, *b]"),
    ("tabel.csv", b"\xff\xfe\x00a;b"),
    ("tabel.csv", b"row;column\nx;y"),
    ("tabel.html", b"<p>Geen tabel</p>"),
    ("tabel.md", b"# Geen tabel\n"),
    ("tabel.md", b""),
]


def test_what_is_no_table_is_told_and_changes_nothing(page: ProposalSite) -> None:
    before = _history(page)
    for name, content in _NO_TABLES:
        answer = _send(page, content, name)
        assert answer.status_code == 409, (name, content[:20])
        assert len(_problem(answer)) > 20 and "Traceback" not in answer.text
    assert _history(page) == before


def test_a_damaged_note_is_told(page: ProposalSite, note: bytes) -> None:
    for content in (note[: len(note) // 2], note[:200] + b"\x00" * 400 + note[600:]):
        assert len(_problem(_send(page, content))) > 20


_HOSTILE = ("../../../etc/tabel.csv", "C:\\tabel\\x.csv", "a\x07b<script>.csv", "x" * 300 + ".csv", "CON.csv", ".csv")


def test_hostile_file_names_stay_in_their_folder(page: ProposalSite) -> None:
    def outside() -> set[Path]:
        found = page.settings.workspace.parent.rglob("*")
        return {path for path in found if "edited" not in path.parts and not path.name.startswith("kennisstand.db")}

    before, taken = outside(), 0
    for number, name in enumerate(_HOSTILE):
        content = write_table(_reworded(page.table, "C1.k1", f"Versie {number}."), ".csv", "nl")
        answer = _send(page, content, name)
        assert "<script>" not in answer.text
        if answer.status_code == 200:
            done = _take(page, answer.text)
            assert done.headers["location"].endswith("done.versions_imported"), seen(done.text)
            assert "/" not in page.workspace.tables.records()[-1].file
            taken += 1
        else:
            assert len(_problem(answer)) > 10, name
    assert taken >= 5 and outside() == before
    assert "<script>" not in page.get("rita", "/versions")


def test_no_file_and_too_large_a_file(page: ProposalSite, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _problem(page.of("eva").post("/versions/import", data={"x": "y"})) == "Kies een bestand."
    assert page.of("eva").post("/versions/import", files={"file": ("", b"x")}).status_code == 409
    several = [("file", ("a.csv", b"x")), ("file", ("b.csv", b"x"))]
    assert page.of("eva").post("/versions/import", files=several).status_code in (400, 422)
    # A note with plots is larger than any form, and is read.
    large = b"# Geen tabel\n" + b"x" * (request_guards.FORM_BYTES + 1)
    assert len(_problem(_send(page, large, "groot.md"))) > 20
    monkeypatch.setattr(routes_versions, "IMPORT_BYTES", 2_000_000)
    assert _send(page, b"x" * 2_000_001, "groot.md").status_code == 413
    too_large = {"Content-Length": str(request_guards.IMPORT_BYTES + 2**20), "Content-Type": "multipart/form-data"}
    assert page.of("eva").post("/versions/import", content=b"x", headers=too_large).status_code == 413


def test_who_may_send_files(page: ProposalSite) -> None:
    content = write_table(page.table, ".csv", "nl")
    for who in ("rita", "anna"):
        assert _send(page, content, "tabel.csv", who).status_code == 403
        assert page.of(who).post(f"/versions/import/{'0' * 64}", data={"name": "x"}).status_code == 403
    foreign = {"Origin": "https://elders.example"}
    for address in ("/versions/import", "/versions/restore", f"/versions/import/{'0' * 64}"):
        assert page.of("eva").post(address, data={"version": FIRST, "why": "x"}, headers=foreign).status_code == 403
    assert not (page.settings.processed_dir / "edited").exists()


# Words


def test_every_text_is_in_the_language_of_the_reader(page: ProposalSite, note: bytes) -> None:
    content = edited(note, lambda hand: hand.accept_all())
    changed = write_table(_reworded(page.table, "C1.k1", "Anders."), ".csv", "nl")
    told = fixed_words("versions_page", "proposals_page", "done")
    contents: dict[str, list[str]] = {}
    for language in ("nl", "en"):
        page.of("eva").post("/language", data={"language": language, "next": "/"})
        contents[language] = [
            page.get("eva", f"/versions?old={FIRST}&new={SECOND}"),
            _send(page, content).text,
            _send(page, changed, "tabel.csv").text,
            _send(page, b"x", "tabel.exe").text,
        ]
        contents[language].append(_take(page, contents[language][1], "eva").text)
    assert used_words(contents, told) > 12
