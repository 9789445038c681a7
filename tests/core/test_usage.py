"""Usage by the formulas of protocol.md 6.26."""

from __future__ import annotations

from ovos_voice_agent.core.engine_events import ReplyUsage
from ovos_voice_agent.core.items import Part, StoredItem
from ovos_voice_agent.core.usage import heard_tokens, usage
from ovos_voice_agent.protocol.objects import ItemId


def test_user_audio_is_a_token_per_100_ms_rounded_down() -> None:
    heard = StoredItem(ItemId("a"), "message", parts=[Part("input_audio", length_ms=2796), Part("input_text", "x")])
    spoken = StoredItem(ItemId("b"), "message", role="assistant", parts=[Part("output_audio", length_ms=5000)])
    assert heard_tokens([heard, spoken]) == 27


def test_sums_add_up() -> None:
    numbers = usage(ReplyUsage(input_tokens=16, output_tokens=9, cached_tokens=64), heard=27, spoken_ms=774)
    assert (numbers.input_tokens, numbers.output_tokens, numbers.total_tokens) == (43, 24, 67)
    assert (numbers.input_token_details.text_tokens, numbers.input_token_details.audio_tokens) == (16, 27)
    assert (numbers.output_token_details.text_tokens, numbers.output_token_details.audio_tokens) == (9, 15)
    assert (
        numbers.input_token_details.cached_tokens == numbers.input_token_details.cached_tokens_details.text_tokens == 64
    )


def test_nothing_is_invented() -> None:
    assert usage(ReplyUsage(), 0, 0).total_tokens == 0
