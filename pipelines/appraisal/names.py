"""Names of who wrote a document: people by their family name, organisations whole and without their departments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from pipelines.appraisal.cue_lists import name_pattern, organisation_names
from pipelines.language.cue_words import words_of

#: Words that no name of a person has within it, whichever the language.
_INNER = frozenset(("voor", "for", "of", "on", "and", "en"))
_PARTICLES = frozenset(
    ("van", "de", "der", "den", "ten", "ter", "von", "di", "da", "del", "le", "la", "el", "het", "'t", "’t")
)
_LAST_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
_ACRONYM = re.compile(r"\(([A-Z][A-Z&-]+)\)\s*$")
_BORDER = re.compile(r"\s*[,;|·]\s+|\s+[–—-]\s+")


def plain_letters(name: str) -> str:
    """Lower case without accents, with one kind of apostrophe."""
    plain = unicodedata.normalize("NFKD", name.replace("’", "'")).casefold()
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


@cache
def comparable(name: str) -> str:
    """A name in the form in which names are compared: lower case, no accents, organisations under one name."""
    plain = " ".join(plain_letters(name).replace(".", " ").split())
    plain = plain.removeprefix("the ").removeprefix("het ").removesuffix("'s")
    names = organisation_names()
    return names.get(plain) or names.get(plain.removeprefix("de "), plain)


@cache
def is_organisation(name: str) -> bool:
    """Whether a name, as printed or in comparable form, is that of an organisation or a part of one."""
    plain = comparable(_LAST_BRACKETS.sub("", name))
    if plain in organisation_names().values():
        return True
    words = plain.split()
    if len(words) == 1:
        return name_pattern("unit_words").fullmatch(plain) is not None
    return len(words) > 1 and (
        not _INNER.isdisjoint(words[1:-1]) or name_pattern("organisation_words").search(plain) is not None
    )


@cache
def main_organisation(name: str) -> str:
    """The organisation itself as printed: without the department or the press office that speaks for it.

    ``Department of Economics, Template University`` gives ``Template University``; a name without departments stays.
    """
    parts = [part for part in _BORDER.split(name.strip()) if part]
    whole = [part for part in parts if name_pattern("unit_words").search(plain_letters(part)) is None]
    short = name.strip()
    if len(whole) < len(parts) and any(_names_one(part) for part in whole):
        short = ", ".join(whole)
    cut = name_pattern("voices", r"^(?:the\s+|het\s+|de\s+)?{}\s+(?:(?:of|van)\s+(?:the\s+|het\s+|de\s+)?)?")
    voice = cut.match(plain_letters(short))
    # Plain letters are as many as those printed unless a letter is one of several: then nothing is cut.
    if voice is not None and len(plain_letters(short)) == len(short) and _names_one(short[voice.end() :]):
        return short[voice.end() :]
    return short


def _names_one(name: str) -> bool:
    return is_organisation(name) or _LAST_BRACKETS.sub("", name).strip().isupper()


@cache
def organisation_forms(name: str) -> frozenset[str]:
    """Ways in which a citation can give the organisation ``name``, in comparable form."""
    acronym = _ACRONYM.search(name)
    printed = [name, main_organisation(name)]
    forms = {comparable(_LAST_BRACKETS.sub("", one)) for one in printed}
    if acronym is not None:
        forms.add(comparable(acronym[1]))
    return frozenset(form for form in forms if form)


def name_key(name: str) -> str:
    """What a name is compared by: ``vries`` of ``Jan de Vries`` and ``Vries, J. de``; of an organisation all words."""
    if is_organisation(name):
        return comparable(_LAST_BRACKETS.sub("", main_organisation(name)))
    before = comparable(name).partition(",")[0].split()
    return before[-1] if before else ""


def short_authors(authors: Sequence[str], publisher: str | None) -> str:
    """Who made a document, short: ``De Vries & Smit``, ``Bakker et al.``, else the organisation; empty if not told.

    An organisation is given as its publisher names it, where that is known.
    """
    people = [person for author in authors for person in [_person_in(author, publisher)] if person]
    if people:
        families = [family_name(author) for author in people]
        return f"{families[0]} et al." if len(families) > 2 else " & ".join(families)
    if publisher:
        return main_organisation(publisher)
    # A newsroom beside its organisation: the name of several words tells more.
    return next((name for name in map(main_organisation, authors) if " " in name), authors[0] if authors else "")


def _person_in(author: str, publisher: str | None) -> str:
    """A person without the organisation after the name: ``Jan Bakker, CPB``; empty for an organisation."""
    own: frozenset[str] = organisation_forms(publisher) if publisher else frozenset()

    def is_person(name: str) -> bool:
        return not is_organisation(name) and not any(
            re.search(rf"\b{re.escape(form)}\b", comparable(name)) for form in own
        )

    if is_person(author):
        return author
    first = _BORDER.split(_LAST_BRACKETS.sub("", author))[0].strip()
    return first if " " in first and is_person(first) else ""


def family_name(author: str) -> str:
    """Family name of a person as printed, with its particles: ``Jan de Vries`` and ``Vries, J. de`` give ``de Vries``.

    A name of one word stays as it is.
    """
    before, comma, after = author.partition(",")
    if comma:
        particles = [word for word in after.split() if word in _PARTICLES]
        return " ".join([*particles, before.strip()])
    words = author.split()
    if len(words) < 2 or words[-1].isupper():
        return author.strip()
    start = next((i for i, word in enumerate(words[1:-1], start=1) if word.casefold() in _PARTICLES), len(words) - 1)
    return " ".join(words[start:])


#: Words after ``Press office``: that of the example files, a name with place and date, has nine.
_LONGEST_BYLINE = 10
#: Words of a name of one organisation that is no sentence yet.
_LONGEST_NAME = 4
_OPENING = r"^\W*(?:(?:by|from|door|van)\s+)?(?:the\s+|de\s+)?{}(?P<rest>[^\n]{{0,80}})"


def has_news_byline(title: str, names: Sequence[str], text: str) -> bool:
    """Whether a press office or the like stands over a document.

    Parameters
    ----------
    title, text
        Count where the words open them, as a line of their own or before a dash or colon.
    names
        Publisher and authors.
    """
    anywhere = name_pattern("news_bylines")
    if any(anywhere.search(plain_letters(name)) for name in names):
        return True
    opening = name_pattern(
        "news_bylines", r"^\W*(?:(?:by|from|door|van)\s+)?(?:the\s+|de\s+)?{}(?P<rest>[^\n]{{0,80}})"
    )
    for shown in (title, text):
        found = opening.match(plain_letters(shown))
        if found is not None and _ends_line(plain_letters(shown), found):
            return True
    return False


def _ends_line(shown: str, found: re.Match[str]) -> bool:
    rest = found["rest"]
    border = re.search(r"\s[–—-]\s|[:|·]\s", rest)
    line = rest if border is None else rest[: border.start()]
    closed = border is not None or shown[found.end() : found.end() + 1] in ("", "\n")
    # A name, a place and a date at most, and before a colon a name: a sentence has more words, or its stop.
    longest = _LONGEST_NAME if border is not None and border.group().startswith(":") else _LONGEST_BYLINE
    return closed and len(words_of(line)) <= longest and not re.search(r"[.!?]\s*$", line)
