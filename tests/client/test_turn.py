"""A turn put together from server events."""

from __future__ import annotations

import asyncio
import base64

from ovos_voice_agent.client import Turn, collect_turn, connect
from tests.client.realtime_stub import Event, running

ANSWER: list[Event] = [
    {"type": "input_audio_buffer.speech_started", "item_id": "item_1", "audio_start_ms": 0},
    {"type": "input_audio_buffer.speech_stopped", "item_id": "item_1", "audio_end_ms": 900},
    {"type": "conversation.item.input_audio_transcription.completed", "item_id": "item_1", "transcript": "go forward"},
    {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}},
    {"type": "response.output_audio_transcript.delta", "delta": "All "},
    {"type": "response.output_audio.delta", "item_id": "item_2", "delta": base64.b64encode(b"\1\0").decode()},
    {"type": "response.output_audio_transcript.delta", "delta": "right."},
    {"type": "response.output_audio.delta", "item_id": "item_2", "delta": base64.b64encode(b"\2\0").decode()},
    {"type": "response.output_item.done", "item": {"type": "message", "id": "item_2"}},
    {"type": "response.output_item.done", "item": {"type": "function_call", "name": "drive", "arguments": "{}"}},
    {"type": "error", "error": {"message": "no"}},
    {"type": "response.done", "response": {"id": "resp_1", "status": "completed"}},
]
MARKS = {"type": "x_ovos.turn.timeline", "marks": [{"name": "speech_started", "at_ms": 12}]}


def collected(events: list[Event], *, timeline: bool) -> Turn:
    async def scenario() -> Turn:
        async with running(lambda event: events) as stub, connect(stub.url) as connection:
            await connection.send({"type": "response.create"})
            return await collect_turn(connection, timeline=timeline)

    return asyncio.run(scenario())


def test_a_spoken_turn() -> None:
    turn = collected([*ANSWER, MARKS], timeline=True)
    assert (turn.heard, turn.said, bytes(turn.audio)) == ("go forward", "All right.", b"\1\0\2\0")
    assert [call["name"] for call in turn.calls] == ["drive"]
    assert turn.status == "completed"
    assert turn.errors == [{"message": "no"}]
    assert turn.timeline == MARKS["marks"]
    expected = ["speech_started", "speech_stopped", "transcript", "first_text", "first_audio", "done"]
    assert list(turn.times_ms) == expected
    assert list(turn.times_ms.values()) == sorted(turn.times_ms.values())


def test_only_the_first_of_each_mark_counts() -> None:
    turn = Turn()
    turn.take({"type": "response.output_text.delta", "delta": "a"}, 5.0)
    turn.take({"type": "response.output_text.delta", "delta": "b"}, 9.0)
    assert (turn.said, turn.times_ms) == ("ab", {"first_text": 5.0})


def test_without_being_asked_for_the_time_line_is_not_awaited() -> None:
    assert collected(ANSWER, timeline=False).timeline == []


def test_a_turn_that_has_not_ended_has_no_status() -> None:
    assert Turn().status == ""
