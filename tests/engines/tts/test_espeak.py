from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import numpy as np
import pytest

from ovos_voice_agent.engines.interface import Speech, TtsOptions, Word
from ovos_voice_agent.engines.tts.espeak import RATE_HZ, Espeak, create
from ovos_voice_agent.errors import ClientError, ConfigError, EngineError
from ovos_voice_agent.testing.contracts import LONG_TEXT, check_tts

pytestmark = pytest.mark.real


def kill(engine: Espeak) -> None:
    for pid in engine.pids:
        os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def running() -> AsyncIterator[Espeak]:
    engine = create({})
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close()


async def say(engine: Espeak, text: str, **options: object) -> tuple[np.ndarray, list[Word]]:
    """Samples and words."""
    chosen = TtsOptions(**{"voice": "alloy", **options})  # type: ignore[arg-type]
    pieces: list[Speech] = [piece async for piece in engine.speak(text, chosen)]
    samples = np.frombuffer(b"".join(piece.pcm for piece in pieces), dtype="<i2")
    return samples, [word for piece in pieces for word in piece.words]


def test_a_stopped_worker_is_replaced_though_its_caller_has_less_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ovos_voice_agent.engines.workers.PING_S", 0.3)

    async def scene() -> None:
        async with running() as engine:
            (pid,) = engine.pids
            os.kill(pid, signal.SIGSTOP)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(say(engine, "Hello."), 0.2)
            with pytest.raises(EngineError, match="stopped unexpectedly"):
                await asyncio.wait_for(say(engine, "Hello."), 20)
            samples, _ = await say(engine, "Hello.")
            assert len(samples) > 0
            assert pid not in engine.pids

    asyncio.run(scene())


def test_contract() -> None:
    check_tts(lambda: create({}), kill)


def test_speech_begins_at_once_and_words_keep_their_times() -> None:
    async def scene() -> None:
        async with running() as engine:
            text = "Hello there, it is me. 42 cats — and Mr. Smith paid $5!"
            samples, words = await say(engine, text)
            assert np.argmax(np.abs(samples.astype(int)) > 104) < 0.03 * RATE_HZ
            assert " ".join(word.text for word in words) == text
            assert words[0].start_s == 0
            assert all(word.start_s <= word.end_s for word in words)
            assert words[-1].end_s <= len(samples) / RATE_HZ

    asyncio.run(scene())


def test_words_come_with_the_piece_they_begin_in() -> None:
    async def scene() -> None:
        async with running() as engine:
            at_s = 0.0
            async for piece in engine.speak("One, two and three. " * 40, TtsOptions("echo")):
                length_s = len(piece.pcm) / 2 / RATE_HZ
                assert all(at_s - 0.001 <= word.start_s <= at_s + length_s for word in piece.words)
                at_s += length_s

    asyncio.run(scene())


def test_named_voices_all_differ() -> None:
    async def scene() -> None:
        async with running() as engine:
            spoken = {}
            for voice in engine.voices[:13]:
                samples, _ = await say(engine, "Hello there.", voice=voice.id)
                spoken[samples.tobytes()] = voice.id
            assert len(spoken) == 13

    asyncio.run(scene())


def test_every_listed_voice_speaks() -> None:
    async def scene() -> None:
        async with running() as engine:
            assert len(engine.voices) > 140
            assert {"en-us", "de"} <= {voice.id for voice in engine.voices}
            silent = [voice.id for voice in engine.voices if not len((await say(engine, "hello", voice=voice.id))[0])]
            assert silent == []
            assert len((await say(engine, "hello", voice="en-us+f3"))[0])

    asyncio.run(scene())


def test_speed_and_language_are_in_force() -> None:
    async def scene() -> None:
        async with running() as engine:
            slow, _ = await say(engine, "one two three four", speed=0.5)
            fast, _ = await say(engine, "one two three four", speed=2.0)
            assert len(slow) > 2.5 * len(fast)
            english, _ = await say(engine, "Die Zeit ist reif")
            german, _ = await say(engine, "Die Zeit ist reif", language="de-AT")
            assert english.tobytes() != german.tobytes()

    asyncio.run(scene())


def test_unknown_voices_are_the_clients_mistake() -> None:
    async def scene() -> None:
        async with running() as engine:
            for voice in ("nobody", "en-us+nobody", "", "en-us+"):
                with pytest.raises(ClientError):
                    await say(engine, "hello", voice=voice)

    asyncio.run(scene())


def test_a_listener_who_stops_taking_leaves_little_waiting_and_blocks_nobody() -> None:
    async def scene() -> None:
        async with running() as engine, aclosing(engine.speak(LONG_TEXT, TtsOptions("alloy"))) as slow:  # type: ignore[type-var]
            assert await anext(slow)
            for _ in range(3):
                assert len((await say(engine, "Hello."))[0])

    asyncio.run(scene())


def test_a_dead_voice_process_fails_only_what_it_was_doing() -> None:
    async def scene() -> None:
        async with running() as engine:
            kill(engine)
            with pytest.raises(EngineError):
                await say(engine, LONG_TEXT)
            assert len((await say(engine, "Back."))[0])

    asyncio.run(scene())


def test_this_process_never_loads_the_library() -> None:
    code = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from ovos_voice_agent.engines.tts.espeak import create\n"
        "from ovos_voice_agent.engines.interface import TtsOptions\n"
        "async def main():\n"
        "    engine = create({})\n"
        "    await engine.start()\n"
        "    assert [piece async for piece in engine.speak('hello', TtsOptions('alloy'))]\n"
        "    await engine.close()\n"
        "asyncio.run(main())\n"
        "assert 'espeakng_loader' not in sys.modules and 'pocketsphinx' not in sys.modules\n"
        "maps = Path('/proc/self/maps')\n"
        "assert not maps.exists() or 'libespeak' not in maps.read_text()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": "src"}, check=False)
    assert done.returncode == 0


def test_all_mistakes_in_the_options_are_told() -> None:
    with pytest.raises(ConfigError) as told:
        create({"timeout_s": -1, "voice": "x"})
    assert len(told.value.problems) == 2
