from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ovos_voice_agent.engines.interface import Partial, SttOptions
from ovos_voice_agent.engines.stt.pocketsphinx import PocketSphinx, create
from ovos_voice_agent.errors import ClientError, ConfigError, EngineError, EngineTimeout
from ovos_voice_agent.testing.contracts import check_stt
from tests.recordings import samples_16k, transcript

pytestmark = pytest.mark.real


def pcm(name: str) -> bytes:
    return samples_16k(name).tobytes()


def kill(engine: PocketSphinx) -> None:
    for pid in engine.pids:
        os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def running(**options: object) -> AsyncIterator[PocketSphinx]:
    engine = create({"workers": 1, **options})
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


async def hear(engine: PocketSphinx, name: str, memory: object = None) -> tuple[str, list[Partial], object]:
    """Text, partials and memory of a recording fed in pieces of 40 ms."""
    partials: list[Partial] = []
    stream = engine.open(SttOptions(memory=memory), partials.append)
    speech = pcm(name)
    for start in range(0, len(speech), 1280):
        stream.feed(speech[start : start + 1280])
    return (await stream.finish()).text, partials, stream.memory


async def _hear_again(engine: PocketSphinx) -> str:
    """Try until the engine is well."""
    while True:
        with contextlib.suppress(EngineError):
            return (await hear(engine, "goforward"))[0]


def test_contract() -> None:
    check_stt(lambda: create({"workers": 1, "timeout_s": 90}), pcm("goforward"), kill, long_s=10)


def test_words_times_and_memory() -> None:
    async def scene() -> None:
        async with running() as engine:
            stream = engine.open(SttOptions(logprobs=True), lambda _: None)
            stream.feed(pcm("goforward"))
            heard = await stream.finish()
            assert heard.text == transcript("goforward")
            assert [word.text for word in heard.words] == heard.text.split()
            assert 0.3 < heard.words[0].start_s < 0.7
            assert 2.0 < heard.words[-1].end_s < 2.79
            assert all(0 < (word.probability or 0) <= 1 for word in heard.words)
            assert [text for text, logprob in heard.logprobs if logprob <= 0] == heard.text.split()
            text, partials, memory = await hear(engine, "something", stream.memory)
            assert text == transcript("something")
            assert partials[-1].stable.split() == text.split()[: len(partials[-1].stable.split())]
            assert memory not in (None, stream.memory)

    asyncio.run(scene())


def test_more_streams_than_decoders_take_turns() -> None:
    async def scene() -> None:
        async with running(streams_per_worker=1) as engine:
            names = ["goforward", "something", "cards_001"]
            heard = await asyncio.gather(*(hear(engine, name) for name in names))
            assert [text for text, _, _ in heard] == [transcript(name) for name in names]

    asyncio.run(scene())


def test_what_one_utterance_leaves_in_a_decoder_does_not_change_the_next() -> None:
    async def scene() -> None:
        async with running(streams_per_worker=1) as engine:
            first = [(await hear(engine, name))[0] for name in ("goforward", "librivox_0870", "librivox_0890")]
            again = [(await hear(engine, name))[0] for name in ("goforward", "librivox_0870", "librivox_0890")]
            assert first == again

    asyncio.run(scene())


def test_silence_and_noise_leave_no_memory() -> None:
    async def scene() -> None:
        async with running() as engine:
            stream = engine.open(SttOptions(), lambda _: None)
            stream.feed(bytes(64_000))
            assert (await stream.finish()).text == ""
            assert stream.memory is None

    asyncio.run(scene())


def test_a_dropped_utterance_frees_its_decoder() -> None:
    async def scene() -> None:
        async with running(streams_per_worker=1) as engine:
            for _ in range(3):
                stream = engine.open(SttOptions(), lambda _: None)
                stream.feed(pcm("librivox_0870"))
                stream.cancel()
            assert (await hear(engine, "goforward"))[0] == transcript("goforward")

    asyncio.run(scene())


def test_a_stopped_worker_is_a_timeout_and_is_replaced() -> None:
    async def scene() -> None:
        async with running(timeout_s=1.5) as engine:
            (pid,) = engine.pids
            stream = engine.open(SttOptions(), lambda _: None)
            os.kill(pid, signal.SIGSTOP)
            stream.feed(pcm("goforward"))
            with pytest.raises(EngineTimeout):
                await stream.finish()
            text = await asyncio.wait_for(_hear_again(engine), 20)
            assert text == transcript("goforward")
            assert pid not in engine.pids
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)

    asyncio.run(scene())


def test_a_stopped_worker_is_replaced_though_its_caller_has_less_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovos_voice_agent.engines.workers.PING_S", 0.3)

    async def scene() -> None:
        async with running() as engine:
            (pid,) = engine.pids
            stream = engine.open(SttOptions(), lambda _: None)
            os.kill(pid, signal.SIGSTOP)
            stream.feed(pcm("goforward"))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(stream.finish(), 0.2)
            text = await asyncio.wait_for(_hear_again(engine), 20)
            assert text == transcript("goforward")
            assert pid not in engine.pids

    asyncio.run(scene())


def test_a_closed_engine_says_so() -> None:
    async def scene() -> None:
        engine = create({"workers": 1})
        with pytest.raises(EngineError, match="not running"):
            engine.open(SttOptions(), lambda _: None)
        await engine.start()
        await engine.close()
        with pytest.raises(EngineError, match="not running"):
            engine.open(SttOptions(), lambda _: None)

    asyncio.run(scene())


def test_other_languages_are_refused_and_english_is_not() -> None:
    async def scene() -> None:
        async with running() as engine:
            with pytest.raises(ClientError, match="English only"):
                engine.open(SttOptions(language="de"), lambda _: None)
            engine.open(SttOptions(language="en-GB"), lambda _: None).cancel()

    asyncio.run(scene())


def test_all_mistakes_in_the_options_are_told() -> None:
    with pytest.raises(ConfigError) as told:
        create({"workers": 0, "timeout_s": "long", "speed": 1})
    assert len(told.value.problems) == 3
    assert all(any(key in problem for problem in told.value.problems) for key in ("workers", "timeout_s", "speed"))
