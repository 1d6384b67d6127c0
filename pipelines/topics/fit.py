"""Passages and their vectors into topics."""

from __future__ import annotations

from collections.abc import Sequence

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
from pipelines.topics.naming import TopicWords, name_topics
from pipelines.topics.terms import TermBook


def fit_topics(
    passages: Sequence[Passage], vectors: FloatArray, config: TopicsConfig | None = None, *, encoder_version: str = ""
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
    encoder_version
        Kept in the model's settings.

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
        "seed": config.seed,
    }
    if len(passages) < config.minimum:
        return TopicModel(
            state=TopicsState.TOO_FEW, n_passages=len(passages), minimum=config.minimum, settings=settings
        )
    order = sorted(range(len(passages)), key=lambda i: passages[i].id)
    passages = [passages[i] for i in order]
    centred = centre(np.asarray(vectors)[order], [p.language for p in passages], config.language_shrinkage)
    settings |= {"smallest_topic": config.smallest_topic(len(passages)), "scikit-learn": sklearn_version}
    readable = np.flatnonzero(centred.any(axis=1))
    if len(readable) < config.minimum:
        # All but a few passages are alike, or hold no known word: nothing to tell apart.
        return TopicModel(state=TopicsState.FITTED, n_passages=len(passages), minimum=config.minimum, settings=settings)
    passages, centred = [passages[i] for i in readable], centred[readable]
    book = TermBook()
    terms = [book.read(passage) for passage in passages]
    groups = fit_groups(terms, centred, config)
    words = name_topics(groups, terms, book, config)
    members = [np.flatnonzero(groups.labels == topic) for topic in range(len(words))]
    topics = _topics(passages, centred, members, words, config)
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


def _topics(
    passages: Sequence[Passage],
    vectors: FloatArray,
    members: Sequence[NDArray[np.integer]],
    words: Sequence[TopicWords],
    config: TopicsConfig,
) -> list[Topic]:
    if not members:
        return []
    middles = unit_rows(np.stack([vectors[rows].mean(axis=0) for rows in members]))
    places = _map_places(middles)
    topics: list[Topic] = []
    for rows, middle, place, word in zip(members, middles, places, words, strict=True):
        inside = [passages[i] for i in rows]
        topics.append(
            Topic(
                id=content_id("topic", *(p.id for p in inside)),
                name_nl=_name(word, "nl", inside, config),
                name_en=_name(word, "en", inside, config),
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


def _name(words: TopicWords, language: str, inside: Sequence[Passage], config: TopicsConfig) -> str:
    """Name from terms; a topic of passages without a single telling word is named by the start of a passage."""
    name = words.name("nl" if language == "nl" else "en", config.n_name_terms)
    return name or " ".join(inside[0].text.split()[:4]) or inside[0].id


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
