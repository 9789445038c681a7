"""What sessions share."""

from __future__ import annotations

from ovos_voice_agent.runtime.world import Engines, StageLimits, World
from ovos_voice_agent.testing.fakes import EnergyVad, ScriptedLlm, ScriptedStt, ToneTts
from tests.runtime.scenes import ids


def test_engines_come_in_the_order_of_the_cascade() -> None:
    engines = Engines(EnergyVad(), ScriptedStt(), ScriptedLlm(), ToneTts())
    assert [engine.info.kind for engine in engines] == ["vad", "stt", "llm", "tts"]
    assert engines.turn is None
    assert engines.frontend is None, "without one, sound is taken as it comes"


def test_a_world_needs_only_engines_and_ids() -> None:
    world = World(Engines(EnergyVad(), ScriptedStt(), ScriptedLlm(), ToneTts()), ids())
    assert world.today().tzinfo is not None, "the model is told the time zone"
    assert world.clock() <= world.clock()
    assert world.model_name("gpt-realtime") is None, "the engine chooses"
    assert world.limits == StageLimits()
