"""All accepted evidence against a table: placing, stances, new points, and the words that explain it."""

from __future__ import annotations

import random
import re
from datetime import date

import numpy as np
import pytest
from evidence_pieces import TABLE, make_piece, rule
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.appraisal import VectorSimilarity, appraise, explain, explain_merge, explain_study, method_version
from pipelines.appraisal.explain import number
from pipelines.appraisal.points import group_points
from pipelines.domain.appraisal import (
    Appraisal,
    ConfidenceLevel,
    Design,
    EvidencePiece,
    MergeReason,
    Setting,
    Stance,
)
from pipelines.domain.evidence import Direction, EvidenceKind, Relation
from pipelines.domain.evidence_table import Column
from pipelines.strings import LANGUAGES, keys, text

_TODAY = date(2026, 6, 1)
_LEVELS = list(ConfidenceLevel)


def _appraise(*pieces: EvidencePiece) -> Appraisal:
    return appraise(pieces, TABLE, _TODAY)


def test_three_experiments_here_give_very_high_confidence() -> None:
    found = _appraise(
        *(
            make_piece(str(n), f"A randomised experiment in Dutch firms found gains in task {n}.", year=2026)
            for n in range(3)
        )
    )
    appraised = found.statements["B1.k1"]
    assert appraised.confidence.level is ConfidenceLevel.VERY_HIGH
    assert appraised.confidence.weight_for == pytest.approx(3.0)
    assert [study.weight for study in appraised.studies] == [1.0] * 3
    assert found.confidence("B1.k2").level is ConfidenceLevel.UNDETERMINED
    assert found.table_version == "v1" and found.method_version == method_version()


def test_weight_is_the_product_of_its_parts() -> None:
    piece = make_piece("a", "A survey in Germany.", kind=EvidenceKind.REVIEW, year=2020, statement_id="B1.k2")
    study = _appraise(piece).statements["B1.k2"].studies[0]
    # Of novices the study says nothing.
    assert study.parts == {"design": 0.7, "kind": 0.9, "directness": 0.765, "recency": 0.7}
    assert study.weight == pytest.approx(0.7 * 0.9 * 0.765 * 0.7)
    other = make_piece("a", "A survey among managers in Germany.", statement_id="B1.k2")
    same = make_piece("a", "A survey among novices in Germany.", statement_id="B1.k2")
    assert _appraise(other).statements["B1.k2"].studies[0].parts["directness"] == pytest.approx(0.51)
    assert _appraise(same).statements["B1.k2"].studies[0].parts["directness"] == 0.85


def test_a_study_is_weighed_by_what_it_says_of_this_statement() -> None:
    report = {"document_id": "report"}
    found = _appraise(
        make_piece("a", "A Dutch survey finds gains.", **report),
        make_piece("b", "A simulation for the United States.", statement_id="B1.k2", **report),
        make_piece("c", "Novices gain.", statement_id="B1.u1", relation=Relation.NARROWS, **report),
    )
    assert found.statements["B1.k2"].studies[0].parts["design"] == 0.5
    assert found.statements["B1.k1"].studies[0].parts["directness"] == 1
    assert found.statements["B1.u1"].studies[0].parts["design"] == 0.7
    assert found.studies[0].design is Design.CROSS_SECTION and found.studies[0].setting is Setting.NETHERLANDS


def test_order_of_studies_and_a_study_that_says_both() -> None:
    found = _appraise(
        make_piece("a", "It helps."),
        make_piece("b", "It does not help.", relation=Relation.CONTRADICTS),
        make_piece("c", "It helps in some firms.", relation=Relation.NARROWS, confirmed_by="second"),
        make_piece("d", "It helps a lot.", document_id="both"),
        make_piece("e", "In banks it does not.", document_id="both", relation=Relation.CONTRADICTS),
    )
    studies = found.statements["B1.k1"].studies
    assert [study.stance for study in studies] == [Stance.AGAINST, Stance.NUANCE, Stance.NUANCE, Stance.FOR]
    assert {study.items for study in studies} == {("a",), ("b",), ("c",), ("d", "e")}
    assert [study.confirmed for study in studies if study.items == ("c",)] == [True]
    assert found.statements["B1.k1"].confidence.n_pieces == 5


