"""`session.update`: what it changes, what it shows and what is refused (protocol.md 3, 4.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from ovos_voice_agent.core.offer import Limits, Offer
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.settings import Transcription
from ovos_voice_agent.testing.scripts import Script
from tests.core.conftest import Play
from tests.core.stage import (
    OFFER,
    REPLY_BEGINS,
    Event,
    create,
    finished,
    new_session,
    realtime,
    refused,
    says,
    speaks,
    transcribing,
    update,
)

FUNCTION = {"type": "function", "name": "time"}
VOICE_FIXED = "Cannot update a conversation's voice if assistant audio is present."
UNKNOWN_MODEL = "The model 'x' does not exist or you do not have access to it."


def shown(script: Script, event: Event) -> Event:
    """The session as `session.updated` shows it."""
    (updated, *_) = script.send(event).take()
    assert updated["type"] == "session.updated", updated
    session: Event = updated["session"]
    return session


def transcription_update(heard: Event | None = None, **session: Any) -> Event:
    audio = {} if heard is None else {"audio": {"input": heard}}
    return {"type": "session.update", "session": {"type": "transcription", **audio, **session}}


def test_an_update_without_a_change_is_answered_too(play: Play) -> None:
    script = play()
    before = shown(script, update())
    assert shown(script, update()) == before
    assert list(before) == [
        "type", "object", "id", "model", "output_modalities", "instructions", "tools", "tool_choice",
        "max_output_tokens", "tracing", "truncation", "prompt", "expires_at", "audio", "include",
    ]  # fmt: skip


def test_what_clients_repeat_is_taken(play: Play) -> None:
    """Agents SDKs send the session back as they got it: model, id and the rest."""
    script = play()
    session = shown(script, update())
    assert shown(script, {"type": "session.update", "session": session}) == session


def test_settings_change_one_by_one(play: Play) -> None:
    script = play()
    before = shown(script, update())
    after = shown(
        script, update(instructions="Sing.", tools=[FUNCTION], max_output_tokens=5, output_modalities=["text"])
    )
    tool = {**FUNCTION, "description": None, "parameters": {"type": "object", "properties": {}}}
    changed = {"instructions": "Sing.", "tools": [tool], "max_output_tokens": 5, "output_modalities": ["text"]}
    assert after == {**before, **changed}
    assert shown(script, update(instructions="", tools=[], max_output_tokens=None, output_modalities=None)) == before


def test_a_transcription_without_a_model_is_by_the_servers_default(play: Play) -> None:
    heard = shown(play(), update(heard={"transcription": {"language": "de"}}))["audio"]["input"]["transcription"]
    assert heard == {"model": "whisper-1", "language": "de", "prompt": None}


def test_what_has_no_effect_here_is_shown_as_null(play: Play) -> None:
    script = play()
    session = shown(script, update(heard={"noise_reduction": {"type": "near_field"}}, reasoning={"effort": "low"}))
    assert session["audio"]["input"]["noise_reduction"] is None
    assert session["reasoning"] is None


def test_what_has_an_effect_is_shown_and_ordered(play: Play) -> None:
    script = play(offer=replace(OFFER, noise_reduction=True, reasoning=True))
    near = {"type": "near_field", "strength": 0.5}
    script.send(update(heard={"noise_reduction": near}, reasoning={"effort": "low"})).expect(
        {
            "type": "session.updated",
            "session": {"reasoning": {"effort": "low"}, "audio": {"input": {"noise_reduction": near}}},
        },
        {"type": "ReduceNoise", "settings": near},
    )
    script.send(update(heard={"noise_reduction": None})).expect(
        "session.updated", {"type": "ReduceNoise", "settings": None}
    )
    script.send(update(heard={"noise_reduction": None})).expect("session.updated")


def test_tracing_is_kept_once_it_is_on(play: Play) -> None:
    script = play()
    assert shown(script, update(tracing="auto"))["tracing"] == "auto"
    assert shown(script, update(tracing={"workflow_name": "x"}, instructions="y"))["tracing"] == "auto"
    assert shown(script, update(tracing=None))["tracing"] == "auto"


def test_null_restores_the_defaults_not_the_start(play: Play) -> None:
    defaults = realtime(transcription=None)
    script = play(structs.replace(defaults, instructions="Start."), defaults=defaults)
    assert shown(script, update())["instructions"] == "Start."
    assert shown(script, update(instructions=None))["instructions"] == "Be kind."


# ----------------------------------------------------------------------------------------------- transcription sessions


def test_a_transcription_session_shows_its_model_from_the_start(play: Play) -> None:
    session = shown(play(transcribing()), transcription_update())
    assert list(session) == ["type", "object", "id", "expires_at", "audio", "include"]
    assert session["object"] == "realtime.transcription_session"
    assert list(session["audio"]) == ["input"]
    assert session["audio"]["input"]["transcription"]["model"] == "whisper-1"


def test_a_transcription_session_always_transcribes(play: Play) -> None:
    script = play(transcribing(transcription=Transcription("mine")))
    assert (
        shown(script, transcription_update({"transcription": None}))["audio"]["input"]["transcription"]["model"]
        == "whisper-1"
    )


def test_extensions_are_asked_for(play: Play) -> None:
    assert "x_ovos" not in shown(play(), update())
    assert shown(play(), update(x_ovos={"timeline": True}))["x_ovos"] == {"timeline": True}
    assert shown(play(transcribing()), transcription_update(x_ovos={"timeline": True}))["x_ovos"] == {"timeline": True}


def test_a_recording_is_shown_as_it_is_in_force(play: Play) -> None:
    script = play(offer=Offer(recording=True))
    assert shown(script, update(x_ovos={"recording": True}))["x_ovos"] == {"timeline": False, "recording": True}
    assert shown(script, update(x_ovos={"recording": False}))["x_ovos"]["recording"] is False


def test_where_nothing_is_recorded_a_client_that_asks_is_told_so(play: Play) -> None:
    script = play()
    message = "This server does not record sessions."
    refused(script, update(x_ovos={"recording": True}), "invalid_value", message, "session.x_ovos.recording")
    assert "recording" not in shown(script, update(x_ovos={"recording": False, "timeline": True}))["x_ovos"]


# ------------------------------------------------------------------------------------------------------------ the voice


def test_the_voice_cannot_change_after_it_was_heard(play: Play) -> None:
    script = (
        play().send(update(spoken={"voice": "cedar"})).expect("session.updated").send(create()).expect(*REPLY_BEGINS)
    )
    script.post(speaks("resp_1", 20), finished("resp_1")).take()
    path = "session.audio.output.voice"
    refused(script, update(spoken={"voice": "ash"}), "cannot_update_voice", VOICE_FIXED, path)
    refused(script, update(spoken={"voice": None}), "cannot_update_voice", VOICE_FIXED, path)
    assert shown(script, update(spoken={"voice": "cedar", "speed": 1.5}))["audio"]["output"]["voice"] == "cedar"


def test_the_voice_may_change_after_an_answer_in_writing(play: Play) -> None:
    script = (
        play()
        .send(create(output_modalities=["text"]))
        .expect(*REPLY_BEGINS)
        .post(says("resp_1", "Hi"), finished("resp_1"))
    )
    script.take()
    assert shown(script, update(spoken={"voice": "ash"}))["audio"]["output"]["voice"] == "ash"
    assert shown(script, update(spoken={"voice": None}))["audio"]["output"]["voice"] == "marin"


# -------------------------------------------------------------------------------------------------------------- refused

NARROW = Offer(
    voices=frozenset({"marin"}),
    transcription_models=frozenset({"whisper-1"}),
    transcription_model="whisper-1",
    limits=Limits(tools=1),
)
REFUSED: dict[str, tuple[Event, str, str, str | None]] = {
    "the other type": (
        transcription_update(),
        "invalid_parameter",
        "Passing a transcription session update event to a realtime session is not allowed.",
        None,
    ),
    "another model": (
        update(model="gpt-5", instructions="Changed."),
        "invalid_value",
        "The model of a session cannot be changed; it is 'gpt-realtime'.",
        "session.model",
    ),
    "an unknown voice": (
        update(spoken={"voice": {"id": "robot"}}),
        "invalid_value",
        "Invalid value: 'robot'. This server has no voice of that name; see GET /v1/audio/voices.",
        "session.audio.output.voice",
    ),
    "an unknown template": (
        update(prompt={"id": "x"}, instructions="Changed."),
        "invalid_value",
        "Invalid value: 'x'. No prompt template of that id is configured on this server.",
        "session.prompt.id",
    ),
    "an unknown transcription model": (
        update(heard={"transcription": {"model": "x"}}),
        "model_not_found",
        UNKNOWN_MODEL,
        "session.audio.input.transcription.model",
    ),
    "too many tools": (
        update(tools=[FUNCTION, FUNCTION]),
        "session_limit_reached",
        "This session has reached its limit of 1 tools.",
        "session.tools",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused_and_changes_nothing(play: Play, name: str) -> None:
    event, code, message, param = REFUSED[name]
    script = play(offer=NARROW)
    before = shown(script, update())
    refused(script, event, code, message, param)
    assert shown(script, update(model="gpt-realtime")) == before


def test_a_realtime_update_is_refused_in_a_transcription_session(play: Play) -> None:
    message = "Passing a realtime session update event to a transcription session is not allowed."
    refused(play(transcribing()), update(), "invalid_parameter", message)


def test_an_update_can_be_tried_without_effect() -> None:
    session = new_session(offer=NARROW)
    before = session.settings
    session.check_update({"type": "realtime", "instructions": "Changed."})
    with pytest.raises(ClientError) as caught:
        session.check_update({"type": "realtime", "model": "gpt-5"})
    assert caught.value.param == "session.model"
    assert session.settings == before


def heard_by(script: Script, **transcription: Any) -> Event:
    """The transcription settings in force after asking for these."""
    asked = {"transcription": {"model": "whisper-1", **transcription}}
    settings: Event = shown(script, update(heard=asked))["audio"]["input"]["transcription"]
    return settings


def test_a_language_that_the_recogniser_does_not_understand_is_refused_by_name(play: Play) -> None:
    script = play(offer=replace(OFFER, transcription_languages=frozenset({"en"})))
    message = "Invalid value: 'de'. The recogniser of this server understands: 'en'."
    asked = update(heard={"transcription": {"model": "whisper-1", "language": "de"}})
    refused(script, asked, "invalid_value", message, "session.audio.input.transcription.language")
    assert heard_by(script, language="en-US")["language"] == "en-US"


def test_what_no_recogniser_heeds_is_not_shown_as_if_it_were_in_force(play: Play) -> None:
    asked: Event = {"prompt": "names", "keywords": ["OVOS"], "languages": ["en", "de"], "delay": "low"}
    named = {"model": "whisper-1", "language": None, "prompt": "names"}
    assert heard_by(play(), **asked) == {**named, "keywords": ["OVOS"]}
    terms_alone = replace(OFFER, transcription_prompts=False)
    assert heard_by(play(offer=terms_alone), **asked) == {**named, "prompt": None, "keywords": ["OVOS"]}
    assert heard_by(play(offer=replace(OFFER, transcription_key_terms=False)), **asked) == named
