"""The list of topics in the Excel file."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.domain.evidence import EvidenceKind
from pipelines.domain.reports import Sheet, SheetColumn
from pipelines.domain.themes import Theme
from pipelines.domain.topics import Topic
from pipelines.report.drafting import Draft
from pipelines.report.plain import one_line
from pipelines.report.sheets import Value
from pipelines.report.topic_wording import TopicDraft

#: Column and its width in characters. The themes follow after ``publishers``, a column each.
_COLUMNS = {
    "number": 9, "name_nl": 32, "name_en": 32, "terms_nl": 40, "terms_en": 40, "passages": 10, "n_new": 10,
    "n_documents": 12, "n_nl": 12, "n_en": 12, "trend": 22, "first_seen": 14, "last_seen": 14, "share_now": 12,
    "share_before": 12, "rows": 12, "row_titles": 40, "candidate": 13, "publishers": 44, "kinds": 34, "years": 34,
    "named_by": 18, "representative": 50, "topic_id": 20,
}  # fmt: skip
_SHARES = {"share_now", "share_before"}


def topics_sheet(draft: Draft) -> tuple[Sheet, ...]:
    """Every topic that nobody hid, with the number it has in the report; no sheet where there are none."""
    model = draft.material.topics
    if model is None or not model.shown:
        return ()
    told = TopicDraft(draft, model)
    columns = [
        SheetColumn(title=_title(told, name), width=width, share=name in _SHARES) for name, width in _COLUMNS.items()
    ]
    themes = [SheetColumn(title=draft.theme(theme), width=14) for theme in Theme]
    place = [*_COLUMNS].index("kinds")
    rows = []
    for topic in told.news.shown:
        values = _values(told, topic)
        row: list[Value] = [values[name] for name in _COLUMNS]
        row[place:place] = [topic.by_theme.get(theme, 0) for theme in Theme]
        rows.append(tuple(row))
    columns[place:place] = themes
    return (Sheet(name=told.say("sheet.name"), columns=tuple(columns), rows=tuple(rows)),)


def _title(draft: TopicDraft, name: str) -> str:
    return draft.of_scan("sheet.n_new") if name == "n_new" else draft.say(f"sheet.{name}")


def _values(draft: TopicDraft, topic: Topic) -> dict[str, Value]:
    shares = draft.news.shares(topic)
    kinds = {str(kind): draft.scan.term(f"evidence_kind.{kind}") for kind in EvidenceKind}
    kinds[""] = draft.scan.term("evidence_kind.none")
    titles = {row.id: draft.scan.row_name(row.id) for row in draft.scan.material.table.rows}
    return {
        "number": draft.news.numbers[topic.id],
        "name_nl": one_line(topic.name_nl) or None,
        "name_en": one_line(topic.name_en) or None,
        "terms_nl": ", ".join(one_line(term) for term in topic.terms_nl) or None,
        "terms_en": ", ".join(one_line(term) for term in topic.terms_en) or None,
        "passages": topic.size,
        "n_new": topic.n_new,
        "n_documents": topic.n_documents,
        "n_nl": topic.n_nl,
        "n_en": topic.n_en,
        "trend": draft.trend(topic),
        "first_seen": topic.first_seen.isoformat() if topic.first_seen else None,
        "last_seen": topic.last_seen.isoformat() if topic.last_seen else None,
        "share_now": round(shares[0], 4) if shares else None,
        "share_before": round(shares[1], 4) if shares else None,
        "rows": ", ".join(topic.rows) or None,
        "row_titles": "; ".join(titles.get(row, row) for row in topic.rows) or None,
        "candidate": draft.scan.say("words.is_true" if topic.novel else "words.is_false"),
        "publishers": "; ".join(draft.news.publishers(topic)) or None,
        "kinds": _counted(topic.by_kind, kinds),
        "years": _counted(topic.by_year, {"": draft.scan.say("words.unknown")}),
        "named_by": draft.person(topic.named_by) if topic.named_by else None,
        "representative": ", ".join(topic.representative) or None,
        "topic_id": topic.id,
    }


def _counted(counts: Mapping[str, int], names: Mapping[str, str]) -> str | None:
    """``2024: 3, 2025: 9``."""
    return ", ".join(f"{names.get(value, value)}: {n}" for value, n in sorted(counts.items()) if n) or None
