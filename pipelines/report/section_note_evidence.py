"""The chapter with the evidence question by question: contradictions first, each piece in its own words."""

from __future__ import annotations

from pipelines.domain.appraisal import StatementAppraisal
from pipelines.domain.evidence import Direction, EvidenceKind, Relation
from pipelines.domain.reports import Item, Quotation, Section, Table
from pipelines.report.drafting import cell, paragraph
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_evidence import HEADINGS, NotePiece
from pipelines.report.note_plots import kinds_plot
from pipelines.report.note_wording import piece_source
from pipelines.report.plain import one_line, web_address
from pipelines.report.section_rows import excerpt
from pipelines.report.wording import bare_figures, capital, document_line, long_date

_FIGURES_SHOWN = 4
_ALSO_IN_SHOWN = 3


def evidence_section(draft: NoteDraft) -> Section:
    """Draft what was accepted, with what the changes rest on: a section for each chapter, in it one for each row."""
    title = draft.say("evidence.heading")
    shown = [f for f in draft.pieces if f.shown]
    if not shown:
        intro = draft.say("evidence.nothing" if draft.pieces else "evidence.none_ever")
        return Section(title=title, anchor="evidence", items=(paragraph(intro),))
    items: list[Item] = [paragraph(draft.say("evidence.intro"))]
    if any(f.row_id for f in draft.pieces):
        items.append(kinds_plot(draft))
    chapters = dict.fromkeys(row.chapter for row in draft.table.rows)
    sections = [chapter for theme in chapters if (chapter := _chapter(draft, theme, shown)) is not None]
    rowless = [f for f in shown if f.row_id is None]
    if rowless:
        sections.append(
            Section(
                title=draft.say("evidence.no_row"),
                anchor="evidence-no-row",
                items=(paragraph(draft.say("evidence.no_row_intro")),),
                sections=tuple(_relations(draft, "0", rowless)),
            )
        )
    return Section(title=title, anchor="evidence", items=tuple(items), sections=tuple(sections))


def _chapter(draft: NoteDraft, theme: object, shown: list[NotePiece]) -> Section | None:
    rows = [row for row in draft.table.rows if row.chapter == theme]
    sections = [
        _row(draft, row.id, found) for row in rows if (found := [f for f in shown if f.row_id == row.id])
    ]  # fmt: skip
    if not sections:
        return None
    quiet = [draft.row_name(row.id) for row in rows if not any(f.row_id == row.id for f in shown)]
    note = (paragraph(draft.say("evidence.quiet_rows", rows="; ".join(quiet)), style="note"),) if quiet else ()
    return Section(
        title=draft.scan.theme(rows[0].chapter), anchor=f"evidence-{theme}", items=note, sections=tuple(sections)
    )  # fmt: skip


def _row(draft: NoteDraft, row_id: str, found: list[NotePiece]) -> Section:
    studies = {f.study.id for f in found if f.study is not None}
    n_new = sum(f.new for f in found)
    items: list[Item] = [
        paragraph(
            draft.count("evidence.count", len(found), studies=draft.count("words.study", len(studies))),
            draft.count("evidence.of_which_new", n_new) if n_new < len(found) else "",
        )
    ]
    statements = _statement_table(draft, row_id)
    if statements is not None:
        items.append(statements)
    n_earlier = sum(1 for f in draft.pieces if f.row_id == row_id and not f.shown)
    if n_earlier:
        items.append(paragraph(draft.count("evidence.earlier", n_earlier), style="note"))
    return Section(
        title=draft.row_name(row_id), anchor=f"evidence-{row_id}", items=tuple(items),
        sections=tuple(_relations(draft, row_id, found)),
    )  # fmt: skip


def _statement_table(draft: NoteDraft, row_id: str) -> Table | None:
    """What stands for and against each statement of a row that has accepted evidence."""
    appraised = draft.material.appraisal.statements
    statements = [s for s in draft.table.row(row_id).statements if s.id in appraised]
    if not statements:
        return None
    rows = tuple(
        (
            cell(s.id, draft.term(f"column.{s.column}")),
            cell(one_line(s.text(draft.language))),
            cell(capital(draft.confidence(found.confidence))),
            cell(*weights_words(draft, found)),
        )
        for s in statements
        for found in (appraised[s.id],)
    )
    header = ("statement", "text", "confidence", "weight")
    return Table(
        anchor=f"statements-{row_id}",
        caption=draft.say("evidence.statements_caption", row=row_id),
        header=tuple(draft.say(f"heading.{name}") for name in header),
        rows=rows,
        widths=(0.13, 0.41, 0.25, 0.21),
    )


def weights_words(draft: NoteDraft, appraisal: StatementAppraisal) -> list[str]:
    """Summed weight for, against and in between; what weighs nothing is left out."""
    confidence = appraisal.confidence
    weights = {
        "for": confidence.weight_for, "against": confidence.weight_against, "nuance": confidence.weight_nuance,
    }  # fmt: skip
    return [
        f"{draft.named('stance', name) if confidence.answer is None else draft.say(f'on_answer.{name}')}: "
        f"{draft.figure(value, 2)}"
        for name, value in weights.items()
        if value > 0
    ]


