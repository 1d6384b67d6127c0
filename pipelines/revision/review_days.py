"""The day on which a statement is to be looked at again, and whether that is asked of anybody now."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from datetime import date

from pipelines.domain.appraisal import WeighedStudy
from pipelines.domain.rules import Rules
from pipelines.revision.inputs import Value
from pipelines.revision.rejections import RejectedOn, rejected_before

#: Where the rule does not say: the report to which the table belongs is looked at once a year.
_MONTHS = 12


def again_after(rules: Rules) -> int:
    """Months until a statement is looked at again."""
    return rules.rule("review_date").again_after_months or _MONTHS


def months_later(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last day of that month."""
    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))


def review_question(
    rejected: Mapping[str, RejectedOn],
    statement_id: str,
    due: date,
    studies: Sequence[WeighedStudy],
    today: date,
    months: int,
) -> tuple[str, dict[str, Value]] | None:
    """Subject of a proposal to look at a statement again, and what to add to its inputs.

    Another day to look again is another question. Who rejects it puts it off: it is asked again so many ``months``
    later, and before that only with other evidence.

    Parameters
    ----------
    rejected
        By subject.
    statement_id, due, studies
        The statement, the day that it sets, which has passed, and what was accepted on it.
    today, months
        The day on which the rules are applied, and how long a rejection holds.

    Returns
    -------
    tuple or None
        ``None`` where it was rejected not so long ago.
    """
    known: RejectedOn | None = None
    while (subject := f"review_date:{statement_id}:{due.isoformat()}") in rejected:
        found = rejected[subject]
        known = found if known is None else known.joined(found)
        later = due if found.day is None else months_later(found.day, months)
        if later <= due or today <= later:
            before = rejected_before(known, studies)
            return None if before is None else (subject, before)
        due = later
    return subject, {}
