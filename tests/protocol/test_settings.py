"""How an update merges into the settings in force, and how they are shown (protocol.md 3)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.protocol.settings import (
    PCM_24K,
    AudioSettings,
    InputAudioSettings,
    OutputAudioSettings,
    RealtimeSettings,
    SemanticVad,
    ServerVad,
    Transcription,
    TranscriptionSettings,
    WireFormat,
    merged,
    to_wire,
    view,
)

DEFAULTS = RealtimeSettings(
    model="gpt-realtime",
    instructions="You are a helpful voice assistant.",
    audio=AudioSettings(InputAudioSettings(), OutputAudioSettings("marin")),
)
DOCUMENTED = {
    "type": "realtime",
    "object": "realtime.session",
    "id": "sess_E6U0txeK1UA23CH3RdweL",
    "model": "gpt-realtime",
    "output_modalities": ["audio"],
    "instructions": "You are a helpful voice assistant.",
    "tools": [],
    "tool_choice": "auto",
    "max_output_tokens": "inf",
    "tracing": None,
    "truncation": "auto",
    "prompt": None,
    "expires_at": 1790003600,
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "transcription": None,
            "noise_reduction": None,
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
                "idle_timeout_ms": None,
                "create_response": True,
                "interrupt_response": True,
            },
        },
        "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin", "speed": 1.0},
    },
    "include": None,
}


def as_lists(value: Any) -> Any:
    """Tuples as the lists that they become in JSON."""
    if isinstance(value, dict):
        return {key: as_lists(entry) for key, entry in value.items()}
    return [as_lists(entry) for entry in value] if isinstance(value, list | tuple) else value


def test_the_default_session_is_that_of_the_document() -> None:
    shown = as_lists(view(DEFAULTS, "sess_E6U0txeK1UA23CH3RdweL", 1790003600))
    assert shown == DOCUMENTED
    assert list(shown) == list(DOCUMENTED)


def test_a_transcription_session_is_shown_without_a_model_and_an_output() -> None:
    settings = TranscriptionSettings(AudioSettings(InputAudioSettings(transcription=Transcription("whisper-1"))))
    shown = view(settings, "sess_1", 7)
    assert list(shown) == ["type", "object", "id", "expires_at", "audio", "include"]
    assert shown["object"] == "realtime.transcription_session"
    assert shown["audio"]["input"]["transcription"] == {"model": "whisper-1", "language": None, "prompt": None}


def changed(*updates: dict[str, Any], of: RealtimeSettings = DEFAULTS) -> Any:
    """The JSON of the settings after these updates."""
    settings = of
    for update in updates:
        settings = merged(settings, update, DEFAULTS)  # type: ignore[assignment]
    return as_lists(to_wire(settings))


def heard(**fields: Any) -> dict[str, Any]:
    return {"audio": {"input": fields}}


def test_nothing_changes_nothing() -> None:
    assert (
        changed({})
        == changed({"audio": {}})
        == changed({"audio": {"input": {}, "output": {}}})
        == as_lists(to_wire(DEFAULTS))
    )


def test_objects_merge_key_by_key() -> None:
    after = changed(heard(transcription={"model": "x"}), {"audio": {"output": {"speed": 1.5}}})["audio"]
    assert after["input"]["transcription"]["model"] == "x"
    assert (after["output"]["speed"], after["output"]["voice"]) == (1.5, "marin")


def test_turn_detection_of_the_same_type_is_merged_of_another_begins_anew() -> None:
    slow = heard(turn_detection={"type": "server_vad", "silence_duration_ms": 900, "create_response": False})
    merged_again = changed(slow, heard(turn_detection={"type": "server_vad", "threshold": 0.75}))
    vad = merged_again["audio"]["input"]["turn_detection"]
    assert (vad["silence_duration_ms"], vad["threshold"], vad["create_response"]) == (900, 0.75, False)
    other = changed(slow, heard(turn_detection={"type": "semantic_vad"}))["audio"]["input"]["turn_detection"]
    assert other == to_wire(SemanticVad())
    back = changed(slow, heard(turn_detection=None), heard(turn_detection={"type": "server_vad"}))
    assert back["audio"]["input"]["turn_detection"] == to_wire(ServerVad())


def test_a_transcription_is_replaced_as_a_whole() -> None:
    first = heard(transcription={"model": "x", "language": "de", "prompt": "p", "delay": "low"})
    after = changed(first, heard(transcription={"model": "y"}))["audio"]["input"]["transcription"]
    assert after == {"model": "y", "language": None, "prompt": None}
    kept = changed(first)["audio"]["input"]["transcription"]
    assert kept == {"model": "x", "language": "de", "prompt": "p", "delay": "low"}


@pytest.mark.parametrize(
    ("key", "first", "second"),
    [
        ("tools", [{"type": "function", "name": "a"}], []),
        ("tool_choice", {"type": "function", "name": "a"}, {"type": "mcp", "server_label": "b"}),
        ("prompt", {"id": "a", "variables": {"x": 1}}, {"id": "b"}),
        ("truncation", {"type": "retention_ratio", "retention_ratio": 0.5}, "disabled"),
        ("tracing", {"group_id": "a"}, {"workflow_name": "b"}),
    ],
)
def test_some_keys_are_replaced_as_a_whole(key: str, first: Any, second: Any) -> None:
    assert changed({key: first}, {key: second})[key] == second


def test_noise_reduction_keeps_its_strength() -> None:
    first = heard(noise_reduction={"type": "near_field", "strength": 0.5})
    assert (
        changed(first, heard(noise_reduction={"type": "near_field"}))["audio"]["input"]["noise_reduction"]["strength"]
        == 0.5
    )


def test_null_clears_what_may_be_null() -> None:
    full = RealtimeSettings(
        model="gpt-realtime",
        instructions="x",
        audio=AudioSettings(
            InputAudioSettings(transcription=Transcription("x"), turn_detection=ServerVad(idle_timeout_ms=6000)),
            OutputAudioSettings("marin"),
        ),
        include=("item.input_audio_transcription.logprobs",),
        prompt={"id": "a"},
        tracing="auto",
    )
    nulls: dict[str, Any] = {"include": None, "prompt": None, "tracing": None}
    wire = as_lists(to_wire(merged(full, {**nulls, **heard(transcription=None, noise_reduction=None)}, full)))
    assert {key: wire[key] for key in nulls} == nulls
    assert wire["audio"]["input"]["transcription"] is None
    idle = merged(full, heard(turn_detection={"type": "server_vad", "idle_timeout_ms": None}), full)
    assert idle.audio.input.turn_detection == ServerVad()


@pytest.mark.parametrize(
    "key", ["instructions", "output_modalities", "tools", "tool_choice", "max_output_tokens", "truncation"]
)
def test_null_restores_the_default_of_what_may_not(key: str) -> None:
    own = {
        "instructions": "x", "output_modalities": ["text"], "tools": [{"type": "function", "name": "a"}],
        "tool_choice": "none", "max_output_tokens": 5, "truncation": "disabled",
    }  # fmt: skip
    assert changed(own)[key] != as_lists(to_wire(DEFAULTS))[key]
    assert changed(own, {key: None})[key] == as_lists(to_wire(DEFAULTS))[key]


def test_empty_instructions_restore_the_default() -> None:
    assert changed({"instructions": "x"}, {"instructions": ""})["instructions"] == DEFAULTS.instructions


def test_what_is_absent_until_it_is_set_is_absent_again_after_null() -> None:
    own = {"reasoning": {"effort": "low"}, "parallel_tool_calls": False, "x_ovos": {"timeline": True}}
    after = changed(own)
    assert {key: after[key] for key in own} == own
    assert not set(own) & set(changed(own, dict.fromkeys(own)))


def test_a_tool_without_parameters_takes_none() -> None:
    (tool,) = changed({"tools": [{"type": "function", "name": "a"}]})["tools"]
    assert tool == {
        "type": "function",
        "name": "a",
        "description": None,
        "parameters": {"type": "object", "properties": {}},
    }


def test_formats_are_replaced_and_mean_audio() -> None:
    after = changed(heard(format={"type": "audio/pcmu"}))
    assert after["audio"]["input"]["format"] == {"type": "audio/pcmu"}
    assert WireFormat("audio/pcma").audio_format() == AudioFormat("pcma", 8_000)
    assert WireFormat("audio/pcm", 16_000).audio_format() == AudioFormat("pcm16", 16_000)
    assert PCM_24K.audio_format() == AudioFormat()


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        DEFAULTS.model = "other"  # type: ignore[misc]
    assert structs.replace(DEFAULTS, model="other").model == "other"
