"""Explanations are faithful: without the words that are shown, a label is less probable than without as many others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from builders import build_passage
from shipped_kit import kit

from flows.label import label_passages
from pipelines.domain.evidence import Labels
from pipelines.domain.passages import Passage
from pipelines.domain.themes import Theme
from pipelines.language.training_set import held_out_documents, read_training_files
from pipelines.settings import Settings

N_PASSAGES = 80


@cache
def explained() -> list[tuple[Passage, str | None, Labels]]:
    """Flagged passages with a theme of documents that the reader has not seen, every so many."""
    found = read_training_files(sorted((Settings().shipped_models_dir / "training").glob("*.jsonl")))
    unseen = held_out_documents(found)
    chosen = [p for p in found if p.doc in unseen and p.flag]
    chosen = chosen[:: max(1, len(chosen) // N_PASSAGES)][:N_PASSAGES]
    passages = [build_passage(p.text, language=p.lang, section=(p.section,) if p.section else ()) for p in chosen]
    titles = [p.title for p in chosen]
    return list(zip(passages, titles, label_passages(kit(), passages, titles), strict=True))


def without(passage: Passage, spans: Sequence[tuple[int, int]]) -> Passage:
    text = passage.text
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return build_passage(" ".join(text.split()), language=passage.language, section=passage.section)


def words_at(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places of the words of ``text`` that touch ``spans``."""
    return [(s, e) for s, e in _words(text) if any(s < end and start < e for start, end in spans)]


def _words(text: str) -> list[tuple[int, int]]:
    import re

    return [m.span() for m in re.finditer(r"[^\W\d_]{3,}", text)]


def log_odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


@pytest.mark.parametrize("of", ["theme", "flag"])
def test_shown_words_carry_more_than_others(of: str) -> None:
    chance = np.random.default_rng(7)
    changed: list[tuple[Passage, str | None]] = []
    before: list[float] = []
    themes: list[Theme | None] = []
    for passage, title, labels in explained():
        theme = next(iter(labels.tags.given()), None)
        label = theme.value if of == "theme" and theme else of
        all_terms = (*labels.tags.terms, *labels.evidence.terms)
        shown = words_at(passage.text, [(t.start, t.end) for t in all_terms if t.label == label])
        others = [span for span in _words(passage.text) if span not in shown]
        if not shown or len(others) < len(shown) or (of == "theme" and theme is None):
            continue
        drawn = [others[i] for i in chance.choice(len(others), len(shown), replace=False)]
        changed += [(without(passage, shown), title), (without(passage, drawn), title)]
        themes.append(theme)
        before.append(probability(labels, of, theme))
    assert len(before) >= N_PASSAGES // 2
    after = label_passages(kit(), [p for p, _ in changed], [t for _, t in changed])
    drops = np.asarray(
        [
            [log_odds(b) - log_odds(probability(after[2 * i + k], of, themes[i])) for k in (0, 1)]
            for i, b in enumerate(before)
        ]
    )
    shown_drop, other_drop = drops.mean(axis=0)
    assert shown_drop > 1.5 * max(other_drop, 0) and shown_drop > 0
    assert (drops[:, 0] > drops[:, 1]).mean() > 0.6


def probability(labels: Labels, of: str, theme: Theme | None) -> float:
    found = labels.tags.probabilities[theme] if of == "theme" and theme else labels.evidence.flag
    return float(np.clip(found, 1e-4, 1 - 1e-4))
