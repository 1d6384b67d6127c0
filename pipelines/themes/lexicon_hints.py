"""Compares the concept lexicon with the dictionary of the field: terms that may be missing in one of the languages."""

from __future__ import annotations

import re

from pydantic import Field

from pipelines.domain.record import Record
from pipelines.language.concepts import LANGUAGES, Concept, ConceptTerms, Lexicon, compound_regex, spellings
from pipelines.language.dictionary import TOKEN, look_up
from pipelines.language.lemmas import lemma
from pipelines.strings import Language, text

_MOST_SHOWN = 3


class MissingTranslation(Record):
    """A term of a concept of which no translation is among the concept's terms. A hint: a concept need not have it."""

    file: str
    line: int = Field(ge=0)
    concept: str
    term: str
    code: str
    """Language of the term."""
    translations: tuple[str, ...]
    """What the dictionary says, the most usual first."""

    def text(self, language: Language) -> str:
        """The hint in words."""
        values = self.model_dump(exclude={"translations"})
        return text("cli.lexicon.missing", language, **values, translations=", ".join(self.translations[:_MOST_SHOWN]))


def missing_translations(lexicon: Lexicon) -> list[MissingTranslation]:
    """Hints in the order of the concepts and of their terms; terms that the dictionary does not hold give none."""
    return [hint for concept in lexicon.concepts for code in LANGUAGES for hint in _of_concept(concept, code)]


def _of_concept(concept: Concept, code: str) -> list[MissingTranslation]:
    language: Language = "nl" if code == "nl" else "en"
    other: Language = "en" if code == "nl" else "nl"
    words = concept.words(other)
    present = {_form(s, other) for term in (*words.terms, *words.variants) for s in spellings(term)}
    found: list[MissingTranslation] = []
    for term in concept.words(language).terms:
        entries = look_up(TOKEN.findall(term), language)
        translations = tuple(dict.fromkeys(t for entry in entries for t in entry.terms(other)))
        if translations and not any(_is_there(t, other, present, words) for t in translations):
            found.append(
                MissingTranslation(
                    file=concept.file,
                    line=concept.line,
                    concept=concept.id,
                    term=term,
                    code=language,
                    translations=translations,
                )
            )
    return found


def _is_there(term: str, language: Language, present: set[str], words: ConceptTerms) -> bool:
    if any(_form(spelling, language) in present for spelling in spellings(term)):
        return True
    single = " " not in term
    return single and any(re.fullmatch(compound_regex(pattern), term.lower()) for pattern in words.compounds)


def _form(term: str, language: Language) -> str:
    return " ".join(lemma(word, language) for word in TOKEN.findall(term))
