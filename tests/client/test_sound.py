"""Speech from files to the wire and back."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

from ovos_voice_agent.client import append_speech, connect, read_speech, write_speech
from tests.client.realtime_stub import running
from tests.recordings import recording, speech_24k


def test_a_file_of_16_khz_arrives_as_24_khz() -> None:
    assert read_speech(recording("goforward")) == speech_24k("goforward")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    pcm = speech_24k("cards_001")
    write_speech(tmp_path / "answer.wav", pcm)
    assert read_speech(tmp_path / "answer.wav") == pcm


def test_a_file_that_is_no_wav(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_text("hello")
    with pytest.raises(ValueError, match="WAV"):
        read_speech(tmp_path / "x.wav")


def appended(pcm: bytes, *, paced: bool) -> tuple[list[bytes], float]:
    """The chunks that reached a server, and the seconds between the first and the last."""

    async def scenario() -> tuple[list[bytes], float]:
        async with running(lambda event: [{"type": "ok"}]) as stub, connect(stub.url) as connection:
            await append_speech(connection, pcm, paced=paced)
            for _ in range(len(stub.events) + 1, -(-len(pcm) // 960) + 1):
                await connection.wait_for("ok")
        chunks = [base64.b64decode(event["audio"]) for event in stub.of_type("input_audio_buffer.append")]
        return chunks, stub.times_s[-1] - stub.times_s[0]

    return asyncio.run(scenario())


def test_all_audio_is_appended_in_pieces_of_20_ms() -> None:
    pcm = speech_24k("cards_001")[:20_001]
    chunks, _ = appended(pcm, paced=False)
    assert b"".join(chunks) == pcm
    assert {len(chunk) for chunk in chunks[:-1]} == {960}


def test_pacing_keeps_the_speed_of_speech() -> None:
    chunks, took_s = appended(bytes(960 * 5), paced=True)
    assert len(chunks) == 5
    assert took_s >= 0.06, "five chunks of 20 ms, the first at once"
