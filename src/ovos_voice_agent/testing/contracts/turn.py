"""The contract of turn models."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np

from ovos_voice_agent.engines.interface import FloatSamples
from ovos_voice_agent.engines.turn.interface import TurnModel
from ovos_voice_agent.testing.contracts.running import (
    as_floats,
    close_twice,
    repeated,
    run,
    running,
    same,
    watched_loop,
)

LONG_S = 60.0


def check_turn(make: Callable[[], TurnModel], speech_pcm: bytes) -> None:
    """`speech_pcm`: mono int16 at 16 kHz. An engine without a model opens nothing, and that is all of its contract."""
    run(_check(make, as_floats(speech_pcm)))


async def _check(make: Callable[[], TurnModel], speech: FloatSamples) -> None:
    async with running(make, "turn") as engine:
        if engine.open() is None:
            return
        alone = await _ask(engine, speech)
        answers = list(await asyncio.gather(_ask(engine, speech), _ask(engine, speech[: len(speech) // 2])))
        assert same([alone, answers[0]]), "two at once do not disturb each other"
        long = repeated(speech, LONG_S)
        async with watched_loop():
            answers += [await _ask(engine, long), await _ask(engine, np.zeros(0, np.float32))]
        assert all(0 <= answer <= 1 for answer in answers), "probabilities, of a long turn and of none"
        late: list[float] = []
        stream = engine.open()
        assert stream is not None, "an engine that has a model opens it for everyone"
        stream.ask(speech, late.append)
        close_twice(stream)
        await _ask(engine, speech)
        assert late == [], "nothing is delivered after close"


async def _ask(engine: TurnModel, samples: FloatSamples) -> float:
    """One answer; closes the stream, twice."""
    stream = engine.open()
    assert stream is not None, "an engine that has a model opens it for everyone"
    answer: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    stream.ask(samples, answer.set_result)
    probability = await answer
    close_twice(stream)
    return probability
