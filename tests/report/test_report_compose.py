"""The tree of the report: what it says is true of the material, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from report_material import (
    ROOT,
    empty,
    make_document,
    make_labels,
    make_passage,
    make_run,
    sample,
    sample_with_opinions,
    table,
)

import pipelines.report.drafting as drafting
import pipelines.report.wording as wording
from pipelines.domain.documents import DocumentState, Reason
from pipelines.domain.evidence import Level, Match, Relation
from pipelines.domain.evidence_table import Column
from pipelines.domain.passages import DuplicateGroup
from pipelines.domain.reports import Paragraph, Quotation, Section, Table, UpdateReport
from pipelines.domain.themes import Term, Theme
from pipelines.domain.topics import TopicModel, TopicsState
from pipelines.report import ReportMaterial, ReportOptions, compose_scan_report
from pipelines.report.findings import advice_span, select_findings
from pipelines.report.numbering import walk
from pipelines.report.section_rows import excerpt
from pipelines.strings import LANGUAGES, Language, keys, text

FINDING = "In 2024 verdween 14% van de banen bij de onderzochte bedrijven. Dat is meer dan verwacht."


def material(*passages, documents=None, **changes) -> ReportMaterial:
    """A scan of these passages."""
    found = list(dict.fromkeys(p.document for p in passages))
    return empty().model_copy(
        update={"passages": tuple(passages), "documents": tuple(found if documents is None else documents), **changes}
    )


def strings_of(value: object) -> Iterator[str]:
    """Every string in a tree of records."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from strings_of(getattr(value, name))
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from strings_of(key)
            yield from strings_of(below)
    elif isinstance(value, tuple | list):
        for below in value:
            yield from strings_of(below)


def section(report: UpdateReport, anchor: str) -> Section:
    """The section with this anchor."""
    return next(s for _, s in walk(report.sections) if s.anchor == anchor)


def words(part: Section) -> str:
    """All that the paragraphs of a section (not those below it) say."""
    return " ".join(s.text for item in part.items if isinstance(item, Paragraph) for s in item.spans)


def cells(part: Section) -> list[list[str]]:
    """Text of the cells of the first table of a section."""
    found = next(item for item in part.items if isinstance(item, Table))
    return [[" | ".join("".join(s.text for s in line.spans) for line in c.lines) for c in row] for row in found.rows]


@pytest.mark.parametrize("language", LANGUAGES)
def test_has_all_chapters_with_something_in_each(language: Language) -> None:
    report = compose_scan_report(sample(), language)
    anchors = [chapter.anchor for chapter in report.sections]
    assert anchors == [
        "questions", "summary", "new", "table", "advice", "instruments", "figures", "topics", "evidence", "documents",
        "made",
    ]  # fmt: skip
    assert all(chapter.items or chapter.sections for chapter in report.sections)
    assert len({s.anchor for _, s in walk(report.sections)}) == sum(1 for _ in walk(report.sections))


def test_every_string_of_the_catalogue_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()

    def noted(key: str, language: Language, **values: object) -> str:
        used.add(key)
        return text(key, language, **values)

    monkeypatch.setattr(drafting, "text", noted)
    monkeypatch.setattr(wording, "text", noted)
    full = sample()
    opinions = (sample_with_opinions(), sample_with_opinions(outside=True))
    for scan in (full, empty(), full.model_copy(update={"new_documents": frozenset()}), *opinions):
        compose_scan_report(scan, "nl")
    wanted = {k for k in keys() if k.startswith("report.")}
    # Singular, plural and rare outcomes do not all occur in three scans, nor what only the renderers say.
    spoken = re.compile(r"\.(one|many|none)$|^report\.(month|words|made\.version|count|rows\.single)\.")
    page = {"skip", "contents", "page_of", "table_label", "figure_label", "plot_data", "keywords"}
    page |= {"label.statement", "label.why", "label.also_in", "label.second_opinion"}
    page |= {"sheet.decision", "sheet.undecided"}  # said in the update note
    rare = {
        "summary.all_of", "summary.relations_single", "summary.in_language.other",
        "summary.no_contradiction", "rows.no_row", "rows.no_row_intro", "why.term", "why.none", "made.topic_setting",
        "table.empty", "evidence.intro_all", "evidence.until", "documents.nothing_set_aside", "documents.nothing_read",
            "documents.how_read",
    }  # fmt: skip
    unused = {k for k in wanted - used if not spoken.search(k)} - {f"report.{k}" for k in page | rare}
    assert not unused


