"""The detector as sessions use it."""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import threadpoolctl

from ovos_voice_agent.audio.edges import Offset, Onset, SpeechEdges
from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.engines.interface import Engine, FloatSamples
from ovos_voice_agent.engines.vad.gate import LONG_SETTLE_WINDOWS as SETTLE_WINDOWS
from ovos_voice_agent.engines.vad.silero import Silero, SileroStream, create
from ovos_voice_agent.errors import ConfigError, EngineError
from ovos_voice_agent.testing.contracts import check_vad
from tests.recordings import RECORDINGS, recording, samples_16k

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ovos_voice_agent.engines.interface import Vad

WINDOW = 512
REFERENCE: dict[str, list[float]] = json.loads(Path(__file__).with_name("silero_reference.json").read_text())


def with_engine(test: Callable[[Silero], Awaitable[None]], **options: float) -> None:
    async def run() -> None:
        engine = create({"gather_ms": 0.0, **options})
        await engine.start()
        try:
            await test(engine)
        finally:
            await engine.close()

    asyncio.run(run())


async def judged(stream: SileroStream, windows: FloatSamples) -> list[float]:
    done: asyncio.Future[Sequence[float]] = asyncio.get_running_loop().create_future()
    stream.submit(windows, done.set_result)
    return list(await asyncio.wait_for(done, 20))


