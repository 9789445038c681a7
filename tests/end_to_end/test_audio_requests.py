"""Speech, transcription and chat over HTTP, through the official SDK as it is, with what the package brings."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from ovos_voice_agent.app import Running, running
from ovos_voice_agent.testing.fakes import FOREVER, ScriptedLlm, ScriptedStt, Tone, ToneTts
from tests.audio import media
from tests.audio.test_encoders import decoded
from tests.end_to_end.talking import Fakes, configured
from tests.recordings import recording, samples_16k, transcript
from tests.runtime.waiting import until

pytestmark = pytest.mark.real

LIMIT_S = 60.0
CONTAINERS = {"mp3": "mp3", "opus": "ogg", "aac": "aac", "flac": "flac", "wav": "wav"}
SENTENCES = "Go forward ten meters. Then turn to the left. Wait for me behind the house. " * 4

_T = TypeVar("_T")


class House:
    """One server for all tests of this file, on a loop of its own."""

    def __init__(self, runner: asyncio.Runner, server: Running) -> None:
        self._runner = runner
        self.url = server.url

    def ask(self, scene: Callable[[AsyncOpenAI], Awaitable[_T]]) -> _T:
        """Play a scene with the asynchronous client."""

        async def play() -> _T:
            async with AsyncOpenAI(base_url=self.url, api_key="none-needed", max_retries=0) as client:
                return await asyncio.wait_for(scene(client), LIMIT_S)

        return self._runner.run(play())

    def ask_sync(self, scene: Callable[[OpenAI], _T]) -> _T:
        """The same with the other client, on a thread."""

        def play() -> _T:
            with OpenAI(base_url=self.url, api_key="none-needed", max_retries=0) as client:
                return scene(client)

        return self._runner.run(asyncio.wait_for(asyncio.to_thread(play), LIMIT_S))


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        block = running(configured())
        started = runner.run(block.__aenter__())
        stack.callback(lambda: runner.run(block.__aexit__(None, None, None)))
        yield House(runner, started)


def words(text: str) -> set[str]:
    return set(text.lower().replace(".", "").split())


# --------------------------------------------------------------------------------------------------------------- speech


@pytest.mark.parametrize("format", CONTAINERS)
def test_every_format_is_streamed_and_as_long_as_it_should_be(house: House, format: Any) -> None:
    async def scene(client: AsyncOpenAI) -> tuple[bytes, int, bytes]:
        asked = {"model": "tts-1", "voice": "alloy", "input": SENTENCES}
        pcm = await client.audio.speech.create(**asked, response_format="pcm")
        pieces = []
        async with client.audio.speech.with_streaming_response.create(**asked, response_format=format) as answer:
            async for piece in answer.iter_bytes():
                pieces.append(piece)  # noqa: PERF401 - their number counts
        return b"".join(pieces), len(pieces), pcm.content

    data, pieces, pcm = house.ask(scene)
    samples, rate_hz = decoded(data, CONTAINERS[format])
    assert len(samples) / rate_hz == pytest.approx(len(pcm) / 48_000, abs=0.15)
    assert pieces > 5


def test_the_synchronous_client_speaks_and_hears(house: House) -> None:
    def scene(client: OpenAI) -> str:
        spoken = client.audio.speech.create(model="gpt-4o-mini-tts", voice="nova", input="Ten of clubs.")
        file = ("speech.mp3", spoken.content)
        return client.audio.transcriptions.create(model="whisper-1", file=file).text

    assert house.ask_sync(scene)


def test_speech_as_events(house: House) -> None:
    async def scene(client: AsyncOpenAI) -> list[str]:
        lines = []
        asked = client.audio.speech.with_streaming_response.create
        async with asked(model="gpt-4o-mini-tts", voice="marin", input="Hello.", stream_format="sse") as answer:
            async for line in answer.iter_lines():
                lines.append(line)  # noqa: PERF401
        return lines

    lines = [line for line in house.ask(scene) if line]
    assert all(line.startswith("data: {") for line in lines)
    assert '"speech.audio.done"' in lines[-1]


def test_errors_are_the_sdks_exceptions(house: House) -> None:
    async def scene(client: AsyncOpenAI) -> None:
        with pytest.raises(openai.BadRequestError) as bad:
            await client.audio.speech.create(model="tts-1", voice="nobody", input="Hi.")
        assert bad.value.param == "voice"
        with pytest.raises(openai.NotFoundError) as unknown:
            await client.audio.speech.create(model="tts-99", voice="alloy", input="Hi.")
        assert unknown.value.code == "model_not_found"
        with pytest.raises(openai.BadRequestError, match="PNG"):
            await client.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"\x89PNG" + bytes(99)))

    house.ask(scene)


# -------------------------------------------------------------------------------------------------------- transcription

UPLOADS: dict[str, Callable[[Any], bytes]] = {
    "a.wav": lambda sound: media.by_sndfile(sound, 16_000, "WAV"),
    "a.mp3": lambda sound: media.by_sndfile(sound, 16_000, "MP3"),
    "a.flac": lambda sound: media.by_sndfile(sound, 16_000, "FLAC"),
    "a.ogg": lambda sound: media.by_sndfile(sound, 16_000, "OGG", "OPUS"),
    "a.m4a": lambda sound: media.by_ffmpeg(sound, 16_000, "ipod", "aac"),
    "a.webm;codecs=opus": lambda sound: media.by_ffmpeg(sound, 16_000, "matroska", "flac"),
    "lies.mp3": lambda sound: media.by_sndfile(sound, 16_000, "WAV"),
}


@pytest.mark.parametrize("name", UPLOADS)
def test_a_recording_in_any_container_is_understood(house: House, name: str) -> None:
    sound = samples_16k("goforward").astype("float32") / 32768

    async def scene(client: AsyncOpenAI) -> str:
        file = (name, UPLOADS[name](sound))
        return (await client.audio.transcriptions.create(model="whisper-1", file=file)).text

    assert len(words(house.ask(scene)) & words(transcript("goforward"))) >= 3


def test_verbose_json_has_words_and_segments(house: House) -> None:
    async def scene(client: AsyncOpenAI) -> Any:
        return await client.audio.transcriptions.create(
            model="whisper-1",
            file=recording("goforward"),
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
        )

    found = house.ask(scene)
    assert found.language == "english"
    assert found.duration == pytest.approx(2.79, abs=0.01)
    assert [word.word for word in found.words] == found.text.split()
    assert all(0 < word.start < word.end < found.duration for word in found.words)
    assert found.segments[0].text.strip() in found.text


@pytest.mark.parametrize("format", ["text", "srt", "vtt"])
def test_texts_and_subtitles(house: House, format: Any) -> None:
    async def scene(client: AsyncOpenAI) -> Any:
        file = recording("cards_005")
        return await client.audio.transcriptions.create(model="whisper-1", file=file, response_format=format)

    text = str(house.ask(scene))
    assert "clubs" in text
    assert ("-->" in text) is (format != "text")


def test_a_stream_of_words(house: House) -> None:
    async def scene(client: AsyncOpenAI) -> list[Any]:
        file = recording("cards_005")
        stream = await client.audio.transcriptions.create(model="gpt-4o-transcribe", file=file, stream=True)
        return [event async for event in stream]

    *deltas, done = house.ask(scene)
    assert "".join(event.delta for event in deltas) == done.text
    assert "clubs" in done.text
    assert len(deltas) > 1, "words come while the utterance is being recognised"
    assert done.usage.input_tokens == 35


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # the SDK's own opinion of this method
def test_translation(house: House) -> None:
    async def scene(client: AsyncOpenAI) -> str:
        return (await client.audio.translations.create(model="whisper-1", file=recording("goforward"))).text

    assert "meters" in house.ask(scene)


# ----------------------------------------------------------------------------------------------------------------- chat


def test_a_chat_in_text_and_in_sound(house: House) -> None:
    messages: Any = [{"role": "user", "content": "What is two plus two?"}]

    async def scene(client: AsyncOpenAI) -> None:
        asked = client.chat.completions.create
        whole = await asked(model="gpt-4o", messages=messages)
        text = whole.choices[0].message.content
        assert text
        assert "4" in text
        pieces = [chunk async for chunk in await asked(model="gpt-4o", messages=messages, stream=True)]
        assert "".join(chunk.choices[0].delta.content or "" for chunk in pieces) == text
        heard = await asked(
            model="gpt-4o-audio-preview",
            messages=messages,
            modalities=["text", "audio"],
            audio={"voice": "alloy", "format": "wav"},
        )
        audio = heard.choices[0].message.audio
        assert audio
        assert audio.transcript == text
        assert len(decoded(base64.b64decode(audio.data), "wav")[0]) > 12_000

    house.ask(scene)


def test_a_question_that_is_spoken(house: House) -> None:
    sound = base64.b64encode(recording("goforward").read_bytes()).decode()
    part = {"type": "input_audio", "input_audio": {"data": sound, "format": "wav"}}

    async def scene(client: AsyncOpenAI) -> Any:
        messages: Any = [{"role": "user", "content": [part]}]
        return await client.chat.completions.create(model="gpt-audio", messages=messages)

    answer = house.ask(scene)
    assert answer.choices[0].message.content
    assert answer.usage.prompt_tokens_details.audio_tokens == 27


def test_lists(house: House) -> None:
    async def scene(client: AsyncOpenAI) -> None:
        names = {model.id async for model in client.models.list()}
        assert {"tts-1", "whisper-1", "gpt-4o", "gpt-realtime"} <= names
        assert (await client.models.retrieve("tts-1")).id == "tts-1"
        voices = await client.get("/audio/voices", cast_to=object)
        models = await client.get("/audio/models", cast_to=object)
        assert {"alloy", "marin"} <= {voice["id"] for voice in voices["voices"]}  # type: ignore[index]
        assert {"tts-1", "whisper-1"} <= {model["id"] for model in models["models"]}  # type: ignore[index]

    house.ask(scene)


# ---------------------------------------------------------------------------------------------------- who does not wait


def hanging_up(fakes: Fakes, begin: Callable[[AsyncOpenAI], Awaitable[Any]], busy: Callable[[], object]) -> None:
    """Ask, wait until the engines are busy, hang up; afterwards nothing may be left of it."""

    async def play() -> None:
        async with (
            running(configured(), fakes.by_stage) as server,
            AsyncOpenAI(base_url=server.url, api_key="none-needed", max_retries=0) as client,
        ):
            asking = asyncio.ensure_future(begin(client))
            await until(busy)
            asking.cancel()
            await asyncio.wait([asking])
            await until(lambda: fakes.open_streams == 0)

    asyncio.run(asyncio.wait_for(play(), LIMIT_S))


@pytest.mark.parametrize("latency_s", [FOREVER, 0.0], ids=["before the first byte", "in the middle"])
def test_who_hangs_up_ends_the_voice(latency_s: float) -> None:
    fakes = Fakes(tts=ToneTts(Tone(latency_s=latency_s, piece_s=0.0 if latency_s else FOREVER)))

    async def begin(client: AsyncOpenAI) -> None:
        asked = client.audio.speech.with_streaming_response.create
        async with asked(model="tts-1", voice="alloy", input="Hello.", response_format="pcm") as answer:
            async for _ in answer.iter_bytes():
                pass

    hanging_up(fakes, begin, lambda: fakes.tts.open_streams)


def test_who_hangs_up_ends_the_recogniser() -> None:
    fakes = Fakes(stt=ScriptedStt(["x"], latency_s=FOREVER))

    async def begin(client: AsyncOpenAI) -> None:
        await client.audio.transcriptions.create(model="whisper-1", file=recording("goforward"))

    hanging_up(fakes, begin, lambda: fakes.stt.open_streams)


@pytest.mark.parametrize("stream", [False, True])
def test_who_hangs_up_ends_the_model(*, stream: bool) -> None:
    fakes = Fakes(llm=ScriptedLlm([[FOREVER]]))

    async def begin(client: AsyncOpenAI) -> None:
        messages: Any = [{"role": "user", "content": "hi"}]
        await client.chat.completions.create(model="gpt-4o", messages=messages, stream=stream)

    hanging_up(fakes, begin, lambda: fakes.llm.open_streams)


def test_who_does_not_read_slows_the_voice_down() -> None:
    """Of eight minutes of speech only a part is made while nobody takes it: what fits into buffers."""
    fakes = Fakes()
    body = b'{"model": "tts-1", "voice": "alloy", "response_format": "pcm", "x_ovos": {"rate": 48000}, "input": "%s"}'

    async def play() -> None:
        async with running(configured(), fakes.by_stage) as server:
            host, port = server.url.removeprefix("http://").removesuffix("/v1").split(":")
            reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
            text = body % (b"This is a sentence. " * 200)
            writer.write(
                b"POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n" % len(text) + text
            )
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
            spoken = -1
            while spoken != len(fakes.tts.spoken):  # until nothing more is made
                spoken = len(fakes.tts.spoken)
                await asyncio.sleep(0.5)
            assert 0 < spoken < 150
            writer.close()
            await until(lambda: fakes.tts.open_streams == 0)

    asyncio.run(asyncio.wait_for(play(), LIMIT_S))


def test_ovos_devices_hear_and_speak(house: House) -> None:
    async def scene(client: AsyncOpenAI) -> tuple[str, bytes]:
        base = house.url.removesuffix("/v1")
        sound = recording("goforward").read_bytes()
        heard = await client._client.post(
            f"{base}/stt?lang=en-US", content=sound, headers={"content-type": "audio/wav"}
        )
        spoken = await client._client.get(f"{base}/v2/synthesize", params={"utterance": "Hello.", "lang": "en-us"})
        return heard.text, spoken.content

    text, wav = house.ask(scene)
    assert "meters" in text
    assert len(decoded(wav, "wav")[0]) > 6_000
    assert io.BytesIO(wav).read(4) == b"RIFF"
