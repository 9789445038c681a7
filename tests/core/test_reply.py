"""One reply: its response object, and what its plan makes of voices and tools."""

from __future__ import annotations

import pytest

from tests.core.conftest import Play
from tests.core.stage import create, finished, update

TOOL = {"type": "function", "name": "time"}
RESPONSE_KEYS = {
    "object", "id", "status", "status_details", "output", "conversation_id", "output_modalities", "max_output_tokens",
    "audio", "usage", "metadata",
}  # fmt: skip


def test_the_response_object_has_all_its_keys(play: Play) -> None:
    script = play().send(
        create(metadata={"a": "b"}, max_output_tokens=7, audio={"output": {"format": {"type": "audio/pcmu"}}})
    )
    begun, command = script.take()
    assert set(begun["response"]) == RESPONSE_KEYS
    assert begun["response"]["audio"] == {"output": {"format": {"type": "audio/pcmu"}, "voice": "marin"}}
    assert begun["response"]["max_output_tokens"] == command["max_output_tokens"] == 7
    assert command["format"] == {"encoding": "pcmu", "rate_hz": 8000}
    script.post(finished("resp_1"))
    (ended,) = script.take()
    assert set(ended["response"]) == RESPONSE_KEYS
    assert ended["response"]["metadata"] == {"a": "b"}


def test_a_written_response_names_its_audio_format_too(play: Play) -> None:
    script = play().send(create(output_modalities=["text"]))
    script.expect(
        {
            "type": "response.created",
            "response": {"output_modalities": ["text"], "audio": {"output": {"voice": "marin"}}},
        },
        {"type": "StartReply", "spoken": False},
    )


def test_a_custom_voice_is_told_and_ordered_by_its_id(play: Play) -> None:
    script = play().send(update(spoken={"voice": {"id": "voice_7"}}))
    script.expect({"type": "session.updated", "session": {"audio": {"output": {"voice": {"id": "voice_7"}}}}})
    script.send(create())
    told = {"audio": {"output": {"voice": "voice_7"}}}
    script.expect({"type": "response.created", "response": told}, {"type": "StartReply", "voice": "voice_7"})


@pytest.mark.parametrize(
    ("choice", "tools", "used"),
    [
        ("auto", [TOOL], "auto"),
        ("auto", [], "none"),
        ("required", [], "none"),
        ("required", [TOOL], "required"),
        ("none", [TOOL], "none"),
        ({"type": "function", "name": "time"}, [TOOL], {"type": "function", "name": "time"}),
        ({"type": "function", "name": "date"}, [TOOL], "none"),
        ({"type": "mcp", "server_label": "time"}, [TOOL], "none"),
    ],
)
def test_a_session_may_ask_for_calls_it_has_no_tools_for(
    play: Play, choice: object, tools: list[object], used: object
) -> None:
    script = play().send(update(tool_choice=choice, tools=tools)).expect("session.updated").send(create())
    script.expect("response.created", {"type": "StartReply", "tool_choice": used})
