"""What goes too far is answered by the end of the connection, with the right code; and it is tried where asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ovos_voice_agent.conformance.run import Result, run
from ovos_voice_agent.conformance.suite import Suite, load
from tests.conformance.correct_server import correct_server, manner, target
from tests.conformance.fault_proxy import Event, Fault, change, drop, fault, proxied

EVENTS_PER_SECOND = 50
REFUSED_IN_A_ROW = 100
MIB = 1024 * 1024
PATIENCE_S = 5.0
"""For what does not come. A busy machine takes seconds for the largest frames."""
ON_THE_SOCKET = ("bounds.large", "bounds.too-large", "bounds.flood")
"""What a proxy that speaks no HTTP can be asked."""


def bounds() -> Suite:
    return load().only(["bounds."])


def judged(
    *faults: Fault, dialect: str = "ga", events_per_second: int = EVENTS_PER_SECOND, patience_s: float = 5.0
) -> list[Result]:
    """The cases of bounds: without a fault, or with each of them."""

    async def play() -> list[Result]:
        async with correct_server(events_per_second=events_per_second) as url:
            if not faults:
                return [await run(target(url, dialect), bounds(), manner(patience_s), jobs=3)]
            at_a_time = asyncio.Semaphore(2)
            return await asyncio.gather(*(_with(one, url, at_a_time) for one in faults))

    return asyncio.run(play())


async def _with(planted: Fault, upstream: str, at_a_time: asyncio.Semaphore) -> Result:
    async with at_a_time, proxied(upstream, planted.plant) as url:
        return await run(target(url), load().only(ON_THE_SOCKET), manner(PATIENCE_S), jobs=3)


@dataclass
class Line:
    """Between client and server: frames of these sizes lose their blanks or, `swallowed`, do not arrive; of all the
    others only the first `most` arrive; and the connection ends with `close_code` whatever the server says."""

    from_bytes: int = 1024 * MIB
    to_bytes: int = 1024 * MIB
    swallowed: bool = False
    most: int = 1_000_000
    close_code: int | None = None

    def __call__(self, event: Event) -> list[Event]:
        return [event]

    def outgoing(self, frame: str | bytes) -> str | bytes | None:
        self.most -= 1
        if self.most < 0:
            return None
        if not self.from_bytes <= len(frame) < self.to_bytes:
            return frame
        return None if self.swallowed else frame.strip()


def line(**how: int) -> Callable[[], Line]:
    return lambda: Line(**how)  # type: ignore[arg-type]


CLEARED = "input_audio_buffer.cleared"
FAULTS = (
    fault("a frame that is too large is taken", line(from_bytes=32 * MIB), "bounds.too-large-frame"),
    fault("it is neither taken nor refused", line(from_bytes=32 * MIB, swallowed=True), "bounds.too-large-frame"),
    fault("another code", line(close_code=1011), "bounds.too-large-frame", "bounds.flood"),
    fault(
        "a frame of 21 MiB is lost", line(from_bytes=20 * MIB, to_bytes=32 * MIB, swallowed=True), "bounds.large-frame"
    ),
    fault("a flood is refused and goes on", line(most=EVENTS_PER_SECOND + REFUSED_IN_A_ROW // 2), "bounds.flood"),
    fault("a flood is refused in other words", change("error", "error.code", "no"), "bounds.flood-refused"),
    fault("nothing is cleared", drop(CLEARED, nth=-1), "bounds.large-frame"),
)


@pytest.mark.real
@pytest.mark.parametrize("dialect", ["ga", "beta", "azure"])
def test_our_own_server_passes(dialect: str) -> None:
    [result] = judged(dialect=dialect)
    assert set(result.named("passed")) == {case.name for case in bounds().cases}
    codes = {one.exchange: one.close_code for one in result.transcripts.values()}
    assert codes == {"bounds.ended-elsewhere": 1008, "bounds.frame": 1009, "bounds.flood": 1008}
    assert [one.stopped for one in result.transcripts.values()] == ["", "", ""]


@pytest.mark.real
def test_a_server_that_takes_as_many_events_as_come_is_not_judged_by_floods() -> None:
    [result] = judged(events_per_second=0, patience_s=PATIENCE_S)
    assert result.named("failed", "differs") == []
    assert result.named("not applicable") == ["bounds.flood-refused", "bounds.flood"]


@pytest.mark.real
def test_a_planted_fault_is_caught_by_its_case_and_no_other() -> None:
    for planted, result in zip(FAULTS, judged(*FAULTS), strict=True):
        found = set(result.named("failed", "differs"))
        if found != planted.caught_by:  # what is judged by silence needs a machine with time to spare: once more, alone
            found = set(judged(planted)[0].named("failed", "differs"))
        assert found == planted.caught_by, planted.name


def test_what_costs_a_server_something_is_not_played_unasked() -> None:
    played = {exchange.name for exchange in load().harmless().exchanges}
    assert {exchange.name for exchange in load().exchanges} - played == {"bounds.frame", "bounds.flood"}
    assert {case.name for case in bounds().harmless().cases} == {"bounds.ended-elsewhere"}
