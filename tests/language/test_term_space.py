"""Words and pieces of words: the arithmetic, against scikit-learn, and the round trip through arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from pipelines.language.term_space import TermSpace, fit_term_space, normalise_token, pieces, tokenise, word_terms

TEXTS = [
    "De vraag naar planners daalt met 14% in twee jaar.",
    "De loonkosten stijgen, de vraag naar chauffeurs daalt.",
    "Demand for planners falls; wages of planners rise by 3%.",
]
TOKENS = [[token for token, _, _ in tokenise(text)] for text in TEXTS]


def test_tokens_stand_where_they_say() -> None:
    text = "Eén kmo wint 12% – na ‘jaren’ wachten?"
    found = tokenise(text)
    assert [text[start:end] for _, start, end in found] == [
        "Eén",
        "kmo",
        "wint",
        "12",
        "%",
        "na",
        "jaren",
        "wachten",
        "?",
    ]
    assert [token for token, _, _ in found][:5] == ["een", "kmo", "wint", "00", "%"]


@given(st.text(max_size=200))
def test_tokens_of_any_text_are_in_order_and_normalised(text: str) -> None:
    last = 0
    for token, start, end in tokenise(text):
        assert last <= start < end <= len(text)
        assert token == normalise_token(text[start:end])
        last = end


def test_weights_are_those_of_scikit_learn() -> None:
    theirs = TfidfVectorizer(analyzer=word_terms, sublinear_tf=True, min_df=1)
    expected = theirs.fit_transform(TOKENS)
    space = fit_term_space(TOKENS, of_pieces=False, min_texts=1)
    assert list(theirs.get_feature_names_out()) == list(space.terms)
    np.testing.assert_allclose(space.transform(TOKENS).toarray(), expected.toarray(), atol=2e-3)


def test_pieces_mark_the_borders_of_words() -> None:
    assert pieces("ai") == [" ai", "ai ", " ai "]
    assert " loo" in pieces("loon") and "oon " in pieces("loon") and "loon " in pieces("loon")


def test_rare_and_unknown_terms_are_left_out() -> None:
    space = fit_term_space(TOKENS, of_pieces=False, min_texts=2)
    assert "planners" in space.terms and "chauffeurs" not in space.terms
    assert space.transform([["onbekend"], []]).nnz == 0


def test_arrays_keep_the_space() -> None:
    for of_pieces in (False, True):
        space = fit_term_space(TOKENS, of_pieces=of_pieces, min_texts=1)
        again = TermSpace.from_arrays(space.to_arrays("x"), "x")
        assert again.terms == space.terms and again.of_pieces == of_pieces
        assert (again.transform(TOKENS) != space.transform(TOKENS)).nnz == 0
