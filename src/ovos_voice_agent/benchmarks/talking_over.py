"""Sounds over a long answer, where only words may stop it: who really speaks, who only listens, and what is noise.

Rules: our own server, `semantic_vad`, a recogniser that tells the words of the clips at their times. Every sound has a
session of its own and begins when half a second of the answer was heard. That somebody listens is a short word for
which the recogniser tells 'uh-huh' and the like; a cough is a burst of noise.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ovos_voice_agent.benchmarks.clip_server import Ears, clip_name, server_for_clips
from ovos_voice_agent.benchmarks.clips import Clip, Recording, plain, short_words
from ovos_voice_agent.benchmarks.crowd import SEED, room_noise
from ovos_voice_agent.benchmarks.hearing import bursts
from ovos_voice_agent.benchmarks.report import Measure, Report
from ovos_voice_agent.benchmarks.servers import LONG_ANSWER, Delays
from ovos_voice_agent.client import Connection, connect
from ovos_voice_agent.client.sound import BYTES_PER_MS

FRAME_MS = 40
HEARD_S = 0.5
AFTER_S = 2.0
"""What the last decision may take after the sound."""
LONGEST_MS = 4_000
AT_ONCE = 4
SLOW_TOKEN_MS = 25.0
LISTENING = ("uh-huh", "yeah", "okay", "I see", "mm-hm", "right")
TARGET_MS = 400.0
WRONG_TARGET_PERCENT = 5.0


@dataclass(frozen=True, slots=True)
class Sound:
    """What is heard over an answer. It begins at `onset_ms` of the clip; None: nobody takes the floor with it."""

    clip: Clip
    onset_ms: float | None = None


def sounds(recordings: Sequence[Recording]) -> list[Sound]:
    """Sentences that interrupt, short words of a listener, bursts and rooms."""
    spoken = [Sound(plain(one), one.utterance.onset_ms) for one in recordings if one.words]
    words = [word for one in recordings for word in short_words(one)]
    listening = [Sound(_told_as(word, text)) for word, text in zip(words, LISTENING * len(words), strict=False)]
    noises = [bursts(), room_noise(level_dbfs=-35.0, seed=SEED + 1), room_noise(level_dbfs=-25.0, seed=SEED + 4)]
    return [*spoken, *listening, *(Sound(Clip("noise", pcm)) for pcm in noises)]


def _told_as(clip: Clip, text: str) -> Clip:
    """The same sound, for which the recogniser tells another word."""
    return replace(clip, name="listening", words=tuple(replace(word, text=text) for word in clip.words))


async def talk_over(url: str | None, recordings: Sequence[Recording], vad: str = "silero") -> Report:
    """Measure the server at `url`, or ours, started for it. A server by URL must give a long answer to nothing."""
    heard = sounds(recordings)
    report = Report(url or "")
    if url is not None:
        judge(report, heard, await _all(url, heard))
        return report
    delays = replace(Delays(), token_ms=SLOW_TOKEN_MS)
    async with server_for_clips([sound.clip for sound in heard], Ears(vad), delays, LONG_ANSWER) as base:
        judge(report, heard, await _all(base, heard))
    return report


async def _all(url: str, heard: Sequence[Sound]) -> list[float | None]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, sound: Sound) -> float | None:
        async with gate:
            return await stopped_after_s(url, number, sound)

    return await asyncio.gather(*(one(number, sound) for number, sound in enumerate(heard)))


def judge(report: Report, heard: Sequence[Sound], stopped: Sequence[float | None]) -> None:
    """`stopped` tells when each sound ended the answer, in seconds after it began; None: it did not."""
    name = "talking over, words"
    true = [(sound.onset_ms, at) for sound, at in zip(heard, stopped, strict=True) if sound.onset_ms is not None]
    delays = tuple(at * 1000 - onset for onset, at in true if at is not None)
    report.measures.append(Measure(name, "onset of speech to cancelled", "ms", delays, TARGET_MS))
    _share(report, name, "speech that did not stop the answer", [at is None for _, at in true])
    for kind in ("listening", "noise"):
        others = [at is not None for sound, at in zip(heard, stopped, strict=True) if sound.clip.name == kind]
        _share(report, name, f"{kind} that stopped it", others)


def _share(report: Report, benchmark: str, name: str, cases: Sequence[bool]) -> None:
    if cases:
        share, note = 100.0 * sum(cases) / len(cases), f"of {len(cases)} sounds"
        report.measures.append(Measure(benchmark, name, "%", (share,), WRONG_TARGET_PERCENT, note))


async def stopped_after_s(url: str, number: int, sound: Sound) -> float | None:
    """When this sound stopped the answer, in seconds after the clip began; None: it did not."""
    async with connect(url, model="gpt-realtime") as connection:
        await connection.wait_for("session.created")
        await _begin_answer(connection, number)
        loop = asyncio.get_running_loop()
        await asyncio.sleep(HEARD_S)
        begin, pcm = loop.time(), sound.clip.pcm[: LONGEST_MS * BYTES_PER_MS]
        speaking = asyncio.ensure_future(_say(connection, pcm, begin))
        try:
            async with asyncio.timeout(len(pcm) / BYTES_PER_MS / 1000 + AFTER_S):
                while (event := await connection.receive())["type"] != "response.done":
                    pass
            return loop.time() - begin if event["response"]["status"] == "cancelled" else None
        except TimeoutError:
            return None
        finally:
            speaking.cancel()


async def _begin_answer(connection: Connection, number: int) -> None:
    """Ask for the long answer, and wait until it is heard."""
    heard = {"turn_detection": {"type": "semantic_vad"}, "transcription": {"prompt": clip_name(number)}}
    await connection.send({"type": "session.update", "session": {"type": "realtime", "audio": {"input": heard}}})
    await connection.wait_for("session.updated")
    await connection.send({"type": "response.create"})
    await connection.wait_for("response.output_audio.delta")


async def _say(connection: Connection, pcm: bytes, begin: float) -> None:
    loop = asyncio.get_running_loop()
    for number, frame in enumerate(_frames(pcm), start=1):
        await asyncio.sleep(max(0.0, begin + number * FRAME_MS / 1000 - loop.time()))
        await connection.send({"type": "input_audio_buffer.append", "audio": frame})


def _frames(pcm: bytes) -> Iterator[str]:
    size = FRAME_MS * BYTES_PER_MS
    for start in range(0, len(pcm), size):
        yield base64.b64encode(pcm[start : start + size]).decode()
