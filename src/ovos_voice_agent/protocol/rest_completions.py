"""The answers of `POST /v1/chat/completions`, whole and in chunks (pure)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

PCM_BYTES_PER_MS = 48
MS_PER_HEARD_TOKEN = 100
MS_PER_SPOKEN_TOKEN = 50
"""As the hosted service counts audio in sessions."""


@dataclass(slots=True)
class Answer:
    """What was answered so far. `pcm` is its sound, where it is kept; calls are `[id, name, arguments]`."""

    text: str = ""
    pcm: bytearray = field(default_factory=bytearray)
    spoken_bytes: int = 0
    calls: list[list[str]] = field(default_factory=list)
    reason: str = "stop"
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    heard_ms: int = 0

    def take_audio(self, audio: bytes, *, keep: bool) -> None:
        """More sound: mono int16 at 24 kHz."""
        self.spoken_bytes += len(audio)
        if keep:
            self.pcm += audio

    def take_call(self, call_id: str, name: str, arguments: str) -> None:
        """More of a call; a name begins one."""
        if name:
            self.calls.append([call_id, name, arguments])
        else:
            self.calls[-1][2] += arguments

    @property
    def finish_reason(self) -> str:
        return "tool_calls" if self.calls and self.reason == "stop" else self.reason

    @property
    def spoken_ms(self) -> int:
        return self.spoken_bytes // PCM_BYTES_PER_MS

    @property
    def total_tokens(self) -> int:
        return sum(self.usage[name] for name in ("prompt_tokens", "completion_tokens"))

    @property
    def usage(self) -> dict[str, Any]:
        """The model's own numbers for text, and those of sound."""
        heard, spoken = self.heard_ms // MS_PER_HEARD_TOKEN, self.spoken_ms // MS_PER_SPOKEN_TOKEN
        prompt, completion = self.input_tokens + heard, self.output_tokens + spoken
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": self.cached_tokens, "audio_tokens": heard},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": spoken},
        }


@dataclass(frozen=True, slots=True)
class Completion:
    """What all chunks of an answer say alike. `audio_id` is empty where no audio was asked for; times in Unix
    seconds."""

    id: str
    model: str
    created: int
    audio_id: str = ""
    audio_expires_at: int = 0

    def body(self, answer: Answer, sound: bytes | None) -> dict[str, Any]:
        """The whole answer; `sound` is the file where audio was asked for."""
        message: dict[str, Any] = {"role": "assistant", "content": answer.text or None, "refusal": None}
        if sound is not None:
            message["content"] = None
            message["audio"] = {
                "id": self.audio_id,
                "data": base64.b64encode(sound).decode(),
                "expires_at": self.audio_expires_at,
                "transcript": answer.text,
            }
        if answer.calls:
            message["tool_calls"] = [_call(*call) for call in answer.calls]
        elif sound is None:
            message["content"] = answer.text
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish_reason}
        return {**self._head("chat.completion"), "choices": [choice], "usage": answer.usage}

    def chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        """One chunk."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}

    def first_chunk(self) -> dict[str, Any]:
        """It tells the role, and the id of the audio."""
        if self.audio_id:
            return self.chunk({"role": "assistant", "audio": {"id": self.audio_id}})
        return self.chunk({"role": "assistant", "content": ""})

    def audio_delta(self, more: dict[str, Any]) -> dict[str, Any]:
        """More `data` or `transcript`."""
        return {"audio": {"id": self.audio_id, **more}}

    def audio_end(self) -> dict[str, Any]:
        """The last of the audio's chunks."""
        return self.chunk(self.audio_delta({"expires_at": self.audio_expires_at}))

    def call_delta(self, arguments: str, index: int, call_id: str, name: str) -> dict[str, Any]:
        """More of a call; the first of its chunks has its id and name."""
        head: dict[str, Any] = {"index": index}
        if not name:
            return {"tool_calls": [{**head, "function": {"arguments": arguments}}]}
        return {"tool_calls": [{**head, **_call(call_id, name, arguments)}]}

    def usage_chunk(self, answer: Answer) -> dict[str, Any]:
        """Behind the end, for those who asked."""
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": answer.usage}

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": None,
            "service_tier": "default",
        }


def _call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
