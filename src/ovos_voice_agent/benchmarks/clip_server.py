"""Our server with a recogniser that tells the words of the benchmark's own clips at their times.

Rules: that recogniser is no part of an installation; it is announced to this one server by a folder in its search path.
Language model and voice are scripted, as in `servers.py`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ovos_voice_agent.benchmarks.clips import Clip
from ovos_voice_agent.benchmarks.servers import Delays, free_port, process, ready, stub_flags
from ovos_voice_agent.client.sound import WIRE_HZ
from ovos_voice_agent.engines.interface import Word
from ovos_voice_agent.testing.clip_words import write_clip

_ENTRY_POINTS = "[ovos_voice_agent.stt]\nclip-words = ovos_voice_agent.testing.clip_words:create\n"

_CONFIG = """
[server]
host = "127.0.0.1"
port = {port}
refuse_when_busy = false

[engines.vad]
name = "{vad}"

[engines.turn]
{turn}

[engines.stt]
name = "clip-words"
folder = "{folder}"
final_ms = {final_ms}
partials = {partials}

[engines.llm]
name = "openai"
base_url = "{stub}"
model = "stub"

[engines.tts]
name = "openai"
base_url = "{stub}"
model = "stub"
"""


@dataclass(frozen=True, slots=True)
class Ears:
    """How the server under test hears: its detector, and the file of a turn model, or none. `words` may be kept from
    it, or told only when somebody has finished (without `partials`)."""

    vad: str = "dual"
    turn_model: str = ""
    words: bool = True
    partials: bool = True


def clip_name(number: int) -> str:
    """What the transcription prompt of a session says that plays clip `number`."""
    return f"clip{number}"


@asynccontextmanager
async def server_for_clips(clips: Sequence[Clip], ears: Ears, delays: Delays, answer: str) -> AsyncIterator[str]:
    """Yields the base URL of a server that knows the clips by `clip_name`. Both processes are ended afterwards."""
    stub_port, port = free_port(), free_port()
    stub = f"http://127.0.0.1:{stub_port}/v1"
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _tell(folder, clips, words=ears.words)
        config = folder / "bench.toml"
        turn = f'name = "smart-turn"\nmodel = "{ears.turn_model}"' if ears.turn_model else 'name = "none"'
        config.write_text(
            _CONFIG.format(
                port=port,
                stub=stub,
                folder=folder,
                turn=turn,
                vad=ears.vad,
                final_ms=delays.stt_ms,
                partials=str(ears.partials).lower(),
            ),
            encoding="utf-8",
        )
        await stack.enter_async_context(
            process("ovos_voice_agent.testing.stub_server", *stub_flags(stub_port, delays, answer))
        )
        await ready(f"{stub}/models")
        await stack.enter_async_context(
            process("ovos_voice_agent", "serve", "--config", str(config), environment=_announced(folder))
        )
        await ready(f"http://127.0.0.1:{port}/ready")
        yield f"http://127.0.0.1:{port}/v1"


def _tell(folder: Path, clips: Sequence[Clip], *, words: bool) -> None:
    """Let the recogniser know all clips, with or without what is said in them."""
    for number, clip in enumerate(clips):
        known = [Word(word.text, word.start_ms / 1000, word.end_ms / 1000) for word in clip.words if words]
        write_clip(folder, clip_name(number), clip.pcm, WIRE_HZ, known)


def _announced(folder: Path) -> dict[str, str]:
    """A search path in which the recogniser's entry point is found."""
    info = folder / "ovos_voice_agent_clip_words-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: ovos-voice-agent-clip-words\nVersion: 0\n")
    (info / "entry_points.txt").write_text(_ENTRY_POINTS)
    return {"PYTHONPATH": os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH", ""))))}
