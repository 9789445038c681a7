"""The items of a reply while they are being made: opened once, filled, closed once (protocol.md 5.10, 6.9, 6.10)."""

from __future__ import annotations

from tests.core.conftest import Play
from tests.core.stage import (
    ITEM_CLOSES,
    MESSAGE_OPENS,
    REPLY_BEGINS,
    SPEECH_CLOSES,
    TEXT_CLOSES,
    base64_of,
    calls,
    cancel,
    create,
    finished,
    naming,
    pcm,
    phrase,
    says,
    speaks,
    truncate,
)
from tests.core.test_responses import AUDIO_DELTA, CLIENT_CANCELLED, TRANSCRIPT_DELTA, done


def test_one_function_call(play: Play) -> None:
    """6.9."""
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(
        calls("resp_1", call_id="call_x", name="time", arguments='{"zo'), calls("resp_1", arguments='ne":1}')
    ).expect(
        {
            "type": "response.output_item.added",
            "item": {"type": "function_call", "call_id": "call_x", "name": "time", "arguments": ""},
        },
        "conversation.item.added",
        {"type": "response.function_call_arguments.delta", "call_id": "call_x", "delta": '{"zo'},
        {"type": "response.function_call_arguments.delta", "delta": 'ne":1}'},
    )
    script.post(finished("resp_1")).expect(
        {
            "type": "response.function_call_arguments.done",
            "call_id": "call_x",
            "name": "time",
            "arguments": '{"zone":1}',
        },
        *ITEM_CLOSES,
        done("completed", output=[{"type": "function_call", "status": "completed", "arguments": '{"zone":1}'}]),
    )


def test_text_then_two_calls(play: Play) -> None:
    """6.10: one after the other, indexes without gaps; a call without arguments has an empty object."""
    script = play().send(create(output_modalities=["text"])).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Wait.")).expect(*MESSAGE_OPENS, "response.output_text.delta")
    script.post(calls("resp_1", 0, call_id="a", name="f")).expect(
        *TEXT_CLOSES, {"type": "response.output_item.added", "output_index": 1}, "conversation.item.added"
    )
    empty = {"type": "response.function_call_arguments.delta", "delta": "{}"}
    script.post(calls("resp_1", 1, call_id="b", name="g", arguments="[]")).expect(
        empty,
        {"type": "response.function_call_arguments.done", "arguments": "{}"},
        *ITEM_CLOSES,
        {"type": "response.output_item.added", "output_index": 2},
        "conversation.item.added",
        "response.function_call_arguments.delta",
    )
    script.post(finished("resp_1")).expect(
        "response.function_call_arguments.done",
        *ITEM_CLOSES,
        done("completed", output=[{"type": "message"}, {"call_id": "a"}, {"call_id": "b"}]),
    )


def test_text_after_a_call_is_another_item(play: Play) -> None:
    script = play().send(create(output_modalities=["text"])).expect(*REPLY_BEGINS)
    script.post(calls("resp_1", call_id="a", name="f", arguments="{}")).take()
    script.post(says("resp_1", "So.")).expect(
        "response.function_call_arguments.done", *ITEM_CLOSES, *MESSAGE_OPENS, "response.output_text.delta"
    )


def test_arguments_without_a_call_are_nothing(play: Play) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(calls("resp_1", arguments="{}")).expect()


def test_a_cancelled_call_keeps_what_it_has(play: Play) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(calls("resp_1", call_id="a", name="f")).expect("response.output_item.added", "conversation.item.added")
    script.send(cancel()).expect(
        "StopReply",
        {"type": "response.function_call_arguments.done", "arguments": ""},
        {"type": "conversation.item.done", "item": {"status": "incomplete", "arguments": ""}},
        "response.output_item.done",
        CLIENT_CANCELLED,
    )


def test_audio_without_a_word_is_a_message_too(play: Play) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(speaks("resp_1", 20)).expect(*MESSAGE_OPENS, AUDIO_DELTA)
    script.post(finished("resp_1")).expect(*SPEECH_CLOSES, done("completed", usage={"output_tokens": 0}))


def test_audio_of_a_written_reply_is_not_sent(play: Play) -> None:
    script = play().send(create(output_modalities=["text"])).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Hi")).take()
    script.post(phrase("resp_1", 0, 2), speaks("resp_1", 20)).expect()


def test_what_is_made_after_a_truncation_is_told_but_not_kept(play: Play) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "One. "), phrase("resp_1", 0, 4), speaks("resp_1", 300)).take()
    script.send(truncate("item_1", 300)).expect({"type": "conversation.item.truncated", "audio_end_ms": 300})
    script.post(says("resp_1", "Two."), phrase("resp_1", 5, 9), speaks("resp_1", 100)).expect(
        TRANSCRIPT_DELTA, AUDIO_DELTA
    )
    kept = {"status": "completed", "content": [{"type": "output_audio", "transcript": "One."}]}
    script.post(finished("resp_1")).expect(
        SPEECH_CLOSES[0],
        {"type": SPEECH_CLOSES[1], "transcript": "One. Two."},
        SPEECH_CLOSES[2],
        {"type": "conversation.item.done", "item": kept},
        {"type": "response.output_item.done", "item": kept},
        done("completed", output=[kept]),
    )
    script.send(truncate("item_1", 350)).expect({"type": "conversation.item.truncated", "audio_end_ms": 300})


def test_an_item_deleted_while_it_is_made_is_not_told_of_again(play: Play) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Hi")).expect(*MESSAGE_OPENS, TRANSCRIPT_DELTA)
    script.send(naming("delete", "item_1")).expect("conversation.item.deleted")
    script.post(says("resp_1", " there"), speaks("resp_1", 20)).expect(TRANSCRIPT_DELTA, AUDIO_DELTA)
    script.post(finished("resp_1")).expect(*SPEECH_CLOSES[:3], "response.output_item.done", done("completed"))


def test_an_item_can_be_retrieved_while_it_is_made(play: Play) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Hi"), speaks("resp_1", 20)).take()
    part = {"type": "output_audio", "transcript": "Hi", "audio": base64_of(bytes(len(pcm(20))))}
    script.send(naming("retrieve", "item_1")).expect(
        {"type": "conversation.item.retrieved", "item": {"status": "in_progress", "content": [part]}}
    )
