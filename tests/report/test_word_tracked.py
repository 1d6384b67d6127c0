"""The council's table in the Word note: sound files, true tracked changes, comments, and the order of things."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import docx
import pytest
from docx.enum.section import WD_ORIENTATION
from docx.oxml.ns import qn
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
from office.ooxml_faults import faults
from revised_material import APPROVED, APPROVER, PROGRAM, PROPOSED, small_carried, small_note

from pipelines.office.carried import read_carried, read_marks
from pipelines.office.stamp import Stamp
from pipelines.office.tracked import read_body
from pipelines.report.word import render_word
from pipelines.table import starting_table
from pipelines.table.edited import read_edited
from pipelines.table.word import word_from_table

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"


@cache
def _note() -> bytes:
    return render_word(small_note())


def test_the_note_is_a_sound_word_file() -> None:
    assert faults(_note()) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_an_exported_table_is_a_sound_word_file(language: str) -> None:
    assert faults(word_from_table(starting_table(), "en" if language == "en" else "nl")) == []


def test_the_same_note_gives_the_same_file() -> None:
    assert render_word(small_note()) == _note()


def test_changes_have_the_author_and_moment_of_their_record() -> None:
    assert read_marks(_note()) == {Stamp(PROGRAM, PROPOSED), Stamp(APPROVER, APPROVED)}
    (table,) = read_body(_note()).tables
    stamps = {s for row in table.rows for cell in row.cells for p in cell.paragraphs for s in p.stamps}
    assert stamps == read_marks(_note())


def test_the_table_reads_as_it_was_and_as_proposed() -> None:
    (table,) = read_body(_note()).tables
    cells = [[p.text(accepted=how) for p in c.paragraphs] for how in (False, True) for c in table.rows[6].cells]
    assert cells[0][0] == "B1.k1 [doorgevoerd] Proeven laten zien dat taken sneller gaan. Par. 2, CDT11"
    assert cells[3][0] == "B1.k1 [doorgevoerd] Proeven laten zien dat taken 14 procent sneller gaan. Par. 2, CDT11"
    assert cells[0][2] == ""
    assert cells[2][0] == "B1.t1 [voorstel] Ook ervaren krachten lijken sneller te werken. Par. 4, CDT13"
    assert (cells[3][2], cells[5][0]) == ("B1.t1 [voorstel] Ook ervaren krachten werken sneller. Par. 4, CDT13", "")


def test_a_new_row_is_an_inserted_row() -> None:
    (table,) = read_body(_note()).tables
    assert [row.inserted for row in table.rows[-2:]] == [Stamp(PROGRAM, PROPOSED)] * 2
    assert all(row.inserted is None for row in table.rows[:-2])


def test_headings_run_over_all_columns_and_the_header_comes_back_on_each_page() -> None:
    table = docx.Document(io.BytesIO(_note())).tables[0]
    widths = [[cell.grid_span for cell in row._tr.tc_lst] for row in table.rows]
    assert widths[:4] == [[1, 1, 1], [3], [3], [1, 1, 1]]
    repeated = [row._tr.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is not None for row in table.rows]
    assert repeated == [True] + [False] * (len(table.rows) - 1)


def test_the_table_lies_down_and_what_follows_stands() -> None:
    document = docx.Document(io.BytesIO(_note()))
    turned = [section.orientation for section in document.sections]
    assert turned[-2:] == [WD_ORIENTATION.LANDSCAPE, WD_ORIENTATION.PORTRAIT]


def test_each_change_has_one_comment_with_reason_and_source() -> None:
    document = docx.Document(io.BytesIO(_note()))
    comments = list(document.comments)
    assert len(comments) == len(small_carried().changes)
    assert {comment.author for comment in comments} == {PROGRAM}
    assert {comment.timestamp for comment in comments} == {PROPOSED.replace(tzinfo=UTC)}
    assert all(comment.text.endswith("Bron: rapport, 2026, p. 3.") for comment in comments)
    places = {
        next(start.iterancestors(qn("w:p"))).findtext(f".//{qn('w:t')}") or "deleted"
        for start in document.element.body.iter(qn("w:commentRangeStart"))
    }
    assert places == {"deleted", "B1.k1 ", "B1.u1 ", "B1.t1 ", "B2.k1 ", "A1.t2 ", "B3.k1 "}


def test_what_the_note_carries_comes_back() -> None:
    assert read_carried(_note()) == small_carried()


def test_confidence_is_shown_and_no_part_of_a_statement() -> None:
    assert "zekerheid: middel" in "".join(
        piece.text for row in read_body(_note()).tables[0].rows for cell in row.cells
        for paragraph in cell.paragraphs for piece in paragraph.pieces if piece.style == "kennisstand confidence"
    )  # fmt: skip
    reading = read_edited(_note())
    assert reading is not None
    assert reading.n_unchanged == 8


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not on this machine")
def test_libreoffice_lists_the_changes_and_saves_the_file_without_loss(tmp_path: Path) -> None:
    (tmp_path / "note.docx").write_bytes(_note())
    for form in ("fodt", "docx:MS Word 2007 XML"):
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", "--norestore", "--convert-to", form]
        command += ["--outdir", str(tmp_path / form[:4]), str(tmp_path / "note.docx")]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    root = etree.parse(str(tmp_path / "fodt" / "note.fodt")).getroot()
    listed: Counter[tuple[str, str, datetime]] = Counter()
    for region in root.iter(f"{_TEXT}changed-region"):
        info = region.find(f".//{_OFFICE}change-info")
        moment = datetime.fromisoformat(info.findtext(f"{_DC}date")[:19])
        listed[region[0].tag.removeprefix(_TEXT), info.findtext(f"{_DC}creator"), moment] += 1
    # The new row is one change for its heading and one for its cell; LibreOffice has no words for the row itself.
    assert listed == {
        ("insertion", PROGRAM, PROPOSED): 5,
        ("deletion", PROGRAM, PROPOSED): 2,
        ("insertion", APPROVER, APPROVED): 1,
    }
    saved = (tmp_path / "docx" / "note.docx").read_bytes()
    assert read_carried(saved) == small_carried()
    assert read_edited(saved) == read_edited(_note())
