"""The dictionary of the field: Dutch and English terms with their forms, spellings and other names.

It lies beside this module, one tab-separated file per domain (``dictionary/*.tsv``), made to be edited by people who
do not program. Each line is a pair of terms; its columns are described in ``docs/dictionary.md``.
:mod:`pipelines.language.dictionary_lint` judges what is in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from pipelines.domain.languages import Language
from pipelines.domain.record import Record
from pipelines.errors import DictionaryError
from pipelines.language.lemmas import lemma

#: The dictionary that comes with the program.
SHIPPED_DICTIONARY = Path(__file__).with_name("dictionary")

COLUMNS = ("nl", "en", "kind", "forms_nl", "forms_en", "variants_nl", "variants_en", "parts")
KINDS = ("noun", "verb", "adjective", "adverb", "number", "phrase", "sentence")

TOKEN = re.compile(r"\w+(?:['’&-]\w+)*")
"""A word of a term or a query."""

BETWEEN = " | "
"""Stands between the values of a column that may hold several."""
BETWEEN_PARTS = " + "


class DictionaryEntry(Record):
    """A Dutch term and an English term of the same meaning."""

    nl: str
    en: str
    kind: str = "phrase"
    """One of :data:`KINDS`."""
    forms_nl: tuple[str, ...] = ()
    """Inflected forms of ``nl``: the plural of a noun; *stijgt, steeg, gestegen* of a verb; *-e* of an adjective."""
    forms_en: tuple[str, ...] = ()
    """The same forms of ``en`` in the same order; empty where English does not inflect."""
    variants_nl: tuple[str, ...] = ()
    """Other Dutch terms of the same meaning: Belgian Dutch, abbreviations, synonyms, spellings."""
    variants_en: tuple[str, ...] = ()
    """The same in English."""
    parts: tuple[str, ...] = ()
    """Parts of a Dutch compound, in the form that stands alone."""
    domain: str = ""
    """Name of its file."""
    line: int = 0
    """Line in that file, from 1."""

    def terms(self, language: Language) -> tuple[str, ...]:
        """The term and its variants in ``language``, the term first."""
        return (self.nl, *self.variants_nl) if language == "nl" else (self.en, *self.variants_en)


@lru_cache(maxsize=4)
def load_dictionary(folder: Path = SHIPPED_DICTIONARY) -> tuple[DictionaryEntry, ...]:
    """All entries, in the order of the names of the files and of the lines in them.

    Raises
    ------
    DictionaryError
        The folder holds no dictionary, or a line cannot be read; the message names file and line.
    """
    paths = sorted(folder.glob("*.tsv"))
    if not paths:
        raise DictionaryError("dictionary.no_files", folder=str(folder))
    return tuple(entry for path in paths for entry in _read_file(path))


def _read_file(path: Path) -> Iterator[DictionaryEntry]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DictionaryError("dictionary.not_utf8", file=path.name) from error
    if not lines or tuple(lines[0].rstrip("\t").split("\t")) != COLUMNS:
        raise DictionaryError("dictionary.bad_header", file=path.name, columns=", ".join(COLUMNS))
    for number, line in enumerate(lines[1:], 2):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        cells += [""] * (len(COLUMNS) - len(cells))
        if any(cells[len(COLUMNS) :]) or not (cells[0] and cells[1]):
            raise DictionaryError("dictionary.bad_line", file=path.name, line=number)
        if cells[2] not in KINDS:
            choices = ", ".join(KINDS)
            raise DictionaryError("dictionary.bad_kind", file=path.name, line=number, value=cells[2], choices=choices)
        several = {name: _values(cell, BETWEEN) for name, cell in zip(COLUMNS[3:7], cells[3:7], strict=True)}
        yield DictionaryEntry(
            nl=cells[0],
            en=cells[1],
            kind=cells[2],
            parts=_values(cells[7], BETWEEN_PARTS),
            domain=path.stem,
            line=number,
            **several,
        )


def _values(cell: str, separator: str) -> tuple[str, ...]:
    return tuple(value.strip() for value in cell.split(separator.strip())) if cell else ()


def read_field_dictionary(folder: Path = SHIPPED_DICTIONARY) -> list[tuple[str, str]]:
    """All Dutch–English pairs with forms and variants, without repeats, in the order of the entries.

    Of each entry: the terms; each variant with the term of the other language; each form with the same form of the
    other language, or with its term where that does not inflect.
    """
    pairs: dict[tuple[str, str], None] = {}
    for entry in load_dictionary(folder):
        pairs.update(dict.fromkeys(_pairs(entry)))
    return list(pairs)


def _pairs(entry: DictionaryEntry) -> Iterator[tuple[str, str]]:
    yield entry.nl, entry.en
    yield from ((entry.nl, variant) for variant in entry.variants_en)
    yield from ((variant, entry.en) for variant in entry.variants_nl)
    english = entry.forms_en or (entry.en,) * len(entry.forms_nl)
    yield from zip(entry.forms_nl, english, strict=False)


def look_up(words: Sequence[str], language: Language) -> tuple[DictionaryEntry, ...]:
    """Entries with a term in ``language`` that these words are, in whatever inflection; sentences left out."""
    return _index()[language].get(_key(words, language), ())


def _key(words: Iterable[str], language: Language) -> str:
    return " ".join(lemma(word, language) for word in words)


@lru_cache(maxsize=1)
def _index() -> dict[Language, dict[str, tuple[DictionaryEntry, ...]]]:
    """Entries by the dictionary forms of the words of their terms."""
    return {"nl": _index_of("nl"), "en": _index_of("en")}


def _index_of(language: Language) -> dict[str, tuple[DictionaryEntry, ...]]:
    by_key: defaultdict[str, dict[DictionaryEntry, None]] = defaultdict(dict)
    for entry in load_dictionary():
        if entry.kind != "sentence":
            forms = entry.forms_nl if language == "nl" else entry.forms_en
            for term in (*entry.terms(language), *forms):
                by_key[_key(TOKEN.findall(term), language)][entry] = None
    return {key: tuple(entries) for key, entries in by_key.items()}
