"""Each rule proposes at its threshold and not just below it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from builders_revision import (
    KNOWN,
    TODAY,
    TREND,
    UNCERTAIN,
    build_appraisal,
    build_appraised,
    build_piece,
    build_study,
    build_table,
)

from pipelines.domain.appraisal import AgreementLevel, Design, EvidenceLevel, Stance, StatementAppraisal
from pipelines.domain.evidence import Direction, EvidenceKind, Relation
from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.proposals import ChangeKind, Proposal
from pipelines.revision import RejectedOn, describe, load_rules, propose_changes, stance_key

Change = Callable[[], StatementAppraisal]


def _propose(found: StatementAppraisal, table: EvidenceTable | None = None, **more: object) -> list[Proposal]:
    items = [item for study in found.studies for item in study.items]
    pieces = [
        build_piece(item, f"Studie {item} vindt dat starters meer leren.", statement=found.statement_id, day=place)
        for place, item in enumerate(items)
    ]
    return propose_changes(table or build_table(), build_appraisal(found), pieces, load_rules(), TODAY, **more)  # type: ignore[arg-type]


def _three(stance: Stance = Stance.FOR, n: int = 3, **more: object) -> list[object]:
    return [build_study(f"i{place}", stance, **more) for place in range(n)]  # type: ignore[arg-type]


def _trend(n: int = 3, observed: int = 3, **levels: object) -> StatementAppraisal:
    studies = [
        build_study(f"i{place}", kind=EvidenceKind.EMPIRICAL)
        if place < observed
        else build_study(f"i{place}", design=Design.MODEL, kind=EvidenceKind.FORECAST)
        for place in range(n)
    ]
    return build_appraised("B1.t1", studies, **levels)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "fires"),
    [
        (_trend(), True),
        (_trend(n=2), False),
        (_trend(observed=2), True),
        (_trend(observed=1), False),
        (_trend(evidence=EvidenceLevel.LIMITED), False),
        (_trend(agreement=AgreementLevel.MEDIUM), False),
    ],
    ids=["at threshold", "two studies", "two observed", "one observed", "limited", "agreement medium"],
)
def test_a_trend_becomes_known(found: StatementAppraisal, fires: bool) -> None:
    proposals = _propose(found)
    assert [p.rule for p in proposals] == (["trend_known"] if fires else [])
    if fires:
        one = proposals[0]
        assert (one.change, one.from_column, one.to_column) == (ChangeKind.MOVE, Column.TREND, Column.KNOWN)
        assert (one.upward, one.people_needed, one.statement_id, one.row_id) == (True, 2, "B1.t1", "B1")
        assert one.before == TREND
        assert (one.inputs["studies_for"], one.inputs["studies_for_at_least"]) == (3, 3)
        assert (one.inputs["evidence"], one.inputs["evidence_at_least"]) == ("medium", "medium")
        assert one.items == ("i0", "i1", "i2") and one.confidence == found.confidence


def _uncertain(n: int, observed: int = 1, agreement: AgreementLevel = AgreementLevel.MEDIUM) -> StatementAppraisal:
    studies = [
        build_study(f"i{place}") if place < observed else build_study(f"i{place}", design=Design.MODEL)
        for place in range(n)
    ]
    return build_appraised(
        "B1.u1", studies, evidence=EvidenceLevel.LIMITED, agreement=agreement, answer=Direction.POSITIVE
    )


@pytest.mark.parametrize(
    ("found", "fires"),
    [
        (_uncertain(2), True),
        (_uncertain(1), False),
        (_uncertain(2, observed=0), False),
        (_uncertain(2, agreement=AgreementLevel.LOW), False),
    ],
    ids=["at threshold", "one study", "none observed", "agreement low"],
)
def test_an_uncertainty_is_narrowed(found: StatementAppraisal, fires: bool) -> None:
    proposals = _propose(found)
    assert [p.rule for p in proposals] == (["uncertain_narrowed"] if fires else [])
    if fires:
        one = proposals[0]
        assert (one.change, one.to_column, one.upward, one.people_needed) == (
            ChangeKind.NARROW, Column.UNCERTAIN, True, 2
        )  # fmt: skip
        assert one.inputs["answer"] == "positive"


@pytest.mark.parametrize(
    ("n", "evidence", "agreement", "fires"),
    [
        (3, EvidenceLevel.MEDIUM, AgreementLevel.HIGH, True),
        (2, EvidenceLevel.MEDIUM, AgreementLevel.HIGH, False),
        (3, EvidenceLevel.LIMITED, AgreementLevel.HIGH, False),
        (3, EvidenceLevel.MEDIUM, AgreementLevel.MEDIUM, False),
    ],
)
def test_a_narrowed_uncertainty_becomes_known(
    n: int, evidence: EvidenceLevel, agreement: AgreementLevel, fires: bool
) -> None:
    table = build_table(KNOWN, UNCERTAIN.model_copy(update={"narrowed": True}), TREND)
    found = build_appraised("B1.u1", _three(n=n), evidence=evidence, agreement=agreement)  # type: ignore[arg-type]
    assert [p.rule for p in _propose(found, table)] == (["narrowed_known"] if fires else [])
    used = frozenset(f"i{place}" for place in range(n))
    spent = _propose(found, table, applied={"B1.u1": used})
    assert spent == [], "the evidence that narrowed it does not make it known as well"
    again = _propose(found, table, applied={"B1.u1": used - {"i0"}, "B1.t1": used})
    assert [p.inputs["new_for"] for p in again] == ([1] if fires else [])


def _contradicted(
    statement: str,
    *against: dict[str, object],
    support: Design | None = None,
    agreement: AgreementLevel = AgreementLevel.LOW,
) -> StatementAppraisal:
    studies = [build_study(f"i{place}", Stance.AGAINST, **one) for place, one in enumerate(against)]  # type: ignore[arg-type]
    studies += [build_study("s", design=support)] if support is not None else []
    return build_appraised(statement, studies, agreement=agreement)


_PANEL: dict[str, object] = {"design": Design.LONGITUDINAL}
_SURVEY: dict[str, object] = {"design": Design.CROSS_SECTION}
_MODEL: dict[str, object] = {"design": Design.MODEL, "kind": EvidenceKind.FORECAST}


@pytest.mark.parametrize(
    ("found", "fires"),
    [
        (_contradicted("B1.k1", _PANEL, _PANEL), True),
        (_contradicted("B1.k1", _PANEL), False),
        (_contradicted("B1.k1", {**_PANEL, "confirmed": True}), True),
        (_contradicted("B1.k1", _PANEL, _SURVEY, support=Design.LONGITUDINAL), False),
        (_contradicted("B1.k1", _PANEL, _PANEL, support=Design.LONGITUDINAL), True),
        (_contradicted("B1.k1", _PANEL, _PANEL, support=Design.EXPERIMENT), False),
        (_contradicted("B1.k1", _MODEL, _MODEL), False),
        (_contradicted("B1.k1", _PANEL, _PANEL, agreement=AgreementLevel.HIGH), False),
        (_contradicted("B1.k1", _PANEL, _PANEL, agreement=AgreementLevel.MEDIUM), True),
        (_contradicted("B1.k1", _PANEL, {**_PANEL, "weight": 0.0}), False),
    ],
    ids=["two", "one", "one, second reader", "one is weaker", "equal", "support is better", "models", "outvoted",
         "medium", "weighs nothing"],
)  # fmt: skip
def test_what_was_known_becomes_uncertain(found: StatementAppraisal, fires: bool) -> None:
    proposals = _propose(found)
    assert [p.rule for p in proposals] == (["known_uncertain"] if fires else [])
    if fires:
        one = proposals[0]
        assert (one.to_column, one.upward, one.people_needed) == (Column.UNCERTAIN, False, 1)


@pytest.mark.parametrize(
    ("against", "fires"), [((_MODEL, _MODEL), True), ((_MODEL,), False), (({"design": Design.OPINION},) * 2, False)]
)
def test_a_contradicted_trend_becomes_uncertain(against: tuple[dict[str, object], ...], fires: bool) -> None:
    proposals = _propose(_contradicted("B1.t1", *against))
    assert [p.rule for p in proposals] == (["trend_uncertain"] if fires else [])


@pytest.mark.parametrize(("n", "fires"), [(2, True), (1, False)])
@pytest.mark.parametrize("statement", ["B1.k1", "B1.t1"])
def test_a_wording_that_is_too_wide(statement: str, n: int, fires: bool) -> None:
    found = build_appraised(statement, _three(Stance.NUANCE, n))  # type: ignore[arg-type]
    proposals = _propose(found)
    assert [p.rule for p in proposals] == (["wording_narrowed"] if fires else [])
    if fires:
        assert proposals[0].to_column is proposals[0].from_column
        assert _propose(found, applied={statement: frozenset(proposals[0].items)}) == []


@pytest.mark.parametrize(("n", "fires"), [(2, True), (1, False)])
@pytest.mark.parametrize("row", ["B1", None])
def test_what_is_new(row: str | None, n: int, fires: bool) -> None:
    found = build_appraised(None, _three(n=n), row=row)  # type: ignore[arg-type]
    proposals = _propose(found)
    rule, change = ("new_row", ChangeKind.ADD_ROW) if row is None else ("new_statement", ChangeKind.ADD_STATEMENT)
    assert [(p.rule, p.change, p.row_id, p.statement_id) for p in proposals] == (
        [(rule, change, row, None)] if fires else []
    )
    if fires:
        assert proposals[0].to_column is Column.TREND
        assert len(_propose(found, applied={"B1.t1": frozenset({"i0"})})) == 1, "it moved another statement"
        assert _propose(found, applied={None: frozenset({"i0"})}) == [], "one of the two is in the table already"


def test_a_new_point_that_nobody_observed_is_not_proposed() -> None:
    studies = [build_study(f"i{n}", design=Design.MODEL, kind=EvidenceKind.FORECAST) for n in range(4)]
    assert _propose(build_appraised(None, studies)) == []


def test_a_day_to_look_again_passes() -> None:
    for days, fires in ((0, False), (1, True)):
        due = TODAY - timedelta(days=days)
        table = build_table(KNOWN.model_copy(update={"review_by": due}), TREND)
        proposals = propose_changes(table, build_appraisal(), [], load_rules(), TODAY)
        assert [p.rule for p in proposals] == (["review_date"] if fires else [])
        if fires:
            assert proposals[0].review_by == date(2027, 11, 20)
            assert proposals[0].subject == f"review_date:B1.k1:{due.isoformat()}"


def test_down_goes_before_up_before_wording_before_the_day() -> None:
    studies = [*_three(Stance.NUANCE, 2), build_study("a", Stance.AGAINST), build_study("b", Stance.AGAINST)]
    due = TREND.model_copy(update={"review_by": date(2026, 1, 1)})
    table = build_table(due)
    found = build_appraised("B1.t1", studies, agreement=AgreementLevel.LOW)  # type: ignore[arg-type]
    (one,) = _propose(found, table)
    assert one.rule == "trend_uncertain" and one.inputs["also"] == "wording_narrowed, review_date"
    assert one.review_by == date(2027, 11, 20), "who decides on it has looked at it"
    supported = build_appraised("B1.t1", [*_three(), *[build_study(f"n{n}", Stance.NUANCE) for n in range(2)]])  # type: ignore[list-item]
    (one,) = _propose(supported, table)
    assert one.rule == "trend_known" and one.inputs["also"] == "wording_narrowed, review_date"


def _rejected(proposal: Proposal, day: date | None = None) -> dict[str, RejectedOn]:
    evidence = frozenset(stance_key(one.study.id, one.stance) for one in proposal.studies)
    return {proposal.subject: RejectedOn(evidence, frozenset(proposal.items), day)}


def test_what_was_rejected_comes_back_with_new_studies_only() -> None:
    found = _trend()
    (first,) = _propose(found)
    assert _propose(found, rejected=_rejected(first)) == []
    (again,) = _propose(_trend(n=4), rejected=_rejected(first))
    assert again.subject == first.subject and again.id != first.id and again.inputs["rejected_before"] == 3


def test_what_was_rejected_comes_back_where_a_study_was_turned_round() -> None:
    def found(*against: str) -> StatementAppraisal:
        studies = [build_study(one, Stance.AGAINST if one in against else Stance.FOR) for one in "abc"]
        return build_appraised("B1.k1", studies, agreement=AgreementLevel.LOW)

    (first,) = _propose(found("a", "b"))
    assert _propose(found("a", "b"), rejected=_rejected(first)) == []
    (again,) = _propose(found("a", "b", "c"), rejected=_rejected(first))
    assert again.subject == first.subject and "rejected_before" in again.inputs


@pytest.mark.parametrize("row", ["B1", None])
def test_of_two_new_points_of_the_same_studies_one_is_rejected(row: str | None) -> None:
    def point(*items: str) -> StatementAppraisal:
        own = [build_study(s).model_copy(update={"items": (item,)}) for s, item in zip("ab", items, strict=True)]
        return build_appraised(None, own, row=row)

    one, other = point("a", "b"), point("c", "d")
    (first,), (second,) = _propose(one), _propose(other)
    assert {s.study.id for s in first.studies} == {s.study.id for s in second.studies}
    assert _propose(other, rejected=_rejected(first)) == [second]
    assert _propose(one, rejected=_rejected(first)) == []
    otherwise = {f"{first.rule}:{f'{row}:' if row else ''}otherwise": _rejected(first)[first.subject]}
    assert _propose(one, rejected=otherwise) == [], "another item was decided on first, and it is the same point"


def test_a_rejected_day_to_look_again_is_asked_again_later() -> None:
    table = build_table(KNOWN.model_copy(update={"review_by": date(2025, 1, 31)}), TREND)

    def asked(today: date, rejected: dict[str, RejectedOn]) -> list[Proposal]:
        return propose_changes(table, build_appraisal(), [], load_rules(), today, rejected=rejected)

    (first,) = asked(date(2025, 2, 1), {})
    rejected = _rejected(first, date(2025, 2, 28))
    assert asked(date(2026, 2, 28), rejected) == []
    (second,) = asked(date(2026, 3, 1), rejected)
    assert second.id != first.id and second.subject == "review_date:B1.k1:2026-02-28"
    rejected |= _rejected(second, date(2026, 3, 2))
    assert asked(date(2027, 3, 2), rejected) == []
    assert len(asked(date(2027, 3, 3), rejected)) == 1


def test_other_words_or_another_place_make_another_proposal() -> None:
    studies = [build_study("a"), build_study("b")]
    point = build_appraised(None, studies)

    def of(column: Column, sentence: str) -> Proposal:
        pieces = [build_piece(item, sentence, statement=None, column=column) for item in "ab"]
        (one,) = propose_changes(build_table(), build_appraisal(point), pieces, load_rules(), TODAY)
        return one

    first = of(Column.TREND, "AI kort vergaderingen in.")
    moved, reworded = of(Column.UNCERTAIN, "AI kort vergaderingen in."), of(Column.TREND, "De kosten zijn laag.")
    assert of(Column.TREND, "AI kort vergaderingen in.") == first
    assert (moved.to_column, moved.subject) == (Column.UNCERTAIN, first.subject)
    assert len({first.id, moved.id, reworded.id}) == 3


def test_more_people_or_another_passage_of_a_study_make_another_proposal() -> None:
    found = _trend()
    (first,) = _propose(found)
    rules = load_rules()
    stricter = tuple(r.model_copy(update={"people": 3}) if r.id == "trend_known" else r for r in rules.rules)
    pieces = [build_piece(f"i{n}", f"Studie i{n} vindt dat starters meer leren.", day=n) for n in range(3)]
    (asks,) = propose_changes(
        build_table(), build_appraisal(found), pieces, rules.model_copy(update={"rules": stricter}), TODAY
    )
    assert (asks.people_needed, asks.suggestion) == (3, first.suggestion) and asks.id != first.id
    merged = found.studies[0].model_copy(update={"items": ("i0", "i0b")})
    (more,) = _propose(found.model_copy(update={"studies": (merged, *found.studies[1:])}))
    assert more.suggestion == first.suggestion and more.id != first.id


def test_what_spoke_of_a_removed_statement_does_not_bring_it_back() -> None:
    def found(*items: str, gone: str) -> list[Proposal]:
        pieces = [
            build_piece(item, "AI kort vergaderingen in.", statement="B1.t9", relation=Relation.SUPPORTS)
            if item in gone
            else build_piece(item, "AI kort vergaderingen in.", statement=None, relation=Relation.NEW)
            for item in items
        ]
        point = build_appraised(None, [build_study(item) for item in items])
        return propose_changes(build_table(), build_appraisal(point), pieces, load_rules(), TODAY)

    assert found("a", "b", "c", gone="abc") == []
    (one,) = found("a", "b", "c", "d", gone="abc")
    assert one.inputs["removed_before"] == 3
    assert "removed_before" not in found("d", "e", gone="")[0].inputs
    assert any("uit de tabel is gehaald: 3" in note for note in describe(one, load_rules(), "nl").notes)
