"""The update note as a tree: what it says is true of the material, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
import yaml
from pydantic import BaseModel, ValidationError
from report.note_samples import SINCE, UNTIL, appraisal, day, make_piece, note_sample, pieces, quiet_note
from report.report_material import ROOT, make_labels

import pipelines.report.html as html
import pipelines.report.markdown as markdown
import pipelines.report.note_drafting as note_drafting
import pipelines.report.note_wording as note_wording
import pipelines.report.wording as wording
from pipelines.domain.decisions import Judgement
from pipelines.domain.evidence import Relation
from pipelines.domain.reports import (
    BulletList,
    Paragraph,
    Plot,
    PlotKind,
    Quotation,
    Section,
    Sheet,
    Table,
    UpdateReport,
)
from pipelines.domain.themes import Theme
from pipelines.report import NoteMaterial, NoteOptions, compose_update_note, render_html, render_markdown
from pipelines.report.note_drafting import NoteDraft, judged_material
from pipelines.report.numbering import walk
from pipelines.report.section_note_evidence import quotation
from pipelines.strings import LANGUAGES, Language, keys, text


@cache
def note(language: Language) -> UpdateReport:
    """The sample as a note."""
    return compose_update_note(note_sample(), language)


def section(report: UpdateReport, anchor: str) -> Section:
    """The section with this anchor."""
    return next(s for _, s in walk(report.sections) if s.anchor == anchor)


def words(part: Section) -> str:
    """All paragraphs and list items of a section itself, as one text."""
    told = []
    for item in part.items:
        if isinstance(item, Paragraph):
            told.append("".join(s.text for s in item.spans))
        elif isinstance(item, BulletList):
            told += ["".join(s.text for s in entry) for entry in item.items]
    return "\n".join(told)


def cells(part: Section) -> list[list[str]]:
    """All rows of all tables of a section."""
    return [
        [" | ".join("".join(s.text for s in line.spans) for line in cell.lines) for cell in row]
        for item in part.items
        if isinstance(item, Table)
        for row in item.rows
    ]


def quotations(report: UpdateReport) -> list[Quotation]:
    """All quotations in reading order."""
    return [item for _, s in walk(report.sections) for item in s.items if isinstance(item, Quotation)]


def sheet(report: UpdateReport, place: int) -> list[dict[str, object]]:
    """Rows of a sheet by the titles of its columns."""
    found: Sheet = report.sheets[place]
    return [dict(zip((c.title for c in found.columns), row, strict=True)) for row in found.rows]


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
    elif isinstance(value, tuple):
        for below in value:
            yield from strings_of(below)


def changed(**changes: object) -> NoteMaterial:
    """The sample with other fields."""
    return NoteMaterial.model_validate({**dict(note_sample()), **changes})


def test_every_string_of_the_note_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()

    def noted(key: str, language: Language, /, **values: object) -> str:
        used.add(key)
        return text(key, language, **values)

    for module in (note_drafting, note_wording, wording, html, markdown):
        monkeypatch.setattr(module, "text", noted)
    full = note_sample()
    agreed = changed(pieces=tuple(p for p in pieces() if p.relation is not Relation.CONTRADICTS))
    for material in (full, quiet_note(), agreed, full.model_copy(update={"since": None})):
        report = compose_update_note(material, "nl")
        # Only the chapter with the table has strings that the forms say by themselves.
        table = report.model_copy(update={"sections": (report.sections[2],)})
        render_html(table)
        render_markdown(table)
    wanted = {k for k in keys() if k.startswith("note.")}
    # Singular, plural and rare outcomes do not all occur in three notes.
    spoken = re.compile(r"\.(one|many|none)$")
    rare = {
        "change.move", "change.reword_other", "change.reword_source", "change.keep", "change.remove", "state.applied",
        "verdict.undo", "evidence.nothing", "relation_heading.open", "method.outside",
        "method.origin.shipped", "method.origin.imported", "method.origin.restored", "on_answer.nuance",
        "on_answer.against", "relation_heading.settled", "remark.written", "remark.as_suggested",
        "remark.suggestion_new",
    }  # fmt: skip
    unused = {k for k in wanted - used if not spoken.search(k)}
    assert unused == {f"note.{k}" for k in rare}


def test_both_languages_fill_the_same_places() -> None:
    tree = yaml.safe_load((ROOT / "pipelines/strings/note.yaml").read_text(encoding="utf-8"))["note"]

    def entries(below: dict, prefix: str) -> Iterator[tuple[str, dict[str, str]]]:
        for name, value in below.items():
            if set(value) == set(LANGUAGES):
                yield f"{prefix}.{name}", value
            else:
                yield from entries(value, f"{prefix}.{name}")

    found = dict(entries(tree, "note"))
    assert set(found) == {k for k in keys() if k.startswith("note.")}
    places = {key: [set(re.findall(r"{(\w*)}", entry[code])) for code in LANGUAGES] for key, entry in found.items()}
    # "One" is written out where it begins a sentence, so that a number may be missing in one language.
    assert not [key for key, (nl, en) in places.items() if nl - {"n"} != en - {"n"}]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_place_is_left_open(language: Language) -> None:
    for material in (note_sample(), quiet_note()):
        told = list(strings_of(compose_update_note(material, language)))
        assert not [s for s in told if re.search(r"{\w*}|\b(note|report|appraisal)\.\w+\.", s)]


def test_the_summary_is_short_and_counts_what_was_read_and_what_was_not() -> None:
    report = note("nl")
    part = section(report, "summary")
    lines = next(item for item in part.items if isinstance(item, BulletList)).items
    assert 5 <= len(lines) <= 8
    told = words(part)
    assert "Er zijn 8 nieuwe documenten gelezen. 2 documenten konden niet worden gelezen" in told
    assert "Lezers hebben over 16 passages besloten." in told
    assert "Daarvan zijn er 12 aanvaard als bewijs, uit 6 onafhankelijke studies." in told
    assert "4 zijn er afgewezen." in told
    assert "9 gesignaleerde passages zijn nog niet gelezen" in told
    assert "3 andere zijn uitgesteld" in told
    assert "2 wijzigingen doorgevoerd: B1.t1 (‘" in told
    assert "…’): van trend naar bekend, met andere tekst; C1.t2 (‘" in told
    assert "Er liggen 7 voorstellen voor: D1.k3 (‘" in told
    assert "2 nieuwe stukken bewijs spreken tegen wat in de tabel staat (D1.k3; 2 onafhankelijke studies)" in told
    assert "Voor 4 van de 77 beweringen" in told
    assert [row[0] for row in cells(part)] == [
        "B1.t1", "C1.t2", "D1.k3", "B1.u1", "E3.t1", "B1.t4", "D1.k1", "A2.t1", "A2.k1",
    ]  # fmt: skip


def test_a_quiet_period_is_said_to_be_quiet() -> None:
    report = compose_update_note(quiet_note(), "en")
    told = words(section(report, "summary"))
    assert "No new documents were read." in told
    assert "Readers decided on no passage in this period." in told
    assert "The table did not change in this period." in told
    assert "No proposals await a decision." in told
    assert "contradict" not in told
    assert "For none of the 77 statements" in told
    assert not quotations(report)
    assert words(section(report, "evidence")) == "No evidence has been accepted yet."
    assert all(not s.rows for s in report.sheets if s.name != "Statements")
    assert report.summary is not None
    assert report.summary.columns[1][1] == ("no proposals",)


def test_many_changes_do_not_make_a_line_that_nobody_reads() -> None:
    after = note_sample().after
    other = {"nl": "Anders.", "en": "Other."}
    rows = tuple(
        row.model_copy(update={"statements": tuple(s.model_copy(update=other) for s in row.statements)})
        for row in after.rows
    )
    everything = after.model_copy(update={"rows": rows, "version": "2027-01-01"})
    scan = note_sample().scan.model_copy(update={"table": everything})
    report = compose_update_note(changed(after=everything, scan=scan, proposals=(), versions=()), "nl")
    told = words(section(report, "summary"))
    assert ": A1.k1 (‘Anders.’), A1.k2 (‘Anders.’), A1.k3 (‘Anders.’), A1.u1 (‘Anders.’) en nog 72: andere" in told
    assert len(cells(section(report, "summary"))) == 77


def test_contradictions_come_first_and_numbers_follow() -> None:
    report = note("nl")
    below = [s.anchor for s in section(report, "evidence-D1").sections]
    assert below == ["evidence-D1-contradicts", "evidence-D1-narrows"]
    found = quotations(report)
    assert [q.number for q in found if q.number.startswith("D1")] == ["D1-1", "D1-2", "D1-3"]
    assert len({q.number for q in found}) == len(found) == 13
    assert [s.title for s in section(report, "evidence-no-row").sections] == ["Nieuw (2)"]


def test_a_piece_is_quoted_in_its_language_with_source_decision_study_and_weight() -> None:
    found = {q.passage_id: q for q in quotations(note("nl"))}
    piece = next(p for p in pieces() if p.item_id == "paper-1")
    shown = found["passage-paper-1"]
    assert (shown.text, shown.language) == (piece.text, "en")
    assert piece.key_sentence is not None
    assert shown.text[shown.key_start : shown.key_end] == piece.key_sentence.text
    assert shown.source == "Institute B, Who gains from writing assistants? A trial in five firms (2025), blz.\u00a011"
    assert shown.url == "https://example.org/paper"
    labels = dict(shown.labels)
    assert labels["Bewering"] == "B1.t1 (ten opzichte van de eerdere tekst)"
    assert labels["Studie"].startswith("Institute B (2025) (")
    assert "telt één keer, met 2 stukken bewijs" in labels["Studie"]
    assert labels["Gewicht"] == "0,50"
    assert labels["Gelezen"] == "aanvaard door Eerste lezer op 5 november 2026, bevestigd door Derde lezer"


def test_earlier_evidence_is_quoted_only_where_a_change_rests_on_it() -> None:
    with_change = quotations(note("nl"))
    old = next(q for q in with_change if q.passage_id == "passage-old-1")
    assert dict(old.labels)["Gelezen"].endswith("op 3 oktober 2026 (voor deze periode)")
    report = compose_update_note(changed(proposals=()), "nl")
    assert "passage-old-1" not in {q.passage_id for q in quotations(report)}
    assert "Nog 1 stuk bewijs van eerder staat in de Excel-lijst." in words(section(report, "evidence-B1"))
    assert len(report.sheets[0].rows) == 13


def test_what_a_change_rests_on_is_quoted_whatever_the_bound() -> None:
    report = compose_update_note(note_sample(), "nl", NoteOptions(quotations_per_relation=1))
    assert len(quotations(report)) == 13
    bare = compose_update_note(changed(proposals=()), "nl", NoteOptions(quotations_per_relation=1))
    assert [q.number for q in quotations(bare) if q.number.startswith("B1")] == ["B1-1", "B1-5", "B1-6"]
    assert "En nog 2 stukken bewijs in de Excel-lijst." in words(section(bare, "evidence-B1-narrows"))


def test_the_order_of_the_material_plays_no_part() -> None:
    turned = changed(pieces=tuple(reversed(pieces())))
    for language in LANGUAGES:
        assert compose_update_note(turned, language) == note(language)


def test_studies_that_were_put_together_say_why() -> None:
    part = section(note("nl"), "studies")
    assert "Al het aanvaarde bewijs (13 stukken bewijs) komt uit 7 onafhankelijke studies." in words(part)
    rows = {row[0]: row for row in cells(part)}
    assert rows["Instituut A (2026)"][1] == "B1-2, B1-5, B1-6, B1-7"
    assert "B1-6 en B1-7: " in rows["Instituut A (2026)"][3]
    assert "B1-2, B1-5 en B1-6: " in rows["Instituut A (2026)"][3]
    assert "(26%)" in rows["Instituut A (2026)"][3]
    assert "Network D (2026)" not in rows


def test_recommendations_that_a_reader_rejected_are_gone_and_others_say_who_read_them() -> None:
    report = note("nl")
    rows = {row[0].split(" | ")[0]: row[1:] for row in cells(section(report, "advice"))}
    (found,) = rows.values()
    assert found[0].endswith("nieuw, aanvaard door een lezer")
    assert found[1] == "eerder al gevonden: 1"
    assert found[2].endswith("nieuw, nog niet gelezen")
    assert not [s for s in strings_of(section(report, "advice")) if "zuinig scherm" in s]


def test_labels_of_readers_replace_those_of_the_models() -> None:
    held = Judgement(themes=(Theme.ADOPTION,), rows=("A1",), statement="A1.k1", relation=Relation.CONTRADICTS)
    material = changed(judgements={"passage-macro-1": held, "passage-panel-2": None})
    found = {p.passage.id: p.labels for p in judged_material(material).passages}
    corrected, rejected = found["passage-macro-1"], found["passage-panel-2"]
    assert corrected is not None
    assert rejected is not None
    assert corrected.tags.given() == (Theme.ADOPTION,)
    assert corrected.evidence.rows[0].id == "A1"
    assert corrected.evidence.flagged
    assert corrected.evidence.relation is Relation.CONTRADICTS
    assert not rejected.evidence.flagged
    untouched = found["passage-field-1"]
    assert untouched is not None
    assert untouched.evidence.flag == make_labels("x").evidence.flag


def test_other_labels_of_a_reader_replace_those_that_were_read() -> None:
    held = Judgement(rows=("A1",), instruments=("group.novices",))
    material = changed(judgements={"passage-macro-1": held, "passage-panel-2": Judgement(rows=("A1",))})
    before = {p.passage.id: p.labels for p in material.scan.passages}
    found = {p.passage.id: p.labels for p in judged_material(material).passages}
    corrected, silent, read = found["passage-macro-1"], found["passage-panel-2"], before["passage-panel-2"]
    assert corrected is not None and corrected.instruments is not None
    assert [(t.label, t.probability, t.by_reader) for t in corrected.instruments.tags] == [("group.novices", 1, True)]
    assert silent is not None and read is not None
    assert silent.instruments == read.instruments


def test_flags_in_excel_are_those_of_the_models_with_the_decision() -> None:
    rows = sheet(note("nl"), 5)
    assert len(rows) == 12  # all but the one of before the period
    assert {row["Besluit"] for row in rows} == {"aanvaard"}
    unread = changed(judgements={"passage-macro-1": None})
    decisions = {row["Id van de passage"]: row["Besluit"] for row in sheet(compose_update_note(unread, "nl"), 5)}
    assert decisions["passage-macro-1"] == "afgewezen"
    assert decisions["passage-panel-2"] == "nog niet gelezen"


def test_sheets_hold_everything() -> None:
    report = note("en")
    names = [s.name for s in report.sheets]
    assert names[:4] == ["Evidence", "Changes and proposals", "Studies", "Statements"]
    evidence, changes, studies, statements = (sheet(report, place) for place in range(4))
    assert [row["Number"] for row in evidence][:2] == ["B1-1", "B1-2"]
    assert {row["In this period"] for row in evidence} == {"yes", "no"}
    assert [row["Id of the change"] for row in changes].count("proposal-trend_uncertain") == 1
    assert len(changes) == 10
    assert len(studies) == 7
    assert len(statements) == 77
    trend = next(row for row in statements if row["Statement"] == "B1.t1")
    assert trend["Weight for"] == 1.28
    assert str(trend["Changes"]).startswith("Approved by Tweede lezer and Derde lezer on 14 November 2026")


def test_plots_say_their_numbers_in_words() -> None:
    report = note("en")
    plots = {i.kind: i for _, s in walk(report.sections) for i in s.items if isinstance(i, Plot)}
    assert set(plots) == {
        PlotKind.STATEMENT_MOVES, PlotKind.KINDS_BY_ROW, PlotKind.TOPIC_SIZES, PlotKind.TOPICS_OVER_TIME,
        PlotKind.TOPIC_SPREAD, PlotKind.THEMES_BY_YEAR, PlotKind.FIGURES_BY_YEAR,
    }  # fmt: skip
    moves = plots[PlotKind.STATEMENT_MOVES]
    assert moves.series["Known"] == {
        "At the start (version 2024-10-02)": 29.0, "Now (version 2026-11-14)": 30.0,
        "If all proposals are approved": 29.0,
    }  # fmt: skip
    assert "Moved from trend to known: 1. Proposed from known to uncertain: 1." in moves.alternative
    figures = plots[PlotKind.FIGURES_BY_YEAR]
    assert [(p.x, p.y, p.low, p.high) for p in figures.points] == [
        (2024, 6, None, None), (2025, 11, 8, 14), (2026, 9, None, None), (2026, 11, None, None),
    ]  # fmt: skip
    assert "B1-3: Institute B (2025), 2025: 8 to 14%" in figures.alternative
    assert all(len(plot.alternative) > 20 for plot in plots.values())


def test_rejected_proposals_of_the_period_say_who_and_why() -> None:
    report = note("nl")
    (row,) = cells(section(report, "rejected"))
    assert row == [
        "C1.t1",
        "Van trend naar onzeker",
        "Tweede lezer wees af op 19 november 2026. Toelichting: ‘Eén kleine studie in een ander land.’",
    ]
    later = changed(since=SINCE, until=UNTIL.replace(day=18))
    assert "rejected" not in {s.anchor for _, s in walk(compose_update_note(later, "nl").sections)}


def test_method_counts_decisions_and_names_versions_and_rules() -> None:
    report = note("nl")
    assert cells(section(report, "method-people")) == [
        ["Derde lezer", "0", "1", "2"],
        ["Eerste lezer", "11", "0", "0"],
        ["Tweede lezer", "1", "2", "3"],
    ]
    versions = cells(section(report, "method-table-versions"))
    assert versions[0][2].startswith("uit het bewerkte Word-bestand notitie-oktober.docx")
    rules = {row[0]: row for row in cells(section(report, "method-rules"))}
    assert rules["known_uncertain"][1:] == ["1", "Van bekend naar onzeker | Wanneer het bewijs genoeg is.", "1"]


def test_the_slide_holds_the_note_in_five_numbers_and_three_short_lists() -> None:
    summary = note("nl").summary
    assert summary is not None
    assert [n for n, _ in summary.figures] == ["8", "12", "6", "2", "7"]
    assert all(len(lines) <= 6 for _, lines in summary.columns)
    assert summary.columns[1][1][-1] == "en nog 2"
    assert summary.columns[2][1][0] == "2 stukken spreken tegen"
    assert summary.footer == "Kennistabel versie 2026-11-14: 30 bekend, 16 onzeker, 31 trend"


def test_accounts_are_shown_by_the_names_people_chose() -> None:
    told = "\n".join(strings_of(note("nl").sections))
    assert "lezer-1" not in told
    assert "Eerste lezer" in told
    assert "lezer-1" in "\n".join(strings_of(compose_update_note(changed(people={}), "nl").sections))


def test_a_piece_without_study_row_or_page_can_be_quoted() -> None:
    bare = make_piece("x-1", note_sample().scan.documents[0], "Iets nieuws.", page=None, section=(), key=0, row_id="Z9")
    material = changed(
        pieces=(bare.model_copy(update={"key_sentence": None, "decided": day(9)}),), proposals=(),
        appraisal=appraisal().model_copy(update={"studies": (), "statements": {}, "new_points": ()}),
    )  # fmt: skip
    draft = NoteDraft(material, "nl", NoteOptions())
    shown = quotation(draft, draft.pieces[0])
    assert (shown.number, shown.key_start) == ("0-1", None)
    assert shown.source == "Instituut A, Klantcontact met een taalmodel: een veldproef (2026)"
    assert "Zonder duidelijke verhouding tot de tabel (1)" in {
        s.title for _, s in walk(compose_update_note(material, "nl").sections)
    }


def test_material_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValidationError, match="newest table"):
        changed(after=note_sample().before)
    with pytest.raises(ValidationError, match="period"):
        changed(since=UNTIL, until=SINCE)


def test_a_change_that_the_language_of_the_note_does_not_show_is_named_as_such() -> None:
    told = {language: words(section(note(language), "summary")) for language in LANGUAGES}
    assert re.search(r"C1\.t2 \(‘[^’]+’\): andere tekst in dezelfde kolom", told["nl"])
    assert re.search(r"C1\.t2 \(‘[^’]+’\): other wording, in Dutch only", told["en"])
    after = note_sample().before
    first = after.rows[0].statements[0].model_copy(update={"source": "Par. 9"})
    row = after.rows[0].model_copy(update={"statements": (first, *after.rows[0].statements[1:])})
    noted = after.model_copy(update={"rows": (row, *after.rows[1:]), "version": "2027-01-01"})
    scan = note_sample().scan.model_copy(update={"table": noted})
    report = compose_update_note(changed(after=noted, scan=scan, proposals=(), versions=()), "nl")
    assert "’): andere bronnoot" in words(section(report, "summary"))
