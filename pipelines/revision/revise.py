"""From approved changes to the next version of the table."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.domain.appraisal import Stance
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.proposals import ApprovedChange, ChangeKind, Proposal, ProposalStanding, Wording
from pipelines.errors import TableError
from pipelines.revision.places import ids_of, next_row_id, next_statement_id, put_in_chapter, put_in_column
from pipelines.strings import LANGUAGES

#: Changes after which the statement rests on the studies of the proposal, so that its source note names them.
_WITH_SOURCE = frozenset(
    {ChangeKind.MOVE, ChangeKind.NARROW, ChangeKind.REWORD, ChangeKind.ADD_STATEMENT, ChangeKind.ADD_ROW}
)
#: A source note names so many studies; the update note and the page hold them all. A note of the shipped table has at
#: most 20 characters, and the name of a study about as many.
_MOST_NAMES = 5


def approved_change(proposal: Proposal, standing: ProposalStanding) -> ApprovedChange:
    """The change as people approved it.

    A wording that people gave is taken as it is: a language that they left empty is empty in the table, which then
    shows the text there is, and is named in ``dropped`` where a text was suggested. Where one language was worded anew
    and the other is the suggestion still, that stays, as it was seen, and is named in ``stale``: does it say the same?
    """
    suggested = proposal.suggestion
    given = Wording() if standing.wording is None else standing.wording
    wording, dropped, stale = suggested, (), ()
    if any(_of(given, language) for language in LANGUAGES):
        wording = Wording(nl=_of(given, "nl"), en=_of(given, "en"))
        dropped = tuple(one for one in LANGUAGES if _of(suggested, one) and not _of(given, one))
        kept = tuple(one for one in LANGUAGES if _of(given, one) and _of(given, one) == _of(suggested, one))
        worded_anew = any(_of(given, one) not in ("", _of(suggested, one)) for one in LANGUAGES)
        stale = kept if worded_anew else ()
    return ApprovedChange(
        proposal_id=proposal.id,
        change=proposal.change,
        row_id=proposal.row_id,
        statement_id=proposal.statement_id,
        to_column=proposal.to_column,
        wording=wording,
        row_title=proposal.row_title,
        chapter=proposal.chapter,
        source=_source_of(proposal) if proposal.change in _WITH_SOURCE else "",
        review_by=proposal.review_by,
        before=proposal.before,
        dropped=dropped,
        stale=stale,
    )


def _of(wording: Wording, language: str) -> str:
    return wording.text_in(language).strip()


def _source_of(proposal: Proposal) -> str:
    """The note that the statement has, then the studies that the change rests on, by their short names."""
    stance = {"known_uncertain": Stance.AGAINST, "trend_uncertain": Stance.AGAINST, "wording_narrowed": Stance.NUANCE}
    studies = [s for s in proposal.studies if s.weight > 0]
    if proposal.rule == "figure_outdated":
        studies = [s for s in studies if proposal.inputs.get("figure_item") in s.items]
    else:
        studies = [s for s in studies if s.stance is stance.get(proposal.rule, Stance.FOR)]
    earlier = proposal.before.source if proposal.before is not None else ""
    heaviest = sorted(studies, key=lambda s: (-s.weight, s.study.name, s.study.id))
    names = list(dict.fromkeys(s.study.name for s in heaviest if s.study.name and s.study.name not in earlier))
    more = ["…"] if len(names) > _MOST_NAMES else []
    return "; ".join(part for part in (earlier, *names[:_MOST_NAMES], *more) if part)


def revise_table(
    table: EvidenceTable, changes: Sequence[ApprovedChange], version: str, *, taken: frozenset[str] = frozenset()
) -> EvidenceTable:
    """The next version. Without changes it is the same table under another name.

    A statement that moves keeps its id: its history follows the id, although the letter in it then tells where it began
    and no longer where it stands. New ids are above every number that was used, so that none comes back with another
    meaning. The order in which changes are given plays no part.

    Parameters
    ----------
    table
        The version that the changes were approved on.
    changes
        At most one for a statement. With a row that is not its own a statement moves to that row.
    version
        Name of the new version.
    taken
        Ids of earlier versions (:func:`pipelines.revision.places.ids_of`), which new ones may not have.

    Raises
    ------
    TableError
        Two changes to one statement; a statement or row that is gone; a statement that is another than when the change
        was approved; a change that lacks what it needs; an id that is in use. The message names them.
    """
    _check_single(changes)
    rows = {row.id: row for row in table.rows}
    order = [row.id for row in table.rows]
    for change in changes:
        if not change.change.adds:
            rows = _change_statement(rows, change)
    used = set(taken) | ids_of([table]) | {c.statement_id for c in changes if c.change.adds and c.statement_id}
    placed = tuple(rows[row_id] for row_id in order)
    for change in sorted((c for c in changes if c.change.adds), key=_adding_order):
        placed = _add(placed, change, used, ids_of([table]) | taken)
    return EvidenceTable(schema_version=table.schema_version, version=version, rows=placed)


def _name(change: ApprovedChange) -> str:
    return change.proposal_id or change.statement_id or change.change.value


def _adding_order(change: ApprovedChange) -> tuple[bool, str, str, str, str]:
    """Statements before rows; by what they are, so that ids do not depend on the order in which changes came in."""
    return (
        change.change is ChangeKind.ADD_ROW,
        change.row_id or "",
        change.to_column or "",
        change.proposal_id or "",
        change.wording.model_dump_json(),
    )


def _check_single(changes: Sequence[ApprovedChange]) -> None:
    seen: dict[str, ApprovedChange] = {}
    for change in changes:
        if change.statement_id is None:
            if not change.change.adds:
                raise TableError("error.revision_incomplete", change=_name(change), missing="statement_id")
            continue
        if change.statement_id in seen:
            raise TableError(
                "error.revision_two_changes",
                statement=change.statement_id,
                first=_name(seen[change.statement_id]),
                second=_name(change),
            )
        seen[change.statement_id] = change


def _change_statement(rows: dict[str, TableRow], change: ApprovedChange) -> dict[str, TableRow]:
    statement_id = change.statement_id or ""
    row = next((r for r in rows.values() if any(s.id == statement_id for s in r.statements)), None)
    if row is None:
        raise TableError("error.revision_gone", statement=statement_id, change=_name(change))
    statement = next(s for s in row.statements if s.id == statement_id)
    if change.before is not None and change.before != statement:
        raise TableError("error.revision_changed", statement=statement_id, change=_name(change))
    rest = tuple(s for s in row.statements if s.id != statement_id)
    if change.change is ChangeKind.REMOVE:
        return {**rows, row.id: row.model_copy(update={"statements": rest})}
    changed = _changed(statement, change)
    target = change.row_id or row.id
    if target not in rows:
        raise TableError("error.revision_row_gone", row=target, change=_name(change))
    if target == row.id and changed.column == statement.column:
        kept = tuple(changed if s.id == statement_id else s for s in row.statements)
        return {**rows, row.id: row.model_copy(update={"statements": kept})}
    left = {**rows, row.id: row.model_copy(update={"statements": rest})}
    host = left[target]
    return {**left, target: host.model_copy(update={"statements": put_in_column(host.statements, changed)})}


def _changed(statement: Statement, change: ApprovedChange) -> Statement:
    if change.change is ChangeKind.MOVE and change.to_column is None:
        raise TableError("error.revision_incomplete", change=_name(change), missing="to_column")
    if change.change is ChangeKind.NARROW and statement.column is not Column.UNCERTAIN:
        raise TableError("error.revision_not_uncertain", statement=statement.id, change=_name(change))
    return change.changed(statement)


def _add(
    rows: tuple[TableRow, ...], change: ApprovedChange, used: set[str], before: frozenset[str]
) -> tuple[TableRow, ...]:
    """Add a statement or a row; ``used`` grows with the new ids."""
    if not change.wording.nl and not change.wording.en:
        raise TableError("error.revision_incomplete", change=_name(change), missing="wording")
    if change.statement_id is not None and change.statement_id in before:
        raise TableError("error.revision_id_taken", id=change.statement_id, change=_name(change))
    if change.change is ChangeKind.ADD_ROW:
        if change.chapter is None or not (change.row_title.nl or change.row_title.en):
            raise TableError("error.revision_incomplete", change=_name(change), missing="chapter, row_title")
        row_id = change.row_id or next_row_id(change.chapter, rows, used)
        if row_id in before or any(row.id == row_id for row in rows):
            raise TableError("error.revision_id_taken", id=row_id, change=_name(change))
        row = TableRow(id=row_id, chapter=change.chapter, nl=change.row_title.nl, en=change.row_title.en)
        rows = put_in_chapter(rows, row)
        used.add(row_id)
    else:
        row_id = change.row_id or ""
    host = next((row for row in rows if row.id == row_id), None)
    if host is None:
        raise TableError("error.revision_row_gone", row=row_id, change=_name(change))
    column = change.to_column or Column.TREND
    statement = change.new_statement(change.statement_id or next_statement_id(row_id, column, used))
    used.add(statement.id)
    changed = host.model_copy(update={"statements": put_in_column(host.statements, statement)})
    return tuple(changed if row.id == row_id else row for row in rows)
