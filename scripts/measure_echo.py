"""How often a reply that is heard again is taken for a person, and how often a person who speaks over it is noticed.

    python -m scripts.measure_echo [--rounds 50] [--without]

A reply (espeak-ng, or a recording) is sent to a session as a server sends it, and comes back through a room: its
microphone hears it -6 or -20 dB below what was played, 60 to 750 ms later, with a little noise. In every second round
somebody speaks over it, as loud as the reply itself. Everything but the way to the client is the server's own: intake,
Silero, guard, edges. Recordings and the room are those of `tests/recordings.py`; without them a room is made up.
"""

from __future__ import annotations

import argparse
import asyncio
import wave

import numpy as np

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.audio.pcm import FloatSamples, bytes_of_float
from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.clock import Tick
from ovos_voice_agent.core.engine_events import SpeechStarted
from ovos_voice_agent.engines.interface import TtsOptions
from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.protocol import server_events as se
from ovos_voice_agent.protocol.settings import ServerVad
from ovos_voice_agent.runtime.listening import Listening
from ovos_voice_agent.runtime.quiet import Hold
from ovos_voice_agent.runtime.world import Engines, World
from ovos_voice_agent.testing.fakes import ScriptedLlm, ScriptedStt, ToneTts
from tests.recordings import RECORDINGS, SHARED, samples_16k
from tests.runtime.scenes import start_reply

RATE_HZ = 16_000
PCM = AudioFormat(rate_hz=RATE_HZ)
BEFORE_S, AFTER_S = 1.0, 1.5
REPLY_DBFS = -20.0
NOISE_DBFS = -65.0
ECHO_DB = (-6.0, -20.0)
FRAME_SAMPLES = 320
SEED = 7

TEXTS = (
    "Hello! I am the assistant of this house, and I would be glad to help you today.",
    "The weather in Lisbon is sunny, with a light wind from the west and about twenty degrees.",
    "Certainly. I have set a timer for ten minutes, and I will tell you when the time is over.",
    "I am not sure that I understood you. Could you say that again, please, a little more slowly?",
)


def at_level(samples: FloatSamples, dbfs: float) -> FloatSamples:
    """RMS."""
    return (samples * 10 ** (dbfs / 20) / np.sqrt(np.mean(samples**2))).astype(np.float32)


def room() -> FloatSamples:
    """The room of the recordings, or one like it; its energy is 1."""
    path = SHARED / "room_response.wav"
    if path.is_file():
        with wave.open(str(path)) as file:
            response = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)
    else:
        response = made_up_room()
    return response / np.sqrt(np.sum(response**2))


def made_up_room(seconds: float = 0.6) -> FloatSamples:
    """Noise that fades by 60 dB, behind a direct sound."""
    count = int(seconds * RATE_HZ)
    tail = np.random.default_rng(SEED).standard_normal(count) * 10 ** (-3 * np.arange(count) / count) / 20
    tail[0] = 1.0
    return np.concatenate((np.zeros(800), tail)).astype(np.float32)


def in_room(sound: FloatSamples, response: FloatSamples) -> FloatSamples:
    """The sound, as it comes out of a room."""
    count = len(sound) + len(response) - 1
    size = 1 << count.bit_length()
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[:count].astype(np.float32)


def recorded(name: str) -> FloatSamples:
    return (samples_16k(name) / 32768).astype(np.float32)


def scene(
    reply: FloatSamples,
    echo_db: float | None,
    voice: FloatSamples | None,
    rng: np.random.Generator,
    response: FloatSamples,
) -> tuple[FloatSamples, int | None]:
    """What the microphone hears, and the sample at which somebody begins to speak."""
    start = int(BEFORE_S * RATE_HZ)
    heard = at_level(rng.standard_normal(start + len(reply) + int(AFTER_S * RATE_HZ)), NOISE_DBFS)
    if echo_db is not None:
        late = start + int(rng.uniform(0.06, 0.75) * RATE_HZ)
        echo = in_room(reply, response)[: len(heard) - late] * 10 ** (echo_db / 20)
        heard[late : late + len(echo)] += echo
    if voice is None:
        return heard, None
    at = start + int(len(reply) * rng.uniform(0.2, 0.5))
    spoken = at_level(voice, REPLY_DBFS)[: len(heard) - at]
    heard[at : at + len(spoken)] += spoken
    return heard, at


