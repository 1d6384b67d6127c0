"""Terms of topics, made in several ways, as sets of passages that hold them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
from bertopic.vectorizers import ClassTfidfTransformer
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer
from topics_figures import coherence, diversity
from topics_material import as_topic_passages, read_vocabulary
from topics_runs import Passages, Places

from pipelines.topics.bertopic_fit import FittedGroups
from pipelines.topics.config import TopicsConfig
from pipelines.topics.naming import find_words
from pipelines.topics.terms import LANGUAGE_JOINT, PHRASE_JOINT, TermBook, stop_words

LANGUAGES = ("nl", "en")
N_TERMS = TopicsConfig().n_terms
#: scikit-learn's own, which BERTopic leaves as it is.
_WORD = re.compile(r"(?u)\b\w\w+\b")

Terms = list[list[str]]
"""Of each passage, or of each topic, as ``language:term``."""


class Words:
    """Terms of all passages, read once."""

    def __init__(self, passages: Passages) -> None:
        self.passages = passages
        self.read = as_topic_passages(
            {
                "ids": passages.ids,
                "documents": passages.documents.tolist(),
                "languages": passages.languages.tolist(),
                "texts": passages.texts,
            }
        )
        self.book = TermBook()
        self.ours = [self.book.read(passage) for passage in self.read]
        self.lemmas = [[term for term in terms if PHRASE_JOINT not in term] for terms in self.ours]
        self.plain = [
            [f"{passage.language}{LANGUAGE_JOINT}{word}" for word in _WORD.findall(passage.text.lower())]
            for passage in self.read
        ]
        stops = {f"{code}{LANGUAGE_JOINT}{word}" for code in LANGUAGES for word in stop_words(code)}
        self.stops = stops
        self.without_stops = [[term for term in terms if term not in stops] for terms in self.plain]
        self.vocabulary = read_vocabulary()
        self._of_form = {(term[:2], self.book.written(term)): term for terms in self.ours for term in terms}

    def named(self, labels: Places) -> dict[str, Terms]:
        """Terms that the product gives topics with these ``labels``, by language."""
        labels = np.unique(labels, return_inverse=True)[1] - int((labels < 0).any())
        groups = _weighed(self.ours, labels, bm25=True)
        documents = self.passages.documents.tolist()
        found = find_words(groups, self.ours, documents, self.book, TopicsConfig(), self.vocabulary)
        return {code: [[self._of_form[code, form] for form in of.of(code)] for of in found] for code in LANGUAGES}

    def by_language(self) -> dict[str, Terms]:
        """Terms of the passages of each language."""
        languages = self.passages.languages.tolist()
        return {
            code: [terms for terms, own in zip(self.ours, languages, strict=True) if own == code] for code in LANGUAGES
        }

    def own(self, terms: Mapping[str, Sequence[str]]) -> dict[str, Terms]:
        """The first words of each topic in either language, of words in both: the language that uses a word more."""
        holding = holders(self.plain)
        n = {code: int((self.passages.languages == code).sum()) for code in LANGUAGES}
        result: dict[str, Terms] = {code: [] for code in LANGUAGES}
        for words in terms.values():
            chosen: dict[str, list[str]] = {code: [] for code in LANGUAGES}
            for word in words:
                shares = {code: len(holding.get(f"{code}{LANGUAGE_JOINT}{word}", ())) / n[code] for code in LANGUAGES}
                code = max(LANGUAGES, key=lambda code: shares[code])
                if shares[code]:
                    chosen[code].append(f"{code}{LANGUAGE_JOINT}{word}")
            for code in LANGUAGES:
                result[code].append(chosen[code][:N_TERMS])
        return result


def strongest(terms: Terms, labels: Places, *, bm25: bool, reduce_frequent: bool = False) -> dict[str, Terms]:
    """The terms with the highest c-TF-IDF of each topic, by language."""
    labels = np.unique(labels, return_inverse=True)[1] - int((labels < 0).any())
    groups = _weighed(terms, labels, bm25=bm25, reduce_frequent=reduce_frequent)
    result: dict[str, Terms] = {code: [] for code in LANGUAGES}
    for topic in range(groups.n_topics):
        columns, scores = groups.row(topic)
        ranked = [str(groups.terms[i]) for i in columns[np.argsort(-scores, kind="stable")]]
        for code in LANGUAGES:
            result[code].append([term for term in ranked if term.startswith(code + LANGUAGE_JOINT)][:N_TERMS])
    return result


def _weighed(terms: Terms, labels: Places, *, bm25: bool, reduce_frequent: bool = False) -> FittedGroups:
    """c-TF-IDF as BERTopic weighs it: the unassigned are a topic of their own, which is left out afterwards."""
    counter = CountVectorizer(analyzer=str.split)  # pyright: ignore[reportArgumentType]
    joined = [
        " ".join(term for i in np.flatnonzero(labels == label) for term in terms[i]) for label in np.unique(labels)
    ]
    weighing = ClassTfidfTransformer(bm25_weighting=bm25, reduce_frequent_words=reduce_frequent)
    weighed = csr_matrix(weighing.fit_transform(counter.fit_transform(joined)))
    scores = csr_matrix(weighed[1:] if (labels < 0).any() else weighed)
    numbers = tuple(range(scores.indptr.size - 1))
    return FittedGroups(
        labels=labels, numbers=numbers, scores=scores, terms=counter.get_feature_names_out(), version=""
    )


def holders(terms: Terms) -> dict[str, set[int]]:
    """Places of the passages that hold each term."""
    holding: defaultdict[str, set[int]] = defaultdict(set)
    for i, found in enumerate(terms):
        for term in found:
            holding[term].add(i)
    return dict(holding)


def word_figures(
    chosen: Mapping[str, Terms], holding: Mapping[str, set[int]], passages: Passages, prefix: str = ""
) -> dict[str, float]:
    """Coherence by language and diversity over both."""
    n = {code: int((passages.languages == code).sum()) for code in LANGUAGES}
    figures = {f"{prefix}npmi_{code}": coherence(chosen[code], holding, n[code]) for code in LANGUAGES}
    return figures | {f"{prefix}diversity": diversity([terms for code in LANGUAGES for terms in chosen[code]])}


def representations(words: Words, labels: Places) -> dict[str, dict[str, float]]:
    """Ways of choosing the terms of the same topics; each is counted in its own words.

    ``stop`` is the share of terms that are stop words, ``twice`` the share whose word, by its lemma, stands in another
    term of the same topic and language as well.
    """
    ways: dict[str, tuple[dict[str, Terms], Terms]] = {
        "as shipped": (words.named(labels), words.ours),
        "c-TF-IDF, BM25, lemmas and phrases": (strongest(words.ours, labels, bm25=True), words.ours),
        "the same without BM25": (strongest(words.ours, labels, bm25=False), words.ours),
        "the same, frequent words held back": (
            strongest(words.ours, labels, bm25=False, reduce_frequent=True),
            words.ours,
        ),
        "lemmas without phrases, BM25": (strongest(words.lemmas, labels, bm25=True), words.lemmas),
        "words without stop words, BM25": (strongest(words.without_stops, labels, bm25=True), words.without_stops),
        "all words, BM25": (strongest(words.plain, labels, bm25=True), words.plain),
        "all words (BERTopic's default)": (strongest(words.plain, labels, bm25=False), words.plain),
    }
    told: dict[str, dict[str, float]] = {}
    for name, (chosen, read) in ways.items():
        every = [(code, terms) for code in LANGUAGES for terms in chosen[code]]
        n_terms = sum(len(terms) for _, terms in every)
        stop = sum(term in words.stops for _, terms in every for term in terms)
        told[name] = word_figures(chosen, holders(read), words.passages) | {
            "stop": stop / n_terms,
            "twice": sum(_n_twice(terms, code) for code, terms in every) / n_terms,
        }
    return told


def _n_twice(terms: Sequence[str], code: str) -> int:
    """Terms of which a word, by its lemma, is in another term of the same topic."""
    from pipelines.language.lemmas import lemma

    lemmas = [
        {lemma(word, code) for word in term.partition(LANGUAGE_JOINT)[2].split(PHRASE_JOINT)}  # pyright: ignore[reportArgumentType]
        for term in terms
    ]
    return sum(any(own & other for j, other in enumerate(lemmas) if j != i) for i, own in enumerate(lemmas))
