"""A random streaming model as moonshine-voice loads it: 40 kB, a letter for each third of a second of sound.

Names and shapes are those that the library asks for (moonshine-voice 0.1.5). How a word comes about: the front end
makes frames of 20 ms, `cross_kv` means of 16 of them, and the decoder's word at position n depends on mean n alone.
"""

from __future__ import annotations

import json
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from tests.models.graph import FLOAT, INT, Node, Shape, make_model

WIDTH, FRAME_SAMPLES, WORD_FRAMES = 8, 320, 16
BOS, EOS = 1, 2
PLAIN = [bytes([code]) for code in range(256)]
"""Every byte, in order: with them the library splits key terms as the vocabulary was learned."""
LETTERS = [letter.encode() for letter in string.ascii_lowercase]
TOKENS = [b"<unk>", b"<s>", b"</s>", *PLAIN, "▁".encode(), *LETTERS, *("▁".encode() + letter for letter in LETTERS)]
CACHE = [1, 1, 1, "C", WIDTH]
MEMORY = [1, 1, 1, "S", WIDTH]
_INDEXES = {
    "zero": 0,
    "one": 1,
    "three": 3,
    "zero1": [0],
    "one1": [1],
    "two1": [2],
    "lead": [0, 1, 2],
    "two_lead": [0, 1],
}


def make_moonshine(folder: Path) -> Path:
    """Write the model's files into a new folder, `decoder_kv_with_attention.ort` with them; returns it."""
    folder.mkdir()
    random = np.random.default_rng(1)
    _frontend(folder / "frontend.ort", random)
    _encoder(folder / "encoder.ort", random)
    _adapter(folder / "adapter.ort")
    _memory(folder / "cross_kv.ort")
    weights = np.zeros((WIDTH, len(TOKENS)), np.float32)
    weights[:, -len(LETTERS) :] = 3 * random.standard_normal((WIDTH, len(LETTERS)))
    _decoder(folder / "decoder_kv.ort", weights)
    _decoder(folder / "decoder_kv_with_attention.ort", weights, attention=True)
    (folder / "tokenizer.bin").write_bytes(b"".join(bytes([len(token)]) + token for token in TOKENS))
    (folder / "streaming_config.json").write_text(json.dumps(_config()), encoding="utf-8")
    return folder


def _config() -> dict[str, int]:
    widths = dict.fromkeys(("encoder_dim", "decoder_dim", "head_dim", "d_model_frontend", "c1", "c2"), WIDTH)
    ids = {"vocab_size": len(TOKENS), "bos_id": BOS, "eos_id": EOS}
    return {**widths, **ids, "depth": 1, "nheads": 1, "frame_len": 80, "total_lookahead": 4, "max_seq_len": 448}


