"""References in the form of the APA (7th edition), in Dutch and English.

After the *Publication manual of the American Psychological Association* (7th ed., 2020), chapters 9 and 10: reports by
people and organisations, works without author or date, web pages. Dutch lists follow what Dutch universities make of
it: ``z.d.`` for a missing date, and what stands before a Dutch family name behind the initials (``Berg, J. van der``),
so that the list is sorted by the name itself.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from pipelines.domain.reports import Span
from pipelines.report.references import PublicationKind, Reference
from pipelines.report.references_names import DUTCH_PARTICLES, Author
from pipelines.report.wording import enumeration, long_date
from pipelines.strings import Language, text

#: From this number on the first nineteen and the last author are named (section 9.8).
_MANY_AUTHORS = 21
_NAMED_AUTHORS = 19
#: Kinds that an entry names in brackets where the title does not (section 9.21: what is out of the ordinary).
_TOLD_KINDS = frozenset(
    {
        PublicationKind.PRESS_RELEASE, PublicationKind.POLICY_BRIEF, PublicationKind.LETTER, PublicationKind.FACTSHEET,
        PublicationKind.BLOG, PublicationKind.THESIS, PublicationKind.MEMO, PublicationKind.WORKING_PAPER,
    }
)  # fmt: skip


def apa_list(
    references: Sequence[Reference], language: Language, seen: Mapping[str, date] | None = None
) -> list[tuple[Reference, tuple[Span, ...]]]:
    """References in the order of a list, each with its entry.

    Works of the same authors in the same year are told apart by a letter, ``(2024a)``.

    Parameters
    ----------
    references
        In any order.
    language
        Of the list; titles stay as they are.
    seen
        Document id -> day on which it was fetched, told with web pages that give no year.
    """
    ordered = sorted(references, key=lambda r: _place(r, language))
    letters = apa_letters(ordered, language)
    return [(r, apa_entry(r, language, letters.get(r.key, ""), (seen or {}).get(r.document_id))) for r in ordered]


def apa_letters(references: Sequence[Reference], language: Language) -> dict[str, str]:
    """Key -> letter that tells works of the same authors and year apart; only of those that need one."""
    same: defaultdict[tuple[str, int | None], list[str]] = defaultdict(list)
    for reference in sorted(references, key=lambda r: _place(r, language)):
        if reference.authors:
            same[apa_authors(reference.authors, language), reference.year].append(reference.key)
    return {key: _nth_letter(n) for keys in same.values() if len(keys) > 1 for n, key in enumerate(keys)}


def apa_entry(reference: Reference, language: Language, letter: str = "", seen: date | None = None) -> tuple[Span, ...]:
    """One entry; ``letter`` tells it apart from others of the same authors and year."""
    who, title = apa_authors(reference.authors, language), reference.title.rstrip(" .")
    when = _year(reference, language, letter)
    beside = _beside_title(reference, language)
    stop = "" if not beside and title.endswith(("?", "!", "…")) else "."
    named = Span(text=title, italic=True, language=reference.language)
    tail = Span(text=f"{beside}{stop}")
    if who:
        entry = [Span(text=f"{who}{'' if who.endswith('.') else '.'} ({when}). "), named, tail]
    else:
        entry = [named, tail, Span(text=f" ({when}).")]
    if reference.publisher_beside:
        entry.append(Span(text=f" {reference.publisher_beside.rstrip('.')}."))
    if reference.url:
        fetched = seen is not None and reference.kind is PublicationKind.WEB_PAGE and reference.year is None
        before = text("bibliography.apa.fetched", language, date=long_date(seen, language)) if seen and fetched else ""
        entry += [Span(text=f" {before + ' ' if before else ''}"), Span(text=reference.url, url=reference.url)]
    return tuple(span for span in entry if span.text)


def short_citation(reference: Reference, language: Language, letter: str = "") -> str:
    """As a running text names it: ``De Vries en Smit (2024)``; the title where nobody is named as author."""
    names = [author.name for author in reference.authors]
    if len(names) > 2:
        who = text("bibliography.apa.others", language, first=names[0])
    else:
        who = enumeration(names, language) or reference.title
    return f"{who} ({_year(reference, language, letter)})"


def apa_authors(authors: Sequence[Author], language: Language) -> str:
    """Authors as an entry begins: ``Vries, A. de, & Smit, B.``"""
    names = [_inverted(author, language) for author in authors]
    if len(names) >= _MANY_AUTHORS:
        return ", ".join(names[:_NAMED_AUTHORS]) + f", … {names[-1]}"
    if len(names) < 2:
        return "".join(names)
    return ", ".join(names[:-1]) + f", & {names[-1]}"


def _inverted(author: Author, language: Language) -> str:
    if author.organisation:
        return author.organisation
    if language == "nl" and author.particle and _is_dutch(author.particle):
        after = f"{author.initials} {author.particle}" if author.initials else author.particle
        return f"{author.family}, {after}"
    return f"{author.full_family}, {author.initials}" if author.initials else author.full_family


def _is_dutch(particle: str) -> bool:
    return all(word.lower().replace("’", "'") in DUTCH_PARTICLES for word in particle.split())


def _year(reference: Reference, language: Language, letter: str) -> str:
    if reference.year:
        return f"{reference.year}{letter}"
    undated = text("bibliography.apa.undated", language)
    return f"{undated}-{letter}" if letter else undated


def _beside_title(reference: Reference, language: Language) -> str:
    """What stands in brackets after the title: that it is the name of a file, or an unusual kind of publication."""
    if reference.from_file:
        return f" [{text('bibliography.apa.file_name', language)}]"
    if reference.kind in _TOLD_KINDS and not reference.kind_named:
        kind = text(f"bibliography.kind.{reference.kind}", language)
        return f" [{kind[:1].upper()}{kind[1:]}]"
    return ""


def _sortable(words: str) -> str:
    decomposed = unicodedata.normalize("NFKD", words.casefold())
    return "".join(c for c in decomposed if c.isalnum() or c == " ")


def _place(reference: Reference, language: Language) -> tuple[str, int, str, str]:
    """Place in the list: authors, then year (none first), then title without article."""
    title = _sortable(reference.title)
    for article in ("de ", "het ", "een ", "the ", "an ", "a "):
        if title.startswith(article):
            title = title.removeprefix(article)
            break
    who = " ".join(_sortable(_inverted(a, language)) for a in reference.authors)
    return who or title, reference.year or 0, title, reference.key


def _nth_letter(n: int) -> str:
    """``a`` for 0, ``z`` for 25, then ``aa``."""
    return _nth_letter(n // 26 - 1) + chr(ord("a") + n % 26) if n >= 26 else chr(ord("a") + n)
