"""What a language model makes of a doubtful passage; kept beside the labels, never in their place."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from pipelines.domain.evidence import Direction, EvidenceKind, Labels, Level, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.record import SCHEMA_VERSION, Record
from pipelines.domain.themes import Theme


class Fault(StrEnum):
    """Why there is no second opinion of a passage that was asked about."""

    UNREACHABLE = "unreachable"
    """No connection, or it was lost."""
    TIMEOUT = "timeout"
    BUSY = "busy"
    """Too many requests (429), also after waiting as long as was asked."""
    SERVER = "server"
    """The server says that it failed (5xx)."""
    NOT_ALLOWED = "not_allowed"
    """The key is missing or wrong (401, 403)."""
    NOT_FOUND = "not_found"
    """There is no such address or model (404)."""
    REJECTED = "rejected"
    """The server does not take the request as it is (any other 4xx)."""
    REDIRECT = "redirect"
    """The server points to another address; it is never followed."""
    TOO_LARGE = "too_large"
    """The answer did not end within the bound of bytes."""
    NOT_JSON = "not_json"
    """The answer is something else than the JSON of a chat completion, for instance a web page."""
    CUT_OFF = "cut_off"
    """The answer stops before its end."""
    SCHEMA = "schema"
    """The answer has another form than was asked for."""
    UNKNOWN_NAME = "unknown_name"
    """The answer names a row or statement that was not offered."""


class Aspect(StrEnum):
    """A label on which two readings can differ."""

    FLAG = "flag"
    ROW = "row"
    THEMES = "themes"
    RELATION = "relation"
    COLUMN = "column"
    KIND = "kind"
    DIRECTION = "direction"
    RECOMMENDATION = "recommendation"


class SecondOpinion(Record):
    """One passage as a language model read it, without knowing the labels."""

    schema_version: int = SCHEMA_VERSION
    passage_id: str
    model: str
    """Name of the language model, as set."""
    outside: bool
    """Whether the passage left this computer for it."""
    prompt_version: str
    table_version: str
    answered: datetime
    """In UTC, without time zone; an answer kept from before keeps its moment."""
    themes: tuple[Theme, ...] = ()
    rows: tuple[str, ...] = Field(default=(), max_length=2)
    """Best first."""
    flag: bool
    relation: Relation | None = None
    """Only where flagged, as are ``column`` and ``statement``."""
    column: Column | None = None
    statement: str | None = None
    kind: EvidenceKind = EvidenceKind.NONE
    direction: Direction = Direction.NONE
    recommendation: bool = False
    level: Level | None = None
    """Only for a recommendation."""
    reason: str = ""
    """In the words of the language model, one line."""

    def differs(self, labels: Labels) -> tuple[Aspect, ...]:
        """On what this reading differs from ``labels``; empty where the two agree.

        Where one of the two does not flag the passage, only flag, themes and recommendation are compared: the other
        labels say what a flagged passage holds. The row differs where the first row of the labels is not named.
        """
        evidence = labels.evidence
        found = [
            (Aspect.FLAG, self.flag != evidence.flagged),
            (Aspect.THEMES, set(self.themes) != set(labels.tags.given())),
            (Aspect.RECOMMENDATION, self.recommendation != evidence.recommends),
        ]
        if self.flag and evidence.flagged:
            first = evidence.rows[0].id if evidence.rows else None
            found += [
                (Aspect.ROW, first not in self.rows if first else bool(self.rows)),
                (Aspect.RELATION, self.relation != evidence.relation),
                (Aspect.COLUMN, self.column != evidence.column),
                (Aspect.KIND, self.kind != evidence.kind),
                (Aspect.DIRECTION, self.direction != evidence.direction),
            ]
        different = {aspect for aspect, differs in found if differs}
        return tuple(aspect for aspect in Aspect if aspect in different)


class SecondOpinionAccount(Record):
    """What was asked in one run, and what came of it."""

    schema_version: int = SCHEMA_VERSION
    model: str
    prompt_version: str
    address: str
    """Where to: scheme, host and path; never a key."""
    outside: bool
    """Whether that is another computer."""
    n_doubtful: int = Field(default=0, ge=0)
    """Doubtful passages that had no second opinion by this model yet."""
    n_kept: int = Field(default=0, ge=0)
    """Of those, the ones whose answer was kept from before, so that nothing was sent."""
    n_asked: int = Field(default=0, ge=0)
    """Of those, the ones put to the address, with an answer or without."""
    n_answered: int = Field(default=0, ge=0)
    """Of those asked, the ones with a usable answer."""
    n_too_long: int = Field(default=0, ge=0)
    """Longer than a request may be, and so not sent."""
    faults: dict[Fault, int] = Field(default_factory=dict[Fault, int])
    stopped: str | None = None
    """Why passages were left unasked: ``passages``, ``seconds`` or ``tokens`` (a bound was reached), or the fault after
    which it made no sense to go on; ``None`` where all were asked."""
    tokens: int = Field(default=0, ge=0)
    """As reported by the server, else estimated."""
    seconds: float = Field(default=0.0, ge=0)

    @property
    def n_left(self) -> int:
        """Doubtful passages that a later run asks about."""
        return max(self.n_doubtful - self.n_kept - self.n_asked - self.n_too_long, 0)
