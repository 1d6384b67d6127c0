"""For whom or what figures hold: the groups that their sentences name, by nouns and the order of words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipelines.domain.evidence import Figure
from pipelines.evidence.figures_nouns import COUNTED, noun_name
from pipelines.evidence.figures_words import word_set

_OF = {
    "nl": re.compile(
        r"\s(?:van|onder|bij|door)\s(?:de |het |alle |hun |onze |die |deze |Nederlandse )?(?:\d[\d.,]* )?"
    ),
    "en": re.compile(
        r"\s(?:of|among|amongst|in|for)\s(?:the |all |all the |those |their |our |these |surveyed )?(?:\d[\d.,]* )?"
    ),
}
_AMONG = {
    "nl": re.compile(r"\b(?:bij|onder|voor|van|in|op)\s(?:de |het |alle |hun |onze |die |deze )?", re.IGNORECASE),
    "en": re.compile(r"\b(?:among|amongst|for|of|in|at)\s(?:the |all |those |their |our |these )?", re.IGNORECASE),
}
_DETERMINERS = {
    "nl": frozenset(["de", "het", "een", "hun", "zijn", "haar", "geen", "zo'n", "ruim", "bijna"]),
    "en": frozenset(["the", "a", "an", "their", "its", "his", "her", "no", "nearly", "some"]),
}
_NO_COUNTS = frozenset(["seconds", "minutes", "hours", "days", "weeks", "months", "years", "points", "times"])
_MOST_WORDS = 7
_SUBJECT_WORDS = 6
_TOKEN = re.compile(r"[^\s,;:.!?()]+(?=[\s,;:.!?()]|$)|[,;:.!?()]")
_GROUP_END = re.compile(
    r"[\w-]{3,}(?:opgeleiden|genoten|plussers|minners|zoekenden|verleners|isten|enten|anten|aars|eurs|banken|fabrieken"
    r"|kantoren|ketens|diensten|werkers|houders|geschoolden|graduates|ists|workers|makers|users|owners|holders|clerks)"
)
_GROUPS = frozenset(
    [
        *("jongeren", "ouderen", "starters", "beginners", "vrouwen", "mannen", "migranten", "groep", "groepen"),
        *("personeel", "bestuurders", "ondernemers", "ondernemer", "beroepsbevolking", "datacentra", "kantoor"),
        *("ministeries", "partijen", "aanbieders", "schoolverlaters", "vakbonden", "ambtenaren", "lidstaten"),
        *("steden", "provincies", "beroepen", "banen", "functies", "mkb", "zelfstandigen", "platforms", "koeriers"),
        *("magazijnen", "winkels", "ploegen", "collega's", "nieuwkomers", "deeltijders", "flexwerkers"),
        *(
            "kmo",
            "kmo's",
            "mkb'ers",
            "novices",
            "newcomers",
            "juniors",
            "seniors",
            "women",
            "men",
            "youngsters",
            "graduates",
            "group",
            "groups",
        ),
        *("people", "staff", "entrepreneurs", "workforce", "office", "ministries", "parties", "suppliers", "vendors"),
        *("providers", "clerks", "typists", "packers", "pickers", "unions", "officials", "cities", "occupations"),
        *("jobs", "roles", "sme", "smes", "warehouses", "shops", "stores", "colleagues", "editors", "those", "wie"),
    ]
)
_INTRODUCING = frozenset(
    ["van", "of", "onder", "among", "in", "bij", "for", "voor", "at", "met", "with", "than", "dan", "op", "to", "per"]
)
_THAT = frozenset(["die", "dat", "who", "that", "which", "with", "met", "zonder", "without"])


def populations_of(text: str, code: str, figures: Sequence[Figure], sentences: Sequence[tuple[int, int]]) -> list[str]:
    """For whom or what each figure holds, in the words of the passage; empty where it does not say, and for counts.

    Parameters
    ----------
    text, code
        A passage, and ``nl`` or ``en``.
    figures
        In text order.
    sentences
        Half-open character spans of the sentences, in order.
    """
    found: list[str] = []
    for place, figure in enumerate(figures):
        if figure.unit in COUNTED or not figure.unit:
            found.append("")
            continue
        sentence = next((s for s in sentences if s[0] <= figure.start < s[1]), (0, len(text)))
        found.append(_population(_Around(text, code, figure, sentence, figures[:place], found)))
    return found


class _Around(NamedTuple):
    text: str
    code: str
    figure: Figure
    sentence: tuple[int, int]
    before: Sequence[Figure]
    known: Sequence[str]

    @property
    def low(self) -> int:
        """End of the figure before it in the sentence, or the beginning of the sentence."""
        return max([self.sentence[0], *(f.end for f in self.before)])


def _population(around: _Around) -> str:
    behind = _behind(around)
    if behind is not None:
        return behind
    return _named_next(around) or _among(around) or _of_count(around) or _as_before(around) or _subject(around)


def _named_next(around: _Around) -> str:
    """``Vier op de tien leraren``: a share in words, and whose it is."""
    text, code, figure = around.text, around.code, around.figure
    if figure.unit != "%" or "%" in figure.text or text[figure.end : figure.end + 1] != " ":
        return ""
    phrase = _phrase(text, figure.end + 1, around.sentence[1], code, clause=True)
    if phrase.split(" ")[0].lower() in _INTRODUCING:
        return ""
    ratio = re.search(r"\b(?:op de|op|in|out of) \S+$", figure.text) is not None
    return phrase if ratio or _names_group(phrase) else ""


def _behind(around: _Around) -> str | None:
    """``14% of all jobs``; empty where it is a share of something else than a group, ``None`` where of nothing."""
    text, code, figure = around.text, around.code, around.figure
    behind = _OF[code].match(text, figure.end, around.sentence[1])
    if behind is None:
        return None
    phrase = _phrase(text, behind.end(), around.sentence[1], code)
    if _names_group(phrase):
        return phrase
    whole = figure.unit == "%" and text[figure.end + 1 : figure.end + 4] in {"van", "of "}
    return "" if whole else None


def _among(around: _Around) -> str:
    """``Bij starters was het effect 31%``: the last group before it that a preposition introduces."""
    text, code = around.text, around.code
    ends = [m.end() for m in _AMONG[code].finditer(text, around.low, around.figure.start)]
    phrases = [_phrase(text, end, around.figure.start, code) for end in ends]
    return next((phrase for phrase in reversed(phrases) if _names_group(phrase)), "")


def _of_count(around: _Around) -> str:
    """``Van de 433 systemen die wij aantroffen, stond 5 procent erin``: the group that the figure before counts."""
    text, code = around.text, around.code
    for other in reversed(around.before):
        if other.start < around.sentence[0]:
            break
        lead = text[max(other.start - 16, around.sentence[0]) : other.start]
        counts = other.unit in COUNTED or (other.unit.isalpha() and other.unit in other.text.lower())
        if (
            counts
            and other.unit not in _NO_COUNTS
            and re.search(
                r"\b(?:van|onder|of|among|bij|in)\s(?:de |het |the |our |onze |all |alle |ruim |some |overige )*$",
                lead,
                re.I,
            )
        ):
            noun = re.search(r"[^\W\d][\w'’-]*$", other.text)
            start = other.end if noun is None else other.start + noun.start()
            return _phrase(text, start, around.sentence[1], code, clause=True)
    return ""


def _as_before(around: _Around) -> str:
    """``33 per cent of directors say soon, 29 per cent later``: the group of the figure before it in a row."""
    for other, population in zip(reversed(around.before), reversed(around.known), strict=True):
        if other.start < around.sentence[0]:
            return ""
        if other.unit == around.figure.unit and population:
            return population
    return ""


def _subject(around: _Around) -> str:
    """``Vrouwen lopen 8 procentpunt achter``: the group that the sentence begins with."""
    text, code = around.text, around.code
    phrase = _phrase(text, around.sentence[0], around.figure.start, code)
    words = phrase.split()
    if words and len(words) <= _SUBJECT_WORDS and _is_group(words[-1]):
        while words[0].lower() in _DETERMINERS[code]:
            words = words[1:]
        return " ".join(words)
    return ""


def _is_group(word: str) -> bool:
    lowered = word.lower().strip("'\"‘’“”").replace("’", "'")
    return noun_name(lowered) in COUNTED or lowered in _GROUPS or _GROUP_END.fullmatch(lowered) is not None


def _names_group(phrase: str) -> bool:
    return any(_is_group(word) for word in phrase.split())


def _phrase(text: str, start: int, end: int, code: str, *, clause: bool = False) -> str:
    """The words from ``start`` up to the verb, or to the comma where a ``clause`` on the group belongs to it."""
    words = list(_until_verb(text[start:end], code, clause=clause))
    return text[start : start + words[-1].end()].strip() if words else ""


def _until_verb(text: str, code: str, *, clause: bool) -> Iterator[re.Match[str]]:
    ends, links = word_set("population_ends", code), word_set("population_links", code)
    linked, grouped, in_clause = True, False, False
    for n, token in enumerate(_TOKEN.finditer(text)):
        word = token.group().lower()
        if n >= _MOST_WORDS or not word[0].isalnum() or (n == 0 and word.isdigit()):
            return
        in_clause = in_clause or (clause and n > 0 and word in _THAT)
        if not in_clause:
            if word in ends and not (word in links and n):
                return
            if n and not linked and (grouped or word in _DETERMINERS[code]) and word not in links:
                return  # something else begins: "alle jobs | een hoog risico", "bedrijven | gebruik moeten maken"
        linked, grouped = word in links or word in _DETERMINERS[code], _is_group(word)
        yield token
