"""The mirror believes what it is told, and says what makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.testing.mirror import Confused, Mirror

Event = dict[str, Any]


def message(item_id: str, role: str = "user", status: str = "completed", *parts: Event) -> Event:
    return {"id": item_id, "type": "message", "status": status, "role": role, "content": list(parts)}


def added(item: Event, previous: str | None = None) -> Event:
    return {"type": "conversation.item.added", "previous_item_id": previous, "item": item}


def done(item: Event, previous: str | None = None) -> Event:
    return {"type": "conversation.item.done", "previous_item_id": previous, "item": item}


def of(kind: str, item_id: str = "a", **fields: Any) -> Event:
    ids = {"response_id": "r", "item_id": item_id, "output_index": 0, "content_index": 0}
    return {"type": f"response.{kind}", **ids, **fields}


CREATED = {"type": "session.created", "session": {"id": "sess_1"}}
RESPONSE: Event = {"id": "r", "status": "in_progress", "output": []}
RESPONSE_CREATED = {"type": "response.created", "response": RESPONSE}
OPEN = message("a", "assistant", "in_progress")
OUTPUT_ADDED = {"type": "response.output_item.added", "response_id": "r", "output_index": 0, "item": OPEN}
SPOKEN: list[Event] = [
    RESPONSE_CREATED,
    OUTPUT_ADDED,
    added(OPEN),
    of("content_part.added", part={"type": "audio", "transcript": ""}),
    of("output_audio_transcript.delta", delta="Hello "),
    of("output_audio.delta", delta="AAAA"),
    of("output_audio_transcript.delta", delta="you"),
]


def told(*events: Event) -> Mirror:
    mirror = Mirror()
    for event in (CREATED, *events):
        mirror.read(event)
    return mirror


def test_items_stand_where_they_were_added() -> None:
    mirror = told(added(message("x")), added(message("y")), added(message("z"), "y"), done(message("z"), "y"))
    assert mirror.order == ["y", "z", "x"]
    assert [item["id"] for item in mirror.wire()] == mirror.order
    assert mirror.items["z"].done
    mirror.read({"type": "conversation.item.deleted", "item_id": "z"})
    assert mirror.order == ["y", "x"]


def test_a_spoken_answer_grows() -> None:
    mirror = told(*SPOKEN)
    assert mirror.wire() == [
        message("a", "assistant", "in_progress", {"type": "output_audio", "transcript": "Hello you"})
    ]
    assert mirror.items["a"].audio_bytes == 3
    assert mirror.live() == ["r"]


def test_an_answer_ends() -> None:
    final = message("a", "assistant", "completed", {"type": "output_audio", "transcript": "Hello you"})
    mirror = told(
        *SPOKEN,
        of("output_audio_transcript.done", transcript="Hello you"),
        of("content_part.done", part={"type": "audio", "transcript": "Hello you"}),
        done(final),
        {"type": "response.output_item.done", "response_id": "r", "output_index": 0, "item": final},
        {"type": "response.done", "response": {"id": "r", "status": "completed", "output": [final]}},
    )
    assert mirror.live() == []
    assert mirror.responses["r"].wire["status"] == "completed"
    assert mirror.wire() == [final]


def test_after_a_truncation_the_text_is_uncertain_until_it_is_told() -> None:
    cut = {"type": "conversation.item.truncated", "item_id": "a", "content_index": 0, "audio_end_ms": 1}
    mirror = told(*SPOKEN, cut, of("output_audio_transcript.delta", delta=" all"))
    assert mirror.items["a"].uncertain == {0}
    assert mirror.wire()[0]["content"] == [{"type": "output_audio", "transcript": "Hello you"}]
    mirror.read(of("output_audio_transcript.done", transcript="Hello you all"))
    part = {"type": "output_audio", "transcript": "Hello"}
    mirror.read(
        {
            "type": "conversation.item.retrieved",
            "item": message("a", "assistant", "in_progress", {**part, "audio": "AA"}),
        }
    )
    assert mirror.items["a"].uncertain == set()
    assert mirror.wire()[0]["content"] == [part]


def test_transcripts_are_filled_in() -> None:
    transcription = "conversation.item.input_audio_transcription"
    heard = {"item_id": "u", "content_index": 0}
    mirror = told(
        {"type": f"{transcription}.delta", **heard, "delta": "early"},
        added(message("u", "user", "completed", {"type": "input_audio", "transcript": None})),
        {"type": f"{transcription}.delta", **heard, "delta": "good "},
        {"type": f"{transcription}.completed", **heard, "transcript": "good day"},
    )
    assert mirror.wire()[0]["content"] == [{"type": "input_audio", "transcript": "good day"}]
    assert mirror.items["u"].transcribed == {0: "good day"}
    mirror.read({"type": "conversation.item.deleted", "item_id": "u"})
    mirror.read({"type": f"{transcription}.completed", **heard, "transcript": "good day"})
    with pytest.raises(Confused, match="a transcript of w"):
        mirror.read({"type": f"{transcription}.completed", **heard, "item_id": "w", "transcript": ""})


def test_calls_are_written() -> None:
    call = {"id": "a", "type": "function_call", "status": "in_progress", "name": "f", "call_id": "c", "arguments": ""}
    mirror = told(RESPONSE_CREATED, {**OUTPUT_ADDED, "item": call}, of("function_call_arguments.delta", delta="{}"))
    mirror.read(of("function_call_arguments.done", arguments="{}"))
    with pytest.raises(Confused, match="not its arguments"):
        mirror.read(of("function_call_arguments.done", arguments="[]"))


def test_a_written_answer_grows() -> None:
    part = of("content_part.added", part={"type": "text", "text": ""})
    mirror = told(RESPONSE_CREATED, OUTPUT_ADDED, part, of("output_text.delta", delta="Hi"))
    mirror.read(of("output_text.done", text="Hi"))
    with pytest.raises(Confused, match="not its text"):
        mirror.read(of("output_text.done", text="Ho"))


def test_errors_and_settings_are_kept() -> None:
    mirror = told({"type": "error", "error": {"code": "x"}}, {"type": "session.updated", "session": {"id": "sess_2"}})
    assert mirror.errors == [{"code": "x"}]
    assert mirror.session == {"id": "sess_2"}


RESPONSE_DONE = {"type": "response.done", "response": RESPONSE}
NONSENSE: dict[str, list[Event]] = {
    "added twice": [added(message("x")), added(message("x"))],
    "which is not there": [added(message("x"), "y")],
    "done twice": [added(message("x")), done(message("x")), done(message("x"))],
    "is not after": [added(message("x")), done(message("x"), "y")],
    "item y is not there": [done(message("y"))],
    "created twice": [RESPONSE_CREATED, RESPONSE_CREATED],
    "not there, or done": [RESPONSE_CREATED, RESPONSE_DONE, RESPONSE_DONE],
    "open items": [RESPONSE_CREATED, OUTPUT_ADDED, RESPONSE_DONE],
    "other items": [RESPONSE_CREATED, {"type": "response.done", "response": {**RESPONSE, "output": [OPEN]}}],
    "two places": [added(message("a")), RESPONSE_CREATED, OUTPUT_ADDED],
    "has index": [RESPONSE_CREATED, {**OUTPUT_ADDED, "output_index": 1}],
    "comes after": [RESPONSE_CREATED, OUTPUT_ADDED, of("content_part.added", content_index=1)],
    "has no part": [RESPONSE_CREATED, OUTPUT_ADDED, of("output_text.delta", delta="x")],
    "is not of response": [RESPONSE_CREATED, of("output_text.delta", delta="x")],
    "has no part 3": [
        added(message("x")),
        {"type": "conversation.item.truncated", "item_id": "x", "content_index": 3, "audio_end_ms": 0},
    ],
}


@pytest.mark.parametrize("complaint", NONSENSE)
def test_nonsense_confuses_it(complaint: str) -> None:
    *before, last = NONSENSE[complaint]
    mirror = told(*before)
    with pytest.raises(Confused, match=complaint):
        mirror.read(last)


def test_the_session_comes_first() -> None:
    with pytest.raises(Confused, match=r"before session\.created"):
        Mirror().read(added(message("x")))
