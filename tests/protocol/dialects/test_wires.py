"""What the translation of one connection remembers."""

from __future__ import annotations

from typing import Any

import pytest

from ovos_voice_agent.protocol.dialects.wires import AzureGaWire, AzurePreviewWire, BetaWire, GaWire, Wire

SPEECH = {"type": "response.output_audio.delta", "delta": "AAAA"}


def session(voice: str = "ryan", detecting: str | None = None, kind: str = "session.updated") -> dict[str, Any]:
    """A GA event with a session."""
    detection = None if detecting is None else {"type": detecting}
    audio = {"input": {"turn_detection": detection, "format": {"type": "audio/pcmu"}}, "output": {"voice": voice}}
    return {"type": kind, "event_id": "event_1", "session": {"type": "realtime", "audio": audio}}


def update(**changes: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": changes}


def shown_voice(wire: Wire, event: dict[str, Any]) -> str:
    shown = wire.outwards(event)
    assert shown is not None
    voice: str = (shown.get("session") or shown["response"])["voice"]
    return voice


def response(voice: str) -> dict[str, Any]:
    audio = {"output": {"voice": voice}}
    return {"type": "response.created", "event_id": "e", "response": {"output": [], "usage": None, "audio": audio}}


# ----------------------------------------------------------------------------------------------------------------- GA


def test_ga_stays_as_it_is() -> None:
    event = {"type": "session.update", "session": {"voice": "x"}}
    assert GaWire().inwards(event) == [event]
    assert GaWire().outwards(event) is event


@pytest.mark.parametrize("wire", [GaWire(), AzureGaWire()])
def test_ga_takes_the_beta_update_of_a_transcription_session(wire: Wire) -> None:
    event = {"type": "transcription_session.update", "event_id": "e", "session": {"input_audio_format": "pcm16"}}
    heard = {"format": {"type": "audio/pcm", "rate": 24_000}}
    assert wire.inwards(event) == [
        {"type": "session.update", "event_id": "e", "session": {"type": "transcription", "audio": {"input": heard}}}
    ]


def test_azure_has_its_twin() -> None:
    event = {"type": "response.content_part.added", "part": {"type": "text", "text": ""}}
    assert AzureGaWire().outwards(event) == {**event, "content": event["part"]}


# --------------------------------------------------------------------------------------------------------------- voices


def test_a_voice_of_ours_is_called_alloy() -> None:
    assert shown_voice(BetaWire(), session("ryan")) == "alloy"
    assert shown_voice(BetaWire(), response("ryan")) == "alloy"


def test_a_voice_of_the_time_keeps_its_name() -> None:
    assert shown_voice(BetaWire(), session("verse")) == "verse"


def test_a_name_that_the_client_chose_is_shown() -> None:
    wire = BetaWire()
    wire.inwards(update(voice="ryan"))
    assert shown_voice(wire, session("ryan")) == "ryan"
    assert shown_voice(wire, response("ryan")) == "ryan"
    wire.inwards({"type": "response.create", "response": {"voice": "joe"}})
    assert shown_voice(wire, response("joe")) == "joe"


def test_a_name_that_came_with_the_key_is_shown() -> None:
    assert shown_voice(BetaWire(chosen_voice="ryan"), session("ryan")) == "ryan"


def voice_asked(wire: BetaWire) -> Any:
    [event] = wire.inwards(update(voice="alloy", instructions="Be brief."))
    assert event["session"]["instructions"] == "Be brief."
    return event["session"].get("audio", {}).get("output", {}).get("voice")


def test_repeating_the_shown_name_after_speech_asks_for_nothing() -> None:
    wire = BetaWire()
    wire.outwards(session("ryan"))
    wire.outwards(SPEECH)
    assert voice_asked(wire) is None


def test_before_speech_the_name_is_a_choice() -> None:
    wire = BetaWire()
    wire.outwards(session("ryan"))
    assert voice_asked(wire) == "alloy"


def test_another_name_after_speech_is_asked_for() -> None:
    wire = BetaWire()
    wire.outwards(session("verse"))
    wire.outwards(SPEECH)
    assert voice_asked(wire) == "alloy"


# ------------------------------------------------------------------------------------------------------------- silence


def silence(wire: BetaWire, detection: dict[str, Any] | None) -> Any:
    [event] = wire.inwards(update(turn_detection=detection))
    return (event["session"]["audio"]["input"]["turn_detection"] or {}).get("silence_duration_ms")


def test_detection_that_is_switched_on_has_the_silence_of_beta() -> None:
    wire = BetaWire()
    wire.outwards(session(detecting=None))
    assert silence(wire, {"type": "server_vad"}) == 200
    assert silence(wire, {"type": "server_vad", "silence_duration_ms": 700}) == 700
    assert silence(wire, {"type": "semantic_vad"}) is None
    assert silence(wire, None) is None


def test_detection_that_is_on_keeps_its_silence() -> None:
    wire = BetaWire()
    wire.outwards(session(detecting="server_vad"))
    assert silence(wire, {"type": "server_vad", "threshold": 0.7}) is None


def test_events_without_a_session_change_nothing() -> None:
    wire = BetaWire()
    event = {"type": "input_audio_buffer.clear"}
    assert wire.inwards(event) == [event]
    assert wire.outwards({"type": "conversation.item.done"}) is None


# -------------------------------------------------------------------------------------------------------- azure preview


def test_a_client_that_writes_hyphens_is_answered_with_them() -> None:
    wire = AzurePreviewWire()
    before = wire.outwards(session())
    wire.inwards(update(input_audio_format="g711-ulaw"))
    after = wire.outwards(session())
    assert before is not None
    assert after is not None
    assert (before["session"]["input_audio_format"], after["session"]["input_audio_format"]) == (
        "g711_ulaw",
        "g711-ulaw",
    )
    assert wire.outwards({"type": "conversation.item.done"}) is None


def test_items_that_come_with_a_response_are_events_of_their_own() -> None:
    told = {"type": "response.create", "response": {"append_input_items": [{"type": "message"}]}}
    kinds = [event["type"] for event in AzurePreviewWire().inwards(told)]
    assert kinds == ["conversation.item.create", "response.create"]
