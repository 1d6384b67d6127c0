"""Labels as plain values: the one form in which exports and ``kennisstand tag`` give them."""

from __future__ import annotations

from typing import Any

from pipelines.domain.evidence import Labels


def label_record(labels: Labels) -> dict[str, Any]:
    """The labels of a passage as other programs read them (documented in docs/commands.md)."""
    tags, evidence = labels.tags, labels.evidence
    return {
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
        "figures": [f.model_dump(include={"value", "unit", "text", "measures"}) for f in evidence.figures],
    }
