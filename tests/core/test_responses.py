"""Responses: how they begin, wait, are interrupted and end (protocol.md 4.10, 4.11, 6.2-6.12, 6.19)."""

from __future__ import annotations

import pytest

from ovos_voice_agent.core.offer import Limits, Offer
from tests.core.conftest import Play
from tests.core.stage import (
    COMMITTED,
    ITEM_CLOSES,
    MESSAGE_OPENS,
    REPLY_BEGINS,
    SPEECH_CLOSES,
    TEXT_CLOSES,
    TRANSCRIBED_TELLS,
    TURN_BEGINS,
    TURN_ENDS,
    Event,
    append,
    cancel,
    commit,
    create,
    failed,
    finished,
    item,
    phrase,
    realtime,
    refused,
    says,
    speaks,
    started,
    stopped,
    transcribed,
    truncate,
    turn,
    update,
    vad,
    words,
)

AUDIO_DELTA = "response.output_audio.delta"
TRANSCRIPT_DELTA = "response.output_audio_transcript.delta"
NOT_ACTIVE = "Cancellation failed: no active response found"


def done(status: str, details: Event | None = None, **response: object) -> Event:
    return {"type": "response.done", "response": {"status": status, "status_details": details, **response}}


TURN_DETECTED = done("cancelled", {"type": "cancelled", "reason": "turn_detected"})
CLIENT_CANCELLED = done("cancelled", {"type": "cancelled", "reason": "client_cancelled"})


# -------------------------------------------------------------------------------------------------------- whole answers


def test_text_in_text_out(play: Play) -> None:
    """6.2."""
    script = play().send(item()).expect(*COMMITTED[1:])
    script.send(create(output_modalities=["text"])).expect(
        {
            "type": "response.created",
            "response": {"status": "in_progress", "output": [], "usage": None, "conversation_id": "conv_1"},
        },
        {"type": "StartReply", "spoken": False},
    )
    script.post(says("resp_1", "Hi "), says("resp_1", ""), says("resp_1", "there.")).expect(
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {"id": "item_2", "status": "in_progress", "content": []},
        },
        {
            "type": "conversation.item.added",
            "previous_item_id": "item_1",
            "item": {"id": "item_2", "status": "in_progress"},
        },
        {"type": "response.content_part.added", "content_index": 0, "part": {"type": "text", "text": ""}},
        {"type": "response.output_text.delta", "delta": "Hi "},
        {"type": "response.output_text.delta", "delta": "there."},
    )
    final = {"id": "item_2", "status": "completed", "content": [{"type": "output_text", "text": "Hi there."}]}
    script.post(finished("resp_1", input_tokens=5, output_tokens=3)).expect(
        {"type": "response.output_text.done", "text": "Hi there."},
        {"type": "response.content_part.done", "part": {"type": "text", "text": "Hi there."}},
        {"type": "conversation.item.done", "previous_item_id": "item_1", "item": final},
        {"type": "response.output_item.done", "item": final},
        done("completed", output=[final], usage={"total_tokens": 8, "input_tokens": 5, "output_tokens": 3}),
    )


def test_text_in_audio_out(play: Play) -> None:
    """6.3."""
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Hi."), phrase("resp_1", 0, 3), speaks("resp_1", 40), speaks("resp_1", 0)).expect(
        *MESSAGE_OPENS[:2],
        {"type": MESSAGE_OPENS[2], "part": {"type": "audio", "transcript": ""}},
        {"type": TRANSCRIPT_DELTA, "delta": "Hi."},
        AUDIO_DELTA,
    )
    script.post(finished("resp_1")).expect(
        *SPEECH_CLOSES[:1],
        {"type": SPEECH_CLOSES[1], "transcript": "Hi."},
        {"type": SPEECH_CLOSES[2], "part": {"type": "audio", "transcript": "Hi."}},
        *ITEM_CLOSES,
        done("completed", output=[{"content": [{"type": "output_audio", "transcript": "Hi."}]}]),
    )


def test_a_spoken_turn_is_answered(play: Play) -> None:
    """6.4."""
    script = play()
    turn(script, 500, 1400, 1900, until_ms=3000)
    script.post(words("item_1", "how are")).expect(TRANSCRIBED_TELLS[0], "response.created")
    script.post(transcribed("item_1", "how are you")).expect(*TRANSCRIBED_TELLS, "StartReply")
    script.post(says("resp_1", "Fine.")).expect(*MESSAGE_OPENS, TRANSCRIPT_DELTA)
    script.post(finished("resp_1")).expect(*SPEECH_CLOSES, done("completed", usage={"input_tokens": 17}))


