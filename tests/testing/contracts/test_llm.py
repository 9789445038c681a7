"""The contract passes good minds (see the engines' own tests); here it must catch bad ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ovos_voice_agent.engines.interface import LlmDone, Prompt, TextDelta
from ovos_voice_agent.testing.contracts import check_llm
from ovos_voice_agent.testing.contracts import running as contract
from tests.testing.contracts.base import Base


class Llm(Base):
    def __init__(self, fault: str = "") -> None:
        super().__init__("llm")
        self._fault = fault
        self._busy = False

    async def reply(self, prompt: Prompt) -> AsyncIterator[Any]:
        if self._fault == "blocks" and len(prompt.messages[-1].text) > 100:
            until_s = time.thread_time() + 0.1
            while time.thread_time() < until_s:
                pass
        if self._fault != "mute" and not (self._fault == "one at a time" and self._busy):
            self._busy = True
            yield await self._first()
            self._busy = False
        if self._fault != "endless":
            yield LlmDone()
        if self._fault == "goes on":
            yield TextDelta("more")

    async def _first(self) -> TextDelta:
        await asyncio.sleep(0)
        return TextDelta("hello")


class Stubborn(Base):
    """Does not stop when it should."""

    def __init__(self) -> None:
        super().__init__("llm")

    async def reply(self, prompt: Prompt) -> AsyncIterator[Any]:
        try:
            yield TextDelta("hello")
            yield LlmDone()
        except GeneratorExit:
            await asyncio.Event().wait()
            raise


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("mute", "has text"),
        ("endless", "LlmDone"),
        ("goes on", "LlmDone"),
        ("one at a time", "has text"),
        ("blocks", "event loop"),
    ],
)
def test_bad_minds_are_caught(fault: str, told: str) -> None:
    check_llm(Llm)
    with pytest.raises(AssertionError, match=told):
        check_llm(lambda: Llm(fault))


def test_a_mind_that_does_not_stop_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "STOP_S", 0.05)
    with pytest.raises(AssertionError, match="stops in time"):
        check_llm(Stubborn)


def test_a_mind_that_survives_without_an_error_is_caught() -> None:
    with pytest.raises(AssertionError, match="death of its worker"):
        check_llm(Llm, lambda _: None)
