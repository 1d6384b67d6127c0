"""The static encoder: pairs of texts and the teacher's vectors in, ``models/encoder`` out.

Steps: a WordPiece vocabulary over both languages; a table of token vectors by ridge regression from weighted bags of
tokens of *both* languages to the teacher's vector of the English text; gradient descent on that table
(:mod:`.tuning`); principal components; eight bits.

Sources: smooth inverse frequency weights after Arora, Liang and Ma (2017), "A simple but tough-to-beat baseline for
sentence embeddings"; multilingual distillation after Reimers and Gurevych (2020), "Making monolingual sentence
embeddings multilingual using knowledge distillation".
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from pipelines.language.encoder import FloatArray
from pipelines.language.encoder_recipe.texts import Pair, Statement, count_sources
from pipelines.language.model_files import TOKENIZER_FILE, write_card
from pipelines.language.static_encoder import VECTORS_FILE

logger = logging.getLogger(__name__)

UNKNOWN = "[UNK]"


@dataclass(frozen=True)
class StaticConfig:
    """Settings of the recipe; kept in the card."""

    n_pieces: int = 48_000
    """Size of the vocabulary: with 256 dimensions the model stays below 15 MB."""
    dimensions: int = 256
    """The first 256 principal components of 384 cost at most 0.002 on every measure of the card."""
    frequency_constant: float = 1e-3
    """``a`` in the weight ``a / (a + p)`` of a token with relative frequency ``p``."""
    ridge: float = 0.05
    iterations: int = 12
    """Of conjugate gradients."""
    epochs: int = 4
    """Of gradient descent after the regression; 0 for regression alone."""
    batch: int = 512
    """Pairs drawn in turn; as many again are texts that the teacher finds alike."""
    group: int = 8
    """Texts alike in each group of these."""
    neighbours: int = 32
    learning_rate: float = 2e-3
    warmup: int = 50
    contrast: float = 0.5
    relation: float = 1.0
    temperature: float = 0.05
    subject: float = 0.3
    """Weight of the loss that draws statements on the same row together."""
    statements: int = 128
    """Of them in a batch, each in one of the two languages."""
    subject_temperature: float = 0.1
    seed: int = 20241002


def train_tokenizer(texts: Iterable[str], n_pieces: int) -> Tokenizer:
    """WordPiece over both languages, lower case, accents stripped."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN))  # type: ignore[call-arg]
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)  # type: ignore[misc]
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()  # type: ignore[misc]
    trainer = trainers.WordPieceTrainer(
        vocab_size=n_pieces, min_frequency=2, limit_alphabet=200, special_tokens=[UNKNOWN], show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def token_weights(token_ids: Iterable[Sequence[int]], n_pieces: int, constant: float) -> FloatArray:
    """Weight of each piece, ``a / (a + p)``; 0 for the unknown piece (id 0). Shape (n_pieces,)."""
    counts = np.zeros(n_pieces)
    for ids in token_ids:
        np.add.at(counts, np.asarray(ids, dtype=np.int64), 1)
    weights = constant / (constant + counts / counts.sum())
    weights[0] = 0.0
    return weights.astype(np.float32)


def bag_matrix(token_ids: Sequence[Sequence[int]], weights: FloatArray) -> Any:
    """Weighted bags of tokens, each row of unit length; shape (n_texts, n_pieces)."""
    lengths = np.array([len(ids) for ids in token_ids])
    indptr = np.concatenate([[0], np.cumsum(lengths)])
    indices = np.fromiter((i for ids in token_ids for i in ids), dtype=np.int64, count=int(indptr[-1]))
    matrix = sparse.csr_matrix((weights[indices], indices, indptr), shape=(len(lengths), len(weights)))
    matrix.sum_duplicates()
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    return sparse.csr_matrix(sparse.diags(1 / np.maximum(norms, 1e-9)) @ matrix)


def ridge_table(bags: Any, targets: FloatArray, sample_weights: FloatArray, config: StaticConfig):
    """Token vectors ``W`` that minimise ``|bags W - targets|^2 + ridge |W|^2``; shape (n_pieces, n_target).

    Conjugate gradients on the normal equations, all columns at once, with the diagonal as preconditioner.
    """
    weighted = sparse.csr_matrix(sparse.diags(sample_weights) @ bags)
    transposed = weighted.T.tocsr()
    diagonal = np.asarray(weighted.multiply(bags).sum(axis=0)).ravel() + config.ridge
    inverse = (1 / diagonal).astype(np.float32)[:, None]
    table = np.zeros((bags.shape[1], targets.shape[1]), dtype=np.float32)
    residual = np.asarray(transposed @ targets, dtype=np.float32)
    direction = inverse * residual
    energy = (residual * direction).sum(axis=0)
    for _ in range(config.iterations):
        image = transposed @ (bags @ direction) + config.ridge * direction
        step = energy / np.maximum((direction * image).sum(axis=0), 1e-12)
        table += step * direction
        residual -= step * image
        scaled = inverse * residual
        new_energy = (residual * scaled).sum(axis=0)
        direction = scaled + (new_energy / np.maximum(energy, 1e-12)) * direction
        energy = new_energy
    return table


def reduce_and_quantise(table: FloatArray, sentences: FloatArray, dimensions: int) -> tuple[np.ndarray, FloatArray]:
    """Principal components of sentence vectors applied to the table, then eight bits with one scale a row.

    The components are taken around zero and not around the mean, since texts are compared by cosine.
    """
    _, vectors = np.linalg.eigh(sentences.T @ sentences)
    reduced = table @ vectors[:, ::-1][:, :dimensions]
    scales = np.abs(reduced).max(axis=1) / 127
    scales[scales == 0] = 1.0
    return np.round(reduced / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def write_model(folder: Path, tokenizer: Tokenizer, quantised: np.ndarray, scales: FloatArray, card: dict) -> None:
    """Write ``tokenizer.json``, ``vectors.npz`` and ``card.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / TOKENIZER_FILE), pretty=False)
    np.savez_compressed(folder / VECTORS_FILE, vectors=quantised, scales=scales)
    write_card(folder, card, (TOKENIZER_FILE, VECTORS_FILE))


def train_static(
    pairs: Sequence[Pair], statements: Sequence[Statement], targets: FloatArray, out: Path, config: StaticConfig
) -> None:
    """Make the encoder and write it to ``out``.

    ``targets`` are the teacher's vectors of the English side of ``pairs``, shape (n_pairs, width).
    """
    tokenizer = train_tokenizer((text for pair in pairs for text in (pair.nl, pair.en)), config.n_pieces)
    nl, en = (_pieces(tokenizer, [(pair.nl, pair.en)[side] for pair in pairs]) for side in (0, 1))
    weights = token_weights((*nl, *en), tokenizer.get_vocab_size(), config.frequency_constant)
    bags_nl, bags_en = bag_matrix(nl, weights), bag_matrix(en, weights)
    sample = np.array([pair.weight for pair in pairs], dtype=np.float32)
    bags = sparse.csr_matrix(sparse.vstack([bags_nl, bags_en]))
    table = ridge_table(bags, np.vstack([targets, targets]), np.concatenate([sample, sample]), config)
    logger.info("Regression done")
    if config.epochs:
        from pipelines.language.encoder_recipe.tuning import Lesson, Subjects, tune_table

        same = np.unique([pair.en for pair in pairs], return_inverse=True)[1]
        texts = [*(statement.nl for statement in statements), *(statement.en for statement in statements)]
        rows = np.unique([statement.row for statement in statements] * 2, return_inverse=True)[1]
        subjects = Subjects(bag_matrix(_pieces(tokenizer, texts), weights), rows) if texts else None
        table = tune_table(table, Lesson(bags_nl, bags_en, targets, sample, same), subjects, config)
    sentences = bags @ table
    sentences /= np.maximum(np.linalg.norm(sentences, axis=1, keepdims=True), 1e-9)
    quantised, scales = reduce_and_quantise(table * weights[:, None], sentences, config.dimensions)
    data = hashlib.sha256("\n".join(f"{p.nl}\t{p.en}" for p in pairs).encode()).hexdigest()
    card = {
        "name": "static",
        "config": asdict(config),
        "training_rows": count_sources(pairs),
        "training_hash": data,
    }
    write_model(out, tokenizer, quantised, scales, card)


def _pieces(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    return [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]
