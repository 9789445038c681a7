"""A deterministic OpenAI-compatible HTTP server for tests and benchmarks: it says what its script says.

In a test::

    async with StubServer() as stub:
        stub.chat.append(ChatScript("It is noon.", first_delay_s=0.05))
        ...  # an engine with base_url = stub.base_url
        assert stub.requests[-1].body["model"] == "m"

From a shell: `python -m ovos_voice_agent.testing.stub_server --port 9000 --text "It is noon."`
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
from array import array
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Literal

from aiohttp import BodyPartReader, web

from ovos_voice_agent.audio.wav import wav_header
from ovos_voice_agent.testing.stub_chat import ChatScript, chat_events

_RATE_HZ = 24_000
_TONE_HZ = 220


@dataclass(frozen=True, slots=True)
class SttScript:
    """One transcription. With `deltas` and a request for `stream` it is sent as events."""

    text: str = "what time is it"
    delay_s: float = 0.0
    deltas: tuple[str, ...] = ()
    delta_delay_s: float = 0.0
    status: int = 200
    body: str = ""  # sent as it is when the status is not 200, or when `raw`
    raw: bool = False
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TtsScript:
    """One piece of speech: a tone, `ms_per_char` long for each character of the text, in pieces of `piece_bytes`."""

    delay_s: float = 0.0
    piece_delay_s: float = 0.0
    piece_bytes: int = 4_800
    ms_per_char: float = 60.0
    container: Literal["pcm", "wav", "garbage", "empty"] = "pcm"
    rate_hz: int = _RATE_HZ
    dies_after_bytes: int | None = None
    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Recorded:
    """One request as it came. `at_s` is the event loop's time; `ended` is set when its handler has ended."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at_s: float
    upload: bytes = b""
    closed_early: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class _DeathError(asyncio.CancelledError):
    """The script broke the connection: a cancellation, so that the HTTP library logs nothing."""


class StubServer:
    """Listens on 127.0.0.1. Scripts are used up in order; `default_*` is used when none is left."""

    def __init__(self, *, port: int = 0) -> None:
        self.chat: deque[ChatScript] = deque()
        self.stt: deque[SttScript] = deque()
        self.tts: deque[TtsScript] = deque()
        self.default_chat = ChatScript()
        self.default_stt = SttScript()
        self.default_tts = TtsScript()
        self.requests: list[Recorded] = []
        self.arrived = asyncio.Event()  # set with the first request
        self.redirects: deque[str] = deque()  # where the next requests are sent on to
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def base_url(self) -> str:
        """What an engine wants as its `base_url`."""
        return f"http://127.0.0.1:{self._port}/v1"

    async def __aenter__(self) -> StubServer:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_get("/v1/models", self._models)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/audio/transcriptions", self._transcribe)
        app.router.add_post("/v1/audio/translations", self._transcribe)
        app.router.add_post("/v1/audio/speech", self._speak)
        self._runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _models(self, request: web.Request) -> web.StreamResponse:
        await self._record(request, {})
        return web.json_response({"object": "list", "data": [{"id": "stub", "object": "model"}]})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        record = await self._record(request, await request.json())
        script = self.chat.popleft() if self.chat else self.default_chat
        return await self._watched(record, self._answer_chat(request, record, script))

    async def _answer_chat(self, request: web.Request, record: Recorded, script: ChatScript) -> web.StreamResponse:
        if self.redirects:
            return web.Response(status=307, headers={"Location": self.redirects.popleft()})
        if rejected := [name for name in script.rejects if name in record.body]:
            self.chat.appendleft(script)
            error = {"error": {"message": f"Unrecognized request argument supplied: {rejected[0]}"}}
            return web.json_response(error, status=400)
        if script.status != 200:
            return web.Response(status=script.status, text=script.body, headers=script.headers)
        if script.ending == "refuse":
            _abort(request)
        await asyncio.sleep(script.first_delay_s)
        return await _send(request, chat_events(script, record.body), "text/event-stream")

    async def _transcribe(self, request: web.Request) -> web.StreamResponse:
        fields, upload = await _read_form(request)
        record = await self._record(request, fields, upload)
        script = self.stt.popleft() if self.stt else self.default_stt
        return await self._watched(record, self._answer_stt(request, record, script))

    async def _answer_stt(self, request: web.Request, record: Recorded, script: SttScript) -> web.StreamResponse:
        if self.redirects:
            return web.Response(status=307, headers={"Location": self.redirects.popleft()})
        await asyncio.sleep(script.delay_s)
        if script.status != 200 or script.raw:
            return web.Response(status=script.status, text=script.body, headers=script.headers)
        if script.deltas and record.body.get("stream") == "true":
            return await _send(request, _transcript_events(script), "text/event-stream")
        return web.json_response({"text": script.text})

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        record = await self._record(request, await request.json())
        script = self.tts.popleft() if self.tts else self.default_tts
        return await self._watched(record, self._answer_tts(request, record, script))

    async def _answer_tts(self, request: web.Request, record: Recorded, script: TtsScript) -> web.StreamResponse:
        if self.redirects:
            return web.Response(status=307, headers={"Location": self.redirects.popleft()})
        await asyncio.sleep(script.delay_s)
        if script.status != 200:
            return web.Response(status=script.status, text=script.body, headers=script.headers)
        kind = {"wav": "audio/wav", "garbage": "application/json"}.get(script.container, "audio/pcm")
        return await _send(request, _speech_pieces(script, str(record.body.get("input", ""))), kind)

    async def _record(self, request: web.Request, body: dict[str, Any], upload: bytes = b"") -> Recorded:
        now_s = asyncio.get_running_loop().time()
        record = Recorded(request.path, dict(request.headers), body, now_s, upload)
        self.requests.append(record)
        self.arrived.set()
        return record

    async def _watched(self, record: Recorded, answer: Any) -> web.StreamResponse:
        """Run a handler, noting whether the client went away before its end."""
        try:
            response: web.StreamResponse = await answer
        except _DeathError:
            raise
        except (asyncio.CancelledError, ConnectionResetError):
            record.closed_early = True
            raise
        finally:
            record.ended.set()
        return response


