"""Who a worker process listens to: its owner, and where it is shared, each process that came in at its door.

Rules:

- The owner is waited for when its socket is full, for it is the only one. A guest is not: what it does not take is kept
  for it, so that a process that is stuck stops nobody else; one that leaves more than `KEPT_LIMIT_BYTES` is shown out.
- Guests are told how many tasks the others have, so that each can choose the worker with the fewest.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator, Mapping
from typing import Protocol

from ovos_voice_agent.engines.frames import FromWorker, Others, Ready, Unframer, pack

READ_BYTES = 256 * 1024
KEPT_LIMIT_BYTES = 64 * 1024 * 1024
"""Twenty minutes of speech; engines ask for the next sentence when they have the last."""


class Guest(Protocol):
    """Who gives tasks, and is told their results."""

    def send(self, message: FromWorker) -> None: ...


class _Socket:
    """What owner and guests have in common."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._unframer = Unframer()

    def fileno(self) -> int:
        return self._line.fileno()

    def read(self) -> list[bytes] | None:
        """What came; None when the other end is gone."""
        try:
            data = self._line.recv(READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            return None
        return self._unframer.push(data) if data else None


class Owner(_Socket):
    """Implements `Guest`."""

    def send(self, message: FromWorker) -> None:
        """Raises OSError when the owner is gone."""
        self._line.sendall(pack(message))


class Visitor(_Socket):
    """One of those who share the worker. Implements `Guest`."""

    def __init__(self, line: socket.socket) -> None:
        line.setblocking(False)
        super().__init__(line)
        self.kept = bytearray()
        self.others = 0
        """What it was told of the others' tasks."""

    def send(self, message: FromWorker) -> None:
        self.kept += pack(message)
        self.flush()

    def flush(self) -> None:
        """Send what is kept, as far as it is taken."""
        try:
            del self.kept[: self._line.send(self.kept)]
        except BlockingIOError:
            pass
        except OSError:
            self.kept.clear()  # it is gone, which reading will show

    @property
    def is_stuck(self) -> bool:
        return len(self.kept) > KEPT_LIMIT_BYTES

    def close(self) -> None:
        self._line.close()


class Room:
    """The owner and all guests. `door` None: the worker is not shared."""

    def __init__(self, owner: Owner, door: socket.socket | None, welcome: Ready) -> None:
        """`welcome` is what each guest is told first."""
        self._owner = owner
        self._door = door
        self._welcome = welcome
        self._visitors: list[Visitor] = []
        if door:
            door.setblocking(False)

    def listen(self, *, wait: bool) -> Iterator[tuple[Guest, list[bytes] | None]]:
        """Who said what, and who is gone (None). `wait`: until there is something."""
        heard: list[Owner | Visitor] = [self._owner, *self._visitors]
        full = [visitor for visitor in self._visitors if visitor.kept]
        sources = [*heard, *filter(None, [self._door])]
        readable, writable, _ = select.select(sources, full, [], None if wait else 0)
        for visitor in writable:
            visitor.flush()
        for one in heard:
            contents = one.read() if one in readable else []
            if isinstance(one, Visitor) and (contents is None or one.is_stuck):
                self._visitors.remove(one)
                one.close()
                yield one, None
            elif contents != []:
                yield one, contents
        if self._door and self._door in readable:
            self._let_in(self._door)

    def _let_in(self, door: socket.socket) -> None:
        try:
            line, _ = door.accept()
        except OSError:  # it went away while it waited
            return
        visitor = Visitor(line)
        visitor.send(self._welcome)
        self._visitors.append(visitor)

    def tell_loads(self, loads: Mapping[Guest, int]) -> None:
        """To each guest, if it changed, how many tasks the others have."""
        if not self._visitors:
            return
        total = sum(loads.values())
        for visitor in self._visitors:
            others = total - loads.get(visitor, 0)
            if others != visitor.others:
                visitor.others = others
                visitor.send(Others(others))
