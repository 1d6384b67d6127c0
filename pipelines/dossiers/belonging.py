"""Which passages bear on a question, how much, and by what.

Signs are its terms, rows of the table, likeness to the question in its own words, and themes. Together they leave
``1 - (1 - a)(1 - b)...``; a passage belongs from :data:`LEAST_RELEVANCE` on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipelines.domain.dossiers import Candidate, DossierQuestion, Reason, Sign
from pipelines.domain.ids import content_id
from pipelines.domain.languages import LANGUAGES
from pipelines.domain.themes import Term
from pipelines.language.concepts import Concept, ConceptMatch, ConceptMatcher, ConceptTerms, Lexicon
from pipelines.language.widening import widen_query

LEAST_RELEVANCE = 0.5
"""One term, a surely labelled row, or a good likeness is enough."""
LEAST_ROW = 0.5
"""Rows carry probabilities: below this a passage as likely as not does not bear on the row."""
_TERM = 0.5
_TRANSLATED = 0.4
"""A term that is the dictionary's, not of the question; not enough alone."""
_MOST_TERMS = 3
_THEME = 0.25
_LEAST_TERM = 6
"""Letters of the shortest Dutch word that is also sought inside compounds: *inspraak* in *werknemersinspraak*."""
_TRANSLATIONS = ("translation", "variant")


class LikenessScale(NamedTuple):
    """What cosines of an encoder mean."""

    least: float
    """From here on a passage is a little like the question."""
    enough: float
    """And from here on enough to belong by that alone; above ``least``."""

    def strength(self, cosine: float) -> float:
        """Strength of a likeness as a sign, 0 where there is none: a half at :attr:`enough`, 0.9 at most."""
        share = 0.5 * (cosine - self.least) / (self.enough - self.least)
        return round(min(0.9, max(0.0, share)), 4)


STATIC_SCALE = LikenessScale(0.30, 0.48)
"""Of the static encoder: 0.30 is what search takes for alike. From 0.48 on lie 1 to 3 % of the 312 example passages,
for four questions like those of the shipped dossiers; of the three nearest to each, eight of twelve bore on the
question (November 2026)."""


class Belonging:
    """Holds passages against one question.

    Parameters
    ----------
    question
        What is asked. Terms in one language are looked up in the dictionary of the field for the other.
    scale
        What cosines mean.
    """

    def __init__(self, question: DossierQuestion, scale: LikenessScale = STATIC_SCALE) -> None:
        self._question = question
        self._scale = scale
        self._matcher = ConceptMatcher(_lexicon(question))
        asked = question.rows or question.terms_nl or question.terms_en or question.own_words
        self._only_themes = bool(question.themes) and not asked

    def relevance(self, candidate: Candidate) -> tuple[float, tuple[Reason, ...]]:
        """How much a passage bears on the question, from 0 to 1, and by what, strongest first."""
        reasons = sorted(self._reasons(candidate), key=lambda reason: -reason.strength)
        left = 1.0
        for reason in reasons:
            left *= 1 - reason.strength
        return round(1 - left, 4), tuple(reasons)

    def _reasons(self, candidate: Candidate) -> Iterator[Reason]:
        yield from self._terms(candidate)
        yield from self._labelled(candidate)
        like = max(candidate.cosines, default=0.0)
        strength = self._scale.strength(like)
        if strength > 0:
            yield Reason(sign=Sign.LIKENESS, strength=strength, value=f"{like:.2f}")

    def _terms(self, candidate: Candidate) -> Iterator[Reason]:
        passage = candidate.item.passage
        matches = self._matcher.finder(passage.language).find(_readable(passage.text))
        by_term: dict[str, list[ConceptMatch]] = {}
        for match in matches:
            by_term.setdefault(match.concept, []).append(match)
        found = sorted(by_term.items(), key=lambda one: (one[0].startswith(_DICTIONARY), one[1][0].start))
        for name, places in found[:_MOST_TERMS]:
            strength = _TRANSLATED if name.startswith(_DICTIONARY) else _TERM
            yield Reason(sign=Sign.TERM, strength=strength, terms=tuple(_term(place) for place in places[:1]))

    def _labelled(self, candidate: Candidate) -> Iterator[Reason]:
        labels = candidate.item.labels
        if labels is None:
            return
        wanted = set(self._question.rows)
        rows = [match for match in labels.evidence.rows if match.id in wanted and match.score >= LEAST_ROW]
        for match in rows[:1]:
            yield Reason(sign=Sign.ROW, strength=min(match.score, 0.9), value=match.id)
        themes = [theme for theme in labels.tags.given() if theme in self._question.themes]
        for theme in themes[:1]:
            probability = labels.tags.probabilities[theme]
            yield Reason(
                sign=Sign.THEME,
                strength=round(probability if self._only_themes else _THEME * probability, 4),
                value=theme,
            )


_ASKED, _DICTIONARY = "asked.", "dictionary."


def _lexicon(question: DossierQuestion) -> Lexicon:
    """The terms of a question as concepts, each by itself, with what the dictionary has for them."""
    by_language = {"nl": question.terms_nl, "en": question.terms_en}
    own = {code: {term.casefold() for term in terms} for code, terms in by_language.items()}
    concepts = [
        _concept(_ASKED, code, term, number) for code in LANGUAGES for number, term in enumerate(by_language[code])
    ]
    for code in LANGUAGES:
        found = dict.fromkeys(w for term in by_language[code] for w in _in_dictionary(term))
        others = [(language, text) for language, text in found if text.casefold() not in own[language]]
        concepts += [_concept(_DICTIONARY + code, language, text, n) for n, (language, text) in enumerate(others)]
    return Lexicon(version=content_id("dossier terms", question.model_dump_json()), concepts=tuple(concepts))


def _in_dictionary(term: str) -> Iterator[tuple[str, str]]:
    """Language and text of what else a whole term is called."""
    widened = widen_query(term)
    if len(widened) == 1 and widened[0].text.casefold() == " ".join(term.split()).casefold():
        for wording in widened[0].wordings:
            if wording.language is not None and wording.origin in _TRANSLATIONS:
                yield wording.language, wording.text


def _concept(kind: str, language: str, term: str, number: int) -> Concept:
    inside = language == "nl" and " " not in term and len(term) >= _LEAST_TERM and "*" not in term
    terms = ConceptTerms(terms=(term,), compounds=(f"*{term.lower()}*",) if inside else ())
    blank: dict[str, str] = dict.fromkeys(("nl", "en"), term)
    concept = Concept(id=f"{kind}{language}.{number}", name=blank, definition=blank)
    return concept.model_copy(update={language: terms})


def _term(match: ConceptMatch) -> Term:
    return Term(text=match.text, start=match.start, end=match.end, label="dossier", weight=1.0)


def _readable(text: str) -> str:
    # Lone surrogates (from damaged files) are one character each here as there.
    return text.encode("utf-8", "replace").decode("utf-8")


def terms_asked(question: DossierQuestion) -> Sequence[str]:
    """What to look passages up by, apart from rows: the terms, and the question in its own words."""
    return tuple(dict.fromkeys((*question.terms_nl, *question.terms_en, *question.own_words)))
