"""Azure's twin of a key, and the spellings of its oldest clients."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.protocol.codec import ClientEventDecoder
from ovos_voice_agent.protocol.dialects.azure import (
    PREVIEW,
    unbundled,
    with_content_twin,
    with_hyphens,
    writes_hyphens,
)
from ovos_voice_agent.protocol.dialects.beta import event_to_ga, session_from_ga

DECODER = ClientEventDecoder(unknown=lambda _path: None)


def decoded(event: dict[str, Any]) -> Any:
    return DECODER.check(event_to_ga(event, PREVIEW))


@pytest.mark.parametrize("kind", ["response.content_part.added", "response.content_part.done"])
def test_the_part_of_a_part_event_comes_twice(kind: str) -> None:
    part = {"type": "text", "text": ""}
    assert with_content_twin({"type": kind, "part": part}) == {"type": kind, "part": part, "content": part}


def test_other_events_have_no_twin() -> None:
    event = {"type": "response.done", "response": {}}
    assert with_content_twin(event) is event


def test_no_turn_detection_has_a_type_of_its_own() -> None:
    told = decoded({"type": "session.update", "session": {"turn_detection": {"type": "none"}}})
    assert told.session["audio"]["input"] == {"turn_detection": None}
    told = decoded({"type": "transcription_session.update", "session": {"turn_detection": {"type": "none"}}})
    assert told.session["audio"]["input"] == {"turn_detection": None}


def test_formats_may_have_a_hyphen() -> None:
    session = {"input_audio_format": "g711-ulaw", "output_audio_format": "g711-alaw"}
    audio = decoded({"type": "session.update", "session": session}).session["audio"]
    assert audio == {"input": {"format": {"type": "audio/pcmu"}}, "output": {"format": {"type": "audio/pcma"}}}
    response = decoded({"type": "response.create", "response": {"output_audio_format": "g711-ulaw"}}).response
    assert response.audio == {"output": {"format": {"type": "audio/pcmu"}}}


@pytest.mark.parametrize("written", ["look", {"name": "look"}])
def test_a_chosen_function_is_under_its_own_key(written: Any) -> None:
    choice = {"type": "function", "function": written}
    meant = {"type": "function", "name": "look"}
    assert decoded({"type": "session.update", "session": {"tool_choice": choice}}).session["tool_choice"] == meant
    assert decoded({"type": "response.create", "response": {"tool_choice": choice}}).response.tool_choice == meant


@pytest.mark.parametrize("choice", ["auto", {"type": "function", "name": "look"}])
def test_choices_of_the_common_form_stay(choice: Any) -> None:
    assert decoded({"type": "session.update", "session": {"tool_choice": choice}}).session["tool_choice"] == choice


def test_a_chosen_function_is_shown_in_both_spellings() -> None:
    session = {"type": "realtime", "tool_choice": {"type": "function", "name": "look"}}
    assert session_from_ga(session, PREVIEW) == {
        "tool_choice": {"type": "function", "name": "look", "function": "look"}
    }
    assert session_from_ga({"type": "realtime", "tool_choice": "auto"}, PREVIEW) == {"tool_choice": "auto"}


def test_old_words_about_a_response_are_taken() -> None:
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}
    asked = {"commit": True, "cancel_previous": True, "input_items": [item], "max_output_tokens": 5}
    response = decoded({"type": "response.create", "response": asked}).response
    assert response.max_output_tokens == 5
    assert [element.content[0].text for element in response.input or ()] == ["hello"]


def test_items_that_come_with_a_response_are_created_before_it() -> None:
    event = {"type": "response.create", "event_id": "evt_1", "response": {"append_input_items": [{"a": 1}, {"b": 2}]}}
    assert unbundled(event) == [
        {"type": "conversation.item.create", "event_id": "evt_1", "item": {"a": 1}},
        {"type": "conversation.item.create", "event_id": "evt_1", "item": {"b": 2}},
        event,
    ]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.create"},
        {"type": "response.create", "response": {"append_input_items": None}},
        {"type": "response.create", "response": 5},
        {"type": "session.update", "response": {"append_input_items": [{}]}},
    ],
)
def test_other_events_come_alone(event: dict[str, Any]) -> None:
    assert unbundled(event) == [event]


def test_the_spelling_of_a_client_is_seen_and_answered() -> None:
    assert writes_hyphens({"type": "session.update", "session": {"input_audio_format": "g711-ulaw"}})
    assert not writes_hyphens({"type": "session.update", "session": {"input_audio_format": "g711_ulaw"}})
    assert not writes_hyphens({"type": "session.update", "session": {"input_audio_format": {}}})
    shown = {"type": "session.updated", "session": {"input_audio_format": "g711_ulaw", "output_audio_format": "pcm16"}}
    assert with_hyphens(shown)["session"] == {"input_audio_format": "g711-ulaw", "output_audio_format": "pcm16"}
