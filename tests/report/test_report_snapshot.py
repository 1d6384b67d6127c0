"""The whole text of a small report in both languages, as a reader of the Word file gets it.

After a wanted change: ``python tests/report/test_report_snapshot.py`` writes the texts again; read what changed.
"""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from docx.table import Table as WordTable
from docx.text.paragraph import Paragraph as WordParagraph
from report_material import SET_ASIDE, empty, make_document, make_passage

from pipelines.domain.documents import Metadata
from pipelines.domain.evidence import Direction, EvidenceKind, Figure, KeySentence, Level, Match, Relation
from pipelines.domain.evidence_table import Column, EvidenceTable
from pipelines.domain.passages import Boilerplate
from pipelines.domain.themes import Term, Theme
from pipelines.domain.topics import Topic, TopicModel, TopicsState, TopicTrend
from pipelines.report import ReportMaterial, compose_scan_report, render_word
from pipelines.strings import LANGUAGES, Language

SNAPSHOTS = Path(__file__).parent / "snapshots"


def _small_table() -> EvidenceTable:
    rows = [row for row in empty().table.rows if row.id in {"A2", "D1", "E2"}]
    return empty().table.model_copy(update={"rows": tuple(rows)})


def small_scan() -> ReportMaterial:
    """Two documents, a reprint and three set aside; all institutes are fictitious."""
    dutch = make_document(
        "nl-1", metadata=Metadata(title="Banen in beeld", publisher="Fictief Planbureau", year=2025, language="nl"),
        n_passages=4,
    )  # fmt: skip
    english = make_document(
        "en-1",
        metadata=Metadata(
            title="Agreeing on algorithms", publisher="Fictitious Work Institute", year=2024, language="en",
            url="https://example.org/agreeing",
        ),
        n_passages=2,
    )  # fmt: skip
    reprint = make_document("nl-2", metadata=Metadata(title="Nieuwsbericht", year=2025, language="nl"), n_passages=1)
    jobs = "Over de toekomst bestaat veel onzekerheid. Volgens onze raming loopt 14% van de banen een hoog risico."
    start = jobs.index("Volgens")
    estimate = {
        "relation": Relation.NARROWS, "column": Column.UNCERTAIN, "kind": EvidenceKind.FORECAST, "flag": 0.91,
        "statements": (Match(id="D1.u1", score=0.8),),
        "figures": (Figure(value="14", unit="%", text="14%", start=69, end=72, measures="banen een hoog risico"),),
        "key_sentence": KeySentence(text=jobs[start:], start=start, end=len(jobs)),
        "terms": (Term(text="raming", start=start + 14, end=start + 20, label="D1", weight=0.6),
                  Term(text="banen", start=start + 37, end=start + 42, label="flag", weight=0.3)),
    }  # fmt: skip
    union = "Agreements with a clause on algorithms settled disputes in half the time, a study of 40 firms finds."
    agreed = {
        "themes": {Theme.OTHER_EFFECTS: 0.8}, "rows": (Match(id="E2", score=0.8), Match(id="D1", score=0.6)),
        "statements": (), "relation": Relation.NEW, "column": Column.TREND, "flag": 0.77,
        "direction": Direction.POSITIVE,
    }  # fmt: skip
    advice = "Sociale partners zouden over algoritmen afspraken moeten maken."
    advised = {
        "themes": {Theme.OTHER_EFFECTS: 0.7}, "rows": (Match(id="E2", score=0.7),), "statements": (), "flag": 0.1,
        "relation": None, "column": None, "kind": EvidenceKind.OPINION, "recommendation": 0.94, "level": Level.MESO,
    }  # fmt: skip
    passages = (
        make_passage(jobs, dutch, 0, labels=estimate, group="g"),
        make_passage(jobs, reprint, 0, labels={**estimate, "flag": 0.8}, group="g"),
        make_passage("Bij 6% van de bedrijven groeide het aantal banen.", dutch, 1,
                     labels={"relation": Relation.CONTRADICTS, "statements": (Match(id="D1.k3", score=0.6),)}),
        make_passage(advice, dutch, 2, labels=advised),
        make_passage("Inhoud 1 Inleiding 3", dutch, 3, boilerplate=Boilerplate.CONTENTS),
        make_passage(union, english, 0, labels=agreed),
        make_passage("The next chapter turns to method.", english, 1,
                     labels={"flag": 0.02, "themes": {}, "rows": (), "relation": None, "column": None}),
    )  # fmt: skip
    topics = TopicModel(
        state=TopicsState.FITTED, n_passages=6, n_new=3, minimum=5, day=date(2026, 11, 21),
        by_scan={"2026-10-02": 3, "2026-11-21": 3}, settings={"off_subject": 2},
        topics=(
            Topic(id="t1", name_nl="banen en risico", name_en="jobs and risk", terms_nl=("banen", "risico"),
                  terms_en=("jobs",), size=3, n_documents=2, n_nl=3, n_en=0, n_new=1, rows=("D1",),
                  by_scan={"2026-10-02": 2, "2026-11-21": 1}, by_year={"2025": 3}, by_theme={"employment": 3},
                  by_kind={"forecast": 2, "empirical": 1}, first_seen=date(2026, 10, 2), last_seen=date(2026, 11, 21)),
            Topic(id="t2", name_nl="afspraken over algoritmen", name_en="agreements on algorithms",
                  terms_nl=("afspraken",), terms_en=("agreements", "algorithms"), size=2, n_documents=2, n_nl=1, n_en=1,
                  n_new=2, novel=True, trend=TopicTrend.NEW, representative=("en-1-0", "nl-1-2"),
                  by_scan={"2026-11-21": 2}, by_year={"2024": 1, "2025": 1}, by_theme={"other_effects": 2},
                  by_kind={"empirical": 1, "": 1}, first_seen=date(2026, 11, 21), last_seen=date(2026, 11, 21)),
        ),
        assignments={"nl-1-0": "t1", "nl-1-1": "t1", "en-1-0": "t2", "nl-1-2": "t2"},
    )  # fmt: skip
    return empty().model_copy(
        update={
            "documents": (dutch, english, reprint, *SET_ASIDE),
            "passages": passages,
            "table": _small_table(),
            "topics": topics,
        }
    )


def told(language: Language) -> str:
    """Every paragraph of the Word file with its style; cells of a row between bars."""
    document = docx.Document(io.BytesIO(render_word(compose_scan_report(small_scan(), language))))
    lines: list[str] = []
    for element in document.element.body:
        if element.tag == qn("w:tbl"):
            rows = ([c.text.replace("\n", " / ") for c in row.cells] for row in WordTable(element, document).rows)
            lines += [f"| {' | '.join(cells)} |" for cells in rows]
        elif element.tag == qn("w:p"):
            paragraph = WordParagraph(element, document)
            picture = next((e.get("descr") for e in element.iter(qn("wp:docPr"))), None)
            text = f"[{picture}]" if picture else paragraph.text
            if text:
                lines += [f"{paragraph.style.name}: {line}" for line in text.split("\n")]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_of_a_small_report(language: Language) -> None:
    assert told(language) == (SNAPSHOTS / f"report_{language}.txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    for code in LANGUAGES:
        (SNAPSHOTS / f"report_{code}.txt").write_text(told(code), encoding="utf-8")
