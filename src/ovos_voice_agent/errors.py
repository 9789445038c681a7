"""Every exception of this package, by whose fault it is.

::

    VoiceAgentError
    ├── ClientError        the client's input; answered with an `error` event or a 4xx, the session lives on
    ├── EngineError        an engine failed; that item or response fails, the session lives on
    │   └── EngineTimeout  the engine took longer than its stage allows
    ├── ConfigError        the server does not start; carries every mistake at once
    └── TransportClosed    the peer is gone; the session ends

Anything else that escapes is a bug: it is logged once with its trace and ends that one session.
"""

from __future__ import annotations

from collections.abc import Sequence


class VoiceAgentError(Exception):
    """Base of all errors raised on purpose."""


class ClientError(VoiceAgentError):
    """What the client sent cannot be done.

    The fields are those of OpenAI's error object: `code` and `param` may be None, `message` never is.
    `status` is the HTTP status where the error answers a request.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        type: str = "invalid_request_error",
        status: int = 400,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param
        self.type = type
        self.status = status


class EngineError(VoiceAgentError):
    """An engine raised, died or answered garbage.

    `code` is what clients see in `response.done` or `….failed`: `server_error`, `model_unavailable`,
    `rate_limit_exceeded`, `context_length_exceeded`, `audio_unintelligible`. `message` must be fit for a client's eyes:
    no key, no prompt, no path.
    """

    def __init__(self, message: str, *, code: str = "server_error") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class EngineTimeout(EngineError):
    """An engine took longer than its stage allows."""


class ConfigError(VoiceAgentError):
    """The configuration is wrong. `problems` names every mistake, each by its key."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class TransportClosed(VoiceAgentError):
    """The peer closed the connection, or it broke."""
