"""The chapters on recommendations, and on themes, topics and figures over time."""

from __future__ import annotations

from collections import Counter

from pipelines.domain.evidence import Level
from pipelines.domain.instruments import ActionTheme
from pipelines.domain.reports import Item, Section
from pipelines.report.drafting import paragraph
from pipelines.report.findings import Finding, advice_span, count_sources, is_on_subject, select_findings
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_indicators import find_indicators
from pipelines.report.note_plots import indicator_plot, themes_plot
from pipelines.report.note_topics import topics_draft
from pipelines.report.section_actions import action_theme_of, addressee_sentence, advice_matrix
from pipelines.report.section_topics import topics_section


def _marks(draft: NoteDraft, found: tuple[Finding, ...]) -> dict[str, str]:
    """Number of a recommendation -> whether somebody has read it."""
    judged = draft.material.judgements
    return {
        f.number: draft.say("advice.accepted" if judged.get(f.passage.passage.id) else "advice.unread") for f in found
    }


def _earlier(draft: NoteDraft) -> Counter[tuple[ActionTheme | None, Level]]:
    """Recommendations of before the period by theme and level."""
    scan = draft.scan.material
    everything = select_findings(scan.model_copy(update={"new_documents": None}))
    return Counter(
        (action_theme_of(f), f.evidence.level)
        for f in everything.recommendations
        if not scan.is_new(f.passage.document.id) and f.evidence.level is not None and is_on_subject(f)
    )


def _introduces(finding: Finding) -> bool:
    """Whether its sentence only announces a list, and says nothing without it."""
    start, end = advice_span(finding.passage, finding.evidence)
    return finding.passage.passage.text[start:end].rstrip().endswith(":")


def advice_section(draft: NoteDraft) -> Section:
    """Draft the recommendations: those of the period in words, earlier ones as a number, by theme and level."""
    everything = draft.scan.findings.recommendations
    found = tuple(f for f in everything if not _introduces(f))
    title = draft.say("advice.heading")
    earlier = _earlier(draft)
    notes = {place: draft.count("advice.earlier", n) for place, n in earlier.items()}
    if not found and not notes:
        return Section(title=title, anchor="advice", items=(paragraph(draft.scan.say("advice.nothing")),))
    on_subject = [f for f in found if is_on_subject(f)]
    n_off = len(found) - len(on_subject)
    n_open = sum(f.evidence.level is None for f in on_subject)
    n_accepted = sum(draft.material.judgements.get(f.passage.passage.id) is not None for f in found)
    counts = [draft.scan.say("advice.nothing")]
    if found:
        sources = draft.scan.count("count.source", count_sources(found))
        counts = [
            draft.scan.count("advice.count", len(found), sources=sources),
            draft.count("advice.n_accepted", n_accepted),
        ]
    items: list[Item] = [
        paragraph(
            draft.say("advice.intro"),
            *counts,
            addressee_sentence(draft.scan, on_subject),
            draft.scan.count("advice.off_theme", n_off) if n_off else "",
            draft.scan.count("advice.open_level", n_open) if n_open else "",
            draft.count("advice.introducing", n_introducing) if (n_introducing := len(everything) - len(found)) else "",
        )
    ]
    matrix = advice_matrix(draft.scan, [(action_theme_of(f), f) for f in on_subject], _marks(draft, found), notes)
    if matrix is not None:
        items.append(matrix)
    return Section(title=title, anchor="advice", items=tuple(items), landscape=matrix is not None)


def literature_section(draft: NoteDraft) -> Section:
    """Draft the topics of the literature: what the period brought, and how they went from scan to scan."""
    topics = topics_section(topics_draft(draft))
    model = draft.scan.material.topics
    if model is None or not model.shown:
        return topics
    return topics.model_copy(update={"items": (paragraph(draft.say("literature.intro")), *topics.items)})


def development_section(draft: NoteDraft) -> Section:
    """Draft accepted evidence by theme over the years, and figures that several studies give for one thing."""
    items: list[Item] = []
    themes = themes_plot(draft)
    items += [paragraph(draft.say("development.nothing"))] if themes is None else [themes]
    indicators = find_indicators(draft.pieces)
    items.append(paragraph(draft.count("development.figures", len(indicators))))
    items += [indicator_plot(draft, indicator, place) for place, indicator in enumerate(indicators, start=1)]
    return Section(title=draft.say("development.heading"), anchor="development", items=tuple(items))
