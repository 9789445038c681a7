"""Playing exchanges, against a scripted server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ovos_voice_agent.conformance.playing import Manner, play
from ovos_voice_agent.conformance.suite import Exchange, Opening, Step
from ovos_voice_agent.conformance.transcript import Transcript
from ovos_voice_agent.conformance.wire import Target
from tests.client.realtime_stub import Answer, Stub, running

SPEECH = b"\1\0" * 2400
MANNER = Manner(SPEECH, patience_s=5.0, speed=100.0, settle_s=0.01)
SOON_MS = 50
"""For what does not come."""


def played(*steps: Step, answer: Answer = lambda _: [], key: str = "") -> tuple[Transcript, Stub]:
    async def run() -> tuple[Transcript, Stub]:
        async with running(answer, key=key) as stub:
            exchange = Exchange("e", "", steps, Opening(ping=True))
            return await play(Target(stub.url, "sk-mine", "m"), exchange, MANNER), stub

    return asyncio.run(run())


def sending(label: str, **event: Any) -> Step:
    return Step(label, send=event)


def test_it_waits_keeps_and_sends() -> None:
    def answer(event: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"type": "item", "id": event["about"]}]

    transcript, stub = played(
        Step("greeting", wait=("session.created",), keep={"session": "session.id"}),
        sending("ask", type="get", about="$session", none="$null"),
        Step("item", wait=("item",), where={"id": "$session"}),
        answer=answer,
    )
    assert stub.events == [{"event_id": "conformance_ask", "type": "get", "about": "sess_1", "none": None}]
    assert transcript.labels == {"greeting": 0, "ask": 1, "item": 2}
    assert transcript.stopped == ""
    assert transcript.pong is True
    assert transcript.goodbye_code == 1000


def test_what_comes_before_the_last_sending_does_not_count() -> None:
    transcript, _ = played(
        Step("greeting", wait=("session.created",)),
        sending("ask", type="get"),
        Step("again", wait=("session.created",), within_ms=SOON_MS),
        Step("first", wait=("session.created",), since="greeting", within_ms=SOON_MS),
    )
    assert transcript.labels["again"] is None
    assert transcript.stopped.startswith("no session.created came")


def test_one_absent_event_is_forgiven_and_optional_ones_are_not_counted() -> None:
    transcript, _ = played(
        Step("a", wait=("x",), optional=True, within_ms=SOON_MS),
        Step("b", wait=("x",), within_ms=1),
        Step("c", wait=("session.created",), since=""),
    )
    assert transcript.labels == {"a": None, "b": None, "c": 0}
    assert transcript.stopped == ""


def test_a_step_that_needs_what_never_came_ends_the_exchange() -> None:
    transcript, stub = played(sending("a", type="get", id="$nothing"), sending("b", type="get"))
    assert transcript.stopped == "step a needs 'nothing', which no event brought"
    assert stub.events == []


def test_speech_is_appended_and_its_place_is_known() -> None:
    transcript, stub = played(Step("s", say=("silence 100", "speech", "silence 40")))
    assert len(transcript.sent_audio) == (100 + 100 + 40) * 48
    assert transcript.speech_ms == [(100.0, 200.0)]
    assert len(stub.of_type("input_audio_buffer.append")) == 7


def test_speaking_stops_when_told() -> None:
    def answer(event: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"type": "stop"}]

    transcript, _ = played(Step("s", say=("silence 60000",), until=("stop",)), answer=answer)
    assert len(transcript.sent_audio) < 60_000 * 48


def test_broken_frames_go_out_and_come_in() -> None:
    transcript, stub = played(Step("raw", raw='{"type": "x"}', binary=True), Step("y", wait=("x",), within_ms=SOON_MS))
    place = transcript.labels["raw"]
    assert place is not None
    assert transcript.entries[place].event["raw"] == '{"type": "x"}'
    assert stub.events == [{"type": "x"}]


def test_a_refused_connection_is_recorded() -> None:
    transcript, _ = played(key="sk-other")
    assert transcript.refused_status == 401


def test_the_error_that_names_another_event_is_not_the_answer() -> None:
    def answer(event: dict[str, Any]) -> list[dict[str, Any]]:
        other = {"type": "error", "error": {"event_id": "conformance_other"}}
        return [other, {"type": "error", "error": {"event_id": event["event_id"]}}]

    transcript, _ = played(
        Step("greeting", wait=("session.created",)),
        sending("bad", type="x"),
        Step("bad.answer", wait=("error",), refusal=True),
        answer=answer,
    )
    entry = transcript.labelled("bad.answer")
    assert entry is not None
    assert entry.event["error"]["event_id"] == "conformance_bad"


@pytest.mark.parametrize("name", ["pcm16_100ms", "g711_100ms", "long_id", "transcriber", "model"])
def test_every_exchange_may_name_these(name: str) -> None:
    transcript, _ = played()
    assert transcript.kept[name]


def test_what_took_the_wrong_is_noted_and_silence_to_wrong_events_is_forgiven_longer() -> None:
    def answer(event: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"type": "taken"}] if event["type"] == "x" else []

    steps = [Step("x.answer", wait=("error", "taken"), refusal=True)]
    for number in range(9):
        steps += [
            sending(f"y{number}", type="y"),
            Step(f"y{number}.answer", wait=("error",), refusal=True, within_ms=SOON_MS),
        ]
    transcript, _ = played(sending("x", type="x"), *steps, sending("z", type="z"), answer=answer)
    assert [transcript.entries[place].type for place in transcript.accepted] == ["taken"]
    assert transcript.labels["y7.answer"] is None
    assert transcript.stopped.startswith("no error came")
    assert "z" not in transcript.labels


def test_where_no_short_lived_keys_are_given_out_nothing_is_played() -> None:
    async def run() -> tuple[Transcript, Stub]:
        async with running(lambda _: []) as stub:
            steps = (Step("greeting", wait=("session.created",)),)
            exchange = Exchange("e", "", steps, Opening(key="minted"))
            return await play(Target(stub.url, "sk-mine", "m"), exchange, MANNER), stub

    transcript, stub = asyncio.run(run())
    assert transcript.stopped == "the server gives out no short-lived keys"
    assert stub.events == transcript.entries == []


def test_requests_are_played_without_a_socket() -> None:
    transcript, stub = played(Step("a", http={"path": "/models"}), key="sk-other")
    entry = transcript.labelled("a")
    assert entry is not None
    assert (entry.way, entry.event["status"]) == ("answered", 401)
    assert list(transcript.received()) == []
    assert stub.paths == ["/v1/models"]


def test_a_server_may_end_what_goes_too_far() -> None:
    too_large = Step("large", send={"type": "x"}, size_bytes=8 * 1024 * 1024)
    transcript, stub = played(too_large, Step("end", closed=True), sending("never", type="y"))
    assert transcript.provoked
    assert (transcript.close_code, transcript.stopped) == (1009, "")
    assert stub.events == []


def test_one_that_does_not_is_left() -> None:
    transcript, stub = played(
        Step("flood", send={"type": "x"}, times=120),
        Step("end", closed=True, within_ms=500),
        answer=lambda event: [event],
    )
    assert (transcript.provoked, transcript.close_code, transcript.goodbye_code) == (True, None, 1000)
    assert [event["event_id"] for event in stub.events] == ["conformance_flood"] * 120
    assert len(list(transcript.sent("x"))) == 1
    assert len(list(transcript.received("x"))) == 120


def test_requests_beside_a_conversation_may_name_what_it_brought() -> None:
    transcript, stub = played(
        Step("greeting", wait=("session.created",), keep={"session": "session.id"}),
        Step("ask", http={"path": "/sessions/$session"}),
        Step("nobody", http={"path": "/sessions/$nobody"}),
    )
    asked = transcript.labelled("ask")
    assert asked is not None
    assert asked.way == "answered"
    assert stub.paths[1] == "/v1/sessions/sess_1"
    assert transcript.stopped == "step nobody needs 'nobody', which no event brought"
