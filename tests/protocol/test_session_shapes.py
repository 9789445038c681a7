"""What a session may hold, and how what it may not is refused (protocol.md 3, 4.1, 7.1, 7.2)."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.session_shapes import session_shape

SHAPE = session_shape(extended_rates=False)
EXTENDED = session_shape(extended_rates=True)


def taken(**session: Any) -> dict[str, Any]:
    checked = SHAPE({"type": "realtime", **session}, "session")
    del checked["type"]
    return checked


def heard(**fields: Any) -> dict[str, Any]:
    return {"audio": {"input": fields}}


def spoken(**fields: Any) -> dict[str, Any]:
    return {"audio": {"output": fields}}


def vad(**fields: Any) -> dict[str, Any]:
    return heard(turn_detection={"type": "server_vad", **fields})


TOOL = {"type": "function", "name": "f"}

AS_THEY_ARE: list[dict[str, Any]] = [
    {},
    {"model": "gpt-realtime", "instructions": "", "output_modalities": ["text"]},
    {"max_output_tokens": 4096},
    {"max_output_tokens": "inf"},
    {"tools": [{**TOOL, "description": "d", "parameters": {"type": "object"}}], "tool_choice": "required"},
    {"tool_choice": {"type": "function", "name": "f"}},
    {"tool_choice": {"type": "mcp", "server_label": "s", "name": None}},
    {"truncation": {"type": "retention_ratio", "retention_ratio": 0.8, "token_limits": {"post_instructions": 0}}},
    {"tracing": "auto"},
    {"tracing": {"workflow_name": "w", "group_id": "g", "metadata": {"any": 1}}},
    {"prompt": {"id": "p", "version": None, "variables": {"x": "y"}}},
    {"reasoning": {"effort": "xhigh"}, "parallel_tool_calls": False},
    {"include": ["item.input_audio_transcription.logprobs"]},
    {"x_ovos": {"timeline": True}},
    {"x_ovos": {"words": True}},
    {"x_ovos": {"language": "auto"}},
    {"x_ovos": {"language": "de-AT"}},
    {"x_ovos": {"language": None}},
    heard(transcription={"model": "m", "language": None, "prompt": "p"}),
    heard(transcription={"model": "m", "languages": ["de"], "keywords": [], "delay": "low"}),
    heard(noise_reduction={"type": "far_field", "strength": 0.5}),
    heard(format={"type": "audio/pcm", "rate": 24000}, transcription=None, turn_detection=None, noise_reduction=None),
    vad(threshold=0, prefix_padding_ms=0, silence_duration_ms=0, idle_timeout_ms=5000),
    vad(threshold=1.0, prefix_padding_ms=5000, silence_duration_ms=10000, idle_timeout_ms=None, create_response=False),
    heard(turn_detection={"type": "semantic_vad", "eagerness": "high", "interrupt_response": False}),
    spoken(voice="alloy", speed=0.25, format={"type": "audio/pcma"}),
    spoken(voice={"id": "voice_1"}, speed=None, format=None),
    dict.fromkeys(
        ["model", "instructions", "output_modalities", "tools", "tool_choice", "max_output_tokens", "tracing",
         "truncation", "prompt", "include", "reasoning", "parallel_tool_calls", "x_ovos"]
    ),
]  # fmt: skip


@pytest.mark.parametrize("session", AS_THEY_ARE)
def test_what_is_taken_as_it_is(session: dict[str, Any]) -> None:
    assert taken(**session) == session


def test_what_the_server_makes_is_ignored() -> None:
    assert taken(id="sess_1", object="realtime.session", expires_at=5, model="m") == {"model": "m"}


def test_what_is_normalised() -> None:
    assert taken(**heard(format={"type": "audio/pcm"}))["audio"]["input"]["format"] == {
        "type": "audio/pcm",
        "rate": 24000,
    }
    assert taken(**heard(format={"type": "audio/pcmu", "rate": 8000}))["audio"]["input"]["format"] == {
        "type": "audio/pcmu"
    }
    assert taken(output_modalities=["text", "audio"]) == {"output_modalities": ["audio"]}
    nulls = {**TOOL, "description": None, "parameters": None, "strict": None}
    assert taken(tools=[nulls]) == {"tools": [TOOL]}


REFUSED: list[tuple[dict[str, Any], str, str, str | None]] = [
    ({"modalities": ["text"]}, "unknown_parameter", "modalities", "Unknown parameter: 'session.modalities'."),
    ({"temperature": 0.8}, "unknown_parameter", "temperature", None),
    ({"output_modalities": ["video"]}, "invalid_value", "output_modalities[0]", None),
    ({"max_output_tokens": 4097}, "integer_above_max_value", "max_output_tokens", None),
    ({"max_output_tokens": 0}, "integer_below_min_value", "max_output_tokens", None),
    (
        {"max_output_tokens": "all"},
        "invalid_value",
        "max_output_tokens",
        "Invalid value: 'all'. Supported values are: 'inf'.",
    ),
    (
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
        "missing_required_parameter",
        "tools[0].name",
        "Missing required parameter: 'session.tools[0].name'.",
    ),
    ({"tools": [{"type": "web_search"}]}, "invalid_value", "tools[0].type", None),
    ({"tools": [{**TOOL, "name": "x" * 65}]}, "string_above_max_length", "tools[0].name", None),
    ({"tools": [{**TOOL, "parameters": "x"}]}, "invalid_type", "tools[0].parameters", None),
    (
        {"tools": [TOOL, {"type": "mcp", "server_label": "cal", "server_url": "https://example.org"}]},
        "invalid_value",
        "tools[1].type",
        "MCP tools are not supported by this server: remove the MCP server 'cal' from 'session.tools[1]'.",
    ),
    ({"tool_choice": "any"}, "invalid_value", "tool_choice", None),
    ({"tool_choice": {"type": "function"}}, "missing_required_parameter", "tool_choice.name", None),
    ({"tool_choice": 5}, "invalid_type", "tool_choice", None),
    ({"truncation": "maybe"}, "invalid_value", "truncation", None),
    ({"truncation": {"type": "retention_ratio"}}, "missing_required_parameter", "truncation.retention_ratio", None),
    (
        {"truncation": {"type": "retention_ratio", "retention_ratio": 1.5}},
        "decimal_above_max_value",
        "truncation.retention_ratio",
        (
            "Invalid 'session.truncation.retention_ratio': decimal above maximum value. "
            "Expected a value <= 1, but got 1.5 instead."
        ),
    ),
    ({"prompt": {"version": "1"}}, "missing_required_parameter", "prompt.id", None),
    ({"include": ["everything"]}, "invalid_value", "include[0]", None),
    ({"reasoning": {"effort": "max"}}, "invalid_value", "reasoning.effort", None),
    ({"x_ovos": {"other": 1}}, "unknown_parameter", "x_ovos.other", None),
    ({"x_ovos": {"language": 1}}, "invalid_type", "x_ovos.language", None),
    ({"x_ovos": {"language": "klingon!"}}, "invalid_value", "x_ovos.language", None),
    (heard(format="pcm16"), "invalid_type", "audio.input.format", None),
    (heard(format={"type": "audio/opus"}), "invalid_value", "audio.input.format.type", None),
    (
        heard(format={"type": "audio/pcm", "rate": 16000}),
        "integer_below_min_value",
        "audio.input.format.rate",
        (
            "Invalid 'session.audio.input.format.rate': integer below minimum value. "
            "Expected a value >= 24000, but got 16000 instead."
        ),
    ),
    (spoken(format={"type": "audio/pcm", "rate": 48000}), "integer_above_max_value", "audio.output.format.rate", None),
    (spoken(format={"type": "audio/pcmu", "rate": 24000}), "integer_above_max_value", "audio.output.format.rate", None),
    (spoken(speed=1.6), "decimal_above_max_value", "audio.output.speed", None),
    (spoken(voice=""), "string_below_min_length", "audio.output.voice", None),
    (heard(transcription={"model": 5}), "invalid_type", "audio.input.transcription.model", None),
    (heard(transcription={"languages": []}), "array_below_min_length", "audio.input.transcription.languages", None),
    (heard(noise_reduction={"strength": 1}), "missing_required_parameter", "audio.input.noise_reduction.type", None),
    (heard(noise_reduction={"type": "x"}), "invalid_value", "audio.input.noise_reduction.type", None),
    (
        heard(turn_detection={"type": "azure_semantic_vad"}),
        "invalid_value",
        "audio.input.turn_detection.type",
        "Invalid value: 'azure_semantic_vad'. Supported values are: 'server_vad' and 'semantic_vad'.",
    ),
    (heard(turn_detection={}), "missing_required_parameter", "audio.input.turn_detection.type", None),
    (vad(threshold=1.1), "decimal_above_max_value", "audio.input.turn_detection.threshold", None),
    (vad(threshold=-0.1), "decimal_below_min_value", "audio.input.turn_detection.threshold", None),
    (vad(prefix_padding_ms=-1), "integer_below_min_value", "audio.input.turn_detection.prefix_padding_ms", None),
    (vad(silence_duration_ms=10001), "integer_above_max_value", "audio.input.turn_detection.silence_duration_ms", None),
    (vad(idle_timeout_ms=4999), "integer_below_min_value", "audio.input.turn_detection.idle_timeout_ms", None),
    (vad(idle_timeout_ms=30001), "integer_above_max_value", "audio.input.turn_detection.idle_timeout_ms", None),
    (vad(eagerness="low"), "unknown_parameter", "audio.input.turn_detection.eagerness", None),
    (
        heard(turn_detection={"type": "semantic_vad", "idle_timeout_ms": 6000}),
        "unknown_parameter",
        "audio.input.turn_detection.idle_timeout_ms",
        None,
    ),
]


@pytest.mark.parametrize(("session", "code", "param", "text"), REFUSED)
def test_what_is_refused(session: dict[str, Any], code: str, param: str, text: str | None) -> None:
    with pytest.raises(ClientError) as caught:
        SHAPE({"type": "realtime", **session}, "session")
    assert (caught.value.code, caught.value.param) == (code, f"session.{param}")
    assert text is None or caught.value.message == text


@pytest.mark.parametrize(
    ("session", "code", "param", "text"),
    [
        ({}, "missing_required_parameter", "session.type", "Missing required parameter: 'session.type'."),
        ({"instructions": "x"}, "missing_required_parameter", "session.type", None),
        ({"modalities": ["text"]}, "unknown_parameter", "session.modalities", None),
        ({"type": "translation"}, "invalid_value", "session.type", None),
        ({"type": "transcription", "model": "m"}, "unknown_parameter", "session.model", None),
        ({"type": "transcription", "audio": {"output": {}}}, "unknown_parameter", "session.audio.output", None),
        (
            "realtime",
            "invalid_type",
            "session",
            "Invalid type for 'session': expected an object, but got a string instead.",
        ),
    ],
)
def test_the_type_decides(session: Any, code: str, param: str, text: str | None) -> None:
    with pytest.raises(ClientError) as caught:
        SHAPE(session, "session")
    assert (caught.value.code, caught.value.param) == (code, param)
    assert text is None or caught.value.message == text


def test_a_transcription_session_has_an_input_alone() -> None:
    session = {"type": "transcription", "audio": {"input": {"turn_detection": None}}, "include": None, "x_ovos": None}
    assert SHAPE(session, "session") == session


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 24_000, 48_000])
def test_other_rates_are_an_extension(rate_hz: int) -> None:
    session = {"type": "realtime", **heard(format={"type": "audio/pcm", "rate": rate_hz})}
    assert EXTENDED(session, "session") == session
    with pytest.raises(ClientError):
        EXTENDED({"type": "realtime", **heard(format={"type": "audio/pcm", "rate": 44_100})}, "session")


def test_a_temperature_is_of_the_preview_dialects() -> None:
    preview = session_shape(extended_rates=False, temperature=True)
    assert preview({"type": "realtime", "temperature": 0.8}, "session")["temperature"] == 0.8
    for value, code in ((1.3, "decimal_above_max_value"), (0.5, "decimal_below_min_value")):
        with pytest.raises(ClientError) as caught:
            preview({"type": "realtime", "temperature": value}, "session")
        assert caught.value.code == code
