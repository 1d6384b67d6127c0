"""The forms of the update note: pages, lists, plain text and data say the same, and no text of a source is markup."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import openpyxl
import pytest
from lxml import html
from markdown_it import MarkdownIt
from report.note_samples import make_piece, note_sample, pieces, quiet_note
from report.report_material import sample

from pipelines.domain.proposals import Wording
from pipelines.domain.reports import Plot, Quotation, RevisedTable, Section, UpdateReport
from pipelines.report import (
    NoteMaterial,
    compose_scan_report,
    compose_update_note,
    render_excel,
    render_html,
    render_json,
    render_markdown,
)
from pipelines.report.markdown import _escaped
from pipelines.report.numbering import walk
from pipelines.strings import LANGUAGES, Language

HOSTILE = (
    "<script>alert(1)</script> & **vet** [klik](javascript:x) | `code` {{ 7 }} {% x %} \\ ~~weg~~ # kop\n- punt\n1. een"
)
FORMULA = '=HYPERLINK("https://example.org","klik")'


def hostile_note() -> NoteMaterial:
    """The sample with text that would be markup somewhere, in a passage, a title, a proposal and a name."""
    document = note_sample().scan.documents[0]
    piece = make_piece("field-1", document, HOSTILE + " Dit is bewezen.", key=0, row_id="B1", statement_id="B1.t1")
    piece = piece.model_copy(update={"title": HOSTILE, "relation": pieces()[0].relation, "publisher": FORMULA})
    first, *others = note_sample().proposals
    turned = [
        (p.model_copy(update={"suggestion": Wording(nl=HOSTILE, en=HOSTILE)}) if p.rule == "wording_narrowed" else p, s)
        for p, s in others
    ]
    return note_sample().model_copy(
        update={
            "pieces": (piece, *pieces()[1:]),
            "proposals": (first, *turned),
            "people": {**note_sample().people, "lezer-1": HOSTILE},
        }
    )


@cache
def note(language: Language) -> UpdateReport:
    """The sample as a note."""
    return compose_update_note(note_sample(), language)


def page(report: UpdateReport) -> html.HtmlElement:
    """The page of a report but for its plots, which take seconds to draw; parsed."""
    sections = tuple(_without_plots(section) for section in report.sections)
    report = report.model_copy(update={"sections": sections})
    return html.document_fromstring(render_html(report).decode("utf-8"))


def _without_plots(section: Section) -> Section:
    return section.model_copy(
        update={
            "items": tuple(item for item in section.items if not isinstance(item, Plot)),
            "sections": tuple(_without_plots(below) for below in section.sections),
        }
    )


def revised(report: UpdateReport) -> RevisedTable:
    """The table with changes."""
    return next(i for _, s in walk(report.sections) for i in s.items if isinstance(i, RevisedTable))


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_marks_changes_with_words_for_those_who_do_not_see_them(language: Language) -> None:
    found = page(note(language))
    marks = found.xpath("//table//ins | //table//del")
    assert len(marks) > 10
    said = {"nl": ("[toegevoegd:", "[vervalt:"), "en": ("[added:", "[removed:")}[language]
    for mark in marks:
        text = mark.text_content()
        assert text.startswith(said[0] if mark.tag == "ins" else said[1])
        assert text.rstrip().endswith("]")
    moved = [
        s for s in found.xpath("//div[contains(@class, 'statement')]") if s.text_content().strip().startswith("D1.k3")
    ]
    assert [bool(s.xpath(".//del")) for s in moved] == [True, False]
    assert len(found.xpath("//div[@class='statement kept']")) > 60


def test_remarks_and_their_statements_link_to_each_other() -> None:
    report = note("nl")
    found = page(note("nl"))
    ids = found.xpath("//@id")
    assert len(ids) == len(set(ids))
    anchors = {str(a).removeprefix("#") for a in found.xpath("//a/@href[starts-with(., '#')]")}
    assert anchors <= set(ids)
    remarks = found.xpath("//li[starts-with(@id, 'remark-')]")
    assert [li.get("value") for li in remarks] == [str(n) for n in range(1, 10)]
    n_statements = sum(
        s.remark is not None
        for c in revised(report).chapters
        for r in c.rows
        for s in (*r.known, *r.uncertain, *r.trend)
    )
    assert len(remarks) == n_statements


def test_page_has_headings_in_order_and_fetches_nothing() -> None:
    found = page(note("en"))
    levels = [int(h.tag[1]) for h in found.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert not found.xpath("//script | //link | //img | //iframe")
    assert found.get("lang") == "en"
    assert found.xpath("//*[@lang='nl']")
    assert len(found.xpath("//section[contains(@class, 'landscape')]")) == 2


def test_text_of_sources_and_people_is_never_markup() -> None:
    report = compose_update_note(hostile_note(), "nl")
    found = page(report)
    assert not found.xpath("//script")
    quoted = next(q for q in found.xpath("//blockquote") if "alert(1)" in q.text_content())
    assert "<script>alert(1)</script> & **vet** [klik](javascript:x)" in quoted.text_content()
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(render_markdown(report).decode("utf-8"))
    tree = html.document_fromstring(shown)
    assert not tree.xpath("//script | //code")
    assert not tree.xpath("//a[starts-with(@href, 'javascript')]")
    assert "<script>alert(1)</script>" in tree.text_content()
    assert "~~weg~~" in tree.text_content()
    for row in tree.xpath("//tr"):
        assert len(row) in {2, 3, 4, 5, 6, 7}
    for table in tree.xpath("//table"):
        assert len({len(row) for row in table.xpath(".//tr")}) == 1


@pytest.mark.parametrize(
    "written", [HOSTILE, "1. een", "- streep", "+ plus", "    vier spaties", "# kop", "a_b_c", "$x$", "&amp;"]
)
def test_escaped_text_is_read_back_as_it_was(written: str) -> None:
    shown = html.fromstring(f"<div>{MarkdownIt('commonmark').enable('table').render(_escaped(written.strip()))}</div>")
    assert shown.text_content().split() == written.split()
    assert {e.tag for e in shown.iter()} <= {"div", "p"}


def test_markdown_says_what_the_note_says() -> None:
    report = note("nl")
    told = render_markdown(report).decode("utf-8")
    assert told.startswith("# Updatenotitie: wat nieuw onderzoek betekent voor de kennistabel\n")
    assert "\n## 3 De kennistabel met wijzigingen\n" in told
    assert "<del>Minder presterende werkenden" in told
    assert "<ins>Onafhankelijke studies wijzen op het volgende: “Een kantoor" in told
    assert "welke taken <del>verdwijnen</del><ins>vervallen</ins>, de interessante" in told
    assert "**In bedrijven die AI invoerden lag de productie per uur na twee jaar 9% hoger" in told
    tree = html.document_fromstring(MarkdownIt("commonmark").enable("table").render(told))
    assert tree.xpath("//h2")[0].text == "1 Nieuw bij de vier vragen"
    n_quotations = sum(isinstance(i, Quotation) for _, s in walk(report.sections) for i in s.items)
    assert len(tree.xpath("//blockquote")) == n_quotations + 9


@pytest.mark.parametrize("language", LANGUAGES)
def test_json_is_read_back_as_the_same_note(language: Language) -> None:
    report = note(language)
    content = json.loads(render_json(report))
    assert content["format"] == "kennisstand-report"
    assert content["schema_version"] == 1
    assert UpdateReport.model_validate(content["report"]) == report
    assert content["numbers"]["chapters"]["table"] == "3"
    assert content["numbers"]["captions"]["revised-table"] == 2


def test_json_of_text_that_no_file_can_hold_keeps_its_spans() -> None:
    odd = pieces()[0].model_copy(update={"text": "Half \ud800 teken", "key_sentence": None})
    material = note_sample().model_copy(update={"pieces": (odd, *pieces()[1:])})
    content = json.loads(render_json(compose_update_note(material, "nl")))
    assert "Half \ufffd teken" in json.dumps(content, ensure_ascii=False)


def test_lists_hold_no_formula_and_every_row() -> None:
    report = compose_update_note(hostile_note(), "nl")
    book = openpyxl.load_workbook(io.BytesIO(render_excel(report)))
    assert book.sheetnames == [
        "Bewijs", "Wijzigingen en voorstellen", "Studies", "Beweringen", "Aanbevelingen", "Signaleringen", "Documenten",
        "Onderwerpen",
    ]  # fmt: skip
    assert all(c.data_type != "f" for sheet in book.worksheets for row in sheet.iter_rows() for c in row)
    values = [c.value for row in book["Bewijs"].iter_rows() for c in row]
    assert FORMULA in values
    assert [sheet.max_row - 1 for sheet in book.worksheets][:4] == [13, 10, 7, 77]


@pytest.mark.parametrize("render", [render_excel, render_json, render_markdown])
def test_the_same_note_gives_the_same_bytes(render: Callable[[UpdateReport], bytes]) -> None:
    assert render(compose_update_note(note_sample(), "nl")) == render(note("nl"))
    assert render(compose_update_note(quiet_note(), "en"))


def test_the_same_note_gives_the_same_page() -> None:
    drawn = render_html(note("nl"))
    assert drawn == render_html(compose_update_note(note_sample(), "nl"))
    assert drawn.count(b"<svg") == 8


def test_the_report_of_a_scan_has_the_new_forms_as_well() -> None:
    report = compose_scan_report(sample(), "en")
    assert UpdateReport.model_validate(json.loads(render_json(report))["report"]) == report
    told = render_markdown(report).decode("utf-8")
    assert told.count("\n## ") == len(report.sections)
    assert page(report).xpath("//h1")
