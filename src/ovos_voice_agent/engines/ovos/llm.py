"""OVOS personas as the mind, when their answers come from plugins that are no mere clients of a language model.

The plugins of a persona run in a worker process, one answer at a time, and stop between two sentences. Personas around
a language model belong to `session.personas`, with the `openai` engine behind them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

from ovos_voice_agent.engines.extras import need
from ovos_voice_agent.engines.interface import EngineInfo, LlmDone, LlmEvent, Prompt, TextDelta
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.worker_engine import WorkerEngine
from ovos_voice_agent.engines.workers import WorkerSpec, stream
from ovos_voice_agent.errors import EngineError

need("ovos_persona")

_MODULE = "ovos_voice_agent.engines.ovos.llm_worker"


def create(options: Mapping[str, Any]) -> OvosPersonas:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key, and files that are none.

    `personas` is a persona's JSON file, or a folder of them; each is a model by its name, the first is the default.
    """
    reader = OptionReader(options)
    timeout_s = reader.number("timeout_s", 30.0, 0.1, 600.0)
    language = reader.text("language", "en-US")
    personas = _personas(reader)
    reader.finish()
    return OvosPersonas(personas, language, timeout_s)


class OvosPersonas(WorkerEngine):
    """Implements `Llm`."""

    def __init__(self, personas: Mapping[str, Mapping[str, Any]], language: str, timeout_s: float) -> None:
        """`personas` by name; `timeout_s`: how long a sentence may take."""
        super().__init__(WorkerSpec("the persona", _MODULE, {"personas": personas}, 60.0))
        self._names = tuple(personas)
        self._language = language
        self._timeout_s = timeout_s

    @property
    def info(self) -> EngineInfo:
        shown = ", ".join(self._names)
        return EngineInfo(
            kind="llm",
            name="ovos",
            quality=f"OVOS personas ({shown}): as good as their plugins are",
            models=self._names,
            effects=True,  # skills and tools among the solvers may do things
        )

    async def reply(self, prompt: Prompt) -> AsyncIterator[LlmEvent]:
        """Answer sentence by sentence. Raises EngineError when no plugin has an answer."""
        body = {
            "persona": prompt.model or self._names[0],
            "language": prompt.language or self._language,
            "messages": [{"role": one.role, "content": one.text} for one in prompt.messages if one.role != "tool"],
        }
        answered = False
        async with aclosing(stream(self._freest(), body, self._timeout_s)) as sentences:
            async for sentence in sentences:
                yield TextDelta(f" {sentence}" if answered else sentence)
                answered = True
        if not answered:
            raise EngineError("The persona has no answer.")
        yield LlmDone()


def _personas(reader: OptionReader) -> dict[str, Any]:
    """Name -> content of each file; what is wrong is noted with the reader."""
    told = reader.text("personas")
    path = Path(told).expanduser()
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not told or not files or not files[0].is_file():
        reader.problems.append("personas must be the JSON file of a persona, or a folder of them")
        return {}
    personas: dict[str, Any] = {}
    for file in files:
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            reader.problems.append(f"personas: {file.name} cannot be read ({type(error).__name__})")
            continue
        if not isinstance(content, dict) or not isinstance(content.get("solvers"), list):
            reader.problems.append(f"personas: {file.name} names no solvers")
            continue
        personas[str(content.get("name") or file.stem)] = content
    return personas
