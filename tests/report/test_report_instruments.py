"""The opening on the key questions, and the chapter on uncertainties, groups and kinds of application."""

from __future__ import annotations

import pytest
from report_material import empty, make_document, make_passage

from pipelines.domain.evidence import Direction, EvidenceKind, Figure, FigureRole, FigureSource, Match, Relation
from pipelines.domain.reports import BulletList, Paragraph, Section, Table
from pipelines.domain.runs import LabelledPassage
from pipelines.domain.themes import Theme
from pipelines.report import compose_scan_report
from pipelines.report.key_questions import KeyQuestion, question_of, tell_first
from pipelines.report.numbering import walk
from pipelines.strings import LANGUAGES, Language, text


def chapter(anchor: str, *passages: LabelledPassage, language: Language = "nl") -> Section:
    documents = tuple(dict.fromkeys(p.document for p in passages))
    material = empty().model_copy(update={"passages": passages, "documents": documents})
    report = compose_scan_report(material, language)
    return next(s for _, s in walk(report.sections) if s.anchor == anchor)


def lines(part: Section) -> list[str]:
    return [
        "".join(s.text for s in entry) for item in part.items if isinstance(item, BulletList) for entry in item.items
    ]


def told(part: Section) -> str:
    return " ".join(s.text for item in part.items if isinstance(item, Paragraph) for s in item.spans)


def table_rows(part: Section) -> list[list[str]]:
    table = next(item for item in part.items if isinstance(item, Table))
    return [[" | ".join("".join(s.text for s in line.spans) for line in c.lines) for c in row] for row in table.rows]


def _explaining(text: str, *parts: str) -> LabelledPassage:
    """A passage that is not flagged and explains parts of AI systems."""
    return make_passage(text, make_document("1"), labels={"flag": 0.02, "tags": [f"part.{part}" for part in parts]})


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_explains_ai_systems_stands_by_part_of_the_framework(language: Language) -> None:
    item = _explaining("Wat gaat erin: tekst of beeld? Wie bedient het systeem?", "data", "context")
    rows = table_rows(chapter("framework", item, language=language))
    assert [row[0] for row in rows] == [text(f"instrument.part.{part}", language) for part in ("context", "data")]
    assert all(row[1:3] == ["1", "1"] and "Wat gaat erin" in row[3] for row in rows)


def test_without_explanations_there_is_no_chapter_on_them() -> None:
    report = compose_scan_report(empty(), "nl")
    assert "framework" not in {s.anchor for _, s in walk(report.sections)}


def test_the_report_opens_with_the_questions() -> None:
    report = compose_scan_report(empty(), "nl")
    assert report.sections[0].anchor == "questions"
    assert [s.anchor for s in report.sections[0].sections] == [f"question-{q}" for q in KeyQuestion]
    assert told(report.sections[0].sections[0]) == "Niets nieuws."


@pytest.mark.parametrize(
    ("theme", "row", "question"),
    [
        (Theme.PRODUCTIVITY, "B1", KeyQuestion.PRODUCTIVITY),
        (Theme.PRODUCTIVITY, "B4", KeyQuestion.SKILLS),
        (Theme.EMPLOYMENT, "D5", KeyQuestion.SKILLS),
        (Theme.EMPLOYMENT, None, KeyQuestion.EMPLOYMENT),
        (Theme.JOB_QUALITY, "C1", KeyQuestion.QUALITY),
        (Theme.ADOPTION, "A1", None),
        (None, None, None),
    ],
)
def test_question_of_a_finding(theme: Theme | None, row: str | None, question: KeyQuestion | None) -> None:
    assert question_of(theme, row) is question


def test_observed_outcomes_of_many_sources_come_first() -> None:
    found = [
        ("forecast", EvidenceKind.FORECAST, 0.99, "a"),
        ("second of b", EvidenceKind.EMPIRICAL, 0.7, "b"),
        ("first of b", EvidenceKind.EMPIRICAL, 0.8, "b"),
        ("of c", EvidenceKind.REVIEW, 0.6, "c"),
    ]
    chosen = tell_first(found, lambda f: f[1], lambda f: f[2], lambda f: f[3])
    assert [f[0] for f in chosen] == ["first of b", "of c", "forecast", "second of b"]
    assert len(tell_first(found * 3, lambda f: f[1], lambda f: f[2], lambda f: f[3])) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_cited_lines_at_most(language: Language) -> None:
    passages = [
        make_passage(f"In {n}% van de banen verdween een taak.", make_document(f"d{n}"), labels={"flag": 0.6 + n / 100})
        for n in range(1, 9)
    ]
    part = chapter("question-employment", *passages, language=language)
    assert len(lines(part)) == 5
    assert lines(part)[0].startswith("In 8% van de banen verdween een taak. (D1-1, ")
    assert ("8 bevindingen uit 8 bronnen" if language == "nl" else "8 findings from 8 sources") in told(part)


