"""Independence is by study, not by report: what counts once, and what people keep apart."""

from __future__ import annotations

import random
from collections.abc import Sequence

from evidence_pieces import make_piece, rule
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.appraisal.near_duplicates import find_copies
from pipelines.appraisal.reading import read_piece
from pipelines.appraisal.studies import find_studies
from pipelines.domain.appraisal import Design, EvidencePiece, MergeReason, Study, StudyRuling

_LONG = (
    "Support staff who worked with the assistant closed {n} more tickets per hour than colleagues without it, and the "
    "gap was widest in the first months after they had been hired by the firm."
)


def _studies(pieces: Sequence[EvidencePiece], rulings: Sequence[StudyRuling] = ()) -> list[Study]:
    return find_studies(pieces, {piece.item_id: read_piece(piece) for piece in pieces}, rulings)


def _groups(pieces: Sequence[EvidencePiece], rulings: Sequence[StudyRuling] = ()) -> set[tuple[str, ...]]:
    return {study.items for study in _studies(pieces, rulings)}


def _reasons(studies: Sequence[Study]) -> set[MergeReason]:
    return {merge.reason for study in studies for merge in study.merges}


def test_the_same_citation_is_one_study() -> None:
    pieces = [
        make_piece("a", "Gains were found (De Vries & Smit, 2024)."),
        make_piece("b", "Dat blijkt uit De Vries en Smit (2024).", language="nl"),
        make_piece("c", "Others find gains as well (Bakker, 2022)."),
    ]
    studies = _studies(pieces)
    assert {study.items for study in studies} == {("a", "b"), ("c",)}
    assert _reasons(studies) == {MergeReason.SAME_CITATION}
    assert {study.year for study in studies} == {2024, 2022}


def test_et_al_is_the_study_of_several_authors() -> None:
    pieces = [
        make_piece("a", "Gains were found (Bakker, Smit & Jansen, 2022)."),
        make_piece("b", "Bakker et al. (2022) find gains."),
        make_piece("c", "Bakker (2022) finds gains."),
    ]
    assert _groups(pieces) == {("a", "b"), ("c",)}


def test_a_citation_and_the_document_itself() -> None:
    pieces = [
        make_piece("a", "One in five firms uses it, we find.", authors=("Jan de Vries", "Smit, A."), year=2024),
        make_piece("b", "Gains were found (De Vries & Smit, 2024)."),
        make_piece("c", "Het gebruik groeit, aldus het CPB (2023).", language="nl"),
        make_piece("d", "Usage grows.", publisher="Centraal Planbureau", year=2023),
    ]
    assert _groups(pieces) == {("a", "b"), ("c", "d")}


def test_an_organisation_with_two_reports_in_a_year() -> None:
    reports = [
        make_piece("a", "Of all firms 13.7% use it.", publisher="CPB", year=2023),
        make_piece("b", "Wages did not change at all.", publisher="CPB", year=2023),
    ]
    unclear = make_piece("c", "Little happened (CPB, 2023).")
    clear = make_piece("d", "Use stands at 13.7% (CPB, 2023).")
    assert _groups([*reports, unclear]) == {("a",), ("b",), ("c",)}
    assert ("a", "d") in _groups([*reports, clear])


def test_a_piece_that_cites_three_reports_three() -> None:
    studies = _studies([make_piece("a", "A review finds gains (Bakker, 2021; Jansen, 2022; Smit, 2023).")])
    assert [study.items for study in studies] == [("a",)] * 3
    assert len({study.id for study in studies}) == 3
    assert {study.name for study in studies} == {"Bakker (2021)", "Jansen (2022)", "Smit (2023)"}
    assert {study.design for study in studies} == {Design.UNSTATED}


def test_letters_tell_reports_of_one_year_apart() -> None:
    pieces = [
        make_piece("a", "Use grows (CPB, 2023a).", document_id="one"),
        make_piece("b", "Wages fall (CPB, 2023b).", document_id="one"),
    ]
    assert _groups(pieces) == {("a",), ("b",)}


def test_nearly_the_same_words_count_once() -> None:
    pieces = [
        make_piece("a", _LONG.format(n="14%")),
        make_piece("b", "Update. " + _LONG.format(n="14%")),
        make_piece("c", _LONG.format(n="34%")),
    ]
    studies = _studies(pieces)
    assert {study.items for study in studies} == {("a", "b"), ("c",)}
    assert _reasons(studies) == {MergeReason.NEAR_DUPLICATE}


