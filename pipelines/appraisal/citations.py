"""Studies that a passage names: ``(De Vries & Smit, 2024)``, ``CPB (2023)``, ``a 2024 study by the OECD``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pipelines.appraisal.cue_lists import find_cues, organisation_names, word_set
from pipelines.appraisal.names import comparable, is_organisation
from pipelines.domain.appraisal import Citation
from pipelines.language.cue_words import Hit, Word, words_of
from pipelines.strings import Language

#: Words between ``unlike`` and the like and the citation that it is about: "unlike the earlier paper by Green (2018)".
_WIDEST_GAP = 5
#: Longest name of an organisation in words ("Organisation for Economic Co-operation and Development" has six).
_LONGEST_NAME = 9

_YEAR = r"(?:19|20)\d\d"
_PARTICLE = r"(?:van der|van den|van de|van 't|van|von|de|den|der|ten|ter|di|da|del|le|la|el|the|het|'t)"
_CAPITAL = r"[A-ZÀ-ÖØ-Ý][\w'’]*(?:[-&][\w'’]+)*"
_INNER = r"(?:van|voor|of|for|on|in|der|de|the|het)"
_NAME = rf"(?:{_PARTICLE}\s+)?{_CAPITAL}(?:\s+(?:{_INNER}\s+){{0,2}}{_CAPITAL}){{0,5}}"
_AND = r"(?:\s*,?\s+(?:en|and)\s+|\s*,?\s*&\s*)"
_OTHERS = r"(?:,?\s+et al\.?|,?\s+e\.\s?a\.|\s+en collega['’]?s|\s+and colleagues|\s+en anderen|\s+and others)"
_NAMES = rf"{_NAME}(?:,\s+{_NAME})*(?:{_AND}{_NAME})?{_OTHERS}?"
_SOME_YEAR = re.compile(rf"\b{_YEAR}")
_IN_BRACKETS = re.compile(r"\(([^()]{4,300})\)|\[([^\[\]]{4,300})\]")
_SEGMENT = re.compile(rf"^(?P<who>.+?),?\s+(?P<years>{_YEAR}[a-z]?(?:\s*,\s*{_YEAR}[a-z]?)*)(?P<rest>\s*[,:].*)?$")
_NARRATIVE = re.compile(rf"(?P<who>{_NAMES})\s+\((?P<years>{_YEAR}[a-z]?(?:\s*,\s*{_YEAR}[a-z]?)*)(?:\s*[,:][^()]*)?\)")
_OTHERS_AT_END = re.compile(rf"{_OTHERS}$")
_PARTICLES = ("van", "der", "den", "de", "von", "di", "da", "del", "le", "la", "el", "ten", "ter", "het", "'t")
_SMALL_WORDS = frozenset([*_PARTICLES, "voor", "of", "for", "on", "the", "in", "en", "and"])
_OF = frozenset(("voor", "for", "of", "on"))
_INITIALS = re.compile(r"(?:,\s*)?\b(?:[A-Z]\.\s?-?)+(?=[\s,;&]|$)")


def names_others(text: str) -> bool:
    """Whether the author names of a citation end in ``et al.`` or the like."""
    return re.search(rf"{_OTHERS}(?=[\s,(]|$)", text) is not None


def find_citations(
    text: str, language: Language, words: Sequence[Word] | None = None, elsewhere: Sequence[Hit] | None = None
) -> list[tuple[Citation, int]]:
    """Studies of others that the finding of a passage is taken from, with their places, in the order of the text.

    A study that is only differed from, or whose method or definition is used, is not a source of the finding.

    Parameters
    ----------
    text, language
        ``nl`` or ``en``.
    words, elsewhere
        The words of the text and its cues of the section ``not_source``, where these were found before.
    """
    if _SOME_YEAR.search(text) is None:
        return []
    found: list[tuple[int, str, str, str]] = [
        *_bracketed(text, language),
        *((m.start(), m["who"], m["years"], m.group()) for m in _NARRATIVE.finditer(text)),
        *((m.start("who"), m["who"], m["year"], m.group()) for p in _phrases(language) for m in p.finditer(text)),
    ]
    words = words_of(text) if words is None else words
    spurned = _spurned(text, words, find_cues(words, language)["not_source"] if elsewhere is None else elsewhere)
    citations: dict[tuple[tuple[str, ...], int], tuple[Citation, int]] = {}
    for start, who, years, printed in sorted(found):
        authors = _authors(who, language)
        if not authors or any(low <= start < high for low, high in spurned):
            continue
        for year in re.findall(_YEAR, years):
            citation = Citation(text=" ".join(printed.split()), authors=authors, year=int(year))
            citations.setdefault((authors, int(year)), (citation, start))
    return list(citations.values())


def _bracketed(text: str, language: Language) -> Iterator[tuple[int, str, str, str]]:
    for brackets in _IN_BRACKETS.finditer(text):
        inside = brackets[1] or brackets[2]
        for part in inside.split(";"):
            segment = _SEGMENT.match(part.strip())
            if segment is not None and _is_name(segment["who"], language):
                yield text.index(part.strip(), brackets.start()), segment["who"], segment["years"], part.strip()


def _is_name(who: str, language: Language) -> bool:
    """Whether the words before a year within brackets can be names."""
    words = _without_opening(_OTHERS_AT_END.sub("", _INITIALS.sub("", who)), language).replace("&", " ").split()
    plain = [word.strip(",.") for word in words if word.strip(",.")]
    if not plain or len(plain) > 2 * _LONGEST_NAME or not any(word[0].isupper() for word in plain):
        return False
    return all((word[0].isupper() or word in _SMALL_WORDS) and not any(map(str.isdigit, word)) for word in plain)


def _without_opening(who: str, language: Language) -> str:
    """Names without words such as ``according to`` or ``see also`` before them."""
    words = who.split()
    unwanted = word_set("no_author", language)
    while words and words[0].lower().strip(".,:") in unwanted and comparable(" ".join(words)) not in _full_names():
        # "De Vries" begins with an article of the list, and is a name.
        if words[0] in {"De", "Het", "The"} and len(words) > 1 and words[1][0].isupper():
            break
        words.pop(0)
    return " ".join(words)


@cache
def _full_names() -> frozenset[str]:
    return frozenset(name for name in organisation_names() if " " in name)


def _authors(who: str, language: Language) -> tuple[str, ...]:
    """Names in comparable form, in the order printed; none where the words are no names."""
    names = _OTHERS_AT_END.sub("", _without_opening(_INITIALS.sub("", who).strip(" ,"), language)).strip(" ,")
    whole = comparable(names)
    if whole in organisation_names():
        return (organisation_names()[whole],)
    parts = [part.strip(" ,.") for part in _split_names(names)]
    authors = tuple(comparable(part) for part in parts if part.strip())
    unwanted = word_set("no_author", "nl") | word_set("no_author", "en")
    if not authors or any(not name or name.split()[-1] in unwanted or len(name) < 2 for name in authors):
        return ()
    return authors


def _split_names(names: str) -> list[str]:
    """Names of several authors apart; ``Centre for Work and Technology`` is one."""
    parts = re.split(rf"({_AND})|,\s*", names)
    found = [parts[0]]
    for joined, name in zip(parts[1::2], parts[2::2], strict=True):
        inner = any(word in _OF for word in found[-1].split()[1:])
        if joined and inner and is_organisation(found[-1]) and not is_organisation(name):
            found[-1] += joined + name
        else:
            found.append(name)
    return found


@cache
def _phrases(language: Language) -> tuple[re.Pattern[str], ...]:
    """Ways to name a study with its year without brackets."""
    study = "(?:" + "|".join(sorted(map(re.escape, word_set("study_words", language)), key=len, reverse=True)) + ")"
    if language == "nl":
        patterns = [
            rf"\b{study}\s+(?:van|door)\s+(?:het\s+|de\s+)?(?P<who>{_NAMES})\s+(?:uit|in|van)\s+(?P<year>{_YEAR})\b",
            rf"(?P<who>\b{_CAPITAL})-{study}\s+(?:uit|van)\s+(?P<year>{_YEAR})\b",
        ]
    else:
        patterns = [
            rf"\b(?P<year>{_YEAR})\s+(?:\w+\s+)?{study}\s+(?:by|from|of)\s+(?:the\s+)?(?P<who>{_NAMES})",
            rf"\b{study}\s+(?:by|from)\s+(?:the\s+)?(?P<who>{_NAMES})\s+(?:from|in|of)\s+(?P<year>{_YEAR})\b",
            rf"\b(?P<who>{_CAPITAL}(?:\s+{_CAPITAL}){{0,3}})(?:['’]s|['’])?\s+(?P<year>{_YEAR})\s+{study}\b",
        ]
    return tuple(re.compile(pattern) for pattern in patterns)


def _spurned(text: str, words: Sequence[Word], cues: Sequence[Hit]) -> list[tuple[int, int]]:
    """Spans in which a citation is no source: some words after ``unlike``, ``the method of`` and the like."""
    spans: list[tuple[int, int]] = []
    for hit in cues:
        after = [word for word in words if word.start >= hit.end][: _WIDEST_GAP + 1]
        border = re.search(r"[.;:!?,]\s", text[hit.end : after[-1].end] if after else "")
        last = after[-1].end if after else hit.end
        spans.append((hit.start, hit.end + border.start() if border is not None else last))
    return spans
