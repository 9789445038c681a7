"""The contract of voices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any, cast

import numpy as np

from ovos_voice_agent.engines.interface import Speech, Tts, TtsOptions
from ovos_voice_agent.testing.contracts.running import (
    LONG_TEXT,
    Kill,
    exhaust,
    fails,
    in_time,
    is_ready,
    run,
    running,
    watched_loop,
)

CHARACTER_S = (0.02, 0.8)
"""How long a character may take to say: people need 0.06 s, Morse code 0.2 s."""
LOUD = 1000
"""What the loudest sample of speech is above, of 32,768."""


def check_tts(make: Callable[[], Tts], kill: Kill | None = None) -> None:
    """The default voice is the first of `voices`."""
    run(_check(make, kill))


async def _check(make: Callable[[], Tts], kill: Kill | None) -> None:
    async with running(make, "tts") as engine:
        assert engine.voices, "an engine has a voice"
        assert await _speak(engine, "") == [], "no text has no sound"
        assert await _speak(engine, " \n ") == [], "white space has no sound"
        _is_speech(await _speak(engine, "Hello there."))
        for pieces in await asyncio.gather(_speak(engine, "One at a time."), _speak(engine, "Two at a time.")):
            _is_speech(pieces)
        async with watched_loop():
            long = await _speak(engine, LONG_TEXT)
        _is_speech(long)
        length_s = sum(len(piece.pcm) // 2 for piece in long) / engine.rate_hz
        assert CHARACTER_S[0] < length_s / len(LONG_TEXT) < CHARACTER_S[1], "the pace of speech: is rate_hz right?"
        await _stops(engine)
        if kill:
            await _survives(engine, kill)


def _is_speech(pieces: Sequence[Speech]) -> None:
    assert pieces, "text has sound"
    assert all(len(piece.pcm) % 2 == 0 for piece in pieces), "pieces are whole samples"
    samples = np.frombuffer(b"".join(piece.pcm for piece in pieces), dtype="<i2").astype(int)
    assert np.abs(samples).max() > LOUD, "silence"
    starts = [word.start_s for piece in pieces for word in piece.words]
    assert starts == sorted(starts), "words come in order"


async def _speak(engine: Tts, text: str) -> list[Speech]:
    return [piece async for piece in engine.speak(text, _voice(engine))]


def _voice(engine: Tts) -> TtsOptions:
    return TtsOptions(voice=engine.voices[0].id)


async def _stops(engine: Tts) -> None:
    """Stop after the first piece; the next phrase must not wait for the rest of the text."""
    async with aclosing(cast("Any", engine.speak(LONG_TEXT, _voice(engine)))) as pieces:
        assert await anext(pieces), "a long text begins"
        await in_time(pieces.aclose(), "speaking stops in time")
    _is_speech(await in_time(_speak(engine, "Next."), "the next phrase does not wait for what was stopped"))


async def _survives(engine: Tts, kill: Kill) -> None:
    pieces = aiter(engine.speak(LONG_TEXT, _voice(engine)))
    await anext(pieces)
    kill(engine)
    await fails(exhaust(pieces))
    _is_speech(await _speak(engine, "Back again."))
    assert is_ready(engine), "an engine that recovered is ready"
