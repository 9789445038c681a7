"""The idle timeout (protocol.md 6.17)."""

from __future__ import annotations

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.idle import TIMER
from ovos_voice_agent.testing.scripts import Script
from tests.core.conftest import Play
from tests.core.stage import (
    COMMITTED,
    REPLY_BEGINS,
    TRANSCRIBED_TELLS,
    TURN_BEGINS,
    TURN_ENDS,
    append,
    base64_of,
    create,
    finished,
    naming,
    pcm,
    realtime,
    speaks,
    started,
    stopped,
    transcribed,
    update,
    vad,
)

IDLE = realtime(turn_detection=vad(idle_timeout_ms=6000))
FIRED = ee.TimerFired(TIMER)


def answered(play: Play) -> Script:
    """Two seconds of audio came, then an answer of three seconds was made in one second: it is played at 5."""
    script = play(IDLE).send(append(2000)).expect().wait(2.0)
    script.send(create()).expect(*REPLY_BEGINS).post(speaks("resp_1", 3000))
    script.take()
    script.wait(1.0).post(finished("resp_1"))
    assert script.take()[-1] == {"type": "SetTimer", "name": TIMER, "at": 11.0}
    return script


def test_when_nobody_speaks_the_silence_is_committed_and_answered(play: Play) -> None:
    script = answered(play).wait(8.0).send(append(9000)).expect()
    silence = {"item_id": "item_2", "audio_start_ms": 5000, "audio_end_ms": 11_000}  # From the end of playback on.
    script.post(FIRED).expect(
        {"type": "input_audio_buffer.timeout_triggered", **silence},
        {"type": "input_audio_buffer.committed", "item_id": "item_2", "previous_item_id": "item_1"},
        {"type": "conversation.item.added", "item": {"content": [{"type": "input_audio", "transcript": None}]}},
        "conversation.item.done",
        {"type": TRANSCRIBED_TELLS[1], "transcript": "", "usage": {"seconds": 6.0}},
        *REPLY_BEGINS,
    )


def test_the_silence_is_what_was_heard_of_it(play: Play) -> None:
    script = answered(play).send(append(3000)).expect()
    script.wait(5.0)
    begun = {"type": "input_audio_buffer.timeout_triggered", "audio_start_ms": 4000, "audio_end_ms": 10_000}
    script.post(FIRED).expect(begun, *COMMITTED, TRANSCRIBED_TELLS[1], *REPLY_BEGINS)
    kept = base64_of(pcm(3000)[2000 * 48 :])
    script.send(naming("retrieve", "item_2")).expect(
        {"type": "conversation.item.retrieved", "item": {"content": [{"type": "input_audio", "audio": kept}]}}
    )


def test_without_any_audio_the_wall_clock_decides(play: Play) -> None:
    script = play(IDLE).send(create()).expect(*REPLY_BEGINS).post(finished("resp_1"))
    script.expect("response.done", {"type": "SetTimer", "at": 6.0}).wait(6.0)
    begun = {"type": "input_audio_buffer.timeout_triggered", "audio_start_ms": 0, "audio_end_ms": 6000}
    script.post(FIRED).expect(begun, *COMMITTED, TRANSCRIBED_TELLS[1], *REPLY_BEGINS)


def test_speech_stops_the_wait_and_its_answer_begins_another(play: Play) -> None:
    script = answered(play).send(append(2000)).expect()
    script.post(started(2500)).expect(*TURN_BEGINS, {"type": "ClearTimer", "name": TIMER})
    script.post(FIRED).expect()
    script.wait(2.0).post(stopped(3000, 3500)).expect(*TURN_ENDS, {"type": "SetTimer", "at": 11.0})
    script.post(transcribed("item_2", "yes")).expect(*TRANSCRIBED_TELLS, *REPLY_BEGINS)
    script.post(finished("resp_2")).expect("response.done", {"type": "SetTimer", "at": 11.0})


def test_noise_begins_the_wait_anew(play: Play) -> None:
    script = answered(play).send(append(2000)).expect()
    script.post(started(2500)).expect(*TURN_BEGINS, "ClearTimer").wait(2.0)
    script.post(stopped(3000, 3500)).expect(*TURN_ENDS, {"type": "SetTimer", "at": 11.0})
    script.post(transcribed("item_2", "")).expect(TRANSCRIBED_TELLS[1]).wait(6.0)
    script.post(FIRED).expect("input_audio_buffer.timeout_triggered", *COMMITTED, TRANSCRIBED_TELLS[1], *REPLY_BEGINS)


def test_a_response_stops_the_wait(play: Play) -> None:
    script = answered(play).send(create()).expect("ClearTimer", *REPLY_BEGINS).post(FIRED).expect()
    script.post(finished("resp_2")).expect("response.done", "SetTimer")


def test_while_an_answer_or_speech_goes_on_nothing_happens(play: Play) -> None:
    script = answered(play).send(append(4000)).expect()
    script.post(started(2500)).expect(*TURN_BEGINS, "ClearTimer")
    script.post(stopped(3000, 3500)).expect(*TURN_ENDS, "SetTimer")
    script.post(FIRED).expect()  # Its words are awaited.
    script.post(transcribed("item_2", "")).expect(TRANSCRIBED_TELLS[1])


def test_nobody_waits_before_the_first_answer_or_without_the_setting(play: Play) -> None:
    script = play(IDLE).send(append(2000)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.post(stopped(900, 1400)).expect(*TURN_ENDS)
    other = answered(play).send(update(heard={"turn_detection": {"type": "server_vad", "idle_timeout_ms": None}}))
    other.expect("session.updated", "Detect").post(FIRED).expect()
    off = (
        answered(play)
        .send(update(heard={"turn_detection": None}))
        .expect("session.updated", "Detect", "StartTranscript")
    )
    off.post(FIRED).expect()


def test_out_of_band_responses_begin_no_wait(play: Play) -> None:
    script = play(IDLE).send(create(conversation="none")).expect(*REPLY_BEGINS)
    script.post(finished("resp_1")).expect("response.done")


def test_a_timer_that_nobody_set_is_nothing(play: Play) -> None:
    play(IDLE).post(FIRED, ee.TimerFired("other")).expect()
