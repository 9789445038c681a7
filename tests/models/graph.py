"""ONNX graphs from a few lines: what the makers of stand-in models share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64
Node = tuple[str, str, str, Mapping[str, Any]]
"""Operation, names of its inputs and of its outputs with spaces between, attributes."""
Shape = tuple[str, int, Sequence[int | str]]
"""A name, `FLOAT` or `INT`, and sizes; a name for a size that varies."""


def make_model(
    name: str, nodes: Sequence[Node], inputs: Sequence[Shape], outputs: Sequence[Shape], constants: Mapping[str, Any]
) -> onnx.ModelProto:
    """A checked model; `constants` are what the nodes use beside inputs, by their names."""
    graph = helper.make_graph(
        [helper.make_node(op, given.split(), made.split(), **attributes) for op, given, made, attributes in nodes],
        name,
        [helper.make_tensor_value_info(*shape) for shape in inputs],
        [helper.make_tensor_value_info(*shape) for shape in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model
