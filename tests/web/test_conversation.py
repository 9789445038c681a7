"""What the page believes of the conversation, from server events alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.real

Module = Callable[..., Any]
Events = list[dict[str, Any]]

APPLIED = """(m, {events, after}) => {
  const all = new m.Conversation();
  const said = () => all.items.map((item) => ({...item, at: null, heard: m.heardText(item)}));
  for (const event of events) {
    if (event.type === "cut") all.cut(event.item_id, event.ms);
    else all.apply(event);
  }
  return {items: said(), replay: all.replay(), hasVoice: all.hasVoice};
}"""

SECOND = "A" * 64_000
"""A second of audio in Base64: 48,000 bytes."""


def applied(module: Module, events: Events) -> dict[str, Any]:
    result: dict[str, Any] = module("conversation.js", APPLIED, {"events": events, "after": None})
    return result


def spoken(item: str = "a", words: tuple[str, ...] = ("One two ", "three four ", "five six ")) -> Events:
    """An answer of one second of sound for each piece of text."""
    message = {"id": item, "type": "message", "role": "assistant", "status": "in_progress", "content": []}
    events: Events = [{"type": "conversation.item.added", "previous_item_id": None, "item": message}]
    for text in words:
        events.append({"type": "response.output_audio_transcript.delta", "item_id": item, "delta": text})
        events.append({"type": "response.output_audio.delta", "item_id": item, "delta": SECOND})
    done = {**message, "status": "completed", "content": [{"type": "output_audio", "transcript": "".join(words)}]}
    return [
        *events,
        {"type": "response.output_audio.done", "item_id": item},
        {"type": "conversation.item.done", "previous_item_id": None, "item": done},
    ]


def heard_person(item: str, text: str, after: str | None) -> Events:
    message = {"id": item, "type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": None}]}
    kind = "conversation.item.input_audio_transcription"
    return [
        {"type": "input_audio_buffer.speech_started", "item_id": item, "audio_start_ms": 0},
        {"type": f"{kind}.delta", "item_id": item, "delta": text[:3]},
        {"type": "input_audio_buffer.committed", "item_id": item, "previous_item_id": after},
        {"type": "conversation.item.added", "previous_item_id": after, "item": message},
        {"type": "conversation.item.done", "previous_item_id": after, "item": message},
        {"type": f"{kind}.completed", "item_id": item, "transcript": text},
    ]


def test_words_come_in_order(module: Module) -> None:
    said = applied(module, [*heard_person("u", "hello there", None), *spoken()[1:], *heard_person("v", "again", "a")])
    assert [(item["who"], item["text"]) for item in said["items"]] == [
        ("user", "hello there"),
        ("assistant", "One two three four five six "),
        ("user", "again"),
    ]
    assert all(item["state"] == "done" for item in said["items"])
    assert said["hasVoice"]


def test_a_transcript_grows_while_the_person_speaks(module: Module) -> None:
    said = applied(module, heard_person("u", "hello there", None)[:2])["items"]
    assert [(item["text"], item["state"], item["committed"]) for item in said] == [("hel", "open", False)]


def test_an_interruption_cuts_at_the_word_that_was_heard(module: Module) -> None:
    said = applied(module, [*spoken(), {"type": "cut", "item_id": "a", "ms": 1500}])
    assert said["items"][0]["heard"] == "One two three"
    assert said["replay"][0]["item"]["content"] == [{"type": "output_text", "text": "One two three"}]


def test_the_servers_own_cut_counts_for_more(module: Module) -> None:
    kept = {
        "id": "a",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_audio", "transcript": "One two"}],
    }
    events = [
        *spoken(),
        {"type": "cut", "item_id": "a", "ms": 1500},
        {"type": "conversation.item.retrieved", "item": kept},
    ]
    assert applied(module, events)["items"][0]["heard"] == "One two"


def test_text_that_runs_ahead_of_its_sound_is_spread_over_it(module: Module) -> None:
    whole = "word " * 20
    events = spoken(words=(whole, "", "", ""))
    said = applied(module, [*events, {"type": "cut", "item_id": "a", "ms": 2000}])["items"][0]["heard"]
    assert len(said) == pytest.approx(len(whole) / 2, abs=6)


def test_nothing_heard_is_nothing_said(module: Module) -> None:
    said = applied(module, [*spoken(), {"type": "cut", "item_id": "a", "ms": 0}])
    assert said["items"][0]["heard"] == ""
    assert said["replay"] == []


def test_a_call_is_replayed_with_its_answer_or_not_at_all(module: Module) -> None:
    call = {
        "id": "c",
        "type": "function_call",
        "name": "f",
        "call_id": "call_1",
        "arguments": "{}",
        "status": "completed",
    }
    out = {"id": "o", "type": "function_call_output", "call_id": "call_1", "output": "4"}
    added = [{"type": "conversation.item.done", "previous_item_id": None, "item": call}]
    assert applied(module, added)["replay"] == []
    both = applied(module, [*added, {"type": "conversation.item.done", "previous_item_id": "c", "item": out}])
    assert [event["item"]["type"] for event in both["replay"]] == ["function_call", "function_call_output"]
    assert both["replay"][0]["item"]["arguments"] == "{}"


def test_deleted_is_gone(module: Module) -> None:
    assert applied(module, [*spoken(), {"type": "conversation.item.deleted", "item_id": "a"}])["items"] == []


def test_a_replayed_item_is_not_there_twice(module: Module) -> None:
    assert len(applied(module, [*spoken(), *spoken()])["items"]) == 1