def test_both_languages_fill_the_same_places() -> None:
    def entries(tree: dict, prefix: str) -> Iterator[tuple[str, dict[str, str]]]:
        for name, value in tree.items():
            if set(value) == set(LANGUAGES):
                yield f"{prefix}.{name}", value
            else:
                yield from entries(value, f"{prefix}.{name}")

    tree = yaml.safe_load((ROOT / "pipelines/strings/report.yaml").read_text(encoding="utf-8"))["report"]
    found = dict(entries(tree, "report"))
    assert set(found) == {k for k in keys() if k.startswith("report.")}
    places = {key: [set(re.findall(r"{(\w*)}", entry[code])) for code in LANGUAGES] for key, entry in found.items()}
    assert not [key for key, (nl, en) in places.items() if nl != en]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_place_is_left_open(language: Language) -> None:
    for scan in (sample(), empty()):
        assert not [s for s in strings_of(compose_scan_report(scan, language)) if re.search(r"{\w*}|report\.\w+\.", s)]


def test_summary_counts_are_those_of_the_material() -> None:
    scan = sample()
    report = compose_scan_report(scan, "nl")
    judged = [p for p in scan.passages if p.labels is not None]
    flagged = [p for p in judged if p.labels and p.labels.evidence.flagged]
    unique = len(flagged) - 1  # one reprint
    told = words(section(report, "summary"))
    assert "zijn 16 nieuwe documenten gelezen" in told
    assert "2 documenten zijn terzijde gelegd; hoofdstuk 10" in told
    assert f"Van {len(judged)} passages zijn er {unique} gesignaleerd" in told
    assert "1 gesignaleerde passage herhaalt een andere" in told
    total = cells(section(report, "summary"))[-1]
    assert total[0] == "Totaal"
    assert total[1:3] == [str(len(judged)), str(unique)]
    relations = [sum(p.labels.evidence.relation is r for p in flagged if p.labels) for r in Relation]
    assert sum(int(n) for n in total[3:7]) == sum(relations) - 1
    assert report.sections[9].anchor == "documents"


def test_theme_rows_add_up_to_the_total() -> None:
    rows = cells(section(compose_scan_report(sample(), "en"), "summary"))
    for column in range(2, 7):
        assert sum(int(row[column]) for row in rows[:-1]) == int(rows[-1][column])


def test_a_passage_is_quoted_with_all_that_is_proposed() -> None:
    document = make_document("rapport")
    terms = (
        Term(text="verdween", start=8, end=16, label="flag", weight=0.4),
        Term(text="banen", start=28, end=33, label="D1", weight=0.9),
        Term(text="meer", start=70, end=74, label="recommendation", weight=2.0),
    )
    key = {"text": FINDING[:63], "start": 0, "end": 63}
    passage = make_passage(FINDING, document, 9, labels={"terms": terms, "key_sentence": key, "flag": 0.874})
    found = section(compose_scan_report(material(passage), "nl"), "new-D1").items
    quotation = next(item for item in found if isinstance(item, Quotation))
    assert quotation.number == "D1-1"
    assert quotation.source == "Instituut, Titel van rapport (2025), blz.\u00a012"
    assert quotation.text == FINDING
    assert FINDING[quotation.key_start : quotation.key_end] == key["text"]
    assert dict(quotation.labels) == {
        "Verhouding": "Ondersteunt", "Kolom": "Bekend", "Soort bewijs": "waargenomen", "Richting": "ongunstig",
        "Kans": "87%",
    }  # fmt: skip
    assert quotation.statement.startswith("D1.k1: AI doet banen verdwijnen")
    assert quotation.why == "De woorden ‘banen’ en ‘verdween’ wogen het zwaarst."
    assert "1 passage; zij ondersteunt een bewering." in words(
        section(compose_scan_report(material(passage), "nl"), "new-D1")
    )


