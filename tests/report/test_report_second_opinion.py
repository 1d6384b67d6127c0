"""A second opinion is shown as what it is, beside the labels, and changes no count; without one nothing is said."""

from __future__ import annotations

import io
import re

import docx
import pytest
from lxml import html
from openpyxl import load_workbook
from report_material import make_opinion, sample, sample_with_opinions

from pipelines.domain.reports import Quotation, Section, UpdateReport
from pipelines.report import compose_scan_report, render_excel, render_html, render_word
from pipelines.report.findings import select_findings
from pipelines.report.numbering import walk
from pipelines.strings import LANGUAGES, Language, text


def _section(report: UpdateReport, anchor: str) -> Section | None:
    return next((s for _, s in walk(report.sections) if s.anchor == anchor), None)


def _quotations(report: UpdateReport) -> dict[str, Quotation]:
    return {i.number: i for _, s in walk(report.sections) for i in s.items if isinstance(i, Quotation)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_agreement_and_difference_are_said(language: Language) -> None:
    quotations = _quotations(compose_scan_report(sample_with_opinions(), language))
    told = [q.second_opinion for q in quotations.values() if q.second_opinion]
    assert len(told) == 3 and all("voorbeeld-8b" in t for t in told)
    assert sum(text("report.second_opinion.agrees", language) in t for t in told) == 1
    differs = [t for t in told if text("report.second_opinion.not_flagged", language) in t]
    assert len(differs) == 1 and text("second_opinion.aspect.flag", language) in differs[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_only_the_language_model_sees_stands_apart(language: Language) -> None:
    report = compose_scan_report(sample_with_opinions(), language)
    section = _section(report, "new-second-opinion")
    assert section is not None and section.title == text("report.second_opinion.only_heading", language)
    (only,) = [i for i in section.items if isinstance(i, Quotation)]
    assert only.number == "T-1" and "D1.u1" in only.second_opinion
    assert "T-1" not in {row[0] for row in report.sheets[0].rows}


def test_nothing_else_changes() -> None:
    before, after = select_findings(sample()), select_findings(sample_with_opinions())
    assert [f.number for f in before.flagged] == [f.number for f in after.flagged]
    assert (before.n_flagged_passages, before.themes, before.n_judged) == (
        after.n_flagged_passages,
        after.themes,
        after.n_judged,
    )
    for language in LANGUAGES:
        without, with_ = compose_scan_report(sample(), language), compose_scan_report(sample_with_opinions(), language)
        assert without.sections[0] == with_.sections[0] and without.sheets == (*with_.sheets[:3], *with_.sheets[4:])
        assert all(not q.second_opinion for q in _quotations(without).values())
        assert _section(without, "second-opinion") is None and _section(without, "new-second-opinion") is None


def test_opinions_of_earlier_documents_are_not_told_again() -> None:
    scan = sample_with_opinions().model_copy(update={"new_documents": frozenset(), "second_opinions": ()})
    report = compose_scan_report(scan, "nl")
    assert len(report.sheets) == 4 and _section(report, "second-opinion") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_says_whether_text_went_outside(language: Language) -> None:
    for outside in (False, True):
        report = compose_scan_report(sample_with_opinions(outside=outside), language)
        made, account = _section(report, "made"), _section(report, "second-opinion")
        assert made is not None and account is not None
        intro, told = made.items[0].model_dump_json(), "".join(i.model_dump_json() for i in account.items)
        assert (text("report.made.intro_outside", language) in intro) is outside
        assert ("https://taal.example.org/v1" in told) is outside
        for fault, n in (("timeout", 2), ("schema", 1)):
            assert text(f"second_opinion.fault.{fault}", language, n=n) in told


def test_an_account_without_answers_still_tells_that_text_went_outside() -> None:
    scan = sample_with_opinions(outside=True)
    account = scan.second_opinions[0].model_copy(update={"n_answered": 0, "n_kept": 0})
    scan = sample().model_copy(update={"second_opinions": (account,)})
    made = _section(compose_scan_report(scan, "nl"), "made")
    assert made is not None and "buiten deze computer" in made.items[0].model_dump_json()


def test_word_and_page_show_it_and_run_nothing() -> None:
    report = compose_scan_report(sample_with_opinions(), "nl")
    paragraphs = [p.text for p in docx.Document(io.BytesIO(render_word(report))).paragraphs]
    assert sum("Tweede lezing: Taalmodel voorbeeld-8b leest:" in p for p in paragraphs) == 3
    page = render_html(report)
    assert "<b>zegt</b>" not in page.decode() and "&lt;b&gt;zegt" in page.decode()
    notes = [" ".join(p.text_content().split()) for p in html.fromstring(page).iter("p")]
    assert sum(n.startswith("Tweede lezing: Taalmodel voorbeeld-8b leest:") for n in notes) == 3


def test_the_list_in_excel_holds_both_readings() -> None:
    scan = sample_with_opinions()
    book = load_workbook(io.BytesIO(render_excel(compose_scan_report(scan, "nl"))))
    sheet = book["Tweede lezing"]
    names = [cell.value for cell in sheet[1]]
    rows = [dict(zip(names, (cell.value for cell in row), strict=True)) for row in sheet.iter_rows(min_row=2)]
    assert len(rows) == 3 and re.fullmatch(r"[A-E]\d-\d+", rows[0]["Nummer"]) and rows[2]["Nummer"] == "T-1"
    assert [r["Gesignaleerd door het model"] for r in rows] == ["ja", "ja", "nee"]
    assert [r["Van belang volgens taalmodel"] for r in rows] == ["ja", "nee", "ja"]
    reason = sheet.cell(4, names.index("Reden in zijn woorden") + 1)
    assert reason.data_type == "s" and str(reason.value).startswith("=HYPERLINK")  # text, no formula


def test_a_passage_that_both_leave_out_is_in_the_list_only() -> None:
    scan = sample()
    quiet = next(p for p in scan.passages if p.labels is not None and not p.labels.evidence.flagged)
    passages = tuple(make_opinion(p) if p.passage.id == quiet.passage.id else p for p in scan.passages)
    report = compose_scan_report(scan.model_copy(update={"passages": passages}), "en")
    assert _section(report, "new-second-opinion") is None
    assert [row[0] for row in report.sheets[3].rows] == [None]
