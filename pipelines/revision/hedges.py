"""Takes the reserve out of a statement, where that is sure to leave right Dutch and right English, and else not at all.

A trend *seems* to be so; once it is known the word has to go. Dutch word order makes that a matter of verbs: *lijken
meer te profiteren* becomes *profiteren meer*. What is not covered by a pattern below stays as it is.
"""

from __future__ import annotations

import re

from pipelines.domain.languages import Language
from pipelines.language.lemmas import lemma

_HEDGES: dict[Language, re.Pattern[str]] = {
    "nl": re.compile(
        r"\b(?:lijkt|lijken|mogelijk|wellicht|misschien|waarschijnlijk|vermoedelijk|zouden? kunnen|schijn(?:t|en))\b",
        re.I,
    ),
    "en": re.compile(
        r"\b(?:seems?|appears?(?= to )|may|might|possibly|perhaps|probably|presumably|potentially|could|likely)\b", re.I
    ),
}
# A reserve about one remark within the statement ("possibly at the expense of others") says nothing of its claim, and
# the evidence on the claim says nothing of the remark: after a comma it stays.
_ADVERBS: dict[Language, re.Pattern[str]] = {
    "nl": re.compile(r"(?<=[\w)])\s(?:mogelijk|wellicht|misschien|waarschijnlijk|vermoedelijk)(?=\s(\w+))"),
    "en": re.compile(r"(?<=[\w)])\s(?:possibly|perhaps|probably|presumably)(?=\s(\w+))"),
}
# "Maakt groei mogelijk", "zo snel mogelijk", "is mogelijk door": there it is the claim itself.
_MOGELIJK_IS_PREDICATE = re.compile(r"\b(?:zo|niet|al|indien|waar|is het)(?:\s\w+)?$|\bmaak\w*\b[^.;:]*$")
_AFTER_PREDICATE = frozenset(
    {"om", "dat", "maken", "maakt", "gemaakt", "te", "is", "zijn", "wordt", "worden", "en", "door", "met", "via"}
    | {"zonder", "bij", "dankzij", "in", "voor", "als", "wanneer", "mits", "binnen"}
)

_CLAUSE = r"[^.;:]*?"
_LIJKEN_TE = re.compile(rf"\b(lijken|lijkt)\b({_CLAUSE})\bte (\w+en|zijn|gaan|staan|doen|zien|slaan)\b")
_LIJKEN_BARE = re.compile(r"\b(lijken|lijkt)\b")
_SEEM_TO = re.compile(r"\b(seems?|appears?) to (\w+)\b")
_SEEM_BARE = re.compile(r"\b(seems?)\b(?= (?!to |that |like |as )\w)")
_RESEMBLES = re.compile(r"(?:\s\w+){0,2}?\s(?:er)?op\b|\s(?:alsof|of|dat)\b")
_CAN = re.compile(r"\b(?:kan|kunnen)\b")
_MAY = re.compile(r"\b(?:may|might|could)\b(?= \w)")

_DUTCH_SINGULAR = {
    "zijn": "is",
    "hebben": "heeft",
    "kunnen": "kan",
    "gaan": "gaat",
    "staan": "staat",
    "doen": "doet",
    "zien": "ziet",
    "slaan": "slaat",
    "komen": "komt",
    "mogen": "mag",
    "zullen": "zal",
    "willen": "wil",
}
_ENGLISH_SINGULAR = {"be": "is", "have": "has", "do": "does", "go": "goes"}
# A word after "and" that is sure to be no verb: then "seems to raise pay and productivity" has one verb.
_SURE_NOUN = re.compile(r"(?:ity|ness|omy|ogy|ism|ship|[^su]s)$")


def without_hedges(nl: str, en: str) -> tuple[str, str]:
    """Both texts without reserve; both unchanged where one cannot be changed safely, as they have to say the same.

    An empty text, and one without reserve, stays as it is and holds the other back by nothing.
    """
    # "Kan" has one translation more than it has meanings: what may happen can happen, once it is known.
    english = _MAY.sub("can", en) if _CAN.search(nl) and not hedges_in(nl, "nl") else en
    changed_nl, changed_en = _without(nl, "nl"), _without(english, "en")
    if changed_nl is None or changed_en is None:
        return nl, en
    return changed_nl, changed_en


