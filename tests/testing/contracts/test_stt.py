"""The contract passes good recognisers (see the engines' own tests); here it must catch bad ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from ovos_voice_agent.engines.interface import Partial, SttOptions, Transcript, Word
from ovos_voice_agent.testing.contracts import check_stt
from ovos_voice_agent.testing.contracts import running as contract
from tests.testing.contracts.base import Base

SPEECH = bytes(64_000)
"""Two seconds."""


class Stt(Base):
    def __init__(self, fault: str = "") -> None:
        super().__init__("stt", word_times=True)
        self.fault = fault
        self.finishing = 0

    def open(self, options: SttOptions, on_partial: Callable[[Partial], None]) -> Stream:
        return Stream(self, on_partial)


class Stream:
    memory = None

    def __init__(self, engine: Stt, on_partial: Callable[[Partial], None]) -> None:
        self._engine, self._fault, self._on_partial = engine, engine.fault, on_partial
        self._bytes, self._dropped = 0, False

    def feed(self, pcm: bytes) -> None:
        self._bytes += len(pcm)
        self._on_partial(Partial("" if self._fault == "takes back" and self._bytes > 1500 else "word"))
        if self._fault == "blocks" and 500_000 < self._bytes <= 500_000 + len(pcm):
            until_s = time.thread_time() + 0.1
            while time.thread_time() < until_s:
                pass

    async def finish(self) -> Transcript:
        if self._fault == "late" and not self._dropped:
            self._on_partial(Partial("word", "late"))
        alone = not self._engine.finishing
        self._engine.finishing += 1
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            if self._fault == "stops late":
                await asyncio.Event().wait()
            raise
        finally:
            self._engine.finishing -= 1
        return self._transcript(alone=alone)

    def _transcript(self, *, alone: bool) -> Transcript:
        lost = {"one at a time": not alone, "forgets": self._bytes > 900_000}.get(self._fault, False)
        if (self._bytes <= 100 and self._fault != "invents") or lost:
            return Transcript("")
        rate_hz = 8000 if self._fault == "other rate" else 16_000
        end_s = self._bytes / 2 / rate_hz
        return Transcript("word", words=(Word("word", max(0.0, end_s - 0.3), end_s),))

    def cancel(self) -> None:
        self._dropped = True
        if self._fault == "late":
            asyncio.get_running_loop().call_soon(self._on_partial, Partial("word", "late"))


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("takes back", "only grows"),
        ("invents", "no audio"),
        ("one at a time", "two at once"),
        ("forgets", "speech has words"),
        ("other rate", "16 kHz"),
        ("blocks", "event loop"),
        ("late", "after cancel"),
    ],
)
def test_bad_recognisers_are_caught(fault: str, told: str) -> None:
    check_stt(Stt, SPEECH)
    with pytest.raises(AssertionError, match=told):
        check_stt(lambda: Stt(fault), SPEECH)


def test_a_recogniser_that_does_not_stop_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "STOP_S", 0.05)
    with pytest.raises(AssertionError, match="ends when it is cancelled"):
        check_stt(lambda: Stt("stops late"), SPEECH)


def test_a_recogniser_that_survives_without_an_error_is_caught() -> None:
    with pytest.raises(AssertionError, match="death of its worker"):
        check_stt(Stt, SPEECH, lambda _: None)
