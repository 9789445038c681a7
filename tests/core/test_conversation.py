"""Retrieve, delete, truncate, and how much audio is kept (protocol.md 4.7-4.9, 5.9)."""

from __future__ import annotations

import pytest

from ovos_voice_agent.core import conversation
from ovos_voice_agent.testing.scripts import Script
from tests.core.conftest import Play
from tests.core.stage import (
    COMMITTED,
    REPLY_BEGINS,
    Event,
    base64_of,
    create,
    estimates,
    finished,
    item,
    naming,
    pcm,
    phrase,
    refused,
    says,
    speaks,
    transcribed,
    truncate,
    turn,
)

ADDED = COMMITTED[1:]
TEXT = "One two three. Four five."
ONLY_AUDIO = "Only model output audio messages can be truncated"


def spoken(play: Play) -> Script:
    """item_1 is an answer of two phrases of a second each, the first with word times."""
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", TEXT), phrase("resp_1", 0, 14), speaks("resp_1", 1000, (3, 0), (7, 300), (14, 600)))
    script.take()
    script.post(phrase("resp_1", 15, 25), speaks("resp_1", 1000), finished("resp_1")).take()
    return script


def retrieved(script: Script, item_id: str) -> Event:
    (event,) = script.send(naming("retrieve", item_id)).take()
    told: Event = event["item"]
    return told


@pytest.mark.parametrize(
    ("at_ms", "in_force_ms", "text"),
    [
        (0, 0, ""),
        (149, 149, ""),
        (150, 150, "One"),
        (799, 799, "One two"),
        (800, 800, "One two three."),
        (1000, 1000, "One two three."),
        (1600, 1600, "One two three. Four"),
        (2000, 2000, TEXT),
        (2500, 2000, TEXT),
        (799.9, 799, "One two"),
        (10**30, 2000, TEXT),
    ],
)
def test_a_truncation_keeps_what_was_heard(play: Play, at_ms: float, in_force_ms: int, text: str) -> None:
    script = spoken(play)
    told = {"item_id": "item_1", "content_index": 0, "audio_end_ms": in_force_ms}
    script.send(truncate("item_1", at_ms)).expect({"type": "conversation.item.truncated", **told})
    (part,) = retrieved(script, "item_1")["content"]
    assert part["transcript"] == text
    assert part.get("audio", "") == base64_of(bytes(in_force_ms * 48))
    kept = [{"id": "item_1", "content": [{"type": "output_audio", "transcript": text}]}]
    script.send(create()).expect("response.created", {"type": "StartReply", "items": kept})


def test_estimated_words_say_where_to_cut(play: Play) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "One two three."), phrase("resp_1", 0, 14), speaks("resp_1", 1000))
    script.take()
    script.post(estimates("resp_1", (3, 0)), estimates("resp_1", (3, 0), (7, 100), (14, 800)), finished("resp_1"))
    script.take()
    script.send(truncate("item_1", 700)).expect({"type": "conversation.item.truncated", "audio_end_ms": 700})
    assert retrieved(script, "item_1")["content"][0]["transcript"] == "One two"


def test_a_second_truncation_cuts_further_and_never_adds(play: Play) -> None:
    script = spoken(play)
    script.send(truncate("item_1", 800)).expect({"type": "conversation.item.truncated", "audio_end_ms": 800})
    script.send(truncate("item_1", 1900)).expect({"type": "conversation.item.truncated", "audio_end_ms": 800})
    assert retrieved(script, "item_1")["content"][0]["transcript"] == "One two three."
    script.send(truncate("item_1", 400)).expect({"type": "conversation.item.truncated", "audio_end_ms": 400})
    assert retrieved(script, "item_1")["content"][0]["transcript"] == "One"


def test_an_answer_interrupted_before_its_first_audio_is_cut_to_nothing(play: Play) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS).post(says("resp_1", "Hi"))
    script.take()
    script.send(truncate("item_1", 500)).expect({"type": "conversation.item.truncated", "audio_end_ms": 0})
    assert retrieved(script, "item_1")["content"] == [{"type": "output_audio", "transcript": ""}]


def test_speech_that_a_client_wrote_has_no_audio_to_cut(play: Play) -> None:
    part = {"type": "output_audio", "transcript": "Hi"}
    told = {"type": "message", "role": "assistant", "content": [part]}
    script = play().send({"type": "conversation.item.create", "item": told}).expect(*ADDED)
    script.send(truncate("item_1", 500)).expect({"type": "conversation.item.truncated", "audio_end_ms": 0})