def _save(
    path: Path, nodes: Sequence[Node], inputs: Sequence[Shape], outputs: Sequence[Shape], constants: Mapping[str, Any]
) -> None:
    """In ONNX Runtime's own format, which the library maps into memory."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.optimized_model_filepath = str(path)
    options.add_session_config_entry("session.save_model_format", "ORT")
    model = make_model(path.stem, nodes, inputs, outputs, constants)
    onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _frontend(path: Path, random: np.random.Generator) -> None:
    """A frame for every 320 samples; the state goes through as it is."""
    states: list[Shape] = [
        ("sample_buffer", FLOAT, [1, 79]),
        ("sample_len", INT, [1]),
        ("conv1_buffer", FLOAT, [1, WIDTH, 4]),
        ("conv2_buffer", FLOAT, [1, WIDTH, 4]),
        ("frame_count", INT, [1]),
    ]
    shape = {"kernel_shape": [FRAME_SAMPLES], "strides": [FRAME_SAMPLES], "pads": [0, FRAME_SAMPLES - 1]}
    _save(
        path,
        [
            ("Unsqueeze", "audio_chunk one", "channels", {}),
            ("Conv", "channels kernel", "convolved", shape),
            ("Tanh", "convolved", "bounded", {}),
            ("Transpose", "bounded", "features", {"perm": [0, 2, 1]}),
            *[("Identity", name, f"{name}_out", {}) for name, _, _ in states],
        ],
        [("audio_chunk", FLOAT, [1, "N"]), *states],
        [("features", FLOAT, [1, "T", WIDTH]), *[(f"{name}_out", kind, sizes) for name, kind, sizes in states]],
        {"one": [1], "kernel": random.standard_normal((WIDTH, 1, FRAME_SAMPLES)).astype(np.float32)},
    )


def _encoder(path: Path, random: np.random.Generator) -> None:
    _save(
        path,
        [("MatMul", "features w", "mixed", {}), ("Tanh", "mixed", "encoded", {})],
        [("features", FLOAT, [1, "T", WIDTH])],
        [("encoded", FLOAT, [1, "T", WIDTH])],
        {"w": random.standard_normal((WIDTH, WIDTH)).astype(np.float32)},
    )


def _adapter(path: Path) -> None:
    _save(
        path,
        [
            ("Cast", "pos_offset", "position", {"to": FLOAT}),
            ("Mul", "position zero", "nothing", {}),
            ("Add", "encoded nothing", "memory", {}),
        ],
        [("encoded", FLOAT, [1, "T", WIDTH]), ("pos_offset", INT, [1])],
        [("memory", FLOAT, [1, "T", WIDTH])],
        {"zero": np.float32(0)},
    )


def _memory(path: Path) -> None:
    pool = {"kernel_shape": [WORD_FRAMES], "strides": [WORD_FRAMES], "pads": [0, WORD_FRAMES - 1]}
    _save(
        path,
        [
            ("Transpose", "memory", "channels", {"perm": [0, 2, 1]}),
            ("AveragePool", "channels", "means", {**pool, "count_include_pad": 1}),
            ("Transpose", "means", "rows", {"perm": [0, 2, 1]}),
            ("Unsqueeze", "rows front", "k_cross", {}),
            ("Identity", "k_cross", "v_cross", {}),
        ],
        [("memory", FLOAT, [1, "T", WIDTH])],
        [("k_cross", FLOAT, MEMORY), ("v_cross", FLOAT, MEMORY)],
        {"front": [0, 1]},
    )


def _decoder(path: Path, weights: Any, *, attention: bool = False) -> None:
    """Logits of the words at the positions that follow the cache; the end where no sound is, or no memory is left."""
    silence, end = np.zeros(len(TOKENS), np.float32), np.zeros(len(TOKENS), np.float32)
    silence[EOS], end[EOS] = 0.02, 100
    look: list[Node] = [("Unsqueeze", "size zero1", "depth", {}), ("OneHot", "at depth off_on", "looks", {})]
    look.append(("Unsqueeze", "looks one1", "cross_attentions.0", {}))
    _save(
        path,
        [
            *_positions(),
            ("Squeeze", "out_k_cross lead", "memory", {}),
            ("Gather", "memory at", "read", {"axis": 0}),
            ("MatMul", "read weights", "scores", {}),
            ("Add", "scores silence", "heard", {}),
            ("Mul", "over end", "ending", {}),
            ("Add", "heard ending", "logits", {}),
            ("Unsqueeze", "read two_lead", "new", {}),
            ("Concat", "k_self new", "out_k_self", {"axis": 3}),
            ("Concat", "v_self new", "out_v_self", {"axis": 3}),
            *(look if attention else []),
        ],
        [
            ("token", INT, [1, "L"]),
            *[(name, FLOAT, CACHE) for name in ("k_self", "v_self")],
            *[(name, FLOAT, MEMORY) for name in ("out_k_cross", "out_v_cross")],
        ],
        [
            ("logits", FLOAT, [1, "L", len(TOKENS)]),
            *[(name, FLOAT, [1, 1, 1, "D", WIDTH]) for name in ("out_k_self", "out_v_self")],
            *([("cross_attentions.0", FLOAT, [1, 1, "L", "S"])] if attention else []),
        ],
        {
            **_INDEXES,
            "off_on": np.array([0, 1], np.float32),
            "weights": weights,
            "silence": silence,
            "end": end,
        },
    )


def _positions() -> list[Node]:
    """`at`: which mean each token reads; `over`: 1 where there is none; `size`: how many there are."""
    return [
        ("Shape", "k_self", "cache_shape", {}),
        ("Gather", "cache_shape three", "cached", {}),
        ("Shape", "out_k_cross", "memory_shape", {}),
        ("Gather", "memory_shape three", "size", {}),
        ("Mul", "token zero", "zeros", {}),
        ("Add", "zeros one", "ones", {}),
        ("CumSum", "ones one", "counted", {"exclusive": 1}),
        ("Add", "counted cached", "position", {}),
        ("Sub", "size one", "last", {}),
        ("Min", "position last", "at", {}),
        ("Less", "position size", "inside", {}),
        ("Not", "inside", "outside", {}),
        ("Cast", "outside", "flags", {"to": FLOAT}),
        ("Unsqueeze", "flags two1", "over", {}),
    ]
