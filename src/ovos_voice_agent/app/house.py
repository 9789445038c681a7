"""What the server tells of itself: to the page what there is to choose from, to operators how it is doing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, cast

from ovos_voice_agent import __version__
from ovos_voice_agent.config import Config
from ovos_voice_agent.engines.interface import Engine, Tts
from ovos_voice_agent.personas.catalogue import Catalogue
from ovos_voice_agent.runtime.hub import Hub
from ovos_voice_agent.runtime.load import LoadMeter
from ovos_voice_agent.transports.lifecycle import Lifecycle


class House:
    """One server. `names` raises ClientError while there are none."""

    def __init__(
        self,
        config: Config,
        engines: Mapping[str, Engine],
        names: Callable[[], Catalogue],
        lifecycle: Lifecycle,
        hub: Hub,
        meter: LoadMeter,
    ) -> None:
        """`engines` by stage, in the order in which they work."""
        self._config = config
        self._engines = engines
        self._names = names
        self._lifecycle = lifecycle
        self._hub = hub
        self._meter = meter

    def choices(self) -> dict[str, Any]:
        """For the page. `languages` None: the recogniser names no limit. Raises ClientError while engines load."""
        names = self._names()
        languages = {code.split("-")[0].lower() for code in self._engines["stt"].info.languages}
        return {
            "models": sorted(name for name in names.models if name not in names.personas),
            "default_model": names.default_model,
            "personas": sorted(names.personas),
            "voices": self._voices(names),
            "default_voice": names.default_voice,
            "languages": sorted(languages) or None,
            "engines": [self._engine(stage) for stage in self._engines],
            "recording": bool(self._config.recording.directory),
        }

    def state(self) -> dict[str, Any]:
        """For operators."""
        load = self._meter.now
        return {
            "state": self._lifecycle.state,
            "version": __version__,
            "uptime_s": round(self._lifecycle.uptime_s),
            "sessions": len(self._hub),
            "max_sessions": self._config.server.max_sessions,
            "capacity": dict(self._lifecycle.capacity),
            "engines": [self._engine(stage) for stage in self._engines],
            "load": {name: value and round(value, 3) for name, value in asdict(load).items()},
        }

    def _engine(self, stage: str) -> dict[str, Any]:
        info = self._engines[stage].info
        return {
            "stage": stage,
            "name": info.name,
            "models": list(info.models),
            "local": info.local,
            "quality": info.quality,
            "better": info.better,
        }

    def _voices(self, names: Catalogue) -> list[dict[str, Any]]:
        tts = cast("Tts", self._engines["tts"])
        spoken = {voice.id: voice.language for voice in tts.voices}
        own = {name: names.voices.own_name(name) or "" for name in sorted(names.voices)}
        return [{"name": name, "language": spoken.get(voice)} for name, voice in own.items()]
