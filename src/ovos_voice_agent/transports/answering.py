"""Answers that are made while they are sent, and work that ends when nobody waits for it any more.

Rules:

- The first piece is made before the answer begins: until then an error is an answer of its own.
- A client that hangs up ends the work at once, whether it is waiting for the first byte or in the middle.
- A client that reads slowly slows the work down: each piece is sent before the next is asked for.
- What fails in the middle cannot be answered any more: the connection is cut, so that nobody takes half for all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

import msgspec
from fastapi import Request, Response

from ovos_voice_agent.errors import ClientError, EngineError, TransportClosed
from ovos_voice_agent.transports.connection import AsgiReceive
from ovos_voice_agent.transports.outbox import AsgiSend
from ovos_voice_agent.transports.websocket import Scope

log = logging.getLogger(__name__)

_T = TypeVar("_T")

EVENT_STREAM = "text/event-stream"
UNBUFFERED = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""So that proxies hand on what they get."""

_STATUS_OF_CODE = {"model_unavailable": 503, "rate_limit_exceeded": 429, "context_length_exceeded": 400}


async def attended(request: Request, work: Coroutine[Any, Any, _T]) -> _T:
    """The result of `work`, which is cancelled when the client hangs up. The body must have been read.

    Raises TransportClosed then; EngineError becomes the ClientError that answers it.
    """
    try:
        return await _attended(request.receive, work)
    except EngineError as error:
        raise answer_of(error) from error


async def streamed(
    request: Request, pieces: AsyncGenerator[bytes, None], media_type: str, headers: Mapping[str, str] | None = None
) -> Streamed:
    """The answer that sends `pieces`, once the first of them is there. Raises what went wrong before that."""
    try:
        first = await attended(request, _first(pieces))
    except BaseException:
        await pieces.aclose()
        raise
    return Streamed(first, pieces, media_type, {**UNBUFFERED, **(headers or {})})


async def _first(pieces: AsyncGenerator[bytes, None]) -> bytes:
    return await anext(pieces, b"")


class Streamed(Response):
    """An answer that is made while it is sent."""

    def __init__(
        self, first: bytes, rest: AsyncGenerator[bytes, None], media_type: str, headers: Mapping[str, str]
    ) -> None:
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]
        self._first = first
        self._rest = rest
        self._at_end: Callable[[], None] = _nothing

    def when_sent(self, do: Callable[[], None]) -> None:
        """Call this at the end, whatever that is."""
        self._at_end = do

    async def __call__(self, _scope: Scope, receive: AsgiReceive, send: AsgiSend) -> None:
        try:
            await _attended(receive, self._send(send))
        except TransportClosed:
            return
        except (ClientError, EngineError):
            log.warning("an answer was cut off, because its engine failed")
        finally:
            self._at_end()

    async def _send(self, send: AsgiSend) -> None:
        async with aclosing(self._rest):
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": self._first, "more_body": True})
            async for piece in self._rest:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(0)  # others are to be heard too, and so is a client that hangs up
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _nothing() -> None:
    """At the end of most answers."""


async def _attended(receive: AsgiReceive, work: Coroutine[Any, Any, _T]) -> _T:
    working = asyncio.create_task(work)
    watching = asyncio.create_task(_hung_up(receive))
    try:
        await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise TransportClosed("the client hung up")
        return working.result()
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.wait((working, watching))


async def _hung_up(receive: AsgiReceive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


# --------------------------------------------------------------------------------------------------- server-sent events


def event(data: Any) -> bytes:
    """One server-sent event; `data` is a JSON value, or anything msgspec encodes."""
    return b"data: " + msgspec.json.encode(data) + b"\n\n"


DONE_MARK = b"data: [DONE]\n\n"


async def told(events: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same events; what fails behind the first becomes an event with `error`, which SDKs raise."""
    begun = False
    async with aclosing(events):
        try:
            async for piece in events:
                yield piece
                begun = True
        except (ClientError, EngineError) as error:
            if not begun:
                raise
            yield event({"error": error_object(answer_of(error) if isinstance(error, EngineError) else error)})


def answer_of(error: EngineError) -> ClientError:
    """What a client is told of an engine's failure."""
    status = _STATUS_OF_CODE.get(error.code, 500)
    kind = "invalid_request_error" if status == 400 else "server_error"
    code = None if error.code == "server_error" else error.code
    return ClientError(error.message, code=code, type=kind, status=status)


def error_object(error: ClientError) -> dict[str, Any]:
    """OpenAI's error object."""
    return {"message": error.message, "type": error.type, "param": error.param, "code": error.code}
