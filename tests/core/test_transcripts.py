"""Input transcription as clients see it (protocol.md 5.4, 7.4)."""

from __future__ import annotations

from ovos_voice_agent.protocol.settings import Transcription
from tests.core.conftest import Play
from tests.core.stage import (
    COMMITTED,
    TURN_BEGINS,
    TURN_ENDS,
    append,
    commit,
    not_transcribed,
    realtime,
    started,
    stopped,
    transcribed,
    transcribing,
    turn,
    update,
    vad,
    words,
)

DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"
FAILED = "conversation.item.input_audio_transcription.failed"
LISTENING = realtime(turn_detection=vad(create_response=False))
BY_HAND = realtime(turn_detection=None)
LOGPROBS = ["item.input_audio_transcription.logprobs"]


def test_deltas_come_while_the_person_speaks_and_only_what_is_new(play: Play) -> None:
    script = play(LISTENING).send(append(3000)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.post(words("item_1", "")).expect()
    script.post(words("item_1", "good ")).expect(
        {"type": DELTA, "item_id": "item_1", "content_index": 0, "delta": "good "}
    )
    script.post(words("item_1", "good ")).expect()
    script.post(words("item_1", "good day ")).expect({"type": DELTA, "delta": "day "})
    script.post(stopped(1400, 1900)).expect(*TURN_ENDS)
    usage = {"type": "duration", "seconds": 1.7}
    script.post(transcribed("item_1", "good day to you")).expect(
        {"type": DELTA, "delta": "to you"},
        {"type": COMPLETED, "item_id": "item_1", "content_index": 0, "transcript": "good day to you", "usage": usage},
    )
    script.post(transcribed("item_1", "again"), words("item_1", "again"), not_transcribed("item_1")).expect()


def test_a_revised_transcript_completes_without_a_delta(play: Play) -> None:
    script = play(LISTENING)
    turn(script, 500, 900, 1400, until_ms=1500)
    script.post(words("item_1", "wood ")).expect(DELTA)
    script.post(words("item_1", "good day ")).expect()
    script.post(transcribed("item_1", "good day")).expect({"type": COMPLETED, "transcript": "good day"})


def test_silence_completes_empty(play: Play) -> None:
    script = play(LISTENING)
    turn(script, 500, 900, 1400, until_ms=1500)
    script.post(transcribed("item_1", "")).expect({"type": COMPLETED, "transcript": ""})


def test_a_failure_has_strings_only(play: Play) -> None:
    script = play(LISTENING)
    turn(script, 500, 900, 1400, until_ms=1500)
    error = {"type": "transcription_error", "code": "audio_unintelligible", "message": "Noise.", "param": ""}
    script.post(not_transcribed("item_1", "audio_unintelligible", "Noise.")).expect(
        {"type": FAILED, "item_id": "item_1", "content_index": 0, "error": error}
    )


def test_before_the_commit_without_detection_deltas_are_held_back(play: Play) -> None:
    script = play(BY_HAND).send(append(500)).expect("StartTranscript")
    script.post(words("item_1", "good "), transcribed("item_1", "too early"), not_transcribed("item_1")).expect()
    script.send(commit()).expect("FinishTranscript", *COMMITTED, {"type": DELTA, "delta": "good "}, "Detect")
    script.post(transcribed("item_1", "good")).expect({"type": COMPLETED, "transcript": "good"})


def test_nobody_is_told_who_did_not_ask_but_the_model_has_the_words(play: Play) -> None:
    script = play(realtime(transcription=None))
    turn(script, 500, 900, 1400, until_ms=1500)
    script.post(words("item_1", "good ")).expect("response.created")
    told = {"id": "item_1", "content": [{"type": "input_audio", "transcript": "good day"}]}
    script.post(transcribed("item_1", "good day")).expect({"type": "StartReply", "items": [told]})


def test_nobody_is_told_of_a_failure_who_did_not_ask(play: Play) -> None:
    script = play(realtime(transcription=None, turn_detection=vad(create_response=False)))
    turn(script, 500, 900, 1400, until_ms=1500)
    script.post(not_transcribed("item_1")).expect()


def test_transcription_counts_that_is_in_force_at_the_commit(play: Play) -> None:
    script = play(realtime(transcription=None, turn_detection=None)).send(append(500)).expect("StartTranscript")
    script.post(words("item_1", "good ")).send(update(heard={"transcription": {"model": "x"}}))
    script.expect("session.updated").send(commit())
    script.expect("FinishTranscript", *COMMITTED, {"type": DELTA, "delta": "good "}, "Detect")
    script.post(transcribed("item_1", "good")).expect(COMPLETED)


def test_of_what_has_deltas_the_end_is_told_although_transcription_went_off(play: Play) -> None:
    script = play(LISTENING).send(append(1500)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.post(words("item_1", "good ")).expect(DELTA)
    script.send(update(heard={"transcription": None})).expect("session.updated")
    script.post(stopped(900, 1400)).expect(*TURN_ENDS)
    script.post(transcribed("item_1", "good")).expect(COMPLETED)
    turn(script, 2000, 2500, 3000, until_ms=2000)
    script.post(transcribed("item_2", "good")).expect()


def test_log_probabilities_for_those_who_include_them(play: Play) -> None:
    script = play(LISTENING).send(update(include=LOGPROBS)).expect("session.updated").send(append(1500)).expect()
    script.post(started(500)).expect(*TURN_BEGINS)
    script.post(stopped(900, 1400)).expect(TURN_ENDS[0], {"type": "FinishTranscript", "logprobs": True}, *COMMITTED)
    logprobs = [{"token": "gr\u00fc\u00df", "logprob": -0.5, "bytes": [103, 114, 195, 188, 195, 159]}]
    script.post(transcribed("item_1", "grüß", logprobs=(("grüß", -0.5),))).expect(
        DELTA, {"type": COMPLETED, "logprobs": logprobs}
    )


def test_log_probabilities_are_left_out_otherwise(play: Play) -> None:
    script = play(LISTENING)
    turn(script, 500, 900, 1400, until_ms=1500)
    script.post(transcribed("item_1", "hi", logprobs=(("hi", -0.5),)))
    assert [set(event) & {"logprobs"} for event in script.take()] == [set(), set()]


def test_a_transcription_session_reports_from_its_first_turn_on(play: Play) -> None:
    script = play(transcribing()).send(append(1500)).expect()
    script.post(started(500)).expect(TURN_BEGINS[0], {"type": "StartTranscript", "settings": {"model": "whisper-1"}})
    script.post(words("item_1", "hi ")).expect(DELTA)
    script.post(stopped(900, 1400)).expect(*TURN_ENDS)
    script.post(transcribed("item_1", "hi there")).expect(DELTA, COMPLETED)


def test_turns_finish_in_any_order(play: Play) -> None:
    script = play(transcribing(transcription=Transcription("whisper-1")))
    turn(script, 500, 900, 1400, until_ms=5000)
    turn(script, 2500, 2900, 3400)
    script.post(transcribed("item_2", "two")).expect(DELTA, {"type": COMPLETED, "item_id": "item_2"})
    script.post(transcribed("item_1", "one")).expect(DELTA, {"type": COMPLETED, "item_id": "item_1"})
