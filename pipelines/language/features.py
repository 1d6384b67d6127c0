"""Features of passages that all themes, rows and labels share.

One sparse row a passage: words and pieces of words of the text, to which those of its section and of the title of its
document are added with less weight (so that what is learned from texts holds for headings), the words of section and
title once more by themselves (a heading *Acknowledgements* says more than a text with that word), and the concepts of
the lexicon. Beside it stands how near the sentence vector lies to that of every training passage (a Gaussian kernel).
Concepts and vectors carry what is learned in one language to the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from pipelines.domain.passages import Passage
from pipelines.errors import ModelError
from pipelines.language.concepts import ConceptMatch, ConceptMatcher, find_concepts
from pipelines.language.encoder import Encoder, FloatArray, unit_length
from pipelines.language.form import describe_cues, describe_form
from pipelines.language.term_space import TermSpace, fit_term_space, token_forms

# Weights of the parts, chosen by 5-fold cross-validation grouped by document on models/training (November 2026). Theme
# F1 and share of first rows that are right: text alone .659 / .697; section and title as parts of their own .668 /
# .702; added to the text .683 / .728; both .685 / .729; with the sentence vector as Gaussian kernel .702 / .754 (as
# linear feature .687 / .740); with concepts at 0.1 .710 / .772 (at 0.2 .706 / .770, at 0.4 .699 / .758).
WORDS_WEIGHT, PIECES_WEIGHT = 0.45, 0.55
_SECTION_IN_TEXT, _TITLE_IN_TEXT = 0.3, 0.2
_SECTION, _TITLE, _CONCEPTS = 0.1, 0.1, 0.1
_SECTION_IN_VECTOR, _TITLE_IN_VECTOR = 0.4, 0.3
_VECTOR = 0.5
_KERNEL_WIDTH = 3.0
"""The kernel between unit vectors is exp(width * (cosine - 1)); 3 and 4 gave the same figures. Exact: with 2,048
random Fourier features in its place theme F1 fell to .658, noise drowning the small values that matter."""
_MIN_TEXTS_WORD, _MIN_TEXTS_PIECE, _MIN_TEXTS_HEADING = 5, 8, 3
"""Passages come with translations, so that a word in 5 texts is in fewer documents. With 3, 5 and 2 the model weighs
nearly twice as much."""

_LANGUAGES = ("nl", "en")
_TERM_SPACES = ("words", "letters", "sections", "titles", "concepts")


@dataclass(frozen=True)
class PassageText:
    """What is known of a passage before it is labelled; section and title may be empty."""

    text: str
    section: str
    title: str
    language: str


@dataclass(frozen=True)
class PassageFeatures:
    """Features of passages, in their order.

    Attributes
    ----------
    matrix
        Shape (n_passages, n_features).
    nearness
        Kernel with the training passages, shape (n_passages, n_anchors), between 0 and 0.5.
    vectors
        Sentence vectors of the texts, shape (n_passages, dimensions), unit length.
    form, cues
        See :func:`~pipelines.language.form.describe_form` and :func:`~pipelines.language.form.describe_cues`.
    concepts
        Concepts of the lexicon in each text, in its order.
    """

    matrix: csr_matrix
    nearness: FloatArray
    vectors: FloatArray
    form: FloatArray
    cues: FloatArray
    concepts: tuple[tuple[ConceptMatch, ...], ...]


def read_passages(passages: Sequence[Passage], titles: Sequence[str | None]) -> list[PassageText]:
    """Passages and the titles of their documents as texts to describe."""
    return [
        PassageText(passage.text, " ".join(passage.section), title or "", passage.language)
        for passage, title in zip(passages, titles, strict=True)
    ]


class FeatureSpace:
    """Turns passages into features; fitted once, then fixed.

    Parameters
    ----------
    spaces
        Vocabularies: ``words`` and ``letters`` (pieces of words) of texts, words of ``sections`` and ``titles``, and
        ids of ``concepts`` (concepts that came later are shown but do not count until the models are trained again).
    means
        Mean sentence vector per language, shape (2, dimensions): taken off, so that the language of a passage does
        not count as part of its subject.
    anchors
        Centred vectors of the training passages, shape (n_anchors, dimensions).
    encoder
        The encoder the space was fitted with.
    matcher
        Finds the concepts.
    """

    def __init__(
        self,
        spaces: Mapping[str, TermSpace],
        means: FloatArray,
        anchors: FloatArray,
        encoder: Encoder,
        matcher: ConceptMatcher,
    ) -> None:
        self.spaces = {name: spaces[name] for name in _TERM_SPACES}
        self.means, self.anchors = means, anchors
        self.encoder, self.matcher = encoder, matcher

    @property
    def n_features(self) -> int:
        """Columns of :attr:`PassageFeatures.matrix`; those of words come first, then those of pieces."""
        return sum(len(space) for space in self.spaces.values())

    @property
    def version(self) -> str:
        """Hash of what the columns of the matrix and the first anchors stand for: heads fitted elsewhere ask for it."""
        parts = [self.encoder.version.encode(), self.means.tobytes()]
        for space in self.spaces.values():
            parts += ["\n".join(space.terms).encode(), space.idf.tobytes()]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]

    def describe(self, texts: Sequence[PassageText], vectors: FloatArray) -> PassageFeatures:
        """Features of ``texts``; ``vectors`` are those of their texts alone by :attr:`encoder`, in their order."""
        tokens = [token_forms(text.text) for text in texts]
        concepts = self._find_concepts([text.text for text in texts], [text.language for text in texts])
        headings = sorted({(h, text.language) for text in texts for h in (text.section, text.title)})
        place = {heading: i for i, heading in enumerate(headings)}
        sections = [place[text.section, text.language] for text in texts]
        titles = [place[text.title, text.language] for text in texts]
        heading_tokens = [token_forms(heading) for heading, _ in headings]
        heading_concepts = self._find_concepts([h for h, _ in headings], [language for _, language in headings])

        def with_headings(of_texts: csr_matrix, of_headings: csr_matrix) -> csr_matrix:
            return (
                of_texts + _SECTION_IN_TEXT * of_headings[sections] + _TITLE_IN_TEXT * of_headings[titles]  # type: ignore[return-value]
            )

        parts = [
            np.sqrt(WORDS_WEIGHT) * with_headings(*self._transform("words", tokens, heading_tokens)),
            np.sqrt(PIECES_WEIGHT) * with_headings(*self._transform("letters", tokens, heading_tokens)),
            np.sqrt(_SECTION) * self.spaces["sections"].transform(heading_tokens)[sections],
            np.sqrt(_TITLE) * self.spaces["titles"].transform(heading_tokens)[titles],
            np.sqrt(_CONCEPTS) * with_headings(*self._transform("concepts", _ids(concepts), _ids(heading_concepts))),
        ]
        heading_vectors = self.encoder.encode([heading for heading, _ in headings])
        full = vectors + _SECTION_IN_VECTOR * heading_vectors[sections] + _TITLE_IN_VECTOR * heading_vectors[titles]
        centred = self._centre(full, [text.language for text in texts])
        nearness = centred @ self.anchors.T
        # In place: of 512 passages this matrix takes 25 MB.
        nearness -= 1
        nearness *= _KERNEL_WIDTH
        np.exp(nearness, out=nearness)
        nearness *= _VECTOR
        return PassageFeatures(
            csr_matrix(hstack(parts, format="csr")),
            nearness,
            vectors,
            describe_form([text.text for text in texts]),
            describe_cues([text.text for text in texts], [text.language for text in texts]),
            concepts,
        )

    def extended(self, texts: Sequence[PassageText], vectors: FloatArray) -> FeatureSpace:
        """The same space with ``texts`` as further anchors, after those it has; ``vectors`` as in :meth:`describe`."""
        anchors = self._anchors_of(texts, vectors)
        return FeatureSpace(
            self.spaces, self.means, np.vstack([self.anchors, anchors]).astype(np.float32), self.encoder, self.matcher
        )

    def _anchors_of(self, texts: Sequence[PassageText], vectors: FloatArray) -> FloatArray:
        full = (
            vectors
            + _SECTION_IN_VECTOR * self.encoder.encode([text.section for text in texts])
            + _TITLE_IN_VECTOR * self.encoder.encode([text.title for text in texts])
        )
        # Rounded as stored, so that a model in memory and the same model from its file agree.
        whole, scales = _eight_bits(self._centre(full, [text.language for text in texts]))
        return whole * scales

    def _transform(
        self, space: str, of_texts: Sequence[Sequence[str]], of_headings: Sequence[Sequence[str]]
    ) -> tuple[csr_matrix, csr_matrix]:
        return self.spaces[space].transform(of_texts), self.spaces[space].transform(of_headings)

    def _find_concepts(self, texts: Sequence[str], languages: Sequence[str]) -> tuple[tuple[ConceptMatch, ...], ...]:
        found: list[tuple[ConceptMatch, ...]] = [()] * len(texts)
        for language in sorted(set(languages)):
            places = [i for i, other in enumerate(languages) if other == language]
            # Lone surrogates (from damaged files) are one character each here as there, which keeps the places.
            readable = [texts[i].encode("utf-8", "replace").decode("utf-8") for i in places]
            matches = find_concepts(readable, language, self.matcher)
            for i, of_text in zip(places, matches, strict=True):
                found[i] = tuple(of_text)
        return tuple(found)

    def _centre(self, vectors: NDArray[Any], languages: Sequence[str]) -> FloatArray:
        # A text in another language (which the flow does not label) is read as English.
        which = [_LANGUAGES.index(language) if language in _LANGUAGES else 1 for language in languages]
        centred = (vectors - self.means[which]).astype(np.float32)
        return unit_length(centred)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for a model file."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, space in self.spaces.items():
            arrays |= space.to_arrays(f"space.{name}")
        arrays["space.means"] = self.means
        arrays["space.anchors"], arrays["space.anchor_scales"] = _eight_bits(self.anchors)
        arrays["space.encoder"] = np.asarray(self.encoder.version)
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], encoder: Encoder, matcher: ConceptMatcher) -> FeatureSpace:
        """The inverse of :meth:`to_arrays`.

        Raises
        ------
        KeyError
            An array is missing.
        ModelError
            The space was fitted with another encoder than ``encoder``.
        """
        fitted_with = str(arrays["space.encoder"])
        if fitted_with != encoder.version:
            raise ModelError("label.other_encoder", fitted_with=fitted_with, encoder=encoder.version)
        spaces = {name: TermSpace.from_arrays(arrays, f"space.{name}") for name in _TERM_SPACES}
        anchors = arrays["space.anchors"] * arrays["space.anchor_scales"]
        return cls(spaces, arrays["space.means"], anchors, encoder, matcher)


def _eight_bits(vectors: FloatArray) -> tuple[NDArray[np.int8], FloatArray]:
    """Vectors in steps of 1/127 of the largest number of each, and the size of that vector's step, shape (n, 1)."""
    scales = np.maximum(np.abs(vectors).max(axis=1, keepdims=True, initial=0.0), 1e-12) / 127
    return np.round(vectors / scales).astype(np.int8), scales.astype(np.float32)


