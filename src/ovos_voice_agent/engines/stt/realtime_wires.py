"""What two families of realtime transcription servers want to hear, and how they tell what was said.

- `openai`: transcription sessions of the Realtime API: audio at 24 kHz, one item for each commit.
- `vllm`: a dialect of its own at the same path: audio at 16 kHz, `transcription.delta` and `transcription.done`
  (docs.vllm.ai, entrypoints/speech_to_text/realtime).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ovos_voice_agent.audio.pcm import bytes_of_float, float_of_bytes
from ovos_voice_agent.audio.resample import Resampler
from ovos_voice_agent.engines.http_stream import stream_error
from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ, Transcript

STAGE = "speech recognition"
OPENAI_RATE_HZ = 24_000
PIECE_BYTES = 2 * ENGINE_RATE_HZ
"""A second: what is resampled at once, in about 1 ms."""


@dataclass(slots=True)
class Result:
    """What was understood so far. `changed` tells whether the last event brought something."""

    text: str = ""
    changed: bool = False
    logprobs: list[tuple[str, float]] = field(default_factory=list)
    final: str | None = None

    def add(self, delta: object) -> None:
        self.changed = isinstance(delta, str) and bool(delta)
        if isinstance(delta, str):
            self.text += delta

    def transcript(self, event: Mapping[str, Any]) -> Transcript:
        language = event.get("language")
        return Transcript(
            (self.final if self.final is not None else self.text).strip(),
            language=language if isinstance(language, str) else None,
            logprobs=tuple(self.logprobs),
        )


class Wire(Protocol):
    """One connection of one family."""

    path: str
    query: Mapping[str, str]

    def opening(self) -> Iterator[Mapping[str, Any]]:
        """The events before any audio."""
        ...

    def audio(self, pcm: bytes, *, last: bool) -> Iterator[Mapping[str, Any]]:
        """The events for more of the utterance: mono int16 at ENGINE_RATE_HZ; `last`: it ends here."""
        ...

    def read(self, event: Mapping[str, Any], result: Result) -> bool:
        """Take in a server event that is no error; True when the transcript is there. Raises EngineError."""
        ...


@dataclass(slots=True)
class OpenAiWire:
    """Transcription sessions. A `model` in the address would be refused by the hosted service."""

    model: str
    language: str
    prompt: str
    logprobs: bool
    path: str = "/realtime"
    query: Mapping[str, str] = field(default_factory=lambda: {"intent": "transcription"})
    _resampler: Resampler = field(default_factory=lambda: Resampler(ENGINE_RATE_HZ, OPENAI_RATE_HZ))

    def opening(self) -> Iterator[Mapping[str, Any]]:
        wishes = {"model": self.model, "language": self.language, "prompt": self.prompt}
        session: dict[str, Any] = {
            "type": "transcription",
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": OPENAI_RATE_HZ},
                    "transcription": {name: value for name, value in wishes.items() if value},
                    "turn_detection": None,
                }
            },
        }
        if self.logprobs:
            session["include"] = ["item.input_audio_transcription.logprobs"]
        yield {"type": "session.update", "session": session}

    def audio(self, pcm: bytes, *, last: bool) -> Iterator[Mapping[str, Any]]:
        for at in range(0, len(pcm), PIECE_BYTES):
            samples = float_of_bytes(pcm[at : at + PIECE_BYTES])
            yield from _append(bytes_of_float(self._resampler.push(samples)))
        if last:
            yield from _append(bytes_of_float(self._resampler.flush()))
            yield {"type": "input_audio_buffer.commit"}

    def read(self, event: Mapping[str, Any], result: Result) -> bool:
        result.changed = False
        kind = str(event.get("type", "")).removeprefix("conversation.item.input_audio_transcription.")
        if kind == "delta":
            result.add(event.get("delta"))
        elif kind == "failed":
            raise stream_error(event, STAGE)
        elif kind == "completed":
            result.final = str(event.get("transcript", ""))
        if kind in ("delta", "completed"):
            result.logprobs += _logprobs(event.get("logprobs")) if kind == "delta" or not result.logprobs else []
        return kind == "completed"


@dataclass(slots=True)
class VllmWire:
    """vLLM begins to work at the first commit and ends at the one that is `final`."""

    model: str
    language: str
    prompt: str
    logprobs: bool
    path: str = "/realtime"
    query: Mapping[str, str] = field(default_factory=dict)

    def opening(self) -> Iterator[Mapping[str, Any]]:
        yield {"type": "session.update", "model": self.model}
        yield {"type": "input_audio_buffer.commit"}

    def audio(self, pcm: bytes, *, last: bool) -> Iterator[Mapping[str, Any]]:
        for at in range(0, len(pcm), PIECE_BYTES):
            yield from _append(pcm[at : at + PIECE_BYTES])
        if last:
            yield {"type": "input_audio_buffer.commit", "final": True}

    def read(self, event: Mapping[str, Any], result: Result) -> bool:
        result.changed = False
        if event.get("type") == "transcription.delta":
            result.add(event.get("delta"))
        if event.get("type") != "transcription.done":
            return False
        text = event.get("text")
        result.final = text if isinstance(text, str) else None
        return True


WIRES: Mapping[str, Callable[..., Wire]] = {"openai": OpenAiWire, "vllm": VllmWire}


def _append(pcm: bytes) -> Iterator[Mapping[str, Any]]:
    if pcm:
        yield {"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()}


def _logprobs(logprobs: Any) -> list[tuple[str, float]]:
    try:
        return [(str(one["token"]), float(one["logprob"])) for one in logprobs or ()]
    except (KeyError, TypeError, ValueError):
        return []
