"""Checks a concept lexicon: what would make it match nothing, too much, or two things at once."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from pydantic import Field

from pipelines.domain.record import Record
from pipelines.language.concepts import LANGUAGES, Concept, Lexicon, compound_regex, spellings
from pipelines.language.lemmas import lemma
from pipelines.strings import Language, text

#: Share of the different words of a sample text that a compound pattern may fit. Over the 13,413 different Dutch words
#: of the training passages the widest shipped pattern, ``ai-*``, fits 0.8 %, the next ones 0.2 % (2026-11).
WIDEST_PATTERN = 0.01

#: Fewest letters of a pattern beside its ``*``: the shortest useful ones are ``ai-*`` and ``*loon``.
_SHORTEST_PATTERN = 3
_SHORTEST_TERM = 3

# Words too common to point at anything by themselves.
_STOP_WORDS = {
    language: frozenset(words.split())
    for language, words in {
        "nl": """
            aan al alle als bij dan dat de deze die dit door een elk en er geen haar hebben heeft het hij hoe hun ik in
            is ja je kan maar meer men met mijn moet na naar niet niets nog nu of om onder ook op over s te tegen toch
            toen tot tussen uit van veel voor waar want was wat we wel werd wie wij wordt zal ze zeer zich zij zijn zo
            zonder zou
        """,
        "en": """
            a about above after all also an and any are as at be because been before but by can could did do does for
            from had has have he her his how i if in into is it its just may me more most my no nor not now of on only
            or other our out over she should so some such than that the their them then there these they this those to
            too under up was we were what when where which who why will with would you your
        """,
    }.items()
}


class LexiconProblem(Record):
    """Something in the lexicon that should be mended."""

    key: str
    """Key of the sentence in the catalogue of strings."""
    file: str
    line: int
    """Line at which the concept begins, from 1."""
    concept: str
    values: dict[str, str] = Field(default_factory=dict)

    def text(self, language: Language) -> str:
        """The problem in words, with file, line and concept."""
        return text(self.key, language, file=self.file, line=self.line, concept=self.concept, **self.values)


def check_lexicon(
    lexicon: Lexicon, row_ids: Collection[str] | None = None, sample_words: Mapping[str, Sequence[str]] | None = None
) -> list[LexiconProblem]:
    """All problems of a lexicon, in the order of its concepts.

    Parameters
    ----------
    lexicon
        As read by :func:`pipelines.themes.lexicon.load_lexicon`.
    row_ids
        Rows of the evidence table; without them row ids are not checked.
    sample_words
        Different words of some representative text, per language; with them patterns that fit too many words are
        reported.
    """
    problems: list[LexiconProblem] = []
    for concept in lexicon.concepts:
        problems += _check_texts(concept)
        problems += _check_rows(concept, row_ids)
        for language in LANGUAGES:
            problems += _check_terms(concept, language)
            problems += _check_patterns(concept, language, (sample_words or {}).get(language, ()))
            problems += _check_negatives(concept, language)
    problems += _check_repeats(lexicon)
    order = {concept.id: place for place, concept in reversed(list(enumerate(lexicon.concepts)))}
    return sorted(problems, key=lambda problem: order[problem.concept])


def _problem(key: str, concept: Concept, **values: str) -> LexiconProblem:
    return LexiconProblem(key=f"lexicon.{key}", file=concept.file, line=concept.line, concept=concept.id, values=values)


def _check_texts(concept: Concept) -> Iterator[LexiconProblem]:
    if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", concept.id):
        yield _problem("bad_id", concept)
    for language in LANGUAGES:
        if not concept.name.get(language, "").strip():
            yield _problem("no_name", concept, code=language)
        if not concept.definition.get(language, "").strip():
            yield _problem("no_definition", concept, code=language)
        if not concept.words(language).terms:
            yield _problem("no_terms", concept, code=language)


def _check_rows(concept: Concept, row_ids: Collection[str] | None) -> Iterator[LexiconProblem]:
    if concept.theme is not None and not concept.rows:
        yield _problem("no_rows", concept)
    for row in concept.rows:
        if row_ids is not None and row not in row_ids:
            yield _problem("unknown_row", concept, row=row)


def _check_terms(concept: Concept, language: str) -> Iterator[LexiconProblem]:
    words = concept.words(language)
    for term in (*words.terms, *words.variants):
        if "*" in term:
            yield _problem("star_in_term", concept, term=term)
        elif term.lower() == term and term in _STOP_WORDS[language]:
            yield _problem("stop_word", concept, term=term)
        elif len(re.sub(r"\W", "", term)) < _SHORTEST_TERM and not term.isupper():
            yield _problem("too_short", concept, term=term)


def _check_patterns(concept: Concept, language: str, sample_words: Sequence[str]) -> Iterator[LexiconProblem]:
    for pattern in concept.words(language).compounds:
        if " " in pattern or len(pattern.replace("*", "")) < _SHORTEST_PATTERN:
            yield _problem("bad_pattern", concept, term=pattern)
            continue
        if sample_words:
            regex = re.compile(compound_regex(pattern))
            share = sum(bool(regex.fullmatch(word.lower())) for word in sample_words) / len(sample_words)
            if share > WIDEST_PATTERN:
                yield _problem("wide_pattern", concept, term=pattern, share=f"{100 * share:.1f}")


def _check_negatives(concept: Concept, language: str) -> Iterator[LexiconProblem]:
    """A negative term only works where a term of the concept stands in it, or where it reaches over one."""
    words = concept.words(language)
    terms = {form for term in (*words.terms, *words.variants) for form in (_form(s, language) for s in spellings(term))}
    patterns = [re.compile(compound_regex(pattern)) for pattern in words.compounds]
    for negative in words.negative:
        tokens = re.findall(r"[\w'’&.-]+", negative.lower())
        forms = [_form(token, language) for token in tokens]
        joined = f" {' '.join(forms)} "
        holds_term = any(f" {term} " in joined for term in terms)
        holds_compound = any(pattern.fullmatch(token) for token in tokens for pattern in patterns)
        if not holds_term and not holds_compound:
            yield _problem("idle_negative", concept, term=negative)
        if _form(negative, language) in terms:
            yield _problem("negative_is_term", concept, term=negative)


def _check_repeats(lexicon: Lexicon) -> Iterator[LexiconProblem]:
    """Ids, terms and patterns that occur twice."""
    ids: dict[str, Concept] = {}
    owners: dict[tuple[str, str], list[tuple[Concept, str]]] = defaultdict(list)
    for concept in lexicon.concepts:
        if concept.id in ids:
            yield _problem("repeated_id", concept, other=f"{ids[concept.id].file} {ids[concept.id].line}")
        ids.setdefault(concept.id, concept)
        for language in LANGUAGES:
            words = concept.words(language)
            for term in (*words.terms, *words.variants, *words.compounds):
                # OR in capitals and or in small letters are two terms.
                exact = "*" in term or (term.isupper() and len(term) <= 3)
                form = term if exact else _form(term, language)
                owners[(language, form)].append((concept, term))
    for (language, _), found in owners.items():
        for concept, term in found[1:]:
            first = found[0][0]
            if first is concept:
                yield _problem("repeated_term", concept, term=term, code=language)
            else:
                yield _problem("shared_term", concept, term=term, code=language, other=first.id)


def _form(term: str, language: str) -> str:
    """Lemmas of a term, joined by spaces: two terms with the same form match the same text."""
    code: Language = "nl" if language == "nl" else "en"
    return " ".join(lemma(word, code) for word in re.split(r"[ -]" if code == "en" else " ", term))
