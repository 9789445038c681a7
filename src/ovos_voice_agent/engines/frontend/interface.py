"""What a sound front end is: something that cleans what a session hears before it is recognised."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ovos_voice_agent.engines.interface import Engine, FloatSamples


@dataclass(frozen=True, slots=True)
class FrontendOptions:
    """What a session asks for. `far_field`: the microphone is in the room, not at the mouth. `strength`: how much of
    what the engine can do, 0 to 1."""

    far_field: bool = False
    strength: float = 1.0


class FrontendStream(Protocol):
    """The front end's state for one session."""

    def submit(self, frames: FloatSamples, deliver: Callable[[Sequence[FloatSamples]], None]) -> None:
        """Clean frames; returns at once.

        `frames` has shape (n, frame_samples), consecutive and at ENGINE_RATE_HZ; the stream keeps no reference to it
        after delivery. `deliver` is called on the event loop, once for each submit and in the order of submission, with
        n frames: the sound of `delay_samples` before, zeros where nothing was before. What comes out does not depend on
        how the frames were put together.
        """
        ...

    def close(self) -> None:
        """No more deliveries after this."""
        ...


class Frontend(Engine, Protocol):
    """Makes speech easier to recognise: less noise, and loud enough."""

    @property
    def reduces_noise(self) -> bool:
        """False for one that leaves the sound as it is: then it is not offered to clients."""
        ...

    @property
    def frame_samples(self) -> int:
        """Samples per frame at ENGINE_RATE_HZ."""
        ...

    @property
    def delay_samples(self) -> int:
        """How late the sound comes out, exactly, at ENGINE_RATE_HZ."""
        ...

    def open(self, options: FrontendOptions) -> FrontendStream: ...
