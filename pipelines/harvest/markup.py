"""What feeds and pages write, as plain text, dates, DOIs and addresses."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import lxml.html
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

LONGEST_ABSTRACT = 10_000
"""Characters: abstracts of reports reach 5,000; more is the publication itself, which is fetched on its own."""
LONGEST_TITLE = 500
MOST_FILES = 5
"""Files that are kept of one publication: a report and its annexes."""
LONGEST_ADDRESS = 2_000
"""Characters; what is longer is no address that servers answer."""

_TRACKING = ("utm_", "fbclid", "gclid", "mc_cid", "mc_eid")
_BLOCKS = "//p|//br|//li|//div|//h1|//h2|//h3|//h4|//tr|//td|//section|//article"
_LANGUAGE = re.compile(r"^([a-z]{2})(?:[-_].*)?$")
_DATE = re.compile(r"\b((?:1[5-9]|20|21)\d\d)(?:[-/.](0?[1-9]|1[0-2])(?:[-/.](0?[1-9]|[12]\d|3[01]))?)?(?!\d)")
_DAY_FIRST = re.compile(r"\b(0?[1-9]|[12]\d|3[01])[-/.](0?[1-9]|1[0-2])[-/.]((?:1[5-9]|20|21)\d\d)\b")


def squeeze(text: str, longest: int = LONGEST_ABSTRACT) -> str:
    """One line without control characters, cut at a word after ``longest`` characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: longest * 2]).split())
    return line if len(line) <= longest else line[:longest].rsplit(" ", 1)[0] + " …"


def plain_text(markup: str, longest: int = LONGEST_ABSTRACT) -> str:
    """The text of a piece of HTML, on one line."""
    if "<" not in markup and "&" not in markup:
        return squeeze(markup, longest)
    try:
        tree = lxml.html.fragment_fromstring(markup.replace("\0", ""), create_parent=True)
    except (etree.ParserError, ValueError):  # nothing but comments, or characters that XML has no place for
        return squeeze(re.sub(r"<[^<>]*>", " ", markup), longest)
    for element in tree.xpath("//script|//style"):
        element.drop_tree()
    for element in tree.xpath(_BLOCKS):
        element.tail = " " + (element.tail or "")
        element.text = " " + (element.text or "")
    return squeeze(str(tree.text_content()), longest)


def read_date(text: str) -> tuple[date | None, int | None]:
    """Day and year in what a page says of a date: ``2026-03-05``, ``2026/3``, ``2026``, ``5-3-2026`` (day first)."""
    if found := _DAY_FIRST.search(text):
        day, month, year = (int(part) for part in found.groups())
    elif found := _DATE.search(text):
        year, month, day = (int(part) if part else 0 for part in found.groups())
    else:
        return None, None
    try:
        return (date(year, month, day) if month and day else None), year
    except ValueError:  # the 31st of a month with 30 days
        return None, year


def read_language(code: str) -> str | None:
    """ISO 639-1 of ``nl-NL`` and the like."""
    found = _LANGUAGE.match(code.strip().lower())
    return found.group(1) if found else None


def clean_address(address: str, base: str = "") -> str | None:
    """``address`` as seen from ``base``, without fragment and marks of campaigns; ``None`` if not http or https."""
    try:
        parts = urlsplit(urljoin(base, address.strip()))
        host = parts.hostname
    except ValueError:  # such as a bracket that opens an IPv6 address and never closes
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    query = parts.query
    if any(name in query for name in _TRACKING):
        pairs = parse_qsl(query, keep_blank_values=True)
        query = urlencode([pair for pair in pairs if not pair[0].startswith(_TRACKING)])
    cleaned = urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, "")).replace(" ", "%20")
    return cleaned if len(cleaned) <= LONGEST_ADDRESS and cleaned.isprintable() else None


def host_of(address: str) -> str:
    """Host of an address in small letters, without ``www.``."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def is_doi_address(address: str) -> bool:
    """Whether an address is that of a DOI: it leads to a page of the publisher, never to a text."""
    return host_of(address) in ("doi.org", "dx.doi.org")
