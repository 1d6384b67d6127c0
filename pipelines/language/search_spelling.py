"""Mends slips of the pen in a query: a word that stands nowhere and is no word, where one that does is a slip away."""

from __future__ import annotations

from simplemma import is_known

from pipelines.language.dictionary import look_up
from pipelines.language.search_query import Query
from pipelines.language.search_vocabulary import WORD, Vocabulary, folded

_SHORTEST = 5
"""Fewest letters of a word that is mended; shorter ones are a slip away from too many."""
_TWO_SLIPS_FROM = 9
"""Letters from which a word may hold two slips."""
_LEAST_LIKENESS = 0.12
"""Words less alike are not looked at; a slip in the middle of a word of eight letters leaves 0.15 to 0.3."""


def mended(query: Query, vocabulary: Vocabulary) -> Query:
    """The query with its slips mended; itself where it has none. What stands between quotation marks stays as it is."""
    quoted = {word for phrase in query.phrases for word in phrase}
    parts: list[str] = []
    end = 0
    for match in WORD.finditer(query.text):
        word = folded(match.group())
        right = None if word in quoted else _right(word, vocabulary)
        if right is not None:
            parts += [query.text[end : match.start()], right]
            end = match.end()
    if not parts:
        return query
    again = Query.read("".join([*parts, query.text[end:]]))
    return Query(again.text, query.phrases, again.terms)


def _right(word: str, vocabulary: Vocabulary) -> str | None:
    """The word that was meant; ``None`` where ``word`` may be meant itself or nothing is near."""
    if len(word) < _SHORTEST or not word.isalpha() or word in vocabulary.ids or len(vocabulary.holding(word)):
        return None
    if any(is_known(word, lang=code) or look_up([word], code) for code in ("nl", "en")):
        return None
    most = 2 if len(word) >= _TWO_SLIPS_FROM else 1
    ids, likeness = vocabulary.alike(word, _LEAST_LIKENESS)
    near = [
        (slips, -float(value), other)
        for other, value in zip((vocabulary.words[i] for i in ids), likeness, strict=True)
        if abs(len(other) - len(word)) <= most and (slips := count_slips(word, other)) <= most
    ]
    return min(near)[2] if near else None


def count_slips(one: str, other: str) -> int:
    """Letters to change, add, leave out or swap with their neighbour to get from one word to the other.

    The optimal string alignment distance (Boytsov, ACM Journal of Experimental Algorithmics, 2011).
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        now = [i]
        for j, against in enumerate(other, 1):
            cost = min(row[j] + 1, now[j - 1] + 1, row[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            now.append(cost)
        before, row = row, now
    return row[-1]
