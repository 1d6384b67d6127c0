# ruff: noqa: E501 - a table has long lines
"""A small table with one change of every kind, as an update note and as the data that it carries.

Used by the tests of what goes out in Word and of what comes back.
"""

from __future__ import annotations

from datetime import datetime

from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.proposals import ChangeKind, Wording
from pipelines.domain.reports import (
    CarriedChange,
    CarriedData,
    Remark,
    RevisedChapter,
    RevisedRow,
    RevisedStatement,
    RevisedTable,
    Section,
    Span,
    UpdateReport,
)
from pipelines.domain.themes import Theme
from pipelines.language.word_changes import word_changes

PROGRAM, APPROVER = "Kennisstand", "Anna de Vries"
PROPOSED, APPROVED = datetime(2026, 11, 2, 6, 0, 5), datetime(2026, 11, 3, 9, 30, 0)


def _statement(statement_id: str, column: Column, nl: str, en: str, source: str = "") -> Statement:
    return Statement(id=statement_id, column=column, nl=nl, en=en, source=source)


def small_table() -> EvidenceTable:
    """Three rows in two chapters; thirteen statements."""
    k, u, t = Column.KNOWN, Column.UNCERTAIN, Column.TREND
    adoption = (
        _statement("A1.k1", k, "Grote bedrijven gebruiken vaker AI dan kleine.", "Large firms use AI more often.", "Par. 1, CDT10"),
        _statement("A1.k2", k, "Kosten remmen de invoering van AI.", "Costs slow the adoption of AI."),
        _statement("A1.u1", u, "Hoeveel werkenden AI zelf aanschaffen, is niet bekend.", "It is unknown how many workers buy AI."),
        _statement("A1.t1", t, "Steeds meer gemeenten doen een proef met AI.", "More and more municipalities try AI."),
    )  # fmt: skip
    productivity = (
        _statement("B1.k1", k, "Proeven laten zien dat taken sneller gaan.", "Trials show that tasks go faster.", "Par. 2, CDT11"),
        _statement("B1.k2", k, "Beginners winnen het meest.", "Beginners gain most.", "CDT12 par. 3"),
        _statement("B1.u1", u, "Of bedrijven er productiever van worden, is onzeker.", "Whether firms gain is uncertain."),
        _statement("B1.u2", u, "De baten op lange termijn zijn onbekend.", "Long-term gains are unknown."),
        _statement("B1.t1", t, "Ook ervaren krachten lijken sneller te werken.", "Experienced staff seem faster too.", "Par. 4, CDT13"),
        _statement("B1.t2", t, "Teams verdelen taken anders.", "Teams divide tasks differently."),
    )  # fmt: skip
    skills = (
        _statement("B2.k1", k, "Kennis van AI helpt bij het gebruik ervan.", "Knowledge of AI helps to use it."),
        _statement("B2.u1", u, "Welke scholing werkt, is niet duidelijk.", "Which training works is unclear."),
        _statement("B2.t1", t, "Werkgevers vragen vaker om AI-vaardigheden.", "Employers ask for AI skills more often."),
    )  # fmt: skip
    return EvidenceTable(
        version="2026-10-01",
        rows=(
            TableRow(id="A1", chapter=Theme.ADOPTION, nl="Gebruik van AI", en="Use of AI", statements=adoption),
            TableRow(
                id="B1", chapter=Theme.PRODUCTIVITY, nl="Winst per taak", en="Gains by task", statements=productivity
            ),
            TableRow(id="B2", chapter=Theme.PRODUCTIVITY, nl="Vaardigheden", en="Skills", statements=skills),
        ),
    )


def small_changes() -> tuple[CarriedChange, ...]:
    """A move, a rewording, a narrowing, a new statement, a removal, a new row and one that is kept."""
    texts = {s.id: Wording(nl=s.nl, en=s.en) for _, s in small_table().statements()}

    def change(number: int, kind: ChangeKind, row: str, statement: str, **more: object) -> CarriedChange:
        state = "approved" if kind is ChangeKind.REWORD else "proposed"
        before = texts.get(statement, Wording())
        return CarriedChange.model_validate(
            {"change_id": f"{number:020x}", "change": kind, "row_id": row, "statement_id": statement}
            | {"before": before, "state": state} | more
        )  # fmt: skip

    return (
        change(1, ChangeKind.MOVE, "B1", "B1.t1", to_column=Column.KNOWN,
               after=Wording(nl="Ook ervaren krachten werken sneller.", en="Experienced staff work faster too.")),
        change(2, ChangeKind.REWORD, "B1", "B1.k1",
               after=Wording(nl="Proeven laten zien dat taken 14 procent sneller gaan.", en="Trials show 14 per cent.")),
        change(3, ChangeKind.NARROW, "B1", "B1.u1",
               after=Wording(nl="Of kleine bedrijven er productiever van worden, is onzeker.", en="Small firms.")),
        change(4, ChangeKind.ADD_STATEMENT, "A1", "A1.t2", to_column=Column.TREND,
               after=Wording(nl="Zelfstandigen kopen vaker een eigen licentie.", en="The self-employed buy licences.")),
        change(5, ChangeKind.REMOVE, "A1", "A1.k2"),
        change(6, ChangeKind.ADD_ROW, "B3", "B3.k1", to_column=Column.KNOWN,
               after=Wording(nl="Toezicht kost tijd.", en="Supervision takes time."),
               row_title=Wording(nl="Toezicht op AI", en="Supervising AI")),
        change(7, ChangeKind.KEEP, "B2", "B2.k1", after=texts["B2.k1"]),
    )  # fmt: skip


