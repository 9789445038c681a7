"""The worker process around OVOS personas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ovos_voice_agent.engines.worker_loop import Desk, Task, Wait, serve


class Personas:
    """Implements `Service`: items are sentences."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        from ovos_persona import Persona  # heavy, so not before it is needed

        self._personas = {name: Persona(name, content) for name, content in options["personas"].items()}

    def describe(self) -> dict[str, Any]:
        return {}

    def begin(self, body: Any, desk: Desk) -> Task:
        return self._answer(body, desk)

    def _answer(self, body: Any, desk: Desk) -> Task:
        yield Wait.TURN
        persona = self._personas.get(body["persona"])
        if persona is None:
            raise RuntimeError("there is no such persona")
        for sentence in persona.stream(body["messages"], lang=body["language"]):
            if sentence and sentence.strip():
                desk.emit(sentence.strip())
            yield Wait.TURN


if __name__ == "__main__":
    serve(Personas)
