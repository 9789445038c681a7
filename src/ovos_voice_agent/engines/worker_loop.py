"""What runs inside a worker process: one thread that takes turns between tasks and listens in between.

Rules:

- A task is a generator. It works for a few tens of milliseconds, then yields what it waits for (`Wait`); its return
  value is its result. Tasks that can go on take turns; a task that raises fails alone.
- The engine's end of the socket is the worker's life line: when it closes, however its owner died, the worker exits.
  Ctrl-C and SIGTERM reach a whole group of processes, so they are ignored here: the server drains first, then closes.
- Nothing is printed. This module loads neither asyncio nor numpy: a worker holds its engine and little else.
"""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import sys
from collections import deque
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
    FromWorker,
    Item,
    More,
    Ping,
    Pong,
    Ready,
    ToWorker,
    Unframer,
    pack,
    unpack_to_worker,
)

READ_BYTES = 256 * 1024


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


@dataclass(slots=True)
class _Running:
    """A task and its inbox. Implements `Desk`."""

    number: int
    send: Callable[[FromWorker], None]
    inbox: deque[Any] = field(default_factory=deque)
    waits_for: Wait = Wait.TURN
    work: Task | None = None

    def take(self) -> Any | None:
        return self.inbox.popleft() if self.inbox else None

    def emit(self, body: Any) -> None:
        self.send(Item(self.number, body))


class Turns:
    """All tasks of a worker; pure but for what the tasks do. `handle` takes messages, `work` does one slice."""

    def __init__(self, service: Service, send: Callable[[FromWorker], None]) -> None:
        self._service = service
        self._send = send
        self._tasks: dict[int, _Running] = {}
        self._ready: deque[_Running] = deque()

    @property
    def busy(self) -> bool:
        """Whether `work` has something to do."""
        return bool(self._ready)

    def handle(self, message: ToWorker) -> None:
        match message:
            case Begin(number, body):
                task = _Running(number, self._send)
                task.work = self._service.begin(body, task)
                self._tasks[number] = task
                self._ready.append(task)
            case More(number, body):
                if number in self._tasks:
                    self._tasks[number].inbox.append(body)
                    self._wake(self._tasks[number])
            case Drop(number):
                if number in self._tasks:
                    self._end(self._tasks[number])
            case Ping():
                self._send(Pong())

    def work(self) -> None:
        """One slice of the task whose turn it is."""
        task = self._ready.popleft()
        assert task.work is not None
        try:
            task.waits_for = next(task.work)
        except StopIteration as end:
            self._send(Done(task.number, end.value))
            self._end(task)
        except Exception as error:  # noqa: BLE001 - it fails this task, and the engine tells
            self._send(Failed(task.number, f"{type(error).__name__}: {error}"))
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
        del self._tasks[task.number]
        with contextlib.suppress(ValueError):
            self._ready.remove(task)
        if task.work is not None:
            task.work.close()
        for peer in self._tasks.values():
            if peer.waits_for is Wait.PEER:
                self._wake(peer)


def serve(make: Callable[[Any], Service]) -> None:
    """Be a worker: standard input is the socket to the engine, the one argument its options in JSON. Returns when the
    engine is gone. `make` loads everything; what it raises is told to the engine in its words."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=0) as line:
        with contextlib.suppress(OSError):
            _serve(line, make)
        line.detach()


def _serve(line: socket.socket, make: Callable[[Any], Service]) -> None:
    def send(message: FromWorker) -> None:
        line.sendall(pack(message))

    try:
        service = make(msgspec.json.decode(sys.argv[1]))
    except Exception as error:  # noqa: BLE001 - whatever keeps it from loading is told
        send(Broken(f"{type(error).__name__}: {error}"))
        return
    turns = Turns(service, send)
    send(Ready(service.describe()))
    unframer = Unframer()
    while True:
        if not turns.busy or select.select([line], [], [], 0)[0]:
            data = line.recv(READ_BYTES)
            if not data:
                return
            for content in unframer.push(data):
                turns.handle(unpack_to_worker(content))
        else:
            turns.work()
