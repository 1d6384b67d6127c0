"""Names of authors as documents print them, told apart into parts: needed to sort them and to write initials."""

from __future__ import annotations

import re

from pydantic import model_validator

from pipelines.domain.record import Record
from pipelines.report.plain import one_line

#: Words before a family name that are part of it. In Dutch lists they follow the initials.
DUTCH_PARTICLES = frozenset({"van", "de", "der", "den", "het", "ten", "ter", "te", "op", "in", "aan", "'t", "’t", "d'"})
_PARTICLES = DUTCH_PARTICLES | {"von", "zu", "da", "di", "du", "del", "della", "dos", "la", "le", "el", "al", "bin"}
_TITLES = re.compile(r"^(?:(?:prof|dr|drs|mr|ir|ing|ms|mrs|msc|ma|phd|bsc)\.?\s+|\([^)]*\)\s*)+", re.IGNORECASE)
_DEGREES = re.compile(r"(?:,?\s+(?:MSc|PhD|MA|BSc|LLM|MBA|Jr|Sr)\.?)+$")
_ORGANISATION = re.compile(
    r"\b(?:universi\w+|institu\w+|\w*ministe\w+|\w*raad|council|\w*bureau|\w*bank|stichting|foundation|\w+planbureau"
    r"|commission|commissie|rijksoverheid|overheid|government|gemeente|provincie|\w*autoriteit|authority|agency"
    r"|agentschap|office|school|college|kamer|parliament|parlement|department|cent(?:re|er|rum)|vereniging|association"
    r"|redactie|editors?|group|groep|team|company|b\.?v\.?|n\.?v\.?|ltd|inc|gmbh|llp|union|vakbond|organi[sz]ation"
    r"|organisatie|fund|fonds|network|netwerk|society|academy|academie|press|publishing|uitgeverij|research|nederland"
    r"|onderzoek|netherlands|europe\w*|nations?|committee|comité|forum|labou?r|dienst|service)\b",
    re.IGNORECASE,
)
#: What word processors put where an author should be.
_NOBODY = frozenset(
    {"admin", "administrator", "user", "gebruiker", "owner", "eigenaar", "unknown", "onbekend", "author", "auteur",
     "anonymous", "anoniem", "microsoft office user", "office user", "windows user"}
)  # fmt: skip
#: Without points at most two: three capitals in a row are far more often the name of an institute.
_INITIALS = re.compile(r"(?:[^\W\d_]\.-?){1,6}|[A-Z]{1,2}")
#: ``DeepMind`` is no family name; ``McKay``, ``MacLean``, ``DeBoer`` and ``LeBlanc`` are.
_INNER_CAPITAL = re.compile(r"^(?!(?:Mc|Mac|De|Le|La|Van|Fitz|O[’'`])[A-Z])[^\W\d_]+[a-zß-ÿ][A-Z]")
#: ``Vries, A. (Anna) de - DEPT/UNIT``: how the address book of a ministry writes a name, and Word with it.
_DIRECTORY = re.compile(r"^(?P<before>[^,()]+,\s*(?:[A-Z]\.)+)\s*\([^)]*\)(?P<after>[^()]*?)(?:\s+-\s+\S.*)?$")
_ELISION = re.compile(r"^(d[’'])(?=[A-ZÀ-Þ])")
_WORD = re.compile(r"[^\W\d_][^\W\d_.’'`-]*\.?(?:[’'`-][^\W\d_]+\.?)*")


class Author(Record):
    """A person in parts, or an organisation as a whole."""

    family: str = ""
    particle: str = ""
    """``van der``; empty where the family name has none."""
    given: str = ""
    """As printed: names or initials."""
    organisation: str = ""

    @model_validator(mode="after")
    def _check_one(self) -> Author:
        if bool(self.family) == bool(self.organisation):
            raise ValueError("an author has a family name or is an organisation")
        return self

    @property
    def full_family(self) -> str:
        """Family name with what belongs before it, as printed: ``van der Berg``."""
        joined = "" if self.particle.endswith(("'", "’")) else " "
        return f"{self.particle}{joined}{self.family}" if self.particle else self.family

    @property
    def name(self) -> str:
        """How a running text names it: ``Van der Berg``, or the organisation."""
        if self.organisation:
            return self.organisation
        first = self.full_family
        # d'Ancona keeps its small letter.
        return first if self.particle.endswith(("'", "’")) else first[:1].upper() + first[1:]

    @property
    def initials(self) -> str:
        """``A. B.``, ``J.-W.``; empty where no first name is known."""
        written = []
        for part in re.split(r"\s+|(?<=\.)(?=[^\W\d_])", self.given):
            pieces = [piece for piece in part.split("-") if piece.strip(".")]
            if not pieces:
                continue
            if len(pieces) == 1 and re.fullmatch(r"[A-Z]{2,3}", pieces[0]):
                written += [f"{letter}." for letter in pieces[0]]  # AB for A. B.
            else:
                written.append("-".join(f"{piece[0].upper()}." for piece in pieces))
        return " ".join(written)


