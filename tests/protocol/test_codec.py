"""Frames of JSON and events: the examples of the protocol, and whatever else comes in."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.codec import BadEvent, ClientEventDecoder, encode, parse, plain_append
from ovos_voice_agent.protocol.event_shapes import LONGEST_APPEND_BYTES
from ovos_voice_agent.protocol.objects import ItemId

EXAMPLES = json.loads((Path(__file__).parents[1] / "data" / "client_events.json").read_text(encoding="utf-8"))
DECODER = ClientEventDecoder()
TYPES = (
    "'session.update', 'input_audio_buffer.append', 'input_audio_buffer.commit', 'input_audio_buffer.clear', "
    "'conversation.item.create', 'conversation.item.retrieve', 'conversation.item.truncate', "
    "'conversation.item.delete', 'response.create', 'response.cancel', and 'output_audio_buffer.clear'"
)


def refusal(frame: str | bytes) -> BadEvent:
    with pytest.raises(BadEvent) as caught:
        DECODER.decode(frame)
    return caught.value


def camel(kind: str) -> str:
    """`response.create` -> `ResponseCreate`."""
    return "".join(word.capitalize() for word in kind.replace("_", ".").split("."))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["title"])
def test_the_examples_of_the_protocol_are_decoded(example: dict[str, Any]) -> None:
    event = example["event"]
    if "mcp" in json.dumps(event.get("session", {})):
        error = refusal(json.dumps(event))
        assert "MCP" in error.message
        assert (error.code, error.event_id) == ("invalid_value", event.get("event_id"))
        return
    decoded = DECODER.decode(json.dumps(event).encode())
    assert type(decoded).__name__ == camel(event["type"])
    assert decoded.event_id == event.get("event_id")


def test_every_client_event_has_its_examples() -> None:
    assert len({example["event"]["type"] for example in EXAMPLES}) == 11


def test_an_append_is_bytes() -> None:
    assert DECODER.decode('{"type":"input_audio_buffer.append","audio":"AAEC"}') == ce.InputAudioBufferAppend(
        audio=b"\x00\x01\x02"
    )
    named = DECODER.decode('{"event_id":"x","type":"input_audio_buffer.append","audio":"AAEC"}')
    assert named == ce.InputAudioBufferAppend(event_id="x", audio=b"\x00\x01\x02")


@pytest.mark.parametrize("frame", ["", "{", "nonsense", '{"a":1}x', "[" * 100_000, b"\xff\xfe", '"\\ud800"'])
def test_what_is_not_json(frame: str | bytes) -> None:
    error = refusal(frame)
    assert (error.code, error.param, error.event_id) == ("invalid_event", None, None)
    assert error.message.startswith("The event could not be parsed as JSON: ")


@pytest.mark.parametrize("frame", ["[]", "1", "null", '"session.update"'])
def test_what_is_not_an_object(frame: str) -> None:
    error = refusal(frame)
    assert (error.code, error.message) == ("invalid_event", "An event must be a JSON object.")


@pytest.mark.parametrize("frame", ['{"event_id":"x"}', '{"event_id":"x","type":null}'])
def test_an_event_needs_a_type(frame: str) -> None:
    error = refusal(frame)
    assert (error.code, error.message, error.param) == ("invalid_event", "The 'type' field is missing.", None)
    assert error.event_id == "x"


def test_types_that_are_none() -> None:
    error = refusal('{"type":"foo","event_id":"x"}')
    assert error.message == f"Invalid value: 'foo'. Supported values are: {TYPES}."
    assert (error.code, error.param, error.event_id) == ("invalid_value", "type", "x")
    error = refusal('{"type":5,"event_id":7}')
    assert error.message == "Invalid type for 'type': expected a string, but got an integer instead."
    assert (error.code, error.param, error.event_id) == ("invalid_type", "type", None)


def test_event_ids_have_a_length() -> None:
    assert DECODER.decode(json.dumps({"type": "response.cancel", "event_id": "x" * 512})).event_id == "x" * 512
    error = refusal(json.dumps({"type": "response.cancel", "event_id": "x" * 513}))
    assert (error.code, error.param) == ("string_above_max_length", "event_id")


def test_null_is_absent_where_it_means_the_default() -> None:
    item = {"type": "message", "role": "user", "content": []}
    for previous in (None, ""):
        event = DECODER.check({"type": "conversation.item.create", "item": dict(item), "previous_item_id": previous})
        assert isinstance(event, ce.ConversationItemCreate)
        assert event.previous_item_id is None
    assert DECODER.decode('{"type":"response.create","response":null}') == ce.ResponseCreate()
    auto = DECODER.decode('{"type":"response.create","response":{"conversation":null}}')
    assert isinstance(auto, ce.ResponseCreate)
    assert auto.response.conversation == "auto"


def test_extended_rates_are_a_matter_of_configuration() -> None:
    event = {
        "type": "session.update",
        "session": {"type": "realtime", "audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}},
    }
    assert isinstance(ClientEventDecoder(extended_rates=True).check(event), ce.SessionUpdate)
    error = refusal(json.dumps(event))
    assert (error.code, error.param) == ("integer_below_min_value", "session.audio.input.format.rate")


def test_preview_dialects_ignore_what_nobody_knows() -> None:
    unknown: list[str] = []
    decoder = DECODER.lenient(unknown.append)
    session = {"type": "realtime", "disable_audio": True, "temperature": 0.8, "audio": {"input": {"x": 1}}}
    event = decoder.check({"type": "session.update", "session": session})
    assert isinstance(event, ce.SessionUpdate)
    assert event.session == {"type": "realtime", "temperature": 0.8, "audio": {"input": {}}}
    assert unknown == ["session.disable_audio", "session.audio.input.x"]
    assert refusal(json.dumps({"type": "session.update", "session": session})).code == "unknown_parameter"


def test_events_are_encoded_with_bytes_as_base64_and_null_as_null() -> None:
    ids = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
    delta = se.ResponseOutputAudioDelta(event_id="e", delta=b"\x00\x01", **ids)  # type: ignore[arg-type]
    assert json.loads(encode(delta)) == {"type": "response.output_audio.delta", "event_id": "e", **ids, "delta": "AAE="}
    committed = se.InputAudioBufferCommitted("e", ItemId("i"), None)
    assert json.loads(encode(committed))["previous_item_id"] is None


def test_parsing_alone_keeps_what_it_finds() -> None:
    assert parse('{"anything": [1, null]}') == {"anything": [1, None]}


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def mutated(data: st.DataObject, value: Any) -> Any:
    """The value with something in it exchanged for anything."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 4)):
        key = data.draw(st.sampled_from(sorted(value)))
        return {**value, key: mutated(data, value[key])}
    if isinstance(value, list) and value and data.draw(st.integers(0, 4)):
        index = data.draw(st.integers(0, len(value) - 1))
        return [*value[:index], mutated(data, value[index]), *value[index + 1 :]]
    return data.draw(ANY_JSON)


