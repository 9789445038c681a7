"""The HTTP side of every engine that is a server elsewhere: one pool, one set of rules for time, retries and secrets.

Rules:

- The key travels in one header, to the configured origin only. A redirect to another origin is refused, never followed.
- No message of an error that leaves this file contains the key, the prompt or what the server wrote; the log gets the
  server's words with the key blotted out, as an attribute marked `pii_`.
- One retry, and only while nothing was handed on: for a broken connection, 500, 502, 503, 504, and 429 with
  a `Retry-After` of at most 2 s.
- An optional field that the server rejects by name is left out from then on.
- Cancelling is closing the response: leaving `post` drops the connection unless the answer was read to its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
from yarl import URL

from ovos_voice_agent.engines.networks import is_private
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.errors import EngineError, EngineTimeout

_log = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 5.0
"""A server that is there accepts within milliseconds; five seconds allow for one lost packet and a slow name server."""

SILENCE_TIMEOUT_S = 30.0
"""Longest pause in the middle of an answer."""

RETRY_AFTER_LIMIT_S = 2.0
"""A caller waits on the line: longer than this is a failure."""

HEARTBEAT_S = 20.0
MESSAGE_BYTES = 4 * 1024 * 1024
"""Of a WebSocket: a transcript of hours fits."""

DRAIN_S = 0.05
"""Time to read the end of a finished answer, so that its connection can be used again."""

_REDIRECT_LIMIT = 3
_ERROR_BODY_LIMIT_BYTES = 16_384
_RETRY_STATUSES = frozenset({500, 502, 503, 504})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

BodyFactory = Callable[[], Mapping[str, Any]]
"""Makes the keyword arguments of one request (`json=` or `data=`); called again for each attempt."""

T = TypeVar("T")


class RetryableError(Exception):
    """An attempt failed in a way that a second one may not; `error` is what to report when it does too."""

    def __init__(self, error: EngineError, wait_s: float = 0.0) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait_s = wait_s


class RejectedRequestError(EngineError):
    """The server answered 4xx. `body` is what it wrote: for deciding, not for showing."""

    def __init__(self, message: str, *, code: str, status: int, body: str) -> None:
        super().__init__(message, code=code)
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where the server is and how long to wait. `timeout_s` is the time until the first useful byte of an answer."""

    base_url: str
    model: str = ""
    api_key: str = field(default="", repr=False)
    timeout_s: float = 30.0
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    extra_body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def host(self) -> str:
        """Host and port, fit to show."""
        return URL(self.base_url).authority

    @property
    def local(self) -> bool:
        """True when nothing leaves this machine."""
        return URL(self.base_url).host in _LOOPBACK

    @property
    def private(self) -> bool:
        """True for a server on this machine or in its private network, by its address or by a name of such networks."""
        return is_private(URL(self.base_url).host or "")


def read_server_options(reader: OptionReader, *, needs_model: bool = True) -> ServerOptions:
    """Read what all HTTP engines share; mistakes are collected in `reader`."""
    base_url = reader.text("base_url", "https://api.openai.com/v1").rstrip("/")
    _check_base_url(base_url, reader.problems)
    model = reader.text("model")
    if needs_model and not model:
        reader.problems.append("model is needed: the name of the model as the server knows it")
    return ServerOptions(
        base_url=base_url,
        model=model,
        api_key=reader.secret("api_key", "api_key_env"),
        timeout_s=reader.number("timeout_s", 30.0, 0.05, 600),
        headers=reader.text_table("headers"),
        extra_body=reader.table("extra_body"),
    )


def _check_base_url(base_url: str, problems: list[str]) -> None:
    try:
        url = URL(base_url)
    except ValueError:
        problems.append("base_url is not a URL")
        return
    if url.scheme not in {"http", "https"} or not url.host:
        problems.append("base_url must begin with http:// or https:// and name a host")
    if url.user or url.password:
        problems.append("base_url must not contain a user or a password; use api_key or headers")


