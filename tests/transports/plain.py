"""A session without engines behind a connection, a client that is a pair of queues, and a wire that is only counted."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.session import Identity, Input, Session
from ovos_voice_agent.protocol.client_events import InputAudioBufferAppend
from ovos_voice_agent.protocol.settings import (
    AudioSettings,
    InputAudioSettings,
    OutputAudioSettings,
    RealtimeSettings,
)
from ovos_voice_agent.stores.sqlite import SqliteStore
from ovos_voice_agent.transports.auth import ALL_SCOPES, Authenticator, Key, Keys, Scope, digest_of
from ovos_voice_agent.transports.connection import Receiver
from ovos_voice_agent.transports.guard import Guard
from ovos_voice_agent.transports.limits import Limiter, Quota
from ovos_voice_agent.transports.origins import Origins
from ovos_voice_agent.transports.outbox import Outbox
from ovos_voice_agent.transports.secrets import Secrets

SETTINGS = RealtimeSettings(
    model="m", instructions="i", audio=AudioSettings(InputAudioSettings(), OutputAudioSettings(voice="v"))
)


NO_LIMITS = Quota()


class Gates:
    """What decides who may come in, with one key or none, over a store in memory."""

    def __init__(self, key: str | None = None, quota: Quota = NO_LIMITS, scopes: Iterable[Scope] = ALL_SCOPES) -> None:
        keys = Keys([Key("kitchen", digest_of(key), frozenset(scopes))] if key else [])
        self.now = 1_000_000.0
        self.store = SqliteStore(None, lambda: self.now)
        self.secrets = Secrets(self.store, lambda: self.now)
        self.authenticator = Authenticator(keys, self.secrets)
        self.limiter = Limiter(self.store, {}, quota, lambda: self.now)
        self.guard = Guard(self.authenticator, self.limiter, lambda: self.now)
        self.origins = Origins([], keyed=keys.required, host="127.0.0.1")


async def no_metrics() -> bytes:
    return b""


def counted_ids() -> Callable[[str], str]:
    numbers = itertools.count(1)
    return lambda prefix: f"{prefix}_{next(numbers)}"


class PlainRunner:
    """The core's session and nothing else: server events go to the outbox, of the commands only `Close` is performed.

    `judged` and `room` are the gates of the detector, opened and shut by the test; with `holds` audio is held for ever.
    """

    def __init__(self, outbox: Outbox) -> None:
        self.session = Session(Identity("sess_1", 0), SETTINGS, Offer(), counted_ids(), 0.0)
        self.posted: list[Input] = []
        self.judged, self.room = asyncio.Event(), asyncio.Event()
        self.judged.set()
        self.room.set()
        self.closed = 0
        self.holds = False
        self.held: list[InputAudioBufferAppend] = []
        self._outbox = outbox

    def hold(self, append: InputAudioBufferAppend) -> bool:
        if self.holds:
            self.held.append(append)
        return self.holds

    def post(self, input: Input) -> None:
        self.posted.append(input)
        for output in self.session.handle(input, 0.0):
            if isinstance(output, c.Close):
                self._outbox.close(output.code, output.reason)
            elif not isinstance(output, c.Command):
                self._outbox.send(output)

    @property
    def is_caught_up(self) -> bool:
        return self.judged.is_set()

    @property
    def is_ready_for_more(self) -> bool:
        return self.room.is_set()

    async def caught_up(self) -> None:
        await self.judged.wait()

    async def ready_for_more(self) -> None:
        await self.room.wait()

    async def close(self) -> None:
        self.closed += 1


class Line:
    """The client's end of an ASGI connection, and the wire under it. `taking` is cleared to stop reading."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.taking = asyncio.Event()
        self.taking.set()
        self.hung_up: tuple[int, str] | None = None
        self._incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._unread: deque[str | bytes] = deque()
        self._receiver: Receiver | None = None
        self._paused = False

    def say(self, *events: Any) -> None:
        """Each arrives by itself; while nothing is read they wait."""
        self._unread.extend(json.dumps(event) if isinstance(event, dict) else event for event in events)
        self._read()

    def say_at_once(self, *events: dict[str, Any]) -> None:
        """All in one packet."""
        assert self._receiver is not None
        self._receiver.arrived([json.dumps(event) for event in events])

    def _read(self) -> None:
        while self._unread and self._receiver is not None and not self._paused:
            self._receiver.arrived([self._unread.popleft()])

    def attach(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._read()

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        asyncio.get_running_loop().call_soon(self._read)

    def connect(self) -> None:
        self._incoming.put_nowait({"type": "websocket.connect"})

    def leave(self) -> None:
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def receive(self) -> dict[str, Any]:
        return await self._incoming.get()

    async def send(self, message: Any) -> None:
        await self.taking.wait()
        self.received.append(message)

    def unsent_bytes(self) -> int:
        return 0

    def hang_up(self, code: int, reason: str) -> None:
        self.hung_up = (code, reason)

    @property
    def unread(self) -> int:
        """Frames that the server has not read yet."""
        return len(self._unread)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(message["text"]) for message in self.received if message["type"] == "websocket.send"]

    def types(self) -> list[str]:
        return [event["type"] for event in self.events()]

    def goodbyes(self) -> list[tuple[int, str]]:
        return [(m["code"], m["reason"]) for m in self.received if m["type"] == "websocket.close"]


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(50):
        await asyncio.sleep(0)
