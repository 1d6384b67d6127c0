"""The lists of the note's Excel file: evidence, proposals, studies, statements, documents, recommendations, flags."""

from __future__ import annotations

from pipelines.domain.proposals import Proposal, ProposalStanding
from pipelines.domain.reports import Sheet, SheetColumn
from pipelines.report.note_changes import NoteChange
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_evidence import NotePiece
from pipelines.report.note_topics import topics_draft
from pipelines.report.note_wording import decision_words, evidence_numbers, reasons_told, state_words, what_changes
from pipelines.report.plain import one_line
from pipelines.report.section_note_studies import merge_words, numbers_of
from pipelines.report.sheet_topics import topics_sheet
from pipelines.report.sheets import Value, advice_sheet, documents_sheet, flags_sheet
from pipelines.report.wording import bare_figures, capital, document_line, long_date
from pipelines.strings import keys

#: Column and its width in characters, as in the lists of a scan.
_EVIDENCE = {
    "number": 9, "row": 7, "row_title": 26, "statement_id": 11, "relation": 16, "column": 11, "key_sentence": 50,
    "passage": 80, "kind": 16, "direction": 12, "figures": 30, "study": 30, "stance": 16, "weight": 10,
    "weight_parts": 34, "design": 22, "setting": 16, "publisher": 24, "title": 36, "year": 7, "page": 9, "section": 26,
    "language": 12, "also_in": 36, "accepted_by": 18, "confirmed_by": 18, "decided": 18, "in_period": 12, "quoted": 12,
    "passage_id": 23, "item_id": 23,
}  # fmt: skip
_PROPOSALS = {
    "statement_id": 11, "row": 7, "row_title": 26, "what": 40, "state": 40, "rule": 20, "rule_version": 9,
    "text_before": 50, "text_after": 50, "text_nl": 50, "text_en": 50, "confidence": 34, "evidence_numbers": 26,
    "reasons": 60, "inputs": 40, "decisions": 50, "version": 18, "change_id": 23,
}  # fmt: skip
_STUDIES = {
    "study": 34, "pieces": 22, "n_pieces": 10, "n_documents": 12, "design": 22, "setting": 16, "population": 24,
    "year": 7, "sample_size": 12, "kind": 16, "merges": 60, "study_id": 23,
}  # fmt: skip
_STATEMENTS = {
    "statement_id": 11, "row": 7, "row_title": 26, "column": 11, "statement_text": 60, "source_note": 24,
    "confidence_step": 16, "evidence_level": 14, "agreement": 14, "answer": 30, "n_studies": 10, "n_pieces": 10,
    "weight_for": 10, "weight_against": 10, "weight_nuance": 10, "changed": 40, "review_by": 16,
}  # fmt: skip


def note_sheets(draft: NoteDraft) -> tuple[Sheet, ...]:
    """All lists; each holds everything, whatever the note itself shows."""
    return (
        _sheet(draft, "evidence", _EVIDENCE, [_evidence_row(draft, f) for f in draft.pieces]),
        _sheet(draft, "proposals", _PROPOSALS, _proposal_rows(draft)),
        _sheet(draft, "studies", _STUDIES, _study_rows(draft)),
        _sheet(draft, "statements", _STATEMENTS, _statement_rows(draft)),
        advice_sheet(draft.scan),
        flags_sheet(draft.unjudged, _decisions(draft)),
        documents_sheet(draft.unjudged),
        *topics_sheet(topics_draft(draft)),
    )


def _sheet(draft: NoteDraft, name: str, columns: dict[str, int], rows: list[dict[str, Value]]) -> Sheet:
    return Sheet(
        name=draft.say(f"sheet.{name}"),
        columns=tuple(SheetColumn(title=_title(draft, c), width=width) for c, width in columns.items()),
        rows=tuple(tuple(row.get(column) for column in columns) for row in rows),
    )


