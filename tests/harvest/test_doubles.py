"""The same publication known again, on pairs that were written for it, and what must never be taken for the same."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pipelines.domain.sources import FoundItem, HarvestItem, ItemState
from pipelines.domain.titles import folded, normal_doi, title_key
from pipelines.harvest.doubles import Sameness, find_same, is_generic, same_publication, stands_for

_MOMENT = datetime(2026, 3, 2)
_PEOPLE = ("de Vries, Anna", "Yılmaz, B.", "Okafor, Chidi")

#: What two sources tell of one publication.
_SAME: list[tuple[Sameness, dict[str, Any], dict[str, Any]]] = [
    (Sameness.DOI, {"title": "A", "doi": "10.1787/ab12-en"}, {"title": "B", "doi": "https://doi.org/10.1787/AB12-EN"}),
    (
        Sameness.DOI,
        {"title": "Inleiding", "doi": "10.5555/x"},
        {"title": "", "doi": "doi:10.5555/X."},
    ),
    (
        Sameness.TITLE,
        {"title": "Werken naast een algoritme: ervaringen uit de distributie", "year": 2025, "authors": _PEOPLE},
        {"title": "Werken naast een algoritme – ervaringen uit de distributie.", "year": 2025},
    ),
    (  # the repository counts the year in which it came in
        Sameness.TITLE,
        {"title": "Chatbots at the service desk", "year": 2024, "authors": _PEOPLE},
        {"title": "Chatbots at the Service Desk", "year": 2025, "authors": ("Anna de Vries", "B. Yilmaz", "C. Okafor")},
    ),
    (
        Sameness.TITLE,
        {"title": "Who is retrained when software takes over tasks?", "authors": ("de Vries A", "Yilmaz B")},
        {"title": "<i>Who is retrained</i> when software takes over tasks", "authors": ("Vries, A. de",), "year": 2023},
    ),
    (
        Sameness.TITLE,
        {"title": "Arbeidsmarkt en digitalisering in beeld", "published": date(2025, 6, 30), "publisher": "Bureau"},
        {"title": "Arbeidsmarkt en digitalisering in beeld", "published": date(2025, 7, 2), "authors": ("Bureau",)},
    ),
    (  # one source knows the DOI, the other does not
        Sameness.TITLE,
        {"title": "Robots in small firms", "doi": "10.5555/rob", "year": 2022, "authors": _PEOPLE},
        {"title": "Robots in Small Firms", "year": 2022, "authors": _PEOPLE[:1]},
    ),
    (  # year apart, no persons, and yet within a few weeks
        Sameness.TITLE,
        {"title": "Scholing van werkenden zonder diploma", "published": date(2024, 12, 19)},
        {"title": "Scholing van werkenden zonder diploma", "published": date(2025, 1, 6)},
    ),
    (  # a list that cuts titles off
        Sameness.TITLE,
        {"title": "Hoe gemeenten hun personeel voorbereiden op het werken met taalmodellen in de …", "year": 2025},
        {
            "title": "Hoe gemeenten hun personeel voorbereiden op het werken met taalmodellen in de dienstverlening",
            "year": 2025,
        },
    ),
    (
        Sameness.TITLE,
        {"title": "Résilience et travail: l’intelligence artificielle au bureau", "year": 2025},
        {"title": "Resilience et travail : l'intelligence artificielle au bureau", "year": 2025},
    ),
    (
        Sameness.VERSION,
        {"title": "Wages after automation", "doi": "10.48550/arxiv.2101.1", "year": 2021, "authors": _PEOPLE},
        {"title": "Wages after Automation", "doi": "10.1086/777777", "year": 2023, "authors": _PEOPLE},
    ),
    (  # print and online edition of one report
        Sameness.VERSION,
        {"title": "Tasks of tomorrow in Europe", "doi": "10.2760/1", "year": 2024, "authors": _PEOPLE[:2]},
        {"title": "Tasks of tomorrow in Europe", "doi": "10.2760/2", "year": 2024, "authors": _PEOPLE},
    ),
]

#: Publications that look alike.
_OTHER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"title": "Inleiding", "year": 2025, "authors": _PEOPLE},
        {"title": "Inleiding", "year": 2025, "authors": _PEOPLE},
    ),
    ({"title": "Annual report 2025", "year": 2025}, {"title": "Annual Report 2025", "year": 2025}),
    ({"title": "Editorial", "year": 2025}, {"title": "Editorial", "year": 2025}),
    ({"title": "Jaarverslag 2024 en jaarplan 2025"}, {"title": "Jaarverslag 2024 en jaarplan 2025"}),
    ({"title": "Nieuwsbrief maart 2025, deel II"}, {"title": "Nieuwsbrief maart 2025, deel II"}),
    ({"title": "Future of work", "authors": _PEOPLE}, {"title": "Future of work", "authors": ("Smith, Jo",)}),
    (  # the same title each year
        {"title": "Monitor digitale vaardigheden van werkenden", "year": 2024, "publisher": "Bureau"},
        {"title": "Monitor digitale vaardigheden van werkenden", "year": 2025, "publisher": "Bureau"},
    ),
    (  # and each quarter
        {"title": "Vacatures in de techniek per regio", "published": date(2025, 2, 14)},
        {"title": "Vacatures in de techniek per regio", "published": date(2025, 5, 15)},
    ),
    (  # an institute is no person that agrees
        {
            "title": "Employment outlook for care",
            "doi": "10.5555/a",
            "year": 2024,
            "authors": ("World Work Council",),
        },
        {
            "title": "Employment outlook for care",
            "doi": "10.5555/b",
            "year": 2025,
            "authors": ("World Work Council",),
        },
    ),
    (
        {"title": "Algorithms and trust at work", "year": 2024, "authors": ("Smith, Jo",)},
        {"title": "Algorithms and trust at work", "year": 2024, "authors": ("Peeters, Lies", "Jansen, P.")},
    ),
    (
        {"title": "Trust and technology in offices", "year": 2015, "authors": ("Smith, Jo",)},
        {"title": "Trust and technology in offices", "year": 2024, "authors": ("Smith, Jo",)},
    ),
    (  # parts of one study: the beginning is the same
        {"title": "Verkenning van kunstmatige intelligentie op de werkvloer van tien sectoren, deel 1", "year": 2025},
        {"title": "Verkenning van kunstmatige intelligentie op de werkvloer van tien sectoren, deel 2", "year": 2025},
    ),
    ({"title": "Stand van de automatisering 2024"}, {"title": "Stand van de automatisering 2025"}),
    (  # a short title of which nothing else is known
        {"title": "Automation and wages", "year": 2019, "authors": ("Smith, Jo",)},
        {"title": "Automation and wages"},
    ),
    (  # other DOIs and nobody named
        {"title": "Tasks of tomorrow in European regions and cities", "doi": "10.2760/3", "year": 2024},
        {"title": "Tasks of tomorrow in European regions and cities", "doi": "10.2760/4", "year": 2024},
    ),
    ({"title": "", "year": 2025}, {"title": "", "year": 2025}),
    ({"title": "数字化与就业", "year": 2025}, {"title": "自动化与工资", "year": 2025}),
]


def _found(key: str, values: dict[str, Any]) -> FoundItem:
    return FoundItem.model_validate({"key": key, **values})


@pytest.mark.parametrize(("by", "a", "b"), _SAME, ids=lambda value: str(value)[:40])
def test_the_same_publication_is_known_again(by: Sameness, a: dict[str, Any], b: dict[str, Any]) -> None:
    assert same_publication(_found("a", a), _found("b", b)) is by
    assert same_publication(_found("b", b), _found("a", a)) is by


@pytest.mark.parametrize(("a", "b"), _OTHER, ids=lambda value: str(value)[:40])
def test_what_looks_alike_is_not_the_same(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert same_publication(_found("a", a), _found("b", b)) is None
    assert same_publication(_found("b", b), _found("a", a)) is None


def test_all_pairs_that_do_not_belong_together_are_told_apart() -> None:
    """Across all that was written above: only the pairs themselves are the same."""
    groups = [[_found(f"{n}-{i}", one) for i, one in enumerate(pair[1:])] for n, pair in enumerate(_SAME)]
    groups += [[_found(f"o{n}-{i}", one)] for n, pair in enumerate(_OTHER) for i, one in enumerate(pair)]
    for n, group in enumerate(groups):
        for other in groups[n + 1 :]:
            for a in group:
                assert not [b for b in other if same_publication(a, b)], a


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("https://doi.org/10.1787/AB-c", "10.1787/ab-c"),
        ("doi:10.1000/182.", "10.1000/182"),
        ("(zie 10.1016/S0140-6736(20)30183-5)", "10.1016/s0140-6736(20)30183-5"),
        ("http://dx.doi.org/10.1000%2Fxyz", "10.1000/xyz"),
        ("https://pers.example/doi/10.1000/xyz?download=true#p2", "10.1000/xyz"),
        ("https://pers.example/zoek?q=10.1000/xyz", "10.1000/xyz"),
        ("10.1000/x?y", "10.1000/x?y"),
        (
            "10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O",
            "10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o",
        ),
        ("10.12/x", None),
        ("10.1787/.", None),
        ("10.1787/" + "a" * 592, "10.1787/" + "a" * 592),
        ("10.1787/" + "a" * 593, None),
        ("", None),
        (None, None),
    ],
)
def test_dois_have_one_form(text: str | None, doi: str | None) -> None:
    assert normal_doi(text) == doi


def test_titles_have_one_form() -> None:
    assert folded("  De <i>Ĳssel</i>; straße – Œuvre №1 ") == "de ijssel strasse oeuvre no1"
    assert title_key("A" * 90) == "a" * 64 and title_key("…!") == ""
    assert is_generic("Press release, 3 maart 2025") and not is_generic("Press freedom and robots")


# ---------------------------------------------------------------- which of two is kept


def _item(key: str, state: ItemState, days: int = 0, **values: Any) -> HarvestItem:
    found = {"title": "Werken naast een algoritme in de zorg", "year": 2025, **values}
    seen = _MOMENT + timedelta(days=days)
    return HarvestItem(source_id=f"source-{key}", found=_found(key, found), state=state, first_seen=seen)


def test_what_lies_there_stands_for_all_others() -> None:
    new = _item("n", ItemState.WAITING, 3, file_urls=("https://a.example/a.pdf",))
    waiting, fetched = _item("w", ItemState.WAITING), _item("f", ItemState.FETCHED, 1)
    assert find_same(new, [new, waiting, fetched]) == (fetched, Sameness.TITLE)
    assert find_same(waiting, [waiting, new]) == (new, Sameness.TITLE)  # of two that wait that with a file is fetched
    assert find_same(new, [waiting]) is None
    old = _item("o", ItemState.WAITING, file_urls=("https://a.example/b.pdf",))
    assert find_same(new, [old]) == (old, Sameness.TITLE) and find_same(old, [new]) is None  # else the older one


def test_a_double_leads_to_what_it_is_a_double_of() -> None:
    kept = _item("k", ItemState.FETCHED, title="Iets anders over werk")
    double = _item("d", ItemState.DOUBLE, 1).model_copy(update={"same_as": kept.id})
    new = _item("n", ItemState.WAITING, 2)
    assert find_same(new, [double, kept]) == (kept, Sameness.TITLE)
    assert find_same(new, [double]) is None
    assert find_same(kept, [double, kept]) is None


@pytest.mark.parametrize("state", [ItemState.ABSTRACT, ItemState.NOTHING, ItemState.GIVEN_UP])
def test_what_could_not_be_had_leaves_room_for_a_file(state: ItemState) -> None:
    known = _item("k", state)
    assert not stands_for(known, _item("n", ItemState.WAITING, 1, file_urls=("https://a.example/a.pdf",)))
    assert stands_for(known, _item("n", ItemState.WAITING, 1))


def test_what_was_left_out_leaves_room_for_what_tells_more() -> None:
    known = _item("k", ItemState.LEFT_OUT)
    assert stands_for(known, _item("n", ItemState.WAITING, 1))
    assert not stands_for(known, _item("n", ItemState.WAITING, 1, abstract="Over verpleegkundigen."))


def test_doubles_stand_for_nothing() -> None:
    assert not stands_for(_item("k", ItemState.DOUBLE), _item("n", ItemState.WAITING, 1))


def test_one_source_that_tells_two_apart_is_believed() -> None:
    column = {"title": "Werk in de regio van morgen", "published": date(2025, 3, 3)}
    old, new = _item("a", ItemState.FETCHED, **column), _item("b", ItemState.WAITING, 7, **column)
    assert find_same(new, [old]) is not None
    assert find_same(new.model_copy(update={"source_id": old.source_id}), [old]) is None
    signed = [_item(key, state, authors=_PEOPLE) for key, state in (("a", ItemState.FETCHED), ("b", ItemState.WAITING))]
    assert find_same(signed[1].model_copy(update={"source_id": "source-a"}), signed[:1]) is not None
