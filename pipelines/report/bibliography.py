"""The annotated bibliography of a period: what came in, what it says, and what it is worth for the table."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.domain.reports import BulletList, Cell, Item, Line, Section, Span, Table, UpdateReport
from pipelines.domain.runs import DocumentSummary
from pipelines.report.bibliography_entry import BibliographyDraft, entry_section
from pipelines.report.bibliography_findings import DocumentEvidence
from pipelines.report.bibliography_material import BibliographyMaterial
from pipelines.report.drafting import cell, paragraph
from pipelines.report.plain import one_line
from pipelines.report.references import Reference, references_of
from pipelines.report.references_apa import apa_letters, apa_list
from pipelines.report.wording import capital, counted, file_name, long_date, number, reason_text, was_read
from pipelines.strings import Language, text

__all__ = ["BibliographyMaterial", "compose_bibliography"]


def compose_bibliography(material: BibliographyMaterial, language: Language) -> UpdateReport:
    """Compose the annotated bibliography of a period as a tree of sections, like the reports.

    Parameters
    ----------
    material
        Documents of the period with their passages, and all accepted evidence; nothing of it is changed.
    language
        Language of headings, kinds and rows; findings and titles stay in their own.

    Returns
    -------
    UpdateReport
        An overview, a section for each document that was read, the list of references, what was set aside, and how
        the list was made. The same material gives the same list.
    """
    read = [d for d in material.documents if was_read(d)]
    aside = sorted((d for d in material.documents if not was_read(d)), key=lambda d: (file_name(d).casefold(), d.id))
    references = references_of(read, (*material.library, *material.documents))
    listed = apa_list(references, language, {d.id: d.first_seen.date() for d in read})
    draft = BibliographyDraft(
        material=material,
        evidence=DocumentEvidence(material),
        documents={d.id: d for d in material.documents},
        letters=apa_letters(references, language),
        language=language,
    )
    until = long_date(material.until, language)
    if material.since is None:
        period = text("bibliography.period.until", language, until=until)
    else:
        since = long_date(material.since, language)
        period = text("bibliography.period.since", language, since=since, until=until)
    sections = [_overview(draft, [r for r, _ in listed], len(aside))]
    if listed:
        entries = tuple(entry_section(draft, reference, entry) for reference, entry in listed)
        intro = (paragraph(draft.say("entries.intro")),)
        sections.append(Section(title=draft.say("entries.heading"), anchor="entries", items=intro, sections=entries))
        sections.append(_list(draft, [entry for _, entry in listed]))
    if aside:
        sections.append(_aside(draft, aside))
    sections.append(_method(draft))
    return UpdateReport(
        language=language,
        title=draft.say("title"),
        subtitle=draft.say("subtitle", period=period, version=material.table.version),
        created=material.created,
        run=material.run,
        sections=tuple(sections),
    )


def _overview(draft: BibliographyDraft, references: Sequence[Reference], n_aside: int) -> Section:
    language = draft.language
    documents = [draft.documents[r.document_id] for r in references]
    readings = [draft.evidence.reading(d) for d in documents]
    n_with = sum(bool(draft.evidence.pieces(d)) for d in documents)
    told = [counted("bibliography.overview.documents", len(documents), language)]
    if n_aside:
        told.append(counted("bibliography.overview.aside", n_aside, language))
    if documents:
        told.append(counted("bibliography.overview.with_evidence", n_with, language))
        told.append(counted("bibliography.overview.open", draft.evidence.n_open(documents), language))
    items: list[Item] = [paragraph(*told, style="lead")]
    if documents:
        rows = tuple(
            (
                _named(draft, reference),
                cell(capital(draft.kind_of(reference, document))),
                cell(draft.rows_in_short(document)),
                cell(number(reading.accepted, language)),
                cell(number(reading.rejected, language)),
                cell(number(reading.open, language)),
            )
            for reference, document, reading in zip(references, documents, readings, strict=True)
        )
        items.append(
            Table(
                anchor="bibliography-table",
                caption=draft.say("overview.caption"),
                header=tuple(
                    draft.say(f"overview.{h}") for h in ("document", "kind", "rows", "accepted", "rejected", "unread")
                ),
                rows=rows,
                widths=(0.4, 0.15, 0.15, 0.1, 0.1, 0.1),
                number_columns=(3, 4, 5),
            )
        )
    return Section(title=draft.say("overview.heading"), anchor="overview", items=tuple(items))


def _named(draft: BibliographyDraft, reference: Reference) -> Cell:
    named = Span(text=draft.short(reference), bold=True)
    if not reference.authors:
        return Cell(lines=(Line(spans=(named,)),))
    title = Span(text=one_line(reference.title), language=reference.language)
    return Cell(lines=(Line(spans=(named,)), Line(spans=(title,))))


def _list(draft: BibliographyDraft, entries: Sequence[tuple[Span, ...]]) -> Section:
    return Section(
        title=draft.say("list.heading"),
        anchor="references",
        items=(paragraph(draft.say("list.intro"), style="note"), BulletList(items=tuple(entries))),
    )


def _aside(draft: BibliographyDraft, documents: Sequence[DocumentSummary]) -> Section:
    table = Table(
        anchor="aside-table",
        caption=draft.say("aside.caption"),
        header=tuple(text(f"report.documents.{h}", draft.language) for h in ("file", "state", "why")),
        rows=tuple(
            (
                cell(file_name(d)),
                cell(capital(text(f"state.{d.state}", draft.language))),
                cell(reason_text(d, draft.language)),
            )
            for d in documents
        ),
        widths=(0.3, 0.2, 0.5),
    )
    return Section(title=draft.say("aside.heading"), anchor="aside", items=(table,))


def _method(draft: BibliographyDraft) -> Section:
    weight = draft.say("method.weight", version=draft.material.appraisal.method_version)
    told = [*(draft.say(f"method.{name}") for name in ("sentences", "pages", "metadata", "keys")), weight]
    return Section(
        title=draft.say("method.heading"),
        anchor="method",
        items=(BulletList(items=tuple((Span(text=sentence),) for sentence in told)),),
    )