def _title(draft: NoteDraft, column: str) -> str:
    """A column that both reports have bears one name."""
    for prefix in ("note.sheet", "note.heading", "report.sheet", "report.label", "report.documents"):
        if f"{prefix}.{column}" in keys():
            return draft.term(f"{prefix}.{column}")
    raise KeyError(column)


def _row_values(draft: NoteDraft, row_id: str | None) -> dict[str, Value]:
    if row_id is None:
        return {}
    return {"row": row_id, "row_title": draft.row_name(row_id).removeprefix(row_id).strip() or None}


def _evidence_row(draft: NoteDraft, found: NotePiece) -> dict[str, Value]:
    piece, study, weighed = found.piece, found.study, found.weighed
    documents = {d.id: d for d in draft.material.scan.documents}
    relation = draft.term(f"relation.{piece.relation}") if piece.relation else ""
    if found.settled and relation:
        relation = draft.say("earlier_text", words=relation)
    also = [document_line(documents[i], draft.language) for i in piece.also_in if i in documents]
    return _row_values(draft, found.row_id) | {
        "number": found.number,
        "statement_id": piece.statement_id,
        "relation": capital(relation) or None,
        "column": draft.term(f"column.{piece.column}") if piece.column else None,
        "key_sentence": piece.key_sentence.text if piece.key_sentence else None,
        "passage": piece.text,
        "kind": draft.term(f"evidence_kind.{piece.kind}"),
        "direction": draft.term(f"direction.{piece.direction}"),
        "figures": bare_figures(piece.figures) or None,
        "study": one_line(study.name) if study else None,
        "stance": capital(draft.named("stance", weighed.stance)) if weighed else None,
        "weight": round(weighed.weight, 3) if weighed else None,
        "weight_parts": _parts(draft, weighed.parts) if weighed else None,
        "design": draft.named("design", study.design) if study else None,
        "setting": draft.named("setting", study.setting) if study else None,
        "publisher": one_line(piece.publisher or "") or None,
        "title": one_line(piece.title),
        "year": piece.year,
        "page": piece.page,
        "section": " › ".join(one_line(s) for s in piece.section) or None,
        "language": draft.term(f"language.{piece.language if piece.language in {'nl', 'en'} else 'other'}"),
        "also_in": "; ".join(also) or None,
        "accepted_by": draft.person(piece.reviewer),
        "confirmed_by": draft.person(piece.confirmed_by) if piece.confirmed_by else None,
        "decided": long_date(piece.decided.date(), draft.language),
        "in_period": _yes_no(draft, found.new),
        "quoted": _yes_no(draft, found.shown),
        "passage_id": piece.passage_id,
        "item_id": piece.item_id,
    }


def _parts(draft: NoteDraft, parts: dict[str, float]) -> str:
    """The factors of a weight: ``opzet 0,80 × soort 1,00 × …``."""
    return " × ".join(f"{draft.named('part', name)} {draft.figure(value, 2)}" for name, value in parts.items())


def _decisions(draft: NoteDraft) -> dict[str, str]:
    """Passage id -> what readers made of it."""
    return {
        passage_id: draft.say("words.rejected" if judgement is None else "words.accepted")
        for passage_id, judgement in draft.material.judgements.items()
    }


def _yes_no(draft: NoteDraft, value: bool) -> str:
    return draft.scan.say("words.is_true" if value else "words.is_false")


def _proposal_rows(draft: NoteDraft) -> list[dict[str, Value]]:
    rows = [_change_row(draft, change) for change in draft.changes]
    return rows + [_rejected_row(draft, p, standing) for p, standing in draft.material.rejected_proposals()]


def _change_row(draft: NoteDraft, change: NoteChange) -> dict[str, Value]:
    before, after = change.before, change.after
    values: dict[str, Value] = {
        "statement_id": change.statement_id,
        "what": capital(what_changes(draft, change)),
        "state": capital(state_words(draft, change)),
        "text_before": before.text(draft.language) if before else None,
        "text_after": after.text(draft.language) if after else None,
        "text_nl": change.wording_after.nl or None,
        "text_en": change.wording_after.en or None,
        "version": change.version.version if change.version else None,
        "change_id": change.change_id,
    }
    if change.proposal is not None:
        values |= _rule_values(draft, change.proposal, change.standing)
    return _row_values(draft, change.row_id) | values


