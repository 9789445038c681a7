"""Playing, interrupting, and a whole conversation on a sound card made of two functions."""

from __future__ import annotations

import asyncio
import base64
import sys
from typing import Any

import pytest

from ovos_voice_agent.cli.microphone import BYTES_PER_MS, Playback, converse
from ovos_voice_agent.client import Turn, connect
from ovos_voice_agent.errors import ClientError
from tests.client.realtime_stub import Event, running


def test_playing_gives_what_was_pushed_and_then_silence() -> None:
    playback = Playback()
    playback.push("item_1", b"\1\0\2\0")
    playback.push("item_1", b"\3\0")
    assert playback.pull(4) == b"\1\0\2\0"
    assert playback.pull(4) == b"\3\0\0\0"
    assert playback.pull(4) == bytes(4)


def test_an_interruption_tells_what_was_heard_of_the_item() -> None:
    playback = Playback()
    playback.push("item_1", bytes(100 * BYTES_PER_MS))
    playback.pull(100 * BYTES_PER_MS)
    playback.push("item_2", bytes(100 * BYTES_PER_MS))
    playback.pull(40 * BYTES_PER_MS)
    assert playback.drop() == ("item_2", 40)
    assert playback.pull(2) == bytes(2)
    assert playback.drop() is None


def test_what_was_heard_to_its_end_is_not_cut() -> None:
    playback = Playback()
    assert playback.drop() is None
    playback.push("item_1", bytes(10))
    playback.pull(10)
    assert playback.drop() is None


class SoundCard:
    """Stands for PortAudio: while open, its microphone has said one block, and its speaker has asked for one."""

    PortAudioError = OSError

    def __init__(self, *, broken: bool = False) -> None:
        self._broken = broken
        self.speaker: Any = None

    def RawInputStream(self, callback: Any, **form: Any) -> SoundCard:  # noqa: N802 - the library's name
        if self._broken:
            raise self.PortAudioError("no device")
        assert form == {"samplerate": 24_000, "blocksize": 480, "channels": 1, "dtype": "int16"}
        callback(b"\7\0" * 480, 480, None, None)
        return self

    def RawOutputStream(self, callback: Any, **form: Any) -> SoundCard:  # noqa: N802 - the library's name
        self.speaker = callback
        return self

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        return None


def talking(event: Event) -> list[Event]:
    """One answer for the one block of microphone; then the person interrupts, speaks again, and all is over."""
    if event["type"] == "conversation.item.truncate":
        return [
            {"type": "response.created"},
            done("Second."),
            {"type": "x_ovos.turn.timeline", "marks": [mark()]},
            {"type": "bye"},
        ]
    audio = base64.b64encode(bytes(100 * BYTES_PER_MS)).decode()
    return [
        {"type": "response.output_audio.delta", "item_id": "item_2", "delta": audio},
        done("First."),
        {"type": "input_audio_buffer.speech_started"},
    ]


def done(said: str) -> Event:
    return {"type": "response.done", "response": {"status": "completed", "said": said}}


def mark() -> Event:
    return {"name": "done", "at_ms": 1}


def test_a_conversation_with_an_interruption(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", SoundCard())
    turns: list[Turn] = []

    async def scenario() -> list[Event]:
        async with running(talking) as stub, connect(stub.url) as connection:

            def report(turn: Turn) -> None:
                turns.append(turn)
                if len(turns) == 2:
                    closing.append(asyncio.ensure_future(connection.close()))

            closing: list[asyncio.Future[None]] = []
            assert await converse(connection, report) == 0
            await asyncio.gather(*closing)
            return stub.events

    events = asyncio.run(scenario())
    assert [event["type"] for event in events] == ["input_audio_buffer.append", "conversation.item.truncate"]
    assert base64.b64decode(events[0]["audio"]) == b"\7\0" * 480
    assert events[1] == {
        "type": "conversation.item.truncate",
        "item_id": "item_2",
        "content_index": 0,
        "audio_end_ms": 0,
    }
    assert [turn.response["said"] for turn in turns] == ["First.", "Second."]
    assert "Ctrl-C" in capsys.readouterr().out


@pytest.mark.parametrize("card", [SoundCard(broken=True), None], ids=["no device", "no library"])
def test_a_machine_without_sound_is_told_what_else_it_can_do(
    monkeypatch: pytest.MonkeyPatch, card: SoundCard | None
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", card)

    async def scenario() -> None:
        async with running(talking) as stub, connect(stub.url) as connection:
            with pytest.raises(ClientError, match="there is no microphone or speaker here; use --text"):
                await converse(connection, lambda turn: None)

    asyncio.run(scenario())
