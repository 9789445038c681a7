"""A server inside of a test: refusals, floods, stalled readers and many connections, after which a normal turn works.

What it does as a process is in tests/end_to_end/test_process.py.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import msgspec
import pytest

from ovos_voice_agent.app import Running, running, serve
from ovos_voice_agent.app.serving import EXIT_FAILED, allow_many_files, prefer_the_loop
from ovos_voice_agent.client import connect
from ovos_voice_agent.client.connection import Connection, Refused
from ovos_voice_agent.config import ApiKey, Config, load
from ovos_voice_agent.runtime.pressure import FEW_SESSIONS
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, ToneTts

pytestmark = pytest.mark.real


def config(**server: Any) -> Config:
    plain = load(None, {})
    return msgspec.structs.replace(plain, server=msgspec.structs.replace(plain.server, **server))


def play(script: Callable[[Running], Awaitable[None]], **server: Any) -> None:
    async def run() -> None:
        engines: Any = {"vad": EnergyVad(), "stt": ScriptedStt(), "llm": ScriptedLlm(), "tts": ToneTts()}
        async with running(config(**server), engines) as started:
            await script(started)
            await emptied(started)
        assert [engine.open_streams for engine in engines.values()] == [0, 0, 0, 0]

    asyncio.run(asyncio.wait_for(run(), 60))


async def emptied(server: Running) -> None:
    """Wait until all sessions have ended."""
    while len(server.application.hub):  # noqa: ASYNC110  it is outside of the server that waits
        await asyncio.sleep(0.01)


async def turn(connection: Connection) -> str:
    """A turn in words; returns the answer."""
    await connection.send({"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"]}})
    content = [{"type": "input_text", "text": "hello"}]
    item = {"type": "message", "role": "user", "content": content}
    await connection.send({"type": "conversation.item.create", "item": item})
    await connection.send({"type": "response.create"})
    done = await connection.wait_for("response.done")
    return str(done["response"]["output"][0]["content"][0]["text"])


async def normal_turn(server: Running, **more: Any) -> None:
    async with connect(server.url, **more) as connection:
        assert await turn(connection) == "You said: hello."


async def refusal(server: Running, **more: Any) -> int:
    with pytest.raises(Refused) as refused:
        async with connect(server.url, **more):
            pass
    return refused.value.status


def test_keys_models_and_places_are_checked_before_the_upgrade() -> None:
    async def script(server: Running) -> None:
        assert await refusal(server) == 401
        assert await refusal(server, key="wrong") == 401
        assert await refusal(server, key="sk-one", model="gpt-9") == 404
        async with connect(server.url, key="sk-one") as connection:
            assert await refusal(server, key="sk-one") == 429
            assert await turn(connection) == "You said: hello."
        await emptied(server)
        await normal_turn(server, key="sk-one", model="gpt-4o-realtime-preview")

    play(script, api_keys=(ApiKey("kitchen", "sk-one"),), max_sessions=1)


def test_it_works_below_a_prefix() -> None:
    async def script(server: Running) -> None:
        assert server.url.endswith("/voice/v1")
        await normal_turn(server)

    play(script, path_prefix="/voice")


def test_garbage_floods_and_broken_connections_leave_nothing() -> None:
    async def script(server: Running) -> None:
        async with connect(server.url) as connection:
            for frame in ("", "{", "[]", '{"type":7}', b"\xff", "x" * 100_000):
                await connection._socket.send(frame)
                await connection.wait_for("error")
            assert await turn(connection) == "You said: hello."
            for _ in range(2_000):
                await connection._socket.send('{"type":"nonsense"}')
            connection._socket.transport.abort()
        async with connect(server.url) as connection:
            await connection._socket.send(b"x" * (server.application._config.server.max_message_bytes + 1))
            while (await anext(aiter(connection), None)) is not None:
                pass
            assert connection.close_code == 1009
        await emptied(server)
        await normal_turn(server)

    play(script, max_message_bytes=200_000)


def test_a_reader_that_takes_nothing_is_let_go_and_the_others_do_not_notice() -> None:
    async def script(server: Running) -> None:
        _, writer = await stalled(server)
        text = json.dumps({"type": "input_text", "text": "x" * 100_000})
        item = f'{{"type":"message","role":"user","id":"big","content":[{text}]}}'
        frames = [f'{{"type":"conversation.item.create","item":{item}}}']
        frames += ['{"type":"conversation.item.retrieve","item_id":"big"}'] * 400
        for frame in frames:
            writer.write(masked(frame.encode()))
        await normal_turn(server)
        await emptied(server)
        writer.transport.abort()

    play(script, reader_timeout_s=0.5)


async def stalled(server: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A client that opens a session and then reads no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.listener.port, limit=256)
    writer.write(
        b"GET /v1/realtime HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await reader.readline()
    return reader, writer


def masked(payload: bytes) -> bytes:
    """One text frame of a client, with a mask of zeros."""
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0xFF]) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


def test_many_connections_come_and_go() -> None:
    async def script(server: Running) -> None:
        for _ in range(10):
            await asyncio.gather(*(normal_turn(server) for _ in range(10)))
        await emptied(server)
        sessions = server.application.metrics.render().decode()
        assert "ovos_voice_agent_sessions 0.0" in sessions
        assert "ovos_voice_agent_sessions_started_total 100.0" in sessions

    play(script)


def refuses_another(setting: Config, overload: Callable[[Running], None]) -> None:
    """With as many sessions as are never refused, the next is, and those inside go on."""

    async def run() -> None:
        engines: Any = {"vad": EnergyVad(), "stt": ScriptedStt(), "llm": ScriptedLlm(), "tts": ToneTts()}
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(running(setting, engines, refuse_when_busy=True))
            live = [await stack.enter_async_context(connect(server.url)) for _ in range(FEW_SESSIONS)]
            overload(server)
            server.application._admission._wait_s = 0.0
            with pytest.raises(Refused) as refused:
                await stack.enter_async_context(connect(server.url))
            assert refused.value.status == 503
            assert [await turn(connection) for connection in live] == ["You said: hello."] * FEW_SESSIONS

    asyncio.run(asyncio.wait_for(run(), 60))


def test_a_server_that_does_not_keep_up_refuses_new_sessions_and_goes_on_with_the_others() -> None:
    def overload(server: Running) -> None:
        for _ in range(1000):
            server.application.pressure.note(1.0)

    refuses_another(config(), overload)


def test_a_crowd_beyond_its_capacity_is_refused_before_anything_is_late() -> None:
    def overload(server: Running) -> None:
        assert server.application.lifecycle.capacity == {"speech": 2}

    refuses_another(config(capacity=2), overload)


def test_draining_tells_clients_and_refuses_new_ones() -> None:
    async def script(server: Running) -> None:
        async with connect(server.url) as connection:
            await connection.wait_for("session.created")
            await server.application.drain(5)
            while (await anext(aiter(connection), None)) is not None:
                pass
            assert connection.close_code == 1001
        assert await refusal(server) == 503

    play(script)


def test_threads_of_engines_hand_over_within_a_millisecond() -> None:
    before = sys.getswitchinterval()
    try:
        prefer_the_loop()
        assert sys.getswitchinterval() == pytest.approx(0.001)
    finally:
        sys.setswitchinterval(before)


def test_as_many_files_are_allowed_as_may_be() -> None:
    resource = pytest.importorskip("resource")
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), most))
    try:
        allow_many_files()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (most, most)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, most))


def test_a_port_in_use_is_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        assert serve(config(port=other.getsockname()[1])) == EXIT_FAILED
    assert "in use" in capsys.readouterr().err
