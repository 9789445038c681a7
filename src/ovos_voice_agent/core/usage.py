"""Usage numbers: the model's own for text, the hosted service's formulas for audio (protocol.md 6.26). Nothing is
invented."""

from __future__ import annotations

from collections.abc import Iterable

from ovos_voice_agent.core.engine_events import ReplyUsage
from ovos_voice_agent.core.items import StoredItem
from ovos_voice_agent.protocol.objects import CachedTokens, InputTokens, OutputTokens, Usage

USER_AUDIO_MS_PER_TOKEN = 100
ASSISTANT_AUDIO_MS_PER_TOKEN = 50


def heard_tokens(items: Iterable[StoredItem]) -> int:
    """Tokens of the user's audio in a context."""
    parts = (part for item in items for part in item.parts if part.type == "input_audio")
    return sum(part.length_ms // USER_AUDIO_MS_PER_TOKEN for part in parts)


def usage(model: ReplyUsage, heard: int, spoken_ms: int) -> Usage:
    """`heard` are tokens of audio in the context, `spoken_ms` is the length of the answer's audio."""
    spoken = spoken_ms // ASSISTANT_AUDIO_MS_PER_TOKEN
    input_tokens, output_tokens = model.input_tokens + heard, model.output_tokens + spoken
    return Usage(
        total_tokens=input_tokens + output_tokens,
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        input_token_details=InputTokens(
            text_tokens=model.input_tokens,
            audio_tokens=heard,
            cached_tokens=model.cached_tokens,
            cached_tokens_details=CachedTokens(text_tokens=model.cached_tokens),
        ),
        output_token_details=OutputTokens(text_tokens=model.output_tokens, audio_tokens=spoken),
    )
