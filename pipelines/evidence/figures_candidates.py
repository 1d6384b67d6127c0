"""Stretches of a passage that may say what a figure measures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from pipelines.evidence.figures_words import word_set
from pipelines.language.function_words import function_words

MOST_WORDS = 14
"""No stretch is longer: what is labelled seldom is."""

_WORD = re.compile(r"[^\s]+")
_HARD = re.compile(r"[;:!?()\[\]–—]|\.(?=\s|$)|\n|\s-\s")
_WHOLE = re.compile(r"\s(?:of|van|out of)\s(?:the |de |our |onze |these |deze |all |alle |its |hun )?", re.IGNORECASE)
_FOR = {"nl": frozenset(["voor", "aan", "op"]), "en": frozenset(["for", "on", "in"])}
_SAMPLE = re.compile(r"\s?[(\[]?\b[nN]\s?=\s?$")
_NUMBER = re.compile(r"[\d.,  ]*\d|\w+")
_COMMA = re.compile(r",(?=\s)")
_SECOND = re.compile(
    r",\s(?:en|maar|terwijl|want|doch|hoewel|and|but|while|whereas|although|which|so)\b", re.IGNORECASE
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CONJUNCTION = {
    "nl": _words("maar terwijl hoewel echter want doordat omdat zodat tegen tegenover"),
    "en": _words("but while whereas although though because against compared"),
}
_AND = {"nl": _words("en of"), "en": _words("and or")}
_LOOSE = {
    "nl": _words(
        """
        met tot naar op van bij door in en of de het een ruim bijna zo'n ongeveer circa ca. rond meer minder dan
        gemiddeld nog slechts maar liefst wel te aan tussen dat die om al voor hooguit zeker minstens zelfs nu er
        hoogstens ook daarvan telkens samen
        """
    ),
    "en": _words(
        """
        by to at from of in and or the a an about around nearly almost some roughly over under more less than only just
        on average between that which for up down per as with be estimated even now still merely barely another
        """
    ),
}
_COPULA = {
    "nl": _words(
        "is was zijn waren werd werden wordt worden bedroeg bedraagt lag ligt liggen lagen blijft bleef kwam komt "
        "stond staat geldt gold heeft had hebben hadden"
    ),
    "en": _words("is was are were be been reached stood stands averaged totalled came comes amounts amounted has had"),
}
_CHANGE = {
    "nl": re.compile(
        r"(?:steeg|stegen|gestegen|stijgt|stijgen|daalde|daalden|gedaald|daalt|dalen|groei(?:t|de|den|en)|gegroeid|kromp(?:en)?"
        r"|gekrompen|krimpt|zakte|zakten|zakt|gezakt|nam|namen|toegenomen|afgenomen|neemt|nemen|liep|liepen|opgelopen|viel"
        r"|vielen|teruggelopen|verminderd\w*|verminder\w*|verlaag\w*|verhoog\w*|kort\w*|scheel\w*|bespaar\w*|verdubbel\w*"
        r"|halve\w*|gehalveerd|slonk|terug|af|toe|op|klom|klommen|ging|gingen|schoot|verlie\w*|verbeter\w*|verslechter\w*)"
    ),
    "en": re.compile(
        r"(?:ros[e]|rises?|risen|fell|falls?|fallen|dropp?(?:ed|s)?|grew|grows?|grown|increas\w*|decreas\w*|declin\w*|shr[aiu]nk\w*"
        r"|climb\w*|went|gone|go|goes|slipp?\w*|crept|cut|cuts|reduc\w*|rais\w*|lower\w*|improv\w*|doubl\w*|halv\w*|sav(?:es?|ed|ing)"
        r"|gain\w*|los[te]s?|widen\w*|narrow\w*|jump\w*|up|down|boost\w*|add(?:s|ed)?|shorten\w*|slow\w*)"
    ),
}
_PARTICLES = _words("terug af toe op up down")
_PREPOSITION = {
    "nl": _words("in bij onder op volgens na sinds tussen binnen voor van door met tijdens over bij aan uit vanaf"),
    "en": _words("in at among on according after since between within for of by with during over across from under as"),
}
_DETERMINER = {
    "nl": _words("de het een hun zijn haar ons onze die dat deze dit"),
    "en": _words("the a an their its his her our that this these those"),
}


_EMPTY = {
    "nl": _COPULA["nl"]
    | _words("minste minstens hoogste hooguit moet moeten gemiddeld binnen boven onder groter kleiner meer"),
    "en": _COPULA["en"] | _words("least most must within above below greater smaller more found obtain"),
}


class Candidate(NamedTuple):
    """A stretch, and how it came about."""

    start: int
    end: int
    kind: str


class Around(NamedTuple):
    """A figure and what stands around it, as character places of the passage."""

    text: str
    code: str
    start: int
    end: int
    sentence: tuple[int, int]
    previous_end: int
    """End of the figure before it in the sentence, or the beginning of the sentence."""
    next_start: int
    """Start of the figure behind it in the sentence, or the end of the sentence."""


def bare(word: str) -> str:
    """A word without the signs around it, in small letters."""
    return word.strip("\"'“”‘’.,;:()%").lower()


# What ends a population without being a verb.
_NO_VERBS = _words(
    """
    al tenminste minstens echter dat die er en maar nog of om ook te tegen terwijl tot wie against already also and but
    now or since than that to which while who still on
    """
)


@cache
def _verbs(code: str) -> frozenset[str]:
    return word_set("population_ends", code) | _COPULA[code]


def is_verb(word: str, code: str) -> bool:
    """Whether a word is likely a finite verb or closes a group in another way: by lists, not by grammar."""
    return word in _verbs(code) or is_change(word, code)


def is_surely_verb(word: str, code: str) -> bool:
    """Whether a word is a finite verb, without prepositions and particles that end a group as well."""
    return is_verb(word, code) and word not in _NO_VERBS | _PREPOSITION[code] | _PARTICLES


def is_change(word: str, code: str) -> bool:
    """Whether a word tells a rise or a fall."""
    return _CHANGE[code].fullmatch(word) is not None


def is_preposition(word: str, code: str) -> bool:
    """Whether a word is a preposition."""
    return word in _PREPOSITION[code]


def is_determiner(word: str, code: str) -> bool:
    """Whether a noun group may begin with a word."""
    return word in _DETERMINER[code]


def candidates(around: Around) -> Iterator[Candidate]:
    """Stretches around a figure, each once for each way in which it comes about."""
    yield from _behind(around)
    yield from _behind_whole(around)
    yield from _before(around)


def _stretch(
    around: Around, words: Sequence[re.Match[str]], kind: str, *, trim_start: bool = False
) -> Iterator[Candidate]:
    """What is left of words without loose ends; nothing where nothing is left."""
    loose = _LOOSE[around.code]
    kept = list(words)
    while kept and bare(kept[-1].group()) in loose:
        kept.pop()
    while kept and (bare(kept[0].group()) in {"dan", "than", ""} or (trim_start and bare(kept[0].group()) in loose)):
        kept.pop(0)
    if not any(_says_something(bare(word.group()), around.code) for word in kept):
        return
    start, end = kept[0].start(), kept[-1].end()
    while start < end and around.text[start] in " .,;:-–—\"“”'‘’%(":
        start += 1
    while end > start and around.text[end - 1] in " .,;:-–—\"“”'‘’%)":
        end -= 1
    if end > start:
        yield Candidate(start, end, kind)


def _says_something(word: str, code: str) -> bool:
    """Whether a word can say what is measured: *voor ten minste* cannot."""
    return len(word) > 1 and not word.isdigit() and word not in _EMPTY[code] and word not in function_words(code)


def _cut(pattern: re.Pattern[str], text: str, low: int, high: int) -> int:
    match = pattern.search(text, low, high)
    return match.start() if match else high


def _behind(around: Around) -> Iterator[Candidate]:
    text, code = around.text, around.code
    hard = _cut(_HARD, text, around.end, around.sentence[1])
    clause = _cut(_COMMA, text, around.end, hard)
    if not text[around.end : clause].strip():
        second = _COMMA.search(text, around.end, hard)
        clause = _cut(_COMMA, text, second.end(), hard) if second else clause
    words = list(_WORD.finditer(text, around.end, min(clause, around.next_start)))
    for index, word in enumerate(words):
        if index and bare(word.group()) in _CONJUNCTION[code]:
            words = words[:index]
            break
    yield from _stretch(around, words[:MOST_WORDS], "behind")
    for index, word in enumerate(words):
        if (
            index > 1
            and bare(word.group()) in _AND[code]
            and any(is_verb(bare(w.group()), code) for w in words[index:])
        ):
            yield from _stretch(around, words[:index][:MOST_WORDS], "behind until and")
            break
    verb = next((i for i, word in enumerate(words) if i and is_verb(bare(word.group()), code)), None)
    if verb is not None:
        yield from _stretch(around, words[:verb][:MOST_WORDS], "behind until verb")
        yield from _stretch(around, words[verb:][:MOST_WORDS], "behind from verb")
        yield from _stretch(around, words[verb + 1 :][:MOST_WORDS], "behind after verb")
    yield from _parts_behind(around, words)
    # "..., and is mostly a side income" is a second statement.
    statement = _cut(_SECOND, text, clause, hard)
    long = list(_WORD.finditer(text, around.end, min(statement, around.next_start)))
    if len(long) > len(words):
        yield from _stretch(around, long[:MOST_WORDS], "behind through commas")
        later = list(_WORD.finditer(text, clause + 1, min(hard, around.next_start)))
        yield from _stretch(around, later[:MOST_WORDS], "behind the comma")


def _parts_behind(around: Around, words: Sequence[re.Match[str]]) -> Iterator[Candidate]:
    """Beginnings of what stands behind a figure, up to a preposition, and what it is for."""
    code = around.code
    if len(words) > 2:
        yield from _stretch(around, words[1:][:MOST_WORDS], "behind less one")
    for index, word in enumerate(words):
        if index and bare(word.group()) in _PREPOSITION[code]:
            yield from _stretch(around, words[:index][:MOST_WORDS], "behind until preposition")
            later = next(
                (k for k in range(index + 1, len(words)) if bare(words[k].group()) in _PREPOSITION[code]), None
            )
            if later is not None:
                yield from _stretch(around, words[:later][:MOST_WORDS], "behind until second preposition")
            break
    if len(words) > 1 and bare(words[0].group()) in _FOR[code]:
        # "85,000 euros a year for the licence"
        yield from _stretch(around, words[1:][:MOST_WORDS], "behind for", trim_start=True)
        yield from _until_preposition(around, words[1:], "behind for, shortest")


def _behind_whole(around: Around) -> Iterator[Candidate]:
    """``62% of the 4,800 files pulled led to a correction``: what holds stands behind the figure of the whole."""
    text, code = around.text, around.code
    if around.next_start >= around.sentence[1] or not _WHOLE.fullmatch(text[around.end : around.next_start]):
        return
    number = _NUMBER.match(text, around.next_start)
    start = around.next_start if number is None else number.end()
    hard = _cut(_HARD, text, start, around.sentence[1])
    words = list(_WORD.finditer(text, start, _cut(_SECOND, text, start, hard)))
    for index, word in enumerate(words):
        if index and bare(word.group()) in _CONJUNCTION[code]:
            words = words[:index]
            break
    yield from _stretch(around, words[:MOST_WORDS], "behind the whole")
    verb = next((i for i, word in enumerate(words) if i and is_surely_verb(bare(word.group()), code)), None)
    if verb is not None:
        yield from _stretch(around, words[verb:][:MOST_WORDS], "behind the whole from verb")
    yield from _stretch(around, words[1:][:MOST_WORDS], "behind the whole less one")
    yield from _stretch(around, words[2:][:MOST_WORDS], "behind the whole less two")


def _before(around: Around) -> Iterator[Candidate]:
    text, code = around.text, around.code
    low, high = max(around.sentence[0], around.previous_end), around.start
    label = re.search(r"([^.;:!?()]+):\s?(?:[^.;:!?()\d]{0,20})$", text[around.sentence[0] : high])
    if label:
        start = around.sentence[0] + label.start(1)
        yield from _stretch(
            around, list(_WORD.finditer(text, start, around.sentence[0] + label.end(1)))[-MOST_WORDS:], "label"
        )
    sample = _SAMPLE.search(text, low, high)
    if sample is not None:
        high = sample.start()
    if text[high - 1 : high] in {"(", "["}:
        high -= 1
    ends = [match.end() for match in _HARD.finditer(text, low, high) if text[match.end() : high].strip()]
    hard = ends[-1] if ends else low
    commas = [match.end() for match in _COMMA.finditer(text, hard, high) if text[match.end() : high].strip()]
    clause = commas[-1] if commas else hard
    words = list(_WORD.finditer(text, clause, high))
    for index in range(len(words) - 1, -1, -1):
        if bare(words[index].group()) in _CONJUNCTION[code]:
            words = words[index + 1 :]
            break
    yield from _stretch(around, words[-MOST_WORDS:], "before")
    yield from _after_and(around, words)
    yield from _after_that(around, words)
    yield from _stretch(around, _without_verbs(words, code)[-MOST_WORDS:], "before less verb", trim_start=False)
    if len(commas):
        whole = list(_WORD.finditer(text, hard, high))
        yield from _stretch(around, whole[-MOST_WORDS:], "before through commas")
        yield from _stretch(around, list(_WORD.finditer(text, hard, commas[0]))[-MOST_WORDS:], "before the comma")
    verbs = [i for i, word in enumerate(words) if is_verb(bare(word.group()), code)]
    if verbs:
        first, last = verbs[0], verbs[-1]
        yield from _stretch(around, words[:first][-MOST_WORDS:], "subject")
        yield from _stretch(around, words[:last][-MOST_WORDS:], "before until last verb")
        yield from _stretch(around, words[last:][-MOST_WORDS:], "before from last verb")
        yield from _stretch(around, words[first + 1 :][-MOST_WORDS:], "behind first verb")
        yield from _until_preposition(around, words[first + 1 :], "behind first verb, shortest")
        if words and bare(words[0].group()) in _PREPOSITION[code]:
            group = next((i for i, w in enumerate(words[:first]) if i and bare(w.group()) in _DETERMINER[code]), None)
            if group is not None and group > 1:
                yield from _stretch(around, words[group:first][-MOST_WORDS:], "subject behind preposition")
        yield from _until_preposition(around, words[:first], "subject, shortest")
    yield from _groups(around, words)


def _after_and(around: Around, words: Sequence[re.Match[str]]) -> Iterator[Candidate]:
    """``Scrap fell by a quarter and complaints [halved]``: the second statement has a subject of its own."""
    code = around.code
    joined = next((i for i in range(len(words) - 2, 0, -1) if bare(words[i].group()) in _AND[code]), None)
    if joined is None:
        return
    later = words[joined + 1 :]
    yield from _stretch(around, later[-MOST_WORDS:], "before, after and")
    verb = next((i for i, word in enumerate(later) if i and is_verb(bare(word.group()), code)), None)
    if verb is not None:
        yield from _stretch(around, later[:verb][-MOST_WORDS:], "subject after and")


def _after_that(around: Around, words: Sequence[re.Match[str]]) -> Iterator[Candidate]:
    """``The group reports that its assistant saves``: who reports it is not what is measured."""
    code = around.code
    that = next((i for i in range(len(words) - 2, 0, -1) if bare(words[i].group()) in {"dat", "that"}), None)
    if that is None:
        return
    later = words[that + 1 :]
    yield from _stretch(around, later[-MOST_WORDS:], "before, after that")
    verb = next((i for i, word in enumerate(later) if i and is_verb(bare(word.group()), code)), None)
    if verb is not None:
        yield from _stretch(around, later[:verb][-MOST_WORDS:], "subject after that")


def _groups(around: Around, words: Sequence[re.Match[str]]) -> Iterator[Candidate]:
    """The last groups that a determiner opens."""
    places = [i for i, word in enumerate(words) if bare(word.group()) in _DETERMINER[around.code]]
    for place in places[-2:]:
        kind = "last group" if place == places[-1] else "last group but one"
        yield from _stretch(around, words[place:][:MOST_WORDS], kind)


def _without_verbs(words: Sequence[re.Match[str]], code: str) -> list[re.Match[str]]:
    kept = list(words)
    while kept and (bare(kept[-1].group()) in _LOOSE[code] or is_verb(bare(kept[-1].group()), code)):
        kept.pop()
    while kept and is_verb(bare(kept[0].group()), code):
        kept.pop(0)
    return kept


def _until_preposition(around: Around, words: Sequence[re.Match[str]], kind: str) -> Iterator[Candidate]:
    """The words up to a preposition that does not belong to the group: all but *van* and *of*."""
    inner = {"van", "of", "voor", "for", "per", "in"}
    for index, word in enumerate(words):
        name = bare(word.group())
        if index and name in _PREPOSITION[around.code] and name not in inner:
            yield from _stretch(around, words[:index][:MOST_WORDS], kind)
            return
    yield from _stretch(around, words[:MOST_WORDS], kind)
