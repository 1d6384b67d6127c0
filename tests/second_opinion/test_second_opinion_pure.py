"""Which passages are doubtful, what is asked about them, where it may go, and what differs."""

from __future__ import annotations

import json

import pytest
from builders import build_passage
from builders_second_opinion import NEAREST, TABLE, make_labels, passages, question
from hypothesis import given
from hypothesis import strategies as st
from stand_in import GOOD

from pipelines.domain.evidence import Direction, EvidenceKind, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.second_opinions import Aspect, Fault, SecondOpinion
from pipelines.domain.themes import Theme
from pipelines.errors import SettingsError
from pipelines.second_opinion.address import check_address
from pipelines.second_opinion.client import Endpoint
from pipelines.second_opinion.doubt import doubt, rank_doubtful
from pipelines.second_opinion.faults import EndpointError
from pipelines.second_opinion.prompt import N_STATEMENTS, make_question
from pipelines.second_opinion.schema import answer_schema, read_answer
from pipelines.strings import LANGUAGES, error_text, keys, text
from pipelines.table.starting import starting_table

ROWS, STATEMENTS = ["A2", "D4"], ["A2.k1", "D4.t1"]


# Doubt


@pytest.mark.parametrize(
    ("flag", "rows", "theme", "doubtful"),
    [
        (0.95, (("A2", 0.9), ("D4", 0.2)), 0.9, False),
        (0.5, (("A2", 0.9), ("D4", 0.2)), 0.9, True),
        (0.21, (("A2", 0.9),), 0.9, True),
        (0.19, (("A2", 0.5), ("D4", 0.5)), 0.1, False),  # rows of what is no evidence do not matter
        (0.95, (("A2", 0.5), ("D4", 0.45)), 0.9, True),
        (0.05, (), 0.45, True),
        (0.05, (), 0.3, False),
    ],
)
def test_doubt_is_about_flag_row_or_theme(
    flag: float, rows: tuple[tuple[str, float], ...], theme: float, doubtful: bool
) -> None:
    assert (doubt(make_labels("p", flag, rows, {Theme.ADOPTION: theme})) > 0) is doubtful


def test_the_most_doubtful_comes_first_and_ties_go_by_id() -> None:
    flags = {"a": 0.3, "b": 0.5, "c": 0.9, "e": 0.6, "d": 0.6}
    labels = [make_labels(name, flag) for name, flag in flags.items()]
    assert [list(flags)[i] for i in rank_doubtful(labels, list(flags))] == ["b", "d", "e", "a"]


def test_of_near_duplicates_the_one_that_is_quoted_is_read() -> None:
    labels = [make_labels("a", 0.5), make_labels("b", 0.6), make_labels("c", 0.45)]
    assert rank_doubtful(labels, ["g", "g", "c"]) == [2, 1]
    # One that is beyond doubt stands for its group: nothing has to be asked about the others.
    assert rank_doubtful([make_labels("a", 0.5), make_labels("b", 0.95)], ["g", "g"]) == []


@given(st.lists(st.floats(0, 1), max_size=30))
def test_ranking_is_a_choice_from_what_was_given(flags: list[float]) -> None:
    labels = [make_labels(str(i), flag) for i, flag in enumerate(flags)]
    ranked = rank_doubtful(labels, [str(i) for i in range(len(flags))])
    assert len(set(ranked)) == len(ranked) and set(ranked) <= set(range(len(flags)))
    scores = [doubt(labels[i]) for i in ranked]
    assert scores == sorted(scores, reverse=True) and all(score > 0 for score in scores)


# Question


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_holds_guide_rows_statements_and_passage(language: str) -> None:
    table = starting_table()
    ids = [s.id for _, s in table.statements()]
    passage = build_passage("Een tekst.", section=("Deel 1", "Lonen"), language=language)
    asked = make_question(passage, "De titel", table, ids[::-1], 50_000)
    assert asked is not None
    assert all(f"  {row.id}: {row.title(language)}\n" in asked.system for row in table.rows)
    told = json.loads(asked.user)
    assert (told["passage"], told["title"], told["heading"]) == ("Een tekst.", "De titel", "Deel 1 > Lonen")
    # In the order of the table: the order of nearness would be a hint.
    assert list(asked.statement_ids) == ids[-N_STATEMENTS:] == [s.split(" ")[0] for s in told["statements"]]


