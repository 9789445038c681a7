"""JSON text <-> events, in GA form. Everything malformed becomes a `ClientError`; nothing here changes state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol.event_shapes import LONGEST_APPEND_BYTES, LONGEST_EVENT_ID, AudioBytes, event_shapes
from ovos_voice_agent.protocol.server_events import ServerEvent
from ovos_voice_agent.protocol.validation import invalid_type, invalid_value, lenient

_EVENTS: dict[str, type[ce.ClientEvent]] = {
    "session.update": ce.SessionUpdate,
    "input_audio_buffer.append": ce.InputAudioBufferAppend,
    "input_audio_buffer.commit": ce.InputAudioBufferCommit,
    "input_audio_buffer.clear": ce.InputAudioBufferClear,
    "conversation.item.create": ce.ConversationItemCreate,
    "conversation.item.retrieve": ce.ConversationItemRetrieve,
    "conversation.item.truncate": ce.ConversationItemTruncate,
    "conversation.item.delete": ce.ConversationItemDelete,
    "response.create": ce.ResponseCreate,
    "response.cancel": ce.ResponseCancel,
    "output_audio_buffer.clear": ce.OutputAudioBufferClear,
}

TYPE_OF: Mapping[type[Any], str] = {event: name for name, event in _EVENTS.items()}
"""The `type` of each client event."""

_AUDIO = AudioBytes()

_NULL_IS_ABSENT = frozenset({"response", "previous_item_id", "conversation"})


class BadEvent(ClientError):
    """A client event that cannot be understood; `event_id` is the client's, where one could be read."""

    def __init__(self, error: ClientError, event_id: str | None) -> None:
        super().__init__(error.message, code=error.code, param=error.param, type=error.type)
        self.event_id = event_id

    @classmethod
    def of(cls, error: ClientError, event: Mapping[str, Any]) -> BadEvent:
        """What is wrong with this event."""
        event_id = event.get("event_id")
        return cls(error, event_id if isinstance(event_id, str) else None)


class ClientEventDecoder:
    """Decodes and checks what clients send.

    `extended_rates` allows `audio/pcm` at 8, 16 and 48 kHz beside the API's 24 kHz. With `unknown`, the preview rules
    hold: a `temperature` is allowed, and keys that nobody knows are told to `unknown` by their path, then ignored.
    """

    def __init__(self, *, extended_rates: bool = False, unknown: Callable[[str], None] | None = None) -> None:
        self._extended_rates = extended_rates
        shapes = event_shapes(extended_rates=extended_rates, temperature=unknown is not None)
        self._shapes = shapes if unknown is None else lenient(shapes, unknown)

    def lenient(self, unknown: Callable[[str], None]) -> ClientEventDecoder:
        """The same decoder under the preview rules."""
        return ClientEventDecoder(extended_rates=self._extended_rates, unknown=unknown)

    def decode(self, data: str | bytes) -> ce.AnyClientEvent:
        """One frame -> one event. Raises BadEvent."""
        return self.check(parse(data))

    def check(self, event: dict[str, Any]) -> ce.AnyClientEvent:
        """A parsed JSON object -> one event. Raises BadEvent."""
        try:
            return self._checked(event)
        except ClientError as error:
            raise BadEvent.of(error, event) from None

    def _checked(self, event: dict[str, Any]) -> ce.AnyClientEvent:
        kind = event.get("type")
        if kind is None:
            raise ClientError("The 'type' field is missing.", code="invalid_event")
        if not isinstance(kind, str):
            raise invalid_type(kind, "a string", "type")
        if kind == "input_audio_buffer.append" and len(event) == 2 and "audio" in event:
            return ce.InputAudioBufferAppend(audio=_AUDIO(event["audio"], "audio"))  # Fifty a second: no table here.
        if kind not in _EVENTS:
            raise invalid_value(kind, tuple(_EVENTS), "type")
        fields = self._shapes[kind](event, "")
        del fields["type"]
        fields = {key: value for key, value in fields.items() if value is not None or key not in _NULL_IS_ABSENT}
        if kind == "conversation.item.create" and not fields.get("previous_item_id", "root"):
            del fields["previous_item_id"]
        return msgspec.convert(_without_null_defaults(fields), _EVENTS[kind])  # type: ignore[return-value]


def _without_null_defaults(fields: dict[str, Any]) -> dict[str, Any]:
    """`response.conversation: null` means the default, as if it were absent."""
    response = fields.get("response")
    if isinstance(response, dict) and response.get("conversation", "") is None:
        return {**fields, "response": {key: value for key, value in response.items() if key != "conversation"}}
    return fields


class _PlainAppend(msgspec.Struct, tag="input_audio_buffer.append", tag_field="type", forbid_unknown_fields=True):
    audio: bytes
    event_id: Annotated[str, msgspec.Meta(max_length=LONGEST_EVENT_ID)] | msgspec.UnsetType = msgspec.UNSET


_APPEND = "input_audio_buffer.append"
_APPEND_BYTES = _APPEND.encode()
_TYPE_WITHIN = 200
"""Characters of a frame in which its type is looked for."""
_append_decoder = msgspec.json.Decoder(_PlainAppend)


def plain_append(data: str | bytes) -> ce.InputAudioBufferAppend | None:
    """An append that has nothing to complain about, in a quarter of the time; None for everything else."""
    if isinstance(data, str):
        if _APPEND not in data[:_TYPE_WITHIN]:
            return None
    elif _APPEND_BYTES not in data[:_TYPE_WITHIN] or not data.isascii():
        return None
    try:
        append = _append_decoder.decode(data)
    except msgspec.DecodeError:
        return None  # the general way finds out what it is, and says it in our words
    if len(append.audio) > LONGEST_APPEND_BYTES:
        return None
    event_id = None if append.event_id is msgspec.UNSET else append.event_id
    return ce.InputAudioBufferAppend(event_id, append.audio)


_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


def parse(data: str | bytes) -> dict[str, Any]:
    """One frame -> one JSON object. Raises BadEvent with code `invalid_event`."""
    try:
        event = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The event could not be parsed as JSON: {error}."
        raise BadEvent(ClientError(message, code="invalid_event"), None) from None
    if not isinstance(event, dict):
        raise BadEvent(ClientError("An event must be a JSON object.", code="invalid_event"), None)
    return event


def encode(event: ServerEvent | dict[str, Any]) -> bytes:
    """One event -> one frame of UTF-8 JSON."""
    return _encoder.encode(event)
