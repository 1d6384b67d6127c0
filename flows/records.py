"""Labels as plain values: the one form in which exports and ``kennisstand tag`` give them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.domain.evidence import Figure, Labels
from pipelines.domain.instruments import Tag
from pipelines.domain.second_opinions import SecondOpinion


def label_record(labels: Labels, opinion: SecondOpinion | None = None) -> dict[str, Any]:
    """The labels of a passage as other programs read them (documented in docs/commands.md).

    A second opinion stands beside the labels under its own name, and only where there is one.
    """
    tags, evidence = labels.tags, labels.evidence
    record: dict[str, Any] = {
        "themes": {theme.value: round(p, 4) for theme, p in tags.probabilities.items()},
        "rows": [{"id": m.id, "score": round(m.score, 4)} for m in evidence.rows],
        "statements": [{"id": m.id, "score": round(m.score, 4)} for m in evidence.statements],
        "flag": round(evidence.flag, 4),
        "relation": evidence.relation,
        "column": evidence.column,
        "evidence": evidence.kind,
        "direction": evidence.direction,
        "recommendation": round(evidence.recommendation, 4),
        "level": evidence.level,
        "terms": list(dict.fromkeys(t.text for t in (*tags.terms, *evidence.terms))),
        "key_sentence": evidence.key_sentence.text if evidence.key_sentence else None,
        "instruments": None if labels.instruments is None else [_tag(tag) for tag in labels.instruments.tags],
        "figures": [_figure(figure, evidence.figures) for figure in evidence.figures],
    }
    return record if opinion is None else {**record, "second_opinion": opinion_record(opinion, labels)}


def _figure(figure: Figure, figures: Sequence[Figure]) -> dict[str, Any]:
    """A figure; what the passage does not say of it is left out, and it is compared with another as printed."""
    told = figure.model_dump(mode="json", include={"value", "unit", "text", "measures", "role"})
    context = {name: getattr(figure, name) for name in ("population", "place", "period", "source")}
    against = next((other.text for other in figures if other.start == figure.compared_with), None)
    return told | {name: value for name, value in {**context, "compared_with": against}.items() if value}


def _tag(tag: Tag) -> dict[str, Any]:
    return {"label": tag.label, "probability": tag.probability, "terms": [term.text for term in tag.terms]}


def opinion_record(opinion: SecondOpinion, labels: Labels) -> dict[str, Any]:
    """How a language model read the passage, and on what it differs from the labels."""
    given = opinion.model_dump(mode="json", exclude={"schema_version", "passage_id", "kind"})
    return {**given, "evidence": opinion.kind, "differs": [aspect.value for aspect in opinion.differs(labels)]}
