"""The outbox: order, bounds, and its end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

import pytest

from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.codec import encode
from ovos_voice_agent.protocol.objects import ErrorDetails
from ovos_voice_agent.transports.outbox import FULL_BYTES, HIGH_BYTES, LOW_BYTES, Outbox


def event(number: int = 0, size: int = 0) -> se.Error:
    details = ErrorDetails(type="t", code=None, message="x" * size, param=None, event_id=None)
    return se.Error(event_id=f"event_{number}", error=details)


class Taker:
    """A client that takes frames as they come, or one by one when it is `slow`."""

    def __init__(self, *, slow: bool = False) -> None:
        self.messages: list[dict[str, Any]] = []
        self._tickets = asyncio.Semaphore(0) if slow else None

    async def __call__(self, message: Any) -> None:
        if self._tickets is not None:
            await self._tickets.acquire()
        self.messages.append(message)

    def take(self, count: int) -> None:
        assert self._tickets is not None
        for _ in range(count):
            self._tickets.release()


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


def waits(step: Awaitable[None]) -> asyncio.Task[None]:
    return asyncio.ensure_future(step)  # type: ignore[arg-type]


def test_frames_go_out_in_order_and_the_goodbye_last() -> None:
    async def scenario() -> None:
        taker, outbox = Taker(), Outbox(encode)
        for number in range(3):
            outbox.send(event(number))
        outbox.close(1001, "Enough.")
        outbox.close(1000, "A later reason.")
        outbox.send(event(9))
        await outbox.drain(taker)
        assert [json.loads(message["text"])["event_id"] for message in taker.messages[:-1]] == [
            "event_0",
            "event_1",
            "event_2",
        ]
        assert taker.messages[-1] == {"type": "websocket.close", "code": 1001, "reason": "Enough."}
        assert (outbox.waiting_bytes, outbox.frames_sent) == (0, 3)

    asyncio.run(scenario())


def test_what_comes_while_it_drains_is_sent_too() -> None:
    async def scenario() -> None:
        taker, outbox = Taker(), Outbox(encode)
        draining = waits(outbox.drain(taker))
        await settle()
        outbox.send(event())
        await settle()
        assert len(taker.messages) == 1
        outbox.close(1000, "")
        await draining

    asyncio.run(scenario())


def test_an_event_that_the_dialect_does_not_have_is_left_out() -> None:
    async def scenario() -> None:
        taker, outbox = Taker(), Outbox(lambda _: None)
        outbox.send(event())
        outbox.close(1000, "")
        await outbox.drain(taker)
        assert [message["type"] for message in taker.messages] == ["websocket.close"]

    asyncio.run(scenario())


def test_producers_wait_above_the_high_mark_until_the_low_one() -> None:
    async def scenario() -> None:
        taker, outbox = Taker(slow=True), Outbox(encode)
        frame_bytes = len(encode(event(size=100_000)))
        frames = HIGH_BYTES // frame_bytes + 1
        for _ in range(frames - 1):
            outbox.send(event(size=100_000))
            await outbox.writable()
        outbox.send(event(size=100_000))
        producer, draining = waits(outbox.writable()), waits(outbox.drain(taker))
        while outbox.waiting_bytes - frame_bytes > LOW_BYTES:
            taker.take(1)
            await settle()
            assert not producer.done()
        taker.take(1)
        await asyncio.wait_for(producer, 30)
        outbox.abandon()
        draining.cancel()

    asyncio.run(scenario())


def test_nothing_more_is_read_while_far_too_much_waits() -> None:
    async def scenario() -> None:
        taker, outbox = Taker(slow=True), Outbox(encode)
        while outbox.waiting_bytes <= FULL_BYTES:
            await asyncio.wait_for(outbox.room(), 30)
            outbox.send(event(size=1_000_000))
        reader, draining = waits(outbox.room()), waits(outbox.drain(taker))
        while outbox.waiting_bytes > HIGH_BYTES:
            await settle()
            assert not reader.done()
            taker.take(1)
            await settle()
        await asyncio.wait_for(reader, 30)
        draining.cancel()

    asyncio.run(scenario())


def test_when_the_client_is_gone_nobody_waits_and_nothing_is_kept() -> None:
    async def scenario() -> None:
        taker, outbox = Taker(slow=True), Outbox(encode)
        while outbox.waiting_bytes <= FULL_BYTES:
            outbox.send(event(size=1_000_000))
        waiting = [waits(outbox.writable()), waits(outbox.room())]
        draining = waits(outbox.drain(taker))
        await settle()
        outbox.abandon()
        await asyncio.wait_for(asyncio.gather(*waiting), 30)
        taker.take(1)
        await settle()
        assert outbox.waiting_bytes == 0
        outbox.send(event())
        assert outbox.waiting_bytes == 0
        draining.cancel()

    asyncio.run(scenario())


def test_a_broken_connection_is_told() -> None:
    async def scenario() -> None:
        async def broken(message: Any) -> None:
            raise ConnectionResetError

        outbox = Outbox(encode)
        outbox.send(event())
        with pytest.raises(ConnectionResetError):
            await outbox.drain(broken)

    asyncio.run(scenario())
