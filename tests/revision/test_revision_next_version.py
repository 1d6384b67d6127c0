"""From approved changes to the next version: identity, ids, conflicts, and what happens to both languages."""

from __future__ import annotations

from datetime import date, datetime

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
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.domain.appraisal import AgreementLevel, Stance
from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.proposals import (
    ApprovedChange,
    ChangeKind,
    Proposal,
    ProposalDecision,
    ProposalStanding,
    ProposalVerdict,
    Wording,
)
from pipelines.domain.themes import Theme
from pipelines.errors import TableError
from pipelines.revision import (
    approved_change,
    describe,
    ids_of,
    load_rules,
    planned_ids,
    propose_changes,
    reasons,
    rest_on_added,
    revise_table,
)
from pipelines.strings import LANGUAGES, error_text
from pipelines.table.starting import starting_table


def _propose(table: EvidenceTable, statement: str, n: int, stance: Stance = Stance.FOR) -> Proposal:
    studies = [build_study(f"i{place}", stance) for place in range(n)]
    agreement = AgreementLevel.LOW if stance is Stance.AGAINST else AgreementLevel.HIGH
    found = build_appraised(statement, studies, agreement=agreement)
    pieces = [build_piece(f"i{p}", f"Studie {p} ziet dat starters meer leren.", statement=statement) for p in range(n)]
    (one,) = propose_changes(table, build_appraisal(found), pieces, load_rules(), TODAY)
    return one


def _standing(*wordings: Wording | None) -> ProposalStanding:
    return ProposalStanding(
        approvals=tuple(
            ProposalDecision(
                id=f"a{n}", proposal_id="p", turn=n + 1, verdict=ProposalVerdict.APPROVE, person=f"lid-{n}",
                decided=datetime(2026, 11, 20), wording=wording,
            )
            for n, wording in enumerate(wordings)
        )
    )  # fmt: skip


_TEXTS = st.text(alphabet="abé “\"'’|<&=\n", max_size=12)
_STATEMENTS = st.builds(
    lambda column, nl, en, narrowed, due: Statement(
        id="", column=column, nl=nl, en=en, narrowed=narrowed and column is Column.UNCERTAIN, review_by=due
    ),
    st.sampled_from(Column),
    _TEXTS,
    _TEXTS,
    st.booleans(),
    st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
)
_TABLES = st.lists(st.lists(_STATEMENTS, max_size=4), max_size=3).map(
    lambda rows: EvidenceTable(
        version="1",
        rows=tuple(
            TableRow(
                id=f"B{place}",
                chapter=Theme.PRODUCTIVITY,
                statements=tuple(s.model_copy(update={"id": f"B{place}.x{n}"}) for n, s in enumerate(row)),
            )
            for place, row in enumerate(rows)
        ),
    )
)


@given(_TABLES)
@settings(max_examples=30, deadline=None)
def test_without_changes_the_table_is_the_same(table: EvidenceTable) -> None:
    assert revise_table(table, [], "2") == table.model_copy(update={"version": "2"})


def test_the_shipped_table_stays_the_same_without_changes() -> None:
    table = starting_table()
    assert propose_changes(table, build_appraisal(), [], load_rules(), TODAY) == []
    assert revise_table(table, [], table.version) == table


def test_a_move_keeps_the_id_and_names_the_studies() -> None:
    table = build_table()
    one = _propose(table, "B1.t1", 3)
    after = revise_table(table, [approved_change(one, _standing(None, None))], "2")
    moved = next(s for s in after.row("B1").statements if s.id == "B1.t1")
    assert moved.column is Column.KNOWN and moved.nl == "Starters leren meer." and moved.en == "Beginners learn more."
    assert moved.source == "N2; Bureau i0 (2025); Bureau i1 (2025); Bureau i2 (2025)"
    assert [s.id for s in after.row("B1").column(Column.KNOWN)] == ["B1.k1", "B1.t1"]
    unmoved = [s for s in after.row("B1").statements if s.id != "B1.t1"]
    assert unmoved == [KNOWN, UNCERTAIN] and after.row("E1") == table.row("E1")