def hedges_in(text: str, language: Language) -> tuple[str, ...]:
    """The words of reserve in ``text``, as printed, in order."""
    return tuple(match.group() for match in _HEDGES[language].finditer(text))


def _without(text: str, language: Language) -> str | None:
    """``text`` without reserve on its claim; ``None`` where there is some that no pattern takes out."""
    changed = _dutch(text) if language == "nl" else _english(text)
    for match in _HEDGES[language].finditer(changed):
        after_comma = re.search(r"[,(]\s*$", changed[: match.start()])
        adverb = match.group().lower() not in {"lijkt", "lijken", "seem", "seems", "appear", "appears", "may", "might"}
        if not (after_comma and adverb):
            return None
    return changed


def _dutch(text: str) -> str:
    changed = _ADVERBS["nl"].sub(lambda m: _drop_adverb(m, "nl"), text)
    changed = _LIJKEN_TE.sub(_finite_dutch, changed)
    return _LIJKEN_BARE.sub(_copula_dutch, changed)


def _english(text: str) -> str:
    changed = _ADVERBS["en"].sub(lambda m: _drop_adverb(m, "en"), text)
    changed = _SEEM_TO.sub(_finite_english, changed)
    return _SEEM_BARE.sub(lambda m: "is" if m[1] == "seems" else "are", changed)


def _drop_adverb(match: re.Match[str], language: Language) -> str:
    before, after = match.string[: match.start()], match[1].lower()
    if language == "nl" and (_MOGELIJK_IS_PREDICATE.search(before) or after in _AFTER_PREDICATE):
        return match.group()
    return ""


def _rest_of_clause(match: re.Match[str]) -> str:
    return re.split(r"[.;:]", match.string[match.end() :], maxsplit=1)[0]


def _finite_dutch(match: re.Match[str]) -> str:
    """*lijken ... te stijgen* becomes *stijgen ...*; the infinitive is the plural, the singular is made and checked."""
    seems, between, infinitive = match[1], match[2], match[3]
    # A second "te" may be a second infinitive that hangs on "lijken" too, or one of its own.
    if re.search(r"\bte\b", between) or re.search(r"\bte\b", _rest_of_clause(match)):
        return match.group()
    finite = infinitive if seems == "lijken" else _dutch_singular(infinitive)
    if finite is None:
        return match.group()
    return f"{finite}{between.rstrip()}"


def _dutch_singular(infinitive: str) -> str | None:
    """Third person singular, confirmed by the dictionary; ``None`` where it is not."""
    if infinitive in _DUTCH_SINGULAR:
        return _DUTCH_SINGULAR[infinitive]
    stem = infinitive.removesuffix("en")
    if stem == infinitive:
        return None
    stem = stem[:-1] if re.search(r"([bdfgklmnprst])\1$", stem) else stem
    stems = [stem]
    if re.search(r"(?<![aeiou])[aeou][bdfgklmnprstvz]$", stem):
        # An open syllable has one vowel where the closed one has two: verlagen, verlaagt.
        stems.insert(0, stem[:-1] + stem[-2] + stem[-1])
    for one in stems:
        hard = one[:-1] + {"v": "f", "z": "s"}.get(one[-1], one[-1])
        finite = hard if hard.endswith("t") else f"{hard}t"
        if lemma(finite, "nl") == infinitive:
            return finite
    return None


def _copula_dutch(match: re.Match[str]) -> str:
    before, after = match.string[: match.start()].lower(), match.string[match.end() :]
    if re.search(r"\bte\b", _rest_of_clause(match)) or _RESEMBLES.match(after) or before.endswith("het "):
        return match.group()
    return "is" if match[1] == "lijkt" else "zijn"


def _finite_english(match: re.Match[str]) -> str:
    seems, verb = match[1], match[2]
    if not seems.endswith("s"):
        return "are" if verb == "be" else verb
    joined = re.findall(r"\b(?:and|or)\s(\w+)", _rest_of_clause(match))
    if not all(_SURE_NOUN.search(word) for word in joined):
        # "seems to raise pay and lower stress": the second verb would need its s as well.
        return match.group()
    return _english_singular(verb)


def _english_singular(verb: str) -> str:
    if verb in _ENGLISH_SINGULAR:
        return _ENGLISH_SINGULAR[verb]
    if re.search(r"(?:s|x|z|ch|sh|o)$", verb):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if re.search(r"[^aeiou]y$", verb) else f"{verb}s"
