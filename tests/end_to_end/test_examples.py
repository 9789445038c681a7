"""The examples run as they are, with the official SDK in an environment of its own."""

from __future__ import annotations

import asyncio
import os
import wave
from pathlib import Path

import pytest

from ovos_voice_agent.app import running
from ovos_voice_agent.testing.fakes import ScriptedStt
from tests.clients.environments import python_environment
from tests.end_to_end.talking import LIMIT_S, Fakes, configured
from tests.recordings import recording

pytestmark = [pytest.mark.real, pytest.mark.slow]

EXAMPLES = Path(__file__).parents[2] / "examples"


def output_of(example: str, *arguments: str | Path, fakes: Fakes, cwd: Path) -> str:
    """What an example prints that talks to a server of its own."""
    python = python_environment("openai-ga")

    async def play() -> tuple[str, str, int | None]:
        async with running(configured(), fakes.by_stage) as server:
            program = await asyncio.create_subprocess_exec(
                *map(str, (python, EXAMPLES / example, *arguments)),
                env={**os.environ, "OPENAI_BASE_URL": server.url},
                cwd=cwd,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            output, errors = await program.communicate()
            return output.decode(), errors.decode(), program.returncode

    output, errors, code = asyncio.run(asyncio.wait_for(play(), LIMIT_S))
    assert code == 0, errors
    return output


def test_words_are_answered(tmp_path: Path) -> None:
    assert output_of("openai_sdk.py", "hello", fakes=Fakes(), cwd=tmp_path) == "You said: hello.\n"
    with wave.open(str(tmp_path / "answer.wav")) as file:
        assert file.getnframes() > 0


def test_a_file_is_transcribed_while_it_is_spoken(tmp_path: Path) -> None:
    fakes = Fakes(stt=ScriptedStt(["go forward ten meters"]))
    output = output_of("transcribe.py", recording("goforward"), fakes=fakes, cwd=tmp_path)
    assert output.splitlines()[-1] == "= go forward ten meters"
    assert output.splitlines()[0].startswith("go forward")
