"""Reading a handshake, and which sub-protocol is answered."""

from __future__ import annotations

import pytest

from ovos_voice_agent.transports.handshake import Handshake, chosen_subprotocol

SCOPE = {
    "type": "websocket",
    "scheme": "wss",
    "path": "/v1/realtime/",
    "query_string": b"model=gpt-realtime&api-key=sk%2Done&model=other&empty=",
    "headers": [(b"host", b"example.org"), (b"authorization", b"Bearer sk-one"), (b"authorization", b"Bearer two")],
    "subprotocols": ["realtime", "openai-insecure-api-key.sk-one"],
}


def test_a_scope_is_read() -> None:
    handshake = Handshake.from_scope(SCOPE)
    assert handshake.route == "/v1/realtime"
    assert handshake.headers == {"host": "example.org", "authorization": "Bearer sk-one"}
    assert handshake.query == {"model": "gpt-realtime", "api-key": "sk-one", "empty": ""}
    assert handshake.secure
    assert (handshake.address, handshake.agent) == ("", "")


def test_who_calls_is_told_in_a_line() -> None:
    headers = [(b"user-agent", b"Browser/1.0\x1b[31m " + b"x" * 500)]
    handshake = Handshake.from_scope({**SCOPE, "headers": headers, "client": ("10.0.0.7", 51000)})
    assert handshake.address == "10.0.0.7"
    assert handshake.agent == ("Browser/1.0[31m " + "x" * 500)[:200]


def test_the_root_keeps_its_slash() -> None:
    assert Handshake("/").route == "/"


def test_no_key_is_shown() -> None:
    assert "sk" not in repr(Handshake.from_scope(SCOPE))


@pytest.mark.parametrize(
    ("offered", "answer"),
    [
        ((), None),
        (("realtime",), "realtime"),
        (("openai-insecure-api-key.k", "openai-beta.realtime-v1", "realtime"), "realtime"),
        (("openai-insecure-api-key.k", "openai-agents-sdk.1.0", "other"), "openai-agents-sdk.1.0"),
        (("openai-insecure-api-key.k",), None),
    ],
)
def test_one_of_the_offered_subprotocols_is_answered_and_never_a_key(
    offered: tuple[str, ...], answer: str | None
) -> None:
    assert chosen_subprotocol(offered) == answer
