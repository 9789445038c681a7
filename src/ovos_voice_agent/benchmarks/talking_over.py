"""Sounds over a long answer: who really speaks, who only listens, and what is noise; where only words may stop it, and
where any sound of speech may.

Rules: our own server, a recogniser that tells the words of the clips at their times. Every sound has a session of its
own, whose microphone is open from the answer's beginning, in a quiet room; it begins early or late in the answer. That
somebody listens is a short word for which the recogniser tells 'uh-huh' and the like. Speakers and listeners are heard
once more with a recogniser that tells no words before somebody has finished.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ovos_voice_agent.audio.pcm import FloatSamples, bytes_of_float, float_of_bytes
from ovos_voice_agent.benchmarks.clip_server import Ears, clip_name, server_for_clips
from ovos_voice_agent.benchmarks.clips import AIR_DBFS, Clip, Recording, Word, plain, short_words
from ovos_voice_agent.benchmarks.crowd import room_noise
from ovos_voice_agent.benchmarks.noises import noises
from ovos_voice_agent.benchmarks.report import Measure, Report
from ovos_voice_agent.benchmarks.servers import LONG_ANSWER, Delays
from ovos_voice_agent.client import Connection, connect
from ovos_voice_agent.client.sound import BYTES_PER_MS
from ovos_voice_agent.testing.clip_words import LAG_MS

FRAME_MS = 40
HEARD_MS = (600, 1_310, 2_120, 2_930)
"""So much of the answer was heard when a sound begins, one after the other; the odd parts spread it over the frames."""
AFTER_S = 2.0
"""What the last decision may take after the sound."""
LONGEST_MS = 4_000
AT_ONCE = 6
SLOW_TOKEN_MS = 25.0
LISTENING = ("uh-huh", "yeah", "okay", "I see", "mm-hm", "right")
WRONG_TARGET_PERCENT = 5.0


@dataclass(frozen=True, slots=True)
class Way:
    """What may stop the answer. `listeners`: they may not."""

    name: str
    detection: str
    target_ms: float | None
    listeners: bool


WORDS = Way("talking over, words", "semantic_vad", 400.0, listeners=True)
LATE_WORDS = Way("talking over, words told late", "semantic_vad", None, listeners=True)
ANY_SOUND = Way("talking over, any sound", "server_vad", 120.0, listeners=False)


@dataclass(frozen=True, slots=True)
class Sound:
    """What is heard over an answer. It begins at `onset_ms` of the clip; None: nobody takes the floor with it."""

    clip: Clip
    onset_ms: float | None = None

    @property
    def told_ms(self) -> float | None:
        """When, of the clip, the recogniser tells the first word; None where there is none."""
        return self.clip.words[0].end_ms + LAG_MS if self.clip.words else None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The answer was stopped so long after the clip began."""

    after_ms: float


def sounds(recordings: Sequence[Recording], recorded_noise: Sequence[bytes] = ()) -> list[Sound]:
    """Sentences that interrupt, short words of a listener, and noises."""
    spoken = [Sound(plain(one), onset_ms(one)) for one in recordings if one.words]
    words = [word for one in recordings for word in short_words(one)]
    listening = [Sound(_told_as(word, text)) for word, text in zip(words, LISTENING * len(words), strict=False)]
    return [*spoken, *listening, *(Sound(replace(clip, name="noise")) for clip in noises(recorded_noise))]


def onset_ms(one: Recording) -> float:
    """Where its speech begins: with the sound, but not with a breath or the room's noise before the first word."""
    return max(one.utterance.onset_ms, one.words[0].start_ms)


def _told_as(clip: Clip, text: str) -> Clip:
    """The same sound, for which the recogniser tells other words, one after the other."""
    (heard,), texts = clip.words, text.split()
    length_ms = (heard.end_ms - heard.start_ms) / len(texts)
    starts = [heard.start_ms + place * length_ms for place in range(len(texts))]
    words = tuple(Word(one, start, start + length_ms) for one, start in zip(texts, starts, strict=True))
    return replace(clip, name="listening", words=words)


async def talk_over(
    url: str | None, recordings: Sequence[Recording], vad: str = "dual", recorded_noise: Sequence[bytes] = ()
) -> Report:
    """Measure the server at `url`, or ours, started for it. A server by URL must give a long answer to nothing."""
    heard = sounds(recordings, recorded_noise)
    report = Report(url or "")
    if url is not None:
        await _both(report, url, heard)
        return report
    delays = replace(Delays(), token_ms=SLOW_TOKEN_MS)
    clips, voices = [sound.clip for sound in heard], [sound for sound in heard if sound.clip.words]
    async with server_for_clips(clips, Ears(vad), delays, LONG_ANSWER) as base:
        await _both(report, base, heard)
    async with server_for_clips([one.clip for one in voices], Ears(vad, partials=False), delays, LONG_ANSWER) as base:
        judge(report, LATE_WORDS, voices, await _all(base, LATE_WORDS, voices))
    return report


