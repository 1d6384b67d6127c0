"""Records of repositories as items: Dublin Core, MODS, and DIDL around either."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from urllib.parse import urlsplit

from pipelines.domain.sources import FoundItem, Source
from pipelines.domain.titles import normal_doi
from pipelines.harvest.markup import is_doi_address, read_date
from pipelines.harvest.oai_xml import Element, all_text, children, local_name, text_of, within
from pipelines.harvest.services import (
    address_of,
    file_addresses,
    key_of,
    language_of,
    name_of,
    names_of,
    plain,
    title_of,
)

_FILE = re.compile(r"\.pdf$|/bitstreams?/|/files?/\d|/download$", re.I)
"""Paths under which DSpace, EPrints, Pure and Islandora keep files."""
_DOI_IN_RELATION = re.compile(r"altIdentifier/doi/(.+)$", re.I)
_MOST_FIELDS = 500
"""Fields of one kind in one record; real records have some dozens of authors and subjects."""
_DRAFT = "info:eu-repo/semantics/"


def read_record(record: Element, source: Source) -> tuple[FoundItem, tuple[str, ...]]:
    """A record as item, and its types in small letters.

    Raises
    ------
    ValueError
        It has no identifier, no title, or metadata in a form that is not read.
    """
    header = next(children(record, "header"), None)
    if header is None:
        raise ValueError("no header")
    key = key_of(text_of(header, "identifier"))
    if str(header.get("status", "")).lower() == "deleted":
        return FoundItem(key=key, title="", withdrawn=True), ()
    metadata = next(children(record, "metadata"), None)
    if metadata is None:
        raise ValueError("no metadata")
    mods = next(within(metadata, "mods"), None)
    core = next(within(metadata, "dc"), None)
    if mods is not None:
        return _read_mods(key, mods, _resources(metadata), source)
    if core is not None:
        return _read_core(key, core, _resources(metadata), source)
    raise ValueError("unknown form")


def _read_core(key: str, core: Element, files: list[str], source: Source) -> tuple[FoundItem, tuple[str, ...]]:
    """Dublin Core: each of its fifteen fields any number of times, in no order that says anything."""
    fields: dict[str, list[str]] = {}
    for child in core:
        kept = fields.setdefault(local_name(child), [])
        if len(kept) < _MOST_FIELDS:
            kept.append(all_text(child).strip())

    def all_of(*names: str) -> list[str]:
        return [value for name in names for value in fields.get(name, []) if value]

    published, year = _earliest(all_of("date"))
    return _item(
        key,
        source,
        title=next(iter(all_of("title")), ""),
        abstract=max(all_of("description"), key=len, default=""),
        authors=all_of("creator") or all_of("contributor"),
        dates=(published, year),
        publisher=next(iter(all_of("publisher")), ""),
        languages=all_of("language"),
        identifiers=all_of("identifier"),
        related=all_of("relation", "source"),
        files=files,
    ), _types(all_of("type"))


def _read_mods(key: str, mods: Element, files: list[str], source: Source) -> tuple[FoundItem, tuple[str, ...]]:
    """MODS; what it says of the journal or book around it (``relatedItem``) is only used for its name."""
    title = next((one for one in children(mods, "titleInfo") if not one.get("type")), None)
    host = next((one for one in children(mods, "relatedItem") if one.get("type") == "host"), None)
    origins = [*children(mods, "originInfo"), *(children(host, "originInfo") if host is not None else ())]
    journal = next(children(host, "titleInfo"), None) if host is not None else None
    addresses = [all_text(url).strip() for place in children(mods, "location") for url in children(place, "url")]
    names = [person for person in children(mods, "name") if _is_author(person)]
    return _item(
        key,
        source,
        title=_mods_title(title) if title is not None else "",
        abstract=max((all_text(one).strip() for one in children(mods, "abstract")), key=len, default=""),
        authors=[_mods_name(person) for person in names[:_MOST_FIELDS]],
        dates=_earliest(all_text(one) for origin in origins for one in children(origin, "dateIssued")),
        publisher=next((text for one in origins if (text := text_of(one, "publisher").strip())), "")
        or (_mods_title(journal) if journal is not None else ""),
        languages=[text_of(one, "languageTerm") for one in children(mods, "language")],
        identifiers=[*(all_text(one).strip() for one in children(mods, "identifier")), *addresses],
        files=files,
    ), _types(all_text(one) for name in ("genre", "typeOfResource") for one in children(mods, name))


def _item(
    key: str,
    source: Source,
    *,
    title: str,
    abstract: str,
    authors: Iterable[str],
    dates: tuple[date | None, int | None],
    publisher: str,
    languages: Iterable[str],
    identifiers: list[str],
    files: list[str],
    related: Sequence[str] = (),
) -> FoundItem:
    """An item; of ``related``, which often names the book or the community around it, only what is its own."""
    published, year = dates
    named = title_of(title)
    if not named:
        raise ValueError("no title")
    addresses, others = _addresses(identifiers), _addresses(related)
    pages = [one for one in addresses if not _is_file(one) and not is_doi_address(one)]
    other_pages = [one for one in others if not _is_file(one) and not is_doi_address(one)]
    own = [*identifiers, *(one for one in related if _DOI_IN_RELATION.search(one))]
    doi = next(filter(None, map(_doi, own)), None)
    return FoundItem(
        key=key,
        title=named,
        abstract=plain(abstract),
        authors=names_of(authors),
        published=published,
        year=year,
        publisher=name_of(publisher) or source.publisher,
        language=next(filter(None, map(language_of, languages)), None) or source.language,
        doi=doi,
        page_url=next(iter(pages), None) or (f"https://doi.org/{doi}" if doi else next(iter(other_pages), None)),
        file_urls=file_addresses([*files, *filter(_is_file, [*addresses, *others])]),
    )


def _addresses(texts: Sequence[str]) -> list[str]:
    return [found for one in texts[:_MOST_FIELDS] if one.startswith("http") and (found := address_of(one))]


def _doi(identifier: str) -> str | None:
    """The DOI that an identifier is; not one that is merely named in a citation."""
    text = identifier.strip()
    if found := _DOI_IN_RELATION.search(text):
        return normal_doi(found[1])
    if text.lower().startswith(("10.", "doi:", "urn:doi:", "info:doi/", "info:doi:")) or is_doi_address(text):
        return normal_doi(text)
    return None


def _is_file(address: str) -> bool:
    return bool(_FILE.search(urlsplit(address).path))


def _resources(metadata: Element) -> list[str]:
    """Files that a DIDL names."""
    found = (
        resource.get("ref", "")
        for resource in within(metadata, "Resource")
        if str(resource.get("mimeType", "")).lower() == "application/pdf"
    )
    return [str(address).strip() for address in found if address][:_MOST_FIELDS]


def _earliest(texts: Iterable[str]) -> tuple[date | None, int | None]:
    """The earliest date: the others say when a record was added or made public there. A day goes before its year."""
    dates: list[tuple[int, bool, date]] = []
    for text in list(texts)[:_MOST_FIELDS]:
        day, year = read_date(text.strip()[:40])
        if year is not None:
            dates.append((year, day is None, day or date(year, 1, 1)))
    if not dates:
        return None, None
    year, without_day, day = min(dates)
    return (None if without_day else day), year


def _types(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text.strip().lower().removeprefix(_DRAFT) for text in list(texts)[:_MOST_FIELDS])


def _mods_title(info: Element) -> str:
    before, title, after = (text_of(info, name).strip() for name in ("nonSort", "title", "subTitle"))
    return f"{before} {title}".strip() + (f": {after}" if after else "")


def _is_author(person: Element) -> bool:
    roles = [all_text(term).strip().lower() for term in within(person, "roleTerm")]
    return not roles or any(role in ("aut", "author", "cre", "creator") for role in roles)


def _mods_name(person: Element) -> str:
    """``Family, Given``."""
    parts: dict[str, list[str]] = {}
    for one in children(person, "namePart"):
        parts.setdefault(str(one.get("type", "")), []).append(all_text(one).strip())
    family, given = " ".join(parts.get("family", [])), " ".join(parts.get("given", []))
    if family:
        return f"{family}, {given}" if given else family
    return " ".join(_plain_parts(parts))


def _plain_parts(parts: dict[str, list[str]]) -> Iterator[str]:
    yield from parts.get("", [])
    yield from parts.get("given", [])
