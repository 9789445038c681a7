"""Speech over HTTP: every parameter, every refusal, streams and their ends."""

from __future__ import annotations

import base64
import io
import wave
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.audio.encoders import MEDIA_TYPES
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.testing.fakes import Tone, ToneTts
from ovos_voice_agent.transports.speech_http import speech_routes
from tests.audio.test_encoders import decoded
from tests.transports.counter import Counter, counter, error_of, events_of, service, still_loading

BODY: dict[str, Any] = {"model": "tts-1", "voice": "alloy", "input": "Hello there, this is a test."}
CONTAINERS = {"mp3": "mp3", "opus": "ogg", "aac": "aac", "flac": "flac", "wav": "wav"}


def ask(tts: ToneTts | None = None, **changes: Any) -> Any:
    body = {key: value for key, value in {**BODY, **changes}.items() if value is not ...}
    return counter(speech_routes, service(tts=tts)).post("/v1/audio/speech", json=body)


@pytest.mark.parametrize("format", MEDIA_TYPES)
def test_every_format_has_its_type_and_its_length(format: str) -> None:
    tts = ToneTts()
    answer = ask(tts, response_format=format)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA_TYPES[format]
    assert "content-length" not in answer.headers
    wanted_s = sum(tts.samples_of(spoken.text) for spoken in tts.spoken) / tts.rate_hz
    if format == "pcm":
        assert len(answer.content) == 2 * round(24_000 * wanted_s)
    else:
        samples, rate_hz = decoded(answer.content, CONTAINERS[format])
        assert len(samples) / rate_hz == pytest.approx(wanted_s, abs=0.15)


def test_mp3_is_what_who_does_not_choose_gets() -> None:
    assert ask().headers["content-type"] == "audio/mpeg"


def test_what_is_asked_reaches_the_voice() -> None:
    tts = ToneTts()
    asked = {"voice": {"id": "other"}, "speed": 1.5, "instructions": "Whisper.", "x_ovos": {"language": "de"}}
    assert ask(tts, **asked).status_code == 200
    options = tts.spoken[0].options
    assert (options.voice, options.speed, options.instructions, options.language) == ("other", 1.5, "Whisper.", "de")
    assert "".join(spoken.text for spoken in tts.spoken).replace(" ", "") == BODY["input"].replace(" ", "")


def test_no_instructions_as_home_assistant_says_it() -> None:
    tts = ToneTts()
    ask(tts, instructions="None")
    assert tts.spoken[0].options.instructions is None


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 48_000])
def test_other_rates_on_request(rate_hz: int) -> None:
    answer = ask(ToneTts(), response_format="wav", x_ovos={"rate": rate_hz})
    samples, own_hz = decoded(answer.content, "wav")
    assert own_hz == rate_hz
    assert len(samples) / rate_hz == pytest.approx(0.06 * (len(BODY["input"]) - 1), abs=0.1)


def test_unknown_keys_are_ignored() -> None:
    assert ask(consent="x", foo={"bar": 1}).status_code == 200


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"input": ...}, (400, "missing_required_parameter", "input")),
        ({"input": ""}, (400, "string_below_min_length", "input")),
        ({"input": "a" * 4097}, (400, "string_above_max_length", "input")),
        ({"input": 5}, (400, "invalid_type", "input")),
        ({"model": ...}, (400, "missing_required_parameter", "model")),
        ({"model": "nobody"}, (404, "model_not_found", "model")),
        ({"voice": "nobody"}, (400, "invalid_value", "voice")),
        ({"voice": {}}, (400, "invalid_type", "voice.id")),
        ({"voice": 7}, (400, "invalid_type", "voice")),
        ({"response_format": "midi"}, (400, "invalid_value", "response_format")),
        ({"speed": 0.1}, (400, "decimal_below_min_value", "speed")),
        ({"speed": 4.5}, (400, "decimal_above_max_value", "speed")),
        ({"stream_format": "x"}, (400, "invalid_value", "stream_format")),
        ({"x_ovos": {"rate": 12345}}, (400, "invalid_value", "x_ovos.rate")),
        ({"x_ovos": {"nothing": 1}}, (400, "unknown_parameter", "x_ovos.nothing")),
    ],
)
def test_refusals_name_what_is_wrong(changes: dict[str, Any], refusal: tuple[int, str, str]) -> None:
    assert error_of(ask(**changes)) == refusal


