"""The form of a request for a transcript."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.rest_transcription import (
    Chunking,
    FormFields,
    TranscriptionRequest,
    read_transcription_request,
    read_translation_request,
)


def read(**fields: Any) -> TranscriptionRequest:
    """Values may be texts or lists of them; `__` in a name stands for the brackets of an array."""
    named = {name.replace("__", "[]"): value for name, value in {"model": "whisper-1", **fields}.items()}
    lists = {name: value if isinstance(value, list) else [value] for name, value in named.items()}
    return read_transcription_request(FormFields(lists))


def test_the_least_that_is_enough() -> None:
    assert read() == TranscriptionRequest(model="whisper-1")


def test_empty_fields_are_what_nobody_said() -> None:
    assert read(language="", prompt=" ", temperature="", stream="", response_format="") == read()


def test_arrays_come_in_three_forms() -> None:
    for fields in ({"keywords__": ["Ana", "Bo"]}, {"keywords": ["Ana", "Bo"]}, {"keywords": "Ana, Bo"}):
        assert read(**fields).keywords == ("Ana", "Bo")


def test_granularities() -> None:
    verbose = read(response_format="verbose_json")
    assert (verbose.segments, verbose.words) == (True, False)
    words = read(response_format="verbose_json", timestamp_granularities__=["word"])
    assert (words.segments, words.words) == (False, True)
    assert not read(timestamp_granularities__=["segment"]).segments


def test_languages() -> None:
    assert read(language="English").language == "en"
    assert read(languages__=["de-DE"]).language == "de"
    assert read(languages__=["de", "fr"]).language is None


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("True", True), ("1", True), ("false", False), ("0", False)]
)
def test_flags(text: str, *, value: bool) -> None:
    assert read(stream=text).stream is value


def test_chunking_in_its_three_forms() -> None:
    assert read(chunking_strategy="auto").chunking == Chunking()
    assert read(chunking_strategy="null").chunking is None
    text = '{"type": "server_vad", "threshold": 0.7, "silence_duration_ms": 200.0, "new": 1}'
    parts = {"chunking_strategy[type]": "server_vad", "chunking_strategy[threshold]": "0.7"}
    assert read(chunking_strategy=text).chunking == Chunking(0.7, 300, 200)
    assert read(**parts).chunking == Chunking(0.7)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"chunking_strategy": '{"type": "server_vad", "threshold": 2}'}, "chunking_strategy.threshold"),
        ({"chunking_strategy": "{}"}, "chunking_strategy.type"),
        ({"chunking_strategy[type]": "server_vad", "chunking_strategy[threshold]": "x"}, "chunking_strategy.threshold"),
        ({"prompt": "x" * 9000}, "prompt"),
        ({"include__": ["everything"]}, "include[0]"),
        ({"temperature": "NaN"}, "temperature"),
    ],
)
def test_refusals(fields: dict[str, Any], param: str) -> None:
    with pytest.raises(ClientError) as raised:
        read(**fields)
    assert raised.value.param == param


def test_the_model_may_stand_in_the_path() -> None:
    assert read_transcription_request(FormFields({}), model="m").model == "m"
    with pytest.raises(ClientError):
        read_transcription_request(FormFields({}))


def test_translations_know_less() -> None:
    fields = FormFields({"model": ["m"], "response_format": ["verbose_json"], "language": ["de"], "stream": ["true"]})
    read = read_translation_request(fields)
    assert (read.task, read.segments, read.language, read.stream) == ("translate", True, None, False)
    with pytest.raises(ClientError):
        read_translation_request(FormFields({"model": ["m"], "response_format": ["diarized_json"]}))
