"""What the page of one publication says of it: metadata for search engines, else its headings and links.

The names are those of Highwire Press (``citation_*``, which Google Scholar asks for), Dublin Core (``dc.*``,
``dcterms.*``) and Open Graph (``og:*``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date

import lxml.html

from pipelines.domain.sources import FoundItem
from pipelines.domain.titles import normal_doi
from pipelines.harvest.markup import (
    LONGEST_TITLE,
    MOST_FILES,
    clean_address,
    plain_text,
    read_date,
    read_language,
    squeeze,
)
from pipelines.harvest.page_links import Link, base_of, links_in, page_language

_SHORT_DESCRIPTION = 40
"""Characters: descriptions below this are a slogan of the site, or nothing."""

_TITLE = ("citation_title", "dc.title", "dcterms.title", "og:title", "twitter:title")
_ABSTRACT = ("citation_abstract", "dcterms.abstract", "dc.description", "dcterms.description")
_ABSTRACT_SHORT = ("og:description", "description", "twitter:description")
_DATE = (
    "citation_publication_date",
    "citation_date",
    "citation_online_date",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "article:published_time",
    "dcterms.created",
)
_AUTHORS = ("citation_author", "dc.creator", "dcterms.creator")
_PUBLISHER = (
    "citation_technical_report_institution",
    "citation_publisher",
    "dc.publisher",
    "dcterms.publisher",
    "og:site_name",
)
_DOI = ("citation_doi", "dc.identifier.doi", "dc.identifier", "dcterms.identifier", "prism.doi")
_LANGUAGE = ("citation_language", "dc.language", "dcterms.language")
_MOST_AUTHORS = 50
_AROUND = ("footer", "nav", "aside")
"""Where links stand that all pages of a site have: conditions, an annual report."""


def read_landing(tree: lxml.html.HtmlElement, url: str, title: str, is_document: Callable[[str], bool]) -> FoundItem:
    """The publication that a page is about.

    Parameters
    ----------
    tree
        The page.
    url
        Address that answered; the key is the caller's to set.
    title
        What the link to the page said: used where the page names no title itself.
    is_document
        Whether an address that the page links to is that of a file to be kept.
    """
    said = _metadata(tree)
    published, year = _date(said, tree)
    base = base_of(tree, url)
    names = tuple(dict.fromkeys(name for key in _AUTHORS for name in said[key]))
    abstract = _first(said, _ABSTRACT)
    if not abstract:
        abstract = next((text for key in _ABSTRACT_SHORT for text in said[key] if len(text) >= _SHORT_DESCRIPTION), "")
    return FoundItem(
        key=url,
        title=squeeze(_named(tree, said, title) or url, LONGEST_TITLE),
        abstract=plain_text(abstract),
        authors=names[:_MOST_AUTHORS],
        published=published,
        year=year,
        publisher=_first(said, _PUBLISHER)[:120] or None,
        language=read_language(_first(said, _LANGUAGE)) or page_language(tree),
        doi=next(filter(None, (normal_doi(text) for key in _DOI for text in said[key])), None),
        page_url=url,
        file_urls=tuple(dict.fromkeys((*_files(tree, said["citation_pdf_url"], base, is_document), url))),
    )


def _metadata(tree: lxml.html.HtmlElement) -> defaultdict[str, list[str]]:
    """What each name says, names in small letters."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for element in tree.iter("meta"):
        name = (element.get("name") or element.get("property") or "").strip().lower()
        text = squeeze(element.get("content") or "")
        if name and text:
            said[name].append(text)
    return said


def _first(said: defaultdict[str, list[str]], names: Sequence[str]) -> str:
    return next((said[name][0] for name in names if said[name]), "")


def _named(tree: lxml.html.HtmlElement, said: defaultdict[str, list[str]], title: str) -> str:
    if named := _first(said, _TITLE[:3]):
        return plain_text(named)
    headings = [squeeze(str(element.text_content())) for element in tree.iter("h1")]
    if len(headings) == 1 and headings[0]:
        return headings[0]
    return title or plain_text(_first(said, _TITLE[3:])) or next(filter(None, headings), "") or _title_tag(tree)


def _title_tag(tree: lxml.html.HtmlElement) -> str:
    return next((squeeze(str(element.text_content())) for element in tree.iter("title")), "")


def _date(said: defaultdict[str, list[str]], tree: lxml.html.HtmlElement) -> tuple[date | None, int | None]:
    told = [text for name in _DATE for text in said[name]]
    for text in (*told, *(element.get("datetime") or "" for element in tree.iter("time"))):
        published, year = read_date(text)
        if year is not None:
            return published, year
    return None, None


def _files(tree: lxml.html.HtmlElement, named: list[str], base: str, is_document: Callable[[str], bool]) -> list[str]:
    """Addresses of files: what the metadata name, then links in the middle of the page."""
    files = [address for text in named if (address := clean_address(text, base))]
    part = next(tree.iter("main"), None)
    if part is None:
        part = next(tree.iter("article"), tree)
    files += [link.address for link in links_in(part, base) if is_document(link.address) and not _around(link)]
    return list(dict.fromkeys(files))[:MOST_FILES]


def _around(link: Link) -> bool:
    return any(above.tag in _AROUND for above in link.element.iterancestors())
