"""Who a worker listens to, over real sockets."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ovos_voice_agent.engines import worker_guests
from ovos_voice_agent.engines.frames import (
    Drop,
    FromWorker,
    Item,
    Others,
    Pong,
    Ready,
    Unframer,
    pack,
    unpack_from_worker,
)
from ovos_voice_agent.engines.worker_guests import Guest, Owner, Room, Visitor
from ovos_voice_agent.engines.worker_process import Door

WELCOME = Ready("hello", 7)


class Party:
    """A room with its owner's other end, and guests who knock."""

    def __init__(self, folder: Path) -> None:
        self.owner, end = socket.socketpair()
        self.door = Door(folder / "1.sock")
        self.line = Owner(end)
        self._door = socket.socket(fileno=self.door.fileno())
        self.room = Room(self.line, self._door, WELCOME)
        self._sockets = [self.owner, end]

    def knock(self) -> socket.socket:
        guest = socket.socket(socket.AF_UNIX)
        guest.connect(str(self.door.path))
        guest.settimeout(10)
        self._sockets.append(guest)
        self.listen()
        return guest

    def listen(self) -> list[tuple[Guest, list[bytes] | None]]:
        return list(self.room.listen(wait=True))

    def close(self) -> None:
        self._door.detach()
        self.door.close()
        for one in self._sockets:
            one.close()
        for visitor in self.room._visitors:
            visitor.close()


@contextmanager
def party() -> Iterator[Party]:
    with tempfile.TemporaryDirectory() as folder:
        made = Party(Path(folder))
        try:
            yield made
        finally:
            made.close()


def heard(end: socket.socket, count: int) -> list[FromWorker]:
    """The next so many messages."""
    unframer, messages = Unframer(), []
    while len(messages) < count:
        messages += [unpack_from_worker(content) for content in unframer.push(end.recv(1 << 20))]
    return messages


def test_an_owner_alone_is_heard_and_answered() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = Owner(theirs)
        room = Room(line, None, WELCOME)
        assert list(room.listen(wait=False)) == []
        ours.sendall(pack(Drop(3)))
        assert list(room.listen(wait=True)) == [(line, [pack(Drop(3))[4:]])]
        line.send(Pong())
        room.tell_loads({line: 3})
        assert heard(ours, 1) == [Pong()]
        ours.close()
        assert list(room.listen(wait=True)) == [(line, None)]


def test_guests_are_welcomed_heard_and_missed() -> None:
    with party() as given:
        first, second = given.knock(), given.knock()
        assert [heard(end, 1) for end in (first, second)] == [[WELCOME], [WELCOME]]
        second.sendall(pack(Drop(1))[:3])
        assert given.listen() == []  # not whole yet
        second.sendall(pack(Drop(1))[3:])
        [(guest, contents)] = given.listen()
        assert contents == [pack(Drop(1))[4:]]
        second.close()
        assert given.listen() == [(guest, None)]
        guest.send(Pong())  # of no effect


def test_each_is_told_what_the_others_do_when_it_changes() -> None:
    with party() as given:
        ends = [given.knock(), given.knock()]
        for end in ends:
            heard(end, 1)
        first, second = given.room._visitors
        for loads in ({first: 2}, {first: 2}, {first: 2, second: 1}):
            given.room.tell_loads(loads)
        first.send(Pong())
        second.send(Pong())
        assert heard(ends[0], 2) == [Others(1), Pong()]
        assert heard(ends[1], 2) == [Others(2), Pong()]


def test_what_a_guest_does_not_take_waits_for_it() -> None:
    with party() as given:
        slow, other = given.knock(), given.knock()
        heard(slow, 1), heard(other, 1)
        visitor = given.room._visitors[0]
        big = Item(1, bytes(3_000_000))
        visitor.send(big)
        assert visitor.kept
        given.room._visitors[1].send(Pong())
        assert heard(other, 1) == [Pong()]
        unframer, got = Unframer(), []
        while not got:
            got = unframer.push(slow.recv(1 << 20))
            list(given.room.listen(wait=False))
        assert unpack_from_worker(got[0]) == big
        assert not visitor.kept


def test_a_guest_who_takes_nothing_is_shown_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_guests, "KEPT_LIMIT_BYTES", 1000)
    with party() as given:
        given.knock()
        visitor = given.room._visitors[0]
        visitor.send(Item(1, bytes(3_000_000)))
        assert list(given.room.listen(wait=False)) == [(visitor, None)]
        assert given.room._visitors == []


def test_who_is_gone_is_seen_when_read_not_when_told() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        visitor = Visitor(theirs)
        ours.close()
        visitor.send(Pong())
        assert not visitor.kept
        assert visitor.read() is None
