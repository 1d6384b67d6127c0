"""The opening chapter of the note: what was accepted on each question of the request for advice."""

from __future__ import annotations

from pipelines.domain.reports import BulletList, Item, Section
from pipelines.domain.themes import Theme
from pipelines.report.drafting import paragraph
from pipelines.report.key_questions import KeyQuestion, question_of, tell_first
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_evidence import HEADINGS, NotePiece
from pipelines.report.note_wording import piece_source
from pipelines.report.section_questions import cited


def questions_section(draft: NoteDraft) -> Section:
    """Draft the opening of the note: of what was accepted in the period, the five pieces that say most."""
    chapters: dict[str | None, Theme] = {row.id: row.chapter for row in draft.table.rows}
    new = [f for f in draft.pieces if f.new]
    sections = []
    for question in KeyQuestion:
        found = [f for f in new if question_of(chapters.get(f.row_id), f.row_id) is question]
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
        items=(paragraph(draft.term("report_questions.intro_note")),),
        sections=tuple(sections),
    )


def _items(draft: NoteDraft, found: list[NotePiece]) -> tuple[Item, ...]:
    if not found:
        return (paragraph(draft.term("report_questions.nothing")),)
    told = tell_first(
        found,
        lambda f: f.piece.kind,
        lambda f: f.weighed.weight if f.weighed is not None else 0.0,
        lambda f: f.study.id if f.study is not None else f.piece.document_id,
    )
    sources = len({f.piece.document_id for f in found})
    relations = [
        draft.say(f"relation_heading.{name}", n=draft.figure(n)).lower()
        for name in HEADINGS
        if (n := sum(f.heading == name for f in found))
    ]
    form = "one" if len(found) == 1 else "many"
    counts = draft.scan.fill(
        f"report_questions.count_note.{form}",
        n=draft.figure(len(found)),
        sources=draft.scan.count("count.source", sources),
        relations=draft.listed(relations),
    )
    shown = ""
    if len(found) > len(told):
        shown = draft.scan.fill("report_questions.shown", n=draft.figure(len(told)))
    lines = tuple(cited(_sentence(f), f.piece.language, f.number, piece_source(draft, f)) for f in told)
    return (paragraph(counts, shown), BulletList(items=lines))


def _sentence(found: NotePiece) -> str:
    span, text = found.piece.key_sentence, found.piece.text
    return span.text if span and text[span.start : span.end] == span.text else text
