"""The HTTP recogniser against the scripted server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.engines.interface import Partial, SttOptions, Transcript
from ovos_voice_agent.engines.stt.openai_http import LIMIT_BYTES, OpenAiStt, create
from ovos_voice_agent.errors import ConfigError, EngineError, EngineTimeout
from ovos_voice_agent.testing.contracts import check_stt
from ovos_voice_agent.testing.stub_server import SttScript, StubServer
from tests.recordings import samples_16k

PCM = (np.arange(1600, dtype="<i2") * 7).tobytes()


def run(work: Callable[[StubServer, OpenAiStt], Coroutine[Any, Any, Any]], **options: Any) -> Any:
    async def main() -> Any:
        async with StubServer() as stub:
            stt = create({"base_url": stub.base_url, "model": "whisper", **options})
            try:
                async with asyncio.timeout(5):
                    return await work(stub, stt)
            finally:
                await stt.close()

    return asyncio.run(main())


async def hear(stt: OpenAiStt, options: SttOptions | None = None, partials: list[Partial] | None = None) -> Transcript:
    heard: list[Partial] = [] if partials is None else partials
    stream = stt.open(options or SttOptions(), heard.append)
    stream.feed(PCM[:1001])
    stream.feed(PCM[1001:])
    return await stream.finish()


@pytest.mark.real
def test_the_contract_with_a_server_of_our_own(served: str) -> None:
    options = {"base_url": served, "model": "whisper-1"}
    check_stt(lambda: create(options), samples_16k("goforward").tobytes(), long_s=5)


def test_the_utterance_is_sent_as_one_wav_file() -> None:
    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        result = await hear(stt, SttOptions(language="de", prompt="Names:", keywords=("Ana", "Bo"), logprobs=True))
        assert result.text == "what time is it"
        request = stub.requests[-1]
        samples, rate_hz = read_wav(request.upload)
        assert rate_hz == 16_000
        assert np.array_equal(np.rint(samples * 32768).astype("<i2"), np.frombuffer(PCM, "<i2"))
        body = request.body
        assert (body["model"], body["language"], body["prompt"]) == ("whisper", "de", "Names: Ana, Bo")
        assert (body["include[]"], body["response_format"]) == ("logprobs", "json")

    run(work)


def test_deltas_become_partials() -> None:
    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        stub.stt.append(SttScript("Go forward.", deltas=("Go", " forward", ".")))
        partials: list[Partial] = []
        assert (await hear(stt, partials=partials)).text == "Go forward."
        assert [partial.stable for partial in partials] == ["Go", "Go forward", "Go forward."]

    run(work)


def test_a_server_that_does_not_stream_is_remembered() -> None:
    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        await hear(stt)
        await hear(stt)
        assert [request.body.get("stream") for request in stub.requests] == ["true", None]

    run(work)


def test_a_server_that_rejects_stream_is_asked_without() -> None:
    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        stub.stt.append(SttScript(status=400, body='{"error": {"message": "Unknown field: stream"}}'))
        assert (await hear(stt)).text == "what time is it"
        assert "stream" not in stub.requests[-1].body

    run(work)


def test_words_logprobs_and_language_are_read() -> None:
    answer = {
        "text": " Hi. ",
        "language": "en",
        "words": [{"word": "Hi", "start": 0.1, "end": 0.4}],
        "logprobs": [{"token": "Hi", "logprob": -0.5}],
    }

    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        stub.stt.append(SttScript(raw=True, body=json.dumps(answer)))
        stub.stt[0].headers["Content-Type"] = "application/json"
        result = await hear(stt, SttOptions(word_times=True))
        assert (result.text, result.language, result.logprobs) == ("Hi.", "en", (("Hi", -0.5),))
        assert [(word.text, word.start_s, word.end_s) for word in result.words] == [("Hi", 0.1, 0.4)]
        assert stub.requests[-1].body["timestamp_granularities[]"] == "word"

    run(work)


def test_nothing_heard_asks_nobody() -> None:
    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        assert await stt.open(SttOptions(), lambda _: None).finish() == Transcript("")
        stream = stt.open(SttOptions(), lambda _: None)
        stream.feed(PCM[:3198])
        assert await stream.finish() == Transcript("")
        assert not stub.requests

    run(work)


@pytest.mark.parametrize(
    "script", [SttScript(status=501), SttScript(raw=True, body="[1]"), SttScript(raw=True, body="{}")]
)
def test_failures_are_engine_errors(script: SttScript) -> None:
    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        stub.stt.extend([SttScript(raw=True, body=script.body, headers={"Content-Type": "application/json"})] * 2)
        if script.status != 200:
            stub.stt.clear()
            stub.stt.append(script)
        with pytest.raises(EngineError):
            await hear(stt)

    run(work)


@pytest.mark.parametrize("body", ["{{{", "<html><body>Bad gateway</body></html>"])
def test_plain_text_that_is_no_speech_is_an_engine_error(body: str) -> None:
    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        stub.stt.extend([SttScript(raw=True, body=body)] * 2)
        with pytest.raises(EngineError):
            await hear(stt)
        stub.stt.clear()
        stub.stt.append(SttScript(raw=True, body="[music] good morning\n"))
        assert (await hear(stt)).text == "[music] good morning"

    run(work)


@pytest.mark.parametrize("status", [500, 503])
def test_one_retry_when_the_server_fails(status: int) -> None:
    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        stub.stt.append(SttScript(status=status))
        assert (await hear(stt)).text == "what time is it"
        stub.stt.extend([SttScript(status=status), SttScript(status=status)])
        with pytest.raises(EngineError):
            await hear(stt)

    run(work)


def test_a_slow_server_is_a_timeout() -> None:
    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        stub.stt.append(SttScript(delay_s=30))
        with pytest.raises(EngineTimeout):
            await hear(stt)

    run(work, timeout_s=0.05)


def test_cancel_closes_the_request_and_nothing_is_reported() -> None:
    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        stub.stt.append(SttScript(delay_s=30))
        stream = stt.open(SttOptions(), pytest.fail)
        stream.feed(PCM)
        task = asyncio.ensure_future(stream.finish())
        await stub.arrived.wait()
        stream.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await stub.requests[-1].ended.wait()
        assert stub.requests[-1].closed_early
        stream.cancel()

    run(work)


def test_memory_is_bounded() -> None:
    async def work(stub: StubServer, stt: OpenAiStt) -> None:
        stream = stt.open(SttOptions(), lambda _: None)
        for _ in range(3):
            stream.feed(bytes(LIMIT_BYTES // 2))
        with pytest.raises(EngineError, match="too long"):
            await stream.finish()
        assert not stub.requests

    run(work)


def test_unknown_options_are_mistakes() -> None:
    with pytest.raises(ConfigError, match="languages"):
        create({"model": "m", "languages": "en"})
