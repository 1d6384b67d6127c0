"""The last chapter of the note: by which rules, methods, versions and people it came about."""

from __future__ import annotations

from collections import Counter

from pipelines.domain.reports import BulletList, Item, Section, Span, Table
from pipelines.report.drafting import cell, paragraph
from pipelines.report.note_drafting import NoteDraft
from pipelines.report.plain import one_line
from pipelines.report.section_account import versions_table
from pipelines.report.section_second_opinion import account_section, went_outside
from pipelines.report.wording import long_date

_LIMITS = ("unread", "readers", "suggestions", "studies", "sources", "misses", "pages")


def _rules(draft: NoteDraft) -> list[Item]:
    if not draft.material.rules.rules:
        return []
    used = Counter((p.rule, p.rule_version) for p, _ in draft.material.proposals)
    rows = tuple(
        (
            cell(rule.id, bold=True),
            cell(str(rule.version)),
            cell(one_line(rule.title.text(draft.language)), one_line(rule.explanation.text(draft.language))),
            cell(draft.figure(used[rule.id, rule.version])),
        )
        for rule in draft.material.rules.rules
        if rule.active
    )
    return [
        Table(
            anchor="rules-table",
            caption=draft.say("method.rules_caption"),
            header=tuple(draft.say(f"heading.{name}") for name in ("rule", "rule_version", "meaning", "n_proposals")),
            rows=rows,
            widths=(0.18, 0.09, 0.6, 0.13),
            number_columns=(1, 3),
        )
    ]


def _table_versions(draft: NoteDraft) -> Item:
    if not draft.material.versions:
        return paragraph(draft.say("method.no_versions", version=draft.table.version))
    rows = []
    for record in draft.material.versions:
        values = {"file": one_line(record.file), "restores": record.restores or "", "version": record.based_on or "–"}
        people = [draft.person(person) for person in record.people]
        rows.append(
            (
                cell(record.version, bold=True),
                cell(long_date(record.created.date(), draft.language)),
                cell(draft.say(f"method.origin.{record.origin}", **values), one_line(record.why)),
                cell(draft.listed(people) or "–"),
                cell(draft.figure(len(record.changes))),
            )
        )
    return Table(
        anchor="table-versions",
        caption=draft.say("method.versions_caption"),
        header=tuple(draft.say(f"heading.{n}") for n in ("version", "date", "origin", "people", "n_changes")),
        rows=tuple(rows),
        widths=(0.18, 0.17, 0.3, 0.22, 0.13),
        number_columns=(4,),
    )


def _people(draft: NoteDraft) -> Item:
    """Who decided, in numbers."""
    in_period = draft.material.in_period
    accepted = Counter(f.piece.reviewer for f in draft.pieces if f.new)
    confirmed = Counter(f.piece.confirmed_by for f in draft.pieces if f.new and f.piece.confirmed_by)
    made = Counter(
        decision.person
        for _, standing in draft.material.proposals
        for decision in (*standing.approvals, *([standing.rejection] if standing.rejection else []))
        if in_period(decision.decided)
    )
    people = sorted({*accepted, *confirmed, *made}, key=lambda p: (draft.person(p).casefold(), p))
    if not people:
        return paragraph(draft.say("method.nobody"))
    rows = tuple(
        (
            cell(draft.person(person), bold=True),
            *(cell(draft.figure(counts[person])) for counts in (accepted, confirmed, made)),
        )
        for person in people
    )
    return Table(
        anchor="people-table",
        caption=draft.say("method.people_caption"),
        header=tuple(draft.say(f"heading.{n}") for n in ("person", "n_accepted", "n_confirmed", "n_proposals_decided")),
        rows=rows,
        widths=(0.34, 0.22, 0.22, 0.22),
        number_columns=(1, 2, 3),
    )


def method_section(draft: NoteDraft) -> Section:
    """Draft how the note came about: limits, rules, confidence, people, versions of the table, program and models."""
    limits = tuple((Span(text=draft.say(f"method.limit_{limit}")),) for limit in _LIMITS)
    outside = draft.say("method.outside" if went_outside(draft.scan) else "method.inside")
    confidence = draft.say("method.confidence", version=draft.material.appraisal.method_version)
    rules = draft.say("method.rules_intro", version=draft.material.rules.version or "–")
    return Section(
        title=draft.say("method.heading"),
        anchor="method",
        items=(paragraph(draft.say("method.intro"), outside),),
        sections=(
            _part(draft, "limits", BulletList(items=limits)),
            _part(draft, "rules", paragraph(rules), *_rules(draft)),
            _part(draft, "confidence", paragraph(confidence), paragraph(draft.say("method.confidence_steps"))),
            _part(draft, "people", _people(draft)),
            _part(draft, "table_versions", _table_versions(draft)),
            *account_section(draft.scan),
            _part(draft, "versions", versions_table(draft.scan)),
        ),
    )


def _part(draft: NoteDraft, name: str, *items: Item) -> Section:
    anchor = f"method-{name.replace('_', '-')}"
    return Section(title=draft.say(f"method.{name}_heading"), anchor=anchor, items=items)
