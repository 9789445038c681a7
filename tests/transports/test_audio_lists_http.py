"""Lists of voices and models, as front ends ask for them."""

from __future__ import annotations

from ovos_voice_agent.audio.wav import read_wav
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


def test_a_voice_can_be_heard() -> None:
    client = counter(audio_list_routes)
    alloy = next(voice for voice in client.get("/v1/audio/voices").json()["voices"] if voice["id"] == "alloy")
    assert alloy["word_times"] == "estimated"
    answer = client.get(alloy["sample"])
    assert answer.headers["content-type"] == "audio/wav"
    samples, rate_hz = read_wav(answer.content)
    assert rate_hz == 24_000
    assert len(samples) > rate_hz
    assert client.get(alloy["sample"]).content == answer.content


def test_a_voice_that_does_not_exist_cannot_be_heard() -> None:
    answer = counter(audio_list_routes).get("/v1/audio/voices/zoe/sample")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "invalid_value")
