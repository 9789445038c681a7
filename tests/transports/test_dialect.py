"""Which dialect a client speaks (protocol.md 1.2)."""

from __future__ import annotations

import json

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.codec import BadEvent, ClientEventDecoder
from ovos_voice_agent.protocol.objects import ErrorDetails
from ovos_voice_agent.transports.dialect import DialectName, choose, dialect_for
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


@pytest.mark.parametrize("name", ["beta", "azure-ga", "azure-preview"])
def test_what_is_not_spoken_is_refused_by_name(name: DialectName) -> None:
    with pytest.raises(ClientError, match=f"'{name}'") as refused:
        dialect_for(name, ClientEventDecoder())
    assert refused.value.status == 400


def test_ga_is_the_cores_own_form() -> None:
    ga = dialect_for("ga", ClientEventDecoder())
    assert ga.decode(b'{"type":"response.cancel","event_id":"e"}') == ce.ResponseCancel(event_id="e")
    with pytest.raises(BadEvent):
        ga.decode("nonsense")
    error = ErrorDetails(type="t", code=None, message="m", param=None, event_id=None)
    assert json.loads(ga.encode(se.Error(event_id="event_1", error=error)) or b"")["error"]["message"] == "m"
