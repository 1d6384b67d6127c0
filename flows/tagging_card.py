"""The card of the models: what they were trained on, how good they are, and what they cannot do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from flows.label import MODEL_FILE
from flows.tagging_figures import NAMES, Prediction, calibration_error, figures, theme_f1
from pipelines.domain.ids import file_checksum
from pipelines.domain.themes import Theme
from pipelines.language.training_set import TrainingPassage
from pipelines.store.files import write_whole

_TEXT = """# Models of themes and evidence

Linear models over words, pieces of words, concepts of the lexicon and sentence vectors, for Dutch and English together.
They propose; people decide. How they work: `pipelines/language/features.py`, `pipelines/language/linear.py`,
`pipelines/themes/tagger.py`, `pipelines/evidence/model.py`. Made anew with `python -m flows.train`.

## Training
{n_passages} passages of {n_documents} documents (`{files}`), written for this project after reading published work
and labelled by one guide (those in `own_*`: short findings, lists and web items, many without a heading, half of them
in Belgian Dutch); their figures, samples and quotations are partly invented: they teach labels and are never facts.
Encoder `{encoder}`, lexicon `{lexicon}`, table `{table}`.

## Figures
On passages of documents the models had not seen (5 folds, a document in one fold), and, where named, on a development
set of 240 passages by other authors that was never trained on. Made with
`python -m flows.train --measure FILE...`.

{table_of_figures}

F1 per theme, out of fold: {themes}. Expected calibration error, out of fold: {calibration}.

## Reading the figures
theme_f1 is macro F1 of the five themes; row_r1 and row_r3 the share with a right row first or among three; wss95
the work saved at 95 % recall as a share of the most possible; relation and column are measured on flagged passages,
evidence and direction on all. All probabilities are logistic readings of scores made out of fold, moved so that 0.5
is the working point; it lies between the best F1 out of fold and that on the development set, so that figures on the
development set are a little high.

## Limits
- Relation and direction are the weakest. Of the passages said to contradict a statement about half do out of fold and
  on the development set, and fewer in long reports; most of the others support it.
- Statements of a table that differ from the trained ones (cosine below .8, or new ids) are ranked by likeness and
  row alone: the right one is first for about a third of the passages instead of six in ten. New rows are found by
  likeness alone.
- Texts without findings (rules, checklists, legal articles) are flagged too often where they cite figures or studies.
- A passage whose subject stands only in its title or section loses some points without them (see *without headings*).
- Other languages than Dutch and English are not labelled.
"""


def write_card(
    facts: Mapping[str, Any],
    passages: Sequence[TrainingPassage],
    predictions: Sequence[Prediction],
    folder: Path,
    measured: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, Any]:
    """Write ``card.md`` and return the content of ``card.json``.

    ``measured`` holds further columns of figures, by their name.
    """
    by_column = {"out of fold": figures(passages, predictions)}
    for language in ("nl", "en"):
        own = [(p, q) for p, q in zip(passages, predictions, strict=True) if p.lang == language]
        by_column[f"out of fold, {language}"] = figures([p for p, _ in own], [q for _, q in own])
    by_column |= {name: dict(column) for name, column in (measured or {}).items()}
    themes = {theme.value: theme_f1(passages, predictions, theme) for theme in Theme}
    errors = {
        theme.value: calibration_error(
            np.asarray([theme in p.themes for p in passages]), np.asarray([q.themes[theme] for q in predictions])
        )
        for theme in Theme
    }
    errors["flag"] = calibration_error(
        np.asarray([p.flag for p in passages]), np.asarray([q.flag for q in predictions])
    )
    header = f"| figure | {' | '.join(by_column)} |\n| --- |{' --- |' * len(by_column)}\n"
    lines = [f"| {name} | {' | '.join(f'{c[name]:.3f}' for c in by_column.values())} |" for name in NAMES]
    text = _TEXT.format(
        n_passages=len(passages),
        n_documents=len({p.doc for p in passages}),
        files="`, `".join(facts["training_files"]),
        encoder=facts["encoder"],
        lexicon=facts["lexicon"],
        table=facts["table"],
        table_of_figures=header + "\n".join(lines),
        themes=", ".join(f"{name} {value:.3f}" for name, value in themes.items()),
        calibration=", ".join(f"{name} {value:.3f}" for name, value in errors.items()),
    )
    write_whole(folder / "card.md", text.encode())
    return {
        **facts,
        "n_passages": len(passages),
        "files": {MODEL_FILE: file_checksum((folder / MODEL_FILE).read_bytes())},
        "figures": {k: {n: round(v, 4) for n, v in c.items()} for k, c in by_column.items()},
        "theme_f1": {k: round(v, 4) for k, v in themes.items()},
        "calibration_error": {k: round(v, 4) for k, v in errors.items()},
    }
