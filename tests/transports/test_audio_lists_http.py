"""Lists of voices and models, as front ends ask for them."""

from __future__ import annotations

from ovos_voice_agent.transports.audio_lists_http import audio_list_routes
from tests.transports.counter import NAMES, counter


def test_voices_with_what_is_known_of_them() -> None:
    voices = counter(audio_list_routes).get("/v1/audio/voices").json()["voices"]
    assert {voice["id"] for voice in voices} == set(NAMES.voices)
    assert voices[0]["id"] == "tone"
    assert [voice["id"] for voice in voices if voice["default"]] == ["tone"]
    alloy = next(voice for voice in voices if voice["id"] == "alloy")
    assert (alloy["name"], alloy["language"], alloy["engine"]) == ("alloy", "en", "ToneTts")


def test_models_with_what_they_are_for() -> None:
    models = counter(audio_list_routes).get("/v1/audio/models").json()["models"]
    tasks = {model["id"]: model["task"] for model in models}
    assert tasks["tts-1"] == "speech"
    assert tasks["whisper-1"] == tasks["large"] == "transcription"
