"""The first relevance pass: what of an item it reads, how that becomes one figure, and below which it is left out.

The figure is a logistic reading of two inputs. One is what the models for labels say: the chance that title and
abstract belong to at least one theme of the table, after the closer reader has read them. In a scan that reader passes
over what the linear models think nothing of; here it reads everything, since a title and three sentences give those
models little to go on. The other is how near title and abstract lie to the statements of the table: what people decide
does not change that, and it follows a table that grew.

Chosen on the 160 items in ``tests/quality/items/items.jsonl``, half of them relevant, by five-fold cross-validation
(November 2026). Area under the curve: themes by the linear models alone .954, by both stages as in a scan .976, with
everything read closely .988, nearness alone .873, the latter two together .995. A third input (flag, row, concepts of
the lexicon, the title given as title) adds .002 at most. What came of it on other items: :data:`LEAST_RELEVANCE`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.sources import FoundItem
from pipelines.language.detection import READ_LANGUAGES, UNDETERMINED, detect_language

LEAST_RELEVANCE = 0.1
"""What has an abstract and less relevance is left out.

Set on the 160 items, where the least relevant of what is relevant has .26 in cross-validation and 74 % of the rest has
less than .1. Measured once, on 225 other items (``items_held_out.jsonl``, 112 of them relevant, a third without an
abstract, written before any figure was seen), together with :data:`LEAST_RELEVANCE_OF_TITLE`: all that is relevant is
kept (95 % interval 97 to 100 %) and 58 % of the rest is left out (49 to 68 %). At .15 that would be 63 % with nothing
lost, at .2 71 % with 3 % lost; the room between is kept for what real sources offer. See
``benchmarks/harvest_relevance.py``.
"""
LEAST_RELEVANCE_OF_TITLE = 0.07
"""As for a title alone, which says less: the bar is lower. Of 33 that are relevant all are kept, of 38 others 17."""
LEAST_LETTERS = 20
"""What has fewer letters in title and abstract together (*Banen in beweging*, 16) says too little to be left out. Of
the 35 titles alone among the 160 items four are as short, two of them relevant."""

_WEIGHTS, _BASE = np.array([1.13, 12.6]), -3.29
"""Weights of the log odds of a theme and of the nearness, and the base: logistic regression on the 160 items with its
weights held small (C = 1 on standardised inputs; C = 0.3 and 3 order the items alike)."""
_UNSURE = 0.005
"""A chance of themes nearer to 0 or 1 counts as this, so that models that became surer move the figure little."""
_NEAREST = 3
"""Statements that count for the nearness: with one the area under the curve of nearness alone was .862, with three
.875."""
_NO_STATEMENTS = 0.38
"""Nearness where the table has no statements: the mean over the 160 items."""
_SURE = 0.9
_LEAST_WORDS = 6
"""Languages are told apart by fewer words as well, and yet a title with a name and a foreign word may deceive."""


def passage_text(found: FoundItem) -> str:
    """Title and abstract as one passage."""
    title = found.title.strip()
    if not found.abstract.strip():
        return title
    return f"{title}{'' if title.endswith(('.', '?', '!')) else '.'} {found.abstract.strip()}".strip()


def nearness(cosines: NDArray[np.floating]) -> NDArray[np.float64]:
    """How near items lie to a table: mean cosine with the statements nearest to each, shape (n_items,).

    ``cosines`` of their sentence vectors with those of all statements have shape (n_items, n_statements).
    """
    n_items, n_statements = cosines.shape
    if not n_statements:
        return np.full(n_items, _NO_STATEMENTS)
    nearest: NDArray[np.float64] = np.sort(cosines.astype(np.float64), axis=1)[:, -_NEAREST:]
    return np.asarray(nearest.mean(axis=1), dtype=np.float64)


def readable_inputs(themes: NDArray[np.floating], near: NDArray[np.floating]) -> NDArray[np.float64]:
    """What the reading sees, bounded, shape (n_items, 2): log odds of any theme, and nearness.

    Parameters
    ----------
    themes
        Probability of each theme, each on its own, shape (n_items, n_themes).
    near
        See :func:`nearness`.
    """
    of_any = np.clip(1.0 - np.prod(1.0 - themes.astype(np.float64), axis=1), _UNSURE, 1.0 - _UNSURE)
    inputs = [np.log(of_any / (1.0 - of_any)), np.clip(near, -1.0, 1.0)]
    return np.column_stack(inputs).astype(np.float64)


def relevance(themes: NDArray[np.floating], near: NDArray[np.floating]) -> NDArray[np.float64]:
    """Relevance of items, shape (n_items,), between 0 and 1: a chance where half of what is offered is relevant.

    Parameters as in :func:`readable_inputs`.
    """
    odds = np.exp(readable_inputs(themes, near) @ _WEIGHTS + _BASE)
    return np.asarray(odds / (1.0 + odds), dtype=np.float64)


def is_left_out(found: FoundItem, score: float) -> bool:
    """Whether an item of this relevance is left out."""
    if sum(letter.isalpha() for letter in passage_text(found)) < LEAST_LETTERS:
        return False
    return score < (LEAST_RELEVANCE if found.abstract.strip() else LEAST_RELEVANCE_OF_TITLE)


def language_of(found: FoundItem) -> str | None:
    """``nl``, ``en``, another code of ISO 639-1, or ``None`` where it cannot be told.

    Sources state the language of the whole publication, which counts where they do: its abstract may be English.
    """
    stated = (found.language or "").lower().partition("-")[0]
    if stated and stated != UNDETERMINED:
        return stated
    text = passage_text(found)
    guess = detect_language(text)
    if guess.language in READ_LANGUAGES:
        return guess.language
    sure = guess.probability >= _SURE and len(text.split()) >= _LEAST_WORDS
    return guess.language if sure and guess.language != UNDETERMINED else None
