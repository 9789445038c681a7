"""uvicorn as we use it, on real sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import websockets.asyncio.client
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ovos_voice_agent.transports import server
from ovos_voice_agent.transports.server import Listener, PortTakenError, ServerOptions, listen
from ovos_voice_agent.transports.websocket import WIRE_EXTENSION

pytestmark = pytest.mark.real

DEFAULTS = ServerOptions()


@asynccontextmanager
async def serving(application: Any, options: ServerOptions = DEFAULTS) -> AsyncIterator[Listener]:
    listener = Listener(application, listen("127.0.0.1", 0), options)
    await listener.start()
    try:
        yield listener
    finally:
        listener.abort()
        await listener.close()


def connect(listener: Listener, **more: Any) -> websockets.asyncio.client.connect:
    return websockets.asyncio.client.connect(f"ws://127.0.0.1:{listener.port}/", proxy=None, **more)


async def echo(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": str(len(message.get("text") or message["bytes"]))})


def within(seconds: float, script: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(script(), seconds))


def test_a_port_in_use_is_one_clear_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=rf"^Port {port} of 127\.0\.0\.1 is in use by another program: .*\.$"):
            listen("127.0.0.1", port)


def test_an_address_that_is_not_ours_is_one_clear_sentence() -> None:
    with pytest.raises(OSError, match=r"^Cannot listen on port 0 of 192\.0\.2\.1: "):
        listen("192.0.2.1", 0)


def test_frames_of_the_size_allowed_pass_and_larger_ones_close_with_1009() -> None:
    async def script() -> None:
        async with serving(echo, ServerOptions(max_message_bytes=100_000)) as listener, connect(listener) as client:
            await client.send("x" * 100_000)
            assert await client.recv() == "100000"
            await client.send(b"x" * 5)
            assert await client.recv() == "5"
            await client.send("x" * 100_001)
            with pytest.raises(ConnectionClosed) as closed:
                await client.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009

    within(30, script)


def test_a_refusal_is_an_http_answer_with_a_body() -> None:
    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "websocket.http.response.start", "status": 404, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b'{"error":{}}'})

    async def script() -> None:
        async with serving(refuse) as listener:
            with pytest.raises(InvalidStatus) as refused:
                await connect(listener)
            response = refused.value.response
            assert (response.status_code, json.loads(response.body or b"")) == (404, {"error": {}})

    within(30, script)


def test_a_refusal_is_no_fault_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.http.response.start", "status": 401, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"no"})

    async def script() -> None:
        async with serving(refuse) as listener:
            with pytest.raises(InvalidStatus):
                await connect(listener)

    within(30, script)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def straight(scope: Any, receive: Any, send: Any) -> None:
    """As `echo`, with the messages handed over as they arrive, and reading stopped after each."""
    wire = scope["extensions"][WIRE_EXTENSION]
    answers: asyncio.Queue[str] = asyncio.Queue()

    class Receiver:
        def heard(self, text: bytes) -> bool:
            if text.startswith(b"hear"):
                answers.put_nowait(f"heard {len(text)}")
            return text.startswith(b"hear")

        def arrived(self, messages: Sequence[str | bytes]) -> None:
            wire.pause()
            answers.put_nowait(" ".join(f"{type(message).__name__} {len(message)}" for message in messages))

    async def answer() -> None:
        while True:
            await send({"type": "websocket.send", "text": await answers.get()})
            wire.resume()

    await receive()
    await send({"type": "websocket.accept"})
    wire.attach(Receiver())
    answering = asyncio.ensure_future(answer())
    assert (await receive())["type"] == "websocket.disconnect"
    answering.cancel()


def test_messages_of_every_kind_are_handed_over_as_they_arrive() -> None:
    async def script() -> None:
        async with serving(straight) as listener, connect(listener) as client:
            await client.send("x" * 3000)
            assert await client.recv() == "str 3000"
            await client.send("hear" * 500)
            assert await client.recv() == "heard 2000"
            await client.send("hear")
            assert await client.recv() == "str 4", "too short to be audio"
            await client.send(b"\xff" * 10)
            assert await client.recv() == "bytes 10"
            await client.send(["some ", "frag", "ments"])
            assert await client.recv() == "str 14"
            await client.send("x" * 100_000)
            assert await client.recv() == "str 100000"
            await (await client.ping())
            await client.send("")
            assert await client.recv() == "str 0"

    within(30, script)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"\x81\x82mask" + bytes([0xFF ^ ord("m"), 0xFE ^ ord("a")]), 1007),
        (b"\x83\x80mask", 1002),
        (b"\x81\x02no", 1002),
        (b"\x82\xff" + (33 * 1024 * 1024).to_bytes(8, "big") + b"mask", 1009),
    ],
)
def test_mistakes_in_frames_close_with_their_codes(frame: bytes, code: int) -> None:
    async def script() -> None:
        async with serving(straight) as listener, connect(listener) as client:
            client.transport.write(frame)
            with pytest.raises(ConnectionClosed) as closed:
                await client.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == code

    within(30, script)


def test_nothing_is_compressed() -> None:
    async def script() -> None:
        async with serving(echo) as listener, connect(listener, compression="deflate") as client:
            assert client.response is not None
            assert "Sec-WebSocket-Extensions" not in client.response.headers

    within(30, script)


def test_a_query_with_a_key_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def script() -> None:
        async with serving(echo) as listener:
            url = f"ws://127.0.0.1:{listener.port}/?api-key=sk-secret"
            async with websockets.asyncio.client.connect(url, proxy=None):
                pass

    with caplog.at_level(logging.DEBUG):
        caplog.set_level(logging.WARNING, "websockets")  # the client's own words
        within(30, script)
    assert "sk-secret" not in caplog.text


def test_a_peer_that_takes_nothing_is_seen_and_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HANG_UP_S", 0.05)
    monkeypatch.setattr(server.Socket, "close_timeout", 0.0, raising=False)
    unsent: list[int] = []
    ended = asyncio.Event()

    async def flood(scope: Any, receive: Any, send: Any) -> None:
        wire = scope["extensions"][WIRE_EXTENSION]
        wire.close_timeout = 0.0
        await receive()
        await send({"type": "websocket.accept"})
        try:
            while wire.unsent_bytes() < 1_000_000:
                await asyncio.wait_for(send({"type": "websocket.send", "text": "x" * 1_000_000}), 0.2)
        except TimeoutError:
            pass
        unsent.append(wire.unsent_bytes())
        wire.hang_up(1013, "The client reads too slowly.")
        ended.set()

    async def script() -> None:
        async with serving(flood) as listener:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port, limit=1024)
            writer.write(
                b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
            )
            await reader.readuntil(b"\r\n\r\n")
            await ended.wait()
            while listener.connections:  # noqa: ASYNC110  there is no event for the end of a socket
                await asyncio.sleep(0.01)
            writer.transport.abort()

    within(30, script)
    assert unsent[0] > 65_536


def test_nobody_is_let_in_after_it_stopped_accepting() -> None:
    async def script() -> None:
        async with serving(echo) as listener, connect(listener) as client:
            listener.stop_accepting()
            with pytest.raises(OSError, match=r"Connect call failed|refused|Multiple exceptions"):
                await connect(listener)
            await client.send("still here")
            assert await client.recv() == "10"

    within(30, script)


def test_closing_tells_those_who_are_still_there() -> None:
    async def script() -> None:
        async with serving(echo) as listener:
            client = await connect(listener)
            closing = asyncio.ensure_future(listener.close())
            with pytest.raises(ConnectionClosed) as closed:
                await client.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
            await closing

    within(30, script)
