"""The form in which a language model must answer: as JSON schema for the endpoint, and as a record that checks it."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, StrictBool, ValidationError

from pipelines.domain.evidence import Direction, EvidenceKind, Level, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.second_opinions import Fault
from pipelines.domain.themes import Theme
from pipelines.second_opinion.faults import EndpointError

SCHEMA_NAME = "second_opinion"
MAX_ROWS = 2
MAX_REASON = 300
"""Characters of the reason that are kept: about two lines of a report."""
_STEERING = {"Cc": " ", "Zl": " ", "Zp": " ", "Cf": "", "Cs": "", "Co": "", "Cn": ""}
"""What becomes of characters that are no text, by their Unicode category."""
_FENCE = re.compile(r"^```[a-zA-Z]*\s*\n(.*)\n\s*```$", re.DOTALL)
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)


class Answer(BaseModel):
    """The answer to one passage, as the language model gives it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str
    themes: tuple[Theme, ...]
    rows: tuple[str, ...]
    flag: StrictBool
    relation: Relation | None
    column: Column | None
    statement: str | None
    evidence: EvidenceKind
    direction: Direction
    recommendation: StrictBool
    level: Level | None


def answer_schema(row_ids: Sequence[str], statement_ids: Sequence[str]) -> dict[str, Any]:
    """JSON schema of an answer about a table with these rows, with these statements shown.

    Only what every server with structured output knows: all fields required, no other fields, no lengths. The reason
    comes first, so that a model that writes in order has reasoned before it decides.
    """
    properties: dict[str, Any] = {
        "reason": {"type": "string"},
        "themes": {"type": "array", "items": _one_of(Theme)},
        "rows": {"type": "array", "items": {"type": "string", "enum": list(row_ids)}},
        "flag": {"type": "boolean"},
        "relation": _or_null([r.value for r in Relation]),
        "column": _or_null([c.value for c in Column]),
        "statement": _or_null(list(statement_ids)),
        "evidence": _one_of(EvidenceKind),
        "direction": _one_of(Direction),
        "recommendation": {"type": "boolean"},
        "level": _or_null([level.value for level in Level]),
    }
    if not row_ids:
        properties["rows"]["items"] = {"type": "string"}  # an empty enum is no valid schema
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(kind: type[StrEnum]) -> dict[str, Any]:
    return {"type": "string", "enum": [member.value for member in kind]}


def _or_null(values: Sequence[str]) -> dict[str, Any]:
    return {"anyOf": [{"type": "string", "enum": list(values)}, {"type": "null"}]} if values else {"type": "null"}


def read_answer(content: str, row_ids: Sequence[str], statement_ids: Sequence[str]) -> Answer:
    """Check what a language model wrote, and bring it in line with the guide of the labels.

    Relation, column and statement hold for a flagged passage only, the level for a recommendation only, and a passage
    without a theme has no evidence and no direction: what an answer says beyond that is dropped, as it is from the
    models' own labels.

    Raises
    ------
    EndpointError
        ``schema``: it has another form than was asked for; ``unknown_name``: it names a row or statement that was not
        offered.
    """
    try:
        value = json.loads(_bare(content))
        answer = Answer.model_validate(value)
    except (ValueError, RecursionError, ValidationError) as error:
        raise EndpointError(Fault.SCHEMA) from error
    rows = tuple(dict.fromkeys(answer.rows))
    if not set(rows) <= set(row_ids) or (answer.statement is not None and answer.statement not in statement_ids):
        raise EndpointError(Fault.UNKNOWN_NAME)
    themes = tuple(dict.fromkeys(answer.themes))
    flagged = answer.flag
    return answer.model_copy(
        update={
            "reason": one_line(answer.reason),
            "themes": themes,
            "rows": rows[:MAX_ROWS],
            "relation": answer.relation if flagged else None,
            "column": answer.column if flagged else None,
            "statement": answer.statement if flagged and answer.relation is not Relation.NEW else None,
            "evidence": answer.evidence if themes else EvidenceKind.NONE,
            "direction": answer.direction if themes else Direction.NONE,
            "level": answer.level if answer.recommendation else None,
        }
    )


def _bare(content: str) -> str:
    """The JSON without the thoughts before it and the fence around it that some models write all the same."""
    bare = _THOUGHT.sub("", content, count=1).strip()
    fenced = _FENCE.match(bare)
    return fenced.group(1) if fenced else bare


def one_line(text: str) -> str:
    """A text from outside as one line of at most ``MAX_REASON`` characters, without any that steer what shows it."""
    clean = "".join(_STEERING.get(unicodedata.category(c), c) for c in text)
    short = " ".join(clean.split())
    return short if len(short) <= MAX_REASON else short[: MAX_REASON - 1].rstrip() + "…"
