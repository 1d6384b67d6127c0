"""The trained student as an ONNX network of eight bits, built from its weights for onnxruntime's fused operators.

Word vectors are stored with one scale per piece, matrices with one scale per output. Matrices keep to seven of the
eight bits: processors without the VNNI instructions add products in sixteen bits, which eight would overflow.

Needs ``onnx``, which is no dependency of the product.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pipelines.language.contextual_encoder import INPUTS, NETWORK_FILE, OUTPUT
from pipelines.language.encoder import FloatArray
from pipelines.language.encoder_recipe.student import EPSILON, N_HEADS

FUSED = "com.microsoft"
MATRIX_LEVELS = 63
"""Largest absolute value of a matrix's eight bits (see above)."""
WORD_LEVELS = 127


def quantise(values: FloatArray, levels: int, axis: int) -> tuple[np.ndarray, FloatArray]:
    """``values`` as whole numbers up to ``levels``, with one scale per slice along ``axis``."""
    scales = np.abs(values).max(axis=1 - axis) / levels
    scales[scales == 0] = 1.0
    shape = (-1, 1) if axis == 0 else (1, -1)
    return np.round(values / scales.reshape(shape)).astype(np.int8), scales.astype(np.float32)


class _Graph:
    """Nodes and constants, gathered in order."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def linear(self, inputs: str, weight: FloatArray, bias: FloatArray, name: str) -> str:
        """``inputs`` times a matrix of shape (n_out, n_in), quantised, plus ``bias``."""
        whole, scales = quantise(weight.T, MATRIX_LEVELS, axis=1)
        parts = [
            self.constant(name + ".weight", whole),
            self.constant(name + ".scale", scales),
            self.constant(name + ".zero", np.zeros(len(scales), dtype=np.int8)),
            self.constant(name + ".bias", bias),
        ]
        return self.add("DynamicQuantizeMatMul", [inputs, *parts], name, FUSED)

    def skip_norm(self, left: str, right: str, weight: FloatArray, bias: FloatArray, name: str) -> str:
        parts = [self.constant(name + ".weight", weight), self.constant(name + ".bias", bias)]
        return self.add("SkipLayerNormalization", [left, right, *parts], name, FUSED, epsilon=EPSILON)


def build_network(weights: dict[str, FloatArray], max_tokens: int) -> Any:
    """An ``onnx.ModelProto`` of a student's weights (``Student.state_dict`` as arrays)."""
    graph = _Graph()
    x = _first_layer(graph, weights, max_tokens)
    width = weights["words"].shape[1]
    mask = graph.add("Cast", [INPUTS[1]], "mask32", to=TensorProto.INT32)
    for number in range(sum(name.endswith(".qkv.0") for name in weights)):
        x = _layer(graph, weights, x, mask, f"layers.{number}.")
    # Mean over the tokens, then unit length.
    last = graph.constant("last_axis", np.array([2], dtype=np.int64))
    tokens = graph.constant("token_axis", np.array([1], dtype=np.int64))
    weight = graph.add("Unsqueeze", [graph.add("Cast", [INPUTS[1]], "mask", to=TensorProto.FLOAT), last], "weights")
    total = graph.add("ReduceSum", [graph.add("Mul", [x, weight], "weighted"), tokens], "total", keepdims=0)
    length = graph.add("ReduceL2", [total, tokens], "length", keepdims=1)
    floor = graph.constant("floor", np.array(1e-9, dtype=np.float32))
    graph.add("Div", [total, graph.add("Max", [length, floor], "divisor")], OUTPUT)
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"]) for name in INPUTS]
    outputs = [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["texts", width])]
    network = helper.make_graph(graph.nodes, "student", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(network, opset_imports=opsets, ir_version=9, producer_name="kennisstand")


def _first_layer(graph: _Graph, weights: dict[str, FloatArray], max_tokens: int) -> str:
    whole, scales = quantise(weights["words"], WORD_LEVELS, axis=0)
    ids = INPUTS[0]
    words = graph.add("Gather", [graph.constant("words", whole), ids], "words_at")
    words = graph.add("Cast", [words], "words_float", to=TensorProto.FLOAT)
    scale = graph.add("Gather", [graph.constant("word_scales", scales[:, None]), ids], "scales_at")
    words = graph.add("Mul", [words, scale], "word_vectors")
    size = graph.add("Shape", [ids], "n_tokens", start=1, end=2)
    start = graph.constant("first_place", np.array([0], dtype=np.int64))
    places = graph.constant("places", weights["places"][:max_tokens])
    places = graph.add("Slice", [places, start, size], "places_at")
    norm = [graph.constant("first.weight", weights["first.0"]), graph.constant("first.bias", weights["first.1"])]
    x = graph.add("Add", [words, places], "placed")
    return graph.add("LayerNormalization", [x, *norm], "first", epsilon=EPSILON)


def _layer(graph: _Graph, weights: dict[str, FloatArray], x: str, mask: str, name: str) -> str:
    def pair(part: str) -> tuple[FloatArray, FloatArray]:
        return weights[f"{name}{part}.0"], weights[f"{name}{part}.1"]

    joined = graph.linear(x, *pair("qkv"), name + "qkv")
    parts = [name + part for part in ("query", "key", "value")]
    graph.nodes.append(helper.make_node("Split", [joined], parts, name=name + "split", axis=2, num_outputs=3))
    attended = graph.add("MultiHeadAttention", [*parts, "", mask], name + "attended", FUSED, num_heads=N_HEADS)
    out = graph.linear(attended, *pair("out"), name + "out")
    x = graph.skip_norm(x, out, *pair("norm1"), name + "norm1")
    up = graph.add("Gelu", [graph.linear(x, *pair("up"), name + "up")], name + "gelu", FUSED)
    return graph.skip_norm(x, graph.linear(up, *pair("down"), name + "down"), *pair("norm2"), name + "norm2")


def write_network(folder: Path, weights: dict[str, FloatArray], max_tokens: int) -> None:
    """Write ``model.onnx``; the same weights give the same bytes."""
    network = build_network(weights, max_tokens)
    onnx.checker.check_model(network)
    (folder / NETWORK_FILE).write_bytes(network.SerializeToString(deterministic=True))


def read_network(folder: Path) -> dict[str, FloatArray]:
    """The weights of a written network, by the names that :func:`write_network` was given, within what eight bits keep.

    The places beyond those that the network reads are gone.
    """
    parts = {part.name: numpy_helper.to_array(part) for part in onnx.load(folder / NETWORK_FILE).graph.initializer}
    weights = {"words": parts["words"] * parts["word_scales"], "places": parts["places"]}
    for name, value in parts.items():
        base, _, kind = name.rpartition(".")
        if kind == "bias":
            weights[base + ".1"] = value
        elif kind == "weight" and value.dtype == np.int8:
            weights[base + ".0"] = (value * parts[base + ".scale"]).T
        elif kind == "weight":
            weights[base + ".0"] = value
    return {name: np.array(value, dtype=np.float32, order="C") for name, value in weights.items()}