def test_most_probable_first_and_an_honest_cap() -> None:
    passages = [
        make_passage(f"{FINDING} Nummer {n}.", make_document(f"d{n}"), labels={"flag": 0.5 + n / 50}) for n in range(5)
    ]
    report = compose_scan_report(material(*passages), "nl", ReportOptions(quotations_per_row=3))
    part = section(report, "new-D1")
    assert [item.passage_id for item in part.items if isinstance(item, Quotation)] == ["d4-0", "d3-0", "d2-0"]
    assert words(part).endswith("En nog 2 passages in de Excel-lijst.")
    numbers = [row[0] for row in report.sheets[0].rows]
    assert numbers == ["D1-1", "D1-2", "D1-3", "D1-4", "D1-5"]


def test_near_duplicates_are_one_source_and_named() -> None:
    first = make_passage(FINDING, make_document("een"), labels={"flag": 0.9})
    second = make_passage(FINDING, make_document("twee"), labels={"flag": 0.7})
    groups = (DuplicateGroup(id="g", passage_ids=("een-0", "twee-0")),)
    report = compose_scan_report(material(second, first, groups=groups), "nl")
    quotations = [item for item in section(report, "new-D1").items if isinstance(item, Quotation)]
    assert [q.passage_id for q in quotations] == ["een-0"]
    assert quotations[0].also_in == ("Instituut, Titel van twee (2025)",)
    assert "Van 2 passages is er 1 gesignaleerd" in words(section(report, "summary"))


def test_what_an_earlier_scan_flagged_is_not_new() -> None:
    old = make_passage(FINDING, make_document("oud", run_id="run-0"), labels={}, group="g")
    again = make_passage(FINDING, make_document("nieuw"), labels={}, group="g")
    other = make_passage("Er kwamen 3% banen bij.", make_document("ander"), labels={})
    report = compose_scan_report(material(old, again, other, new_documents=frozenset({"nieuw", "ander"})), "nl")
    shown = [i.passage_id for _, s in walk(report.sections) for i in s.items if isinstance(i, Quotation)]
    assert shown == ["ander-0"]
    assert "1 gesignaleerde passage herhaalt wat een eerdere scan al vond" in words(section(report, "summary"))
    assert "uit deze en eerdere scans" in words(section(report, "evidence"))


def test_rows_without_news_are_named_in_one_line() -> None:
    report = compose_scan_report(material(make_passage(FINDING, make_document("d"), labels={})), "en")
    assert words(section(report, "new-adoption")) == (
        "Nothing new on: A1 Factors behind the development and adoption of AI; A2 Sectors in which AI is used."
    )
    assert [s.anchor for s in section(report, "new-employment").sections] == ["new-D1"]


def test_a_flag_without_row_is_shown_apart() -> None:
    passage = make_passage(
        FINDING, make_document("d"), labels={"rows": (), "statements": (), "themes": {Theme.ADOPTION: 0.8}}
    )
    report = compose_scan_report(material(passage), "nl")
    assert [i.number for i in section(report, "new-no-row").items if isinstance(i, Quotation)] == ["0-1"]
    assert cells(section(report, "summary"))[0][2] == "1"


def test_unknown_rows_and_statements_are_passed_over() -> None:
    gone = {"rows": (Match(id="Z9", score=0.9), Match(id="D1", score=0.6)), "statements": (Match(id="Z9.k1", score=1),)}
    report = compose_scan_report(material(make_passage(FINDING, make_document("d"), labels=gone)), "nl")
    quotation = next(i for i in section(report, "new-D1").items if isinstance(i, Quotation))
    assert quotation.statement == ""


def test_table_counts_findings_where_they_belong() -> None:
    document = make_document("d")
    passages = [
        make_passage("Een.", document, 0, labels={}),
        make_passage("Twee.", document, 1, labels={"relation": Relation.CONTRADICTS}),
        make_passage("Drie.", document, 2, labels={"relation": Relation.NEW, "column": Column.TREND}),
        make_passage("Vier.", document, 3, labels={"statements": ()}),
    ]
    rows = cells(section(compose_scan_report(material(*passages), "nl"), "table"))
    heading, known, _, trend = next(row for row in rows if row[0].startswith("D1 "))
    assert "1 ondersteunt · 1 spreekt mogelijk tegen" in known
    assert known.count("ondersteunt ·") == 1
    assert "1 nieuwe bevinding die nog niet in de tabel staat" in trend
    assert "1 passage bij deze vraag zonder bewering" in heading
    told = {s.id for _, s in table().statements()}
    everything = " ".join(c for row in rows for c in row)
    assert all(f"{statement} " in everything for statement in told)