def organisation(name: str) -> Author:
    """An author that is an organisation."""
    return Author(organisation=one_line(name))


def read_author(printed: str, publisher: str | None = None) -> Author | None:
    """The author of a printed name; an organisation wherever it does not read as the name of a person.

    Parameters
    ----------
    printed
        ``Jan van der Berg``, ``Berg, J. van der``, ``J.W. de Vries MSc``, ``OECD``.
    publisher
        Of the document; an author with this name is an organisation.

    Returns
    -------
    Author or None
        ``None`` for a name without any letter, or one that a program put there.
    """
    whole = one_line(printed)
    if not re.search(r"[^\W\d_]", whole) or whole.casefold() in _NOBODY:
        return None
    name = _DEGREES.sub("", _TITLES.sub("", whole)).strip(" ,;")
    listed = _DIRECTORY.match(name)
    if listed is not None:
        name = listed["before"] + listed["after"]
    same = publisher is not None and one_line(publisher).casefold() == whole.casefold()
    if same or not name or _ORGANISATION.search(name) or re.search(r"[\d&/@()]", name):
        return organisation(whole)
    person = _family_first(name) if "," in name else _given_first(name)
    if person is None or any(map(_INNER_CAPITAL.match, name.split())):
        return organisation(whole)
    return _elided(person)


def _elided(person: Author) -> Author:
    """``d'Ancona`` with its ``d'`` as what it is."""
    found = _ELISION.match(person.family)
    if found is None or person.particle:
        return person
    return person.model_copy(update={"particle": found[0], "family": person.family[found.end() :]})


def _family_first(name: str) -> Author | None:
    family, _, rest = name.partition(",")
    if "," in rest:
        return None
    words, family_words = rest.split(), family.split()
    particle = [word for word in words if word.lower() in _PARTICLES]
    given = [word for word in words if word.lower() not in _PARTICLES]
    while family_words[:-1] and family_words[0].lower() in _PARTICLES:
        particle.append(_uncapped(family_words.pop(0)))
    if not given or len(given) > 4 or len(family_words) > 3 or not all(map(_WORD.fullmatch, family_words)):
        return None
    if not all(_INITIALS.fullmatch(word) or _WORD.fullmatch(word) for word in given):
        return None
    return Author(family=" ".join(family_words), particle=" ".join(particle), given=" ".join(given))


def _given_first(name: str) -> Author | None:
    words = name.split()
    if not 2 <= len(words) <= 7 or not all(_INITIALS.fullmatch(w) or _word_of_name(w) for w in words):
        return None
    if all(word.isupper() and len(word) > 3 for word in words) or not words[0][0].isupper():
        return None
    start = next((n for n, word in enumerate(words[1:-1], 1) if word.lower() in _PARTICLES), len(words) - 1)
    end = start
    while end < len(words) - 1 and words[end].lower() in _PARTICLES:
        end += 1
    given, particle, family = words[:start], words[start:end], words[end:]
    starts = [*given, _ELISION.sub("", family[0])]
    if not all(word[0].isupper() for word in starts) or len(family) > 2 or _INITIALS.fullmatch(family[-1]):
        return None
    return Author(family=" ".join(family), particle=" ".join(map(_uncapped, particle)), given=" ".join(given))


def _word_of_name(word: str) -> bool:
    return word.lower() in _PARTICLES or bool(_WORD.fullmatch(_ELISION.sub("", word)))


def _uncapped(particle: str) -> str:
    return particle.lower()
