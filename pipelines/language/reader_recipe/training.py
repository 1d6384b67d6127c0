"""Training of the closer reader: the first layers of the contextual encoder, and a linear head per question.

The heads are fitted first, on the vectors that the untrained layers give, and then all is trained together. Word
vectors stay as they are: they are shared with the contextual encoder. Needs torch, which is no dependency of the
product.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from torch import nn  # pyright: ignore[reportMissingImports]
from torch.nn import functional as F  # pyright: ignore[reportMissingImports]

from pipelines.language.encoder import FloatArray
from pipelines.language.encoder_recipe.network import EPSILON, N_HEADS
from pipelines.language.reader_recipe.questions import CHOICES, NOT_ASKED, Questions, Targets

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReaderConfig:
    """Settings of the recipe.

    With all six layers the labels out of sight were hardly better (theme F1 .781 against .775 together with the linear
    models, evidence .830 against .827, after two rounds), at one and a half times the time and the weight.
    """

    n_layers: int = 4
    rounds: int = 5
    batch: int = 32
    layer_rate: float = 3e-4
    head_rate: float = 1e-3
    dropout: float = 0.1
    bare: float = 0.12
    """Share of the passages read without section and title, as many web pages have none."""
    seed: int = 0


_YES_WEIGHT = {"flag": 2.0, "recommendation": 2.0}
_STATEMENT_WEIGHT = 0.35
_CHOICE_WEIGHT = {"column": 0.6}
"""What counts for more or less than one in the sum of losses: statements are many and rare."""


class Reader(nn.Module):
    """Layers of a BERT, mean of the tokens, linear heads."""

    def __init__(self, weights: dict[str, Any], n_layers: int, n_heads: int, dropout: float) -> None:
        super().__init__()
        self.words = nn.Parameter(weights["words"], requires_grad=False)
        self.places = nn.Parameter(weights["places"])
        self.first = nn.ParameterList([weights["first.0"], weights["first.1"]])
        self.layers = nn.ModuleList(_Layer(weights, f"layers.{n}.") for n in range(n_layers))
        self.heads = nn.Linear(self.words.shape[1], n_heads)
        self.dropout = nn.Dropout(dropout)

    def forward(self, ids: Any, mask: Any) -> Any:
        """Scores, shape (n_texts, n_heads); ``ids`` and ``mask`` of shape (n_texts, n_tokens)."""
        return self.heads(self.dropout(self.vectors(ids, mask)))

    def vectors(self, ids: Any, mask: Any) -> Any:
        """Mean vectors of the tokens, shape (n_texts, width)."""
        x = F.embedding(ids, self.words) + self.places[: ids.shape[1]]
        x = self.dropout(F.layer_norm(x, (x.shape[-1],), *self.first, EPSILON))
        bias = ((1.0 - mask.float()) * -1e4)[:, None, None, :]
        for layer in self.layers:
            x = self.dropout(layer(x, bias))
        weight = mask.float()[:, :, None]
        return (x.float() * weight).sum(1) / weight.sum(1)


class _Layer(nn.Module):
    def __init__(self, weights: dict[str, Any], name: str) -> None:
        super().__init__()
        for part in ("qkv", "out", "norm1", "up", "down", "norm2"):
            setattr(self, part, nn.ParameterList([weights[f"{name}{part}.0"], weights[f"{name}{part}.1"]]))

    def forward(self, x: Any, bias: Any) -> Any:
        n_texts, n_tokens, width = x.shape
        q, k, v = F.linear(x, *self.qkv).view(n_texts, n_tokens, 3, N_HEADS, -1).permute(2, 0, 3, 1, 4)
        # Written out: going back through torch's fused attention took a third of all time on a processor (2.13).
        near = torch.matmul(q, k.transpose(-1, -2)) * q.shape[-1] ** -0.5 + bias.to(q.dtype)
        attended = torch.matmul(near.softmax(-1).to(v.dtype), v)
        attended = F.linear(attended.transpose(1, 2).reshape(n_texts, n_tokens, width), *self.out)
        x = F.layer_norm(x + attended, (width,), *self.norm1, EPSILON)
        return F.layer_norm(x + F.linear(F.gelu(F.linear(x, *self.up)), *self.down), (width,), *self.norm2, EPSILON)


def loss_of(scores: Any, yes: Any, choices: Any, questions: Questions) -> Any:
    """Mean loss a passage: each yes-or-no question by itself, rows also against one another, choices among answers."""
    parts = scores.float().split([yes.shape[1], *(len(answers) for answers in CHOICES.values())], 1)
    weight = torch.tensor(
        [
            _STATEMENT_WEIGHT if name.startswith("statement.") else _YES_WEIGHT.get(name, 1.0)
            for name in questions.yes_no
        ]
    )
    loss = (F.binary_cross_entropy_with_logits(parts[0], yes, reduction="none") * weight).sum(1).mean()
    rows = yes[:, questions.rows]
    shares = rows / rows.sum(1, keepdim=True).clamp(min=1)
    loss = loss - (F.log_softmax(parts[0][:, questions.rows], 1) * shares).sum(1).mean()
    for k, (question, part) in enumerate(zip(CHOICES, parts[1:], strict=True)):
        of_choice = F.cross_entropy(part, choices[:, k], ignore_index=NOT_ASKED, reduction="sum") / len(part)
        loss = loss + _CHOICE_WEIGHT.get(question, 1.0) * of_choice
    return loss


def pad(texts: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Ids and mask of shape (n_texts, n_tokens)."""
    longest = max(map(len, texts))
    ids, mask = torch.zeros(len(texts), longest, dtype=torch.long), torch.zeros(len(texts), longest, dtype=torch.bool)
    for i, text in enumerate(texts):
        ids[i, : len(text)], mask[i, : len(text)] = torch.tensor(text), True
    return ids, mask