def test_recommendations_stand_by_theme_and_level() -> None:
    advice = "De cijfers zijn helder. Werkgevers zouden scholing moeten betalen."
    document = make_document("d")
    labels = {"flag": 0.1, "relation": None, "column": None, "recommendation": 0.9, "level": Level.MICRO}
    tags = ("action_theme.skills", "addressee.employer")
    terms = (Term(text="zouden", start=35, end=41, label="recommendation", weight=1.0),)
    passages = [
        make_passage(advice, document, 0, labels={**labels, "terms": terms, "tags": tags}),
        make_passage("Iemand moet iets doen aan het werk.", document, 3, labels=labels),
        make_passage("Doe iets anders.", document, 1, labels={**labels, "themes": {}}),  # a row, as all have
        make_passage("Doe iets, maar wie?", document, 2, labels={**labels, "level": None}),
    ]
    report = compose_scan_report(material(*passages), "nl")
    part = section(report, "advice")
    row, other = cells(part)
    assert row[0] == "Wat bepaalt hoe AI in de organisatie landt | Kennis en vaardigheden | 1 · 1 bron"
    assert row[1].startswith("Werkgevers zouden scholing moeten betalen. | Aan: werkgevers | R-")
    assert row[2:] == ["–", "–"]
    assert other[0] == "Geen thema van de actietabel herkend | 1 · 1 bron"
    assert other[1].startswith("Iemand moet iets doen aan het werk. | R-")
    assert "Er zijn 4 nieuwe aanbevelingen gevonden, uit 1 bron." in words(part)
    assert "Zij zijn gericht aan werkgevers (1)." in words(part)
    assert "1 daarvan gaat over een ander onderwerp" in words(part)
    assert "Bij 1 is het niveau onduidelijk" in words(part)
    sheet = report.sheets[2]
    column = [c.title for c in sheet.columns].index("Thema van de actietabel")
    assert sorted(str(row[column]) for row in sheet.rows) == [
        "Gaat over een ander onderwerp",
        "Geen thema van de actietabel herkend",
        "Geen thema van de actietabel herkend",
        "Kennis en vaardigheden",
    ]


def test_the_sentence_that_asks_something_carries_the_advice() -> None:
    text = "Bazen willen investeringen in AI rechtvaardigen. Bonden zouden over AI moeten kunnen meepraten."
    passage = make_passage(text, make_document("d"), labels={})
    terms = (
        Term(text="investeringen", start=13, end=26, label="recommendation", weight=0.4),
        Term(text="zouden", start=56, end=62, label="recommendation", weight=0.2),
    )
    start, end = advice_span(passage, make_labels("x", terms=terms).evidence)
    assert text[start:end] == "Bonden zouden over AI moeten kunnen meepraten."


def test_advice_without_words_falls_back() -> None:
    labels = make_labels("x").evidence
    passage = make_passage("Eerst dit. Dan dat.", make_document("d"), labels={})
    assert advice_span(passage, labels) == (0, 10)


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (None, "No topics were computed in this scan."),
        (TopicModel(state=TopicsState.TOO_FEW, n_passages=12, minimum=50),
         "There are too few passages to recognise topics: 12 passages, while at least 50 are needed."),
        (TopicModel(state=TopicsState.FITTED, n_passages=61, minimum=50),
         "In 61 passages no topics were found that are large enough."),
        (TopicModel(state=TopicsState.TOO_FEW, n_passages=12, minimum=50, settings={"off_subject": 1}),
         "There are too few passages to recognise topics: 12 passages, while at least 50 are needed. "
         "One other passage is not about AI and work according to the model and is left out here."),
    ],
)  # fmt: skip
def test_no_topics_is_said_in_words(model: TopicModel | None, told: str) -> None:
    report = compose_scan_report(empty().model_copy(update={"topics": model}), "en")
    assert words(section(report, "topics")) == told


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_scan_gives_an_honest_report(language: Language) -> None:
    report = compose_scan_report(empty(), language)
    said = {"nl": "geen nieuwe documenten gelezen", "en": "No new documents were read"}[language]
    assert said in words(section(report, "summary"))
    assert not [i for _, s in walk(report.sections) for i in s.items if isinstance(i, Quotation)]
    assert all(not sheet.rows for sheet in report.sheets)