def test_a_copy_without_the_citation_has_that_of_the_other() -> None:
    pieces = [
        make_piece("a", _LONG.format(n="14%") + " (Bakker, 2022)"),
        make_piece("b", _LONG.format(n="14%")),
        make_piece("c", "Bakker (2022) finds gains."),
    ]
    assert _groups(pieces) == {("a", "b", "c")}


def test_the_same_figures_about_the_same_people() -> None:
    pieces = [
        make_piece("a", "Among 5,172 call centre agents productivity rose by 13.8%.", year=2023),
        make_piece("b", "Bij een callcenter steeg de productiviteit met 13,8% onder 5.172 medewerkers.", language="nl"),
        make_piece("c", "Among nurses the share of errors fell by 13.8%."),
        make_piece("d", "Of all firms 20% use it and 10% plan to."),
        make_piece("e", "Of all firms 20% wait and 10% refuse."),
        make_piece("f", "Among 5,172 call centre agents productivity rose by 13.8%, back then.", year=2015),
    ]
    studies = _studies(pieces)
    assert {study.items for study in studies} == {("a", "b"), ("c",), ("d",), ("e",), ("f",)}
    assert _reasons(studies) == {MergeReason.SAME_FIGURES}
    shared = next(merge.shared for study in studies for merge in study.merges)
    assert "13.8%" in shared


def test_spoken_shares_tell_no_study() -> None:
    pieces = [
        make_piece("a", "Two thirds of the employers in our survey use it, and a quarter of the employers plan to."),
        make_piece("b", "Employers answered the survey: two thirds see gains, a quarter of the employers see none."),
        make_piece("c", "Of the employers in our survey 66.7% use it, and of the employers 24.3% plan to."),
        make_piece("d", "Employers answered the survey: 66.7% use it, and 24.3% of the employers plan to do so."),
    ]
    assert _groups(pieces) == {("a",), ("b",), ("c", "d")}


def test_a_repeated_finding_does_not_pull_whole_reports_together() -> None:
    pieces = [
        make_piece("a", "Among 5,172 call centre agents productivity rose by 13.8%.", document_id="one", year=2023),
        make_piece("b", "Pay of these agents stayed the same.", document_id="one", year=2023),
        make_piece("c", "Call centre agents, 5,172 of them, had 13.8% more productivity.", document_id="two"),
        make_piece("d", "We asked lawyers what they think of it.", document_id="two"),
    ]
    assert _groups(pieces) == {("a", "b", "c"), ("d",)}


def test_a_press_release_and_its_report() -> None:
    report = {"document_id": "report", "publisher": "TNO", "year": 2025}
    release = {"document_id": "release", "publisher": "TNO", "year": 2025, "title": "Press release: AI at work"}
    pieces = [
        make_piece("a", "Use of AI reached 22.7% of Dutch firms last year.", **report),
        make_piece("b", "Firms name costs as the main hurdle.", **report),
        make_piece("c", "Almost a quarter, 22.7%, now works with AI.", **release),
        make_piece("d", "The institute calls the outcome striking.", **release),
        make_piece("e", "Lawyers expect less work.", document_id="other", publisher="TNO", title="Press release"),
    ]
    studies = _studies(pieces)
    assert {study.items for study in studies} == {("a", "b", "c", "d"), ("e",)}
    assert MergeReason.PRESS_RELEASE in _reasons(studies)


def test_a_document_has_one_study_of_its_own() -> None:
    pieces = [
        make_piece("a", "A randomised experiment was held.", document_id="one"),
        make_piece("b", "Gains were largest for novices.", document_id="one"),
        make_piece("c", "Others found the same (Bakker, 2022).", document_id="one"),
    ]
    studies = _studies(pieces)
    assert {study.items for study in studies} == {("a", "b"), ("c",)}
    own = next(study for study in studies if study.items == ("a", "b"))
    assert own.design is Design.EXPERIMENT and own.population == ("novices",)


def test_a_title_fills_in_what_no_passage_says() -> None:
    piece = make_piece("a", "It went faster.", title="A field experiment in Dutch hospitals")
    assert _studies([piece])[0].design is Design.EXPERIMENT


def test_people_split_and_join() -> None:
    pieces = [make_piece(item, "Gains (De Vries, 2024).") for item in "abc"]
    assert _groups(pieces) == {("a", "b", "c")}
    assert _groups(pieces, [rule("a", "b", False)]) == {("a", "c"), ("b",)}
    assert _groups(pieces, [rule("a", "b", False, day=1), rule("a", "b", None, day=2)]) == {("a", "b", "c")}
    lone = [make_piece("x", "Wages rose."), make_piece("y", "Hours fell.")]
    joined = _studies(lone, [rule("x", "y", False, day=1), rule("x", "y", True, day=2)])
    assert [study.items for study in joined] == [("x", "y")]
    assert _reasons(joined) == {MergeReason.PERSON}
    assert _groups(lone, [rule("x", "gone", True)]) == {("x",), ("y",)}


