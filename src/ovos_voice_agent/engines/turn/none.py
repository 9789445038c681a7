"""No turn model: pauses are judged by the words, the speaker's own pauses and the silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ovos_voice_agent.engines.interface import EngineInfo
from ovos_voice_agent.engines.options import OptionReader

if TYPE_CHECKING:
    from collections.abc import Mapping

_INFO = EngineInfo(
    kind="turn",
    name="none",
    quality="no model: the words and the pauses tell whether a person has finished",
    better="smart-turn, which hears it: ovos-voice-agent models pull smart-turn",
)


def create(options: Mapping[str, Any]) -> NoTurnModel:
    """The engine's factory. Raises ConfigError for any option."""
    OptionReader(options).finish()
    return NoTurnModel()


class NoTurnModel:
    """Implements `TurnModel`."""

    info = _INFO
    window_samples = 0

    async def start(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to stop."""

    def open(self) -> None:
        """There is nothing to ask."""
