"""Who comes while there is no room: waits, is let in, or is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ovos_voice_agent.runtime import admission
from ovos_voice_agent.runtime.admission import Admission
from ovos_voice_agent.runtime.pressure import FEW_SESSIONS, BusyError, Pressure

NOBODY_WAITS = 0.0


class House:
    """A process that bears some sessions, and those that are in it."""

    def __init__(self, wait_s: float = 60.0) -> None:
        self.pressure = Pressure()
        self.sessions = FEW_SESSIONS
        self.door = Admission(self.pressure, lambda: self.sessions, wait_s)

    def full(self, full: bool) -> None:
        self.pressure.expect(1.0 if full else 0.0)

    async def enters(self) -> None:
        await self.door.enter()
        self.sessions += 1


def play(scene: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(30):
            await scene()

    asyncio.run(whole())


def test_while_there_is_room_nobody_waits() -> None:
    async def scene() -> None:
        house = House(NOBODY_WAITS)
        await house.enters()
        assert house.sessions == FEW_SESSIONS + 1

    play(scene)


def test_who_comes_too_early_waits_in_line_and_is_let_in() -> None:
    async def scene() -> None:
        house, order = House(), list[int]()
        house.full(True)

        async def come(number: int) -> None:
            await house.enters()
            order.append(number)

        coming = [asyncio.ensure_future(come(number)) for number in range(5)]
        await asyncio.sleep(0)
        assert not any(one.done() for one in coming)
        house.full(False)
        await asyncio.gather(*coming)
        assert order == [0, 1, 2, 3, 4]

    play(scene)


def test_who_would_wait_for_too_long_is_refused_and_told_when_to_come_again() -> None:
    async def scene() -> None:
        house = House(NOBODY_WAITS)
        house.full(True)
        for _ in range(3):
            with pytest.raises(BusyError) as refused:
                await house.enters()
            assert refused.value.retry_after_s > 0
        house.full(False)
        await house.enters()

    play(scene)


def test_who_leaves_the_line_holds_nobody_up() -> None:
    async def scene() -> None:
        house = House()
        house.full(True)
        first, second = (asyncio.ensure_future(house.enters()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        house.full(False)
        await second
        assert first.cancelled()
        assert house.sessions == FEW_SESSIONS + 1

    play(scene)


def test_the_line_is_not_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "LONGEST_LINE", 2)

    async def scene() -> None:
        house = House()
        house.full(True)
        coming = [asyncio.ensure_future(house.enters()) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await house.enters()
        for one in coming:
            one.cancel()

    play(scene)
