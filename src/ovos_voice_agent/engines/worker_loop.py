"""What runs inside a worker process: one thread that takes turns between tasks and listens in between.

Rules:

- A task is a generator. It works for a few tens of milliseconds, then yields what it waits for (`Wait`); its return
  value is its result. Tasks that can go on take turns; a task that raises fails alone.
- The owner's end of the socket is the worker's life line: when it closes, however its owner died, the worker exits.
  Where several processes share a worker, each is a guest (`worker_guests.py`), and takes its tasks along when it goes.
- Tasks take turns whoever they belong to: a process with many sessions and one with few wait alike for each session.
  Ctrl-C and SIGTERM reach a whole group of processes, so they are ignored here: the server drains first, then closes.
- Nothing is printed. This module loads neither asyncio nor numpy: a worker holds its engine and little else.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections import Counter, deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, TypeAlias

import msgspec

from ovos_voice_agent.engines.frames import (
    Begin,
    Broken,
    Done,
    Drop,
    Failed,
    Item,
    More,
    Ping,
    Pong,
    Ready,
    ToWorker,
    unpack_to_worker,
)
from ovos_voice_agent.engines.worker_guests import Guest, Owner, Room


class Wait(Enum):
    """What a task waits for."""

    TURN = "turn"
    """Nothing: it goes on after the others had their turn."""
    INPUT = "input"
    """More input."""
    PEER = "peer"
    """The end of another task, which may free what this one needs. More input wakes it as well."""


Task: TypeAlias = Generator[Wait, None, Any]


class Desk(Protocol):
    """A task's side of the conversation with the engine."""

    def take(self) -> Any | None:
        """The next input that came since, or None."""
        ...

    def emit(self, body: Any) -> None:
        """A piece of the result."""
        ...


class Service(Protocol):
    """What a worker does."""

    def describe(self) -> Any:
        """What the engine needs to know of it; sent when the worker is ready."""
        ...

    def begin(self, body: Any, desk: Desk) -> Task: ...


@dataclass(slots=True, eq=False)
class _Running:
    """A task of a guest, and its inbox. Implements `Desk`."""

    number: int
    guest: Guest
    inbox: deque[Any] = field(default_factory=deque)
    waits_for: Wait = Wait.TURN
    work: Task | None = None

    def take(self) -> Any | None:
        return self.inbox.popleft() if self.inbox else None

    def emit(self, body: Any) -> None:
        self.guest.send(Item(self.number, body))


class Turns:
    """All tasks of a worker; pure but for what the tasks do. `handle` takes messages, `work` does one slice."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._tasks: dict[tuple[Guest, int], _Running] = {}
        self._ready: deque[_Running] = deque()
        self.loads: Counter[Guest] = Counter()
        """How many tasks each guest has."""

    @property
    def busy(self) -> bool:
        """Whether `work` has something to do."""
        return bool(self._ready)

    def handle(self, message: ToWorker, guest: Guest) -> None:
        match message:
            case Begin(number, body):
                self._begin(_Running(number, guest), body)
            case More(number, body):
                if task := self._tasks.get((guest, number)):
                    task.inbox.append(body)
                    self._wake(task)
            case Drop(number):
                if task := self._tasks.get((guest, number)):
                    self._end(task)
            case Ping():
                guest.send(Pong())

    def leave(self, guest: Guest) -> None:
        """Forget all tasks of a guest who is gone."""
        for task in [task for task in self._tasks.values() if task.guest is guest]:
            self._end(task)

    def _begin(self, task: _Running, body: Any) -> None:
        task.work = self._service.begin(body, task)
        self._tasks[task.guest, task.number] = task
        self.loads[task.guest] += 1
        self._ready.append(task)

    def work(self) -> None:
        """One slice of the task whose turn it is."""
        task = self._ready.popleft()
        assert task.work is not None
        try:
            task.waits_for = next(task.work)
        except StopIteration as end:
            task.guest.send(Done(task.number, end.value))
            self._end(task)
        except Exception as error:  # noqa: BLE001 - it fails this task, and the engine tells
            task.guest.send(Failed(task.number, f"{type(error).__name__}: {error}"))
            self._end(task)
        else:
            if task.waits_for is Wait.TURN or task.inbox:
                task.waits_for = Wait.TURN
                self._ready.append(task)

    def _wake(self, task: _Running) -> None:
        if task.waits_for is not Wait.TURN:
            task.waits_for = Wait.TURN
            self._ready.append(task)

    def _end(self, task: _Running) -> None:
        del self._tasks[task.guest, task.number]
        self._leave_one(task.guest)
        with contextlib.suppress(ValueError):
            self._ready.remove(task)
        if task.work is not None:
            task.work.close()
        for peer in self._tasks.values():
            if peer.waits_for is Wait.PEER:
                self._wake(peer)

    def _leave_one(self, guest: Guest) -> None:
        self.loads[guest] -= 1
        if not self.loads[guest]:
            del self.loads[guest]


def serve(make: Callable[[Any], Service]) -> None:
    """Be a worker: standard input is the socket to the owner, the arguments are the options in JSON and, where the
    worker is shared, the number of the socket on which others find it. Returns when the owner is gone. `make` loads
    everything; what it raises is told to the owner in its words."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    door = socket.socket(fileno=int(sys.argv[2])) if len(sys.argv) > 2 else None
    with socket.socket(fileno=0) as line:
        with contextlib.suppress(OSError):
            _serve(line, door, make)
        line.detach()


def _serve(line: socket.socket, door: socket.socket | None, make: Callable[[Any], Service]) -> None:
    owner = Owner(line)
    try:
        service = make(msgspec.json.decode(sys.argv[1]))
    except Exception as error:  # noqa: BLE001 - whatever keeps it from loading is told
        owner.send(Broken(f"{type(error).__name__}: {error}"))
        return
    ready = Ready(service.describe(), os.getpid())
    owner.send(ready)
    room, turns = Room(owner, door, ready), Turns(service)
    while True:
        for guest, contents in room.listen(wait=not turns.busy):
            if contents is not None:
                for content in contents:
                    turns.handle(unpack_to_worker(content), guest)
            elif guest is owner:
                return
            else:
                turns.leave(guest)
        if turns.busy:
            turns.work()
        room.tell_loads(turns.loads)
