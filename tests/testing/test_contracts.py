"""The contracts pass good engines (see the engines' own tests); here each must catch a bad one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.engines.interface import (
    EngineInfo,
    LlmDone,
    Partial,
    Prompt,
    Speech,
    SttOptions,
    TextDelta,
    Transcript,
    TtsOptions,
    Voice,
)
from ovos_voice_agent.testing import contracts
from ovos_voice_agent.testing.contracts import check_frontend, check_llm, check_stt, check_tts, check_vad

PIECE = b"\x00\x40\x00\xc0" * 400
"""0.1 s of noise at 16 kHz: a word of two letters."""


class Base:
    def __init__(self, kind: Any) -> None:
        self.info = EngineInfo(kind, "bad", "bad on purpose")

    async def start(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to stop."""


class Tts(Base):
    rate_hz = 16000
    voices = (Voice("one"),)

    def __init__(self, fault: str = "") -> None:
        super().__init__("tts")
        self._fault = fault
        self._busy = False
        if fault == "other rate":
            self.rate_hz = 160_000

    async def speak(self, text: str, options: TtsOptions) -> AsyncIterator[Speech]:
        if self._fault == "one at a time" and self._busy:
            return
        self._busy = True
        try:
            async for piece in self._pieces(text):
                yield piece
        except GeneratorExit:
            if self._fault == "stops late":
                await asyncio.Event().wait()
            raise
        finally:
            self._busy = False

    async def _pieces(self, text: str) -> AsyncIterator[Speech]:
        if self._fault == "blocks" and len(text) > 100:
            until_s = time.thread_time() + 0.1
            while time.thread_time() < until_s:
                pass
        if self._fault == "halves":
            yield Speech(b"\0")
        if self._fault == "speaks of nothing" or text.strip():
            piece = bytes(len(PIECE)) if self._fault == "silent" else PIECE
            yield Speech(piece)
            await asyncio.sleep(0)
            yield Speech(piece * (len(text) // 2))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("speaks of nothing", "no text"),
        ("silent", "silence"),
        ("halves", "no text"),
        ("blocks", "event loop"),
        ("other rate", "rate_hz"),
        ("one at a time", "text has sound"),
    ],
)
def test_bad_voices_are_caught(fault: str, told: str) -> None:
    check_tts(Tts)
    with pytest.raises(AssertionError, match=told):
        check_tts(lambda: Tts(fault))


def test_a_voice_that_does_not_stop_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contracts, "STOP_S", 0.05)
    with pytest.raises(AssertionError, match="stops in time"):
        check_tts(lambda: Tts("stops late"))


def test_a_voice_that_survives_without_an_error_is_caught() -> None:
    with pytest.raises(AssertionError, match="death of its worker"):
        check_tts(Tts, lambda _: None)


class Stream:
    memory = None

    def __init__(self, fault: str, on_partial: Callable[[Partial], None]) -> None:
        self._fault, self._on_partial, self._bytes, self._dropped = fault, on_partial, 0, False

    def feed(self, pcm: bytes) -> None:
        self._bytes += len(pcm)
        self._on_partial(Partial("" if self._fault == "takes back" and self._bytes > 1500 else "word"))

    async def finish(self) -> Transcript:
        if self._fault == "late" and not self._dropped:
            self._on_partial(Partial("word", "late"))
        await asyncio.sleep(0)
        return Transcript("word" if self._bytes > 100 or self._fault == "invents" else "")

    def cancel(self) -> None:
        self._dropped = True
        if self._fault == "late":
            asyncio.get_running_loop().call_soon(self._on_partial, Partial("word", "late"))


class Stt(Base):
    def __init__(self, fault: str = "") -> None:
        super().__init__("stt")
        self._fault = fault

    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> Stream:
        return Stream(self._fault, on_partial)


@pytest.mark.parametrize(
    ("fault", "told"), [("takes back", "only grows"), ("invents", "no audio"), ("late", "after cancel")]
)
def test_bad_recognisers_are_caught(fault: str, told: str) -> None:
    check_stt(Stt, bytes(4000))
    with pytest.raises(AssertionError, match=told):
        check_stt(lambda: Stt(fault), bytes(4000))


class Llm(Base):
    def __init__(self, fault: str = "") -> None:
        super().__init__("llm")
        self._fault = fault

    async def reply(self, prompt: Prompt) -> AsyncIterator[Any]:
        if self._fault != "mute":
            yield TextDelta("hello")
        if self._fault != "endless":
            yield LlmDone()
        if self._fault == "goes on":
            yield TextDelta("more")


@pytest.mark.parametrize(("fault", "told"), [("mute", "has text"), ("endless", "LlmDone"), ("goes on", "LlmDone")])
def test_bad_minds_are_caught(fault: str, told: str) -> None:
    check_llm(Llm)
    with pytest.raises(AssertionError, match=told):
        check_llm(lambda: Llm(fault))


class Vad(Base):
    window_samples = 512

    def __init__(self, probability: float) -> None:
        super().__init__("vad")
        self._probability = probability

    def open(self) -> Any:
        probability = self._probability

        class Stream:
            def submit(self, windows: Any, deliver: Any) -> None:
                asyncio.get_running_loop().call_soon(deliver, [probability] * len(windows))

            def reset(self) -> None:
                """No state."""

            def close(self) -> None:
                """No state."""

        return Stream()


@pytest.mark.parametrize(("probability", "told"), [(0.0, "noticed"), (1.0, "silence"), (1.5, "probabilities")])
def test_bad_detectors_are_caught(probability: float, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        check_vad(lambda: Vad(probability), bytes(4096))


class Frontend(Base):
    reduces_noise = True
    frame_samples = 160
    delay_samples = 0

    def __init__(self, fault: str = "") -> None:
        super().__init__("frontend")
        self._fault = fault
        self.before = np.zeros(160, np.float32)

    def open(self, options: Any) -> Any:
        return Frames(self, self._fault)


class Frames:
    def __init__(self, engine: Frontend, fault: str) -> None:
        self._engine, self._fault, self._first = engine, fault, True

    def submit(self, frames: Any, deliver: Any) -> None:
        frames = frames.copy()
        if self._fault == "shared state":
            frames += self._engine.before
            self._engine.before = frames[-1]
        elif self._fault == "hears chunks" and self._first:
            frames *= len(frames)
        elif self._fault == "hums":
            frames += 0.01
        elif self._fault == "late":
            frames = np.roll(frames, 12, axis=1)
        self._first = False
        asyncio.get_running_loop().call_soon(deliver, list(frames[1:] if self._fault == "loses some" else frames))

    def close(self) -> None:
        """No state."""


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("loses some", "a frame for each"),
        ("shared state", "two at once"),
        ("hears chunks", "chunks"),
        ("hums", "stays silence"),
        ("late", "as late as"),
    ],
)
def test_bad_front_ends_are_caught(fault: str, told: str) -> None:
    sound = (8000 * np.random.default_rng(1).standard_normal(16_000)).astype("<i2").tobytes()
    check_frontend(Frontend, sound)
    with pytest.raises(AssertionError, match=told):
        check_frontend(lambda: Frontend(fault), sound)
