"""Turns: announced, committed, abandoned; positions to the sample; the client's commit and clear (6.4, 6.5, 7)."""

from __future__ import annotations

import pytest

from ovos_voice_agent.core.offer import Limits, Offer
from ovos_voice_agent.protocol.settings import SemanticVad
from tests.core.conftest import Play
from tests.core.stage import (
    COMMITTED,
    TURN_BEGINS,
    TURN_ENDS,
    append,
    append_bytes,
    base64_of,
    commit,
    heard_until,
    item,
    ms,
    naming,
    not_transcribed,
    pcm,
    realtime,
    refused,
    started,
    stopped,
    transcribed,
    turn,
    update,
    vad,
    words,
)

CLEAR = {"type": "input_audio_buffer.clear"}
QUIET = realtime(turn_detection=vad(create_response=False), transcription=None)
BY_HAND = realtime(turn_detection=None, transcription=None)
EMPTY = (
    "Error committing input audio buffer: buffer too small. "
    "Expected at least 100ms of audio, but buffer only has {} of audio."
)
NO_DETECTION = update(heard={"turn_detection": None})
DETECTION = update(heard={"turn_detection": {"type": "server_vad", "create_response": False}})


# ---------------------------------------------------------------------------------------------------------- positions


def test_the_numbers_of_the_document(play: Play) -> None:
    script = play(QUIET).send(append(5000)).expect()
    begin = {"type": "input_audio_buffer.speech_started", "item_id": "item_1", "audio_start_ms": 1460}
    script.post(started(1760)).expect(begin, {"type": "StartTranscript", "item_id": "item_1", "start": ms(1460)})
    script.post(stopped(4000, 4512)).expect(
        {"type": "input_audio_buffer.speech_stopped", "item_id": "item_1", "audio_end_ms": 4512},
        {"type": "FinishTranscript", "item_id": "item_1", "end": ms(4512)},
        {"type": "input_audio_buffer.committed", "item_id": "item_1", "previous_item_id": None},
        {
            "type": "conversation.item.added",
            "item": {"id": "item_1", "content": [{"type": "input_audio", "transcript": None}]},
        },
        "conversation.item.done",
    )
    script.post(transcribed("item_1", "")).expect()


def test_the_item_holds_the_audio_between_the_two_positions(play: Play) -> None:
    script = play(QUIET)
    turn(script, 500, 900, 1400, until_ms=1500)
    kept = base64_of(pcm(1500)[200 * 48 : 1400 * 48])
    script.send(naming("retrieve", "item_1")).expect(
        {"type": "conversation.item.retrieved", "item": {"content": [{"type": "input_audio", "audio": kept}]}}
    )


def test_positions_keep_growing_over_turns(play: Play) -> None:
    script = play(QUIET)
    for number, onset in enumerate((1760, 9248, 16736), start=1):
        script.send(append(7000)).expect()
        script.post(started(onset)).expect({"type": TURN_BEGINS[0], "audio_start_ms": onset - 300}, TURN_BEGINS[1])
        script.post(stopped(onset + 2000, onset + 2496)).expect(
            {"type": TURN_ENDS[0], "audio_end_ms": onset + 2496, "item_id": f"item_{number}"}, *TURN_ENDS[1:]
        )


def test_a_turn_begins_neither_before_the_audio_nor_in_the_turn_before(play: Play) -> None:
    script = play(QUIET).send(append(3000)).expect()
    script.post(started(100)).expect({"type": TURN_BEGINS[0], "audio_start_ms": 0}, TURN_BEGINS[1])
    script.post(stopped(1000, 1500)).expect(*TURN_ENDS)
    script.post(started(1600)).expect({"type": TURN_BEGINS[0], "audio_start_ms": 1500}, TURN_BEGINS[1])


def test_semantic_detection_pads_like_the_other(play: Play) -> None:
    script = play(realtime(turn_detection=SemanticVad())).send(append(2000)).expect()
    script.post(started(1000)).expect({"type": TURN_BEGINS[0], "audio_start_ms": 700}, TURN_BEGINS[1])