def test_the_guide_names_every_field_and_value_in_both_languages() -> None:
    for language in LANGUAGES:
        asked = question(passages(1, language)[0])
        assert asked is not None
        for name in answer_schema(ROWS, STATEMENTS)["properties"]:
            assert f"- {name}" in asked.system
        values = [*Theme, *Relation, *Column, *EvidenceKind, *Direction, "micro", "meso", "macro"]
        assert [v for v in values if v not in asked.system] == []


def test_what_the_models_proposed_is_not_in_the_question() -> None:
    # make_question takes no labels at all; the order of the statements must not tell either.
    passage = passages(1)[0]
    assert make_question(passage, None, TABLE, NEAREST, 50_000) == make_question(
        passage, None, TABLE, NEAREST[::-1], 50_000
    )


def test_statements_give_way_to_the_passage() -> None:
    passage = passages(1)[0]
    whole, most = question(passage), 50_000
    assert whole is not None
    while (shorter := question(passage, most=most)) is not None and shorter.statement_ids:
        assert shorter.n_characters <= most
        most = shorter.n_characters - 1
        assert shorter.statement_ids in [("A2.k1", "A2.u1", "D4.t1"), ("A2.k1", "D4.t1"), ("D4.t1",)]
    assert shorter is not None and question(passage, most=shorter.n_characters - 1) is None


@given(st.text(max_size=300))
def test_no_text_ends_its_own_quotation(words: str) -> None:
    if not words:
        return
    asked = question(build_passage(words), title=words)
    assert asked is not None
    told = json.loads(asked.user)
    sendable = words.encode("utf-8", "replace").decode()
    assert told["passage"] == told["title"] == sendable and set(told) == {"statements", "title", "heading", "passage"}
    asked.user.encode()


def test_half_a_character_can_be_sent() -> None:
    asked = question(build_passage("Half \ud83d teken."))
    assert asked is not None and json.loads(asked.user)["passage"] == "Half ? teken."


# Answer


def test_the_schema_is_one_that_servers_take() -> None:
    schema = answer_schema(ROWS, [])
    assert schema["additionalProperties"] is False and schema["required"] == list(schema["properties"]) == list(GOOD)
    assert schema["properties"]["statement"] == {"type": "null"}
    assert "enum" not in answer_schema([], [])["properties"]["rows"]["items"]


def test_what_does_not_hold_is_dropped_as_in_the_models_labels() -> None:
    advice = {**GOOD, "direction": "positive", "recommendation": True, "level": "macro"}

    def read(**changes: object):
        return read_answer(json.dumps({**advice, **changes}), ROWS, STATEMENTS)

    quiet = read(flag=False)
    assert (quiet.relation, quiet.column, quiet.statement) == (None, None, None)
    assert read(recommendation=False).level is None and read().level == "macro"
    without = read(themes=[])
    assert (without.evidence, without.direction) == (EvidenceKind.NONE, Direction.NONE)
    assert read(relation="new").statement is None
    assert read(rows=["A2", "A2", "D4"]).rows == ("A2", "D4")


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=20), st.lists, max_leaves=5))
def test_whatever_is_written_is_an_answer_or_a_fault(value: object) -> None:
    for changed in (value, {**GOOD, "rows": value}, {**GOOD, "reason": value}, {**GOOD, "flag": value}):
        try:
            answer = read_answer(json.dumps(changed), ROWS, STATEMENTS)
        except EndpointError as error:
            assert error.fault in (Fault.SCHEMA, Fault.UNKNOWN_NAME)
        else:
            assert set(answer.rows) <= set(ROWS) and "\n" not in answer.reason


# Address


