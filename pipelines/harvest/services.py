"""What readers of services have in common: answers, entries, languages, and a guard against lists without end."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from pipelines.domain.documents import Reason
from pipelines.domain.moments import now
from pipelines.domain.sources import FoundItem, Source
from pipelines.harvest.fetching import Answer, HarvestError, HarvestLimits, Trouble
from pipelines.harvest.markup import LONGEST_ABSTRACT, LONGEST_TITLE, clean_address, is_doi_address, plain_text, squeeze
from pipelines.harvest.options import word

LIST_BYTES = 50_000_000
"""Longest answer of a service: a hundred works with long abstracts and hundreds of authors each stay below 10 MB."""
MOST_AUTHORS = 100
"""As OpenAlex itself cuts lists of authors."""
MOST_FILES = 6
"""Addresses that are tried for one publication, one after the other."""
LONGEST_NAME = 200
LONGEST_KEY = 500
FIRST_DAYS = 730
"""So far back the first harvest reaches where the source does not say: older work stands in the table already."""

_MARKUP_LEFT = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});|</?(?:p|i|b|em|strong|sub|sup|br)\s*/?>", re.I)
_PREFIX = re.compile(r"(</?)(?:jats|mml|m|xhtml):", re.I)
_FORMULA = re.compile(r"<tex-math\b.{0,5000}?</tex-math>", re.I | re.S)
"""Formulas stand there twice, and as TeX nobody reads them."""
_JATS = (("title", "h3"), ("sec", "section"), ("list-item", "li"), ("italic", "i"), ("bold", "b"))
_JATS_TAGS = [(re.compile(rf"(</?){jats}\b", re.I), rf"\1{html}") for jats, html in _JATS]
_LANGUAGES = {
    "dut": "nl", "nld": "nl", "dutch": "nl", "nederlands": "nl",
    "eng": "en", "english": "en", "engels": "en",
    "ger": "de", "deu": "de", "fre": "fr", "fra": "fr", "spa": "es", "ita": "it", "por": "pt", "fry": "fy",
}  # fmt: skip


def today() -> date:
    """The day in UTC, by which budgets of services are counted."""
    return now().date()


def moment(text: object) -> datetime | None:
    """A moment as services write it (ISO 8601, in UTC where it does not say), without time zone, in UTC."""
    if not isinstance(text, str):
        return None
    try:
        read = datetime.fromisoformat(text.strip())
        return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo is not None else read
    except (ValueError, OverflowError):
        return None


def day(text: object) -> date | None:
    """The day of :func:`moment`."""
    read = moment(text)
    return read.date() if read is not None else None


def json_of(answer: Answer, service: str) -> Any:
    """What an answer holds.

    Raises
    ------
    HarvestError
        ``unfit``: no JSON, or nested without end.
    """
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        raise HarvestError("harvest.service.not_json", Trouble.UNFIT, service=service) from error


def part(value: object, *names: str) -> Any:
    """What lies at ``names`` within nested objects; ``None`` where one of them is missing or something else."""
    for name in names:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def listed(value: object) -> list[Any]:
    """``value`` where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def shape_error(service: str) -> HarvestError:
    """An answer that is JSON or XML, and not what the service documents."""
    return HarvestError("harvest.service.shape", Trouble.UNFIT, service=service)


def plain(value: object, longest: int = LONGEST_ABSTRACT) -> str:
    """Plain text of a field that may hold markup, also where it was escaped twice; empty where it is no text."""
    if not isinstance(value, str):
        return ""
    text = plain_text(_as_html(value), longest)
    return plain_text(_as_html(text), longest) if _MARKUP_LEFT.search(text) else text


def _as_html(markup: str) -> str:
    """JATS, in which publishers write abstracts, with tags that HTML knows as well."""
    if "<" not in markup:
        return markup
    markup = _FORMULA.sub(" ", _PREFIX.sub(r"\1", markup))
    for tag, html in _JATS_TAGS:
        markup = tag.sub(html, markup)
    return markup