def test_odd_bytes_are_joined_across_appends_and_a_turn(play: Play) -> None:
    script, whole = play(BY_HAND, ignoring=("Forget",)), pcm(200)
    script.send(append_bytes(whole[:4801])).expect(
        {"type": "Hear", "audio": base64_of(whole[:4800])}, "StartTranscript"
    )
    script.send(append_bytes(whole[4801:])).expect({"type": "Hear", "audio": base64_of(whole[4800:]), "start": ms(100)})
    script.send(append_bytes(b"")).expect()
    script.send(commit()).expect("FinishTranscript", *COMMITTED, "Detect")


def test_an_odd_byte_is_dropped_at_commit_and_clear(play: Play) -> None:
    script = play(BY_HAND, ignoring=("Forget",))
    script.send(append_bytes(pcm(100) + b"x")).expect("Hear", "StartTranscript")
    script.send(commit()).expect("FinishTranscript", *COMMITTED, "Detect")
    script.send(append_bytes(b"abc")).expect({"type": "Hear", "audio": base64_of(b"ab")}, "StartTranscript")
    script.send(CLEAR).expect("DropTranscript", "input_audio_buffer.cleared", "Detect")
    script.send(append_bytes(b"de")).expect({"type": "Hear", "audio": base64_of(b"de")}, "StartTranscript")


def test_a_format_changes_in_mid_stream(play: Play) -> None:
    script = play(BY_HAND, ignoring=("Forget", "session.updated"))
    script.send(append_bytes(pcm(100) + b"x")).expect("Hear", "StartTranscript")
    script.send(update(heard={"format": {"type": "audio/pcmu"}})).expect()
    ulaw = {"encoding": "pcmu", "rate_hz": 8000}
    script.send(append_bytes(bytes(800))).expect({"type": "Hear", "start": ms(100), "format": ulaw})
    script.send(commit()).expect({"type": "FinishTranscript", "end": ms(200)}, *COMMITTED, "Detect")
    script.send(naming("retrieve", "item_1")).expect(
        {"type": "conversation.item.retrieved", "item": {"content": [{"type": "input_audio", "transcript": None}]}}
    )


# ------------------------------------------------------------------------------------------------------------- by hand


@pytest.mark.parametrize(("audio_ms", "told"), [(0, "0.00ms"), (20, "20.00ms"), (99.5, "99.50ms")])
def test_a_commit_needs_100_ms(play: Play, audio_ms: float, told: str) -> None:
    script = play(BY_HAND, ignoring=("Hear", "StartTranscript")).send(append(audio_ms)).expect()
    refused(script, commit(), "input_audio_buffer_commit_empty", EMPTY.format(told))
    script.send(append(100 - audio_ms)).expect()
    script.send(commit()).expect("FinishTranscript", "Forget", *COMMITTED, "Detect")
    refused(script, commit(), "input_audio_buffer_commit_empty", EMPTY.format("0.00ms"))


def test_a_commit_is_100_ms_in_g711_too(play: Play) -> None:
    script = play(BY_HAND).send(update(heard={"format": {"type": "audio/pcma"}})).expect("session.updated")
    script.send(append_bytes(bytes(799))).expect("StartTranscript")
    refused(script, commit(), "input_audio_buffer_commit_empty", EMPTY.format("99.88ms"))
    script.send(append_bytes(bytes(1))).send(commit()).expect("FinishTranscript", *COMMITTED, "Detect")


def test_a_commit_takes_all_since_the_last_and_no_response_follows(play: Play) -> None:
    script = play(BY_HAND).send(append(300)).expect({"type": "StartTranscript", "item_id": "item_1", "start": 0})
    script.send(commit()).expect(
        {"type": "FinishTranscript", "item_id": "item_1", "end": ms(300)},
        {"type": "input_audio_buffer.committed", "item_id": "item_1", "previous_item_id": None},
        *COMMITTED[1:],
        {"type": "Detect", "detection": 1, "settings": None, "fresh": False},
    )
    script.send(append(200)).expect({"type": "StartTranscript", "item_id": "item_2", "start": ms(300)})
    script.send(commit()).expect(
        {"type": "FinishTranscript", "end": ms(500)},
        {"type": "input_audio_buffer.committed", "item_id": "item_2", "previous_item_id": "item_1"},
        *COMMITTED[1:],
        "Detect",
    )
    script.post(transcribed("item_1", "one"), transcribed("item_2", "two")).expect()


