"""The chapter on possible actions: recommendations by theme of the table of actions and by level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pipelines.domain.evidence import Level
from pipelines.domain.instruments import THEMES_OF, ActionTheme, Family
from pipelines.domain.reports import Cell, Item, Line, Section, Span, Table
from pipelines.report.drafting import Draft, cell, paragraph
from pipelines.report.findings import Finding, advice_span, count_sources, is_on_subject
from pipelines.report.section_instruments import label_name, labels_of
from pipelines.report.section_rows import excerpt
from pipelines.report.wording import enumeration, number, source_line

#: A recommendation in a cell is the one sentence that matters; longer ones would make cells of half a page.
_WORDS_IN_CELL = 60
Placed = tuple[ActionTheme | None, Finding]
"""A recommendation with its theme of the table of actions; ``None`` where none was recognised."""


def action_theme_of(finding: Finding) -> ActionTheme | None:
    """The most probable theme of the table of actions that a recommendation was given."""
    labels = labels_of(finding, Family.ACTION_THEME)
    return ActionTheme(labels[0].partition(".")[2]) if labels else None


def _advice_lines(draft: Draft, finding: Finding, mark: str) -> list[Line]:
    passage = finding.passage.passage
    start, end = advice_span(finding.passage, finding.evidence)
    if passage.text[start:end].rstrip().endswith(":"):  # what is asked is in the list that it announces
        end = len(passage.text)
    shown, _ = excerpt(passage.text[start:end], None, _WORDS_IN_CELL)
    source = source_line(finding.passage.document, passage, draft.language) + (f" · {mark}" if mark else "")
    addressees = [label_name(draft, label) for label in labels_of(finding, Family.ADDRESSEE)]
    asked = draft.fill("report_instruments.asked_of", addressees=enumeration(addressees, draft.language))
    return [
        Line(spans=(Span(text=" ".join(shown.split()), language=passage.language),), style="quote"),
        *([Line(spans=(Span(text=asked),), style="note")] if addressees else []),
        Line(spans=(Span(text=f"{finding.number}: ", bold=True), Span(text=source)), style="source"),
    ]


def _advice_cell(draft: Draft, findings: list[Finding], marks: Mapping[str, str], note: str) -> Cell:
    shown = findings[: draft.options.recommendations_per_cell]
    lines = [line for finding in shown for line in _advice_lines(draft, finding, marks.get(finding.number, ""))]
    if len(findings) > len(shown):
        lines.append(Line(spans=(Span(text=draft.count("advice.more", len(findings) - len(shown))),), style="note"))
    if note:
        lines.append(Line(spans=(Span(text=note),), style="note"))
    return Cell(lines=tuple(lines)) if lines else cell(draft.say("words.none_found"))


def advice_matrix(
    draft: Draft,
    placed: Sequence[Placed],
    marks: Mapping[str, str] | None = None,
    notes: Mapping[tuple[ActionTheme | None, Level], str] | None = None,
) -> Table | None:
    """The recommendations by theme of the table of actions and level; ``None`` where none has a clear level.

    Parameters
    ----------
    draft, placed
        Recommendations with their themes, in the order in which they are shown.
    marks
        Number of a recommendation -> what is said behind its source.
    notes
        Theme and level -> a line at the foot of that cell; a theme with a note alone has a row as well.
    """
    marks, notes = marks or {}, notes or {}
    rows: list[tuple[Cell, ...]] = []
    for group, themes in [*THEMES_OF.items(), (None, (None,))]:
        heading = "" if group is None else draft.term(f"factor_group.{group}")
        for theme in themes:
            of_theme = [f for t, f in placed if t is theme and f.evidence.level is not None]
            if not of_theme and not any(t is theme for t, _ in notes):
                continue
            cells = (
                _advice_cell(
                    draft, [f for f in of_theme if f.evidence.level is level], marks, notes.get((theme, level), "")
                )
                for level in Level
            )
            rows.append((_theme_cell(draft, theme, heading, of_theme), *cells))
            heading = ""  # the group is named with its first theme
    if not rows:
        return None
    return Table(
        anchor="advice-matrix",
        caption=draft.term("report_instruments.matrix_caption"),
        header=(draft.say("summary.column_theme"), *(draft.say(f"level_name.{level}") for level in Level)),
        rows=tuple(rows),
        widths=(0.145, 0.285, 0.285, 0.285),
    )


def _theme_cell(draft: Draft, theme: ActionTheme | None, heading: str, found: Sequence[Finding]) -> Cell:
    name = draft.term("report_instruments.other_theme")
    if theme is not None:
        name = label_name(draft, f"{Family.ACTION_THEME}.{theme}")
    told = draft.count("count.source", count_sources(found)) if found else ""
    counts = f"{number(len(found), draft.language)} · {told}" if found else ""
    lines = [
        *([Line(spans=(Span(text=heading),), style="note")] if heading else []),
        Line(spans=(Span(text=name, bold=True),)),
        *([Line(spans=(Span(text=counts),), style="note")] if counts else []),
    ]
    return Cell(lines=tuple(lines))


def advice_section(draft: Draft) -> Section:
    """Draft the recommendations: themes by levels, in each cell sentences, whom they ask, and sources."""
    title, found = draft.say("advice.heading"), draft.findings.recommendations
    if not found:
        return Section(title=title, anchor="advice", items=(paragraph(draft.say("advice.nothing")),))
    on_subject = [f for f in found if is_on_subject(f)]
    n_open = sum(1 for f in on_subject if f.evidence.level is None)
    n_off = len(found) - len(on_subject)
    sources = draft.count("count.source", count_sources(found))
    items: list[Item] = [
        paragraph(
            draft.say("advice.intro") if len(on_subject) > n_open else "",
            draft.count("advice.count", len(found), sources=sources),
            addressee_sentence(draft, on_subject),
            draft.count("advice.off_theme", n_off) if n_off else "",
            draft.count("advice.open_level", n_open) if n_open else "",
        )
    ]
    matrix = advice_matrix(draft, [(action_theme_of(f), f) for f in on_subject])
    if matrix is not None:
        items.append(matrix)
    return Section(title=title, anchor="advice", items=tuple(items), landscape=matrix is not None)


def addressee_sentence(draft: Draft, found: Sequence[Finding]) -> str:
    """Of whom the recommendations ask something, the most often asked first; empty where none was recognised."""
    counts = Counter(label for finding in found for label in labels_of(finding, Family.ADDRESSEE))
    named = [
        draft.fill("report_instruments.addressee_count", name=label_name(draft, label), n=number(n, draft.language))
        for label, n in counts.most_common()
    ]
    if not named:
        return ""
    return draft.fill("report_instruments.addressees", addressees=enumeration(named, draft.language))
