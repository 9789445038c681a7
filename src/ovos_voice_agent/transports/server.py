"""uvicorn as we use it: a listening socket of our own, WebSockets that can be hung up, and a shutdown in our order."""

from __future__ import annotations

import asyncio
import errno
import socket
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from ovos_voice_agent.transports.connection import Receiver
from ovos_voice_agent.transports.frames import Cutter
from ovos_voice_agent.transports.tls import TlsFiles
from ovos_voice_agent.transports.websocket import WIRE_EXTENSION

PING_EVERY_S = 20.0
PONG_WITHIN_S = 60.0
"""Our pings keep proxies from closing a silent line, and find peers that vanished (protocol.md 7.7)."""
SEND_BUFFER_BYTES = 256 * 1024
"""Of the kernel, per connection. It grows to megabytes by itself: memory that nobody counts, and seconds of speech that
a slow reader has not yet taken but that we believe sent."""
HANG_UP_S = 5.0
"""How long a peer may take what was already on its way when the line is cut."""
LAST_REQUESTS_S = 3
BACKLOG = 1024
_SHARED = getattr(socket, "SO_REUSEPORT", 0)
CAN_SHARE = bool(_SHARED)


class PortTakenError(OSError):
    """Somebody else listens there. The text is a sentence for the person who started the server."""


def hold(host: str, port: int) -> socket.socket:
    """A port for processes that share it, each with `listen(..., shared=True)`; nobody else gets it while the socket is
    open. Port 0 takes a free one. Raises PortTakenError, OSError."""
    listen(host, port).close()  # one that is shared would go beside another server's without a word
    return listen(host, port, shared=True)


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A bound socket that does not listen yet; port 0 takes a free one. With `shared`, other processes of this user may
    listen there as well. Raises PortTakenError, OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, _SHARED, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise _in_words(error, host, port) from error
    return listener


def _in_words(error: OSError, host: str, port: int) -> OSError:
    if error.errno == errno.EADDRINUSE:
        return PortTakenError(f"Port {port} of {host} is in use by another program: stop it, or choose another --port.")
    if error.errno == errno.EACCES:
        return OSError(f"This user may not listen on port {port} of {host}: choose another --port, above 1023.")
    return OSError(f"Cannot listen on port {port} of {host}: {error.strerror}.")


class Socket(WebSocketsSansIOProtocol):
    """A WebSocket that hands over its messages as they arrive, without a queue and a task between; that shows how much
    its peer has not taken, and can be cut off (see `connection.Wire`)."""

    _cut: asyncio.TimerHandle | None = None
    _receiver: Receiver | None = None

    def attach(self, receiver: Receiver) -> None:
        """From now on messages go to `receiver`, all of one read at once; only the end still comes as an event."""
        self._receiver = receiver
        self._cutter = Cutter()
        self._messages: list[str | bytes] = []
        early: list[Any] = []
        while not self.queue.empty():
            early.append(self.queue.get_nowait())
        for event in early:
            if event["type"] == "websocket.receive":
                self._messages.append(event.get("text") or event.get("bytes") or "")
            else:
                self.queue.put_nowait(event)
        self.resume()
        self._hand_over()

    def pause(self) -> None:
        """Read nothing more for now. What was read already still comes."""
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        if self.read_paused:
            self.read_paused = False
            if not self.transport.is_closing():
                self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self._receiver is None:
            super().data_received(data)
            return
        one = self._cutter.one(data)
        if one is None:
            self._take_all(data)
        elif self.close_sent or not self._receiver.heard(one):
            self._take_text(one)
        self._hand_over()

    def _take_all(self, data: bytes) -> None:
        for usual, piece in self._cutter.cut(data):
            if usual:
                self._take_text(piece)
            elif self.conn.parser_exc is None:  # after a mistake nothing counts
                super().data_received(piece)

    def send_receive_event_to_app(self) -> None:
        if self._receiver is None:
            super().send_receive_event_to_app()
            return
        data, self.frames = b"".join(self.frames), []
        if self.curr_msg_data_type == "text":
            self._take_text(data)
        elif not self.close_sent:
            self._messages.append(data)

    def _take_text(self, data: bytes) -> None:
        if self.close_sent or self.conn.parser_exc is not None:
            return
        try:
            self._messages.append(data.decode())
        except UnicodeDecodeError:
            self.conn.send_close(1007)
            self.handle_parser_exception()

    def _hand_over(self) -> None:
        if self._messages and self._receiver is not None:
            messages, self._messages = self._messages, []
            self._receiver.arrived(messages)

    async def run_asgi(self) -> None:
        extensions: dict[str, object] = self.scope["extensions"]  # type: ignore[assignment]
        extensions[WIRE_EXTENSION] = self
        try:
            await super().run_asgi()
        finally:
            self._cut_soon()  # a peer that takes nothing would keep the closing socket for ever

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # uvicorn forgets it of a refusal with a body, and logs an error for each

    def connection_lost(self, exc: Exception | None) -> None:
        if self._cut is not None:
            self._cut.cancel()
        super().connection_lost(exc)

    def unsent_bytes(self) -> int:
        return self.transport.get_write_buffer_size()

    def hang_up(self, code: int, reason: str) -> None:
        if not (self.close_sent or self.transport.is_closing()):
            self.conn.send_close(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self._cut_soon()

    def _cut_soon(self) -> None:
        if self._cut is None and not self.disconnected:
            self._cut = self.loop.call_later(self.close_timeout + HANG_UP_S, self.transport.abort)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """`max_message_bytes` is the largest frame a client may send; larger ones close the connection with 1009. With
    `tls`, nothing but https and wss is spoken."""

    max_message_bytes: int = 32 * 1024 * 1024
    tls: TlsFiles | None = None


class Listener:
    """Serves one ASGI application on one socket, until `close`."""

    def __init__(self, application: Any, listener: socket.socket, options: ServerOptions) -> None:
        """`listener` is bound, see `listen`; it belongs to the Listener from now on."""
        self._socket = listener
        self.options = options
        self.port: int = listener.getsockname()[1]
        self._server = uvicorn.Server(_uvicorn_config(application, options))

    @property
    def connections(self) -> int:
        """How many are open, of whatever kind."""
        return len(self._server.server_state.connections)

    async def start(self) -> None:
        """Accept connections. Raises OSError."""
        config = self._server.config
        config.load()
        self._server.lifespan = config.lifespan_class(config)
        await self._server.startup(sockets=[self._socket])

    def stop_accepting(self) -> None:
        """Leave those who are connected alone, and let nobody else in."""
        for server in self._server.servers:
            server.close()

    async def close(self) -> None:
        """Close what is still open, and wait until it is. At most a few seconds."""
        await self._server.shutdown(sockets=[self._socket])

    def abort(self) -> None:
        """Cut every connection at once."""
        self._server.force_exit = True
        self.stop_accepting()
        for connection in list(self._server.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()


def _uvicorn_config(application: Any, options: ServerOptions) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        ws=Socket,
        ssl_certfile=options.tls.certificate if options.tls else None,
        ssl_keyfile=options.tls.key if options.tls else None,
        ws_max_size=options.max_message_bytes,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PONG_WITHIN_S,
        ws_per_message_deflate=False,  # Base64 of audio gains nothing, and a small frame could unpack to a huge one
        lifespan="off",
        log_config=None,
        log_level="warning",  # its information lines hold the query, and that may hold a key
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=LAST_REQUESTS_S,
    )
