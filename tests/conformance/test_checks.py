"""The general checks, each on scenes of a few events."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.conformance.transcript import Entry, Transcript
from tests.conformance.scene import found, scene

A: dict[str, Any] = {"type": "a", "event_id": "1", "n": 1, "x": {"y": None}}


def test_seen() -> None:
    missed = scene(A)
    missed.labels["w"] = None
    missed.awaited["w"] = ("b", "c")
    assert found("seen", missed, step="w") == ["no b or c came"]
    assert found("seen", scene(A, w=0), step="w") == ["ok"]
    assert found("seen", scene(A), step="w") == []


def test_fields() -> None:
    assert found("fields", scene(A, A), each="a", where={"n": 1}) == ["ok", "ok"]
    assert found("fields", scene(A, w=0), of="w", where={"n": 2}) == ["n is 1, expected 2"]
    assert found("fields", scene(A), each="a", where={"m": 2}) == []
    assert found("fields", scene(A), each="a", where={"m": {"present": True}}) == [
        "m is (missing), expected present True"
    ]
    assert found("fields", scene(A), each="a", where={"n": 2}, **{"if": {"n": 5}}) == []
    assert found("fields", scene(A), each="a", where={"n": "$unknown"}) == []


def test_never() -> None:
    assert found("never", scene(A), events="a", because="no") == ["no"]
    assert found("never", scene(A, w=0), events="a", after="w") == ["ok"]
    assert found("never", scene(A), events="a", after="w") == []
    assert found("never", scene(A), events="a", where={"n": 2}) == ["ok"]


def test_same_after_a_refusal() -> None:
    sides = {"left": "l:n", "right": "r:n", "refused": "e"}
    assert found("same", scene({"type": "error"}, A, A, e=0, l=1, r=2), **sides) == ["ok"]
    assert found("same", scene({"type": "taken"}, A, A | {"n": 2}, e=0, l=1, r=2), **sides)[0].startswith("skip")


def test_same() -> None:
    events = scene(A, A | {"n": 2}, l=0, r=1)
    assert found("same", events, left="l:x.y", right="r:x.y") == ["ok"]
    assert found("same", events, left="l:n", right="r:n") == ["l:n is 1, expected 2"]
    assert found("same", events, left="l:n", right="r:n", differ=True) == ["ok"]
    assert found("same", events, left="l:x.y", right="r:x.y", differ=True) != ["ok"]
    assert found("same", events, left="l:z", right="r:n") == []


def test_errors_name_their_event_and_have_a_cause() -> None:
    sent = {"sent": True, "type": "a", "event_id": "conformance_x"}
    error = {"type": "error", "error": {"event_id": "conformance_x"}}
    lost = {"type": "error", "error": {"event_id": None}}
    assert found("error_echo", scene(sent, error, **{"x": 0, "x.answer": 1})) == ["ok"]
    assert found("error_echo", scene(sent, lost, **{"x": 0, "x.answer": 1})) != ["ok"]
    assert found("surplus_errors", scene(sent, lost, **{"x": 0, "x.answer": 1})) == ["ok"]
    assert found("surplus_errors", scene(sent, error)) == ["ok"]
    assert found("surplus_errors", scene(sent, lost)) == ["an error that nothing asked for"]


def test_forms() -> None:
    assert found("schema", scene({"type": "input_audio_buffer.cleared"}), event="input_audio_buffer.cleared") == [
        "event_id is missing"
    ]
    assert found("known_types", scene({"type": "error"}, {"type": "x.y"}), allowed=["x."]) == ["ok", "ok"]
    assert found("known_types", scene({"type": "z"})) == ["'z' is no event of this protocol"]
    assert found("keys", scene(A), event="a", paths=["x.y", "n"]) == ["ok"]
    assert found("keys", scene(A), event="a", paths=["x.z", "z.z"]) == ["x.z left out"]
    assert found("unique_ids", scene(A, A), path="event_id") == ["ok", "event_id 1 came twice"]
    message = {"type": "a", "item": {"type": "message", "id": "1", "status": "completed", "role": "user"}}
    assert found("item_keys", scene(message), event="a") == ["item without content"]


def test_connections() -> None:
    transcript = scene(A, {"type": "session.created"})
    assert found("first_event", transcript) == ["is the first frame"]
    assert found("first_event", scene(A)) == []
    assert found("stays_open", transcript) == ["ok"]
    assert found("pong", transcript) == found("closes", transcript, codes=[1000]) == []
    transcript.pong, transcript.goodbye_code, transcript.subprotocol = False, 1006, "realtime"
    assert found("pong", transcript) == ["a ping was not answered"]
    assert found("closes", transcript, codes=[1000]) == ["our close was answered with code 1006"]
    assert found("subprotocol", transcript, one_of=["realtime"]) == ["ok"]
    assert found("subprotocol", transcript, one_of=["$null"]) != ["ok"]
    assert found("frame_size", transcript, limit_bytes=10) == ["ok", "ok"]
    assert found("refused_status", transcript, codes=[401]) == ["the connection was opened"]
    transcript.keyless = True
    assert found("refused_status", transcript, codes=[401]) == ["skip: the server wants no key"]
    transcript.keyless = False
    transcript.close_code = 1011
    assert found("stays_open", transcript) == ["the server closed the connection with code 1011"]
    transcript.refused_status = 403
    assert found("refused_status", transcript, codes=[401]) == ["the connection was refused with 403"]
    assert found("subprotocol", transcript, one_of=["x"]) == ["skip: the connection was refused with 403"]


def on_the_wire(raw: dict[str, Any], translated: dict[str, Any]) -> Transcript:
    transcript = Transcript("scene")
    transcript.entries.append(Entry(0, 0.0, "received", translated, raw=raw))
    return transcript


def test_what_a_translation_hides_is_seen_on_the_wire() -> None:
    seen = on_the_wire({"type": "created", "object": "x"}, {"type": "added"})
    assert found("never", seen, events=["created"]) == ["ok"]
    assert found("never", seen, events=["created"], wire=True, because="no") == ["no"]
    assert found("wire_fields", seen, each="created", where={"object": "y"}) == ["object is 'x', expected 'y'"]
    assert found("wire_fields", seen, each="created", where={"object": "x"}) == ["ok"]
    assert found("wire_fields", seen, each="added", where={"object": "y"}) == []


def test_refused_requests() -> None:
    def answered(status: int, code: str | None) -> list[str]:
        body = {"error": {"code": code}}
        transcript = Transcript("scene", labels={"a": 0})
        transcript.entries.append(Entry(0, 0.0, "answered", {"type": "http", "status": status, "body": body}))
        return found("refused_request", transcript, of="a", status=401, codes=["invalid_api_key"])

    assert answered(401, "invalid_api_key") == ["ok"]
    assert answered(401, None) == ["was refused with 401, error.code None"]
    assert answered(200, None)[0].startswith("skip")
    assert answered(404, None)[0].startswith("skip")
    assert found("refused_request", scene(), of="a", status=401, codes=[]) == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (1009, "ok"),
        (1000, "the server closed the connection with code 1000"),
        (None, "the server did not close the connection"),
    ],
)
def test_a_close_is_judged_by_its_code(code: int | None, expected: str) -> None:
    shown = scene({"type": "x", "sent": True}, large=0)
    shown.close_code, shown.provoked = code, True
    assert found("closed_with", shown, after="large", codes=[1009]) == [expected]
    assert found("closed_with", shown, after="never sent", codes=[1009]) == []
    assert found("stays_open", shown) == []
