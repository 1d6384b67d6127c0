"""One document in the bibliography: reference, what it is, key findings, rows, weight of its evidence, how far read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipelines.domain.appraisal import Study, WeighedStudy
from pipelines.domain.reports import BulletList, Item, Paragraph, Section, Span
from pipelines.domain.runs import DocumentSummary
from pipelines.report.bibliography_findings import DocumentEvidence, KeyFinding
from pipelines.report.bibliography_material import BibliographyMaterial
from pipelines.report.plain import one_line
from pipelines.report.references import PublicationKind, Reference
from pipelines.report.references_apa import short_citation
from pipelines.report.wording import capital, counted, document_title, enumeration, file_name, number
from pipelines.strings import Language, keys, text

#: From here on a study weighs heavily: about what a survey of the last years in the Netherlands weighs (0.7 for its
#: design, 0.9 for its age). Below the other it weighs lightly: less than a study elsewhere that does not say how it
#: was done (0.5 x 0.65), or a forecast.
_HEAVY_FROM, _LIGHT_BELOW = 0.6, 0.3
#: Longer titles are cut in headings, at a word; the reference under the heading gives them whole.
_HEADING_CHARACTERS = 110


@dataclass(frozen=True)
class BibliographyDraft:
    """The material, what was found in it, and the language to write in."""

    material: BibliographyMaterial
    evidence: DocumentEvidence
    documents: Mapping[str, DocumentSummary]
    """By id."""
    letters: Mapping[str, str]
    """Key of a reference -> letter that tells it apart, as in the list of references."""
    language: Language

    def say(self, key: str, /, **values: object) -> str:
        """The string ``bibliography.<key>`` in the language of the list."""
        return text(f"bibliography.{key}", self.language, **values)

    def count(self, key: str, n: int, /, **values: object) -> str:
        """The string ``bibliography.<key>`` in singular or plural."""
        return counted(f"bibliography.{key}", n, self.language, **values)

    def named(self, kind: str, value: str) -> str:
        """Name of a design or a setting."""
        return text(f"appraisal.{kind}.{value}", self.language)

    def row_name(self, row_id: str) -> str:
        """Id and title of a row."""
        return f"{row_id} {one_line(self.material.table.row(row_id).title(self.language))}"

    def in_table_order(self, rows: Iterable[str]) -> list[str]:
        """Ids of rows, each once."""
        wanted = set(rows)
        return [row.id for row in self.material.table.rows if row.id in wanted]

    def accepted_rows(self, document: DocumentSummary) -> list[str]:
        """Rows on which evidence from a document was accepted."""
        found = (self.evidence.row_of(piece) for piece in self.evidence.pieces(document))
        return self.in_table_order(row for row in found if row)

    def rows_in_short(self, document: DocumentSummary) -> str:
        """Ids of rows: those of accepted evidence, else those that the model sees."""
        accepted = self.accepted_rows(document)
        if accepted:
            return ", ".join(accepted)
        of_model = ", ".join(self.evidence.model_rows(document))
        return self.say("overview.model_rows", rows=of_model) if of_model else ""

    def short(self, reference: Reference) -> str:
        """How a running text names a document: ``De Vries en Smit (2024a)``."""
        return short_citation(reference, self.language, self.letters.get(reference.key, ""))

    def kind_of(self, reference: Reference, document: DocumentSummary) -> str:
        """What kind of publication it is; its format where it does not say."""
        if reference.kind is PublicationKind.DOCUMENT:
            form = document.parser.partition("/")[0]
            key = f"bibliography.format.{form}"
            return text(key, self.language) if key in keys() else self.say("kind.document")
        return self.say(f"kind.{reference.kind}")


def entry_section(draft: BibliographyDraft, reference: Reference, entry: tuple[Span, ...]) -> Section:
    """Draft the section of one document."""
    document = draft.documents[reference.document_id]
    findings = draft.evidence.findings(document)
    items: list[Item] = [_told(draft, "reference", entry), _told(draft, "what", (_what(draft, reference, document),))]
    if findings:
        items.append(_told(draft, "findings", ()))
        items.append(BulletList(items=tuple(_finding(draft, finding) for finding in findings)))
    else:
        items.append(_told(draft, "findings", (Span(text=draft.say("entry.no_findings")),)))
    items += _rows(draft, document)
    items += _weight(draft, document)
    items.append(_told(draft, "read", (Span(text=_reading(draft, document)),)))
    return Section(title=_heading(draft, reference), anchor=f"document-{reference.key}", items=tuple(items))


def _told(draft: BibliographyDraft, key: str, spans: tuple[Span, ...]) -> Paragraph:
    name = Span(text=draft.say(f"entry.{key}") + (": " if spans else ":"), bold=True)
    return Paragraph(spans=(name, *spans))


def _heading(draft: BibliographyDraft, reference: Reference) -> str:
    title = one_line(reference.title)
    if len(title) > _HEADING_CHARACTERS:
        title = title[:_HEADING_CHARACTERS].rpartition(" ")[0].rstrip(" ,;:") + " …"
    return f"{draft.short(reference)}: {title}" if reference.authors else title


def _what(draft: BibliographyDraft, reference: Reference, document: DocumentSummary) -> Span:
    told = [capital(draft.kind_of(reference, document))]
    if reference.language is not None:
        code = reference.language if reference.language in {"nl", "en"} else "other"
        name = text(f"language.{code}", draft.language)
        told.append(draft.say("entry.in_language", language=name) if code != "other" else name)
    if reference.n_pages:
        told.append(draft.count("entry.pages", reference.n_pages))
    if not reference.from_file:
        told.append(draft.say("entry.file_of", name=file_name(document)))
    told.append(draft.say("entry.key", name=reference.key))
    return Span(text=", ".join(told) + ".")


def _finding(draft: BibliographyDraft, finding: KeyFinding) -> tuple[Span, ...]:
    """A sentence with its page, the rows it bears on, and that nobody has read it where that is so."""
    where = text("report.words.pages", draft.language, pages=finding.page) if finding.page else ""
    if not where and finding.section:
        where = text("report.words.section", draft.language, section=one_line(finding.section[-1]))
    told = [part for part in (where, ", ".join(finding.rows[:1])) if part]
    if not finding.accepted:
        told.append(draft.say("entry.finding_unread"))
    quoted = Span(text=f"‘{finding.text}’", language=finding.language)
    return (quoted, Span(text=f" ({'; '.join(told)})")) if told else (quoted,)


def _rows(draft: BibliographyDraft, document: DocumentSummary) -> list[Item]:
    accepted = draft.accepted_rows(document)
    of_model = [row for row in draft.evidence.model_rows(document) if row not in accepted]
    statements: dict[str, set[str]] = {}
    for piece in draft.evidence.pieces(document):
        row = draft.evidence.row_of(piece)
        if row and piece.statement_id:
            statements.setdefault(row, set()).add(piece.statement_id)
    items: list[Item] = []
    if accepted:
        named = [
            draft.row_name(row) + (f" ({', '.join(sorted(statements[row]))})" if row in statements else "")
            for row in accepted
        ]
        items.append(_told(draft, "rows", (Span(text="; ".join(named) + "."),)))
    if of_model:
        key = "rows_model_too" if accepted else "rows_model"
        items.append(_told(draft, key, (Span(text="; ".join(map(draft.row_name, of_model)) + "."),)))
    if not items:
        key = "new_point" if draft.evidence.pieces(document) else "no_rows"
        items.append(_told(draft, "rows", (Span(text=draft.say(f"entry.{key}")),)))
    return items


def _weight(draft: BibliographyDraft, document: DocumentSummary) -> list[Item]:
    studies = draft.evidence.studies(document)
    if not studies:
        return [_told(draft, "weight", (Span(text=draft.say("entry.no_weight")),))]
    lines = tuple((Span(text=_study(draft, document, *pair)),) for pair in studies)
    if len(lines) == 1:
        return [_told(draft, "weight", lines[0])]
    return [_told(draft, "weight", ()), BulletList(items=lines)]


def _study(draft: BibliographyDraft, document: DocumentSummary, study: Study, weighed: WeighedStudy | None) -> str:
    """``Instituut A (2026): enquête; Nederland; weegt zwaar; telt als één studie met ‘…’.``"""
    told = [draft.named("design", study.design), draft.named("setting", study.setting)]
    if study.sample_size:
        told.append(draft.say("entry.sample", n=number(study.sample_size, draft.language)))
    told.append(draft.say(f"weight.{_level(weighed)}"))
    others = [draft.documents[d] for d in study.documents if d != document.id and d in draft.documents]
    if others:
        titles = enumeration([f"‘{document_title(other)}’" for other in others], draft.language)
        told.append(draft.say("entry.one_study", documents=titles))
    return f"{one_line(study.name)}: {'; '.join(told)}."


def _level(weighed: WeighedStudy | None) -> str:
    if weighed is None:
        return "none"
    if weighed.weight >= _HEAVY_FROM:
        return "heavy"
    return "light" if weighed.weight < _LIGHT_BELOW else "medium"


def _reading(draft: BibliographyDraft, document: DocumentSummary) -> str:
    reading = draft.evidence.reading(document)
    still = draft.count("entry.open", reading.open)
    if not reading.accepted and not reading.rejected:
        if not reading.open:
            return draft.say("entry.nothing_flagged") + "."
        return draft.say("entry.not_read", open=still) + "."
    told = [draft.count("entry.accepted", reading.accepted), draft.count("entry.rejected", reading.rejected)]
    if reading.open:
        told.append(still)
    return ", ".join(told) + "."
