"""Tiny encoders in folders of their own: a network of a few numbers in place of a trained one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from pipelines.language.piece_vectors import write_piece_vectors

WORDS = ("werk", "baan", "loon", "work", "job", "wage", "algoritme", "algorithm", "toezicht", "monitoring")
FILES = ("tokenizer.json", "words.npz", "model.onnx")
MAX_TOKENS = 12
DIMENSIONS = 8


def build_contextual_folder(folder: Path, *, seed: int = 0, name: str = "tiny") -> Path:
    """An encoder with the files of the contextual one, for :data:`WORDS`.

    Its network scales by the largest number of the whole batch, as networks of eight bits do: texts that go through it
    together change one another.
    """
    folder.mkdir(parents=True, exist_ok=True)
    build_tokenizer().save(str(folder / "tokenizer.json"))
    n_tokens = 4 + len(WORDS)
    table = np.random.default_rng(seed).normal(size=(n_tokens, DIMENSIONS)).astype(np.float32)
    table[3 + len(WORDS)] *= 9  # one loud word
    write_piece_vectors(folder, table)
    (folder / "model.onnx").write_bytes(build_network().SerializeToString())
    write_card(folder, {"name": name, "max_tokens": MAX_TOKENS})
    return folder


def write_card(folder: Path, card: dict[str, object]) -> None:
    """A card with the checksums of the files as they are now."""
    files = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in FILES}
    (folder / "card.json").write_text(json.dumps({**card, "files": files}), encoding="utf-8")


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


def build_network() -> onnx.ModelProto:
    """Word vectors in eight bits with one scale, averaged over the tokens under the mask, unit length."""
    words = helper.make_tensor_value_info("word_vectors", TensorProto.FLOAT, ["texts", "tokens", DIMENSIONS])
    mask = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, ["texts", "tokens"])
    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", DIMENSIONS])
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
