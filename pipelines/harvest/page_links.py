"""Web pages as trees, the part of them that counts, and the links in it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import lxml.html
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from pipelines.domain.languages import LANGUAGES
from pipelines.harvest.fetching import Answer, HarvestError, Trouble
from pipelines.harvest.markup import LONGEST_TITLE, clean_address, squeeze

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml", ""})
MOST_LINKS = 5_000
"""Links of one page that are looked at; the longest lists that we know of have 2,000."""
_STEP = re.compile(r"(?P<tag>[a-z][a-z0-9]*)?(?P<marks>(?:[#.][A-Za-z_][\w-]*)*)$")
_MARK = re.compile(r"([#.])([\w-]+)")
_ITEM_TAGS = frozenset({"li", "article", "tr", "dd", "section", "div"})
_MOST_STEPS_UP = 5
"""From a link to the heading of its item: deeper than this lies the page as a whole."""
#: Words of links that name no publication ("download", "lees meer"), in both languages.
_NO_TITLE = frozenset(
    """
    lees bekijk download downloaden open openen read view get more meer full hele volledige het de een the this dit deze
    publicatie publication publicaties publications rapport report pdf docx document bestand file text tekst here hier
    details verder online mb kb naar to of van over about as als your uw
    """.split()  # noqa: SIM905 (one word a line is longer than what it serves)
)


@dataclass(frozen=True)
class Link:
    """A link on a page."""

    address: str
    title: str
    """What the link says, or the heading of the item it stands in; empty where neither names anything."""
    element: lxml.html.HtmlElement


def parse_page(answer: Answer) -> lxml.html.HtmlElement:
    """The tree of a web page.

    Raises
    ------
    HarvestError
        It is no web page, or an empty one.
    """
    if answer.media_type not in HTML_TYPES:
        kind = answer.media_type[:60]
        raise HarvestError("error.harvest_no_page", Trouble.UNFIT, address=answer.url, kind=kind)
    try:
        encoding = codecs.lookup(answer.charset).name if answer.charset else None
    except LookupError:
        encoding = None
    if encoding is None and not re.search(rb"<meta[^>]{0,200}charset", answer.content[:4096], re.I):
        encoding = _guess(answer.content)
    try:
        return lxml.html.document_fromstring(answer.content, parser=lxml.html.HTMLParser(encoding=encoding))
    except (etree.ParserError, ValueError) as error:
        raise HarvestError("error.harvest_no_page", Trouble.UNFIT, address=answer.url, kind="-") from error


def _guess(content: bytes) -> str:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def selector_path(within: str) -> str | None:
    """XPath of a simple CSS selector such as ``main``, ``#results`` or ``div.list li``; ``None`` if it is none."""
    path = ""
    for step in within.split():
        found = _STEP.fullmatch(step)
        if found is None:
            return None
        path += f"//{found['tag'] or '*'}"
        for kind, name in _MARK.findall(found["marks"]):
            if kind == "#":
                path += f"[@id='{name}']"
            else:
                path += f"[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]"
    return path or None


def parts_of(tree: lxml.html.HtmlElement, within: str) -> list[lxml.html.HtmlElement]:
    """The elements that ``within`` selects, outermost only; the whole page where it is empty."""
    if not within:
        return [tree]
    path = selector_path(within)
    if path is None:
        return []
    found = list(tree.xpath(path))
    chosen = set(found)
    return [element for element in found if not any(above in chosen for above in element.iterancestors())]


def links_in(part: lxml.html.HtmlElement, base: str) -> Iterator[Link]:
    """Links of a part of a page, in its order, each address once."""
    known: set[str] = set()
    for element in part.iter("a"):
        href = element.get("href")
        address = clean_address(href, base) if href else None
        if address is not None and address not in known:
            known.add(address)
            yield Link(address, _title(element), element)
        if len(known) >= MOST_LINKS:
            return


def base_of(tree: lxml.html.HtmlElement, url: str) -> str:
    """What relative links of a page are seen from."""
    for element in tree.iter("base"):
        return clean_address(element.get("href") or "", url) or url
    return url


def _title(element: lxml.html.HtmlElement) -> str:
    for text in (str(element.text_content()), element.get("title") or "", element.get("aria-label") or ""):
        if names_something(text):
            return squeeze(text, LONGEST_TITLE)
    above = element
    for _ in range(_MOST_STEPS_UP):
        above = above.getparent()
        if above is None or above.tag in ("body", "main"):
            break
        if above.tag in _ITEM_TAGS:
            for heading in above.iter("h1", "h2", "h3", "h4", "h5", "h6"):
                if names_something(str(heading.text_content())):
                    return squeeze(str(heading.text_content()), LONGEST_TITLE)
    return ""


def names_something(text: str) -> bool:
    """Whether the text of a link or heading can be a title: not just "download" or "lees meer (pdf, 2 MB)"."""
    text = squeeze(text, LONGEST_TITLE).lower()
    named = re.findall(r"[^\W\d_]+", text)
    return len(text) >= 4 and any(word not in _NO_TITLE for word in named)


def page_language(tree: lxml.html.HtmlElement) -> str | None:
    """Language that a page names, if it is one of ours."""
    code = (tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or "")[:2].lower()
    return code if code in LANGUAGES else None
