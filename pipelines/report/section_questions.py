"""The opening chapter: what is new on each question of the request for advice, in five cited lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.reports import BulletList, Item, Section, Span
from pipelines.report.drafting import Draft, paragraph
from pipelines.report.findings import Finding, count_sources, key_span, theme_of
from pipelines.report.key_questions import WORDS_IN_LINE, KeyQuestion, question_of, tell_first
from pipelines.report.section_rows import excerpt
from pipelines.report.section_summary import relation_words
from pipelines.report.wording import enumeration, number, source_line


def questions_section(draft: Draft) -> Section:
    """Draft the opening: for each question how much is new, and the key sentences of the five that say most."""
    sections = []
    for question in KeyQuestion:
        found = tuple(
            f for f in draft.findings.flagged if question_of(theme_of(f, draft.material.table), f.row) is question
        )
        sections.append(
            Section(
                title=draft.term(f"report_questions.{question}"),
                anchor=f"question-{question}",
                items=_items(draft, found),
            )
        )
    return Section(
        title=draft.term("report_questions.heading"),
        anchor="questions",
        items=(
            paragraph(
                draft.term("report_questions.intro"),
                draft.say("summary.unreviewed") if draft.findings.flagged else "",
            ),
        ),
        sections=tuple(sections),
    )


def _items(draft: Draft, found: tuple[Finding, ...]) -> tuple[Item, ...]:
    if not found:
        return (paragraph(draft.term("report_questions.nothing")),)
    rows = Counter(f.row for f in found if f.row)
    named = ", ".join(row.id for row in draft.material.table.rows if rows[row.id])
    told = tell_first(
        [f for f in found if f.evidence.kind is not EvidenceKind.NONE] or found,
        lambda f: f.evidence.kind,
        lambda f: f.evidence.flag + 0.1 * bool(f.evidence.figures),
        lambda f: f.passage.document.id,
    )
    key = "report_questions.count.one" if len(found) == 1 else "report_questions.count.many"
    counts = draft.fill(
        key,
        n=number(len(found), draft.language),
        sources=draft.count("count.source", count_sources(found)),
        relations=enumeration(relation_words(draft, found), draft.language),
    )
    shown = ""
    if len(found) > len(told):
        shown = draft.fill("report_questions.shown", n=number(len(told), draft.language))
    about = draft.fill("report_questions.rows", rows=named) if named else ""
    return (paragraph(counts, about, shown), BulletList(items=tuple(finding_line(draft, f) for f in told)))


def finding_line(draft: Draft, finding: Finding) -> tuple[Span, ...]:
    """The key sentence of a finding, with its number and where it stands."""
    passage = finding.passage.passage
    key = key_span(finding.passage, finding.evidence)
    sentence = passage.text[slice(*key)] if key else passage.text
    source = source_line(finding.passage.document, passage, draft.language)
    relation = draft.relation_of(finding)
    if relation and finding.statement is not None:
        relation = f"{relation} {finding.statement.id}"
    return cited(sentence, passage.language, ", ".join(filter(None, (finding.number, relation))), source)


def cited(sentence: str, language: str, number_of: str, source: str) -> tuple[Span, ...]:
    """A sentence in the words of its source, cut where it is very long, with the number and the source behind it."""
    shown, _ = excerpt(sentence, None, WORDS_IN_LINE)
    return (
        Span(text=" ".join(shown.split()), language=language),
        Span(text=f" ({number_of}: {source})", italic=True),
    )


def lines_of(draft: Draft, findings: Sequence[Finding]) -> BulletList:
    """Findings as cited lines."""
    return BulletList(items=tuple(finding_line(draft, f) for f in findings))
