"""Reference lists: RIS, BibTeX, CSL-JSON, CSV and Excel, at a path, in storage or on the web.

=========== ==================== ===================================================================================
option      by itself            what it says
=========== ==================== ===================================================================================
``format``  by name and content  ``ris``, ``bibtex``, ``csl``, ``csv`` or ``xlsx``
``columns`` usual names          columns of a table that are called otherwise: ``[title=Naam stuk, url=Vindplaats]``
``sheet``   the first that fits  name of the sheet of a workbook
=========== ==================== ===================================================================================

Files that a list names are used where they are addresses, or lie beside the list; all other paths are those of somebody
else's computer and are left.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from pipelines.domain.sources import Bookmark, FoundItem, Source
from pipelines.domain.titles import normal_doi
from pipelines.harvest.fetching import Fetcher, HarvestError, HarvestLimits, ItemPage, Trouble
from pipelines.harvest.markup import (
    LONGEST_TITLE,
    MOST_FILES,
    clean_address,
    is_doi_address,
    plain_text,
    read_language,
    squeeze,
)
from pipelines.harvest.options import word, words
from pipelines.harvest.reference_entries import Entries, Reference, read_bibtex, read_csl, read_ris
from pipelines.harvest.reference_tables import COLUMNS, NoColumnsError, read_csv, read_xlsx
from pipelines.harvest.seen import Seen, item_mark, mark
from pipelines.harvest.storage import folder_of, join, local_path, read_bytes, scheme_of

OPTIONS: dict[str, type] = {"format": str, "columns": tuple, "sheet": str}

LIST_BYTES = 50_000_000
"""Longest list: some 20,000 references with abstracts."""
ITEMS_AT_ONCE = 100
_WEB = ("http", "https")
_FORMATS = {".ris": "ris", ".bib": "bibtex", ".bibtex": "bibtex", ".json": "csl", ".xlsx": "xlsx", ".xlsm": "xlsx"}
_DOCUMENTS = (".pdf", ".docx", ".odt", ".epub", ".html", ".htm", ".md", ".txt")
_LANGUAGES = {"dutch": "nl", "nederlands": "nl", "english": "en", "engels": "en", "dut": "nl", "nld": "nl", "eng": "en"}


def read_references(source: Source, bookmark: Bookmark, fetch: Fetcher, limits: HarvestLimits) -> Iterator[ItemPage]:
    """References of a list that are new or changed since ``bookmark``; see :class:`~.fetching.SourceReader`.

    A reference is known by its DOI, else by its address, else by title, year and first author.
    """
    values = dict(bookmark.values)
    content, validators, moved_to = _content(source, values, fetch)
    checksum = hashlib.sha256(content).hexdigest() if content is not None else values.get("checksum", "")
    if content is None or checksum == values.get("checksum"):
        yield ItemPage((), Bookmark(values=values | validators), moved_to=moved_to)
        return
    entries = _entries(source, content)
    items: dict[str, FoundItem] = {}
    for reference in entries.references:
        item = _item(source, reference)
        if item is not None:
            items.setdefault(item.key, item)
    seen, problems = Seen(values.get("seen", "")), tuple(entries.problems)
    fresh = [item for item in items.values() if item_mark(item) not in seen]
    given, whole = fresh[: limits.most_items], len(fresh) <= limits.most_items
    for at in range(0, max(len(given), 1), ITEMS_AT_ONCE):
        part = tuple(given[at : at + ITEMS_AT_ONCE])
        last = whole and at + ITEMS_AT_ONCE >= len(given)
        seen.add(map(item_mark, items.values() if last else part))
        said = {"seen": str(seen)} | ({"checksum": checksum} | validators if last else {})
        yield ItemPage(part, Bookmark(values={k: v for k, v in said.items() if v}), problems, moved_to)
        problems, moved_to = (), None


def _content(
    source: Source, values: Mapping[str, str], fetch: Fetcher
) -> tuple[bytes | None, dict[str, str], str | None]:
    """Content of the list (``None`` where it did not change), its validators, and where it moved to."""
    if scheme_of(source.address) not in _WEB:
        return read_bytes(source.address, folder_of(source), LIST_BYTES), {}, None
    validators = (values.get("etag"), values.get("last_modified"))
    answer = fetch.get(source.address, etag=validators[0], last_modified=validators[1], max_bytes=LIST_BYTES)
    if answer.unchanged:
        return None, {}, answer.moved_to
    told = {"etag": answer.etag or "", "last_modified": answer.last_modified or ""}
    return answer.content, told, answer.moved_to


def _entries(source: Source, content: bytes) -> Entries:
    """Entries of a list of any form.

    Raises
    ------
    HarvestError
        It is no list, or no column of it is known.
    """
    form = word(source, "format") or _form(source.address, content)
    columns = dict(part.split("=", 1) for part in words(source, "columns") if "=" in part)
    columns = {name.strip(): title for name, title in columns.items() if name.strip() in COLUMNS}
    try:
        if form == "xlsx":
            found = read_xlsx(content, columns, word(source, "sheet"))
        elif form == "csv":
            found = read_csv(_decoded(content), columns)
        else:
            found = {"ris": read_ris, "bibtex": read_bibtex, "csl": read_csl}[form](_decoded(content))
    except NoColumnsError as error:
        names = str(error) or "-"
        raise HarvestError("error.harvest_columns", Trouble.UNFIT, address=source.address, names=names) from error
    except KeyError as error:
        raise HarvestError("error.harvest_format", Trouble.UNFIT, form=form[:40]) from error
    except (ValueError, json.JSONDecodeError) as error:
        detail = str(error)[:120]
        raise HarvestError("error.harvest_no_list", Trouble.UNFIT, address=source.address, detail=detail) from error
    if not found.references and content.strip():
        detail = f"{form}, 0"
        raise HarvestError("error.harvest_no_list", Trouble.UNFIT, address=source.address, detail=detail)
    return found


def _form(address: str, content: bytes) -> str:
    suffix = PurePosixPath(urlsplit(address.replace("\\", "/")).path).suffix.lower()
    if suffix in _FORMATS:
        return _FORMATS[suffix]
    head = _decoded(content[:4096]).lstrip()
    if content.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(("TY  -", "TY -")):
        return "ris"
    if head.startswith(("[", "{")):
        return "csl"
    return "bibtex" if head.startswith("@") else "csv"


def _decoded(content: bytes) -> str:
    """Text in UTF-8 or UTF-16 if it says so or can be; else as Western Windows writes."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _item(source: Source, reference: Reference) -> FoundItem | None:
    """``None`` where nothing is named."""
    doi = normal_doi(reference.doi) or (normal_doi(reference.url) if "doi.org/" in reference.url else None)
    address = clean_address(reference.url) if reference.url else None
    title = plain_text(reference.title, LONGEST_TITLE)
    if not (title or doi or address):
        return None
    files = list(dict.fromkeys(_files(source, reference)))[:MOST_FILES]
    if address and address not in files and not is_doi_address(address):
        files.append(address)
    first = reference.authors[0] if reference.authors else ""
    year = reference.year if reference.year and 1500 <= reference.year <= 2200 else None
    return FoundItem(
        key=doi or address or mark(title.lower(), str(year), first),
        title=title or doi or address or "",
        abstract=plain_text(reference.abstract),
        authors=tuple(squeeze(name, 200) for name in reference.authors[:100]),
        published=reference.published,
        year=year,
        publisher=squeeze(reference.publisher, 200) or source.publisher,
        language=_language(reference.language) or source.language,
        doi=doi,
        page_url=address or (f"https://doi.org/{doi}" if doi else None),
        file_urls=tuple(files),
    )


def _language(text: str) -> str | None:
    return _LANGUAGES.get(text.strip().lower()) or read_language(text)


def _files(source: Source, reference: Reference) -> Iterator[str]:
    """Addresses of files: those on the web, and those that lie beside the list."""
    for name in reference.files:
        if scheme_of(name) in _WEB:
            if address := clean_address(name):
                yield address
        elif address := _beside(source, name):
            yield address


def _beside(source: Source, name: str) -> str | None:
    """Address of a file that lies in the folder of the list, or below it."""
    path = PurePosixPath(name.replace("\\", "/"))
    foreign = not path.parts or path.is_absolute() or ".." in path.parts or scheme_of(name) or ":" in path.parts[0]
    if foreign or path.suffix.lower() not in _DOCUMENTS or scheme_of(source.address) in _WEB or "::" in name:
        return None
    folder = local_path(folder_of(source))
    if folder is not None:
        try:
            found = (folder / path).resolve(strict=True)
            if not found.is_relative_to(folder.resolve(strict=True)) or not found.is_file():
                return None
        except (OSError, ValueError):  # not there, or no name of a file
            return None
    return join(folder_of(source), str(path))
