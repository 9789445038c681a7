"""How a client speaks: chosen when it connects (protocol.md 1.2), and the codec for it. The core knows GA alone."""

from __future__ import annotations

import logging
from typing import Literal, Protocol, TypeAlias, get_args

import msgspec

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.client_events import AnyClientEvent
from ovos_voice_agent.protocol.codec import BadEvent, ClientEventDecoder, encode, parse, plain_append
from ovos_voice_agent.protocol.dialects.wires import AzureGaWire, AzurePreviewWire, BetaWire, GaWire, Wire
from ovos_voice_agent.protocol.server_events import ServerEvent
from ovos_voice_agent.transports.handshake import Handshake

log = logging.getLogger(__name__)

DialectName: TypeAlias = Literal["ga", "beta", "azure-ga", "azure-preview"]

PREVIEW: frozenset[DialectName] = frozenset({"beta", "azure-preview"})
"""Dialects whose sessions start with the defaults of the preview."""


class Dialect(Protocol):
    """The codec of one connection. It may keep state: each connection has its own."""

    def decode(self, frame: str | bytes) -> list[AnyClientEvent]:
        """One frame -> one event in GA form, seldom several. Raises BadEvent."""
        ...

    def encode(self, event: ServerEvent) -> bytes | None:
        """One event -> one frame of UTF-8 JSON, or None when the dialect has no such event."""
        ...


class Translated:
    """A dialect with a translation between its wire and the core."""

    __slots__ = ("_check", "_wire")

    def __init__(self, decoder: ClientEventDecoder, wire: Wire) -> None:
        self._check = decoder.check
        self._wire = wire

    def decode(self, frame: str | bytes) -> list[AnyClientEvent]:
        if (append := plain_append(frame)) is not None:  # the same in all dialects, and most of what clients send
            return [append]
        event = parse(frame)
        try:
            translated = self._wire.inwards(event)
        except ClientError as error:
            raise BadEvent.of(error, event) from None
        return [self._check(part) for part in translated]

    def encode(self, event: ServerEvent) -> bytes | None:
        shown = self._wire.outwards(msgspec.to_builtins(event))
        return None if shown is None else encode(shown)


class Ga(Translated):
    """The current protocol, which is the core's own: what we send is not translated."""

    __slots__ = ()

    def __init__(self, decoder: ClientEventDecoder) -> None:
        super().__init__(decoder, GaWire())

    def encode(self, event: ServerEvent) -> bytes | None:
        return encode(event)


def choose(handshake: Handshake, default: DialectName = "ga") -> DialectName:
    """The dialect of a WebSocket. Raises ClientError for `?dialect=` with a name that does not exist."""
    if handshake.path.startswith("/openai/v1/"):
        return "azure-ga"
    if handshake.route == "/openai/realtime":
        return "azure-preview"
    if _asks_for_beta(handshake):
        return "beta"
    named = handshake.query.get("dialect")
    if named is None:
        return default
    for name in get_args(DialectName):
        if name == named:
            return name  # type: ignore[no-any-return]
    message = f"Invalid value: '{named}'. Supported values are: 'ga' and 'beta'."
    raise ClientError(message, code="invalid_value", param="dialect")


def preview_is_off() -> ClientError:
    """What clients of the preview get before the upgrade, where it is switched off (protocol.md 10 #1)."""
    message = (
        "This server does not speak the preview form of the Realtime API; connect without the header 'OpenAI-Beta'. "
        "The server's setting for it is server.preview_dialects."
    )
    return ClientError(message, code="beta_api_shape_disabled")


def _asks_for_beta(handshake: Handshake) -> bool:
    marks = handshake.headers.get("openai-beta", "").split(",")
    return "realtime=v1" in [mark.strip() for mark in marks] or "openai-beta.realtime-v1" in handshake.subprotocols


class Dialects:
    """All dialects of this server, over one strict decoder and one that ignores what nobody knows."""

    def __init__(self, decoder: ClientEventDecoder) -> None:
        self._strict = decoder
        self._lenient = decoder.lenient(_note)

    def codec(self, name: DialectName, chosen_voice: str | None = None) -> Dialect:
        """The codec for one connection. `chosen_voice` is the one that the client's short-lived key brought along."""
        if name == "beta":
            return Translated(self._lenient, BetaWire(chosen_voice=chosen_voice))
        if name == "azure-preview":
            return Translated(self._lenient, AzurePreviewWire(chosen_voice))
        return Translated(self._strict, AzureGaWire()) if name == "azure-ga" else Ga(self._strict)


def _note(path: str) -> None:
    log.debug("a key that nobody knows was ignored", extra={"key": path[:_LONGEST_NOTE]})


_LONGEST_NOTE = 100
"""Characters of a path; clients choose them."""
