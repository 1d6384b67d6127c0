"""Units of figures and what is counted, with one name for both languages."""

from __future__ import annotations

import re

_UNITS = (
    (r"procent(?:uele )?punt.*|percentage ?points?|percentagepunt.*|%-?punt.*|pp|ppt", "percentage points"),
    (r"%|procent.*|per ?cent|percent|pct\.?", "%"),
    (r"€|eur|euro.*", "EUR"),
    (r"us\$|\$|usd|dollars?|us dollars?", "USD"),
    (r"£|gbp|pond|pounds?", "GBP"),
    (r"chf|frank|francs?", "CHF"),
    (r"minu.*", "minutes"),
    (r"seconde.*|seconds?", "seconds"),
    (r"uur|uren|hours?", "hours"),
    (r"dag.*|days?|werkdag.*|working days?", "days"),
    (r"wek.*|week|weeks", "weeks"),
    (r"maand.*|months?", "months"),
    (r"jaar|jaren|years?", "years"),
    (r"fte.*|voltijdbanen|full-time equivalents?", "full-time jobs"),
    (r"standaarddev.*|standard dev.*", "standard deviations"),
    (r"punt.*|points?", "points"),
)

# What is counted, with one name for both languages.
_NOUNS = {
    "jobs": "banen baan jobs job arbeidsplaatsen arbeidsplaats posts functies positions",
    "firms": "bedrijven bedrijf ondernemingen onderneming firms firm companies company enterprises enterprise "
    "businesses establishments vestigingen",
    "employees": "werknemers werknemer employees employee personeelsleden medewerkers medewerker staff",
    "workers": "werkenden werkende workers worker arbeiders",
    "respondents": "respondenten respondent respondents ondervraagden geïnterviewden interviewees",
    "participants": "deelnemers participants proefpersonen subjects",
    "teams": "teams ploegen",
    "organisations": "organisaties organisations",
    "pages": "pagina's pages",
    "people": "mensen personen people persons individuals inwoners burgers citizens",
    "women": "vrouwen women",
    "men": "mannen men",
    "employers": "werkgevers employers",
    "vacancies": "vacatures vacature vacancies vacancy postings advertenties advertisements",
    "studies": "studies studie study papers artikelen articles publicaties publications evaluaties",
    "experiments": "experimenten experiment experiments proeven trials",
    "countries": "landen countries",
    "occupations": "beroepen occupations",
    "students": "studenten students leerlingen pupils",
    "households": "huishoudens households",
    "teachers": "docenten leraren teachers",
    "schools": "scholen schools",
    "hospitals": "ziekenhuizen hospitals",
    "agreements": "cao's akkoorden agreements",
    "interviews": "interviews gesprekken vraaggesprekken",
    "cases": "gevallen cases",
    "tasks": "taken tasks",
}  # fmt: skip
NOUN_OF = {word: name for name, words in _NOUNS.items() for word in words.split()}
_RATES = {
    "hour": "uur|hour",
    "day": "dag|day",
    "week": "week",
    "month": "maand|month",
    "year": "jaar|year|annum",
    "worker": "werknemer|werkende|medewerker|worker|employee|persoon|person|head",
}
#: Matches a rate after a figure, ``per jaar`` or ``a year``: group ``rate``.
RATE = (
    r"(?P<rate>\s(?:per|a|an|each|in een)\s(?:gewerkt )?(?:"
    + "|".join(_RATES.values())
    + r")\b|\s(?:jaarlijks|annually|yearly)\b)?"
)


def unit_of(written: str) -> str:
    """One name for a unit: ``%``, ``percentage points``, ``EUR``, ``hours``, ..."""
    lowered = " ".join(written.lower().split()).lstrip("-")
    for pattern, name in _UNITS:
        if re.fullmatch(pattern, lowered):
            return name
    return lowered


def rate_of(written: str | None) -> str:
    """`` per year`` and the like; empty without a rate."""
    if not written:
        return ""
    lowered = written.lower().split()[-1]
    return " per " + next((name for name, words in _RATES.items() if lowered in words.split("|")), "year")


def noun_name(noun: str) -> str:
    """One name for what is counted in both languages; the noun itself where it has none."""
    lowered = noun.lower()
    return NOUN_OF.get(lowered) or NOUN_OF.get(lowered.rpartition("-")[2], lowered)
