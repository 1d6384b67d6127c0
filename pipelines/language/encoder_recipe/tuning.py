"""Gradient descent on the table of token vectors, after the regression of :mod:`.static`.

Each Dutch and each English text is drawn to the teacher's vector of the English one (cosine); within a batch each text
has to pick its own counterpart among all others (InfoNCE), Dutch to teacher and Dutch to English; its likeness to the
other texts of the batch has to be distributed as the teacher has it (relational distillation); and statements that
bear on the same row of the evidence table are drawn together (supervised contrast). Half of a batch are groups of texts
that the teacher finds alike, so that the second and third part have something to tell apart.

Sources: van den Oord, Li and Vinyals (2018), InfoNCE; Fang et al. (2021), "SEED: self-supervised distillation";
Khosla et al. (2020), "Supervised contrastive learning".
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from numpy.typing import NDArray
from scipy import sparse
from torch.nn import functional as F  # pyright: ignore[reportMissingImports]

from pipelines.language.encoder import FloatArray

if TYPE_CHECKING:
    from pipelines.language.encoder_recipe.static import StaticConfig

logger = logging.getLogger(__name__)


class Lesson(NamedTuple):
    """What the table learns from; all by pair."""

    dutch: sparse.csr_matrix
    """Weighted bags, shape (n_pairs, n_pieces)."""
    english: sparse.csr_matrix
    targets: FloatArray
    """Teacher's unit vectors of the English side, shape (n_pairs, width)."""
    weights: FloatArray
    """How often each is read in a round, on average."""
    same: NDArray[np.int64]
    """Number of the English text; equal texts are not held against each other."""


class Subjects(NamedTuple):
    """Texts with the number of what they are about."""

    bags: sparse.csr_matrix
    rows: NDArray[np.int64]


def tune_table(table: FloatArray, lesson: Lesson, subjects: Subjects | None, config: StaticConfig) -> FloatArray:
    """The table of shape (n_pieces, width) after ``config.epochs`` rounds over the pairs."""
    torch.manual_seed(config.seed)
    draw = np.random.default_rng(config.seed)
    weight = torch.nn.Parameter(torch.from_numpy(table.astype(np.float32)))
    optimizer = torch.optim.Adam([weight], lr=config.learning_rate)
    # Words by themselves have no neighbourhood worth learning, and programs are not what is to be told apart.
    wide = np.flatnonzero((np.diff(lesson.english.indptr) >= 4) & (lesson.weights >= 1))
    near = nearest_texts(lesson.targets[wide], config.neighbours) if len(wide) else np.zeros((0, 1), dtype=np.int32)
    n_steps = config.epochs * max(int(lesson.weights.sum()) // config.batch, 1)
    step = 0
    for epoch in range(config.epochs):
        total = 0.0
        for rows in _batches(lesson, wide, near, draw, config):
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * _schedule(step, config.warmup, n_steps)
            loss = pair_loss(weight, lesson, rows, draw, config)
            if subjects is not None:
                chosen = draw.choice(len(subjects.rows), size=min(config.statements, len(subjects.rows)), replace=False)
                vectors = _vectors(weight, subjects.bags[chosen])
                groups = torch.from_numpy(subjects.rows[chosen])
                loss = loss + config.subject * subject_loss(vectors, groups, config.subject_temperature)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss.detach())
            step += 1
        logger.info("Epoch %s: mean loss %.4f", epoch + 1, total * config.epochs / n_steps)
    return weight.detach().numpy()


def nearest_texts(targets: FloatArray, n_neighbours: int, n_groups: int = 256, seed: int = 0) -> NDArray[np.int32]:
    """Rows of near other targets of each, nearest first; shape (n, n_neighbours).

    Neighbours are sought within ``n_groups`` groups made by three rounds of k-means: to compare all with all would take
    minutes. A text alone in its group is its own neighbour; a small group repeats its texts.
    """
    vectors = torch.from_numpy(targets)
    chosen = np.random.default_rng(seed).choice(len(targets), size=min(n_groups, len(targets)), replace=False)
    centres = vectors[torch.from_numpy(chosen)]
    group = torch.zeros(len(targets), dtype=torch.int64)
    for _ in range(4):
        group = torch.cat([(part @ centres.T).argmax(1) for part in vectors.split(8192)])
        centres = F.normalize(torch.zeros_like(centres).index_add_(0, group, vectors), dim=1)
    near = np.zeros((len(targets), n_neighbours), dtype=np.int32)
    for number in range(len(centres)):
        rows = torch.nonzero(group == number).ravel()
        if not len(rows):
            continue
        for part in rows.split(2048):
            likeness = vectors[part] @ vectors[rows].T
            likeness[part[:, None] == rows[None, :]] = -2.0
            n_found = min(n_neighbours, max(len(rows) - 1, 1))
            found = rows[likeness.topk(n_found, dim=1).indices]
            near[part.numpy()] = np.resize(found.numpy().T, (n_neighbours, len(part))).T
    return near


