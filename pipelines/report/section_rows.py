"""The second chapter: what is new, question by question, in the words of the sources."""

from __future__ import annotations

import re

from pipelines.domain.evidence import Direction, EvidenceKind
from pipelines.domain.reports import Item, Quotation, Section
from pipelines.domain.themes import Theme
from pipelines.report.drafting import Draft, paragraph
from pipelines.report.findings import Finding, count_sources, key_span
from pipelines.report.plain import one_line, web_address
from pipelines.report.section_second_opinion import opinion_text
from pipelines.report.section_summary import relation_words
from pipelines.report.wording import (
    capital,
    document_line,
    enumeration,
    figure_text,
    percentage,
    source_line,
)

#: Words named under "why": with more, readers of trial reports no longer saw which ones mattered.
_TERMS_SHOWN = 4
_FIGURES_SHOWN = 4
_ALSO_IN_SHOWN = 3
_EMPTY_LINES = re.compile(r"\n\s*\n")
_CUT = "[…]"


def _close_up(text: str, key: tuple[int, int] | None) -> tuple[str, tuple[int, int] | None]:
    """The text without empty lines between its paragraphs, and the span of the key sentence in it."""
    if key is None:
        return _EMPTY_LINES.sub("\n", text), None
    before, core, after = (_EMPTY_LINES.sub("\n", part) for part in (text[: key[0]], text[slice(*key)], text[key[1] :]))
    return before + core + after, (len(before), len(before) + len(core))


