"""The contract of recognisers."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import Callable

from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ, Partial, Stt, SttOptions, SttStream, Transcript
from ovos_voice_agent.testing.contracts.running import Kill, fails, is_ready, run, running, stops, watched_loop

STEP_BYTES = 1280
"""40 ms at 16 kHz: how speech is fed."""
LONG_S = 31.0
"""Longer than the 30 s that some models read at a time."""
SPARE_S = 1.0
"""How far after the end of the audio a word may end: some models round up to a window."""


def check_stt(make: Callable[[], Stt], speech_pcm: bytes, kill: Kill | None = None, *, long_s: float = LONG_S) -> None:
    """`speech_pcm`: mono int16 at 16 kHz, in which the engine understands at least one word. `long_s`: how long the
    long utterance is that it hears at once; less for one that is about as slow as speech."""
    run(_check(make, speech_pcm, kill, long_s))


async def _check(make: Callable[[], Stt], speech: bytes, kill: Kill | None, long_s: float) -> None:
    async with running(make, "stt") as engine:
        await _recognises(engine, speech)
        assert (await _recognise(engine, b"")).text == "", "no audio has no words"
        assert (await _recognise(engine, bytes(64))).text == "", "two milliseconds have no words"
        for heard in await asyncio.gather(_recognise(engine, speech), _recognise(engine, speech)):
            assert heard.text, "two at once: each is recognised"
        await _recognises(engine, speech * math.ceil(long_s * ENGINE_RATE_HZ * 2 / len(speech)))
        await _cancels(engine, speech)
        if kill:
            await _survives(engine, speech, kill)


async def _recognises(engine: Stt, speech: bytes) -> None:
    partials: list[Partial] = []
    async with watched_loop():
        transcript = await _recognise(engine, speech, partials.append)
    assert transcript.text.strip(), "speech has words"
    for before, after in itertools.pairwise(partials):
        assert after.stable.startswith(before.stable), "the stable part only grows"
    ends = [word.end_s for word in transcript.words]
    assert ends == sorted(ends), "words come in order"
    if ends:
        assert ends[-1] < len(speech) / 2 / ENGINE_RATE_HZ + SPARE_S, (
            "words are within the audio: is it heard at 16 kHz?"
        )


async def _recognise(engine: Stt, pcm: bytes, on_partial: Callable[[Partial], None] = lambda _: None) -> Transcript:
    stream = engine.open(SttOptions(word_times=engine.info.word_times), on_partial)
    await _feed(stream, pcm)
    transcript = await stream.finish()
    stream.cancel()
    return transcript


async def _feed(stream: SttStream, pcm: bytes) -> None:
    for start in range(0, len(pcm), STEP_BYTES):
        stream.feed(pcm[start : start + STEP_BYTES])
        await asyncio.sleep(0)


async def _cancels(engine: Stt, speech: bytes) -> None:
    late: list[Partial] = []
    stream = engine.open(SttOptions(), late.append)
    await _feed(stream, speech)
    stream.cancel()
    late.clear()
    stream.cancel()
    stream = engine.open(SttOptions(), lambda _: None)
    await _feed(stream, speech)
    await stops(stream.finish(), "finish")
    assert (await _recognise(engine, speech)).text, "after two cancelled utterances the next one works"
    assert late == [], "nothing is reported after cancel"


async def _survives(engine: Stt, speech: bytes, kill: Kill) -> None:
    stream = engine.open(SttOptions(), lambda _: None)
    await _feed(stream, speech[: len(speech) // 4 * 2])
    kill(engine)
    await fails(stream.finish())
    assert (await _recognise(engine, speech)).text, "after the death of its worker the engine recovers"
    assert is_ready(engine), "an engine that recovered is ready"