@given(data=st.data())
def test_whatever_comes_is_an_event_or_refused(data: st.DataObject) -> None:
    """Nothing else escapes: no validation error of a library, no KeyError."""
    event = mutated(data, data.draw(st.sampled_from(EXAMPLES))["event"])
    assert isinstance(outcome(json.dumps(event)), ce.ClientEvent | BadEvent)


def outcome(frame: str) -> object:
    try:
        return DECODER.decode(frame)
    except BadEvent as error:
        return error


AUDIO_TEXTS = st.one_of(
    st.binary(max_size=50).map(lambda data: base64.b64encode(data).decode()),
    st.text(alphabet="QUJD=-_ /+\n", max_size=9),
)


@given(AUDIO_TEXTS, st.sampled_from([{}, {"event_id": "e1"}, {"event_id": None}, {"event_id": 7}, {"more": 1}]))
def test_the_quick_way_of_appends_never_disagrees_with_the_general_one(audio: str, more: dict[str, Any]) -> None:
    frame = json.dumps({"type": "input_audio_buffer.append", "audio": audio, **more})
    quick = plain_append(frame)
    assert quick is None or quick == DECODER.decode(frame)


def test_plain_appends_take_the_quick_way() -> None:
    frame = '{"event_id": "", "type": "input_audio_buffer.append", "audio": "QUI="}'
    assert plain_append(frame) == ce.InputAudioBufferAppend("", b"AB")
    assert plain_append(frame.encode()) == plain_append(frame)
    assert plain_append(frame.replace("Q", "\u00c4").encode()) is None
    assert plain_append('{"type":"input_audio_buffer.clear"}') is None
    assert plain_append(b'{"type":"input_audio_buffer.clear"}') is None
    assert plain_append('{"type":"session.update","session":{"instructions":"input_audio_buffer.append"}}') is None
    too_long = base64.b64encode(bytes(LONGEST_APPEND_BYTES + 1)).decode()
    assert plain_append(f'{{"type":"input_audio_buffer.append","audio":"{too_long}"}}') is None
