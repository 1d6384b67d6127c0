"""Units of figures, with one name for both languages."""

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
    (r"decennia|decades", "decades"),
    (r"fte.*|voltijds?banen|full-time equivalents?|full-time jobs", "full-time jobs"),
    (r"kilo(?:'s|grams?|grammen)?|kg", "kilograms"),
    (r"ton|tons|tonnen|tonnes?", "tonnes"),
    (r"vierkante meters?|square met(?:er|re)s?|m²", "square metres"),
    (r"kubieke meters?|cubic met(?:er|re)s?|m³", "cubic metres"),
    (r"megawatts?|mw", "megawatts"),
    (r"gigawatts?|gw", "gigawatts"),
    (r"kilowatts?|kw", "kilowatts"),
    (r"lit(?:er|re)s?", "litres"),
    (r"mbit/s", "Mbit/s"),
    (r"gbit/s", "Gbit/s"),
    (r"kilometers?|kilometres?|km", "kilometres"),
    (r"meters?|metres?", "metres"),
    (r"hectares?|ha", "hectares"),
    (r"kwh|kilowatt-?(?:uur|hours?)", "kWh"),
    (r"mwh|megawatt-?(?:uur|hours?)", "MWh"),
    (r"gwh|gigawatt-?(?:uur|hours?)", "GWh"),
    (r"twh|terawatt-?(?:uur|hours?)", "TWh"),
    (r"(?:euro)?cents?", "cents"),
    (r"pence", "pence"),
    (r"standaarddev.*|standard dev.*", "standard deviations"),
    (r"punt.*|points?", "points"),
)

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