def _ids(concepts: Sequence[Sequence[ConceptMatch]]) -> list[list[str]]:
    return [[match.concept for match in matches] for matches in concepts]


def fit_feature_space(texts: Sequence[PassageText], encoder: Encoder, matcher: ConceptMatcher) -> FeatureSpace:
    """Vocabularies, mean vectors and anchors from training passages (their labels are not looked at)."""

    def tokens(parts: Sequence[str]) -> list[list[str]]:
        return [token_forms(part) for part in parts]

    of_texts = tokens([text.text for text in texts])
    languages = [text.language for text in texts]
    vectors = encoder.encode([text.text for text in texts])
    means = np.stack([vectors[np.asarray(languages) == language].mean(axis=0) for language in _LANGUAGES])
    spaces = {
        "words": fit_term_space(of_texts, of_pieces=False, min_texts=_MIN_TEXTS_WORD),
        "letters": fit_term_space(of_texts, of_pieces=True, min_texts=_MIN_TEXTS_PIECE),
        "sections": fit_term_space(tokens([t.section for t in texts]), of_pieces=False, min_texts=_MIN_TEXTS_HEADING),
        "titles": fit_term_space(tokens([t.title for t in texts]), of_pieces=False, min_texts=_MIN_TEXTS_HEADING),
        "concepts": TermSpace((), np.zeros(0, dtype=np.float32), of_pieces=False),
    }
    space = FeatureSpace(spaces, means, vectors[:0], encoder, matcher)
    found = space._find_concepts([text.text for text in texts], languages)
    space.spaces["concepts"] = fit_term_space(_ids(found), of_pieces=False, min_texts=1, pairs=False)
    space.anchors = space._anchors_of(texts, vectors)
    return space
