"""A session that is recorded: both voices, each turn, every event, and nothing while nobody asks for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ovos_voice_agent.audio import g711
from ovos_voice_agent.audio.wav import read_wav
from ovos_voice_agent.core.engine_events import Opened
from ovos_voice_agent.core.offer import Offer
from ovos_voice_agent.core.session import Session
from ovos_voice_agent.protocol import client_events as ce
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.codec import ClientEventDecoder
from ovos_voice_agent.runtime.recording import Recorder
from ovos_voice_agent.runtime.runner import SessionRunner
from ovos_voice_agent.runtime.tapes import Archive
from ovos_voice_agent.testing.fakes import ScriptedLlm, ScriptedStt, said_slowly
from tests.runtime.scenes import SERVER_VAD, Client, pieces, run, session, silence_24k, tone_24k, world

DECODER = ClientEventDecoder()
ON = {"type": "realtime", "x_ovos": {"recording": True}}
OFF = {"type": "realtime", "x_ovos": {"recording": False}}


class Call:
    """One connection to a server that records into this folder."""

    def __init__(self, folder: Path, detection: Any = SERVER_VAD) -> None:
        self.folder = folder
        self.client = Client()
        self.world = world(stt=ScriptedStt(["hello"] * 3), llm=ScriptedLlm([said_slowly("Hello you.")] * 3))
        self.session: Session = session(detection, Offer(recording=True))
        self.runner = SessionRunner("sess_1", self.session, self.world, self.client)
        self.archive = Archive(folder)
        self.failures: list[str] = []
        self.runner.tap(
            Recorder("sess_1", self.archive, lambda: self.session.settings, self.world.clock, self.failures.append)
        )
        self.runner.post(Opened())

    async def send(self, type: str, **fields: Any) -> None:
        await self.runner.caught_up()
        self.runner.post(DECODER.check({"type": type, **fields}))

    async def hear(self, audio: bytes, chunk_bytes: int = 960) -> None:
        for chunk in pieces(audio, chunk_bytes):
            self.runner.post(ce.InputAudioBufferAppend(audio=chunk))
            await self.runner.ready_for_more()

    async def done(self, count: int = 1) -> Any:
        return (await self.client.events.until(se.ResponseDone, count)).response

    async def end(self) -> None:
        await self.runner.close()
        self.archive.close()


def files(folder: Path) -> dict[str, Path]:
    """Of the only recording there is."""
    [home] = folder.iterdir()
    return {str(path.relative_to(home)): path for path in sorted(home.rglob("*.*"))}


def samples(path: Path) -> np.ndarray[Any, Any]:
    return np.round(32768 * read_wav(path)[0]).astype(np.int16)


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files(folder)["events.jsonl"].read_text().splitlines()]


def test_a_spoken_turn_and_its_answer(tmp_path: Path) -> None:
    before, question = silence_24k(400), silence_24k(320) + tone_24k(1280) + silence_24k(700)

    async def scene() -> Call:
        call = Call(tmp_path)
        await call.hear(before)
        await call.send("session.update", session=ON)
        await call.hear(question)
        await call.done()
        await call.end()
        return call

    call = run(scene())
    found = files(tmp_path)
    committed = call.client.events.of(se.InputAudioBufferCommitted)[0].item_id
    spoken = call.client.events.of(se.ResponseOutputAudioDelta)
    turns = [f"turns/001-user-{committed}.wav", f"turns/002-assistant-{spoken[0].item_id}.wav"]
    assert list(found) == ["assistant.wav", "events.jsonl", *turns, "user.wav"]
    assert samples(found["user.wav"]).tobytes() == question, "from the moment at which it was switched on"
    sound = b"".join(event.delta for event in spoken)
    assert samples(found["assistant.wav"]).tobytes() == samples(found[turns[1]]).tobytes() == sound
    start_ms = call.client.events.of(se.InputAudioBufferSpeechStarted)[0].audio_start_ms
    end_ms = call.client.events.of(se.InputAudioBufferSpeechStopped)[0].audio_end_ms
    heard = before + question
    assert samples(found[turns[0]]).tobytes() == heard[48 * start_ms : 48 * end_ms]
    assert call.failures == []


def test_every_event_is_written_down_without_its_sound(tmp_path: Path) -> None:
    item = {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_audio", "audio": "AAAA" * 2000, "transcript": "hi"}],
    }

    async def scene() -> Call:
        call = Call(tmp_path)
        await call.send("session.update", session=ON)
        await call.hear(silence_24k(40))
        await call.send("conversation.item.create", item=item, event_id="mine")
        await call.send("response.create")
        await call.done()
        await call.end()
        return call

    call = run(scene())
    written = lines(tmp_path)
    assert [line["event"]["type"] for line in written[:2]] == ["recording.started", "session.updated"]
    assert written[0]["event"]["session_id"] == "sess_1"
    sent = [line["event"]["type"] for line in written if line["side"] == "server"]
    all_sent = [event.__struct_config__.tag for event in call.client.events]
    assert sent == all_sent[all_sent.index("session.updated") :]
    received = [line["event"] for line in written if line["side"] == "client"]
    assert [event["type"] for event in received] == [
        *["input_audio_buffer.append"] * 2,
        *("conversation.item.create", "response.create"),
    ]
    assert received[0]["audio"] == "<960 bytes>"
    assert received[2]["event_id"] == "mine"
    assert received[2]["item"]["content"][0]["audio"] == "<6000 bytes>"
    assert [line["at_ms"] for line in written] == sorted(line["at_ms"] for line in written)
    assert "AAAA" not in files(tmp_path)["events.jsonl"].read_text()


def test_nothing_is_kept_of_who_does_not_ask(tmp_path: Path) -> None:
    async def scene() -> None:
        call = Call(tmp_path)
        await call.hear(tone_24k(200))
        await call.send("session.update", session=OFF)
        await call.end()

    run(scene())
    assert list(tmp_path.iterdir()) == []


def test_switched_off_it_ends_and_switched_on_again_it_is_another_recording(tmp_path: Path) -> None:
    async def scene() -> None:
        call = Call(tmp_path)
        for request, ms in ((ON, 100), (OFF, 200), (ON, 300)):
            await call.send("session.update", session=request)
            await call.hear(silence_24k(ms))
        await call.end()

    run(scene())
    first, second = sorted(tmp_path.iterdir())
    assert [len(samples(folder / "user.wav")) for folder in (first, second)] == [2400, 7200]


def test_without_detection_a_turn_is_what_was_committed(tmp_path: Path) -> None:
    async def scene() -> None:
        call = Call(tmp_path, None)
        await call.send("session.update", session=ON)
        await call.hear(silence_24k(300))
        await call.send("input_audio_buffer.clear")
        await call.hear(tone_24k(200))
        await call.send("input_audio_buffer.commit")
        await call.hear(tone_24k(120))
        await call.send("input_audio_buffer.commit")
        await call.end()

    run(scene())
    turns = [samples(path) for name, path in files(tmp_path).items() if name.startswith("turns/")]
    assert [len(turn) for turn in turns] == [4800, 2880]
    assert turns[0].tobytes() == tone_24k(200)


def test_another_format_goes_to_another_file(tmp_path: Path) -> None:
    wire = {"type": "realtime", "audio": {"input": {"format": {"type": "audio/pcmu"}}}}
    tone = np.frombuffer(tone_24k(300), dtype="<i2")[::3]

    async def scene() -> None:
        call = Call(tmp_path, None)
        await call.send("session.update", session=ON)
        await call.hear(silence_24k(100))
        await call.send("session.update", session=wire)
        await call.hear(g711.encode("pcmu", tone), chunk_bytes=160)
        await call.send("input_audio_buffer.commit")
        await call.end()

    run(scene())
    found = files(tmp_path)
    assert len(samples(found["user.wav"])) == 2400
    assert read_wav(found["user-2.wav"])[1] == 8000
    assert len(samples(found["user-2.wav"])) == 2400
    assert samples(found["user-2.wav"]) == pytest.approx(tone, abs=1100), "as G.711 keeps it"


def test_a_disk_that_fails_ends_the_recording_and_not_the_session(tmp_path: Path) -> None:
    async def scene() -> Call:
        call = Call(tmp_path)
        call.archive.close()
        await call.send("session.update", session=ON)
        await call.hear(silence_24k(100))
        await call.end()
        return call

    assert len(run(scene()).failures) == 1
