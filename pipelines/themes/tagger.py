"""Which chapters of the table a passage belongs to, with calibrated probabilities and the words that carry them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.domain.passages import Passage
from pipelines.domain.themes import Theme, ThemeTags
from pipelines.language.concepts import Lexicon
from pipelines.language.encoder import FloatArray
from pipelines.language.explain import Decision, Explainer
from pipelines.language.features import FeatureSpace, PassageFeatures
from pipelines.language.linear import LinearHeads, Reading

THEMES = tuple(Theme)


@dataclass(frozen=True)
class Tagger:
    """Linear heads of themes and of the rows under them, and one logistic reading a theme.

    Attributes
    ----------
    heads
        The five themes in the order of :class:`Theme`, then rows named ``theme/row``.
    readings
        Of the inputs that :func:`gather_scores` makes. A theme is wide (*employment* holds jobs, wages and market
        power), its rows are narrow: with the best row of each theme beside the theme's own score theme F1 rose from
        .715 to .742 out of fold and from .748 to .783 on the development set.
    space
        Made the features; names the words in explanations.
    concepts
        Per theme the concepts of the lexicon that speak for it.
    """

    heads: LinearHeads
    readings: Mapping[Theme, Reading]
    space: FeatureSpace
    concepts: Mapping[Theme, frozenset[str]]
    version: str

    def probabilities(self, features: PassageFeatures) -> NDArray[np.float64]:
        """Shape (n_passages, 5), in the order of :class:`Theme`; 0.5 is where the F1 of a theme is best."""
        scores = self.heads.scores(features.matrix, features.nearness)
        inputs = gather_scores(scores, self.heads.names)
        return np.stack([self.readings[theme].yes(inputs) for theme in THEMES], axis=1)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for a model file."""
        arrays = self.heads.to_arrays("themes.heads")
        for theme, reading in self.readings.items():
            arrays |= reading.to_arrays(f"themes.{theme.value}")
        return arrays

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[Any]], space: FeatureSpace, lexicon: Lexicon, version: str
    ) -> Tagger:
        """The inverse of :meth:`to_arrays`; raises ``KeyError`` where an array is missing."""
        readings = {theme: Reading.from_arrays(arrays, f"themes.{theme.value}") for theme in THEMES}
        heads = LinearHeads.from_arrays(arrays, "themes.heads")
        return cls(heads, readings, space, concepts_of_themes(lexicon), version)


def gather_scores(scores: FloatArray, names: Sequence[str]) -> FloatArray:
    """Scores of the themes and of the best row of each, shape (n_passages, 10)."""
    best = [
        scores[:, [i for i, name in enumerate(names) if name.startswith(f"{theme.value}/")]].max(axis=1, initial=-2.0)
        for theme in THEMES
    ]
    return np.column_stack([scores[:, : len(THEMES)], *best]).astype(np.float32)


def concepts_of_themes(lexicon: Lexicon) -> dict[Theme, frozenset[str]]:
    """Ids of the concepts of each theme."""
    return {theme: frozenset(c.id for c in lexicon.concepts if c.theme == theme) for theme in THEMES}


def tag_themes(
    passages: Sequence[Passage], explainer: Explainer, tagger: Tagger, probabilities: NDArray[np.float64]
) -> list[ThemeTags]:
    """Themes of ``passages``, in their order; ``explainer`` and ``probabilities`` (n_passages, 5) are theirs.

    A passage may get no theme, or several. Terms are given for the themes a passage gets: the words that speak for
    them in the linear heads, also where the closer reader has changed the probability.
    """
    possible = [Decision(theme.value, j, tagger.concepts.get(theme, frozenset())) for j, theme in enumerate(THEMES)]
    by_passage = probabilities.tolist()
    decisions = [
        [decision for decision, probability in zip(possible, of_passage, strict=True) if probability >= 0.5]
        for of_passage in by_passage
    ]
    return [
        ThemeTags(
            passage_id=passage.id,
            probabilities=dict(zip(THEMES, of_passage, strict=True)),
            terms=terms,
            model_version=tagger.version,
        )
        for passage, of_passage, terms in zip(
            passages, by_passage, explainer.explain(decisions, tagger.heads.weights), strict=True
        )
    ]
