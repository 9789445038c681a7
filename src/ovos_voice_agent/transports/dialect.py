"""How a client speaks: chosen when it connects (protocol.md 1.2), and the codec for it. The core knows GA alone."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias, get_args

from ovos_voice_agent.errors import ClientError
from ovos_voice_agent.protocol.client_events import AnyClientEvent
from ovos_voice_agent.protocol.codec import ClientEventDecoder, encode
from ovos_voice_agent.protocol.server_events import ServerEvent
from ovos_voice_agent.transports.handshake import Handshake

DialectName: TypeAlias = Literal["ga", "beta", "azure-ga", "azure-preview"]


class Dialect(Protocol):
    """The codec of one connection. It may keep state: each connection has its own."""

    def decode(self, frame: str | bytes) -> AnyClientEvent:
        """One frame -> one event in GA form. Raises BadEvent."""
        ...

    def encode(self, event: ServerEvent) -> bytes | None:
        """One event -> one frame of UTF-8 JSON, or None when the dialect has no such event."""
        ...


class Ga:
    """The current protocol, which is the core's own."""

    __slots__ = ("decode",)

    def __init__(self, decoder: ClientEventDecoder) -> None:
        self.decode = decoder.decode

    @staticmethod
    def encode(event: ServerEvent) -> bytes | None:
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


def _asks_for_beta(handshake: Handshake) -> bool:
    marks = handshake.headers.get("openai-beta", "").split(",")
    return "realtime=v1" in [mark.strip() for mark in marks] or "openai-beta.realtime-v1" in handshake.subprotocols


def dialect_for(name: DialectName, decoder: ClientEventDecoder) -> Dialect:
    """A codec for one connection. Raises ClientError where this server does not speak the dialect."""
    if name != "ga":
        message = f"This server does not speak the '{name}' form of the Realtime API: use the GA form."
        raise ClientError(message, code="invalid_value", param="dialect")
    return Ga(decoder)
