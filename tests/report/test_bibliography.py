"""The annotated bibliography: what each document says, in its own words, and what it is worth."""

from __future__ import annotations

import io
import re
from functools import cache

import docx
import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from note_samples import note_sample, quiet_note
from report_material import make_document, make_passage

from pipelines.domain.documents import Metadata
from pipelines.domain.evidence import KeySentence
from pipelines.domain.reports import BulletList, Paragraph, Section, Table, UpdateReport
from pipelines.report import render_html, render_markdown, render_word
from pipelines.report.bibliography import BibliographyMaterial, compose_bibliography
from pipelines.report.bibliography_findings import (
    FILL_FINDINGS,
    MOST_FINDINGS,
    DocumentEvidence,
    KeyFinding,
    choose,
    nearly_equal,
)
from pipelines.report.numbering import walk
from pipelines.report.pdf import render_pdf
from pipelines.report.references import references_of
from pipelines.strings import LANGUAGES, Language


@cache
def material() -> BibliographyMaterial:
    """The bibliography of the month of the note's sample, with two flagged passages that nobody has read."""
    made = BibliographyMaterial.of_note(note_sample())
    paper = next(d for d in made.documents if d.id == "paper")
    told = (
        "The firms ran the trial for a year. Staff who wrote for a living gained least of all.",
        "The least experienced writers finished 22% more tasks per hour; others did not change much.",
    )
    unread = []
    for n, said in enumerate(told):
        start = said.index("Staff") if n == 0 else 0
        key = KeySentence(text=said[start:], start=start, end=len(said))
        unread.append(make_passage(said, paper, 40 + n, labels={"key_sentence": key, "rows": ()}))
    return made.model_copy(update={"passages": (*made.passages, *unread)})


@cache
def composed(language: Language) -> UpdateReport:
    """It as a tree."""
    return compose_bibliography(material(), language)


def entry(report: UpdateReport, key: str) -> Section:
    """The section of one document."""
    return next(section for _, section in walk(report.sections) if section.anchor == f"document-{key}")


def text_of(section: Section) -> str:
    """All that a section says, a line an item."""
    lines = []
    for item in section.items:
        if isinstance(item, Paragraph):
            lines.append("".join(span.text for span in item.spans))
        if isinstance(item, BulletList):
            lines += ["".join(span.text for span in spans) for spans in item.items]
    return "\n".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_document_that_was_read_has_an_entry_and_a_reference(language: Language) -> None:
    report = composed(language)
    read = [d for d in material().documents if d.state in {"text", "partial"}]
    references = references_of(read, material().library)
    anchors = {section.anchor for _, section in walk(report.sections)}
    assert {f"document-{r.key}" for r in references} <= anchors
    listed = next(s for s in report.sections if s.anchor == "references")
    entries = next(item for item in listed.items if isinstance(item, BulletList)).items
    assert len(entries) == len(read)
    aside = next(s for s in report.sections if s.anchor == "aside")
    assert len(aside.items[0].rows) == len(material().documents) - len(read)
    assert "old" not in {r.document_id for r in references}


def test_entry_says_what_is_known_in_dutch() -> None:
    said = text_of(entry(composed("nl"), "instituuta2026"))
    assert "Verwijzing: Instituut A. (2026a). Klantcontact met een taalmodel: een veldproef. https://" in said
    assert "in het Nederlands, 40 pagina’s, bestand field.pdf, sleutel instituuta2026." in said
    assert "Gaat over: B1 Arbeidsproductiviteit (B1.t1, B1.u1)." in said
    assert "experiment met loting; Nederland; 412 deelnemers of bedrijven; weegt zwaar; telt als één studie met" in said
    assert "3 passages aanvaard, 0 afgewezen." in said
    assert re.search(r"‘Medewerkers die korter .* 26% meer vragen per uur af.’ \(blz\.\u00a0\d+; B1\)", said)


def test_entry_of_what_fits_no_question_and_of_what_says_nothing() -> None:
    assert "New to the table" in text_of(entry(composed("en"), "institutef2025"))
    bare = text_of(entry(composed("en"), "bijlage2024"))
    assert "No sentences were found" in bare
    assert "nothing was flagged" in bare


def test_unread_findings_are_marked_and_repeat_nothing() -> None:
    said = text_of(entry(composed("nl"), "instituteb2025"))
    assert (
        "Staff who wrote for a living gained least of all.’ (blz.\u00a043; nog niet door een lezer beoordeeld)" in said
    )
    assert said.count("22% more tasks") == 1
    assert "2 gesignaleerde passages nog te lezen" in said


def test_findings_are_sentences_of_the_document_in_its_language() -> None:
    evidence = DocumentEvidence(material())
    texts = {p.document_id: [] for p in material().pieces}
    for piece in material().pieces:
        texts[piece.document_id].append(" ".join(piece.text.split()))
    for document in material().documents:
        for finding in evidence.findings(document):
            if finding.accepted:
                assert any(finding.text in said for said in texts[document.id])
    spans = [
        span
        for _, section in walk(composed("nl").sections)
        for item in section.items
        if isinstance(item, BulletList)
        for entry_spans in item.items
        for span in entry_spans
        if span.text.startswith("‘")
    ]
    assert {span.language for span in spans} == {"nl", "en"}


