"""The worker process of Kokoro."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import kokoro_onnx
import numpy as np

from ovos_voice_agent.engines.sentence_worker import Samples, SentenceService, onnx_session
from ovos_voice_agent.engines.worker_loop import serve

SLOWEST, FASTEST = 0.5, 2.0
"""What the model can do."""
ESPEAK_NAMES = {"es": "es", "hi": "hi", "it": "it", "ja": "ja", "zh": "cmn", "fr": "fr-fr", "pt": "pt-br"}
"""Languages as the phonemizer calls them; English is as it is."""


class Voices:
    """The model."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        session = onnx_session(options["model"], options["threads"])
        self._kokoro = kokoro_onnx.Kokoro.from_session(session, options["voices"])
        first = min(self._kokoro.voices.files)
        for _ in self.synthesise({"voice": first, "text": "ready", "speed": 1.0, "language": "en-US"}):
            pass

    def synthesise(self, body: Mapping[str, Any]) -> Iterator[tuple[Samples, int]]:
        """One sentence."""
        samples, rate_hz = self._kokoro.create(
            body["text"],
            voice=body["voice"],
            speed=min(max(body["speed"], SLOWEST), FASTEST),
            lang=espeak_name(body["language"] or "en-US"),
        )
        yield np.asarray(samples, dtype=np.float32), int(rate_hz)


def espeak_name(language: str) -> str:
    """A language as the phonemizer calls it."""
    code = language.lower().replace("_", "-")
    return ESPEAK_NAMES.get(code.partition("-")[0], "en-gb" if code == "en-gb" else "en-us")


def make(options: Mapping[str, Any]) -> SentenceService:
    """What the process does."""
    return SentenceService(Voices(options).synthesise, options["rate_hz"])


if __name__ == "__main__":
    serve(make)
