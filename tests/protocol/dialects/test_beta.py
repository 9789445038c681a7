"""Beta and GA, there and back: nothing is lost that beta can express."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import objects as o
from ovos_voice_agent.protocol import settings as s
from ovos_voice_agent.protocol.codec import ClientEventDecoder
from ovos_voice_agent.protocol.dialects.beta import (
    beta_defaults,
    event_from_ga,
    event_to_ga,
    item_from_ga,
    response_from_ga,
    session_from_ga,
    session_to_ga,
)
from tests.protocol.dialects import strategies as beta

EXAMPLES: dict[str, Any] = json.loads((Path(__file__).parents[2] / "data" / "beta_events.json").read_text())
IGNORED: list[str] = []
DECODER = ClientEventDecoder(unknown=IGNORED.append)

DEFAULT = s.RealtimeSettings(
    model="gpt-4o-realtime-preview",
    instructions="You are a helpful voice assistant.",
    audio=s.AudioSettings(s.InputAudioSettings(), s.OutputAudioSettings("alloy")),
)
LISTENING = s.TranscriptionSettings(audio=s.AudioSettings(s.InputAudioSettings(transcription=s.Transcription("w"))))


def decoded(event: dict[str, Any]) -> Any:
    """The core's event for one of a beta client."""
    return DECODER.check(event_to_ga(event))


def updated(settings: s.Settings, session: dict[str, Any], kind: str = "session.update") -> s.Settings:
    """The settings after a beta client's update."""
    event = decoded({"type": kind, "session": session})
    assert isinstance(event, ce.SessionUpdate)
    return s.merged(settings, event.session, settings)


def seen(settings: s.Settings, session_id: str = "sess_1", expires_at: int = 1) -> dict[str, Any]:
    """The session as it reaches a beta client."""
    shown: dict[str, Any] = json.loads(json.dumps(session_from_ga(s.view(settings, session_id, expires_at))))
    return shown


# ----------------------------------------------------------------------------------------------------- there and back


@given(beta.sessions)
def test_a_session_goes_to_beta_and_back(settings: s.RealtimeSettings) -> None:
    shown = seen(settings)
    start = msgspec.structs.replace(DEFAULT, model=settings.model)
    assert updated(start, shown) == settings


@given(beta.listeners)
def test_a_transcription_session_goes_to_beta_and_back(settings: s.TranscriptionSettings) -> None:
    shown = seen(settings)
    assert updated(LISTENING, shown, "transcription_session.update") == settings


@given(beta.items)
def test_an_item_goes_to_beta_and_back(item: o.Item) -> None:
    shown = item_from_ga(msgspec.to_builtins(item))
    assert shown["object"] == "realtime.item"
    event = decoded({"type": "conversation.item.create", "item": shown})
    again = msgspec.to_builtins(event.item)
    for key, value in msgspec.to_builtins(item).items():
        if key != "status":  # the server's own
            assert again[key] == value


@given(
    st.builds(
        ce.ResponseParameters,
        conversation=st.sampled_from(["auto", "none"]),
        output_modalities=beta.modalities,
        instructions=st.text(),
        tool_choice=beta.choices,
        max_output_tokens=beta.SIZES,
        temperature=st.floats(0.6, 1.2),
        metadata=st.dictionaries(beta.NAMES, beta.TEXTS, max_size=2),
        audio=st.builds(
            lambda voice, wire: {"output": {"voice": voice, "format": msgspec.to_builtins(wire)}},
            beta.NAMES,
            beta.formats,
        ),
    )
)
def test_what_is_asked_of_a_response_can_be_asked_in_beta(asked: ce.ResponseParameters) -> None:
    response = response_from_ga({"output": [], "usage": None, **msgspec.to_builtins(asked)})
    told = {key: value for key, value in response.items() if key not in ("output", "usage")}
    told |= {"conversation": asked.conversation, "instructions": asked.instructions, "tool_choice": asked.tool_choice}
    told["max_response_output_tokens"] = told.pop("max_output_tokens")
    assert decoded({"type": "response.create", "response": told}).response == asked


# ------------------------------------------------------------------------------------------------------- client events


