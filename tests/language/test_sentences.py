"""Sentence borders in policy prose, written by hand; ``|`` marks where a new sentence must begin."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.language.pipelines import load_pipeline
from pipelines.language.sentences import sentence_spans

DUTCH = (
    "Veel taken veranderen, bijv. Planning en roosters. |Andere blijven gelijk.",
    "Het gaat om o.a. kantoorwerk, m.b.t. administratie. |De rest volgt later.",
    "De raad verwijst naar art. 27 WOR en naar nr. 14 van de lijst. |Dat is voldoende.",
    "Zie par. 3.2 en blz. 41 van het rapport. |Daar staat de onderbouwing.",
    "De groei bedroeg 1,6 procent in 2023. |In 2024 was dat 2.5 procent.",
    "2.3 Gevolgen voor de werkdruk",
    "1. De werkgever stelt een plan op. |Het plan wordt besproken.",
    "Gemeten werd in een proef.[14] |Daarna volgde een evaluatie.",
    "De effecten bleken afwezig.14 |Ook de werkdruk daalde niet.",
    "De effecten bleken klein.¹² |Toch is voorzichtigheid geboden.",
    "Het verschil is toeval.1) |De auteurs noemen het suggestief.",
    "Zij zei: ‘Dat kan zo niet.’ |De leiding luisterde.",
    "‘Wie beslist er?’ vroeg de bode aan de directie. |Niemand antwoordde.",
    "“Het werk wordt zwaarder.” |Zo vat een teamleider het samen.",
    "De uitkomst (zie tabel 4. De cijfers zijn afgerond) wijkt niet af. |Een verklaring ontbreekt.",
    "(De bijlage bevat de vragenlijst.) |De respons was laag.",
    "De heer J. de Boer en mevr. A.B. Smit namen deel. |Het verslag volgt.",
    "Jansen e.a. (2021) vonden geen verschil. |Pieters e.a. wel.",
    "Er zijn kosten voor licenties, training, beheer etc. |De baten komen later.",
    "Er is gekeken naar etc. en enz. in lopende tekst. |Dat gaat goed.",
    "De omzet steeg met 3 mln. euro. |De winst bleef gelijk.",
    "Voorbeeld B.V. leverde de software. |De gemeente betaalde.",
    "De organisatie koos model B. |De ondernemingsraad stemde in.",
    "Bij organisatie C. |De keuze viel daar anders uit.",
    "Het duurde twee jaar! |Waarom? |Niemand weet het.",
    "Wat nu? dacht de commissie. |Zij stelde het besluit uit.",
    "Volgens ca. 40% van de bedrijven, d.w.z. vier op de tien, loont het. |Dat is veel.",
    "De vergadering van 3 jan. 2024 is verplaatst. |In jan. 2025 volgt een nieuwe.",
    "Dat was vorig jaar op 11 april jl. |Inmiddels is er een akkoord.",
    "Er liggen 180 cao’s. |Elf daarvan noemen algoritmen.",
    "Dat geldt voor 80 procent van de arbeidsmarktregio's. |De rest blijft achter.",
    "Hun voorsprong bestond al. |Effecten op anderen zijn niet gemeten.",
    "De kern:\n|• minder routine\n|• meer overleg",
    "'s Ochtends is het druk. |'s Middags valt het mee.",
    "Het antwoord is niet bekend.|De raad stelt onderzoek voor.",
    "Zij wachten op een besluit… |Dat laat op zich wachten.",
    "Het citaat luidt ‘(...) en daarom stopt het’. |Het is oud.",
    "Er stond: www.voorbeeld.nl/pad. |Daar staat meer.",
    "Bijlagen: 1. Overzicht van deelnemers",
    "Dat is iets voor leidinggevenden, i.p.v. Voor de staf alleen.",
)
ENGLISH = (
    "Some tasks change, e.g. Scheduling and rostering. |Others stay.",
    "That holds for clerks, i.e. office staff. |It does not hold for nurses.",
    "Lopes et al. (2024) find no effect. |Nor do Meyer et al. in later work.",
    "See Fig. 3 and Sec. 2.1 for details. |The table is in the annex.",
    "The coefficient is 0.42. |It falls to 0.3 with controls.",
    "Output rose by 14 per cent.[3] |Novices gained most.",
    "The gap disappeared.12 |Wages did not move.",
    "The result is robust.(7) |We return to it below.",
    "Prof. J. R. Hale chaired the panel. |Dr. Okoro wrote the report.",
    "Firms in the U.S. Midwest hire less. |In the U.K. |The picture differs.",
    "They moved to the U.S. |The effect vanished.",
    "Does it pay? |Not yet. |Perhaps never!",
    '"It is faster," she said. |"But it is not better."',
    "He asked: “Who decides?” |Nobody knew.",
    "The survey ran from 9 a.m. to 5 p.m. |The response was low.",
    "Example Ltd. bought the licence. |Staff were not asked.",
    "It covers pay, hours, leave, etc. |The rest is left to firms.",
    "Costs rose (see p. 14. The note explains why) in both years. |Benefits did not.",
    "We use panel B. |The other panels are smaller.",
    "The share was 23.5%. |2020 was an exception.",
    "No. 41 in this series is on nights. |Is it useful? |No. |It is not.",
    "2.14 Several developers disagreed",
    "a. Employers consult staff",
    "(1) Workers gain. |(2) Firms gain more.",
    "The share at 500 Mbit/s. |Prices fell.",
    "Their pay is half of men's. |The gap is old.",
    "It said “we are not ready.” |The board went ahead.",
    "Half of all jobs vs. one in ten. |That is the range.",
    "The tool was withdrawn...and came back. |Nobody noticed.",
    "Approx. 300 firms replied. |Most were small.",
)


def _cut(marked: str) -> tuple[str, list[str]]:
    pieces = marked.split("|")
    return "".join(pieces), [piece.strip() for piece in pieces]


@pytest.mark.parametrize("marked", DUTCH + ENGLISH)
def test_hard_cases(marked: str) -> None:
    text, expected = _cut(marked)
    assert [text[a:b] for a, b in sentence_spans(text)] == expected


@given(st.text(alphabet="aAbZ .!?\n()[]'\"1’.•,", max_size=120))
def test_every_letter_is_in_one_sentence(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a < b for a, b in spans)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    covered = {i for a, b in spans for i in range(a, b)}
    assert all(i in covered or char.isspace() for i, char in enumerate(text))
    assert all(text[a:b] == text[a:b].strip() for a, b in spans)


def test_spacy_sees_the_same_borders() -> None:
    text = "Zie art. 3 en o.a. bijlage B. De proef liep twee jaar.[14] Daarna stopte hij."
    doc = load_pipeline("nl")(text)
    assert [sentence.text.strip() for sentence in doc.sents] == [text[a:b] for a, b in sentence_spans(text)]
    assert load_pipeline("nl") is load_pipeline("nl")


def test_empty_text_has_no_sentences() -> None:
    assert sentence_spans("") == []
    assert sentence_spans(" \n ") == []
    assert list(load_pipeline("en")("").sents) == []


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="'de'"):
        load_pipeline("de")  # pyright: ignore[reportArgumentType]
