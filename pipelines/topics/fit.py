"""Passages and their vectors into topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn import __version__ as sklearn_version

from pipelines.domain.ids import content_id
from pipelines.domain.passages import Passage
from pipelines.domain.topics import Topic, TopicModel, TopicsState
from pipelines.language.encoder import FloatArray
from pipelines.topics.bertopic_fit import fit_groups
from pipelines.topics.clustering import centre, unit_rows
from pipelines.topics.config import TopicsConfig
from pipelines.topics.distinctive import distinctive_concepts
from pipelines.topics.naming import TopicWords, find_words
from pipelines.topics.terms import TermBook
from pipelines.topics.titles import TopicName, compose_names
from pipelines.topics.vocabulary import Vocabulary, concept_vectors


class PassageRows(NamedTuple):
    """Rows of the table that passages bear on."""

    titles: Mapping[str, TopicName]
    """Of the rows, by id."""
    of_passage: Mapping[str, Sequence[str]]
    """Passage id -> ids of rows; passages that bear on none may be absent."""


def fit_topics(
    passages: Sequence[Passage],
    vectors: FloatArray,
    config: TopicsConfig | None = None,
    *,
    vocabulary: Vocabulary | None = None,
    rows: PassageRows | None = None,
    encoder_version: str = "",
    n_off_subject: int = 0,
) -> TopicModel:
    """Topics of running text in Dutch and English.

    The same passages give the same topics whatever their order.

    Parameters
    ----------
    passages
        Without boilerplate and without other languages than ``nl`` and ``en``; ids are unique.
    vectors
        Their vectors, shape (n_passages, dimensions), in the same order.
    config
        Settings; the measured ones where ``None``.
    vocabulary
        Concepts that tell passages apart and name topics; without it their vectors and words do.
    rows
        Rows of the table that the passages bear on: name topics that no concept marks off.
    encoder_version
        Kept in the model's settings.
    n_off_subject
        Passages left out beforehand; told in the settings as ``off_subject``.

    Raises
    ------
    ValueError
        Passages and vectors differ in number, an id occurs twice, or a passage is boilerplate or in another language.
    """
    config = config or TopicsConfig()
    _check(passages, vectors)
    settings: dict[str, str | int | float | bool] = {
        "encoder": encoder_version,
        "components": config.components,
        "join_cosine": config.join_cosine,
        "concept_weight": config.concept_weight if vocabulary else 0.0,
        "seed": config.seed,
        "off_subject": n_off_subject,
    }
    if len(passages) < config.minimum:
        return TopicModel(
            state=TopicsState.TOO_FEW, n_passages=len(passages), minimum=config.minimum, settings=settings
        )
    order = sorted(range(len(passages)), key=lambda i: passages[i].id)
    passages = [passages[i] for i in order]
    found = vocabulary.read(passages) if vocabulary else [Counter[str]() for _ in passages]
    centred = _describe(passages, np.asarray(vectors)[order], found, config)
    settings |= {"smallest_topic": config.smallest_topic(len(passages)), "scikit-learn": sklearn_version}
    readable = np.flatnonzero(centred.any(axis=1))
    if len(readable) < config.minimum:
        # All but a few passages are alike, or hold no known word: nothing to tell apart.
        return TopicModel(state=TopicsState.FITTED, n_passages=len(passages), minimum=config.minimum, settings=settings)
    passages, found, centred = [passages[i] for i in readable], [found[i] for i in readable], centred[readable]
    book = TermBook()
    terms = [book.read(passage) for passage in passages]
    groups = fit_groups(terms, centred, config)
    documents = [passage.document_id for passage in passages]
    words = find_words(groups, terms, documents, book, config, vocabulary)
    members = [np.flatnonzero(groups.labels == topic) for topic in range(len(words))]
    general = vocabulary.general if vocabulary else frozenset[str]()
    marked = [distinctive_concepts(found, documents, rows.tolist(), general) for rows in members]
    of_table = _name_by_rows(passages, members, rows)
    names = compose_names(words, marked, of_table, vocabulary, config.n_name_parts)
    topics = _topics(passages, centred, members, words, names, config)
    assignments = {passages[i].id: topic.id for rows, topic in zip(members, topics, strict=True) for i in rows}
    return TopicModel(
        state=TopicsState.FITTED,
        n_passages=len(order),
        minimum=config.minimum,
        topics=tuple(sorted(topics, key=lambda topic: (-topic.size, topic.id))),
        assignments=dict(sorted(assignments.items())),
        settings=settings | {"bertopic": groups.version},
    )


def _check(passages: Sequence[Passage], vectors: FloatArray) -> None:
    if len(passages) != len(vectors):
        raise ValueError(f"{len(passages)} passages but {len(vectors)} vectors")
    if len({p.id for p in passages}) != len(passages):
        raise ValueError("ids of passages are unique")
    if any(p.language not in ("nl", "en") or p.boilerplate is not None for p in passages):
        raise ValueError("topics are made of running text in Dutch and English")


def _name_by_rows(
    passages: Sequence[Passage], members: Sequence[NDArray[np.integer]], rows: PassageRows | None
) -> list[TopicName | None]:
    """Title of the most distinctive row of each topic; ``None`` where it has none."""
    if rows is None:
        return [None for _ in members]
    found = [Counter(set(rows.of_passage.get(passage.id, ()))) for passage in passages]
    # Documents do not count here: unlike a word, a row is no habit of one author.
    documents = ["" for _ in passages]
    marked = [distinctive_concepts(found, documents, of_topic.tolist(), frozenset()) for of_topic in members]
    return [rows.titles.get(of_topic[0].concept) if of_topic else None for of_topic in marked]


def _topics(
    passages: Sequence[Passage],
    vectors: FloatArray,
    members: Sequence[NDArray[np.integer]],
    words: Sequence[TopicWords],
    names: Sequence[TopicName],
    config: TopicsConfig,
) -> list[Topic]:
    if not members:
        return []
    middles = unit_rows(np.stack([vectors[rows].mean(axis=0) for rows in members]))
    places = _map_places(middles)
    topics: list[Topic] = []
    for rows, middle, place, word, name in zip(members, middles, places, words, names, strict=True):
        inside = [passages[i] for i in rows]
        # A topic of passages without a single telling word is named by the start of a passage.
        fallback = " ".join(inside[0].text.split()[:4]) or inside[0].id
        topics.append(
            Topic(
                id=content_id("topic", *(p.id for p in inside)),
                name_nl=name.nl or fallback,
                name_en=name.en or fallback,
                terms_nl=word.nl,
                terms_en=word.en,
                size=len(inside),
                n_documents=len({p.document_id for p in inside}),
                n_nl=sum(p.language == "nl" for p in inside),
                n_en=sum(p.language == "en" for p in inside),
                representative=_representative(inside, vectors[rows] @ middle, config.n_representative),
                x=float(place[0]),
                y=float(place[1]),
            )
        )
    return topics


def _describe(
    passages: Sequence[Passage], vectors: FloatArray, found: Sequence[Counter[str]], config: TopicsConfig
) -> FloatArray:
    """What is clustered: vectors and concepts side by side, shape (n_passages, dimensions + n_concepts), unit length.

    Both without the mean of their language: some terms of the lexicon are found more easily in one than in the other.
    """
    languages = [passage.language for passage in passages]
    centred = centre(vectors, languages, config.language_shrinkage)
    concepts = centre(concept_vectors(found), languages, config.language_shrinkage)
    readable = centred.any(axis=1, keepdims=True)
    weight = config.concept_weight
    both = np.hstack([(1 - weight) ** 0.5 * centred, weight**0.5 * concepts * readable])
    return unit_rows(both).astype(np.float32)


def _representative(inside: Sequence[Passage], nearness: NDArray[np.floating], n_each: int) -> tuple[str, ...]:
    """Passages nearest the middle, some of each language, each from another document while there are others."""
    ranked = sorted(range(len(inside)), key=lambda i: (-float(nearness[i]), inside[i].id))
    chosen: list[int] = []
    for language in ("nl", "en"):
        own = [i for i in ranked if inside[i].language == language]
        first_of_document: dict[str, int] = {}
        for i in own:
            first_of_document.setdefault(inside[i].document_id, i)
        fresh = list(first_of_document.values())
        chosen += (fresh + [i for i in own if i not in fresh])[:n_each]
    return tuple(inside[i].id for i in sorted(chosen, key=ranked.index))


def _map_places(middles: NDArray[np.floating]) -> NDArray[np.floating]:
    """The two main directions in which topics differ; shape (n_topics, 2), zeros where there are too few topics."""
    from sklearn.decomposition import PCA

    places = np.zeros((len(middles), 2))
    n_directions = min(2, len(middles) - 1, middles.shape[1])
    if n_directions > 0:
        found = PCA(n_directions, svd_solver="full").fit_transform(middles.astype(np.float64))
        # A direction has no sign of its own: its largest place is to the right and above.
        found *= np.sign(found[np.abs(found).argmax(axis=0), np.arange(n_directions)] + 1e-12)
        places[:, :n_directions] = np.round(found, 6)
    return places
