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
from pipelines.language.piece_vectors import PIECES_FILE

FUSED = "com.microsoft"
N_HEADS = 12
EPSILON = 1e-12
"""Of layer normalisation, as in the teacher's configuration."""
MATRIX_LEVELS = 63
"""Largest absolute value of a matrix's eight bits (see above)."""


def quantise(matrix: FloatArray) -> tuple[np.ndarray, FloatArray]:
    """A matrix of shape (n_in, n_out) as whole numbers up to :data:`MATRIX_LEVELS`, with one scale per output."""
    scales = np.abs(matrix).max(axis=0) / MATRIX_LEVELS
    scales[scales == 0] = 1.0
    return np.round(matrix / scales).astype(np.int8), scales.astype(np.float32)


class Graph:
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
        whole, scales = quantise(weight.T)
        parts = [
            self.constant(name + ".weight", whole),
            self.constant(name + ".scale", scales),
            self.constant(name + ".zero", np.zeros(len(scales), dtype=np.int8)),
            self.constant(name + ".bias", bias),
        ]
        return self.add("DynamicQuantizeMatMul", [inputs, *parts], name, FUSED)

    def skip_norm(self, left: str, right: str, weight: FloatArray, bias: FloatArray, name: str) -> str:
        """The normalised sum: in two steps, since onnxruntime's fused one takes five times as long on a processor."""
        parts = [self.constant(name + ".weight", weight), self.constant(name + ".bias", bias)]
        total = self.add("Add", [left, right], name + ".sum")
        return self.add("LayerNormalization", [total, *parts], name, epsilon=EPSILON)


def build_network(weights: dict[str, FloatArray], max_tokens: int) -> Any:
    """An ``onnx.ModelProto`` of a student's weights (``Student.state_dict`` as arrays): word vectors to one vector."""
    graph, total, _ = build_trunk(weights, max_tokens)
    length = graph.add("ReduceL2", [total, graph.constant("width_axis", np.array([1]))], "length", keepdims=1)
    floor = graph.constant("floor", np.array(1e-9, dtype=np.float32))
    graph.add("Div", [total, graph.add("Max", [length, floor], "divisor")], OUTPUT)
    return finish(graph, OUTPUT, weights["places"].shape[1], "student")


def build_trunk(weights: dict[str, FloatArray], max_tokens: int) -> tuple[Graph, str, str]:
    """All layers; names of the sum over the tokens, shape (n_texts, width), and of their number, (n_texts, 1)."""
    graph = Graph()
    x = _first_layer(graph, weights, max_tokens)
    mask = graph.add("Cast", [INPUTS[1]], "mask32", to=TensorProto.INT32)
    for number in range(sum(name.endswith(".qkv.0") for name in weights)):
        x = _layer(graph, weights, x, mask, f"layers.{number}.")
    last = graph.constant("last_axis", np.array([2], dtype=np.int64))
    tokens = graph.constant("token_axis", np.array([1], dtype=np.int64))
    weight = graph.add("Unsqueeze", [graph.add("Cast", [INPUTS[1]], "mask", to=TensorProto.FLOAT), last], "weights")
    total = graph.add("ReduceSum", [graph.add("Mul", [x, weight], "weighted"), tokens], "total", keepdims=0)
    return graph, total, graph.add("ReduceSum", [weight, tokens], "counted", keepdims=0)


def finish(graph: Graph, output: str, n_outputs: int, name: str) -> Any:
    """The gathered nodes as an ``onnx.ModelProto`` with the inputs of :data:`INPUTS` and one ``output``."""
    width = next(constant.dims[1] for constant in graph.constants if constant.name == "places")
    inputs = [
        helper.make_tensor_value_info(INPUTS[0], TensorProto.FLOAT, ["texts", "tokens", width]),
        helper.make_tensor_value_info(INPUTS[1], TensorProto.INT64, ["texts", "tokens"]),
    ]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["texts", n_outputs])]
    network = helper.make_graph(graph.nodes, name, inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
    return helper.make_model(network, opset_imports=opsets, ir_version=9, producer_name="kennisstand")


def _first_layer(graph: Graph, weights: dict[str, FloatArray], max_tokens: int) -> str:
    size = graph.add("Shape", [INPUTS[0]], "n_tokens", start=1, end=2)
    start = graph.constant("first_place", np.array([0], dtype=np.int64))
    places = graph.constant("places", weights["places"][:max_tokens])
    places = graph.add("Slice", [places, start, size], "places_at")
    norm = [graph.constant("first.weight", weights["first.0"]), graph.constant("first.bias", weights["first.1"])]
    x = graph.add("Add", [INPUTS[0], places], "placed")
    return graph.add("LayerNormalization", [x, *norm], "first", epsilon=EPSILON)


def _layer(graph: Graph, weights: dict[str, FloatArray], x: str, mask: str, name: str) -> str:
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


def write_network(folder: Path, network: Any) -> None:
    """Write ``model.onnx``; the same network gives the same bytes."""
    onnx.checker.check_model(network)
    (folder / NETWORK_FILE).write_bytes(network.SerializeToString(deterministic=True))


def read_network(folder: Path) -> dict[str, FloatArray]:
    """The weights of a written encoder, by the names that :func:`build_network` was given, as eight bits keep them.

    The places beyond those that the network reads are gone.
    """
    parts = {part.name: numpy_helper.to_array(part) for part in onnx.load(folder / NETWORK_FILE).graph.initializer}
    with np.load(folder / PIECES_FILE, allow_pickle=False) as pieces:
        weights = {"words": pieces["words"] * pieces["scales"], "places": parts["places"]}
    for name, value in parts.items():
        base, _, kind = name.rpartition(".")
        if kind == "bias":
            weights[base + ".1"] = value
        elif kind == "weight" and value.dtype == np.int8:
            weights[base + ".0"] = (value * parts[base + ".scale"]).T
        elif kind == "weight":
            weights[base + ".0"] = value
    return {name: np.array(value, dtype=np.float32, order="C") for name, value in weights.items()}