async def _both(report: Report, url: str, heard: Sequence[Sound]) -> None:
    for way in (WORDS, ANY_SOUND):
        judge(report, way, heard, await _all(url, way, heard))


async def _all(url: str, way: Way, heard: Sequence[Sound]) -> list[Stopped | None]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, sound: Sound) -> Stopped | None:
        async with gate:
            return await stopped(url, way, number, sound)

    return await asyncio.gather(*(one(number, sound) for number, sound in enumerate(heard)))


# ------------------------------------------------------------------------------------------------------------- verdicts


def judge(report: Report, way: Way, heard: Sequence[Sound], ends: Sequence[Stopped | None]) -> None:
    """`ends` tells how each sound ended the answer; None: it did not."""
    true = [(sound, end) for sound, end in zip(heard, ends, strict=True) if sound.onset_ms is not None]
    report.measures += _delays(way, [(sound, end) for sound, end in true if end is not None])
    report.measures += _share(way, "speech that did not stop the answer", [end is None for _, end in true])
    for kind in ("listening", "noise"):
        others = [end is not None for sound, end in zip(heard, ends, strict=True) if sound.clip.name == kind]
        report.measures += _share(way, f"{kind} that stopped it", others, wanted=kind == "noise" or way.listeners)


def _delays(way: Way, true: Sequence[tuple[Sound, Stopped]]) -> Iterator[Measure]:
    """From the onset to the end of the answer; where only words count, how much of it passes until there is one."""
    delays = tuple(end.after_ms - (sound.onset_ms or 0.0) for sound, end in true)
    yield Measure(way.name, "onset of speech to cancelled", "ms", delays, way.target_ms)
    if way is WORDS:
        told = [(sound.told_ms - (sound.onset_ms or 0.0), end) for sound, end in true if sound.told_ms is not None]
        note = f"{LAG_MS} ms after its end"
        yield Measure(way.name, "onset to first word told", "ms", tuple(after for after, _ in told), note=note)
        rest = tuple(end.after_ms - sound.told_ms for sound, end in true if sound.told_ms is not None)
        yield Measure(way.name, "first word told to cancelled", "ms", rest)


def _share(way: Way, name: str, cases: Sequence[bool], *, wanted: bool = True) -> Iterator[Measure]:
    if cases:
        share, note = 100.0 * sum(cases) / len(cases), f"of {len(cases)} sounds"
        yield Measure(way.name, name, "%", (share,), WRONG_TARGET_PERCENT if wanted else None, note)


# ------------------------------------------------------------------------------------------------------------ one sound


async def stopped(url: str, way: Way, number: int, sound: Sound) -> Stopped | None:
    """How this sound, the one with this number, stopped the answer; None: it did not."""
    before_ms = HEARD_MS[number % len(HEARD_MS)]
    pcm = microphone(sound.clip.pcm[: LONGEST_MS * BYTES_PER_MS], before_ms)
    async with connect(url, model="gpt-realtime") as connection:
        await connection.wait_for("session.created")
        await _begin_answer(connection, way, number)
        loop = asyncio.get_running_loop()
        begin = loop.time()
        speaking = asyncio.ensure_future(_say(connection, pcm, begin))
        try:
            async with asyncio.timeout(len(pcm) / BYTES_PER_MS / 1000 + AFTER_S):
                done = await _done(connection)
        except TimeoutError:
            return None
        finally:
            speaking.cancel()
        after_ms = (loop.time() - begin) * 1000 - before_ms
    return Stopped(after_ms) if done["response"]["status"] == "cancelled" else None


def microphone(pcm: bytes, before_ms: int) -> bytes:
    """The sound in a quiet room, which is heard before it as well."""
    samples = float_of_bytes(bytes(before_ms * BYTES_PER_MS) + pcm)
    return bytes_of_float(samples + _air()[: len(samples)])


@cache
def _air() -> FloatSamples:
    """The room, for as long as the longest sound takes."""
    return float_of_bytes(room_noise((max(HEARD_MS) + LONGEST_MS) // 1000 + 1, AIR_DBFS))


async def _done(connection: Connection) -> dict[str, Any]:
    while (event := await connection.receive())["type"] != "response.done":
        pass
    return event


async def _begin_answer(connection: Connection, way: Way, number: int) -> None:
    """Ask for the long answer, and wait until it is heard."""
    heard = {"turn_detection": {"type": way.detection}, "transcription": {"prompt": clip_name(number)}}
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
