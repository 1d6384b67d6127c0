"""Terms of a topic, in both languages, strongest first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipelines.topics.bertopic_fit import FittedGroups
from pipelines.topics.config import TopicsConfig
from pipelines.topics.distinctive import log_odds
from pipelines.topics.noun_phrases import Language
from pipelines.topics.terms import LANGUAGE_JOINT, PHRASE_JOINT, TermBook
from pipelines.topics.vocabulary import Vocabulary

#: A word is left to the phrase that holds it when the phrase takes this share of the word's occurrences in the topic.
_PHRASE_SHARE = 0.5
#: What a second and third word add to the score of a phrase: phrases are rarer than words and say more.
_PHRASE_GAIN = 1.5
#: How good a term is, before its strength: the name of a thing that several documents speak of; that several passages
#: of one document do, where the topic has more documents; that one passage does; a verb, adjective or proper name.
_BEST, _GOOD, _LONE, _NO_THING = 1.0, 1e-3, 1e-6, 1e-9
#: A term stands in a name when this share of the topic's passages in its language hold it, and when it is surely (19
#: times in 20) more frequent there than elsewhere.
_LEAST_SHARE = 0.2
_LEAST_SCORE = 1.64
#: Terms shown although they are weak.
_FEWEST = 3
#: Candidates looked at per topic and language, of which eight are kept.
_N_CANDIDATES = 60


class TopicWords(NamedTuple):
    """Terms as written, strongest first, by language; empty for a language without passages."""

    nl: tuple[str, ...]
    en: tuple[str, ...]
    telling_nl: tuple[str, ...]
    """Those that may stand in a name: things of which several documents speak, or else what several passages hold.
    So too ``telling_en``."""
    telling_en: tuple[str, ...]
    sure_nl: float = 0.0
    """How distinctive the most distinctive of ``telling_nl`` is: log odds ratio in standard errors, 0 where none tells.
    So too ``sure_en``."""
    sure_en: float = 0.0

    @property
    def sure(self) -> float:
        """How distinctive its own words are, in the language in which they are less so; 0 without words in either."""
        return min((sure for sure, words in ((self.sure_nl, self.nl), (self.sure_en, self.en)) if words), default=0.0)

    def of(self, language: Language) -> tuple[str, ...]:
        """Terms in ``language``."""
        return self.nl if language == "nl" else self.en

    def telling(self, language: Language) -> tuple[str, ...]:
        """Terms in ``language`` that may stand in a name."""
        return self.telling_nl if language == "nl" else self.telling_en


def find_words(
    groups: FittedGroups,
    terms: Sequence[Sequence[str]],
    documents: Sequence[str],
    book: TermBook,
    config: TopicsConfig,
    vocabulary: Vocabulary | None = None,
) -> list[TopicWords]:
    """Terms of each topic.

    A term's strength is its c-TF-IDF times the geometric mean of how many of the topic's passages hold it and which
    share of all passages that hold it are the topic's: neither one passage that repeats a word names the topic, nor a
    word that is everywhere. Terms of a single document come after those of several where the topic has several, then
    those of a single passage, and last verbs, adjectives and proper names.

    Parameters
    ----------
    groups
        Topics with the c-TF-IDF of their terms.
    terms, documents
        Terms of each passage, and the document it stands in.
    book
        That read the terms.
    config
        Settings.
    vocabulary
        Tells which terms are names of publishers and authors.
    """
    counts = _Counts(groups, terms, documents)
    named: list[TopicWords] = []
    for topic in range(groups.n_topics):
        rows = np.flatnonzero(groups.labels == topic).tolist()
        judged = _judge(counts, rows, groups.row(topic), book, config, vocabulary)
        times = Counter(chain.from_iterable(terms[i] for i in rows))
        kept: list[tuple[str, ...]] = []
        fit_for_names: list[tuple[str, ...]] = []
        sure: list[float] = []
        for language in ("nl", "en"):
            chosen = _choose({t: j.strength * j.quality for t, j in judged.items()}, times, language)
            good = [t for t in chosen if judged[t].quality >= _GOOD]
            # Few good words say more than eight of which most are accidents of a passage.
            weak = [t for t in chosen if judged[t].quality < _GOOD][: max(0, _FEWEST - len(good))]
            kept.append(_written(good + weak, book, config))
            telling = [t for t in good if judged[t].tells]
            fit_for_names.append(_written(telling or good, book, config))
            sure.append(max((judged[t].sure for t in telling), default=0.0))
        named.append(TopicWords(kept[0], kept[1], fit_for_names[0], fit_for_names[1], sure[0], sure[1]))
    return named


class _Counts:
    """How many passages hold each term."""

    def __init__(self, groups: FittedGroups, terms: Sequence[Sequence[str]], documents: Sequence[str]) -> None:
        self.terms, self.documents = [frozenset(words) for words in terms], documents
        self.columns = [str(term) for term in groups.terms]
        self.passages = Counter(chain.from_iterable(self.terms))
        self.languages = [next(iter(words), "").partition(LANGUAGE_JOINT)[0] for words in self.terms]
        self.of_language = Counter(self.languages)


class _Judged(NamedTuple):
    strength: float
    quality: float
    tells: bool
    """Whether the term is surely more frequent in the topic, so that it may stand in its name."""
    sure: float
    """Log odds ratio of holding it, in the topic against elsewhere, in standard errors; 0 where it cannot tell."""


def _judge(
    counts: _Counts,
    rows: Sequence[int],
    row: tuple[NDArray[np.integer], NDArray[np.floating]],
    book: TermBook,
    config: TopicsConfig,
    vocabulary: Vocabulary | None,
) -> dict[str, _Judged]:
    """What each term of a topic is worth."""
    inside = Counter(chain.from_iterable(counts.terms[i] for i in rows))
    of_documents: defaultdict[str, list[frozenset[str]]] = defaultdict(list)
    for i in rows:
        of_documents[counts.documents[i]].append(counts.terms[i])
    n_documents = Counter(chain.from_iterable(frozenset().union(*held) for held in of_documents.values()))
    several = min(2, len(of_documents))
    of_language = Counter(counts.languages[i] for i in rows)
    judged: dict[str, _Judged] = {}
    for term, score in zip((counts.columns[i] for i in row[0]), row[1], strict=True):
        language, _, lemmas = term.partition(LANGUAGE_JOINT)
        n, n_topic = inside[term], of_language[language]
        n_everywhere, n_passages = counts.passages[term], counts.of_language[language]
        # A word that is everywhere names a topic only where most of its passages are the topic's.
        common = PHRASE_JOINT not in lemmas and n_everywhere > config.common_share * n_passages
        if common and n < n_everywhere / 2:
            continue
        if not book.is_thing(term) or _is_name(term, book, vocabulary):
            quality = _NO_THING
        else:
            quality = _LONE if n == 1 else _BEST if n_documents[term] >= several else _GOOD
        may_tell = quality == _BEST and n >= _LEAST_SHARE * n_topic
        sure = log_odds(n, n_topic, n_everywhere - n, n_passages - n_topic) if may_tell else 0.0
        judged[term] = _Judged(float(score) * n / n_everywhere**0.5, quality, may_tell and sure >= _LEAST_SCORE, sure)
    return judged


def _is_name(term: str, book: TermBook, vocabulary: Vocabulary | None) -> bool:
    return book.is_capitalised(term) or (vocabulary is not None and vocabulary.is_proper(book.written(term)))


def _choose(strength: Mapping[str, float], times: Mapping[str, int], language: str) -> list[str]:
    """Terms of one language that stand for different things, strongest first."""
    weighed = {
        t: s * (_PHRASE_GAIN if PHRASE_JOINT in t else 1.0)
        for t, s in strength.items()
        if t.startswith(language + LANGUAGE_JOINT)
    }
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


def _written(chosen: Sequence[str], book: TermBook, config: TopicsConfig) -> tuple[str, ...]:
    """Chosen terms as written, each form once."""
    return tuple(dict.fromkeys(book.written(term) for term in chosen))[: config.n_terms]
