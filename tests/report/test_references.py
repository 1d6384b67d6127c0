"""References: entries after the APA, keys that last, files that other programs read back."""

from __future__ import annotations

import json
import random
import re

import bibtexparser
import pytest
import rispy
from bibtexparser.middlewares import LatexDecodingMiddleware
from hypothesis import given, settings
from hypothesis import strategies as st
from reference_samples import FIRST, HTML, make_reference_document, reference_samples

from pipelines.report.references import PublicationKind, reference_keys, references_of
from pipelines.report.references_apa import apa_list, short_citation
from pipelines.report.references_files import references_bibtex, references_csl, references_ris
from pipelines.report.references_names import Author, read_author
from pipelines.strings import LANGUAGES, Language

DOCUMENTS = [sample.document for sample in reference_samples()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_entries_are_those_written_by_hand(language: Language) -> None:
    samples = {sample.document.id: sample for sample in reference_samples()}
    assert len(samples) >= 25
    listed = apa_list(references_of(DOCUMENTS), language, {d.id: d.first_seen.date() for d in DOCUMENTS})
    made = {reference.document_id: "".join(span.text for span in entry) for reference, entry in listed}
    assert made == {doc_id: getattr(sample, language) for doc_id, sample in samples.items()}


def test_list_is_sorted_by_name_in_dutch_and_with_what_stands_before_it_in_english() -> None:
    documents = [
        make_reference_document(1, title="T", authors=("A. de Zomer",), year=2020),
        make_reference_document(2, title="T", authors=("B. Maart",), year=2020),
        make_reference_document(3, title="De aap", year=2020),
        make_reference_document(4, title="T", authors=("B. Maart",)),
        make_reference_document(5, title="T", authors=("Économie Bureau",), year=2020),
    ]
    order = {
        language: [int(r.document_id[-3:]) for r, _ in apa_list(references_of(documents), language)]
        for language in LANGUAGES
    }
    assert order == {"nl": [3, 5, 4, 2, 1], "en": [3, 1, 5, 4, 2]}


def test_titles_are_in_italics_and_addresses_are_links() -> None:
    _, entry = next(iter(apa_list(references_of([DOCUMENTS[1]]), "nl")))
    assert [span.text for span in entry if span.italic] == ["Skills at work"]
    assert [span.url for span in entry if span.url] == ["https://example.org/skills"]


@pytest.mark.parametrize(
    ("authors", "nl", "en"),
    [
        (("A. de Vries",), "De Vries (2024)", "De Vries (2024)"),
        (("A. de Vries", "B. Smit"), "De Vries en Smit (2024)", "De Vries and Smit (2024)"),
        (("A. de Vries", "B. Smit", "C. Bos"), "De Vries et al. (2024)", "De Vries et al. (2024)"),
        (("OECX",), "OECX (2024)", "OECX (2024)"),
        ((), "Titel (2024)", "Titel (2024)"),
    ],
)
def test_short_citation(authors: tuple[str, ...], nl: str, en: str) -> None:
    (reference,) = references_of([make_reference_document(1, title="Titel", authors=authors, year=2024)])
    assert (short_citation(reference, "nl"), short_citation(reference, "en")) == (nl, en)


@pytest.mark.parametrize(
    ("printed", "family", "particle", "given"),
    [
        ("Jan van der Berg", "Berg", "van der", "Jan"),
        ("Berg, J. van der", "Berg", "van der", "J."),
        ("Van den Berg, Anna", "Berg", "van den", "Anna"),
        ("J.W. de Vries MSc", "Vries", "de", "J.W."),
        ("Prof. dr. ir. K. ter Veld", "Veld", "ter", "K."),
        ("J. d'Ancona", "Ancona", "d'", "J."),
        ("Bergh, J. (Janna) van den - XYZ/ABC", "Bergh", "van den", "J."),
        ("JM Keyn", "Keyn", "", "JM"),
        ("Sarah McKey", "McKey", "", "Sarah"),
        ("Willem Boz Jr.", "Boz", "", "Willem"),
    ],
)
def test_names_of_people_are_told_apart(printed: str, family: str, particle: str, given: str) -> None:
    assert read_author(printed) == Author(family=family, particle=particle, given=given)


@pytest.mark.parametrize(
    "printed",
    [
        "OECX", "Ministerie van Voorbeelden", "Bureau voor Proeven", "World Example Forum", "DeepThing Labs",
        "de Redactie", "SEQ Economisch Onderzoek", "Jansen, A., Smit, B.", "Studio 54",
    ],
)  # fmt: skip
def test_names_of_organisations_stay_whole(printed: str) -> None:
    assert read_author(printed) == Author(organisation=printed)
    assert read_author("Piet Klaver", "Piet Klaver") == Author(organisation="Piet Klaver")


@pytest.mark.parametrize("printed", ["", " ", "12", "admin", "Microsoft Office User", "\x00"])
def test_what_names_nobody_is_no_author(printed: str) -> None:
    assert read_author(printed) is None


@pytest.mark.parametrize(
    ("title", "path", "kind", "named"),
    [
        ("Persbericht bij het rapport", "a.pdf", PublicationKind.PRESS_RELEASE, True),
        ("Peiling", "2026-04-14_press-release_peiling.html", PublicationKind.PRESS_RELEASE, False),
        ("Trials", "WP2024-09_trials.pdf", PublicationKind.WORKING_PAPER, False),
        ("Jaarverslag 2024", "a.pdf", PublicationKind.ANNUAL_REPORT, True),
        ("Onderzoeksrapport scholing", "a.pdf", PublicationKind.REPORT, True),
        ("Reporting for duty", "a.pdf", PublicationKind.DOCUMENT, True),
        ("Newsroom", "a.pdf", PublicationKind.DOCUMENT, True),
    ],
)
def test_kind_is_what_the_document_says(title: str, path: str, kind: PublicationKind, named: bool) -> None:
    (reference,) = references_of([make_reference_document(1, title=title, path=f"data/raw/{path}")])
    assert (reference.kind, reference.kind_named) == (kind, named)


def test_page_of_a_site_that_says_no_more_is_a_web_page() -> None:
    (reference,) = references_of([make_reference_document(1, HTML, title="Uitleg")])
    assert reference.kind is PublicationKind.WEB_PAGE


# Keys


def test_keys_are_those_written_by_hand() -> None:
    assert reference_keys(DOCUMENTS) == {s.document.id: s.key for s in reference_samples()}


def test_keys_do_not_change_with_order_or_when_documents_come() -> None:
    keys = reference_keys(DOCUMENTS)
    mixed = DOCUMENTS.copy()
    random.Random(3).shuffle(mixed)
    assert reference_keys(mixed) == keys
    for n in (1, 5, 16, 20):
        early = reference_keys(DOCUMENTS[:n])
        assert early == {doc_id: keys[doc_id] for doc_id in early}
    part = references_of([d for d in DOCUMENTS if d.metadata.title == "Tweede van twee"], library=DOCUMENTS)
    assert part[0].key == "epsilon2018b"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12), st.sampled_from([None, 2024])), max_size=8))
