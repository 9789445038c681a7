"""One WebSocket to a Realtime server: events out, events in, as plain dicts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
import websockets.asyncio.client
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from ovos_voice_agent.errors import ClientError, TransportClosed

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Twice what servers accept: a client that drops a server's answer for its size learns nothing."""


class Refused(ClientError):
    """The server did not open the session. `status` is its HTTP status, 0 when there was no answer at all."""


class Connection:
    """An open session. Iterate over it for server events; the iteration ends when the server closes."""

    def __init__(self, socket: websockets.asyncio.client.ClientConnection) -> None:
        self._socket = socket

    async def send(self, event: Mapping[str, Any]) -> None:
        """Send one client event. Raises TransportClosed."""
        try:
            await self._socket.send(msgspec.json.encode(event).decode())
        except ConnectionClosed as error:
            raise TransportClosed(str(error)) from error

    async def receive(self) -> dict[str, Any]:
        """The next server event. Raises TransportClosed; cancelling loses nothing."""
        try:
            frame = await self._socket.recv()
        except ConnectionClosed as error:
            raise TransportClosed(str(error)) from error
        event: dict[str, Any] = msgspec.json.decode(frame)
        return event

    async def wait_for(self, *types: str) -> dict[str, Any]:
        """The next event of one of these types; others before it are dropped. Raises TransportClosed."""
        while (event := await self.receive())["type"] not in types:
            pass
        return event

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        try:
            while True:
                yield await self.receive()
        except TransportClosed:
            return

    async def close(self) -> None:
        """Say goodbye. Safe to call twice."""
        await self._socket.close()

    @property
    def close_code(self) -> int | None:
        """Why the connection ended (1000, 1001, ...), or None while it is open."""
        return self._socket.close_code


@asynccontextmanager
async def connect(
    url: str, *, key: str | None = None, model: str | None = None, query: Mapping[str, str] | None = None
) -> AsyncIterator[Connection]:
    """Open a session. `url` is a base (`http://127.0.0.1:8000/v1`) or the WebSocket's own address.

    Raises Refused, with the server's own words where it gave some. The connection is closed at the end of the block.
    """
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    wanted = {**({"model": model} if model else {}), **(query or {})}
    try:
        socket = await websockets.asyncio.client.connect(
            socket_url(url, wanted), additional_headers=headers, max_size=MAX_MESSAGE_BYTES, compression=None
        )
    except (InvalidHandshake, OSError, TimeoutError) as error:
        raise _refusal(url, error) from error
    connection = Connection(socket)
    try:
        yield connection
    finally:
        await connection.close()


def socket_url(url: str, query: Mapping[str, str]) -> str:
    """`http://host/v1` -> `ws://host/v1/realtime?...`; a `ws://` address that names a path is kept, query merged."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    path = parts.path.rstrip("/")
    if not path.endswith("/realtime"):
        path = (path or "/v1") + "/realtime"
    merged = dict(parse_qsl(parts.query)) | dict(query)
    return urlunsplit((scheme, parts.netloc, path, urlencode(merged), ""))


def _refusal(url: str, error: Exception) -> Refused:
    response = getattr(error, "response", None)
    if response is None:
        return Refused(f"no server answers at {url}: {error}", status=0)
    try:
        message = msgspec.json.decode(response.body)["error"]["message"]
    except (msgspec.DecodeError, TypeError, KeyError):
        message = f"the server answered {response.status_code}"
    return Refused(message, status=response.status_code)
