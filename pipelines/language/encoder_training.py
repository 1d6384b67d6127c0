"""How the static encoder is made: parallel texts and a teacher in, ``models/encoder`` out.

Run when the encoder is to be made anew; the product itself never runs this. It needs a Python environment apart from
the product's own, with torch and a teacher (``models/encoder/card.md`` says how to install them)::

    python -m pipelines.language.encoder_training --pairs FOLDER --teacher FOLDER --work FOLDER --out models/encoder

Steps: a WordPiece vocabulary over both languages; the teacher's vectors of all English texts; a table of token vectors
by ridge regression from weighted bags of tokens of *both* languages to the vector of the English text; a few rounds of
gradient descent on that table (:mod:`pipelines.language.encoder_tuning`); principal components; eight bits.

Sources: smooth inverse frequency weights after Arora, Liang and Ma (2017), "A simple but tough-to-beat baseline for
sentence embeddings"; multilingual distillation after Reimers and Gurevych (2020), "Making monolingual sentence
embeddings multilingual using knowledge distillation".
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from pipelines.language.encoder import FloatArray

logger = logging.getLogger(__name__)

UNKNOWN = "[UNK]"
FIELD_DICTIONARY = Path(__file__).with_name("field_dictionary.tsv")

#: Prose nearest to reports on work: used at any length. Of the others (programs, manuals, code lists) only short
#: entries are used: their words are there, and their long texts would take the teacher three times as long.
PROSE = (
    *("covid-dashboard", "debian-www", "decidim", "esco", "flores-dev", "frappe-hrms", "moodle", "mozilla-legal"),
    *("ntrex", "rivm", "stsb-train", "tatoeba"),
)


@dataclass(frozen=True)
class TrainingConfig:
    """Settings of the recipe; kept in the card."""

    any_length: tuple[str, ...] = PROSE
    """Sources of which English texts of any length are used."""
    short_characters: int = 39
    """Longest English text of the other sources."""
    n_pieces: int = 46_000
    """Size of the vocabulary: with 256 dimensions the model stays below 15 MB."""
    dimensions: int = 256
    """The first 256 principal components of 384 cost at most 0.002 on every measure of the card."""
    frequency_constant: float = 1e-3
    """``a`` in the weight ``a / (a + p)`` of a token with relative frequency ``p``."""
    ridge: float = 0.05
    iterations: int = 12
    """Of conjugate gradients."""
    dictionary_weight: float = 0.3
    """Weight of an entry of a dictionary against that of a pair of sentences."""
    teacher_tokens: int = 64
    """Longer English texts are cut for the teacher."""
    epochs: int = 5
    """Of gradient descent after the regression; 0 for regression alone."""
    batch: int = 1024
    learning_rate: float = 2e-3
    warmup: int = 50
    contrast_weight: float = 0.5
    contrast_temperature: float = 0.05
    seed: int = 20241002


class Pair(NamedTuple):
    """A Dutch text and an English text that say the same."""

    nl: str
    en: str
    source: str
    weight: float


def read_pairs(folder: Path, config: TrainingConfig) -> list[Pair]:
    """Pairs of sentences, then dictionary entries (lighter), then the field dictionary of this project."""
    pairs = [
        Pair(nl, en, source, 1.0)
        for nl, en, source in _read_tsv(folder / "pairs.nl-en.tsv.gz")
        if source in config.any_length or len(en) <= config.short_characters
    ]
    light = config.dictionary_weight
    pairs += [Pair(*row, light) for row in _read_tsv(folder / "dictionary.nl-en.tsv.gz")]
    pairs += [Pair(*row, 1.0) for row in _read_tsv(FIELD_DICTIONARY)]
    return pairs


def _read_tsv(path: Path) -> Iterator[tuple[str, str, str]]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    for row in csv.reader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE):
        yield row[0], row[1], row[2] if len(row) > 2 else path.stem


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


def teacher_vectors(texts: Sequence[str], folder: Path, cache: Path, config: TrainingConfig) -> FloatArray:
    """The teacher's unit vectors of ``texts``, shape (n_texts, 384), in the order given.

    Vectors are kept in ``cache`` by text, so that a run that was broken off goes on where it was.
    """
    keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
    known: dict[str, FloatArray] = {}
    cache.mkdir(parents=True, exist_ok=True)
    for path in sorted(cache.glob("*.npz")):
        with np.load(path, allow_pickle=False) as stored:
            known.update(zip(stored["keys"].tolist(), stored["vectors"], strict=True))
    todo = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    order = sorted(todo, key=lambda key: len(todo[key]))
    embed = _load_teacher(folder, config.teacher_tokens) if order else None
    block = 8192
    for start in range(0, len(order), block):
        part = order[start : start + block]
        vectors = np.concatenate([embed([todo[k] for k in part[i : i + 128]]) for i in range(0, len(part), 128)])  # type: ignore[misc]
        name = hashlib.sha256("".join(part).encode()).hexdigest()[:16]
        np.savez(cache / f"{name}.npz", keys=np.array(part), vectors=vectors.astype(np.float16))
        known.update(zip(part, vectors.astype(np.float16), strict=True))
        logger.info("Teacher: %s of %s texts", min(start + block, len(order)), len(order))
    return np.stack([known[key] for key in keys]).astype(np.float32)


def _load_teacher(folder: Path, n_tokens: int):
    import torch  # pyright: ignore[reportMissingImports]
    from transformers import AutoModel, AutoTokenizer  # pyright: ignore[reportMissingImports]

    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    model = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()

    def embed(texts: list[str]) -> FloatArray:
        batch = tokenizer(texts, padding=True, truncation=True, max_length=n_tokens, return_tensors="pt")
        with torch.inference_mode():
            hidden = model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            mean = (hidden * mask).sum(1) / mask.sum(1)
            return torch.nn.functional.normalize(mean, dim=1).numpy()

    return embed


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


def ridge_table(bags: Any, targets: FloatArray, sample_weights: FloatArray, config: TrainingConfig):
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
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    np.savez_compressed(folder / "vectors.npz", vectors=quantised, scales=scales)
    files = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("tokenizer.json", "vectors.npz")
    }
    text = json.dumps({**card, "files": files}, indent=2, ensure_ascii=False, sort_keys=True)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")


def train(pairs_folder: Path, teacher: Path, work: Path, out: Path, config: TrainingConfig) -> None:
    """The whole recipe; about ten minutes on two cores, most of it the teacher's."""
    pairs = read_pairs(pairs_folder, config)
    tokenizer = train_tokenizer((text for pair in pairs for text in pair[:2]), config.n_pieces)
    targets = teacher_vectors([pair.en for pair in pairs], teacher, work / "teacher", config)
    nl = [encoding.ids for encoding in tokenizer.encode_batch([pair.nl for pair in pairs])]
    en = [encoding.ids for encoding in tokenizer.encode_batch([pair.en for pair in pairs])]
    weights = token_weights((*nl, *en), tokenizer.get_vocab_size(), config.frequency_constant)
    bags_nl, bags_en = bag_matrix(nl, weights), bag_matrix(en, weights)
    sample = np.array([pair.weight for pair in pairs], dtype=np.float32)
    bags = sparse.csr_matrix(sparse.vstack([bags_nl, bags_en]))
    table = ridge_table(bags, np.vstack([targets, targets]), np.concatenate([sample, sample]), config)
    logger.info("Regression done")
    if config.epochs:
        from pipelines.language.encoder_tuning import tune_table

        same = np.unique([pair.en for pair in pairs], return_inverse=True)[1]
        table = tune_table(table, bags_nl, bags_en, targets, sample, same, config)
    sentences = bags @ table
    sentences /= np.maximum(np.linalg.norm(sentences, axis=1, keepdims=True), 1e-9)
    quantised, scales = reduce_and_quantise(table * weights[:, None], sentences, config.dimensions)
    sources: dict[str, int] = {}
    for pair in pairs:
        sources[pair.source] = sources.get(pair.source, 0) + 1
    data = hashlib.sha256("\n".join(f"{p.nl}\t{p.en}" for p in pairs).encode()).hexdigest()
    card = {"name": "static", "config": asdict(config), "training_rows": sources, "training_hash": data}
    write_model(out, tokenizer, quantised, scales, card)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for name in ("pairs", "teacher", "work", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=TrainingConfig.epochs)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    config = TrainingConfig(epochs=arguments.epochs)
    train(arguments.pairs, arguments.teacher, arguments.work, arguments.out, config)


if __name__ == "__main__":
    main()