def excerpt(text: str, key: tuple[int, int] | None, max_words: int) -> tuple[str, tuple[int, int] | None]:
    """Cut a very long passage around its key sentence.

    Returns
    -------
    tuple
        The text, at most about ``max_words`` words with ``[…]`` where something is left out (the key sentence is
        always whole), and the span of the key sentence in it.
    """
    text, key = _close_up(text, key)
    if len(text.split()) <= max_words:
        return text, key
    low, high = key or (0, 0)
    spare = max(max_words - len(text[low:high].split()), 0)
    before, after = text[:low].split(), text[high:].split()
    n_before = min(len(before), spare // 3 if len(after) > spare // 2 else spare - min(len(after), spare))
    n_after = min(len(after), spare - n_before)
    head = " ".join(before[len(before) - n_before :])
    tail = " ".join(after[:n_after])
    front = (_CUT + " " if n_before < len(before) else "") + (head + " " if head else "")
    back = (" " + tail if tail else "") + (" " + _CUT if n_after < len(after) else "")
    core = text[low:high]
    return front + core + back, (len(front), len(front) + len(core)) if key else None


def why_text(draft: Draft, finding: Finding, about: frozenset[str]) -> str:
    """The words that carried the decision, each once, strongest first.

    Only terms whose label is in ``about`` count, for instance the row and ``flag``.
    """
    words: dict[str, str] = {}
    for term in sorted(finding.evidence.terms, key=lambda t: -t.weight):
        clean = one_line(term.text)
        if clean and term.label in about:
            words.setdefault(clean.casefold(), clean)
    shown = list(words.values())[:_TERMS_SHOWN]
    if not shown:
        return draft.say("why.none")
    if len(shown) == 1:
        return draft.say("why.term", term=shown[0])
    return draft.say("why.terms", terms=enumeration([f"‘{word}’" for word in shown], draft.language))


def quotation_labels(draft: Draft, finding: Finding) -> tuple[tuple[str, str], ...]:
    """Name and value of what is proposed about a finding; what was not found is left out."""
    evidence = finding.evidence
    labels: list[tuple[str, str]] = []
    if evidence.relation is not None:
        labels.append((draft.say("label.relation"), capital(draft.relation_of(finding))))
    if evidence.column is not None:
        labels.append((draft.say("label.column"), draft.term(f"column.{evidence.column}")))
    if evidence.kind is not EvidenceKind.NONE:
        labels.append((draft.say("label.kind"), draft.term(f"evidence_kind.{evidence.kind}")))
    if evidence.direction is not Direction.NONE:
        labels.append((draft.say("label.direction"), draft.term(f"direction.{evidence.direction}")))
    if evidence.figures:
        figures = "; ".join(figure_text(f) for f in evidence.figures[:_FIGURES_SHOWN])
        labels.append((draft.say("label.figures"), figures + ("; …" if len(evidence.figures) > _FIGURES_SHOWN else "")))
    if finding.other_rows:
        labels.append((draft.say("label.other_rows"), ", ".join(finding.other_rows)))
    labels.append((draft.say("label.probability"), percentage(evidence.flag, draft.language)))
    return tuple(labels)


def _also_in(draft: Draft, finding: Finding) -> tuple[str, ...]:
    named = [document_line(p.document, draft.language) for p in finding.also[:_ALSO_IN_SHOWN]]
    n_more = len(finding.also) - len(named)
    return (*named, *([draft.count("label.more_also", n_more)] if n_more else []))


def quotation(draft: Draft, finding: Finding) -> Quotation:
    """A finding as it is quoted under its row."""
    passage, evidence = finding.passage.passage, finding.evidence
    shown, key = excerpt(passage.text, key_span(finding.passage, evidence), draft.options.words_in_quotation)
    about = frozenset({"flag", finding.row or "flag"})
    statement = finding.statement
    return Quotation(
        number=finding.number,
        passage_id=passage.id,
        text=shown,
        key_start=key[0] if key else None,
        key_end=key[1] if key else None,
        source=source_line(finding.passage.document, passage, draft.language),
        url=web_address(finding.passage.document.metadata.url),
        also_in=_also_in(draft, finding),
        labels=quotation_labels(draft, finding),
        statement=f"{statement.id}: {statement.text(draft.language)}" if statement else "",
        why=why_text(draft, finding, about),
        second_opinion=opinion_text(draft, finding),
        language=passage.language,
    )


def _count_sentence(draft: Draft, findings: tuple[Finding, ...]) -> str:
    if len(findings) == 1:
        relation = draft.say(f"rows.single.{findings[0].evidence.relation or 'open'}")
        return draft.count("rows.count", 1, relation=relation)
    return draft.count(
        "rows.count",
        len(findings),
        sources=draft.count("count.source", count_sources(findings)),
        relations=enumeration(relation_words(draft, findings), draft.language),
    )


def _row_items(draft: Draft, findings: tuple[Finding, ...]) -> tuple[Item, ...]:
    shown = findings[: draft.options.quotations_per_row]
    items: list[Item] = [paragraph(_count_sentence(draft, findings)), *(quotation(draft, f) for f in shown)]
    if len(findings) > len(shown):
        items.append(paragraph(draft.count("rows.more", len(findings) - len(shown)), style="note"))
    return tuple(items)


def _chapter(draft: Draft, theme: Theme) -> Section:
    rows = [row for row in draft.material.table.rows if row.chapter == theme]
    silent = [draft.row_name(row.id) for row in rows if not draft.findings.of_row(row.id)]
    note = draft.say("rows.nothing_here", rows="; ".join(silent)) if silent else ""
    return Section(
        title=draft.theme(theme),
        anchor=f"new-{theme}",
        items=(paragraph(note, style="note"),) if note else (),
        sections=tuple(
            Section(title=draft.row_name(row.id), anchor=f"new-{row.id}", items=_row_items(draft, found))
            for row in rows
            if (found := draft.findings.of_row(row.id))
        ),
    )


def rows_section(draft: Draft) -> Section:
    """Draft what is new per question: a section for each chapter of the table, in it one for each row with news."""
    title = draft.say("rows.heading")
    only = _second_only(draft)
    if not draft.findings.flagged:
        return Section(title=title, anchor="new", items=(paragraph(draft.say("rows.nothing")),), sections=tuple(only))
    chapters = dict.fromkeys(row.chapter for row in draft.material.table.rows)
    sections = [_chapter(draft, theme) for theme in chapters]
    rowless = draft.findings.of_row(None)
    if rowless:
        intro = paragraph(draft.say("rows.no_row_intro"))
        sections.append(
            Section(
                title=draft.say("rows.no_row"), anchor="new-no-row", items=(intro, *_row_items(draft, rowless))
            )
        )  # fmt: skip
    intro = (paragraph(draft.say("rows.intro")),)
    return Section(title=title, anchor="new", items=intro, sections=(*sections, *only))


def _second_only(draft: Draft) -> list[Section]:
    """What only a language model would show: apart, and counted nowhere."""
    found = draft.findings.second_only
    if not found:
        return []
    shown = found[: draft.options.quotations_per_row]
    items: list[Item] = [paragraph(draft.count("second_opinion.only_intro", len(found)))]
    items += [quotation(draft, finding) for finding in shown]
    if len(found) > len(shown):
        items.append(paragraph(draft.count("rows.more", len(found) - len(shown)), style="note"))
    title = draft.say("second_opinion.only_heading")
    return [Section(title=title, anchor="new-second-opinion", items=tuple(items))]
