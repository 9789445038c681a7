"""A crowd of sessions: frames ready, answers counted."""

from __future__ import annotations

import asyncio

import numpy as np

from ovos_voice_agent.audio.pcm import float_of_bytes
from ovos_voice_agent.benchmarks.crowd import Part, append_frames, gathered, room_noise
from tests.benchmarks.serving import measured
from tests.recordings import silence_24k, speech_24k


def test_noise_has_its_level_and_is_the_same_each_time() -> None:
    noise = float_of_bytes(room_noise(1, -40.0))
    assert abs(10 * np.log10(np.mean(noise**2)) + 40.0) < 0.1
    assert room_noise(1, -40.0) == room_noise(1, -40.0)
    assert room_noise(1, -40.0, seed=2) != room_noise(1, -40.0)


def test_frames_are_40_ms() -> None:
    assert len(append_frames(bytes(48 * 100))) == 2


def test_who_speaks_is_answered_and_who_is_idle_stays() -> None:
    sound = speech_24k("cards_001") + silence_24k(1.0)
    frames = append_frames(sound)

    async def test(url: str) -> None:
        parts = [Part("speaks", frames, once=True), Part("idle", turn_detection={"type": "semantic_vad"})]
        async with gathered(url, parts) as crowd:
            streaming = asyncio.ensure_future(crowd.stream())
            answered = crowd.members[0].socket.expect("response.done")
            await asyncio.wait_for(answered, 10)
            assert (crowd.turns, crowd.unanswered, crowd.lost) == (1, 0, 0)
            assert await crowd.members[1].update() > 0
            streaming.cancel()
            crowd.members[0].turns += 1
            assert crowd.unanswered == 1
        assert crowd.members[0].part.frames == frames

    measured(test)
