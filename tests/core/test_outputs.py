"""What one input caused, in order, each event with an id of its own."""

from __future__ import annotations

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.outputs import Outputs
from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.objects import ErrorDetails
from tests.core.stage import counted_ids


def test_outputs_are_taken_once_and_in_order() -> None:
    outputs = Outputs(counted_ids(), now=1.0)
    outputs.send(se.InputAudioBufferCleared)
    outputs.order(c.ClearTimer("idle"))
    outputs.send(se.InputAudioBufferCleared)
    assert outputs.take() == [
        se.InputAudioBufferCleared("event_1"),
        c.ClearTimer("idle"),
        se.InputAudioBufferCleared("event_2"),
    ]
    assert outputs.take() == []


def test_a_refusal_repeats_the_clients_event_id() -> None:
    outputs = Outputs(counted_ids(), now=0.0)
    outputs.refuse(ClientError("No.", code="invalid_value", param="item.id"), "mine")
    outputs.refuse(ClientError("No.", type="server_error"), None)
    assert [event.error for event in outputs.take() if isinstance(event, se.Error)] == [
        ErrorDetails(
            type="invalid_request_error", message="No.", code="invalid_value", param="item.id", event_id="mine"
        ),
        ErrorDetails(type="server_error", message="No."),
    ]
