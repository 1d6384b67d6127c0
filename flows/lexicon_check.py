"""Checks a concept lexicon and counts what is in it."""

from __future__ import annotations

from pathlib import Path

from pipelines.strings import Language
from pipelines.table import starting_table
from pipelines.themes.lexicon import SHIPPED_LEXICON, load_lexicon
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
