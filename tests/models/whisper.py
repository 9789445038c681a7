"""A Whisper with random weights as faster-whisper loads it: 3 MB, with a tokenizer; it writes noise, without end.

Like the real vocabulary, the one here has 50,257 plain entries of which the last is empty: without it CTranslate2 does
not take the model for one of many languages.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs.whisper_spec import WhisperSpec
from faster_whisper.tokenizer import _LANGUAGE_CODES
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

WIDTH, HEADS, LAYERS, MEL_BANDS = 16, 1, 1, 80
PLAIN = 50_257
SPECIAL = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    *(f"<|{code}|>" for code in _LANGUAGE_CODES),
    *(f"<|{name}|>" for name in ("translate transcribe startoflm startofprev nospeech notimestamps".split())),
)
TIMES = tuple(f"<|{step * 0.02:.2f}|>" for step in range(1501))


def make_whisper(folder: Path) -> Path:
    """Write model.bin, config.json, tokenizer.json and the rest into a new folder; returns it."""
    folder.mkdir()
    plain = _plain_tokens()
    spec = WhisperSpec(LAYERS, HEADS, LAYERS, HEADS)
    _Weights(np.random.default_rng(0)).fill(spec, len(plain) + len(SPECIAL) + len(TIMES))
    vocabulary = [*plain, *SPECIAL, *TIMES]
    ids = {token: number for number, token in enumerate(vocabulary)}
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [ids["<|endoftext|>"]]
    spec.config.lang_ids = [ids[f"<|{code}|>"] for code in _LANGUAGE_CODES]
    spec.config.alignment_heads = [(LAYERS - 1, 0)]
    spec.register_vocabulary(vocabulary)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    _tokenizer(plain).save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": MEL_BANDS}))
    return folder


def _plain_tokens() -> list[str]:
    """A token for each byte, and fillers up to the size of the real vocabulary."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    return [*letters, *(f"¤{number}" for number in range(PLAIN - 1 - len(letters))), ""]


def _tokenizer(plain: list[str]) -> Any:
    tokenizer = Tokenizer(models.BPE(vocab={token: number for number, token in enumerate(plain)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL])
    tokenizer.add_tokens([AddedToken(token, special=False) for token in TIMES])
    return tokenizer


class _Weights:
    """Fills every layer of a spec."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random

    def fill(self, spec: Any, vocabulary: int) -> None:
        encoder, decoder = spec.encoder, spec.decoder
        for conv, inputs in ((encoder.conv1, MEL_BANDS), (encoder.conv2, WIDTH)):
            conv.weight, conv.bias = self._some(WIDTH, inputs, 3), np.zeros(WIDTH, np.float32)
        encoder.position_encodings.encodings = self._some(1500, WIDTH)
        decoder.position_encodings.encodings = 50 * self._some(448, WIDTH)  # else it repeats itself
        decoder.embeddings.weight = self._some(vocabulary, WIDTH)
        decoder.projection.weight = decoder.embeddings.weight
        for norm in (encoder.layer_norm, decoder.layer_norm):
            self._norm(norm)
        for layer in encoder.layer:
            self._layer(layer)
        for layer in decoder.layer:
            self._layer(layer)
            self._norm(layer.attention.layer_norm)
            for linear, outputs in zip(layer.attention.linear, (WIDTH, 2 * WIDTH, WIDTH), strict=True):
                self._linear(linear, outputs, WIDTH)

    def _layer(self, layer: Any) -> None:
        self._norm(layer.self_attention.layer_norm)
        self._norm(layer.ffn.layer_norm)
        self._linear(layer.self_attention.linear[0], 3 * WIDTH, WIDTH)
        self._linear(layer.self_attention.linear[1], WIDTH, WIDTH)
        self._linear(layer.ffn.linear_0, 4 * WIDTH, WIDTH)
        self._linear(layer.ffn.linear_1, WIDTH, 4 * WIDTH)

    def _some(self, *shape: int) -> Any:
        return (0.02 * self._random.standard_normal(shape)).astype(np.float32)

    def _linear(self, spec: Any, outputs: int, inputs: int) -> None:
        spec.weight, spec.bias = self._some(outputs, inputs), np.zeros(outputs, np.float32)

    @staticmethod
    def _norm(spec: Any) -> None:
        spec.gamma, spec.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)