def _batches(
    lesson: Lesson, wide: NDArray[np.int64], near: NDArray[np.int32], draw: np.random.Generator, config: StaticConfig
) -> Iterator[NDArray[np.int64]]:
    times = np.floor(lesson.weights + draw.random(len(lesson.weights))).astype(np.int64)
    order = draw.permutation(np.repeat(np.arange(len(times)), times))
    size = min(config.batch, len(order))
    n_groups = min(config.batch // config.group, len(wide))
    for start in range(0, len(order) - size + 1, size):
        rows = [order[start : start + size]]
        if n_groups:
            anchors = draw.choice(len(wide), size=n_groups, replace=False)
            others = near[anchors][:, draw.permutation(near.shape[1])[: config.group - 1]]
            rows.append(wide[np.concatenate([anchors, others.ravel()])])
        yield np.unique(np.concatenate(rows))


def _schedule(step: int, warmup: int, n_steps: int) -> float:
    """Linear up, and linear down to zero."""
    return min((step + 1) / warmup, max(1 - step / n_steps, 0.01))


def _vectors(weight: Any, bags: sparse.csr_matrix) -> Any:
    summed = F.embedding_bag(
        torch.from_numpy(bags.indices.astype(np.int64)),
        weight,
        torch.from_numpy(bags.indptr[:-1].astype(np.int64)),
        mode="sum",
        per_sample_weights=torch.from_numpy(bags.data.astype(np.float32)),
    )
    return F.normalize(summed, dim=1)


def pair_loss(
    weight: Any, lesson: Lesson, rows: NDArray[np.int64], draw: np.random.Generator, config: StaticConfig
) -> Any:
    """Distance, contrast and relation of the pairs ``rows``; a number."""
    dutch, english = _vectors(weight, lesson.dutch[rows]), _vectors(weight, lesson.english[rows])
    targets = torch.from_numpy(lesson.targets[rows])
    same = torch.from_numpy(lesson.same[rows])
    own = torch.eye(len(rows), dtype=torch.bool)
    alike = (same[:, None] == same[None, :]) & ~own
    each = 2 - (dutch * targets).sum(1) - (english * targets).sum(1)
    across = dutch @ english.T / config.temperature
    for scores in (dutch @ targets.T / config.temperature, across, across.T):
        chosen = F.cross_entropy(scores.masked_fill(alike, -1e4), torch.arange(len(rows)), reduction="none")
        each = each + config.contrast / 2 * chosen
    hidden = alike | own
    wanted = F.log_softmax((targets @ targets.T / config.temperature).masked_fill(hidden, -1e4), 1)
    within = dutch if draw.random() < 0.5 else english  # one of the two in turn: half the work
    for scores in (across, within @ within.T / config.temperature):
        given = F.log_softmax(scores.masked_fill(hidden, -1e4), 1)
        each = each + config.relation / 2 * (wanted.exp() * (wanted - given)).sum(1)
    return each.mean()


def subject_loss(vectors: Any, groups: Any, temperature: float) -> Any:
    """Supervised contrast: texts of one group near each other, others apart; a number."""
    own = torch.eye(len(vectors), dtype=torch.bool)
    log_share = F.log_softmax((vectors @ vectors.T / temperature).masked_fill(own, -1e4), 1)
    friends = (groups[:, None] == groups[None, :]) & ~own
    n_friends = friends.sum(1)
    has_one = n_friends > 0
    return -((log_share * friends).sum(1)[has_one] / n_friends[has_one]).mean()