@pytest.mark.parametrize("event", EXAMPLES["client"], ids=lambda event: event["type"])
def test_every_example_of_a_client_event_is_understood(event: dict[str, Any]) -> None:
    IGNORED.clear()
    decoded(event)
    assert IGNORED == []


def test_audio_travels_as_it_is() -> None:
    event = {"type": "input_audio_buffer.append", "audio": "AAAA"}
    assert event_to_ga(event) is event


def test_an_update_without_its_session_is_told_so() -> None:
    with pytest.raises(ClientError, match="Missing required parameter: 'session'"):
        decoded({"type": "session.update"})


@pytest.mark.parametrize("session", ["loud", None, []])
def test_a_session_that_is_no_object_is_told_so(session: Any) -> None:
    with pytest.raises(ClientError) as raised:
        decoded({"type": "session.update", "session": session})
    assert (raised.value.code, raised.value.param) == ("invalid_type", "session")


def test_clients_that_mix_the_forms_are_understood() -> None:
    session = {
        "type": "realtime",
        "output_modalities": ["text"],
        "max_output_tokens": 7,
        "voice": "echo",
        "audio": {"output": {"speed": 1.5, "format": {"type": "audio/pcmu"}}},
    }
    settings = updated(DEFAULT, session)
    assert isinstance(settings, s.RealtimeSettings)
    assert (settings.output_modalities, settings.max_output_tokens) == (("text",), 7)
    assert settings.audio.output == s.OutputAudioSettings("echo", s.WireFormat("audio/pcmu"), 1.5)


def test_a_transcription_update_by_the_common_name_is_one() -> None:
    told = {"type": "session.update", "session": {"type": "transcription", "input_audio_format": "g711_ulaw"}}
    assert decoded(told).session == {"type": "transcription", "audio": {"input": {"format": {"type": "audio/pcmu"}}}}


def test_leftovers_of_old_clients_are_ignored_and_named() -> None:
    IGNORED.clear()
    told = {"disable_audio": True, "client_secret": {"expires_after": {"anchor": "created_at", "seconds": 60}}}
    assert updated(DEFAULT, told) == DEFAULT
    assert IGNORED == ["session.disable_audio"]


@pytest.mark.parametrize("name", ["max_response_output_tokens", "max_output_tokens"])
def test_both_names_of_the_token_limit_do(name: str) -> None:
    assert decoded({"type": "response.create", "response": {name: 12}}).response.max_output_tokens == 12


@pytest.mark.parametrize("temperature", [0.5, 1.3])
def test_temperatures_have_bounds(temperature: float) -> None:
    with pytest.raises(ClientError) as raised:
        decoded({"type": "session.update", "session": {"temperature": temperature}})
    assert raised.value.param == "session.temperature"


def test_references_within_a_message_become_elements_of_their_own() -> None:
    part = {"type": "input_text", "text": "and this?"}
    seen = {"type": "item_reference", "id": "item_1"}
    message = {"type": "message", "role": "user", "content": [part, part, seen, part]}
    told = event_to_ga({"type": "response.create", "response": {"input": [message, seen]}})["response"]["input"]
    both = {**message, "content": [part, part]}
    assert told == [both, seen, {**message, "content": [part]}, seen]


def test_a_response_that_is_no_object_is_told_so() -> None:
    with pytest.raises(ClientError) as raised:
        decoded({"type": "response.create", "response": 5})
    assert raised.value.param == "response"


# ------------------------------------------------------------------------------------------------------- server events


def test_a_session_has_the_keys_of_the_document_in_its_order() -> None:
    settings = beta_defaults(DEFAULT)
    example = EXAMPLES["sessions"]["beta_session"]
    shown = seen(settings, example["id"], example["expires_at"])
    assert shown == example
    documented = [key for key in shown if key in example]
    assert documented == list(shown)


def test_a_transcription_session_has_the_keys_of_the_document() -> None:
    example = EXAMPLES["sessions"]["beta_transcription_session"]
    shown = seen(beta_defaults(LISTENING), example["id"], example["expires_at"])
    assert shown.keys() == example.keys() | {"input_audio_noise_reduction"}
    assert shown["client_secret"] is None
    assert shown["turn_detection"] == example["turn_detection"]


