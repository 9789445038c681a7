"""The front end that leaves the sound as it is. Clients that ask for noise reduction are shown that there is none."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ovos_voice_agent.engines.frontend.interface import FrontendOptions
from ovos_voice_agent.engines.interface import EngineInfo, FloatSamples
from ovos_voice_agent.engines.options import OptionReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FRAME_SAMPLES = 160

_INFO = EngineInfo(
    kind="frontend",
    name="none",
    quality="leaves the sound as it is",
    better="RNNoise, for those in noise: pip install 'ovos-voice-agent[rnnoise]'",
)


def create(options: Mapping[str, Any]) -> Plain:
    """The engine's factory. Raises ConfigError for any option."""
    OptionReader(options).finish()
    return Plain()


class Plain:
    """Implements `Frontend`."""

    info = _INFO
    reduces_noise = False
    frame_samples = FRAME_SAMPLES
    delay_samples = 0

    async def start(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to stop."""

    def open(self, options: FrontendOptions) -> PlainStream:  # noqa: ARG002  there is nothing to choose
        return PlainStream()


class PlainStream:
    """Implements `FrontendStream`."""

    def __init__(self) -> None:
        self._closed = False

    def submit(self, frames: FloatSamples, deliver: Callable[[Sequence[FloatSamples]], None]) -> None:
        asyncio.get_running_loop().call_soon(self._deliver, list(frames), deliver)

    def close(self) -> None:
        self._closed = True

    def _deliver(self, frames: Sequence[FloatSamples], deliver: Callable[[Sequence[FloatSamples]], None]) -> None:
        if not self._closed:
            deliver(frames)
