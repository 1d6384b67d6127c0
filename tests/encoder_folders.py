"""Tiny encoders and readers in folders of their own: a network of a few numbers in place of a trained one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from pipelines.language.encoder_recipe.network import write_network
from pipelines.language.passage_reader import MAX_PIECES
from pipelines.language.piece_vectors import write_piece_vectors
from pipelines.language.reader_recipe.network import build_reader

WORDS = ("werk", "baan", "loon", "work", "job", "wage", "algoritme", "algorithm", "toezicht", "monitoring")
FILES = ("tokenizer.json", "words.npz", "model.onnx")
MAX_TOKENS = 12
DIMENSIONS = 8
READER_WIDTH = 24
"""Of the tiny reader: two numbers for each of the twelve heads of its attention."""
READER_HEADS = ("theme.adoption", "theme.job_quality", "flag", "relation.supports", "relation.contradicts")


def build_contextual_folder(folder: Path, *, seed: int = 0, name: str = "tiny", dimensions: int = DIMENSIONS) -> Path:
    """An encoder with the files of the contextual one, for :data:`WORDS`.

    Its network scales by the largest number of the whole batch, as networks of eight bits do: texts that go through it
    together change one another.
    """
    folder.mkdir(parents=True, exist_ok=True)
    build_tokenizer().save(str(folder / "tokenizer.json"))
    n_tokens = 4 + len(WORDS)
    table = np.random.default_rng(seed).normal(size=(n_tokens, dimensions)).astype(np.float32)
    table[3 + len(WORDS)] *= 9  # one loud word
    write_piece_vectors(folder, table)
    (folder / "model.onnx").write_bytes(build_network(dimensions).SerializeToString())
    write_card(folder, {"name": name, "max_tokens": MAX_TOKENS})
    return folder


def write_card(folder: Path, card: dict[str, object], names: Sequence[str] = FILES) -> None:
    """A card with the checksums of the files as they are now."""
    files = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names}
    (folder / "card.json").write_text(json.dumps({**card, "files": files}), encoding="utf-8")


def build_reader_folder(folder: Path, contextual: Path, *, seed: int = 0, n_scores: int = len(READER_HEADS)) -> Path:
    """A closer reader with random weights, on the pieces of the encoder in ``contextual``.

    ``contextual`` is built with :data:`READER_WIDTH` dimensions; the card names :data:`READER_HEADS` whatever the
    number of scores of the network.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_network(folder, build_reader(build_reader_weights(READER_WIDTH, n_scores, seed=seed)))
    write_reader_card(folder, contextual)
    return folder


def write_reader_card(folder: Path, contextual: Path, **other: object) -> None:
    """The card of a reader with the checksums of its network and of the pieces as they are now."""
    own = json.loads((contextual / "card.json").read_text(encoding="utf-8"))["files"]
    pieces = {name: own[name] for name in ("tokenizer.json", "words.npz")}
    write_card(folder, {"name": "tiny-reader", "heads": READER_HEADS, "pieces": pieces, **other}, ("model.onnx",))


def build_reader_weights(
    width: int, n_scores: int, *, n_layers: int = 2, seed: int = 0, n_places: int = MAX_PIECES
) -> dict[str, np.ndarray]:
    """Random weights of a reader by the names that ``build_reader`` knows, without those of the words."""
    draw = np.random.default_rng(seed)

    def matrix(*shape: int, size: float = 0.3) -> np.ndarray:
        return (draw.normal(size=shape) * size).astype(np.float32)

    def norm() -> tuple[np.ndarray, np.ndarray]:
        return 1 + matrix(width, size=0.1), matrix(width, size=0.01)

    parts = {"first": norm()}
    for layer in (f"layers.{number}." for number in range(n_layers)):
        for name, shape in {"qkv": (3 * width, width), "out": (width, width), "up": (2 * width, width)}.items():
            parts[layer + name] = matrix(*shape), matrix(shape[0])
        parts[layer + "down"] = matrix(width, 2 * width), matrix(width)
        parts |= {layer + "norm1": norm(), layer + "norm2": norm()}
    weights = {f"{name}.{place}": value for name, pair in parts.items() for place, value in enumerate(pair)}
    heads = {"heads.weight": matrix(n_scores, width), "heads.bias": matrix(n_scores)}
    return weights | heads | {"places": matrix(n_places, width)}


def build_tokenizer() -> Tokenizer:
    """Whole words, lower case, between ``[CLS]`` and ``[SEP]``."""
    pieces = {piece: i for i, piece in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS))}
    tokenizer = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()  # type: ignore[assignment]
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()  # type: ignore[assignment]
    tokenizer.post_processor = processors.TemplateProcessing(  # type: ignore[assignment]
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def build_network(dimensions: int = DIMENSIONS) -> onnx.ModelProto:
    """Word vectors in eight bits with one scale, averaged over the tokens under the mask, unit length."""
    words = helper.make_tensor_value_info("word_vectors", TensorProto.FLOAT, ["texts", "tokens", dimensions])
    mask = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["texts", "tokens"])
    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", dimensions])
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["word_vectors"], ["bytes", "scale", "zero"]),
        helper.make_node("DequantizeLinear", ["bytes", "scale", "zero"], ["states"]),
        helper.make_node("Cast", ["attention_mask"], ["counted"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["counted", "last"], ["weights"]),
        helper.make_node("Mul", ["states", "weights"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "second"], ["sums"], keepdims=0),
        helper.make_node("ReduceSum", ["weights", "second"], ["counts"], keepdims=0),
        helper.make_node("Div", ["sums", "counts"], ["means"]),
        helper.make_node("LpNormalization", ["means"], ["vectors"], axis=-1, p=2),
    ]
    constants = [
        numpy_helper.from_array(np.array([-1], dtype=np.int64), "last"),
        numpy_helper.from_array(np.array([1], dtype=np.int64), "second"),
    ]
    graph = helper.make_graph(nodes, "tiny", [words, mask], [vectors], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def build_transformer_folder(folder: Path, *, seed: int = 0, dimensions: int = 12) -> Path:
    """A model for the stand-in of ``sentence_transformers`` in ``tests/standins``."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {"seed": seed, "dimensions": dimensions}
    (folder / "model.safetensors").write_text(json.dumps(weights), encoding="utf-8")
    (folder / "modules.json").write_text("[]", encoding="utf-8")
    return folder
