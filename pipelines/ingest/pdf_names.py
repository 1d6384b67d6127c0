"""Names of people and of organisations as reports print them."""

from __future__ import annotations

import re

_NAME = re.compile(
    r"(?:(?:prof|dr|drs|mr|ir|ing|ms)\.?\s+)*(?:[A-ZÀ-Þ](?:\.|[^\W\d_’'`-]+(?:[’'`-][^\W\d_]+)*)[\s-]?)+"
    r"(?:(?:van|de|der|den|ten|ter|von|el|di|da|du|’t|'t|la|le)\s+)*"
    r"[A-ZÀ-Þ][^\W\d_]+(?:[’'`-][^\W\d_]+)*(?:,?\s(?:MSc|PhD|MA|BSc))?"
)
_BETWEEN = re.compile(r"\s*(?:,|;|&|\ben\b|\band\b|·|\|)\s*")
_NOTE = re.compile(r"[\s*†‡∗§¹²³⁴⁵⁶⁷⁸⁹⁰\d]+$")
_ORGANISATION = re.compile(
    r"\b(?:universi\w+|institu\w+|ministe\w+|raad|council|bureau|bank|stichting|foundation|planbureau|commission"
    r"|commissie|rijksoverheid|gemeente|provincie|autoriteit|authority|agency|agentschap|office|school|college|kamer"
    r"|staten-generaal|parliament|parlement|department|centre|center|centrum|vereniging|association)\b",
    re.IGNORECASE,
)
_MAX_NAMES = 30
_MAX_NAME_CHARACTERS = 60


def people(text: str) -> tuple[str, ...]:
    """Names in a text that holds nothing but names, in printed order; empty for any other text."""
    parts = [_NOTE.sub("", part).strip() for part in _BETWEEN.split(text)]
    names = [part for part in parts if part]
    if not names or len(names) > _MAX_NAMES or is_organisation(text):
        return ()
    if not all(len(name) <= _MAX_NAME_CHARACTERS and _NAME.fullmatch(name) for name in names):
        return ()
    return tuple(names)


def is_organisation(text: str) -> bool:
    """Whether a word of the text is one that organisations call themselves."""
    return bool(_ORGANISATION.search(text))
