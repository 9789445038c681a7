"""The words of an answer, told in many places."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.conformance.scene import answer, found, scene

FAMILY = "response.output_text"
PLACES = ("deltas", "done", "part", "conversation", "item", "response")


def blamed(events: list[dict[str, Any]]) -> list[str]:
    return [
        place
        for place in PLACES
        if found("words_agree", scene(*events), family=FAMILY, place=place) not in ([], ["ok"])
    ]


def test_nobody_is_blamed_where_all_agree() -> None:
    assert blamed(answer()) == []


@pytest.mark.parametrize(
    ("place", "event", "key"),
    [("deltas", 4, "delta"), ("done", 5, "text")],
)
def test_the_one_that_differs_is_blamed(place: str, event: int, key: str) -> None:
    events = answer()
    events[event][key] = "Five."
    assert blamed(events) == [place]


def test_on_a_tie_the_done_event_is_right() -> None:
    events = [event for event in answer() if event["type"] != "conversation.item.done"][:6]
    events[4]["delta"] = "Five."
    assert blamed([*events, {"type": "response.done", "response": {"id": "resp_1", "status": "completed"}}]) == [
        "deltas"
    ]


def test_strays_make_words_uncertain() -> None:
    events = answer()
    events[4]["item_id"] = "item_other"
    assert blamed(events) == []


def test_words_need_deltas() -> None:
    without = [event for event in answer() if not event["type"].endswith("delta")]
    assert found("deltas_come", scene(*without), family=FAMILY) == ["no delta came before it"]
    assert found("deltas_come", scene(*answer()), family=FAMILY) == ["ok"]


@pytest.mark.parametrize(
    ("delta", "finding"),
    [
        (base64.b64encode(b"abcd").decode(), "ok"),
        (base64.b64encode(b"abc").decode(), "3 bytes are no whole samples"),
        ("!", "delta is no Base64"),
    ],
)
def test_audio_is_whole(delta: str, finding: str) -> None:
    assert found("audio_is_whole", scene({"type": "response.output_audio.delta", "delta": delta})) == [finding]


def spoken(words: str, audio_bytes: int) -> list[dict[str, Any]]:
    ids = {"response_id": "resp_1", "item_id": "item_1"}
    events = answer(words)
    events[4:6] = [
        {"type": "response.output_audio.delta", **ids, "delta": base64.b64encode(bytes(audio_bytes)).decode()},
        {"type": "response.output_audio_transcript.done", **ids, "transcript": words},
    ]
    return events


def test_audio_is_as_long_as_its_words() -> None:
    options = {"bytes_per_ms": 48, "least_chars_per_s": 5, "most_chars_per_s": 45}
    words = "the quick brown fox"
    assert found("audio_rate", scene(*spoken(words, 48_000)), **options) == ["ok"]
    assert found("audio_rate", scene(*spoken(words, 480)), **options) == ["1900.0 characters a second in this format"]
    assert found("audio_rate", scene(*spoken("Hi.", 48_000)), **options) == ["skip: the answer is too short to tell"]


def test_audio_is_heard() -> None:
    assert found("audio_is_heard", scene(*spoken("Hello.", 480))) == ["ok"]
    silent = [event for event in spoken("Hello.", 480) if event["type"] != "response.output_audio.delta"]
    assert found("audio_is_heard", scene(*silent)) == ["no audio came with it"]


def call(arguments: str, other: str = "call_1") -> list[dict[str, Any]]:
    item = {"id": "item_1", "type": "function_call", "name": "f", "call_id": "call_1", "arguments": arguments}
    ids = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "call_id": other, "name": "f"}
    return [
        {"type": "response.created", "response": {"id": "resp_1"}},
        {"type": "response.output_item.added", "response_id": "resp_1", "output_index": 0, "item": item},
        {"type": "response.function_call_arguments.done", **ids, "arguments": arguments},
        {"type": "response.output_item.done", "response_id": "resp_1", "output_index": 0, "item": item},
        {"type": "response.done", "response": {"id": "resp_1", "status": "completed", "output": [item]}},
    ]


def test_calls_agree_and_have_json_arguments() -> None:
    assert set(found("call_agrees", scene(*call("{}")))) == {"ok"}
    assert "call_id is 'call_9'" in found("call_agrees", scene(*call("{}", "call_9")))
    assert found("arguments_are_json", scene(*call("{}"))) == ["ok"]
    assert found("arguments_are_json", scene(*call("{"))) == ["arguments are no JSON object"]
    assert found("arguments_are_json", scene(*call("[]"))) == ["arguments are no JSON object"]
