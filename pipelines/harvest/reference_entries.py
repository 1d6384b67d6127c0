"""Entries of RIS, BibTeX and CSL-JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any

from pipelines.domain.documents import Reason
from pipelines.harvest.markup import read_date

MOST_PROBLEMS = 50
"""Entries whose fault is told, of one list; where there are more, the list is the fault."""
_RIS_START = re.compile(r"^TY  ?-", re.MULTILINE)
_BIBTEX_KEY = re.compile(r"^([ \t]*@\w+[ \t]*\{)[ \t]*([^,\s{}\"]*)[ \t]*,", re.MULTILINE)
_MONTHS = {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}  # noqa: SIM905


@dataclass
class Reference:
    """An entry of a reference list, before it is known what of it can be used."""

    title: str = ""
    abstract: str = ""
    authors: tuple[str, ...] = ()
    published: date | None = None
    year: int | None = None
    publisher: str = ""
    language: str = ""
    doi: str = ""
    url: str = ""
    files: tuple[str, ...] = ()
    """Addresses and paths of files, as the list writes them."""


@dataclass
class Entries:
    """What was read of a list."""

    references: list[Reference] = field(default_factory=list)
    problems: list[Reason] = field(default_factory=list)

    def fault(self, place: str, detail: str) -> None:
        """Note an entry that cannot be read; ``place`` says which."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(
                Reason(key="harvest.reference_broken", values={"place": place[:80], "detail": detail[:120]})
            )


def read_ris(text: str) -> Entries:
    """Entries of RIS; one whose end is missing ends where the next one begins."""
    import rispy

    found = Entries()
    starts = [match.start() for match in _RIS_START.finditer(text)]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True), 1):
        block = text[start:end].replace("\r\n", "\n").replace("\r", "\n")
        try:
            entries = rispy.loads(block + "\nER  - \n", skip_unknown_tags=True)
            found.references.append(_of_ris(entries[0]))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            found.fault(str(number), f"{type(error).__name__}: {error}")
    return found


def _of_ris(entry: dict[str, Any]) -> Reference:
    published, year = _date(entry, "date", "publication_year", "year")
    return Reference(
        title=_first(entry, "title", "primary_title", "translated_title", "short_title"),
        abstract=_first(entry, "abstract", "notes_abstract"),
        authors=tuple(_texts(entry, "authors", "first_authors") or _texts(entry, "secondary_authors")),
        published=published,
        year=year,
        publisher=_first(entry, "journal_name", "secondary_title", "alternate_title3", "publisher"),
        language=_first(entry, "language"),
        doi=_first(entry, "doi"),
        url=_first(entry, "urls"),
        files=tuple(_texts(entry, "file_attachments1", "file_attachments2")),
    )


def read_bibtex(text: str) -> Entries:
    """Entries of BibTeX and BibLaTeX, with LaTeX letters as they are meant."""
    from bibtexparser.entrypoint import parse_string
    from bibtexparser.middlewares import LatexDecodingMiddleware

    number = count(1)
    # Keys of our own: entries with the key of another one would be left out.
    text = _BIBTEX_KEY.sub(lambda match: f"{match[1]}e{next(number)},", text)
    library = parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    found = Entries()
    for entry in library.entries:
        fields = {one.key.lower(): str(one.value) for one in entry.fields}
        found.references.append(_of_bibtex(fields))
    for block in library.failed_blocks:
        found.fault(str((block.start_line or 0) + 1), str(block.error))
    return found


def _of_bibtex(fields: dict[str, str]) -> Reference:
    published, year = _date(fields, "date", "year")
    month = _MONTHS.get(fields.get("month", "")[:3].lower())
    if published is None and year and month and fields.get("day", "").isdecimal():
        published, _ = read_date(f"{year}-{month:02}-{fields['day']:0>2}")
    authors = " ".join((fields.get("author") or fields.get("editor") or "").split()).split(" and ")
    return Reference(
        title=_first(fields, "title"),
        abstract=_first(fields, "abstract"),
        authors=tuple(name for name in authors if name not in ("", "others")),
        published=published,
        year=year,
        publisher=_first(fields, "journal", "journaltitle", "institution", "organization", "publisher", "school"),
        language=_first(fields, "langid", "language"),
        doi=_first(fields, "doi"),
        url=_first(fields, "url") or _first(fields, "howpublished"),
        files=tuple(_attachments(fields.get("file", ""))),
    )


def _attachments(text: str) -> Iterator[str]:
    """Paths in ``description:path:type;…``, as Zotero, Mendeley and JabRef write them."""
    for part in re.split(r"(?<!\\);", text):
        pieces = [piece.replace("\\:", ":").replace("\\;", ";") for piece in re.split(r"(?<!\\):", part)]
        path = pieces[1] if len(pieces) >= 3 else part
        if path.strip():
            yield path.strip()


def read_csl(text: str) -> Entries:
    """Entries of CSL-JSON; also of the export in which they lie below ``items``.

    Raises
    ------
    ValueError
        It is no JSON, or no list of entries.
    """
    try:
        tree = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    entries = tree.get("items") if isinstance(tree, dict) else tree
    if not isinstance(entries, list):
        raise ValueError("no list")
    found = Entries()
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, dict):
            found.references.append(_of_csl(entry))
        else:
            found.fault(str(number), type(entry).__name__)
    return found


def _of_csl(entry: dict[str, Any]) -> Reference:
    published, year = _csl_date(entry.get("issued"))
    return Reference(
        title=_first(entry, "title"),
        abstract=_first(entry, "abstract"),
        authors=tuple(filter(None, map(_csl_name, _listed(entry.get("author")) or _listed(entry.get("editor"))))),
        published=published,
        year=year,
        publisher=_first(entry, "container-title", "publisher"),
        language=_first(entry, "language"),
        doi=_first(entry, "DOI"),
        url=_first(entry, "URL"),
    )


def _csl_name(name: Any) -> str:
    if not isinstance(name, dict):
        return ""
    family = " ".join(filter(None, (_first(name, "non-dropping-particle"), _first(name, "family"))))
    given = _first(name, "given")
    return _first(name, "literal") or (f"{family}, {given}" if family and given else family or given)


def _csl_date(issued: Any) -> tuple[date | None, int | None]:
    if not isinstance(issued, dict):
        return None, None
    parts = _listed(issued.get("date-parts"))
    if parts and _listed(parts[0]):
        return read_date("-".join(str(part) for part in parts[0][:3]))
    return read_date(f"{issued.get('raw') or issued.get('literal') or ''}")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(entry: dict[str, Any], *names: str) -> list[str]:
    """All texts of some fields, in their order."""
    found: list[str] = []
    for name in names:
        value = entry.get(name)
        found += [
            str(one) for one in (value if isinstance(value, list) else [value]) if isinstance(one, str | int) and one
        ]
    return found


def _first(entry: dict[str, Any], *names: str) -> str:
    """The first text of the first field that has one."""
    return next(iter(_texts(entry, *names)), "")


def _date(entry: dict[str, Any], *names: str) -> tuple[date | None, int | None]:
    """The most exact of some dates."""
    read: Sequence[tuple[date | None, int | None]] = [read_date(text) for text in _texts(entry, *names)]
    exact = next((one for one in read if one[0] is not None), None)
    return exact or next((one for one in read if one[1] is not None), (None, None))
