"""Topics that stand over three scans: passages of the training set, with names that were made up."""

# ruff: noqa: E501 (names and terms of a topic stand on one line)
from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache
from typing import Any

from report.report_material import chance, make_run, sample

from pipelines.domain.runs import LabelledPassage
from pipelines.domain.topics import Topic, TopicEvent, TopicEventKind, TopicModel, TopicsState, TopicTrend
from pipelines.report import ReportMaterial

DAYS = ("2026-09-01", "2026-10-05", "2026-11-21")
#: Row of the table -> names and terms of the topic made of its passages; "" and "-" are of passages without a row.
_NAMES = {
    "A1": ("invoering van AI in bedrijven", "adoption of AI by firms", "invoering, drempel, mkb", "adoption, barrier, small firm"),
    "A2": ("AI per sector", "AI by sector", "sector, zorg, industrie", "sector, care, manufacturing"),
    "B1": ("productiviteit en AI-gereedschap", "productivity and AI tools", "productie, uur, groei", "output, hour, growth"),
    "B3": ("leren en verlies van vaardigheid", "learning and loss of skill", "leren, oefenen", "learning, practice"),
    "B4": ("scholing voor AI-vaardigheden", "training in AI skills", "scholing, vaardigheid", "training, skill"),
    "C1": ("werkdruk, autonomie en toezicht met algoritmen", "workload, autonomy and monitoring by algorithm", "werkdruk, autonomie", "workload, autonomy"),
    "C2": ("medezeggenschap bij invoering", "employee participation in roll-out", "ondernemingsraad, invoering", "works council, roll-out"),
    "D1": ("banen en taken die verdwijnen", "jobs and tasks that disappear", "baan, taak, raming", "job, task, estimate"),
    "D2": ("verschuiving tussen bedrijven", "shifts between firms", "bedrijvigheid", "business activity"),
    "D3": ("marktmacht van aanbieders", "market power of providers", "markt, aanbieder", "market, provider"),
    "D4": ("lonen en ongelijkheid", "wages and inequality", "loon, ongelijkheid", "wage, inequality"),
    "D5": ("krapte en mismatch van vaardigheden", "shortages and skill mismatch", "krapte, mismatch", "shortage, mismatch"),
    "E1": ("publieke waarden en discriminatie", "public values and discrimination", "waarde, discriminatie", "value, discrimination"),
    "E2": ("afspraken in cao’s over algoritmen", "collective agreements on algorithms", "cao, afspraak", "agreement, clause"),
    "": ("energieverbruik van AI op de werkvloer", "energy use of AI at work", "energie, stroom", "energy, electricity"),
    "-": ("opbouw van onderzoek en vragenlijsten", "design of studies and questionnaires", "vragenlijst, steekproef", "survey, sample"),
}  # fmt: skip
_TRENDS = {
    "C1": TopicTrend.GROWING, "D4": TopicTrend.SHRINKING, "E1": TopicTrend.DORMANT, "": TopicTrend.NEW,
}  # fmt: skip


def _place(passage: LabelledPassage) -> str | None:
    assert passage.labels is not None
    rows, draw = passage.labels.evidence.rows, chance("topic", passage.passage.id)
    if rows:
        return rows[0].id if draw < 0.85 and rows[0].id in _NAMES else None
    return "" if draw < 0.12 else "-" if draw < 0.3 else None


def _day(passage: LabelledPassage, kind: str | None) -> str:
    """The scan that brought it; a new topic has passages of the last one only, a dormant one of the first."""
    if kind is not None and _TRENDS.get(kind) in {TopicTrend.NEW, TopicTrend.DORMANT}:
        return DAYS[-1] if _TRENDS[kind] is TopicTrend.NEW else DAYS[0]
    late = {"C1": 0.5, "D4": 0.03}.get(kind or "", 0.2)
    draw = chance("day", passage.passage.id)
    return DAYS[2] if draw < late else DAYS[1] if draw < 0.5 else DAYS[0]


