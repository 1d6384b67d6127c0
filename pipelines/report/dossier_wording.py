"""Why a passage stands in a dossier, in words: for Word, the page and the command line alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pipelines.domain.dossiers import DossierEntry, Reason, Sign
from pipelines.report.plain import one_line
from pipelines.report.wording import capital, number
from pipelines.strings import Language, text

_MOST_WORDS = 4
"""Words of one sign that are named."""
_VALUES = {
    Sign.THEME: "theme.{}",
    Sign.DIRECTION: "direction.{}",
    Sign.KIND: "evidence_kind.{}",
}


def belonging_words(entry: DossierEntry, language: Language, rows: Mapping[str, str]) -> str:
    """By what an entry belongs to the dossier; ``rows`` names the rows of the table by their ids."""
    return text("dossier.belongs", language, reasons=_told(entry.reasons, language, rows))


def part_words(entry: DossierEntry, language: Language) -> str:
    """By what an entry stands under its part."""
    return text("dossier.of_part", language, reasons=_told(entry.part_reasons, language, {}))


def reason_words(entry: DossierEntry, language: Language, rows: Mapping[str, str]) -> str:
    """Both together."""
    belongs = belonging_words(entry, language, rows)
    return text("dossier.reasons", language, belongs=belongs, part=part_words(entry, language))


def _told(reasons: Iterable[Reason], language: Language, rows: Mapping[str, str]) -> str:
    """Reasons as a list; the words of all reasons of one sign together."""
    by_sign: dict[Sign, list[Reason]] = {}
    for reason in reasons:
        by_sign.setdefault(reason.sign, []).append(reason)
    return "; ".join(_sign_words(sign, found, language, rows) for sign, found in by_sign.items())


def _sign_words(sign: Sign, reasons: list[Reason], language: Language, rows: Mapping[str, str]) -> str:
    value = reasons[0].value
    if sign is Sign.ROW:
        value = " ".join(part for part in (value, rows.get(value, "")) if part)
    elif sign is Sign.LIKENESS:
        value = number(float(value), language, 2)
    elif sign in _VALUES and value:
        value = text(_VALUES[sign].format(value), language)
    return text(f"dossier.sign.{sign}", language, value=value, words=_words(reasons, language))


def _words(reasons: Iterable[Reason], language: Language) -> str:
    found = {one_line(term.text).casefold(): one_line(term.text) for r in reasons for term in r.terms}
    told = [
        text("dossier.asked", language) if word == "?" else text("dossier.word", language, word=word)
        for word in list(found.values())[:_MOST_WORDS]
    ]
    return ", ".join(told)


def file_stem(name: str) -> str:
    """A name of a dossier as the name of a file."""
    kept = "".join(c if c.isalnum() else "-" for c in capital(name).lower())
    return "-".join(part for part in kept.split("-") if part)[:60] or "dossier"
