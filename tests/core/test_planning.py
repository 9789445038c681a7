"""`response.create`: what it changes for one response, and what is refused (protocol.md 4.10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ovos_voice_agent.core.offer import Limits, Offer
from tests.core.conftest import Play
from tests.core.stage import (
    COMMITTED,
    OFFER,
    REPLY_BEGINS,
    Event,
    base64_of,
    create,
    item,
    pcm,
    refused,
    transcribed,
    update,
)

TIME = {"type": "function", "name": "time", "description": None, "parameters": {"type": "object", "properties": {}}}
DATE = {**TIME, "name": "date"}
REFERENCE = {"type": "item_reference", "id": "item_1"}


def start(**fields: Any) -> Event:
    return {"type": "StartReply", **fields}


def test_without_anything_a_response_is_as_the_session_says(play: Play) -> None:
    script = play().send({"type": "response.create"})
    script.expect(
        "response.created",
        start(
            instructions="Be kind.", tools=[], tool_choice="none", max_output_tokens="inf", spoken=True, voice="marin",
            speed=1.0, model="gpt-realtime", truncation="auto", parallel_tool_calls=None, reasoning_effort=None,
            temperature=None, metadata=None, tracing=None, language=None, items=[],
        ),
    )  # fmt: skip


def test_settings_of_the_session_reach_the_model(play: Play) -> None:
    script = play(offer=replace(OFFER, reasoning=True))
    script.send(
        update(
            spoken={"speed": 1.25, "voice": "cedar"}, instructions="Sing.", parallel_tool_calls=False, tracing="auto",
            reasoning={"effort": "high"}, truncation="disabled", tools=[TIME], max_output_tokens=9,
        )
    ).expect("session.updated")  # fmt: skip
    script.send(create()).expect(
        "response.created",
        start(
            instructions="Sing.", speed=1.25, voice="cedar", parallel_tool_calls=False, tracing="auto",
            reasoning_effort="high", truncation="disabled", tools=[TIME], tool_choice="auto", max_output_tokens=9,
        ),
    )  # fmt: skip


def test_a_response_has_settings_of_its_own(play: Play) -> None:
    script = play(offer=replace(OFFER, reasoning=True)).send(update(tools=[DATE])).expect("session.updated")
    own = {"instructions": "Shout.", "tools": [TIME], "tool_choice": "required", "parallel_tool_calls": True}
    asked = {"max_output_tokens": 3, "reasoning": {"effort": "low"}, "audio": {"output": {"speed": 0.5}}}
    script.send(create(**own, **asked, output_modalities=["text", "audio"])).expect(
        "response.created",
        start(**own, max_output_tokens=3, reasoning_effort="low", speed=0.5, spoken=True),
    )


@pytest.mark.parametrize(("of_session", "of_response", "used"), [
    ("required", None, "required"),
    ("none", None, "none"),
    ("none", "auto", "auto"),
    ({"type": "function", "name": "time"}, None, {"type": "function", "name": "time"}),
    ({"type": "function", "name": "date"}, None, "none"),
])  # fmt: skip
def test_the_sessions_choice_holds_for_tools_of_the_response(
    play: Play, of_session: object, of_response: object, used: object
) -> None:
    script = play().send(update(tool_choice=of_session)).expect("session.updated")
    script.send(create(tools=[TIME], tool_choice=of_response)).expect("response.created", start(tool_choice=used))


@pytest.mark.parametrize(
    "null",
    [
        "instructions",
        "tools",
        "tool_choice",
        "audio",
        "input",
        "output_modalities",
        "metadata",
        "max_output_tokens",
        "reasoning",
        "prompt",
        "conversation",
        "parallel_tool_calls",
    ],
)
def test_null_falls_back_to_the_session(play: Play, null: str) -> None:
    script = play().send(item()).expect(*COMMITTED[1:]).send(update(tools=[TIME])).expect("session.updated")
    script.send(create(**{null: None})).expect(
        {"type": "response.created", "response": {"conversation_id": "conv_1", "metadata": None}},
        start(instructions="Be kind.", tools=[TIME], tool_choice="auto", items=[{"id": "item_1"}]),
    )


def test_empty_instructions_are_those_of_the_session(play: Play) -> None:
    play().send(create(instructions="")).expect("response.created", start(instructions="Be kind."))


def test_prompt_templates_are_filled_in(play: Play) -> None:
    prompt = {"id": "pirate", "variables": {"kind": "polite"}}
    play().send(create(prompt=prompt)).expect("response.created", start(instructions="Talk like a polite pirate."))
    play().send(create(prompt=prompt, instructions="No.")).expect("response.created", start(instructions="No."))
    script = play().send(update(prompt={"id": "pirate"})).expect("session.updated")
    script.send(create()).expect("response.created", start(instructions="Talk like a {{kind}} pirate."))
    other = play().send(update(prompt=prompt, instructions="Mine.")).expect("session.updated")
    other.send(create()).expect("response.created", start(instructions="Mine."))


# ------------------------------------------------------------------------------------------------------------- context


def test_input_replaces_the_conversation(play: Play) -> None:
    script = play().send(item(text="Old")).expect(*COMMITTED[1:])
    script.send(create(input=[])).expect("response.created", start(items=[]))


def test_references_copy_and_items_are_not_added(play: Play) -> None:
    script = play().send(item(text="Old")).expect(*COMMITTED[1:])
    new = {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "New"}]}
    items = [{"role": "system", "content": [{"text": "New"}]}, {"id": "item_1", "content": [{"text": "Old"}]}]
    script.send(create(conversation="none", input=[new, REFERENCE])).expect("response.created", start(items=items))
    script.send(create()).expect("response.created", start(items=[{"id": "item_1"}]))


def test_recordings_of_the_input_are_recognised_first(play: Play) -> None:
    script = play()
    clip = {"type": "input_audio", "audio": base64_of(pcm(100))}
    told = {**clip, "transcript": "known"}
    spoken = {"type": "message", "role": "user", "content": [clip, told, clip]}
    script.send(create(input=[spoken])).expect(
        {"type": "TranscribeClip", "item_id": "item_1"},
        {"type": "TranscribeClip", "item_id": "item_2"},
        "response.created",
    )
    script.post(transcribed("item_2", "second")).expect()
    heard = [{"transcript": "first"}, {"transcript": "known"}, {"transcript": "second"}]
    script.post(transcribed("item_1", "first")).expect(start(items=[{"id": "item_1", "content": heard}]))


def test_the_own_conversation_may_be_named(play: Play) -> None:
    script = play().send(create(conversation="conv_1"))
    script.expect({"type": "response.created", "response": {"conversation_id": "conv_1"}}, "StartReply")


# ------------------------------------------------------------------------------------------------------------- refused

VALUES = "Invalid value: '{}'. "
REFUSED: dict[str, tuple[Event, str, str, str]] = {
    "unknown conversation": (
        create(conversation="conv_9"),
        "invalid_value",
        "Invalid value: 'conv_9'. Supported values are: 'auto' and 'none'.",
        "response.conversation",
    ),
    "unknown function": (
        create(tools=[TIME], tool_choice={"type": "function", "name": "date"}),
        "invalid_value",
        "Tool choice 'date' not found in 'tools' parameter.",
        "response.tool_choice",
    ),
    "mcp": (
        create(tool_choice={"type": "mcp", "server_label": "calendar"}),
        "invalid_value",
        "MCP tools are not supported by this server: 'calendar' is not available.",
        "response.tool_choice",
    ),
    "required without tools": (
        create(tool_choice="required"),
        "invalid_value",
        "Tool choice 'required' needs at least one tool.",
        "response.tool_choice",
    ),
    "unknown reference": (
        create(input=[{**REFERENCE, "id": "item_9"}]),
        "invalid_value",
        "Item with id 'item_9' not found in the conversation.",
        "response.input[0].id",
    ),
    "approval": (
        create(input=[{"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True}]),
        "invalid_value",
        "Invalid value: 'mcpr_1'. No approval request with that id is waiting.",
        "response.input[0].approval_request_id",
    ),
    "unknown template": (
        create(prompt={"id": "x"}),
        "invalid_value",
        "Invalid value: 'x'. No prompt template of that id is configured on this server.",
        "response.prompt.id",
    ),
    "unknown voice": (
        create(audio={"output": {"voice": "robot"}}),
        "invalid_value",
        "Invalid value: 'robot'. This server has no voice of that name; see GET /v1/audio/voices.",
        "response.audio.output.voice",
    ),
    "too many tools": (
        create(tools=[TIME, DATE]),
        "session_limit_reached",
        "This session has reached its limit of 1 tools.",
        "response.tools",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_refused_and_changes_nothing(play: Play, name: str) -> None:
    event, code, message, param = REFUSED[name]
    offer = Offer(voices=frozenset({"marin"}), limits=Limits(tools=1))
    script = play(offer=offer)
    refused(script, event, code, message, param)
    script.send(create()).expect(*REPLY_BEGINS)