def _open(item: str, relation: Relation, direction: Direction, **values: object) -> EvidencePiece:
    text = f"A randomised experiment in Dutch firms, number {item}."
    return make_piece(item, text, statement_id="B1.u1", relation=relation, direction=direction, **values)


def test_an_open_question_gets_an_answer() -> None:
    found = _appraise(
        _open("a", Relation.NARROWS, Direction.POSITIVE),
        _open("b", Relation.CONTRADICTS, Direction.POSITIVE),
        _open("c", Relation.NARROWS, Direction.NEGATIVE),
        _open("d", Relation.SUPPORTS, Direction.NONE),
        _open("e", Relation.NARROWS, Direction.MIXED),
    )
    appraised = found.statements["B1.u1"]
    assert appraised.confidence.answer is Direction.POSITIVE
    stances = {study.items[0]: study.stance for study in appraised.studies}
    assert stances == {"a": Stance.FOR, "b": Stance.FOR, "c": Stance.AGAINST, "d": Stance.AGAINST, "e": Stance.NUANCE}
    unclear = _appraise(_open("a", Relation.SUPPORTS, Direction.NONE)).statements["B1.u1"]
    assert unclear.confidence.answer is None and unclear.confidence.level is ConfidenceLevel.VERY_LOW


def test_placing() -> None:
    found = _appraise(
        make_piece("a", "Elsewhere in the table.", row_id="D1"),
        make_piece("b", "Bore on what is gone.", statement_id="B1.k9"),
        make_piece("c", "A new point beside a statement.", relation=Relation.NEW, row_id="D1"),
        make_piece("d", "No row at all.", row_id="Z9", statement_id=None, relation=Relation.NEW),
        make_piece("e", "No relation.", relation=None),
    )
    assert [study.items for study in found.statements["B1.k1"].studies] == [("a",)]
    assert found.statements["B1.k1"].row_id == "B1"
    places = [(point.row_id, point.studies[0].items) for point in found.new_points]
    assert places == [("B1", ("b",)), ("D1", ("c",)), (None, ("d",))]
    assert {item for study in found.studies for item in study.items} == set("abcde")
    assert set(found.readings) == set("abcde")


def _new(item: str, words: str, **values: object) -> EvidencePiece:
    return make_piece(item, words, relation=Relation.NEW, statement_id=None, **values)


def test_new_points_are_told_apart() -> None:
    words = "Translators lose orders because customers translate their texts themselves with language models."
    pieces = [
        _new("a", words, direction=Direction.NEGATIVE),
        _new(
            "b",
            "Orders of translators fall since customers translate texts with language models.",
            direction="negative",
        ),
        _new("c", "Hospitals plan rosters at night with a learning system that nurses can overrule."),
        _new("d", words.replace("lose", "win"), direction=Direction.POSITIVE),
        _new("e", words, column=Column.TREND, direction=Direction.NEGATIVE),
    ]
    grouped = [[piece.item_id for piece in group] for group in group_points(pieces)]
    assert grouped == [["a", "b"], ["c"], ["d"], ["e"]]


def test_support_and_contradiction_of_a_removed_statement_are_told_apart() -> None:
    words = "Translators lose orders because customers translate their texts themselves with language models."
    pieces = [
        make_piece(item, words, relation=relation, statement_id="B1.t9")
        for item, relation in (("a", Relation.SUPPORTS), ("b", Relation.SUPPORTS), ("c", Relation.CONTRADICTS))
    ]
    assert [[piece.item_id for piece in group] for group in group_points(pieces)] == [["a", "b"], ["c"]]


