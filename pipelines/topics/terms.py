"""Words and short phrases of a passage as candidates for the name of a topic."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import cast

from pipelines.domain.topics import TopicPassage
from pipelines.language.lemmas import lemma
from pipelines.topics.noun_phrases import Language, is_plural, names_a_thing, opens

#: A word, with inner hyphens, apostrophes and ampersands ("AI-systeem", "cao's", "O&O-fondsen").
_WORD = re.compile(r"[^\W\d_]+(?:[-'’&][^\W\d_]+)*")
#: Whatever ends a phrase: anything but one space between two words.
_JOIN = " "
#: Words that may stand inside a phrase of three ("kwaliteit van werk", "quality of work").
_LINKS = frozenset({"van", "of"})
_SHORTEST_WORD = 3

#: Between the lemmas of a phrase, and between language and lemmas: characters that no word holds.
PHRASE_JOINT = "_"
LANGUAGE_JOINT = ":"


@cache
def stop_words(language: Language) -> frozenset[str]:
    """Words that say nothing about a subject: function words, numerals, words of reports."""
    text = (Path(__file__).parent / f"stopwords_{language}.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


class TermBook:
    """Terms of all passages, with the form in which each was mostly written."""

    def __init__(self) -> None:
        self._forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._first_forms: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._times: Counter[str] = Counter()
        self._alone: Counter[str] = Counter()

    def read(self, passage: TopicPassage) -> list[str]:
        """Terms of a passage in order of the text, repeated as often as they occur.

        A term is ``language:lemma`` or, for phrases of two words or of three around *van*/*of*,
        ``language:lemma_lemma``.
        """
        language = cast(Language, passage.language)
        found: list[str] = []
        for words in _unbroken(passage.text):
            carries = [_carries(word, language) for word in words]
            for start, stop in _phrases(words, carries):
                lemmas = PHRASE_JOINT.join(_lemma(word, language) for word in words[start:stop])
                term = f"{language}{LANGUAGE_JOINT}{lemmas}"
                # A capital after punctuation says nothing about the word.
                forms = self._forms if start else self._first_forms
                forms[term][_JOIN.join(words[start:stop])] += 1
                self._times[term] += 1
                alone = opens(words, start, language) and (stop == len(words) or not carries[stop])
                self._alone[term] += alone or (stop == start + 1 and is_plural(words[start], lemmas, language))
                found.append(term)
        return found

    def is_thing(self, term: str) -> bool:
        """Whether the passages read so far use ``term`` as the name of a thing, and not as a verb or adjective."""
        language, _, lemmas = term.partition(LANGUAGE_JOINT)
        word = lemmas.rpartition(PHRASE_JOINT)[2]
        head = f"{language}{LANGUAGE_JOINT}{word}"
        if head != term and not self._alone[term]:
            return False
        return names_a_thing(word, self._alone[head], self._times[head], cast(Language, language))

    def is_capitalised(self, term: str) -> bool:
        """Whether ``term`` is a proper name: each of its words mostly has a capital that no sentence gave it."""
        words = self.written(term).split(_JOIN)
        return all(word[:1].isupper() and word[1:] == word[1:].lower() for word in words)

    def written(self, term: str) -> str:
        """The most frequent written form of ``term``, without the capital that a sentence's start gives."""
        forms = self._forms.get(term)
        if not forms:
            forms = Counter[str]()
            for form, n_times in self._first_forms[term].items():
                forms[_without_capital(form)] += n_times
        return min(forms, key=lambda form: (-forms[form], form))


def _without_capital(form: str) -> str:
    """Lower case at the start, unless the first word has more capitals (``DPIA``, ``AI-systeem``)."""
    first = form.split(_JOIN)[0]
    return form[:1].lower() + form[1:] if first[1:] == first[1:].lower() else form


def _lemma(word: str, language: Language) -> str:
    return lemma(word, language).replace(PHRASE_JOINT, "").replace(" ", "") or word.lower()


def _unbroken(text: str) -> Iterator[list[str]]:
    """Runs of words with nothing but white space between them."""
    run: list[str] = []
    end = 0
    for match in _WORD.finditer(text):
        if run and text[end : match.start()].strip():
            yield run
            run = []
        run.append(match.group())
        end = match.end()
    if run:
        yield run


def _phrases(words: list[str], carries: list[bool]) -> Iterator[tuple[int, int]]:
    for start, carrying in enumerate(carries):
        if carrying:
            yield start, start + 1
    for start, pair in enumerate(pairwise(carries)):
        if all(pair):
            yield start, start + 2
    for start in range(len(words) - 2):
        if carries[start] and words[start + 1] in _LINKS and carries[start + 2]:
            yield start, start + 3


def _carries(word: str, language: Language) -> bool:
    """Whether a word can say something about a subject."""
    if len(word) < _SHORTEST_WORD and not (len(word) > 1 and word.isupper()):
        return False
    stops = stop_words(language)
    return word.lower() not in stops and _lemma(word, language) not in stops
