"""Figures of several studies: put together where they measure the same, and only there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report.note_samples import DOCUMENTS, make_piece, make_study, note_sample

from pipelines.domain.evidence import Figure
from pipelines.report.note_evidence import NotePiece, number_pieces
from pipelines.report.note_indicators import find_indicators

#: Two measures as printed with their languages, and whether they are the same thing. Written for this test, half of
#: them before the share of shared words was set; what is wrong is named below.
PAIRS = (
    ("productie per uur", "nl", "de productie per gewerkt uur", "nl", True),
    ("output per hour", "en", "output per hour worked", "en", True),
    ("arbeidsproductiviteit", "nl", "labour productivity", "en", True),
    ("werkgelegenheid", "nl", "employment", "en", True),
    ("het loon van gebruikers", "nl", "lonen van gebruikers", "nl", True),
    ("share of firms that use AI", "en", "firms using AI", "en", True),
    ("van de bedrijven gebruikt AI", "nl", "bedrijven die AI gebruiken", "nl", True),
    ("vacatures", "nl", "job vacancies", "en", True),
    ("employment in exposed occupations", "en", "the employment of exposed occupations", "en", True),
    ("of employees", "en", "van de werknemers", "nl", True),
    ("productie per uur", "nl", "verloop van personeel", "nl", False),
    ("employment", "en", "wages", "en", False),
    ("of firms", "en", "of workers", "en", False),
    # Statistics tell people who work (also for themselves) from people who are employed.
    ("of workers", "en", "van de werknemers", "nl", False),
    ("van de bedrijven", "nl", "van de werknemers", "nl", False),
    ("werkgelegenheid", "nl", "wages", "en", False),
    ("lonen", "nl", "arbeidsproductiviteit", "nl", False),
    ("vacatures voor programmeurs", "nl", "ziekteverzuim onder programmeurs", "nl", False),
    ("share of firms that use AI", "en", "share of firms that train their staff", "en", False),
    ("electricity use per desk", "en", "output per hour", "en", False),
    ("job satisfaction", "en", "job vacancies", "en", False),
)


def study_figures(*measures: tuple[str, str, str]) -> list[NotePiece]:
    """A piece of a study of its own for each measure, language and value, all on one statement."""
    found = []
    for place, (words, language, value) in enumerate(measures):
        item = f"study{place}-1"
        piece = make_piece(item, DOCUMENTS["field"], "Er is iets gevonden.", statement_id="B1.u1").model_copy(
            update={
                "language": language,
                "figures": (Figure(value=value, unit="%", text=f"{value}%", start=0, end=2, measures=words),),
            }
        )
        found.append(
            NotePiece(
                number=f"B1-{place}", piece=piece, row_id="B1", study=make_study(f"Studie {place}", item), weighed=None,
                new=True, needed=False,
            )
        )  # fmt: skip
    return found


@pytest.mark.parametrize(("one", "its", "other", "of_other", "same"), PAIRS)
def test_measures_are_told_apart(one: str, its: str, other: str, of_other: str, same: bool) -> None:
    found = find_indicators(study_figures((one, its, "5"), (one, its, "6"), (other, of_other, "7")))
    assert bool(found) is same


def test_three_studies_are_needed_and_a_study_counts_once() -> None:
    pieces = study_figures(*[("output per hour", "en", str(n)) for n in range(3)])
    assert find_indicators(pieces[:2]) == ()
    same_study = [replace(p, study=pieces[0].study) for p in pieces]
    assert find_indicators(same_study) == ()
    (found,) = find_indicators(pieces)
    assert [one.middle for one in found.figures] == [0, 1, 2]


def test_other_units_statements_and_figures_that_are_no_numbers_stay_apart() -> None:
    pieces = study_figures(*[("output per hour", "en", value) for value in ("5", "6", "7")])
    euros = pieces[2].piece.figures[0].model_copy(update={"unit": "EUR"})
    in_euros = replace(pieces[2], piece=pieces[2].piece.model_copy(update={"figures": (euros,)}))
    elsewhere = replace(pieces[2], piece=pieces[2].piece.model_copy(update={"statement_id": "B1.k2"}))
    no_year = replace(pieces[2], piece=pieces[2].piece.model_copy(update={"year": None}))
    for third in (in_euros, elsewhere, no_year):
        assert find_indicators([*pieces[:2], third]) == ()
    for value in ("inf", "nan", "veel"):
        assert find_indicators(study_figures(*[("output", "en", v) for v in ("5", "6", value)])) == ()


def test_a_range_is_shown_from_its_lower_to_its_upper_end() -> None:
    (found,) = find_indicators(study_figures(*[("output per hour", "en", v) for v in ("5", "8-14", "-3--1")]))
    assert [(one.low, one.high, one.middle) for one in found.figures] == [(5, 5, 5), (8, 14, 11), (-3, -1, -2)]


def test_the_sample_has_one_indicator_in_two_languages() -> None:
    (found,) = find_indicators(number_pieces(note_sample()))
    assert found.statement_id == "B1.u1"
    assert {one.found.piece.language for one in found.figures} == {"nl", "en"}
