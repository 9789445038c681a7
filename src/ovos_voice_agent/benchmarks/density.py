"""Density: what one session costs, and how the server answers, with one, ten, a hundred, a thousand of them.

Rules: the server's CPU time is that of its process and the processes below it; those of scripted engines are their own.
Speech is one long turn that never ends, so that it shows what listening costs before recognition; `mixed` is nine
silent sessions for each one that converses.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, pairwise
from urllib.parse import urlsplit

from ovos_voice_agent.benchmarks.crowd import FRAME_MS, SEED, Crowd, Part, append_frames, gathered, room_noise
from ovos_voice_agent.benchmarks.processes import Cost, cost, cpu_s, listener_of
from ovos_voice_agent.benchmarks.report import Measure, Report
from ovos_voice_agent.benchmarks.speech import Utterance
from ovos_voice_agent.client.connection import Refused
from ovos_voice_agent.client.sound import BYTES_PER_MS
from ovos_voice_agent.errors import TransportClosed

PROBE_EVERY_S = 0.02
GONE_WITHIN_S = 60.0
WINDOWS = 5
"""Each measured time is cut into so many samples."""
ANSWER_S = 10.0
"""One utterance and its answer, until the next."""

TARGETS_PERCENT = {"idle": 0.02, "silence": 0.1, "noise": 0.25, "speech": 0.4}
KEPT_UP_PERCENT = 95.0
ROUND_TRIP_TARGET_MS = 100.0
IDLE_TARGET_KB = 100.0
LOOP_TARGET_MS = 5.0

_ENDLESS = {"type": "server_vad", "silence_duration_ms": 10_000, "create_response": False}
_CONVERSING = {"type": "server_vad"}


@dataclass(frozen=True, slots=True)
class Waits:
    """What is waited for, in seconds: for detectors and memory to settle, to see what the server costs by itself, and
    for the last answers."""

    settle_s: float = 6.0
    base_s: float = 4.0
    grace_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Load:
    """`sessions` of one kind for `seconds`."""

    kind: str
    sessions: int
    seconds: float

    @property
    def name(self) -> str:
        return f"{self.kind} x{self.sessions}"


KINDS = ("idle", "silence", "noise", "speech", "mixed")


def parts(load: Load, utterance: Utterance) -> list[Part]:
    """What each session of a load does."""
    silence = append_frames(bytes(FRAME_MS * BYTES_PER_MS))
    if load.kind == "mixed":
        talking = _conversations(utterance, max(1, load.sessions // 10))
        return [*talking, *[Part("silence", silence)] * (load.sessions - len(talking))]
    spoken = utterance.pcm[int(utterance.onset_ms) * BYTES_PER_MS : int(utterance.end_ms) * BYTES_PER_MS]
    one = {
        "idle": Part("idle"),
        "silence": Part("silence", silence),
        "noise": Part("noise", append_frames(room_noise())),
        "speech": Part("speech", append_frames(spoken), _ENDLESS),
    }[load.kind]
    return [one] * load.sessions


def _conversations(utterance: Utterance, count: int) -> list[Part]:
    """Each says the utterance every ten seconds, one after the other."""
    frames = append_frames((utterance.pcm + bytes(int(ANSWER_S * 1000) * BYTES_PER_MS))[: int(ANSWER_S * 1000) * 48])
    offsets = [number * len(frames) // count for number in range(count)]
    return [Part("conversation", frames[offset:] + frames[:offset], _CONVERSING) for offset in offsets]


async def density(report: Report, utterance: Utterance, loads: Sequence[Load], waits: Waits | None = None) -> None:
    """Measure each load with sessions of its own. Lost turns and sessions are counted in the report."""
    waits = waits or Waits()
    pid = listener_of(report.url)
    base_percent = await _base_percent(report, pid, waits.base_s) if pid else 0.0
    for load in loads:
        before = cost(pid) if pid else None
        try:
            async with gathered(report.url, parts(load, utterance)) as crowd:
                await _Run(report, load, crowd, pid, base_percent).measure(before, waits)
        except Refused:
            report.lost += load.sessions
            report.measures.append(Measure(f"density, {load.name}", "refused", "sessions", (load.sessions,)))
        await _until_they_have_gone(report.url)


async def _until_they_have_gone(url: str) -> None:
    """Let the sessions of one load end before the next begins: a server that was far behind notices it late."""
    await asyncio.sleep(1)
    end = time.monotonic() + GONE_WITHIN_S
    while await asyncio.to_thread(sessions_open, url) and time.monotonic() < end:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(1)


async def _base_percent(report: Report, pid: int, seconds: float) -> float:
    """What the server costs without a session; it is subtracted before a cost is divided by the number of sessions."""
    first = cost(pid, memory=False).cpu_s
    await asyncio.sleep(seconds)
    percent = 100 * (cost(pid, memory=False).cpu_s - first) / seconds
    report.measures.append(Measure("density", "server's CPU without sessions", "% of a core", (percent,)))
    return percent


class _Run:
    """One load, measured."""

    def __init__(self, report: Report, load: Load, crowd: Crowd, pid: int | None, base_percent: float) -> None:
        self._report = report
        self._load = load
        self._crowd = crowd
        self._pid = pid
        self._base_percent = base_percent
        self._trips_ms: list[float] = []

    async def measure(self, before: Cost | None, waits: Waits) -> None:
        streaming = asyncio.ensure_future(self._crowd.stream())
        await asyncio.sleep(waits.settle_s)
        self._crowd.late_ms = 0.0
        if self._pid is not None and before is not None:
            self._note_memory(before, cost(self._pid))
        await self._measure_time()
        if self._crowd.turns:
            await asyncio.sleep(waits.grace_s)
        streaming.cancel()
        self._report.lost += self._crowd.unanswered + self._crowd.lost
        if self._crowd.turns:
            self._add("turns answered", "turns", [self._crowd.turns - self._crowd.unanswered])

    async def _measure_time(self) -> None:
        delays = await asyncio.to_thread(loop_delays, self._report.url)
        taken = await asyncio.to_thread(audio_taken_s, self._report.url)
        server, own = await self._cpu_shares()
        kept_up = self._kept_up(taken, await asyncio.to_thread(audio_taken_s, self._report.url))
        await self._probe()
        if self._pid is not None:
            target = TARGETS_PERCENT.get(self._load.kind) if kept_up else None
            self._add("server's CPU per session", "% of a core", server, target)
        self._add("generator's CPU per session", "% of a core", own)
        self._add("generator late, at most", "ms", [self._crowd.late_ms])
        self._add("session.update round trip", "ms", self._trips_ms, ROUND_TRIP_TARGET_MS, target_share=0.99)
        self._note_delays(delays, await asyncio.to_thread(loop_delays, self._report.url))

    def _kept_up(self, before_s: float | None, after_s: float | None) -> bool:
        """Whether the server took in what was sent. One that starves is cheap: its cost then proves nothing."""
        if before_s is None or after_s is None or self._load.kind == "idle":
            return True
        percent = 100 * (after_s - before_s) / (self._load.seconds * self._load.sessions)
        self._add("audio taken in", "% of what was sent", [percent])
        return percent >= KEPT_UP_PERCENT

    async def _cpu_shares(self) -> tuple[list[float], list[float]]:
        """The server's and our own CPU time in each window, per session, in percent of a core."""
        times = []
        for window in range(WINDOWS + 1):
            server = cost(self._pid, memory=False).cpu_s if self._pid else 0.0
            times.append((time.monotonic(), server, cpu_s(os.getpid())))
            if window < WINDOWS:
                await asyncio.sleep(self._load.seconds / WINDOWS)
        pairs = list(pairwise(times))
        servers = [self._percent(last[1] - first[1], last[0] - first[0], self._base_percent) for first, last in pairs]
        return servers, [self._percent(last[2] - first[2], last[0] - first[0]) for first, last in pairs]

    def _percent(self, used_s: float, passed_s: float, base_percent: float = 0.0) -> float:
        return max(0.0, 100 * used_s / passed_s - base_percent) / self._load.sessions

    async def _probe(self) -> None:
        """Ask one session after the other for nothing, again and again, in any order: those that converse as often as
        they are among all. Not while CPU time is measured."""
        end = time.monotonic() + self._load.seconds
        members = random.Random(SEED).sample(self._crowd.members, len(self._crowd.members))  # noqa: S311 - no secret
        for member in cycle(members):
            if time.monotonic() >= end:
                return
            await asyncio.sleep(PROBE_EVERY_S)
            with contextlib.suppress(TransportClosed):  # it counts as lost
                self._trips_ms.append(await member.update())

    def _note_memory(self, before: Cost, now: Cost) -> None:
        kilobytes = (now.memory_bytes - before.memory_bytes) / self._load.sessions / 1000
        target = IDLE_TARGET_KB if self._load.kind == "idle" and self._load.sessions >= 100 else None
        self._add("server's memory per session", "kB", [kilobytes], target)

    def _note_delays(self, before: dict[float, float], after: dict[float, float]) -> None:
        """The event loop's delay as the server's own metric shows it: one sample for each look, at its bucket's end."""
        edges = sorted(after)
        counts = [after[edge] - before.get(edge, 0.0) for edge in edges]
        samples: list[float] = []
        for edge, count, smaller in zip(edges, counts, [0.0, *counts], strict=False):
            samples += [edge * 1000] * round(count - smaller)
        if samples:
            self._add("server's event loop late", "ms", samples, LOOP_TARGET_MS, target_share=0.99)

    def _add(
        self, name: str, unit: str, samples: Sequence[float], target: float | None = None, target_share: float = 0.5
    ) -> None:
        benchmark = f"density, {self._load.name}"
        self._report.measures.append(Measure(benchmark, name, unit, tuple(samples), target, target_share=target_share))


