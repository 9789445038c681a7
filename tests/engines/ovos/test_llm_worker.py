from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ovos_voice_agent.engines.ovos.llm_worker import Personas

pytestmark = pytest.mark.extra


class Parrot:
    def stream(self, messages: list[dict[str, str]], lang: str) -> Iterator[str]:
        yield f" {messages[-1]['content']} "
        yield ""
        yield lang


class Desk:
    def __init__(self) -> None:
        self.items: list[Any] = []

    def take(self) -> None:
        return None

    def emit(self, body: Any) -> None:
        self.items.append(body)


def test_sentences_come_one_by_one_and_empty_ones_not() -> None:
    personas = object.__new__(Personas)
    vars(personas).update(_personas={"Polly": Parrot()})
    desk = Desk()
    task = personas.begin({"persona": "Polly", "messages": [{"content": "hello"}], "language": "de"}, desk)
    next(task)
    assert desk.items == []
    next(task)
    assert desk.items == ["hello"]
    list(task)
    assert desk.items == ["hello", "de"]
