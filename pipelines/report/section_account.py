"""The last chapters: which documents were read or set aside, and how the report was made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipelines.domain.documents import DocumentState
from pipelines.domain.reports import BulletList, Cell, Item, Section, Span, Table
from pipelines.domain.runs import DocumentSummary
from pipelines.report.drafting import Draft, cell, paragraph
from pipelines.report.plain import one_line
from pipelines.report.section_second_opinion import account_section, went_outside
from pipelines.report.section_summary import new_documents
from pipelines.report.wording import (
    capital,
    document_line,
    duration,
    file_name,
    moment,
    note_texts,
    number,
    reason_text,
    was_read,
)
from pipelines.strings import keys

_LIMITS = ("unreviewed", "misses", "sources", "pages", "duplicates")


def flagged_per_document(draft: Draft) -> Counter[str]:
    """Findings of this report per document; a reprint counts for the document it stands in."""
    return Counter(document for f in draft.findings.flagged for document in f.document_ids)


def language_name(draft: Draft, document: DocumentSummary) -> str:
    """Name of the language of a document."""
    code = document.metadata.language
    if code is None:
        return draft.say("words.unknown")
    return draft.term(f"language.{code if code in {'nl', 'en'} else 'other'}")


def _capped(
    draft: Draft, documents: Sequence[DocumentSummary]
) -> tuple[Sequence[DocumentSummary], list[Item]]:  # fmt: skip
    """The documents that fit in the list, and a line on those that do not."""
    shown = documents[: draft.options.documents_in_list]
    n_more = len(documents) - len(shown)
    return shown, [paragraph(draft.count("documents.more", n_more), style="note")] if n_more else []


def _set_aside(draft: Draft, documents: list[DocumentSummary]) -> Section:
    aside = [d for d in documents if not was_read(d) or d.state is DocumentState.PARTIAL]
    n_earlier = sum(1 for d in draft.material.documents if not draft.material.is_new(d.id) and not was_read(d))
    items: list[Item] = []
    if aside:
        shown, more = _capped(draft, aside)
        items = [
            paragraph(draft.count("documents.set_aside_intro", len(aside))),
            Table(
                anchor="set-aside-table",
                caption=draft.say("documents.set_aside_caption"),
                header=tuple(draft.say(f"documents.{h}") for h in ("file", "state", "why")),
                rows=tuple(
                    (
                        cell(file_name(d)),
                        cell(capital(draft.term(f"state.{d.state}"))),
                        cell(" ".join((reason_text(d, draft.language), *note_texts(d, draft.language)))),
                    )
                    for d in shown
                ),
                widths=(0.30, 0.20, 0.50),
            ),
            *more,
        ]
    else:
        items.append(paragraph(draft.say("documents.nothing_set_aside")))
    if n_earlier:
        items.append(paragraph(draft.count("documents.earlier", n_earlier), style="note"))
    return Section(title=draft.say("documents.set_aside_heading"), anchor="set-aside", items=tuple(items))


def _read(draft: Draft, documents: list[DocumentSummary]) -> Section:
    read = [d for d in documents if was_read(d)]
    title = draft.say("documents.read_heading")
    if not read:
        return Section(title=title, anchor="read", items=(paragraph(draft.say("documents.nothing_read")),))
    counts = flagged_per_document(draft)
    shown, more = _capped(draft, sorted(read, key=lambda d: (-counts[d.id], document_line(d, "nl").casefold(), d.id)))
    table = Table(
        anchor="read-table",
        caption=draft.say("documents.read_caption"),
        header=tuple(draft.say(f"documents.{h}") for h in ("document", "language", "passages", "flagged")),
        rows=tuple(
            (
                cell(document_line(d, draft.language)),
                cell(language_name(draft, d)),
                cell(number(d.n_passages, draft.language)),
                cell(number(counts[d.id], draft.language)),
            )
            for d in shown
        ),
        widths=(0.58, 0.15, 0.12, 0.15),
        number_columns=(2, 3),
    )
    n_left_out = draft.findings.n_left_out
    note = [paragraph(draft.count("documents.left_out", n_left_out), style="note")] if n_left_out else []
    told = [f"{file_name(d)}: {one}" for d in shown for one in note_texts(d, draft.language)]
    if told:
        items = tuple((Span(text=one),) for one in told[: draft.options.documents_in_list])
        note += [paragraph(draft.say("documents.how_read")), BulletList(items=items)]
    return Section(title=title, anchor="read", items=(table, *more, *note))


def documents_section(draft: Draft) -> Section:
    """Draft which new documents were set aside and why, and which were read."""
    documents, title = new_documents(draft), draft.say("documents.heading")
    if not documents:
        return Section(title=title, anchor="documents", items=(paragraph(draft.say("documents.nothing_new")),))
    return Section(title=title, anchor="documents", sections=(_set_aside(draft, documents), _read(draft, documents)))


def _version_rows(draft: Draft) -> list[tuple[str, str]]:
    material = draft.material
    run, language = material.run, draft.language
    rows = [(draft.say("made.run"), run.id), (draft.say("made.started"), moment(run.started, language))]
    if run.finished is not None:
        rows.append((draft.say("made.finished"), moment(run.finished, language)))
    seconds = run.summary.get("seconds")
    if isinstance(seconds, int | float):
        rows.append((draft.say("made.seconds"), duration(seconds, language)))
    rows.append((draft.say("made.table_version"), material.table.version))
    for name, value in sorted(run.versions.items()):
        key = f"report.made.version.{name}"
        if name != "table":
            rows.append((draft.say(f"made.version.{name}") if key in keys() else name, value))
    labelled = [p.labels for p in material.passages if p.labels is not None and material.is_new(p.document.id)]
    models = {v for labels in labelled for v in (labels.tags.model_version, labels.evidence.model_version)}
    models |= material.counted.model_versions
    if models:
        rows.append((draft.say("made.models"), ", ".join(sorted(models))))
    parsers = {d.parser for d in new_documents(draft) if d.parser}
    if parsers:
        rows.append((draft.say("made.parsers"), ", ".join(sorted(parsers))))
    rows += [(name, _setting(draft, value)) for name, value in sorted(material.settings.items())]
    if material.topics is not None:
        named = sorted(material.topics.settings.items())
        rows += [(draft.say("made.topic_setting", name=name), _setting(draft, value)) for name, value in named]
    return [(one_line(name), one_line(value)) for name, value in rows]


def _setting(draft: Draft, value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return draft.say("words.is_true" if value else "words.is_false")
    if isinstance(value, int | float):
        # As people type it in a settings file, but with the decimal sign of the language.
        return str(value).replace(".", "," if draft.language == "nl" else ".")
    return value


def versions_table(draft: Draft) -> Table:
    """Versions of program, models and table, and the settings of the run."""
    rows: list[tuple[Cell, ...]] = [(cell(name), cell(value)) for name, value in _version_rows(draft)]
    return Table(
        anchor="versions-table",
        caption=draft.say("made.caption"),
        header=(draft.say("made.name"), draft.say("made.value")),
        rows=tuple(rows),
        widths=(0.42, 0.58),
    )


def made_section(draft: Draft) -> Section:
    """Draft how the report was made: what the reader should know of it, versions, models and settings."""
    limits = tuple((Span(text=draft.say(f"made.limit_{limit}")),) for limit in _LIMITS)
    return Section(
        title=draft.say("made.heading"),
        anchor="made",
        items=(paragraph(draft.say("made.intro_outside" if went_outside(draft) else "made.intro")),),
        sections=(
            Section(title=draft.say("made.limits_heading"), anchor="limits", items=(BulletList(items=limits),)),
            *account_section(draft),
            Section(title=draft.say("made.versions_heading"), anchor="versions", items=(versions_table(draft),)),
        ),
    )
