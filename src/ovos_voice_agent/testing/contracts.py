"""What every engine must do, as checks for its tests: for the engines in the box and for authors of others.

A test of an engine is three lines::

    def test_contract() -> None:
        check_tts(lambda: create({}))

Each check builds engines with the factory it is given, runs them on an event loop of its own, and raises AssertionError
with the rule that was broken. `kill`, where given, ends the engine's worker (its process, its connection) the hard way.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, TypeVar, cast

import numpy as np

from ovos_voice_agent.engines.frontend.interface import Frontend, FrontendOptions
from ovos_voice_agent.engines.interface import (
    Engine,
    FloatSamples,
    Kind,
    Llm,
    LlmDone,
    LlmEvent,
    Message,
    Partial,
    Prompt,
    Recovering,
    Speech,
    Stt,
    SttOptions,
    SttStream,
    TextDelta,
    TextPart,
    ToolCallDelta,
    Transcript,
    Tts,
    TtsOptions,
    Vad,
)
from ovos_voice_agent.errors import EngineError

STOP_S = 2.0
"""How long an engine may take to stop or to close."""
WORK_S = 60.0
"""How long anything may take at all."""
LOOP_WORK_S = 0.05
"""How long the event loop may compute between two ticks: two and a half frames of audio."""
LOOP_DELAY_S = 0.5
"""How late a tick may come for any other reason; generous, for other programs may have the processor."""
TICK_S = 0.01
CHARACTER_S = (0.02, 0.8)
"""How long a character may take to say: people need 0.06 s, Morse code 0.2 s."""
STEP_BYTES = 1280
"""40 ms at 16 kHz: how speech is fed."""
LONG_TEXT = "The quick brown fox jumps over the lazy dog, and nobody knows why. " * 60

AnyEngine = TypeVar("AnyEngine", bound=Engine)
Kill = Callable[[Any], None]


def check_stt(make: Callable[[], Stt], speech_pcm: bytes, kill: Kill | None = None) -> None:
    """`speech_pcm`: mono int16 at 16 kHz, in which the engine understands at least one word."""
    asyncio.run(_within(_check_stt(make, speech_pcm, kill)))


def check_tts(make: Callable[[], Tts], kill: Kill | None = None) -> None:
    """The default voice is the first of `voices`."""
    asyncio.run(_within(_check_tts(make, kill)))


def check_llm(make: Callable[[], Llm]) -> None:
    """The engine is asked to say hello."""
    asyncio.run(_within(_check_llm(make)))


def check_vad(make: Callable[[], Vad], speech_pcm: bytes) -> None:
    """`speech_pcm`: mono int16 at 16 kHz with a second of speech in it."""
    asyncio.run(_within(_check_vad(make, speech_pcm)))


def check_frontend(make: Callable[[], Frontend], speech_pcm: bytes) -> None:
    """`speech_pcm` as for `check_vad`, without noise."""
    asyncio.run(_within(_check_frontend(make, speech_pcm)))


# ----------------------------------------------------------------------------------------- recognition


async def _check_stt(make: Callable[[], Stt], speech: bytes, kill: Kill | None) -> None:
    async with _running(make, "stt") as engine:
        await _recognises(engine, speech)
        assert (await _recognise(engine, b"")).text == "", "no audio has no words"
        assert (await _recognise(engine, bytes(64))).text == "", "two milliseconds have no words"
        first, second = await asyncio.gather(_recognise(engine, speech), _recognise(engine, speech))
        assert first.text, "two at once: the first is recognised"
        assert second.text, "two at once: the second is recognised"
        await _cancels_recognition(engine, speech)
        if kill:
            await _survives_death_of_recognition(engine, speech, kill)


async def _recognises(engine: Stt, speech: bytes) -> None:
    partials: list[Partial] = []
    async with _watched_loop():
        transcript = await _recognise(engine, speech, partials.append)
    assert transcript.text.strip(), "speech has words"
    for before, after in itertools.pairwise(partials):
        assert after.stable.startswith(before.stable), "the stable part only grows"
    ends = [word.end_s for word in transcript.words]
    assert ends == sorted(ends), "words come in order"


async def _recognise(engine: Stt, pcm: bytes, on_partial: Callable[[Partial], None] = lambda _: None) -> Transcript:
    stream = engine.open(SttOptions(), on_partial)
    await _feed(stream, pcm)
    transcript = await stream.finish()
    stream.cancel()
    return transcript


async def _feed(stream: SttStream, pcm: bytes) -> None:
    for start in range(0, len(pcm), STEP_BYTES):
        stream.feed(pcm[start : start + STEP_BYTES])
        await asyncio.sleep(0)


async def _cancels_recognition(engine: Stt, speech: bytes) -> None:
    late: list[Partial] = []
    stream = engine.open(SttOptions(), late.append)
    await _feed(stream, speech)
    stream.cancel()
    late.clear()
    stream.cancel()
    stream = engine.open(SttOptions(), lambda _: None)
    await _feed(stream, speech)
    await _stops(stream.finish(), "finish")
    assert (await _recognise(engine, speech)).text, "after two cancelled utterances the next one works"
    assert late == [], "nothing is reported after cancel"


async def _survives_death_of_recognition(engine: Stt, speech: bytes, kill: Kill) -> None:
    stream = engine.open(SttOptions(), lambda _: None)
    await _feed(stream, speech[: len(speech) // 4 * 2])
    kill(engine)
    await _fails(stream.finish())
    assert (await _recognise(engine, speech)).text, "after the death of its worker the engine recovers"
    assert _ready(engine), "an engine that recovered is ready"


# ------------------------------------------------------------------------------------------- synthesis


async def _check_tts(make: Callable[[], Tts], kill: Kill | None) -> None:
    async with _running(make, "tts") as engine:
        assert engine.voices, "an engine has a voice"
        assert await _speak(engine, "") == [], "no text has no sound"
        assert await _speak(engine, " \n ") == [], "white space has no sound"
        _is_speech(await _speak(engine, "Hello there."))
        both = await asyncio.gather(_speak(engine, "One at a time."), _speak(engine, "Two at a time."))
        for pieces in both:
            _is_speech(pieces)
        async with _watched_loop():
            long = await _speak(engine, LONG_TEXT)
        _is_speech(long)
        length_s = sum(len(piece.pcm) // 2 for piece in long) / engine.rate_hz
        assert CHARACTER_S[0] < length_s / len(LONG_TEXT) < CHARACTER_S[1], "the pace of speech: is rate_hz right?"
        await _stops_speaking(engine)
        if kill:
            await _survives_death_of_synthesis(engine, kill)


def _is_speech(pieces: Sequence[Speech]) -> None:
    assert pieces, "text has sound"
    assert all(len(piece.pcm) % 2 == 0 for piece in pieces), "pieces are whole samples"
    assert np.abs(np.frombuffer(b"".join(piece.pcm for piece in pieces), dtype="<i2").astype(int)).max() > 1000, (
        "silence"
    )
    starts = [word.start_s for piece in pieces for word in piece.words]
    assert starts == sorted(starts), "words come in order"


async def _speak(engine: Tts, text: str) -> list[Speech]:
    return [piece async for piece in engine.speak(text, _voice(engine))]


def _voice(engine: Tts) -> TtsOptions:
    return TtsOptions(voice=engine.voices[0].id)


async def _stops_speaking(engine: Tts) -> None:
    """Stop after the first piece; the next phrase must not wait for the rest of the text."""
    async with aclosing(cast("Any", engine.speak(LONG_TEXT, _voice(engine)))) as pieces:
        assert await anext(pieces), "a long text begins"
        await _in_time(pieces.aclose(), "speaking stops in time")
    async with asyncio.timeout(STOP_S):
        _is_speech(await _speak(engine, "Next."))


async def _survives_death_of_synthesis(engine: Tts, kill: Kill) -> None:
    pieces = aiter(engine.speak(LONG_TEXT, _voice(engine)))
    await anext(pieces)
    kill(engine)
    await _fails(_exhaust(pieces))
    _is_speech(await _speak(engine, "Back again."))
    assert _ready(engine), "an engine that recovered is ready"


async def _exhaust(iterator: AsyncIterator[Any]) -> None:
    async for _ in iterator:
        pass


# -------------------------------------------------------------------------------------------- the mind


async def _check_llm(make: Callable[[], Llm]) -> None:
    async with _running(make, "llm") as engine:
        _is_reply(await _reply(engine, "Say hello."))
        _is_reply(await _reply(engine, ""))
        _is_reply(await _reply(engine, LONG_TEXT))
        for events in await asyncio.gather(_reply(engine, "Say one."), _reply(engine, "Say two.")):
            _is_reply(events)
        async with aclosing(cast("Any", engine.reply(_prompt("Say hello.")))) as events:
            await anext(events)
            await _in_time(events.aclose(), "an answer stops in time")


def _is_reply(events: Sequence[LlmEvent]) -> None:
    assert [event for event in events if isinstance(event, LlmDone)] == [*events[-1:]], (
        "one LlmDone, and it is the last"
    )
    assert any(isinstance(event, TextDelta | ToolCallDelta) for event in events), "an answer has text or a call"


async def _reply(engine: Llm, text: str) -> list[LlmEvent]:
    return [event async for event in engine.reply(_prompt(text))]


def _prompt(text: str) -> Prompt:
    return Prompt(messages=(Message("system", (TextPart("Answer briefly."),)), Message("user", (TextPart(text),))))


# ------------------------------------------------------------------------------------- voice detection


async def _check_vad(make: Callable[[], Vad], speech: bytes) -> None:
    async with _running(make, "vad") as engine:
        samples = np.frombuffer(speech, dtype="<i2").astype(np.float32) / 32768
        count = len(samples) // engine.window_samples
        windows = samples[: count * engine.window_samples].reshape(count, engine.window_samples)
        first, second, silent = await asyncio.gather(
            _judge(engine, windows), _judge(engine, windows), _judge(engine, np.zeros_like(windows))
        )
        assert len(first) == count, "one probability for each window"
        assert all(0 <= probability <= 1 for probability in first), "probabilities"
        assert np.allclose(first, second, atol=0.01), "two at once do not disturb each other"
        assert max(first) > 0.5, "speech is noticed"
        assert max(silent) < 0.5, "silence is not speech"


async def _judge(engine: Vad, windows: np.ndarray[Any, Any]) -> list[float]:
    """All probabilities, submitted one by one; closes the stream, twice."""
    stream = engine.open()
    judged: list[float] = []
    complete = asyncio.Event()

    def deliver(probabilities: Sequence[float]) -> None:
        judged.extend(probabilities)
        if len(judged) == len(windows):
            complete.set()

    for number in range(len(windows)):
        stream.submit(windows[number : number + 1], deliver)
    await complete.wait()
    stream.close()
    stream.close()
    return judged


# ---------------------------------------------------------------------------------- the sound front end


async def _check_frontend(make: Callable[[], Frontend], speech: bytes) -> None:
    async with _running(make, "frontend") as engine:
        samples = (np.frombuffer(speech, dtype="<i2") / 32768).astype(np.float32)
        size = len(samples) // engine.frame_samples * engine.frame_samples
        frames = samples[:size].reshape(-1, engine.frame_samples)
        tries = [frames], list(frames[:, None]), [np.zeros(frames.shape, np.float32)]
        async with _watched_loop():
            whole, cut, silent = await asyncio.gather(*(_clean(engine, pieces) for pieces in tries))
        assert len(whole) == size, "a frame for each frame"
        assert np.array_equal(whole, cut), "two at once do not disturb each other, and chunks make no difference"
        assert np.abs(silent).max() < 0.001, "silence stays silence"
        near = {at: float(np.dot(samples[: size - at], whole[at:])) for at in range(engine.delay_samples + 17)}
        assert max(near, key=near.__getitem__) == engine.delay_samples, "the sound comes out as late as the engine says"


async def _clean(engine: Frontend, pieces: Sequence[FloatSamples]) -> FloatSamples:
    stream, complete, cleaned = engine.open(FrontendOptions()), asyncio.Event(), [np.zeros(0, np.float32)]
    for piece in pieces:
        stream.submit(piece, cleaned.extend)
    stream.submit(pieces[0][:1], lambda _: complete.set())
    await complete.wait()
    stream.close()
    stream.close()
    return np.concatenate(cleaned)


# ---------------------------------------------------------------------------------------------- shared


async def _within(check: Awaitable[None]) -> None:
    async with asyncio.timeout(WORK_S):
        await check


@asynccontextmanager
async def _running(make: Callable[[], AnyEngine], kind: Kind) -> AsyncIterator[AnyEngine]:
    """A started engine. An engine that was never started can be closed, and one that was, twice."""
    await make().close()
    engine = make()
    assert engine.info.kind == kind, "info tells the kind"
    assert engine.info.quality, "info tells a person how good it is"
    await engine.start()
    assert _ready(engine), "an engine that is started is ready"
    try:
        yield engine
    finally:
        async with asyncio.timeout(STOP_S):
            await engine.close()
            await engine.close()


def _ready(engine: Engine) -> bool:
    return engine.ready if isinstance(engine, Recovering) else True


async def _in_time(work: Awaitable[Any], rule: str) -> None:
    try:
        async with asyncio.timeout(STOP_S):
            await work
    except TimeoutError:
        raise AssertionError(rule) from None


async def _stops(work: Awaitable[Any], what: str) -> None:
    """Begin, cancel, and see it end."""
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=STOP_S)
    assert done, f"{what} ends when it is cancelled"
    assert task.cancelled() or task.exception() is None, f"{what} is cancelled quietly"


async def _fails(work: Awaitable[Any]) -> None:
    try:
        async with asyncio.timeout(STOP_S):
            await work
    except EngineError:
        return
    raise AssertionError("the death of its worker is an EngineError")


@asynccontextmanager
async def _watched_loop() -> AsyncIterator[None]:
    """Nothing inside keeps the event loop from its other work."""
    loop = asyncio.get_running_loop()
    busy_s: list[float] = []
    delays_s: list[float] = []
    over = asyncio.Event()

    async def tick() -> None:
        while not over.is_set():
            worked_s, due_s = time.thread_time(), loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            busy_s.append(time.thread_time() - worked_s)
            delays_s.append(loop.time() - due_s)

    gc.freeze()  # what a long test run has gathered is not the engine's to collect
    task = asyncio.ensure_future(tick())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        over.set()
        await task
        gc.unfreeze()
    assert max(busy_s) < LOOP_WORK_S, "the event loop was kept busy"
    assert max(delays_s) < LOOP_DELAY_S, "the event loop was blocked"
