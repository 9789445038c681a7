"""A session opens no connection beyond the configured servers: all processes of the server are watched."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
from contextlib import ExitStack
from pathlib import Path

import pytest
from openai import AsyncOpenAI

from ovos_voice_agent.testing.stub_server import StubServer
from tests.end_to_end.test_process import serving
from tests.recordings import silence_24k, speech_24k

pytestmark = pytest.mark.real

LIMIT_S = 90.0
APPEND_BYTES = 48_000

WATCH = """
import json, os, sys

LOG = os.environ["CONNECTIONS_LOG"]


def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        address = arguments[1] if event != "socket.getaddrinfo" else arguments[:2]
        with open(LOG, "a") as log:
            log.write(json.dumps({"process": sys.argv[:1], "event": event, "address": repr(address)}) + "\\n")


sys.addaudithook(watch)
"""
"""Imported by every Python process of the server before anything else; notes each attempt to reach somebody."""


async def one_spoken_turn(url: str) -> str:
    """Say something, hear the answer; returns its words."""
    client = AsyncOpenAI(base_url=url, api_key="none-needed", max_retries=0)
    async with client.realtime.connect(model="gpt-realtime") as talk:
        sound = speech_24k("goforward") + silence_24k(1.0)
        for start in range(0, len(sound), APPEND_BYTES):
            audio = base64.b64encode(sound[start : start + APPEND_BYTES]).decode()
            await talk.input_audio_buffer.append(audio=audio)
        while (event := json.loads(await talk.recv_bytes()))["type"] != "response.done":
            pass
    await client.close()
    words: str = event["response"]["output"][0]["content"][0]["transcript"]
    return words


def test_only_the_configured_server_is_reached(tmp_path: Path) -> None:
    log = tmp_path / "connections.jsonl"
    log.touch()
    (tmp_path / "sitecustomize.py").write_text(WATCH, encoding="utf-8")

    async def play() -> str:
        async with StubServer() as stub:
            environment = {
                "PYTHONPATH": str(tmp_path),
                "CONNECTIONS_LOG": str(log),
                "OVOS_VOICE_AGENT_ENGINES__LLM__NAME": "openai",
                "OVOS_VOICE_AGENT_ENGINES__LLM__BASE_URL": stub.base_url,
                "OVOS_VOICE_AGENT_ENGINES__LLM__MODEL": "stub",
            }
            with ExitStack() as stack:
                server = await asyncio.to_thread(stack.enter_context, serving(**environment))
                heard = await asyncio.wait_for(one_spoken_turn(f"{server.url}/v1"), LIMIT_S)
                await asyncio.to_thread(server.end, signal.SIGTERM)
            assert heard == stub.default_chat.text
            return stub.base_url.removeprefix("http://").removesuffix("/v1")

    host, port = asyncio.run(play()).split(":")
    noted = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert noted, "the watch does not see connections"
    assert {row["address"] for row in noted if row["event"] == "socket.connect"} == {f"('{host}', {port})"}
    assert not [row for row in noted if row["event"] == "socket.sendto"]
    assert all(host in row["address"] for row in noted if row["event"] == "socket.getaddrinfo")