class HttpBackend:
    """One server and its pool of kept-alive connections, shared by all sessions."""

    def __init__(self, options: ServerOptions, *, stage: str) -> None:
        """`stage` names the engine in messages, such as `speech recognition`."""
        self.options = options
        self.rejected_fields: set[str] = set()
        self.reachable: bool | None = None
        self._stage = stage
        self._client: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open a connection, so that the first request finds it warm. Sets `reachable`; does not raise."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S), self._request("GET", self._url("/models"), {}) as response:
                await response.content.read(65_536)
            self.reachable = True
        except (aiohttp.ClientError, OSError, TimeoutError):
            self.reachable = False
            _log.warning("engine server does not answer", extra={"stage": self._stage, "host": self.options.host})

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    @contextlib.asynccontextmanager
    async def post(self, path: str, body: BodyFactory) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request and give the 200 answer, its body unread.

        Raises RetryableError, RejectedRequestError, EngineError.
        Leaving the block before the body's end closes the connection.
        """
        with self.translated_errors():
            response = await self._post_following(self._url(path), body)
            try:
                await self._check(response)
                yield response
            finally:
                response.close() if not response.content.at_eof() else response.release()

    @contextlib.asynccontextmanager
    async def socket(self, path: str, query: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        """An open WebSocket. Raises RetryableError, RejectedRequestError. It is closed at the end of the block."""
        headers = self._headers()
        with self.translated_errors():
            try:
                socket = await self._session().ws_connect(
                    self._url(path).update_query(query),
                    headers=headers,
                    heartbeat=HEARTBEAT_S,
                    max_msg_size=MESSAGE_BYTES,
                )
            except aiohttp.WSServerHandshakeError as error:
                raise _refused_socket(self._stage, error) from None
            async with socket:
                yield socket

    @contextlib.contextmanager
    def translated_errors(self) -> Any:
        """Turn what the HTTP library raises into our errors."""
        try:
            yield
        except aiohttp.ServerTimeoutError:
            raise RetryableError(self.timeout_error("accept the connection")) from None
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            _log.info("engine connection failed", extra={"stage": self._stage, "error": type(error).__name__})
            message = f"The {self._stage} server cannot be reached, or broke the connection."
            raise RetryableError(EngineError(message, code="model_unavailable")) from None

    def timeout_error(self, what: str) -> EngineTimeout:
        return EngineTimeout(f"The {self._stage} server took too long to {what}.")

    def garbage_error(self, what: str) -> EngineError:
        return EngineError(f"The {self._stage} server answered {what}.")

    def rejects(self, error: RejectedRequestError, optional: tuple[str, ...], sent: set[str]) -> bool:
        """Whether `error` names an optional field that was sent; that field is then left out from now on."""
        if error.status not in {400, 422}:
            return False
        named = [name for name in optional if name in sent - self.rejected_fields and _names_field(error.body, name)]
        if not named:
            return False
        self.rejected_fields.add(named[0])
        _log.info("engine server rejects an optional field", extra={"stage": self._stage, "field": named[0]})
        return True

    # ---------------------------------------------------------------------------------------------------------- inside

    def _url(self, path: str) -> URL:
        return URL(self.options.base_url + path)

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None:
            self._client = aiohttp.ClientSession(
                # The number of sessions is limited elsewhere; a limit here would queue a caller without a word.
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._client

    def _headers(self) -> dict[str, str]:
        headers = dict(self.options.headers)
        if self.options.api_key:
            headers.setdefault("Authorization", f"Bearer {self.options.api_key}")
        return headers

    def _request(self, method: str, url: URL, arguments: Mapping[str, Any]) -> Any:
        return self._session().request(method, url, headers=self._headers(), allow_redirects=False, **arguments)

    async def _post_following(self, url: URL, body: BodyFactory) -> aiohttp.ClientResponse:
        """Post, and follow redirects that stay with the same server (a POST stays a POST)."""
        for _ in range(_REDIRECT_LIMIT + 1):
            response: aiohttp.ClientResponse = await self._request("POST", url, body())
            if response.status not in {301, 302, 307, 308}:
                return response
            response.close()
            target = _join(url, response.headers.get("Location", ""))
            if target is None or not _same_server(url, target):
                message = f"The {self._stage} server redirects to another server, which is not followed."
                raise EngineError(message, code="model_unavailable")
            url = target
        raise EngineError(f"The {self._stage} server redirects in a circle.", code="model_unavailable")

    async def _check(self, response: aiohttp.ClientResponse) -> None:
        if response.status == 200:
            return
        body = await _read_some(response)
        detail = body.replace(self.options.api_key, "***") if self.options.api_key else body
        _log.warning(
            "engine server refused a request",
            extra={"stage": self._stage, "status": response.status, "pii_detail": detail[:500]},
        )
        error = RejectedRequestError(
            f"The {self._stage} server answered with status {response.status}.",
            code=_code_for(response.status, body),
            status=response.status,
            body=body,
        )
        wait_s = _retry_wait_s(response)
        raise error if wait_s is None else RetryableError(error, wait_s)


async def with_one_retry(attempt: Callable[[], AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
    """Run `attempt`, once more when it raises RetryableError before its first item."""
    for last in (False, True):
        started = False
        try:
            async with contextlib.aclosing(attempt()) as items:
                async for item in items:
                    started = True
                    yield item
            return
        except RetryableError as failure:
            if started or last:
                raise failure.error from None
            wait_s = failure.wait_s
        await asyncio.sleep(wait_s)


async def drain(response: aiohttp.ClientResponse) -> None:
    """Read the few bytes after the last event, so that the connection goes back to the pool."""
    with contextlib.suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(DRAIN_S):
            while await response.content.readany():
                pass


async def _read_some(response: aiohttp.ClientResponse) -> str:
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            body = await response.content.read(_ERROR_BODY_LIMIT_BYTES)
    except (TimeoutError, aiohttp.ClientError):
        return ""
    return body.decode("utf-8", "replace")


def _names_field(body: str, name: str) -> bool:
    """Whether an error text names a field as a whole word (`stream` is not in `stream_options`)."""
    words = "".join(char if char.isalnum() or char == "_" else " " for char in body).split()
    return name in words


def _code_for(status: int, body: str) -> str:
    if status in {401, 403, 404}:
        return "model_unavailable"
    if status == 429:
        return "rate_limit_exceeded"
    if status in {400, 413} and "context" in body and ("length" in body or "size" in body):
        return "context_length_exceeded"
    return "server_error"


def _refused_socket(stage: str, error: aiohttp.WSServerHandshakeError) -> Exception:
    """The server answered the handshake with something else; its words are not told, as they may hold anything."""
    message = f"The {stage} server answered with status {error.status}."
    refusal = RejectedRequestError(message, code=_code_for(error.status, ""), status=error.status, body="")
    return RetryableError(refusal) if error.status in _RETRY_STATUSES else refusal


def _retry_wait_s(response: aiohttp.ClientResponse) -> float | None:
    """Seconds to wait before a retry, or None when there shall be none."""
    after = response.headers.get("Retry-After", "")
    try:
        wait_s = float(after) if after else None
    except ValueError:
        return None  # a date: too far away for somebody who waits on the line
    if response.status == 429:
        return wait_s if wait_s is not None and 0 <= wait_s <= RETRY_AFTER_LIMIT_S else None
    if response.status in _RETRY_STATUSES:
        return max(0.0, min(wait_s or 0.0, RETRY_AFTER_LIMIT_S))
    return None


def _join(url: URL, location: str) -> URL | None:
    try:
        return url.join(URL(location)) if location else None
    except ValueError:
        return None


def _same_server(old: URL, new: URL) -> bool:
    """Same origin, or the same host going from plain http to https on the usual ports."""
    upgraded = old.host == new.host and (old.scheme, new.scheme) == ("http", "https")
    return old.origin() == new.origin() or (upgraded and old.is_default_port() and new.is_default_port())
