"""Figures that several documents give for one thing."""

from __future__ import annotations

import pytest
from report_material import empty, make_document, make_passage

from pipelines.domain.evidence import Figure, FigureRole
from pipelines.domain.reports import Table
from pipelines.domain.runs import LabelledPassage
from pipelines.report import compose_scan_report
from pipelines.report.figure_series import find_series
from pipelines.report.findings import select_findings
from pipelines.report.numbering import walk


def said(document: str, value: str, measures: str, **changes: object) -> LabelledPassage:
    language = changes.pop("language", "nl")
    values = {"value": value, "unit": "%", "text": f"{value}%", "start": 3, "end": 5, "measures": measures, **changes}
    figure = Figure.model_validate(values)
    passage = make_passage(f"In {value}% van de gevallen.", make_document(document), labels={"figures": (figure,)})
    return passage.model_copy(update={"passage": passage.passage.model_copy(update={"language": language})})


def series(*passages: LabelledPassage):
    documents = tuple(dict.fromkeys(p.document for p in passages))
    material = empty().model_copy(update={"passages": passages, "documents": documents})
    return find_series(select_findings(material).flagged)


def test_the_same_measure_in_both_languages_is_one_series_in_order_of_time() -> None:
    (found,) = series(
        said("a", "22", "van de bedrijven gebruikt kunstmatige intelligentie", period="in 2024"),
        said("b", "13", "of companies use artificial intelligence", language="en", period="in 2021"),
    )
    assert [(one.year, one.figure.value) for one in found.figures] == [(2021, "13"), (2024, "22")]
    assert not found.differs


def test_far_apart_for_one_year_and_place_is_said() -> None:
    words = "van de bedrijven gebruikt kunstmatige intelligentie"
    near = series(said("a", "20", words, period="in 2024"), said("b", "25", words, period="in 2024"))
    apart = series(said("a", "10", words, period="in 2024"), said("b", "25", words, period="in 2024"))
    elsewhere = series(
        said("a", "10", words, period="in 2024", place="Denemarken"), said("b", "25", words, period="in 2024")
    )
    assert [found.differs for (found,) in (near, apart, elsewhere)] == [False, True, False]


@pytest.mark.parametrize(
    "changes",
    [{"unit": "percentage points"}, {"role": FigureRole.TARGET}, {"measures": "van de vacatures vraagt ervaring"}],
)
def test_what_differs_in_kind_is_no_series(changes: dict[str, object]) -> None:
    words = "van de bedrijven gebruikt kunstmatige intelligentie"
    given = {"measures": words, **changes}
    assert series(said("a", "20", words), said("b", "25", str(given.pop("measures")), **given)) == []


def test_one_document_makes_no_series() -> None:
    words = "van de bedrijven gebruikt kunstmatige intelligentie"
    document = make_document("a")
    first, second = said("a", "20", words), said("a", "25", words)
    assert series(first, second.model_copy(update={"document": document})) == []


def test_the_report_puts_them_side_by_side() -> None:
    words = "van de bedrijven gebruikt kunstmatige intelligentie"
    passages = (said("a", "10", words, period="in 2024"), said("b", "25", words, period="in 2024"))
    material = empty().model_copy(update={"passages": passages, "documents": tuple(p.document for p in passages)})
    report = compose_scan_report(material, "nl")
    part = next(s for _, s in walk(report.sections) if s.anchor == "figure-series")
    table = next(item for item in part.items if isinstance(item, Table))
    ((row, _, figures, differs),) = table.rows
    assert row.lines[0].spans[0].text == "D1"
    assert [line.spans[0].text for line in figures.lines] == ["10%", "25%"]
    assert differs.lines[0].spans[0].text == "loopt uiteen"