def test_a_finding_of_another_document_is_quoted_only_in_its_own_words() -> None:
    made = material()
    field = next(d for d in made.documents if d.id == "field")
    piece = next(p for p in made.pieces if p.item_id == "field-1")
    reprint = make_document("reprint", metadata=Metadata(title="Herdruk", year=2026, language="nl"))
    other = make_document("other", metadata=Metadata(title="Bewerking", year=2026, language="nl"))
    passages = (
        make_passage(piece.text, reprint, 7, group="field-1"),
        make_passage(piece.text.replace("26%", "ruim een kwart"), other, 8, group="field-1"),
    )
    again = made.model_copy(
        update={
            "documents": (field, reprint, other),
            "passages": passages,
            "pieces": (piece.model_copy(update={"also_in": ("reprint", "other")}),),
        }
    )
    evidence = DocumentEvidence(again)
    (found,) = evidence.findings(reprint)
    assert (found.text, found.page) == (piece.quote, 10)
    assert evidence.findings(other) == []
    assert evidence.studies(other)


def test_what_stands_in_two_documents_is_one_thing_to_read() -> None:
    documents = [make_document(name) for name in ("een", "twee")]
    made = material().model_copy(
        update={
            "documents": tuple(documents),
            "passages": tuple(make_passage("Een zin over werk.", d, 1, labels={}, group="g") for d in documents),
            "judgements": {},
        }
    )
    evidence = DocumentEvidence(made)
    assert [evidence.reading(d).open for d in documents] == [1, 1]
    assert evidence.n_open(documents) == 1
    half = DocumentEvidence(made.model_copy(update={"judgements": {"een-1": None}}))
    assert (half.reading(documents[0]).rejected, half.reading(documents[0]).open) == (1, 0)


def finding(words: str, **changes: object) -> KeyFinding:
    """A finding that was accepted, on row B1."""
    values: dict[str, object] = {
        "text": words, "language": "nl", "page": 3, "section": (), "position": (1, 0), "accepted": True,
        "rows": ("B1",), "weight": 0.5,
    }  # fmt: skip
    return KeyFinding(**(values | changes))


def test_accepted_comes_first_and_questions_take_turns() -> None:
    words = ("appels", "peren", "kersen", "druiven", "bramen", "pruimen", "vijgen")
    many = [finding(f"Groei van {w} en {w}teelt", weight=0.9 - n / 10, position=(n, 0)) for n, w in enumerate(words)]
    other = finding("Daling van bananen", rows=("D1",), weight=0.1, position=(99, 0))
    unread = finding("Stilstand van mango", accepted=False, weight=1.0)
    chosen = choose([*many, other, unread])
    assert len(chosen) == MOST_FINDINGS
    assert other in chosen
    assert unread not in chosen
    assert [f.position for f in chosen] == sorted(f.position for f in chosen)
    few = choose([many[0], *(finding(f"Iets over {w}bomen nu", accepted=False) for w in words)])
    assert len(few) == FILL_FINDINGS
    assert many[0] in few


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Beginners handelden 26% meer vragen per uur af.",
            "Beginners handelden per uur 26% meer vragen af dan toen.",
        ),
        ("Output per hour rose by 9% in the firms.", "In these firms output per hour rose 9% over two years."),
        ("De productie steeg met 9% in twee jaar.", "In twee jaar steeg de productie bij gebruikers met 9%."),
        ("Niemand ziet de rekening.", "  niemand ziet de  rekening. "),
    ],
)
def test_sentences_that_say_nearly_the_same_are_known(one: str, other: str) -> None:
    assert nearly_equal(one, other)
    assert nearly_equal(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Beginners handelden 26% meer vragen af.", "Bij ervaren collega’s was het verschil 4%."),
        ("Employment fell by 3.1% in exposed jobs.", "Wages rose by 3.1% for managers of large plants."),
        ("In 2025 gebruikte 43% van de werkenden AI.", "In 2025 daalde het aantal vacatures voor vertalers."),
    ],
)
def test_sentences_that_say_different_things_stay_apart(one: str, other: str) -> None:
    assert not nearly_equal(one, other)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.text("abc 1%.", min_size=1, max_size=30), st.booleans(), st.sampled_from(["A1", "B1", ""])),
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_choice_is_small_without_repeats_and_does_not_hang_on_order(
    said: list[tuple[str, bool, str]], chance: object
) -> None:
    found = [
        finding(words, accepted=accepted, rows=(row,) if row else (), position=(n, 0), weight=n / 20)
        for n, (words, accepted, row) in enumerate(said)
    ]
    chosen = choose(found)
    assert len(chosen) <= MOST_FINDINGS
    assert not any(nearly_equal(a.text, b.text) for n, a in enumerate(chosen) for b in chosen[:n])
    assert sum(not f.accepted for f in chosen) <= FILL_FINDINGS
    mixed = found.copy()
    chance.shuffle(mixed)
    assert choose(mixed) == chosen


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_forms_hold_every_entry(language: Language) -> None:
    report = composed(language)
    titles = [s.title for s in next(s for s in report.sections if s.anchor == "entries").sections]
    markdown = render_markdown(report).decode()
    page = render_html(report).decode()
    word = docx.Document(io.BytesIO(render_word(report)))
    headings = [p.text for p in word.paragraphs if p.style.name.startswith("Heading")]
    marks = [mark.get_title() for mark in pdfium.PdfDocument(render_pdf(report)).get_toc()]
    for title in titles:
        assert title in headings
        assert any(title in mark for mark in marks)
        assert title.split(":")[0] in page
        assert title.split(":")[0] in markdown
    table = next(i for _, s in walk(report.sections) for i in s.items if isinstance(i, Table))
    assert len(table.rows) == len(titles)


def test_same_material_gives_the_same_list_and_nothing_gives_one() -> None:
    assert compose_bibliography(material(), "nl") == composed("nl")
    report = compose_bibliography(BibliographyMaterial.of_note(quiet_note()), "en")
    assert [s.anchor for s in report.sections] == ["overview", "method"]
    assert "No documents" in text_of(report.sections[0])
