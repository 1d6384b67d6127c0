"""An index of texts: what it finds, that it changes without touching the former, and that it can be kept as arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.language.search import SearchIndex, rank_texts
from pipelines.language.search_arrays import arrays_of, index_from
from pipelines.language.search_query import Query, SoughtQuery
from pipelines.language.search_segment import in_eight_bits
from pipelines.language.search_spelling import count_slips, mended
from pipelines.language.search_vocabulary import Vocabulary, folded, words_of
from pipelines.language.search_words import WordPlaces
from pipelines.language.widening import slots_of, widen_query

TEXTS = {
    "match": "De ploeg voetbalde op zondag in de regen.",
    "growth-en": "Growth of labour productivity slowed after the crisis.",
    "growth-nl": "De arbeidsproductiviteitsgroei bleef achter.",
    "council-en": "Works councils were heard late.",
    "council-nl": "Het bestuur hoorde de ondernemingsraad pas laat, en de raad vergaderde niet over werk.",
    "order": "Werk gaat niet altijd voor kwaliteit; van hoog tot laag.",
    "quality": "De kwaliteit van werk nam toe.",
}
EYE = np.eye(len(TEXTS), dtype=np.float32)
NOTHING = np.zeros(len(TEXTS), dtype=np.float32)


@pytest.fixture
def index() -> SearchIndex:
    return SearchIndex.of(list(TEXTS), TEXTS.values(), EYE)


def found(index: SearchIndex, query: str, vector: np.ndarray = NOTHING, **chosen: object) -> list[str]:
    ranking = index.rank(Query.read(query), vector, **chosen)  # type: ignore[arg-type]
    return [str(index.ids[row]) for row in ranking.rows]


def test_words_are_folded_and_cut_at_hyphens() -> None:
    assert words_of("Coördinatie van AI-gebruik, R&D") == ["coordinatie", "van", "ai", "gebruik", "r", "d"]
    assert folded("ÉÉN") == "een"


def test_terms_are_found_in_both_languages(index: SearchIndex) -> None:
    assert set(found(index, "arbeidsproductiviteit")[:2]) == {"growth-nl", "growth-en"}
    assert set(found(index, "works council")[:2]) == {"council-nl", "council-en"}
    assert found(index, "zeppelin") == [] and found(index, " ?! ") == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("voetblade", "voetbalde"),
        ("de ondernemignsrad", "de ondernemingsraad"),
        ("prodctivity en kwaliteit", "productivity en kwaliteit"),
        ("zeppelin", "zeppelin"),
        ("produktie", "produktie"),
        ("crisi", "crisi"),
        ("Ploge", "Ploge"),
    ],
)
def test_slips_of_the_pen_are_mended(index: SearchIndex, written: str, meant: str) -> None:
    assert mended(Query.read(written), index.vocabulary).text == meant


def test_slips_between_quotation_marks_stay() -> None:
    vocabulary = Vocabulary().with_words(["voetbalde", "ondernemingsraad"])
    query = mended(Query.read('"voetblade" ondernemignsraad'), vocabulary)
    assert query.text == "voetblade ondernemingsraad" and query.phrases == (("voetblade",),)


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_slips_are_counted_both_ways_alike(one: str, other: str) -> None:
    slips = count_slips(one, other)
    assert slips == count_slips(other, one) and (slips == 0) == (one == other)
    assert abs(len(one) - len(other)) <= slips <= max(len(one), len(other))


def test_a_swap_is_one_slip() -> None:
    assert count_slips("wrek", "werk") == 1 and count_slips("wrk", "werk") == 1 and count_slips("kwer", "werk") == 2


@pytest.mark.parametrize("slip", ["voetblade", "voetbalden", "voetbal"])
def test_words_that_look_like_it_are_found(index: SearchIndex, slip: str) -> None:
    assert found(index, slip) == ["match"]


def test_texts_that_lie_near_are_found_by_meaning(index: SearchIndex) -> None:
    assert found(index, "zeppelin", EYE[3]) == ["council-en"]
    assert found(index, "zeppelin", EYE[3] * 0.2) == []
    assert len(found(index, "zeppelin", EYE[3] * 0.2, least_cosine=None)) == 1


def test_what_stands_between_quotation_marks_must_be_there(index: SearchIndex) -> None:
    assert set(found(index, "kwaliteit van werk")) > {"quality", "order"}
    assert found(index, "“kwaliteit van werk”") == ["quality"]
    assert found(index, '"kwaliteit van" "nam toe"', EYE[0]) == ["quality"]
    assert found(index, '"van de"') == [] and found(index, '"de raad"') == ["council-nl"]
    assert found(index, '"zeppelin"', EYE[0]) == []
    assert found(index, '"achter. Works"') == []  # no phrase runs from one text into the next


def test_only_allowed_rows_are_found(index: SearchIndex) -> None:
    english = np.array([one.endswith("-en") for one in index.ids])
    assert found(index, "arbeidsproductiviteit", allowed=english) == ["growth-en"]


def test_spans_cover_what_was_sought(index: SearchIndex) -> None:
    def marked(query: str, name: str) -> list[str]:
        text = TEXTS[name]
        return [text[start:end] for start, end in SoughtQuery.of(Query.read(query), index.vocabulary).spans(text)]

    assert marked("arbeidsproductiviteit", "growth-en") == ["labour productivity"]
    assert marked("arbeidsproductiviteit", "growth-nl") == ["arbeidsproductiviteitsgroei"]
    assert marked('"kwaliteit van werk"', "quality") == ["kwaliteit van werk"]
    assert marked("ploeg", "quality") == []


def test_a_change_leaves_the_former_as_it_was(index: SearchIndex) -> None:
    later = index.changed(
        {"growth-en"}, [(["new"], ["Productiviteit per uur."], EYE[:1]), (["match"], ["Een ander verhaal."], EYE[:1])]
    )
    assert set(found(later, "arbeidsproductiviteit")[:2]) == {"growth-nl", "new"}
    assert found(later, "voetbalde") == [] and found(later, "verhaal") == ["match"]
    assert set(found(index, "arbeidsproductiviteit")[:2]) == {"growth-nl", "growth-en"}
    assert found(index, "voetbalde") == ["match"] and found(index, "verhaal") == []
    assert later.n_present == len(TEXTS)
    assert later.changed(set(TEXTS) | {"new"}).segments == ()


WORDS = ["werk", "loon", "lonen", "kwaliteit", "van", "arbeidsmarkt", "markt", "ai", "de", "groei"]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(texts, max_size=6), min_size=1, max_size=5), st.sets(st.integers(0, 30)), texts)
def test_changes_one_by_one_give_the_same_as_all_at_once(steps: list[list[str]], gone: set[int], query: str) -> None:
    all_texts = [text for step in steps for text in step]
    rng = np.random.default_rng(len(all_texts))
    vectors = rng.standard_normal((len(all_texts), 4)).astype(np.float32)
    # The same vocabulary: words that are no longer anywhere still say how rare n-grams are.
    grown, at = SearchIndex(Vocabulary().with_words(WORDS)), 0
    empty = grown
    for step in steps:
        ids = [str(number) for number in range(at, at + len(step))]
        grown = grown.changed(frozenset(), [(ids, step, vectors[at : at + len(step)])])
        at += len(step)
    leaving = {str(number) for number in gone}
    grown = grown.changed(leaving)
    kept = [number for number in range(len(all_texts)) if number not in gone]
    once = empty.changed(frozenset(), [([str(n) for n in kept], [all_texts[n] for n in kept], vectors[kept])])
    loaded = index_from(arrays_of(grown)) if grown.n_present else grown
    expected = once.rank(Query.read(query), vectors[0] if len(vectors) else NOTHING[:4], 0.1)
    for other in (grown, loaded):
        ranking = other.rank(Query.read(query), vectors[0] if len(vectors) else NOTHING[:4], 0.1)
        assert [str(other.ids[r]) for r in ranking.rows] == [str(once.ids[r]) for r in expected.rows]
        np.testing.assert_allclose(ranking.scores, expected.scores)


@settings(deadline=None)
@given(texts, st.lists(texts, min_size=1, max_size=5))
def test_numbers_of_words_say_the_same_as_slots(query: str, stock: list[str]) -> None:
    places, vocabulary = WordPlaces.of(stock, Vocabulary())
    for term in widen_query(query):
        for wording in term.wordings:
            for slot in slots_of(wording):
                fitting = {word for word in vocabulary.words if slot.fits(word)}
                sought = SoughtQuery.of(Query(slot.word, (), ()), vocabulary)
                assert sought.vocabulary is vocabulary
                if slot.inside:
                    assert {vocabulary.words[i] for i in vocabulary.holding(slot.word)} == fitting
                else:
                    ids = vocabulary.of([slot.word, *(slot.word + ending for ending in slot.endings)])
                    assert {vocabulary.words[i] for i in ids} == fitting
    assert places.lengths.tolist() == [len(text.split()) for text in stock]


def test_later_words_look_alike_as_first_ones() -> None:
    first = Vocabulary().with_words(f"woord{number}" for number in range(50))
    assert len(first.grams) == 1
    grown = first.with_words(["arbeidsmarkt", "woord7"])
    assert len(grown.grams) == 2 and grown.words[-1] == "arbeidsmarkt"
    ids, likeness = grown.alike("arbeidsmarkten", 0.5)
    assert [grown.words[i] for i in ids] == ["arbeidsmarkt"] and 0.5 < likeness[0] < 1
    ids, likeness = grown.alike("woord7", 0.99)
    assert "woord7" in [grown.words[i] for i in ids]
    assert len(first.words) == 50 and len(grown.with_words(f"nog{n}" for n in range(50)).grams) == 1


@settings(deadline=None)
@given(st.lists(st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12), min_size=1, unique=True))
def test_one_word_has_the_n_grams_that_it_has_among_many(several: list[str]) -> None:
    stock = [folded(word) for word in several]
    vocabulary = Vocabulary().with_words(word for text in stock for word in words_of(text))
    for number, word in enumerate(vocabulary.words):
        ids, likeness = vocabulary.alike(word, 0.999)
        assert number in ids and likeness[ids == number] == pytest.approx(1.0)
        if len(word) >= 4:
            part = word[1:] if len(word) > 4 else word
            assert vocabulary.holding(part).tolist() == [n for n, other in enumerate(vocabulary.words) if part in other]


def test_eight_bits_keep_cosines() -> None:
    vectors = np.random.default_rng(3).standard_normal((500, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[7] = 0
    levels, scales = in_eight_bits(vectors)
    assert not levels[7].any()
    np.testing.assert_allclose((levels * scales[:, None]) @ vectors[0], vectors @ vectors[0], atol=0.006)


@pytest.mark.parametrize("what", ["version", "words", "lengths", "vocabulary", "gone"])
def test_arrays_that_do_not_belong_together_are_refused(index: SearchIndex, what: str) -> None:
    arrays = arrays_of(index)
    if what == "gone":
        del arrays["levels"]
    elif what == "version":
        arrays["version"] = np.array(0)
    else:
        arrays[what] = arrays[what][: len(arrays[what]) // 2]
    with pytest.raises((KeyError, ValueError)):
        index_from(arrays)


def test_texts_asked_once_and_long_queries() -> None:
    stock = list(TEXTS.values())
    assert rank_texts("voetbalde", stock, NOTHING, EYE)[0][0] == 0
    assert rank_texts("loon", ["", "…"], NOTHING[:2], EYE[:2, :2]) == []
    assert rank_texts("loon", [], NOTHING, EYE[:0]) == []
    assert len(Query.read("werk " * 10_000).text) <= 2_000
