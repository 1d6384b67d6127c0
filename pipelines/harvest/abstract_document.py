"""What is kept of a publication whose text cannot be had: a small page with its abstract, marked as such.

And how files of publications are called.
"""

from __future__ import annotations

from html import escape

from pipelines.domain.languages import Language
from pipelines.domain.sources import FoundItem
from pipelines.domain.titles import folded
from pipelines.strings import text

_LONGEST_PART = 40
_LONGEST_TITLE = 80
"""Letters of a title in a name: enough to know it by, and names stay short enough for all systems."""
MEDIA_TYPE = "text/html"


def abstract_document(found: FoundItem, address: str | None, language: Language) -> bytes:
    """A page (HTML, UTF-8) with title, who, when and where, and the abstract; the same item gives the same bytes.

    Parameters
    ----------
    found
        The item; it has an abstract.
    address
        Where people find the publication.
    language
        Of the words that are ours.
    """
    meta = [("citation_author", name) for name in found.authors]
    meta += [("citation_publisher", found.publisher)] if found.publisher else []
    when = found.published.isoformat() if found.published else (str(found.year) if found.year else "")
    meta += [("citation_publication_date", when)] if when else []
    told = "; ".join(found.authors), found.publisher or "", when
    link = f'<p><a href="{escape(address)}">{escape(address)}</a></p>' if address else ""
    paragraphs = [part.strip() for part in found.abstract.splitlines() if part.strip()]
    lines = [
        "<!doctype html>",
        f'<html lang="{escape(found.language or language)}"><head><meta charset="utf-8">',
        f"<title>{escape(found.title)}</title>",
        *(f'<meta name="{name}" content="{escape(value)}">' for name, value in meta),
        f'<link rel="canonical" href="{escape(address)}">' if address else "",
        "</head><body><article>",
        f"<h1>{escape(found.title)}</h1>",
        f"<p><em>{escape(text('harvest.abstract_only', language))}</em></p>",
        f"<p>{escape('. '.join(part.rstrip('.') for part in told if part))}</p>" if any(told) else "",
        link,
        f"<h2>{escape(text('harvest.abstract', language))}</h2>",
        *(f"<p>{escape(part)}</p>" for part in paragraphs),
        "</article></body></html>",
    ]
    return "\n".join(line for line in lines if line).encode("utf-8") + b"\n"


def file_name(found: FoundItem, suffix: str) -> str:
    """``author-year-title`` in small letters, with ``suffix`` (and its point); what is not known is left out."""
    who = found.authors[0].partition(",")[0] if found.authors else (found.publisher or "")
    if found.authors and "," not in found.authors[0]:
        who = who.split()[-1] if who.split() else ""
    year = found.year or (found.published.year if found.published else None)
    parts = (_cut(who, _LONGEST_PART), str(year or ""), _cut(found.title, _LONGEST_TITLE))
    return ("-".join(part for part in parts if part) or "document") + suffix


def _cut(words: str, most: int) -> str:
    """Letters and figures of ``words`` with hyphens between, cut where a word ends."""
    joined = folded(words).replace(" ", "-")
    if len(joined) <= most:
        return joined
    whole = joined[: most + 1].rpartition("-")[0]
    return whole or joined[:most]