def test_vectors_join_what_words_cannot() -> None:
    pieces = [
        _new("a", "Vertalers raken opdrachten kwijt.", language="nl"),
        _new("b", "Translators receive fewer assignments."),
        _new("c", "Nurses overrule rosters."),
    ]
    near, far = np.array([1, 0], dtype=np.float32), np.array([0, 1], dtype=np.float32)
    similarity = VectorSimilarity({"a": near, "b": near, "c": far})
    assert [len(group) for group in group_points(pieces)] == [1, 1, 1]
    points = appraise(pieces, TABLE, _TODAY, similarity=similarity).new_points
    assert sorted(point.confidence.n_studies for point in points) == [1, 2]
    # A piece without a vector is compared by its words.
    assert len(group_points(pieces, VectorSimilarity({"a": near}))) == 3


def test_references_of_one_document_give_no_high_confidence() -> None:
    cited = "Randomised experiments in Dutch firms find gains (Bakker, 2024; Jansen, 2025; Smit, 2025)."
    one = _appraise(make_piece("a", cited)).statements["B1.k1"].confidence
    two = _appraise(make_piece("a", cited), make_piece("b", "An experiment finds gains (Mulder, 2025)."))
    assert (one.n_studies, one.level) == (3, ConfidenceLevel.MEDIUM)
    assert two.statements["B1.k1"].confidence.level is ConfidenceLevel.VERY_HIGH


def test_the_latest_decision_on_an_item_counts() -> None:
    old = make_piece("a", "It helps.", statement_id="B1.k2")
    new = old.model_copy(update={"statement_id": "B1.k1", "decided": old.decided.replace(year=2027)})
    assert set(_appraise(new, old).statements) == {"B1.k1"} == set(_appraise(old, new).statements)


_TEXTS = (
    "Gains were found (De Vries & Smit, 2024).",
    "A randomised experiment among 5,172 Dutch call centre agents: 13.8% more productivity.",
    "Het CPB (2023) vindt geen effect.",
    "A survey of 900 firms found gains.",
    "In my view it helps.",
)


@st.composite
def _accepted(draw: st.DrawFn) -> list[EvidencePiece]:
    return [
        make_piece(
            f"i{number}",
            draw(st.sampled_from(_TEXTS)),
            statement_id=draw(st.sampled_from(["B1.k1", "B1.u1", None])),
            relation=draw(st.sampled_from(Relation)),
            direction=draw(st.sampled_from([Direction.POSITIVE, Direction.NEGATIVE])),
            document_id=draw(st.sampled_from("xyz")),
            year=2024,
        )
        for number in range(draw(st.integers(1, 7)))
    ]


@settings(max_examples=25, deadline=None)
@given(_accepted(), st.randoms(use_true_random=False))
def test_order_and_copies_make_no_difference(pieces: list[EvidencePiece], mix: random.Random) -> None:
    found = _appraise(*pieces)
    other = list(pieces)
    mix.shuffle(other)
    assert _appraise(*other) == found
    document = mix.choice([piece.document_id for piece in pieces])
    copies = [
        piece.model_copy(update={"item_id": f"zz{piece.item_id}", "document_id": "zz copy"})
        for piece in pieces
        if piece.document_id == document
    ]
    doubled = _appraise(*pieces, *copies)
    assert len(doubled.studies) == len(found.studies)
    for statement_id, appraised in found.statements.items():
        after = doubled.statements[statement_id].confidence
        assert after.model_copy(update={"n_pieces": appraised.confidence.n_pieces}) == appraised.confidence


