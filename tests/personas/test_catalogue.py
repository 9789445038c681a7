"""Names clients may ask for."""

from __future__ import annotations

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import (
    OPENAI_VOICES,
    Catalogue,
    Names,
    VoiceOfEngine,
    chat_names,
    model_names,
    speech_names,
    transcription_names,
    voice_names,
)

NAMES = ("ovos", "gpt-realtime", "gpt-4o-mini", "gpt-4o-2024-08-06", "gpt-9")


def test_a_name_stands_for_the_engines_own() -> None:
    names = Names({"mine": "llama3", "any": ""}, dated=["any"])
    assert names.own_name("mine") == "llama3"
    assert names.own_name("any") is names.own_name("nobody") is None
    assert "any-2025-08-28" in names
    assert "mine-2025-08-28" not in names
    assert "any-2025" not in names
    assert list(names) == ["mine", "any"]


def test_models_are_configured_ones_the_engines_and_openais() -> None:
    names = model_names("ovos", {"fast": "llama3:1b", "gpt-realtime-mini": "llama3:3b"}, ["llama3"], openai=True)
    assert names.own_name("ovos") is None
    assert names.own_name("fast") == "llama3:1b"
    assert names.own_name("gpt-realtime-mini") == "llama3:3b"
    assert names.own_name("gpt-realtime-mini-2025-10-06") == "llama3:3b"
    assert names.own_name("llama3") == "llama3"
    assert "gpt-4o-realtime-preview-2024-12-17" in names
    assert "gpt-5" not in names


def test_language_models_answer_to_the_names_of_realtime_models_as_well() -> None:
    names = chat_names(model_names("ovos", {"fast": "llama3:1b"}, [], openai=True), openai=True)
    assert names.own_name("fast") == "llama3:1b"
    assert names.own_name("gpt-4o-mini") is None
    assert {"ovos", "gpt-realtime", "gpt-4o-mini", "gpt-4o-2024-08-06"} <= {name for name in NAMES if name in names}
    assert "gpt-9" not in names


def test_voice_engines_are_known_by_their_own_names_and_openais() -> None:
    names = speech_names("espeak-ng", ["large"], openai=True)
    assert names.own_name("large") == "large"
    assert "tts-1" in names
    assert "gpt-4o-mini-tts-2025-12-15" in names
    assert "tts-9" not in names
    assert list(speech_names("espeak-ng", [], openai=False)) == ["espeak-ng"]


def test_a_catalogue_knows_models_of_every_kind() -> None:
    catalogue = Catalogue(
        Names({"m": ""}), Names({"t": ""}), Names({}), "m", "t", "v", Names({"c": ""}), Names({"s": ""}, dated=["s"])
    )
    assert catalogue.model_names == {"m", "t", "c", "s"}
    assert catalogue.has_model("s-2025-01-01")
    assert not catalogue.has_model("v")


def test_openais_names_can_be_switched_off() -> None:
    assert list(model_names("ovos", {}, [], openai=False)) == ["ovos"]
    assert list(transcription_names("sphinx", ["sphinx-en"], openai=False)) == ["sphinx", "sphinx-en"]
    assert list(voice_names([VoiceOfEngine("v")], {}, "v", openai=False)) == ["v"]


def test_a_recogniser_is_known_by_its_own_names_and_openais() -> None:
    names = transcription_names("openai", ["large-v3"], openai=True)
    assert names.own_name("large-v3") == "large-v3"
    assert names.own_name("whisper-1") is names.own_name("openai") is None
    assert "whisper-1" in names


VOICES = [
    VoiceOfEngine("amy", "en", "female"),
    VoiceOfEngine("joe", "en", "male"),
    VoiceOfEngine("eva", "en", "female"),
    VoiceOfEngine("uli", "de", "male"),
]


def test_openais_voices_sound_as_people_expect_and_differ_where_they_can() -> None:
    names = voice_names(VOICES, {"boss": "uli"}, "amy", openai=True)
    assert names.own_name("boss") == names.own_name("uli") == "uli"
    assert {names.own_name(name) for name, sounds in OPENAI_VOICES.items() if sounds == "male"} == {"joe"}
    assert {names.own_name(name) for name, sounds in OPENAI_VOICES.items() if sounds == "female"} == {"amy", "eva"}


def test_where_no_voice_fits_the_default_speaks_for_all() -> None:
    names = voice_names([VoiceOfEngine("amy", "en", "female")], {}, "amy", openai=True)
    assert {names.own_name(name) for name in OPENAI_VOICES} == {"amy"}


def test_an_engine_that_has_openais_voices_keeps_them() -> None:
    names = voice_names([VoiceOfEngine(name) for name in OPENAI_VOICES], {"alloy": "nova"}, "alloy", openai=True)
    assert names.own_name("echo") == "echo"
    assert names.own_name("alloy") == "nova"


def test_an_unknown_model_is_a_404_by_name() -> None:
    catalogue = Catalogue(Names({"m": ""}), Names({}), Names({}), "m", "s", "v")
    catalogue.check_model("m")
    with pytest.raises(ClientError, match="'gpt-9' does not exist") as refused:
        catalogue.check_model("gpt-9")
    assert (refused.value.status, refused.value.code, refused.value.param) == (404, "model_not_found", "model")
