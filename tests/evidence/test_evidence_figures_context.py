"""What a passage says around its figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.domain.evidence import Figure, FigureRole, FigureSource
from pipelines.evidence.figures import find_figures
from pipelines.evidence.figures_context import describe_figures
from pipelines.language.sentences import sentence_spans


def described(text: str, language: str = "nl") -> tuple[Figure, ...]:
    return describe_figures(text, language, find_figures(text, language), sentence_spans(text))


def test_aims_for_a_year_are_targets() -> None:
    text = (
        "In haar plan schrijft de commissie dat tegen 2030 75% van de Europese bedrijven AI moet gebruiken en dat 90%"
        " van de kleine bedrijven een basisniveau moet halen; dat is de ambitie."
    )
    first, second = described(text)
    assert (first.role, first.period, first.population) == (FigureRole.TARGET, "tegen 2030", "Europese bedrijven")
    assert (second.role, second.period) == (FigureRole.TARGET, "tegen 2030")


def test_figures_in_brackets_are_set_against_each_other() -> None:
    text = "De groei was lager in beroepen met een hoog risico (6%) dan in beroepen met een laag risico (18%)."
    first, second = described(text)
    assert first.compared_with == second.start
    assert second.compared_with == first.start
    assert first.population == "beroepen met een hoog risico"
    assert second.population == "beroepen met een laag risico"


def test_place_and_period_of_the_sentence_before_hold_for_the_next() -> None:
    found = described("In 2019 used 12% of firms in Denmark the software. In retail it was 4%.", "en")
    assert [(f.place, f.period) for f in found] == [("Denmark", "In 2019")] * 2


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Uit een enquête blijkt dat 12% van de werkgevers twijfelt.", FigureSource.SURVEY),
        ("In een experiment met een controlegroep was men 12% sneller.", FigureSource.EXPERIMENT),
        ("Volgens een raming verdwijnt 12% van het werk.", FigureSource.MODEL),
        ("In 12% van de vacatures staat AI.", FigureSource.REGISTER),
        ("Een meta-analyse komt uit op 12%.", FigureSource.LITERATURE),
        ("Het ging om 12% van het geld.", None),
    ],
)
def test_what_a_figure_rests_on(text: str, source: FigureSource | None) -> None:
    (figure,) = described(text)
    assert figure.source is source


def test_samples_and_sums_of_money_are_no_findings() -> None:
    sample, share = described("Van de 342 gemeenten heeft 12% een chatbot.")
    assert (sample.role, share.role) == (FigureRole.SAMPLE, FigureRole.FINDING)
    (money,) = described("Het kabinet stelt € 48 miljoen beschikbaar voor scholing.")
    assert money.role is FigureRole.OTHER
    (forecast,) = described("By 2035 some 12% of jobs will have gone.", "en")
    assert forecast.role is FigureRole.FORECAST


@given(st.text(alphabet="ab 0123456789%.,;()van tegenof", max_size=80), st.sampled_from(["nl", "en"]))
def test_nothing_of_a_figure_is_changed_or_made_up(text: str, language: str) -> None:
    found = find_figures(text, language)
    told = describe_figures(text, language, found, sentence_spans(text))
    assert [(f.value, f.unit, f.start, f.end, f.measures) for f in told] == [
        (f.value, f.unit, f.start, f.end, f.measures) for f in found
    ]
    starts = {f.start for f in found}
    for figure in told:
        assert figure.population in text
        assert figure.place in text
        assert figure.period in text
        assert figure.compared_with is None or figure.compared_with in starts - {figure.start}


@pytest.mark.parametrize(
    ("language", "text", "place", "population"),
    [
        ("nl", "Vier op de tien leraren laten een taalmodel toetsen maken.", 0, "leraren"),
        (
            "nl",
            "Van de 433 systemen die wij zagen, stond 5 procent erin.",
            1,
            "systemen die wij zagen",
        ),
        ("nl", "Vrouwen lopen 8 procentpunt achter op mannen.", 0, "Vrouwen"),
        ("nl", "Dat kostte 26 procent van de tijd.", 0, ""),
        ("en", "Some 33 per cent of directors say soon, 29 per cent later.", 1, "directors"),
        ("en", "In 2017 that share was still 48%.", 0, ""),
    ],
)
def test_for_whom_a_figure_holds(language: str, text: str, place: int, population: str) -> None:
    assert described(text, language)[place].population == population


@pytest.mark.parametrize(
    ("language", "text", "pair"),
    [
        ("nl", "Van de werkenden vreest 43% voor zijn baan. In 2019 was dat 29 procent.", (0, 1)),
        ("nl", "Een dossier kost nu 35 minuten in plaats van 2 uur.", (0, 1)),
        ("nl", "De productie steeg met 9 procent, de lonen bleven steken op 4 procent.", (0, 1)),
        ("en", "We ask for 60 per cent of the wage. Today it stands at 47 per cent.", (0, 1)),
        ("en", "A panel of 20 firms rose by 3%. Prices in 2019 were 5% of sales.", None),
    ],
)
def test_what_figures_are_set_against(language: str, text: str, pair: tuple[int, int] | None) -> None:
    found = described(text, language)
    against = {i: next(k for k, f in enumerate(found) if f.start == one.compared_with)
               for i, one in enumerate(found) if one.compared_with is not None}  # fmt: skip
    assert against == ({} if pair is None else {pair[0]: pair[1], pair[1]: pair[0]})


@pytest.mark.parametrize(
    ("language", "text", "place", "period"),
    [
        ("nl", "Nu is dat 75 procent van het loon.", 0, "Nu"),
        ("en", "We counted adverts, 2019 to 2024. Mentions rose by 12%.", 0, "2019 to 2024"),
        ("nl", "In 2024 gebruikte 22% van de bedrijven AI. Van de grote deed 60% dat.", 1, "In 2024"),
        ("nl", "Tegen 2030 moet dat 90% zijn. Van de bedrijven gebruikt 22% AI.", 1, ""),
    ],
)
def test_when_a_figure_holds(language: str, text: str, place: int, period: str) -> None:
    assert described(text, language)[place].period == period


@pytest.mark.parametrize(
    ("language", "text", "place", "role"),
    [
        ("nl", "Uit onze ledenpeiling (n = 3.180) blijkt dat 44% nooit is gevraagd.", 0, FigureRole.SAMPLE),
        ("nl", "Van de 412 ondernemingsraden werd 31% om instemming gevraagd.", 0, FigureRole.SAMPLE),
        ("en", "In all, 758 consultants took part in the trial.", 0, FigureRole.SAMPLE),
        ("en", "Last year 1,200 jobs were cut in clerical work.", 0, FigureRole.FINDING),
        ("nl", "Het aantal klachten daalde met 12 procent.", 0, FigureRole.FINDING),
    ],
)
def test_how_many_were_looked_at_is_a_sample(language: str, text: str, place: int, role: FigureRole) -> None:
    assert described(text, language)[place].role is role
