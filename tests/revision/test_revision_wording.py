"""Suggested wording: the statement's own words and sentences of the evidence, in both languages."""

from __future__ import annotations

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

from pipelines.domain.appraisal import AgreementLevel, EvidencePiece, Stance, WeighedStudy
from pipelines.domain.evidence import Figure, KeySentence
from pipelines.domain.evidence_table import Column, Statement
from pipelines.domain.proposals import Proposal, Wording
from pipelines.domain.themes import Theme
from pipelines.domain.topics import Topic, TopicModel, TopicsState
from pipelines.evidence.figures import find_figures
from pipelines.revision import load_rules, propose_changes
from pipelines.revision.figures_outdated import difference
from pipelines.revision.hedges import hedges_in, without_hedges
from pipelines.revision.quoting import choose_quote, in_marks
from pipelines.revision.wording import suggest_wording
from pipelines.table.starting import starting_table

_NL = "Bedrijven met AI groeien 12 procent harder dan andere."
_EN = "Firms with AI grow twelve per cent faster than others."


def _suggest(rule: str, before: Statement | None, *found: tuple[str, str, Stance]) -> Wording:
    studies = [build_study(f"i{n}", stance) for n, (_, _, stance) in enumerate(found)]
    pieces = {f"i{n}": build_piece(f"i{n}", text, language=lang) for n, (text, lang, _) in enumerate(found)}
    return suggest_wording(rule, before, studies, pieces)


def test_each_language_quotes_a_source_of_its_own() -> None:
    made = _suggest("uncertain_narrowed", UNCERTAIN, (_NL, "nl", Stance.FOR), (_EN, "en", Stance.FOR))
    assert made.nl == f"{UNCERTAIN.nl} Onderzoek wijst inmiddels op het volgende: “{_NL}”"
    assert made.en == f"{UNCERTAIN.en} Research by now points to the following: “{_EN}”"


def test_without_a_source_in_the_language_the_quotation_says_so() -> None:
    made = _suggest("wording_narrowed", KNOWN, (_EN, "en", Stance.NUANCE))
    assert made.nl.startswith(KNOWN.nl) and made.nl.endswith(f"“{_EN[:-1]}” (Engelstalige bron).")
    assert made.en.endswith(f"“{_EN}”")


@pytest.mark.parametrize("rule", ["known_uncertain", "trend_uncertain"])
def test_what_is_contradicted_keeps_its_words_between_marks(rule: str) -> None:
    made = _suggest(rule, KNOWN, (_NL, "nl", Stance.AGAINST), ("Deze studie steunt het juist wel.", "nl", Stance.FOR))
    assert f"“{KNOWN.nl}”" in made.nl and f"“{_NL}”" in made.nl and "steunt" not in made.nl
    assert f"“{KNOWN.en}”" in made.en and made.en.endswith("(source in Dutch).")


def test_what_was_added_when_it_narrowed_goes_when_it_is_known() -> None:
    narrowed = _suggest("uncertain_narrowed", UNCERTAIN, (_NL, "nl", Stance.FOR))
    before = UNCERTAIN.model_copy(update={"narrowed": True, "nl": narrowed.nl, "en": narrowed.en})
    made = _suggest("narrowed_known", before, ("Het tempo stijgt met een tiende in elke sector.", "nl", Stance.FOR))
    assert made.nl.count(UNCERTAIN.nl) == 1 and _NL not in made.nl and "met een tiende" in made.nl
    assert f"“{UNCERTAIN.en}”" in made.en


def test_nothing_is_made_for_a_language_without_text() -> None:
    before = KNOWN.model_copy(update={"en": ""})
    for rule in ("known_uncertain", "wording_narrowed"):
        stance = Stance.AGAINST if rule == "known_uncertain" else Stance.NUANCE
        made = _suggest(rule, before, (_EN, "en", stance))
        assert made.en == "" and made.nl


def _choose(*texts: tuple[str, str, float], language: str = "nl") -> str:
    studies: list[WeighedStudy] = []
    pieces: dict[str, EvidencePiece] = {}
    for n, (text, spoken, weight) in enumerate(texts):
        studies.append(build_study(f"i{n}", weight=weight))
        pieces[f"i{n}"] = build_piece(f"i{n}", text, language=spoken)
    chosen = choose_quote(studies, pieces, language)
    assert chosen == choose_quote(studies[::-1], pieces, language), "the order plays no part"
    return chosen.text if chosen is not None else ""


