"""Sounds that come while a reply is heard: held until they show that they are speech (protocol.md 6.6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.doubt import TRIES_MS
from ovos_voice_agent.core.idle import TIMER
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.protocol.settings import SemanticVad, Settings, TurnDetection
from ovos_voice_agent.testing.scripts import Script
from tests.core.conftest import Play
from tests.core.stage import (
    COMMITTED,
    OFFER,
    REPLY_BEGINS,
    SPEECH_CLOSES,
    TRANSCRIBED_TELLS,
    TURN_BEGINS,
    TURN_ENDS,
    append,
    commit,
    create,
    finished,
    guessed,
    lasted,
    ms,
    not_guessed,
    paused,
    realtime,
    says,
    speaks,
    started,
    stopped,
    transcribed,
    truncate,
    update,
    vad,
    words,
)

GUESSING = replace(OFFER, speculation="replies")
CLEAR = {"type": "input_audio_buffer.clear"}
AUDIO = "response.output_audio.delta"
TELLS_END = ("input_audio_buffer.speech_stopped", "KeepTranscript", *COMMITTED)
WORDS = realtime(transcription=None, turn_detection=SemanticVad())


def answering(play: Play, settings: Settings = WORDS, offer: Offer = OFFER, **more: Any) -> Script:
    """A reply of which two seconds are heard, the model still at it; so much audio has come."""
    script = play(settings, offer, **more).send(append(3000)).expect().send(create()).expect(*REPLY_BEGINS)
    script.post(says("resp_1", "Once upon a time."), speaks("resp_1", 2000))
    script.take()
    return script


CANCELS = ("StopReply", *SPEECH_CLOSES, "response.done")


def test_a_sound_is_held_until_it_has_words(play: Play) -> None:
    script = answering(play).post(started(1000)).expect({"type": "StartTranscript", "start": ms(700)})
    script.post(words("item_2", "", unstable="wait")).expect(
        {"type": "input_audio_buffer.speech_started", "item_id": "item_2", "audio_start_ms": 700}, *CANCELS
    )
    script.post(stopped(1500, 2000)).expect(*TURN_ENDS, "response.created")


def test_a_sound_without_words_was_nothing(play: Play) -> None:
    script = answering(play).post(started(1000)).expect("StartTranscript")
    script.post(paused(1200, 1360)).expect("GuessTranscript").post(guessed("item_2", "")).expect()
    script.post(stopped(1200, 1700)).expect("DropTranscript").post(speaks("resp_1", 100)).expect(AUDIO)
    script.post(started(2000)).expect({"type": "StartTranscript", "item_id": "item_3", "start": ms(1700)})


@pytest.mark.parametrize("said", ["uh-huh", "Yeah, right.", "I see.", "mm-hm okay"])
def test_who_only_listens_does_not_interrupt(play: Play, said: str) -> None:
    script = answering(play).post(started(1000)).expect("StartTranscript").post(words("item_2", said)).expect()
    script.post(paused(1200, 1360)).expect("GuessTranscript").post(guessed("item_2", said)).expect()
    script.post(stopped(1200, 1700)).expect("DropTranscript")


def test_a_phrase_that_comes_word_by_word_is_known_by_its_end(play: Play) -> None:
    script = answering(play).post(started(1000)).expect("StartTranscript").post(words("item_2", "I")).expect()
    script.post(words("item_2", "I see")).expect().post(words("item_2", "I see what")).expect(
        "input_audio_buffer.speech_started", *CANCELS
    )


def test_half_a_phrase_at_the_end_is_none(play: Play) -> None:
    script = answering(play).post(started(1000)).expect("StartTranscript").post(words("item_2", "I")).expect()
    script.post(paused(1200, 1360)).expect("GuessTranscript").post(guessed("item_2", "I")).expect()
    script.post(stopped(1200, 1700)).expect("input_audio_buffer.speech_started", *CANCELS, *TELLS_END, *REPLY_BEGINS)


def test_the_same_words_are_an_answer_once_the_reply_was_heard(play: Play) -> None:
    script = answering(play).post(finished("resp_1"))
    script.take()
    script.post(started(1000)).expect("StartTranscript").post(paused(1200, 1360)).expect("GuessTranscript")
    script.post(guessed("item_2", "yes")).expect().wait(2.1).post(stopped(1200, 1700))
    script.expect("input_audio_buffer.speech_started", *TELLS_END, *REPLY_BEGINS)


def test_what_was_sent_is_heard_until_it_was_played(play: Play) -> None:
    script = answering(play).post(finished("resp_1"))
    script.take()
    script.wait(1.9).post(started(1000)).expect("StartTranscript").post(stopped(1100, 1600)).expect("GuessTranscript")
    script.post(guessed("item_2", "")).expect("DropTranscript").wait(0.2).post(started(2000)).expect(*TURN_BEGINS)


def test_a_client_that_truncates_plays_no_more(play: Play) -> None:
    script = answering(play).post(finished("resp_1"))
    script.take()
    script.send(truncate("item_1", 500)).expect("conversation.item.truncated").post(started(1000)).expect(*TURN_BEGINS)


def test_a_sound_over_before_its_words_are_known_waits_for_them(play: Play) -> None:
    script = answering(play).post(started(1000)).expect("StartTranscript").post(stopped(1100, 1200))
    script.expect({"type": "GuessTranscript", "end": ms(1200)}).post(guessed("item_2", "stop"))
    script.expect("input_audio_buffer.speech_started", *CANCELS, *TELLS_END, *REPLY_BEGINS)


def test_words_that_come_before_the_guess_are_enough(play: Play) -> None:
    script = answering(play).post(started(1000)).expect("StartTranscript").post(stopped(1100, 1200))
    script.expect("GuessTranscript").post(words("item_2", "stop"))
    script.expect("input_audio_buffer.speech_started", *CANCELS, *TURN_ENDS, "response.created")
    script.post(transcribed("item_2", "stop")).expect("StartReply")


def test_what_goes_on_before_it_was_known_is_one_sound(play: Play) -> None:
    script = answering(play).post(started(1000)).expect("StartTranscript").post(stopped(1100, 1200))
    script.expect("GuessTranscript").post(started(1400)).expect("ResumeTranscript").post(words("item_2", "no wait"))
    script.expect({"type": "input_audio_buffer.speech_started", "audio_start_ms": 700}, *CANCELS)


def test_a_sound_that_cannot_be_understood_was_nothing(play: Play) -> None:
    script = answering(play).post(started(1000)).expect("StartTranscript").post(stopped(1100, 1200))
    script.expect("GuessTranscript").post(not_guessed("item_2")).expect("DropTranscript")


@pytest.mark.parametrize(("words_while_speaking", "needed_ms"), [(False, 800), (True, 2400)])
def test_nobody_coughs_for_so_long(play: Play, words_while_speaking: bool, needed_ms: int) -> None:
    offer = replace(OFFER, words_while_speaking=words_while_speaking)
    script = answering(play, offer=offer).post(started(100)).expect("StartTranscript")
    script.post(lasted(needed_ms - 1)).expect()
    script.post(lasted(needed_ms)).expect("input_audio_buffer.speech_started", *CANCELS)


BATCH = replace(GUESSING, words_while_speaking=False)


@pytest.mark.parametrize(
    ("offer", "tries"),
    [
        (BATCH, [ms(1000 + after_ms) for after_ms in TRIES_MS]),
        (replace(BATCH, speculation="transcripts"), [ms(1000 + after_ms) for after_ms in TRIES_MS]),
        (replace(BATCH, speculation="none"), []),
        (GUESSING, []),
    ],
)
def test_a_recogniser_that_tells_no_words_meanwhile_is_asked_where_guesses_cost_nothing(
    play: Play, offer: Offer, tries: list[int]
) -> None:
    answering(play, offer=offer).post(started(1000)).expect({"type": "StartTranscript", "tries": tries})


def test_nobody_is_asked_where_nothing_is_held(play: Play) -> None:
    script = play(WORDS, BATCH).send(append(3000)).expect().post(started(1000))
    script.expect(TURN_BEGINS[0], {"type": "StartTranscript", "tries": []})


def test_the_words_so_far_interrupt_like_any_others(play: Play) -> None:
    script = answering(play, offer=BATCH).post(started(1000)).expect("StartTranscript")
    script.post(words("item_2", "", unstable="uh-huh")).expect().post(words("item_2", "", unstable="uh-huh but"))
    script.expect("input_audio_buffer.speech_started", *CANCELS)
    script.post(stopped(1800, 2300)).expect(*TURN_ENDS, "response.created")


@pytest.mark.parametrize(
    ("detecting", "interruption", "first", "second"),
    [
        (SemanticVad(), 0, TURN_BEGINS[:1], ()),
        (vad(), 1, (), TURN_BEGINS[:1]),
        (vad(), None, TURN_BEGINS[:1], ()),
        (SemanticVad(), 2, (), ()),
        (SemanticVad(interrupt_response=False), 1, TURN_BEGINS[:1], ()),
    ],
)
def test_the_configuration_chooses_what_interrupts(
    play: Play, detecting: TurnDetection, interruption: int | None, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    offer = replace(OFFER, interruption=interruption)
    script = answering(play, realtime(transcription=None, turn_detection=detecting), offer)

    def told(report: Any) -> tuple[str, ...]:
        return tuple(output["type"] for output in script.post(report).take() if "speech_started" in output["type"])

    assert (told(started(1000)), told(words("item_2", "wait"))) == (first, second)


def test_a_written_reply_is_not_heard(play: Play) -> None:
    script = play(WORDS).send(append(3000)).expect().send(create(output_modalities=["text"])).expect(*REPLY_BEGINS)
    script.post(started(1000)).expect(*TURN_BEGINS, "StopReply", "response.done")


def test_words_of_a_held_sound_are_told_with_it(play: Play) -> None:
    script = answering(play, realtime(turn_detection=SemanticVad()))
    script.post(started(1000)).expect("StartTranscript").post(words("item_2", "okay")).expect()
    script.post(words("item_2", "okay but")).expect(
        "input_audio_buffer.speech_started", *CANCELS, {"type": TRANSCRIBED_TELLS[0], "delta": "okay but"}
    )


def test_settings_that_would_not_hold_a_sound_tell_it(play: Play) -> None:
    script = answering(play).post(started(1000)).expect("StartTranscript")
    script.send(update(heard={"turn_detection": {"type": "server_vad"}})).expect(
        "session.updated", "Detect", "input_audio_buffer.speech_started", *CANCELS
    )


def test_the_client_takes_the_whole_buffer_whatever_is_held(play: Play) -> None:
    script = answering(play).post(started(1000)).expect("StartTranscript").send(commit())
    script.expect(
        "DropTranscript", {"type": "StartTranscript", "item_id": "item_3", "start": 0}, "FinishTranscript", *COMMITTED,
        "Detect",
    )  # fmt: skip


def test_a_held_sound_is_cleared_in_silence(play: Play) -> None:
    script = answering(play).post(started(1000)).expect("StartTranscript").send(CLEAR)
    script.expect("DropTranscript", "input_audio_buffer.cleared", "Detect")


def test_after_words_an_answer_is_prepared_in_the_pause(play: Play) -> None:
    script = answering(play, offer=GUESSING).post(started(1000)).expect("StartTranscript")
    script.post(paused(1500, 1660)).expect("GuessTranscript").post(guessed("item_2", "stop it"))
    script.expect("input_audio_buffer.speech_started", *CANCELS, "GuessReply")
    script.post(stopped(1500, 2000)).expect(*TELLS_END, "response.created", "KeepReply")


def test_a_held_sound_does_not_stop_the_wait_for_the_person(play: Play) -> None:
    settings = realtime(transcription=None, turn_detection=vad(idle_timeout_ms=5000))
    script = answering(play, settings, replace(OFFER, interruption=1)).post(finished("resp_1"))
    script.take()
    script.post(started(1000)).expect("StartTranscript").wait(8.0).post(ee.TimerFired(TIMER)).expect("SetTimer")
    script.post(stopped(1100, 1600)).expect("GuessTranscript").post(guessed("item_2", "")).expect("DropTranscript")
