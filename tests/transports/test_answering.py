"""Answers end when nobody waits for them, and never pretend to be whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from fastapi import Request

from ovos_voice_agent.errors import ClientError, EngineError, TransportClosed
from ovos_voice_agent.transports.answering import answer_of, attended, event, streamed, told
from tests.runtime.scenes import run

REQUEST = {"type": "http.request", "body": b"", "more_body": False}
GONE = {"type": "http.disconnect"}


class Peer:
    """A client at the other end. `gone` is set when it hangs up; `reading` is cleared when it does not take more."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.reading = asyncio.Event()
        self.reading.set()
        self.got: list[Any] = []

    @property
    def request(self) -> Request:
        return Request({"type": "http", "method": "POST", "headers": []}, self.receive)

    async def receive(self) -> Any:
        await self.gone.wait()
        return GONE

    async def send(self, message: Any) -> None:
        await self.reading.wait()
        self.got.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.got)

    @property
    def whole(self) -> bool:
        return bool(self.got) and self.got[-1].get("more_body") is False


class Source:
    """Gives pieces, then fails, waits for ever, or ends."""

    def __init__(self, *pieces: bytes, then: Exception | str = "end") -> None:
        self.pieces = pieces
        self.then = then
        self.given = 0
        self.closed = False
        self.waiting = asyncio.Event()

    async def all(self) -> AsyncGenerator[bytes, None]:
        try:
            for piece in self.pieces:
                self.given += 1
                yield piece
            self.waiting.set()
            if isinstance(self.then, Exception):
                raise self.then
            if self.then == "wait":
                await asyncio.Event().wait()
        finally:
            self.closed = True


async def play(peer: Peer, source: Source) -> None:
    answer = await streamed(peer.request, source.all(), "audio/mpeg")
    await answer({}, peer.receive, peer.send)


def test_all_pieces_are_sent() -> None:
    async def scene() -> None:
        peer, source = Peer(), Source(b"one", b"two")
        await play(peer, source)
        assert peer.body == b"onetwo"
        assert peer.whole
        head = dict(peer.got[0]["headers"])
        assert head[b"content-type"] == b"audio/mpeg"
        assert b"content-length" not in head

    run(scene())


def test_a_failure_before_the_first_piece_is_raised() -> None:
    async def scene() -> None:
        source = Source(then=EngineError("gone", code="rate_limit_exceeded"))
        with pytest.raises(ClientError) as raised:
            await streamed(Peer().request, source.all(), "x/y")
        assert raised.value.status == 429
        assert source.closed

    run(scene())


def test_a_failure_in_the_middle_cuts_the_answer_off() -> None:
    async def scene() -> None:
        peer = Peer()
        await play(peer, Source(b"one", then=EngineError("gone")))
        assert peer.body == b"one"
        assert not peer.whole

    run(scene())


def test_who_hangs_up_before_the_first_piece_ends_the_work() -> None:
    async def scene() -> None:
        peer, source = Peer(), Source(then="wait")
        asking = asyncio.ensure_future(streamed(peer.request, source.all(), "x/y"))
        await source.waiting.wait()
        peer.gone.set()
        with pytest.raises(TransportClosed):
            await asking
        assert source.closed

    run(scene())


def test_who_hangs_up_in_the_middle_ends_the_work() -> None:
    async def scene() -> None:
        peer, source = Peer(), Source(b"one", then="wait")
        ended: list[bool] = []
        answer = await streamed(peer.request, source.all(), "x/y")
        answer.when_sent(lambda: ended.append(source.closed))
        sending = asyncio.ensure_future(answer({}, peer.receive, peer.send))
        await source.waiting.wait()
        peer.gone.set()
        await sending
        assert ended == [True]
        assert not peer.whole

    run(scene())


def test_who_does_not_read_holds_the_work_up() -> None:
    async def scene() -> None:
        peer, source = Peer(), Source(*[b"x"] * 50, then="wait")
        peer.reading.clear()
        answer = await streamed(peer.request, source.all(), "x/y")
        sending = asyncio.ensure_future(answer({}, peer.receive, peer.send))
        for _ in range(200):
            await asyncio.sleep(0)
        assert source.given == 1
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
        assert source.closed

    run(scene())


def test_attended_work_gives_its_result() -> None:
    async def work() -> int:
        return 7

    async def scene() -> None:
        assert await attended(Peer().request, work()) == 7

    run(scene())


def test_events() -> None:
    assert event({"a": "b\n"}) == b'data: {"a":"b\\n"}\n\n'


def test_what_fails_behind_the_first_event_becomes_one() -> None:
    async def scene() -> None:
        source = Source(event({"n": 1}), then=ClientError("no", code="invalid_value", param="file"))
        frames = [piece async for piece in told(source.all())]
        error = msgspec.json.decode(frames[1].removeprefix(b"data: "))["error"]
        assert error == {"message": "no", "type": "invalid_request_error", "param": "file", "code": "invalid_value"}
        with pytest.raises(EngineError):
            [piece async for piece in told(Source(then=EngineError("x")).all())]

    run(scene())


@pytest.mark.parametrize(
    ("code", "status", "kind", "shown"),
    [
        ("server_error", 500, "server_error", None),
        ("model_unavailable", 503, "server_error", "model_unavailable"),
        ("context_length_exceeded", 400, "invalid_request_error", "context_length_exceeded"),
        ("audio_unintelligible", 500, "server_error", "audio_unintelligible"),
    ],
)
def test_failures_of_engines_as_answers(code: str, status: int, kind: str, shown: str | None) -> None:
    error = answer_of(EngineError("m", code=code))
    assert (error.status, error.type, error.code) == (status, kind, shown)
