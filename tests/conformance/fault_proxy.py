"""A proxy between the suite and a correct server that plants one fault in what the server says."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import websockets.asyncio.client
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from ovos_voice_agent.conformance.patterns import MISSING, look_up, mismatches

Event: TypeAlias = dict[str, Any]
Plant: TypeAlias = Callable[[Event], list[Event]]
"""What comes instead of a server event; it may remember. One with a method `outgoing` changes client frames, too
(None: it does not arrive); one with a `close_code` ends the connection with it."""

CLOSE = "(close)"
"""An event of this type is no event: the connection is closed."""
SIZE = 64 * 1024 * 1024
NEVER_SENT = {None, 1005, 1006}
"""What stands for the absence of a close code."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, and the cases that must catch it: these and no others."""

    name: str
    plant: Callable[[], Plant]
    """Makes the fault anew for each connection."""
    caught_by: frozenset[str]
    dialect: str = "ga"


def fault(name: str, plant: Callable[[], Plant], *caught_by: str, dialect: str = "ga") -> Fault:
    return Fault(name, plant, frozenset(caught_by), dialect)


@asynccontextmanager
async def proxied(upstream: str, plant: Callable[[], Plant]) -> AsyncIterator[str]:
    """The base address of a proxy to the server at `upstream` (`http://host:port/v1`)."""
    target = urlsplit(upstream)
    servers: dict[ServerConnection, Any] = {}

    async def arriving(client: ServerConnection, request: Request) -> Response | None:
        try:
            servers[client] = await _connect(f"ws://{target.netloc}{request.path}", request)
        except InvalidStatus as refusal:
            return client.respond(refusal.response.status_code, "refused")  # type: ignore[arg-type]
        return None

    async def connected(client: ServerConnection) -> None:
        await _both_ways(client, servers.pop(client), plant())

    chosen = {"max_size": SIZE, "compression": None, "select_subprotocol": _realtime}
    async with serve(connected, "127.0.0.1", 0, process_request=arriving, **chosen) as listener:  # type: ignore[arg-type]
        port = next(iter(listener.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}{target.path}"


async def _connect(address: str, request: Request) -> Any:
    kept = {"authorization", "openai-beta", "api-key"}
    headers = [(name, value) for name, value in request.headers.raw_items() if name.lower() in kept]
    offered = [one.strip() for one in request.headers.get("Sec-WebSocket-Protocol", "").split(",") if one.strip()]
    return await websockets.asyncio.client.connect(
        address,
        additional_headers=headers,
        subprotocols=[Subprotocol(one) for one in offered] or None,
        max_size=SIZE,
        compression=None,
        proxy=None,
    )


def _realtime(_: ServerConnection, offered: Any) -> Any:
    return "realtime" if "realtime" in offered else None


async def _both_ways(client: ServerConnection, server: Any, plant: Plant) -> None:
    outgoing = getattr(plant, "outgoing", lambda frame: frame)

    async def upwards() -> None:
        try:
            async for frame in client:
                if (changed := outgoing(frame)) is not None:
                    with contextlib.suppress(ConnectionClosed):  # what the client still sends must be read
                        await server.send(changed)
        except ConnectionClosed:
            pass
        await server.close()

    async def downwards() -> None:
        try:
            async for frame in server:
                for event in plant(json.loads(frame)):
                    if event["type"] == CLOSE:
                        await client.close(1011)
                    await client.send(json.dumps(event))
        except ConnectionClosed:
            pass
        code = getattr(plant, "close_code", None) or server.close_code
        await client.close(1000 if code in NEVER_SENT else code)

    async with asyncio.TaskGroup() as group:
        group.create_task(upwards())
        group.create_task(downwards())


# -------------------------------------------------------------------------------------------------- kinds of faults


def drop(type: str, *, nth: int = 0, **where: Any) -> Callable[[], Plant]:
    """The `nth` such event (each one, if -1) does not come."""
    return _once(type, nth, where, lambda _: [])


def change(type: str, path: str, value: Any, *, nth: int = -1, **where: Any) -> Callable[[], Plant]:
    """Such events carry another value at a path; `value` may be a function of the old one."""

    def changed(event: Event) -> list[Event]:
        other = copy.deepcopy(event)
        old = look_up(event, path)
        if old is not MISSING:
            _set(other, path, value(old) if callable(value) else value)
        return [other]

    return _once(type, nth, where, changed)


def leave_out(type: str, path: str, **where: Any) -> Callable[[], Plant]:
    """Such events lack a key."""

    def without(event: Event) -> list[Event]:
        other = copy.deepcopy(event)
        parent, _, key = path.rpartition(".")
        holder = look_up(other, parent) if parent else other
        if isinstance(holder, dict):
            holder.pop(key, None)
        return [other]

    return _once(type, -1, where, without)


def repeat(type: str, *, nth: int = 0, **where: Any) -> Callable[[], Plant]:
    """Such an event comes twice, with another event_id."""
    return _once(type, nth, where, lambda event: [event, event | {"event_id": f"{event['event_id']}x"}])


def answer_with(type: str, other: Callable[[Event], Event], *, nth: int = -1, **where: Any) -> Callable[[], Plant]:
    """Another event comes in its place."""
    return _once(type, nth, where, lambda event: [other(event)])


def add_after(type: str, other: Callable[[Event], Event], *, nth: int = 0, **where: Any) -> Callable[[], Plant]:
    """Another event follows it."""
    return _once(type, nth, where, lambda event: [event, other(event)])


def add_before(type: str, other: Callable[[Event], Event], *, nth: int = 0, **where: Any) -> Callable[[], Plant]:
    """Another event comes before it."""
    return _once(type, nth, where, lambda event: [other(event), event])


def hold_until(type: str, until: str, *, nth: int = 0, **where: Any) -> Callable[[], Plant]:
    """Such an event comes right after the next event of the type `until`."""

    conditions = {path.replace("__", "."): value for path, value in where.items()}

    @dataclass
    class Holding:
        held: list[Event] = field(default_factory=list)
        count: int = 0

        def __call__(self, event: Event) -> list[Event]:
            if event.get("type") == type and not mismatches(event, conditions, {}):
                self.count += 1
                if self.count - 1 == nth:
                    self.held.append(event)
                    return []
            if event.get("type") == until and self.held:
                return [event, self.held.pop()]
            return [event]

    return Holding


def armed(type: str, plant: Callable[[], Plant], **where: Any) -> Callable[[], Plant]:
    """A fault that waits for an event of this type before it begins."""
    conditions = {path.replace("__", "."): value for path, value in where.items()}

    @dataclass
    class Armed:
        inner: Plant = field(default_factory=plant)
        on: bool = False

        def __call__(self, event: Event) -> list[Event]:
            if self.on:
                return self.inner(event)
            self.on = event.get("type") == type and not mismatches(event, conditions, {})
            return [event]

    return Armed


def _once(type: str, nth: int, where: Mapping[str, Any], what: Callable[[Event], list[Event]]) -> Callable[[], Plant]:
    conditions = {path.replace("__", "."): value for path, value in where.items()}

    @dataclass
    class Planted:
        count: int = 0

        def __call__(self, event: Event) -> list[Event]:
            if event.get("type") != type or mismatches(event, conditions, {}):
                return [event]
            self.count += 1
            return what(event) if nth in {-1, self.count - 1} else [event]

    return Planted


def _set(event: Event, path: str, value: Any) -> None:
    parent, _, key = path.rpartition(".")
    holder = look_up(event, parent) if parent else event
    if key.endswith("]"):
        name, _, index = key[:-1].partition("[")
        holder[name][int(index)] = value
    else:
        holder[key] = value
