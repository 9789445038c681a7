"""Faults of servers that speak the preview form: names, keys and shapes of the current one, and what is missing.

They are planted in events as they are on the wire, in the names of the preview.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.conformance.fault_proxy import (
    Event,
    Fault,
    Plant,
    add_after,
    answer_with,
    change,
    drop,
    fault,
    leave_out,
    repeat,
)
from tests.conformance.response_faults import held_in_audio

UNDECLARED = "events.declared-types-beta"
LEAKED = ("events.no-ga-names", UNDECLARED)


def beta(name: str, plant: Callable[[], Plant], *caught_by: str) -> Fault:
    return fault(f"beta: {name}", plant, *caught_by, dialect="beta")


def _with(holder: str, **more: Any) -> Callable[[Event], Event]:
    def other(event: Event) -> Event:
        changed = copy.deepcopy(event)
        changed[holder] |= more
        return changed

    return other


def _item_done(event: Event) -> Event:
    return event | {"type": "conversation.item.done", "event_id": f"{event['event_id']}d"}


BETA_FAULTS: list[Fault] = [
    beta("name of a text delta", change("response.text.delta", "type", "response.output_text.delta"), *LEAKED),
    beta(
        "name of an audio delta",
        change("response.audio.delta", "type", "response.output_audio.delta"),
        *LEAKED,
    ),
    beta("name of an item", change("conversation.item.created", "type", "conversation.item.added"), *LEAKED),
    beta("an event too many", add_after("conversation.item.created", _item_done, nth=-1), *LEAKED),
    beta(
        "keys of a session",
        answer_with("session.created", _with("session", audio={"input": {}})),
        "events.no-ga-session",
    ),
    beta(
        "a format as object",
        change("session.created", "session.output_audio_format", {"type": "audio/pcm", "rate": 24000}),
        "events.no-ga-session",
    ),
    beta(
        "keys of a response",
        answer_with("response.done", _with("response", output_modalities=["audio"])),
        "events.no-ga-response",
    ),
    beta(
        "content of an answer",
        change("response.output_item.done", "item.content[0].type", "output_text", item__role="assistant"),
        "events.no-ga-content.response.output_item.done",
        "responses.audio-content",
    ),
    beta(
        "type of a part",
        change("response.content_part.added", "part.type", "output_text", part__type="text"),
        "responses.text-part",
    ),
    beta(
        "an item without object",
        leave_out("conversation.item.created", "item.object"),
        "events.item-object.conversation.item.created",
    ),
    beta("no temperature", leave_out("session.created", "session.temperature"), "events.keys.session.created-beta"),
    beta("no voice", change("session.created", "session.voice", None), "events.never-null-in-preview"),
    beta("null for tools", change("session.updated", "session.tools", None, nth=0), "events.never-null-in-preview"),
    beta(
        "modalities not in force",
        change("session.updated", "session.modalities", ["audio", "text"], nth=1),
        "session.modalities",
    ),
    beta(
        "an input format that is not in force",
        change("session.updated", "session.input_audio_format", "pcm16", session__input_audio_format="g711_ulaw"),
        "session.input-format",
    ),
    beta(
        "a transcription session by another name",
        change("transcription_session.created", "type", "session.created"),
        "transcription.preview-names",
    ),
    beta("no end of audio", drop("response.audio.done", nth=-1), "responses.comes.response.output_audio.done"),
    beta(
        "an item before its place",
        held_in_audio("response.output_item.added", "conversation.item.created"),
        "responses.order.response.output_item.added-before-conversation.item.added",
    ),
    beta("done twice", repeat("response.done", response__status="completed"), "responses.ends-once"),
    beta("the event not named", change("error", "error.event_id", None), "session.error-names-event"),
    beta(
        "code of a cancel",
        change("error", "error.code", "no_response", error__code="response_cancel_not_active"),
        "conversation.cancel-nothing",
        "responses.cancel-twice",
    ),
    beta(
        "no name in limits", leave_out("rate_limits.updated", "rate_limits"), "events.strict-beta.rate_limits.updated"
    ),
]
