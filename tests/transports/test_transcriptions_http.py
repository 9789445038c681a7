"""Transcription over HTTP: every parameter, every format, every refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.audio.wav import wav_bytes
from ovos_voice_agent.engines.interface import EngineInfo, Transcript, Word
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.testing.fakes import ScriptedStt, ScriptedSttStream
from ovos_voice_agent.transports.transcriptions_http import UploadLimits, transcription_routes
from tests.audio import media
from tests.transports.counter import Counter, error_of, events_of, service, still_loading

PATH = "/v1/audio/transcriptions"
TONE_S = 1.5


class _Timed(ScriptedSttStream):
    async def finish(self) -> Transcript:
        heard = await super().finish()
        words = tuple(Word(word, 0.1 + n / 2, 0.5 + n / 2, 0.5) for n, word in enumerate(heard.text.split()))
        return replace(heard, words=words, logprobs=tuple((word.text, -0.5) for word in words))


class TimedStt(ScriptedStt):
    """Knows when each word was said, and how sure it is."""

    @property
    def info(self) -> EngineInfo:
        return replace(super().info, word_times=True, confidence=True, languages=("en",))

    def open(self, options: Any, on_partial: Any) -> ScriptedSttStream:
        self.open_streams += 1
        said = self.script.popleft() if self.script else None
        stream = _Timed(self, said, options, on_partial)
        self.utterances.append(stream)
        return stream


def spaced(*seconds: float) -> bytes:
    """Tones of so many seconds, each with a second of silence behind it, as WAV."""
    pieces = [piece for length in seconds for piece in (media.tone(length, 16_000), np.zeros(16_000, np.float32))]
    return wav_bytes((np.concatenate(pieces) * 32767).astype("<i2").tobytes(), 16_000)


def ask(
    stt: ScriptedStt | None = None, *, file: Any = None, path: str = PATH, limits: Any = None, **fields: Any
) -> Any:
    """`file` is bytes, or False for none; a field whose value is ... is left out."""
    routes = transcription_routes(lambda: service(stt=stt or ScriptedStt(["hello there"])), limits or UploadLimits())
    data = {key: value for key, value in {"model": "whisper-1", **fields}.items() if value is not ...}
    files = {"file": ("a.wav", spaced(TONE_S) if file is None else file)} if file is not False else {"x": ("a", b"")}
    return Counter([routes]).client.post(path, data=data, files=files)


def test_json() -> None:
    assert ask().json() == {"text": "hello there", "usage": {"type": "duration", "seconds": 3}}


def test_text() -> None:
    answer = ask(response_format="text")
    assert answer.text == "hello there\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_subtitles_have_a_cue_for_each_utterance() -> None:
    srt = ask(ScriptedStt(["one", "two"]), file=spaced(1.0, 1.0), response_format="srt").text
    assert [line for line in srt.split("\n") if line in ("1", "2", "one", "two")] == ["1", "one", "2", "two"]
    vtt = ask(ScriptedStt(["one", "two"]), file=spaced(1.0, 1.0), response_format="vtt").text
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert vtt.count(" --> ") == 2


def test_verbose_json_has_all_that_the_sdk_declares() -> None:
    body = ask(response_format="verbose_json", temperature="0.5").json()
    assert (body["task"], body["language"], body["duration"]) == ("transcribe", "english", 2.5)
    [segment] = body["segments"]
    wanted = {"id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob", "compression_ratio"}
    assert set(segment) == wanted | {"no_speech_prob"}
    assert segment["temperature"] == 0.5
    assert 0 <= segment["start"] < segment["end"] <= body["duration"]
    assert "words" not in body


def test_words_with_their_times() -> None:
    fields = {"response_format": "verbose_json", "timestamp_granularities[]": ["word", "segment"]}
    body = ask(TimedStt(["one two", "three"]), file=spaced(1.0, 1.0), **fields).json()
    assert [word["word"] for word in body["words"]] == ["one", "two", "three"]
    assert body["words"][2]["start"] > 1.7
    assert [segment["text"] for segment in body["segments"]] == [" one two", " three"]
    assert body["segments"][0]["end"] == body["words"][1]["end"]
    assert body["segments"][0]["avg_logprob"] == -0.5


def test_words_alone() -> None:
    body = ask(TimedStt(["one"]), response_format="verbose_json", **{"timestamp_granularities[]": ["word"]}).json()
    assert "segments" not in body
    assert body["words"]


def test_logprobs() -> None:
    body = ask(TimedStt(["hé"]), **{"include[]": ["logprobs"]}).json()
    assert body["logprobs"] == [{"token": "hé", "bytes": [104, 195, 169], "logprob": -0.5}]


def test_a_stream_tells_each_utterance_as_it_is_recognised() -> None:
    events = events_of(ask(ScriptedStt(["one two", "three"]), file=spaced(1.0, 1.0), stream="true"))
    assert [event["type"].split(".")[-1] for event in events] == ["delta", "delta", "done"]
    assert "".join(event["delta"] for event in events[:-1]) == events[-1]["text"] == "one two three"
    usage = events[-1]["usage"]
    assert usage["type"] == "tokens"
    assert usage["input_tokens"] == usage["input_token_details"]["audio_tokens"] == 40


def test_a_stream_tells_stable_words_before_the_utterance_is_recognised() -> None:
    stt = ScriptedStt(["one two three four", EngineError("The recogniser died.")])
    *deltas, failed = events_of(ask(stt, file=spaced(1.0, 1.0), stream="true"))
    assert [event["delta"] for event in deltas] == ["one", " two three four"]
    assert failed["error"]["message"] == "The recogniser died."


def test_a_stream_with_logprobs() -> None:
    delta, done = events_of(ask(TimedStt(["one"]), stream="true", **{"include[]": ["logprobs"]}))
    assert delta["logprobs"] == done["logprobs"] == [{"token": "one", "bytes": [111, 110, 101], "logprob": -0.5}]


def test_a_failure_in_a_stream_is_an_event() -> None:
    stt = ScriptedStt(["one", EngineError("The recogniser died.")])
    delta, failed = events_of(ask(stt, file=spaced(1.0, 1.0), stream="true"))
    assert delta["delta"] == "one"
    assert failed["error"]["message"] == "The recogniser died."


def test_what_is_asked_reaches_the_recogniser() -> None:
    stt = TimedStt(["one"])
    fields = {"language": "en-US", "prompt": "Names: Ana", "temperature": "0.2", "keywords[]": ["Ana", "Bo"]}
    assert ask(stt, **fields, model="large", **{"include[]": ["logprobs"]}).status_code == 200
    options = stt.utterances[0].options
    assert (options.model, options.language, options.prompt, options.temperature) == ("large", "en", "Names: Ana", 0.2)
    assert options.keywords == ("Ana", "Bo")
    assert options.logprobs
    assert not options.translate


def test_a_short_recording_is_one_utterance_unless_cut_on_request() -> None:
    whole = ScriptedStt()
    ask(whole, file=spaced(1.0, 1.0))
    assert [stream.heard_ms for stream in whole.utterances] == [4000]
    for strategy in ("auto", '{"type": "server_vad", "silence_duration_ms": 300}'):
        cut = ScriptedStt()
        ask(cut, file=spaced(1.0, 1.0), chunking_strategy=strategy)
        assert len(cut.utterances) == 2


def test_translation() -> None:
    stt = ScriptedStt(["hello"])
    body = ask(stt, path="/v1/audio/translations", response_format="verbose_json").json()
    assert (body["task"], body["language"], body["text"]) == ("translate", "english", "hello")
    assert stt.utterances[0].options.translate


def test_azure_names_the_model_in_the_path() -> None:
    path = "/openai/deployments/{}/audio/transcriptions?api-version=x"
    assert ask(path=path.format("whisper-1"), model=...).json()["text"] == "hello there"
    assert error_of(ask(path=path.format("nobody"), model=...))[1] == "model_not_found"


def test_ovos_gets_plain_text() -> None:
    client = Counter([transcription_routes(lambda: service(stt=ScriptedStt(["hello"])), UploadLimits())]).client
    answer = client.post("/stt?lang=en-us", content=spaced(1.0), headers={"content-type": "audio/wav"})
    assert answer.text == "hello"
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"file": False}, (400, "missing_required_parameter", "file")),
        ({"file": b""}, (400, "invalid_value", "file")),
        ({"file": b"\x89PNG\r\n\x1a\n" + bytes(64)}, (400, "invalid_value", "file")),
        ({"file": wav_bytes(bytes(3198), 16_000)}, (400, "audio_too_short", "file")),
        ({"model": ...}, (400, "missing_required_parameter", "model")),
        ({"model": "nobody"}, (404, "model_not_found", "model")),
        ({"response_format": "yaml"}, (400, "invalid_value", "response_format")),
        ({"response_format": "diarized_json"}, (400, "invalid_value", "response_format")),
        ({"language": "12"}, (400, "invalid_value", "language")),
        ({"temperature": "2"}, (400, "decimal_above_max_value", "temperature")),
        ({"temperature": "hot"}, (400, "invalid_type", "temperature")),
        ({"stream": "perhaps"}, (400, "invalid_value", "stream")),
        ({"stream": "true", "response_format": "srt"}, (400, "invalid_value", "stream")),
        ({"timestamp_granularities[]": "word"}, (400, "invalid_value", "timestamp_granularities")),
        (
            {"timestamp_granularities[]": "word", "response_format": "verbose_json"},
            (400, "invalid_value", "timestamp_granularities"),
        ),
        (
            {"timestamp_granularities[]": "line", "response_format": "verbose_json"},
            (400, "invalid_value", "timestamp_granularities[0]"),
        ),
        ({"include[]": "logprobs"}, (400, "invalid_value", "include")),
        ({"include[]": "logprobs", "response_format": "text"}, (400, "invalid_value", "include")),
        ({"chunking_strategy": "never"}, (400, "invalid_value", "chunking_strategy")),
        ({"chunking_strategy": '{"type": "magic"}'}, (400, "invalid_value", "chunking_strategy.type")),
    ],
)
def test_refusals_name_what_is_wrong(fields: dict[str, Any], refusal: tuple[int, str, str]) -> None:
    assert error_of(ask(**fields)) == refusal


def test_too_large_and_too_long() -> None:
    assert error_of(ask(limits=UploadLimits(file_bytes=1024), file=bytes(300_000))) == (
        413,
        "request_too_large",
        "file",
    )
    assert error_of(ask(limits=UploadLimits(file_bytes=1024), file=bytes(2000))) == (413, "request_too_large", "file")
    answer = ask(limits=UploadLimits(longest_s=1.2))
    assert error_of(answer) == (400, "invalid_value", "file")
    assert "0.02 minutes" in answer.json()["error"]["message"]


def test_what_is_no_form() -> None:
    client = Counter([transcription_routes(service, UploadLimits())]).client
    assert error_of(client.post(PATH, json={})) == (415, "unsupported_content_type", None)
    head = {"content-type": "multipart/form-data"}
    assert error_of(client.post(PATH, content=b"x", headers=head)) == (400, "invalid_value", None)
    head["content-type"] += "; boundary=b"
    assert error_of(client.post(PATH, content=b"--b\r\nbroken\r\n", headers=head))[0] == 400


def test_nothing_is_heard_while_engines_load() -> None:
    client = Counter([transcription_routes(still_loading, UploadLimits())]).client
    assert error_of(client.post(PATH, files={"file": b"x"})) == (503, "model_loading", None)
