"""Answers that are prepared in a pause, and what becomes of them. Interruptions: test_interrupting.py."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.offer import Limits, Offer, Unlimited
from ovos_voice_agent.protocol.codec import ClientEventDecoder
from ovos_voice_agent.protocol.settings import Settings
from ovos_voice_agent.testing.scripts import Script, plain
from tests.core.conftest import Play
from tests.core.stage import (
    COMMITTED,
    MESSAGE_OPENS,
    OFFER,
    REPLY_BEGINS,
    SPEECH_CLOSES,
    TURN_BEGINS,
    TURN_ENDS,
    Event,
    append,
    calls,
    commit,
    create,
    failed,
    finished,
    guessed,
    item,
    naming,
    new_session,
    not_guessed,
    paused,
    phrase,
    reached,
    realtime,
    resumed,
    says,
    speaks,
    started,
    stopped,
    transcribed,
    transcribing,
    turn,
    update,
    vad,
    words,
)

QUIET = realtime(transcription=None)
GUESSING = replace(OFFER, speculation="replies")
TELLS_END = ("input_audio_buffer.speech_stopped", "KeepTranscript", *COMMITTED)
RECORDED = ("Hear", "Forget", "rate_limits.updated")
CLEAR = {"type": "input_audio_buffer.clear"}
DELTA = "response.output_audio_transcript.delta"
DECODER = ClientEventDecoder()
AUDIO = "response.output_audio.delta"


def prepared(play: Play, offer: object = GUESSING, **more: object) -> Script:
    """A person has paused after some words, and an answer is being prepared."""
    script = play(QUIET, offer, **more)  # type: ignore[arg-type]
    script.send(append(3000)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.post(paused(1000, 1160)).expect({"type": "GuessTranscript", "item_id": "item_1"})
    script.post(guessed("item_1", "how are you")).expect(
        {
            "type": "GuessReply",
            "reply": {"response_id": "resp_1", "items": [{"id": "item_1", "content": [{"transcript": "how are you"}]}]},
        }
    )
    return script


# ------------------------------------------------------------------------------------------------------ an answer ahead


def test_what_was_prepared_is_told_when_the_turn_is_over_as_if_it_came_just_now(play: Play) -> None:
    script = prepared(play)
    script.post(says("resp_1", "Fine."), phrase("resp_1", 0, 5), speaks("resp_1", 40)).expect()
    script.post(stopped(1000, 1500)).expect(
        *TELLS_END, "response.created", {"type": "KeepReply", "response_id": "resp_1"}, *MESSAGE_OPENS, DELTA, AUDIO
    )
    script.post(speaks("resp_1", 40)).expect(AUDIO)
    script.post(finished("resp_1")).expect(*SPEECH_CLOSES, "response.done")


def test_the_order_is_that_of_an_answer_that_was_not_prepared(play: Play) -> None:
    """With transcription and words heard, adopted or not: the same events, but for what the shell is told."""

    answer = (says("resp_1", "Fine."), speaks("resp_1", 40), finished("resp_1"))

    def told(offer: Offer, *reports: Any) -> list[str]:
        session = new_session(realtime(), offer)
        inputs = (DECODER.check(append(3000)), started(500), words("item_1", "how"), *reports)
        outputs = [plain(output) for one in inputs for output in session.handle(one, 1.0)]
        return [output["type"] for output in outputs if "event_id" in output]

    ahead = told(GUESSING, paused(1000, 1160), guessed("item_1", "how are you"), *answer, stopped(1000, 1500))
    assert ahead == told(OFFER, stopped(1000, 1500), transcribed("item_1", "how are you"), *answer)


def test_an_answer_may_be_ready_before_its_turn_is_over(play: Play) -> None:
    script = prepared(play)
    script.post(says("resp_1", "Yes."), finished("resp_1", input_tokens=7)).expect()
    script.post(stopped(1000, 1500)).expect(
        *TELLS_END,
        *("response.created", "KeepReply", *MESSAGE_OPENS, DELTA, *SPEECH_CLOSES),
        {"type": "response.done", "response": {"usage": {"input_tokens": 7 + 13}}},
    )


def test_who_goes_on_is_not_answered_and_nothing_shows(play: Play) -> None:
    script = prepared(play)
    script.post(says("resp_1", "Fine.")).expect()
    script.post(resumed(1300)).expect("ResumeTranscript", {"type": "DropReply", "response_id": "resp_1"})
    script.post(says("resp_1", "Late."), finished("resp_1")).expect()
    script.post(paused(2000, 2160)).expect("GuessTranscript")
    script.post(guessed("item_1", "how are you today")).expect("GuessReply").post(stopped(2000, 2500))
    script.expect(*TELLS_END, "response.created", {"type": "KeepReply", "response_id": "resp_2"})


def test_a_call_is_held_back_until_the_turn_is_over(play: Play) -> None:
    script = prepared(play).post(calls("resp_1", name="f", call_id="call_1", arguments="{}")).expect()
    script.send({"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "call_1",
                 "output": "x"}}).expect({"type": "error"})  # fmt: skip
    script.post(stopped(1000, 1500)).expect(
        *TELLS_END, "response.created", "KeepReply", *MESSAGE_OPENS[:2], "response.function_call_arguments.delta"
    )


def test_words_that_come_late_are_waited_for(play: Play) -> None:
    """The turn is over before its words were guessed: nothing was prepared, and the guess is the transcript."""
    script = play(QUIET, GUESSING, ignoring=RECORDED).send(append(3000)).expect().post(started(500))
    script.expect(*TURN_BEGINS).post(paused(1000, 1160)).expect("GuessTranscript")
    script.post(stopped(1000, 1500)).expect(*TURN_ENDS).post(guessed("item_1", "late")).expect()
    script.post(transcribed("item_1", "hello")).expect(*REPLY_BEGINS).post(finished("resp_1"))
    script.expect("response.done", {"type": "Record", "decision": {"why": "silence", "speculation": "late"}})


def test_the_time_line_knows_when_everything_really_was(play: Play) -> None:
    script = prepared(play, ignoring=RECORDED).wait(0.1)
    script.post(says("resp_1", "Yes."), reached("resp_1", "first_phrase")).expect().wait(0.1)
    script.post(speaks("resp_1", 20)).expect().wait(0.2).post(stopped(1000, 1500), finished("resp_1"))
    *_, record = script.take()
    assert record["decision"] == {"why": "silence", "speculation": "used"}
    marks = {"transcript_final": 3000, "llm_first_token": 3100, "first_phrase": 3100, "tts_first_audio": 3200}
    marks |= dict.fromkeys(("turn_ended", "response_created", "first_delta_sent", "done"), 3400)
    assert record["marks"] == {"speech_started": 500, "last_speech": 1000, **marks}


def test_a_turn_without_a_pause_says_so(play: Play) -> None:
    script = play(QUIET, GUESSING, ignoring=RECORDED)
    turn(script, 500, 900, 1400, until_ms=1500)
    script.post(transcribed("item_1", "hi")).expect(*REPLY_BEGINS).post(finished("resp_1"))
    script.expect("response.done", {"type": "Record", "decision": {"speculation": "none"}})


def test_a_failure_ahead_costs_nothing(play: Play) -> None:
    script = prepared(play).post(failed("resp_1")).expect("DropReply")
    script.post(stopped(1000, 1500)).expect(
        *TELLS_END, "response.created", {"type": "StartReply", "response_id": "resp_2"}
    )


def test_silence_has_no_answer_prepared(play: Play) -> None:
    script = play(QUIET, GUESSING).send(append(3000)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.post(paused(1000, 1160)).expect("GuessTranscript").post(guessed("item_1", " ")).expect()
    script.post(stopped(1000, 1500)).expect(*TELLS_END)


def test_a_guess_that_fails_is_as_if_there_had_been_none(play: Play) -> None:
    script = play(QUIET, GUESSING).send(append(3000)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.post(paused(1000, 1160)).expect("GuessTranscript").post(not_guessed("item_1")).expect()
    script.post(resumed(1200)).expect().post(paused(1300, 1460)).expect("GuessTranscript").post(not_guessed("item_1"))
    script.expect().post(stopped(1300, 1800)).expect(*TURN_ENDS)


CHANGES = [
    (update(instructions="Be rude."), ("session.updated", "DropReply")),
    (update(output_modalities=["text"]), ("session.updated", "DropReply")),
    (
        update(heard={"turn_detection": {"type": "server_vad", "create_response": False}}),
        ("session.updated", "Detect", "DropReply"),
    ),
    (item("more"), (*COMMITTED[1:], "DropReply")),
    (create(), (*REPLY_BEGINS, "DropReply")),
    (commit(), ("ResumeTranscript", "FinishTranscript", *COMMITTED, "Detect", "DropReply")),
    (CLEAR, ("DropTranscript", "input_audio_buffer.cleared", "Detect", "DropReply")),
    (
        update(heard={"turn_detection": None}),
        ("session.updated", "DropTranscript", "Detect", "StartTranscript", "DropReply"),
    ),
]


@pytest.mark.parametrize(("change", "follows"), CHANGES)
def test_what_would_not_be_the_answer_any_more_is_dropped(play: Play, change: Event, follows: tuple[str, ...]) -> None:
    prepared(play).send(change).expect(*follows)


@pytest.mark.parametrize("change", [update(x_ovos={"timeline": True}), update(tools=[]), naming("retrieve", "mine")])
def test_what_is_still_the_answer_goes_on(play: Play, change: Event) -> None:
    script = prepared(play).send(change)
    script.take()
    script.post(stopped(1000, 1500)).expect(*TELLS_END, "response.created", "KeepReply")


def test_where_an_item_was_changed_meanwhile_the_answer_is_made_anew(play: Play) -> None:
    script = play(QUIET, GUESSING).send(item("old")).expect(*COMMITTED[1:]).send(append(3000)).expect()
    script.post(started(500)).expect(*TURN_BEGINS).post(paused(1000, 1160)).expect("GuessTranscript")
    script.post(guessed("item_1", "hi")).expect("GuessReply")
    script.send(naming("delete", "old")).expect("conversation.item.deleted", "DropReply").post(stopped(1000, 1500))
    script.expect(*TELLS_END, "response.created", {"type": "StartReply", "items": [{"id": "item_1"}]})


@pytest.mark.parametrize(
    ("settings", "offer"),
    [
        (QUIET, OFFER),
        (realtime(transcription=None, turn_detection=vad(create_response=False)), GUESSING),
        (transcribing(), GUESSING),
    ],
)
def test_nothing_is_guessed(play: Play, settings: Settings, offer: Offer) -> None:
    script = play(settings, offer).send(append(3000)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.post(paused(1000, 1160), resumed(1200), paused(1300, 1460)).expect()


def test_nothing_is_guessed_while_another_answer_is_made(play: Play) -> None:
    script = play(realtime(transcription=None, turn_detection=vad(interrupt_response=False)), GUESSING)
    script.send(create()).expect(*REPLY_BEGINS).send(append(3000)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.post(paused(1000, 1160)).expect()


def test_where_only_words_are_guessed_the_answer_waits_for_the_turn(play: Play) -> None:
    script = play(QUIET, replace(OFFER, speculation="transcripts")).send(append(3000)).expect()
    script.post(started(500)).expect(*TURN_BEGINS).post(paused(1000, 1160)).expect("GuessTranscript")
    script.post(guessed("item_1", "hi")).expect().post(stopped(1000, 1500)).expect(*TELLS_END, *REPLY_BEGINS)


def test_no_answer_is_prepared_before_all_words_of_the_conversation_are_known(play: Play) -> None:
    recording = {"type": "input_audio", "audio": append(200)["audio"]}
    created = {"type": "message", "id": "old", "role": "user", "content": [recording]}
    script = play(QUIET, GUESSING).send({"type": "conversation.item.create", "item": created})
    script.expect(*COMMITTED[1:], "TranscribeClip").send(append(3000)).expect().post(started(500)).expect(*TURN_BEGINS)
    script.post(paused(1000, 1160)).expect("GuessTranscript").post(guessed("item_1", "hi")).expect()
    script.post(stopped(1000, 1500)).expect(*TELLS_END, "response.created")
    script.post(transcribed("old", "before")).expect("StartReply")


def test_what_could_not_be_asked_for_is_not_prepared(play: Play) -> None:
    class Spent(Unlimited):
        def refusal(self) -> str:
            return "No more."

    for offer in (replace(GUESSING, allowance=Spent()), replace(GUESSING, limits=Limits(items=0))):
        script = play(QUIET, offer).send(append(3000)).expect().post(started(500)).expect(*TURN_BEGINS)
        script.post(paused(1000, 1160)).expect("GuessTranscript").post(guessed("item_1", "hi")).expect()


def test_a_session_that_ends_leaves_no_answer_behind(play: Play) -> None:
    prepared(play).post(ee.ShuttingDown()).expect("DropReply", "DropTranscript", "ClearTimer", "Close")
