"""The HTTP voice against the scripted server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.engines.interface import TtsOptions
from ovos_voice_agent.engines.tts.openai_http import OpenAiTts, create
from ovos_voice_agent.errors import ConfigError, EngineError, EngineTimeout
from ovos_voice_agent.testing.contracts import check_tts
from ovos_voice_agent.testing.stub_server import StubServer, TtsScript, tone

ALLOY = TtsOptions(voice="alloy")


def run(work: Callable[[StubServer, OpenAiTts], Coroutine[Any, Any, Any]], **options: Any) -> Any:
    async def main() -> Any:
        async with StubServer() as stub:
            tts = create({"base_url": stub.base_url, "model": "tts", **options})
            try:
                async with asyncio.timeout(5):
                    return await work(stub, tts)
            finally:
                await tts.close()

    return asyncio.run(main())


async def speak(tts: OpenAiTts, text: str = "Hello there", options: TtsOptions = ALLOY) -> list[bytes]:
    return [speech.pcm async for speech in tts.speak(text, options)]


@pytest.mark.real
def test_the_contract_with_a_server_of_our_own(served: str) -> None:
    check_tts(lambda: create({"base_url": served, "model": "tts-1"}))


@pytest.mark.parametrize("piece_bytes", [777, 4800, 100_000])
def test_speech_arrives_whole_in_short_pieces(piece_bytes: int) -> None:
    async def work(stub: StubServer, tts: OpenAiTts) -> None:
        stub.tts.append(TtsScript(piece_bytes=piece_bytes))
        pieces = await speak(tts)
        assert b"".join(pieces) == tone(660)
        assert all(len(piece) % 2 == 0 and 0 < len(piece) <= 4800 for piece in pieces)

    run(work)


def test_voice_speed_and_instructions_are_mapped() -> None:
    async def work(stub: StubServer, tts: OpenAiTts) -> None:
        await speak(tts, options=TtsOptions("alloy", speed=1.5, instructions="Whisper."))
        body = stub.requests[-1].body
        assert body == {
            "model": "tts", "input": "Hello there", "voice": "af_sky", "response_format": "pcm", "speed": 1.8,
            "instructions": "Whisper.",
        }  # fmt: skip
        assert [voice.id for voice in tts.voices] == ["alloy", "echo"]

    run(work, voices={"alloy": "af_sky", "echo": "am_adam"}, speed=1.2)


@pytest.mark.parametrize("piece_bytes", [5, 50, 4801])
def test_a_wav_answer_is_read_wherever_it_is_cut(piece_bytes: int) -> None:
    async def work(stub: StubServer, tts: OpenAiTts) -> None:
        stub.tts.append(TtsScript(container="wav", piece_bytes=piece_bytes, ms_per_char=10))
        assert b"".join(await speak(tts)) == tone(110)

    run(work)


def test_a_wav_answer_at_another_rate_is_brought_to_ours() -> None:
    async def work(stub: StubServer, tts: OpenAiTts) -> None:
        stub.tts.append(TtsScript(container="wav", rate_hz=16_000))
        heard = np.frombuffer(b"".join(await speak(tts)), "<i2").astype(float)
        wanted = np.frombuffer(tone(660), "<i2").astype(float)
        assert len(heard) == len(wanted)
        assert np.abs(heard - wanted)[500:-500].max() < 200  # of 8192: the filter's ripple

    run(work)


def test_nothing_to_say_asks_nobody() -> None:
    async def work(stub: StubServer, tts: OpenAiTts) -> None:
        assert await speak(tts, "") == await speak(tts, " … ") == []
        assert not stub.requests

    run(work)


@pytest.mark.parametrize(
    "script",
    [
        TtsScript(container="garbage"),
        TtsScript(container="empty"),
        TtsScript(status=500),
        TtsScript(dies_after_bytes=9_600),
    ],
)
def test_failures_are_engine_errors(script: TtsScript) -> None:
    async def work(stub: StubServer, tts: OpenAiTts) -> None:
        stub.tts.extend([script, script])
        with pytest.raises(EngineError):
            await speak(tts)

    run(work)


def test_one_retry_while_nothing_was_heard() -> None:
    async def work(stub: StubServer, tts: OpenAiTts) -> None:
        for failure in (TtsScript(dies_after_bytes=0), TtsScript(status=500)):
            stub.tts.extend([failure, TtsScript()])
            assert await speak(tts)
        stub.tts.extend([TtsScript(dies_after_bytes=9_600), TtsScript()])
        with pytest.raises(EngineError):
            await speak(tts)
        assert len(stub.tts) == 1

    run(work)


def test_a_slow_server_is_a_timeout() -> None:
    async def work(stub: StubServer, tts: OpenAiTts) -> None:
        stub.tts.append(TtsScript(delay_s=30))
        with pytest.raises(EngineTimeout):
            await speak(tts)

    run(work, timeout_s=0.05)


def test_closing_the_iterator_closes_the_connection() -> None:
    async def work(stub: StubServer, tts: OpenAiTts) -> None:
        stub.tts.append(replace(TtsScript(), piece_delay_s=0.2))
        async with aclosing(tts.speak("Hello there", ALLOY)) as pieces:  # type: ignore[type-var]
            async for _ in pieces:
                break
        await stub.requests[-1].ended.wait()
        assert stub.requests[-1].closed_early

    run(work)


def test_mistakes_in_options_are_named() -> None:
    with pytest.raises(ConfigError) as caught:
        create({"response_format": "mp3", "voices": {"a": 1}, "speed": 9, "rate": 1})
    for word in ("response_format", "voices", "speed", "rate is not", "model is needed"):
        assert word in str(caught.value)
