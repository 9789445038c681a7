"""The contract of voice detectors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from ovos_voice_agent.engines.interface import FloatSamples, Vad
from ovos_voice_agent.testing.contracts.running import (
    Kill,
    as_floats,
    close_twice,
    in_pieces,
    is_ready,
    repeated,
    run,
    running,
    same,
    watched_loop,
)

LONG_S = 60.0
RECOVERY_S, TRY_S = 60.0, 0.1
"""How long a worker may take to come back, and how often that is tried."""


def check_vad(make: Callable[[], Vad], speech_pcm: bytes, kill: Kill | None = None) -> None:
    """`speech_pcm`: mono int16 at 16 kHz with a second of speech in it."""
    run(_check(make, as_floats(speech_pcm), kill))


async def _check(make: Callable[[], Vad], speech: FloatSamples, kill: Kill | None) -> None:
    async with running(make, "vad") as engine:
        windows = in_pieces(speech, engine.window_samples)
        await _tells_speech_from_silence(engine, windows)
        await _is_silent_after_close(engine, windows)
        long = in_pieces(repeated(speech, LONG_S), engine.window_samples)
        async with watched_loop():
            assert len(await _judge(engine, [long])) == len(long), "a long speech at once: one probability each"
        if kill:
            await _survives(engine, windows, kill)


async def _tells_speech_from_silence(engine: Vad, windows: FloatSamples) -> None:
    one_by_one = list(windows[:, None])
    first, second, silent = await asyncio.gather(
        _judge(engine, [windows[:0], *one_by_one]), _judge(engine, one_by_one), _judge(engine, [0 * windows])
    )
    assert len(first) == len(windows), "one probability for each window, none for none"
    assert all(0 <= probability <= 1 for probability in first), "probabilities"
    assert same([first, second]), "two at once do not disturb each other"
    assert max(first) > 0.5, "speech is noticed"
    assert max(silent) < 0.5, "silence is not speech"


async def _is_silent_after_close(engine: Vad, windows: FloatSamples) -> None:
    late: list[float] = []
    stream = engine.open()
    stream.submit(windows, late.extend)
    close_twice(stream)
    await _judge(engine, [windows])
    assert late == [], "nothing is delivered after close"


async def _survives(engine: Vad, windows: FloatSamples, kill: Kill) -> None:
    """A session that goes on hears again; what was asked in between may be lost, that is: no speech."""
    stream, judged = engine.open(), list[float]()
    kill(engine)
    for _ in range(round(RECOVERY_S / TRY_S)):
        stream.submit(windows, judged.extend)
        await asyncio.sleep(TRY_S)
        if max(judged, default=0.0) > 0.5:
            break
    else:
        raise AssertionError("after its worker's death a session hears again")
    close_twice(stream)
    assert max(await _judge(engine, [windows])) > 0.5, "after its worker's death it recovers"
    assert is_ready(engine), "an engine that recovered is ready"


async def _judge(engine: Vad, submissions: Sequence[FloatSamples]) -> list[float]:
    """All probabilities, in the order of delivery; closes the stream, twice."""
    stream, judged, complete = engine.open(), list[float](), asyncio.Event()
    wanted = sum(map(len, submissions))

    def deliver(probabilities: Sequence[float]) -> None:
        judged.extend(probabilities)
        if len(judged) >= wanted:
            complete.set()

    for windows in submissions:
        stream.submit(windows, deliver)
    await complete.wait()
    close_twice(stream)
    return judged
