"""References as files for other programs: RIS, BibTeX and CSL-JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import rispy
from bibtexparser.entrypoint import write_string
from bibtexparser.library import Library
from bibtexparser.model import Entry, Field
from bibtexparser.writer import BibtexFormat

from pipelines.domain.runs import DocumentSummary
from pipelines.report.references import PublicationKind, Reference, references_of
from pipelines.report.references_names import Author
from pipelines.strings import text

#: Kinds as the formats name them: RIS, BibTeX with a publisher, CSL. What is not here is a report.
_RIS_TYPES = {
    PublicationKind.WEB_PAGE: "ELEC", PublicationKind.NEWS: "NEWS", PublicationKind.BLOG: "BLOG",
    PublicationKind.THESIS: "THES", PublicationKind.LETTER: "GOVDOC",
}  # fmt: skip
_CSL_TYPES = {
    PublicationKind.WEB_PAGE: "webpage", PublicationKind.NEWS: "article-newspaper", PublicationKind.BLOG: "post-weblog",
    PublicationKind.THESIS: "thesis",
}  # fmt: skip
_BIBTEX_TYPES = {PublicationKind.WEB_PAGE: "misc", PublicationKind.NEWS: "misc", PublicationKind.BLOG: "misc"}
#: Kinds that say nothing beside the type of the entry.
_UNTOLD = frozenset({PublicationKind.WEB_PAGE, PublicationKind.DOCUMENT, PublicationKind.REPORT})
_BIBTEX_SIGNS = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_",
}  # fmt: skip
_SIGN = re.compile(r"[\\{}~^#$%&_]")


class _PlainRis(rispy.RisWriter):
    """Without the number that rispy puts before each entry: it is no part of the format."""

    def set_header(self, count: int) -> str:  # noqa: ARG002 (the name that rispy calls it by)
        return ""


def references_ris(documents: Sequence[DocumentSummary], library: Sequence[DocumentSummary] = ()) -> bytes:
    """Documents as RIS in UTF-8, in the order given; what a document does not say is absent.

    ``library`` holds all documents that there are, as in :func:`~pipelines.report.references.references_of`.
    """
    entries = [_ris(reference) for reference in references_of(documents, library)]
    return rispy.dumps(entries, implementation=_PlainRis, enforce_list_tags=True).encode("utf-8")


def references_bibtex(documents: Sequence[DocumentSummary], library: Sequence[DocumentSummary] = ()) -> bytes:
    """Documents as BibTeX in UTF-8, in the order given; signs that mean something to TeX are written as commands."""
    bibtex = Library([_bibtex(reference) for reference in references_of(documents, library)])
    layout = BibtexFormat()
    layout.indent, layout.block_separator, layout.trailing_comma = "  ", "\n", True
    return write_string(bibtex, bibtex_format=layout).encode("utf-8")


def references_csl(documents: Sequence[DocumentSummary], library: Sequence[DocumentSummary] = ()) -> bytes:
    """Documents as CSL-JSON in UTF-8, the form that Zotero, pandoc and citation processors read."""
    entries = [_csl(reference) for reference in references_of(documents, library)]
    return (json.dumps(entries, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def _genre(reference: Reference) -> str:
    if reference.kind in _UNTOLD:
        return ""
    return text(f"bibliography.kind.{reference.kind}", "nl" if reference.language == "nl" else "en")


def _notes(reference: Reference) -> str:
    if not reference.from_file:
        return ""
    return text("bibliography.apa.file_name", "nl" if reference.language == "nl" else "en")


def _family_first(author: Author) -> str:
    return ", ".join(part for part in (author.full_family, author.given) if part)


def _ris(reference: Reference) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type_of_reference": _RIS_TYPES.get(reference.kind, "RPRT"),
        "id": reference.key,
        "authors": [author.organisation or _family_first(author) for author in reference.authors],
        "title": reference.title,
        "year": str(reference.year or ""),
        "publisher": reference.publisher,
        "language": reference.language or "",
        "type_of_work": _genre(reference),
        "notes": [note] if (note := _notes(reference)) else [],
        "urls": [reference.url] if reference.url else [],
    }
    return {name: value for name, value in entry.items() if value}


def _tex(words: str) -> str:
    return _SIGN.sub(lambda sign: _BIBTEX_SIGNS[sign[0]], words)


def _bibtex(reference: Reference) -> Entry:
    kind = _BIBTEX_TYPES.get(reference.kind, "techreport" if reference.publisher else "misc")
    names = [
        f"{{{_tex(author.organisation)}}}" if author.organisation else _tex(_family_first(author))
        for author in reference.authors
    ]
    fields = {
        "author": " and ".join(names),
        "title": f"{{{_tex(reference.title)}}}",  # keeps its capitals
        "year": str(reference.year or ""),
        "institution" if kind == "techreport" else "publisher": _tex(reference.publisher),
        "type": _tex(_genre(reference)),
        "pagetotal": str(reference.n_pages or ""),
        "langid": {"nl": "dutch", "en": "english"}.get(reference.language or "", ""),
        "note": _tex(_notes(reference)),
        # Read as it stands by every BibTeX; only braces would end the field.
        "url": (reference.url or "").replace("{", "%7B").replace("}", "%7D"),
    }
    return Entry(kind, reference.key, [Field(name, value) for name, value in fields.items() if value])


def _csl_name(author: Author) -> dict[str, str]:
    if author.organisation:
        return {"literal": author.organisation}
    parts = {"family": author.family, "given": author.given, "non-dropping-particle": author.particle}
    return {name: part for name, part in parts.items() if part}


def _csl(reference: Reference) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": reference.key,
        "type": _CSL_TYPES.get(reference.kind, "report"),
        "title": reference.title,
        "author": [_csl_name(author) for author in reference.authors],
        "issued": {"date-parts": [[reference.year]]} if reference.year else None,
        "publisher": reference.publisher,
        "URL": reference.url,
        "language": reference.language,
        "genre": _genre(reference),
        "number-of-pages": str(reference.n_pages or ""),
        "note": _notes(reference),
    }
    return {name: value for name, value in entry.items() if value}