def test_a_scan_without_flags_says_so() -> None:
    labels = {"flag": 0.2, "relation": None, "column": None}
    report = compose_scan_report(material(make_passage("Niets.", make_document("d"), labels=labels)), "nl")
    assert "Van 1 passage is er geen gesignaleerd" in words(section(report, "summary"))
    assert words(section(report, "new")) == "Er is niets gesignaleerd."
    assert words(section(report, "evidence")) == "Er zijn nog geen gesignaleerde passages om te tonen."


def test_set_aside_documents_say_why_and_what_to_do() -> None:
    rows = cells(section(compose_scan_report(sample(), "nl"), "set-aside"))
    assert rows[0][0] == "Jaarverslag 2019 (scan).pdf"
    assert "tekstherkenning (OCR)" in rows[0][2]
    assert rows[2][1] == "Gedeeltelijk gelezen"
    assert "2 van de 31" in rows[2][2]


@pytest.mark.parametrize(
    "reason", [Reason(key="reason.gone"), Reason(key="reason.timeout", values={"minutes": 5}), None]
)
def test_a_reason_that_cannot_be_told_falls_back_to_the_state(reason: Reason | None) -> None:
    document = make_document("d", state=DocumentState.FAILED, reason=reason)
    assert wording.reason_text(document, "en") == "Failed."


def test_the_same_material_gives_the_same_report() -> None:
    scan = sample()
    turned = scan.model_copy(update={"passages": scan.passages[::-1]})
    assert select_findings(scan).flagged == select_findings(turned).flagged
    assert compose_scan_report(scan, "nl") == compose_scan_report(scan.model_copy(), "nl")


@given(
    before=st.text("ab \n", max_size=300), key=st.text("cd ", max_size=60), after=st.text("ef \n", max_size=300),
    most=st.integers(1, 60),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_an_excerpt_keeps_the_key_sentence(before: str, key: str, after: str, most: int) -> None:
    whole = before + key + after
    span = (len(before), len(before) + len(key)) if key else None
    shown, found = excerpt(whole, span, most)
    if span:
        assert found is not None and shown[found[0] : found[1]] == key
    assert len(shown.replace("[…]", "").split()) <= max(most, len(key.split())) + 2
    if len(whole.split()) <= most:
        # Every word is there, in order; only empty lines are closed up.
        around = f"{shown[: found[0]]}|{shown[found[1] :]}" if found else shown
        assert shown.split() == whole.split() and not re.search(r"\n\s*\n", around)
    else:
        assert "[…]" in shown or len(key.split()) >= len(whole.split()) - 2


@pytest.mark.parametrize(
    ("share", "told"), [(0.0, "0%"), (0.001, "1%"), (0.5, "50%"), (0.999, "99%"), (1.0, "100%")]
)  # fmt: skip
def test_percentages_are_never_rounded_to_certainty(share: float, told: str) -> None:
    assert wording.percentage(share, "nl") == told


def test_numbers_and_dates_follow_the_language() -> None:
    assert wording.number(12345.5, "nl", 1) == "12.345,5"
    assert wording.number(12345.5, "en", 1) == "12,345.5"
    run = make_run()
    assert wording.moment(run.started, "nl") == "21 november 2026, 10:30 uur"
    assert wording.counted("report.count.source", 1200, "en") == "1,200 sources"
    assert wording.enumeration(["a", "b", "c"], "nl") == "a, b en c"


def test_a_quotation_has_no_empty_lines_and_keeps_its_key_sentence() -> None:
    text = "Een aanhef.\n\nDe kern staat hier.\n \nEn een slot."
    start = text.index("De kern")
    shown, key = excerpt(text, (start, start + len("De kern staat hier.")), 100)
    assert shown == "Een aanhef.\nDe kern staat hier.\nEn een slot."
    assert key is not None and shown[key[0] : key[1]] == "De kern staat hier."