def test_an_answer_is_in_the_language_that_was_spoken_last(play: Play) -> None:
    script = play()
    turn(script, 500, 1400, 1900, until_ms=3000)
    german = transcribed("item_1", "wie geht es dir", language="de")
    script.post(words("item_1", "wie")).expect(TRANSCRIBED_TELLS[0], "response.created")
    script.post(german).expect(*TRANSCRIBED_TELLS, {"type": "StartReply", "language": "de"})
    script.post(finished("resp_1")).expect(done("completed"))
    script.send(item()).expect(*COMMITTED[1:])
    script.send(create()).expect("response.created", {"type": "StartReply", "language": None})


def test_the_language_that_a_client_wants_holds_for_a_session_or_for_one_answer(play: Play) -> None:
    script = play().send(update(x_ovos={"language": "de"})).expect("session.updated")
    script.send(create()).expect("response.created", {"type": "StartReply", "wanted_language": "de"})
    script.post(finished("resp_1")).take()
    script.send(create(x_ovos={"language": "fr"}))
    script.expect("response.created", {"type": "StartReply", "wanted_language": "fr"}).post(finished("resp_2")).take()
    script.send(update(x_ovos={"language": None})).expect("session.updated")
    _, order = script.send(create()).take()
    assert "wanted_language" not in order


