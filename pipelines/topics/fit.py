"""Passages and their vectors into topics, beside the topics that stood before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from sklearn import __version__ as sklearn_version

from pipelines.domain.topics import TopicModel, TopicPassage, TopicsState, TopicTrend
from pipelines.language.encoder import FloatArray
from pipelines.topics.before import Before, searches_all, what_stood
from pipelines.topics.config import TopicsConfig
from pipelines.topics.coverage import cover_topics
from pipelines.topics.events import tell_events
from pipelines.topics.fitting import Fitted, fit_labels
from pipelines.topics.records import Member, list_members, write_topics
from pipelines.topics.tally import Tally, tally
from pipelines.topics.titles import TopicName
from pipelines.topics.vocabulary import Vocabulary

Settings = dict[str, str | int | float | bool]


def fit_topics(
    passages: Sequence[TopicPassage],
    vectors: FloatArray,
    config: TopicsConfig | None = None,
    *,
    vocabulary: Vocabulary | None = None,
    titles: Mapping[str, TopicName] | None = None,
    encoder_version: str = "",
    n_off_subject: int = 0,
    standing: TopicModel | None = None,
    today: date | None = None,
) -> TopicModel:
    """Topics of running text in Dutch and English.

    The same passages give the same topics whatever their order. Topics of ``standing`` keep their ids, names, places
    and passages; :class:`pipelines.topics.standing.StandingGroups` says what may happen to them.

    Parameters
    ----------
    passages
        All of the workspace, without boilerplate and without other languages than ``nl`` and ``en``; ids are unique.
    vectors
        Their vectors, shape (n_passages, dimensions), in the same order.
    config
        Settings; the measured ones where ``None``.
    vocabulary
        Concepts that tell passages apart and name topics; without it their vectors and words do.
    titles
        Of the rows of the table, by id: name topics that no concept marks off.
    encoder_version
        Kept in the model's settings.
    n_off_subject
        Passages left out beforehand; told in the settings as ``off_subject``.
    standing
        Topics as they stood before the scan, with what people did to them.
    today
        Day of the scan.

    Raises
    ------
    ValueError
        Passages and vectors differ in number, an id occurs twice, or a passage is in another language.
    """
    config = config or TopicsConfig()
    day = today or date.today()
    _check(passages, vectors)
    order = sorted(range(len(passages)), key=lambda i: passages[i].id)
    if order != list(range(len(order))):
        # Half a million vectors are half a gigabyte: no second copy of those that come in order.
        passages, vectors = [passages[i] for i in order], np.asarray(vectors)[order]
    before = what_stood(standing, passages)
    everything = tally(passages)
    model = TopicModel(
        state=TopicsState.TOO_FEW,
        n_passages=len(passages),
        n_new=everything.n_new,
        minimum=config.minimum,
        day=day,
        by_scan=everything.by_scan,
        by_year=everything.by_year,
        acts_seen=standing.acts_seen if standing else 0,
        settings=_settings(config, vocabulary, encoder_version, n_off_subject),
    )
    enough = len(passages) >= (config.least_standing if before.topics else config.minimum)
    fitted = fit_labels(passages, vectors, before, vocabulary, config) if enough else None
    if enough or before.topics:
        model = model.model_copy(update={"state": TopicsState.FITTED})
    if fitted is None:
        return _kept(model, passages, before, standing)
    members = list_members(fitted.labels, passages, before)
    return _complete(model, members, passages, fitted, before, standing, everything, vocabulary, titles or {}, config)


def _complete(
    model: TopicModel,
    members: Sequence[Member],
    passages: Sequence[TopicPassage],
    fitted: Fitted,
    before: Before,
    standing: TopicModel | None,
    everything: Tally,
    vocabulary: Vocabulary | None,
    titles: Mapping[str, TopicName],
    config: TopicsConfig,
) -> TopicModel:
    """The model with its topics, what they bear on, and what happened to them."""
    day = model.day
    assert day is not None  # as begun
    adding = standing is not None and bool(standing.topics)
    topics = write_topics(members, passages, fitted, everything, adding, vocabulary, titles, config) if members else []
    assigned = {passages[i].id: one.id for one in members for i in one.places.tolist()}
    searched = searches_all(before, config)
    settings: Settings = {
        "laid_out": before.laid_out or day.isoformat(),
        "n_searched": len(passages) if searched else before.n_searched,
        "smallest_topic": config.smallest_topic(len(fitted.sample)),
        "scikit-learn": sklearn_version,
        "bertopic": fitted.groups.version,
    }
    if len(fitted.sample) < len(passages) and len(passages) > config.most_fitted:
        settings["sample"] = len(fitted.sample)
    model = model.model_copy(
        update={
            "topics": tuple(sorted(topics, key=lambda topic: (-topic.size, topic.id))),
            "assignments": dict(sorted(assigned.items())),
            "outside": tuple(passage.id for passage in passages if passage.id not in assigned),
            "settings": model.settings | settings,
        }
    )
    model = cover_topics(model, {passage.id: passage.rows for passage in passages if passage.rows})
    if standing is None or not adding:
        return model
    ids = {number: topic.id for number, topic in enumerate(before.topics)} | {one.number: one.id for one in members}
    told = tell_events(model.topics, standing, fitted.clusters, ids, day)
    return model.model_copy(update={"events": told})


def _kept(
    model: TopicModel,
    passages: Sequence[TopicPassage],
    before: Before,
    standing: TopicModel | None,
) -> TopicModel:
    """Topics that stand with the passages that are left of them, where there are too few to find any."""
    day = model.day
    if standing is None or day is None or not before.topics:
        return model
    members = list_members(before.labels, passages, before)
    topics = [
        one.standing.model_copy(
            update=tally([passages[i] for i in one.places.tolist()]).fields()
            | {"first_seen": one.standing.first_seen, "trend": TopicTrend.STEADY}
        )
        for one in members
        if one.standing is not None
    ]
    settings = {name: value for name, value in standing.settings.items() if name not in model.settings}
    model = model.model_copy(
        update={
            "topics": tuple(sorted(topics, key=lambda topic: (-topic.size, topic.id))),
            "assignments": {passages[i].id: one.id for one in members for i in one.places.tolist()},
            "outside": tuple(passage.id for passage in passages if passage.id in frozenset(standing.outside)),
            "settings": model.settings | settings,
        }
    )
    return model.model_copy(update={"events": tell_events(model.topics, standing, None, {}, day)})


def _settings(
    config: TopicsConfig, vocabulary: Vocabulary | None, encoder_version: str, n_off_subject: int
) -> Settings:
    return {
        "encoder": encoder_version,
        "components": config.components,
        "join_cosine": config.join_cosine,
        "concept_weight": config.concept_weight if vocabulary else 0.0,
        "seed": config.seed,
        "off_subject": n_off_subject,
    }


def _check(passages: Sequence[TopicPassage], vectors: FloatArray) -> None:
    if len(passages) != len(vectors):
        raise ValueError(f"{len(passages)} passages but {len(vectors)} vectors")
    if len({passage.id for passage in passages}) != len(passages):
        raise ValueError("ids of passages are unique")
    if any(passage.language not in ("nl", "en") for passage in passages):
        raise ValueError("topics are made of text in Dutch and English")
