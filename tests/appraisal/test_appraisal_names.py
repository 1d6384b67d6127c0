"""Names of studies, and which document a citation of an organisation is."""

from __future__ import annotations

import pytest
from evidence_pieces import make_piece

from pipelines.appraisal.names import has_news_byline, is_organisation, main_organisation, short_authors
from pipelines.appraisal.reading import read_piece, read_text
from pipelines.appraisal.studies import find_studies
from pipelines.domain.appraisal import EvidencePiece, MergeReason, Study


def _studies(*pieces: EvidencePiece) -> list[Study]:
    return find_studies(pieces, {piece.item_id: read_piece(piece) for piece in pieces})


@pytest.mark.parametrize(
    ("authors", "publisher", "expected"),
    [
        (("Voorbeeldinstituut voor Arbeid (fictief)",), None, "Voorbeeldinstituut voor Arbeid (fictief)"),
        (("Secretariat of the Example Council on Skills",), "Example Council on Skills", "Example Council on Skills"),
        (("Secretariat of the Example Council on Skills",), None, "Example Council on Skills"),
        (("Work and Organisation Group, Template University",), None, "Template University"),
        (("Redactie Overleg & Werk",), "Voorbeeldblad Overleg & Werk", "Voorbeeldblad Overleg & Werk"),
        (("Newsroom", "Placeholder Workplace News"), None, "Placeholder Workplace News"),
        ((), "Template University, Department of Economics", "Template University"),
        (("Ministry of Social Affairs, Work and Health",), None, "Ministry of Social Affairs, Work and Health"),
        (("OECD",), None, "OECD"),
        (("Jan Peter van der Berg", "Smit, A."), "TNO", "van der Berg & Smit"),
        (("Jan Bakker, CPB",), "CPB", "Bakker"),
        (("Vries, J. de", "Voorbeeldinstituut voor Arbeid"), "Voorbeeldinstituut voor Arbeid", "de Vries"),
        (("James Bond", "Anna le Grand", "Sofie van 't Hoff"), None, "Bond et al."),
        ((), None, ""),
    ],
)  # fmt: skip
def test_who_made_a_document_in_short(authors: tuple[str, ...], publisher: str | None, expected: str) -> None:
    assert short_authors(authors, publisher) == expected


def test_a_study_has_the_name_of_its_organisation() -> None:
    organisation = "Voorbeeldinstituut voor Arbeid"
    (study,) = _studies(make_piece("a", "Wages rose.", authors=(organisation,), publisher=organisation, year=2026))
    assert study.name == "Voorbeeldinstituut voor Arbeid (2026)"


def test_surnames_are_no_organisations() -> None:
    for name in ("Boele de Raad", "James Bond", "Piet Groep", "Anna Kamer", "Vera Young", "Jan van den Berg"):
        assert not is_organisation(name)


def test_only_a_part_of_an_organisation_is_cut() -> None:
    assert main_organisation("Department of Labor, United States") == "Department of Labor, United States"
    assert main_organisation("Persvoorlichting TNO") == "TNO"


@pytest.mark.parametrize(
    ("publisher", "authors", "is_it"),
    [
        ("Template University, Department of Economics", (), True),
        ("Template University (fictitious)", (), True),
        ("Some Press", ("Work and Organisation Group, Template University (fictitious)",), True),
        ("Example University", (), False),
        ("Template University Hospital", (), False),
    ],
)
def test_a_citation_of_an_organisation_and_its_document(publisher: str, authors: tuple[str, ...], is_it: bool) -> None:
    document = make_piece("a", "Wages rose, we find.", publisher=publisher, authors=authors, year=2026)
    citing = make_piece("b", "Gains were found (Template University, 2026).", year=2026)
    studies = _studies(document, citing)
    assert (len(studies) == 1) is is_it
    if is_it:
        assert [merge.reason for merge in studies[0].merges] == [MergeReason.SAME_CITATION]


def test_an_acronym_is_the_organisation_behind_it() -> None:
    document = make_piece("a", "Wages rose.", publisher="Voorbeeldinstituut voor Arbeid (VIVA)", year=2026)
    assert len(_studies(document, make_piece("b", "Lonen stegen (VIVA, 2026).", language="nl"))) == 1


def test_organisations_that_end_in_the_same_word_are_apart() -> None:
    pieces = [
        make_piece("a", "Gains were found (Template University, 2026)."),
        make_piece("b", "Losses were found (Example University, 2026)."),
    ]
    assert len(_studies(*pieces)) == 2


def test_an_organisation_with_and_in_its_name_is_one_author() -> None:
    cited = read_text("Gains were found (Sample Centre for Work and Technology, 2023).", "en").cites
    assert [citation.authors for citation in cited] == [("sample centre for work and technology",)]
    cited = read_text("Gains were found (Centre for Work and Sample Institute, 2023).", "en").cites
    assert [citation.authors for citation in cited] == [("centre for work", "sample institute")]


@pytest.mark.parametrize(
    ("text", "language", "size"),
    [
        ("The experiment had 240 participants. Across the country 90,000 firms keep such records.", "en", 240),
        ("In a field experiment among 320 nurses it took less time; records of 41,000 workers agree.", "en", 320),
        ("A survey among 900 employees, covering 25,000 tasks.", "en", 900),
        ("A survey covering 25,000 tasks.", "en", 25000),
        ("Een enquête onder 40 bedrijven met 5.160 werknemers.", "nl", 5160),
        ("Een rondvraag van tien organisaties, met onderaan: van 319 deelnemers gebruikt 41 procent AI.", "nl", 319),
        ("Een systematisch overzicht van 26 onderzoeken onder mensen die met AI werken.", "nl", None),
    ],
)
def test_the_size_is_that_beside_the_design(text: str, language: str, size: int | None) -> None:
    assert read_text(text, language).sample_size == size


def test_the_size_of_a_study_is_told_with_its_design() -> None:
    (study,) = _studies(
        make_piece("a", "A randomised experiment with 240 participants was held.", document_id="one"),
        make_piece("b", "Records of 90,000 workers show how many do this work.", document_id="one"),
    )
    assert study.sample_size == 240


@pytest.mark.parametrize(
    ("title", "names", "text", "is_news"),
    [
        ("Title", ["Press office, Example Observatory"], "", True),
        ("Persvoorlichting", [], "", True),
        ("Title", [], "Persvoorlichting TNO, Den Haag, 21 mei 2026 – Een op de vijf werkt ermee.", True),
        ("Title", [], "Press office\nOne in five uses it.", True),
        ("Title", [], "The press office of a ministry gains most from AI: a fifth.", False),
        ("How the press office works", [], "Press office staff use it most.", False),
        ("Title", ["University Press"], "We asked the press office.", False),
    ],
)
def test_a_press_office_over_a_document_reads_as_news(title: str, names: list[str], text: str, is_news: bool) -> None:
    assert has_news_byline(title, names, text) is is_news


def test_a_release_of_the_press_office_is_not_a_second_study() -> None:
    report = make_piece("a", "Use of AI reached 22.7% of firms, with 5,172 asked.", publisher="TNO", year=2025)
    release = make_piece(
        "b", "Bij 22,7% is AI in gebruik.", language="nl", publisher="TNO", authors=("Persvoorlichting TNO",), year=2025
    )
    (study,) = _studies(report, release)
    assert [merge.reason for merge in study.merges] == [MergeReason.PRESS_RELEASE]
