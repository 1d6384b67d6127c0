"""Regular expressions for figures in Dutch and English."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from pipelines.evidence.figures_exclusions import no_figure_pattern
from pipelines.evidence.figures_notation import digits_pattern, number_pattern, number_start_pattern, read_number
from pipelines.evidence.figures_nouns import NOUN_OF, SURELY_COUNTED
from pipelines.evidence.figures_units import RATE
from pipelines.language.numerals import word_value

# Words that follow a number, look like a plural and are none.
_NO_NOUN = frozenset(
    word
    for words in (
        "waren werden vonden hadden kregen zeiden zijn worden hebben kunnen moeten zullen zouden willen gaan gaven",
        "kwamen deden lieten bleven konden mochten moesten lagen liepen zaten tussen tegen boven binnen buiten naast",
        "beneden achter zonder noemen noemden vinden geven zeggen maken krijgen gebruiken gebruikten als dus steeds",
        "was is has does its this across versus less minus towards says yes thus uit hen samen elk alleen juist eens",
        "slechts bestaan bestonden gedaan helpen menen denken plus sinds gingen bijkomen blijven verdwijnen ontstaan",
        "vervallen sindsdien",
        "years months weeks days hours minutes seconds points jaren maanden weken dagen uren minuten seconden punten",
    )
    for word in words.split()
)
_NO_MODIFIER = (
    "and|the|for|from|with|had|has|have|was|were|are|did|does|said|say|per|out|but|not|that|who|which|when|where|than|"
    "over|under|into|between|among|across|to|of|in|on|at|by|as|or|is|it|a|an|years|months|came|went|took|gave|found|use|"
    "used|report|reported|show|showed|see|saw|now|only|also|both|all|each|would|will|could|can|may|might|should|must"
)
_NOT_BETWEEN = (
    "die|dat|wie|waar|waarvan|van|in|op|bij|en|of|met|om|te|aan|voor|uit|dan|tegen|is|zijn|was|waren|heeft|hebben|had|hadden|that"
    "|which|who|whose|of|in|on|at|and|or|with|to|for|from|than|against|is|are|was|were|has|have|had"
)
_ORDINALS = {
    "nl": {"derde": 3, "vierde": 4, "vijfde": 5, "zesde": 6, "zevende": 7, "achtste": 8, "negende": 9, "tiende": 10},
    "en": {"third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10},
}
# How the words begin that name a factor, and what all fractions in words hold.
_FACTOR_STEMS = {
    "nl": "verd|vervier|dubbel|gehalveerd|halve|factor",
    "en": "twice|thrice|doubl|tripled|trebled|quadr|halv|factor",
}
_FRACTION_STEMS = {"nl": ("helft", "kwart", *_ORDINALS["nl"]), "en": ("half", *_ORDINALS["en"])}
_MONEY_SYMBOLS = ("€", "$", "£", "eur", "usd", "gbp", "chf")


class CountedNoun(NamedTuple):
    """A noun after a number, and where it ends in the words after it."""

    noun: str
    end: int


class Patterns:
    """All patterns of one language (``nl`` or ``en``).

    ``percent``, ``named_money``, ``ratio``, ``factor``, ``quantity`` and ``count`` only fit where ``opening`` fits,
    which costs a fraction of looking for each of them everywhere (see :meth:`find`).
    """

    def __init__(self, code: str) -> None:
        number, digits = number_pattern(code), digits_pattern(code)
        low = rf"(?P<low>{number})"
        if code == "nl":
            low = rf"(?P<low>{number}|(?<!\w)een(?=\sprocent))"
        high = rf"(?P<high>{number})"
        # "from 6 to 18" are two figures, before and after; "6 to 18" is a range.
        joined = (
            r"\s?[–—-]\s?|\s(?:tot|à)\s|\stot\sen\smet\s" if code == "nl" else r"\s?[–—-]\s?|(?(origin)(?!)|\sto\s)"
        )
        between, pair = ("tussen(?: de)?", "en") if code == "nl" else ("between", "and")
        a_range = rf"(?P<range>{joined}|(?(between)\s{pair}\s|(?!)))"
        row = r"\s(?:en|of|naar|tegen(?:over)?|om)\s" if code == "nl" else r"\s(?:and|or|to|against|versus)\s"
        sign = r"(?:\s?%|\sprocent|\sper\s?cent|\spercent)?"
        percent = (
            r"(?P<unit>\s?procent(?:uele )?punt(?:en)?\b|\s?percentage\s?points?\b|\s?percentagepunt(?:en)?\b"
            r"|\s?%-?punt(?:en)?\b"
            r"|\spp[t]?\b|\s?%|[\s-]procents?\b|[\s-]per\s?cent\b|\spercent\b|\spct\b\.?)"
        )
        lead = rf"(?:(?P<between>\b{between})\s|(?P<origin>\bfrom)\s)?"
        self.percent = _compile(rf"{lead}{low}{sign}(?:(?:{a_range}|(?:{row})){high})?{percent}{RATE}")
        symbol = r"(?P<unit>US\$|€|\$|£|\bEUR|\bUSD|\bGBP|\bCHF)"
        more = rf"(?:{a_range}(?:€|\$|£|EUR )?\s?{high})?"
        name = (
            r"\s(?P<unit>euro(?:'s|’s|s)?|(?:US )?dollars?|pond|pounds?(?: sterling)?|francs?|frank"
            r"|(?:euro)?cents?|pence)\b"
        )
        # "from 310 to 240 jobs": both have the unit; they are no range.
        both = rf"(?:(?:{a_range}|{row}){high})?"
        self.symbol_money = _compile(rf"{lead}{symbol}\s?(?P<low>{digits}){more}{RATE}")
        self.named_money = _compile(rf"{lead}{low}{both}{name}{RATE}")
        self.ratio = _compile(self._ratio(code, number))
        self.fraction = _compile(self._fraction(code))
        self.factor = _compile(self._factor(code, number))
        units = (
            r"\s?[\s-](?P<unit>minu(?:ut|ten)|minutes?|seconden?|seconds?|uur|uren|hours?|(?:werk)?dag(?:en)?"
            r"|(?:working )?days?|weken|weeks?|maanden|maand|months?|jaar|jaren|years?|decennia|decades|fte(?:'s|s)?"
            r"|full-time (?:equivalents?|jobs)|voltijds?banen|kilo(?:'s|gram(?:s|men)?)?|kg|tonnen|tonnes"
            r"|kilomet(?:er|re)s?|km|(?:vierkante |kubieke |square |cubic )?met(?:er|re)s?|m[²³]|hectares?|[kmgt]wh"
            r"|[mgt]w|(?:kilo|mega|giga|tera)watt(?:-?(?:uur|hours?))?|lit(?:er|re)s?|[mg]bit/s"
            r"|standaarddeviaties?|standard deviations?|punt(?:en)?|points?)(?!\w)"
        )
        self.quantity = _compile(rf"{lead}{low}{both}{units}{RATE}")
        rest = r"(?=(?P<rest>(?:[ \n](?:[^\W\d_]|['’-])+){0,4}))"
        self.count = _compile(rf"{lead}{low}(?![\w%])(?:(?:{a_range}|{row}){high}(?![\w%]))?{rest}")
        self.sample = _compile(
            rf"(?<!['’])\b(?P<name>n|g|d|r|R²|AUC|kappa|κ|β)\s?[=≈]\s?(?P<low>[−-]?(?:{digits}))(?![\w%])"
            rf"|\b(?:samples? of|steekproef van)\s(?P<size>{digits})(?=\s?[.,;:)])"
        )
        self.statistic = _compile(
            r"\b(?:van|naar|from|to|of|op|at|was|is|score|index|scored|scoorde"
            r"|scoorden|gemiddeld)"
            r"\s(?P<low>\d{1,3}[.,·]\d{1,2})(?![\w%]|[.,:]\d)"
            r"|(?<![\w.,])(?P<low2>\d{1,3}[.,·]\d{1,2})(?=\s(?:tegen(?:over)?|against|versus)\s\d{1,3}[.,·]\d{1,2}(?![\w%]|[.,:]\d))"
            + (
                r"|\b(?:cijfer|een)\s(?P<mark>\d[.,]\d)(?![\w%]|[.,:]\d)"
                if code == "nl"
                else r"|\b(?:a mark of)\s(?P<mark>\d[.,]\d)(?![\w%]|[.,:]\d)"
            )
        )
        self.opening = _compile(rf"(?<!\w)(?={number_start_pattern(code)}|(?:{between}|from)\s|{_FACTOR_STEMS[code]})")
        self.not_figures = _compile(no_figure_pattern(), re.MULTILINE)
        self._code = code
        surely, all_nouns = (
            "|".join(sorted(map(re.escape, words), key=len, reverse=True)) for words in (SURELY_COUNTED, NOUN_OF)
        )
        # What may be a verb as well counts right after the number alone.
        if code == "nl":
            # Adjectives and participles only: "29 groepen stelden medewerkers" are no employees.
            between = (
                rf"[ \n](?!(?:{_NOT_BETWEEN})\b)(?:[^\W\d_]+e|(?:ge|be|ver|onder|door|af|aan|her)[^\W\d_]+(?:en|d|t)"
                r"|(?-i:[A-Z]{2,})|eigen|ander|open|mannelijk|vrouwelijk|beoogd|extra|meer|minder)"
            )
        else:
            others = "their|his|her|its|our|no|this|these|those|some|any|up|down"
            between = rf"[ \n](?!(?:{_NOT_BETWEEN}|{others})\b)(?:[^\W\d_]|-)+"
        self._noun = re.compile(
            rf"(?:{between}){{0,3}}?[ \n](?P<noun>{surely})\b(?!-)|[ \n](?P<noun2>{all_nouns})\b(?!-)", re.IGNORECASE
        )
        ending = "(?:en|s|[’']s|centra)" if code == "nl" else "s"
        modifier = (
            r"(?:[ \n](?:[^\W\d_]{3,}e|(?:ge|be|ver|onder|door|uit|af|aan|op)[^\W\d_]{3,}(?:en|d|t)))?"
            if code == "nl"
            else rf"(?:[ \n](?!(?:{_NO_MODIFIER})\b)(?:AI|[^\W\d_-]{{3,}}(?:-[^\W\d_]+)*(?<!s)))?"
        )
        self._plural = re.compile(
            rf"{modifier}[ \n](?P<noun>(?:[^\W\d_]+-)*[^\W\d_]{{3,}}{ending})\b(?!-)", re.IGNORECASE
        )
        of = "van de|van" if code == "nl" else "of the|out of|of"
        more_or_less = "minder|meer|bij(?= ?komen|[ .,;])|erbij|eraf" if code == "nl" else "more|fewer|less"
        self.compared = re.compile(rf"\s(?:{more_or_less})\b")
        self.single_duration = _compile(self._single_duration(code))
        self.there_are = _compile(r"\ber\s(?:nog\s|maar\s|slechts\s|ruim\s|bijna\s)?$" if code == "nl" else r"(?!)")
        self.marks = _compile(
            r"schaal|cijfer|punts|\bscores?\b|scoor|waardeer|op tien"
            if code == "nl"
            else r"\bscales?\b|\bscor|rating|\brated|out of (?:ten|five|seven)|\bmarks?\b"
        )
        self.rate = _compile(RATE)
        self.part_of_whole = re.compile(rf"\s(?:{of})\s\d")

    @staticmethod
    def _single_duration(code: str) -> str:
        if code == "nl":
            after = r"(?:na|binnen|gedurende|met|ruim|bijna|per|over|voor)\s"
            return (
                r"\b(?P<half_year>een half\s?jaar)\b|\b(?P<half_hour>een half\s?uur)\b"
                r"|\b(?P<quarter_hour>een kwartier)\b"
                rf"|\b{after}(?:(?P<quarter>een kwartaal)|(?P<year>(?:een|één) jaar)|(?P<month>(?:een|één) maand)"
                r"|(?P<week>(?:een|één) week)|(?P<fortnight>veertien dagen))\b"
            )
        after = r"(?:after|within|for|in|over|about)\s"
        return (
            r"\b(?P<half_year>half a year)\b|\b(?P<half_hour>half an hour|half-hour)\b"
            r"|\b(?P<quarter_hour>a quarter of an hour)\b"
            rf"|\b{after}(?:(?P<quarter>(?:a|one) quarter)(?! of)|(?P<year>(?:a|one) year)|(?P<month>(?:a|one) month)"
            r"|(?P<week>(?:a|one) week)|(?P<fortnight>a fortnight))\b"
        )

    @staticmethod
    def _ratio(code: str, number: str) -> str:
        if code == "nl":
            return (
                rf"(?P<low>{number}|(?<!\w)een)\s(?P<joint>op|van)\s(?:de|elke|iedere)?\s?"
                r"(?P<whole>drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|dertien|veertien|vijftien|zestien|twintig"
                r"|dertig|honderd|duizend|tienduizend|3|4|5|6|7|8|9|10|12|14|15|16|20|30|100|1\.000|10\.000|100\.000)\b"
                r"(?![.,]\d)"
                rf"|(?P<low2>{number})\svan\s(?:de|zijn|haar|hun|onze|deze)\s(?P<whole2>{number})(?=\s[^\W\d_]|[.,;:)])(?!\s(?:procent|%))"
            )
        words = "one|two|three|four|five|six|seven|eight|nine|ten"
        return (
            rf"(?P<low>{number})(?:\s(?!{words}\b)[a-z]+)?\s(?P<joint>in|out of)(?:\s(?:every|each))?\s"
            r"(?P<whole>three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|twenty"
            r"(?:-five)?|thirty|forty|fifty|(?:a|one)\shundred|a\sthousand|1,000|10,000|100,000|100|\d\d?)\b(?![.,-]\d|-)"
            rf"|(?P<low2>{number})\s(?P<of>out\sof(?:\sthe)?|of\s(?:the\s|its\s|their\s|our\s|these\s)?)\s?(?P<whole2>{number})"
            r"(?=\s[a-z]|[.,;:)])(?!\s(?:per cent|%))"
        )

    @staticmethod
    def _fraction(code: str) -> str:
        if code == "nl":
            ordinal = "|".join(_ORDINALS["nl"])
            return (
                r"(?<!eerste )(?<!tweede )(?<!onderste )(?<!bovenste )(?<!laatste )(?<!beste )(?<!zwakste )"
                r"\b(?P<fraction>(?P<half>de (?:ene |andere |overige )?helft)"
                r"|(?P<top>drie)[ -]?(?P<quarter>kwart)\b(?! eeuw)"
                rf"|(?P<one>een|één) (?P<quarter2>kwart)\b(?! eeuw)"
                rf"|(?P<top2>twee|drie|vier|vijf|zes|zeven|acht|negen)[ -]?(?P<ordinal>{ordinal})\b"
                r"|(?:(?<=bijna )|(?<=ruim )|(?<=zo'n )|(?<=ongeveer )|(?<=circa )|(?<=krap ))"
                rf"(?P<one3>een|één) (?P<ordinal3>{ordinal})\b"
                rf"|(?P<one2>een|één) (?P<ordinal2>{ordinal})\b(?:(?<=in een derde)|(?<=bijna een derde)"
                r"|(?<=ruim een derde)(?= )"
                r"|(?= (?:van|deel|daarvan|minder|meer|hoger|lager|korter|sneller|tot|zegt|vindt|heeft|is|gaf|had|was"
                r"|werkt|gebruikt|noemt|wil|kan|ziet|genoemd|bij|in|onder|op|aan|uit|met|zonder|trager|goedkoper|kleiner|groter|beter|langer)\b|[,.;:)])))"
            )
        ordinal = "|".join(_ORDINALS["en"])
        return (
            r"(?<!first )(?<!second )(?<!bottom )(?<!top )(?<!lower )(?<!upper )(?<!better )(?<!and a )"
            r"\b(?P<fraction>(?P<half>(?:one )?half)"
            r"(?= (?:of|the|their|its|our|as|all|to|are|were|have|had|say|said|would)\b|[,.;:)])(?! of the year)"
            rf"|(?P<top>two|three|four|five|seven|nine)[ -](?P<ordinal>{ordinal})s\b"
            rf"|(?<=by )(?P<one3>a|one) (?P<ordinal3>{ordinal})\b|(?<=by )(?P<half2>half)\b"
            rf"|(?P<one>a|one) (?P<ordinal2>{ordinal})\b(?= (?:of|more|less|fewer|higher|lower|to|or|say|said|had|have"
            r"|were|are|use|used|did|do|report|see|think|expect|in|faster|slower|longer|shorter|cheaper|better|larger"
            r"|smaller|bigger|without|with|off)\b|[,.;:)])(?! of an hour))"
        )

    @staticmethod
    def _factor(code: str, number: str) -> str:
        if code == "nl":
            return (
                rf"(?P<low>{number})\s?(?:keer|maal|x(?=\s(?:zo|vaker|meer|hoger|groter|sneller|de|het|beter|langer)))\b"
                rf"|\bfactor\s(?P<factor>{number})"
                r"|\b(?P<word>tweemaal|driemaal|viermaal|dubbel)\s(?:zo|zoveel)\b|\b(?<=het )(?P<noun>dubbele)\b"
                r"|\b(?P<verb>verdubbel(?:d|de|den|t|en|ing)|verdrievoudig\w+|verviervoudig\w+|gehalveerd|halveer\w+|halvering)\b"
            )
        return (
            rf"(?P<low>{number})[\s-]?(?:times\b|(?:fold|x)\b(?=\s(?:as|more|higher|larger|faster|the|that|likelier|greater|increase|quicker)))"
            rf"|(?:\bfactor\sof\s)(?P<factor>{number})|\b(?P<fold>{number})-?fold\b"
            r"|\b(?P<word>twice|thrice|double)\s(?:as|the|that)\b"
            r"|\b(?P<verb>doubl(?:ed|ing)|(?<=will )double|(?<=would )double|(?<=to )double"
            r"|tripled|trebled|quadrupled|halved|halving)\b"
        )

    @staticmethod
    def find(pattern: re.Pattern[str], text: str, openings: Sequence[int]) -> Iterator[re.Match[str]]:
        """What ``pattern.finditer(text)`` finds, for a pattern that only fits at ``openings`` (in order)."""
        free_from = 0
        for place in openings:
            if place >= free_from and (match := pattern.match(text, place)) is not None:
                free_from = match.end()
                yield match

    @staticmethod
    def may_hold_symbol(text: str) -> bool:
        """Whether ``symbol_money`` could be found; false for nearly all texts without an amount."""
        lowered = text.lower()
        return any(symbol in lowered for symbol in _MONEY_SYMBOLS) and re.search(r"\d", text) is not None

    def may_hold_fraction(self, text: str) -> bool:
        """Whether ``fraction`` could be found; false for nearly all texts without one."""
        lowered = text.lower()
        return any(stem in lowered for stem in _FRACTION_STEMS[self._code])

    def share_of(self, match: re.Match[str]) -> Decimal | None:
        """Share that a fraction in words stands for, between 0 and 1."""
        groups = match.groupdict()
        if groups.get("half") or groups.get("half2"):
            return Decimal("0.5")
        top = groups.get("top") or groups.get("top2")
        numerator = word_value(top.lower(), self._code) if top else 1
        if groups.get("quarter") or groups.get("quarter2"):
            denominator = 4
        else:
            word = (groups.get("ordinal") or groups.get("ordinal2") or groups.get("ordinal3") or "").lower()
            denominator = _ORDINALS[self._code].get(word, 0)
        if not numerator or not denominator or numerator >= denominator:
            return None
        return Decimal(numerator) / Decimal(denominator)

    def factor_of(self, match: re.Match[str], code: str) -> Decimal | None:
        """The factor a match of ``factor`` names."""
        groups = match.groupdict()
        if groups["low"]:
            return read_number(groups["low"], code)
        if written := groups["factor"] or groups.get("fold"):
            return read_number(written, code)
        word = next(filter(None, (groups.get(name) for name in ("word", "verb", "noun")))).lower()
        for stem, factor in (
            ("drie", 3),
            ("verdrie", 3),
            ("vervier", 4),
            ("vier", 4),
            ("thrice", 3),
            ("trip", 3),
            ("treb", 3),
            ("quad", 4),
        ):
            if word.startswith(stem):
                return Decimal(factor)
        return Decimal("0.5") if "hal" in word else Decimal(2)

    def counted_noun(self, rest: str) -> CountedNoun | None:
        """The noun that is counted in the words after a number; ``None`` where there is none."""
        known = self._noun.match(rest)
        if known is not None:
            return CountedNoun(known["noun"] or known["noun2"], known.end())
        plural = self._plural.match(rest)
        if plural is None or plural["noun"].lower() in _NO_NOUN:
            return None
        return CountedNoun(plural["noun"], plural.end())


def _compile(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | flags)
