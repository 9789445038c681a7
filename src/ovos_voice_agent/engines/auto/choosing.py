"""The engine that is another one: tries candidates until one starts, and is that one from then on."""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Literal

from ovos_voice_agent.engines.auto.candidates import Candidate, Machine, usual_servers, with_models, with_servers
from ovos_voice_agent.engines.interface import Engine, EngineInfo, Kind
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.registry import Registry, installed
from ovos_voice_agent.errors import ConfigError, EngineError
from ovos_voice_agent.weights.store import Store, store_in

log = logging.getLogger(__name__)

Candidates = Callable[[], AsyncIterator[Candidate]]


class Auto:
    """Implements the engine of its stage once it was started: by handing everything on to the one it took."""

    def __init__(self, kind: Kind, registry: Registry, candidates: Candidates, outlook: str) -> None:
        """`outlook` says, before the start, what will be taken."""
        self._kind = kind
        self._registry = registry
        self._candidates = candidates
        self._outlook = outlook
        self._taken: Engine | None = None
        self._why = ""

    @property
    def info(self) -> EngineInfo:
        if self._taken is None:
            return EngineInfo(self._kind, "auto", self._outlook)
        info = self._taken.info
        return dataclasses.replace(info, quality=f"{info.quality} (taken by auto, because {self._why})")

    @property
    def ready(self) -> bool:
        """Implements `Recovering`."""
        return bool(getattr(self._taken, "ready", True))

    async def start(self) -> None:
        """Take the first candidate that starts. Raises EngineError when none does."""
        failures = []
        async for candidate in self._candidates():
            try:
                self._taken = await self._started(candidate)
            except (ConfigError, EngineError) as error:
                log.warning("%s could not be taken: %s", candidate.engine, error)
                failures.append(candidate.engine)
                continue
            self._why = candidate.why + (f"; {', '.join(failures)} did not start" if failures else "")
            return
        raise EngineError(f"None of these could be started: {', '.join(failures)}.")

    async def _started(self, candidate: Candidate) -> Engine:
        engine = self._registry.create(self._kind, candidate.engine, candidate.options)
        try:
            await engine.start()
        except BaseException:
            await engine.close()
            raise
        return engine

    async def close(self) -> None:
        if self._taken is not None:
            await self._taken.close()

    def __getattr__(self, name: str) -> Any:
        """What belongs to the stage: `open`, `reply`, `speak`, `voices` and so on."""
        if name.startswith("_") or self._taken is None:
            raise AttributeError(f"the engine 'auto' has no {name} before it was started")
        return getattr(self._taken, name)


def create_stt(options: Mapping[str, Any]) -> Auto:
    """The factory for recognition. Raises ConfigError that names every wrong or unknown key."""
    return _with_models("stt", options)


def create_tts(options: Mapping[str, Any]) -> Auto:
    """The factory for voices. Raises ConfigError that names every wrong or unknown key."""
    return _with_models("tts", options)


def create_llm(options: Mapping[str, Any]) -> Auto:
    """The factory for the mind. `servers` are base URLs to look at instead of the usual ones; `model` the one wanted.

    Raises ConfigError that names every wrong or unknown key.
    """
    reader = OptionReader(options)
    store = _store(reader)
    model = reader.text("model")
    servers = [(base_url, base_url.rstrip("/")) for base_url in _urls(reader)] or usual_servers(os.environ)
    reader.finish()
    places = ", ".join(base_url for _, base_url in servers)
    return Auto("llm", installed(store), lambda: with_servers(servers, model), f"the first that answers of: {places}")


def _with_models(kind: Literal["stt", "tts"], options: Mapping[str, Any]) -> Auto:
    reader = OptionReader(options)
    store = _store(reader)
    language = reader.text("language", "en")
    reader.finish()
    found = with_models(kind, store, language, Machine.this())
    outlook = f"takes the best that is here, which is {found[0].engine}: {found[0].why}"
    return Auto(kind, installed(store), lambda: _each(found), outlook)


async def _each(candidates: Sequence[Candidate]) -> AsyncIterator[Candidate]:
    for candidate in candidates:
        yield candidate


def _store(reader: OptionReader) -> Store:
    return store_in(reader.text("models_folder"))


def _urls(reader: OptionReader) -> list[str]:
    urls = reader.text("servers").split()
    if not all(url.startswith(("http://", "https://")) for url in urls):
        reader.problems.append("servers must be base URLs with spaces between them, such as http://127.0.0.1:11434/v1")
        return []
    return urls