_DELAYS = 'ovos_voice_agent_event_loop_delay_seconds_bucket{le="'
_SESSIONS = "ovos_voice_agent_sessions "
_AUDIO = "ovos_voice_agent_input_audio_bytes_total "


def loop_delays(url: str) -> dict[float, float]:
    """How often our server's event loop was late by at most so many seconds; empty where a server does not tell."""
    lines = _metrics(url)
    pairs = (line.removeprefix(_DELAYS).split('"} ') for line in lines if line.startswith(_DELAYS))
    return {float(edge): float(count) for edge, count in pairs if edge != "+Inf"}


def sessions_open(url: str) -> int:
    """How many sessions our server has; 0 where a server does not tell."""
    found = [float(line.removeprefix(_SESSIONS)) for line in _metrics(url) if line.startswith(_SESSIONS)]
    return int(found[0]) if found else 0


def audio_taken_s(url: str) -> float | None:
    """Seconds of audio that our server has handled, of all sessions together; None where a server does not tell."""
    found = [float(line.removeprefix(_AUDIO)) for line in _metrics(url) if line.startswith(_AUDIO)]
    return found[0] / (1000 * BYTES_PER_MS) if found else None


def _metrics(url: str) -> list[str]:
    parts = urlsplit(url)
    try:
        with urllib.request.urlopen(f"{parts.scheme}://{parts.netloc}/metrics", timeout=5) as answer:  # noqa: S310
            text: str = answer.read().decode()
    except (urllib.error.URLError, OSError):
        return []
    return text.splitlines()
