"""Checks the dictionary of the field: what an edit by hand can break."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pydantic import Field

from pipelines.domain.record import Record
from pipelines.language.dictionary import DictionaryEntry
from pipelines.language.lemmas import lemma
from pipelines.strings import Language, text

_LINKS = ("", "s", "e", "en", "n", "-", "'s", "r", "er", "eren")
"""What can stand between the parts of a Dutch compound."""
_SIGNS = re.compile(r"[|=;<>{}\[\]\"\t*]")
_SAME_BEGINNING = 1
"""Letters that a part and its place in the compound share at least: vowels change (baan, banen; lid, leden)."""


class DictionaryProblem(Record):
    """Something in the dictionary that should be mended."""

    key: str
    """Key of the sentence in the catalogue of strings."""
    file: str
    line: int
    """From 1."""
    values: dict[str, str] = Field(default_factory=dict)

    def text(self, language: Language) -> str:
        """The problem in words, with file and line."""
        return text(self.key, language, file=self.file, line=self.line, **self.values)


def check_dictionary(entries: Iterable[DictionaryEntry]) -> list[DictionaryProblem]:
    """All problems, in the order of the entries."""
    problems: list[DictionaryProblem] = []
    seen: dict[tuple[str, str], DictionaryEntry] = {}
    before: DictionaryEntry | None = None
    for entry in entries:
        problems += _check_values(entry)
        if entry.parts and not _made_of(entry.nl.lower(), [part.lower() for part in entry.parts]):
            problems.append(_problem("bad_parts", entry, parts=" + ".join(entry.parts), term=entry.nl))
        first = seen.setdefault((entry.nl, entry.en), entry)
        if first is not entry:
            place = f"{first.domain}.tsv {first.line}"
            problems.append(_problem("repeated", entry, term=entry.nl, other=entry.en, place=place))
        if before is not None and before.domain == entry.domain and _sorted_by(entry) < _sorted_by(before):
            problems.append(_problem("unsorted", entry, term=entry.nl))
        before = entry
    return problems


def _problem(key: str, entry: DictionaryEntry, **values: str) -> DictionaryProblem:
    return DictionaryProblem(key=f"dictionary.{key}", file=f"{entry.domain}.tsv", line=entry.line, values=values)


def _sorted_by(entry: DictionaryEntry) -> tuple[str, str]:
    return entry.nl.lower(), entry.nl


def _check_values(entry: DictionaryEntry) -> Iterator[DictionaryProblem]:
    columns = (entry.forms_nl, entry.forms_en, entry.variants_nl, entry.variants_en, entry.parts)
    if any(not value for column in columns for value in column):
        yield _problem("empty_value", entry)
    for own, variants in ((entry.nl, entry.variants_nl), (entry.en, entry.variants_en)):
        terms = (own, *variants)
        for term in sorted({term for term in terms if terms.count(term) > 1}):
            yield _problem("repeated_value", entry, term=term)
    if entry.forms_en and len(entry.forms_en) != len(entry.forms_nl):
        yield _problem("uneven_forms", entry)
    for term in (*entry.terms("nl"), *entry.terms("en"), *entry.forms_nl, *entry.forms_en):
        found = _SIGNS.search(term)
        if found:
            yield _problem("not_a_term", entry, term=term, sign=found.group())


def _made_of(word: str, parts: list[str]) -> bool:
    """Whether a word can be the parts one after the other, each in some form and with linking letters between."""
    if not parts:
        return not word
    part = parts[0]
    for end in range(len(word), 0, -1):
        piece, rest = word[:end], word[end:]
        if _is_form(piece, part) and _made_of(rest, parts[1:]):
            return True
    return False


def _is_form(piece: str, part: str) -> bool:
    for link in _LINKS:
        if piece.endswith(link):
            body = piece[: len(piece) - len(link)]
            if body == part or (len(body) > 1 and lemma(body, "nl") == part):
                return True
    # The stem of a verb (meet, of meten) and plurals that simplemma does not know begin like the part.
    same = piece[:_SAME_BEGINNING] == part[:_SAME_BEGINNING]
    return same and abs(len(piece) - len(part)) <= 4 and len(piece) > _SAME_BEGINNING
