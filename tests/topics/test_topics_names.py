"""Names of topics: which concepts and words head them, in both languages, and what is kept out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score
from topic_passages import make_passage

from pipelines.domain.themes import Theme, ThemeTags
from pipelines.domain.topics import Topic, TopicModel, TopicPassage
from pipelines.language.concepts import Concept, ConceptMatcher, ConceptTerms, Lexicon
from pipelines.topics import Vocabulary, fit_topics, on_subject
from pipelines.topics.distinctive import MarkedConcept, distinctive_concepts, log_odds
from pipelines.topics.naming import TopicWords
from pipelines.topics.noun_phrases import Language
from pipelines.topics.subject import LEAST_THEME
from pipelines.topics.terms import TermBook
from pipelines.topics.titles import TopicName, compose_names
from pipelines.topics.vocabulary import ConceptWeights


def _concept(identity: str, nl: str, en: str, rows: tuple[str, ...] = ("C1",)) -> Concept:
    return Concept(
        id=identity,
        rows=rows,
        name={"nl": nl, "en": en},
        definition={"nl": nl, "en": en},
        nl=ConceptTerms(terms=(nl.lower(),)),
        en=ConceptTerms(terms=(en.lower(),)),
    )


LEXICON = Lexicon(
    version="made-up",
    concepts=(
        _concept("employment.wages", "Lonen", "Wages"),
        _concept("job_quality.workload", "Werkdruk", "Workload"),
        _concept("productivity.growth", "Groei van lonen", "Productivity growth"),
        _concept("shared.workers", "Werkenden", "Workers", rows=()),
        _concept("shared.evidence_sources", "Vragenlijst", "Survey", rows=()),
    ),
)


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary(LEXICON, ConceptMatcher(LEXICON), ["Instituut Voorbeeld", "Anna Fictief"])


def _marked(*concepts: str) -> list[MarkedConcept]:
    return [MarkedConcept(concept, 0.5, 4.0 - 0.5 * i) for i, concept in enumerate(concepts)]


def _words(nl: tuple[str, ...] = (), en: tuple[str, ...] = ()) -> TopicWords:
    return TopicWords(nl, en, nl, en)


def test_concepts_are_read_in_both_languages_and_sources_are_no_subject(vocabulary: Vocabulary) -> None:
    passages = [make_passage(0, "De werkdruk en nog eens werkdruk."), make_passage(1, "A survey on workload.", "en")]
    assert vocabulary.read(passages) == [Counter({"job_quality.workload": 2}), Counter({"job_quality.workload": 1})]


@given(text=st.text(st.characters()))
def test_any_text_can_be_searched(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.find([text, "Hoge werkdruk."], "nl")[1] == Counter({"job_quality.workload": 1})


def test_lone_surrogates_of_damaged_files_do_no_harm(vocabulary: Vocabulary) -> None:
    assert vocabulary.find(["\ud800 werkdruk"], "nl") == [Counter({"job_quality.workload": 1})]


@pytest.mark.parametrize(
    ("written", "proper"),
    [("Voorbeeld", True), ("voorbeeld", False), ("Anna", True), ("fonds van Fictief", True), ("Werkdruk", False)],
)
def test_names_of_publishers_and_authors_are_known_by_their_capital(
    vocabulary: Vocabulary, written: str, proper: bool
) -> None:
    assert vocabulary.is_proper(written) is proper


def test_concept_vectors_weigh_rare_concepts_more() -> None:
    found = [Counter("ab"), Counter("a"), Counter("a"), Counter[str]()]
    vectors = ConceptWeights(found).vectors(found)
    assert vectors.shape == (4, 2)
    assert vectors[0, 1] > vectors[0, 0] > 0
    assert not vectors[3].any()
    assert np.allclose(np.linalg.norm(vectors[:3], axis=1), 1)


def test_a_concept_that_is_everywhere_marks_nothing_off() -> None:
    found = [Counter({"a": 1, "b": 1})] * 6 + [Counter({"a": 1})] * 30
    marked = distinctive_concepts(found, [f"d{i}" for i in range(36)], range(6), set())
    assert [m.concept for m in marked] == ["b"]
    assert marked[0].share == 1.0


def test_a_concept_of_one_document_does_not_name_a_topic_of_several() -> None:
    found = [Counter({"a": 1, "b": 1}), Counter({"a": 1, "b": 1}), Counter({"b": 1})] + [Counter[str]()] * 30
    documents = ["one", "one", "two"] + ["other"] * 30
    assert [m.concept for m in distinctive_concepts(found, documents, range(3), set())] == ["b"]
    alone = ["one"] * 3 + ["other"] * 30
    assert {m.concept for m in distinctive_concepts(found, alone, range(3), set())} == {"a", "b"}


def test_general_concepts_come_behind() -> None:
    found = [Counter({"general": 1, "a": 1})] * 5 + [Counter({"general": 1})] + [Counter[str]()] * 40
    documents = [f"d{i}" for i in range(46)]
    assert [m.concept for m in distinctive_concepts(found, documents, range(6), {"general"})] == ["a", "general"]
    assert [m.concept for m in distinctive_concepts(found, documents, range(6), set())] == ["general", "a"]


@given(st.integers(0, 20), st.integers(0, 200))
def test_log_odds_point_to_the_larger_share(n_in: int, n_out: int) -> None:
    score = log_odds(n_in, 20, n_out, 200)
    if n_in / 20 > n_out / 200 + 0.05:
        assert score > 0
    elif n_in / 20 < n_out / 200 - 0.05:
        assert score < 0


def test_a_name_is_made_of_concepts_in_both_languages(vocabulary: Vocabulary) -> None:
    (name,) = compose_names(
        [_words(("rooster",))], [_marked("employment.wages", "job_quality.workload")], [None], vocabulary, 2
    )
    assert name == ("Lonen, werkdruk", "Wages, workload")


def test_no_word_stands_twice_in_a_name(vocabulary: Vocabulary) -> None:
    marked = _marked("employment.wages", "productivity.growth", "job_quality.workload")
    (name,) = compose_names([_words(("lonen van jongeren",))], [marked], [None], vocabulary, 2)
    assert name == ("Lonen, werkdruk", "Wages, workload")


def test_a_phrase_completes_a_concept_and_a_general_word_does_not(vocabulary: Vocabulary) -> None:
    words = [_words(("systeem", "digitale roosters"), ("system",))]
    (name,) = compose_names(words, [_marked("job_quality.workload")], [None], vocabulary, 2)
    assert name == ("Werkdruk, digitale roosters", "Workload")


def test_a_long_word_of_the_same_concept_says_more_and_a_short_one_does_not(vocabulary: Vocabulary) -> None:
    words = [_words(("werkdruk", "werkdrukmetingen"), ("workload",)), _words(("loon", "uurlonenonderzoek"), ())]
    concepts = [_marked("job_quality.workload"), _marked("employment.wages")]
    names = compose_names(words, concepts, [None, None], vocabulary, 2)
    assert names == [("Werkdruk, werkdrukmetingen", "Workload"), ("Lonen, uurlonenonderzoek", "Wages")]


def test_topics_with_the_same_concept_get_different_names(vocabulary: Vocabulary) -> None:
    words = [_words(("ploeg",), ("crew",)), _words(("zieken",), ("ward",)), _words(("kas",), ("till",))]
    names = compose_names(words, [_marked("job_quality.workload")] * 3, [None] * 3, vocabulary, 2)
    assert names == [
        ("Werkdruk", "Workload"),
        ("Werkdruk, zieken", "Workload, ward"),
        ("Werkdruk, kas", "Workload, till"),
    ]


def test_a_row_of_the_table_heads_a_name_without_concepts(vocabulary: Vocabulary) -> None:
    row = TopicName("Leren en deskilling", "Learning and deskilling")
    assert compose_names([_words(("meester",))], [[]], [row], vocabulary, 2) == [row]
    (name,) = compose_names([_words()], [_marked("shared.workers")], [row], vocabulary, 2)
    assert name == ("Leren en deskilling, werkenden", "Learning and deskilling, workers")
    (name,) = compose_names([_words()], [_marked("job_quality.workload")], [row], vocabulary, 2)
    assert name == ("Werkdruk", "Workload")


def test_without_concepts_terms_make_the_name() -> None:
    words = [_words(("meubelmaker", "AI-systeem", "vak", "hout")), _words((), ("crew", "ship"))]
    names = compose_names(words, [[], []], [None, None], None, 2)
    assert names == [("Meubelmaker, AI-systeem, vak",) * 2, ("Crew, ship",) * 2]


@pytest.mark.parametrize(
    ("texts", "language", "things", "others"),
    [
        (
            ["De werkgever huurt een machine.", "Voor de machine is een bekende werkgever."],
            "nl",
            ("nl:machine",),
            ("nl:huren", "nl:bekend"),
        ),
        (["Vakbonden roepen op.", "Zij kunnen eindelijk."], "nl", ("nl:vakbond",), ("nl:eindelijk",)),
        (
            ["The firm quickly hires a robot.", "With the robot, firms in the region. They shrink."],
            "en",
            ("en:robot", "en:region"),
            ("en:quickly", "en:hire", "en:shrink"),
        ),
    ],
)
def test_things_are_told_from_verbs_and_adjectives(
    texts: list[str], language: Language, things: tuple[str, ...], others: tuple[str, ...]
) -> None:
    book = TermBook()
    read = {term for i, text in enumerate(texts) for term in book.read(make_passage(i, text, language))}
    assert {*things, *others} <= read
    assert [term for term in things if not book.is_thing(term)] == []
    assert [term for term in others if book.is_thing(term)] == []


@pytest.mark.parametrize(
    ("probability", "kept"), [(0.0, False), (LEAST_THEME - 0.01, False), (LEAST_THEME, True), (0.9, True)]
)
def test_passages_that_bear_on_no_theme_are_off_the_subject(probability: float, kept: bool) -> None:
    probabilities = dict.fromkeys(Theme, 0.01) | {Theme.JOB_QUALITY: probability}
    assert on_subject(ThemeTags(passage_id="p", probabilities=probabilities, model_version="m")) is kept


def _two_subjects(n_each: int) -> list[TopicPassage]:
    texts = (
        ("De werkdruk is hoog.", "Wie haast heeft, kent werkdruk."),
        ("De lonen zijn laag.", "Na de winter stegen lonen."),
        ("Een bos ligt stil.", "Zo stil is het bos."),
    )
    return [
        make_passage(len(texts) * i + j, pair[i % 2], document=f"d{i % 5}")
        for i in range(n_each)
        for j, pair in enumerate(texts)
    ]


def _fit(vocabulary: Vocabulary | None) -> tuple[TopicModel, dict[str, Topic]]:
    """Vectors that tell little, so that only concepts make dense spots."""
    passages = _two_subjects(30)
    random_numbers = np.random.default_rng(5)
    vectors = random_numbers.normal(scale=0.2, size=(len(passages), 16)).astype(np.float32)
    vectors[np.arange(len(passages)), np.arange(len(passages)) % 3] += 0.3
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    model = fit_topics(passages, vectors, vocabulary=vocabulary, n_off_subject=7)
    return model, {topic.id: topic for topic in model.topics}


def test_concepts_tell_passages_apart_and_name_them(vocabulary: Vocabulary) -> None:
    model, topics = _fit(vocabulary)
    named = {topics[t].name_nl.split(",")[0] for t in model.assignments.values()}
    assert {"Werkdruk", "Lonen"} <= named
    assert model.settings["concept_weight"] == 0.3
    without, _ = _fit(None)
    assert without.settings["concept_weight"] == 0.0
    assert _agreement(model) > 0.5 > _agreement(without)


def _agreement(model: TopicModel) -> float:
    """Of topics with the subjects of the passages that are in one."""
    subjects = [int(passage_id, 16) % 3 for passage_id in model.assignments]
    return adjusted_rand_score(subjects, list(model.assignments.values()))


def test_passages_left_out_are_told(vocabulary: Vocabulary) -> None:
    assert _fit(vocabulary)[0].settings["off_subject"] == 7


def test_rows_of_passages_name_what_the_lexicon_does_not_know(vocabulary: Vocabulary) -> None:
    passages = _two_subjects(30)
    vectors = np.repeat(np.eye(3, 16, dtype=np.float32)[None], 30, axis=0).reshape(-1, 16)
    forest = [passage.id for passage in passages[2::3]]
    passages = [p._replace(rows=("E1",)) if p.id in forest[:20] else p for p in passages]
    titles = {"E1": TopicName("Publieke waarden", "Public values")}
    named = fit_topics(passages, vectors, vocabulary=vocabulary, titles=titles)
    (topic,) = [t for t in named.topics if t.name_nl.startswith("Publieke waarden")]
    assert {p for p, t in named.assignments.items() if t == topic.id} == set(forest)
    assert topic.name_en == "Public values"
    assert {t.name_nl for t in named.topics} >= {"Werkdruk", "Lonen"}
