"""Our own server as the correct one: its engines are deterministic, quick, and just slow enough to be interrupted."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from ovos_voice_agent.app import running
from ovos_voice_agent.config import load
from ovos_voice_agent.conformance.playing import Manner
from ovos_voice_agent.conformance.run import Result, run
from ovos_voice_agent.conformance.speech import utterance
from ovos_voice_agent.conformance.suite import Suite
from ovos_voice_agent.conformance.suite import load as load_suite
from ovos_voice_agent.conformance.transcript import Transcript
from ovos_voice_agent.conformance.wire import Target
from ovos_voice_agent.engines.interface import Engine, LlmDone, LlmEvent, Prompt, ToolCallDelta
from ovos_voice_agent.engines.llm.offline import OfflineLlm
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedStt, Tone, ToneTts
from tests.conformance.fault_proxy import Fault, proxied

KEY = "sk-conformance-test"
WORDS = ["has never been surpassed"] * 500
JOBS = 10
AT_A_TIME = 3
BESIDE_THE_SOCKET = ("rest.", "bounds.")
"""Exchanges that ask over HTTP, or have tests of their own (test_bounds.py)."""
PATIENCE_S = 2.0
"""For what is dropped. On a busy machine, too, something comes within this time as long as the server works."""


class Llm(OfflineLlm):
    """The persona in the box, which also calls two functions where it has two and must call."""

    async def reply(self, prompt: Prompt) -> AsyncIterator[LlmEvent]:
        if len(prompt.tools) == 2 and prompt.tool_choice == "required":
            for index, tool in enumerate(prompt.tools):
                yield ToolCallDelta(index, '{"room": "kitchen"}', call_id=f"call_{index}", name=tool.name)
            yield LlmDone()
            return
        async for event in super().reply(prompt):
            yield event


def engines() -> Mapping[str, Engine]:
    """A reply of 300 characters is spoken in about a second, so that there is time to interrupt it."""
    tone = Tone(piece_ms=120, piece_s=0.004)
    return {"vad": EnergyVad(), "stt": ScriptedStt(WORDS), "llm": Llm(), "tts": ToneTts(tone)}


@asynccontextmanager
async def correct_server(prefix: str = "", *, events_per_second: int = 0) -> AsyncIterator[str]:
    """Its base address. It wants the key; a reverse proxy would show it below `prefix`."""
    settings = {
        "OVOS_VOICE_AGENT_SERVER__API_KEYS": KEY,
        "OVOS_VOICE_AGENT_SERVER__PATH_PREFIX": prefix,
        "OVOS_VOICE_AGENT_SERVER__EVENTS_PER_SECOND": str(events_per_second),
    }
    config = load(None, settings)
    async with running(config, engines()) as server:
        yield server.url


def manner(patience_s: float = 5.0) -> Manner:
    return Manner(utterance(), patience_s=patience_s, speed=40.0, settle_s=0.1)


def target(url: str, dialect: str = "ga") -> Target:
    return Target(url, KEY, "gpt-realtime", dialect)


async def judged_clean(dialect: str = "ga") -> Result:
    """The suite against the correct server."""
    async with correct_server() as url:
        return await run(target(url, dialect), load_suite().harmless(), manner(), jobs=JOBS)


async def judged_with(faults: Sequence[Fault]) -> dict[str, list[str]]:
    """Fault -> the cases that it fails, each planted alone between the suite and the correct server.

    Exchanges in which a fault changes nothing are not played again: a clean run has them.
    """
    caught: dict[str, list[str]] = {"nothing": []}
    left = list(faults)
    async with correct_server() as upstream:
        clean = {
            dialect: await run(target(upstream, dialect), load_suite().harmless(), manner(), jobs=JOBS)
            for dialect in sorted({planted.dialect for planted in faults})
        }
        for result in clean.values():
            caught["nothing"] += result.named("failed", "differs")

        async def work() -> None:
            while left:
                planted = left.pop(0)
                known = _untouched(planted, clean[planted.dialect])
                async with proxied(upstream, planted.plant) as url:
                    aim = target(url, planted.dialect)
                    result = await run(aim, load_suite().harmless(), manner(PATIENCE_S), jobs=JOBS, known=known)
                caught[planted.name] = result.named("failed", "differs")

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_A_TIME):
                group.create_task(work())
    return caught


def _untouched(planted: Fault, clean: Result) -> dict[str, Transcript]:
    """Exchanges in which the fault changes nothing; those over HTTP, which the proxy does not speak; and the one that
    waits long in real time, but for faults of its own."""
    waits = () if "idle" in planted.name else ("turns.idle",)
    return {
        name: one
        for name, one in clean.transcripts.items()
        if name.startswith(BESIDE_THE_SOCKET) or name in waits or not _touches(planted, one)
    }


def sockets_only(suite: Suite) -> Suite:
    """What a proxy that speaks no HTTP can be asked, quickly."""
    exchanges = tuple(
        one for one in suite.exchanges if not one.name.startswith(BESIDE_THE_SOCKET) and one.name != "turns.idle"
    )
    return replace(suite, exchanges=exchanges)


def _touches(planted: Fault, transcript: Transcript) -> bool:
    plant = planted.plant()
    return any(plant(copy.deepcopy(entry.raw)) != [entry.raw] for entry in transcript.received())
