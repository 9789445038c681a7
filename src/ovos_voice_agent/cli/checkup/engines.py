"""Checks of the configured engines: each is started as the server would, and the servers behind them are asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, cast

import aiohttp

from ovos_voice_agent.cli.checkup.findings import Finding, good, hint, problem
from ovos_voice_agent.config import Config, EngineConfig
from ovos_voice_agent.engines.interface import Vad
from ovos_voice_agent.engines.registry import KINDS, Registry
from ovos_voice_agent.errors import ConfigError, VoiceAgentError

START_S = 120.0
"""What a large model takes from a slow disk."""
ANSWER_S = 4.0


async def check_engines(config: Config, registry: Registry) -> AsyncIterator[Finding]:
    """One after the other, so that each has the machine to itself."""
    for kind in KINDS:
        chosen: EngineConfig = getattr(config.engines, kind)
        base_url = chosen.options.get("base_url")
        if isinstance(base_url, str):
            async for finding in _check_server(kind, base_url.rstrip("/"), chosen.options):
                yield finding
        yield await _check_start(kind, chosen, registry)


async def _check_start(kind: Any, chosen: EngineConfig, registry: Registry) -> Finding:
    about = f"engines.{kind}"
    loop = asyncio.get_running_loop()
    began = loop.time()
    engine = registry.create(kind, chosen.name, chosen.options)
    try:
        await asyncio.wait_for(engine.start(), START_S)
    except TimeoutError:
        return problem(
            about, f"{chosen.name} was not ready after {START_S:.0f} s", f"choose a smaller model for {about}"
        )
    except VoiceAgentError as error:
        return problem(about, f"{chosen.name} does not start: {error}", f"correct [{about}], or take another engine")
    finally:
        await engine.close()
    return good(about, f"{chosen.name} is ready after {loop.time() - began:.1f} s: {engine.info.quality}")


async def check_capacity(config: Config, registry: Registry) -> AsyncIterator[Finding]:
    """How many sessions the server bears, as it finds out itself at the start; what does not start is told above."""
    from ovos_voice_agent.app.sizing import capacity_here

    chosen = config.engines.vad
    engine = registry.create("vad", chosen.name, chosen.options)
    try:
        await asyncio.wait_for(engine.start(), START_S)
        sessions = (await capacity_here(config.server, cast("Vad", engine))).sessions
    except (TimeoutError, VoiceAgentError):
        return
    finally:
        await engine.close()
    if sessions:
        told = ", ".join(f"{number} that stream {kind}" for kind, number in sessions.items())
        one = "the server" if config.server.workers == 1 else "each of its processes"
        yield good("capacity", f"{one} bears {told} at a time, before recognition and speech")


async def _check_server(kind: str, base_url: str, options: Mapping[str, Any]) -> AsyncIterator[Finding]:
    """Whether an OpenAI-compatible server is there, takes the key, and has the model."""
    about = f"engines.{kind}"
    try:
        status, models = await _ask(base_url, _key(options))
    except (aiohttp.ClientError, TimeoutError, OSError):
        mend = "ollama serve" if ":11434" in base_url else f"start that server, or correct {about}.base_url"
        yield problem(about, f"{base_url} cannot be reached", mend)
        return
    except ValueError:
        yield hint(
            about, f"{base_url} answers no list of models: is it the address up to /v1?", f"correct {about}.base_url"
        )
        return
    for finding in _judged(about, base_url, status, models, options.get("model")):
        yield finding


def _judged(about: str, base_url: str, status: int, models: list[str], wanted: object) -> Iterator[Finding]:
    if status in (401, 403):
        yield problem(
            about, f"{base_url} refuses the key", f"set {about}.api_key_env to the variable that holds a valid one"
        )
    elif status != 200:
        yield hint(about, f"{base_url} answers {status}: is it the address up to /v1?", f"correct {about}.base_url")
    elif models and isinstance(wanted, str) and not any(_same(wanted, model) for model in models):
        mend = (
            f"ollama pull {wanted}" if ":11434" in base_url else f"set {about}.model to one of: {', '.join(models[:8])}"
        )
        yield problem(about, f"{base_url} has no model {wanted}", mend)
    else:
        yield good(about, f"{base_url} answers")


async def _ask(base_url: str, key: str) -> tuple[int, list[str]]:
    """Status and models. Raises aiohttp.ClientError, TimeoutError; ValueError for something else than a list."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    async with (
        aiohttp.ClientSession(timeout=timeout) as http,
        http.get(f"{base_url}/models", headers=headers, allow_redirects=False) as answer,
    ):
        if answer.status != 200:
            return answer.status, []
        listed = await answer.json(content_type=None)
    if not isinstance(listed, dict) or not isinstance(listed.get("data"), list):
        raise ValueError("no list of models")
    return 200, [str(entry.get("id")) for entry in listed["data"] if isinstance(entry, dict)]


def _key(options: Mapping[str, Any]) -> str:
    from ovos_voice_agent.engines.options import OptionReader

    try:
        return OptionReader(options).secret("api_key", "api_key_env")
    except ConfigError:
        return ""


def _same(wanted: str, model: str) -> bool:
    """Ollama lists `llama3.2` as `llama3.2:latest`."""
    return model in (wanted, f"{wanted}:latest")
