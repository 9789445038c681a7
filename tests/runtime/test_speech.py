"""Speech for one request."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import numpy as np
import pytest

from ovos_voice_agent.audio.encoders import new_encoder
from ovos_voice_agent.errors import ClientError, EngineError
from ovos_voice_agent.runtime.piping import WAITING
from ovos_voice_agent.runtime.speech import SpeechOrder, encoded, speech
from ovos_voice_agent.testing.fakes import FOREVER, Tone, ToneTts
from tests.runtime.scenes import run, world
from tests.runtime.waiting import until

TEXT = "Hello there, I am here. " * 20


async def spoken(tts: ToneTts, order: SpeechOrder) -> bytes:
    return b"".join([piece async for piece in speech(world(tts=tts), order)])


def test_all_is_said_in_order_and_to_the_sample() -> None:
    tts = ToneTts()
    pcm = run(spoken(tts, SpeechOrder(TEXT, "tone", speed=2.0, instructions="Slowly.")))
    assert " ".join(one.text.strip() for one in tts.spoken) == TEXT.strip()
    assert len(pcm) == 2 * sum(tts.samples_of(one.text) for one in tts.spoken)
    assert tts.spoken[0].options.speed == 2.0
    assert tts.spoken[0].options.instructions == "Slowly."


@pytest.mark.parametrize("rate_hz", [8_000, 48_000])
def test_at_another_rate(rate_hz: int) -> None:
    tts = ToneTts(Tone(rate_hz=22_050))
    pcm = run(spoken(tts, SpeechOrder("Hello there.", "tone", rate_hz=rate_hz)))
    wanted = sum(tts.samples_of(one.text) for one in tts.spoken) * rate_hz / 22_050
    assert len(pcm) // 2 == pytest.approx(wanted, abs=1)


def test_the_first_sound_comes_before_the_text_is_finished() -> None:
    async def scene() -> None:
        tts = ToneTts(Tone(piece_s=0.001))
        async with aclosing(speech(world(tts=tts), SpeechOrder(TEXT, "tone"))) as pieces:
            first = await anext(pieces)
            assert np.frombuffer(first, "<i2").any()
            assert len(tts.spoken) <= 2
        assert tts.open_streams == 0

    run(scene())


def test_a_slow_reader_slows_the_voice_down() -> None:
    async def scene() -> None:
        tts = ToneTts()
        async with aclosing(speech(world(tts=tts), SpeechOrder(TEXT * 8, "tone"))) as pieces:
            await anext(pieces)
            for _ in range(2000):
                await asyncio.sleep(0)
            ready_ms = sum(tts.samples_of(one.text) for one in tts.spoken if one.ended) / 24
            assert ready_ms < WAITING * 100 + 64 * 60 + 10_000
            assert len(tts.spoken) < 10
        assert tts.open_streams == 0

    run(scene())


def test_who_stops_reading_ends_a_voice_that_hangs() -> None:
    async def scene() -> None:
        tts = ToneTts(Tone(latency_s=FOREVER))
        pieces = speech(world(tts=tts), SpeechOrder("Hello.", "tone"))
        reading = asyncio.ensure_future(anext(pieces))
        await until(lambda: tts.open_streams)
        reading.cancel()
        await asyncio.wait([reading])
        assert tts.open_streams == 0

    run(scene())


@pytest.mark.parametrize("error", [EngineError("gone"), ClientError("no such voice")])
def test_failures_are_raised_as_they_are(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)):
        run(spoken(ToneTts(Tone(error=error)), SpeechOrder("Hello.", "tone")))


def test_what_cannot_be_said_is_a_short_silence() -> None:
    assert run(spoken(ToneTts(), SpeechOrder("\n \n", "tone", rate_hz=8_000))) == bytes(1600)


def test_tokens_are_counted_as_the_hosted_service_counts() -> None:
    order = SpeechOrder("Hello", "tone", rate_hz=48_000)
    assert (order.tokens, order.spoken_tokens(96_000)) == (2, 20)


def test_a_file_is_encoded_piece_by_piece() -> None:
    async def scene() -> None:
        whole = speech(world(), SpeechOrder("Hello there.", "tone"))
        pieces = [piece async for piece in encoded(whole, new_encoder("mp3", 24_000))]
        assert len(pieces) > 3
        assert all(pieces)

    run(scene())
