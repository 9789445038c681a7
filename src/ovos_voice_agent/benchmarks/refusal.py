"""Refusal in time: sessions come until the server says no; then those that live must not feel who knocks in vain.

Rules: sessions stream quiet room noise, and come in groups with time between them to be judged. A group that is refused
leaves, and half as many try, for a server may take few where it refuses many at once. Who is refused must be told with
503 or 429 when to come again.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import cycle

from ovos_voice_agent.benchmarks.crowd import Crowd, Member, Part, append_frames, gathered, room_noise
from ovos_voice_agent.benchmarks.report import Measure, Report
from ovos_voice_agent.benchmarks.wire import TurnedAway, open_socket
from ovos_voice_agent.client.connection import Refused

ROUND_TRIP_TARGET_MS = 100.0
KNOCKS_PER_S = 20
_POLITE = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Growth:
    """`group` sessions come at once, `pause_s` apart, up to `most`; where they are refused half as many try, but no
    fewer than `least`. Then the live ones are measured for `seconds`."""

    group: int = 50
    least: int = 10
    pause_s: float = 3.0
    most: int = 3000
    seconds: float = 10.0


async def refusal(report: Report, growth: Growth | None = None) -> None:
    """Grow until refused, then knock. Sessions that end, and refusals without a time, count as lost in the report."""
    growth = growth or Growth()
    async with AsyncExitStack() as stack:
        crowds = await _grown(report.url, growth, stack)
        members = [member for crowd in crowds for member in crowd.members]
        trips_ms, knocks = await asyncio.gather(
            _round_trips_ms(members, growth.seconds), _knocks(report.url, growth.seconds)
        )
        report.lost += sum(crowd.lost for crowd in crowds) + knocks.impolite
    late_ms = max((crowd.late_ms for crowd in crowds), default=0.0)
    _note(report, len(members), trips_ms, knocks, late_ms)


async def _grown(url: str, growth: Growth, stack: AsyncExitStack) -> list[Crowd]:
    """All groups that were let in, streaming until the stack is left."""
    part = Part("noise", append_frames(room_noise()))
    crowds: list[Crowd] = []
    group = growth.group
    while sum(len(crowd.members) for crowd in crowds) < growth.most and group >= growth.least:
        try:
            crowd = await stack.enter_async_context(gathered(url, [part] * group))
        except Refused:
            group //= 2
            await asyncio.sleep(2 * growth.pause_s)  # those who left count as newcomers for a while
            continue
        crowds.append(crowd)
        stack.callback(asyncio.ensure_future(crowd.stream()).cancel)
        await asyncio.sleep(growth.pause_s)
    return crowds


@dataclass(slots=True)
class Knocks:
    """What became of those who came late. `impolite` were never answered, or not told when to come again."""

    let_in: int = 0
    refused: int = 0
    impolite: int = 0


async def _knocks(url: str, seconds: float) -> Knocks:
    """Connect again and again, without waiting for an answer; who is let in leaves at once."""
    knocks = Knocks()

    async def knock() -> None:
        try:
            (await open_socket(url)).abort()
            knocks.let_in += 1
        except TurnedAway as away:
            knocks.refused += 1
            knocks.impolite += away.status not in _POLITE or away.retry_after_s is None
        except TimeoutError:
            knocks.refused += 1
            knocks.impolite += 1

    async with asyncio.TaskGroup() as knocking:
        for _ in range(round(seconds * KNOCKS_PER_S)):
            knocking.create_task(knock())
            await asyncio.sleep(1 / KNOCKS_PER_S)
    return knocks


async def _round_trips_ms(members: list[Member], seconds: float) -> list[float]:
    end, trips_ms = time.monotonic() + seconds, []
    for member in cycle(members):
        if time.monotonic() >= end:
            break
        if not member.socket.closed:
            trips_ms.append(await member.update())
        await asyncio.sleep(0.05)
    return trips_ms


def _note(report: Report, sessions: int, trips_ms: list[float], knocks: Knocks, late_ms: float) -> None:
    rows = [
        Measure("refusal", "sessions let in", "sessions", (sessions,)),
        Measure("refusal", "late comers refused", "sessions", (knocks.refused,)),
        Measure("refusal", "late comers let in", "sessions", (knocks.let_in,)),
        Measure(
            "refusal",
            "session.update round trip of those inside",
            "ms",
            tuple(trips_ms),
            ROUND_TRIP_TARGET_MS,
            target_share=0.99,
        ),
        Measure("refusal", "generator late, at most", "ms", (late_ms,)),
    ]
    report.measures += rows