def test_which_sentence_is_quoted() -> None:
    assert _choose((_EN, "en", 0.9), (_NL, "nl", 0.1)) == _NL, "the language goes first"
    assert _choose(("Dit geldt ook voor kleine bedrijven in het land.", "nl", 0.9), (_NL, "nl", 0.1)) == _NL
    assert _choose(("Wat betekent dit nu voor bedrijven met AI?", "nl", 0.9), (_EN, "en", 0.1)) == _EN
    assert _choose((_NL, "nl", 0.2), ("Bedrijven zonder AI groeien trager dan die met AI.", "nl", 0.8)) != _NL
    long = "Het bureau volgde " + "kleine en grote bedrijven, " * 30 + "en zag verschil."
    cut = _choose((long, "nl", 0.5))
    assert cut.endswith(" […]") and long.startswith(cut.removesuffix(" […]")) and len(cut.split()) <= 61
    assert _choose() == ""


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    first, key = "Het bureau volgde 900 bedrijven.", "Dat leverde een tiende meer tempo op bij starters."
    for joint, expected in ((" ", f"{first} {key}"), ("\n", key)):
        text = f"{first}{joint}{key}"
        piece = build_piece("a", text).model_copy(
            update={"key_sentence": KeySentence(text=key, start=len(first) + 1, end=len(text))}
        )
        chosen = choose_quote([build_study("a")], {"a": piece}, "nl")
        assert chosen is not None and chosen.text == expected
    passage = "Dit is een inleiding over bedrijven. Het bureau zag 12 procent meer tempo. Verder niets."
    piece = build_piece("a", passage, figures=find_figures(passage, "nl")).model_copy(update={"key_sentence": None})
    chosen = choose_quote([build_study("a")], {"a": piece}, "nl")
    assert chosen is not None and chosen.text == "Het bureau zag 12 procent meer tempo."


def test_marks_inside_a_quotation_become_single() -> None:
    assert in_marks('Hij noemt het "slim" en „snel”.') == "“Hij noemt het ‘slim’ en ‘snel’.”"


@pytest.mark.parametrize(
    ("nl", "en", "nl_after", "en_after"),
    [
        ("Starters lijken meer van AI te leren dan anderen.", "Beginners seem to learn more from AI than others.",
         "Starters leren meer van AI dan anderen.", "Beginners learn more from AI than others."),
        ("Feedback lijkt de kwaliteit te verhogen.", "Feedback seems to raise quality.",
         "Feedback verhoogt de kwaliteit.", "Feedback raises quality."),
        ("De vraag lijkt sterk toe te nemen.", "", "De vraag neemt sterk toe.", ""),
        ("Toegang lijkt bepalend.", "Access seems decisive.", "Toegang is bepalend.", "Access is decisive."),
        ("AI leidt mogelijk tot groei.", "AI possibly leads to growth.", "AI leidt tot groei.", "AI leads to growth."),
        ("Te veel toezicht kan schaden.", "Too much control may harm.", "Te veel toezicht kan schaden.",
         "Too much control can harm."),
        ("Banen groeien, waarschijnlijk door vraag.", "Jobs grow, probably through demand.",
         "Banen groeien, waarschijnlijk door vraag.", "Jobs grow, probably through demand."),
    ],
)  # fmt: skip
def test_hedges_go_in_both_languages(nl: str, en: str, nl_after: str, en_after: str) -> None:
    assert without_hedges(nl, en) == (nl_after, en_after)


@pytest.mark.parametrize(
    ("nl", "en"),
    [
        ("Het lijkt erop dat AI helpt.", ""),
        ("AI lijkt de druk te verlagen en de kwaliteit te verhogen.", ""),
        ("Mogelijk leidt AI tot groei.", ""),
        ("AI maakt groei mogelijk.", ""),
        ("Groei is mogelijk door AI.", ""),
        ("", "AI seems to raise pay and lower stress."),
        ("", "It seems that AI helps."),
        ("", "Women may be vulnerable."),
        ("Starters lijken meer te leren.", "Beginners may learn more."),
    ],
)
def test_what_cannot_be_changed_safely_stays_in_both_languages(nl: str, en: str) -> None:
    assert without_hedges(nl, en) == (nl, en)


