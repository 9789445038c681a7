"""Speech between files and a session: everything on the wire is mono int16 little endian at 24 kHz."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import numpy as np

from ovos_voice_agent.audio.pcm import bytes_of_float
from ovos_voice_agent.audio.resample import Resampler
from ovos_voice_agent.audio.wav import read_wav, wav_bytes
from ovos_voice_agent.client.connection import Connection

WIRE_HZ = 24_000
BYTES_PER_MS = WIRE_HZ * 2 // 1000


def read_speech(path: Path) -> bytes:
    """A WAV file of any rate and channels, as it goes over the wire. Raises OSError, or ValueError if it is no WAV."""
    samples, rate_hz = read_wav(path)
    resampler = Resampler(rate_hz, WIRE_HZ)
    return bytes_of_float(np.concatenate([resampler.push(samples), resampler.flush()]))


def write_speech(path: Path, pcm: bytes) -> None:
    """Keep what a session said as a WAV file."""
    path.write_bytes(wav_bytes(pcm, WIRE_HZ))


async def append_speech(connection: Connection, pcm: bytes, *, chunk_ms: int = 20, paced: bool = True) -> None:
    """Send `input_audio_buffer.append` events; `paced` sends them at the speed of speech, as a microphone does.

    Pacing aims at absolute times, so that a late chunk does not delay all that follow. Raises TransportClosed.
    """
    clock = asyncio.get_running_loop()
    begin = clock.time()
    size = chunk_ms * BYTES_PER_MS
    for offset in range(0, len(pcm), size):
        chunk = pcm[offset : offset + size]
        if paced:
            await asyncio.sleep(max(0.0, begin + offset / (BYTES_PER_MS * 1000) - clock.time()))
        await connection.send({"type": "input_audio_buffer.append", "audio": base64.b64encode(chunk).decode()})