def _relations(draft: NoteDraft, place: str, found: list[NotePiece]) -> list[Section]:
    sections = []
    for name in HEADINGS:
        of_relation = [f for f in found if f.heading == name]
        if not of_relation:
            continue
        # What a change rests on is quoted whatever the number; the list in Excel holds the rest.
        allowed = draft.options.quotations_per_relation
        quoted = [f for place_in, f in enumerate(of_relation) if f.needed or place_in < allowed]
        items: list[Item] = [quotation(draft, f) for f in quoted]
        if len(of_relation) > len(quoted):
            items.append(paragraph(draft.count("evidence.more", len(of_relation) - len(quoted)), style="note"))
        title = draft.say(f"relation_heading.{name}", n=draft.figure(len(of_relation)))
        sections.append(Section(title=title, anchor=f"evidence-{place}-{name}", items=tuple(items)))
    return sections


def quotation(draft: NoteDraft, found: NotePiece) -> Quotation:
    """A piece as it is quoted: in its own language, with its source, the decision, its study and weight."""
    piece = found.piece
    span = piece.key_sentence
    key = (span.start, span.end) if span and piece.text[span.start : span.end] == span.text else None
    shown, key = excerpt(piece.text, key, draft.options.words_in_quotation)
    document = next((d for d in draft.material.scan.documents if d.id == piece.document_id), None)
    return Quotation(
        number=found.number,
        passage_id=piece.passage_id,
        text=shown,
        key_start=key[0] if key else None,
        key_end=key[1] if key else None,
        source=piece_source(draft, found),
        url=web_address(document.metadata.url) if document else None,
        also_in=_also_in(draft, found),
        labels=_labels(draft, found),
        language=piece.language,
    )


def _also_in(draft: NoteDraft, found: NotePiece) -> tuple[str, ...]:
    documents = {d.id: d for d in draft.material.scan.documents}
    named = [document_line(documents[i], draft.language) for i in found.piece.also_in if i in documents]
    n_more = len(named) - _ALSO_IN_SHOWN
    return (*named[:_ALSO_IN_SHOWN], *([draft.scan.count("label.more_also", n_more)] if n_more > 0 else []))


def _labels(draft: NoteDraft, found: NotePiece) -> tuple[tuple[str, str], ...]:
    """Name and value of what readers judged and what it weighs; what is not said is left out."""
    piece, labels = found.piece, []
    if piece.statement_id and piece.relation is not Relation.NEW:
        named = draft.say("earlier_text", words=piece.statement_id) if found.settled else piece.statement_id
        labels.append((draft.say("heading.statement"), named))
    if piece.column is not None:
        labels.append((draft.scan.say("label.column"), draft.term(f"column.{piece.column}")))
    if piece.kind is not EvidenceKind.NONE:
        labels.append((draft.scan.say("label.kind"), draft.term(f"evidence_kind.{piece.kind}")))
    if piece.direction is not Direction.NONE:
        labels.append((draft.scan.say("label.direction"), draft.term(f"direction.{piece.direction}")))
    if piece.figures:
        figures = bare_figures(piece.figures[:_FIGURES_SHOWN])
        more = "; …" if len(piece.figures) > _FIGURES_SHOWN else ""
        labels.append((draft.scan.say("label.figures"), figures + more))
    if found.study is not None:
        labels.append((draft.say("heading.study"), study_words(draft, found)))
    if found.weighed is not None:
        labels.append((draft.say("heading.weight"), draft.figure(found.weighed.weight, 2)))
    labels.append((draft.say("heading.reading"), reading_words(draft, found)))
    return tuple(labels)


def study_words(draft: NoteDraft, found: NotePiece) -> str:
    """Name of the study with its design and place, and how many pieces report it."""
    if found.study is None:
        return ""
    study = found.study
    parts = [draft.named("design", study.design), draft.named("setting", study.setting)]
    if study.sample_size:
        parts.append(draft.say("words.sample", n=draft.figure(study.sample_size)))
    if len(study.items) > 1:
        parts.append(draft.count("words.pieces_together", len(study.items)))
    return f"{one_line(study.name)} ({'; '.join(parts)})"


def reading_words(draft: NoteDraft, found: NotePiece) -> str:
    """Who accepted it and when, and who confirmed it."""
    piece = found.piece
    date = long_date(piece.decided.date(), draft.language)
    told = draft.say("evidence.accepted", person=draft.person(piece.reviewer), date=date)
    if piece.confirmed_by:
        told += draft.say("evidence.confirmed", person=draft.person(piece.confirmed_by))
    return told if found.new else told + draft.say("evidence.before_period")


def page_words(draft: NoteDraft, found: NotePiece) -> str:
    """``blz. 12``, in English ``p. 12``; empty where the source has no pages."""
    return draft.say("words.page", page=found.piece.page) if found.piece.page else ""
