"""Numbers that are no figures: years, dates, ages, size classes, references, codes, list numbers."""

from __future__ import annotations

import re

from pipelines.evidence.figures_nouns import SURELY_COUNTED
from pipelines.evidence.figures_units import unit_of

_MONTHS = (
    "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december|january|february|march|"
    "may|june|july|august|october|jan|feb|mrt|apr|jun|jul|aug|sept?|okt|oct|nov|dec"
)
_REFERENCE = (
    r"§|par(?:agraaf|agrafen|agraph|agraphs)?|secti?e?s?|sections?|sec|hoofdstuk(?:ken)?|hfst|chapters?|ch|"
    r"tabel(?:len)?|tables?|figuur|figuren|figures?|figs?|grafiek|graph|chart|bijlagen?|annex(?:es)?|appendix|"
    r"artikel|artikelen|articles?|art|(?:voet)?noot|footnotes?|notes?|pagina(?:'s)?|pag|blz|pages?|pp?|nrs?|no|nummer|"
    r"kamerstuk(?:ken)?|volume|vol|kaart|kolom|columns?|box|kader|stap|steps?|fase|phases?|stage|versie|version|"
    r"regel|lid|onderdeel|item|recommendation|aanbeveling|werkpakket|work package|level|niveau|convention|verdrag|"
    r"richtlijn|verordening|directive|regulation|stb|stcrt|isco|nace|sbi|nuts|gpt|chatgpt|claude|gemini|llama|"
    r"windows|fortune|release|numbers|nummers|ticket|tickets|zaaknummer|dossiernummer|motie|question|vraag|page|lot|perceel|programme|pijler|pillar|trl|klasse|class|quartile|kwartiel"
)
_YEAR = r"(?:1[5-9]\d\d|20\d\d|21[0-4]\d)"


