"""The default front end: RNNoise where it is installed, else none."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ovos_voice_agent.engines.frontend import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ovos_voice_agent.engines.frontend.interface import Frontend


def create(options: Mapping[str, Any]) -> Frontend:
    """The engine's factory; options are those of the engine that is taken. Raises ConfigError."""
    if find_spec("pyrnnoise") is None:
        return plain.create(options)
    from ovos_voice_agent.engines.frontend import rnnoise

    return rnnoise.create(options)
