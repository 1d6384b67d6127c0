"""A dossier as a tree of sections, for a meeting: the question, five parts with quotations, questions, sources."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from pipelines.domain.dossiers import Bearing, Dossier, DossierEntry, DossierPart, DossierSection
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.record import Record
from pipelines.domain.reports import BulletList, Item, Quotation, Section, Span, UpdateReport
from pipelines.domain.runs import DocumentSummary
from pipelines.report.dossier_wording import reason_words
from pipelines.report.drafting import paragraph
from pipelines.report.plain import one_line, printable
from pipelines.report.references import Reference, by_document, references_of
from pipelines.report.references_apa import apa_letters, apa_list, short_citation
from pipelines.report.wording import counted, enumeration, long_date, number, pages
from pipelines.strings import Language, text


class DossierMaterial(Record):
    """What a dossier in Word is made from."""

    dossier: Dossier
    library: tuple[DocumentSummary, ...]
    """All documents that there are: keys of references are given over them."""
    table: EvidenceTable
    created: datetime
    """In UTC, without time zone."""


@dataclass(frozen=True)
class _Draft:
    material: DossierMaterial
    language: Language

    def say(self, key: str, /, **values: object) -> str:
        return text(f"dossier.{key}", self.language, **values)

    @property
    def dossier(self) -> Dossier:
        return self.material.dossier

    @cached_property
    def rows(self) -> dict[str, str]:
        return {row.id: one_line(row.title(self.language)) for row in self.material.table.rows}

    @cached_property
    def cited(self) -> tuple[Reference, ...]:
        """Documents of all entries that are shown, each once."""
        shown = [entry for section in self.dossier.sections for entry in section.entries]
        documents = {p.document.id: p.document for entry in shown for p in (entry.item, *entry.also)}
        return references_of(list(documents.values()), self.material.library)

    @cached_property
    def citations(self) -> dict[str, str]:
        """Document id -> how a running text names it."""
        letters = apa_letters(self.cited, self.language)
        return {
            document_id: short_citation(reference, self.language, letters.get(reference.key, ""))
            for document_id, reference in by_document(self.cited).items()
        }


def compose_dossier(material: DossierMaterial, language: Language) -> UpdateReport:
    """Compose a dossier as a tree of sections, like the reports.

    Parameters
    ----------
    material
        The dossier and what it refers to; nothing of it is changed.
    language
        Language of headings and reasons; quotations and titles stay in their own.

    Returns
    -------
    UpdateReport
        The question, a section for each part, questions for the talk, the sources and how it was made. The same
        material gives the same report.
    """
    draft = _Draft(material, language)
    question = material.dossier.question
    day = long_date(material.created.date(), language)
    sections = [_question(draft), *(_part(draft, section) for section in material.dossier.sections)]
    if draft.cited:
        sections.append(_sources(draft))
    return UpdateReport(
        language=language,
        title=one_line(question.name(language)),
        subtitle=f"{draft.say('kind_of')} · {day}",
        created=material.created,
        run=f"dossier-{question.id}",
        sections=(*sections, _method(draft)),
    )


def _question(draft: _Draft) -> Section:
    language = draft.language
    asked = one_line(draft.dossier.question.question(language))
    items: list[Item] = [paragraph(asked, style="lead")] if asked else []
    items.append(paragraph(*counts_told(draft.dossier, language)))
    return Section(title=draft.say("question"), anchor="question", items=tuple(items))


def counts_told(dossier: Dossier, language: Language) -> list[str]:
    """How many passages were looked at, and what is not shown of those that belong."""
    told = [
        text(
            "dossier.counts",
            language,
            looked=number(dossier.n_looked_at, language),
            belonging=number(dossier.n_belonging, language),
            other=number(dossier.n_other, language),
        )
    ]
    if dossier.n_rejected:
        told.append(counted("dossier.rejected", dossier.n_rejected, language))
    return told


def _part(draft: _Draft, section: DossierSection) -> Section:
    part, language = section.part, draft.language
    quoted = [
        (entry, _quotation(draft, entry, f"{draft.say(f'letter.{part}')}-{n}"))
        for n, entry in enumerate(in_shown_order(section), start=1)
    ]
    left = [paragraph(counted("dossier.left", section.n_left, language), style="note")] if section.n_left else []
    items: tuple[Item, ...] = () if quoted else (paragraph(draft.say("none"), style="note"),)
    below: list[Section] = []
    if part is DossierPart.EXAMPLES and quoted:
        below += _by_bearing(draft, quoted, left)
    elif part is DossierPart.QUESTIONS:
        if quoted:
            anchor = "questions-literature"
            found = (*(quotation for _, quotation in quoted), *left)
            below.append(Section(title=draft.say("from_literature"), anchor=anchor, items=found))
        talk = tuple((Span(text=one_line(asked)),) for asked in draft.dossier.question.talk(language))
        if talk:
            below.append(Section(title=draft.say("for_talk"), anchor="questions-talk", items=(BulletList(items=talk),)))
            items = () if quoted else items
    else:
        items = (*items, *(quotation for _, quotation in quoted), *left)
    return Section(title=draft.say(f"part.{part}"), anchor=f"part-{part}", items=items, sections=tuple(below))


_BEARINGS: tuple[Bearing | None, ...] = (Bearing.HELPING, Bearing.HINDERING, None)


def in_shown_order(section: DossierSection) -> list[DossierEntry]:
    """Entries in the order in which they are read: examples that helped, that hindered, and others."""
    if section.part is not DossierPart.EXAMPLES:
        return list(section.entries)
    return [entry for bearing in _BEARINGS for entry in section.entries if entry.bearing is bearing]


def _by_bearing(
    draft: _Draft, quoted: Sequence[tuple[DossierEntry, Quotation]], left: Sequence[Item]
) -> Iterator[Section]:
    groups = [(bearing, [q for entry, q in quoted if entry.bearing is bearing]) for bearing in _BEARINGS]
    groups = [(bearing, found) for bearing, found in groups if found]
    for place, (bearing, found) in enumerate(groups, start=1):
        name = bearing or "untold"
        items = (*found, *(left if place == len(groups) else ()))
        yield Section(title=draft.say(f"bearing.{name}"), anchor=f"examples-{name}", items=items)


def _quotation(draft: _Draft, entry: DossierEntry, short_name: str) -> Quotation:
    item, language = entry.item, draft.language
    source, page = draft.citations[item.document.id], pages(item.passage, language)
    labels: list[tuple[str, str]] = []
    if entry.accepted:
        labels.append((draft.say("label.accepted"), draft.say("label.is_accepted")))
    labels.append((draft.say("label.kind"), text(f"evidence_kind.{entry.kind}", language)))
    return Quotation(
        number=short_name,
        passage_id=item.passage.id,
        text=printable(entry.quotation).strip(),
        source=draft.say("source", source=source, page=page) if page else source,
        url=item.document.metadata.url,
        also_in=tuple(draft.citations[other.document.id] for other in entry.also),
        labels=tuple(labels),
        why=reason_words(entry, language, draft.rows),
        language=item.passage.language,
    )


def _sources(draft: _Draft) -> Section:
    entries = tuple(entry for _, entry in apa_list(draft.cited, draft.language))
    return Section(title=draft.say("sources"), anchor="sources", items=(BulletList(items=entries),))


def _looked_for(draft: _Draft) -> Iterator[str]:
    """Rows, themes and terms that the question names."""
    question, language = draft.dossier.question, draft.language
    if question.rows:
        named = [f"{row} {draft.rows.get(row, '')}".strip() for row in question.rows]
        yield draft.say("rows", rows=enumeration(named, language))
    if question.themes:
        named = [text(f"theme.{theme}", language) for theme in question.themes]
        yield draft.say("themes", themes=enumeration(named, language))
    terms = dict.fromkeys((*question.terms_nl, *question.terms_en))
    if terms:
        yield draft.say("terms", terms=", ".join(one_line(term) for term in terms))


def _method(draft: _Draft) -> Section:
    told = [draft.say(f"method_told.{name}") for name in ("belongs", "part", "order", "quotation")]
    told += _looked_for(draft)
    return Section(
        title=draft.say("method"),
        anchor="method",
        items=(BulletList(items=tuple((Span(text=sentence),) for sentence in told)),),
    )