def read_all(reader: Reader, pieces: Sequence[Sequence[int]], *, vectors: bool = False) -> Any:
    """Scores (or vectors) of passages given as pieces, in their order."""
    was_training = reader.training
    reader.eval()
    order = sorted(range(len(pieces)), key=lambda i: len(pieces[i]))
    found: list[Any] = [None] * len(pieces)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for start in range(0, len(order), 64):
            part = order[start : start + 64]
            read = (reader.vectors if vectors else reader)(*pad([pieces[i] for i in part])).float()
            for i, row in zip(part, read, strict=True):
                found[i] = row
    reader.train(was_training)
    return torch.stack(found).clone()


def fit_heads(reader: Reader, pieces: Sequence[Sequence[int]], targets: Targets, questions: Questions) -> None:
    """Logistic regression of every question on the vectors that the layers give now."""
    vectors = read_all(reader, pieces, vectors=True)
    mean, scale = vectors.mean(0), vectors.std(0).mean()
    vectors = (vectors - mean) / scale
    yes, choices = torch.from_numpy(targets.yes), torch.from_numpy(targets.choices)
    heads = nn.Linear(vectors.shape[1], reader.heads.out_features)
    nn.init.zeros_(heads.weight)
    nn.init.zeros_(heads.bias)
    optimiser = torch.optim.AdamW(heads.parameters(), lr=1e-2, weight_decay=0.05)
    rounds, chance = 25, torch.Generator().manual_seed(0)
    for round_ in range(rounds):
        for group in optimiser.param_groups:
            group["lr"] = 1e-2 * (1 - round_ / rounds)
        for part in torch.randperm(len(vectors), generator=chance).split(256):
            optimiser.zero_grad()
            loss_of(heads(vectors[part]), yes[part], choices[part], questions).backward()
            optimiser.step()
    with torch.no_grad():
        reader.heads.weight.copy_(heads.weight / scale)
        reader.heads.bias.copy_(heads.bias - (heads.weight / scale) @ mean)


def batches(lengths: Sequence[int], size: int, chance: np.random.Generator) -> list[list[int]]:
    """All passages once, in batches of like length (which saves padding), in a random order."""
    order, found = chance.permutation(len(lengths)), []
    for start in range(0, len(order), size * 20):
        part = sorted(map(int, order[start : start + size * 20]), key=lengths.__getitem__)
        found += [part[i : i + size] for i in range(0, len(part), size)]
    return [found[i] for i in chance.permutation(len(found))]


def train_reader(
    reader: Reader,
    whole: Sequence[Sequence[int]],
    bare: Sequence[Sequence[int]],
    targets: Targets,
    questions: Questions,
    config: ReaderConfig,
) -> None:
    """Train in place; ``whole`` and ``bare`` are the passages with and without their headings, as pieces."""
    fit_heads(reader, whole, targets, questions)
    chance = np.random.default_rng(config.seed)
    torch.manual_seed(config.seed)
    heads = list(reader.heads.parameters())
    layers = [p for name, p in reader.named_parameters() if not name.startswith("heads") and p.requires_grad]
    rates = (config.layer_rate, config.head_rate)
    optimiser = torch.optim.AdamW(
        [{"params": layers, "lr": rates[0]}, {"params": heads, "lr": rates[1]}],
        betas=(0.9, 0.98),
        eps=1e-6,
        weight_decay=0.01,
    )
    yes, choices = torch.from_numpy(targets.yes), torch.from_numpy(targets.choices)
    lengths = [len(text) for text in whole]
    steps = [part for _ in range(config.rounds) for part in batches(lengths, config.batch, chance)]
    begun, running = time.monotonic(), 0.0
    reader.train()
    for step, part in enumerate(steps):
        # Up over the first steps, then down to nothing.
        share = min(1.0, (step + 1) / (0.06 * len(steps))) * max(0.02, 1 - step / len(steps))
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * share
        ids, mask = pad([bare[i] if chance.random() < config.bare else whole[i] for i in part])
        with torch.autocast("cpu", torch.bfloat16):
            scores = reader(ids, mask)
        loss = loss_of(scores, yes[part], choices[part], questions)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_([*layers, *heads], 1.0)
        optimiser.step()
        running = 0.98 * running + 0.02 * float(loss.detach())
        if step % 100 == 99:
            mean = running / (1 - 0.98 ** (step + 1))
            logger.info("%s of %s batches, loss %.3f, %.0f s", step + 1, len(steps), mean, time.monotonic() - begun)
    reader.eval()


def weights_of(reader: Reader) -> dict[str, FloatArray]:
    """The weights as arrays, by the names that the networks are built from."""
    return {name: value.detach().float().numpy() for name, value in reader.state_dict().items()}
