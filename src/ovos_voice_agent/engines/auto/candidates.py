"""What `auto` may take, the best first: models that are here, servers that answer, and what is in the box."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
import msgspec

from ovos_voice_agent.weights.catalogue import recommended
from ovos_voice_agent.weights.store import Store, best

PROBE_S = 1.0
"""A server on this machine answers in milliseconds, also while it loads a model."""

OLLAMA, LLAMA_CPP, LM_STUDIO = 11_434, 8_080, 1_234
IN_THE_BOX = {"stt": "pocketsphinx", "llm": "offline", "tts": "espeak-ng"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine with its options, and the reason for it in words that follow "because"."""

    engine: str
    options: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """What decides which models are quick enough."""

    cores: int
    gpu: bool

    @classmethod
    def this(cls) -> Machine:
        return cls(os.cpu_count() or 1, gpu=shutil.which("nvidia-smi") is not None)


def with_models(kind: Literal["stt", "tts"], store: Store, language: str, machine: Machine) -> list[Candidate]:
    """Those whose models are here, and then what is in the box."""
    ours = [model for model in recommended() if model.kind == kind]
    fitting = best(ours, language, gpu=machine.gpu, cores=machine.cores)
    here = [model for model in fitting if store.is_installed(model)]
    candidates = [
        Candidate(
            model.engine,
            store.options(model) | ({"language": language} if kind == "stt" else {}),
            f"{model.id} is the best model for '{language}' on this machine",
        )
        for model in here
    ]
    missing = f"; better: ovos-voice-agent models pull {fitting[0].id}" if fitting else ""
    return [*candidates, Candidate(IN_THE_BOX[kind], {}, f"no model for '{language}' is on this machine{missing}")]


def usual_servers(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Name and base URL of the language model servers that people run on their machines, at their usual ports."""
    ollama = environ.get("OLLAMA_HOST", "").strip()
    if ollama and "://" not in ollama:
        ollama = f"http://{ollama}"
    return [
        ("Ollama", f"{ollama.rstrip('/') or f'http://127.0.0.1:{OLLAMA}'}/v1"),
        ("llama.cpp", f"http://127.0.0.1:{LLAMA_CPP}/v1"),
        ("LM Studio", f"http://127.0.0.1:{LM_STUDIO}/v1"),
    ]


async def with_servers(servers: Sequence[tuple[str, str]], model: str) -> AsyncIterator[Candidate]:
    """Those of the servers that answer with a model (`model`, where it is given), and then what is in the box."""
    timeout = aiohttp.ClientTimeout(total=PROBE_S)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        answers = await asyncio.gather(*(_models(http, base_url) for _, base_url in servers))
    for (name, base_url), models in zip(servers, answers, strict=True):
        if taken := (model if model in models else "") if model else next(iter(models), ""):
            why = f"{name} answers at {base_url} with {taken}"
            yield Candidate("openai", {"base_url": base_url, "model": taken}, why)
    looked = ", ".join(f"{name} ({base_url})" for name, base_url in servers)
    yield Candidate(IN_THE_BOX["llm"], {}, f"no language model answers: looked for {looked}")


class _ModelEntry(msgspec.Struct):
    id: str


class _ModelList(msgspec.Struct):
    data: list[_ModelEntry]


async def _models(http: aiohttp.ClientSession, base_url: str) -> list[str]:
    """The models that can write; none when it is no such server, or not there."""
    try:
        async with http.get(f"{base_url}/models", allow_redirects=False) as answer:
            listed = msgspec.json.decode(await answer.read(), type=_ModelList)
    except (aiohttp.ClientError, TimeoutError, msgspec.MsgspecError, ValueError):
        return []
    return [entry.id for entry in listed.data if "embed" not in entry.id.lower()]