def test_trends_of_the_shipped_table_without_hedges() -> None:
    changed = {
        s.id: without_hedges(s.nl, s.en)
        for _, s in starting_table().statements()
        if s.column is Column.TREND and without_hedges(s.nl, s.en) != (s.nl, s.en)
    }
    assert set(changed) == {"B1.t1", "B1.t3", "B2.t2", "C1.t1", "D3.t1", "D3.t2", "E2.t1"}
    assert "profiteren meer van AI dan de best presterende" in changed["B1.t1"][0]
    assert "stijgen winstmarges en treden" in changed["D3.t1"][0]
    assert all(not hedges_in(nl, "nl") and not hedges_in(en, "en") for nl, en in changed.values())


def test_a_hedge_that_is_left_is_told() -> None:
    before = TREND.model_copy(update={"nl": "Mogelijk leren starters meer.", "en": "Beginners might learn more."})
    studies = [build_study(f"i{n}") for n in range(3)]
    (one,) = propose_changes(
        build_table(before), build_appraisal(build_appraised("B1.t1", studies)), [], load_rules(), TODAY
    )
    assert one.suggestion == Wording(nl=before.nl, en=before.en) and one.inputs["hedge_left"] == "Mogelijk, might"


def _outdated(statement: Statement, sentence: str, language: str = "nl", year: int | None = 2025) -> list[Proposal]:
    piece = build_piece(
        "a", sentence, language=language, statement=statement.id, year=year, figures=find_figures(sentence, language)
    )
    found = build_appraised(statement.id, [build_study("a")], agreement=AgreementLevel.MEDIUM)
    return propose_changes(
        build_table(statement), build_appraisal(found), [piece], load_rules(), TODAY, read_figures=find_figures
    )


_SHARE = Statement(
    id="B1.k1", column=Column.KNOWN, nl="Van de bedrijven gebruikt 14 procent AI.", en="Of all firms, 14% use AI."
)
_BOUND = Statement(
    id="B1.t1",
    column=Column.TREND,
    nl="Platformwerk blijft onder een procent van de beroepsbevolking.",
    en="Platform work stays under one per cent of the labour force.",
)


def test_a_figure_is_replaced_in_both_languages() -> None:
    (one,) = _outdated(_SHARE, "In een jaar steeg het: 22,5 procent van de bedrijven gebruikt AI.")
    assert one.rule == "figure_outdated" and one.to_column is Column.KNOWN
    assert one.suggestion == Wording(nl="Van de bedrijven gebruikt 22,5 procent AI.", en="Of all firms, 22.5% use AI.")
    assert (one.inputs["figure_in_table"], one.inputs["figure_found"]) == ("14 procent", "22,5 procent")


@pytest.mark.parametrize(
    ("statement", "sentence", "year"),
    [
        (_SHARE, "Nu gebruikt 15 procent van de bedrijven AI.", 2025),
        (_SHARE, "Nu werkt 30 procent van de leerlingen op school met een rekenmachine.", 2025),
        (_SHARE, "Het bureau telde 2300 bedrijven met AI.", 2025),
        (_SHARE, "Nu gebruikt 25 procent van de bedrijven AI.", None),
        (_SHARE.model_copy(update={"source": "CBS 2025"}), "Nu gebruikt 25 procent van de bedrijven AI.", 2025),
        (_BOUND, "Platformwerk doet 0,4 procent van de beroepsbevolking.", 2025),
    ],
    ids=["a tenth or less", "something else", "other unit", "no year", "as old", "within the bound"],
)
def test_a_figure_that_is_not_out_of_date(statement: Statement, sentence: str, year: int | None) -> None:
    assert _outdated(statement, sentence, year=year) == []


def test_a_figure_just_past_the_threshold() -> None:
    assert _outdated(_SHARE, "Nu gebruikt 15,3 procent van de bedrijven AI.") == []
    assert len(_outdated(_SHARE, "Nu gebruikt 15,4 procent van de bedrijven AI.")) == 1


