"""The realtime recogniser against this server itself with real speech, and against scripted servers."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from aiohttp import WSMsgType, web

from ovos_voice_agent.app import running
from ovos_voice_agent.config import load
from ovos_voice_agent.engines.interface import Partial, SttOptions, Transcript
from ovos_voice_agent.engines.stt.openai_realtime import LIMIT_BYTES, RealtimeStt, create
from ovos_voice_agent.errors import ConfigError, EngineError, EngineTimeout
from ovos_voice_agent.testing.contracts import check_stt
from tests.recordings import samples_16k, transcript

TRANSCRIPTION = "conversation.item.input_audio_transcription"
PCM = (np.arange(16_000, dtype="<i2") % 900).tobytes()


@dataclass
class Script:
    """A scripted server. `breaks`: so many connections end when the audio does, before any word."""

    deltas: list[dict[str, Any]] = field(default_factory=list)
    end: dict[str, Any] | None = None
    breaks: int = 0
    status: int = 0
    redirect: str = ""
    base_url: str = ""
    seen: list[list[dict[str, Any]]] = field(default_factory=list)
    requests: list[web.Request] = field(default_factory=list)
    connected: asyncio.Event = field(default_factory=asyncio.Event)

    async def models(self, _: web.Request) -> web.Response:
        return web.json_response({"data": []})

    async def realtime(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        if self.status:
            return web.Response(status=self.status)
        if self.redirect:
            raise web.HTTPTemporaryRedirect(self.redirect)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        events: list[dict[str, Any]] = []
        self.seen.append(events)
        self.connected.set()
        await socket.send_json({"type": "session.created"})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                events.append(json.loads(message.data))
                if events[-1]["type"] == "input_audio_buffer.commit" and len(events) > 2:
                    await self._answer(socket)
        return socket

    async def _answer(self, socket: web.WebSocketResponse) -> None:
        if self.breaks:
            self.breaks -= 1
            await socket.close()
            return
        for event in [*self.deltas, *([self.end] if self.end else [])]:
            await socket.send_json(event)

    def audio(self, place: int = -1) -> bytes:
        pieces = [event["audio"] for event in self.seen[place] if event["type"] == "input_audio_buffer.append"]
        return b"".join(base64.b64decode(piece) for piece in pieces)


@asynccontextmanager
async def scripted(**how: Any) -> AsyncIterator[Script]:
    script = Script(**how)
    app = web.Application()
    app.router.add_get("/v1/models", script.models)
    app.router.add_get("/v1/realtime", script.realtime)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    script.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield script
    finally:
        await runner.cleanup()


async def hear(stt: RealtimeStt, options: SttOptions, told: list[Partial], pcm: bytes = PCM) -> Transcript:
    stream = stt.open(options, told.append)
    for at in range(0, len(pcm), 1280):
        stream.feed(pcm[at : at + 1280])
        await asyncio.sleep(0)
    return await stream.finish()


def understood(
    script: dict[str, Any], options: SttOptions | None = None, pcm: bytes = PCM, **settings: Any
) -> tuple[Transcript, list[Partial], Script]:
    async def run() -> tuple[Transcript, list[Partial], Script]:
        async with scripted(**script) as server:
            stt = create({"base_url": server.base_url, "model": "m", **settings})
            await stt.start()
            told: list[Partial] = []
            try:
                async with asyncio.timeout(10):
                    return await hear(stt, options or SttOptions(), told, pcm), told, server
            finally:
                await stt.close()

    return asyncio.run(run())


def completed(text: str, **more: Any) -> dict[str, Any]:
    return {"type": f"{TRANSCRIPTION}.completed", "transcript": text, **more}


# ------------------------------------------------------------------------------------------------- this server itself


@pytest.mark.real
def test_it_understands_speech_through_a_server_of_our_own() -> None:
    async def run() -> tuple[Transcript, list[Partial]]:
        async with running(load()) as server:
            stt = create({"base_url": server.url, "model": "whisper-1"})
            await stt.start()
            told: list[Partial] = []
            try:
                return await hear(stt, SttOptions(), told, samples_16k("goforward").tobytes()), told
            finally:
                await stt.close()

    result, told = asyncio.run(run())
    assert result.text == transcript("goforward")
    assert all(result.text.startswith(partial.stable.strip()) for partial in told)


@pytest.mark.real
def test_the_contract_with_a_server_of_our_own(served: str) -> None:
    options = {"base_url": served, "model": "whisper-1"}
    check_stt(lambda: create(options), samples_16k("goforward").tobytes(), long_s=5)


# ------------------------------------------------------------------------------------------------------------ dialects


def test_the_dialect_of_openai() -> None:
    deltas = [{"type": f"{TRANSCRIPTION}.delta", "delta": delta} for delta in ("Go", " forward")]
    options = SttOptions(language="de", prompt="Names:", keywords=("Ana", "Bo"), logprobs=True)
    logprobs = [{"token": "Go", "logprob": -0.5, "bytes": [71]}]
    end = completed("Go forward.", logprobs=logprobs)
    result, told, server = understood({"deltas": deltas, "end": end}, options, api_key="sk-1")
    assert result == Transcript("Go forward.", logprobs=(("Go", -0.5),))
    assert [partial.stable for partial in told] == ["Go", "Go forward"]
    (request,) = server.requests
    assert request.query_string == "intent=transcription"
    assert request.headers["Authorization"] == "Bearer sk-1"
    update = server.seen[0][0]["session"]
    assert update["include"] == ["item.input_audio_transcription.logprobs"]
    assert update["audio"]["input"] == {
        "format": {"type": "audio/pcm", "rate": 24_000},
        "transcription": {"model": "m", "language": "de", "prompt": "Names: Ana, Bo"},
        "turn_detection": None,
    }
    assert server.seen[0][-1] == {"type": "input_audio_buffer.commit"}
    assert len(server.audio()) == len(PCM) * 3 // 2


def test_the_dialect_of_vllm() -> None:
    deltas = [{"type": "transcription.delta", "delta": delta} for delta in ("Go", " forward")]
    end = {"type": "transcription.done", "text": "Go forward.", "usage": {}}
    result, told, server = understood({"deltas": deltas, "end": end}, dialect="vllm")
    assert result == Transcript("Go forward.")
    assert [partial.stable for partial in told] == ["Go", "Go forward"]
    assert server.seen[0][:2] == [{"type": "session.update", "model": "m"}, {"type": "input_audio_buffer.commit"}]
    assert server.seen[0][-1] == {"type": "input_audio_buffer.commit", "final": True}
    assert server.audio() == PCM


def test_a_final_text_that_is_missing_is_the_sum_of_the_deltas() -> None:
    deltas = [{"type": "transcription.delta", "delta": " Go"}]
    result, _, _ = understood({"deltas": deltas, "end": {"type": "transcription.done"}}, dialect="vllm")
    assert result.text == "Go"


# ------------------------------------------------------------------------------------------------------------ failures


def test_a_connection_that_breaks_before_any_word_is_made_once_more_with_all_audio() -> None:
    result, _, server = understood({"end": completed("yes"), "breaks": 1})
    assert result.text == "yes"
    assert len(server.seen) == 2
    assert server.audio(0) == server.audio(1)


def test_one_that_breaks_twice_is_a_failure() -> None:
    with pytest.raises(EngineError, match="broke the connection") as caught:
        understood({"end": completed("yes"), "breaks": 2})
    assert caught.value.code == "model_unavailable"


@pytest.mark.parametrize(
    ("status", "code"), [(401, "model_unavailable"), (429, "rate_limit_exceeded"), (503, "server_error")]
)
def test_a_refusal(status: int, code: str) -> None:
    with pytest.raises(EngineError, match=f"answered with status {status}") as caught:
        understood({"status": status})
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ({"type": "error", "error": {"message": "secret words", "code": "rate_limit_exceeded"}}, "limits the rate"),
        ({"type": f"{TRANSCRIPTION}.failed", "error": {"message": "secret words"}}, "reported an error"),
    ],
)
def test_an_error_in_the_middle_does_not_tell_the_servers_words(end: dict[str, Any], words: str) -> None:
    with pytest.raises(EngineError, match=words) as caught:
        understood({"end": end})
    assert "secret" not in caught.value.message


def test_a_server_that_never_answers() -> None:
    with pytest.raises(EngineTimeout, match="took too long"):
        understood({}, timeout_s=0.3)


def test_nobody_is_there() -> None:
    async def run() -> None:
        stt = create({"base_url": "http://127.0.0.1:9/v1", "model": "m"})
        await stt.start()
        assert "did not answer when this server started" in stt.info.quality
        with pytest.raises(EngineError, match="cannot be reached"):
            await hear(stt, SttOptions(), [])
        await stt.close()

    asyncio.run(run())


def test_the_key_does_not_travel_to_another_server() -> None:
    async def run() -> None:
        async with scripted(end=completed("no")) as other, scripted(redirect=f"{other.base_url}/realtime") as server:
            stt = create({"base_url": server.base_url, "model": "m", "api_key": "sk-1", "timeout_s": 2})
            try:
                await hear(stt, SttOptions(), [])
            except EngineError:
                pass
            finally:
                await stt.close()
            assert all("Authorization" not in request.headers for request in other.requests)

    asyncio.run(run())


def test_an_utterance_has_an_end_to_its_length() -> None:
    async def run() -> None:
        async with scripted(end=completed("x")) as server:
            stt = create({"base_url": server.base_url, "model": "m"})
            stream = stt.open(SttOptions(), lambda _: None)
            stream.feed(bytes(LIMIT_BYTES))
            stream.feed(bytes(2))
            with pytest.raises(EngineError, match="too long"):
                await stream.finish()
            await stt.close()

    asyncio.run(run())


def test_a_dropped_utterance_closes_its_connection() -> None:
    async def run() -> None:
        async with scripted(end=completed("no")) as server:
            stt = create({"base_url": server.base_url, "model": "m"})
            stream = stt.open(SttOptions(), lambda _: None)
            stream.feed(PCM)
            await server.connected.wait()
            stream.cancel()
            stream.cancel()
            with pytest.raises(asyncio.CancelledError):
                await stream.finish()
            await stt.close()

    asyncio.run(run())


def test_options_are_judged() -> None:
    with pytest.raises(ConfigError) as caught:
        create({"dialect": "klingon", "odd": 1})
    assert any("dialect must be openai or vllm" in problem for problem in caught.value.problems)
    assert any("odd is not an option" in problem for problem in caught.value.problems)
    assert any("model is needed" in problem for problem in caught.value.problems)
