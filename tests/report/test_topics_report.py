"""The chapter on topics: its numbers are those of the model, hidden topics stay out, and every form tells the same."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from functools import cache

import numpy as np
import openpyxl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from report.note_samples import note_sample
from report.report_material import ROOT, empty
from report.topic_material import DAYS, standing_scan

import pipelines.report.section_topics as section_topics
import pipelines.report.topic_wording as topic_wording
import pipelines.report.wording as wording
from pipelines.domain.reports import BulletList, Paragraph, Plot, PlotKind, Section, Table, UpdateReport
from pipelines.domain.topics import Topic, TopicEvent, TopicEventKind, TopicModel, TopicsState, TopicTrend
from pipelines.report import ReportMaterial, compose_scan_report, render_excel, render_markdown
from pipelines.report.charts_topics import _DARK, _SHADES
from pipelines.report.map_layout import lay_out_circles, place_names
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.note_material import NoteOptions
from pipelines.report.numbering import walk
from pipelines.report.section_note_advice import literature_section
from pipelines.report.topic_news import TopicNews, topics_in_period
from pipelines.strings import LANGUAGES, Language, keys, text


def with_topics(**changes: object) -> ReportMaterial:
    """The standing scan with fields of its topic model changed."""
    scan = standing_scan()
    assert scan.topics is not None
    return scan.model_copy(update={"topics": scan.topics.model_copy(update=changes)})


@cache
def report(language: Language = "nl") -> UpdateReport:
    """The report of the standing scan."""
    return compose_scan_report(standing_scan(), language)


def chapter(found: UpdateReport, anchor: str = "topics") -> Section:
    """The section with this anchor."""
    return next(s for _, s in walk(found.sections) if s.anchor == anchor)


def told(part: Section) -> str:
    """All that a section and those below it say in paragraphs, lists, tables, captions and alternatives."""

    def parts() -> Iterator[str]:
        for _, section in walk((part,)):
            yield section.title
            for item in section.items:
                if isinstance(item, Paragraph):
                    yield "".join(span.text for span in item.spans)
                elif isinstance(item, BulletList):
                    yield from ("".join(span.text for span in entry) for entry in item.items)
                elif isinstance(item, Table):
                    yield from cells(item)
                elif isinstance(item, Plot):
                    yield f"{item.caption}\n{item.alternative}\n{item.series}\n{item.points}"

    return "\n".join(parts())


def cells(table: Table) -> list[str]:
    """A line for each row of a table."""
    return [" | ".join(" / ".join("".join(s.text for s in n.spans) for n in c.lines) for c in r) for r in table.rows]


def table(part: Section, anchor: str) -> Table:
    """The table with this anchor."""
    return next(i for _, s in walk((part,)) for i in s.items if isinstance(i, Table) and i.anchor == anchor)


def plot(part: Section, anchor: str) -> Plot:
    """The plot with this anchor."""
    return next(i for _, s in walk((part,)) for i in s.items if isinstance(i, Plot) and i.anchor == anchor)


# Counts


def test_the_numbers_of_the_introduction_are_those_of_the_model() -> None:
    model = standing_scan().topics
    assert model is not None
    energy = next(topic for topic in model.topics if topic.id == "topic-energy")
    assigned, brought = sum(t.size for t in model.topics), sum(t.n_new for t in model.topics)
    hidden = next(topic for topic in model.topics if topic.hidden)
    assert assigned == len(model.assignments)
    sentence = told(chapter(report()).model_copy(update={"sections": ()}))
    assert f"Er zijn 16 onderwerpen; {assigned} van de {model.n_passages} passages" in sentence
    shifts = next(topic for topic in model.topics if topic.id == "topic-D2")
    new, none = energy.n_new + shifts.n_new, model.n_new - brought
    assert (
        f"De laatste scan bracht {model.n_new} passages: {brought - new} in bestaande onderwerpen, {new} in "
        f"onderwerpen die nieuw of nu pas te herkennen zijn en {none} bij geen enkel onderwerp."
    ) in sentence
    assert f"1 onderwerp verborgen; het staat hier niet, maar zijn {hidden.size} passages tellen mee" in sentence


def test_the_table_of_all_topics_holds_what_the_model_holds() -> None:
    model = standing_scan().topics
    assert model is not None
    rows = [line.split(" | ") for line in cells(table(chapter(report("en")), "topics-table"))]
    assert [(int(r[0]), r[1], int(r[3]), int(r[4])) for r in rows] == [
        (place, topic.name_en, topic.size, topic.n_new) for place, topic in enumerate(model.shown, start=1)
    ]
    courses = {row[1]: row[5] for row in rows}
    assert courses["workload, autonomy and monitoring by algorithm"] == "growing"
    assert courses["wages and inequality"] == "shrinking"
    assert courses["public values and discrimination"] == "dormant since 1 September 2026"
    assert courses["energy use of AI at work"] == "new"
    assert [row[6] for row in rows if row[1] == "energy use of AI at work"] == ["none"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_hidden_topics_are_named_nowhere(language: Language) -> None:
    found = report(language)
    names = re.compile("marktmacht van aanbieders|market power of providers|verborgen naam|hidden name")
    assert not names.search(told(chapter(found)))
    assert not [cell for sheet in found.sheets for row in sheet.rows for cell in row if names.search(str(cell))]


def test_when_all_topics_are_hidden_that_is_said() -> None:
    model = standing_scan().topics
    assert model is not None
    hidden = tuple(topic.model_copy(update={"hidden": True}) for topic in model.topics)
    found = compose_scan_report(with_topics(topics=hidden), "nl")
    part = chapter(found)
    assert not part.sections
    assert "Lezers hebben 16 onderwerpen verborgen" in told(part) and "geen onderwerp om te laten zien" in told(part)
    assert "Onderwerpen" not in [sheet.name for sheet in found.sheets]


# What is new


def test_what_changed_is_told_by_group_with_days_numbers_and_people() -> None:
    part = chapter(report(), "topics-new")
    entries = ["".join(s.text for s in e) for i in part.items if isinstance(i, BulletList) for e in i.items]
    assert entries == [
        "Groeit: ‘werkdruk, autonomie en toezicht met algoritmen’ (10% van de passages, daarvoor 4%).",
        "Krimpt: ‘lonen en ongelijkheid’ (0% van de passages, daarvoor 5%).",
        "Slapend: ‘publieke waarden en discriminatie’ (sinds 1 september 2026).",
        "Nu als onderwerp te herkennen: ‘verschuiving tussen bedrijven’ (16 passages).",
        "Gesplitst: ‘banen en taken’ is gesplitst; 8 passages gingen naar ‘krapte en mismatch van vaardigheden’ "
        "(door het programma).",
        "Samengevoegd: ‘scholing voor AI-vaardigheden’ nam ‘cursussen’ op, met 4 passages "
        "(op verzoek van Eerste lezer).",
        "Weer actief: ‘leren en verlies van vaardigheid’ (8 passages).",
    ]
    model = standing_scan().topics
    assert model is not None
    growing = next(topic for topic in model.topics if topic.trend is TopicTrend.GROWING)
    before = sum(growing.by_scan.get(day, 0) for day in DAYS[:2]) / sum(model.by_scan[day] for day in DAYS[:2])
    assert round(100 * growing.by_scan[DAYS[2]] / model.by_scan[DAYS[2]]) == 10 and round(100 * before) == 4


def test_a_new_topic_speaks_in_both_languages_with_its_sources() -> None:
    scan = standing_scan()
    new = table(chapter(report("en")), "topics-new-table")
    (row,) = new.rows
    quotes = [line for line in row[2].lines if line.style == "quote"]
    assert [line.spans[0].language for line in quotes] == ["nl", "en"]
    texts = {
        p.passage.language: p.passage.text for p in scan.passages if p.passage.id in {"nl-tr-a01-6", "en-tr-a02-6"}
    }
    for line in quotes:
        shown = line.spans[0].text.replace("[…]", "").strip()
        assert " ".join(shown.split()) in " ".join(texts[line.spans[0].language or ""].split())
        assert len(shown.split()) <= 40
    assert "20 passages from 16 documents" in cells(new)[0] and "No question in the table" in cells(new)[0]


def test_no_new_topics_is_said_and_empty_groups_are_not_told() -> None:
    model = standing_scan().topics
    assert model is not None
    quiet = tuple(
        t.model_copy(update={"trend": TopicTrend.STEADY}) for t in model.topics if t.trend is not TopicTrend.NEW
    )
    part = chapter(compose_scan_report(with_topics(topics=quiet, events=()), "nl"), "topics-new")
    assert told(part).split("\n")[1:] == [
        "Er zijn geen nieuwe onderwerpen.",
        "Geen onderwerp groeit, krimpt of slaapt.",
    ]


def test_with_one_scan_there_is_nothing_to_compare_with() -> None:
    model = standing_scan().topics
    assert model is not None
    topics = tuple(
        t.model_copy(update={"by_scan": {DAYS[0]: t.size}, "n_new": t.size, "trend": TopicTrend.STEADY})
        for t in model.topics
    )
    events = tuple(TopicEvent(kind=TopicEventKind.NEW, day=date(2026, 9, 1), topic=t.id) for t in topics)
    first = with_topics(topics=topics, events=events, n_new=model.n_passages, by_scan={DAYS[0]: model.n_passages})
    found = compose_scan_report(first, "nl")
    assert "geen onderwerpen van eerder om mee te vergelijken" in told(chapter(found, "topics-new"))
    assert "De laatste scan bracht" not in told(chapter(found))
    kinds = {i.kind for _, s in walk((chapter(found),)) for i in s.items if isinstance(i, Plot)}
    assert PlotKind.TOPICS_OVER_TIME not in kinds
    assert "pas te zien als minstens twee scans passages hebben gebracht" in told(chapter(found, "topics-spread"))
    assert {line.split(" | ")[5] for line in cells(table(chapter(found), "topics-table"))} == {"nog niet te zeggen"}


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.booleans()), min_size=1, max_size=6),
    st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)),
)
@settings(max_examples=60, deadline=None)
def test_what_a_scan_brought_always_adds_up(sizes: list[tuple[int, int, int, bool]], loose: tuple[int, ...]) -> None:
    topics = tuple(
        Topic(
            id=f"t{n}", name_nl=f"n{n}", name_en=f"e{n}", size=sum(counts), n_documents=1, n_nl=sum(counts), n_en=0,
            n_new=counts[2], hidden=hidden, by_scan={day: k for day, k in zip(DAYS, counts, strict=True) if k},
        )
        for n, (*counts, hidden) in enumerate(sizes) if sum(counts)
    )  # fmt: skip
    totals = [sum(t.by_scan.get(day, 0) for t in topics) + loose[place] for place, day in enumerate(DAYS)]
    model = TopicModel(
        state=TopicsState.FITTED, n_passages=sum(totals), n_new=totals[2], minimum=1, topics=topics,
        by_scan={day: n for day, n in zip(DAYS, totals, strict=True) if n},
    )  # fmt: skip
    news = TopicNews(empty(), model)
    assert news.n_to_fresh + news.n_to_standing + news.n_new_unassigned == model.n_new
    assert min(news.n_to_fresh, news.n_to_standing, news.n_new_unassigned) >= 0
    if not news.is_first:
        assert {t.id for t in news.fresh} == {t.id for t in topics if t.n_new == t.size and not t.hidden}
    of_all = topics_in_period(model, None, date(2026, 12, 31))
    # Of everything all would be new: what the latest scan brought is told instead.
    assert of_all == model
    of_two = topics_in_period(model, date(2026, 9, 2), date(2026, 11, 20))
    assert of_two == model if not totals[0] + totals[2] else of_two.n_new == totals[1]


# Against the table


def test_candidates_for_a_new_row_come_with_sources_and_the_page_that_decides() -> None:
    part = chapter(report(), "topics-and-table")
    lines = cells(table(part, "topics-candidates"))
    assert [line.split(" / ")[0] for line in lines] == [
        "2. opbouw van onderzoek en vragenlijsten", "6. energieverbruik van AI op de werkvloer",
    ]  # fmt: skip
    size, new, documents = lines[1].split(" | ")[1:4]
    assert (size, new, documents) == ("20", "20", "16")
    assert "en nog 13" in lines[1] and "op de pagina Voorstellen" in told(part)


def test_rows_that_nothing_new_touches_are_named_by_title() -> None:
    scan = standing_scan()
    touched = {
        match.id
        for p in scan.passages if p.labels is not None and scan.is_new(p.document.id)
        for match in p.labels.evidence.rows if match.score >= 0.5
    }  # fmt: skip
    assert "B2" in touched and "bij elke vraag" in told(chapter(report(), "topics-and-table")).casefold()
    kept = tuple(
        p for p in scan.passages
        if not (p.labels and {m.id for m in p.labels.evidence.rows if m.score >= 0.5} & {"B2", "E1"})
    )  # fmt: skip
    found = compose_scan_report(scan.model_copy(update={"passages": kept}), "en")
    assert (
        "For 2 questions of the table the latest scan brought no new passage that clearly "
        "bears on them: B2 AI in R&D and innovation; "
        "E1 Public values." in told(chapter(found, "topics-and-table"))
    )


# Plots


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plot_tells_its_values_in_words(language: Language) -> None:
    plots = [i for _, s in walk((chapter(report(language)),)) for i in s.items if isinstance(i, Plot)]
    assert [p.anchor for p in plots] == [
        "plot-topic-sizes", "plot-topic-map", "plot-topics-over-time", "plot-topic-spread", "plot-topic-years",
    ]  # fmt: skip
    for drawn in plots:
        for values in drawn.series.values():
            assert all(f"{wording.number(v, language)}" in drawn.alternative for v in values.values() if v)
        for name in next(iter(drawn.series.values()), {}):
            assert name in drawn.alternative
        assert all(point.name in drawn.alternative for point in drawn.points)


def test_growth_shows_shares_of_the_topics_that_changed_most() -> None:
    model = standing_scan().topics
    assert model is not None
    grown = plot(chapter(report("en")), "plot-topics-over-time")
    assert len(grown.series) == 8 and next(iter(grown.series)) == "6. energy use of AI at work"
    totals = [model.by_scan[day] for day in DAYS]
    assert [*grown.series["6. energy use of AI at work"].items()] == [
        (f"1 September 2026 ({totals[0]})", 0.0), (f"5 October 2026 ({totals[1]})", 0.0),
        (f"21 November 2026 ({totals[2]})", round(2000 / totals[2], 1)),
    ]  # fmt: skip


def test_many_scans_are_put_together_before_the_last_four() -> None:
    model = standing_scan().topics
    assert model is not None
    days = [f"2026-0{month}-15" for month in range(1, 8)]
    topic = model.topics[0].model_copy(update={"by_scan": {days[0]: 3, days[6]: 1}})
    found = compose_scan_report(with_topics(topics=(topic,), by_scan=dict.fromkeys(days, 10)), "nl")
    values = next(iter(plot(chapter(found), "plot-topics-over-time").series.values()))
    assert [*values] == ["eerder (30)", *(f"15 {month} 2026 (10)" for month in ("april", "mei", "juni", "juli"))]
    assert [*values.values()] == [10.0, 0.0, 0.0, 0.0, 10.0]


def test_spread_counts_themes_kinds_and_years_of_each_topic() -> None:
    model = standing_scan().topics
    assert model is not None
    first = model.shown[0]
    spread, years = (plot(chapter(report("en")), f"plot-topic-{name}") for name in ("spread", "years"))
    label = f"1. {first.name_en}"
    assert spread.groups == (("Theme", 5), ("Kind of evidence", 5))
    assert spread.series["Employment and income"][label] == first.by_theme["employment"]
    assert spread.series["observed"][label] == first.by_kind["empirical"]
    by_year = {year: values[label] for year, values in years.series.items()}
    assert by_year == {year: float(n) for year, n in first.by_year.items()}


def test_numbers_on_shades_have_contrast() -> None:
    def luminance(share: float) -> float:
        parts = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in _SHADES(share)[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    for share in np.linspace(0, 1, 201):
        light = luminance(float(share))
        assert (1.05 / (light + 0.05) if share >= _DARK else (light + 0.05) / 0.05) >= 4.5


def test_new_and_uncovered_topics_are_marked_on_the_map() -> None:
    points = {p.name: p for p in plot(chapter(report("en")), "plot-topic-map").points}
    assert [name for name, p in points.items() if p.new] == ["energy use of AI at work"]
    assert {name for name, p in points.items() if p.marked} == {
        "energy use of AI at work", "design of studies and questionnaires",
    }  # fmt: skip
    assert (
        "energy use of AI at work, 20, new topic, no question in the table"
        in plot(chapter(report("en")), "plot-topic-map").alternative
    )


_CIRCLE = st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(8, 20), st.integers(20, 160))


@given(st.lists(_CIRCLE, min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_circles_and_names_on_a_map_never_meet(given: list[tuple[float, float, float, int]]) -> None:
    width, height = 450.0, 330.0
    points, radii = np.array([g[:2] for g in given]), np.array([g[2] for g in given])
    circles = lay_out_circles(points, radii, width, height)
    for place, a in enumerate(circles):
        assert a.radius <= a.x <= width - a.radius and a.radius <= a.y <= height - a.radius
        assert all(np.hypot(a.x - b.x, a.y - b.y) >= (a.radius + b.radius) * 0.97 for b in circles[:place])
    names = place_names(circles, [[("name", float(g[3]), 9.0)] for g in given], width, height)
    found = [name for name in names if name is not None]
    assert len(found) >= len(given) / 2
    for place, name in enumerate(found):
        assert not any(name.box.meets(other.box) for other in found[:place])
        assert not any(name.box.meets_circle(circle) for circle in circles)


# Forms, the note, strings


def test_the_sheet_holds_every_topic_that_is_shown() -> None:
    model = standing_scan().topics
    assert model is not None
    book = openpyxl.load_workbook(io.BytesIO(render_excel(report("en"))))
    header, *rows = [[cell.value for cell in row] for row in book["Topics"].iter_rows()]
    found = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["Id of the topic"] for row in found] == [topic.id for topic in model.shown]
    assert [row["New in the latest scan"] for row in found] == [topic.n_new for topic in model.shown]
    dormant = next(row for row in found if row["Name in English"] == "public values and discrimination")
    assert (dormant["Last passage (scan)"], dormant["New in the latest scan"]) == ("2026-09-01", 0)
    assert dormant["Trend"] == "dormant since 1 September 2026" and dormant["Questions"] == "E1"
    for language in LANGUAGES:
        explained = (ROOT / "docs/topics_in_reports.md").read_text(encoding="utf-8")
        missing = [
            text(key, language) for key in keys()
            if key.startswith("report_topics.sheet.") and text(key, language) not in explained
        ]  # fmt: skip
        assert not missing


def test_plain_text_holds_the_values_of_the_plots() -> None:
    drawn = plot(chapter(report("en")), "plot-topic-sizes")
    part = report("en").model_copy(update={"sections": (chapter(report("en")),)})
    written = render_markdown(part).decode("utf-8")
    for name in next(iter(drawn.series.values())):
        values = " | ".join(f"{series[name]:.0f}" for series in drawn.series.values())
        assert f"{name.split('. ', 1)[1]} | {values} |" in written


def test_a_note_counts_what_its_period_brought() -> None:
    note = note_sample()
    since = note.model_copy(update={"since": date(2026, 9, 1)})
    for material, sentence in (
        (note, "Deze periode bracht 14 passages: 6 in bestaande onderwerpen, 6 in nieuwe en 2 bij geen enkel"),
        (since, "De laatste scan bracht 14 passages: 6 in bestaande onderwerpen, 6 in nieuwe en 2 bij geen enkel"),
    ):
        assert sentence in told(literature_section(NoteDraft(material, "nl", NoteOptions())))


def test_people_are_shown_by_the_names_they_chose() -> None:
    unnamed = standing_scan().model_copy(update={"people": {}})
    assert "op verzoek van lezer-1" in told(chapter(compose_scan_report(unnamed, "nl")))
    assert "lezer-1" not in told(chapter(report()))


def test_every_string_on_topics_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()

    def noted(key: str, language: Language, **values: object) -> str:
        used.add(key)
        return text(key, language, **values)

    monkeypatch.setattr(topic_wording, "text", noted)
    monkeypatch.setattr(wording, "text", noted)
    monkeypatch.setattr(section_topics, "text", noted)
    model = standing_scan().topics
    assert model is not None
    many = tuple(
        model.topics[0].model_copy(update={"id": f"n{n}", "novel": True, "hidden": False, "trend": TopicTrend.NEW})
        for n in range(40)
    )
    events = (
        TopicEvent(kind=TopicEventKind.GONE, day=date(2026, 11, 21), topic="gone", names_nl=("a",), names_en=("a",)),
        TopicEvent(kind=TopicEventKind.SPLIT, day=date(2026, 11, 21), topic="n1", names_nl=("a",), names_en=("a",)),
        TopicEvent(kind=TopicEventKind.MERGED, day=date(2026, 11, 21), topic="n1", names_nl=("a",), names_en=("a",)),
    )
    undated = (*many, model.topics[0].model_copy(update={"trend": TopicTrend.DORMANT, "last_seen": None}))
    one_day = {DAYS[0]: model.n_passages}
    hidden = tuple(topic.model_copy(update={"hidden": True}) for topic in model.topics)
    even = tuple(t.model_copy(update={"by_scan": {}, "trend": TopicTrend.STEADY}) for t in model.topics if not t.novel)
    days = [f"2026-0{n}-01" for n in range(1, 9)]
    fresh = model.topics[0].model_copy(update={"trend": TopicTrend.NEW, "by_scan": {days[7]: 4}})
    scans = [
        standing_scan(), with_topics(topics=undated, events=events), with_topics(by_scan=one_day), with_topics(n_new=0),
        with_topics(by_scan={}), with_topics(topics=hidden), with_topics(topics=even, events=()),
        with_topics(topics=()), with_topics(topics=(fresh,), by_scan=dict.fromkeys(days, 9)),
        with_topics(state=TopicsState.TOO_FEW), empty(),
    ]  # fmt: skip
    for scan in (*scans, *(s.model_copy(update={"of_period": True}) for s in scans[:4])):
        compose_scan_report(scan, "nl")
    spoken = re.compile(r"\.(one|many|none)$")
    unused = {k for k in keys() if k.startswith("report_topics.") and not spoken.search(k)} - used
    assert not unused


def test_both_languages_fill_the_same_places() -> None:
    tree = yaml.safe_load((ROOT / "pipelines/strings/report_topics.yaml").read_text(encoding="utf-8"))

    def entries(branch: dict) -> Iterator[dict[str, str]]:
        for value in branch.values():
            if set(value) == set(LANGUAGES):
                yield value
            else:
                yield from entries(value)

    for entry in entries(tree):
        nl, en = (set(re.findall(r"{(\w*)}", entry[code])) for code in LANGUAGES)
        assert nl == en
