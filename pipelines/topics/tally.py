"""What is counted of the passages of a topic, or of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from pipelines.domain.topics import TopicPassage


class Tally(NamedTuple):
    """Counts of some passages, by the names of the fields of :class:`pipelines.domain.topics.Topic`."""

    size: int
    n_documents: int
    n_nl: int
    n_en: int
    n_new: int
    first_seen: date | None
    last_seen: date | None
    by_scan: dict[str, int]
    by_year: dict[str, int]
    by_theme: dict[str, int]
    by_kind: dict[str, int]

    def fields(self) -> dict[str, Any]:
        """For ``Topic(...)`` and ``model_copy``."""
        return self._asdict()


def tally(passages: Sequence[TopicPassage]) -> Tally:
    """Count passages; those without a day count in no scan."""
    by_scan = _counted(passage.day for passage in passages if passage.day)
    days = [date.fromisoformat(day) for day in by_scan]
    return Tally(
        size=len(passages),
        n_documents=len({passage.document_id for passage in passages}),
        n_nl=sum(passage.language == "nl" for passage in passages),
        n_en=sum(passage.language == "en" for passage in passages),
        n_new=sum(passage.new for passage in passages),
        first_seen=days[0] if days else None,
        last_seen=days[-1] if days else None,
        by_scan=by_scan,
        by_year=_counted("" if passage.year is None else str(passage.year) for passage in passages),
        by_theme=_counted(theme for passage in passages for theme in passage.themes),
        by_kind=_counted(passage.kind for passage in passages),
    )


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
