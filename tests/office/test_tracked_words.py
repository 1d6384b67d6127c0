"""Tracked changes in Word: what is written is read again, in any mixture, and the ends of paragraphs go along."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from itertools import product
from typing import Any, Literal
from zipfile import ZipFile

import docx
import pytest
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.table import _Cell
from office.ooxml_faults import faults
from office.word_hand import WordHand

from pipelines.office.marking import ChangeMarks, initials, separators
from pipelines.office.stamp import Stamp, parse_date
from pipelines.office.tracked import TrackedBody, read_body

Kind = Literal["inserted", "deleted"]
_ANNA = Stamp("Anna", datetime(2026, 1, 2, 3, 4, 5))
_HEADING = "B1 · Rij"


def _bytes(document: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


def _body(xml: str) -> TrackedBody:
    """A document with this in its body."""
    document = docx.Document()
    for element in parse_xml(f"<w:body {nsdecls('w')}>{xml}</w:body>"):
        document.element.body.insert(len(document.element.body) - 1, element)
    return read_body(_bytes(document))


def _document_with(cells: Sequence[tuple[Kind | None, ...]]) -> Any:
    """A document with a heading over three columns, and under it cells whose paragraphs come, go or stay."""
    document = docx.Document()
    table = document.add_table(rows=1 + len(cells), cols=3)
    table.rows[0].cells[0].merge(table.rows[0].cells[2]).text = _HEADING
    marks = ChangeMarks(document)
    for tr, changes in zip(table._tbl.tr_lst[1:], cells, strict=True):
        cell = _Cell(tr.tc_lst[0], table)
        paragraphs = [cell.paragraphs[0] if n == 0 else cell.add_paragraph() for n in range(len(changes))]
        for number, (paragraph, change) in enumerate(zip(paragraphs, changes, strict=True)):
            run = paragraph.add_run(f"B1.k{number} tekst")
            if change is not None:
                marks.track_runs([run._r], change, _ANNA)
        for paragraph, mark in zip(paragraphs, separators(changes), strict=True):
            if mark is not None:
                marks.track_paragraph_mark(paragraph._p, mark, _ANNA)
    return document


_CELLS = [cell for n in range(1, 5) for cell in product((None, "inserted", "deleted"), repeat=n)]
"""Every way in which up to four paragraphs of a cell can come, go or stay."""


@pytest.mark.parametrize("accept", [True, False])
def test_paragraphs_come_and_go_with_their_ends(accept: bool) -> None:
    content = _bytes(_document_with(_CELLS))
    assert faults(content) == []
    hand = WordHand(content)
    hand.accept_all() if accept else hand.reject_all()
    gone = "deleted" if accept else "inserted"
    rows = read_body(hand.save()).tables[0].rows[1:]
    for changes, row in zip(_CELLS, rows, strict=True):
        lines = [paragraph.text(accepted=True) for paragraph in row.cells[0].paragraphs]
        left = [f"B1.k{n} tekst" for n, change in enumerate(changes) if change != gone]
        assert [line for line in lines if line] == left, changes
        kept_first = changes[0] is None and changes == tuple(sorted(changes, key=bool))
        if kept_first and len(set(changes)) == 2:
            assert lines == left, f"an empty line is left at the foot of {changes}"


def test_text_that_was_inserted_and_deleted_again_is_both() -> None:
    body = _body(
        '<w:p><w:ins w:id="1" w:author="A" w:date="2026-01-02T03:04:05Z"><w:r><w:t xml:space="preserve">een '
        '</w:t></w:r><w:del w:id="2" w:author="B" w:date="2026-01-02T03:04:06Z"><w:r><w:delText>twee</w:delText></w:r>'
        "</w:del></w:ins></w:p>"
    )
    first, second = body.paragraphs[-1].pieces
    assert (first.text, first.inserted, first.deleted) == ("een ", Stamp("A", datetime(2026, 1, 2, 3, 4, 5)), None)
    assert second.inserted == first.inserted
    assert second.deleted == Stamp("B", datetime(2026, 1, 2, 3, 4, 6))
    assert body.paragraphs[-1].text(accepted=True) == "een "
    assert body.paragraphs[-1].text(accepted=False) == ""


def test_moved_text_is_deleted_where_it_was_and_inserted_where_it_came() -> None:
    body = _body(
        '<w:p><w:moveFromRangeStart w:id="1" w:author="A" w:name="m"/><w:moveFrom w:id="2" w:author="A"><w:r><w:t>oud'
        '</w:t></w:r></w:moveFrom><w:moveFromRangeEnd w:id="1"/></w:p>'
        '<w:p><w:moveTo w:id="3" w:author="A"><w:r><w:t>oud</w:t></w:r></w:moveTo></w:p>'
    )
    old, new = body.paragraphs[-2:]
    assert [p.text(accepted=True) for p in (old, new)] == ["", "oud"]
    assert [p.text(accepted=False) for p in (old, new)] == ["oud", ""]
    assert old.stamps == new.stamps == {Stamp("A", None)}


def test_all_in_an_inserted_row_is_inserted() -> None:
    body = _body(
        '<w:tbl><w:tblPr/><w:tblGrid><w:gridCol/></w:tblGrid><w:tr><w:trPr><w:ins w:id="1" w:author="A"/></w:trPr>'
        "<w:tc><w:tcPr/><w:p><w:r><w:t>cel</w:t></w:r></w:p></w:tc></w:tr></w:tbl><w:p/>"
    )
    (paragraph,) = body.tables[0].rows[0].cells[0].paragraphs
    assert paragraph.pieces[0].inserted == Stamp("A", None)
    assert paragraph.text(accepted=False) == ""


def test_controls_links_breaks_and_fields_are_read_through() -> None:
    body = _body(
        '<w:sdt><w:sdtContent><w:p><w:hyperlink><w:r><w:t xml:space="preserve">een </w:t></w:r></w:hyperlink><w:r>'
        "<w:instrText>PAGE</w:instrText></w:r><w:smartTag><w:r><w:t>twee</w:t><w:br/><w:t>drie</w:t><w:noBreakHyphen/>"
        "<w:t>vier</w:t></w:r></w:smartTag></w:p></w:sdtContent></w:sdt>"
    )
    assert body.paragraphs[-1].text(accepted=True) == "een twee\ndrie\u2011vier"


def test_styles_are_known_by_name_whatever_their_ids() -> None:
    document = docx.Document()
    style = document.styles.add_style("Kennisstand Source Note", docx.enum.style.WD_STYLE_TYPE.CHARACTER)
    style.element.set(qn("w:styleId"), "x17")
    document.add_paragraph("tekst ").add_run("bron")
    style_mark = OxmlElement("w:rStyle")
    style_mark.set(qn("w:val"), "x17")
    document.paragraphs[0].runs[1]._r.get_or_add_rPr().append(style_mark)
    pieces = read_body(_bytes(document)).paragraphs[0].pieces
    assert [(piece.text, piece.style) for piece in pieces] == [("tekst ", ""), ("bron", "kennisstand source note")]


def test_a_comment_says_who_when_and_why() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph()
    run = paragraph.add_run("tekst")
    marks = ChangeMarks(document)
    marks.comment(
        [marks.track_runs([run._r], "inserted", _ANNA)], ["Reden.", "Bron \x01 1."], Stamp("Jan de Wit", None)
    )
    marks.comment([paragraph._p[-1]], [], _ANNA)
    content = _bytes(document)
    assert faults(content) == []
    first, second = docx.Document(io.BytesIO(content)).comments
    assert (first.author, first.initials, first.timestamp, first.text) == (
        "Jan de Wit",
        "JDW",
        None,
        "Reden.\nBron  1.",
    )
    assert second.timestamp == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_moments_are_kept_in_utc_with_whole_seconds() -> None:
    amsterdam = timezone(timedelta(hours=1))
    assert Stamp.of("A", datetime(2026, 1, 2, 12, 0, 0, 999, tzinfo=amsterdam)).date == "2026-01-02T11:00:00Z"
    assert parse_date("2026-01-02T11:00:00Z") == datetime(2026, 1, 2, 11)
    assert parse_date("geen dag") is None


def test_initials_are_few_and_never_signs() -> None:
    assert initials("Anna van der Berg-Jansen") == "AVD"
    assert initials("") == ""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('<w:ins w:id="100000"', '<w:ins w:id="100001"', "is used 2 times"),
        ('<w:ins w:id="100000" w:author="Anna"', '<w:ins w:id="100000"', "ins has no author"),
        ("<w:delText>", "<w:t>", "deleted text stands as plain text"),
        ("<w:commentRangeEnd", "<w:commentRangeStart", "not one to one"),
        ('<w:gridSpan w:val="3"/>', "", "a row covers 1 of 3 columns"),
        ("<w:rPr><w:ins", "<w:jc w:val='left'/><w:rPr><w:ins", ""),
        ("<w:rPr><w:ins", "<w:sectPr/><w:rPr><w:ins", "pPr is out of order"),
    ],
)
def test_the_check_of_word_files_finds_faults(old: str, new: str, fault: str) -> None:
    source, target = io.BytesIO(_sound_file()), io.BytesIO()
    with ZipFile(source) as archive, ZipFile(target, "w") as written:
        for name in archive.namelist():
            part = archive.read(name)
            if name == "word/document.xml":
                assert old.encode() in part
                part = part.replace(old.encode(), new.encode())
                if old == "<w:delText>":
                    part = part.replace(b"</w:delText>", b"</w:t>")
            written.writestr(name, part)
    found = faults(target.getvalue())
    assert (not found) if not fault else any(fault in one for one in found)


@cache
def _sound_file() -> bytes:
    """A file with changes and a comment, and without faults."""
    document = _document_with([(None, "inserted"), ("deleted",)])
    marks = ChangeMarks(document)
    paragraph = document.add_paragraph("tekst")
    marks.comment([paragraph._p[-1]], ["Reden."], _ANNA)
    content = _bytes(document)
    assert faults(content) == []
    return content
