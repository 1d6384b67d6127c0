"""Documents as references: who, when, what and where, with a readable key. Only what the document says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import PurePath

from pipelines.domain.record import Record
from pipelines.domain.runs import DocumentSummary
from pipelines.report.plain import one_line, web_address
from pipelines.report.references_names import Author, organisation, read_author
from pipelines.report.wording import file_name


class PublicationKind(StrEnum):
    """What kind of publication a document says it is, in its title, its file name or its address."""

    PRESS_RELEASE = "press_release"
    WORKING_PAPER = "working_paper"
    POLICY_BRIEF = "policy_brief"
    LETTER = "letter"
    """To parliament."""
    THESIS = "thesis"
    FACTSHEET = "factsheet"
    ESSAY = "essay"
    BLOG = "blog"
    NEWS = "news"
    MEMO = "memo"
    ANNUAL_REPORT = "annual_report"
    REPORT = "report"
    WEB_PAGE = "web_page"
    """A page of a site that says no more."""
    DOCUMENT = "document"
    """Any other document that says no more."""


#: Words by which documents say what they are; the first kind that is found holds. A press release about a report is a
#: press release, so what is most particular comes first.
_KINDS = {
    kind: re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE)
    for kind, words in {
        PublicationKind.PRESS_RELEASE: r"pers(?:bericht|mededeling)(?:en)?|press[\s_-]?release|news[\s_-]release",
        PublicationKind.WORKING_PAPER: (
            r"(?:working|discussion|research)[\s_-]?papers?|werkdocument|wp\d{2,}(?:[-_]\d+)?"
        ),
        PublicationKind.POLICY_BRIEF: r"policy[\s_-]?(?:brief|note|paper)|beleidsnotitie",
        PublicationKind.LETTER: r"kamerbrief|letter to (?:the )?parliament",
        PublicationKind.THESIS: (
            r"proefschrift|dissertat(?:ie|ion)|(?:phd|doctoral|master'?s?)[\s_-]thesis|(?:master)?scriptie"
        ),
        PublicationKind.FACTSHEET: r"fact[\s_-]?sheet",
        PublicationKind.ESSAY: r"essay(?:bundel)?",
        PublicationKind.BLOG: r"blog(?:[\s_-]?post)?",
        PublicationKind.NEWS: r"nieuws(?:bericht|brief)?|news(?:letter)?|workplace[\s_-]news",
        PublicationKind.MEMO: r"memo(?:randum)?",
        PublicationKind.ANNUAL_REPORT: r"jaar(?:verslag|rapport|bericht)|annual[\s_-]report",
        PublicationKind.REPORT: r"(?:\w*)rapport(?:age)?|(?:\w*)report",
    }.items()
}
#: Words of a title or an organisation that say nothing in a key.
_SMALL_WORDS = frozenset(
    {"the", "an", "de", "het", "een", "of", "van", "and", "en", "voor", "for", "ministerie", "ministry"}
)


class Reference(Record):
    """A document as a reference."""

    key: str
    """Readable and fixed: ``devries2024``; lower case letters and digits only."""
    document_id: str
    kind: PublicationKind
    kind_named: bool = True
    """Whether the title itself says what kind it is."""
    title: str
    from_file: bool = False
    """The document gives no title, and this is the name of its file."""
    authors: tuple[Author, ...] = ()
    """Those that are printed, else the publisher; empty where the document names neither."""
    year: int | None = None
    publisher: str = ""
    """Also where it is the author."""
    url: str | None = None
    language: str | None = None
    n_pages: int | None = None

    @property
    def publisher_beside(self) -> str:
        """The publisher, unless it is the only author, or the only author is a part of it: ``Press office, ...``."""
        only = self.authors[0].organisation.casefold() if len(self.authors) == 1 else ""
        publisher = self.publisher.casefold()
        return "" if only == publisher or only.endswith(f", {publisher}") else self.publisher


def references_of(
    documents: Sequence[DocumentSummary], library: Sequence[DocumentSummary] = ()
) -> tuple[Reference, ...]:
    """Documents as references, in the same order.

    Parameters
    ----------
    documents
        Those to refer to.
    library
        All documents that there are. Keys are given over them in the order in which they came in, so that a document
        has the same key in every list, and keeps it when others come.
    """
    keys = reference_keys((*library, *documents))
    return tuple(_reference(document, keys[document.id]) for document in documents)


def reference_keys(documents: Iterable[DocumentSummary]) -> dict[str, str]:
    """Document id -> key. Who came first has the bare key; later ones get ``b``, ``c`` and so on after the year."""
    unique = {document.id: document for document in documents}
    keys: dict[str, str] = {}
    taken: set[str] = set()
    for document in sorted(unique.values(), key=lambda d: (d.first_seen, d.id)):
        stem = _stem(_reference(document, "x"))
        n = 1
        while (key := stem + _letters(n)) in taken:
            n += 1
        taken.add(key)
        keys[document.id] = key
    return keys


def _reference(document: DocumentSummary, key: str) -> Reference:
    metadata = document.metadata
    publisher = one_line(metadata.publisher or "")
    printed = (read_author(name, publisher) for name in metadata.authors)
    authors = tuple(author for author in printed if author is not None)
    title, url = one_line(metadata.title or ""), web_address(metadata.url)
    kind, named = _kind(document, title, url)
    return Reference(
        key=key,
        document_id=document.id,
        kind=kind,
        kind_named=named,
        title=title or file_name(document),
        from_file=not title,
        authors=authors or ((organisation(publisher),) if publisher else ()),
        year=metadata.year,
        publisher=publisher,
        url=url,
        language=metadata.language,
        n_pages=document.n_pages,
    )


def _kind(document: DocumentSummary, title: str, url: str | None) -> tuple[PublicationKind, bool]:
    """The kind, and whether the title names it."""
    path = (url or "").partition("://")[2].partition("/")[2]
    for said, named in ((title, True), (f"{file_name(document)} {path}", False)):
        for kind, words in _KINDS.items():
            if words.search(said):
                return kind, named
    on_the_web = document.media_type in {"text/html", "application/xhtml+xml"}
    return (PublicationKind.WEB_PAGE if on_the_web else PublicationKind.DOCUMENT), True


def _plain(words: str) -> str:
    """Lower case letters and digits without accents."""
    spelled = words.replace("ß", "ss").replace("æ", "ae").replace("ø", "o").replace("ł", "l")
    decomposed = unicodedata.normalize("NFKD", spelled.casefold())
    return re.sub(r"[^a-z0-9]", "", decomposed)


def _stem(reference: Reference) -> str:
    first = reference.authors[0] if reference.authors else None
    said = ""
    if first is not None:
        said = _plain(first.full_family) if first.family else _short_name(first.organisation)
    if not said and reference.from_file:
        words = re.split(r"[\W_]+", PurePath(reference.title).stem)
        said = _short_name(" ".join(word for word in words if not word.isdigit()))
    elif not said:
        said = _short_name(reference.title)
    return f"{said or 'document'}{reference.year or 'nd'}"


def _short_name(words: str) -> str:
    """A name in a key: as a whole where it is short, else its first word that says something."""
    parts = [part for part in map(_plain, words.split()) if part]
    telling = [part for part in parts if part not in _SMALL_WORDS] or parts
    whole = "".join(telling)
    return whole if len(whole) <= 12 else next(iter(telling), "")[:20]


def _letters(n: int) -> str:
    """Nothing for the first, then ``b``, ``c``, ..., ``z``, ``aa``, ``ab``, ..."""
    written = ""
    while n > 1 or (written and n > 0):
        n, place = divmod(n - 1, 26)
        written = chr(ord("a") + place) + written
    return written


def by_document(references: Iterable[Reference]) -> Mapping[str, Reference]:
    """Document id -> reference."""
    return {reference.document_id: reference for reference in references}
