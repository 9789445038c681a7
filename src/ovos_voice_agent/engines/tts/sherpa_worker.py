"""The worker process of sherpa-onnx' voices: one model, one sentence at a time, its audio as it is made.

Voices that were trained on espeak-ng's phonemes are given them by us: the library has no espeak-ng inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import sherpa_onnx

from ovos_voice_agent.engines.sentence_worker import Samples, SentenceService
from ovos_voice_agent.engines.tts.espeak_library import Espeak
from ovos_voice_agent.engines.worker_loop import serve

_CONFIGS = {
    "vits": sherpa_onnx.OfflineTtsVitsModelConfig,
    "matcha": sherpa_onnx.OfflineTtsMatchaModelConfig,
    "kokoro": sherpa_onnx.OfflineTtsKokoroModelConfig,
    "kitten": sherpa_onnx.OfflineTtsKittenModelConfig,
}


class Voices:
    """The model. Raises RuntimeError when it is none."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        files = options["files"]
        model = sherpa_onnx.OfflineTtsModelConfig(
            **{options["kind"]: _CONFIGS[options["kind"]](**files)}, num_threads=options["threads"], provider="cpu"
        )
        config = sherpa_onnx.OfflineTtsConfig(model=model, max_num_sentences=1)
        if not config.validate():
            raise RuntimeError("the files of the model do not belong together")
        self._tts = sherpa_onnx.OfflineTts(config)
        self._language = options["language"] or "en"
        self._espeak = None if "lexicon" in files else Espeak()
        self.rate_hz = int(self._tts.sample_rate)
        for _ in self.synthesise({"text": "ready", "voice": "", "speed": 1.0, "language": None}):
            pass

    def synthesise(self, body: Mapping[str, Any]) -> Iterator[tuple[Samples, int]]:
        """One sentence."""
        config = sherpa_onnx.GenerationConfig()
        config.sid = min(int(body["voice"].partition("#")[2] or 0), max(0, self._tts.num_speakers - 1))
        config.speed = body["speed"]
        if self._espeak is not None:
            phonemes = self._phonemes(self._espeak, body["text"], body["language"] or self._language)
            if not phonemes.strip():
                return
            config.phoneme_codepoints = [[ord(one) for one in phonemes]]
        made = self._tts.generate(body["text"], config)
        yield np.asarray(made.samples, dtype=np.float32), int(made.sample_rate)

    @staticmethod
    def _phonemes(espeak: Espeak, text: str, language: str) -> str:
        return espeak.phonemes(text, espeak.voice_for(language.lower()))


def make(options: Mapping[str, Any]) -> SentenceService:
    """What the process does."""
    voices = Voices(options)
    return SentenceService(voices.synthesise, voices.rate_hz)


if __name__ == "__main__":
    serve(make)
