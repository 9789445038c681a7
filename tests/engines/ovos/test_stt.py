from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from ovos_voice_agent.engines.interface import SttOptions
from ovos_voice_agent.engines.ovos.stt import create
from ovos_voice_agent.engines.recognisers import WorkerStt
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.testing.contracts import check_stt
from tests.recordings import samples_16k

pytestmark = [pytest.mark.real, pytest.mark.extra]

PLUGIN = "ovos-stt-plugin-pocketsphinx"


def kill(engine: WorkerStt) -> None:
    for pid in engine.pids:
        os.kill(pid, signal.SIGKILL)


async def hear(engine: WorkerStt) -> str:
    await engine.start()
    try:
        stream = engine.open(SttOptions(), lambda _: None)
        stream.feed(samples_16k("goforward").tobytes())
        return (await stream.finish()).text
    finally:
        await engine.close()


def test_a_real_plugin_keeps_the_contract() -> None:
    check_stt(lambda: create({"plugin": PLUGIN}), samples_16k("goforward").tobytes(), kill, long_s=5)


def test_a_plugin_of_mycroft_conf_is_used_when_that_is_wanted(home: Path) -> None:
    folder = home / "config" / "mycroft"
    folder.mkdir(parents=True)
    (folder / "mycroft.conf").write_text(json.dumps({"lang": "en-US", "stt": {"module": PLUGIN}}))
    assert asyncio.run(hear(create({"mycroft_conf": True})))


def test_a_plugin_that_is_not_installed_is_named_with_the_command() -> None:
    with pytest.raises(EngineError, match="pip install ovos-stt-plugin-nothing"):
        asyncio.run(hear(create({"plugin": "ovos-stt-plugin-nothing"})))
