"""Makers and readers of one request."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from ovos_voice_agent.errors import ClientError, EngineError
from ovos_voice_agent.runtime.failure import StageFailed
from ovos_voice_agent.runtime.piping import WAITING, Pipe, answerable, piped
from tests.runtime.scenes import run


class Maker:
    """Makes numbers up to `count`, then fails or ends."""

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.count = count
        self.error = error
        self.made = 0
        self.ended = False

    async def make(self, pipe: Pipe[int]) -> None:
        try:
            for number in range(self.count):
                await pipe.writable()
                pipe.put(number)
                self.made += 1
            if self.error:
                raise self.error
        finally:
            self.ended = True


def test_everything_comes_in_order() -> None:
    async def scene() -> None:
        assert [number async for number in piped(Maker(100).make)] == list(range(100))

    run(scene())


def test_a_maker_waits_for_its_reader() -> None:
    async def scene() -> None:
        maker = Maker(100)
        async with aclosing(piped(maker.make)) as numbers:
            assert await anext(numbers) == 0
            for _ in range(50):
                await asyncio.sleep(0)
            assert maker.made <= WAITING + 1
        assert maker.ended

    run(scene())


def test_a_failure_comes_behind_what_was_made() -> None:
    async def scene() -> None:
        async with aclosing(piped(Maker(3, EngineError("broken")).make)) as numbers:
            assert [await anext(numbers) for _ in range(3)] == [0, 1, 2]
            with pytest.raises(EngineError, match="broken"):
                await anext(numbers)

    run(scene())


def test_what_may_be_answered() -> None:
    refused = ClientError("no such voice", param="voice")
    assert answerable(ExceptionGroup("", [StageFailed("tts", refused)])) is refused
    assert answerable(StageFailed("tts", EngineError("m", code="model_unavailable"))).code == "model_unavailable"
    bug = answerable(RuntimeError("secret"))
    assert isinstance(bug, EngineError)
    assert "secret" not in bug.message
