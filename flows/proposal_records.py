"""Proposals, studies and confidence as other programs read them (documented in docs/commands.md)."""

from __future__ import annotations

from typing import Any

from pipelines.domain.appraisal import Appraisal, Confidence, WeighedStudy
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.proposals import Proposal, ProposalStanding
from pipelines.domain.rules import Rules


def proposal_record(proposal: Proposal, standing: ProposalStanding, rules: Rules) -> dict[str, Any]:
    """A proposal with where it stands. Its text is that approved last, else the suggestion."""
    from pipelines.revision.describe import reasons

    wording, confidence = standing.wording or proposal.suggestion, proposal.confidence
    why = reasons(proposal, rules)
    rejection = standing.rejection
    return {
        "id": proposal.id,
        "rule": proposal.rule,
        "statement": proposal.statement_id,
        "row": proposal.row_id,
        "from": None if proposal.from_column is None else proposal.from_column.value,
        "to": None if proposal.to_column is None else proposal.to_column.value,
        "text_nl": wording.nl,
        "text_en": wording.en,
        "evidence": confidence.evidence.value,
        "agreement": confidence.agreement.value,
        "confidence": confidence.level.value,
        "passages": list(proposal.items),
        "change": proposal.change.value,
        "upward": proposal.upward,
        "suggestion": standing.wording is None,
        "row_nl": proposal.row_title.nl,
        "row_en": proposal.row_title.en,
        "chapter": None if proposal.chapter is None else proposal.chapter.value,
        "review_by": None if proposal.review_by is None else proposal.review_by.isoformat(),
        "state": standing.state.value,
        "decisions": standing.turn,
        "people": [decision.person for decision in standing.approvals],
        "people_needed": proposal.people_needed,
        "rejected_by": None if rejection is None else rejection.person,
        "rejected_why": None if rejection is None else rejection.why,
        "applied_in": standing.applied_in,
        "rule_version": proposal.rule_version,
        "why_nl": [sentence.nl for sentence in why],
        "why_en": [sentence.en for sentence in why],
        "inputs": dict(proposal.inputs),
        "studies": [study_record(study) for study in proposal.studies],
        "table": proposal.table_version,
        "made": proposal.made.isoformat(),
    }


def study_record(weighed: WeighedStudy) -> dict[str, Any]:
    """A study with its stance, its weight, and why its passages were put together."""
    study = weighed.study
    return {
        "id": study.id,
        "name": study.name,
        "stance": weighed.stance.value,
        "weight": round(weighed.weight, 4),
        "parts": {name: round(part, 4) for name, part in weighed.parts.items()},
        "design": study.design.value,
        "kind": study.kind.value,
        "setting": study.setting.value,
        "population": list(study.population),
        "year": study.year,
        "sample_size": study.sample_size,
        "confirmed": weighed.confirmed,
        "passages": list(weighed.items),
        "documents": list(study.documents),
        "merges": [merge.model_dump(mode="json") for merge in study.merges],
    }


def confidence_record(confidence: Confidence) -> dict[str, Any]:
    """Confidence with what it is made of."""
    return {
        "evidence": confidence.evidence.value,
        "agreement": confidence.agreement.value,
        "confidence": confidence.level.value,
        "weight_for": round(confidence.weight_for, 4),
        "weight_against": round(confidence.weight_against, 4),
        "weight_nuance": round(confidence.weight_nuance, 4),
        "n_studies": confidence.n_studies,
        "n_passages": confidence.n_pieces,
        "answer": None if confidence.answer is None else confidence.answer.value,
    }


def confidence_records(table: EvidenceTable, appraisal: Appraisal) -> dict[str, Any]:
    """Confidence in every statement of the table, and in what is new beside them."""
    statements = []
    for row, statement in table.statements():
        found = appraisal.statements.get(statement.id)
        statements.append(
            {
                "id": statement.id,
                "row": row.id,
                "column": statement.column.value,
                **confidence_record(appraisal.confidence(statement.id)),
                "studies": [] if found is None else [study_record(study) for study in found.studies],
            }
        )
    new = [
        {
            "row": point.row_id,
            **confidence_record(point.confidence),
            "studies": [study_record(s) for s in point.studies],
        }
        for point in appraisal.new_points
    ]
    return {"table": table.version, "method": appraisal.method_version, "statements": statements, "new_points": new}
