"""Ways of making topics out of vectors that need nothing but what the product has installed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.mixture import GaussianMixture
from topics_runs import Grouping, Passages, Places

from pipelines.topics.clustering import (
    UNASSIGNED,
    DenseGroups,
    UnitComponents,
    centre,
    join_groups,
    join_neighbours,
    middles_of,
    nearest_middle,
    unit_rows,
)
from pipelines.topics.config import TopicsConfig
from pipelines.topics.vocabulary import ConceptWeights

Vectors = NDArray[np.floating]
SHIPPED = TopicsConfig()


@dataclass(frozen=True)
class Steps:
    """A way of making topics; as shipped where nothing is said, but for the last step."""

    encoder: str = "static"
    centred: bool = True
    config: TopicsConfig = field(default_factory=TopicsConfig)
    reduced: bool = True
    joined_on: str = "vectors"
    """Where nearness to a middle is measured: on ``vectors`` as shipped, on them and ``concepts``, or on
    ``components``."""
    asked: bool = False
    """Whether passages near no middle join by their neighbours, the last step."""
    grouping: str = "dense"
    n_groups: int = 0
    smallest: int = 0
    """Passages in the smallest group; 0 for the rule of the config."""


def _config(**changes: float) -> TopicsConfig:
    return replace(SHIPPED, **changes)  # pyright: ignore[reportArgumentType]


VARIANTS: dict[str, dict[str, Steps]] = {
    "as shipped": {"shipped": Steps(asked=True), "neighbours not asked": Steps()},
    "reduction": {
        "no reduction": Steps(reduced=False),
        "20 components": Steps(config=_config(components=20)),
        "100 components": Steps(config=_config(components=100)),
        "joined on vectors and concepts, .26": Steps(joined_on="concepts", config=_config(join_cosine=0.26)),
        "joined on the components, .40": Steps(joined_on="components", config=_config(join_cosine=0.40)),
        "joined on 80 components, .36": Steps(joined_on="components", config=_config(components=80, join_cosine=0.36)),
    },
    "clustering": {
        "dense spots, joined until nothing moves": Steps(grouping="settled"),
        "the same, join .30": Steps(grouping="settled", config=_config(join_cosine=0.30)),
        "HDBSCAN, excess of mass": Steps(grouping="eom"),
        "HDBSCAN, leaves": Steps(grouping="leaf"),
        "HDBSCAN, leaves, no reduction": Steps(grouping="leaf", reduced=False),
        "dense spots, searched for again among the unassigned": Steps(grouping="again"),
        "dense spots of twelve samples": Steps(grouping="consensus"),
        "k-means, 20": Steps(grouping="kmeans", n_groups=20),
        "k-means, 30": Steps(grouping="kmeans", n_groups=30),
        "k-means, 40": Steps(grouping="kmeans", n_groups=40),
        "Ward, 30": Steps(grouping="ward", n_groups=30),
        "Gaussian mixture, 30": Steps(grouping="mixture", n_groups=30),
    },
    "settings": {
        "smallest 6": Steps(smallest=6),
        "smallest 20": Steps(smallest=20),
        "join .22": Steps(config=_config(join_cosine=0.22)),
        "join .25": Steps(config=_config(join_cosine=0.25)),
        "join .31": Steps(config=_config(join_cosine=0.31)),
        "join .34": Steps(config=_config(join_cosine=0.34)),
        "joined on the components, .35": Steps(joined_on="components", config=_config(join_cosine=0.35)),
        "joined on the components, .45": Steps(joined_on="components", config=_config(join_cosine=0.45)),
        "merge .5": Steps(config=_config(merge_cosine=0.5)),
        "merge .8": Steps(config=_config(merge_cosine=0.8)),
    },
    "description": {
        "concepts 0": Steps(config=_config(concept_weight=0.0)),
        "concepts .2": Steps(config=_config(concept_weight=0.2)),
        "concepts .4": Steps(config=_config(concept_weight=0.4)),
        "concepts .5": Steps(config=_config(concept_weight=0.5)),
        # Without the means all vectors lie near one another; the components take out the mean of both languages.
        "language means left in, joined on the components, .40": Steps(
            centred=False, joined_on="components", config=_config(join_cosine=0.40)
        ),
        "no shrinkage of language means": Steps(config=_config(language_shrinkage=0)),
        "contextual encoder": Steps(encoder="contextual"),
        "contextual encoder, concepts 0": Steps(encoder="contextual", config=_config(concept_weight=0.0)),
        "all-MiniLM, our steps": Steps(encoder="minilm"),
        "all-MiniLM, our steps, concepts 0": Steps(encoder="minilm", config=_config(concept_weight=0.0)),
        "all-MiniLM, means left in, concepts 0, joined on the components, .40": Steps(
            encoder="minilm",
            centred=False,
            joined_on="components",
            config=_config(concept_weight=0.0, join_cosine=0.40),
        ),
    },
}


def steps_of(name: str) -> Steps:
    """The way of that name."""
    return next(found[name] for found in VARIANTS.values() if name in found)


def describe(passages: Passages, steps: Steps, chosen: Places) -> tuple[Vectors, Vectors]:
    """Vectors alone, and with concepts beside them (what is clustered): shape (n_chosen, dimensions), unit length."""
    languages = passages.languages[chosen].tolist()
    vectors = passages.vectors[steps.encoder][chosen]
    found = [Counter(passages.concepts[i]) for i in chosen]
    concepts = ConceptWeights(found).vectors(found)
    if steps.centred:
        vectors = centre(vectors, languages, steps.config.language_shrinkage)
        concepts = centre(concepts, languages, steps.config.language_shrinkage)
    else:
        vectors = unit_rows(vectors)
    weight = steps.config.concept_weight
    both = np.hstack([(1 - weight) ** 0.5 * vectors, weight**0.5 * concepts])
    return vectors, unit_rows(both).astype(np.float32)


def grouping_of(steps: Steps, passages: Passages) -> Grouping:
    """As :func:`topics_runs.run_variant` wants it."""

    def group(chosen: Places, seed: int) -> Places:
        vectors, both = describe(passages, steps, chosen)
        places = UnitComponents(steps.config.components, seed).fit(both).transform(both) if steps.reduced else both
        joined_on = {"vectors": vectors, "concepts": both, "components": places}[steps.joined_on]
        return _group(places, joined_on, steps, seed)

    return group


def _group(places: Vectors, joined_on: Vectors, steps: Steps, seed: int) -> Places:
    config = steps.config
    smallest = steps.smallest or config.smallest_topic(len(places))
    match steps.grouping:
        case "settled":
            spots = DenseGroups(smallest, config.merge_cosine).fit(places).labels_
            return _settled(joined_on, spots, config.join_cosine, smallest)
        case "dense" | "again" | "consensus":
            spots = DenseGroups(smallest, config.merge_cosine).fit(places).labels_
            if steps.grouping == "consensus":
                spots = _consensus(places, smallest, seed)
            labels = join_groups(joined_on, spots, config.join_cosine, smallest)
            if steps.grouping == "again":
                labels = _searched_again(places, joined_on, labels, smallest, config)
            if steps.asked:
                everything, asked = np.arange(len(labels)), (config.n_asked, config.least_agreeing)
                labels = join_neighbours(joined_on, labels, everything, *asked, config.agreeing_cosine)
            return labels
        case "eom" | "leaf":
            return _hdbscan(places, smallest, steps.grouping)
        case "kmeans":
            return KMeans(steps.n_groups, n_init="auto", random_state=seed).fit_predict(places)
        case "ward":
            return AgglomerativeClustering(steps.n_groups).fit_predict(places)
        case _:
            mixture = GaussianMixture(steps.n_groups, covariance_type="diag", reg_covar=1e-4, random_state=seed)
            return mixture.fit_predict(places)


def _hdbscan(places: Vectors, smallest: int, method: str = "leaf") -> Places:
    clusters = HDBSCAN(min_cluster_size=smallest, min_samples=1, cluster_selection_method=method, copy=True)  # pyright: ignore[reportArgumentType]
    return np.asarray(clusters.fit_predict(places))


def _settled(vectors: Vectors, spots: Places, least: float, smallest: int) -> Places:
    labels = spots
    for _ in range(50):
        found, middles = middles_of(vectors, labels)
        joined = nearest_middle(vectors, found, middles, least)
        small = [label for label in found if (joined == label).sum() < smallest]
        joined[np.isin(joined, small)] = UNASSIGNED
        if (joined == labels).all():
            break
        labels = joined
    return labels


def _searched_again(places: Vectors, whole: Vectors, labels: Places, smallest: int, config: TopicsConfig) -> Places:
    """Dense spots among what was left out as well."""
    outside = np.flatnonzero(labels == UNASSIGNED)
    found = _hdbscan(places[outside], smallest)
    both = labels.copy()
    both[outside[found >= 0]] = found[found >= 0] + labels.max() + 1
    return join_groups(whole, both, config.join_cosine, smallest)


def _consensus(places: Vectors, smallest: int, seed: int, n_samples: int = 12) -> Places:
    """Spots that are found in at least half of the samples, each of 80 % of the passages."""
    rng = np.random.default_rng(seed)
    middles: list[Vectors] = []
    for _ in range(n_samples):
        part = places[np.sort(rng.choice(len(places), round(0.8 * len(places)), replace=False))]
        middles.append(middles_of(part, _hdbscan(part, max(3, round(0.8 * smallest))))[1])
    every = np.vstack(middles)
    sample = np.repeat(np.arange(n_samples), [len(found) for found in middles])
    linked = AgglomerativeClustering(
        n_clusters=None,  # pyright: ignore[reportArgumentType]
        metric="cosine",
        linkage="average",
        distance_threshold=0.4,
    ).fit_predict(every)
    kept = [
        every[linked == one].mean(axis=0)
        for one in np.unique(linked)
        if 2 * len(np.unique(sample[linked == one])) >= n_samples
    ]
    return nearest_middle(places, np.arange(len(kept)), unit_rows(np.stack(kept)), 0.4)