@pytest.mark.parametrize(
    ("url", "chat"),
    [
        ("http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/chat/completions"),
        (" http://localhost:8000/v1/ ", "http://localhost:8000/v1/chat/completions"),
        ("http://[::1]:8000", "http://[::1]:8000/chat/completions"),
        ("https://127.8.9.1/api/chat/completions", "https://127.8.9.1/api/chat/completions"),
    ],
)
def test_addresses_of_this_computer(url: str, chat: str) -> None:
    address = check_address(url, outside_allowed=False)
    assert not address.outside and str(address.chat) == chat


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/v1",
        "http://192.168.1.7:8000/v1",
        "http://0.0.0.0:8000/v1",
        "http://localhost.example.org/v1",
        "http://127.0.0.1.example.org/v1",
        "http://127.1:8000/v1",
        "http://2130706433/v1",
        "http://[::ffff:127.0.0.1]:8000/v1",
    ],
)
def test_text_leaves_only_where_that_is_allowed(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_address(url, outside_allowed=False)
    assert caught.value.key == "error.second_opinion_outside"
    for language in LANGUAGES:
        told = error_text(caught.value, language)
        assert "second_opinion_outside = true" in told and str(caught.value.values["host"]) in told
    assert check_address(url, outside_allowed=True).outside


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("127.0.0.1:11434", "error.second_opinion_url"),
        ("ftp://127.0.0.1/", "error.second_opinion_url"),
        ("http://", "error.second_opinion_url"),
        ("http://127.0.0.1:99999/v1", "error.second_opinion_url"),
        ("http://a b/v1", "error.second_opinion_url"),
        ("http://ⓛocalhost/v1", "error.second_opinion_url"),
        ("http://\n/", "error.second_opinion_url"),
        ("http://me:secret@127.0.0.1/v1", "error.second_opinion_url_secret"),
        ("http://127.0.0.1\\@example.org/v1", "error.second_opinion_url_secret"),
        ("http://127.0.0.1/v1?key=secret", "error.second_opinion_url_secret"),
        ("http://127.0.0.1/v1#secret", "error.second_opinion_url_secret"),
    ],
)
def test_addresses_that_are_refused(url: str, key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_address(url, outside_allowed=True)
    assert caught.value.key == key
    for language in LANGUAGES:
        assert "secret" not in error_text(caught.value, language).replace("sécret", "")


@pytest.mark.parametrize("key", ["abc\ndef", "sleutel-é", "", "   "])
def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Endpoint(check_address("http://127.0.0.1/v1", outside_allowed=False), "m", key)
    assert caught.value.key == "error.second_opinion_key"
    assert key.strip() == "" or key not in str(caught.value)


# What differs


def _opinion(**changes: object) -> SecondOpinion:
    values: dict[str, object] = {
        "passage_id": "p",
        "model": "m",
        "outside": False,
        "prompt_version": "1",
        "table_version": "test-1",
        "answered": "2026-11-21T10:00:00",
        "themes": ("adoption",),
        "rows": ("A2",),
        "flag": True,
        "relation": "supports",
        "column": "known",
        "kind": "empirical",
        "direction": "positive",
    }
    return SecondOpinion.model_validate(values | changes)


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({}, ()),
        ({"rows": ("D4", "A2")}, ()),
        ({"rows": ("D4",)}, (Aspect.ROW,)),
        ({"rows": ()}, (Aspect.ROW,)),
        ({"flag": False, "relation": None, "column": None, "kind": "none"}, (Aspect.FLAG,)),
        ({"themes": ()}, (Aspect.THEMES,)),
        ({"relation": "contradicts", "direction": "negative"}, (Aspect.RELATION, Aspect.DIRECTION)),
        ({"recommendation": True, "level": "micro"}, (Aspect.RECOMMENDATION,)),
    ],
)
def test_on_what_two_readings_differ(changes: dict[str, object], differs: tuple[Aspect, ...]) -> None:
    labels = make_labels("p", relation="supports", column="known", kind="empirical", direction="positive")
    assert _opinion(**changes).differs(labels) == differs


def test_everything_that_is_told_has_words() -> None:
    wanted = [f"second_opinion.fault.{f.value}" for f in Fault] + [f"second_opinion.aspect.{a.value}" for a in Aspect]
    wanted += [f"second_opinion.stopped.{why}" for why in (*Fault, "passages", "seconds", "tokens")]
    assert [key for key in wanted if key not in keys()] == []
    assert text("second_opinion.fault.busy", "en", n=3).endswith("3")