def test_keys_are_unique_plain_and_files_hold_every_reference(said: list[tuple[str, str, int | None]]) -> None:
    documents = [
        make_reference_document(n, title=title, authors=(author,), year=year)
        for n, (title, author, year) in enumerate(said)
    ]
    keys = reference_keys(documents)
    assert len(set(keys.values())) == len(documents)
    assert all(re.fullmatch(r"[a-z0-9]+", key) for key in keys.values())
    wanted = [keys[d.id] for d in documents]
    assert [entry["id"] for entry in json.loads(references_csl(documents))] == wanted
    assert [entry["id"] for entry in rispy.loads(references_ris(documents).decode())] == wanted
    library = bibtexparser.parse_string(references_bibtex(documents).decode())
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == wanted


# Files


def test_ris_is_read_back_as_it_was() -> None:
    entries = rispy.loads(references_ris(DOCUMENTS).decode("utf-8"))
    references = references_of(DOCUMENTS)
    assert len(entries) == len(references)
    for entry, reference in zip(entries, references, strict=True):
        assert entry["title"] == reference.title
        assert entry.get("year") == (str(reference.year) if reference.year else None)
        assert entry.get("urls") == ([reference.url] if reference.url else None)
        assert entry.get("publisher", "") == reference.publisher
        assert len(entry.get("authors", [])) == len(reference.authors)
    assert entries[0]["authors"] == ["van der Berg, J.", "van Dijk, K."]
    content = references_ris(DOCUMENTS).decode("utf-8")
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in content.splitlines() if line.strip())
    assert content.startswith("TY  - ")
    assert "unknown_tag" not in {name for entry in entries for name in entry}


def test_bibtex_is_read_back_as_it_was() -> None:
    content = references_bibtex(DOCUMENTS).decode("utf-8")
    library = bibtexparser.parse_string(content, append_middleware=[LatexDecodingMiddleware()])
    assert not library.failed_blocks
    for entry, reference in zip(library.entries, references_of(DOCUMENTS), strict=True):
        told = {field.key: field.value for field in entry.fields}
        assert entry.key == reference.key
        # The reader makes a letter of its own of the circumflex, and takes braces away.
        assert told["title"].replace("ˆ", "^") == reference.title.replace("{", "").replace("}", "")
        assert told.get("year") == (str(reference.year) if reference.year else None)
        assert told.get("url") == reference.url
        assert told.get("institution", told.get("publisher", "")) == reference.publisher
        assert ("author" in told) == bool(reference.authors)
    assert "author = {van der Berg, J. and van Dijk, K.}" in content
    assert "author = {{Ministerie van Voorbeelden}}" in content
    assert r"\textbraceleft{}AI\textbraceright{}" in content
    assert content.count("{") == content.count("}")


def test_csl_has_names_in_parts_and_leaves_out_what_is_unknown() -> None:
    entries = {entry["id"]: entry for entry in json.loads(references_csl(DOCUMENTS))}
    assert entries["vanderberg2020"]["author"][0] == {
        "family": "Berg", "given": "J.", "non-dropping-particle": "van der",
    }  # fmt: skip
    assert entries["voorbeelden2021"]["author"] == [{"literal": "Ministerie van Voorbeelden"}]
    assert entries["vanderberg2020"]["issued"] == {"date-parts": [[2020]]}
    assert set(entries["nietsnd"]) == {"id", "type", "title", "number-of-pages"}
    assert entries["bureauend"]["type"] == "webpage"
    assert "note" in entries["notitieordef2022"]


def test_files_are_the_same_each_time_and_an_empty_list_is_one() -> None:
    for write in (references_ris, references_bibtex, references_csl):
        assert write(DOCUMENTS) == write(DOCUMENTS)
    assert json.loads(references_csl([])) == []
    assert references_ris([]).strip() == b""
    assert FIRST.year == 2026