def test_words_before_the_end_of_the_turn_announce_the_answer_at_once(play: Play) -> None:
    script = play().send(append(2000)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.post(words("item_1", "", any_words=True)).expect()
    script.post(stopped(1400, 1900)).expect(*TURN_ENDS, "response.created")
    script.post(transcribed("item_1", "")).expect("conversation.item.input_audio_transcription.completed", "StartReply")


def test_noise_is_not_answered(play: Play) -> None:
    script = play()
    turn(script, 500, 900, 1400, until_ms=1500)
    script.post(words("item_1", "", any_words=False)).expect()
    script.post(transcribed("item_1", "  ")).expect(*TRANSCRIBED_TELLS)
    script.send(create()).expect({"type": "response.created", "response": {"id": "resp_2"}}, "StartReply")


def test_push_to_talk(play: Play) -> None:
    """6.5: asked for, the response is announced at once and waits for the words."""
    script = play(realtime(turn_detection=None)).send(append(500)).expect("StartTranscript")
    script.send(commit()).expect("FinishTranscript", *COMMITTED, "Detect")
    script.send(create()).expect("response.created")
    script.post(transcribed("item_1", "")).expect("conversation.item.input_audio_transcription.completed", "StartReply")


def test_a_commit_during_speech_is_not_answered_by_itself(play: Play) -> None:
    script = play().send(append(1500)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.send(commit()).expect("FinishTranscript", *COMMITTED, "Detect")
    script.post(transcribed("item_1", "hello")).expect(*TRANSCRIBED_TELLS)


# --------------------------------------------------------------------------------------------------------- interruption


def test_barge_in(play: Play) -> None:
    """6.6: speech_started first, then the end of what was open."""
    script = play().send(append(3000)).expect().send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Long"), speaks("resp_1", 100)).expect(*MESSAGE_OPENS, TRANSCRIPT_DELTA, AUDIO_DELTA)
    final = {"id": "item_1", "status": "incomplete", "content": [{"type": "output_audio", "transcript": "Long"}]}
    script.post(started(500)).expect(
        *TURN_BEGINS,
        {"type": "StopReply", "response_id": "resp_1"},
        *SPEECH_CLOSES[:3],
        {"type": "conversation.item.done", "item": final},
        {"type": "response.output_item.done", "item": final},
        TURN_DETECTED,
    )
    script.post(says("resp_1", "er"), speaks("resp_1", 100), phrase("resp_1", 0, 1), finished("resp_1")).expect()
    script.send(truncate("item_1", 60)).expect({"type": "conversation.item.truncated", "audio_end_ms": 60})


@pytest.mark.parametrize("interrupt", [True, False])
@pytest.mark.parametrize("answer", [True, False])
def test_all_four_ways(play: Play, answer: bool, interrupt: bool) -> None:
    detection = vad(create_response=answer, interrupt_response=interrupt)
    script = play(realtime(turn_detection=detection, transcription=None)).send(append(3000)).expect()
    script.send(create()).expect(*REPLY_BEGINS)
    script.post(started(500)).expect(*TURN_BEGINS, *(["StopReply", TURN_DETECTED] if interrupt else []))
    script.post(stopped(900, 1400)).expect(*TURN_ENDS)
    script.post(transcribed("item_1", "stop")).expect(*(REPLY_BEGINS if answer and interrupt else ()))
    if not interrupt:
        script.post(finished("resp_1")).expect(done("completed"))
        turn(script, 2000, 2400, 2900)
        script.post(transcribed("item_2", "now")).expect(*(REPLY_BEGINS if answer else ()))


def test_barge_in_does_not_stop_out_of_band_responses(play: Play) -> None:
    script = play(realtime(transcription=None)).send(append(3000)).expect()
    script.send(create(conversation="none")).expect(*REPLY_BEGINS)
    script.post(started(500)).expect(*TURN_BEGINS)
    script.post(finished("resp_1")).expect(done("completed"))


def test_speech_stops_an_answer_that_was_announced_and_waits(play: Play) -> None:
    script = play(realtime(transcription=None))
    turn(script, 500, 900, 1400, until_ms=3000)
    script.post(words("item_1", "wait")).expect("response.created")
    script.post(started(1600)).expect(*TURN_BEGINS, TURN_DETECTED)
    script.post(transcribed("item_1", "wait")).expect()
    script.post(stopped(2000, 2500)).expect(*TURN_ENDS)
    script.post(transcribed("item_2", "")).expect()


def test_speech_withdraws_an_answer_that_nobody_knows_of(play: Play) -> None:
    """And noise afterwards is answered, or the first turn would never be."""
    script = play(realtime(transcription=None))
    turn(script, 500, 900, 1400, until_ms=3000)
    script.post(started(1600)).expect(*TURN_BEGINS)
    script.post(transcribed("item_1", "hello")).expect()
    script.post(stopped(2000, 2500)).expect(*TURN_ENDS)
    script.post(transcribed("item_2", "")).expect(
        {"type": "response.created"}, {"type": "StartReply", "items": [{"id": "item_1"}, {"id": "item_2"}]}
    )


def test_noise_after_noise_is_not_answered(play: Play) -> None:
    script = play(realtime(transcription=None))
    turn(script, 500, 900, 1400, until_ms=3000)
    script.post(started(1600)).expect(*TURN_BEGINS)
    script.post(transcribed("item_1", "")).expect()
    script.post(stopped(2000, 2500)).expect(*TURN_ENDS)
    script.post(transcribed("item_2", "")).expect()


def test_once_answered_a_lost_turn_is_forgotten(play: Play) -> None:
    script = play(realtime(transcription=None))
    turn(script, 200, 400, 900, until_ms=5000)
    turn(script, 1000, 1400, 1900)
    script.post(transcribed("item_1", "hello"), transcribed("item_2", "")).expect(*REPLY_BEGINS)
    script.post(finished("resp_2")).expect(done("completed"))
    turn(script, 2500, 2900, 3400)
    script.post(transcribed("item_3", "")).expect()


# ------------------------------------------------------------------------------------------------ one at a time, cancel


def test_one_response_at_a_time_writes_to_the_conversation(play: Play) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    message = (
        "Conversation already has an active response in progress: resp_1. "
        "Wait until the response is finished before creating a new one."
    )
    refused(script, create(), "conversation_already_has_active_response", message)
    script.post(finished("resp_1")).expect(done("completed"))
    script.send(create()).expect(*REPLY_BEGINS)


def test_a_turn_whose_words_are_awaited_counts_as_a_response(play: Play) -> None:
    script = play(realtime(transcription=None))
    turn(script, 500, 900, 1400, until_ms=1500)
    script.send({**create(), "event_id": "mine"}).expect(
        {"type": "error", "error": {"code": "conversation_already_has_active_response", "event_id": "mine"}}
    )
    script.send(cancel()).expect("response.created", CLIENT_CANCELLED)


def test_out_of_band_responses_run_beside_it_up_to_a_limit(play: Play) -> None:
    script = play(offer=Offer(limits=Limits(out_of_band_responses=2))).send(create()).expect(*REPLY_BEGINS)
    for _ in range(2):
        script.send(create(conversation="none")).expect(*REPLY_BEGINS)
    message = "This session has reached its limit of 2 out-of-band responses at a time."
    refused(script, create(conversation="none"), "rate_limit_exceeded", message)
    script.post(finished("resp_2")).expect(done("completed"))
    script.send(create(conversation="none")).expect(*REPLY_BEGINS)


def test_an_out_of_band_response_tells_nothing_of_the_conversation(play: Play) -> None:
    """6.12."""
    script = play().send(create(conversation="none", metadata={"topic": "x"}, input=[], output_modalities=["text"]))
    own = {"conversation_id": None, "metadata": {"topic": "x"}}
    script.expect({"type": "response.created", "response": own}, {"type": "StartReply", "items": []})
    script.post(says("resp_1", "Hi")).expect(
        "response.output_item.added", MESSAGE_OPENS[2], "response.output_text.delta"
    )
    script.post(finished("resp_1")).expect(*TEXT_CLOSES[:2], "response.output_item.done", done("completed", **own))


def test_cancel_closes_what_is_open(play: Play) -> None:
    """6.7."""
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Hi")).expect(*MESSAGE_OPENS, TRANSCRIPT_DELTA)
    script.send(cancel()).expect("StopReply", *SPEECH_CLOSES, CLIENT_CANCELLED)
    refused(script, cancel(), "response_cancel_not_active", NOT_ACTIVE)


def test_cancel_before_anything_was_made(play: Play) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    nothing = done("cancelled", {"type": "cancelled", "reason": "client_cancelled"}, output=[])
    script.send(cancel("resp_1")).expect("StopReply", nothing)
    refused(script, cancel("resp_1"), "response_cancel_not_active", NOT_ACTIVE)


def test_cancel_without_an_id_means_that_of_the_conversation(play: Play) -> None:
    script = play().send(create(conversation="none")).expect(*REPLY_BEGINS)
    refused(script, cancel(), "response_cancel_not_active", NOT_ACTIVE)
    refused(script, cancel("resp_7"), "response_cancel_not_active", NOT_ACTIVE)
    script.send(cancel("resp_1")).expect("StopReply", CLIENT_CANCELLED)


# --------------------------------------------------------------------------------------------------------------- ending


@pytest.mark.parametrize(("reason", "told"), [("length", "max_output_tokens"), ("content_filter", "content_filter")])
def test_what_is_cut_off_is_incomplete(play: Play, reason: str, told: str) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Hi")).expect(*MESSAGE_OPENS, TRANSCRIPT_DELTA)
    script.post(finished("resp_1", reason)).expect(
        *SPEECH_CLOSES[:3],
        {"type": "conversation.item.done", "item": {"status": "incomplete"}},
        "response.output_item.done",
        done("incomplete", {"type": "incomplete", "reason": told}),
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("server_error", "server_error"),
        ("model_unavailable", "server_error"),
        ("context_length_exceeded", "invalid_request_error"),
    ],
)
def test_a_failure_closes_what_is_open_and_stops_the_rest(play: Play, code: str, kind: str) -> None:
    script = play().send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Hi")).expect(*MESSAGE_OPENS, TRANSCRIPT_DELTA)
    error = {"type": kind, "code": code, "message": "The model failed."}
    script.post(failed("resp_1", "tts", code)).expect(
        "StopReply", *SPEECH_CLOSES, done("failed", {"type": "failed", "error": error}, usage={"output_tokens": 0})
    )
    script.post(failed("resp_1"), finished("resp_1"), says("resp_1", "x")).expect()
    script.send(create()).expect(*REPLY_BEGINS)


def test_the_voice_is_fixed_once_it_was_heard(play: Play) -> None:
    script = play().send(create(audio={"output": {"voice": "cedar"}}))
    script.expect({"type": "response.created"}, {"type": "StartReply", "voice": "cedar"})
    script.post(speaks("resp_1", 20), finished("resp_1")).take()
    message = "Cannot update a conversation's voice if assistant audio is present."
    refused(
        script,
        create(audio={"output": {"voice": "cedar"}}),
        "cannot_update_voice",
        message,
        "response.audio.output.voice",
    )
    script.send(update(instructions="x")).expect("session.updated")
    script.send(create(audio={"output": {"voice": "marin"}})).expect(*REPLY_BEGINS)
