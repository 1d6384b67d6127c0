"""Which changes of the table the evidence calls for, by the rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from pipelines.domain.appraisal import Appraisal, Confidence, EvidencePiece, StatementAppraisal
from pipelines.domain.evidence_table import Column, EvidenceTable, Statement, TableRow
from pipelines.domain.ids import content_id
from pipelines.domain.proposals import ChangeKind, Proposal, Wording
from pipelines.domain.rules import Rule, Rules
from pipelines.domain.themes import Theme
from pipelines.domain.topics import TopicModel
from pipelines.revision.figures_outdated import FigureReader, figure_wording, find_outdated
from pipelines.revision.hedges import hedges_in
from pipelines.revision.inputs import Value, holds, kept_inputs, measure
from pipelines.revision.new_points import column_of, items_of, new_row_of, point_key
from pipelines.revision.rejections import RejectedOn, on_removed, rejected_before, rejected_point
from pipelines.revision.review_days import again_after, months_later, review_question
from pipelines.revision.wording import suggest_wording

#: Which of several rules that hold for one statement proposes: what takes certainty away first, as a statement that is
#: not so does most harm; the day to look again last, as any change looks at the statement.
_ORDER = (
    "known_uncertain",
    "trend_uncertain",
    "narrowed_known",
    "trend_known",
    "uncertain_narrowed",
    "figure_outdated",
    "wording_narrowed",
    "review_date",
)


class _Matter(NamedTuple):
    """All that the rules look at."""

    table: EvidenceTable
    appraisal: Appraisal
    pieces: Mapping[str, EvidencePiece]
    rules: Rules
    today: date
    topics: TopicModel | None
    rejected: Mapping[str, RejectedOn]
    applied: Mapping[str | None, frozenset[str]]
    removed: frozenset[str]
    themes: Mapping[str, Sequence[Theme]]
    read_figures: FigureReader | None


class _Fired(NamedTuple):
    """A rule that holds for a statement."""

    rule: Rule
    inputs: dict[str, Value]
    suggestion: Wording


def propose_changes(
    table: EvidenceTable,
    appraisal: Appraisal,
    pieces: Sequence[EvidencePiece],
    rules: Rules,
    today: date,
    *,
    topics: TopicModel | None = None,
    rejected: Mapping[str, RejectedOn] | None = None,
    applied: Mapping[str | None, frozenset[str]] | None = None,
    themes: Mapping[str, Sequence[Theme]] | None = None,
    read_figures: FigureReader | None = None,
) -> list[Proposal]:
    """Proposed changes, at most one for each statement: statements in table order, then new statements, then new rows.

    Pure: the same input gives the same proposals, whatever the order of ``pieces``.

    Parameters
    ----------
    table
        The newest version.
    appraisal
        Of ``pieces`` against ``table``.
    pieces
        Accepted evidence; sentences are quoted from it.
    rules
        As :func:`pipelines.revision.rules.load_rules` reads them.
    today
        The day on which the rules are applied; only the rule for review days depends on it.
    topics
        Of the latest scan; names new rows.
    rejected
        Subject of a proposal -> with what it was rejected. It is proposed again only with a study more, or one that
        says something else than then.
    applied
        Statement id -> ids of the items on which changes of it rest that are in ``table`` already: what was used to
        move a statement is no reason to move it again. Under ``None`` the items of which statements were made.
    themes
        Passage id -> its themes; places new rows in a chapter.
    read_figures
        Finds figures in statements; without it no figure is held to be out of date.
    """
    matter = _Matter(
        table=table,
        appraisal=appraisal,
        pieces={piece.item_id: piece for piece in pieces},
        rules=rules,
        today=today,
        topics=topics,
        rejected=rejected or {},
        applied=applied or {},
        removed=on_removed(pieces, frozenset(statement.id for _, statement in table.statements())),
        themes=themes or {},
        read_figures=read_figures,
    )
    found = [_on_statement(matter, row, statement) for row, statement in table.statements()]
    found += [_on_point(matter, point) for point in _points_in_order(matter)]
    return [proposal for proposal in found if proposal is not None]


def _points_in_order(matter: _Matter) -> list[StatementAppraisal]:
    rows = {row.id: place for place, row in enumerate(matter.table.rows)}
    last = len(rows)
    points = [point for point in matter.appraisal.new_points if items_of(point)]
    return sorted(points, key=lambda p: (rows.get(p.row_id or "", last), point_key(p, matter.pieces)))


def _on_statement(matter: _Matter, row: TableRow, statement: Statement) -> Proposal | None:
    """The proposal of the first rule that holds and was not rejected on the same evidence."""
    found = matter.appraisal.statements.get(statement.id) or StatementAppraisal(
        row_id=row.id, statement_id=statement.id, confidence=Confidence()
    )
    fired = [one for rule_id in _ORDER if (one := _apply(matter, matter.rules.rule(rule_id), statement, found))]
    for place, one in enumerate(fired):
        asked = _question(matter, one.rule, statement, found)
        if asked is None:
            continue
        subject, before = asked
        inputs = {**one.inputs, **before}
        others = [other.rule.id for other in fired[:place] + fired[place + 1 :]]
        if others:
            inputs["also"] = ", ".join(others)
        return _make(matter, one.rule, subject, row.id, statement, found, one.suggestion, inputs)
    return None


def _question(
    matter: _Matter, rule: Rule, statement: Statement, found: StatementAppraisal
) -> tuple[str, dict[str, Value]] | None:
    """Subject, and what to add to the inputs; ``None`` where it was rejected and nothing came since."""
    if rule.id == "review_date" and statement.review_by is not None:
        months = again_after(matter.rules)
        return review_question(matter.rejected, statement.id, statement.review_by, found.studies, matter.today, months)
    subject = f"{rule.id}:{statement.id}"
    if subject not in matter.rejected:
        return subject, {}
    before = rejected_before(matter.rejected[subject], found.studies)
    return None if before is None else (subject, before)


def _apply(matter: _Matter, rule: Rule, statement: Statement, found: StatementAppraisal) -> _Fired | None:
    if not rule.active or not _concerns(rule, statement):
        return None
    if rule.id == "figure_outdated":
        return _apply_figures(matter, rule, statement, found)
    values: dict[str, Value]
    if rule.id == "review_date":
        if statement.review_by is None:
            return None
        values = {"days_past": (matter.today - statement.review_by).days}
    else:
        if not found.studies:
            return None
        values = measure(found, matter.applied.get(statement.id, frozenset()), rule)
    if not holds(rule, values):
        return None
    inputs = kept_inputs(rule, values)
    suggestion = suggest_wording(rule.id, statement, found.studies, matter.pieces)
    if rule.id == "review_date" and statement.review_by is not None:
        inputs["review_by"] = statement.review_by.isoformat()
    if found.confidence.answer is not None and statement.column is Column.UNCERTAIN:
        inputs["answer"] = found.confidence.answer.value
    if rule.to_column is Column.KNOWN:
        left = dict.fromkeys((*hedges_in(suggestion.nl, "nl"), *hedges_in(suggestion.en, "en")))
        if left and rule.id == "trend_known":
            inputs["hedge_left"] = ", ".join(left)
    return _Fired(rule, inputs, suggestion)


def _concerns(rule: Rule, statement: Statement) -> bool:
    """Whether a rule is about statements such as this one."""
    if rule.id == "wording_narrowed":
        return statement.column is not Column.UNCERTAIN
    if rule.from_column is not None and statement.column is not rule.from_column:
        return False
    return rule.from_column is not Column.UNCERTAIN or statement.narrowed == (rule.id == "narrowed_known")


def _apply_figures(matter: _Matter, rule: Rule, statement: Statement, found: StatementAppraisal) -> _Fired | None:
    if matter.read_figures is None or not found.studies:
        return None
    outdated = find_outdated(found, statement, matter.pieces, rule, matter.read_figures)
    if outdated is None:
        return None
    inputs = kept_inputs(rule, outdated.values)
    inputs |= {
        "figure_in_table": outdated.old.text,
        "figure_found": outdated.new.text,
        "figure_year": outdated.piece.year or 0,
        "figure_item": outdated.piece.item_id,
        "year_in_table": outdated.year_of_statement or "unknown",
    }
    return _Fired(rule, inputs, figure_wording(outdated, statement, matter.read_figures))


def _on_point(matter: _Matter, point: StatementAppraisal) -> Proposal | None:
    rows = {row.id for row in matter.table.rows}
    row_id = point.row_id if point.row_id in rows else None
    rule = matter.rules.rule("new_row" if row_id is None else "new_statement")
    values = {
        name: value
        for name, value in measure(point, matter.applied.get(None, frozenset()), rule).items()
        if name in {"studies_for", "studies_against", "new_for", "observed_for", "evidence", "agreement", "confidence"}
    }
    if not rule.active or not holds(rule, values):
        return None
    place = "" if row_id is None else f"{row_id}:"
    subject = f"{rule.id}:{place}{point_key(point, matter.pieces)}"
    earlier = rejected_point(matter.rejected, f"{rule.id}:{place}", point.studies, matter.removed)
    if earlier is None:
        return None
    suggestion = suggest_wording(rule.id, None, point.studies, matter.pieces)
    inputs = {**kept_inputs(rule, values), **earlier}
    return _make(matter, rule, subject, row_id, None, point, suggestion, inputs)


def _make(
    matter: _Matter,
    rule: Rule,
    subject: str,
    row_id: str | None,
    statement: Statement | None,
    found: StatementAppraisal,
    suggestion: Wording,
    inputs: dict[str, Value],
) -> Proposal:
    to_column = rule.to_column or (statement.column if statement is not None else column_of(found, matter.pieces))
    title, chapter = Wording(), None
    if rule.change is ChangeKind.ADD_ROW:
        title, chapter, topic = new_row_of(found, matter.pieces, matter.table, matter.topics, matter.themes)
        if topic is not None:
            name = topic.name_nl or topic.name_en
            inputs = {**inputs, "topic": name, "topic_novel": "yes" if topic.novel else "no"}
    made = Proposal(
        id="",
        subject=subject,
        rule=rule.id,
        rule_version=rule.version,
        change=rule.change,
        upward=rule.upward,
        people_needed=rule.people,
        row_id=row_id,
        statement_id=None if statement is None else statement.id,
        before=statement,
        from_column=None if statement is None else statement.column,
        to_column=to_column,
        suggestion=suggestion,
        row_title=title,
        chapter=chapter,
        review_by=_next_look(matter, statement),
        confidence=found.confidence,
        studies=found.studies,
        inputs=inputs,
        table_version=matter.table.version,
        made=matter.today,
    )
    return made.model_copy(update={"id": _id_of(made)})


def _id_of(proposal: Proposal) -> str:
    """Hash of all that people approve: where other words, another place or other evidence is proposed it is another
    proposal. The day and the weights are no part of it, as they change with the calendar."""
    parts = proposal.model_dump_json(
        include={
            "rule", "rule_version", "subject", "before", "change", "to_column", "suggestion", "row_title", "chapter",
            "people_needed", "upward",
        }
    )  # fmt: skip
    studies = sorted(f"{s.study.id}:{s.stance.value}:{','.join(s.items)}" for s in proposal.studies)
    return content_id("proposal", parts, *studies)


def _next_look(matter: _Matter, statement: Statement | None) -> date | None:
    """The day that the change sets: who decides on a statement whose day has passed has looked at it."""
    if statement is None or statement.review_by is None or statement.review_by >= matter.today:
        return None
    return months_later(matter.today, again_after(matter.rules))
