"""What the contracts of all kinds share: an engine's life, time limits, and an event loop that is watched."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import numpy as np

from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ, Engine, FloatSamples, Kind, Recovering
from ovos_voice_agent.errors import EngineError

STOP_S = 2.0
"""How long an engine may take to stop or to close."""
WORK_S = 120.0
"""How long anything may take at all."""
LOOP_WORK_S = 0.05
"""How long the event loop may compute between two ticks: two and a half frames of audio."""
LOOP_DELAY_S = 0.5
"""How late a tick may come for any other reason; generous, for other programs may have the processor."""
TICK_S = 0.01
LONG_TEXT = "The quick brown fox jumps over the lazy dog, and nobody knows why. " * 60

AnyEngine = TypeVar("AnyEngine", bound=Engine)
Kill = Callable[[Any], None]


def run(check: Awaitable[None]) -> None:
    """On an event loop of its own, within `WORK_S`."""

    async def within() -> None:
        async with asyncio.timeout(WORK_S):
            await check

    asyncio.run(within())


@asynccontextmanager
async def running(make: Callable[[], AnyEngine], kind: Kind) -> AsyncIterator[AnyEngine]:
    """A started engine. An engine that was never started can be closed, and one that was, twice."""
    await make().close()
    engine = make()
    assert engine.info.kind == kind, "info tells the kind"
    assert engine.info.quality, "info tells a person how good it is"
    await engine.start()
    assert is_ready(engine), "an engine that is started is ready"
    try:
        yield engine
    finally:
        async with asyncio.timeout(STOP_S):
            await engine.close()
            await engine.close()


def is_ready(engine: Engine) -> bool:
    return engine.ready if isinstance(engine, Recovering) else True


async def in_time(work: Awaitable[Any], rule: str) -> Any:
    """What comes of it within `STOP_S`."""
    try:
        async with asyncio.timeout(STOP_S):
            return await work
    except TimeoutError:
        raise AssertionError(rule) from None


async def stops(work: Awaitable[Any], what: str) -> None:
    """Begin, cancel, and see it end."""
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=STOP_S)
    assert done, f"{what} ends when it is cancelled"
    assert task.cancelled() or task.exception() is None, f"{what} is cancelled quietly"


async def fails(work: Awaitable[Any]) -> None:
    """With an EngineError, within `STOP_S`."""
    try:
        async with asyncio.timeout(STOP_S):
            await work
    except EngineError:
        return
    raise AssertionError("the death of its worker is an EngineError")


async def exhaust(iterator: AsyncIterator[Any]) -> None:
    async for _ in iterator:
        pass


@asynccontextmanager
async def watched_loop() -> AsyncIterator[None]:
    """Nothing inside keeps the event loop from its other work."""
    loop = asyncio.get_running_loop()
    busy_s: list[float] = []
    delays_s: list[float] = []
    over = asyncio.Event()

    async def tick() -> None:
        while not over.is_set():
            worked_s, due_s = time.thread_time(), loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            busy_s.append(time.thread_time() - worked_s)
            delays_s.append(loop.time() - due_s)

    gc.freeze()  # what a long test run has gathered is not the engine's to collect
    task = asyncio.ensure_future(tick())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        over.set()
        await task
        gc.unfreeze()
    assert max(busy_s) < LOOP_WORK_S, "the event loop was kept busy"
    assert max(delays_s) < LOOP_DELAY_S, "the event loop was blocked"


def as_floats(pcm: bytes) -> FloatSamples:
    """Samples in -1..1 of mono int16."""
    return (np.frombuffer(pcm, dtype="<i2") / 32768).astype(np.float32)


def in_pieces(samples: FloatSamples, size: int) -> FloatSamples:
    """Of shape (n, size); what is left over is dropped."""
    count = len(samples) // size
    return samples[: count * size].reshape(count, size)


def repeated(samples: FloatSamples, seconds: float) -> FloatSamples:
    """The same again and again, until it has this length at ENGINE_RATE_HZ."""
    length = round(seconds * ENGINE_RATE_HZ)
    return np.tile(samples, -(-length // len(samples)))[:length]


def close_twice(*streams: Any) -> None:
    for stream in (*streams, *streams):
        stream.close()


def same(answers: Sequence[Any]) -> bool:
    """Whether all are the same, as far as arithmetic in batches allows."""
    return all(np.allclose(answers[0], other, atol=0.01) for other in answers[1:])