def test_an_uncertainty_tells_what_moved() -> None:
    moved = {
        "tags": ("uncertainty.extent",), "relation": Relation.NARROWS, "statements": (Match(id="D1.u1", score=0.8),),
    }  # fmt: skip
    passage = make_passage("Nog 6% van de banen is geraakt.", make_document("d"), labels=moved)
    other = make_passage("Het gaat om 9% van de banen.", make_document("e"), labels={})
    part = chapter("uncertainty-extent", passage, other)
    assert "D1.u1 (1)" in told(part)
    (line,) = lines(part)
    assert line.startswith("Nog 6% van de banen is geraakt. (D1-")
    rest = told(chapter("uncertainty-manner", passage, other))
    assert rest.startswith("Onzekere beweringen in de tabel die dit noemen: ")
    assert rest.endswith("In geen nieuwe bevinding is deze onzekerheid herkend.")


def test_evidence_per_group_counts_directions_and_sources() -> None:
    document = make_document("d")
    worse = make_passage("Vrouwen verliezen werk.", document, 0, labels={"tags": ("group.women", "sector.Q")})
    better = {"tags": ("group.women",), "direction": Direction.POSITIVE}
    passages = (worse, make_passage("Vrouwen winnen tijd.", document, 1, labels=better))
    rows = table_rows(chapter("evidence-per-group", *passages))
    assert [row[0] for row in rows] == ["Vrouwen | Groepen", "Zorg en welzijn (Q) | Sectoren"]
    assert rows[0][1:5] == ["2", "1", "1 / 0 / 1 / 0", "D1"]
    english = table_rows(chapter("evidence-per-group", *passages, language="en"))
    assert [row[0] for row in english] == ["Women | Groups", "Health and care (Q) | Sectors"]


def test_evidence_is_split_by_kind_of_application() -> None:
    labels = {"tags": ("model.generative", "task.generate"), "kind": EvidenceKind.EMPIRICAL}
    passage = make_passage("Met een taalmodel schrijft men sneller.", make_document("d"), labels=labels)
    rows = table_rows(chapter("evidence-per-application", passage))
    assert [row[0] for row in rows] == ["Generatief | AI-model", "Maken | Taak en uitkomst"]


def test_without_tags_nothing_is_counted() -> None:
    passage = make_passage("Er verdween een baan.", make_document("d"), labels={})
    part = chapter("instruments", passage)
    assert "is niets herkend" in told(part)
    assert [s.anchor for s in part.sections] == ["uncertainties"]


def test_figures_are_told_with_what_the_passage_says_of_them() -> None:
    text = "In Nederland groeide het aantal banen bij bedrijven met AI 6%, tegen 18% bij andere bedrijven."
    figures = (
        Figure(
            value="6", unit="%", text="6%", start=59, end=61, measures="groeide het aantal banen",
            population="bedrijven met AI", place="Nederland", source=FigureSource.REGISTER, compared_with=69,
        ),
        Figure(value="18", unit="%", text="18%", start=69, end=72, measures="bij andere bedrijven", compared_with=59),
        Figure(value="500", unit="firms", text="500", start=0, end=2, measures="x", role=FigureRole.SAMPLE),
    )  # fmt: skip
    passage = make_passage(text, make_document("d"), labels={"figures": figures})
    rows = table_rows(chapter("figures", passage))
    assert [row[0] for row in rows] == ["6% | tegenover 18%", "18% | tegenover 6%"]
    assert rows[0][1:4] == [text, "bedrijven met AI | Nederland", "registratie"]
    report = compose_scan_report(
        empty().model_copy(update={"passages": (passage,), "documents": (passage.document,)}), "en"
    )
    sheet = next(s for s in report.sheets if s.name == "Figures")
    assert [row[3] for row in sheet.rows] == [6.0, 18.0, 500.0]
    assert [row[10] for row in sheet.rows] == ["finding", "finding", "sample"]


def test_without_figures_there_is_no_list_of_them() -> None:
    passage = make_passage("Er verdween werk.", make_document("d"), labels={})
    assert told(chapter("figures", passage)) == "De nieuwe bevindingen noemen geen cijfers."
