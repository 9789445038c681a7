"""What session a handshake asks for."""

from __future__ import annotations

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.personas.catalogue import Catalogue, Names
from ovos_voice_agent.transports.auth import Credential
from ovos_voice_agent.transports.handshake import Handshake
from ovos_voice_agent.transports.opening import Opening, opening_of

CATALOGUE = Catalogue(
    models=Names({"gpt-realtime": "", "mine": "llama"}, dated=["gpt-realtime"]),
    transcription_models=Names({"whisper-1": "", "sphinx": ""}),
    voices=Names({"alloy": "en"}),
    default_model="mine",
    default_transcription_model="sphinx",
    default_voice="alloy",
)


def opened(**query: str) -> Opening:
    return opening_of(Handshake("/v1/realtime", query=query), CATALOGUE, "ga", Credential("kitchen"))


@pytest.mark.parametrize(
    ("query", "kind", "model"),
    [
        ({}, "realtime", "mine"),
        ({"model": ""}, "realtime", "mine"),
        ({"model": "gpt-realtime"}, "realtime", "gpt-realtime"),
        ({"model": "gpt-realtime-2025-08-28"}, "realtime", "gpt-realtime-2025-08-28"),
        ({"deployment": "gpt-realtime"}, "realtime", "gpt-realtime"),
        ({"intent": "conversation"}, "realtime", "mine"),
        ({"intent": "transcription"}, "transcription", "sphinx"),
        ({"intent": "transcription", "model": "whisper-1"}, "transcription", "whisper-1"),
        ({"model": "whisper-1"}, "transcription", "whisper-1"),
    ],
)
def test_intent_and_model_decide(query: dict[str, str], kind: str, model: str) -> None:
    opening = opened(**query)
    assert (opening.kind, opening.model) == (kind, model)
    assert (opening.dialect, opening.credential, opening.timeline) == ("ga", Credential("kitchen"), False)


@pytest.mark.parametrize(
    ("query", "status", "code", "param"),
    [
        ({"model": "gpt-9"}, 404, "model_not_found", "model"),
        ({"intent": "transcription", "model": "gpt-9"}, 404, "model_not_found", "model"),
        ({"intent": "singing"}, 400, "invalid_value", "intent"),
        ({"call_id": "rtc_1"}, 404, "call_not_found", "call_id"),
        ({"call_id": "rtc_1", "model": "mine"}, 400, "invalid_value", "call_id"),
        ({"x_ovos": "timeline,secrets"}, 400, "unknown_parameter", "x_ovos.secrets"),
    ],
)
def test_what_cannot_be_had_is_refused(query: dict[str, str], status: int, code: str, param: str) -> None:
    with pytest.raises(ClientError) as refused:
        opened(**query)
    assert (refused.value.status, refused.value.code, refused.value.param) == (status, code, param)


def test_the_time_line_is_for_those_who_ask() -> None:
    assert opened(x_ovos="timeline").timeline
    assert not opened(x_ovos="").timeline
