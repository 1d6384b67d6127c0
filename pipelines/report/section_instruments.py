"""The chapter on the three uncertainties, on groups and actors, and on kinds of AI application."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipelines.domain.evidence import Direction
from pipelines.domain.evidence_table import Column
from pipelines.domain.instruments import Family, Uncertainty
from pipelines.domain.reports import Cell, Item, Line, Section, Span, Table
from pipelines.language.uncertain_statements import statements_on
from pipelines.report.drafting import Draft, cell, paragraph
from pipelines.report.findings import Finding, count_sources
from pipelines.report.key_questions import tell_first
from pipelines.report.section_framework import framework_section
from pipelines.report.section_questions import lines_of
from pipelines.report.section_rows import excerpt
from pipelines.report.section_summary import relation_words
from pipelines.report.wording import enumeration, number
from pipelines.strings import keys

OF_PEOPLE = (Family.GROUP, Family.ACTOR, Family.SECTOR, Family.OCCUPATION)
OF_APPLICATIONS = (
    Family.FUNCTION,
    Family.USERS,
    Family.AFFECTED,
    Family.DATA,
    Family.MODEL,
    Family.TASK,
    Family.AUTONOMY,
)
_LINES_PER_UNCERTAINTY = 3
_DIRECTIONS = (Direction.POSITIVE, Direction.MIXED, Direction.NEGATIVE, Direction.NONE)
_WORDS_IN_EXAMPLE = 28


def labels_of(finding: Finding, family: Family) -> list[str]:
    """Labels of one family that a finding was given, most probable first."""
    instruments = finding.labels.instruments
    return [] if instruments is None else [tag.label for tag in instruments.of(family)]


def label_name(draft: Draft, label: str) -> str:
    """What a label is called; the label itself where the catalogue does not know it."""
    key = f"instrument.{label}"
    return draft.term(key) if key in keys() else label


def instruments_section(draft: Draft) -> Section:
    """Draft what moved on each uncertainty, and the new evidence by group, actor, sector, occupation, application."""
    items: list[Item] = [paragraph(draft.term("report_instruments.intro"))]
    sections = [_uncertainties(draft)]
    groups = _counted(draft, OF_PEOPLE, "groups")
    if groups is not None:
        title = draft.term("report_instruments.groups")
        sections.append(Section(title=title, anchor="evidence-per-group", items=(groups,)))
    applications = _counted(draft, OF_APPLICATIONS, "applications")
    if applications is not None:
        intro = paragraph(draft.term("report_instruments.applications_intro"))
        title = draft.term("report_instruments.applications")
        sections.append(Section(title=title, anchor="evidence-per-application", items=(intro, applications)))
    framework = framework_section(draft)
    if framework is not None:
        sections.append(framework)
    if groups is None and applications is None:
        items.append(paragraph(draft.term("report_instruments.nothing")))
    heading = draft.term("report_instruments.heading")
    return Section(title=heading, anchor="instruments", items=tuple(items), sections=tuple(sections))


def _uncertainties(draft: Draft) -> Section:
    sections = []
    for uncertainty in Uncertainty:
        label = f"{Family.UNCERTAINTY}.{uncertainty}"
        found = [f for f in draft.findings.flagged if label in labels_of(f, Family.UNCERTAINTY)]
        items = (*_in_table(draft, uncertainty), *_moved(draft, found))
        sections.append(Section(title=label_name(draft, label), anchor=f"uncertainty-{uncertainty}", items=items))
    title = draft.term("report_instruments.uncertainties")
    return Section(title=title, anchor="uncertainties", sections=tuple(sections))


def _in_table(draft: Draft, uncertainty: Uncertainty) -> tuple[Item, ...]:
    """Which uncertain statements of the table bear on the uncertainty; nothing where none does."""
    named = [statement.id for statement in statements_on(draft.material.table, uncertainty)]
    if not named:
        return ()
    statements = enumeration(named, draft.language)
    return (paragraph(draft.fill("report_instruments.in_table", statements=statements)),)


def _moved(draft: Draft, found: Sequence[Finding]) -> tuple[Item, ...]:
    """What the findings on one uncertainty do to the table, and the three that say most."""
    if not found:
        return (paragraph(draft.term("report_instruments.uncertainties_nothing")),)
    counts = draft.fill(
        "report_instruments.bearing.one" if len(found) == 1 else "report_instruments.bearing.many",
        n=number(len(found), draft.language),
        sources=draft.count("count.source", count_sources(found)),
        relations=enumeration(relation_words(draft, tuple(found)), draft.language),
    )
    uncertain = Counter(
        f.statement.id for f in found if f.statement is not None and f.statement.column is Column.UNCERTAIN
    )
    bearing = draft.term("report_instruments.no_statements")
    if uncertain:
        named = [f"{statement} ({number(n, draft.language)})" for statement, n in sorted(uncertain.items())]
        bearing = draft.fill("report_instruments.statements", statements=enumeration(named, draft.language))
    return (paragraph(counts, bearing), lines_of(draft, _first(found, _LINES_PER_UNCERTAINTY)))


def _first(found: Sequence[Finding], most: int) -> list[Finding]:
    return tell_first(
        found, lambda f: f.evidence.kind, lambda f: f.evidence.flag, lambda f: f.passage.document.id, most
    )


def _counted(draft: Draft, families: Sequence[Family], name: str) -> Table | None:
    """How much new evidence there is on each label, what it says, and an example; ``None`` where there is none."""
    rows: list[tuple[Cell, ...]] = []
    for family in families:
        by_label: dict[str, list[Finding]] = {}
        for finding in draft.findings.flagged:
            for label in labels_of(finding, family):
                by_label.setdefault(label, []).append(finding)
        most_first = sorted(by_label.items(), key=lambda item: (-len(item[1]), item[0]))
        rows += [_row(draft, family, label, found) for label, found in most_first]
    if not rows:
        return None
    columns = ("label", "findings", "sources", "direction", "rows", "examples")
    return Table(
        anchor=f"instruments-{name}",
        caption=draft.term(f"report_instruments.{name}_caption"),
        header=tuple(draft.term(f"report_instruments.column_{column}") for column in columns),
        rows=tuple(rows),
        widths=(0.17, 0.16, 0.11, 0.16, 0.11, 0.29),
        number_columns=(1, 2),
    )


def _row(draft: Draft, family: Family, label: str, found: Sequence[Finding]) -> tuple[Cell, ...]:
    directions = Counter(f.evidence.direction for f in found)
    rows = Counter(f.row for f in found if f.row)
    name = Cell(
        lines=(
            Line(spans=(Span(text=label_name(draft, label), bold=True),)),
            Line(spans=(Span(text=draft.term(f"instrument_family.{family}")),), style="note"),
        )
    )
    return (
        name,
        cell(number(len(found), draft.language)),
        cell(number(count_sources(found), draft.language)),
        cell(" / ".join(number(directions[d], draft.language) for d in _DIRECTIONS)),
        cell(", ".join(row for row, _ in rows.most_common(4))),
        Cell(lines=(Line(spans=_example(label, found), style="source"),)),
    )


def _example(label: str, found: Sequence[Finding]) -> tuple[Span, ...]:
    """The sentence that names the label in the most certain finding in which one does; else the number alone."""
    for finding in _first(found, len(found)):
        passage, instruments = finding.passage.passage, finding.labels.instruments
        terms = [] if instruments is None else [t for tag in instruments.tags if tag.label == label for t in tag.terms]
        for term in terms:
            for sentence in passage.sentences:
                if sentence.start <= term.start < sentence.end:
                    text = passage.text[sentence.start : sentence.end]
                    span = (term.start - sentence.start, min(term.end, sentence.end) - sentence.start)
                    shown, _ = excerpt(text, span, _WORDS_IN_EXAMPLE)
                    return (
                        Span(text=" ".join(shown.split()), language=passage.language),
                        Span(text=f" ({finding.number})", italic=True),
                    )
    return (Span(text=_first(found, 1)[0].number, italic=True),)
