"""The evidence table as it stands, with what was accepted for and against each statement, and its earlier versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from pipelines.appraisal import explain
from pipelines.domain.accounts import AccountRole
from pipelines.domain.appraisal import Confidence
from pipelines.domain.decisions import Decision
from pipelines.domain.evidence import Relation
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.instruments import Uncertainty
from pipelines.domain.proposals import ChangeKind, ProposalState
from pipelines.domain.themes import Theme
from pipelines.language.uncertain_statements import uncertainties_of
from pipelines.report.wording import long_date
from pipelines.review.support import RELATIONS, Counts, Piece, Support, count_pieces
from pipelines.review_app.access import Visitor, needs
from pipelines.review_app.desk import Desk
from pipelines.review_app.paging import page_start
from pipelines.review_app.proposal_view import ShownProposal, show_proposal
from pipelines.review_app.rendering import render
from pipelines.review_app.weighing import Weighed
from pipelines.store.evidence import Place, Placement
from pipelines.strings import Language, error_text, keys, text

router = APIRouter()
PAGE_ITEMS = 50
NO_ROW = "-"
"""Stands in an address for what has no row in the table."""
_LEAD_CHARACTERS = 240


@dataclass(frozen=True)
class ShownStatement:
    """A statement with what stands beside it."""

    statement: Statement
    counts: Counts
    n_open: int
    """Items still to be decided that the models put nearest to it."""
    confidence: Confidence | None = None
    """``None`` where it cannot be shown: not worked out yet, or it rests on what the visitor is to read blind."""
    n_changes: int = 0
    """Proposed changes of it that wait for somebody."""

    @property
    def uncertainties(self) -> tuple[Uncertainty, ...]:
        """Fundamental uncertainties that it bears on, where the table calls it uncertain."""
        return uncertainties_of(self.statement)


@dataclass(frozen=True)
class ShownRow:
    """A row with its statements by column."""

    row: TableRow
    columns: Mapping[Column, tuple[ShownStatement, ...]]
    new: Mapping[Column | None, int]
    """Accepted new points by column."""
    n_new: int
    n_open_new: int
    n_changes: int = 0
    """New statements that are proposed."""


def show_rows(
    table: EvidenceTable,
    support: Support,
    placements: Mapping[Placement, int],
    weighed: Weighed | None = None,
    hidden: frozenset[str] = frozenset(),
) -> list[ShownRow]:
    """All rows of ``table`` with what was accepted, what that is worth, and what is to be decided."""
    changes = {} if weighed is None else weighed.undecided
    near: dict[str, int] = {}
    new: dict[str, int] = {}
    for one, n in placements.items():
        if one.statement_id is not None and one.relation != Relation.NEW.value:
            near[one.statement_id] = near.get(one.statement_id, 0) + n
        elif one.row_id is not None:
            new[one.row_id] = new.get(one.row_id, 0) + n
    shown: list[ShownRow] = []
    for row in table.rows:
        columns = {
            column: tuple(
                ShownStatement(
                    one,
                    count_pieces(support.statements.get(one.id, ())),
                    near.get(one.id, 0),
                    confidence_of(one.id, weighed, hidden),
                    changes.get(one.id, 0),
                )
                for one in row.column(column)
            )
            for column in Column
        }
        pieces = [piece for piece in support.rows.get(row.id, ()) if piece.accepted]
        by_column: dict[Column | None, int] = {}
        for piece in pieces:
            by_column[piece.column] = by_column.get(piece.column, 0) + 1
        shown.append(ShownRow(row, columns, by_column, len(pieces), new.get(row.id, 0), changes.get(row.id, 0)))
    return shown


def confidence_of(statement_id: str, weighed: Weighed | None, hidden: frozenset[str]) -> Confidence | None:
    """Confidence in a statement; ``None`` where the visitor cannot be shown it."""
    if weighed is None:
        return None
    found = weighed.appraisal.statements.get(statement_id)
    if found is not None and not hidden.isdisjoint(
        {item for study in found.studies for item in (*study.items, *study.study.items)}
    ):
        return None
    return weighed.appraisal.confidence(statement_id)


def versions_of(desk: Desk, language: Language) -> list[tuple[str, Any, str]]:
    """Versions of the table, newest first: name, moment, where it came from in words."""
    known = keys()
    return [
        (version, created, text(origin, language) if origin in known else origin)
        for version, created, origin in reversed(desk.workspace.tables.versions())
    ]


@router.get("/table")
def table_page(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER)],
    version: str = "",
    chapter: str = "",
    row: str = "",
) -> Response:
    """The table; ``version`` shows an earlier one as it was, without what was decided since."""
    desk: Desk = request.app.state.desk
    newest = desk.table()
    older = bool(version) and version != newest.version
    versions = versions_of(desk, visitor.language)
    if older and version not in {name for name, _, _ in versions}:
        raise HTTPException(404)
    table = desk.workspace.tables.get(version) if older else newest
    hidden = desk.readings.blind_for(visitor.account)
    support = Support({}, {}, ()) if older else desk.support.support(table, hidden)
    weighed, fresh, problem = (None, True, None) if older else desk.weighing.look()
    rows = show_rows(table, support, {} if older else desk.support.placements(), weighed, hidden)
    known = {theme for theme in Theme if any(one.row.chapter is theme for one in rows)}
    row = row if any(one.row.id == row for one in rows) else ""
    chapter = chapter if chapter in known else ""
    chosen = [one for one in rows if chapter in ("", one.row.chapter) and row in ("", one.row.id)]
    return render(
        request,
        "table.html",
        visitor,
        table=table,
        older=older,
        chapters=[(theme, [one for one in chosen if one.row.chapter is theme]) for theme in Theme],
        all_rows=[(one.row.id, one.row.title(visitor.language)) for one in rows],
        known=[theme.value for theme in Theme if theme in known],
        chapter=chapter,
        row=row,
        narrowed=len(chosen) < len(rows),
        empty=not chosen,
        columns=list(Column),
        fresh=fresh,
        problem="" if problem is None else error_text(problem, visitor.language),
        versions=versions,
        n_elsewhere=sum(piece.accepted for piece in support.elsewhere),
        no_row=NO_ROW,
        n_blind=0 if older else len(hidden),
    )


@dataclass(frozen=True)
class TrailItem:
    """A piece of evidence with its decision and where it stands."""

    piece: Piece
    decision: Decision
    place: Place | None
    """``None`` where the document was cut up anew since, and no longer has this passage."""

    @property
    def lead(self) -> str:
        """The sentence that carries the finding, else the beginning of the text."""
        labels = self.decision.judgement or self.decision.proposed
        if labels is not None and labels.key_sentence is not None:
            return " ".join(labels.key_sentence.text.split())
        line = " ".join(self.decision.passage_text.split())
        return line if len(line) <= _LEAD_CHARACTERS else line[:_LEAD_CHARACTERS].rsplit(" ", 1)[0] + "…"


def trail_items(desk: Desk, pieces: Sequence[Piece]) -> list[TrailItem]:
    """Pieces with their decisions and places; at most some hundreds."""
    store = desk.workspace.evidence
    decisions = store.decisions([piece.decision_id for piece in pieces])
    places = store.places([piece.passage_id for piece in pieces])
    return [
        TrailItem(piece, decisions[piece.decision_id], places.get(piece.passage_id))
        for piece in pieces
        if piece.decision_id in decisions
    ]


def _trail(desk: Desk, pieces: Sequence[Piece], start: int) -> dict[str, Any]:
    """What a page of accepted and rejected evidence shows: contradicting evidence first, then the latest first."""
    order = {relation: place for place, relation in enumerate((*RELATIONS, Relation.NEW))}
    accepted = sorted((p for p in pieces if p.accepted), key=lambda piece: order[piece.relation])
    rejected = [piece for piece in pieces if not piece.accepted]
    start = page_start(start, len(accepted), PAGE_ITEMS)
    shown = trail_items(desk, accepted[start : start + PAGE_ITEMS])
    groups = [(one, [item for item in shown if item.piece.relation is one]) for one in order]
    return {
        "counts": count_pieces(accepted),
        "groups": [(one, found) for one, found in groups if found],
        "start": start,
        "page_items": PAGE_ITEMS,
        "n_shown": len(shown),
        "rejected": trail_items(desk, rejected[:PAGE_ITEMS]),
        "n_rejected": len(rejected),
        "names": desk.names(),
    }


@router.get("/table/row/{row_id:path}")
def row_page(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER)],
    row_id: str,
    start: int = 0,
    open_start: int = 0,
) -> Response:
    """What was accepted for a row and bears on none of its statements: new points."""
    desk: Desk = request.app.state.desk
    table = desk.table()
    row = next((one for one in table.rows if one.id == row_id), None)
    if row is None and row_id != NO_ROW:
        raise HTTPException(404)
    hidden = desk.readings.blind_for(visitor.account)
    support = desk.support.support(table, hidden)
    pieces = support.elsewhere if row is None else support.rows.get(row_id, ())
    n_open = 0 if row is None else _n_open(desk, row_id=row_id)
    open_start = page_start(open_start, n_open, PAGE_ITEMS)
    proposed = desk.workspace.evidence.proposed(row_id=row_id, limit=PAGE_ITEMS, start=open_start) if n_open else []
    return render(
        request,
        "table_row.html",
        visitor,
        row=row,
        row_id=row_id,
        statement_ids={statement.id for _, statement in table.statements()},
        proposed=proposed,
        n_open=n_open,
        open_start=open_start,
        n_blind=len(hidden),
        **_trail(desk, pieces, start),
    )


@router.get("/table/{statement_id:path}")
def statement_page(
    request: Request,
    visitor: Annotated[Visitor, needs(AccountRole.READER)],
    statement_id: str,
    start: int = 0,
    open_start: int = 0,
) -> Response:
    """The trail of one statement: what was accepted for and against it, what is proposed, what was rejected."""
    desk: Desk = request.app.state.desk
    table = desk.table()
    found = next(((row, one) for row, one in table.statements() if one.id == statement_id), None)
    if found is None:
        raise HTTPException(404)
    row, statement = found
    hidden = desk.readings.blind_for(visitor.account)
    support = desk.support.support(table, hidden)
    n_open = _n_open(desk, statement_id=statement_id)
    open_start = page_start(open_start, n_open, PAGE_ITEMS)
    store = desk.workspace.evidence
    proposed = store.proposed(statement_id=statement_id, limit=PAGE_ITEMS, start=open_start) if n_open else []
    order = [one.id for _, one in table.statements()]
    place = order.index(statement_id)
    weighed, fresh, problem = desk.weighing.look()
    appraised = None if weighed is None else weighed.appraisal.statements.get(statement_id)
    confidence = confidence_of(statement_id, weighed, hidden)
    items = [item for study in appraised.studies for item in study.items] if appraised is not None else []
    return render(
        request,
        "statement.html",
        visitor,
        confidence=confidence,
        explained=[] if appraised is None or confidence is None else explain(appraised, visitor.language),
        studies=() if appraised is None or confidence is None else appraised.studies,
        view=weighed,
        fresh=fresh,
        problem="" if problem is None else error_text(problem, visitor.language),
        ruled=[] if weighed is None else weighed.ruled(items),
        may_rule=visitor.account.role.may(AccountRole.REVIEWER),
        review_day="" if statement.review_by is None else long_date(statement.review_by, visitor.language),
        changes=[] if weighed is None else _changes_of(desk, visitor, weighed, statement_id),
        row=row,
        statement=statement,
        previous=order[place - 1] if place else None,
        next=order[place + 1] if place + 1 < len(order) else None,
        proposed=proposed,
        n_open=n_open,
        open_start=open_start,
        n_blind=len(hidden),
        **_trail(desk, support.statements.get(statement_id, ()), start),
    )


def _changes_of(desk: Desk, visitor: Visitor, weighed: Weighed, statement_id: str) -> list[ShownProposal]:
    """Proposed changes of a statement that wait for somebody."""
    blind, names = desk.readings.blind_for(visitor.account), desk.names()
    return [
        show_proposal(proposal, standing, weighed.rules, visitor.language, names, blind)
        for proposal, standing in weighed.proposals
        if proposal.statement_id == statement_id
        and proposal.change is not ChangeKind.ADD_STATEMENT
        and standing.state in (ProposalState.OPEN, ProposalState.SECONDED)
    ]


def _n_open(desk: Desk, *, statement_id: str | None = None, row_id: str | None = None) -> int:
    total = 0
    for one, n in desk.support.placements().items():
        near = one.statement_id is not None and one.relation != Relation.NEW.value
        wanted = one.statement_id == statement_id if statement_id is not None else one.row_id == row_id
        total += n if wanted and near == (statement_id is not None) else 0
    return total