@pytest.mark.parametrize("item_id", ["question", "answer", "call"])
def test_only_spoken_answers_can_be_truncated(play: Play, item_id: str) -> None:
    script = play().send(item("question")).expect(*ADDED).send(item("answer", role="assistant")).expect(*ADDED)
    call = {"type": "function_call", "name": "f", "arguments": "", "id": "call"}
    script.send({"type": "conversation.item.create", "item": call}).expect(*ADDED)
    refused(script, truncate(item_id, 0), "unsupported_content_type", ONLY_AUDIO)


def test_only_parts_that_are_there_can_be_truncated(play: Play) -> None:
    refused(spoken(play), truncate("item_1", 0, content_index=1), "unsupported_content_type", ONLY_AUDIO)


@pytest.mark.parametrize(
    ("event", "code", "doing"),
    [
        (naming("retrieve", "x"), "item_retrieve_invalid_item_id", "retrieving"),
        (naming("delete", "x"), "item_delete_invalid_item_id", "deleting"),
        (truncate("x", 0), "item_truncate_invalid_item_id", "truncating"),
    ],
)
def test_items_that_are_not_there(play: Play, event: Event, code: str, doing: str) -> None:
    refused(play(), event, code, f"Error {doing} item: the item with id 'x' does not exist.")


def test_an_item_is_deleted_once(play: Play) -> None:
    script = play().send(item("x")).expect(*ADDED)
    script.send(naming("delete", "x")).expect({"type": "conversation.item.deleted", "item_id": "x"})
    message = "Error deleting item: the item with id 'x' does not exist."
    refused(script, naming("delete", "x"), "item_delete_invalid_item_id", message)


def test_a_turn_can_be_deleted_while_its_words_are_awaited(play: Play) -> None:
    script = play()
    turn(script, 500, 900, 1400, until_ms=1500)
    script.send(naming("delete", "item_1")).expect("conversation.item.deleted")
    script.post(transcribed("item_1", "hi")).take()
    _, added, *_ = script.post(says("resp_1", "Hm?")).take()
    assert added["previous_item_id"] is None


# --------------------------------------------------------------------------------------------------------- kept audio


def clip(seconds: float, item_id: str) -> Event:
    parts = [{"type": "input_audio", "audio": base64_of(bytes(round(seconds * 48_000))), "transcript": "x"}]
    return {
        "type": "conversation.item.create",
        "item": {"type": "message", "role": "user", "content": parts, "id": item_id},
    }


def audio_kept(script: Script, item_id: str) -> bool:
    return "audio" in retrieved(script, item_id)["content"][0]


def test_audio_that_is_too_long_to_send_is_not_kept(play: Play) -> None:
    script = (
        play(ignoring=("TranscribeClip",))
        .send(clip(8.192, "fits"))
        .expect(*ADDED)
        .send(clip(8.2, "long"))
        .expect(*ADDED)
    )
    assert audio_kept(script, "fits")
    assert not audio_kept(script, "long")


def test_an_answer_that_grows_too_long_is_not_kept(play: Play) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    for _ in range(3):
        script.post(speaks("resp_1", 4000)).take()
    assert not audio_kept(script, "item_1")
    script.send(truncate("item_1", 100)).expect({"type": "conversation.item.truncated", "audio_end_ms": 100})
    script.post(finished("resp_1")).take()


def test_the_newest_audio_is_kept_within_a_bound(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "KEPT_AUDIO_BYTES", 100_000)
    script = play(ignoring=("TranscribeClip",))
    for name in ("a", "b", "c"):
        script.send(clip(1, name)).expect(*ADDED)
    assert [audio_kept(script, name) for name in ("a", "b", "c")] == [False, True, True]
    script.send(naming("delete", "b")).expect("conversation.item.deleted").send(clip(1, "d")).expect(*ADDED)
    assert [audio_kept(script, name) for name in ("c", "d")] == [True, True]


def test_a_turn_that_is_too_long_is_not_kept(play: Play) -> None:
    script = play().send({"type": "input_audio_buffer.append", "audio": base64_of(pcm(10_000))}).expect()
    turn(script, 500, 9000, 9500)
    assert not audio_kept(script, "item_1")
