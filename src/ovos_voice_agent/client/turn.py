"""One turn as a client sees it, put together from server events: what was heard, what was answered, and when."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass, field
from typing import Any

from ovos_voice_agent.client.connection import Connection

TIMELINE = "x_ovos.turn.timeline"
TIMELINE_WAIT_S = 1.0
"""How long to wait for the time line after `response.done`; it follows at once where the server has one."""


@dataclass(slots=True)
class Turn:
    """A question and its answer.

    `times_ms` are on the client's clock, from the moment `collect_turn` began: `speech_started`, `speech_stopped`,
    `transcript`, `first_text`, `first_audio`, `done`, as far as they happened.
    """

    heard: str = ""
    said: str = ""
    audio: bytearray = field(default_factory=bytearray)
    """Mono int16 little endian, in the session's output format."""
    calls: list[dict[str, Any]] = field(default_factory=list)
    """Function calls, as their output items."""
    response: dict[str, Any] = field(default_factory=dict)
    """The `response` of `response.done`."""
    errors: list[dict[str, Any]] = field(default_factory=list)
    timeline: list[dict[str, Any]] = field(default_factory=list)
    """The server's own marks (`name`, `at_ms`), where it sent them."""
    times_ms: dict[str, float] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    """Everything, in order."""

    @property
    def status(self) -> str:
        """`completed`, `cancelled`, `failed`, `incomplete`, or empty when no response ended."""
        return str(self.response.get("status", ""))

    def take(self, event: dict[str, Any], now_ms: float) -> None:
        """Add one server event. `now_ms` is the time since the turn began."""
        self.events.append(event)
        kind: str = event["type"]
        mark = _MARKS.get(kind)
        if mark is not None:
            self.times_ms.setdefault(mark, now_ms)
        match kind:
            case "conversation.item.input_audio_transcription.completed":
                self.heard = " ".join(filter(None, [self.heard, event["transcript"]]))
            case "response.output_audio_transcript.delta" | "response.output_text.delta":
                self.said += event["delta"]
            case "response.output_audio.delta":
                self.audio += base64.b64decode(event["delta"])
            case "response.output_item.done" if event["item"]["type"] == "function_call":
                self.calls.append(event["item"])
            case "response.done":
                self.response = event["response"]
            case "error":
                self.errors.append(event["error"])
            case "x_ovos.turn.timeline":
                self.timeline = event["marks"]


_MARKS = {
    "input_audio_buffer.speech_started": "speech_started",
    "input_audio_buffer.speech_stopped": "speech_stopped",
    "conversation.item.input_audio_transcription.completed": "transcript",
    "response.output_audio_transcript.delta": "first_text",
    "response.output_text.delta": "first_text",
    "response.output_audio.delta": "first_audio",
    "response.done": "done",
}


async def collect_turn(connection: Connection, *, timeline: bool = False) -> Turn:
    """Read events until a response is done (with its time line, if asked for). Raises TransportClosed."""
    clock = asyncio.get_running_loop()
    begin = clock.time()
    turn = Turn()
    while not turn.response:
        turn.take(await connection.receive(), (clock.time() - begin) * 1000)
    if timeline:
        await _await_timeline(connection, turn)
    return turn


async def _await_timeline(connection: Connection, turn: Turn) -> None:
    try:
        async with asyncio.timeout(TIMELINE_WAIT_S):
            while not turn.timeline:
                turn.take(await connection.receive(), turn.times_ms["done"])
    except TimeoutError:
        return