async def starts(heard: FloatSamples, reply: FloatSamples, *, guard: bool = True) -> list[int]:
    """Where a session notices speech, in samples; the reply is sent when `BEFORE_S` was heard."""
    vad = installed().create("vad", "dual", {})
    await vad.start()
    world = World(Engines(vad, ScriptedStt(), ScriptedLlm(), ToneTts()), lambda kind: kind, echo_guard=guard)  # type: ignore[arg-type]
    found: list[int] = []

    def post(event: object) -> None:
        if isinstance(event, SpeechStarted):
            found.append(event.onset // 3)

    listening = Listening(world, post, asyncio.ensure_future)  # type: ignore[arg-type]
    command = c.Detect(0, ServerVad(interrupt_response=False), Tick(0), fresh=True)
    listening.detect(command)
    for at in range(0, len(heard), FRAME_SAMPLES):
        if listening.echo is not None and at == int(BEFORE_S * RATE_HZ):
            listening.echo.gave(command)
            listening.echo.gave(start_reply(format=PCM))
            for event in deltas(reply):
                listening.echo.gave(event)
        hear(listening, c.Hear(bytes_of_float(heard[at : at + FRAME_SAMPLES]), PCM, Tick(3 * at)))
        if at % (5 * FRAME_SAMPLES) == 0:
            await listening.caught_up()
    await listening.caught_up()
    listening.close()
    await vad.close()
    return found


def hear(listening: Listening, frame: c.Hear) -> None:
    """As a session hears it: what is surely silence passes by."""
    hold, silence = Hold(), listening.silence
    if silence is not None:
        hold.begin(silence, PCM)
    if silence is None or not hold.add(frame.audio):
        listening.hear(frame)
        return
    with listening.hearing_silence(hold.release().level_dbfs):
        listening.hear(frame)


def deltas(reply: FloatSamples) -> list[se.ResponseOutputAudioDelta]:
    """All at once, as of a voice that is faster than speech."""
    size = RATE_HZ // 10
    reply_id = start_reply().response_id
    audio = [bytes_of_float(reply[at : at + size]) for at in range(0, len(reply), size)]
    return [se.ResponseOutputAudioDelta("event", reply_id, "item", 0, 0, piece) for piece in audio]  # type: ignore[arg-type]


async def spoken_replies() -> list[FloatSamples]:
    engine = installed().create("tts", "espeak-ng", {})
    await engine.start()
    replies = []
    for number, text in enumerate(TEXTS):
        options = TtsOptions(engine.voices[number % len(engine.voices)].id)  # type: ignore[attr-defined]
        pcm = b"".join([piece.pcm async for piece in engine.speak(text, options)])  # type: ignore[attr-defined]
        rate_hz = engine.rate_hz  # type: ignore[attr-defined]
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        places = np.arange(0, len(samples), rate_hz / RATE_HZ)
        replies.append(np.interp(places, np.arange(len(samples)), samples).astype(np.float32))
    await engine.close()
    return replies


async def measure(rounds: int, replies: list[FloatSamples], *, guard: bool = True) -> dict[str, tuple[int, int]]:
    """For each level of echo: rounds in which the reply was taken for speech, and with a voice that was noticed."""
    rng, response = np.random.default_rng(SEED), room()
    voices = [recorded(name) for name in RECORDINGS]
    found = {}
    for echo_db in ECHO_DB:
        own = noticed = 0
        for number in range(rounds):
            reply = at_level(replies[number % len(replies)], REPLY_DBFS)
            heard, _ = scene(reply, echo_db, None, rng, response)
            own += bool(await starts(heard, reply, guard=guard))
            voice = voices[number % len(voices)]
            heard, at = scene(reply, echo_db, voice, rng, response)
            assert at is not None
            there = [start for start in await starts(heard, reply, guard=guard) if at - 1600 <= start < at + len(voice)]
            noticed += bool(there)
        found[f"{echo_db:g} dB"] = (own, noticed)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--without", action="store_true", help="without the guard, to compare")
    options = parser.parse_args()

    async def run() -> dict[str, tuple[int, int]]:
        replies = await spoken_replies() + [recorded("librivox_0870"), recorded("librivox_0890")]
        return await measure(options.rounds, replies, guard=not options.without)

    for level, (own, noticed) in asyncio.run(run()).items():
        print(f"echo at {level}: {own} self-answers and {noticed} voices noticed, of {options.rounds} rounds each")


if __name__ == "__main__":
    main()
