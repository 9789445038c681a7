"""What a server may do ahead of the end of a turn, and what ends a reply, by its configuration and its engines.

Rules: work that may be thrown away is done where it costs nobody anything; an engine that acts in the world by itself
is never asked on a guess, whatever is configured.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ovos_voice_agent.config import SessionConfig
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.engines.interface import EngineInfo

WORDS = 1
"""How many words `"words"` means: any that is more than a sign of listening."""


def with_turn_taking(offer: Offer, session: SessionConfig, stt: EngineInfo, llm: EngineInfo, tts: EngineInfo) -> Offer:
    """The offer with what sessions may do before a turn is over, and what interrupts them."""
    interruption = {"auto": None, "sound": 0, "words": WORDS}.get(str(session.interruption), session.interruption)
    return replace(
        offer,
        speculation=speculation(session.speculation, stt, llm, tts),
        interruption=None if isinstance(interruption, str) else interruption,
        words_while_speaking=stt.streaming,
    )


def speculation(
    wanted: Literal["auto", "always", "never"], stt: EngineInfo, llm: EngineInfo, tts: EngineInfo
) -> Literal["none", "transcripts", "replies"]:
    """What is made before a turn is over."""
    anywhere = wanted == "always"
    if wanted == "never" or not (anywhere or stt.nearby):
        return "none"
    answers = not llm.effects and (anywhere or (llm.nearby and tts.nearby))
    return "replies" if answers else "transcripts"
