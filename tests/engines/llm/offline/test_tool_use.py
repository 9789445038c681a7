"""Which tool fits, and calls that must be made."""

from __future__ import annotations

from datetime import UTC, datetime

from ovos_voice_agent.engines.interface import Tool
from ovos_voice_agent.engines.llm.offline.tool_use import best_tool, must_call, score

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PLAY = Tool("play_music", "Play a song or an album")
DOOR = Tool("open_garage_door", "Open or close the door of the garage")


def test_the_tool_with_the_said_words_wins() -> None:
    assert best_tool("put on some songs", [DOOR, PLAY]) is PLAY
    assert best_tool("close the garage", [DOOR, PLAY]) is DOOR
    assert best_tool("open your mind", [DOOR, PLAY]) is None
    assert score("hello", DOOR) == 0


def test_a_call_that_must_be_made_is_made() -> None:
    call = must_call("gibberish", [DOOR, PLAY], NOW, "play_music")
    assert call is not None
    assert call.name == "play_music"
    assert must_call("gibberish", [], NOW) is None
