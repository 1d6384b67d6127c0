"""A proposal in words: what it does, why, and who has to approve."""

from __future__ import annotations

from datetime import date

from pipelines.domain.evidence_table import Column
from pipelines.domain.proposals import ChangeKind, Proposal, ProposalInWords, Wording
from pipelines.domain.rules import Rules
from pipelines.revision.inputs import INPUTS
from pipelines.revision.wording import quoted_other_language
from pipelines.strings import LANGUAGES, Language, text


def describe(proposal: Proposal, rules: Rules, language: Language) -> ProposalInWords:
    """A proposal told in ``language``.

    Parameters
    ----------
    proposal
        As the rules made it.
    rules
        For the titles; a rule that they do not hold (any more) is named by its id. What was asked for is told as the
        proposal keeps it, whatever the rules ask now.
    language
        ``nl`` or ``en``.
    """
    return ProposalInWords(
        what=what_changes(proposal, language),
        rule=_title(proposal.rule, rules, language),
        why=(*_thresholds(proposal, language), *_facts(proposal, language)),
        who=_who(proposal.people_needed, language),
        notes=_notes(proposal, rules, language),
    )


def reasons(proposal: Proposal, rules: Rules) -> tuple[Wording, ...]:
    """Title of the rule and sentences of why, in both languages side by side."""
    told = {language: describe(proposal, rules, language) for language in LANGUAGES}
    lines = {language: (_ended(one.rule), *one.why, *one.notes) for language, one in told.items()}
    return tuple(Wording(nl=nl, en=en) for nl, en in zip(lines["nl"], lines["en"], strict=True))


def what_changes(proposal: Proposal, language: Language) -> str:
    """One line, for instance ``B1.t1: van trend naar bekend``."""
    values = {"statement": proposal.statement_id or "", "row": proposal.row_id or ""}
    if proposal.from_column is not None:
        values["old"] = _column(proposal.from_column, language)
    if proposal.to_column is not None:
        values["new"] = _column(proposal.to_column, language)
    if proposal.change is ChangeKind.ADD_ROW:
        values["title"] = proposal.row_title.text(language)
    return text(f"revision.what.{proposal.change.value}", language, **values)


def _column(column: Column, language: Language) -> str:
    return text(f"revision.column.{column.value}", language)


def _title(rule_id: str, rules: Rules, language: Language) -> str:
    try:
        return rules.rule(rule_id).title.text(language)
    except KeyError:
        return rule_id


def _who(people: int, language: Language) -> str:
    return text("revision.who.one", language) if people == 1 else text("revision.who.many", language, n=people)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(".") else f"{sentence}."


def _thresholds(proposal: Proposal, language: Language) -> tuple[str, ...]:
    """One sentence for every input that the rule sets a threshold for, in the order of ``INPUTS``."""
    told: list[str] = []
    for name in INPUTS:
        low, high = proposal.inputs.get(f"{name}_at_least"), proposal.inputs.get(f"{name}_at_most")
        if name not in proposal.inputs or (low is None and high is None):
            continue
        if low is not None and high is not None:
            bound = text(
                "revision.bound.both", language, low=_value(name, low, language), high=_value(name, high, language)
            )
        elif low is not None:
            bound = text("revision.bound.at_least", language, limit=_value(name, low, language))
        else:
            bound = text("revision.bound.at_most", language, limit=_value(name, high, language))
        told.append(
            text(
                "revision.why",
                language,
                input=text(f"revision.input.{name}", language),
                value=_value(name, proposal.inputs[name], language),
                bound=bound,
            )
        )
    return tuple(told)


def _value(name: str, value: str | int | float | None, language: Language) -> str:
    if INPUTS[name].levels:
        return text(f"revision.level.{name}.{value}", language)
    if isinstance(value, float):
        plain = f"{value:.2f}".rstrip("0").rstrip(".")
        return plain.replace(".", ",") if language == "nl" else plain
    return str(value)


def _facts(proposal: Proposal, language: Language) -> tuple[str, ...]:
    """What the rule found beside numbers."""
    inputs = proposal.inputs
    told: list[str] = []
    if "figure_found" in inputs:
        values = {"old": inputs["figure_in_table"], "new": inputs["figure_found"], "year": inputs["figure_year"]}
        told.append(text("revision.fact.figure", language, **values))
        year = inputs["year_in_table"]
        key = "revision.fact.figure_no_year" if year == "unknown" else "revision.fact.figure_year"
        told.append(text(key, language, year=year))
    if "answer" in inputs:
        told.append(text("revision.fact.answer", language, answer=text(f"direction.{inputs['answer']}", language)))
    if "topic" in inputs:
        key = "revision.fact.topic" if inputs.get("topic_novel") == "yes" else "revision.fact.topic_covered"
        name = proposal.row_title.text(language) or str(inputs["topic"])
        told.append(text(key, language, topic=name))
    if "review_by" in inputs:
        told.append(text("revision.fact.review_by", language, day=_day(str(inputs["review_by"]), language)))
    if proposal.review_by is not None:
        told.append(text("revision.fact.review_again", language, day=_day(proposal.review_by.isoformat(), language)))
    return tuple(told)


def _day(iso: str, language: Language) -> str:
    day = date.fromisoformat(iso)
    return f"{day.day}-{day.month}-{day.year}" if language == "nl" else day.isoformat()


def _notes(proposal: Proposal, rules: Rules, language: Language) -> tuple[str, ...]:
    inputs = proposal.inputs
    told: list[str] = []
    if "also" in inputs:
        titles = [_title(one, rules, language) for one in str(inputs["also"]).split(", ")]
        told.append(text("revision.note.also", language, rules="; ".join(titles)))
    if "rejected_before" in inputs:
        told.append(text("revision.note.rejected_before", language, n=inputs["rejected_before"]))
    if "removed_before" in inputs:
        told.append(text("revision.note.removed_before", language, n=inputs["removed_before"]))
    if "hedge_left" in inputs:
        told.append(text("revision.note.hedge_left", language, words=inputs["hedge_left"]))
    told += [
        text("revision.note.quote_language", language, language=text(f"language.{other}", language))
        for other in quoted_other_language(proposal.suggestion)
    ]
    if proposal.change is not ChangeKind.KEEP:
        told.append(text("revision.note.own_words", language))
    return tuple(told)