def test_narrowing_and_leaving_it() -> None:
    table = build_table()
    narrowed = revise_table(table, [approved_change(_propose(table, "B1.u1", 2), _standing(None))], "2")
    held = next(s for s in narrowed.row("B1").statements if s.id == "B1.u1")
    assert held.narrowed and held.column is Column.UNCERTAIN and held.nl.startswith(UNCERTAIN.nl)
    known = revise_table(narrowed, [approved_change(_propose(narrowed, "B1.u1", 3), _standing(None))], "3")
    held = next(s for s in known.row("B1").statements if s.id == "B1.u1")
    assert not held.narrowed and held.column is Column.KNOWN


def test_a_statement_goes_down_and_is_put_between_marks() -> None:
    table = build_table()
    down = revise_table(table, [approved_change(_propose(table, "B1.k1", 2, Stance.AGAINST), _standing(None))], "2")
    held = next(s for s in down.row("B1").statements if s.id == "B1.k1")
    assert held.column is Column.UNCERTAIN and f"“{KNOWN.nl}”" in held.nl and f"“{KNOWN.en}”" in held.en


@pytest.mark.parametrize(
    ("given_text", "expected", "dropped", "stale"),
    [
        (None, ("Starters leren meer.", "Beginners learn more."), (), ()),
        (Wording(), ("Starters leren meer.", "Beginners learn more."), (), ()),
        (Wording(nl="Starters leren veel meer."), ("Starters leren veel meer.", ""), ("en",), ()),
        (Wording(nl="Anders.", en="Beginners learn more."), ("Anders.", "Beginners learn more."), (), ("en",)),
        (Wording(nl="Anders.", en="Otherwise."), ("Anders.", "Otherwise."), (), ()),
        (
            Wording(nl=" Starters leren meer. ", en="Beginners learn more."),
            ("Starters leren meer.", "Beginners learn more."),
            (),
            (),
        ),
        (Wording(nl="Starters leren meer."), ("Starters leren meer.", ""), ("en",), ()),
    ],
)
def test_words_in_one_language_only(
    given_text: Wording | None, expected: tuple[str, str], dropped: tuple[str, ...], stale: tuple[str, ...]
) -> None:
    table = build_table()
    change = approved_change(_propose(table, "B1.t1", 3), _standing(given_text))
    assert (change.dropped, change.stale) == (dropped, stale)
    held = next(s for s in revise_table(table, [change], "2").row("B1").statements if s.id == "B1.t1")
    assert (held.nl, held.en) == expected


def _added(nl: str, row: str | None = "B1", proposal: str | None = None, **more: object) -> ApprovedChange:
    change = ChangeKind.ADD_STATEMENT if row is not None else ChangeKind.ADD_ROW
    extra = {} if row is not None else {"row_title": Wording(nl="Rij"), "chapter": Theme.OTHER_EFFECTS}
    return ApprovedChange(
        proposal_id=proposal, change=change, row_id=row, to_column=Column.TREND, wording=Wording(nl=nl), **extra, **more
    )  # type: ignore[arg-type]


def test_new_ids_are_never_used_twice() -> None:
    table = build_table()
    first = revise_table(table, [_added("Een."), _added("Twee.", None)], "2", taken=frozenset({"B1.t7", "E4.k1"}))
    assert ids_of([first]) - ids_of([table]) == {"B1.t8", "E5", "E5.t1"}
    gone = revise_table(first, [ApprovedChange(change=ChangeKind.REMOVE, row_id="B1", statement_id="B1.t8")], "3")
    assert "B1.t8" not in ids_of([gone])
    again = revise_table(gone, [_added("Drie.")], "4", taken=ids_of([table, first]))
    assert ids_of([again]) - ids_of([gone]) == {"B1.t9"}
    moved = revise_table(
        table, [ApprovedChange(change=ChangeKind.MOVE, row_id="B1", statement_id="B1.t1", to_column=Column.KNOWN)], "2"
    )
    assert "B1.t2" in ids_of([revise_table(moved, [_added("Nieuw.")], "3")]), "the id of what moved away is not free"


