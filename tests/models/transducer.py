"""A random streaming transducer as sherpa-onnx loads it: 60 kB, one letter here and there."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

from tests.models.graph import Node, Shape, make_model

WIDTH = 32
MEL_BANDS = 80
TOKENS = ("<blk>", "<sos/eos>", "<unk>", *("▁" + letter for letter in string.ascii_lowercase), "s")


def _save(
    path: Path,
    nodes: Sequence[Node],
    inputs: Sequence[Shape],
    outputs: Sequence[Shape],
    constants: Mapping[str, Any],
    metadata: Mapping[str, object],
) -> None:
    model = make_model(path.stem, nodes, inputs, outputs, constants)
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=str(value))
    onnx.save(model, str(path))


def make_transducer(folder: Path) -> Path:
    """Write encoder.onnx, decoder.onnx, joiner.onnx, tokens.txt and bpe.vocab into a new folder; returns it."""
    folder.mkdir()
    random = np.random.default_rng(1)
    _encoder(folder / "encoder.onnx", random)
    _decoder(folder / "decoder.onnx", random)
    _joiner(folder / "joiner.onnx", random)
    lines = [f"{token} {number}\n" for number, token in enumerate(TOKENS)]
    (folder / "tokens.txt").write_text("".join(lines), encoding="utf-8")
    pieces = [*TOKENS[3:], "▁", *string.ascii_lowercase]
    vocabulary = [f"{piece}\t{-number}\n" for number, piece in enumerate(pieces)]
    (folder / "bpe.vocab").write_text("".join(vocabulary), encoding="utf-8")
    return folder


def _weights(random: np.random.Generator, rows: int, columns: int, scale: float) -> Any:
    return (scale * random.standard_normal((rows, columns))).astype(np.float32)


def _encoder(path: Path, random: np.random.Generator) -> None:
    """Chunks of 4 frames with 5 to look ahead; each chunk gives one frame, coloured by the last ones."""
    f32 = TensorProto.FLOAT
    state = [1, "N", WIDTH]
    _save(
        path,
        [
            ("Slice", "x from to axis step", "frame", {}),
            ("MatMul", "frame w", "projected", {}),
            ("ReduceSum", "h zero", "past", {"keepdims": 0}),
            ("Unsqueeze", "past one", "past3", {}),
            ("Add", "projected past3", "mixed", {}),
            ("Tanh", "mixed", "encoder_out", {}),
            ("ReduceMean", "encoder_out", "mean", {"axes": [1], "keepdims": 0}),
            ("Unsqueeze", "mean zero", "mean3", {}),
            ("Mul", "h half", "faded", {}),
            ("Add", "faded mean3", "new_h", {}),
            ("Identity", "c", "new_c", {}),
        ],
        [("x", f32, ["N", "T", MEL_BANDS]), ("h", f32, state), ("c", f32, state)],
        [("encoder_out", f32, ["N", "T2", WIDTH]), ("new_h", f32, state), ("new_c", f32, state)],
        {
            "w": _weights(random, MEL_BANDS, WIDTH, 0.05),
            **{name: np.array([value]) for name, value in {"from": 2, "to": 6, "axis": 1, "step": 4}.items()},
            "zero": np.array([0]),
            "one": np.array([1]),
            "half": np.float32(0.5),
        },
        {
            "model_type": "lstm",
            "num_encoder_layers": 1,
            "T": 9,
            "decode_chunk_len": 4,
            "rnn_hidden_size": WIDTH,
            "d_model": WIDTH,
        },
    )


def _decoder(path: Path, random: np.random.Generator) -> None:
    _save(
        path,
        [
            ("Gather", "embedding y", "rows", {"axis": 0}),
            ("ReduceMean", "rows", "decoder_out", {"axes": [1], "keepdims": 0}),
        ],
        [("y", TensorProto.INT64, ["N", 2])],
        [("decoder_out", TensorProto.FLOAT, ["N", WIDTH])],
        {"embedding": _weights(random, len(TOKENS), WIDTH, 1.0)},
        {"vocab_size": len(TOKENS), "context_size": 2},
    )


def _joiner(path: Path, random: np.random.Generator) -> None:
    f32 = TensorProto.FLOAT
    blank_first = np.zeros(len(TOKENS), np.float32)
    blank_first[0] = 1.0
    _save(
        path,
        [
            ("Add", "encoder_out decoder_out", "sum", {}),
            ("MatMul", "sum w", "scores", {}),
            ("Add", "scores b", "logit", {}),
        ],
        [("encoder_out", f32, ["N", WIDTH]), ("decoder_out", f32, ["N", WIDTH])],
        [("logit", f32, ["N", len(TOKENS)])],
        {"w": _weights(random, WIDTH, len(TOKENS), 0.2), "b": blank_first},
        {"joiner_dim": WIDTH},
    )
