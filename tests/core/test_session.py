"""The session's table: opening, refusing, expiring, shutting down, ending; time lines (6.1, 6.13, 6.21, 7.7, 11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.offer import Limits
from ovos_voice_agent.core.session import EXPIRY_TIMER
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.settings import NoiseReduction
from ovos_voice_agent.testing.scripts import Script, plain
from tests.core.conftest import Play
from tests.core.stage import (
    BORING,
    COMMITTED,
    MESSAGE_OPENS,
    OFFER,
    REPLY_BEGINS,
    SPEECH_CLOSES,
    TRANSCRIBED_TELLS,
    TURN_BEGINS,
    TURN_ENDS,
    append,
    cancel,
    commit,
    create,
    estimates,
    finished,
    item,
    new_session,
    not_transcribed,
    phrase,
    reached,
    realtime,
    refused,
    says,
    speaks,
    started,
    stopped,
    transcribed,
    transcribing,
    turn,
    update,
    vad,
)

EXPIRED = "Your session hit the maximum duration of 60 minutes."


def opened(**more: Any) -> list[dict[str, Any]]:
    session = new_session(**more)
    return [plain(output) for output in session.handle(ee.Opened(), 7.0)]


# -------------------------------------------------------------------------------------------------------------- opening


def test_the_session_comes_first() -> None:
    created, detect, timer = opened(settings=realtime(transcription=None))
    assert created["type"] == "session.created"
    assert created["session"]["id"] == "sess_1"
    assert created["session"]["audio"]["input"]["turn_detection"] == {
        "type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
        "idle_timeout_ms": None, "create_response": True, "interrupt_response": True,
    }  # fmt: skip
    assert detect["type"] == "Detect"
    assert (detect["detection"], detect["start"], detect["fresh"]) == (0, 0, True)
    assert timer == {"type": "SetTimer", "name": EXPIRY_TIMER, "at": 3607.0}


def test_a_session_may_last_for_ever_and_begin_with_noise_reduction() -> None:
    offer = replace(OFFER, limits=Limits(session_seconds=0), noise_reduction=True)
    settings = realtime(noise_reduction=NoiseReduction("far_field"))
    assert [output["type"] for output in opened(settings=settings, offer=offer)] == [
        "session.created",
        "Detect",
        "ReduceNoise",
    ]


def test_a_client_need_not_wait(play: Play) -> None:
    """6.1: what is sent right after an update runs with it."""
    script = play().send(update(instructions="Sing.")).expect("session.updated")
    script.send(create()).expect("response.created", {"type": "StartReply", "instructions": "Sing."})


# --------------------------------------------------------------------------------------------------- refusing, ignoring


@pytest.mark.parametrize(
    ("format", "what"),
    [
        ({"type": "audio/pcm"}, "mono PCM16 at 24kHz"),
        ({"type": "audio/pcmu"}, "mono G.711 u-law at 8kHz"),
        ({"type": "audio/pcma"}, "mono G.711 A-law at 8kHz"),
    ],
)
def test_bad_audio_is_told_the_format_in_force(play: Play, format: object, what: str) -> None:
    script = play().send(update(heard={"format": format})).expect("session.updated")
    message = f"Invalid 'audio'. Expected base64-encoded audio bytes ({what}) but got an invalid value."
    refused(script, {"type": "input_audio_buffer.append", "audio": "***"}, "invalid_value", message, "audio")


def test_what_the_shell_refuses_is_answered_in_its_place(play: Play) -> None:
    error = ClientError("Too many events: the limit is 100 per second.", code="too_many_events")
    script = play().post(ee.Refused(error, "mine"))
    script.expect({"type": "error", "error": {"code": "too_many_events", "param": None, "event_id": "mine"}})


def test_frames_that_are_not_events_are_answered(play: Play) -> None:
    script = play()
    no_type = {"code": "invalid_event", "message": "The 'type' field is missing.", "param": None, "event_id": "mine"}
    script.send('{"event_id": "mine"}').expect({"type": "error", "error": no_type})
    script.send("{").expect({"type": "error", "error": {"code": "invalid_event", "param": None, "event_id": None}})


def test_clearing_the_output_is_nothing_on_a_websocket(play: Play) -> None:
    play().send({"type": "output_audio_buffer.clear"}).expect()


def test_a_transcription_session_makes_no_responses(play: Play) -> None:
    """6.13."""
    script = play(transcribing())
    message = "Invalid value: 'response.create'. Responses cannot be created in a transcription session."
    refused(script, create(), "invalid_value", message, "type")
    refused(script, cancel(), "response_cancel_not_active", "Cancellation failed: no active response found")
    turn(script, 500, 900, 1400, until_ms=3000)
    script.post(transcribed("item_1", "hello")).expect(*TRANSCRIBED_TELLS)
    script.send(commit()).expect("StartTranscript", "FinishTranscript", *COMMITTED, "Detect")
    script.post(not_transcribed("item_2")).expect("conversation.item.input_audio_transcription.failed")


# --------------------------------------------------------------------------------------------------------------- ending


def test_expiry_fails_what_runs_tells_the_client_and_closes(play: Play) -> None:
    """6.21."""
    script = play().send(create()).expect(*REPLY_BEGINS).send(create(conversation="none")).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Hi")).expect(*MESSAGE_OPENS, "response.output_audio_transcript.delta")
    error = {"code": "session_expired", "message": EXPIRED, "param": None, "event_id": None}
    failed = {"status": "failed", "status_details": {"error": {"code": "server_error", "message": EXPIRED}}}
    script.post(ee.TimerFired(EXPIRY_TIMER)).expect(
        "StopReply",
        *SPEECH_CLOSES,
        {"type": "response.done", "response": failed},
        "StopReply",
        {"type": "response.done", "response": failed},
        {"type": "error", "error": error},
        {"type": "Close", "code": 1001, "reason": EXPIRED},
    )
    script.send(create()).expect()
    assert script.session.handle(ee.Opened(), 0.0) == []


def test_shutting_down_fails_what_waits_and_stops_the_rest(play: Play) -> None:
    script = play()
    turn(script, 500, 900, 1400, until_ms=3000)
    script.post(started(2000)).expect(*TURN_BEGINS)
    script.send(create()).expect("response.created")
    message = "The server is shutting down."
    failed = {
        "status": "failed",
        "status_details": {"type": "failed", "error": {"code": "server_error", "message": message}},
    }
    script.post(ee.ShuttingDown()).expect(
        {"type": "response.done", "response": failed},
        {"type": "DropTranscript", "item_id": "item_1"},
        {"type": "DropTranscript", "item_id": "item_2"},
        {"type": "ClearTimer", "name": EXPIRY_TIMER},
        {"type": "Close", "code": 1001, "reason": "Server is shutting down."},
    )
    assert script.session.end(0.0) == []  # type: ignore[attr-defined]


def test_the_end_of_the_connection_stops_everything_in_silence() -> None:
    session = new_session(realtime(turn_detection=vad(idle_timeout_ms=5000)))
    script = Script(session, ignoring=BORING).post(ee.Opened())
    script.take()
    script.send(create()).expect(*REPLY_BEGINS).post(finished("resp_1")).expect("response.done", "SetTimer")
    script.send(create(conversation="none")).expect(*REPLY_BEGINS)
    stopped_now = [plain(output) for output in session.end(1.0)]
    assert stopped_now == [
        {"type": "StopReply", "response_id": "resp_2"},
        {"type": "ClearTimer", "name": "idle_timeout"},
        {"type": "ClearTimer", "name": EXPIRY_TIMER},
    ]
    assert session.end(2.0) == []
    assert session.handle(ee.Opened(), 3.0) == []


def test_the_end_drops_every_transcript_once() -> None:
    session = new_session(realtime(turn_detection=None))
    script = Script(session, ignoring=BORING).post(ee.Opened())
    script.take()
    script.send(append(500)).expect("StartTranscript").send(commit()).expect("FinishTranscript", *COMMITTED, "Detect")
    script.send(append(500)).expect("StartTranscript")
    dropped = [plain(output) for output in session.end(1.0)]
    assert [output.get("item_id") for output in dropped if output["type"] == "DropTranscript"] == ["item_1", "item_2"]


# ----------------------------------------------------------------------------------------------------------- time lines


def marks(event: dict[str, Any]) -> dict[str, int]:
    return {mark["name"]: mark["at_ms"] for mark in event["marks"]}


def test_the_time_line_of_a_turn(play: Play) -> None:
    script = play(ignoring=("Hear", "Forget", "rate_limits.updated")).send(update(x_ovos={"timeline": True}))
    script.expect("session.updated").wait(2.0).send(append(2000)).expect().post(started(800)).expect(*TURN_BEGINS)
    script.post(stopped(1400, 1900)).expect(*TURN_ENDS).wait(0.1)
    script.post(transcribed("item_1", "hi")).expect(*TRANSCRIBED_TELLS, *REPLY_BEGINS).wait(0.1)
    script.post(says("resp_1", "Hello."), reached("resp_1", "first_phrase"), phrase("resp_1", 0, 6))
    script.take()
    script.wait(0.1).post(speaks("resp_1", 20)).expect("response.output_audio.delta").wait(0.1)
    script.post(finished("resp_1"))
    *_, record, told = script.take()
    assert marks(told) == record["marks"] == {
        "speech_started": 800, "last_speech": 1400, "turn_ended": 2000, "transcript_final": 2100,
        "response_created": 2100, "llm_first_token": 2200, "first_phrase": 2200, "tts_first_audio": 2300,
        "first_delta_sent": 2300, "done": 2400,
    }  # fmt: skip
    assert (told["response_id"], told["item_id"], told["origin"]) == ("resp_1", "item_1", "vad")
    assert told["decision"] == record["decision"] == {"why": "silence"}
    assert (record["type"], record["status"], record["failed_stage"]) == ("Record", "completed", "")


@pytest.mark.parametrize(
    ("report", "told"), [(speaks("resp_1", 20, (3, 0)), "measured"), (estimates("resp_1", (3, 0)), "estimated")]
)
def test_the_time_line_says_whether_word_times_are_estimated(play: Play, report: Any, told: str) -> None:
    script = play(ignoring=("rate_limits.updated",)).send(update(x_ovos={"timeline": True}))
    script.expect("session.updated").send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Hi."), phrase("resp_1", 0, 3), report, finished("resp_1"))
    assert script.take()[-1]["word_times"] == told


def test_who_asks_is_told_when_words_are_said(play: Play) -> None:
    script = play(ignoring=("rate_limits.updated",)).send(update(x_ovos={"words": True}))
    script.expect("session.updated").send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "One two. Three four."), phrase("resp_1", 0, 8))
    script.take()
    script.post(speaks("resp_1", 500, (3, 0), (8, 240))).expect("response.output_audio.delta", {
        "type": "x_ovos.response.word_times", "response_id": "resp_1", "content_index": 0, "from_ms": 0,
        "words": [{"end": 3, "at_ms": 0}, {"end": 8, "at_ms": 240}], "estimated": False,
    })  # fmt: skip
    script.post(speaks("resp_1", 100)).expect("response.output_audio.delta")
    script.post(phrase("resp_1", 9, 20), speaks("resp_1", 400)).expect("response.output_audio.delta")
    script.post(estimates("resp_1", (14, 0), (20, 300))).expect({
        "type": "x_ovos.response.word_times", "from_ms": 600,
        "words": [{"end": 14, "at_ms": 600}, {"end": 20, "at_ms": 900}], "estimated": True,
    })  # fmt: skip


def test_nobody_is_told_of_words_who_did_not_ask(play: Play) -> None:
    script = play(ignoring=("rate_limits.updated",)).send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Hi."), phrase("resp_1", 0, 3))
    script.take()
    script.post(speaks("resp_1", 20, (3, 0)), estimates("resp_1", (3, 0))).expect("response.output_audio.delta")


def test_nobody_is_told_of_time_who_did_not_ask(play: Play) -> None:
    script = play(ignoring=("rate_limits.updated",)).send(create()).expect(*REPLY_BEGINS)
    script.post(finished("resp_1")).expect("response.done", {"type": "Record", "origin": "client", "item_id": None})


def test_an_answer_that_was_asked_for_after_a_commit_has_the_time_line_of_that_turn(play: Play) -> None:
    script = play(realtime(turn_detection=None, transcription=None), ignoring=("Hear", "Forget", "rate_limits.updated"))
    script.send(append(500)).expect("StartTranscript").wait(0.5)
    script.send(commit()).expect("FinishTranscript", *COMMITTED, "Detect").wait(0.1)
    script.send(create(conversation="none")).expect("response.created")
    script.send(create()).expect("response.created").wait(0.1).post(transcribed("item_1", "hi")).expect(
        "StartReply", "StartReply"
    )
    script.send(cancel("resp_1")).expect(
        "StopReply", "response.done", {"type": "Record", "origin": "client", "item_id": None}
    )
    script.send(cancel("resp_2")).expect(
        "StopReply",
        "response.done",
        {
            "type": "Record",
            "origin": "commit",
            "item_id": "item_1",
            "status": "cancelled",
            "marks": {
                "turn_ended": 1000,
                "response_created": 1100,
                "transcript_final": 1200,
                "cancelled": 1200,
                "done": 1200,
            },
        },
    )


def test_a_turn_that_is_no_longer_the_last_has_lost_its_time_line(play: Play) -> None:
    script = play(
        realtime(turn_detection=vad(create_response=False)), ignoring=("Hear", "Forget", "rate_limits.updated")
    )
    turn(script, 500, 900, 1400, until_ms=1500)
    script.post(transcribed("item_1", "hi")).expect(*TRANSCRIBED_TELLS)
    script.send(item()).expect(*COMMITTED[1:]).send(create()).expect(*REPLY_BEGINS)
    script.send(cancel()).expect("StopReply", "response.done", {"type": "Record", "origin": "client"})


def test_a_failure_is_recorded_with_its_stage(play: Play) -> None:
    script = play(ignoring=("Hear", "Forget", "rate_limits.updated"))
    turn(script, 500, 900, 1400, until_ms=1500)
    script.post(not_transcribed("item_1")).expect(
        "conversation.item.input_audio_transcription.failed",
        "response.created",
        "response.done",
        {"type": "Record", "status": "failed", "failed_stage": "stt", "origin": "vad"},
    )


# ------------------------------------------------------------------------------------------------------- looking inside


def test_an_operator_sees_the_conversation_and_the_settings() -> None:
    session = new_session()
    Script(session, ignoring=BORING).send(item("x"))
    assert [stored.id for stored in session.conversation.items()] == ["x"]
    assert session.settings.audio.input.format.type == "audio/pcm"
