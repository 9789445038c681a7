"""Which dialect a client speaks (protocol.md 1.2)."""

from __future__ import annotations

import json
import logging
from typing import Any, get_args

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.codec import BadEvent, ClientEventDecoder
from ovos_voice_agent.protocol.objects import ErrorDetails, ItemId, ResponseId, TextPart
from ovos_voice_agent.transports.dialect import Dialect, DialectName, Dialects, choose
from ovos_voice_agent.transports.handshake import Handshake


@pytest.mark.parametrize(
    ("handshake", "name"),
    [
        (Handshake("/v1/realtime"), "ga"),
        (Handshake("/realtime/"), "ga"),
        (Handshake("/openai/v1/realtime", {"openai-beta": "realtime=v1"}), "azure-ga"),
        (Handshake("/openai/realtime"), "azure-preview"),
        (Handshake("/openai/realtime/"), "azure-preview"),
        (Handshake("/v1/realtime", {"openai-beta": "assistants=v2, realtime=v1"}), "beta"),
        (Handshake("/v1/realtime", {"openai-beta": "assistants=v2"}), "ga"),
        (Handshake("/v1/realtime", subprotocols=("realtime", "openai-beta.realtime-v1")), "beta"),
        (Handshake("/v1/realtime", query={"dialect": "beta"}), "beta"),
        (Handshake("/v1/realtime", {"openai-beta": "realtime=v1"}, {"dialect": "ga"}), "beta"),
    ],
)
def test_the_first_mark_decides(handshake: Handshake, name: str) -> None:
    assert choose(handshake) == name


def test_the_default_counts_where_there_is_no_mark() -> None:
    assert choose(Handshake("/v1/realtime"), "beta") == "beta"
    assert choose(Handshake("/v1/realtime", query={"dialect": "ga"}), "beta") == "ga"


def test_a_dialect_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ClientError) as refused:
        choose(Handshake("/v1/realtime", query={"dialect": "gamma"}))
    assert (refused.value.status, refused.value.param) == (400, "dialect")


ERROR = ErrorDetails(type="t", code=None, message="m", param="session.audio.output.voice", event_id=None)
PART = se.ResponseContentPartAdded("e", ResponseId("r"), ItemId("i"), 0, 0, TextPart())


def codec(name: DialectName) -> Dialect:
    return Dialects(ClientEventDecoder()).codec(name)


def encoded(name: DialectName, event: se.ServerEvent) -> Any:
    frame = codec(name).encode(event)
    return None if frame is None else json.loads(frame)


def test_ga_is_the_cores_own_form() -> None:
    ga = codec("ga")
    assert ga.decode(b'{"type":"response.cancel","event_id":"e"}') == [ce.ResponseCancel(event_id="e")]
    with pytest.raises(BadEvent):
        ga.decode("nonsense")
    assert encoded("ga", se.Error(event_id="event_1", error=ERROR))["error"]["param"] == "session.audio.output.voice"


def test_each_dialect_writes_in_its_own_form() -> None:
    error = se.Error(event_id="event_1", error=ERROR)
    assert encoded("beta", error)["error"]["param"] == "session.voice"
    assert encoded("azure-preview", error)["error"]["param"] == "session.voice"
    assert encoded("azure-ga", error)["error"]["param"] == "session.audio.output.voice"
    assert [name for name in get_args(DialectName) if "content" in encoded(name, PART)] == ["azure-ga"]


def test_events_that_a_dialect_does_not_have_are_left_out() -> None:
    done = se.InputAudioBufferTimeoutTriggered("e", ItemId("i"), 0, 5000)
    assert [name for name in get_args(DialectName) if encoded(name, done) is None] == ["beta", "azure-preview"]


@pytest.mark.parametrize("name", get_args(DialectName))
def test_audio_is_read_and_written_in_each(name: DialectName) -> None:
    frame = '{"type":"input_audio_buffer.append","audio":"AAEC"}'
    assert codec(name).decode(frame) == [ce.InputAudioBufferAppend(audio=b"\0\1\2")]
    delta = se.ResponseOutputAudioDelta("e", ResponseId("r"), ItemId("i"), 0, 0, b"\0\1\2")
    assert encoded(name, delta)["delta"] == "AAEC"


def test_preview_dialects_ignore_what_nobody_knows_and_note_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    frame = '{"type":"session.update","session":{"disable_audio":true,"modalities":["text"]}}'
    [event] = codec("azure-preview").decode(frame)
    assert event == ce.SessionUpdate(session={"type": "realtime", "output_modalities": ["text"]})
    assert [record.key for record in caplog.records] == ["session.disable_audio"]  # type: ignore[attr-defined]
    with pytest.raises(BadEvent, match="disable_audio"):
        codec("ga").decode(frame)


def test_what_a_translation_refuses_names_the_event() -> None:
    frame = '{"type":"session.update","event_id":"evt_1","session":{"input_audio_format":"mp3"}}'
    with pytest.raises(BadEvent) as raised:
        codec("beta").decode(frame)
    assert (raised.value.event_id, raised.value.param) == ("evt_1", "session.input_audio_format")


def test_a_voice_that_came_with_a_key_is_shown_by_its_name() -> None:
    beta = Dialects(ClientEventDecoder()).codec("beta", chosen_voice="ryan")
    audio = {"input": {}, "output": {"voice": "ryan"}}
    frame = beta.encode(se.SessionCreated("e", {"type": "realtime", "audio": audio}))
    assert json.loads(frame or b"")["session"]["voice"] == "ryan"
