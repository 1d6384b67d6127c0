"""Numbers, counts, dates and lists as people write them in Dutch and English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import PureWindowsPath
from zoneinfo import ZoneInfo

from pipelines.domain.documents import DocumentState, Metadata
from pipelines.domain.evidence import Figure
from pipelines.domain.moments import on_the_clock
from pipelines.domain.passages import Passage
from pipelines.domain.runs import DocumentSummary
from pipelines.report.plain import one_line
from pipelines.strings import Language, keys, text


def number(value: float, language: Language, decimals: int = 0) -> str:
    """A number with the thousands mark and decimal sign of the language."""
    written = f"{value:,.{decimals}f}"
    return written.translate(str.maketrans(",.", ".,")) if language == "nl" else written


def percentage(share: float, language: Language) -> str:
    """A share between 0 and 1 as whole per cents; never 0 % or 100 % for what is not quite none or all."""
    whole = round(share * 100)
    if 0 < share < 1:
        whole = min(max(whole, 1), 99)
    return f"{number(whole, language)}%"


def counted(key: str, n: int, language: Language, **values: object) -> str:
    """The string ``key.none`` (where it exists), ``key.one`` or ``key.many`` with ``{n}`` written out."""
    form = "one" if n == 1 else "many"
    if n == 0 and f"{key}.none" in keys():
        form = "none"
    return text(f"{key}.{form}", language, n=number(n, language), **values)


def enumeration(words: Sequence[str], language: Language) -> str:
    """``a, b en c``."""
    if len(words) < 2:
        return "".join(words)
    return text("report.words.and", language, first=", ".join(words[:-1]), last=words[-1])


def capital(sentence: str) -> str:
    """The sentence with its first letter as a capital."""
    return sentence[:1].upper() + sentence[1:]


def long_date(day: date, language: Language) -> str:
    """``21 november 2026``."""
    return f"{day.day} {text(f'report.month.m{day.month}', language)} {day.year}"


def moment(when: datetime, language: Language) -> str:
    """Date and time of day; in Dutch time where the record knows its own time zone."""
    if when.tzinfo is not None:
        when = on_the_clock(when)
        if not isinstance(when.tzinfo, ZoneInfo):  # a system without time zone data
            return text("report.words.moment_utc", language, date=long_date(when, language), time=f"{when:%H:%M %Z}")
    return text("report.words.moment", language, date=long_date(when, language), time=f"{when:%H:%M}")


def duration(seconds: float, language: Language) -> str:
    """Seconds, or minutes from two minutes on."""
    if seconds < 120:
        return counted("report.count.second", max(round(seconds), 1), language)
    return counted("report.count.minute", round(seconds / 60), language)


def file_name(document: DocumentSummary) -> str:
    """Name of the file without its folders, whichever slash they are written with."""
    return one_line(PureWindowsPath(document.paths[0]).name or document.paths[0]) if document.paths else document.id


def document_title(document: DocumentSummary) -> str:
    """Title as the document gives it, else the name of the file."""
    return one_line(document.metadata.title or "") or file_name(document)


def document_line(document: DocumentSummary, language: Language) -> str:
    """Publisher, title and year as one line; what the document does not say is left out."""
    metadata: Metadata = document.metadata
    return title_line(document_title(document), metadata.publisher, metadata.authors, metadata.year, language)


def title_line(title: str, publisher: str | None, authors: Sequence[str], year: int | None, language: Language) -> str:
    """Publisher (else at most three authors), title and year as one line."""
    who = one_line(publisher or "") or enumeration([one_line(a) for a in authors[:3]], language)
    told = f" ({year})" if year else ""
    return f"{who + ', ' if who else ''}{one_line(title)}{told}"


def pages(passage: Passage, language: Language) -> str:
    """``blz. 12``, in English ``p. 12–13``; empty in formats without pages."""
    if passage.page_first is None:
        return ""
    last = passage.page_last or passage.page_first
    span = str(passage.page_first) if last == passage.page_first else f"{passage.page_first}–{last}"
    return text("report.words.pages", language, pages=span)


def source_line(document: DocumentSummary, passage: Passage, language: Language) -> str:
    """Where a passage stands: publisher, title, year, then the page, else the section."""
    return placed(document_line(document, language), pages(passage, language), passage.section, language)


def placed(source: str, page: str, section: Sequence[str], language: Language) -> str:
    """A source with the page, else with the heading that the passage stands under, else alone."""
    if not page and section:
        page = text("report.words.section", language, section=one_line(section[-1]))
    return source + (f", {page}" if page else "")


def figure_text(figure: Figure) -> str:
    """A figure as printed with what it measures."""
    measures = one_line(figure.measures)
    return one_line(figure.text) + (f" ({measures})" if measures else "")


def bare_figures(figures: Sequence[Figure]) -> str:
    """Figures as printed, without the words for what they measure: those are found by machine and often wrong."""
    return "; ".join(one_line(figure.text) for figure in figures)


def reason_text(document: DocumentSummary, language: Language) -> str:
    """Why a document was set aside and what to do; the name of its state where no reason was kept."""
    state = capital(text(f"state.{document.state}", language)) + "."
    if document.reason is None:
        return state
    key = document.reason.key if document.reason.key in keys() else f"reason.{document.reason.key}"
    if key not in keys():
        return state
    try:
        return one_line(text(key, language, **document.reason.values))
    except (KeyError, IndexError):  # a reason stored by an older version names other values
        return state


def note_texts(document: DocumentSummary, language: Language) -> tuple[str, ...]:
    """What people should know of how a document was read."""
    found: list[str] = []
    for note in document.notes:
        try:
            found.append(one_line(text(note.key, language, **note.values)))
        except (KeyError, IndexError):  # a note stored by another version names other values
            continue
    return tuple(found)


def was_read(document: DocumentSummary) -> bool:
    """Whether its text went on to passages."""
    return document.state in {DocumentState.TEXT, DocumentState.PARTIAL}
