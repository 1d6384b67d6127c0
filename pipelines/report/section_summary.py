"""The first chapter: what the scan brought, in numbers and in sentences that follow from them."""

from __future__ import annotations

from collections import Counter

from pipelines.domain.evidence import Relation
from pipelines.domain.reports import Cell, Item, Plot, PlotKind, Section, Table
from pipelines.domain.runs import DocumentSummary
from pipelines.domain.themes import Theme
from pipelines.report.drafting import Draft, cell, paragraph
from pipelines.report.findings import Finding, count_sources, relations, theme_of
from pipelines.report.wording import enumeration, number, was_read


def new_documents(draft: Draft) -> list[DocumentSummary]:
    """Documents the report is about, in the order given."""
    return [d for d in draft.material.documents if draft.material.is_new(d.id)]


def _document_sentences(draft: Draft, documents_chapter: int) -> list[str]:
    documents = new_documents(draft)
    read = [d for d in documents if was_read(d)]
    n_aside = len(documents) - len(read)
    languages = Counter(d.metadata.language if d.metadata.language in {"nl", "en"} else "other" for d in read)
    named = [
        draft.say(f"summary.in_language.{code}", n=number(languages[code], draft.language))
        for code in ("nl", "en", "other")
        if languages[code]
    ]
    sentences = [draft.count("summary.documents", len(read), languages=enumeration(named, draft.language))]
    if n_aside:
        sentences.append(draft.count("summary.set_aside", n_aside, chapter=documents_chapter))
    return sentences


def _flag_sentence(draft: Draft) -> str:
    if not draft.findings.n_judged:
        return draft.say("summary.nothing_judged")
    return draft.count(
        "summary.flagged",
        len(draft.findings.flagged),
        judged=draft.count("count.passage", draft.findings.n_judged),
        sources=draft.count("count.source", count_sources(draft.findings.flagged)),
    )


def _most_sentence(draft: Draft) -> str:
    """Which theme has most findings; several where they have as many."""
    counts = Counter(theme_of(f, draft.material.table) for f in draft.findings.flagged)
    if len(draft.findings.flagged) < 2:
        return ""
    top = max(counts.values())
    first = [theme for theme in (*Theme, None) if counts[theme] == top]
    if len(counts) == 1:
        return draft.say("summary.all_of", theme=draft.theme(first[0]))
    if len(first) == len(counts):
        return ""
    return draft.say(
        "summary.most.one" if len(first) == 1 else "summary.most.many",
        themes=enumeration([draft.theme(theme) for theme in first], draft.language),
        flagged=draft.count("count.flagged", top),
    )


def relation_words(draft: Draft, findings: tuple[Finding, ...]) -> list[str]:
    """How many findings stand in which relation to the table, one phrase a relation."""
    counts = relations(findings)
    words = [draft.count(f"relation_count.{relation}", n) for relation, n in counts.items()]
    n_open = len(findings) - sum(counts.values())
    return words + ([draft.count("rows.open_relation", n_open)] if n_open else [])


def _relation_sentence(draft: Draft) -> str:
    flagged = draft.findings.flagged
    if not flagged:
        return ""
    phrase = enumeration(relation_words(draft, flagged), draft.language)
    key = "summary.relations_single" if len(flagged) == 1 else "summary.relations"
    sentence = draft.say(key, relations=phrase)
    if len(flagged) > 1 and not relations(flagged)[Relation.CONTRADICTS]:
        sentence += " " + draft.say("summary.no_contradiction")
    return sentence


def _counting_notes(draft: Draft) -> list[str]:
    """How passages were counted that do not show in the figures."""
    findings = draft.findings
    n_together = findings.n_flagged_passages - findings.n_repeats - len(findings.flagged)
    notes = []
    if n_together:
        notes.append(draft.count("summary.together", n_together))
    if findings.n_repeats:
        notes.append(draft.count("summary.repeats", findings.n_repeats))
    return notes


def _theme_row(
    draft: Draft, name: str, n_passages: int, findings: tuple[Finding, ...], *, total: bool = False
) -> tuple[Cell, ...]:
    counts = relations(findings)
    figures = [n_passages, len(findings), *(counts[r] for r in Relation), count_sources(findings)]
    return (cell(name, bold=total), *(cell(number(n, draft.language), bold=total) for n in figures))


def _theme_table(draft: Draft) -> Table:
    table, findings = draft.material.table, draft.findings
    rows = [
        _theme_row(
            draft, draft.theme(theme), findings.themes[theme],
            tuple(f for f in findings.flagged if theme_of(f, table) == theme),
        )
        for theme in Theme
    ]  # fmt: skip
    without = tuple(f for f in findings.flagged if theme_of(f, table) is None)
    n_without = draft.material.counted.n_without_theme + sum(
        1
        for p in draft.material.passages
        if p.labels is not None and draft.material.is_new(p.document.id) and not p.labels.tags.given()
    )
    if without or n_without:
        rows.append(_theme_row(draft, draft.theme(None), n_without, without))
    rows.append(_theme_row(draft, draft.say("words.total"), findings.n_judged, findings.flagged, total=True))
    names = [draft.say(f"relation_name.{relation}") for relation in Relation]
    header = ("column_theme", "column_passages", "column_flagged")
    return Table(
        anchor="numbers-per-theme",
        caption=draft.say("summary.caption"),
        header=(*(draft.say(f"summary.{h}") for h in header), *names, draft.say("summary.column_sources")),
        rows=tuple(rows),
        widths=(0.175, 0.115, 0.145, 0.135, 0.12, 0.13, 0.085, 0.1),
        number_columns=tuple(range(1, 8)),
        total_row=True,
    )


def _row_plot(draft: Draft) -> Plot:
    """Flagged passages per row of the table, by relation; rows in table order."""
    rows = [*(row.id for row in draft.material.table.rows)]
    series = {
        draft.say(f"relation_name.{relation}"): {
            draft.row_name(row): float(relations(draft.findings.of_row(row))[relation]) for row in rows
        }
        for relation in Relation
    }
    told = [
        f"{draft.row_name(row)}: {number(len(draft.findings.of_row(row)), draft.language)}"
        for row in rows
        if draft.findings.of_row(row)
    ]
    return Plot(
        kind=PlotKind.RELATIONS_BY_ROW,
        anchor="plot-rows",
        caption=draft.say("summary.plot"),
        alternative=draft.say("evidence.alternative", values="; ".join(told)),
        series=series,
        x_label=draft.say("evidence.passages"),
    )


def summary_section(draft: Draft, documents_chapter: int) -> Section:
    """Draft the summary; ``documents_chapter`` is the number of the chapter that tells what was set aside."""
    items: list[Item] = [
        paragraph(*_document_sentences(draft, documents_chapter), _flag_sentence(draft), style="lead"),
    ]
    if draft.findings.flagged:
        items.append(
            paragraph(_most_sentence(draft), _relation_sentence(draft), draft.say("summary.unreviewed")),
        )
    if draft.findings.n_judged:
        note = paragraph(draft.say("summary.table_note"), *_counting_notes(draft), style="note")
        items += [_theme_table(draft), note]
    if any(f.row for f in draft.findings.flagged):
        items.append(_row_plot(draft))
    return Section(title=draft.say("summary.heading"), anchor="summary", items=tuple(items))
