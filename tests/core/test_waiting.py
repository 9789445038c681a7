"""What replies wait for: the words of their turn, and of all that they answer (protocol.md 6.4, 6.19)."""

from __future__ import annotations

from tests.core.conftest import Play
from tests.core.stage import (
    COMMITTED,
    REPLY_BEGINS,
    create,
    finished,
    item,
    naming,
    not_transcribed,
    realtime,
    transcribed,
    turn,
    words,
)
from tests.core.test_responses import done


def test_an_answer_waits_for_all_words_of_its_conversation(play: Play) -> None:
    """The transcripts come in the wrong order: the model is asked when both are there."""
    script = play(realtime(transcription=None))
    turn(script, 500, 900, 1400, until_ms=5000)
    turn(script, 2500, 2900, 3400)
    script.post(transcribed("item_2", "two")).expect("response.created")
    heard = [{"content": [{"transcript": "one"}]}, {"content": [{"transcript": "two"}]}]
    script.post(transcribed("item_1", "one")).expect({"type": "StartReply", "items": heard})


def test_words_of_another_turn_do_not_announce_an_answer(play: Play) -> None:
    script = play(realtime(transcription=None))
    turn(script, 500, 900, 1400, until_ms=5000)
    turn(script, 2500, 2900, 3400)
    script.post(words("item_1", "one"), transcribed("item_1", "one")).expect()
    script.post(transcribed("item_2", "two")).expect(*REPLY_BEGINS)


def test_an_answer_goes_on_without_the_words_of_another_turn(play: Play) -> None:
    script = play(realtime(transcription=None))
    turn(script, 500, 900, 1400, until_ms=5000)
    turn(script, 2500, 2900, 3400)
    script.post(transcribed("item_2", "two")).expect("response.created")
    script.post(not_transcribed("item_1")).expect("StartReply")


def test_without_the_words_of_its_turn_an_answer_fails(play: Play) -> None:
    """6.19: announced first, and nothing was started that would have to be stopped."""
    script = play(realtime(transcription=None))
    turn(script, 500, 900, 1400, until_ms=1500)
    error = {"type": "server_error", "code": "audio_unintelligible", "message": "Noise."}
    script.post(not_transcribed("item_1", "audio_unintelligible", "Noise.")).expect(
        "response.created", done("failed", {"type": "failed", "error": error}, output=[])
    )
    script.send(create()).expect(*REPLY_BEGINS)


def test_what_is_added_while_an_answer_waits_is_for_the_next(play: Play) -> None:
    script = play(realtime(transcription=None)).send(item("gone")).expect(*COMMITTED[1:])
    turn(script, 500, 900, 1400, until_ms=1500)
    script.send(item("new")).expect(*COMMITTED[1:]).send(naming("delete", "gone")).expect("conversation.item.deleted")
    script.post(transcribed("item_1", "hello")).expect(
        "response.created", {"type": "StartReply", "items": [{"id": "item_1"}]}
    )
    script.post(finished("resp_1")).expect(done("completed")).send(create())
    script.expect("response.created", {"type": "StartReply", "items": [{"id": "item_1"}, {"id": "new"}]})