def title_of(value: object) -> str:
    """Title in plain text."""
    return plain(value, LONGEST_TITLE)


def name_of(value: object) -> str | None:
    """Name of a person, journal or institute."""
    return plain(value, LONGEST_NAME) or None


def key_of(value: object) -> str:
    """An identifier.

    Raises
    ------
    ValueError
        There is none.
    """
    key = squeeze(value, LONGEST_KEY) if isinstance(value, str) else ""
    if not key:
        raise ValueError("no identifier")
    return key


def names_of(values: Iterable[object]) -> tuple[str, ...]:
    """Names of people, each once, in their order."""
    names = dict.fromkeys(name for name in map(name_of, values) if name)
    return tuple(names)[:MOST_AUTHORS]


def address_of(value: object) -> str | None:
    """An address of http or https."""
    return clean_address(value) if isinstance(value, str) and value else None


def file_addresses(values: Iterable[object]) -> tuple[str, ...]:
    """Where a text may lie, each once, in their order; addresses of DOIs lead to pages and are left out."""
    found = (address_of(value) for value in values)
    return tuple(dict.fromkeys(one for one in found if one and not is_doi_address(one)))[:MOST_FILES]


def language_of(code: object) -> str | None:
    """ISO 639-1 of ``nl``, ``nl-NL``, ``dut``, ``nld``, ``Dutch``; ``None`` where it is not known."""
    if not isinstance(code, str):
        return None
    word = re.split(r"[-_;, ]", code.strip().lower(), maxsplit=1)[0]
    if word in _LANGUAGES:
        return _LANGUAGES[word]
    return word if re.fullmatch(r"[a-z]{2}", word) else None


def within(said: int, least: int, most: int) -> int:
    """A number of the file of sources within its bounds."""
    return min(max(said, least), most)


def day_option(source: Source, name: str) -> date | None:
    """A day as ``2024-01-31``, if the source says one.

    Raises
    ------
    HarvestError
        ``refused``: it says something else.
    """
    said = word(source, name)
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError as error:
        raise HarvestError("harvest.service.option", Trouble.REFUSED, option=name, value=said[:80]) from error


def read_entries(
    entries: Iterable[Any], read: Callable[[Any], FoundItem | None], service: str
) -> tuple[tuple[FoundItem, ...], tuple[Reason, ...]]:
    """Items of ``entries``, each key once, and a reason for each entry that cannot be read.

    Parameters
    ----------
    entries
        As the service gives them; each may be anything.
    service
        Its name, for reasons.
    read
        An entry as item; ``None`` where it is none. What is missing or of another kind in an entry raises ``KeyError``,
        ``TypeError``, ``ValueError`` or ``AttributeError`` there.
    """
    items: dict[str, FoundItem] = {}
    problems: list[Reason] = []
    for place, entry in enumerate(entries, 1):
        try:
            item = read(entry)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            problems.append(Reason(key="harvest.service.entry", values={"service": service, "place": place}))
            continue
        if item is not None:
            items.setdefault(item.key, item)
    return tuple(items.values()), tuple(problems)


@dataclass
class Turns:
    """Counts requests and items of one harvest, and knows a list that leads back to where it was."""

    limits: HarvestLimits
    service: str
    n_pages: int = 0
    n_items: int = 0
    _seen: set[str] = field(default_factory=set)

    def more(self) -> bool:
        """Whether there may be another request."""
        return self.pages_left() and self.n_items < self.limits.most_items

    def pages_left(self) -> bool:
        """Whether there may be another request as far as their number goes."""
        return self.n_pages < self.limits.most_pages

    def repeats(self, cursor: str) -> bool:
        """Whether ``cursor`` was there before in this harvest."""
        known = cursor in self._seen
        self._seen.add(cursor)
        return known

    def error(self) -> HarvestError:
        """What to raise where a list repeats itself."""
        return HarvestError("harvest.service.repeats", Trouble.UNFIT, service=self.service)
