"""The tables are whole: each GA event and each key of a beta session has its place in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.dialects import tables
from ovos_voice_agent.protocol.server_events import ServerEvent

EXAMPLES: dict[str, Any] = json.loads((Path(__file__).parents[2] / "data" / "beta_events.json").read_text())
NOT_OURS = {"conversation.created", "output_audio_buffer.started", "output_audio_buffer.stopped"} | {
    "output_audio_buffer.cleared"
}
"""Beta server events that this server does not send: the first by decision, the others have no place on a WebSocket."""


def ga_events() -> set[str]:
    return {str(msgspec.inspect.type_info(event).tag) for event in get_args(ServerEvent)}  # type: ignore[union-attr]


def test_every_event_of_ours_is_a_beta_event_or_dropped() -> None:
    known = {event["type"] for event in EXAMPLES["server"]}
    shown = {tables.SERVER_EVENTS.get(name, name) for name in ga_events() - tables.GA_ONLY_EVENTS}
    assert shown - known == {"x_ovos.turn.timeline", "x_ovos.response.word_times"}


def test_every_beta_event_comes_from_one_of_ours() -> None:
    shown = {tables.SERVER_EVENTS.get(name, name) for name in ga_events()} | set(tables.TRANSCRIPTION_EVENTS.values())
    assert {event["type"] for event in EXAMPLES["server"]} - shown == NOT_OURS


@pytest.mark.parametrize(
    ("table", "example"),
    [(tables.SESSION, "beta_session"), (tables.TRANSCRIPTION_SESSION, "beta_transcription_session")],
)
def test_every_key_of_a_beta_session_has_its_row(table: Any, example: str) -> None:
    rows = {row.flat for row in table}
    assert set(EXAMPLES["sessions"][example]) - rows <= {"modalities", "client_secret"}


def test_no_key_has_two_rows() -> None:
    for table in (tables.SESSION, tables.TRANSCRIPTION_SESSION, tables.RESPONSE, tables.RESPONSE_CREATE):
        assert len({row.flat for row in table}) == len({row.nested for row in table}) == len(table)


@pytest.mark.parametrize(("name", "wire"), list(tables.AUDIO_FORMATS.items()))
def test_formats_go_both_ways(name: str, wire: dict[str, Any]) -> None:
    assert tables.format_inwards(name, "") == wire
    assert tables.format_outwards(wire) == name


def test_a_format_in_the_ga_form_stays_and_null_restores_the_default() -> None:
    assert tables.format_inwards({"type": "audio/pcmu"}, "") == {"type": "audio/pcmu"}
    assert tables.format_inwards(None, "") is None


@pytest.mark.parametrize(("value", "code"), [("mp3", "invalid_value"), (16, "invalid_type")])
def test_an_unknown_format_is_refused_in_beta_words(value: Any, code: str) -> None:
    with pytest.raises(ClientError) as raised:
        tables.format_inwards(value, "session.input_audio_format")
    assert (raised.value.code, raised.value.param) == (code, "session.input_audio_format")
    assert "'pcm16', 'g711_ulaw', and 'g711_alaw'" in raised.value.message


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (None, None),
        ({"threshold": 0.3}, {"type": "server_vad", "threshold": 0.3}),
        ({"eagerness": "low"}, {"type": "semantic_vad", "eagerness": "low"}),
        ({"type": "semantic_vad"}, {"type": "semantic_vad"}),
    ],
)
def test_turn_detection_may_lack_its_type(written: Any, meant: Any) -> None:
    assert tables.detection_inwards(written, "") == meant


def test_turn_detection_loses_what_beta_does_not_know() -> None:
    shown = {"type": "server_vad", "threshold": 0.5, "idle_timeout_ms": None, "create_response": True}
    assert tables.detection_outwards(shown) == {"type": "server_vad", "threshold": 0.5, "create_response": True}
    assert tables.hearing_outwards(shown) == {"type": "server_vad", "threshold": 0.5}