def _rejected_row(draft: NoteDraft, proposal: Proposal, standing: ProposalStanding) -> dict[str, Value]:
    decision = decision_words(draft, standing.rejection) if standing.rejection else ""
    return (
        _row_values(draft, proposal.row_id)
        | _rule_values(draft, proposal, standing)
        | {
            "statement_id": proposal.statement_id,
            "what": draft.rule_title(proposal.rule),
            "state": decision,
            "text_before": proposal.before.text(draft.language) if proposal.before else None,
            "text_after": proposal.suggestion.text(draft.language) or None,
            "text_nl": proposal.suggestion.nl or None,
            "text_en": proposal.suggestion.en or None,
            "change_id": proposal.id,
        }
    )


def _rule_values(draft: NoteDraft, proposal: Proposal, standing: ProposalStanding | None) -> dict[str, Value]:
    decisions = standing.approvals if standing else ()
    return {
        "rule": proposal.rule,
        "rule_version": proposal.rule_version,
        "confidence": capital(draft.confidence(proposal.confidence)) or None,
        "evidence_numbers": evidence_numbers(draft, proposal) or None,
        "reasons": " ".join(reasons_told(draft, proposal, standing)) or None,
        "inputs": "; ".join(f"{name} = {value}" for name, value in proposal.inputs.items()) or None,
        "decisions": " ".join(decision_words(draft, d) for d in decisions) or None,
    }


def _study_rows(draft: NoteDraft) -> list[dict[str, Value]]:
    return [
        {
            "study": one_line(study.name),
            "pieces": ", ".join(numbers_of(draft, study)) or None,
            "n_pieces": len(study.items),
            "n_documents": len(study.documents),
            "design": draft.named("design", study.design),
            "setting": draft.named("setting", study.setting),
            "population": ", ".join(draft.named("population", key) for key in study.population) or None,
            "year": study.year,
            "sample_size": study.sample_size,
            "kind": draft.term(f"evidence_kind.{study.kind}"),
            "merges": "\n".join(merge_words(draft, study)) or None,
            "study_id": study.id,
        }
        for study in sorted(draft.material.appraisal.studies, key=lambda s: (one_line(s.name).casefold(), s.id))
    ]


def _statement_rows(draft: NoteDraft) -> list[dict[str, Value]]:
    changes: dict[str, list[NoteChange]] = {}
    for change in draft.changes:
        changes.setdefault(change.statement_id, []).append(change)
    rows: list[dict[str, Value]] = []
    for row, statement in draft.table.statements():
        confidence = draft.material.appraisal.confidence(statement.id)
        told = [f"{state_words(draft, c)}: {what_changes(draft, c)}" for c in changes.get(statement.id, [])]
        rows.append(
            _row_values(draft, row.id)
            | {
                "statement_id": statement.id,
                "column": draft.term(f"column.{statement.column}"),
                "statement_text": statement.text(draft.language),
                "source_note": statement.source or None,
                "confidence_step": draft.named("level", confidence.level),
                "evidence_level": draft.named("evidence", confidence.evidence),
                "agreement": draft.named("agreement", confidence.agreement),
                "answer": draft.term(f"direction.{confidence.answer}") if confidence.answer else None,
                "n_studies": confidence.n_studies,
                "n_pieces": confidence.n_pieces,
                "weight_for": round(confidence.weight_for, 3),
                "weight_against": round(confidence.weight_against, 3),
                "weight_nuance": round(confidence.weight_nuance, 3),
                "changed": "\n".join(capital(line) for line in told) or None,
                "review_by": long_date(statement.review_by, draft.language) if statement.review_by else None,
            }
        )
    return rows
