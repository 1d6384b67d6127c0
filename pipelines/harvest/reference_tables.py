"""Reference lists as tables: CSV and Excel, with columns known by their Dutch and English names."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, islice
from typing import Any

from pipelines.harvest.markup import read_date
from pipelines.harvest.reference_entries import Entries, Reference

MOST_ROWS = 100_000
MOST_COLUMNS = 200
MOST_UNPACKED = 200_000_000
"""Bytes of a workbook when unpacked; those of 100,000 references with abstracts stay below it."""
_HEAD_ROWS = 10
"""The row of names may stand below a heading and some remarks, not deeper."""
_DELIMITERS = ";,\t|"

#: Column -> its names without anything but letters, in the order in which they are preferred.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "title": (
        "titel", "title", "articletitle", "documenttitle", "titelpublicatie", "titelvandepublicatie", "titelrapport",
        "publicatie", "publication", "rapport", "report", "naam", "name",
    ),
    "doi": ("doi",),
    "authors": (
        "auteurs", "auteur", "authors", "author", "authorfullnames", "schrijvers", "schrijver", "creators", "creator",
    ),
    "year": ("jaar", "year", "publicatiejaar", "publicationyear", "jaarvanuitgave", "verschijningsjaar", "pubyear"),
    "date": ("publicatiedatum", "publicationdate", "datum", "date", "verschijningsdatum"),
    "abstract": (
        "samenvatting", "abstract", "abstractnote", "summary", "omschrijving", "beschrijving", "description",
    ),
    "url": ("url", "link", "weblink", "webadres", "website", "adres", "address", "vindplaats"),
    "files": ("bestand", "bestanden", "file", "files", "fileattachments", "pdf", "linkpdf", "pdflink", "bijlagen"),
    "publisher": (
        "uitgever", "publisher", "instituut", "institute", "institution", "organisatie", "organisation", "organization",
        "publicationtitle", "tijdschrift", "journal", "sourcetitle", "bron", "source",
    ),
    "language": ("taal", "language"),
}  # fmt: skip
COLUMNS = tuple(_NAMES)
_NEEDED = ("title", "doi", "url")
"""One of these has to be there, or nothing can be found."""


class NoColumnsError(Exception):
    """A table in which no column of publications is known; its text names the columns there are."""


def read_csv(text: str, columns: Mapping[str, str]) -> Entries:
    """Entries of a text with separators.

    Parameters
    ----------
    text
        With semicolons, commas, tabs or bars, whichever makes more columns known.
    columns
        Column -> its name in this list, where it is none of the usual ones.

    Raises
    ------
    NoColumnsError
        No column of it is known.
    """
    head = "".join(islice(io.StringIO(text, newline=""), _HEAD_ROWS * 5))
    best = max(_DELIMITERS, key=lambda sign: _n_known(islice(_csv_rows(head, sign, Entries()), _HEAD_ROWS), columns))
    found = Entries()
    _read_rows(_csv_rows(text, best, found), columns, found)
    return found


def _csv_rows(text: str, delimiter: str, found: Entries) -> Iterator[list[Any]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        try:
            yield [*next(rows)]
        except StopIteration:
            return
        except csv.Error as error:
            found.fault(str(rows.line_num), str(error))


def read_xlsx(content: bytes, columns: Mapping[str, str], sheet: str) -> Entries:
    """Entries of a sheet of an Excel workbook; of the first sheet with known columns where ``sheet`` is empty.

    Raises
    ------
    NoColumnsError
        No column of it is known.
    ValueError
        It is no workbook, or has no such sheet.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    broken = (InvalidFileException, zipfile.BadZipFile, zlib.error, KeyError, TypeError, AttributeError, IndexError)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
                raise ValueError("too large")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of features of Excel that only matter for writing it again
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            try:
                return _read_book(book, columns, sheet)
            finally:
                book.close()
    except (*broken, EOFError, SyntaxError, OverflowError) as error:  # SyntaxError: of XML, as lxml has it
        raise ValueError(f"{type(error).__name__}: {error}"[:120]) from error


def _read_book(book: Any, columns: Mapping[str, str], sheet: str) -> Entries:
    sheets = [one for one in book.worksheets if not sheet or one.title == sheet]
    if not sheets:
        raise ValueError(f"{sheet}?")
    told = NoColumnsError("")
    for one in sheets:
        one.reset_dimensions()  # what the file says of its own size may be wrong
        found = Entries()
        rows = one.iter_rows(values_only=True, max_col=MOST_COLUMNS, max_row=MOST_ROWS)
        try:
            _read_rows(rows, columns, found)
        except NoColumnsError as error:
            told = error
            continue
        return found
    raise told


def _read_rows(rows: Iterable[Sequence[Any]], columns: Mapping[str, str], found: Entries) -> None:
    """References of the rows below the row of names."""
    rows = iter(rows)
    head: list[Sequence[Any]] = list(islice(rows, _HEAD_ROWS))
    known = [_known(row, columns) for row in head]
    at = max(range(len(head)), key=lambda place: _worth(known[place]), default=None)
    if at is None or not _worth(known[at]):
        named = next((row for row in head if any(row)), ())
        raise NoColumnsError(", ".join(str(cell) for cell in named if cell)[:200])
    places = known[at]
    for number, row in enumerate(islice(chain(head[at + 1 :], rows), MOST_ROWS), at + 2):
        reference = _reference({name: row[place] for name, place in places.items() if place < len(row)})
        if reference is not None:
            found.references.append(reference)
        elif any(str(cell).strip() for cell in row if cell is not None):
            found.fault(str(number), "-")


def _n_known(rows: Iterable[Sequence[Any]], columns: Mapping[str, str]) -> int:
    return max((_worth(_known(row, columns)) for row in rows), default=0)


def _worth(places: Mapping[str, int]) -> int:
    """How many columns are known; 0 where those that matter are not among them."""
    return len(places) if any(name in places for name in _NEEDED) else 0


def _known(row: Sequence[Any], columns: Mapping[str, str]) -> dict[str, int]:
    """Column -> its place, by the names in a row."""
    names = {_letters(cell): place for place, cell in reversed([*enumerate(row[:MOST_COLUMNS])]) if cell}
    places: dict[str, int] = {}
    for column, usual in _NAMES.items():
        own = columns.get(column)
        for name in (_letters(own),) if own else usual:
            if name in names and names[name] not in places.values():
                places[column] = names[name]
                break
    return places


def _letters(cell: Any) -> str:
    return re.sub(r"[\W\d_]+", "", str(cell).lower())


def _reference(cells: Mapping[str, Any]) -> Reference | None:
    said = {name: _text(cell) for name, cell in cells.items()}
    if not any(said.get(name) for name in _NEEDED):
        return None
    day = cells.get("date")
    published = day.date() if isinstance(day, datetime) else day if isinstance(day, date) else None
    year = published.year if published else None
    for name in ("date", "year"):
        if published is None and said.get(name):
            published, found = read_date(said[name])
            year = found or year
    names = " ".join(said.get("authors", "").replace("\n", ";").split())
    authors = re.split(r";| (?:and|en|&) ", names)
    return Reference(
        title=said.get("title", ""),
        abstract=said.get("abstract", ""),
        authors=tuple(name.strip() for name in authors if name.strip()),
        published=published,
        year=year if year and 1500 <= year <= 2200 else None,
        publisher=said.get("publisher", ""),
        language=said.get("language", ""),
        doi=said.get("doi", ""),
        url=said.get("url", ""),
        files=tuple(part.strip() for part in said.get("files", "").split(";") if part.strip()),
    )


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))  # years
    return str(cell).strip()
