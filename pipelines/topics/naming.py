"""Terms of a topic and its name, in both languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from pipelines.topics.bertopic_fit import FittedGroups
from pipelines.topics.config import TopicsConfig
from pipelines.topics.terms import LANGUAGE_JOINT, PHRASE_JOINT, Language, TermBook

#: A word is left to the phrase that holds it when the phrase takes this share of the word's occurrences in the topic.
_PHRASE_SHARE = 0.5
#: What a second and third word add to the score of a phrase: phrases are rarer than words and say more.
_PHRASE_GAIN = 1.5
#: Brings a term of a single passage behind those of several.
_LONE = 1e-6
#: Candidates looked at per topic and language, of which eight are kept.
_N_CANDIDATES = 60


class TopicWords(NamedTuple):
    """Terms as written, strongest first, by language; empty for a language without passages."""

    nl: tuple[str, ...]
    en: tuple[str, ...]

    def name(self, language: Language, n_terms: int) -> str:
        """The strongest terms of ``language``, else of the other language: better foreign than invented."""
        own, other = (self.nl, self.en) if language == "nl" else (self.en, self.nl)
        name = ", ".join((own or other)[:n_terms])
        return name[:1].upper() + name[1:]


def name_topics(
    groups: FittedGroups, terms: Sequence[Sequence[str]], book: TermBook, config: TopicsConfig
) -> list[TopicWords]:
    """Terms of each topic.

    A term's strength is its c-TF-IDF times the geometric mean of how many of the topic's passages hold it and which
    share of all passages that hold it are the topic's: neither one passage that repeats a word names the topic, nor a
    word that is everywhere. Terms of a single passage come after all others.
    """
    spread = Counter(term for words in terms for term in set(words))
    n_passages = Counter(term.partition(LANGUAGE_JOINT)[0] for words in terms for term in words[:1])
    common = {
        term
        for term, n in spread.items()
        if PHRASE_JOINT not in term and n > config.common_share * n_passages[term.partition(LANGUAGE_JOINT)[0]]
    }
    named: list[TopicWords] = []
    for topic in range(groups.n_topics):
        members = [terms[i] for i in np.flatnonzero(groups.labels == topic).tolist()]
        inside = Counter(term for words in members for term in set(words))
        times = Counter(term for words in members for term in words)
        columns, weights = groups.row(topic)
        strength = {
            term: float(score) * inside[term] / spread[term] ** 0.5 * (_LONE if inside[term] < 2 else 1.0)
            for term, score in zip((str(t) for t in groups.terms[columns]), weights, strict=True)
            # A word that is everywhere names a topic only where most of its passages are the topic's.
            if term not in common or inside[term] >= spread[term] / 2
        }
        by_language = {
            language: _choose({t: s for t, s in strength.items() if t.startswith(language + LANGUAGE_JOINT)}, times)
            for language in ("nl", "en")
        }
        named.append(TopicWords(*(_written(by_language[x], book, config.n_terms) for x in ("nl", "en"))))
    return named


def _choose(strength: Mapping[str, float], times: Mapping[str, int]) -> list[str]:
    """Terms that stand for different things, strongest first."""
    weighed = {t: s * (_PHRASE_GAIN if PHRASE_JOINT in t else 1.0) for t, s in strength.items()}
    ranked = sorted(weighed, key=lambda term: (-weighed[term], term))[:_N_CANDIDATES]
    # A phrase that occurs once is an accident of one passage.
    phrases = [t for t in ranked if PHRASE_JOINT in t and times[t] > 1]
    chosen: list[str] = []
    used: set[str] = set()
    for term in ranked:
        words = _words(term)
        if words & used:
            continue
        if len(words) == 1:
            holders = [p for p in phrases if words < _words(p) and times[p] >= _PHRASE_SHARE * times[term]]
            term = next((p for p in holders if not _words(p) & used), term)
        elif times[term] < 2:
            continue
        chosen.append(term)
        used |= _words(term)
    return chosen


def _words(term: str) -> set[str]:
    return set(term.partition(LANGUAGE_JOINT)[2].split(PHRASE_JOINT))


def _written(chosen: Sequence[str], book: TermBook, n_terms: int) -> tuple[str, ...]:
    """Chosen terms as written, each form once."""
    return tuple(dict.fromkeys(book.written(term) for term in chosen))[:n_terms]