def test_ids_that_were_shown_are_kept() -> None:
    table = build_table()
    shown = _added("Twee.", proposal="b").model_copy(update={"statement_id": "B1.t3"})
    after = revise_table(table, [_added("Een.", proposal="a"), shown], "2")
    assert {s.id: s.nl for s in after.row("B1").column(Column.TREND)} == {
        "B1.t1": TREND.nl, "B1.t3": "Twee.", "B1.t4": "Een."
    }  # fmt: skip
    with pytest.raises(TableError) as caught:
        revise_table(after, [shown], "3")
    assert caught.value.key == "error.revision_id_taken"


def test_planned_ids_are_those_that_are_given() -> None:
    table = build_table()
    points = [
        build_appraised(None, [build_study("a"), build_study("b")]),
        build_appraised(None, [build_study("c"), build_study("d")]),
        build_appraised(None, [build_study("e"), build_study("f")], row=None),
    ]
    pieces = [build_piece(i, f"Studie {i} ziet iets nieuws in bedrijven.", statement=None) for i in "abcdef"]
    proposals = propose_changes(table, build_appraisal(*points), pieces, load_rules(), TODAY)
    assert [p.rule for p in proposals] == ["new_statement", "new_statement", "new_row"]
    planned = planned_ids(table, proposals)
    assert sorted(planned.values()) == [("B1", "B1.t2"), ("B1", "B1.t3"), ("E2", "E2.t1")]
    after = revise_table(table, [approved_change(p, _standing(None)) for p in reversed(proposals)], "2")
    texts = {s.id: s.nl for _, s in after.statements()}
    assert all(texts[planned[p.id][1]] == p.suggestion.nl for p in proposals)


def test_the_order_of_changes_plays_no_part() -> None:
    table = build_table()
    changes = [
        _added("Een.", proposal="b"),
        _added("Twee.", proposal="a"),
        approved_change(_propose(table, "B1.t1", 3), _standing(None)),
        ApprovedChange(change=ChangeKind.REMOVE, row_id="B1", statement_id="B1.k1"),
    ]
    assert revise_table(table, changes, "2") == revise_table(table, changes[::-1], "2")


def test_a_day_to_look_again_is_set_and_the_rest_kept() -> None:
    due = KNOWN.model_copy(update={"review_by": date(2026, 11, 1)})
    table = build_table(due)
    (one,) = propose_changes(table, build_appraisal(), [], load_rules(), TODAY)
    after = revise_table(table, [approved_change(one, _standing(None))], "2")
    assert after.row("B1").statements == (due.model_copy(update={"review_by": date(2027, 11, 20)}),)


def test_by_hand_a_statement_moves_to_another_row() -> None:
    change = ApprovedChange(change=ChangeKind.MOVE, row_id="E1", statement_id="B1.k1", to_column=Column.TREND)
    after = revise_table(build_table(), [change], "2")
    assert [s.id for s in after.row("E1").statements] == ["B1.k1"] and len(after.row("B1").statements) == 2


_MOVE = ApprovedChange(change=ChangeKind.MOVE, row_id="B1", statement_id="B1.t1", to_column=Column.KNOWN)


@pytest.mark.parametrize(
    ("changes", "key", "names"),
    [
        ([_MOVE, _MOVE.model_copy(update={"proposal_id": "p2"})], "two_changes", ("B1.t1", "p2")),
        ([_MOVE.model_copy(update={"statement_id": "B1.t9"})], "gone", ("B1.t9",)),
        ([_MOVE.model_copy(update={"row_id": "Z1"})], "row_gone", ("Z1",)),
        ([_MOVE.model_copy(update={"before": KNOWN})], "changed", ("B1.t1",)),
        ([_MOVE.model_copy(update={"change": ChangeKind.NARROW})], "not_uncertain", ("B1.t1",)),
        ([_MOVE.model_copy(update={"to_column": None})], "incomplete", ("to_column",)),
        ([_MOVE.model_copy(update={"statement_id": None})], "incomplete", ("statement_id",)),
        ([_added("", "B1")], "incomplete", ("wording",)),
        ([_added("Een.", "Z1")], "row_gone", ("Z1",)),
    ],
)
def test_conflicts_are_named(changes: list[ApprovedChange], key: str, names: tuple[str, ...]) -> None:
    with pytest.raises(TableError) as caught:
        revise_table(build_table(), changes, "2")
    assert caught.value.key == f"error.revision_{key}"
    for language in LANGUAGES:
        assert all(name in error_text(caught.value, language) for name in names)


