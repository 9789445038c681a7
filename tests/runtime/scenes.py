"""What tests of the runtime share: a world of deterministic engines, a client that takes notes, reports to wait for."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import numpy as np

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.session import Identity, Input, Session
from ovos_voice_agent.engines.interface import Llm, Stt, Tts, Vad
from ovos_voice_agent.protocol.objects import InputText, Item, ItemId, MessageItem, ResponseId
from ovos_voice_agent.protocol.server_events import ServerEvent
from ovos_voice_agent.protocol.settings import (
    AudioSettings,
    InputAudioSettings,
    OutputAudioSettings,
    RealtimeSettings,
    ServerVad,
    TurnDetection,
)
from ovos_voice_agent.runtime.world import Engines, StageLimits, World
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, ToneTts

NOW = datetime(2026, 11, 21, 15, 4, tzinfo=UTC)
PATIENCE_S = 60.0
PCM_24K = AudioFormat()
SERVER_VAD = ServerVad()

_T = TypeVar("_T")


def run(scene: Coroutine[Any, Any, _T]) -> _T:
    """Play a scene on an event loop of its own; afterwards no task may be left."""

    async def watched() -> _T:
        async with asyncio.timeout(PATIENCE_S):
            result = await scene
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}, "a task was left running"
        return result

    return asyncio.run(watched(), debug=False)


def ids() -> Callable[[str], str]:
    """item_1, item_2, ..., resp_1, ..."""
    counters: dict[str, itertools.count[int]] = {}
    return lambda prefix: f"{prefix}_{next(counters.setdefault(prefix, itertools.count(1)))}"


def world(
    *,
    vad: Vad | None = None,
    stt: Stt | None = None,
    llm: Llm | None = None,
    tts: Tts | None = None,
    limits: StageLimits | None = None,
    **more: Any,
) -> World:
    engines = Engines(vad or EnergyVad(), stt or ScriptedStt(), llm or ScriptedLlm(), tts or ToneTts())
    return World(engines, ids(), limits=limits or StageLimits(), today=lambda: NOW, **more)


class Notes(list[Any]):
    """Takes what is posted or sent, and lets a test wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = asyncio.Event()

    def take(self, fact: Any) -> None:
        self.append(fact)
        self._changed.set()

    def of(self, kind: type[_T]) -> list[_T]:
        return [fact for fact in self if isinstance(fact, kind)]

    async def until(self, kind: type[_T], count: int = 1) -> _T:
        """Wait for the count-th fact of a kind."""
        while len(self.of(kind)) < count:
            self._changed.clear()
            await self._changed.wait()
        return self.of(kind)[count - 1]


class Client:
    """A Sink. `block` lets makers of audio and text wait until `unblock`."""

    def __init__(self) -> None:
        self.events = Notes()
        self.closed: tuple[int, str] | None = None
        self._gate = asyncio.Event()
        self._gate.set()
        self.block, self.unblock = self._gate.clear, self._gate.set

    def send(self, event: ServerEvent) -> None:
        self.events.take(event)

    async def writable(self) -> None:
        await self._gate.wait()

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    @property
    def types(self) -> list[str]:
        """What came, without repeats."""
        return [kind for kind, _ in itertools.groupby(event.__struct_config__.tag for event in self.events)]


def session(detection: TurnDetection | None = SERVER_VAD, offer: Offer | None = None) -> Session:
    audio = AudioSettings(InputAudioSettings(turn_detection=detection), OutputAudioSettings("tone"))
    settings = RealtimeSettings("model", "Be brief.", audio)
    return Session(Identity("sess_1", 0), settings, offer or Offer(), ids(), 0.0)


def said(text: str, number: int = 1) -> Item:
    return MessageItem(ItemId(f"item_{number}"), "completed", "user", (InputText(text),))


def start_reply(items: Sequence[Item] = (), **changes: Any) -> c.StartReply:
    fields: dict[str, Any] = {
        "response_id": ResponseId("resp_1"),
        "items": tuple(items) or (said("hello"),),
        "instructions": "Be brief.",
        "tools": (),
        "tool_choice": "auto",
        "parallel_tool_calls": None,
        "max_output_tokens": "inf",
        "truncation": "auto",
        "reasoning_effort": None,
        "temperature": None,
        "model": "model",
        "spoken": True,
        "voice": "tone",
        "speed": 1.0,
        "format": PCM_24K,
        "language": None,
        "metadata": None,
        "tracing": None,
    }
    return c.StartReply(**(fields | changes))


def spawner(tasks: set[asyncio.Task[None]]) -> Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]:
    def spawn(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return task

    return spawn


def tone_24k(ms: int, level: float = 0.3) -> bytes:
    """Something loud, pcm16 at 24 kHz."""
    samples = np.arange(24 * ms)
    return (np.sin(samples * 2 * np.pi * 300 / 24_000) * level * 32767).astype("<i2").tobytes()


def silence_24k(ms: int) -> bytes:
    return bytes(48 * ms)


def pieces(audio: bytes, size_bytes: int) -> list[bytes]:
    return [audio[at : at + size_bytes] for at in range(0, len(audio), size_bytes)]


def post_all(post: Callable[[Input], None], events: Sequence[Input]) -> None:
    for event in events:
        post(event)