def small_carried(language: str = "nl") -> CarriedData:
    """What the note carries."""
    return CarriedData(language=language, table=small_table(), changes=small_changes())


def small_note(table: RevisedTable | None = None, carried: CarriedData | None = None) -> UpdateReport:
    """The note in Dutch: the table with its changes and a chapter before and after it."""
    before = Section(title="Kort", anchor="short")
    shown = revised_table() if table is None else table
    table_section = Section(title="De tabel", anchor="revised", items=(shown,), landscape=True)
    after = Section(title="Verantwoording", anchor="account")
    return UpdateReport(
        language="nl",
        title="Updatenotitie",
        subtitle="November 2026",
        created=PROPOSED,
        run="r" * 20,
        sections=(before, table_section, after),
        carried=small_carried() if carried is None else carried,
    )


def revised_table() -> RevisedTable:
    """The small table with its changes, in Dutch."""
    table = small_table()
    rows = {row.id: _revised_row(row) for row in table.rows}
    new = next(c for c in small_changes() if c.change is ChangeKind.ADD_ROW)
    stated = RevisedStatement(
        statement_id=new.statement_id, spans=(Span(text=new.after.nl),), whole="inserted", **_changed_by(new)
    )
    rows["B3"] = RevisedRow(
        row_id="B3", title=new.row_title.nl, whole="inserted", change_id=new.change_id, author=PROGRAM, moment=PROPOSED,
        known=(stated,),
    )  # fmt: skip
    return RevisedTable(
        anchor="revised-table",
        caption="De kennistabel met wijzigingen",
        header=("Wat weten we wel", "Waar zit de onzekerheid", "Welke trends zijn er"),
        chapters=(
            RevisedChapter(title="Adoptie", rows=(rows["A1"],)),
            RevisedChapter(title="Productiviteit", rows=(rows["B1"], rows["B2"], rows["B3"])),
        ),
    )


def note_with_one_change(change: CarriedChange, row: RevisedRow) -> UpdateReport:
    """A note with a single change, of a row of the small table."""
    rows = [row if r.id == row.row_id else _plain_row(r) for r in small_table().rows]
    table = revised_table().model_copy(update={"chapters": (RevisedChapter(title="Adoptie", rows=tuple(rows)),)})
    return small_note(table, CarriedData(language="nl", table=small_table(), changes=(change,)))


def _plain_row(row: TableRow) -> RevisedRow:
    columns = {
        column.value: tuple(place for s in row.column(column) for place in _places(s, None)) for column in Column
    }
    return RevisedRow(row_id=row.id, title=row.nl, **columns)


def _changed_by(change: CarriedChange) -> dict[str, object]:
    approved = change.state == "approved"
    author, moment = (APPROVER, APPROVED) if approved else (PROGRAM, PROPOSED)
    lines = (f"Regel voor {change.change}.", "Bron: rapport, 2026, p. 3.")
    return {
        "change_id": change.change_id,
        "state": change.state,
        "author": author,
        "moment": moment,
        "remark": Remark(author=PROGRAM, moment=PROPOSED, lines=lines),
    }


def _revised_row(row: TableRow) -> RevisedRow:
    columns: dict[str, list[RevisedStatement]] = {column.value: [] for column in Column}
    changes = {c.statement_id: c for c in small_changes() if c.row_id == row.id}
    for statement in row.statements:
        change = changes.get(statement.id)
        columns[statement.column.value] += _places(statement, change)
        if change is not None and change.change is ChangeKind.MOVE:
            assert change.to_column is not None
            moved = RevisedStatement(
                statement_id=statement.id, spans=(Span(text=change.after.nl),), source=_source(statement),
                whole="inserted", **_changed_by(change),
            )  # fmt: skip
            columns[change.to_column.value].append(moved)
    for change in changes.values():
        if change.change is ChangeKind.ADD_STATEMENT:
            assert change.to_column is not None
            new = RevisedStatement(
                statement_id=change.statement_id, spans=(Span(text=change.after.nl),),
                source=(Span(text="Rapport 2026, p. 3", italic=True),), whole="inserted", **_changed_by(change),
            )  # fmt: skip
            columns[change.to_column.value].append(new)
    return RevisedRow(row_id=row.id, title=row.nl, **{name: tuple(found) for name, found in columns.items()})


def _places(statement: Statement, change: CarriedChange | None) -> list[RevisedStatement]:
    """The statement where it stood."""
    plain = RevisedStatement(statement_id=statement.id, spans=(Span(text=statement.nl),), source=_source(statement))
    if change is None:
        return [plain.model_copy(update={"confidence": "zekerheid: middel"})]
    if change.change in {ChangeKind.MOVE, ChangeKind.REMOVE}:
        whole = RevisedStatement(**(dict(plain) | _changed_by(change) | {"whole": "deleted"}))
        # A statement that moves stands twice in the table, and its comment once.
        return [whole.model_copy(update={"remark": None}) if change.change is ChangeKind.MOVE else whole]
    spans = tuple(
        Span(text=words, change=None if what == "kept" else what)
        for words, what in word_changes(statement.nl, change.after.nl)
    )
    return [RevisedStatement(**(dict(plain) | _changed_by(change) | {"spans": spans}))]


def _source(statement: Statement) -> tuple[Span, ...]:
    return (Span(text=statement.source, italic=True),) if statement.source else ()
