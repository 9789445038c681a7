"""One WebSocket to the server under test: frames as they are, so that broken ones can be sent and seen."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

import websockets.asyncio.client
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from ovos_voice_agent.client.connection import MAX_MESSAGE_BYTES, Refused, socket_url
from ovos_voice_agent.conformance.suite import Opening
from ovos_voice_agent.errors import TransportClosed

WRONG_KEY = "sk-conformance-wrong-key"
BETA_HEADER = {"OpenAI-Beta": "realtime=v1"}
AZURE_PATH = "/openai/v1/realtime"
PREVIEW_PATH = "/openai/realtime"
PREVIEW_VERSION = "2024-10-01-preview"
MINTED = "ek_"
"""How short-lived keys begin; they are bearers everywhere."""
OPEN_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Target:
    """The server under test. `url` is a base (`http://host/v1`) or the WebSocket's own address."""

    url: str
    key: str | None = None
    model: str | None = None
    dialect: str = "ga"


class Wire:
    """An open connection."""

    def __init__(self, socket: websockets.asyncio.client.ClientConnection) -> None:
        self._socket = socket

    async def send(self, frame: str | bytes) -> None:
        """Send a text frame, or a binary one. Raises TransportClosed."""
        try:
            await self._socket.send(frame)
        except ConnectionClosed as error:
            raise TransportClosed(str(error)) from error

    async def receive(self) -> str | bytes:
        """The next frame. Raises TransportClosed; cancelling loses nothing."""
        try:
            return await self._socket.recv()
        except ConnectionClosed as error:
            raise TransportClosed(str(error)) from error

    async def ping(self) -> None:
        """Ping, and wait for the answer. Raises TransportClosed."""
        try:
            await (await self._socket.ping())
        except ConnectionClosed as error:
            raise TransportClosed(str(error)) from error

    async def close(self) -> None:
        """Say goodbye and wait for the server's. Safe to call twice."""
        with suppress(AttributeError):  # asyncio's, where the line broke in the middle of a large frame of ours
            await self._socket.close()

    @property
    def subprotocol(self) -> str | None:
        """What the server chose of the sub-protocols offered."""
        return self._socket.subprotocol

    @property
    def close_code(self) -> int | None:
        """Why the connection ended, or None while it is open."""
        return self._socket.close_code


async def open_wire(target: Target, opening: Opening) -> Wire:
    """Connect. Raises Refused, with status 0 where no server answered."""
    headers = dict(opening.headers) | (BETA_HEADER if target.dialect == "beta" else {})
    if opening.key == "wrong":
        headers["Authorization"] = f"Bearer {WRONG_KEY}"
    elif target.key and opening.key in {"own", "minted"}:
        azure = target.dialect.startswith("azure") and not target.key.startswith(MINTED)
        headers |= {"api-key": target.key} if azure else {"Authorization": f"Bearer {target.key}"}
    offered = [Subprotocol(one.replace("$key", target.key or "none")) for one in opening.subprotocols]
    try:
        socket = await websockets.asyncio.client.connect(
            address(target, opening.query),
            additional_headers=headers,
            subprotocols=offered or None,
            max_size=MAX_MESSAGE_BYTES,
            compression=None,
            open_timeout=OPEN_LIMIT_S,
            proxy=None,
        )
    except InvalidStatus as error:
        raise Refused(f"the server answered {error.response.status_code}", status=error.response.status_code) from error
    except (InvalidHandshake, OSError, TimeoutError) as error:
        raise Refused(f"no Realtime server answers at {target.url}: {error}", status=0) from error
    return Wire(socket)


def address(target: Target, query: Mapping[str, str]) -> str:
    """The WebSocket's address for a dialect. An `intent` is asked for without a model, as the documents say."""
    wanted = {"model": target.model} if target.model and "intent" not in query else {}
    parts = urlsplit(socket_url(target.url, {**wanted, **query}))
    path = parts.path
    if target.dialect == "azure-preview":
        return _preview_address(parts)
    if target.dialect == "azure" and not path.endswith(AZURE_PATH):
        path = path.removesuffix("/v1/realtime").removesuffix("/realtime") + AZURE_PATH
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(parse_qsl(parts.query)), ""))


def _preview_address(parts: SplitResult) -> str:
    """Azure's preview calls the model a deployment."""
    path = parts.path
    if not path.endswith(PREVIEW_PATH):
        path = path.removesuffix("/v1/realtime").removesuffix("/realtime") + PREVIEW_PATH
    query = dict(parse_qsl(parts.query))
    model = {"deployment": query.pop("model")} if "model" in query else {}
    query = {"api-version": PREVIEW_VERSION, **model, **query}
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode(query), ""))
