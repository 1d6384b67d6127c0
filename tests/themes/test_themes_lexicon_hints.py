"""Hints on terms that the concept lexicon has in one language only."""

from __future__ import annotations

from pipelines.language.concepts import Concept, ConceptTerms, Lexicon
from pipelines.language.dictionary import TOKEN, look_up
from pipelines.strings import LANGUAGES
from pipelines.themes.lexicon import load_lexicon
from pipelines.themes.lexicon_hints import missing_translations


def lexicon_of(nl: ConceptTerms, en: ConceptTerms) -> Lexicon:
    names = {"nl": "x", "en": "x"}
    concept = Concept(id="a.b", name=names, definition=names, nl=nl, en=en, file="a.yaml", line=7)
    return Lexicon(version="1", concepts=(concept,))


def test_a_missing_translation_is_hinted_at_with_its_place() -> None:
    lexicon = lexicon_of(ConceptTerms(terms=("ondernemingsraad", "zeppelin")), ConceptTerms(terms=("staff",)))
    hints = missing_translations(lexicon)
    assert [(hint.term, hint.code) for hint in hints] == [("ondernemingsraad", "nl"), ("staff", "en")]
    assert "works council" in hints[0].translations
    for language in LANGUAGES:
        assert "a.yaml" in hints[0].text(language) and "works council" in hints[0].text(language)


def test_translations_count_in_any_form_and_by_pattern() -> None:
    english = ConceptTerms(terms=("Works Councils",), variants=("wage-gap",))
    assert missing_translations(lexicon_of(ConceptTerms(terms=("ondernemingsraad", "loonkloof")), english)) == [
        hint
        for hint in missing_translations(lexicon_of(ConceptTerms(), english))
        if hint.term not in ("Works Councils", "wage-gap")
    ]
    pattern = ConceptTerms(compounds=("*loonkloof*",))
    assert missing_translations(lexicon_of(pattern, ConceptTerms(terms=("wage gap",)))) == []


def test_hints_on_the_shipped_lexicon_name_terms_that_the_dictionary_holds() -> None:
    hints = missing_translations(load_lexicon())
    assert hints
    for hint in hints:
        assert look_up(TOKEN.findall(hint.term), "nl" if hint.code == "nl" else "en")