def no_figure_pattern() -> str:
    """Regular expression for all that looks like a figure and is none; to be read line by line."""
    age = (
        r"\d{1,2}(?:-?\s?(?:tot|to|en|and|–|-)\s?\d{1,2})?[\s-]?"
        r"(?:jarigen?|year-olds?|years? old|plussers?|jaar (?:en|of) ouder)"
    )
    classes = "10|20|50|100|250|500|tien|ten|twenty|twintig|fifty|vijftig|honderd"
    staff = "werkzame|werknemers|employees|persons|medewerkers|workers|people|mensen|staff"
    strong = "(?:{})\\b".format("|".join(sorted(SURELY_COUNTED, key=len, reverse=True)))
    return "|".join(
        [
            r"https?://\S+|\bdoi:\S+|\b10\.\d{4,}/\S+|\bISBN[\s:]*[\dXx -]+|\bISSN[\s:]*[\dXx-]+",
            r"(?<!\w)(?:\+\d{2}|0\d{1,3})[\s-]\d[\d\s-]{5,}\d",
            rf"\b\d{{1,2}}(?:\s?(?:en|tot|and|to|–|-)\s?\d{{1,2}})?\s(?:{_MONTHS})\b\.?(?:\s{_YEAR})?",
            rf"\b(?:{_MONTHS})\s\d{{1,2}}(?:st|nd|rd|th)?(?!\d)(?:,?\s{_YEAR})?",
            r"\b\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)?\d\d\b|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[:.]\d\d\s?(?:uur|h|am|pm)\b",
            rf"\b(?:in|since|by|sinds|tot|eind|begin|medio|until|voor|vóór|na|after|before|from|vanaf|van)\s{_YEAR}\b(?![.,]\d)"
            rf"(?:\s?(?:[-–/]|tot|en|to|and)\s?(?:{_YEAR}|\d\d))?",
            rf"(?<![\w.,€$£])(?:mid-)?{_YEAR}(?:s|['’]s)?(?![\w%]|[.,]\d|\s(?:{strong}))(?:\s?[-–/]\s?(?:{_YEAR}|\d\d))?",
            rf"(?<!\w)(?:{_REFERENCE})\.?\s?-?(?:nr\.?\s|no\.?\s)?\d[\d.:/]*(?:\s?(?:en|and|,|tot|to|–|-)\s?\d[\d.]*)*",
            r"\[\d{1,3}(?:[,;–-]\s?\d{1,3})*\]|\(\d{1,2}\)|(?<=[a-zà-ÿ)\]][.,;:!?\"”’])\d{1,3}(?!\d|[.,]\d)",
            r"^\s*\(?\d{1,2}(?:\.\d{1,2})*[.)]?\s(?=[A-Z(])|^\s*[-•]?\s*\d{1,2}[.)]\s",
            # Standards, numbers of parliamentary papers, numbers that are a line of their own.
            r"\b(?-i:prEN|FprEN|FprCEN|CEN|CLC|NEN|ISO|IEC|IEEE|DIN|RFC|EN|TS|TR)"
            r"(?:[/ -](?-i:CEN|CLC|ISO|IEC|IEEE|EN|TS|TR|JTC))*[\s:-]{1,3}\d+(?:-\d+)*(?::\d{4})?",
            r"\b[a-z]+(?:-[a-z]+)*-\d{6,}-\d+|\bvergaderjaar\s[\d–-]+,?(?:\snr\.?)?\s\d+|^\s*\d+\s*$",
            r"(?<!\d)\d\d \d{3}(?=[,( ]+(?:nr|nrs|[IVX]+\b))|(?<=\d)/\d\d,\s\d\d\s\d{3}",
            r"\b(?:per|for every|op elke)\s(?:10{0,2}[.,]?000|duizend|thousand|million|miljoen)\b(?:\s[^\W\d_]+)?",
            rf"\b\d+\s(?:{staff})\s(?:or|of)\s(?:more|meer)\b|\b(?:boven|onder|over|past)\s(?:de\s)?(?:twintig|dertig|veertig|vijftig"
            r"|zestig|zeventig|thirty|forty|fifty|sixty|seventy)\b",
            rf"\b(?:minder dan|meer dan|fewer than|less than|more than|tot|boven de|onder de|grens van)\s"
            rf"(?:{classes})\s(?:{staff})\b",
            r"\b\d+(?:st|nd|rd|th|e|de|ste)\b|\b\d+[A-Za-z]\w*|\b24/7\b",
            rf"\b{age}\b|\b(?:aged|leeftijd van|ouder dan|jonger dan|older than|younger than|boven de|onder de"
            r"|people over|workers over|staff over|those over|people under"
            r"|over the age of)"
            r"\s\d{1,2}(?:\s(?:to|tot|and|en)\s\d{1,2})?\b(?:\sjaar)?|\b\d{1,2}\s(?:tot|to)\s\d{1,2}\s(?:jaar|years)\b",
            rf"\b\d+\s(?:of|or)\s(?:meer|more)\b|\b\d+\s?(?:tot|to|–|-)\s?\d+\s(?:{staff})\b",
            rf"\b(?:between|tussen(?: de)?)\s\d+\s(?:and|en)\s(?:de )?\d+\s(?:{staff})\b",
            rf"\b(?:minder dan|fewer than|less than|ten minste|minstens|at least|more than|meer dan|vanaf|over"
            rf"|under)\s(?:{classes})"
            rf"\s(?:{staff})\b|\b(?:{classes})\s(?:of|or)\s(?:meer|more)\b",
            r"\b(?:scale|schaal)\s(?:of|from|van)\s\d+\s(?:to|tot|-)\s\d+|\bop een schaal van\s\d+",
        ]
    )


def is_period(text: str, match: re.Match[str]) -> bool:
    """Whether a duration only says when something was, as seen from now or another moment, or how old somebody is."""
    unit = unit_of(match["unit"])
    if unit not in {"hours", "minutes", "seconds", "days", "weeks", "months", "years"}:
        return False
    before = text[max(match.start() - 25, 0) : match.start()].lower()
    after = text[match.end() : match.end() + 15].lower()
    when = (
        r"(?:komende|afgelopen|laatste|vorige|volgende|sinds|next|last|past|coming|previous"
        r"|following|since)\s(?:de |the |a )?(?:past |last |next |komende |afgelopen |laatste )?$"
    )
    often = r"\b(?:elke|iedere|every|each|eens in de|once (?:in|every))\s$"
    if unit in {"months", "years"} and re.search(often, before):
        return True
    if unit == "years" and re.match(r"\s(?:eerder|earlier|before|back|from now)\b", after):
        return True
    return (
        re.search(when, before) is not None
        or re.match(r"\s(?:geleden|ago|old|oud|terug|ervaring|of experience|experience)\b|-old|['’] experience", after)
        is not None
    )
