"""An exception of an engine -> what a client is told, and what the operator's log is told.

Rules: an `EngineError` speaks for itself; anything else is a bug, logged once with its trace, and the client
learns nothing of it but that there was one.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ovos_voice_agent.errors import ClientError, EngineError

log = logging.getLogger(__name__)

SERVER_ERROR = "server_error"
OUR_FAULT = "The server had an error while processing your request."


@dataclass(frozen=True, slots=True)
class Failure:
    """`stage` is "stt", "llm", "tts" or "session"; `code` and `message` are fit for clients."""

    stage: str
    code: str
    message: str


class StageFailed(Exception):
    """Carries what a stage raised up to where it can be answered."""

    def __init__(self, stage: str, error: Exception) -> None:
        super().__init__(stage)
        self.stage = stage
        self.error = error


def failure_of(error: BaseException, stage: str = "session") -> Failure:
    """What is to be said about an exception; logs it if nobody expected it. Of a group, the first counts."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, StageFailed):
        return failure_of(error.error, error.stage)
    if isinstance(error, EngineError | ClientError):
        log.warning("an engine failed", extra={"stage": stage, "code": error.code or SERVER_ERROR})
        return Failure(stage, error.code or SERVER_ERROR, error.message)
    log.error("an engine failed unexpectedly", exc_info=error, extra={"stage": stage})
    return Failure(stage, SERVER_ERROR, OUR_FAULT)
