"""`conversation.item.create` of every type at every place, and recordings that come with items (4.6, 6.23)."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.core.offer import Limits, Offer
from tests.core.conftest import Play
from tests.core.stage import (
    COMMITTED,
    REPLY_BEGINS,
    TRANSCRIBED_TELLS,
    Event,
    base64_of,
    calls,
    create,
    finished,
    item,
    naming,
    not_transcribed,
    pcm,
    realtime,
    refused,
    transcribed,
)

ADDED = COMMITTED[1:]
CLIP = {"type": "input_audio", "audio": base64_of(pcm(250))}
IMAGE = "data:image/png;base64,iVBORw0KGgo="


def new(previous: str | None = None, **fields: Any) -> Event:
    return {"type": "conversation.item.create", "item": fields, "previous_item_id": previous}


def message(*parts: Event, role: str = "user", **more: Any) -> Event:
    return new(type="message", role=role, content=list(parts), **more)


def added(previous: str | None, item_id: str) -> tuple[Event, Event]:
    own = {"previous_item_id": previous, "item": {"id": item_id}}
    return {"type": ADDED[0], **own}, {"type": ADDED[1], **own}


def test_items_stand_where_they_were_put(play: Play) -> None:
    """6.23."""
    script = play().send(item("X")).expect(*added(None, "X"))
    script.send(item("Y", previous="root")).expect(*added(None, "Y"))
    script.send(item("Z", previous="Y")).expect(*added("Y", "Z"))
    script.send(naming("retrieve", "Z")).expect({"type": "conversation.item.retrieved", "item": {"id": "Z"}})
    script.send(naming("delete", "Z")).expect({"type": "conversation.item.deleted", "item_id": "Z"})
    script.send(item("W", previous="")).expect(*added("X", "W"))
    script.send(create()).expect(
        "response.created", {"type": "StartReply", "items": [{"id": "Y"}, {"id": "X"}, {"id": "W"}]}
    )


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_text", "text": "Hi"}],
                "status": "incomplete",
            },
            {"role": "user", "content": [{"type": "input_text", "text": "Hi"}], "status": "completed"},
        ),
        ({"type": "message", "role": "user", "content": []}, {"content": []}),
        (
            {"type": "message", "role": "user", "content": [{"type": "input_image", "image_url": IMAGE}]},
            {"content": [{"type": "input_image", "image_url": IMAGE, "detail": "auto"}]},
        ),
        (
            {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "Hi"}]},
            {"role": "system", "content": [{"type": "input_text", "text": "Hi"}]},
        ),
        (
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
            {"role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
        ),
        (
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_audio", "transcript": "Hi", "audio": "AAAA"}],
            },
            {"content": [{"type": "output_audio", "transcript": "Hi"}]},
        ),
        (
            {"type": "function_call", "name": "f", "arguments": "{}"},
            {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "call_1", "status": "completed"},
        ),
        ({"type": "function_call", "name": "f", "arguments": "", "call_id": "mine"}, {"call_id": "mine"}),
    ],
)
def test_every_type_of_item(play: Play, asked: Event, told: Event) -> None:
    script = play().send(new(**asked))
    script.expect(
        {"type": ADDED[0], "item": {"id": "item_1", **told}}, {"type": ADDED[1], "item": {"id": "item_1", **told}}
    )


def test_outputs_of_known_calls(play: Play) -> None:
    script = play().send(new(type="function_call", name="f", arguments="{}", call_id="a")).expect(*ADDED)
    output = {"type": "function_call_output", "call_id": "a", "output": '{"n": 1}'}
    script.send(new(**{**output, "output": {"n": 1}})).expect({"type": ADDED[0], "item": output}, ADDED[1])
    script.send(naming("delete", "item_1")).expect("conversation.item.deleted")
    script.send(new(**{**output, "output": ""})).expect(*ADDED)


def test_outputs_of_calls_that_replies_made(play: Play) -> None:
    """Before the response is done, and of out-of-band responses too (6.9, 6.12)."""
    script = play().send(create(conversation="none")).expect(*REPLY_BEGINS)
    script.post(calls("resp_1", call_id="a", name="f")).take()
    script.send(new(type="function_call_output", call_id="a", output="x")).expect(*ADDED)


def test_items_may_come_while_a_response_runs_and_the_next_sees_them(play: Play) -> None:
    script = play().send(create()).expect("response.created", {"type": "StartReply", "items": []})
    script.send(item()).expect(*ADDED)
    script.post(finished("resp_1")).expect("response.done").send(create())
    script.expect("response.created", {"type": "StartReply", "items": [{"id": "item_1"}]})


# ---------------------------------------------------------------------------------------------------------- recordings


def test_a_recording_is_recognised_and_reported(play: Play) -> None:
    script = play().send(message(CLIP, id="mine"))
    script.expect(
        {"type": ADDED[0], "item": {"content": [{"type": "input_audio", "transcript": None}]}},
        ADDED[1],
        {
            "type": "TranscribeClip",
            "item_id": "mine",
            "audio": CLIP["audio"],
            "format": {"encoding": "pcm16", "rate_hz": 24000},
        },
    )
    usage = {"type": "duration", "seconds": 0.25}
    script.post(transcribed("mine", "hi")).expect(
        TRANSCRIBED_TELLS[0], {"type": TRANSCRIBED_TELLS[1], "item_id": "mine", "content_index": 0, "usage": usage}
    )
    part = {"type": "input_audio", "transcript": "hi", "audio": CLIP["audio"]}
    script.send(naming("retrieve", "mine")).expect({"type": "conversation.item.retrieved", "item": {"content": [part]}})


def test_several_recordings_in_one_item(play: Play) -> None:
    script = play().send(message({"type": "input_text", "text": "Listen:"}, CLIP, CLIP, id="mine"))
    script.expect(
        *ADDED, {"type": "TranscribeClip", "item_id": "mine"}, {"type": "TranscribeClip", "item_id": "item_1"}
    )
    script.post(transcribed("item_1", "two")).expect(
        {"type": TRANSCRIBED_TELLS[0], "item_id": "mine", "content_index": 2, "delta": "two"}, TRANSCRIBED_TELLS[1]
    )
    script.post(not_transcribed("mine")).expect(
        {"type": "conversation.item.input_audio_transcription.failed", "item_id": "mine", "content_index": 1}
    )


def test_a_response_waits_for_recordings(play: Play) -> None:
    script = play(realtime(transcription=None)).send(message(CLIP)).expect(*ADDED, "TranscribeClip")
    script.send(create()).expect("response.created")
    heard = {"content": [{"type": "input_audio", "transcript": "hi"}]}
    script.post(transcribed("item_1", "hi")).expect({"type": "StartReply", "items": [heard]})


def test_a_known_transcript_is_enough_without_transcription(play: Play) -> None:
    script = play(realtime(transcription=None)).send(message({**CLIP, "transcript": "hi"})).expect(*ADDED)
    script.send(create()).expect(*REPLY_BEGINS)


def test_an_empty_recording_is_not_recognised(play: Play) -> None:
    play().send(message({"type": "input_audio", "audio": ""})).expect(*ADDED)


# ------------------------------------------------------------------------------------------------------------- refused

REFUSED: dict[str, tuple[Event, str, str, str | None]] = {
    "unknown place": (
        item(previous="x"),
        "item_create_invalid_previous_item_id",
        "Error adding item: the previous item with id 'x' does not exist.",
        None,
    ),
    "id in use": (
        item("taken"),
        "item_create_duplicate_item_id",
        "Error adding item: an item with id 'taken' already exists.",
        None,
    ),
    "id of a deleted item": (
        item("gone"),
        "item_create_duplicate_item_id",
        "Error adding item: an item with id 'gone' already exists.",
        None,
    ),
    "unknown call": (
        new(type="function_call_output", call_id="call_x", output=""),
        "invalid_tool_call_id",
        "Tool call ID 'call_x' not found in conversation.",
        None,
    ),
    "approval": (
        new(type="mcp_approval_response", approval_request_id="mcpr_1", approve=False),
        "invalid_value",
        "Invalid value: 'mcpr_1'. No approval request with that id is waiting.",
        "item.approval_request_id",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_created_is_refused(play: Play, name: str) -> None:
    event, code, text, param = REFUSED[name]
    script = play().send(item("taken")).expect(*ADDED).send(item("gone")).expect(*ADDED)
    script.send(naming("delete", "gone")).expect("conversation.item.deleted")
    refused(script, event, code, text, param)
    script.send(create()).expect("response.created", {"type": "StartReply", "items": [{"id": "taken"}]})


@pytest.mark.parametrize(("limits", "what"), [
    (Limits(items=1), "1 items"),
    (Limits(conversation_bytes=300), "300 bytes of conversation"),
])  # fmt: skip
def test_a_conversation_has_a_bound(play: Play, limits: Limits, what: str) -> None:
    script = play(offer=Offer(limits=limits)).send(item(text="x" * 100)).expect(*ADDED)
    refused(script, item(), "session_limit_reached", f"This session has reached its limit of {what}.")