def test_what_is_apart_stays_apart_through_chains() -> None:
    pieces = [
        make_piece("a", _LONG.format(n="14%") + " (Bakker, 2022)"),
        make_piece("b", _LONG.format(n="14%")),
        make_piece("c", "Bakker (2022) finds gains."),
    ]
    studies = _studies(pieces, [rule("a", "c", False), rule("b", "c", True)])
    assert not any({"a", "c"} <= set(study.items) for study in studies)
    assert any({"b", "c"} <= set(study.items) for study in studies)


def test_merges_connect_the_items_of_a_study() -> None:
    pieces = [make_piece(item, "Gains (De Vries, 2024; Smit, 2023).") for item in "abcd"]
    for study in _studies(pieces):
        linked = {study.items[0]}
        for _ in study.items:
            linked |= {x for m in study.merges for x in (m.item_a, m.item_b) if {m.item_a, m.item_b} & linked}
        assert linked == set(study.items)
        assert len(study.merges) == len(study.items) - 1


def test_copies_are_found_among_many() -> None:
    words = [f"word{i}" for i in range(400)]
    draw = random.Random(3)
    texts = {f"t{i:03d}": " ".join(draw.choices(words, k=40)) for i in range(300)}
    changed = texts["t007"].split()
    changed[20] = "other"
    texts["u"] = " ".join(changed)
    assert find_copies(texts) == {"t007": ["u"], "u": ["t007"]}


_TEXTS = (
    "Gains were found (De Vries & Smit, 2024).",
    "De Vries et al. (2024) find gains.",
    "Gains (Bakker, 2022; Jansen, 2021).",
    _LONG.format(n="14%"),
    "Among 5,172 call centre agents productivity rose by 13.8%.",
    "Call centre agents, 5,172 of them, had 13.8% more productivity.",
    "Press release: productivity of call centre agents up by 13.8%.",
    "Wages did not change.",
)


@st.composite
def some_pieces(draw: st.DrawFn) -> list[EvidencePiece]:
    """Pieces that share documents, citations, figures and words in all ways."""
    n = draw(st.integers(2, 9))
    return [
        make_piece(
            f"i{number}",
            draw(st.sampled_from(_TEXTS)),
            document_id=(document := draw(st.sampled_from("xyz"))),
            publisher={"x": "CPB", "y": "CPB", "z": None}[document],
            year={"x": 2024, "y": 2023, "z": None}[document],
            authors=("De Vries, J.", "Smit, A.") if document == "x" else (),
        )
        for number in range(n)
    ]


@settings(max_examples=25, deadline=None)
@given(
    some_pieces(),
    st.randoms(use_true_random=False),
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8), st.booleans()), max_size=3),
)
def test_order_makes_no_difference_and_apart_holds(
    pieces: list[EvidencePiece], mix: random.Random, said: list[tuple[int, int, bool]]
) -> None:
    rulings = [rule(f"i{a}", f"i{b}", together, day=day) for day, (a, b, together) in enumerate(said, 1) if a != b]
    studies = _studies(pieces, rulings)
    other, others = list(pieces), list(rulings)
    mix.shuffle(other)
    mix.shuffle(others)
    assert _studies(other, others) == studies
    assert {item for study in studies for item in study.items} == {piece.item_id for piece in pieces}
    held = {(r.item_a, r.item_b): r.together for r in rulings}
    for (left, right), together in held.items():
        if together is False:
            assert not any({left, right} <= set(study.items) for study in studies)


@settings(max_examples=25, deadline=None)
@given(some_pieces(), st.data())
def test_copies_do_not_change_the_count(pieces: list[EvidencePiece], data: st.DataObject) -> None:
    """A copy of a document, and a copy of one passage in a new document."""
    before = _studies(pieces)
    document = data.draw(st.sampled_from(sorted({piece.document_id for piece in pieces})))
    copied = [
        piece.model_copy(update={"item_id": f"zz{piece.item_id}", "document_id": "zz copy"})
        for piece in pieces
        if piece.document_id == document
    ]
    after = _studies([*pieces, *copied])
    assert len(after) == len(before)
    one = data.draw(st.sampled_from(pieces)).model_copy(update={"item_id": "zzz", "document_id": "zzz copy"})
    assert len(_studies([*pieces, one])) == len(before)
