"""The lists of the Excel file: every flagged passage, every document, every recommendation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.domain.instruments import Family
from pipelines.domain.reports import Sheet, SheetColumn
from pipelines.domain.runs import DocumentSummary
from pipelines.domain.second_opinions import SecondOpinion
from pipelines.report.drafting import Draft
from pipelines.report.findings import Finding, advice_span, is_on_subject, key_span, theme_of
from pipelines.report.plain import one_line
from pipelines.report.section_account import flagged_per_document, language_name
from pipelines.report.section_instruments import OF_APPLICATIONS, OF_PEOPLE, label_name, labels_of
from pipelines.report.section_second_opinion import differences
from pipelines.report.topic_wording import topic_name
from pipelines.report.wording import (
    bare_figures,
    capital,
    document_line,
    document_title,
    figure_text,
    note_texts,
    reason_text,
)

Value = str | int | float | None

#: Column and its width in characters. Together about two screens; the widest hold text that wraps.
_FLAGS = {
    "number": 9, "row": 7, "row_title": 26, "chapter": 18, "key_sentence": 50, "passage": 80, "relation": 16,
    "column": 11, "kind": 16, "direction": 12, "figures": 30, "probability": 10, "statement_id": 11,
    "statement_text": 44, "words": 30, "publisher": 24, "title": 36, "year": 7, "page": 9, "section": 26,
    "language": 12, "also_in": 36, "themes": 28, "uncertainties": 26, "about": 34, "application": 34, "topic": 26,
    "in_report": 12, "passage_id": 23, "model": 18,
}  # fmt: skip
_ADVICE = {
    "number": 9, "chapter": 22, "action_theme": 26, "level": 24, "addressees": 24, "row": 7, "advice": 60,
    "passage": 80, "probability": 10, "words": 30, "publisher": 24, "title": 36, "year": 7, "page": 9, "section": 26,
    "language": 12, "also_in": 36, "passage_id": 23, "model": 18,
}  # fmt: skip
_DOCUMENTS = {
    "title": 44, "publisher": 26, "year": 7, "language": 12, "state": 20, "reason": 60, "n_pages": 9,
    "passages": 10, "flagged": 12, "new": 8, "paths": 50, "reader": 12, "document_id": 23,
}  # fmt: skip
_OPINIONS = {
    "number": 9, "row": 7, "chapter": 18, "passage": 80, "flag": 13, "probability": 10, "relation": 16,
    "opinion_model": 20, "opinion_place": 22, "opinion_flag": 13, "opinion_rows": 13, "opinion_themes": 26,
    "opinion_relation": 18, "opinion_column": 12, "opinion_statement": 12, "opinion_kind": 16,
    "opinion_direction": 14, "opinion_level": 22, "opinion_differs": 26, "opinion_reason": 50, "publisher": 24,
    "title": 36, "year": 7, "page": 9, "section": 26, "language": 12, "passage_id": 23, "model": 18,
}  # fmt: skip

#: Names that the sections of the report use as well.
_SHARED = {
    "relation": "label.relation", "column": "label.column", "kind": "label.kind", "direction": "label.direction",
    "figures": "label.figures", "probability": "label.probability", "also_in": "label.also_in",
    "level": "advice.level", "state": "documents.state", "passages": "documents.passages",
    "flagged": "documents.flagged", "language": "documents.language",
}  # fmt: skip


def _sheet(draft: Draft, name: str, columns: dict[str, int], rows: list[dict[str, Value]]) -> Sheet:
    return Sheet(
        name=draft.say(f"sheet.{name}"),
        columns=tuple(
            SheetColumn(title=draft.say(_SHARED.get(c, f"sheet.{c}")), width=width, share=c == "probability")
            for c, width in columns.items()
        ),
        rows=tuple(tuple(row.get(column) for column in columns) for row in rows),
    )


def _words(finding: Finding, about: frozenset[str]) -> str:
    words = [one_line(t.text) for t in sorted(finding.evidence.terms, key=lambda t: -t.weight) if t.label in about]
    return ", ".join(dict.fromkeys(w for w in words if w))


def _names(draft: Draft, finding: Finding, families: Sequence[Family]) -> str | None:
    """What the other instruments say of a passage."""
    labels = [label for family in families for label in labels_of(finding, family)]
    return ", ".join(label_name(draft, label) for label in labels) or None


def _pages(finding: Finding) -> str | int | None:
    passage = finding.passage.passage
    if passage.page_first is None or passage.page_last in {None, passage.page_first}:
        return passage.page_first
    return f"{passage.page_first}–{passage.page_last}"


def _common(draft: Draft, finding: Finding) -> dict[str, Value]:
    """What flags and recommendations both tell of a passage."""
    passage, metadata = finding.passage.passage, finding.passage.document.metadata
    language = passage.language if passage.language in {"nl", "en"} else "other"
    return {
        "number": finding.number,
        "row": finding.row,
        "chapter": draft.theme(theme_of(finding, draft.material.table)),
        "passage": passage.text,
        "publisher": one_line(metadata.publisher or "") or None,
        "title": document_title(finding.passage.document),
        "year": metadata.year,
        "page": _pages(finding),
        "section": " › ".join(one_line(s) for s in passage.section) or None,
        "language": draft.term(f"language.{language}"),
        "also_in": "; ".join(document_line(p.document, draft.language) for p in finding.also) or None,
        "passage_id": passage.id,
        "model": finding.evidence.model_version,
    }


def _flag_row(draft: Draft, finding: Finding, rank: int, topics: dict[str, str]) -> dict[str, Value]:
    evidence, passage = finding.evidence, finding.passage.passage
    key = key_span(finding.passage, evidence)
    statement = finding.statement
    return _common(draft, finding) | {
        "row_title": draft.material.table.row(finding.row).title(draft.language) if finding.row else None,
        "key_sentence": passage.text[key[0] : key[1]] if key else None,
        "relation": capital(draft.relation_of(finding)) or None,
        "column": draft.term(f"column.{evidence.column}") if evidence.column else None,
        "kind": draft.term(f"evidence_kind.{evidence.kind}"),
        "direction": draft.term(f"direction.{evidence.direction}"),
        "figures": "; ".join(figure_text(f) for f in evidence.figures) or None,
        "probability": round(evidence.flag, 3),
        "statement_id": statement.id if statement else None,
        "statement_text": statement.text(draft.language) if statement else None,
        "words": _words(finding, frozenset({"flag", finding.row or ""})) or None,
        "themes": ", ".join(draft.theme(t) for t in finding.labels.tags.given()) or None,
        "uncertainties": _names(draft, finding, (Family.UNCERTAINTY,)),
        "about": _names(draft, finding, OF_PEOPLE),
        "application": _names(draft, finding, OF_APPLICATIONS),
        "topic": topics.get(finding.passage.topic or ""),
        "in_report": draft.say("words.is_true" if rank <= draft.options.quotations_per_row else "words.is_false"),
    }


def flags_sheet(draft: Draft, decisions: Mapping[str, str] | None = None) -> Sheet:
    """Every flagged finding with the number it has in the report.

    With ``decisions`` (passage id -> what readers decided) that stands in place of the number: in a note the numbers
    are those of the evidence that was accepted, and figures stand as printed, without what they are taken to measure.
    """
    model = draft.material.topics
    topics = {t.id: topic_name(t, draft.language) for t in model.shown} if model else {}
    rows = [_flag_row(draft, f, int(f.number.rsplit("-", 1)[1]), topics) for f in draft.findings.flagged]
    if decisions is None:
        return _sheet(draft, "flags", _FLAGS, rows)
    columns = {"decision": 16, **{c: width for c, width in _FLAGS.items() if c not in {"number", "in_report"}}}
    for row, finding in zip(rows, draft.findings.flagged, strict=True):
        row["figures"] = bare_figures(finding.evidence.figures) or None
        row["decision"] = decisions.get(finding.passage.passage.id, draft.say("sheet.undecided"))
    return _sheet(draft, "flags", columns, rows)


def advice_sheet(draft: Draft) -> Sheet:
    """Every recommendation, also those on other subjects and of an unclear level."""
    rows: list[dict[str, Value]] = []
    for finding in draft.findings.recommendations:
        start, end = advice_span(finding.passage, finding.evidence)
        level = finding.evidence.level
        rows.append(
            _common(draft, finding)
            | {
                "action_theme": _action_theme(draft, finding),
                "level": draft.term(f"level.{level}") if level else None,
                "addressees": _names(draft, finding, (Family.ADDRESSEE,)),
                "advice": finding.passage.passage.text[start:end],
                "probability": round(finding.evidence.recommendation, 3),
                "words": _words(finding, frozenset({"recommendation"})) or None,
            }
        )
    return _sheet(draft, "recommendations", _ADVICE, rows)


def _action_theme(draft: Draft, finding: Finding) -> str:
    """Themes of the table of actions; else that there is none, or that the advice is on another subject."""
    if not is_on_subject(finding):
        return draft.term("report_instruments.other_subject")
    return _names(draft, finding, (Family.ACTION_THEME,)) or draft.term("report_instruments.other_theme")


def documents_sheet(draft: Draft) -> Sheet:
    """Every document of the workspace, read or set aside."""
    counts = flagged_per_document(draft)
    rows: list[dict[str, Value]] = [
        {
            "title": document_title(d),
            "publisher": one_line(d.metadata.publisher or "") or None,
            "year": d.metadata.year,
            "language": language_name(draft, d),
            "state": capital(draft.term(f"state.{d.state}")),
            "reason": _reason_and_notes(draft, d),
            "n_pages": d.n_pages,
            "passages": d.n_passages,
            "flagged": counts[d.id] if draft.material.is_new(d.id) else d.n_flagged,
            "new": draft.say("words.is_true" if draft.material.is_new(d.id) else "words.is_false"),
            "paths": "\n".join(one_line(path) for path in d.paths),
            "reader": d.parser or None,
            "document_id": d.id,
        }
        for d in draft.material.documents
    ]
    return _sheet(draft, "documents", _DOCUMENTS, rows)


def _reason_and_notes(draft: Draft, document: DocumentSummary) -> str | None:
    """Why it was set aside, and what people should know of how it was read."""
    reason = (reason_text(document, draft.language),) if document.reason else ()
    return " ".join((*reason, *note_texts(document, draft.language))) or None


def opinions_sheet(draft: Draft) -> tuple[Sheet, ...]:
    """Every passage that a language model has read as well, with both readings; no sheet where there are none."""
    rows = [
        _common(draft, f) | _opinion_values(draft, f, f.passage.second_opinion)
        for f in draft.findings.second_opinions
        if f.passage.second_opinion is not None
    ]
    return (_sheet(draft, "second_opinions", _OPINIONS, rows),) if rows else ()


def _opinion_values(draft: Draft, finding: Finding, opinion: SecondOpinion) -> dict[str, Value]:
    evidence = finding.evidence
    advice = draft.term(f"level.{opinion.level}") if opinion.level else draft.say("words.is_true")
    return {
        "number": finding.number or None,
        "flag": _yes_no(draft, evidence.flagged),
        "probability": round(evidence.flag, 3),
        "relation": capital(draft.relation_of(finding)) or None,
        "opinion_model": one_line(opinion.model),
        "opinion_place": draft.say(f"sheet.opinion_{'outside' if opinion.outside else 'here'}"),
        "opinion_flag": _yes_no(draft, opinion.flag),
        "opinion_rows": ", ".join(opinion.rows) or None,
        "opinion_themes": ", ".join(draft.theme(t) for t in opinion.themes) or None,
        "opinion_relation": capital(draft.term(f"relation.{opinion.relation}")) if opinion.relation else None,
        "opinion_column": draft.term(f"column.{opinion.column}") if opinion.column else None,
        "opinion_statement": opinion.statement,
        "opinion_kind": draft.term(f"evidence_kind.{opinion.kind}"),
        "opinion_direction": draft.term(f"direction.{opinion.direction}"),
        "opinion_level": advice if opinion.recommendation else None,
        "opinion_differs": ", ".join(differences(draft, finding, opinion)) or None,
        "opinion_reason": one_line(opinion.reason) or None,
    }


def _yes_no(draft: Draft, value: bool) -> str:
    return draft.say("words.is_true" if value else "words.is_false")
