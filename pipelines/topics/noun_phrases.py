"""Whether words can stand by themselves as the name of a thing, judged by the words around them.

No part-of-speech tagger for Dutch comes without a download. But the name of a thing stands, now and then, between a
word that opens a noun phrase (*de*, *van*, *the*, *of*) and something that ends it (a function word, punctuation);
verbs and adjectives hardly ever do: *de arbeidsmarkt is* against *de werkgever huurt een*.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Language = Literal["nl", "en"]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Left out because they also stand before verbs: "die", "dat", "dit", "zij"; "that", "to". "het" counts only after a
# preposition ("in het kantoor", not "als het regent").
_ARTICLES: dict[Language, frozenset[str]] = {
    "nl": _set("de een deze hun onze ons geen elke elk iedere ieder alle enkele"),
    "en": _set("the a an its their our your his these no each every any all some"),
}
_PREPOSITIONS: dict[Language, frozenset[str]] = {
    "nl": _set("van in op voor met door bij uit over naar per tussen onder zonder tegen rond binnen via"),
    "en": _set("of in on for with from between among without against about over under within into through"),
}

_LEAST_SHARE: dict[Language, float] = {"nl": 0.10, "en": 0.06}
"""Share of a word's occurrences. Words of 20 occurrences and more in models/training (November 2026) below it: 117 of
119 Dutch ones read are verbs, adjectives or adverbs. English nouns stand more often behind another word (*labour
productivity*), and between .06 and .10 two words in three are nouns."""


_ADJECTIVE = re.compile(r".{3,}(?:lijk|ig|isch|baar|zaam)e?")
"""Dutch endings that hardly a name of a thing has."""


def opens(words: Sequence[str], start: int, language: Language) -> bool:
    """Whether the word before ``words[start]`` opens a noun phrase."""
    if start == 0:
        return False
    before = words[start - 1].lower()
    if before == "het" and language == "nl":
        return start > 1 and words[start - 2].lower() in _PREPOSITIONS["nl"]
    if before in _ARTICLES[language]:
        return True
    # "by using the tool": what ends in -ing is a thing only after an article.
    verb_like = language == "en" and words[start].lower().endswith("ing")
    return before in _PREPOSITIONS[language] and not verb_like


def is_plural(word: str, lemma: str, language: Language) -> bool:
    """Whether the form of a Dutch word shows that it is a noun: *vakbonden* of *vakbond*.

    Dutch verbs have the ending of the plural in their lemma as well, and adjectives have none. In English the plural of
    a noun looks like the form of a verb.
    """
    return language == "nl" and word.lower().endswith(("en", "s")) and lemma != word.lower() and lemma[-2:] != "en"


def names_a_thing(word: str, n_alone: int, n_times: int, language: Language) -> bool:
    """Whether a word that stood ``n_alone`` of ``n_times`` times alone in a noun phrase is a name of a thing."""
    if language == "nl" and _ADJECTIVE.fullmatch(word):
        return False
    return n_alone >= max(1, _LEAST_SHARE[language] * n_times)
