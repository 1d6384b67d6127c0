"""The spaCy pipelines for Dutch and English: blank tokenisers with this product's own sentences and lemmas.

No trained spaCy model is needed, so that everything works offline. Matchers over lemmas and term lists are built on
these pipelines by the stages that need them.
"""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
import spacy
from spacy.attrs import LEMMA, ORTH
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab

from pipelines.domain.languages import Language as Tongue
from pipelines.language.lemmas import lemma
from pipelines.language.sentences import sentence_spans

SENTENCES = "policy_sentences"
LEMMAS = "simple_lemmas"

# Word forms kept in memory for each pipeline; the 4,388 hand-written passages hold 23,000 (2026-11).
_REMEMBERED_WORDS = 50_000


@Language.component(SENTENCES, assigns=["token.is_sent_start", "doc.sents"])
def mark_sentences(doc: Doc) -> Doc:
    """Set sentence starts where :func:`~pipelines.language.sentences.sentence_spans` sees them."""
    starts = [start for start, _ in sentence_spans(doc.text)]
    index = 0
    for token in doc:
        # The first token at or after a start: a start inside a token (a lost space) moves to the next token.
        begins = index < len(starts) and token.idx >= starts[index]
        while index < len(starts) and token.idx >= starts[index]:
            index += 1
        token.is_sent_start = begins or token.i == 0
    return doc


class LemmaComponent:
    """Sets ``token.lemma_`` from :func:`~pipelines.language.lemmas.lemma`.

    Parameters
    ----------
    vocab
        Vocabulary of the pipeline.
    language
        Language of the dictionary, ``nl`` or ``en``.
    """

    def __init__(self, vocab: Vocab, language: Tongue) -> None:
        self.language: Tongue = language
        self._strings = vocab.strings
        self._lemma_of = lru_cache(maxsize=_REMEMBERED_WORDS)(self._look_up)

    def _look_up(self, word: int) -> int:
        return self._strings.add(lemma(self._strings[word], self.language))

    def __call__(self, doc: Doc) -> Doc:
        """Set the lemmas of ``doc``."""
        # As numbers and all at once: going through the tokens as objects takes twice as long.
        words = doc.to_array(ORTH).tolist()
        if words:
            lemmas = np.asarray([*map(self._lemma_of, words)], dtype=np.uint64)
            doc.from_array(LEMMA, lemmas)  # pyright: ignore[reportArgumentType] (a plain row will do as well)
        return doc


@Language.factory(LEMMAS, assigns=["token.lemma"], default_config={"language": "nl"})
def make_lemmas(nlp: Language, name: str, language: Tongue) -> LemmaComponent:  # noqa: ARG001
    """Build the lemma component for spaCy's registry."""
    return LemmaComponent(nlp.vocab, language)


@cache
def load_pipeline(language: Tongue, *, lemmas: bool = True) -> Language:
    """Load the pipeline of one language; the same object for the same arguments.

    Parameters
    ----------
    language
        ``nl`` or ``en``.
    lemmas
        Without lemmas the pipeline only cuts tokens and sentences.

    Raises
    ------
    ValueError
        Another language.
    """
    if language not in ("nl", "en"):
        raise ValueError(f"no pipeline for language {language!r}")
    nlp = spacy.blank(language)
    nlp.add_pipe(SENTENCES)
    if lemmas:
        nlp.add_pipe(LEMMAS, config={"language": language})
    return nlp