def test_a_bound_or_a_year_gets_the_finding_beside_it() -> None:
    (one,) = _outdated(_BOUND, "Platformwerk doet 2,4 procent van de beroepsbevolking.")
    assert one.suggestion.nl.startswith(_BOUND.nl) and "“Platformwerk doet 2,4 procent" in one.suggestion.nl
    assert one.suggestion.en.startswith(_BOUND.en) and one.suggestion.en.endswith("(source in Dutch).")
    dated = _SHARE.model_copy(update={"nl": "In 2023 gebruikte 14 procent van de bedrijven AI."})
    (one,) = _outdated(dated, "Nu gebruikt 25 procent van de bedrijven AI.")
    assert one.suggestion.nl.startswith(dated.nl) and one.inputs["years_newer"] == 2
    both = dated.model_copy(update={"nl": one.suggestion.nl, "en": one.suggestion.en})
    assert _outdated(both, "Nu gebruikt 25 procent van de bedrijven AI.") == [], "it is in the text by now"


def test_how_far_a_figure_lies_from_a_range() -> None:
    own = "Van de banen verandert 6 tot 18 procent."
    (old,) = find_figures(own, "nl")
    for text, expected in (("12 procent", 0.0), ("18 procent", 0.0), ("27 procent", 0.5)):
        (new,) = find_figures(f"Het gaat om {text} van de banen.", "nl")
        assert difference(own, old, new) == pytest.approx(expected)


def test_a_new_row_is_named_after_its_topic() -> None:
    found = build_appraised(None, [build_study("a"), build_study("b")], row=None)
    pieces = [
        build_piece("a", "Datacentra verbruiken meer stroom door AI.", statement=None, row=None, section=("Energie",)),
        build_piece("b", "Data centres use more power.", statement=None, row=None, language="en", day=1),
    ]
    topic = Topic(
        id="t1", name_nl="stroom voor AI", name_en="power for AI", size=4, n_documents=2, n_nl=2, n_en=2, novel=True
    )
    topics = TopicModel(
        state=TopicsState.FITTED, n_passages=60, minimum=50, topics=(topic,), assignments={"p-a": "t1", "p-b": "t1"}
    )
    args = (build_table(), build_appraisal(found), pieces, load_rules(), TODAY)
    (one,) = propose_changes(*args, topics=topics)
    assert one.row_title == Wording(nl="Stroom voor AI", en="Power for AI") and one.inputs["topic_novel"] == "yes"
    assert one.chapter is Theme.OTHER_EFFECTS and "meer stroom" in one.suggestion.nl
    (plain,) = propose_changes(*args, themes={"p-a": (Theme.ADOPTION,)})
    assert plain.row_title == Wording(nl="Energie", en="Titel van b") and plain.chapter is Theme.ADOPTION
    empty = propose_changes(build_table(), build_appraisal(), [], load_rules(), TODAY, topics=topics)
    assert empty == [], "a new topic without accepted evidence is no proposal"


@pytest.mark.parametrize(
    ("column", "expected"),
    [(Column.UNCERTAIN, Column.UNCERTAIN), (Column.KNOWN, Column.TREND), (None, Column.TREND)],
)
def test_where_a_new_statement_enters(column: Column | None, expected: Column) -> None:
    found = build_appraised(None, [build_study("a"), build_study("b")])
    pieces = [build_piece(item, _NL, statement=None, column=column) for item in ("a", "b")]
    (one,) = propose_changes(build_table(), build_appraisal(found), pieces, load_rules(), TODAY)
    assert one.to_column is expected


def test_what_new_evidence_tells_of_an_earlier_year_makes_no_figure_current() -> None:
    sentence = "In 2025 deed 1,8 procent van de beroepsbevolking platformwerk, tegen 0,7 procent in 2022."
    figures = tuple(
        figure.model_copy(update={"period": period})
        for figure, period in zip(find_figures(sentence, "nl"), ("In 2025", "in 2022"), strict=True)
    )
    found = build_appraised(_BOUND.id, [build_study("a")], agreement=AgreementLevel.MEDIUM)

    def proposed(told: tuple[Figure, ...]) -> list[Proposal]:
        piece = build_piece("a", sentence, statement=_BOUND.id, year=2025, figures=told)
        return propose_changes(
            build_table(_BOUND), build_appraisal(found), [piece], load_rules(), TODAY, read_figures=find_figures
        )

    (one,) = proposed(figures)
    assert one.rule == "figure_outdated" and one.inputs["years_newer"] == 3
    assert proposed(tuple(figure.model_copy(update={"period": ""}) for figure in figures)) == []