def test_defaults_of_a_session_that_waits_for_its_client_change_only_the_temperature() -> None:
    heard = s.InputAudioSettings(turn_detection=None)
    quiet = msgspec.structs.replace(DEFAULT, audio=s.AudioSettings(heard, s.OutputAudioSettings("alloy")))
    assert beta_defaults(quiet) == msgspec.structs.replace(quiet, temperature=0.8)


def test_a_silence_that_was_configured_stays() -> None:
    heard = s.InputAudioSettings(turn_detection=s.ServerVad(silence_duration_ms=900))
    patient = msgspec.structs.replace(DEFAULT, audio=s.AudioSettings(heard, s.OutputAudioSettings("alloy")))
    assert beta_defaults(patient).audio.input == heard


def test_a_voice_that_is_an_object_is_shown_by_its_name() -> None:
    audio = s.AudioSettings(s.InputAudioSettings(), s.OutputAudioSettings({"id": "voice_1"}))
    shown = seen(msgspec.structs.replace(DEFAULT, audio=audio))
    assert shown["voice"] == "voice_1"


def test_a_response_has_the_keys_of_the_document() -> None:
    example = next(event for event in EXAMPLES["server"] if event["type"] == "response.done")["response"]
    response = o.Response(
        id=o.ResponseId(example["id"]),
        status="completed",
        conversation_id=example["conversation_id"],
        output_modalities=("audio",),
        max_output_tokens="inf",
        audio=o.ResponseAudio(o.ResponseAudioOutput({"type": "audio/pcm", "rate": 24_000}, "alloy")),
        output=(o.MessageItem(o.ItemId("item_1"), "completed", "assistant", (o.OutputAudio("Hi there!"),)),),
        usage=o.Usage(),
        temperature=0.8,
    )
    shown = response_from_ga(msgspec.to_builtins(response))
    assert shown.keys() == example.keys()
    assert shown["output"][0]["content"] == example["output"][0]["content"]
    assert shown["usage"].keys() == example["usage"].keys()
    assert shown["usage"]["input_token_details"].keys() == example["usage"]["input_token_details"].keys()


@pytest.mark.parametrize("kind", ["conversation.item.done", "mcp_list_tools.completed", "response.mcp_call.failed"])
def test_events_that_beta_does_not_have_are_dropped(kind: str) -> None:
    assert event_from_ga({"type": kind, "event_id": "event_1"}) is None


def test_requests_are_reported_as_free_as_tokens() -> None:
    tokens = {"name": "tokens", "limit": 9, "remaining": 8, "reset_seconds": 0.0}
    shown = event_from_ga({"type": "rate_limits.updated", "event_id": "e", "rate_limits": [tokens]})
    assert shown is not None
    assert shown["rate_limits"] == [{**tokens, "name": "requests"}, tokens]
    assert event_from_ga(shown) == shown


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("session.audio.input.turn_detection.threshold", "session.turn_detection.threshold"),
        ("session.audio.output.voice", "session.voice"),
        ("session.output_modalities[0]", "session.modalities[0]"),
        ("response.audio.output.voice", "response.voice"),
        ("item.content[0].type", "item.content[0].type"),
    ],
)
def test_errors_name_the_keys_that_the_client_wrote(path: str, shown: str) -> None:
    error = {"type": "invalid_request_error", "message": f"Invalid '{path}': too much.", "param": path}
    event = event_from_ga({"type": "error", "event_id": "event_1", "error": error})
    assert event is not None
    assert event["error"] == {**error, "message": f"Invalid '{shown}': too much.", "param": shown}


def test_errors_without_a_path_stay() -> None:
    error = {"type": "server_error", "message": "Sorry.", "param": None}
    assert event_from_ga({"type": "error", "event_id": "event_1", "error": error}) == {
        "type": "error",
        "event_id": "event_1",
        "error": error,
    }


def test_requests_over_http_are_named_without_the_event() -> None:
    with pytest.raises(ClientError) as raised:
        session_to_ga({"input_audio_format": "mp3"}, "realtime", path="")
    assert raised.value.param == "input_audio_format"
