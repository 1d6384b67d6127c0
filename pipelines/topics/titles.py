"""Names of topics in Dutch and English: concepts of the lexicon that mark a topic off, completed with its own terms."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

from pipelines.language.lemmas import lemma
from pipelines.topics.distinctive import MarkedConcept
from pipelines.topics.naming import TopicWords
from pipelines.topics.noun_phrases import Language
from pipelines.topics.vocabulary import Vocabulary

_SECOND_SCORE = 0.5
"""A second concept must be at least this distinctive, beside the first."""
_LONG_WORD = 12
"""Letters of a Dutch word that says enough to stand beside a concept: *exportkredietverzekering*, not *systeem*. Long
English words are no compounds (*organisations*)."""
_N_CONCEPTS = 2
_OWN_LEAD = 1.25
"""Where a topic's own words, in both languages, are so many times as distinctive as its first concept, they name it: a
subject that the lexicon does not know goes with concepts of any subject. Three planted subjects (``tests/topics``):
words 5.6 to 7.8, concepts 2.4 to 4.3; of 27 topics of ``models/training`` one is named by its words through it."""
_OWN_SCORE = 4.0
"""How distinctive its own words are then at least: without a subject they are seldom so in both languages."""
_JOIN = ", "
_LANGUAGES: tuple[Language, ...] = ("nl", "en")


class TopicName(NamedTuple):
    """A name in both languages."""

    nl: str
    en: str

    def of(self, language: Language) -> str:
        """Name in ``language``."""
        return self.nl if language == "nl" else self.en


def compose_names(
    words: Sequence[TopicWords],
    concepts: Sequence[Sequence[MarkedConcept]],
    rows: Sequence[TopicName | None],
    vocabulary: Vocabulary | None,
    n_parts: int,
    taken: Sequence[TopicName] = (),
) -> list[TopicName]:
    """Names of topics, no two alike while there are parts to tell them apart.

    Parameters
    ----------
    words
        Terms of each topic.
    concepts
        Its distinctive concepts, most distinctive first; none without ``vocabulary``.
    rows
        Its distinctive row of the table, if any: the head of the name where no concept is, or only one that goes with
        any subject.
    vocabulary
        Has the names of the concepts.
    n_parts
        Parts of a name; one more where no concept is among them, and where a topic with the same name goes before.
    taken
        Names of topics that stand already.
    """
    names: list[TopicName] = []
    in_use: dict[Language, set[str]] = {"nl": {name.nl for name in taken}, "en": {name.en for name in taken}}
    for of_topic, of_lexicon, row in zip(words, concepts, rows, strict=True):
        own = _is_named_by_words(of_topic, of_lexicon)
        shown = _choose_concepts(of_lexicon, vocabulary) if vocabulary and not own else []
        if own:
            row = None
        if row and vocabulary and len(shown) == 1 and of_lexicon[0].concept in vocabulary.general:
            shown = [row, *shown] if row != shown[0] else shown
        elif row and not shown:
            shown = [row]
        found: dict[Language, str] = {}
        for language, names_taken in in_use.items():
            parts, spare = _parts(of_topic, shown, {m.concept for m in of_lexicon}, vocabulary, language)
            found[language] = _distinct(parts, spare, n_parts if shown else n_parts + 1, names_taken)
        # Better foreign than invented.
        names.append(TopicName(found["nl"] or found["en"], found["en"] or found["nl"]))
        in_use["nl"].add(names[-1].nl)
        in_use["en"].add(names[-1].en)
    return names


def _is_named_by_words(words: TopicWords, marked: Sequence[MarkedConcept]) -> bool:
    return bool(marked) and words.sure >= max(_OWN_SCORE, _OWN_LEAD * marked[0].score)


def _choose_concepts(marked: Sequence[MarkedConcept], vocabulary: Vocabulary) -> list[TopicName]:
    """The same for both languages, so that the two names say the same; in neither a word twice."""
    chosen: list[TopicName] = []
    used: set[str] = set()
    for concept, _, score in marked:
        name = TopicName(**vocabulary.names[concept])
        words = {f"{language}:{word}" for language in _LANGUAGES for word in _lemmas(name.of(language), language)}
        if len(chosen) < _N_CONCEPTS and score >= _SECOND_SCORE * marked[0].score and not words & used:
            chosen.append(name)
            used |= words
    return chosen


def _parts(
    words: TopicWords, shown: Sequence[TopicName], marked: Set[str], vocabulary: Vocabulary | None, language: Language
) -> tuple[list[str], list[str]]:
    """Parts of a name, most telling first, and what may be added to tell it from another; no word twice."""
    parts = [name.of(language) for name in shown]
    used = {word for name in parts for word in _lemmas(name, language)}
    spare: list[str] = []
    # Where nothing in either language is fit for a name, the strongest terms do better than none.
    nothing = not shown and not any(words.telling(x) for x in _LANGUAGES)
    for term in words.of(language) if nothing else words.telling(language):
        if _lemmas(term, language) & used:
            continue
        says_much = " " in term or (language == "nl" and len(term) >= _LONG_WORD)
        # "AI-geletterdheid" beside the concept that holds it says more; "bonden" beside "Vakbonden" does not.
        if shown and not says_much and vocabulary and marked & vocabulary.find([term], language)[0].keys():
            continue
        used |= _lemmas(term, language)
        (parts if says_much or not shown else spare).append(term)
    return parts, spare


def _distinct(parts: Sequence[str], spare: Sequence[str], n_parts: int, taken: Set[str]) -> str:
    """The first parts as a name, with more of them while another topic has it."""
    name = _joined(parts[:n_parts])
    for part in [*parts[n_parts:], *spare]:
        if name not in taken:
            break
        name = _joined([name, part])
    return name


def _lemmas(text: str, language: Language) -> set[str]:
    return {lemma(word, language) for word in text.replace(",", " ").split() if len(word) > 3 or word.isupper()}


def _joined(parts: Sequence[str]) -> str:
    """Parts as one name with a capital; later parts lose theirs unless they are abbreviations."""
    rest = [part[:1].lower() + part[1:] if part[1:2].islower() else part for part in parts[1:]]
    name = _JOIN.join([*parts[:1], *rest])
    return name[:1].upper() + name[1:]
