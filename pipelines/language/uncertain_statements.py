"""Which fundamental uncertainties the uncertain statements of the table bear on, by their own words.

A model that reads passages is of no use here: a statement is one short sentence that somebody worded with care, and
whoever words it anew has to see at once why it bears on an uncertainty. So these are word lists and no model.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement
from pipelines.domain.instruments import Uncertainty

_CUES = Path(__file__).with_name("uncertain_statements.yaml")


@cache
def _cues() -> dict[Uncertainty, dict[str, re.Pattern[str]]]:
    listed = yaml.safe_load(_CUES.read_text(encoding="utf-8"))
    return {
        uncertainty: {
            language: re.compile(rf"\b(?:{'|'.join(listed[uncertainty.value][language])})\b", re.IGNORECASE)
            for language in ("nl", "en")
        }
        for uncertainty in Uncertainty
    }


def uncertainties_of(statement: Statement) -> tuple[Uncertainty, ...]:
    """Uncertainties that a statement names in either language; none for what the table does not call uncertain."""
    if statement.column is not Column.UNCERTAIN:
        return ()
    return tuple(
        uncertainty
        for uncertainty, cues in _cues().items()
        if any(cue.search(statement.text_in(language)) for language, cue in cues.items())
    )


def statements_on(table: EvidenceTable, uncertainty: Uncertainty) -> tuple[Statement, ...]:
    """Uncertain statements of the table that bear on ``uncertainty``, in the order of the table."""
    return tuple(one for _, one in table.statements() if uncertainty in uncertainties_of(one))
