"""The question put to a language model: guide, rows, nearest statements, and the passage as quoted data.

What the models proposed for the passage is not in it, so that the answer is a reading of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from pipelines.domain.evidence_table import EvidenceTable
from pipelines.domain.ids import content_id
from pipelines.domain.passages import Passage
from pipelines.second_opinion.schema import answer_schema

PROMPT_VERSION = "1"
"""Raised with every change of the guide or of the form of a question."""
N_STATEMENTS = 20
"""Statements shown with a passage, of 77. By vectors alone the right one is among the nearest 20 in 83 of 100 passages,
in Dutch as in English (1,600 passages of models/training, November 2026); 12 hold it in 71, 30 in 90."""
CHARACTERS_PER_TOKEN = 3.0
"""For estimates, on the safe side: the vocabulary of the shipped contextual encoder takes 4.5 characters of a Dutch and
4.4 of an English question in a token (600 questions, November 2026); one with less Dutch takes fewer."""
_GUIDE = Path(__file__).with_name("guide.yaml")


@dataclass(frozen=True)
class Question:
    """What is asked about one passage."""

    passage_id: str
    system: str
    user: str
    row_ids: tuple[str, ...]
    statement_ids: tuple[str, ...]
    """Statements shown, in the order of the table: their order must not give away which lie nearest."""
    table_version: str

    @property
    def n_characters(self) -> int:
        """Length of the question."""
        return len(self.system) + len(self.user)

    @property
    def n_tokens(self) -> int:
        """Estimate of its tokens."""
        return estimate_tokens(self.n_characters)

    def schema(self) -> dict[str, Any]:
        """JSON schema of the answer."""
        return answer_schema(self.row_ids, self.statement_ids)

    def key(self, model: str) -> str:
        """Content hash of the question to ``model``: the same question gives the same key, any other another."""
        return content_id("second-opinion", PROMPT_VERSION, model, self.table_version, self.system, self.user)


def estimate_tokens(n_characters: int) -> int:
    """Tokens in so many characters of Dutch or English, rather too many than too few."""
    return int(n_characters / CHARACTERS_PER_TOKEN) + 1


@cache
def _guide() -> dict[str, str]:
    return yaml.safe_load(_GUIDE.read_text(encoding="utf-8"))


def make_question(
    passage: Passage, title: str | None, table: EvidenceTable, nearest: Sequence[str], most_characters: int
) -> Question | None:
    """The question about a passage, in its own language.

    Parameters
    ----------
    passage, title
        The passage and the title of its document.
    table
        The table, of which all rows are named.
    nearest
        Ids of statements, the nearest first; the first ``N_STATEMENTS`` are shown.
    most_characters
        Longest question; the farthest statements are left out to keep within it.

    Returns
    -------
    Question or None
        ``None`` where the passage does not fit even without statements.
    """
    language = "nl" if passage.language == "nl" else "en"
    rows = "".join(f"  {row.id}: {row.title(language)}\n" for row in table.rows)
    system = _guide()[language] + rows
    shown = list(nearest[:N_STATEMENTS])
    while True:
        question = _question(passage, title, table, frozenset(shown), language, system)
        if question.n_characters <= most_characters:
            return question
        if not shown:
            return None
        shown.pop()


def _question(
    passage: Passage, title: str | None, table: EvidenceTable, shown: frozenset[str], language: str, system: str
) -> Question:
    statements = [s for _, s in table.statements() if s.id in shown]
    # As JSON, so that no text of a document can end its own quotation.
    user = json.dumps(
        {
            "statements": [f"{s.id} ({s.column.value}): {s.text(language)}" for s in statements],
            "title": title or "",
            "heading": " > ".join(passage.section),
            "passage": passage.text,
        },
        ensure_ascii=False,
        indent=1,
    )
    return Question(
        passage_id=passage.id,
        # Halves of characters cannot be sent.
        system=_sendable(system),
        user=_sendable(user),
        row_ids=tuple(row.id for row in table.rows),
        statement_ids=tuple(s.id for s in statements),
        table_version=table.version,
    )


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
