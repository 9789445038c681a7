"""Connecting, refusals and the end of a connection, against a real WebSocket server."""

from __future__ import annotations

import asyncio
import socket

import pytest

from ovos_voice_agent.client import Refused, connect
from ovos_voice_agent.client.connection import socket_url
from ovos_voice_agent.errors import TransportClosed
from tests.client.realtime_stub import Event, running


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000/v1", "ws://127.0.0.1:8000/v1/realtime?model=m"),
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/v1/realtime?model=m"),
        ("https://example.org/voice/v1/", "wss://example.org/voice/v1/realtime?model=m"),
        ("ws://127.0.0.1:8000/realtime", "ws://127.0.0.1:8000/realtime?model=m"),
        (
            "wss://example.org/v1/realtime?model=x&intent=transcription",
            "wss://example.org/v1/realtime?model=m&intent=transcription",
        ),
    ],
)
def test_addresses(url: str, expected: str) -> None:
    assert socket_url(url, {"model": "m"}) == expected


def echo(event: Event) -> list[Event]:
    return [{"type": "echo", "of": event}]


def test_events_go_out_and_come_back_in_order() -> None:
    async def scenario() -> None:
        async with running(echo) as stub, connect(stub.url, key="sk-1", model="a b") as connection:
            assert (await connection.receive())["type"] == "session.created"
            for number in range(3):
                await connection.send({"type": "t", "number": number})
            assert [(await connection.receive())["of"]["number"] for _ in range(3)] == [0, 1, 2]
        assert stub.paths == ["/v1/realtime?model=a+b"]
        assert stub.keys == ["Bearer sk-1"]

    asyncio.run(scenario())


def test_waiting_for_a_type_passes_over_others() -> None:
    def two(event: Event) -> list[Event]:
        return [{"type": "first"}, {"type": "second"}]

    async def scenario() -> None:
        async with running(two) as stub, connect(stub.url) as connection:
            await connection.send({"type": "t"})
            assert (await connection.wait_for("second"))["type"] == "second"

    asyncio.run(scenario())


def test_a_refusal_tells_the_servers_words() -> None:
    async def scenario() -> None:
        async with running(echo, key="sk-right") as stub:
            with pytest.raises(Refused, match="Incorrect API key provided") as caught:
                async with connect(stub.url, key="sk-wrong"):
                    pass
            assert caught.value.status == 401

    asyncio.run(scenario())


def test_nobody_there() -> None:
    async def scenario(port: int) -> None:
        with pytest.raises(Refused, match="no server answers") as caught:
            async with connect(f"http://127.0.0.1:{port}/v1"):
                pass
        assert caught.value.status == 0

    with socket.socket() as silent:  # bound, so that nobody else takes the port, but it does not listen
        silent.bind(("127.0.0.1", 0))
        asyncio.run(scenario(silent.getsockname()[1]))


def test_after_the_end_iteration_stops_and_sending_raises() -> None:
    async def scenario() -> None:
        async with running(echo) as stub, connect(stub.url) as connection:
            await connection.close()
            await connection.close()
            assert [event["type"] async for event in connection] == ["session.created"]
            assert connection.close_code == 1000
            with pytest.raises(TransportClosed):
                await connection.send({"type": "t"})

    asyncio.run(scenario())
