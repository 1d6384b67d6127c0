"""Numbers written in words, Dutch and English: ``eenentwintig``, ``two hundred and fifty``, ``zestigduizend``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_UNITS = {
    "nl": {
        "nul": 0, "één": 1, "eén": 1, "een": 1, "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6, "zeven": 7,
        "acht": 8, "negen": 9, "tien": 10, "elf": 11, "twaalf": 12, "dertien": 13, "veertien": 14, "vijftien": 15,
        "zestien": 16, "zeventien": 17, "achttien": 18, "negentien": 19,
    },
    "en": {
        "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
        "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
        "seventeen": 17, "eighteen": 18, "nineteen": 19,
    },
}  # fmt: skip
_TENS = {
    "nl": {
        "twintig": 20, "dertig": 30, "veertig": 40, "vijftig": 50, "zestig": 60, "zeventig": 70, "tachtig": 80,
        "negentig": 90,
    },
    "en": {
        "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    },
}  # fmt: skip
_HUNDRED = {"nl": "honderd", "en": "hundred"}
_THOUSAND = {"nl": "duizend", "en": "thousand"}

#: Words that multiply the number before them.
SCALES: dict[str, int] = {
    "honderd": 100, "duizend": 1000, "hundred": 100, "thousand": 1000, "k": 1000,
    "miljoen": 10**6, "mln": 10**6, "million": 10**6, "m": 10**6, "mn": 10**6,
    "miljard": 10**9, "mld": 10**9, "mrd": 10**9, "billion": 10**9, "bn": 10**9,
    "biljoen": 10**12, "trillion": 10**12, "tn": 10**12,
}  # fmt: skip

_BELOW_HUNDRED_NL = re.compile(
    r"(?P<unit>een|één|eén|twee|drie|vier|vijf|zes|zeven|acht|negen)(?:en|ën)"
    r"(?P<ten>twintig|dertig|veertig|vijftig|zestig|zeventig|tachtig|negentig)"
)


@lru_cache(maxsize=20_000)
def word_value(word: str, language: str) -> int | None:
    """Value of one word in lower case, ``None`` where it is no number word.

    ``een`` and ``one`` have the value 1; whether they are meant as a number is for the reader to decide.
    """
    code = "nl" if language == "nl" else "en"
    if word in _UNITS[code]:
        return _UNITS[code][word]
    if word in _TENS[code]:
        return _TENS[code][word]
    if word == _HUNDRED[code]:
        return 100
    if word == _THOUSAND[code]:
        return 1000
    if code == "en":
        ten, hyphen, unit = word.partition("-")
        if hyphen and ten in _TENS["en"] and 0 < _UNITS["en"].get(unit, 0) < 10:
            return _TENS["en"][ten] + _UNITS["en"][unit]
        return None
    return _dutch_compound(word)


def _dutch_compound(word: str) -> int | None:
    """Dutch writes numbers below and with a thousand as one word."""
    for scale_word, scale in (("duizend", 1000), ("honderd", 100)):
        if scale_word in word:
            head, _, tail = word.partition(scale_word)
            factor = word_value(head, "nl") if head else 1
            rest = word_value(tail.removeprefix("en") if tail != "een" else tail, "nl") if tail else 0
            if factor is None or rest is None or rest >= scale or factor == 0:
                return None
            return factor * scale + rest
    match = _BELOW_HUNDRED_NL.fullmatch(word)
    if match is None:
        return None
    return _UNITS["nl"][match["unit"]] + _TENS["nl"][match["ten"]]


def is_number_word(word: str, language: str) -> bool:
    """Whether a word in lower case is a number word beyond doubt: not ``een``, ``één`` or ``one``."""
    value = word_value(word, language)
    return value is not None and (value != 1 or word in {"één", "eén"})


def words_value(words: Sequence[str], language: str) -> int | None:
    """Value of a row of words in lower case such as ``two hundred and fifty``; ``None`` where it is no number."""
    total = current = 0
    seen = False
    for position, word in enumerate(words):
        if word in {"and", "en"} and seen and position < len(words) - 1:
            continue
        value = word_value(word, language)
        if value is None:
            return None
        if seen and value in (100, 1000) and word in SCALES:
            current = max(current, 1) * value
            if value == 1000:
                total, current = total + current, 0
        elif seen and (current % 100 != 0 or (current == 0 and total == 0)):
            return None
        else:
            current += value
        seen = True
    return total + current if seen else None