def speech(name: str, *, silence_before_s: float = 0.0, silence_after_s: float = 0.0) -> FloatSamples:
    """Windows of a recording with digital silence around it."""
    samples, _ = read_wav(recording(name))
    before, after = (np.zeros(int(s * 16_000), np.float32) for s in (silence_before_s, silence_after_s))
    whole = np.concatenate((before, samples, after))
    return whole[: len(whole) // WINDOW * WINDOW].reshape(-1, WINDOW)


def edges_of(probabilities: Sequence[float]) -> list[Onset | Offset]:
    edges = SpeechEdges()
    found = [edges.update(p, index * WINDOW) for index, p in enumerate(probabilities)]
    return [edge for edge in found if edge is not None]


@pytest.mark.parametrize("size", [1, 3, 50])
def test_streams_say_what_the_official_model_says(size: int) -> None:
    async def test(engine: Silero) -> None:
        for name, expected in REFERENCE.items():
            windows, stream = speech(name), engine.open()
            chunks = [windows[at : at + size] for at in range(0, len(windows), size)]
            found = [p for chunk in await asyncio.gather(*(judged(stream, c) for c in chunks)) for p in chunk]
            np.testing.assert_allclose(found, expected, atol=0.004)

    with_engine(test)


def test_contract() -> None:
    check_vad(lambda: create({}), samples_16k("goforward").tobytes())


def test_it_is_a_vad() -> None:
    engine: Vad = create({})
    assert isinstance(engine, Engine)
    assert (engine.info.kind, engine.info.name, engine.window_samples) == ("vad", "silero", WINDOW)


@pytest.mark.parametrize(
    ("options", "key"),
    [({"windows": 5}, "windows"), ({"silence_dbfs": "quiet"}, "silence_dbfs"), ({"gather_ms": 50}, "gather_ms")],
)
def test_wrong_options_are_named(options: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=key):
        create(options)


@pytest.mark.parametrize("name", sorted(RECORDINGS))
@pytest.mark.parametrize("silence_s", [0.0, 1.0])
def test_speech_is_found_within_350_ms_of_its_start(name: str, silence_s: float) -> None:
    async def test(engine: Silero) -> None:
        windows = speech(name, silence_before_s=silence_s, silence_after_s=1.0)
        first, *_, last = edges_of(await judged(engine.open(), windows))
        start = round((silence_s + RECORDINGS[name].speech_start_s) * 16_000)
        end = round((silence_s + RECORDINGS[name].speech_end_s) * 16_000)
        assert isinstance(first, Onset)
        assert -3_200 < first.at_sample - start < 5_600
        assert isinstance(last, Offset)
        assert abs(last.last_speech_sample - end) < 6_400

    with_engine(test)


def test_a_long_silence_before_loses_no_onset() -> None:
    """Long enough for the gate to close: the model has not seen most of it."""

    async def test(engine: Silero) -> None:
        for name, known in RECORDINGS.items():
            silence_s = (SETTLE_WINDOWS + 60) * WINDOW / 16_000
            probabilities = await judged(engine.open(), speech(name, silence_before_s=silence_s))
            assert set(probabilities[SETTLE_WINDOWS : SETTLE_WINDOWS + 59]) == {0.0}
            onset = edges_of(probabilities)[0].at_sample
            assert onset - round((silence_s + known.speech_start_s) * 16_000) < 5_600

    with_engine(test)


def test_once_asleep_window_by_window_is_as_all_at_once() -> None:
    """The shortcut past the worker must neither change a probability nor overtake what is under way."""

    async def test(engine: Silero) -> None:
        silence_s = (SETTLE_WINDOWS + 40) * WINDOW / 16_000
        windows = speech("goforward", silence_before_s=silence_s)
        at_once = await judged(engine.open(), windows)
        stream, got = engine.open(), []
        for at in range(len(windows)):
            stream.submit(windows[at : at + 1], got.extend)
            if at % 3 == 0:
                await judged(stream, windows[:0])  # now nothing is under way
        await judged(stream, windows[:0])
        np.testing.assert_allclose(got, at_once, atol=1e-5)

    with_engine(test)


def test_asleep_it_tells_what_may_pass_it_by() -> None:
    async def test(engine: Silero) -> None:
        stream, silence = engine.open(), np.zeros((SETTLE_WINDOWS + 1, WINDOW), np.float32)
        assert stream.silence is not None
        stream.pass_over(1000, -80.0)
        assert stream.silence is not None
        await judged(stream, silence[:1] + 0.1)
        assert stream.silence is None
        await judged(stream, silence[:-2])
        assert stream.silence is None
        await judged(stream, silence[:2])
        assert stream.silence is not None

    with_engine(test)


def test_asleep_and_closed_nothing_is_delivered() -> None:
    async def test(engine: Silero) -> None:
        stream, got = engine.open(), []
        silence = np.zeros((SETTLE_WINDOWS + 1, WINDOW), np.float32)
        await judged(stream, silence)
        stream.submit(silence[:2], got.append)
        stream.close()
        stream.submit(silence[:2], got.append)
        assert got == [[0.0, 0.0]]

    with_engine(test)


def test_the_gate_can_be_lowered() -> None:
    async def test(engine: Silero) -> None:
        faint = np.random.default_rng(0).standard_normal((SETTLE_WINDOWS + 8, WINDOW)).astype(np.float32) * 1e-5
        assert min(await judged(engine.open(), faint)) > 0.0

    with_engine(test, silence_dbfs=-200.0)


def test_chunks_and_company_change_nothing() -> None:
    async def test(engine: Silero) -> None:
        sounds = [speech(name) for name in ("goforward", "something", "cards_001", "cards_005")]
        alone = [await judged(engine.open(), sound) for sound in sounds]
        together = await asyncio.gather(
            *(by_chunks(engine.open(), s, n) for s, n in zip(sounds, (1, 3, 8, 20), strict=True))
        )
        for one, many in zip(alone, together, strict=True):
            np.testing.assert_allclose(one, many, atol=1e-4)

    async def by_chunks(stream: SileroStream, windows: FloatSamples, size: int) -> list[float]:
        chunks = [windows[at : at + size] for at in range(0, len(windows), size)]
        return [p for chunk in await asyncio.gather(*(judged(stream, c) for c in chunks)) for p in chunk]

    with_engine(test)


def test_two_hundred_streams_at_once_in_order() -> None:
    async def test(engine: Silero) -> None:
        sound, got = speech("cards_001")[:24], [list[list[float]]() for _ in range(200)]
        expected = await judged(engine.open(), sound)
        streams = [engine.open() for _ in got]
        for at in range(0, len(sound), 3):
            for stream, into in zip(streams, got, strict=True):
                stream.submit(sound[at : at + 3], functools.partial(keep, into))
        await asyncio.gather(*(judged(stream, sound[:0]) for stream in streams))
        for into in got:
            np.testing.assert_allclose(np.concatenate(into), expected, atol=1e-4)

    def keep(into: list[list[float]], probabilities: Sequence[float]) -> None:
        into.append(list(probabilities))

    with_engine(test)


def test_reset_forgets_but_delivers_what_is_in_flight() -> None:
    async def test(engine: Silero) -> None:
        sound, stream = speech("goforward")[:40], engine.open()
        in_flight = asyncio.ensure_future(judged(stream, sound))
        await asyncio.to_thread(lambda: None)
        stream.reset()
        again = await judged(stream, sound)
        np.testing.assert_allclose(await in_flight, again, atol=1e-4)
        assert not np.allclose(await judged(stream, sound), again, atol=1e-4)

    with_engine(test)


def test_nothing_comes_after_close() -> None:
    async def test(engine: Silero) -> None:
        stream, other, got = engine.open(), engine.open(), []
        stream.submit(speech("cards_001"), got.append)
        stream.close()
        stream.submit(speech("cards_001"), got.append)
        await judged(other, speech("cards_001"))
        assert got == []

    with_engine(test)


def test_closing_the_engine_ends_it() -> None:
    async def run() -> None:
        engine, got = create({}), []
        with pytest.raises(EngineError, match="not running"):
            engine.open()
        await engine.close()
        await engine.start()
        engine.open().submit(speech("cards_001"), got.append)
        await engine.close()
        await engine.close()
        assert got == []
        with pytest.raises(EngineError, match="not running"):
            engine.open()

    asyncio.run(run())


def test_windows_of_another_shape_are_refused() -> None:
    async def test(engine: Silero) -> None:
        for shape in ((WINDOW,), (2, 256)):
            with pytest.raises(ValueError, match="512"):
                engine.open().submit(np.zeros(shape, np.float32), print)

    with_engine(test)


def test_blas_has_one_thread() -> None:
    async def test(engine: Silero) -> None:
        libraries = [info for info in threadpoolctl.threadpool_info() if info["user_api"] == "blas"]
        assert all(info["num_threads"] == 1 for info in libraries)

    with_engine(test)


def test_a_stream_is_small() -> None:
    async def test(engine: Silero) -> None:
        stream = engine.open()
        arrays = (stream._state.hidden, stream._state.cell, stream._sieve, stream._sieve._context)
        objects = (stream, stream._lane, stream._lane.__dict__, stream._lane._jobs, stream._state, *arrays)
        assert sum(sys.getsizeof(thing) for thing in objects) < 3_500

    with_engine(test)
