"""The first message of a session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ovos_voice_agent.core import engine_events as ee
from ovos_voice_agent.core.greeting import AFTER_UPDATE_S, PATIENCE_S, TIMER
from ovos_voice_agent.testing.scripts import Script
from tests.core.conftest import Play
from tests.core.stage import OFFER, Event, append, create, item, says, started, transcribing, update

GREETING = replace(OFFER, first_message="Welcome aboard.")
SAID = {"type": "StartReply", "say": "Welcome aboard.", "tools": [], "items": []}


def fired(script: Script) -> Script:
    return script.post(ee.TimerFired(TIMER))


def test_it_is_said_to_a_client_that_says_nothing(play: Play) -> None:
    script = play(offer=GREETING)
    fired(script.wait(PATIENCE_S)).expect("response.created", SAID)
    fired(script).expect()


def test_it_waits_until_the_client_has_set_its_session_up(play: Play) -> None:
    script = play(offer=GREETING)
    for at_s in (0.1, 0.2):
        script.wait(0.1).send(update(instructions="Be kind."))
        script.expect("session.updated", {"type": "SetTimer", "name": TIMER, "at": at_s + AFTER_UPDATE_S})
    fired(script).expect("response.created", SAID)
    script.send(update(instructions="Be brief.")).expect("session.updated")


def test_it_is_part_of_the_conversation(play: Play) -> None:
    script = fired(play(offer=GREETING)).expect("response.created", SAID).post(says("resp_1", "Welcome aboard."))
    opened = ["response.output_item.added", "conversation.item.added", "response.content_part.added"]
    script.expect(*opened, "response.output_audio_transcript.delta")


@pytest.mark.parametrize("first", [item("question"), create(), {"type": "input_audio_buffer.commit"}])
def test_a_client_that_acts_has_the_first_word(play: Play, first: Event) -> None:
    script = play(offer=GREETING).send(append(200))
    script.take()
    script.send(first)
    assert {"type": "ClearTimer", "name": TIMER} in [dict(output) for output in script.take()]
    fired(script).expect()


def test_a_person_who_speaks_has_the_first_word(play: Play) -> None:
    script = play(offer=GREETING, ignoring=("Hear", "Forget")).send(append(2000)).post(started(800))
    assert any(output.get("type") == "ClearTimer" for output in script.take())
    fired(script).expect()


def test_a_session_that_ends_waits_no_more(play: Play) -> None:
    script = play(offer=GREETING).post(ee.ShuttingDown())
    assert any(output.get("name") == TIMER for output in script.take())


@pytest.mark.parametrize("settings", [None, transcribing()])
def test_where_there_is_none_nobody_waits(play: Play, settings: object) -> None:
    script = play(settings, offer=GREETING) if settings else play()
    fired(script).expect()
