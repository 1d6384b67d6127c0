"""What each word of texts adds to linear scores: where the terms stand, and what each counts for there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, chain, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from pipelines.language.encoder import FloatArray
from pipelines.language.features import PIECES_WEIGHT, WORDS_WEIGHT, FeatureSpace
from pipelines.language.term_space import TermSpace, tokenise


class _Tokens(NamedTuple):
    """The tokens of all texts, one text after the other.

    Attributes
    ----------
    by_text
        Their forms.
    forms, which
        The distinct forms, and for each token its place among them.
    texts
        Number of the text of each token.
    """

    by_text: list[list[str]]
    forms: list[str]
    which: NDArray[np.intp]
    texts: NDArray[np.intp]


class _Places(NamedTuple):
    """Where the terms of a vocabulary stand, in the order of the tokens; a pair of words stands at both.

    Attributes
    ----------
    sizes
        How many stand at each token.
    columns, shares
        Column of each in the vocabulary, and the part of it that stands there.
    """

    sizes: NDArray[np.intp]
    columns: NDArray[np.intp]
    shares: NDArray[np.float64]


class _WeighedTerms(NamedTuple):
    """What each token adds to a linear score, but for the weights: ``shares @ weights[used]``."""

    shares: csr_matrix
    used: NDArray[np.intp]


class TextTerms:
    """Texts whose words are looked up once, for any linear scores over the same features.

    All texts of a batch are read together: one by one they took three times as long.

    Attributes
    ----------
    spans
        For each text start and end of its tokens.
    firsts
        Number of the first token of each text among those of all, and after them how many there are.
    """

    def __init__(self, texts: Sequence[str], space: FeatureSpace) -> None:
        found = [tokenise(text) for text in texts]
        self.spans = [[(start, end) for _, start, end in tokens] for tokens in found]
        self.firsts = [*accumulate(map(len, found), initial=0)]
        tokens = _number([[form for form, _, _ in tokens] for tokens in found])
        words, letters = space.spaces["words"], space.spaces["letters"]
        self._terms = (
            _weigh(words, tokens, _word_places(words, tokens), WORDS_WEIGHT, 0),
            _weigh(letters, tokens, _piece_places(letters, tokens), PIECES_WEIGHT, len(words)),
        )

    def added(self, weights: FloatArray, outputs: Sequence[int]) -> NDArray[np.float64]:
        """What each token adds to linear scores, shape (len(outputs), n_tokens).

        Summed over the tokens of a text they are the part of its scores that the words of the text make. ``weights``
        are of shape (n_features, n_outputs), ``outputs`` the columns wanted.
        """
        of_words, of_letters = (
            terms.shares @ weights[np.ix_(terms.used, np.asarray(outputs, dtype=np.intp))].astype(np.float64)
            for terms in self._terms
        )
        return np.ascontiguousarray((of_words + of_letters).T)


def _number(by_text: list[list[str]]) -> _Tokens:
    places: dict[str, int] = {}
    n_tokens = sum(map(len, by_text))
    numbers = (places.setdefault(form, len(places)) for form in chain.from_iterable(by_text))
    which = np.fromiter(numbers, dtype=np.intp, count=n_tokens)
    texts = np.repeat(np.arange(len(by_text)), [len(forms) for forms in by_text])
    return _Tokens(by_text, list(places), which, texts)


def _piece_places(space: TermSpace, tokens: _Tokens) -> _Places:
    found = [space.piece_columns(form) for form in tokens.forms]
    n_pieces = np.asarray([len(columns) for columns in found], dtype=np.intp)
    columns = np.fromiter(chain.from_iterable(found), dtype=np.intp, count=int(n_pieces.sum()))
    sizes = n_pieces[tokens.which]
    # The pieces of each token are a stretch of those of its form.
    to_form = (np.cumsum(n_pieces) - n_pieces)[tokens.which] - (np.cumsum(sizes) - sizes)
    stretches = np.repeat(to_form, sizes) + np.arange(int(sizes.sum()))
    return _Places(sizes, columns[stretches], np.ones(len(stretches)))


def _word_places(space: TermSpace, tokens: _Tokens) -> _Places:
    def column(term: str) -> int:
        found = space.column(term)
        return -1 if found is None else found

    single = np.asarray([column(form) for form in tokens.forms], dtype=np.intp)[tokens.which]
    pairs = ([*(column(f"{a} {b}") for a, b in pairwise(forms)), -1] for forms in tokens.by_text if forms)
    following = np.fromiter(chain.from_iterable(pairs), dtype=np.intp, count=len(single))
    standing = np.stack([np.concatenate([[-1], following])[:-1], single, following], axis=1)
    known = standing >= 0
    shares = np.broadcast_to(np.asarray([0.5, 1.0, 0.5]), known.shape)
    return _Places(known.sum(axis=1), standing[known], shares[known])


def _weigh(space: TermSpace, tokens: _Tokens, places: _Places, weight: float, first: int) -> _WeighedTerms:
    """Terms of ``space`` as :class:`TermSpace` weighs them; their rows of the weights begin at ``first``."""
    n_terms = len(space)
    # One sorting for all texts: a term of a text is one number.
    keys = np.repeat(tokens.texts, places.sizes) * n_terms + places.columns
    terms, which = np.unique(keys, return_inverse=True)
    counts = np.bincount(which, weights=places.shares, minlength=len(terms))
    ends = np.searchsorted(terms, np.arange(len(tokens.by_text) + 1) * n_terms)
    of_text = np.repeat(np.arange(len(tokens.by_text)), np.diff(ends))
    values = (1 + np.log(counts)) * space.idf[terms - of_text * n_terms]
    norms = np.sqrt([np.dot(values[low:high], values[low:high]) for low, high in pairwise(ends.tolist())])
    shares = np.sqrt(weight) * places.shares * (values / counts / norms[of_text])[which]
    used = np.flatnonzero(np.bincount(places.columns, minlength=n_terms))
    among_used = np.zeros(n_terms, dtype=np.int32)
    among_used[used] = np.arange(len(used))
    begins = np.concatenate([[0], np.cumsum(places.sizes)]).astype(np.int32)
    shape = (len(places.sizes), len(used))
    return _WeighedTerms(csr_matrix((shares, among_used[places.columns], begins), shape=shape), first + used)
