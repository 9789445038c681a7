"""The worker process of voices in piper's form: pronunciation by espeak-ng, a model per voice, loaded on first use."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ovos_voice_agent.engines.sentence_worker import Samples, SentenceService, onnx_session
from ovos_voice_agent.engines.tts.espeak_library import Espeak
from ovos_voice_agent.engines.tts.piper_form import SPELLED, VoiceForm
from ovos_voice_agent.engines.worker_loop import serve


class Voices:
    """All voices; the first is loaded and warm from the beginning."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._espeak = Espeak()
        self._pronouncer = functools.cache(self._espeak.voice_for)
        self._threads = options["threads"]
        self._paths = {Path(path).stem: Path(path) for path in options["models"]}
        self._loaded: dict[str, tuple[Any, VoiceForm]] = {}
        first = next(iter(self._paths))
        for _ in self.synthesise({"voice": first, "text": "ready", "speed": 1.0}):
            pass

    def synthesise(self, body: Mapping[str, Any]) -> Iterator[tuple[Samples, int]]:
        """One sentence."""
        name, _, speaker = body["voice"].partition("#")
        session, form = self._voice(name)
        numbers = form.numbers(self._phonemes(body["text"], form))
        if numbers:
            inputs = self._inputs(form, numbers, body["speed"], form.speakers.get(speaker, 0))
            yield np.asarray(session.run(None, inputs)[0], dtype=np.float32).reshape(-1), form.rate_hz

    def _voice(self, name: str) -> tuple[Any, VoiceForm]:
        if name not in self._loaded:
            path = self._paths[name]
            self._loaded[name] = onnx_session(str(path), self._threads), VoiceForm.read(path)
        return self._loaded[name]

    def _phonemes(self, text: str, form: VoiceForm) -> str:
        if form.phoneme_type in SPELLED:
            return text
        return self._espeak.phonemes(text, self._pronouncer(form.espeak_voice))

    @staticmethod
    def _inputs(form: VoiceForm, numbers: list[int], speed: float, speaker: int) -> dict[str, Any]:
        noise, length, length_noise = form.scales
        inputs = {
            "input": np.array([numbers], np.int64),
            "input_lengths": np.array([len(numbers)], np.int64),
            "scales": np.array([noise, length / speed, length_noise], np.float32),
        }
        return {**inputs, "sid": np.array([speaker], np.int64)} if form.takes_speaker else inputs


def make(options: Mapping[str, Any]) -> SentenceService:
    """What the process does."""
    return SentenceService(Voices(options).synthesise, options["rate_hz"])


if __name__ == "__main__":
    serve(make)
