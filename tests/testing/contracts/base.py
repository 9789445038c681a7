"""What engines that are bad on purpose have in common."""

from __future__ import annotations

from typing import Any

from ovos_voice_agent.engines.interface import EngineInfo


class Base:
    def __init__(self, kind: Any, **info: Any) -> None:
        self.info = EngineInfo(kind, "bad", "bad on purpose", **info)

    async def start(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to stop."""
