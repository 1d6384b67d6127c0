"""Clues to title and year of a document, in its own first lines and in what its program wrote about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

_MONTHS = (
    "januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november|december"
    "|january|february|march|may|june|july|august|october"
    "|jan|feb|mrt|mar|apr|jun|jul|aug|sept|sep|okt|oct|nov|dec"
)
_YEAR = r"(19[5-9]\d|20\d\d)"
_FULL_DATE = re.compile(
    rf"\b(?:\d{{1,2}}\s*[-./]\s*\d{{1,2}}\s*[-./]\s*{_YEAR}|{_YEAR}-\d{{2}}-\d{{2}}"
    rf"|(?:\d{{1,2}}(?:st|nd|rd|th|e)?\s+)?(?:{_MONTHS})\.?\s+{_YEAR}"
    rf"|(?:{_MONTHS})\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+{_YEAR})\b",
    re.I,
)
_BARE_YEAR = re.compile(
    rf"(?:©|\(c\)|copyright|gepubliceerd(?: in)?|published(?: in)?|uitgave|edition)\D{{0,20}}{_YEAR}\b", re.I
)
_IMPRINT = re.compile(rf"^[^\d.]{{2,60}}[,|·–-]\s*{_YEAR}$")
_LONE_YEAR = re.compile(rf"^{_YEAR}$")

# A dateline is short; a date in a paragraph tells when something happened, not when the text appeared.
_LONGEST_DATELINE = 120

# Titles that programs fill in by themselves, and file names that served as title.
_NO_TITLE = re.compile(
    r"(?:microsoft word|microsoft powerpoint|powerpoint[- ]|word[- ]document|document\d*|naamloos|untitled|geen titel"
    r"|titel|title|presentatie\d*|template|sjabloon|slide \d+|normal|\W*)(?:\W.*)?"
    r"|.*\.(?:docx?|odt|pdf|pptx?|dotx?|indd|html?)",
    re.I,
)


def sensible_title(title: str | None) -> str | None:
    """``title`` without space around it; ``None`` where a program made it up."""
    cleaned = " ".join((title or "").split())
    return None if not cleaned or len(cleaned) > 400 or _NO_TITLE.fullmatch(cleaned) else cleaned


def stated_year(value: str | None) -> int | None:
    """Year of a date in metadata (``2021-03-19T10:00:00Z``, ``2021``), between 1900 and the next year."""
    match = re.match(r"\s*((?:19|20)\d\d)(?:\D|$)", value or "")
    return _plausible(int(match[1])) if match else None


def printed_year(lines: Iterable[str]) -> int | None:
    """Year of the dateline among the first lines of a document.

    Parameters
    ----------
    lines
        Texts of the first blocks, in order.

    Returns
    -------
    int | None
        Of the first full date in a short line; else of a copyright or imprint line; else ``None``.
    """
    short = [line for line in lines if len(line) <= _LONGEST_DATELINE]
    for pattern in (_FULL_DATE, _BARE_YEAR, _IMPRINT, _LONE_YEAR):
        for line in short:
            match = pattern.search(line)
            year = next((int(group) for group in match.groups() if group), None) if match else None
            if year is not None and _plausible(year):
                return year
    return None


def _plausible(year: int) -> int | None:
    return year if 1900 <= year <= date.today().year + 1 else None
