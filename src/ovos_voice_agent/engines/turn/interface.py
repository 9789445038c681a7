"""What a turn model is: something that hears whether a person has finished."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ovos_voice_agent.engines.interface import Engine, FloatSamples


class TurnStream(Protocol):
    """The model's way to one session."""

    def ask(self, samples: FloatSamples, deliver: Callable[[float], None]) -> None:
        """Is this the end of the turn? Returns at once.

        `samples` is the turn so far at ENGINE_RATE_HZ, the pause included; the stream keeps no reference to it after
        delivery. `deliver` is called on the event loop, later and once, with the probability that it is.
        """
        ...

    def close(self) -> None:
        """No more deliveries after this."""
        ...


class TurnModel(Engine, Protocol):
    """Judges pauses by their sound."""

    @property
    def window_samples(self) -> int:
        """How much of the end of a turn it hears, at ENGINE_RATE_HZ."""
        ...

    def open(self) -> TurnStream | None:
        """For one session; None when there is no model."""
        ...
