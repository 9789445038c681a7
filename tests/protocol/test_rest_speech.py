"""The body of a request for speech."""

from __future__ import annotations

import msgspec
import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.rest_speech import (
    SpeechDelta,
    SpeechDone,
    SpeechRequest,
    SpeechUsage,
    read_speech_request,
)

LEAST = {"input": "Hi.", "model": "tts-1", "voice": "alloy"}


def test_the_least_that_is_enough() -> None:
    assert read_speech_request(LEAST) == SpeechRequest(input="Hi.", model="tts-1", voice="alloy")


def test_null_is_what_nobody_said() -> None:
    optional = ("instructions", "response_format", "speed", "stream_format")
    assert read_speech_request({**LEAST, **dict.fromkeys(optional)}) == read_speech_request(LEAST)


def test_everything() -> None:
    extensions = {"rate": 48_000, "language": "de"}
    body = {**LEAST, "voice": {"id": "v1"}, "speed": 2, "response_format": "pcm", "x_ovos": extensions, "other": 1}
    read = read_speech_request(body)
    assert (read.voice, read.speed, read.response_format, read.rate_hz, read.language) == ("v1", 2, "pcm", 48_000, "de")


@pytest.mark.parametrize("value", [True, "24000", 1.5, 0])
def test_rates_are_numbers_of_a_list(value: object) -> None:
    with pytest.raises(ClientError) as raised:
        read_speech_request({**LEAST, "x_ovos": {"rate": value}})
    assert raised.value.param == "x_ovos.rate"


def test_events_have_the_apis_names() -> None:
    assert msgspec.to_builtins(SpeechDelta("AA==")) == {"type": "speech.audio.delta", "audio": "AA=="}
    done = msgspec.to_builtins(SpeechDone(SpeechUsage(1, 2, 3)))
    assert done == {
        "type": "speech.audio.done",
        "usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
    }
