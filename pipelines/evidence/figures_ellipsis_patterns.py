"""Regular expressions for figures whose unit stands elsewhere, in Dutch and English."""

from __future__ import annotations

import re
from functools import cache

from pipelines.evidence.figures_notation import digits_pattern, number_pattern

# What may stand between the words below and the number.
_HEDGE = r"(?:ruim |bijna |some |about |nearly |just )?"
# A number that no sign, unit, letter or further digits follow.
_ALONE = r"(?![\w%]|[.,:/–-]\d)"
# Words with which a clause goes on behind a number that stands for itself.
_BEHIND = {
    "nl": "in|bij|per|van de|zonder|met|na|en|op|voor|over|vóór|respectievelijk|daarvoor|ervoor|erna|waren|was|uur",
    "en": "in|by|at|per|with|without|before|after|later|for|on|and|under|over|last|this|earlier|only|a year|the year",
}
_ALSO = {"nl": "en|maar|terwijl|tegen", "en": "and|but|while|against"}
_PAIR = {
    "nl": r"naar|tot|tegen(?:over)?|in plaats van|waar(?: dat)?(?: het)? er (?:eerst|vroeger)|of",
    "en": r"to|against|versus|instead of(?: the)?|rather than",
}
_WAS = {
    "nl": (
        r"\b(?:zonder|vroeger|eerst|eerder|ervoor|daarvoor|toen|in 20\d\d|nu)\s(?:waren|was)\s(?:dat|het)?\s?"
        r"(?:er|het)?\s?|\b(?:waar|waren|was)\s(?:dat|het)\s(?:er\s)?(?:eerst\s|vroeger\s|nog\s)?|\bin plaats van\s"
    ),
    "en": (
        r"\b(?:where|when|before,?)\s(?:it|they|there|two people|people|others)?\s?"
        r"(?:used to be|had been|had run|had made|did|was|were|made|took|ran)\s(?:only\s)?"
        r"|\b(?:instead of|rather than)\s(?:the\s)?|\bnow,? where it (?:was|used to be)\s"
        r"|\b(?:without|by hand)(?: it)?,? (?:it )?(?:is|was|were)\s"
    ),
}
_VERBS = {
    "nl": (
        "waren|was|werden|werd|hadden|had|hebben|heeft|kregen|kreeg|zijn|is|konden|kon|kunnen|kan|bleken|bleek|gaven"
        "|gaf|vonden|vond|kwamen|kwam|gingen|ging|bleven|bleef|deden|deed|lieten|liet|zagen|zag|meldden|noemden|wilden"
        "|haalden|bestaan|bestonden|ontbrak|ontbraken|lukte|stopten|vielen|viel|liepen|liep|namen|nam|stonden"
        "|gebruikten|zeiden"
    ),
    "en": (
        "had|have|has|were|was|are|would|could|can|will|did|do|let|lost|went|came|took|gave|got|made|found|find|left"
        "|fell|rose|kept|said|say|saw|use|now|never|still|already|also|that|who|which|in which|brought|failed|met"
        "|show|showed|of which"
    ),
}
_NUMBERED = {
    "nl": r"\baantal(?:len)?\s(?P<counted>(?:[^\W\d_]+e\s){0,2}(?:[^\W\d_]|-)+)",
    "en": r"\bnumbers? of\s(?P<counted>(?:(?:[^\W\d_]|-)+\s){0,2}?(?:[^\W\d_]|-)+s)\b",
}
_SHARE = {
    "nl": r"\b\w*(?:aandeel|percentage|quote|graad|verzuim)\b|\b(?:verloop|werkloosheid)\b",
    "en": r"\b(?:shares?|percentage|proportion|rate|ratio)\b",
}
_CHANGE = {"nl": r"\bvan\s{0}\s(?:naar|tot)\s{1}", "en": r"\bfrom\s{0}\s(?:to|down to|up to)\s{1}"}
_AGAINST = {
    "nl": r"tegen(?:over)?|in plaats van|vergeleken met|versus|om",
    "en": r"against|versus|vs\.?|instead of|compared (?:with|to)|rather than|from",
}
_OUTCOME = {
    "nl": r"met|naar|van|op|is|was|waren|was het|waren (?:het|dat) er|en|min|minus|plus",
    "en": r"by|to|of|at|is|was|were|and|minus|plus|averaged|reached|others",
}


