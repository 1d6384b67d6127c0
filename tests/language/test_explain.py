"""Words that carried decisions: what each adds to a score, and which are shown."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from types import SimpleNamespace
from typing import cast

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipelines.language.concepts import ConceptMatch
from pipelines.language.explain import MAX_TERMS, Decision, Explainer
from pipelines.language.features import PIECES_WEIGHT, WORDS_WEIGHT, FeatureSpace
from pipelines.language.term_space import TermSpace, fit_term_space, pieces, token_forms, tokenise
from pipelines.language.text_terms import TextTerms

SEEN = [
    "Lonen stegen door kunstmatige intelligentie met 4 procent",
    "kunstmatige intelligentie en lonen, lonen en banen",
    "Productivity rose; wages and jobs did not, wages fell",
    "De lonen van de jongeren daalden niet door automatisering",
]
_TOKENS = [token_forms(text) for text in SEEN]
WORDS = fit_term_space(_TOKENS, of_pieces=False, min_texts=1)
LETTERS = fit_term_space(_TOKENS, of_pieces=True, min_texts=1)
SPACE = cast("FeatureSpace", SimpleNamespace(spaces={"words": WORDS, "letters": LETTERS}))
N_FEATURES = len(WORDS) + len(LETTERS) + 3
WEIGHTS = np.random.default_rng(1).normal(size=(N_FEATURES, 4)).astype(np.float32)


def added_plainly(text: str, output: int) -> NDArray[np.float64]:
    """What each token of ``text`` adds to a score, term by term."""
    forms = [form for form, _, _ in tokenise(text)]
    added = np.zeros(len(forms))
    of_words = [(form, (i,)) for i, form in enumerate(forms)]
    of_words += [(f"{a} {b}", (i, i + 1)) for i, (a, b) in enumerate(pairwise(forms))]
    of_letters = [(piece, (i,)) for i, form in enumerate(forms) for piece in pieces(form)]
    for space, places, weight, first in (
        (WORDS, of_words, WORDS_WEIGHT, 0),
        (LETTERS, of_letters, PIECES_WEIGHT, len(WORDS)),
    ):
        values = _values(space, [term for term, _ in places])
        counts = Counter(term for term, _ in places)
        for term, tokens in places:
            if term in values:
                worth = WEIGHTS[first + (space.column(term) or 0), output] * values[term] / counts[term]
                added[list(tokens)] += np.sqrt(weight) * worth / len(tokens)
    return added


def _values(space: TermSpace, terms: list[str]) -> dict[str, float]:
    """Weight of each known term, of a text brought to length 1."""
    counts = Counter(term for term in terms if space.column(term) is not None)
    raw = {term: (1 + np.log(count)) * float(space.idf[space.column(term) or 0]) for term, count in counts.items()}
    length = np.sqrt(sum(value**2 for value in raw.values()))
    return {term: value / length for term, value in raw.items()}


_WORD = st.sampled_from([*sorted({form for forms in _TOKENS for form in forms}), "onbekend", "x", "Élan", "2023", "?"])
_TEXT = st.lists(_WORD, max_size=12).map(" ".join)


@given(st.lists(_TEXT, min_size=1, max_size=4))
def test_each_token_adds_what_its_terms_weigh_whatever_the_other_texts(texts: list[str]) -> None:
    terms = TextTerms(texts, SPACE)
    outputs = [2, 0]
    added = terms.added(WEIGHTS, outputs)
    assert added.shape == (2, sum(len(tokenise(text)) for text in texts))
    for number, text in enumerate(texts):
        own = slice(terms.firsts[number], terms.firsts[number + 1])
        assert terms.spans[number] == [(start, end) for _, start, end in tokenise(text)]
        for output, of_text in zip(outputs, added[:, own], strict=True):
            np.testing.assert_allclose(of_text, added_plainly(text, output), atol=1e-9)


def weights_for(**columns: dict[str, float]) -> NDArray[np.float32]:
    """Weights of single words, one column a label; words that occur as often add to it as they are weighed here."""
    weights = np.zeros((N_FEATURES, len(columns)), dtype=np.float32)
    for number, of_words in enumerate(columns.values()):
        for word, weight in of_words.items():
            column = WORDS.column(word)
            assert column is not None
            weights[column, number] = weight / WORDS.idf[column]
    return weights


def test_the_strongest_words_are_shown_neighbours_together_function_words_never() -> None:
    text = "Lonen stegen door kunstmatige intelligentie, niet de banen"
    weights = weights_for(
        flag={"kunstmatige": 2, "intelligentie": 2, "banen": 3, "door": 9, "lonen": 0.1, "stegen": -1}
    )
    (terms,) = Explainer([text], [()], SPACE).explain([[Decision("flag", 0)]], weights)
    assert [term.text for term in terms] == ["kunstmatige intelligentie", "banen"]
    assert all(text[term.start : term.end] == term.text and term.label == "flag" for term in terms)
    assert terms[0].weight > terms[1].weight > 0


def test_a_concept_is_shown_whole_and_goes_before_stronger_words() -> None:
    text = "lonen en banen, wages and jobs; productivity rose door kunstmatige intelligentie"
    weights = weights_for(
        flag={"lonen": 9, "banen": 8, "wages": 7, "jobs": 6, "productivity": 5, "kunstmatige": 0.01, "intelligentie": 0}
    )
    start = text.index("kunstmatige")
    concept = ConceptMatch("ai", start, len(text), text[start:])
    plain, known = Decision("flag", 0), Decision("flag", 0, frozenset({"ai"}))
    without, whole = Explainer([text, text], [(concept,)] * 2, SPACE).explain([[plain], [known]], weights)
    assert [term.text for term in without] == ["lonen", "banen", "wages", "jobs"]
    assert [term.text for term in whole] == ["lonen", "banen", "wages", "kunstmatige intelligentie"]
    assert [term.concept for term in whole] == [None, None, None, "ai"]


def test_a_wording_is_shown_once_a_label_and_no_more_than_are_read() -> None:
    text = "Lonen en lonen en LONEN, banen of wages of jobs"
    words = {"lonen": 4.0, "banen": 3.0, "wages": 2.0, "jobs": 2.0}
    weights = weights_for(a=words, b=words, c=words, d=words)
    (terms,) = Explainer([text], [()], SPACE).explain([[Decision(x, i) for i, x in enumerate("abcd")]], weights)
    assert len(terms) == MAX_TERMS
    assert len({(term.text.lower(), term.label) for term in terms}) == MAX_TERMS
    assert list(terms) == sorted(terms, key=lambda term: (-term.weight, term.start, term.label))


def test_explanations_do_not_depend_on_what_was_asked_before_or_of_others() -> None:
    texts = [*SEEN, "", " ", "de het een"]
    one, other = [Decision("flag", 1)], [Decision("row", 3), Decision("flag", 0)]
    alone = [Explainer([text], [()], SPACE).explain([other], WEIGHTS)[0] for text in texts]
    explainer = Explainer(texts, [()] * len(texts), SPACE)
    first = explainer.explain([one if i % 2 else [] for i in range(len(texts))], WEIGHTS)
    assert [bool(terms) for terms in first] == [False, True, False, True, False, False, False]
    assert explainer.explain([other] * len(texts), WEIGHTS) == alone
    assert all(alone[:3]) and alone[4:] == [(), (), ()]
    assert explainer.explain([[]] * len(texts), WEIGHTS) == [()] * len(texts)


def test_words_that_speak_against_a_decision_are_not_shown() -> None:
    weights = weights_for(flag={"lonen": -1, "stegen": -2})
    assert Explainer(["Lonen stegen"], [()], SPACE).explain([[Decision("flag", 0)]], weights) == [()]
