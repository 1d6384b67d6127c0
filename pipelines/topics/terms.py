"""Words and short phrases of a passage as candidates for the name of a topic."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
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
#: Word forms kept in memory with their lemma: 20,000 passages hold some 25,000.
_REMEMBERED_WORDS = 100_000

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
        # Plain mappings: most terms have a single form, and 90,000 counters take seconds to make.
        self._forms: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._first_forms: defaultdict[str, dict[str, int]] = defaultdict(dict)
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
            lemmas = [_telling_lemma(word, language) for word in words]
            carries = [bool(one) for one in lemmas]
            for start, stop in _phrases(words, carries):
                joined = lemmas[start]
                if stop > start + 1:
                    # A link between two words may carry nothing, and has its lemma all the same.
                    between = [_lemma(word, language) for word in words[start + 1 : stop - 1]]
                    joined = PHRASE_JOINT.join([joined, *between, lemmas[stop - 1]])
                term = f"{language}{LANGUAGE_JOINT}{joined}"
                # A capital after punctuation says nothing about the word.
                forms = (self._forms if start else self._first_forms)[term]
                form = words[start] if stop == start + 1 else _JOIN.join(words[start:stop])
                forms[form] = forms.get(form, 0) + 1
                self._times[term] += 1
                alone = (stop == len(words) or not carries[stop]) and opens(words, start, language)
                if alone or (stop == start + 1 and is_plural(words[start], joined, language)):
                    self._alone[term] += 1
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
            forms = {}
            for form, n_times in self._first_forms[term].items():
                form = _without_capital(form)
                forms[form] = forms.get(form, 0) + n_times
        found = forms
        return min(found, key=lambda form: (-found[form], form))


def _without_capital(form: str) -> str:
    """Lower case at the start, unless the first word has more capitals (``DPIA``, ``AI-systeem``)."""
    first = form.split(_JOIN)[0]
    return form[:1].lower() + form[1:] if first[1:] == first[1:].lower() else form


@lru_cache(maxsize=_REMEMBERED_WORDS)
def _lemma(word: str, language: Language) -> str:
    return lemma(word, language).replace(PHRASE_JOINT, "").replace(" ", "") or word.lower()


def _unbroken(text: str) -> Iterator[list[str]]:
    """Runs of words with nothing but white space between them."""
    run: list[str] = []
    end = 0
    for match in _WORD.finditer(text):
        start = match.start()
        # Mostly a single space: 20,000 passages have 1.3 million such places.
        if run and (start - end != 1 or text[end] != _JOIN) and text[end:start].strip():
            yield run
            run = []
        run.append(match[0])
        end = match.end()
    if run:
        yield run


def _phrases(words: Sequence[str], carries: Sequence[bool]) -> Iterator[tuple[int, int]]:
    carrying = [start for start, one in enumerate(carries) if one]
    for start in carrying:
        yield start, start + 1
    for start, following in pairwise(carrying):
        if following == start + 1:
            yield start, start + 2
    for start, word in enumerate(words[1:-1]):
        if word in _LINKS and carries[start] and carries[start + 2]:
            yield start, start + 3


@lru_cache(maxsize=_REMEMBERED_WORDS)
def _telling_lemma(word: str, language: Language) -> str:
    """Lemma of a word that can say something about a subject, ``""`` of any other."""
    if len(word) < _SHORTEST_WORD and not (len(word) > 1 and word.isupper()):
        return ""
    stops = stop_words(language)
    found = _lemma(word, language)
    return "" if word.lower() in stops or found in stops else found