def test_a_commit_during_speech_takes_its_id_and_starts_the_detector_anew(play: Play) -> None:
    script = play().send(append(1000)).expect()
    script.post(started(500)).expect(*TURN_BEGINS)
    script.send(commit()).expect(
        {"type": "FinishTranscript", "item_id": "item_1", "end": ms(1000)},
        {"type": "input_audio_buffer.committed", "item_id": "item_1"},
        *COMMITTED[1:],
        {"type": "Detect", "detection": 1, "start": ms(1000), "fresh": False},
    )
    script.post(stopped(900, 1400), heard_until(5000), started(1200)).expect()  # All of the detection before.
    script.send(append(500)).expect()
    script.post(started(1100, detection=1)).expect(
        {"type": TURN_BEGINS[0], "item_id": "item_2", "audio_start_ms": 1000}, TURN_BEGINS[1]
    )


def test_a_commit_with_detection_and_no_speech_takes_what_is_left(play: Play) -> None:
    script = play(QUIET, ignoring=("Hear",)).send(append(8000)).expect()
    script.post(heard_until(8000)).expect({"type": "Forget", "before": ms(5700)})
    script.post(heard_until(8100)).expect()
    script.send(commit()).expect(
        {"type": "StartTranscript", "start": ms(5700)},
        {"type": "FinishTranscript", "end": ms(8000)},
        "Forget",
        *COMMITTED,
        "Detect",
    )


def test_nothing_is_let_go_while_someone_speaks_or_without_detection(play: Play) -> None:
    script = play(QUIET, ignoring=("Hear", "session.updated", "StartTranscript")).send(append(8000)).expect()
    script.post(started(1000)).expect(TURN_BEGINS[0])
    script.post(heard_until(8000)).expect()
    script.send(NO_DETECTION).expect("DropTranscript", {"type": "Detect", "detection": 1})
    script.post(heard_until(8000, detection=1)).expect()


def test_a_full_buffer_refuses_audio_until_it_is_emptied(play: Play) -> None:
    script = play(BY_HAND, offer=Offer(limits=Limits(buffer_seconds=1)), ignoring=("Hear", "Forget", "StartTranscript"))
    script.send(append(900)).expect()
    message = "The input audio buffer is full: it holds at most 1 seconds of audio. Commit or clear it first."
    refused(script, append(101), "input_audio_buffer_overflow", message)
    script.send(append(100)).expect()
    script.send(commit()).expect({"type": "FinishTranscript", "end": ms(1000)}, *COMMITTED, "Detect")
    script.send(append(1000)).expect()


def test_a_full_conversation_refuses_a_commit_and_keeps_the_audio(play: Play) -> None:
    script = play(BY_HAND, offer=Offer(limits=Limits(items=1)), ignoring=("Hear", "Forget", "StartTranscript"))
    script.send(item()).expect(*COMMITTED[1:]).send(append(200)).expect()
    refused(script, commit(), "session_limit_reached", "This session has reached its limit of 1 items.")
    script.send(naming("delete", "item_1")).expect("conversation.item.deleted")
    script.send(commit()).expect({"type": "FinishTranscript", "end": ms(200)}, *COMMITTED, "Detect")


def test_a_full_conversation_takes_no_spoken_turn_and_lets_its_audio_go(play: Play) -> None:
    script = play(QUIET, offer=Offer(limits=Limits(items=1)), ignoring=("Hear", "session.updated", "StartTranscript"))
    script.send(item()).expect(*COMMITTED[1:]).send(append(3000))
    script.post(started(1000)).expect(TURN_BEGINS[0])
    full = {"code": "session_limit_reached", "message": "This session has reached its limit of 1 items."}
    script.post(stopped(1500, 2000)).expect(
        "input_audio_buffer.speech_stopped",
        "DropTranscript",
        {"type": "Forget", "before": ms(2000)},
        {"type": "error", "error": {**full, "type": "invalid_request_error", "param": None, "event_id": None}},
    )


# -------------------------------------------------------------------------------------------------- clear, off and on


