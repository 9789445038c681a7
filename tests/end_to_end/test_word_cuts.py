"""Where an interrupted answer is cut when its voice does not tell when it says a word: about where it should be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ovos_voice_agent.app import running
from ovos_voice_agent.engines.interface import EngineInfo, Speech, TextDelta, Tts, TtsOptions, Voice
from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.testing.fakes import ScriptedLlm
from tests.end_to_end.talking import LIMIT_S, Fakes, Talk, configured, talking

pytestmark = pytest.mark.real

ANSWER = (
    "The train to the city leaves at half past seven, from platform two. Please be there in time, with your ticket."
)
CUTS_MS = (400, 1100, 1900, 2700, 3500, 4300, 5100, 5900)


class Untold:
    """A voice that keeps to itself when it says a word."""

    def __init__(self, voice: Any) -> None:
        self._voice = voice
        self.start, self.close = voice.start, voice.close

    @property
    def info(self) -> EngineInfo:
        return replace(self._voice.info, word_times=False)

    @property
    def rate_hz(self) -> int:
        return int(self._voice.rate_hz)

    @property
    def voices(self) -> Sequence[Voice]:
        voices: Sequence[Voice] = self._voice.voices
        return voices

    async def speak(self, text: str, options: TtsOptions) -> AsyncIterator[Speech]:
        async for piece in self._voice.speak(text, options):
            yield Speech(piece.pcm)


def test_estimates_cut_within_a_word_of_the_truth() -> None:
    told = asyncio.run(asyncio.wait_for(cuts(espeak(), "measured"), LIMIT_S))
    estimated = asyncio.run(asyncio.wait_for(cuts(Untold(espeak()), "estimated"), LIMIT_S))
    assert 0 < told[0] < told[-1] <= len(ANSWER.split())
    off = [abs(one - other) for one, other in zip(told, estimated, strict=True)]
    assert max(off) <= 1, (told, estimated)
    assert off.count(0) >= len(off) // 2, (told, estimated)


def espeak() -> Any:
    return installed().create("tts", "espeak-ng", {})


async def cuts(tts: Tts, word_times: str) -> list[int]:
    """How many words are kept of an answer that is cut at each of the places, the latest first."""
    fakes = Fakes(llm=ScriptedLlm([[TextDelta(ANSWER)]]))
    engines = {**fakes.by_stage, "tts": tts}
    async with running(configured(), engines) as server, talking(server, x_ovos="timeline") as talk:
        await talk.write("When does it leave?")
        await talk.sdk.response.create()
        answer = await talk.answer()
        assert answer["status"] == "completed"
        assert (await talk.until("x_ovos.turn.timeline"))["word_times"] == word_times
        item_id = answer["output"][0]["id"]
        return sorted([await kept(talk, item_id, cut_ms) for cut_ms in reversed(CUTS_MS)])


async def kept(talk: Talk, item_id: str, cut_ms: int) -> int:
    await talk.sdk.conversation.item.truncate(item_id=item_id, content_index=0, audio_end_ms=cut_ms)
    await talk.until("conversation.item.truncated")
    await talk.sdk.conversation.item.retrieve(item_id=item_id)
    item = (await talk.until("conversation.item.retrieved"))["item"]
    return len(item["content"][0]["transcript"].split())