class EllipsisPatterns:
    """Patterns of one language (``nl`` or ``en``); where one number is found it is the group ``low``.

    Attributes
    ----------
    against, second
        A number that is set against another, or closes a clause with another group.
    pair, was
        Right behind a figure ("from nine weeks to four"), or what something used to be.
    change, numbered, share
        "from 34 to 27", and what the sentence says the number or the share of (group ``counted``).
    told
        What stands between that and a number.
    part, among, member, rest
        Parts of a set: before it, around it, after it (groups ``among``, ``these``, ``first``), and the rest of it.
    """

    def __init__(self, code: str) -> None:
        digits, number = digits_pattern(code), number_pattern(code)
        low = rf"(?P<low>{number})"
        closes = rf"(?=\s?[.,;:)?]|\s?$|\s(?:{_BEHIND[code]})\b)"
        self.against = _compile(
            rf"\b(?:(?P<against>{_AGAINST[code]})|(?:{_OUTCOME[code]}))\s{_HEDGE}"
            rf"(?P<low>[−-]?(?:{digits}))(?:\s(?:tot|to)\s(?P<high>{digits}))?{_ALONE}"
            r"(?:(?P<closes>(?=\s?[.,;:)](?:\s|$|\))))|)"
        )
        self.second = _compile(
            rf"(?:\b(?:{_ALSO[code]})|[;,])\s[^,.;:()\d]{{4,60}}?\s(?P<low>{digits}){_ALONE}(?=\s?[.,;)](?:\s|$))"
        )
        self.pair = _compile(rf"\s(?:{_PAIR[code]})\s(?:de )?{_HEDGE}{low}{_ALONE}{closes}")
        self.was = _compile(rf"(?:{_WAS[code]}){_HEDGE}{low}{_ALONE}{closes}")
        self.change = _compile(_CHANGE[code].format(low, rf"(?P<high>{number})") + _ALONE + closes)
        self.numbered = _compile(_NUMBERED[code])
        self.share = _compile(_SHARE[code])
        self.told = _compile(r"(?:[,:(]|\b(?:op|tot|naar|was|is|at|to|reached|met|of))\s$")
        self.part = _compile(low + r"\s(?:van de|van|of the|of|out of)\s$")
        self.among = _compile(r"\b(?:van|onder|of|among)\s(?:de |onze |deze |the |our |these |all )?$")
        self.rest = _compile(r"\b(?:overige|andere|other|remaining|rest)\s$")
        self.member = _compile(_member(code, number + _ALONE), re.MULTILINE)


def _member(code: str, bare: str) -> str:
    if code == "nl":
        return (
            rf"\b(?:er|van hen)\s(?:nu\s|nog\s|maar\s|slechts\s|al\s|toch\s)*(?P<among>{bare})"
            rf"|\b(?P<these>{bare})\s(?:daarvan|ervan|van hen|van deze|hiervan)\b"
            rf"|(?:^|[,;:.]\s|\bwaarvan\s|\b(?:bij|in|van) (?:de |de overige )?)(?P<first>{bare})\s(?={_VERBS[code]}\b)"
        )
    return (
        rf"\b(?P<these>{bare})\s(?:of (?:them|these|those|which|whom|the (?:latter|former)))\b"
        r"|(?:^|[,;:.]\s|\b(?:and|but|which|whom|widened in|only|just|kept|keeps|made|found|in|all)\s)"
        rf"(?P<first>{bare})(?=\s(?:{_VERBS[code]})\b|\s[a-z]{{2,}}ed\b(?!\s[a-z]+s\b)|\s?[.,;)])"
    )


def _compile(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | flags)


@cache
def ellipsis_patterns(code: str) -> EllipsisPatterns:
    """The patterns of a language."""
    return EllipsisPatterns(code)
