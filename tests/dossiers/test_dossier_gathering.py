"""What belongs to a dossier, in which order it stands, and what of it is quoted."""

from __future__ import annotations

import pytest
from dossier_records import build_candidate, build_item, build_question, build_summary

from pipelines.domain.decisions import ItemState
from pipelines.domain.dossiers import Bearing, Candidate, Dossier, DossierPart, DossierQuestion, Sign
from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.languages import LANGUAGES
from pipelines.domain.themes import Theme
from pipelines.dossiers.belonging import LEAST_RELEVANCE, STATIC_SCALE, Belonging, LikenessScale, terms_asked
from pipelines.dossiers.gathering import gather_dossier
from pipelines.dossiers.shipped import shipped_dossiers
from pipelines.table.starting import starting_table

_PROBLEM = "De kennis ontbreekt bij de ondernemingsraad van het bedrijf."


def _signs(question: DossierQuestion, candidate: Candidate) -> tuple[float, list[Sign]]:
    relevance, reasons = Belonging(question).relevance(candidate)
    return relevance, [reason.sign for reason in reasons]


@pytest.mark.parametrize(
    "text",
    [
        "De ondernemingsraad werd gehoord.",
        "Ondernemingsraden werden gehoord.",
        "Het ondernemingsraadslid werd gehoord.",
    ],
)
def test_a_term_is_found_in_other_forms_and_in_compounds(text: str) -> None:
    relevance, signs = _signs(build_question(), build_candidate(text))
    assert relevance >= LEAST_RELEVANCE and signs == [Sign.TERM]


def test_a_term_is_found_in_the_other_language_but_counts_less() -> None:
    candidate = build_candidate("The works council was heard.", language="en")
    relevance, signs = _signs(build_question(), candidate)
    assert 0 < relevance < LEAST_RELEVANCE and signs == [Sign.TERM]
    relevance, _ = _signs(build_question(terms_en=("works council",)), candidate)
    assert relevance >= LEAST_RELEVANCE


def test_a_surely_labelled_row_is_enough_and_a_theme_is_not() -> None:
    question = build_question(terms_nl=(), rows=("E2",), themes=(Theme.JOB_QUALITY,))
    assert _signs(question, build_candidate("Tekst.", rows=("E2",))) == (0.8, [Sign.ROW])
    assert _signs(question, build_candidate("Tekst.", rows=("E2",), score=0.4)) == (0.0, [])
    assert _signs(question, build_candidate("Tekst.", rows=("B1",))) == (0.0, [])
    relevance, signs = _signs(question, build_candidate("Tekst.", themes=(Theme.JOB_QUALITY,)))
    assert relevance < LEAST_RELEVANCE and signs == [Sign.THEME]


def test_a_theme_is_enough_where_nothing_else_is_asked() -> None:
    question = build_question(terms_nl=(), themes=(Theme.JOB_QUALITY,))
    relevance, signs = _signs(question, build_candidate("Tekst.", themes=(Theme.JOB_QUALITY,)))
    assert relevance >= LEAST_RELEVANCE and signs == [Sign.THEME]


def test_likeness_counts_from_what_is_a_little_alike() -> None:
    question = build_question(terms_nl=(), question_nl="Wie praat er mee?")
    for cosine, enough in ((0.2, False), (0.35, False), (0.48, True), (0.7, True)):
        relevance, _ = _signs(question, build_candidate("Tekst.", cosines=(0.0, cosine)))
        assert (relevance >= LEAST_RELEVANCE) is enough, cosine
    assert STATIC_SCALE.strength(1.0) == 0.9 and LikenessScale(0.8, 0.9).strength(0.9) == 0.5
    assert terms_asked(build_question(question_nl="Wie praat er mee?")) == ("ondernemingsraad", "Wie praat er mee?")


def _gathered(*candidates: Candidate, shown: int = 12) -> Dossier:
    return gather_dossier(build_question(), candidates, shown=shown)


def _texts(dossier: Dossier, part: DossierPart) -> list[str]:
    return [entry.item.passage.text for entry in dossier.section(part).entries]


def test_all_parts_are_there_and_what_is_of_none_is_counted() -> None:
    dossier = _gathered(
        build_candidate(_PROBLEM),
        build_candidate("De ondernemingsraad telt negen leden."),
        build_candidate("Iets heel anders."),
    )
    assert [section.part for section in dossier.sections] == list(DossierPart)
    assert (dossier.n_looked_at, dossier.n_belonging, dossier.n_other) == (3, 2, 1)
    assert _texts(dossier, DossierPart.PROBLEM) == [_PROBLEM]
    assert _gathered().sections[0].entries == ()


