"""The chapter on studies: which pieces count as one, and why, so that people can split them."""

from __future__ import annotations

from pipelines.domain.appraisal import MergeReason, Study
from pipelines.domain.reports import Item, Section, Table
from pipelines.report.drafting import cell, paragraph
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.plain import one_line
from pipelines.report.wording import capital

#: Studies in the list: about four pages. All are in the Excel list.
_STUDIES_SHOWN = 60


def numbers_of(draft: NoteDraft, study: Study) -> list[str]:
    """Numbers of the pieces that report a study, in the order of the note."""
    items = set(study.items)
    return [f.number for f in draft.pieces if f.piece.item_id in items]


def merge_words(draft: NoteDraft, study: Study) -> list[str]:
    """Why pieces were put together, a line for each reason: ``B1-1 en B1-4: dezelfde cijfers (14%; 12%)``.

    Pieces that hang together for one reason stand in one line, also where the study lists them in pairs.
    """
    groups: list[tuple[MergeReason, str, set[str]]] = []
    for merge in study.merges:
        pair = {merge.item_a, merge.item_b}
        shared = one_line(merge.shared)
        joined = [g for g in groups if g[:2] == (merge.reason, shared) and g[2] & pair]
        groups = [g for g in groups if g not in joined]
        groups.append((merge.reason, shared, pair.union(*(g[2] for g in joined))))
    lines = []
    for reason, shared, items in groups:
        numbers = [f.number for f in draft.pieces if f.piece.item_id in items]
        told = f" ({shared})" if shared else ""
        lines.append(f"{draft.listed(numbers)}: {draft.named('merge', reason)}{told}")
    return lines


def studies_section(draft: NoteDraft) -> Section:
    """Draft which pieces were taken for one study; studies with a single piece are in the Excel list."""
    merged = [s for s in draft.material.appraisal.studies if len(s.items) > 1]
    n_studies, n_pieces = len(draft.material.appraisal.studies), len(draft.pieces)
    items: list[Item] = [
        paragraph(
            draft.say("studies.intro"),
            draft.count("studies.count", n_studies, pieces=draft.count("words.piece", n_pieces)),
            draft.count("studies.merged", len(merged)),
        )
    ]
    if merged:
        merged.sort(key=lambda s: (-len(s.items), one_line(s.name).casefold(), s.id))
        shown = merged[:_STUDIES_SHOWN]
        rows = tuple(
            (
                cell(one_line(study.name), bold=True),
                cell(", ".join(numbers_of(draft, study))),
                cell(
                    capital(draft.named("design", study.design)),
                    capital(draft.named("setting", study.setting)),
                    str(study.year) if study.year else "",
                ),
                cell(*(capital(line) for line in merge_words(draft, study))),
            )
            for study in shown
        )
        header = ("study", "pieces", "design", "why_one")
        items.append(
            Table(
                anchor="studies-table",
                caption=draft.say("studies.caption"),
                header=tuple(draft.say(f"heading.{name}") for name in header),
                rows=rows,
                widths=(0.24, 0.16, 0.2, 0.4),
            )
        )
        if len(merged) > len(shown):
            items.append(paragraph(draft.count("studies.more", len(merged) - len(shown)), style="note"))
    return Section(title=draft.say("studies.heading"), anchor="studies", items=tuple(items))
