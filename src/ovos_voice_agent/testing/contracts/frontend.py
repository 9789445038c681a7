"""The contract of sound front ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import numpy as np

from ovos_voice_agent.engines.frontend.interface import Frontend, FrontendOptions
from ovos_voice_agent.engines.interface import FloatSamples
from ovos_voice_agent.testing.contracts.running import (
    as_floats,
    close_twice,
    in_pieces,
    repeated,
    run,
    running,
    watched_loop,
)

LONG_S = 10.0


def check_frontend(make: Callable[[], Frontend], speech_pcm: bytes) -> None:
    """`speech_pcm`: mono int16 at 16 kHz with a second of speech in it, without noise."""
    run(_check(make, as_floats(speech_pcm)))


async def _check(make: Callable[[], Frontend], speech: FloatSamples) -> None:
    async with running(make, "frontend") as engine:
        frames = in_pieces(speech, engine.frame_samples)
        tries = [frames], [frames[:0], *frames[:, None]], [np.zeros(frames.shape, np.float32)]
        async with watched_loop():
            whole, cut, silent = await asyncio.gather(*(_clean(engine, pieces) for pieces in tries))
        assert len(whole) == frames.size, "a frame for each frame"
        assert np.array_equal(whole, cut), "two at once do not disturb each other, and chunks make no difference"
        assert np.abs(silent).max() < 0.001, "silence stays silence"
        samples, delay = frames.reshape(-1), engine.delay_samples
        near = {at: float(np.dot(samples[: samples.size - at], whole[at:])) for at in range(delay + 17)}
        assert max(near, key=near.__getitem__) == delay, "the sound comes out as late as the engine says"
        long = in_pieces(repeated(speech, LONG_S), engine.frame_samples)
        async with watched_loop():
            assert len(await _clean(engine, [long])) == long.size, "a long speech at once: a frame for each"
        await _is_silent_after_close(engine, frames)


async def _clean(engine: Frontend, pieces: Sequence[FloatSamples]) -> FloatSamples:
    """All that comes out, joined; closes the stream, twice."""
    stream, complete, cleaned = engine.open(FrontendOptions()), asyncio.Event(), [np.zeros(0, np.float32)]
    for piece in pieces:
        stream.submit(piece, cleaned.extend)
    stream.submit(pieces[-1][:1], lambda _: complete.set())
    await complete.wait()
    close_twice(stream)
    return np.concatenate(cleaned)


async def _is_silent_after_close(engine: Frontend, frames: FloatSamples) -> None:
    late: list[FloatSamples] = []
    stream = engine.open(FrontendOptions())
    stream.submit(frames, late.extend)
    close_twice(stream)
    await _clean(engine, [frames])
    assert late == [], "nothing is delivered after close"
