"""Cuts Dutch and English texts into words and signs, for the terms of the lexicon.

What stands between white space is cut as spaCy's tokenisers of the two languages cut it, with fewer rules: the same
words and signs in all but 5 of 1,000 different stretches of the training set and of 95 real documents, and the same
concepts in all of them (November 2026). The others are contractions (*don't*), which no term holds, and smileys. spaCy
takes 1.5 seconds to import, and twice as long for a text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pipelines.domain.languages import Language

_LOWER = "".join(char for char in map(chr, range(0x250)) if char.islower())
_UPPER = "".join(char for char in map(chr, range(0x250)) if char.isupper())
_LETTER = r"[^\W\d_¹²³⁰⁴-⁹¼½¾]"
_QUOTES = "'\"”“`‘´’‚„»«"
_SIGNS = re.escape(",:;!?¿¡()[]{}<>_#*&·")
_SYMBOLS = "©®°¦\ufffc\ufffd\U0001f000-\U0001faff" + "".join(
    char for char in map(chr, range(0x2100, 0x2C00)) if unicodedata.category(char) == "So"
)
_SIGN = rf"[{_SIGNS}{_QUOTES}—–…{_SYMBOLS}]"
_MONEY = r"(?:US|C|A)?\$|[£€¥]"
_UNITS = (
    "km²|km³|km/h|kmh|km|m²|m³|m/s|mph|mbar|mb|MB|mm²|mm³|mm|mg|m|dm²|dm³|dm|cm²|cm³|cm|ha|µm|nm|yd|in|ft|kg|kb|KB|g|gb|GB"
    "|µg|tb|TB|t|lb|oz|hPa|Pa|T|G|M|K"
)


def _at_the_end(more: str) -> re.Pattern[str]:
    """What is taken off the end of a stretch, one at a time; a full stop after two capitals or a small letter."""
    return re.compile(
        rf"(?:\.\.+|……|{more}|{_SIGN}|(?<=\d)(?:\+|{_MONEY}|{_UNITS})"
        rf"|(?<=[\d%²+|{_LOWER}{_SIGNS}{_QUOTES}…-])\.|(?<=[{_UPPER}]{{2}})\.)\Z"
    )


_AT_THE_START = re.compile(rf"\.\.+|{_SIGN}|[§%=]|\+(?!\d)|{_MONEY}")
_AT_THE_END: dict[Language, re.Pattern[str]] = {
    "nl": _at_the_end("''"),
    "en": _at_the_end(r"['’][sS]|(?<=\d)%"),
}
_BETWEEN: dict[Language, re.Pattern[str]] = {
    # A hyphen holds Dutch words together (AI-geletterdheid) and keeps English ones apart (AI-based).
    "nl": re.compile(
        rf"\.\.+|[…{_SYMBOLS}]|(?<=[{_LOWER}])\.(?=[{_UPPER}])|(?<={_LETTER})[,!?](?={_LETTER})"
        rf"|(?:(?<={_LETTER})|(?<=\"))[:<>=](?={_LETTER})"
        rf"|(?<={_LETTER})[][()|{_QUOTES.replace(chr(39), '')}](?={_LETTER})|(?<={_LETTER})--(?={_LETTER})"
    ),
    "en": re.compile(
        rf"\.\.+|[…{_SYMBOLS}]|(?<=\d)[+*^-](?=[\d-])|(?<=[{_LOWER}{_QUOTES},])\.(?=[{_UPPER}{_QUOTES},])"
        rf"|(?<={_LETTER}),(?={_LETTER})|(?:(?<={_LETTER})|(?<=\d))(?:---?|——?|[-–~]|[:<>=/])(?={_LETTER})"
    ),
}
# The last part of its host is in small letters: a capital begins a sentence whose space was lost (banen.De).
_ADDRESS = re.compile(
    rf"(?:[\w+.-]{{2,}}://)?(?:[^\s@]+@)?(?:[A-Za-z0-9\u00a1-\uffff][\w\u00a1-\uffff-]*\.)+[{_LOWER}]{{2,63}}(?::\d{{2,5}})?(?:[/?#]\S*)?"
)
_WHOLE: dict[Language, frozenset[str]] = {
    "nl": frozenset(["A.i.", "a.i.", "Loonw.", "LOONW.", "loonw.", "OR.", "WRR.", "WW."]),
    "en": frozenset(),
}
"""Abbreviations that keep their full stop: of the 6,000 that spaCy knows those that are a term, or would be."""

_LONGEST_ENDING = 16
"""Letters looked back for what is taken off the end, so that a row of brackets costs no more than prose."""

_STRETCH = re.compile(r"\s+|\S+")


def cut_tokens(text: str, language: Language) -> Iterator[tuple[int, int]]:
    """Words and signs of ``text`` as half-open character spans, in order; white space is one of them.

    A single space between two words is none of them.
    """
    for match in _STRETCH.finditer(text):
        start, end = match.span()
        if text[start].isspace():
            if match.group() != " ":
                yield start, end
        else:
            yield from ((start + low, start + high) for low, high in cut_stretch(match.group(), language))


def cut_stretch(stretch: str, language: Language) -> list[tuple[int, int]]:
    """The same of a text without white space."""
    at_the_end, whole = _AT_THE_END[language], _WHOLE[language]
    low, high = 0, len(stretch)
    before: list[tuple[int, int]] = []
    after: list[tuple[int, int]] = []
    while low < high and stretch[low:high] not in whole:
        borders = low, high
        if (match := _AT_THE_START.match(stretch, low, high)) is not None:
            before.append(match.span())
            low = match.end()
            if stretch[low:high] in whole:
                break
        last = max(low, high - _LONGEST_ENDING)
        if (match := at_the_end.search(stretch[last:high])) is not None:
            after.append((last + match.start(), high))
            high = last + match.start()
        if (low, high) == borders:
            break
    return [*before, *_cut_between(stretch, low, high, language), *reversed(after)]


def _cut_between(stretch: str, low: int, high: int, language: Language) -> Iterator[tuple[int, int]]:
    """What is left of a stretch between its signs."""
    rest = stretch[low:high]
    start = 0
    if rest not in _WHOLE[language] and not _ADDRESS.fullmatch(rest):
        for match in _BETWEEN[language].finditer(rest):
            if match.start() > 0:
                if match.start() > start:
                    yield low + start, low + match.start()
                yield low + match.start(), low + match.end()
                start = match.end()
    if start < len(rest):
        yield low + start, high