@settings(max_examples=25, deadline=None)
@given(_accepted(), st.sampled_from(["B1.k1", "B1.u1"]))
def test_independent_agreeing_evidence_never_lowers_confidence(pieces: list[EvidencePiece], statement_id: str) -> None:
    before = _appraise(*pieces).confidence(statement_id)
    direction = before.answer or Direction.POSITIVE
    relation = Relation.SUPPORTS if statement_id == "B1.k1" else Relation.NARROWS
    agreeing = make_piece(
        "z", "Nothing like the rest.", statement_id=statement_id, relation=relation, direction=direction
    )
    after = _appraise(*pieces, agreeing).confidence(statement_id)
    assert _LEVELS.index(after.level) >= _LEVELS.index(before.level)
    assert after.n_studies == before.n_studies + 1
    # More about the same study makes no study more.
    more = agreeing.model_copy(update={"item_id": "zz", "text": "Another page of it."})
    assert _appraise(*pieces, agreeing, more).confidence(statement_id).n_studies == after.n_studies


def test_splitting_counts_more_studies() -> None:
    pieces = [make_piece(item, "Gains (De Vries, 2024).") for item in "ab"]
    assert _appraise(*pieces).confidence("B1.k1").n_studies == 1
    split = appraise(pieces, TABLE, _TODAY, [rule("a", "b", False)])
    assert split.confidence("B1.k1").n_studies == 2


def test_explained_in_both_languages() -> None:
    pieces = [
        make_piece("a", "A randomised experiment in Dutch firms.", confirmed_by="second"),
        make_piece("b", "Another field experiment in the Netherlands, in banks."),
        make_piece("c", "A survey of 1,204 Dutch employers.", relation=Relation.CONTRADICTS),
    ]
    appraised = _appraise(*pieces).statements["B1.k1"]
    dutch, english = explain(appraised, "nl"), explain(appraised, "en")
    assert dutch[0] == "Zekerheid: gemiddeld. Bewijs: gemiddeld; overeenstemming: gemiddeld."
    assert dutch[1].startswith("3 onafhankelijke onderzoeken, waarvan 2 experimenten met loting, 1 enquête of meting; ")
    assert re.search(r"wegen samen \d,\d+\.", dutch[1]) and re.search(r"together they weigh \d\.\d+\.", english[1])
    assert any(line.startswith("1 spreekt tegen") for line in dutch)
    assert any("second reader" in line for line in english)
    assert len(dutch) == len(english)
    against = explain_study(appraised.studies[0], "nl")
    assert "n = 1.204" in against and "spreekt tegen" in against and "opzet 0,7" in against


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_study_an_open_question_and_none(language: str) -> None:
    code = "nl" if language == "nl" else "en"
    single = _appraise(make_piece("a", "It helps.")).statements["B1.k1"]
    assert text("appraisal.explain.one_study", code) in explain(single, code)
    pieces = _open("a", Relation.NARROWS, Direction.NEGATIVE), _open("b", Relation.SUPPORTS, Direction.NONE)
    question = _appraise(*pieces)
    lines = explain(question.statements["B1.u1"], code)
    assert text("appraisal.explain.answer.negative", code) in lines
    merged = _appraise(*(make_piece(item, f"Gains for {item} (De Vries, 2024).") for item in "ab")).studies[0].merges[0]
    assert "De Vries, 2024" in explain_merge(merged, code)


def test_every_value_has_a_name() -> None:
    from pipelines.appraisal.cue_lists import _content

    known = keys()
    wanted = {f"appraisal.design.{design}" for design in Design}
    wanted |= {
        f"appraisal.explain.designs.{d}.{n}" for d in Design if d is not Design.UNSTATED for n in ("one", "many")
    }
    wanted |= {f"appraisal.setting.{setting}" for setting in Setting}
    wanted |= {f"appraisal.merge.{reason}" for reason in MergeReason}
    wanted |= {f"appraisal.level.{level}" for level in ConfidenceLevel}
    wanted |= {f"appraisal.stance.{stance}" for stance in Stance}
    wanted |= {f"appraisal.explain.answer.{direction}" for direction in Direction}
    wanted |= {f"appraisal.population.{group}" for group in _content()["population"]}
    assert wanted <= known


def test_numbers_in_both_languages() -> None:
    assert (number(1.8, "nl"), number(1.8, "en"), number(2.0, "nl"), number(0.001, "en")) == ("1,8", "1.8", "2", "0.01")
