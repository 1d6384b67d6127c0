"""Words broken at line ends: which hyphens stay."""

from __future__ import annotations

import pytest

from pipelines.ingest.pdf_drawings import Box
from pipelines.ingest.pdf_join import Joiner, runs_of
from pipelines.ingest.pdf_lines import Line

ENGLISH = "the report of the commission shows that this is not for all of the workers and by far not from which"


def line(text: str) -> Line:
    return Line(text, list(range(len(text))), Box(0, 0, 100, 10), 10.0, False, False, 1)


def join(first: str, second: str, *others: str) -> str:
    lines = [line(first), line(second)]
    text, places = Joiner([*lines, *map(line, others)]).text(lines)
    for run in runs_of([places])[0]:
        assert run.start + run.length <= len(text)
    return text


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("de arbeids\x02", "productiviteit stijgt", "de arbeidsproductiviteit stijgt"),
        ("nieuwe medewer-", "kers leren", "nieuwe medewerkers leren"),
        ("zachte afbreek\u00ad", "streep", "zachte afbreekstreep"),
        ("het gebruik van AI-", "systemen neemt toe", "het gebruik van AI-systemen neemt toe"),
        ("met Gen\x02", "erieve", "met Generieve"),
        ("de GenAI\x02", "toepassing", "de GenAI-toepassing"),
        ("van werk-naar-", "werk begeleid", "van werk-naar-werk begeleid"),
        ("van werk-", "naar-werk begeleid", "van werk-naar-werk begeleid"),
        ("de in-", "en uitvoer", "de in- en uitvoer"),
        ("korte- of lange", "termijn", "korte- of lange termijn"),
        ("in Noord-", "Holland", "in Noord-Holland"),
        ("COVID-", "19 en werk", "COVID-19 en werk"),
        ("een e-", "mail", "een e-mail"),
        ("een streep -", "en verder", "een streep - en verder"),
        ("zie https://example.org/", "pad/stuk", "zie https://example.org/pad/stuk"),
        ("zie https://example.org/een-", "twee", "zie https://example.org/een-twee"),
        ("gewone regel", "en verder", "gewone regel en verder"),
    ],
)
def test_dutch_words(first: str, second: str, joined: str):
    assert join(first, second) == joined


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("high-", "skilled workers", "high-skilled workers"),
        ("long-", "term effects", "long-term effects"),
        ("the produc-", "tivity gains", "the productivity gains"),
        ("self-", "employed", "self-employed"),
        ("short- and", "long-term", "short- and long-term"),
        ("state-of-the-", "art tools", "state-of-the-art tools"),
    ],
)
def test_english_words(first: str, second: str, joined: str):
    assert join(first, second, ENGLISH) == joined


def test_the_document_itself_shows_how_a_word_is_written():
    assert join("de zorg-", "robot", "een zorg-robot helpt") == "de zorg-robot"
    assert join("het re-", "integratie", "over reintegratie") == "het reintegratie"