def test_events_tell_the_same_file_and_its_usage() -> None:
    whole = ask(response_format="pcm").content
    *deltas, done = events_of(ask(response_format="pcm", stream_format="sse"))
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(event["audio"]) for event in deltas) == whole
    assert done["type"] == "speech.audio.done"
    usage = done["usage"]
    assert usage["input_tokens"] == 7
    assert usage["output_tokens"] == len(whole) // 48 // 50
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_nothing_to_say_is_a_short_silence() -> None:
    assert ask(input="   ", response_format="pcm").content == bytes(4800)


def test_a_failure_before_the_first_sound_is_an_answer() -> None:
    tts = ToneTts(Tone(error=EngineError("The voice is gone.", code="model_unavailable")))
    assert error_of(ask(tts)) == (503, "model_unavailable", None)


def test_a_failure_in_the_middle_is_an_event() -> None:
    tts = ToneTts(Tone(error=EngineError("The voice broke."), pieces_before_error=3))
    first, *_, last = events_of(ask(tts, response_format="pcm", stream_format="sse"))
    assert first["type"] == "speech.audio.delta"
    assert last["error"] == {"message": "The voice broke.", "type": "server_error", "param": None, "code": None}


def test_a_bug_of_an_engine_tells_clients_nothing() -> None:
    answer = ask(ToneTts(Tone(error=RuntimeError("secret"))))
    assert error_of(answer) == (500, None, None)
    assert "secret" not in answer.text


def test_azure_names_the_model_in_the_path() -> None:
    client = counter(speech_routes)
    body = {"voice": "alloy", "input": "Hi."}
    assert client.post("/openai/deployments/tts-1/audio/speech?api-version=x", json=body).status_code == 200
    assert error_of(client.post("/openai/deployments/nobody/audio/speech", json=body))[1] == "model_not_found"
    assert client.post("/openai/v1/audio/speech", json=BODY).status_code == 200


def test_ovos_gets_a_whole_wav() -> None:
    answer = counter(speech_routes).get("/v2/synthesize", params={"utterance": "Hello there.", "lang": "en-US"})
    assert answer.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(answer.content)) as file:
        assert file.getnframes() == 12 * 60 * 24
        assert np.frombuffer(file.readframes(24_000), "<i2").any()


def test_ovos_is_refused_as_others_are() -> None:
    client = counter(speech_routes)
    assert error_of(client.get("/v2/synthesize")) == (400, "missing_required_parameter", "utterance")
    assert error_of(client.get("/v2/synthesize", params={"utterance": "a" * 5000}))[1] == "string_above_max_length"
    assert error_of(client.get("/v2/synthesize", params={"utterance": "a", "voice": "x"}))[2] == "voice"


def test_nothing_is_spoken_while_engines_load() -> None:
    client = Counter([speech_routes(still_loading)]).client
    assert error_of(client.post("/v1/audio/speech", json=BODY)) == (503, "model_loading", None)


def test_a_persona_may_lend_its_voice() -> None:
    plain, parrot = service(), ToneTts()
    pirate = replace(plain, world=replace(plain.world, engines=replace(plain.world.engines, tts=parrot)))
    client = counter(speech_routes, replace(plain, personas={"pirate": pirate}))
    body = {"model": "tts-1", "input": "Arr.", "voice": "pirate/other", "response_format": "pcm"}
    assert client.post("/v1/audio/speech", json=body).status_code == 200
    assert [spoken.options.voice for spoken in parrot.spoken] == ["other"]
