"""Turns, against speech whose place is known."""

from __future__ import annotations

from typing import Any

from ovos_voice_agent.conformance.transcript import Transcript
from tests.conformance.scene import answer, found, scene

COMPLETED = "conversation.item.input_audio_transcription.completed"


def started(at_ms: int = 500, item: str = "a") -> dict[str, Any]:
    return {"type": "input_audio_buffer.speech_started", "item_id": item, "audio_start_ms": at_ms}


def stopped(at_ms: int = 2300, item: str = "a") -> dict[str, Any]:
    return {"type": "input_audio_buffer.speech_stopped", "item_id": item, "audio_end_ms": at_ms}


def spoken(*events: dict[str, Any]) -> Transcript:
    """Speech from 800 to 1800 ms of 3 s."""
    transcript = scene(*events)
    transcript.speech_ms = [(800.0, 1800.0)]
    transcript.sent_audio = bytearray(3000 * 48)
    return transcript


def test_speech_is_noticed() -> None:
    assert found("speech_found", spoken(started())) == ["ok"]
    assert len(found("speech_found", spoken())) == 1
    assert found("speech_found", scene()) == []
    assert found("no_turn", scene(started())) == ["nobody spoke"]


def test_positions_are_true() -> None:
    assert found("starts_truly", spoken(started(500)), padding_ms=300, tolerance_ms=100) == ["ok"]
    assert "400 ms away" in found("starts_truly", spoken(started(900)), padding_ms=300, tolerance_ms=100)[0]
    assert found("stops_truly", spoken(stopped(2300)), silence_ms=500, tolerance_ms=100) == ["ok"]
    assert "900 ms away" in found("stops_truly", spoken(stopped(3200)), silence_ms=500, tolerance_ms=100)[0]


def test_positions_lie_in_the_stream() -> None:
    assert found("within_the_stream", spoken(started(), stopped())) == ["ok", "ok"]
    assert found("within_the_stream", spoken(started(900), stopped(800)))[1] != "ok"
    assert found("within_the_stream", spoken(started(), stopped(9000)))[1] != "ok"
    assert found("positions_grow", scene(started(5), started(6, "b"))) == ["ok"]
    assert found("positions_grow", scene(started(5), started(5, "b"))) == ["audio_start_ms is not above 5"]


def test_what_goes_with_a_turn() -> None:
    options = {"events": stopped()["type"], "with_event": started()["type"]}
    assert found("turn_comes", scene(started(), stopped()), **options) == ["ok"]
    assert len(found("turn_comes", scene(started()), **options)) == 1
    order = {"first": started()["type"], "then": stopped()["type"]}
    assert found("turn_pair", scene(stopped(), started()), **order) == ["came before input_audio_buffer.speech_started"]
    item = {"event": stopped()["type"], "among": started()["type"]}
    assert found("turn_item", scene(started(), stopped(item="b")), **item) == ["names another item"]
    twice = scene({"type": COMPLETED, "item_id": "a"}, {"type": COMPLETED, "item_id": "a"})
    assert found("turn_once", twice, events=COMPLETED) == ["ok", "came already for this item"]


def test_an_empty_transcript_is_no_fault() -> None:
    assert found("transcript_given", scene({"type": COMPLETED, "transcript": "hello"})) == ["ok"]
    assert found("transcript_given", scene({"type": COMPLETED, "transcript": ""})) == [
        "skip: the recogniser heard no words"
    ]


def interrupted(status: str, reason: str, late: bool = False) -> Transcript:
    events = answer()
    events[-1]["response"] |= {"status": status, "status_details": {"type": status, "reason": reason}}
    audio = {"type": "response.output_audio.delta", "response_id": "resp_1", "item_id": "item_1", "delta": ""}
    return scene(*events[:5], audio, started(), *([audio] if late else []), *events[5:])


def test_speech_ends_the_answer() -> None:
    assert found("interrupted", interrupted("cancelled", "turn_detected"))[0] == "ok"
    assert found("interrupted", interrupted("completed", ""))[0] == "ended as completed, reason "
    assert found("interrupted", scene(*answer(), started())) == [
        "skip: the answer was complete before speech was detected"
    ]
    assert found("silent_after_speech", interrupted("cancelled", "turn_detected")) == ["ok"]
    assert found("silent_after_speech", interrupted("cancelled", "turn_detected", late=True)) == [
        "audio after speech_started"
    ]


def test_an_idle_timeout_comes_where_it_is_shown() -> None:
    detection = {"session": {"audio": {"input": {"turn_detection": {"idle_timeout_ms": 5000}}}}}
    shown = scene({"type": "session.updated", **detection}, {"type": "timeout"}, updated=0, step=1)
    asked = {"updated": "updated", "step": "step"}
    assert found("idle", shown, **asked) == ["ok"]
    shown.labels["step"] = None
    assert found("idle", shown, **asked) == ["no input_audio_buffer.timeout_triggered came"]
    assert found("idle", scene({"type": "session.updated"}, updated=0), **asked)[0].startswith("skip")


def test_an_idle_span_ends_after_it_begins() -> None:
    for begin, end, verdict in ((0, 5000, "ok"), (5, 5, "ok"), (9, 5, "from 9 to 5"), (None, 5, "from None to 5")):
        assert found("idle_span", scene({"audio_start_ms": begin, "audio_end_ms": end}, s=0), step="s") == [verdict]
    assert found("idle_span", scene(), step="s") == []
