#!/usr/bin/env python3
"""Makes the weights of the voice detector from the official silero-vad wheel (MIT): an npz in float16, and the notice.

Needs `onnx` and `numpy`, and pip with network access; no PyTorch: the wheel is only unpacked. Run it in the repository:
`python scripts/export_silero.py`. The weights are committed, so only a new version of Silero calls for it.

Of the wheel's files only `silero_vad_16k_op15.onnx` is right: the safetensors file and `silero_vad_half.onnx` beside it
hold older weights. float16 moves probabilities by at most 0.004.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

WHEEL = "silero-vad==6.2.3"
MODEL = "silero_vad/data/silero_vad_16k_op15.onnx"
DATA = Path(__file__).parent.parent / "src/ovos_voice_agent/engines/vad/data"

NAMES = {
    "stft.weight": "stft.forward_basis_buffer",
    **{f"conv{i + 1}.{part}": f"encoder.{i}.reparam_conv.{part}" for i in range(4) for part in ("weight", "bias")},
    **{f"lstm.{part}": f"decoder.rnn.{part}" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")},
    "final.weight": "decoder.decoder.2.weight",
    "final.bias": "decoder.decoder.2.bias",
}
"""Our names -> the model's own."""


def download(folder: Path) -> Path:
    """The wheel, without what it depends on."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), WHEEL]
    subprocess.run(command, check=True)
    return next(folder.glob("silero_vad-*.whl"))


def tensors(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    """Every constant of the graph by its name, without the `model.` in front."""
    found = {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}
    for node in model.graph.node:
        for attribute in node.attribute:
            if node.op_type == "Constant" and attribute.HasField("t"):
                found[node.output[0]] = numpy_helper.to_array(attribute.t)
    return {name.removeprefix("model."): value for name, value in found.items()}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(download(Path(folder))) as wheel:
        constants = tensors(onnx.load_model_from_string(wheel.read(MODEL)))
        notice = next(name for name in wheel.namelist() if name.endswith("licenses/LICENSE"))
        licence = wheel.read(notice).decode()
    DATA.mkdir(parents=True, exist_ok=True)
    weights = {ours: constants[theirs].astype(np.float16) for ours, theirs in NAMES.items()}
    np.savez_compressed(DATA / "silero_vad_16k.npz", **weights)
    (DATA / "LICENSE.silero").write_text(f"silero_vad_16k.npz holds weights of {WHEEL}, as float16.\n\n{licence}")


if __name__ == "__main__":
    main()
