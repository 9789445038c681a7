"""Limits on waiting for an engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from ovos_voice_agent.errors import EngineTimeout
from ovos_voice_agent.runtime.failure import StageFailed
from ovos_voice_agent.runtime.timed import timed
from tests.runtime.scenes import run


class Counted:
    """An engine's iterator: `count` numbers, then nothing for ever."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.closed = False

    async def items(self) -> AsyncIterator[int]:
        try:
            for number in range(self.count):
                yield number
            await asyncio.Event().wait()
        finally:
            self.closed = True


@pytest.mark.parametrize(("count", "first_s", "silence_s"), [(0, 0.01, 60.0), (2, 60.0, 0.01)])
def test_waiting_has_an_end(count: int, first_s: float, silence_s: float) -> None:
    source = Counted(count)
    got = []

    async def scene() -> None:
        async for item in timed(source.items, "llm", first_s, silence_s):
            got.append(item)  # noqa: PERF401 - a comprehension would lose them

    with pytest.raises(StageFailed) as raised:
        run(scene())
    assert got == list(range(count))
    assert (raised.value.stage, type(raised.value.error)) == ("llm", EngineTimeout)
    assert source.closed


def test_the_time_of_the_reader_does_not_count() -> None:
    async def two() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def scene() -> list[int]:
        got = []
        async for item in timed(two, "tts", 0.05, 0.05):
            got.append(item)
            await asyncio.sleep(0.06)
        return got

    assert run(scene()) == [1, 2]


def test_closing_closes_the_engine() -> None:
    source = Counted(3)

    async def scene() -> None:
        async with aclosing(timed(source.items, "llm", 1, 1)) as items:
            assert await anext(items) == 0

    run(scene())
    assert source.closed


def test_an_engine_that_cannot_even_begin() -> None:
    def begin() -> AsyncIterator[int]:
        raise ValueError("no")

    async def scene() -> None:
        async for _ in timed(begin, "tts", 1, 1):
            pass

    with pytest.raises(StageFailed) as raised:
        run(scene())
    assert isinstance(raised.value.error, ValueError)
