"""A stand-in for smart-turn: random weights behind the same interface; it says how loud the sound is, in its way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def make_smart_turn(path: Path, *, bands: int = 80, name: str = "input_features") -> Path:
    """`input_features` (B, bands, 800) -> `logits` (B, 1): the sigmoid of the mean of all, weighted at random."""
    weights = np.random.default_rng(1).uniform(0.5, 1.5, (1, bands, 800)).astype(np.float32)
    nodes = [
        helper.make_node("Mul", [name, "weights"], ["weighted"]),
        helper.make_node("ReduceMean", ["weighted"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Sigmoid", ["mean"], ["probability"]),
        helper.make_node("Reshape", ["probability", "shape"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "smart_turn",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["B", bands, 800])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", 1])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(np.array([-1, 1]), "shape")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path
