"""What a language model made of doubtful passages: a line under a quotation, a list of its own, and the account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from pipelines.domain.evidence import Direction, EvidenceKind
from pipelines.domain.reports import Item, Section
from pipelines.domain.second_opinions import Aspect, SecondOpinion, SecondOpinionAccount
from pipelines.report.drafting import Draft, paragraph
from pipelines.report.findings import Finding
from pipelines.report.plain import one_line
from pipelines.report.wording import enumeration, number


def differences(draft: Draft, finding: Finding, opinion: SecondOpinion) -> list[str]:
    """Names of the labels on which the language model differs from the models."""
    return [draft.term(f"second_opinion.aspect.{aspect.value}") for aspect in opinion.differs(finding.labels)]


def opinion_text(draft: Draft, finding: Finding) -> str:
    """How a language model reads the passage, on what it differs, and why; empty where none was asked."""
    opinion = finding.passage.second_opinion
    if opinion is None:
        return ""
    differs = differences(draft, finding, opinion)
    sentences = [
        draft.say("second_opinion.reads", model=one_line(opinion.model), reading=_reading(draft, finding, opinion)),
        draft.say("second_opinion.differs", aspects=enumeration(differs, draft.language))
        if differs
        else draft.say("second_opinion.agrees"),
    ]
    if opinion.reason:
        sentences.append(draft.say("second_opinion.reason", reason=one_line(opinion.reason)))
    return " ".join(sentences)


def _reading(draft: Draft, finding: Finding, opinion: SecondOpinion) -> str:
    if opinion.flag:
        parts = [draft.say("second_opinion.flagged"), ", ".join(opinion.rows) or draft.say("second_opinion.no_row")]
        if opinion.relation is not None:
            parts.append(relation_text(draft, opinion))
        if opinion.kind is not EvidenceKind.NONE:
            parts.append(draft.term(f"evidence_kind.{opinion.kind}"))
        if opinion.direction is not Direction.NONE:
            parts.append(draft.term(f"direction.{opinion.direction}"))
    else:
        parts = [draft.say("second_opinion.not_flagged")]
    if Aspect.THEMES in opinion.differs(finding.labels):
        parts.append(", ".join(draft.theme(t) for t in opinion.themes) or draft.say("summary.no_theme").lower())
    return "; ".join(parts)


def relation_text(draft: Draft, opinion: SecondOpinion) -> str:
    """Name of the relation with the statement it is to."""
    relation = draft.term(f"relation.{opinion.relation}") if opinion.relation else ""
    if not relation or opinion.statement is None:
        return relation
    return draft.say("second_opinion.on_statement", relation=relation, statement=opinion.statement)


def account_text(draft: Draft) -> list[Item]:
    """What was asked, where, and what came of it; empty where no language model was asked."""
    accounts = [a for a in draft.material.second_opinions if a.n_doubtful]
    if not accounts and not draft.findings.second_opinions:
        return []
    items: list[Item] = [paragraph(draft.say("second_opinion.made_what"))]
    for (model, address, outside), group in _by_model(accounts).items():
        place = draft.say("second_opinion.made_outside", address=address) if outside else None
        counts = {name: sum(getattr(a, f"n_{name}") for a in group) for name in ("asked", "answered", "kept")}
        told = draft.say(
            "second_opinion.made_counts",
            model=model,
            place=place or draft.say("second_opinion.made_here"),
            # What one run left the next one asks: only the last one's rest was never asked.
            left=number(group[-1].n_left, draft.language),
            **{name: number(n, draft.language) for name, n in counts.items()},
        )
        items.append(paragraph(told, _faults(draft, group)))
    return items


def _by_model(
    accounts: Iterable[SecondOpinionAccount],
) -> dict[tuple[str, str, bool], list[SecondOpinionAccount]]:
    groups: dict[tuple[str, str, bool], list[SecondOpinionAccount]] = {}
    for account in accounts:
        key = one_line(account.model), one_line(account.address), account.outside
        groups.setdefault(key, []).append(account)
    return groups


def _faults(draft: Draft, accounts: list[SecondOpinionAccount]) -> str:
    faults = sum((Counter(a.faults) for a in accounts), Counter())
    if not faults:
        return ""
    named = [draft.fill(f"second_opinion.fault.{f.value}", n=number(n, draft.language)) for f, n in faults.items()]
    return draft.say("second_opinion.made_faults", faults="; ".join(named))


def went_outside(draft: Draft) -> bool:
    """Whether text of a passage of this report left the computer for a second opinion."""
    return any(a.outside and a.n_asked for a in draft.material.second_opinions) or any(
        f.passage.second_opinion is not None and f.passage.second_opinion.outside
        for f in draft.findings.second_opinions
    )


def account_section(draft: Draft) -> list[Section]:
    """Draft the account as a section; none where no language model was asked."""
    items = account_text(draft)
    title = draft.say("second_opinion.made_heading")
    return [Section(title=title, anchor="second-opinion", items=tuple(items))] if items else []
