"""Whether two items are the same publication: by DOI, by title with who and when, and which of them is kept.

A publication that is taken for another is lost to the readers; one that comes in twice costs a fetch, and readers see
it twice. So titles decide only where who wrote it and when leave no doubt: institutes give a monitor the same title
every year, or every quarter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from pipelines.domain.sources import FoundItem, HarvestItem, ItemState
from pipelines.domain.titles import folded, normal_doi


class Sameness(StrEnum):
    """By what two items are known to be the same."""

    DOI = "doi"
    TITLE = "title"
    """Title, with year and authors."""
    VERSION = "version"
    """Title and authors, with other DOIs: a preprint and its article, or two deposits of one report."""
    ADDRESS = "address"
    """Name at its source, title and address: a source that got another id, or that is in the file twice."""


_LEAST_WORDS = 3
_LEAST_LETTERS = 15
"""Shorter titles ("Future work", "AI en werk") are those of many publications."""
_LONG_WORDS = 6
"""From so many words on a title belongs to one publication, also where nothing is known of one of the two but it."""
_NEAR_DAYS = 62
"""Repository and publisher date the same report up to two months apart; a quarterly returns after three."""
_YEARS_OF_VERSIONS = 3
"""From working paper to article takes years in economics; further apart a title is more likely used anew."""

#: Titles made of these, figures and names of months alone say nothing of what is in it.
_COMMON = """
    abstract annex annual appendix article back bibliography bijlage bijlagen blog book books brief bulletin
    chapter colofon column comment commentary conclusie conclusies conclusion conclusions contents contributors
    correction corrigendum cover de deel discussie discussion editor editorial editorials eindrapport en erratum
    executive factsheet final foreword from front full het homepage hoofdstuk in index infographic information
    inhoud inhoudsopgave inleiding interview introductie introduction issue jaar jaarbericht jaarplan
    jaarrapport jaarverslag kamerbrief kamerstuk kwartaal kwartaalbericht letter letters magazine masthead
    matter methode methods monitor news newsletter nieuws nieuwsbrief note notes notitie of onderzoeksrapport
    our outlook overview paper persbericht podcast policy preface press programma publicatie quarterly rapport
    rapportage reactie recensie reference references referenties release report response resultaten results
    review reviews samenvatting series slotbeschouwing special speech summary tabellenboek table technical
    technische the thesis to tussenrapport update van verantwoording verslag volume voorwoord webinar werkplan
    white whitepaper working year januari februari maart april mei juni juli augustus september oktober november
    december january february march may june july august october q1 q2 q3 q4 eerste tweede derde vierde first
    second third fourth spring summer autumn winter
