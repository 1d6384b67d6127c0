"""The trained reader as an ONNX network of eight bits: word vectors to scores.

Needs ``onnx``, which is no dependency of the product.
"""

from __future__ import annotations

from typing import Any

from pipelines.language.encoder import FloatArray
from pipelines.language.encoder_recipe.network import build_trunk, finish
from pipelines.language.passage_reader import MAX_PIECES, OUTPUT


def build_reader(weights: dict[str, FloatArray]) -> Any:
    """An ``onnx.ModelProto`` of a reader's weights (``Reader.state_dict`` as arrays): layers, mean, linear heads."""
    graph, total, counted = build_trunk(weights, MAX_PIECES)
    mean = graph.add("Div", [total, counted], "mean")
    # 32 bits: the heads weigh little and stand for what the labels turn on.
    heads = [
        graph.constant("heads.weight", weights["heads.weight"].T),
        graph.constant("heads.bias", weights["heads.bias"]),
    ]
    graph.add("Gemm", [mean, *heads], OUTPUT)
    return finish(graph, OUTPUT, len(weights["heads.bias"]), "reader")
