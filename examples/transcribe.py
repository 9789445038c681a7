"""Live transcription in a terminal, through the official OpenAI SDK: of the microphone, or of a WAV file.

    pip install "openai[realtime]"
    python examples/transcribe.py question.wav
    pip install sounddevice && python examples/transcribe.py            the microphone, until Ctrl-C

Words appear while they are spoken; a line is final when its sentence has ended. Only `base_url` differs from a program
that talks to the hosted service.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import sys
import wave
from array import array
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

BASE_URL = os.environ.get("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1")
RATE_HZ = 24_000
PIECE_SAMPLES = RATE_HZ // 25
"""40 ms: what a microphone gives at a time."""
LAST_SILENCE_S = 1.5
"""After a file, so that its last sentence ends."""
SESSION = {
    "type": "transcription",
    "audio": {"input": {"transcription": {"model": "whisper-1"}, "turn_detection": {"type": "server_vad"}}},
}


async def transcribe(wav: Path | None) -> None:
    client = AsyncOpenAI(base_url=BASE_URL, api_key=os.environ.get("OPENAI_API_KEY", "none-needed"))
    async with client.realtime.connect(extra_query={"intent": "transcription"}) as connection:
        await connection.session.update(session=SESSION)
        async with asyncio.TaskGroup() as group:
            group.create_task(listen(connection, wav))
            group.create_task(show(connection))


async def listen(connection: AsyncRealtimeConnection, wav: Path | None) -> None:
    """Send what is heard. After a file the buffer is cleared: the answer to that says that all of it was heard."""
    async for piece in of_file(wav) if wav else of_microphone():
        await connection.input_audio_buffer.append(audio=base64.b64encode(piece).decode())
    await connection.input_audio_buffer.clear()


async def show(connection: AsyncRealtimeConnection) -> None:
    """Print what is said, until everything that was heard is written."""
    unwritten: set[str] = set()
    heard_all = False
    async for event in connection:
        if event.type == "error":
            sys.exit(event.error.message)
        elif event.type == "input_audio_buffer.committed":
            unwritten.add(event.item_id)
        elif event.type == "conversation.item.input_audio_transcription.delta":
            print(event.delta, end="", flush=True)
        elif event.type == "conversation.item.input_audio_transcription.completed":
            print(f"\r\033[K{event.transcript}" if sys.stdout.isatty() else f"\n= {event.transcript}")
            unwritten.discard(event.item_id)
        elif event.type == "conversation.item.input_audio_transcription.failed":
            print(f"\n({event.error.message})")
            unwritten.discard(event.item_id)
        heard_all = heard_all or event.type == "input_audio_buffer.cleared"
        if heard_all and not unwritten:
            return


async def of_file(path: Path) -> AsyncIterator[bytes]:
    """A WAV file as it would be spoken, and silence."""
    with wave.open(str(path)) as file:
        if file.getsampwidth() != 2:
            sys.exit(f"{path} must have 16 bits a sample")
        samples = array("h", file.readframes(file.getnframes()))[:: file.getnchannels()]
        samples = array("h", at_24k(samples, file.getframerate()))
    samples.extend([0] * round(LAST_SILENCE_S * RATE_HZ))
    for start in range(0, len(samples), PIECE_SAMPLES):
        yield samples[start : start + PIECE_SAMPLES].tobytes()
        await asyncio.sleep(PIECE_SAMPLES / RATE_HZ)  # noqa: TID251  as fast as it is spoken


def at_24k(samples: array[int], rate_hz: int) -> Iterator[int]:
    """At the rate of the API, by lines between the samples: good enough for speech."""
    for number in range(len(samples) * RATE_HZ // rate_hz):
        place, rest = divmod(number * rate_hz, RATE_HZ)
        here, there = samples[place], samples[min(place + 1, len(samples) - 1)]
        yield here + (there - here) * rest // RATE_HZ


async def of_microphone() -> AsyncIterator[bytes]:
    """What the microphone hears, until the program is stopped."""
    import sounddevice

    loop, pieces = asyncio.get_running_loop(), asyncio.Queue[bytes]()

    def heard(piece: object, *_: object) -> None:
        loop.call_soon_threadsafe(pieces.put_nowait, bytes(piece))  # type: ignore[call-overload]

    microphone = sounddevice.RawInputStream(
        samplerate=RATE_HZ, channels=1, dtype="int16", blocksize=PIECE_SAMPLES, callback=heard
    )
    with microphone:
        while True:
            yield await pieces.get()


with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(transcribe(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
