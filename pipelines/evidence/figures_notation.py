"""How Dutch and English texts write numbers: decimal signs, thousands, number words, units, money."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from pipelines.language.numerals import SCALES, word_value, words_value

_SPACE = "[ \u00a0\u202f\u2009]"
_BELOW_20 = {
    "nl": "nul één eén twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien "
    "zeventien achttien negentien",
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
}
_TENS_NL = "twintig|dertig|veertig|vijftig|zestig|zeventig|tachtig|negentig"
_TENS_EN = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_UNIT_NL = "een|één|twee|drie|vier|vijf|zes|zeven|acht|negen"
_UNIT_EN = "one|two|three|four|five|six|seven|eight|nine"

_BELOW_100 = {
    "nl": rf"(?:(?:{_UNIT_NL})(?:en|ën)(?:{_TENS_NL})|{_TENS_NL}|{'|'.join(reversed(_BELOW_20['nl'].split()))})",
    "en": rf"(?:(?:{_TENS_EN})(?:[- ](?:{_UNIT_EN}))?|{'|'.join(reversed(_BELOW_20['en'].split()))})",
}
_HUNDREDS = {
    "nl": rf"(?:(?:{_BELOW_100['nl']})?(?:honderd|duizend)(?:(?:en)?(?:{_BELOW_100['nl']}|(?:{_UNIT_NL})?honderd))?)",
    "en": rf"(?:(?:a|{_BELOW_100['en']}) (?:hundred|thousand)(?: and {_BELOW_100['en']})?)",
}
_HALVES = {
    "nl": r"anderhal(?:f|ve)|(?:een|één|twee|drie|vier|vijf|zes) en een half|een half|een halve",
    "en": r"(?:one|two|three|four|five|six) and a half|half a|one and a half",
}
_DIGITS = {
    "nl": rf"\d{{1,3}}(?:[.]\d{{3}}|{_SPACE}\d{{3}}(?!\d))+(?:,\d+)?|\d+(?:[.,]\d+)?",
    "en": rf"\d{{1,3}}(?:[,]\d{{3}}|{_SPACE}\d{{3}}(?!\d))+(?:\.\d+)?|\d+(?:[.,·]\d+)?|\.\d+",
}
_SCALE = {
    "nl": r"miljoen|miljard|biljoen|duizend|mln\.?|mld\.?|mrd\.?",
    "en": r"million|billion|trillion|thousand|mn|bn|tn|k\b|m\b",
}
#: Not glued to a word before it (GPT-4, COVID-19, v1.0) nor to a figure.
_FREE = r"(?<![\w])(?<![A-Za-z][-–_./])(?<!\d[.,:/])"


def number_pattern(language: str) -> str:
    """Regular expression for one number, in digits or words, with its scale (``1,2 miljoen``)."""
    words = "|".join([_HALVES[language], _HUNDREDS[language], _BELOW_100[language]])
    scale = rf"(?:{_SCALE[language]})\b"
    return rf"{_FREE}(?:(?:{_DIGITS[language]})(?:[\s-]*{scale})?|(?:{words})(?:\s{scale})?)"


def number_start_pattern(language: str) -> str:
    """Regular expression that fits wherever a number may begin, and few other places; quick to scan.

    Wider than :func:`number_pattern`: Dutch *een* counts where a share follows (*een op de drie*, *een procent*).
    """
    tens = _TENS_NL if language == "nl" else _TENS_EN
    words = [*_BELOW_20[language].split(), *tens.split("|")]
    others = {
        "nl": r"honderd|duizend|anderhal|een(?:\w|\s(?:op|van|en|hal[fv]|procent))",
        "en": "a (?:hundred|thousand)|half a",
    }[language]
    return rf"\.?\d|{'|'.join(words)}|{others}"


def digits_pattern(language: str) -> str:
    """Regular expression for one number in digits, with its scale."""
    return rf"{_FREE}(?:{_DIGITS[language]})(?:\s?(?:{_SCALE[language]})\b)?"


def read_number(written: str, language: str) -> Decimal | None:
    """Value of a number as written; ``None`` where it cannot be read.

    In Dutch the point sets thousands apart and the comma decimals, in English the other way round; a point or comma
    that cannot set thousands apart is a decimal sign in both.
    """
    if written.startswith(("-", "−")):
        value = read_number(written[1:], language)
        return None if value is None else -value
    text = written.strip().lower().replace("\u00a0", " ").replace("\u202f", " ").replace("\u2009", " ")
    match = re.fullmatch(r"([\d.,· ]*\d|\.\d+)[\s-]*([a-z.]*)", text)
    if match is not None:
        value = _read_digits(match[1], language)
        scale = match[2].rstrip(".")
        if value is None or (scale and scale not in SCALES):
            return None
        return value * SCALES.get(scale, 1)
    return _read_words(text, language)


def _read_digits(digits: str, language: str) -> Decimal | None:
    thousands = "." if language == "nl" else ","
    digits = digits.replace("·", ".")
    if re.fullmatch(rf"\d{{1,3}}([{thousands} ]\d{{3}})+([.,]\d+)?", digits):
        whole, _, rest = digits.partition("," if thousands == "." else ".")
        digits = re.sub(r"[^\d]", "", whole) + (f".{rest}" if rest else "")
    digits = digits.replace(" ", "").replace(",", ".")
    try:
        return Decimal(digits)
    except InvalidOperation:
        return None


def _read_words(text: str, language: str) -> Decimal | None:
    words = text.split()
    scale = 1
    if len(words) > 1 and words[-1].rstrip(".") in SCALES and words[-1] not in {"hundred", "honderd"}:
        scale = SCALES[words[-1].rstrip(".")]
        words = words[:-1]
    joined = " ".join(words)
    half = re.fullmatch(r"(?:(?P<whole>\w+) (?:en|and) (?:een|a) half|anderhal(?:f|ve)|(?:een halve?|half a))", joined)
    if half is not None:
        whole = 1 if joined.startswith("anderhal") else word_value(half["whole"], language) if half["whole"] else 0
        return None if whole is None else (Decimal(whole) + Decimal("0.5")) * scale
    if words and words[0] == "a":
        words = ["one", *words[1:]]
    value = words_value(words, language)
    return None if value is None else Decimal(value) * scale


def plain(value: Decimal) -> str:
    """A value in plain decimal notation with a point, without needless zeros: ``14``, ``0.8``, ``1200000``."""
    text = format(value.normalize(), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def has_digits(written: str) -> bool:
    """Whether a number is written in digits."""
    return any(char.isdigit() for char in written)
