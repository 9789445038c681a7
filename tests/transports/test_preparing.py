"""Drafts of sessions: completed, checked, changed, shown."""

from __future__ import annotations

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.settings import RealtimeSettings, TranscriptionSettings
from ovos_voice_agent.stores.interface import PreparedSession
from ovos_voice_agent.transports.auth import Credential
from ovos_voice_agent.transports.opening import settings_of
from ovos_voice_agent.transports.preparing import Draft, shown, shown_in_preview
from tests.transports.desk import preparing

NOBODY = Credential()


def kept(draft: Draft, *, preview: bool = False) -> PreparedSession:
    return PreparedSession(
        id="sess_1",
        owner="",
        settings=draft.encoded(),
        created_at=0,
        expires_at=60,
        preview=preview,
        chosen_voice=draft.chosen_voice,
    )


def test_a_draft_is_complete() -> None:
    draft = preparing().draft(None, NOBODY)
    assert isinstance(draft.settings, RealtimeSettings)
    assert (draft.settings.model, draft.settings.instructions, draft.chosen_voice) == ("mine", "Speak.", None)
    assert shown("sess_1", draft.settings)["expires_at"] == 0


def test_a_draft_survives_the_store() -> None:
    tool = {"type": "function", "name": "lamp"}
    for request in ({"tools": [tool], "x_ovos": {"timeline": True}}, {"type": "transcription"}):
        draft = preparing().draft(request, NOBODY)
        assert settings_of(kept(draft)) == draft.settings


def test_the_recogniser_of_a_transcription_session_is_filled_in() -> None:
    settings = preparing().draft({"type": "transcription"}, NOBODY).settings
    assert isinstance(settings, TranscriptionSettings)
    assert settings.audio.input.transcription is not None
    assert settings.audio.input.transcription.model == "whisper-1"


def test_a_change_is_merged_and_null_restores_the_default() -> None:
    first = preparing().draft({"instructions": "Be Ann.", "audio": {"output": {"voice": "marin"}}}, NOBODY)
    second = preparing().changed(kept(first), {"instructions": None, "audio": {"output": {"speed": 1.2}}})
    assert isinstance(second.settings, RealtimeSettings)
    assert (second.settings.instructions, second.chosen_voice) == ("Speak.", "marin")
    output = shown("sess_1", second.settings)["audio"]["output"]
    assert (output["voice"], output["speed"]) == ("marin", 1.2)


def test_a_change_cannot_turn_it_into_something_else() -> None:
    prepared = kept(preparing().draft({"type": "transcription"}, NOBODY))
    for request, code in (({"type": "realtime"}, "invalid_parameter"), ({"instructions": "x"}, "unknown_parameter")):
        with pytest.raises(ClientError) as refused:
            preparing().changed(prepared, request)
        assert refused.value.code == code


def test_the_preview_ignores_what_nobody_knows_and_has_a_temperature() -> None:
    draft = preparing().draft({"type": "realtime", "temperature": 1.1, "nope": 1}, NOBODY, preview=True)
    assert shown_in_preview("sess_1", draft)["temperature"] == 1.1
    changed = preparing().changed(kept(draft, preview=True), {"instructions": "x", "nope": 1})
    assert shown_in_preview("sess_1", changed)["temperature"] == 1.1
    with pytest.raises(ClientError):
        preparing().draft({"temperature": 1.1}, NOBODY)


def test_a_voice_that_typed_clients_do_not_know_is_shown_when_it_was_asked_for() -> None:
    asked = preparing().draft({"audio": {"output": {"voice": "amy"}}}, NOBODY, preview=True)
    assert shown_in_preview("sess_1", asked)["voice"] == "amy"
    assert shown_in_preview("sess_1", preparing().draft({}, NOBODY, preview=True))["voice"] == "alloy"
