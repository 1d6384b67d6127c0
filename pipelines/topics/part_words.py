"""Terms that set the parts of a divided topic apart, from their own words alone: no other passages, no BERTopic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from pipelines.domain.topics import TopicPassage
from pipelines.topics.distinctive import log_odds
from pipelines.topics.noun_phrases import Language
from pipelines.topics.terms import LANGUAGE_JOINT, PHRASE_JOINT, TermBook

_PHRASE_GAIN = 1.5
"""As for topics of a scan (:mod:`pipelines.topics.naming`): phrases are rarer than words and say more."""
_KNOWN_GAIN = 1.5
"""On terms that the whole topic had: those were held against all other passages, and not against one other part."""
_NO_THING, _LONE = 1e-3, 1e-1
"""On verbs, adjectives and names; and on words of one passage alone."""
_LEAST = 0.0
"""A term that is not more frequent here than in the other parts does not set a part apart ..."""
_FEWEST = 3
"""... but so many terms are shown all the same."""


class PartWords(NamedTuple):
    """Terms of a part as written, strongest first; empty for a language without passages."""

    nl: tuple[str, ...]
    en: tuple[str, ...]
    hits: Mapping[str, int]
    """Passage id -> how many of these terms it holds."""


def words_of_parts(
    parts: Sequence[Sequence[TopicPassage]], n_terms: int, known: Collection[str] = ()
) -> list[PartWords]:
    """Terms of each part.

    A term is worth its log odds ratio inside against in the other parts, in standard errors, among the passages of its
    language.

    Parameters
    ----------
    parts
        Passages of each, without repetition.
    n_terms
        At most so many terms a part and language.
    known
        Terms of the whole topic, as written.
    """
    book = TermBook()
    terms = [[frozenset(book.read(passage)) for passage in part] for part in parts]
    counts = [Counter(term for held in part for term in held) for part in terms]
    totals = [Counter(passage.language for passage in part) for part in parts]
    everywhere, total = sum(counts, Counter[str]()), sum(totals, Counter[str]())
    familiar = {term.casefold() for term in known}
    made: list[PartWords] = []
    for passages, held, inside, of_language in zip(parts, terms, counts, totals, strict=True):
        score: dict[str, float] = {}
        for term, n in inside.items():
            language = term.partition(LANGUAGE_JOINT)[0]
            n_in, n_out = of_language[language], total[language] - of_language[language]
            odds = log_odds(n, n_in, everywhere[term] - n, n_out)
            gain = _PHRASE_GAIN if PHRASE_JOINT in term else 1.0
            gain *= _KNOWN_GAIN if book.written(term).casefold() in familiar else 1.0
            if not book.is_thing(term) or book.is_capitalised(term):
                gain *= _NO_THING
            score[term] = odds * (gain if n > 1 else gain * _LONE)
        chosen = {language: _choose(score, language, n_terms) for language in ("nl", "en")}
        shown = frozenset(term for found in chosen.values() for term in found)
        nl, en = (tuple(dict.fromkeys(book.written(term) for term in chosen[x])) for x in ("nl", "en"))
        made.append(PartWords(nl, en, {p.id: len(shown & own) for p, own in zip(passages, held, strict=True)}))
    return made


def _choose(score: Mapping[str, float], language: Language, n_terms: int) -> list[str]:
    """Terms of one language that stand for different things, best first."""
    own = [term for term in score if term.startswith(language + LANGUAGE_JOINT)]
    chosen: list[str] = []
    used: set[str] = set()
    for term in sorted(own, key=lambda term: (-score[term], term)):
        words = set(term.partition(LANGUAGE_JOINT)[2].split(PHRASE_JOINT))
        if words & used:
            continue
        if len(chosen) == n_terms or (score[term] <= _LEAST and len(chosen) >= _FEWEST):
            break
        chosen.append(term)
        used |= words
    return chosen
