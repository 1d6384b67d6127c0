"""What a figure measures, as printed: the words around it in its clause."""

from __future__ import annotations

import re

#: Most words taken; longer stretches held more than what is measured in the passages read (2026-11).
_MOST_WORDS = 10
#: Before a figure in brackets stands a whole clause: what grew, how, and for whom.
_MOST_BEFORE_BRACKETS = 14

_WORD = re.compile(r"[^\s]+")
_CLAUSE_END = re.compile(r"[;:!?()\[\]–—]|,\s|,$|\.(?=\s|$)|\n|\s-\s")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONJUNCTION = {
    "nl": _words("maar terwijl hoewel echter want doordat omdat zodat tegen tegenover"),
    "en": _words("but while whereas although though because against compared and"),
}
# After these the figure is an outcome, so that what is measured stands before it ("rose by 3 per cent").
_OUTCOME = {
    "nl": _words("met tot naar op bedroeg bedraagt was is waren zijn werd van telde kwam goed"),
    "en": _words("by to at was is were are from averaged reached stood totalled with be"),
}
_LOOSE_END = {
    "nl": _words(
        """
        met tot naar op van bij door in en of de het een ruim bijna zo'n ongeveer circa ca. rond meer minder dan
        gemiddeld was is waren zijn werd nog slechts maar liefst wel te aan tussen dat die om al voor hooguit zeker
        minstens
        """
    ),
    "en": _words(
        """
        by to at from of in and or the a an about around nearly almost some roughly over under more less than only
        was is were are just on average between that which for up down per as with be estimated
        """
    ),
}
_LOOSE_BEGINNING = frozenset({"dan", "than"})
_SUBCLAUSE = {
    "nl": _words("dat die of omdat doordat als waarin waarvan hoewel wie waar waarbij zodat wanneer terwijl"),
    "en": _words(""),
}
# Finite verbs that close a Dutch subclause; they do not tell what is measured.
_DUTCH_VERB = re.compile(r"[a-zë]{2,}(?:t|en|de|te|den|ten)")


def find_measures(text: str, start: int, end: int, sentence: tuple[int, int], language: str) -> str:
    """Words of ``text`` that tell what the figure ``text[start:end]`` measures, one stretch, as printed.

    Taken from the clause after the figure, or before it where the figure closes the clause, stands in brackets or
    is an outcome ("rose by 3 per cent"). Empty where the clause holds nothing but the figure.
    """
    code = "nl" if language == "nl" else "en"
    bracketed = text[max(start - 1, 0) : start] in {"(", "["}
    before_limit = start - 1 if bracketed else start
    before = _before(text, sentence[0], before_limit, code, _MOST_BEFORE_BRACKETS if bracketed else _MOST_WORDS)
    if bracketed:
        return before
    after = _after(text, end, sentence, start, code)
    previous = text[sentence[0] : start].split()
    outcome = bool(previous) and previous[-1].lower() in _OUTCOME[code]
    if re.fullmatch(r"(?:in|since|sinds|tot|by)\s\d{4}", after):
        # Only says when.
        before = before or after
        after = ""
    first, second = (before, after) if outcome else (after, before)
    if len(first.split()) >= 2:
        return first
    return second or first


def _before(text: str, low: int, high: int, code: str, most: int) -> str:
    """The last words of the clause that ends at ``high``."""
    clause_start = low
    for match in _CLAUSE_END.finditer(text, low, high):
        if text[match.end() : high].strip():
            clause_start = match.end()
    words = list(_WORD.finditer(text, clause_start, high))
    while words and _bare(words[-1].group()) in _LOOSE_END[code]:
        words.pop()
    for index in range(len(words) - 1, -1, -1):
        if _bare(words[index].group()) in _CONJUNCTION[code]:
            words = words[index + 1 :]
            break
    words = words[-most:]
    return _stretch(text, words)


def _after(text: str, end: int, sentence: tuple[int, int], start: int, code: str) -> str:
    """The first words of what follows the figure in its clause, without the verb that closes a Dutch subclause."""
    border = _CLAUSE_END.search(text, end, sentence[1])
    stop = border.start() if border else sentence[1]
    words = list(_WORD.finditer(text, end, stop))
    for index, word in enumerate(words):
        if index and _bare(word.group()) in _CONJUNCTION[code]:
            words = words[:index]
            break
    whole = len(words) <= _MOST_WORDS
    words = words[:_MOST_WORDS]
    lead = {_bare(word) for word in text[sentence[0] : start].split()}
    if whole and len(words) > 2 and lead & _SUBCLAUSE[code] and _DUTCH_VERB.fullmatch(_bare(words[-1].group())):
        words.pop()
    while words and _bare(words[-1].group()) in _LOOSE_END[code]:
        words.pop()
    return _stretch(text, words)


def _bare(word: str) -> str:
    return word.strip("\"'“”‘’.,;:()").lower()


def _stretch(text: str, words: list[re.Match[str]]) -> str:
    while len(words) > 1 and _bare(words[0].group()) in _LOOSE_BEGINNING:
        words = words[1:]
    if not words:
        return ""
    return text[words[0].start() : words[-1].end()].strip(" .,;:-–—\"“”'‘’%")
