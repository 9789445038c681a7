"""Builds the four engines that the configuration names, and starts them side by side, each with its time taken."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ovos_voice_agent.config import ENGINE_DEFAULTS, EngineConfig, EnginesConfig
from ovos_voice_agent.engines.interface import Engine, EngineInfo, Recovering
from ovos_voice_agent.engines.registry import KINDS, Registry
from ovos_voice_agent.errors import ConfigError, EngineError, VoiceAgentError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Started:
    """An engine that is loaded and warm. `kind` is its stage, with a persona's name before it ("pirate.tts") where it
    is that persona's own; `seconds` is how long it took."""

    kind: str
    info: EngineInfo
    seconds: float


class StartError(VoiceAgentError):
    """Engines that could not start. `problems` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def create(config: EnginesConfig, registry: Registry) -> dict[str, Engine]:
    """The engines by stage, not started. Raises ConfigError with every mistake in their names and options."""
    engines: dict[str, Engine] = {}
    problems: list[str] = []
    for kind in KINDS:
        wanted: EngineConfig = getattr(config, kind)
        try:
            engines[kind] = registry.create(kind, wanted.name, wanted.options)
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return engines


async def start(
    engines: Mapping[str, Engine], clock: Callable[[], float], on_started: Callable[[str], None]
) -> list[Started]:
    """Start all; `on_started` is told each stage as soon as it is ready. Raises StartError, or is cancelled: either way
    the caller closes the engines."""
    results = await asyncio.gather(
        *(_start_one(kind, engine, clock, on_started) for kind, engine in engines.items()), return_exceptions=True
    )
    problems = [_in_words(kind, error) for kind, error in zip(engines, results, strict=True) if _failed(error)]
    if problems:
        raise StartError(problems)
    return [result for result in results if isinstance(result, Started)]


async def _start_one(
    kind: str, engine: Engine, clock: Callable[[], float], on_started: Callable[[str], None]
) -> Started:
    began = clock()
    await engine.start()
    on_started(kind)
    return Started(kind, engine.info, clock() - began)


def away(engines: Mapping[str, Engine]) -> list[str]:
    """The stages whose engines lost what they work with and wait for it to come back."""
    return [kind for kind, engine in engines.items() if isinstance(engine, Recovering) and not engine.ready]


def _failed(result: Started | BaseException) -> bool:
    return isinstance(result, BaseException)


def _in_words(kind: str, error: object) -> str:
    if isinstance(error, EngineError):
        return f"engines.{kind}: {error.message}"
    log.error("an engine failed to start", exc_info=error if isinstance(error, BaseException) else None)
    return f"engines.{kind}: could not start ({type(error).__name__}: {error})"


async def close(engines: Mapping[str, Engine]) -> None:
    """Close all, started or not; one that fails does not keep the others."""
    results = await asyncio.gather(*(engine.close() for engine in engines.values()), return_exceptions=True)
    for kind, result in zip(engines, results, strict=True):
        if isinstance(result, BaseException):
            log.error("the engine of a stage could not be closed", exc_info=result, extra={"stage": kind})


assert tuple(ENGINE_DEFAULTS) == KINDS, "config and registry name the same stages"