def test_clear_abandons_speech_and_the_clock_goes_on(play: Play) -> None:
    script = play(ignoring=("Hear",)).send(append(1000)).expect()
    script.post(started(500)).expect(*TURN_BEGINS)
    script.send(CLEAR).expect(
        {"type": "DropTranscript", "item_id": "item_1"},
        "input_audio_buffer.cleared",
        {"type": "Forget", "before": ms(1000)},
        {"type": "Detect", "detection": 1, "start": ms(1000), "fresh": True},
    )
    script.post(stopped(900, 1400), transcribed("item_1", "late"), words("item_1", "late")).expect()
    script.send(append(1000)).expect()
    script.post(started(1100, detection=1)).expect(
        {"type": TURN_BEGINS[0], "item_id": "item_2", "audio_start_ms": 1000}, TURN_BEGINS[1]
    )


def test_clear_never_fails(play: Play) -> None:
    script = play().send(CLEAR).expect("input_audio_buffer.cleared", "Detect")
    script.send(CLEAR).expect("input_audio_buffer.cleared", "Detect")


def test_abandoned_speech_with_deltas_is_told_to_have_failed(play: Play) -> None:
    script = play().send(append(1000)).expect()
    script.post(started(500)).expect(*TURN_BEGINS)
    script.post(words("item_1", "good ")).expect("conversation.item.input_audio_transcription.delta")
    error = {"type": "transcription_error", "code": "cancelled", "param": ""}
    script.send(CLEAR).expect(
        "DropTranscript",
        {
            "type": "conversation.item.input_audio_transcription.failed",
            "item_id": "item_1",
            "content_index": 0,
            "error": error,
        },
        "input_audio_buffer.cleared",
        "Detect",
    )


def test_detection_goes_off_during_speech_and_the_audio_stays(play: Play) -> None:
    script = play(QUIET).send(append(1000)).expect()
    script.post(started(500)).expect(*TURN_BEGINS)
    script.send(NO_DETECTION).expect(
        "session.updated",
        {"type": "DropTranscript", "item_id": "item_1"},
        {"type": "Detect", "detection": 1, "settings": None, "start": ms(1000), "fresh": False},
        {"type": "StartTranscript", "item_id": "item_2", "start": 0},
    )
    script.post(stopped(900, 1400), not_transcribed("item_1")).expect()
    script.send(commit()).expect(
        {"type": "FinishTranscript", "item_id": "item_2", "end": ms(1000)}, *COMMITTED, "Detect"
    )


def test_detection_goes_on_and_hears_what_follows(play: Play) -> None:
    script = play(BY_HAND).send(append(1000)).expect({"type": "StartTranscript", "item_id": "item_1"})
    script.send(DETECTION).expect(
        "session.updated",
        {"type": "DropTranscript", "item_id": "item_1"},
        {"type": "Detect", "detection": 1, "settings": {"type": "server_vad"}, "start": ms(1000), "fresh": False},
    )
    script.send(append(1000)).expect()
    script.post(started(1100, detection=1)).expect(
        {"type": TURN_BEGINS[0], "item_id": "item_2", "audio_start_ms": 800}, TURN_BEGINS[1]
    )


def test_detection_goes_off_and_on_without_audio(play: Play) -> None:
    script = play(QUIET).send(NO_DETECTION).expect("session.updated", {"type": "Detect", "detection": 1})
    script.send(DETECTION).expect("session.updated", {"type": "Detect", "detection": 2, "start": 0})


def test_other_numbers_for_the_same_detection_do_not_restart_it(play: Play) -> None:
    script = play(QUIET).send(append(1000)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.send(update(heard={"turn_detection": {"type": "server_vad", "silence_duration_ms": 900}})).expect(
        "session.updated", {"type": "Detect", "detection": 0, "settings": {"silence_duration_ms": 900}}
    )
    script.post(stopped(900, 1000)).expect(*TURN_ENDS)


def test_edges_that_make_no_sense_are_nothing(play: Play) -> None:
    script = play(QUIET).send(append(1000)).expect().post(stopped(100, 600)).expect()
    script.post(started(500), started(600)).expect(*TURN_BEGINS)
    script.send(NO_DETECTION).expect("session.updated", "DropTranscript", "Detect", "StartTranscript")
    script.post(started(700, detection=1)).expect()
