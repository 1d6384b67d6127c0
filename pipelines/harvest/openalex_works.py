"""A work of OpenAlex as item: its abstract put back in order, its texts the best first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.domain.sources import FoundItem, Source
from pipelines.domain.titles import normal_doi
from pipelines.harvest.services import (
    address_of,
    day,
    file_addresses,
    key_of,
    language_of,
    listed,
    name_of,
    names_of,
    part,
    plain,
    title_of,
)

_MOST_WORDS = 3_000
"""Words of an abstract that are put back in place; real ones stay below 1,000."""
_LONGEST_WORD = 100
_WORK = re.compile(r"(?:^|/)(W\d{1,15})$", re.I)


def read_work(work: Any, source: Source) -> FoundItem:
    """A work of OpenAlex as item.

    Raises
    ------
    ValueError
        It has no identifier or no title.
    """
    found = _WORK.search(key_of(work["id"]))
    title = title_of(work.get("display_name"))
    if found is None or not title:
        raise ValueError("no identifier or no title")
    published = day(work.get("publication_date"))
    year = work.get("publication_year")
    if published is not None and (published.month, published.day) == (1, 1):
        year, published = published.year, None  # what OpenAlex gives to works that only have a year
    doi = normal_doi(work["doi"]) if isinstance(work.get("doi"), str) else None
    journal = part(work, "primary_location", "source")
    landing = address_of(part(work, "primary_location", "landing_page_url"))
    authors = (
        part(author, "author", "display_name") or part(author, "raw_author_name")
        for author in listed(work.get("authorships"))
    )
    return FoundItem(
        key=found.group(1).upper(),
        title=title,
        abstract=abstract_of(work.get("abstract_inverted_index")),
        authors=names_of(authors),
        published=published,
        year=published.year if published else year if isinstance(year, int) and 1500 <= year <= 2200 else None,
        publisher=name_of(part(journal, "display_name"))
        or name_of(part(journal, "host_organization_name"))
        or source.publisher,
        language=language_of(work.get("language")) or source.language,
        doi=doi,
        page_url=landing or (f"https://doi.org/{doi}" if doi else f"https://openalex.org/{found.group(1).upper()}"),
        file_urls=file_addresses(_texts(work)),
        withdrawn=work.get("is_retracted") is True,
    )


def _texts(work: Any) -> Iterator[object]:
    """Addresses of the text, the best first; pages about a work are not its text."""
    locations = [part(work, "best_oa_location"), part(work, "primary_location"), *listed(work.get("locations"))[:50]]
    for location in locations:
        if part(location, "is_oa") is not False:
            yield part(location, "pdf_url")
    free = part(work, "open_access", "oa_url")
    if free not in [part(location, "landing_page_url") for location in locations]:
        yield free


def abstract_of(index: object) -> str:
    """The abstract that an inverted index (word -> places) holds.

    Places that are negative, beyond 3,000, or no numbers are left out; where two words claim one place, the first
    in the index has it.
    """
    if not isinstance(index, dict):
        return ""
    words: dict[int, str] = {}
    for word, place in _postings(index):
        words.setdefault(place, word)
    text = plain(" ".join(words[place] for place in sorted(words)))
    return re.sub(r"^abstract[:.]?\s+(?=\S)", "", text, count=1, flags=re.I)


def _postings(index: dict[Any, Any]) -> Iterable[tuple[str, int]]:
    n_left = 2 * _MOST_WORDS
    for word, places in index.items():
        for place in listed(places):
            n_left -= 1
            if n_left < 0:
                return
            if type(place) is int and 0 <= place < _MOST_WORDS:
                yield word[:_LONGEST_WORD], place
