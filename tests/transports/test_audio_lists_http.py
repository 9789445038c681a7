"""Lists of voices and models, as front ends ask for them."""

from __future__ import annotations

from dataclasses import replace

from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.engines.interface import Voice
from ovos_voice_agent.personas.catalogue import Names
from ovos_voice_agent.runtime.service import Service
from ovos_voice_agent.testing.fakes import ToneTts
from ovos_voice_agent.transports.audio_lists_http import audio_list_routes
from tests.transports.counter import NAMES, counter, service


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


class Parrot(ToneTts):
    voices = (Voice("polly", "es"), Voice("big polly"))


def with_a_parrot() -> tuple[Service, Parrot]:
    """Two personas share a parrot; a third has no voice of its own."""
    plain, parrot = service(), Parrot()
    names = replace(NAMES, voices=Names({"alloy": "polly", "polly": "polly", "big polly": ""}), default_voice="polly")
    world = replace(plain.world, engines=replace(plain.world.engines, tts=parrot))
    pirate = Service(world, names)
    return replace(plain, personas={"jim": pirate, "long john": pirate, "nobody": plain}), parrot


def test_voices_that_personas_bring_are_listed_and_heard_as_well() -> None:
    found, parrot = with_a_parrot()
    client = counter(audio_list_routes, found)
    voices = {voice["id"]: voice for voice in client.get("/v1/audio/voices").json()["voices"]}
    assert set(voices) == {*NAMES.voices, "jim/polly", "jim/big polly"}
    polly = voices["jim/polly"]
    assert (polly["name"], polly["language"], polly["engine"], polly["default"]) == ("polly", "es", "Parrot", False)
    assert client.get(polly["sample"]).content[:4] == b"RIFF"
    assert client.get(voices["jim/big polly"]["sample"]).status_code == 200
    assert parrot.spoken[0].options.voice == "polly"
    assert client.get("/v1/audio/voices/jim/amy/sample").status_code == 404


def test_a_voice_that_does_not_exist_cannot_be_heard() -> None:
    answer = counter(audio_list_routes).get("/v1/audio/voices/zoe/sample")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "invalid_value")