async def _send(request: web.Request, pieces: AsyncIterator[bytes], kind: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": kind})
    await response.prepare(request)
    try:
        async for piece in pieces:
            await response.write(piece)
    except EOFError:  # the script says that the server dies here
        _abort(request)
    await response.write_eof()
    return response


def _abort(request: web.Request) -> None:
    """Break the connection as a dying process does."""
    if request.transport is not None:
        request.transport.abort()
    raise _DeathError


async def _read_form(request: web.Request) -> tuple[dict[str, Any], bytes]:
    fields: dict[str, Any] = {}
    upload = b""
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        if part.filename:
            upload = bytes(await part.read())
            fields["file"] = part.filename
        else:
            fields[part.name or ""] = await part.text()
    return fields, upload


async def _transcript_events(script: SttScript) -> AsyncIterator[bytes]:
    for delta in script.deltas:
        yield _event({"type": "transcript.text.delta", "delta": delta})
        await asyncio.sleep(script.delta_delay_s)
    yield _event({"type": "transcript.text.done", "text": script.text})


def _event(payload: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(payload).encode() + b"\n\n"


async def _speech_pieces(script: TtsScript, text: str) -> AsyncIterator[bytes]:
    if script.container == "empty":
        return
    if script.container == "garbage":
        yield b'{"error": {"message": "no such voice"}}'
        return
    audio = tone(round(script.ms_per_char * len(text)), script.rate_hz)
    data = (wav_header(script.rate_hz) if script.container == "wav" else b"") + audio
    for start in range(0, len(data), script.piece_bytes):
        if script.dies_after_bytes is not None and start >= script.dies_after_bytes:
            raise EOFError
        yield data[start : start + script.piece_bytes]
        await asyncio.sleep(script.piece_delay_s)


def tone(length_ms: int, rate_hz: int = _RATE_HZ) -> bytes:
    """A sine of 220 Hz at a quarter of full scale: mono int16, little endian on little-endian machines."""
    size = 2 * (rate_hz * length_ms // 1000)
    second = _second_of_tone(rate_hz)
    return (second * (size // len(second) + 1))[:size]


@cache
def _second_of_tone(rate_hz: int) -> bytes:
    """Whole waves, so that seconds join without a click; made once, for it takes longer than the delays of a script."""
    wave = (round(8192 * math.sin(2 * math.pi * _TONE_HZ * n / rate_hz)) for n in range(rate_hz))
    return array("h", wave).tobytes()


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stub_server", description="A scripted OpenAI-compatible HTTP server.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--text", default=ChatScript().text, help="what the language model answers")
    parser.add_argument("--first-token-ms", type=float, default=0)
    parser.add_argument("--token-ms", type=float, default=0)
    parser.add_argument("--stt-text", default=SttScript().text)
    parser.add_argument("--stt-ms", type=float, default=0)
    parser.add_argument("--tts-ms", type=float, default=0)
    return parser.parse_args(arguments)


async def _serve(options: argparse.Namespace) -> None:
    stub = StubServer(port=options.port)
    first_s, token_s = options.first_token_ms / 1000, options.token_ms / 1000
    stub.default_chat = ChatScript(options.text, first_delay_s=first_s, token_delay_s=token_s)
    stub.default_stt = replace(stub.default_stt, text=options.stt_text, delay_s=options.stt_ms / 1000)
    stub.default_tts = replace(stub.default_tts, delay_s=options.tts_ms / 1000)
    async with stub:
        print(f"stub server (scripted answers, no model) at {stub.base_url}", flush=True)
        await asyncio.Event().wait()


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until interrupted."""
    try:
        asyncio.run(_serve(_parse(arguments)))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
