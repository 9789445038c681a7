"""GA words <-> beta words."""

from __future__ import annotations

import pytest

from ovos_voice_agent.conformance.translation import Translation, flat, nested

GA = {
    "output_modalities": ["audio"],
    "instructions": "Be brief.",
    "max_output_tokens": 9,
    "audio": {
        "input": {"format": {"type": "audio/pcmu"}, "turn_detection": None, "transcription": {"model": "w"}},
        "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "alloy", "speed": 1.5},
    },
}
BETA = {
    "modalities": ["audio", "text"],
    "instructions": "Be brief.",
    "max_response_output_tokens": 9,
    "input_audio_format": "g711_ulaw",
    "output_audio_format": "pcm16",
    "turn_detection": None,
    "input_audio_transcription": {"model": "w"},
    "voice": "alloy",
    "speed": 1.5,
}


def test_sessions_both_ways() -> None:
    assert flat(GA) == BETA
    assert nested(BETA) == GA


def test_ga_and_azure_pass_as_they_are() -> None:
    event = {"type": "response.text.delta", "session": {"audio": {}}}
    for dialect in ("ga", "azure"):
        assert Translation(dialect).incoming(event) == Translation(dialect).outgoing(event) == event


@pytest.mark.parametrize(
    ("beta", "ga"),
    [
        ({"type": "response.text.delta"}, {"type": "response.output_text.delta"}),
        (
            {"type": "conversation.item.created", "item": {"content": [{"type": "text", "text": "a"}]}},
            {"type": "conversation.item.added", "item": {"content": [{"type": "output_text", "text": "a"}]}},
        ),
        (
            {
                "type": "response.done",
                "response": {"modalities": ["text"], "output": [{"content": [{"type": "audio"}]}]},
            },
            {
                "type": "response.done",
                "response": {"output_modalities": ["text"], "output": [{"content": [{"type": "output_audio"}]}]},
            },
        ),
        (
            {"type": "transcription_session.updated", "session": {"object": "realtime.transcription_session"}},
            {
                "type": "session.updated",
                "session": {"object": "realtime.transcription_session", "type": "transcription"},
            },
        ),
    ],
)
def test_server_events(beta: dict[str, object], ga: dict[str, object]) -> None:
    assert Translation("beta").incoming(beta) == ga


def test_client_events() -> None:
    translation = Translation("beta")
    assert translation.outgoing({"type": "session.update", "session": {"type": "transcription"}}) == {
        "type": "transcription_session.update",
        "session": {},
    }
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}
    sent = translation.outgoing({"type": "conversation.item.create", "item": item})
    assert sent["item"]["content"] == [{"type": "text", "text": "a"}]
    assert translation.outgoing({"type": "response.create", "response": {"max_output_tokens": 3}})["response"] == {
        "max_output_tokens": 3
    }


def test_a_format_in_another_form_is_left_as_it_is() -> None:
    shape = {"type": "audio/pcm", "rate": 24000}
    assert nested({"input_audio_format": shape}) == {"audio": {"input": {"format": shape}}}
    assert nested({"input_audio_format": "other"}) == {"audio": {"input": {"format": "other"}}}