def _topic(place: str, members: list[tuple[LabelledPassage, str]]) -> Topic:
    nl, en, terms_nl, terms_en = _NAMES[place]
    by_scan = Counter(day for _, day in members)
    labels = [p.labels for p, _ in members if p.labels is not None]
    years = Counter(str(p.document.metadata.year or "") for p, _ in members)
    has = {code: [p.passage.id for p, _ in members if p.passage.language == code] for code in ("nl", "en")}
    values: dict[str, Any] = {
        "by_scan": {day: by_scan[day] for day in DAYS if by_scan[day]},
        "by_year": dict(sorted(years.items())),
        "by_theme": dict(Counter(str(t) for known in labels for t in known.tags.given())),
        "by_kind": dict(Counter("" if k.evidence.kind == "none" else str(k.evidence.kind) for k in labels)),
    }
    days = [*values["by_scan"]]
    return Topic(
        id=f"topic-{place or 'energy'}", name_nl=nl, name_en=en, terms_nl=tuple(terms_nl.split(", ")),
        terms_en=tuple(terms_en.split(", ")), size=len(members), n_documents=len({p.document.id for p, _ in members}),
        n_nl=len(has["nl"]), n_en=len(has["en"]), n_new=by_scan[DAYS[-1]],
        representative=(*has["nl"][:2], *has["en"][:2]), rows=(place,) if len(place) == 2 else (),
        novel=len(place) < 2, x=chance("x", place) * 10, y=chance("y", place) * 7,
        trend=_TRENDS.get(place, TopicTrend.STEADY), first_seen=date.fromisoformat(days[0]),
        last_seen=date.fromisoformat(days[-1]), hidden=place == "D3", **values,
    )  # fmt: skip


EVENTS = (
    TopicEvent(kind=TopicEventKind.NEW, day=date(2026, 11, 21), topic="topic-energy", n_passages=9),
    TopicEvent(kind=TopicEventKind.RECOGNISED, day=date(2026, 11, 21), topic="topic-D2", n_passages=16,
               names_nl=("verschuiving tussen bedrijven",), names_en=("shifts between firms",)),
    TopicEvent(
        kind=TopicEventKind.SPLIT, day=date(2026, 11, 21), topic="topic-D1", others=("topic-D5",), n_passages=8,
        names_nl=("banen en taken", "krapte en mismatch van vaardigheden"),
        names_en=("jobs and tasks", "shortages and skill mismatch"),
    ),
    TopicEvent(
        kind=TopicEventKind.MERGED, day=date(2026, 11, 21), topic="topic-B4", others=("gone-1", "topic-D3"),
        names_nl=("scholing voor AI-vaardigheden", "cursussen", "verborgen naam"),
        names_en=("training in AI skills", "courses", "hidden name"), n_passages=4, person="lezer-1",
    ),
    TopicEvent(kind=TopicEventKind.REVIVED, day=date(2026, 11, 21), topic="topic-B3",
               names_nl=("leren en verlies van vaardigheid",), names_en=("learning and loss of skill",)),
    TopicEvent(kind=TopicEventKind.DORMANT, day=date(2026, 11, 21), topic="topic-E1"),
)  # fmt: skip


@cache
def standing_scan() -> ReportMaterial:
    """The third scan of a workspace with sixteen topics, one of them hidden."""
    scan = sample(24)
    members: dict[str, list[tuple[LabelledPassage, str]]] = {}
    by_scan: Counter[str] = Counter()
    by_year: Counter[str] = Counter()
    new: set[str] = set()
    for passage in scan.passages:
        if passage.labels is None:
            continue
        place = _place(passage)
        day = _day(passage, place)
        by_scan[day] += 1
        by_year[str(passage.document.metadata.year or "")] += 1
        if day == DAYS[-1]:
            new.add(passage.document.id)
        if place is not None:
            members.setdefault(place, []).append((passage, day))
    found = sorted((_topic(place, held) for place, held in members.items()), key=lambda t: (-t.size, t.id))
    model = TopicModel(
        state=TopicsState.FITTED, n_passages=by_scan.total(), n_new=by_scan[DAYS[-1]], minimum=50, day=date(2026, 11, 21),
        topics=tuple(found), by_scan={day: by_scan[day] for day in DAYS}, by_year=dict(sorted(by_year.items())),
        events=EVENTS, settings={"bertopic": "0.17.4", "off_subject": 12},
        assignments={p.passage.id: _topic_id(place) for place, held in members.items() for p, _ in held},
    )  # fmt: skip
    return scan.model_copy(
        update={
            "topics": model, "run": make_run(), "new_documents": frozenset(sorted(new)[:14]),
            "people": {"lezer-1": "Eerste lezer"},
        }
    )  # fmt: skip


def _topic_id(place: str) -> str:
    return f"topic-{place or 'energy'}"
