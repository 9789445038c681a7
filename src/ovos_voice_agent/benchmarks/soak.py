"""Soak: thousands of sessions that come, speak and vanish without a word. Afterwards memory must be what it was.

Rules: the first hundreds are not counted, for they fill pools and caches that stay; every fourth client vanishes in the
middle of a sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from ovos_voice_agent.benchmarks.crowd import append_frames
from ovos_voice_agent.benchmarks.processes import cost, listener_of
from ovos_voice_agent.benchmarks.report import Measure, Report
from ovos_voice_agent.benchmarks.speech import Utterance
from ovos_voice_agent.benchmarks.wire import open_socket
from ovos_voice_agent.client.sound import BYTES_PER_MS
from ovos_voice_agent.errors import VoiceAgentError

AT_ONCE = 20
WARM_UP = 500
SAMPLES = 10
REST_S = 3.0
SPEAKS_EVERY = 4
SPOKEN_MS = 600
TARGET_MB = 5.0


async def soak(report: Report, utterance: Utterance, connects: int, rest_s: float = REST_S) -> None:
    """Connect and vanish so often. A connection that was not opened counts as lost."""
    begin = int(utterance.onset_ms) * BYTES_PER_MS
    speech = b"".join(append_frames(utterance.pcm[begin : begin + SPOKEN_MS * BYTES_PER_MS]))
    pid = listener_of(report.url)
    report.lost += await _crowd(report.url, min(WARM_UP, connects), speech)
    grown_mb: list[float] = []
    first_bytes = await _memory_bytes(pid, rest_s)
    for _ in range(SAMPLES):
        report.lost += await _crowd(report.url, connects // SAMPLES, speech)
        grown_mb.append((await _memory_bytes(pid, rest_s) - first_bytes) / 1e6)
    if pid is not None:
        note = f"after each tenth of {connects} connects; the target is for the last"
        report.measures.append(Measure("soak", "memory grown by", "MB", tuple(grown_mb), note=note))
        report.measures.append(Measure("soak", "memory grown by, at the end", "MB", (grown_mb[-1],), TARGET_MB))


async def _crowd(url: str, connects: int, speech: bytes) -> int:
    """Returns how many could not connect."""
    numbers = iter(range(connects))
    lost = await asyncio.gather(*[_visitor(url, numbers, speech) for _ in range(AT_ONCE)])
    return sum(lost)


async def _visitor(url: str, numbers: Iterator[int], speech: bytes) -> int:
    """One visit after the other, as long as there are numbers."""
    lost = 0
    for number in numbers:
        try:
            socket = await open_socket(url)
        except (VoiceAgentError, OSError, TimeoutError):
            lost += 1
            continue
        if number % SPEAKS_EVERY == 0:
            socket.write(speech)
            await asyncio.sleep(0.02)
        socket.abort()
    return lost


async def _memory_bytes(pid: int | None, rest_s: float) -> int:
    """After the server has had time to notice who is gone."""
    await asyncio.sleep(rest_s)
    return cost(pid).memory_bytes if pid is not None else 0
