"""What new documents explain of AI systems, by the four parts of the OECD's framework."""

from __future__ import annotations

from pipelines.domain.instruments import Family, Part
from pipelines.domain.reports import Cell, Line, Section, Span, Table
from pipelines.report.drafting import Draft, cell, paragraph
from pipelines.report.findings import Finding, count_sources
from pipelines.report.section_rows import excerpt
from pipelines.report.wording import document_line, number, pages

_WORDS_IN_EXAMPLE = 40


def framework_section(draft: Draft) -> Section | None:
    """One row for each part that new passages explain; ``None`` where none does."""
    rows: list[tuple[Cell, ...]] = []
    for part in Part:
        label = f"{Family.PART}.{part}"
        found = [f for f in draft.findings.explaining if _probability(f, label) > 0]
        if found:
            found.sort(key=lambda f: -_probability(f, label))
            counts = number(len(found), draft.language), number(count_sources(found), draft.language)
            name = draft.term(f"instrument.{label}")
            rows.append((cell(name, bold=True), *map(cell, counts), _example(draft, label, found[0])))
    if not rows:
        return None
    header = ("part", "passages", "sources", "examples")
    table = Table(
        anchor="instruments-framework",
        caption=draft.term("report_instruments.framework_caption"),
        header=tuple(draft.term(f"report_instruments.column_{column}") for column in header),
        rows=tuple(rows),
        widths=(0.24, 0.12, 0.1, 0.54),
        number_columns=(1, 2),
    )
    intro = paragraph(draft.term("report_instruments.framework_intro"))
    return Section(title=draft.term("report_instruments.framework"), anchor="framework", items=(intro, table))


def _probability(finding: Finding, label: str) -> float:
    instruments = finding.labels.instruments
    return max((tag.probability for tag in instruments.tags if tag.label == label), default=0.0) if instruments else 0.0


def _example(draft: Draft, label: str, finding: Finding) -> Cell:
    """The words of the passage that explain the part, from where its sentence begins, and where they stand."""
    passage, instruments = finding.passage.passage, finding.labels.instruments
    terms = [] if instruments is None else [t for tag in instruments.tags if tag.label == label for t in tag.terms]
    sentence = next(
        (s for t in sorted(terms, key=lambda t: -t.weight) for s in passage.sentences if s.start <= t.start < s.end),
        None,
    )
    text = passage.text if sentence is None else passage.text[sentence.start : sentence.end]
    shown, _ = excerpt(text, (0, len(text)), _WORDS_IN_EXAMPLE)
    where = ", ".join(
        part
        for part in (document_line(finding.passage.document, draft.language), pages(passage, draft.language))
        if part
    )
    return Cell(
        lines=(
            Line(spans=(Span(text=" ".join(shown.split()), language=passage.language),), style="source"),
            Line(spans=(Span(text=where),), style="note"),
        )
    )
