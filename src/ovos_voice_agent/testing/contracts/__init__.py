"""What every engine must do, as checks for its tests: for the engines in the box and for authors of others.

A test of an engine is three lines::

    def test_contract() -> None:
        check_tts(lambda: create({}))

Each check builds engines with the factory it is given, runs them on an event loop of its own, and raises AssertionError
with the rule that was broken: starting and closing, empty input, very long input, two at once, stopping in time, the
sample rate, and an event loop that is never kept waiting. `kill`, where given, ends the engine's worker (its process,
its connection) the hard way: what is under way fails with an EngineError, and what comes next works again.
"""

from ovos_voice_agent.testing.contracts.frontend import check_frontend
from ovos_voice_agent.testing.contracts.llm import check_llm
from ovos_voice_agent.testing.contracts.running import LONG_TEXT
from ovos_voice_agent.testing.contracts.stt import check_stt
from ovos_voice_agent.testing.contracts.tts import check_tts
from ovos_voice_agent.testing.contracts.turn import check_turn
from ovos_voice_agent.testing.contracts.vad import check_vad

__all__ = ["LONG_TEXT", "check_frontend", "check_llm", "check_stt", "check_tts", "check_turn", "check_vad"]
