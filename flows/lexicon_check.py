"""Checks a concept lexicon and the dictionary of the field, and counts what is in them."""

from __future__ import annotations

from pathlib import Path

from pipelines.language.dictionary import load_dictionary, read_field_dictionary
from pipelines.language.dictionary_lint import check_dictionary
from pipelines.strings import Language
from pipelines.table import starting_table
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon
from pipelines.themes.lexicon_hints import missing_translations
from pipelines.themes.lexicon_lint import check_lexicon


def lexicon_problems(folder: Path | None, language: Language) -> tuple[list[str], int, int]:
    """Problems as sentences, number of concepts, number of terms.

    Raises
    ------
    LexiconError
        A file cannot be read as a lexicon at all.
    """
    lexicon = load_lexicon(folder or SHIPPED_LEXICON)
    problems = check_lexicon(lexicon, {row.id for row in starting_table().rows})
    n_terms = sum(
        len(words.terms) + len(words.variants) + len(words.compounds)
        for concept in lexicon.concepts
        for words in (concept.nl, concept.en)
    )
    return [problem.text(language) for problem in problems], len(lexicon.concepts), n_terms


def lexicon_hints(folder: Path | None, language: Language) -> list[str]:
    """Terms of which no translation that the dictionary knows is in the lexicon, as sentences."""
    return [hint.text(language) for hint in missing_translations(load_lexicon(folder or SHIPPED_LEXICON))]


def dictionary_problems(language: Language) -> tuple[list[str], int, int]:
    """Problems as sentences, number of entries, number of pairs of terms.

    Raises
    ------
    DictionaryError
        A file cannot be read as a dictionary at all.
    """
    entries = load_dictionary()
    return [problem.text(language) for problem in check_dictionary(entries)], len(entries), len(read_field_dictionary())
