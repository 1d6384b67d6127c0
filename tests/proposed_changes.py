"""Evidence and a version of the table from which proposals of four kinds follow, made without models."""

from __future__ import annotations

from datetime import date

from accepted_evidence import EXPERIMENTS, MEETINGS, Desk
from proposal_records import version_record

from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement
from pipelines.evidence.figures import find_figures
from pipelines.store import Workspace

#: Two statements whose day to look again has passed; one person may keep them.
REVIEWED = ("A1.t2", "B2.t1")
#: A statement with marks of HTML, whose day has passed as well.
MARKED = "B1.t9"
MARKED_TEXT = "<script>alert(1)</script> & <b>meer</b>"
MARKED_TITLE = "<img src=x onerror=alert(2)>"
#: Two documents on one experiment, which their figures tell; with the three before them there are four studies.
TWICE = (
    (
        "Callcenter",
        "Een gerandomiseerd experiment onder 5.172 medewerkers van een callcenter vindt dat AI de productiviteit "
        "van beginners met 13,8% verhoogt.",
    ),
    (
        "Samenvatting",
        "Bij een callcenter steeg de productiviteit met 13,8% onder 5.172 medewerkers; het waren vooral "
        "nieuwkomers die dankzij AI vooruitgingen.",
    ),
)
_MINUTES = (MEETINGS[0], (MARKED_TITLE, MEETINGS[1][1]))


def _with_days(table: EvidenceTable) -> EvidenceTable:
    rows = []
    for row in table.rows:
        kept = [
            one.model_copy(update={"review_by": date(2026, 2, 1)}) if one.id in REVIEWED else one
            for one in row.statements
        ]
        if row.id == "B1":
            marked = {"nl": MARKED_TEXT, "en": MARKED_TEXT, "review_by": date(2026, 2, 1)}
            kept.append(Statement(id=MARKED, column=Column.TREND, **marked))
        rows.append(row.model_copy(update={"statements": tuple(kept)}))
    return EvidenceTable(version="2026-02-20", rows=tuple(rows))


def add_proposals(workspace: Workspace, year: int = 2025) -> None:
    """Add what makes B1.t1 known, a new statement of B1, and days to look again that have passed.

    Parameters
    ----------
    workspace
        One with the starting table; nothing was decided in it.
    year
        Of the documents.
    """
    table = workspace.tables.current()
    assert table is not None
    assert set(REVIEWED) <= {statement.id for _, statement in table.statements()}
    workspace.tables.add(_with_days(table), version_record("tabel van de raad.docx"))
    desk = Desk(workspace)
    for title, words in EXPERIMENTS[:3]:
        desk.decide(desk.add(title, words, language="en" if words.startswith("A ") else "nl", year=year))
    for title, words in TWICE:
        desk.decide(desk.add(title, words, year=year), figures=find_figures(words, "nl"))
    for title, words in _MINUTES:
        new = desk.add(title, words, year=year)
        desk.decide(new, statement=None, relation=Relation.NEW, column=Column.TREND)
    workspace.runs.finish(desk.run.id, {"documents": 7, "flagged": 7, "seconds": 1})
