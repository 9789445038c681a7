"""Latency and interruption: one session, one turn after the other, real speech at the speed of speech."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any

from ovos_voice_agent.benchmarks.report import Measure, Report
from ovos_voice_agent.benchmarks.servers import Delays
from ovos_voice_agent.benchmarks.speech import Utterance
from ovos_voice_agent.client import Connection, connect
from ovos_voice_agent.client.sound import BYTES_PER_MS

FRAME_MS = 40
TURN_LIMIT_S = 30.0
LISTEN_S = 0.7
"""How long an answer is heard before it is interrupted."""

LATENCY_TARGET_MS = 10.0
"""What the scripted engines take is part of it: it fits into the silence that ends a turn."""
INTERRUPTION_TARGET_MS = 120.0


@dataclass(slots=True)
class Clock:
    """Times at which events came and speech was sent, in seconds of the event loop."""

    at: dict[str, float] = field(default_factory=dict)

    def mark(self, name: str) -> None:
        self.at.setdefault(name, time.monotonic())

    def between_ms(self, first: str, last: str) -> float:
        """Raises KeyError when one of them did not happen."""
        return (self.at[last] - self.at[first]) * 1000


async def latency(report: Report, utterance: Utterance, turns: int, delays: Delays) -> None:
    """From `speech_stopped` to the first audio, all that the engines take included, and from the last sound to it."""
    answered: list[float] = []
    heard: list[float] = []
    async for connection in _sessions(report.url):
        for _ in range(turns):
            clock = Clock()
            if await _turn(connection, utterance, clock):
                answered.append(clock.between_ms("speech_stopped", "first_audio"))
                heard.append(clock.between_ms("sound_end", "first_audio"))
            else:
                report.lost += 1
    note = f"scripted engines that take {delays.total_ms:g} ms" if delays.total_ms else ""
    report.measures += [
        Measure("latency", "speech_stopped to first audio", "ms", tuple(answered), LATENCY_TARGET_MS, note),
        Measure("latency", "last sound to first audio", "ms", tuple(heard), note="silence window and stubs included"),
    ]


async def interruption(report: Report, utterance: Utterance, turns: int) -> None:
    """From the onset of speech over a long answer to `response.done` cancelled."""
    stopped: list[float] = []
    async for connection in _sessions(report.url):
        clock = Clock()
        answered = await _turn(connection, utterance, clock, until="first_audio")
        for _ in range(turns):
            if not answered:
                report.lost += 1
                break
            await asyncio.sleep(LISTEN_S)
            clock = Clock()
            answered = await _turn(connection, utterance, clock, until="first_audio")
            if "cancelled" in clock.at:
                stopped.append(clock.between_ms("sound_onset", "cancelled"))
    report.measures.append(
        Measure("interruption", "onset of speech to cancelled", "ms", tuple(stopped), INTERRUPTION_TARGET_MS)
    )


async def _sessions(url: str) -> AsyncIterator[Connection]:
    async with connect(url, model="gpt-realtime") as connection:
        await connection.wait_for("session.created")
        yield connection


async def _turn(connection: Connection, utterance: Utterance, clock: Clock, until: str = "done") -> bool:
    """Say the utterance and wait for the answer; False when none came in time."""
    speaking = asyncio.ensure_future(_say(connection, utterance, clock))
    try:
        async with asyncio.timeout(TURN_LIMIT_S):
            while until not in clock.at:
                _note(await connection.receive(), clock)
    except TimeoutError:
        return False
    finally:
        await speaking
    return True


def _note(event: dict[str, Any], clock: Clock) -> None:
    kind = event["type"]
    if kind == "input_audio_buffer.speech_stopped":
        clock.mark("speech_stopped")
    elif kind == "response.output_audio.delta" and "speech_stopped" in clock.at:
        clock.mark("first_audio")
    elif kind == "response.done":
        clock.mark("cancelled" if event["response"]["status"] == "cancelled" else "done")


async def _say(connection: Connection, utterance: Utterance, clock: Clock) -> None:
    """Send the utterance at the speed of speech. A frame is sent when its last sample has been spoken."""
    begin = time.monotonic()
    clock.at["sound_onset"] = begin + utterance.onset_ms / 1000
    clock.at["sound_end"] = begin + utterance.end_ms / 1000
    for number, frame in enumerate(_frames(utterance.pcm), start=1):
        await asyncio.sleep(max(0.0, begin + number * FRAME_MS / 1000 - time.monotonic()))
        await connection.send({"type": "input_audio_buffer.append", "audio": frame})


def _frames(pcm: bytes) -> Iterator[str]:
    size = FRAME_MS * BYTES_PER_MS
    for start in range(0, len(pcm), size):
        yield base64.b64encode(pcm[start : start + size]).decode()
