"""The card of the models: what they were trained on, how good they are, and what they cannot do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.label import MODEL_FILE
from flows.tagging_card_text import TEXT
from flows.tagging_figures import (
    NAMES,
    Prediction,
    calibration_errors,
    confusion,
    f1_of_labels,
    figures,
    theme_f1,
)
from pipelines.domain.ids import file_checksum
from pipelines.domain.themes import Theme
from pipelines.evidence.model import CHOICES
from pipelines.language.training_set import TrainingPassage
from pipelines.store.files import write_whole

_ASKED_OF = {"relation": "flag", "column": "flag", "level": "recommendation"}
"""Choices that arise for some passages only."""


@dataclass(frozen=True)
class Measured:
    """Passages and what models say of them; ``in_full`` also per language and label."""

    name: str
    passages: Sequence[TrainingPassage]
    predictions: Sequence[Prediction]
    in_full: bool = False

    def of(self, language: str) -> Measured:
        """The part in one language."""
        pairs = [(p, q) for p, q in zip(self.passages, self.predictions, strict=True) if p.lang == language]
        return Measured(f"{self.name}, {language}", [p for p, _ in pairs], [q for _, q in pairs])

    def answers(self, question: str) -> tuple[list[str], list[str]]:
        """True and given labels of a choice, over the passages it is asked of."""
        asked = _ASKED_OF.get(question)
        pairs = [(p, q) for p, q in zip(self.passages, self.predictions, strict=True) if not asked or getattr(p, asked)]
        return [str(getattr(p, question)) for p, _ in pairs], [q.choices[question] for _, q in pairs]


def write_card(
    facts: Mapping[str, Any], passages: Sequence[TrainingPassage], groups: Sequence[Measured], folder: Path
) -> dict[str, Any]:
    """Write ``card.md`` and return the content of ``card.json``; ``passages`` are those trained on."""
    columns = [part for g in groups for part in ([g, g.of("nl"), g.of("en")] if g.in_full else [g])]
    by_column = {part.name: figures(part.passages, part.predictions) for part in columns}
    full = [g for g in groups if g.in_full]
    by_label = {g.name: _by_label(g) for g in full}
    errors = {part.name: calibration_errors(part.passages, part.predictions) for part in columns}
    confusions = {g.name: {q: confusion(*g.answers(q), answers) for q, answers in CHOICES.items()} for g in full[:1]}
    text = TEXT.format(
        n_passages=len(passages),
        n_documents=len({p.doc for p in passages}),
        n_held_out=len(full[0].passages),
        files="`, `".join(facts["training_files"]),
        encoder=facts["encoder"],
        reader=facts["reader"],
        lexicon=facts["lexicon"],
        table=facts["table"],
        figures=_table("figure", by_column, NAMES),
        by_label=_table("label", by_label, list(next(iter(by_label.values())))),
        calibration=_table("probability of", errors, [*(theme.value for theme in Theme), "flag", "recommendation"]),
        confusions="\n\n".join(_confusion(question, counts) for question, counts in confusions[full[0].name].items()),
    )
    write_whole(folder / "card.md", text.encode())
    return {
        **facts,
        "n_passages": len(passages),
        "n_held_out": len(full[0].passages),
        "files": {MODEL_FILE: file_checksum((folder / MODEL_FILE).read_bytes())},
        "figures": _rounded(by_column),
        "by_label": _rounded(by_label),
        "calibration_error": _rounded(errors),
        "confusion": confusions,
    }


def _by_label(group: Measured) -> dict[str, float]:
    found = {theme.value: theme_f1(group.passages, group.predictions, theme) for theme in Theme}
    for question, answers in CHOICES.items():
        of_labels = f1_of_labels(*group.answers(question), answers)
        found |= {f"{question}: {label}": value for label, value in of_labels.items()}
    return found


def _rounded(columns: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    return {name: {k: round(v, 4) for k, v in column.items()} for name, column in columns.items()}


def _table(head: str, columns: Mapping[str, Mapping[str, float]], names: Sequence[str]) -> str:
    def lines() -> Iterator[str]:
        yield f"| {head} | {' | '.join(columns)} |"
        yield f"| --- |{' --- |' * len(columns)}"
        for name in names:
            yield f"| {name} | {' | '.join(f'{column[name]:.3f}' for column in columns.values())} |"

    return "\n".join(lines())


def _confusion(question: str, counts: Sequence[Sequence[int]]) -> str:
    answers = CHOICES[question]
    head = f"| {question}: true, given as | {' | '.join(answers)} |\n| --- |{' --- |' * len(answers)}\n"
    return head + "\n".join(f"| {a} | {' | '.join(map(str, row))} |" for a, row in zip(answers, counts, strict=True))
