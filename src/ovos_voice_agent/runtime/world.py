"""What all sessions of a process share (engines, limits, names, clocks, metrics), and a session's way to its client.

Data and Protocols only: built once by `app.py`, handed to every `SessionRunner`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from ovos_voice_agent.core.outputs import Output
from ovos_voice_agent.core.session import Input
from ovos_voice_agent.engines.frontend.interface import Frontend
from ovos_voice_agent.engines.interface import Engine, Llm, Stt, Tts, Vad
from ovos_voice_agent.engines.turn.interface import TurnModel
from ovos_voice_agent.protocol.server_events import ServerEvent
from ovos_voice_agent.runtime.languages import Languages
from ovos_voice_agent.runtime.metrics import Metrics

Post: TypeAlias = Callable[[Input], None]
"""Hands a report to the session; returns at once."""

Spawn: TypeAlias = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
"""Starts a task that the session owns."""

NameOf: TypeAlias = Callable[[str], str | None]
"""A client's name for something -> the engine's own; None where the engine is to choose."""


class Sink(Protocol):
    """The way to the client."""

    def send(self, event: ServerEvent) -> None:
        """Put an event behind those that wait; never blocks."""

    def writable(self) -> Awaitable[None]:
        """Wait until there is room for more audio or text. Ends as well when the client is gone."""

    def close(self, code: int, reason: str) -> None:
        """Close the connection after everything sent before."""


class Tap(Protocol):
    """Looks on while a session works. It changes nothing, never blocks and never raises."""

    def took(self, input: Input) -> None:
        """The session is about to handle this."""

    def gave(self, output: Output) -> None:
        """The session has sent this event, or ordered this."""

    def ended(self) -> None:
        """Nothing follows. Told once."""


@dataclass(frozen=True, slots=True)
class Engines:
    """One engine for each stage, started by whoever built them. Without a front end, sound is taken as it
    comes; without a turn model, the words and the pauses tell where turns end."""

    vad: Vad
    stt: Stt
    llm: Llm
    tts: Tts
    frontend: Frontend | None = None
    turn: TurnModel | None = None

    def __iter__(self) -> Iterator[Engine]:
        stages = (self.vad, self.stt, self.llm, self.tts, self.frontend, self.turn)
        return (engine for engine in stages if engine is not None)


@dataclass(frozen=True, slots=True)
class StageLimits:
    """How long each stage may take, in seconds, before its item or response fails.

    Generous on purpose: a model that is loaded on demand may need half a minute for its first word.
    """

    stt_s: float = 20.0
    llm_first_s: float = 30.0
    llm_silence_s: float = 30.0
    tts_first_s: float = 15.0
    tts_silence_s: float = 15.0
    detector_s: float = 10.0
    """Without any window judged for so long, the detector's session is started anew."""
    catch_up_s: float = 5.0
    """The longest that a client event waits for the detector."""
    close_s: float = 5.0
    """How long engines may take to let go when a session ends."""


def _no_name(_: str) -> str | None:
    return None


def _local_time() -> datetime:
    return datetime.now().astimezone()


@dataclass(frozen=True, slots=True)
class World:
    """`new_id` as for the session, `clock` is monotonic seconds, `today` is what the language model takes for now.

    `context_tokens` is the size of the language model's context; None: the model sees to it itself.
    `echo_guard`: sessions do not take their own voice for a person's.
    """

    engines: Engines
    new_id: Callable[[str], str]
    metrics: Metrics = field(default_factory=Metrics)
    limits: StageLimits = StageLimits()
    clock: Callable[[], float] = time.monotonic
    today: Callable[[], datetime] = _local_time
    context_tokens: int | None = None
    echo_guard: bool = False
    model_name: NameOf = _no_name
    recogniser_name: NameOf = _no_name
    voice_name: NameOf = _no_name
    languages: Languages = field(default_factory=Languages)
