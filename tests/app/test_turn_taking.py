"""Which engines are asked on a guess, and what interrupts, by the configuration."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ovos_voice_agent.app.turn_taking import speculation, with_turn_taking
from ovos_voice_agent.config import SessionConfig
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.engines.interface import EngineInfo

STT, LLM, TTS = EngineInfo("stt", "ears", ""), EngineInfo("llm", "mind", ""), EngineInfo("tts", "voice", "")
FAR_STT, FAR_LLM, FAR_TTS = (replace(info, local=False) for info in (STT, LLM, TTS))
PRIVATE_STT = replace(FAR_STT, private=True)
ACTING = replace(LLM, effects=True)


@pytest.mark.parametrize(
    ("wanted", "engines", "what"),
    [
        ("auto", (STT, LLM, TTS), "replies"),
        ("auto", (PRIVATE_STT, LLM, TTS), "replies"),
        ("auto", (FAR_STT, LLM, TTS), "none"),
        ("auto", (STT, FAR_LLM, TTS), "transcripts"),
        ("auto", (STT, LLM, FAR_TTS), "transcripts"),
        ("auto", (STT, ACTING, TTS), "transcripts"),
        ("always", (FAR_STT, FAR_LLM, FAR_TTS), "replies"),
        ("always", (STT, ACTING, TTS), "transcripts"),
        ("never", (STT, LLM, TTS), "none"),
    ],
)
def test_who_is_asked_on_a_guess(wanted: str, engines: tuple[EngineInfo, EngineInfo, EngineInfo], what: str) -> None:
    assert speculation(wanted, *engines) == what  # type: ignore[arg-type]


@pytest.mark.parametrize(("configured", "words"), [("auto", None), ("sound", 0), ("words", 1), (3, 3)])
def test_what_interrupts(configured: str | int, words: int | None) -> None:
    session = SessionConfig(interruption=configured)  # type: ignore[arg-type]
    offer = with_turn_taking(Offer(voices=frozenset({"amy"})), session, replace(STT, streaming=False), LLM, TTS)
    assert (offer.interruption, offer.words_while_speaking, offer.speculation) == (words, False, "replies")
    assert offer.voices == {"amy"}