def test_accepted_goes_first_then_flagged_then_kind_relevance_and_year() -> None:
    def made(number: int, **values: object) -> Candidate:
        return build_candidate(f"{_PROBLEM} Zin {number}.", start=number * 1000, **values)  # type: ignore[arg-type]

    old, new = build_summary("oud", year=2019), build_summary("nieuw", year=2026)
    candidates = [
        made(1, document=old),
        made(2, document=new),
        made(3, kind=EvidenceKind.OPINION, cosines=(0.9,)),
        made(4, cosines=(0.9,), document=old),
        made(5, flag=0.9, kind=EvidenceKind.OPINION),
        made(6, state=ItemState.ACCEPTED, kind=EvidenceKind.OPINION),
    ]
    expected = [6, 5, 4, 2, 1, 3]
    for order in (candidates, candidates[::-1]):
        found = _texts(_gathered(*order), DossierPart.PROBLEM)
        assert [int(text.split()[-1].rstrip(".")) for text in found] == expected


def test_near_duplicates_are_one_entry_that_names_the_other_documents() -> None:
    first, second = build_summary("eerste"), build_summary("tweede")
    dossier = _gathered(
        build_candidate(_PROBLEM, document=first, group="g"),
        build_candidate(f"{_PROBLEM} ", document=second, group="g", flag=0.9),
        build_candidate(f"{_PROBLEM}  ", document=second, group="g", start=900),
    )
    (entry,) = dossier.section(DossierPart.PROBLEM).entries
    assert entry.item.document.id == second.id and [other.document.id for other in entry.also] == [first.id]
    assert dossier.n_belonging == 1


def test_what_an_editor_rejected_is_left_out_and_counted() -> None:
    dossier = _gathered(build_candidate(_PROBLEM, state=ItemState.REJECTED))
    assert (dossier.n_belonging, dossier.n_rejected, dossier.n_other) == (1, 1, 0)
    assert all(not section.entries for section in dossier.sections)


def test_no_more_is_shown_than_asked_and_the_rest_is_counted() -> None:
    many = [build_candidate(f"{_PROBLEM} Nummer {n}.", start=n * 1000) for n in range(5)]
    section = _gathered(*many, shown=2).section(DossierPart.PROBLEM)
    assert (len(section.entries), section.n_left) == (2, 3)


def test_the_sentence_that_carries_the_part_is_quoted() -> None:
    text = "De ondernemingsraad was erbij. Er was koffie. De kennis ontbreekt en het is te laat. Dat was het."
    (entry,) = _gathered(build_candidate(text)).section(DossierPart.PROBLEM).entries
    assert entry.quotation == "De kennis ontbreekt en het is te laat."
    case = f"Een ziekenhuis liet de ondernemingsraad kiezen. Dat werd een succes. {'Het ging goed. ' * 3}".strip()
    (entry,) = _gathered(build_candidate(case)).section(DossierPart.EXAMPLES).entries
    assert entry.quotation == case and entry.bearing is Bearing.HELPING


def test_damaged_text_is_no_hindrance() -> None:
    dossier = _gathered(build_candidate(f"\ud800 {_PROBLEM}"), build_candidate(""))
    assert dossier.n_belonging == 1


def test_shipped_dossiers_are_whole_in_both_languages() -> None:
    rows = {row.id for row in starting_table().rows}
    ids = [question.id for question in shipped_dossiers()]
    assert len(ids) == len(set(ids)) == 3
    for question in shipped_dossiers():
        assert set(question.rows) <= rows and question.themes
        assert len(question.talk_nl) == len(question.talk_en) >= 5
        assert question.terms_nl and question.terms_en
        assert len({question.name(code) for code in LANGUAGES}) == 2
        assert len(question.own_words) == 2
        for terms in (question.terms_nl, question.terms_en):
            assert len(set(terms)) == len(terms)


@pytest.mark.parametrize("number", range(3))
def test_shipped_dossiers_find_what_they_are_about(number: int) -> None:
    question = shipped_dossiers()[number]
    for language, terms in (("nl", question.terms_nl), ("en", question.terms_en)):
        for term in terms:
            candidate = Candidate(item=build_item(f"Zo is {term} daar.", language=language))
            assert _signs(question, candidate)[0] >= LEAST_RELEVANCE, term
