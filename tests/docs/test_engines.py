"""The page about engines names every option of each engine, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.errors import ConfigError

pytestmark = [pytest.mark.real, pytest.mark.extra]

PAGE = (Path(__file__).parents[2] / "docs" / "engines.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^### (vad|stt|llm|tts) `([^`]+)`\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("kind", "name", "text"), SECTIONS, ids=lambda value: value if len(value) < 20 else "")
def test_options_are_those_of_the_engine(kind: str, name: str, text: str) -> None:
    first_cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    documented = set(re.findall(r"`(\w+)`", " ".join(first_cells)))
    with pytest.raises(ConfigError) as caught:
        installed().create(kind, name, {"no_such_option": 1})  # type: ignore[arg-type]
    [told] = [problem for problem in caught.value.problems if "(it has: " in problem]
    assert documented == set(re.findall(r"\w+", told.split("(it has: ")[1].rstrip(")")))


def test_every_extra_engine_has_its_section() -> None:
    assert {name for _, name, _ in SECTIONS} == {
        "sherpa-onnx",
        "faster-whisper",
        "moonshine",
        "openai-realtime",
        "piper",
        "kokoro",
        "ovos",
    }
