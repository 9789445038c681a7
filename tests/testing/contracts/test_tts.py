"""The contract passes good voices (see the engines' own tests); here it must catch bad ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from ovos_voice_agent.engines.interface import Speech, TtsOptions, Voice
from ovos_voice_agent.testing.contracts import check_tts
from ovos_voice_agent.testing.contracts import running as contract
from tests.testing.contracts.base import Base

PIECE = b"\x00\x40\x00\xc0" * 400
"""0.1 s of noise at 16 kHz: a word of two letters."""


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
    monkeypatch.setattr(contract, "STOP_S", 0.05)
    with pytest.raises(AssertionError, match="stops in time"):
        check_tts(lambda: Tts("stops late"))


def test_a_voice_that_survives_without_an_error_is_caught() -> None:
    with pytest.raises(AssertionError, match="death of its worker"):
        check_tts(Tts, lambda _: None)
