"""The worker process of faster-whisper: one model, one utterance at a time.

Rules:

- Whisper invents text where nobody speaks: what it doubts itself, and what repeats itself, is dropped, and a segment
  never has more tokens than a person can say in that time.
- One temperature: the library's own list of six may decode a bad recording six times.
- The language is looked for in a session's first utterances, until one is long and clear enough; then it is kept. With
  languages to choose from it is looked for in each.
- A hypothesis costs as much as a final: `LOOK_S` of new speech must have come since the last one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import ctranslate2
import faster_whisper
import numpy as np
from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled

from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ
from ovos_voice_agent.engines.stt.agreement import LocalAgreement
from ovos_voice_agent.engines.worker_loop import Desk, Task, Wait, serve

SHORTEST_S = 0.1
LOOK_S = 0.7
LOOK_LIMIT_S = 25.0
"""Whisper's window is 30 s; a longer utterance shows no more hypotheses and is read in several windows at its end."""
TOKENS_PER_S, TOKENS_SPARE, TOKENS_LIMIT = 12, 24, 440
"""Fast speech has 6 tokens a second, in scripts of many bytes 10; the model cannot write more than 448."""
SILENT_PROBABILITY, DOUBTFUL_LOGPROB, REPETITIVE_RATIO = 0.6, -1.0, 2.4
"""Whisper's own limits: probability of no speech with a low mean logprob, and how well a text compresses."""
SURE_PROBABILITY, SURE_S = 0.5, 1.5
_UNSURE = 1e-6


class Recogniser:
    """Implements `Service`."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        device = options["device"]
        if device == "auto":
            device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
        self._model = _load(options, device)
        self._device = device
        self._beam_size = options["beam_size"]
        self._prompt = options["prompt"]
        self._partials = options["partials"] if options["partials"] is not None else device == "cuda"
        self._exhaust(self._read(np.zeros(ENGINE_RATE_HZ, np.float32), {"language": "en"}))

    def describe(self) -> dict[str, Any]:
        return {"device": self._device}

    def begin(self, body: Any, desk: Desk) -> Task:
        return self._hear(body, desk)

    def _hear(self, body: dict[str, Any], desk: Desk) -> Task:
        heard = bytearray()
        agreement = LocalAgreement()
        looked_bytes, ended = 0, False
        while not ended:
            while (pcm := desk.take()) is not None:
                heard += pcm
                ended = ended or not pcm
            if not ended and self._may_look(body, len(heard), looked_bytes):
                looked_bytes = len(heard)
                result = yield from self._read(_samples(heard), body)
                if agreement.push(result["text"].split()):
                    desk.emit((" ".join(agreement.stable), " ".join(agreement.unstable)))
            elif not ended:
                yield Wait.INPUT
        if len(heard) < 2 * SHORTEST_S * ENGINE_RATE_HZ:
            return {"text": "", "memory": body["memory"]}
        return (yield from self._read(_samples(heard), body))

    def _may_look(self, body: Mapping[str, Any], heard_bytes: int, looked_bytes: int) -> bool:
        new_s = (heard_bytes - looked_bytes) / 2 / ENGINE_RATE_HZ
        wanted = self._partials and body["partials"]
        return bool(wanted) and new_s >= LOOK_S and heard_bytes < 2 * LOOK_LIMIT_S * ENGINE_RATE_HZ

    def _read(self, samples: Any, body: Mapping[str, Any]) -> Task:
        """The result for a recording; others have their turn between its segments."""
        length_s = len(samples) / ENGINE_RATE_HZ
        segments, info = self._begin(samples, body)
        kept = []
        for segment in segments:
            if is_speech(segment.no_speech_prob, segment.avg_logprob, segment.compression_ratio):
                kept.append(segment)
            yield Wait.TURN
        words = [word for segment in kept for word in segment.words or ()]
        sure = info.language_probability >= SURE_PROBABILITY and length_s >= SURE_S
        return {
            "text": " ".join(" ".join(segment.text for segment in kept).split()),
            "language": info.language,
            "memory": info.language if sure else body.get("memory"),
            "words": list(_times(words)) if body.get("word_times") else [],
            "logprobs": list(_logprobs(words)) if body.get("logprobs") else [],
        }

    def _begin(self, samples: Any, body: Mapping[str, Any]) -> tuple[Any, Any]:
        """What the library answers: segments still to be read, and what it found out. With languages to choose from
        nothing is remembered, and one outside of them does not count."""
        among = body.get("languages") or ()
        wanted = body.get("language") or (None if among else body.get("memory"))
        segments, info = self._transcribe(samples, body, wanted)
        if wanted is None and among and info.language not in among:
            likely = dict(info.all_language_probs or ())
            best = max(among, key=lambda language: likely.get(language, 0.0))
            if best in likely:
                segments, info = self._transcribe(samples, body, best)
        return segments, info

    def _transcribe(self, samples: Any, body: Mapping[str, Any], language: str | None) -> tuple[Any, Any]:
        with_words = bool(body.get("word_times") or body.get("logprobs"))
        length_s = len(samples) / ENGINE_RATE_HZ
        begun: tuple[Any, Any] = self._model.transcribe(
            samples,
            language=language,
            task="translate" if body.get("translate") else "transcribe",
            beam_size=self._beam_size,
            temperature=0.0,
            condition_on_previous_text=False,
            word_timestamps=with_words,
            without_timestamps=not with_words and length_s < LOOK_LIMIT_S,
            initial_prompt=body.get("prompt") or self._prompt or None,
            hotwords=", ".join(body.get("keywords") or ()) or None,
            max_new_tokens=min(TOKENS_LIMIT, TOKENS_SPARE + round(TOKENS_PER_S * length_s)),
            vad_filter=False,
        )
        return begun

    @staticmethod
    def _exhaust(task: Task) -> None:
        for _ in task:
            pass


def _load(options: Mapping[str, Any], device: str) -> Any:
    """Raises RuntimeError with what to do when the model is not on this machine."""
    try:
        return faster_whisper.WhisperModel(
            options["model"],
            device=device,
            compute_type=options["compute_type"] or ("float16" if device == "cuda" else "int8"),
            cpu_threads=options["threads"],
            local_files_only=options["local"],
        )
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        help_ = "set download = true, or fetch it: ovos-voice-agent models list"
        if not options["local"]:
            help_ = "its hub cannot be reached: fetch it from a mirror, ovos-voice-agent models pull --mirror URL MODEL"
        raise RuntimeError(f"the model {options['model']} is not on this machine; {help_}") from error


def is_speech(no_speech_probability: float, mean_logprob: float, compression_ratio: float) -> bool:
    """Whether somebody said what Whisper wrote."""
    silent = no_speech_probability > SILENT_PROBABILITY and mean_logprob < DOUBTFUL_LOGPROB
    return not silent and compression_ratio <= REPETITIVE_RATIO


def _samples(pcm: bytearray) -> Any:
    return np.frombuffer(bytes(pcm), dtype="<i2").astype(np.float32) / 32768


def _times(words: list[Any]) -> Iterator[tuple[str, float, float, float]]:
    for word in words:
        yield word.word.strip(), float(word.start), float(word.end), float(word.probability)


def _logprobs(words: list[Any]) -> Iterator[tuple[str, float]]:
    """The library tells probabilities of words, not of tokens."""
    for word in words:
        yield word.word, math.log(max(_UNSURE, float(word.probability)))


if __name__ == "__main__":
    serve(Recogniser)
