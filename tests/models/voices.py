"""Tiny stand-in voices: each phoneme is a tone of its own, a real voice is only in the form of the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

RATE_HZ = 22_050
PHONEME_SAMPLES = 1024
SYMBOLS = (
    "_^$ !'(),-.:;?abcdefhijklmnopqrstuvwxyz0123456789g"
    "æçðøħŋœɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɡɣɤɥɦɨɪɫɬɭɮɯɰɱɲɳɵɸɹɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘˈˌː"
)


def tones(count: int, samples: int = PHONEME_SAMPLES, rate_hz: int = RATE_HZ) -> Any:
    """Shape (count, samples): tones that begin and end in silence; the first four are silent."""
    times_s = np.arange(samples) / rate_hz
    window = 0.3 * np.hanning(samples)
    rows = [np.sin(2 * np.pi * (120 + 7 * number) * times_s) * window * (number > 3) for number in range(count)]
    return np.stack(rows).astype(np.float32)


def make_piper(path: Path, *, language: str = "en_US", rate_hz: int = RATE_HZ, speakers: int = 1) -> Path:
    """A voice in piper's form, `path` and `path.json`; returns the path. Speaker n sounds n times as loud."""
    inputs = [("input", TensorProto.INT64, [1, "T"]), ("input_lengths", TensorProto.INT64, [1])]
    inputs.append(("scales", TensorProto.FLOAT, [3]))
    nodes = [
        ("Gather", "tones input", "rows", {"axis": 0}),
        ("Reshape", "rows shape", "row", {}),
        ("ReduceSum", "scales", "scale", {"keepdims": 0}),
        ("Cast", "input_lengths", "length", {"to": TensorProto.FLOAT}),
        ("ReduceSum", "length", "lengths", {"keepdims": 0}),
        ("Add", "scale lengths", "unused", {}),
        ("Mul", "unused zero", "nothing", {}),
    ]
    if speakers > 1:
        inputs.append(("sid", TensorProto.INT64, [1]))
        nodes += [("Cast", "sid", "loudness", {"to": TensorProto.FLOAT}), ("Mul", "row loudness", "spoken", {})]
    last = "spoken" if speakers > 1 else "row"
    nodes.append(("Add", f"{last} nothing", "output", {}))
    _save(
        path,
        nodes,
        inputs,
        [("output", TensorProto.FLOAT, [1, 1, 1, "S"])],
        {"tones": tones(len(SYMBOLS) + 8, rate_hz=rate_hz), "shape": np.array([1, 1, 1, -1]), "zero": np.float32(0)},
    )
    told = {
        "audio": {"sample_rate": rate_hz},
        "espeak": {"voice": language.lower().replace("_", "-")},
        "language": {"code": language},
        "phoneme_type": "espeak",
        "num_speakers": speakers,
        "speaker_id_map": {f"s{number}": number for number in range(speakers)} if speakers > 1 else {},
        "phoneme_id_map": {symbol: [number] for number, symbol in enumerate(SYMBOLS)},
        "inference": {"noise_scale": 0.667, "length_scale": 1, "noise_w": 0.8},
    }
    path.with_name(path.name + ".json").write_text(json.dumps(told), encoding="utf-8")
    return path


def make_sherpa(folder: Path, *, speakers: int = 1) -> Path:
    """A folder as sherpa-onnx takes it: a voice of piper's form with what it says of itself inside, and its tokens."""
    folder.mkdir()
    path = make_piper(folder / "voice.onnx", speakers=speakers)
    path.with_name("voice.onnx.json").unlink()
    model = onnx.load(str(path))
    told = {"model_type": "vits", "comment": "piper", "language": "English", "voice": "en-us", "has_espeak": 1}
    for key, value in {**told, "n_speakers": speakers, "sample_rate": RATE_HZ, "add_blank": 1}.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, str(value)
    onnx.save(model, str(path))
    lines = (f"{symbol} {number}\n" for number, symbol in enumerate(dict.fromkeys(SYMBOLS)))
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")
    return folder


def make_kokoro(folder: Path) -> tuple[Path, Path]:
    """A model in Kokoro's form and its file of voices; returns both paths. All voices sound alike."""
    model, voices = folder / "kokoro.onnx", folder / "voices.bin"
    nodes = [
        ("Gather", "tones tokens", "rows", {"axis": 0}),
        ("Reshape", "rows shape", "row", {}),
        ("ReduceSum", "style", "styles", {"keepdims": 0}),
        ("ReduceSum", "speed", "speeds", {"keepdims": 0}),
        ("Add", "styles speeds", "unused", {}),
        ("Mul", "unused zero", "nothing", {}),
        ("Add", "row nothing", "audio", {}),
    ]
    inputs = [("tokens", TensorProto.INT64, [1, "T"]), ("style", TensorProto.FLOAT, [1, 256])]
    constants = {"tones": tones(180, 1200, 24_000), "shape": np.array([-1]), "zero": np.float32(0)}
    _save(model, nodes, [*inputs, ("speed", TensorProto.FLOAT, [1])], [("audio", TensorProto.FLOAT, ["S"])], constants)
    with voices.open("wb") as file:
        np.savez(file, **{name: np.zeros((510, 1, 256), np.float32) for name in ("af_bella", "am_adam", "ff_siwis")})
    return model, voices


def _save(path: Path, nodes: list[Any], inputs: list[Any], outputs: list[Any], constants: dict[str, Any]) -> None:
    graph = helper.make_graph(
        [helper.make_node(op, given.split(), [made], **attributes) for op, given, made, attributes in nodes],
        path.stem,
        [helper.make_tensor_value_info(*shape) for shape in inputs],
        [helper.make_tensor_value_info(*shape) for shape in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8), str(path))
