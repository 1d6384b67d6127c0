"""The rules by which changes of the table are proposed, as read from their file."""

from __future__ import annotations

from pydantic import Field

from pipelines.domain.evidence_table import Column
from pipelines.domain.proposals import ChangeKind, Wording
from pipelines.domain.record import Record


class Bound(Record):
    """What an input must reach or may not pass: a number, or the name of a level."""

    at_least: float | str | None = None
    at_most: float | str | None = None


class Rule(Record):
    """One rule: it fires where every input keeps within its bounds."""

    id: str
    version: int = Field(ge=1)
    active: bool = True
    change: ChangeKind
    from_column: Column | None = None
    to_column: Column | None = None
    """``None`` where the statement stays in its column, and for a new statement, whose column the evidence gives."""
    upward: bool = False
    people: int = Field(ge=1, le=9)
    """How many different people have to approve."""
    thresholds: dict[str, Bound] = Field(default_factory=dict)
    """By name of the input."""
    again_after_months: int | None = Field(default=None, ge=1, le=120)
    """Only of the rule for review days: when to look again."""
    title: Wording
    explanation: Wording


class Rules(Record):
    """All rules, in the order of the file."""

    version: str
    rules: tuple[Rule, ...]

    def rule(self, rule_id: str) -> Rule:
        """The rule with this id; ``KeyError`` where there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)