_STANCES = st.lists(st.tuples(st.sampled_from(Stance), st.sampled_from([0.0, 0.4, 0.9]), st.booleans()), max_size=7)


@given(_STANCES, st.sampled_from(["B1.k1", "B1.u1", "B1.t1"]), st.sampled_from(AgreementLevel), st.randoms())
@settings(max_examples=60, deadline=None)
def test_one_proposal_at_most_and_whatever_the_order(
    stances: list[tuple[Stance, float, bool]], statement: str, agreement: AgreementLevel, random: object
) -> None:
    studies = [build_study(f"i{n}", s, weight=w, confirmed=c) for n, (s, w, c) in enumerate(stances)]
    pieces = [
        build_piece(f"i{n}", f"Studie {n} ziet dat starters meer leren.", statement=statement, day=n % 3,
                    language="nl" if n % 2 else "en")
        for n in range(len(studies))
    ]  # fmt: skip
    table = build_table()
    first = propose_changes(
        table, build_appraisal(build_appraised(statement, studies, agreement=agreement)), pieces, load_rules(), TODAY
    )
    mixed_studies, mixed_pieces = list(studies), list(pieces)
    random.shuffle(mixed_studies)  # type: ignore[attr-defined]
    random.shuffle(mixed_pieces)  # type: ignore[attr-defined]
    again = propose_changes(
        table,
        build_appraisal(build_appraised(statement, mixed_studies, agreement=agreement)),
        mixed_pieces + mixed_pieces[:1],
        load_rules(),
        TODAY,
    )
    assert [(p.id, p.rule, p.suggestion, p.inputs) for p in first] == [
        (p.id, p.rule, p.suggestion, p.inputs) for p in again
    ]
    assert len(first) <= 1
    for one in first:
        rule = load_rules().rule(one.rule)
        assert all(name in one.inputs for name in rule.thresholds)
        after = revise_table(table, [approved_change(one, _standing(None))], "2")
        assert ids_of([after]) == ids_of([table])
        told = describe(one, load_rules(), "nl"), describe(one, load_rules(), "en")
        assert len(told[0].why) == len(told[1].why) >= len(rule.thresholds)


def test_a_proposal_in_words() -> None:
    one = _propose(build_table(), "B1.t1", 3)
    told = describe(one, load_rules(), "nl")
    assert told.what == "B1.t1: van trend naar bekend" and told.rule == "Van trend naar bekend"
    assert told.who == "2 verschillende mensen moeten dit goedkeuren."
    assert "Bewijs samen: gemiddeld (nodig: minstens gemiddeld)." in told.why
    told = describe(one, load_rules(), "en")
    assert told.what == "B1.t1: from trend to known"
    assert "Independent studies that support this: 3 (needed: at least 3)." in told.why
    sides = reasons(one, load_rules())
    assert sides[0] == Wording(nl="Van trend naar bekend.", en="From trend to known.")
    assert all(side.nl and side.en for side in sides)
    down = describe(_propose(build_table(), "B1.k1", 2, Stance.AGAINST), load_rules(), "nl")
    assert "Overeenstemming tussen de studies: laag (mag zijn: hoogstens gemiddeld)." in down.why
    assert down.who == "Eén persoon moet dit goedkeuren."


def test_what_brought_a_statement_supports_it_from_then_on() -> None:
    table = build_table(TREND)
    new = build_piece("a", "Iets nieuws over starters.", statement=None, relation=Relation.NEW)
    later = build_piece("b", "Iets anders.", statement="B1.t1", relation=Relation.CONTRADICTS)
    (first, second) = rest_on_added([new, later], {"a": "B1.t1", "b": "B1.t1"}, table)
    assert (first.statement_id, first.relation) == ("B1.t1", Relation.SUPPORTS) and second == later
    assert rest_on_added([new], {"a": "B1.t9"}, table) == [new]
    gone = build_piece("c", "Iets over starters.", statement="B1.t9", relation=Relation.SUPPORTS)
    (moved,) = rest_on_added([gone], {"c": "B1.t1"}, table)
    assert (moved.statement_id, moved.relation) == ("B1.t1", Relation.SUPPORTS), "it came back under another id"