"""
_GENERIC = frozenset(_COMMON.split())
_FIGURES = re.compile(r"[0-9]+[a-z]{0,2}|[ivx]{1,5}")
_CUT_OFF = re.compile(r"(?:…|\.\.\.)\s*$")


def is_generic(title: str) -> bool:
    """Whether a title is so short or so common that it says nothing of which publication it is."""
    words = folded(title).split()
    if len(words) < _LEAST_WORDS or sum(map(len, words)) < _LEAST_LETTERS:
        return True
    return all(word in _GENERIC or _FIGURES.fullmatch(word) for word in words)


def same_publication(a: FoundItem, b: FoundItem) -> Sameness | None:
    """By what ``a`` and ``b`` are the same publication; ``None`` where that is not known.

    A preprint and its article, with the same title and authors but other DOIs, are the same: they are one study, and
    the confidence in a statement counts independent studies. The first to be fetched is kept; people can pull in the
    other.
    """
    doi_a, doi_b = normal_doi(a.doi), normal_doi(b.doi)
    if doi_a and doi_a == doi_b:
        return Sameness.DOI
    if not _same_title(a.title, b.title) or is_generic(a.title) or is_generic(b.title):
        return None
    agree = _authors_agree(a, b)
    if agree is False:
        return None
    if doi_a and doi_b:
        apart = _years_apart(a, b)
        return Sameness.VERSION if agree and apart is not None and apart <= _YEARS_OF_VERSIONS else None
    return Sameness.TITLE if _same_time(a, b, agree=bool(agree)) else None


def _same_title(a: str, b: str) -> bool:
    letters_a, letters_b = folded(a).replace(" ", ""), folded(b).replace(" ", "")
    if letters_a == letters_b:
        return True
    # As lists of services cut them off.
    cut_a, cut_b = (_CUT_OFF.search(t) and len(folded(t).split()) >= _LONG_WORDS for t in (a, b))
    return bool((cut_a and letters_b.startswith(letters_a)) or (cut_b and letters_a.startswith(letters_b)))


def _same_time(a: FoundItem, b: FoundItem, *, agree: bool) -> bool:
    apart = _years_apart(a, b)
    if apart is None:
        return agree or len(folded(a.title).split()) >= _LONG_WORDS
    if agree:
        return apart <= 1
    if a.published and b.published:
        return abs((a.published - b.published).days) <= _NEAR_DAYS
    return apart == 0


def _years_apart(a: FoundItem, b: FoundItem) -> int | None:
    years = [found.year or (found.published.year if found.published else None) for found in (a, b)]
    return None if years[0] is None or years[1] is None else abs(years[0] - years[1])


def _authors_agree(a: FoundItem, b: FoundItem) -> bool | None:
    """Whether persons wrote both and they are the same; ``None`` where one of the two names none.

    Institutes are no persons: they write the same title again next year.
    """
    institutes = {folded(name) for found in (a, b) if (name := found.publisher)}
    families_a, families_b = (
        {_family(name) for name in found.authors if folded(name) not in institutes and _is_person(name)} - {""}
        for found in (a, b)
    )
    if not families_a or not families_b:
        return None
    # Lists of authors are cut short ("et al.") and misspelt.
    return 2 * len(families_a & families_b) >= min(len(families_a), len(families_b))


_INSTITUTE = re.compile(
    r"\b(?:\w*(?:bureau|instituut|institute|universiteit|university|universit\w+|ministerie|ministry|organi[sz]ation|"
    r"organisatie|commission|commissie|council|centre|center|centrum|foundation|stichting|agency|raad|bank|office|"
    r"department|group|team|inspectie|planbureau|consortium|association|vereniging))\b",
    re.I,
)


def _is_person(name: str) -> bool:
    """Persons have a given name or initials; institutes are one word, capitals, or say what they are."""
    parts = folded(name).split()
    return len(parts) >= 2 and not _INSTITUTE.search(name)


_MOST_INITIALS = 2


def _family(name: str) -> str:
    """Last word of the family name: particles stand before it or behind (``Berg, J. van der``)."""
    family, comma, _given = name.partition(",")
    parts = folded(family if comma else re.sub(r"\b(?:jr|sr|ii|iii|phd|dr)\b\.?", " ", name, flags=re.I)).split()
    # ``Berg J`` as well: initials are no family name.
    return next((part for part in reversed(parts) if len(part) > _MOST_INITIALS), parts[-1] if parts else "")


def find_same(item: HarvestItem, others: Sequence[HarvestItem]) -> tuple[HarvestItem, Sameness] | None:
    """The item that makes ``item`` unneeded, and by what it is the same; ``None`` where it is needed.

    Parameters
    ----------
    item
        To be fetched.
    others
        Items with the same DOI or title, and those that doubles among them are doubles of; ``item`` itself is passed
        over.
    """
    by_id = {other.id: other for other in others}
    best: tuple[HarvestItem, Sameness] | None = None
    for other in others:
        known = by_id.get(other.same_as or "") if other.state is ItemState.DOUBLE else other
        if known is None or item.id in {known.id, other.id} or not stands_for(known, item):
            continue
        one_source = other.source_id == item.source_id
        sameness = same_publication(item.found, other.found)
        if sameness is None and not one_source and _same_entry(item.found, other.found):
            sameness = Sameness.ADDRESS
        if sameness is Sameness.TITLE and one_source and not _authors_agree(item.found, other.found):
            continue  # a source that gives them keys of their own takes them for two, such as columns of two weeks
        if sameness is not None and (best is None or _order(known) < _order(best[0])):
            best = known, sameness
    return best


def _same_entry(a: FoundItem, b: FoundItem) -> bool:
    """Whether two sources give the same entry of the same list; its title may be any."""
    return a.key == b.key and _same_title(a.title, b.title) and not set(a.file_urls).isdisjoint(b.file_urls)


def _order(item: HarvestItem) -> tuple[bool, bool, datetime, str]:
    """What is there goes first, then what has a file, then what is known longest."""
    return item.state is not ItemState.FETCHED, not item.found.file_urls, item.first_seen, item.id


def stands_for(known: HarvestItem, item: HarvestItem) -> bool:
    """Whether ``item`` brings nothing once it is the same publication as ``known``.

    Of two that still have to be fetched one is: that with a file, else the older one. What was left out stands only for
    items that tell no more of themselves, and what could not be had only for those that cannot be had either.
    """
    found = item.found
    match known.state:
        case ItemState.FETCHED:
            return True
        case ItemState.WAITING | ItemState.FAILED:
            return _order(known) < _order(item)
        case ItemState.ABSTRACT:
            return not found.file_urls
        case ItemState.LEFT_OUT:
            return bool(known.found.abstract or not found.abstract)
        case ItemState.NOTHING | ItemState.GIVEN_UP:
            return not found.file_urls and not found.abstract
        case ItemState.DOUBLE:
            return False
