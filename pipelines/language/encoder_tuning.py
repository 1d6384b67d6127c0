"""Gradient descent on the table of token vectors, after the regression of :mod:`pipelines.language.encoder_training`.

Each Dutch and each English text is drawn to the teacher's vector of the English one (cosine); and within a batch each
text has to pick its own counterpart among all others (InfoNCE), Dutch to teacher and Dutch to English. Needs torch,
which is not a dependency of the product.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from pipelines.language.encoder import FloatArray

if TYPE_CHECKING:
    from pipelines.language.encoder_training import TrainingConfig

logger = logging.getLogger(__name__)


def tune_table(
    table: FloatArray,
    bags_nl: sparse.csr_matrix,
    bags_en: sparse.csr_matrix,
    targets: FloatArray,
    sample_weights: FloatArray,
    same: NDArray[np.int64],
    config: TrainingConfig,
) -> FloatArray:
    """The table after ``config.epochs`` rounds.

    Parameters
    ----------
    table
        Token vectors to start from, shape (n_pieces, n_target).
    bags_nl, bags_en
        Weighted bags of the two sides, shape (n_pairs, n_pieces).
    targets
        Teacher's vectors of the English side, shape (n_pairs, n_target).
    sample_weights
        Weight of each pair, shape (n_pairs,).
    same
        Number of the English text of each pair; equal texts have equal numbers and are not held against each other.
    config
        The settings of the recipe.
    """
    import torch  # pyright: ignore[reportMissingImports]

    torch.manual_seed(config.seed)
    order_of = np.random.default_rng(config.seed)
    weight = torch.nn.Parameter(torch.from_numpy(table.copy()))
    optimizer = torch.optim.Adam([weight], lr=config.learning_rate)
    n_pairs = len(targets)
    n_steps = config.epochs * (n_pairs // config.batch)
    step = 0
    for epoch in range(config.epochs):
        order = order_of.permutation(n_pairs)
        total = 0.0
        for start in range(0, n_pairs - config.batch + 1, config.batch):
            rows = order[start : start + config.batch]
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * _schedule(step, config.warmup, n_steps)
            nl, en = _sentence_vectors(weight, bags_nl[rows]), _sentence_vectors(weight, bags_en[rows])
            teacher = torch.nn.functional.normalize(torch.from_numpy(targets[rows]), dim=1)
            loss = _loss(nl, en, teacher, torch.from_numpy(sample_weights[rows]), torch.from_numpy(same[rows]), config)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += float(loss.detach())
            step += 1
        logger.info("Epoch %s: mean loss %.4f", epoch + 1, total * config.batch / n_pairs)
    return weight.detach().numpy()


def _schedule(step: int, warmup: int, n_steps: int) -> float:
    """Linear up, then linear down to zero."""
    return min((step + 1) / warmup, max(n_steps - step, 0) / max(n_steps - warmup, 1))


def _sentence_vectors(weight: Any, bags: sparse.csr_matrix) -> Any:
    import torch  # pyright: ignore[reportMissingImports]

    summed = torch.nn.functional.embedding_bag(
        torch.from_numpy(bags.indices.astype(np.int64)),
        weight,
        torch.from_numpy(bags.indptr[:-1].astype(np.int64)),
        mode="sum",
        per_sample_weights=torch.from_numpy(bags.data.astype(np.float32)),
    )
    return torch.nn.functional.normalize(summed, dim=1)


def _loss(nl: Any, en: Any, teacher: Any, weights: Any, same: Any, config: TrainingConfig) -> Any:
    import torch  # pyright: ignore[reportMissingImports]

    distance = (1 - (nl * teacher).sum(1)) + (1 - (en * teacher).sum(1))
    own = torch.arange(len(nl))
    masked = (same[:, None] == same[None, :]) & ~torch.eye(len(nl), dtype=torch.bool)
    contrast = nl.new_zeros(len(nl))
    for left, right in ((nl, teacher), (nl, en), (en, nl)):
        scores = (left @ right.T / config.contrast_temperature).masked_fill(masked, -1e4)
        contrast = contrast + torch.nn.functional.cross_entropy(scores, own, reduction="none")
    return (weights * (distance + config.contrast_weight * contrast / 2)).sum() / weights.sum()
