"""Phrases become audio: its pieces, its length, its words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from ovos_voice_agent.audio.format import AudioFormat
from ovos_voice_agent.core.engine_events import WordStarted
from ovos_voice_agent.engines.interface import TtsOptions
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.runtime.chunking import Phrase
from ovos_voice_agent.runtime.failure import StageFailed
from ovos_voice_agent.runtime.voicing import WAITING_CHARACTERS, Voice
from ovos_voice_agent.runtime.world import StageLimits
from ovos_voice_agent.testing.fakes import FOREVER, Tone, ToneTts
from tests.runtime.scenes import PCM_24K, Client, run

PCMU = AudioFormat("pcmu", 8_000)


@dataclass
class Heard:
    """What came out, in order: phrases, and pieces of audio with their words."""

    order: list[Phrase | bytes] = field(default_factory=list)
    words: list[WordStarted] = field(default_factory=list)
    estimates: list[tuple[WordStarted, ...]] = field(default_factory=list)

    def spoken(self, audio: bytes, words: tuple[WordStarted, ...]) -> None:
        self.order.append(audio)
        self.words.extend(words)

    @property
    def pieces(self) -> list[bytes]:
        return [entry for entry in self.order if isinstance(entry, bytes)]

    @property
    def audio(self) -> bytes:
        return b"".join(self.pieces)


def phrases(*texts: str) -> list[Phrase]:
    made, at = [], 0
    for text in texts:
        made.append(Phrase(text, at, at + len(text)))
        at += len(text)
    return made


def say(tts: ToneTts, *texts: str, format: AudioFormat = PCM_24K, limits: StageLimits | None = None) -> Heard:
    heard = Heard()

    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            voice = voice_of(tts, heard, group, Client(), format, limits)
            running = group.create_task(voice.run())
            for phrase in phrases(*texts):
                await voice.say(phrase)
            await voice.finish()
            running.cancel()

    run(scene())
    assert tts.open_streams == 0
    return heard


def voice_of(
    tts: ToneTts,
    heard: Heard,
    group: asyncio.TaskGroup,
    client: Client,
    format: AudioFormat = PCM_24K,
    limits: StageLimits | None = None,
) -> Voice:
    options = TtsOptions("tone")
    return Voice(
        tts,
        lambda _: options,
        format,
        limits or StageLimits(),
        group,
        client.writable,
        heard.order.append,
        heard.spoken,
        heard.estimates.append,
    )


@pytest.mark.parametrize("piece_ms", [5, 60, 10_000])
@pytest.mark.parametrize("format", [PCM_24K, PCMU])
def test_pieces_are_short_and_whole(piece_ms: int, format: AudioFormat) -> None:
    heard = say(ToneTts(Tone(piece_ms=piece_ms)), "Hello there, how are you? ", "Fine.", format=format)
    lengths_ms = [format.ms_of_bytes(len(piece)) for piece in heard.pieces]
    assert max(lengths_ms) <= 200
    assert min(lengths_ms[:-1]) >= 20
    assert all(len(piece) % format.bytes_per_sample == 0 for piece in heard.pieces)


def test_the_first_piece_is_the_shortest() -> None:
    heard = say(ToneTts(Tone(piece_ms=10)), "Hello there.")
    assert [PCM_24K.ms_of_bytes(len(piece)) for piece in heard.pieces[:5]] == [20, 40, 80, 100, 100]


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000])
@pytest.mark.parametrize("format", [PCM_24K, PCMU])
def test_the_length_is_exact(rate_hz: int, format: AudioFormat) -> None:
    texts = ["One. ", "Two, three. ", "Four."]
    tts = ToneTts(Tone(rate_hz=rate_hz, ms_per_character=37, piece_ms=7))
    heard = say(tts, *texts, format=format)
    made = sum(tts.samples_of(text.strip()) for text in texts)
    assert format.samples_in_bytes(len(heard.audio)) == round(made * format.rate_hz / rate_hz)


def test_at_the_same_rate_not_a_bit_changes() -> None:
    tts = ToneTts(Tone(piece_ms=13))
    heard = say(tts, "Hello.")
    assert heard.audio == say(ToneTts(Tone(piece_ms=1000)), "Hello.").audio
    assert len(heard.audio) == 2 * tts.samples_of("Hello.")


def test_phrases_are_announced_in_order_before_their_audio() -> None:
    heard = say(ToneTts(), "One. ", "\N{PARTY POPPER} ", "**Two.**")
    kinds = [entry if isinstance(entry, Phrase) else "audio" for entry in heard.order]
    one, party, two = phrases("One. ", "\N{PARTY POPPER} ", "**Two.**")
    assert [kind for kind, after in zip(kinds, [*kinds[1:], None], strict=True) if kind != after] == [
        one, "audio", party, two, "audio",
    ]  # fmt: skip


def test_words_of_a_voice_that_tells_no_times_are_estimated() -> None:
    heard = say(ToneTts(Tone(rate_hz=16_000, ms_per_character=60)), "One **two** three! ", "Four, five.")
    first = heard.estimates.index(next(words for words in heard.estimates if words[0].end == 24))
    assert [word.end for word in heard.estimates[first - 1]] == [3, 11, 19]
    assert [word.end for word in heard.estimates[-1]] == [24, 30]
    assert [word.samples / 24 for word in heard.estimates[first - 1]] == pytest.approx([0, 240, 480], abs=30)
    counts = [len(words) for words in heard.estimates[:first]]
    assert counts == sorted(counts)
    assert heard.words == []


def test_a_voice_that_tells_times_is_believed() -> None:
    assert say(ToneTts(Tone(word_times=True)), "One two.").estimates == []


def test_words_have_their_places() -> None:
    tts = ToneTts(Tone(rate_hz=16_000, ms_per_character=50, word_times=True))
    heard = say(tts, "Go **now**! ", "Yes, sir.")
    assert [word.end for word in heard.words] == [2, 12, 16, 21]
    assert heard.words[:2] == [WordStarted(2, 0), WordStarted(12, 3 * 50 * 24)]
    assert 0 <= heard.words[2].samples <= 20 * 24, "a little of the phrase before may still be to come"
    assert heard.words[3].samples - heard.words[2].samples == 5 * 50 * 24


def test_a_word_is_reported_with_the_piece_in_which_it_begins() -> None:
    tts = ToneTts(Tone(piece_ms=10_000, word_times=True))
    counts = []

    async def scene() -> None:
        heard = Heard()
        async with asyncio.TaskGroup() as group:
            voice = voice_of(tts, heard, group, Client())
            voice_spoken = heard.spoken

            def spoken(audio: bytes, words: tuple[WordStarted, ...]) -> None:
                before = len(heard.audio) // 2
                voice_spoken(audio, words)
                counts.extend([before <= word.samples < len(heard.audio) // 2 for word in words])

            voice = Voice(
                tts,
                lambda _: TtsOptions("tone"),
                PCM_24K,
                StageLimits(),
                group,
                Client().writable,
                heard.order.append,
                spoken,
            )
            running = group.create_task(voice.run())
            await voice.say(Phrase("one two three four", 0, 18))
            await voice.finish()
            running.cancel()

    run(scene())
    assert counts == [True] * 4


def test_one_phrase_is_made_ahead_and_no_further_one() -> None:
    async def scene() -> tuple[int, int]:
        tts, client, heard = ToneTts(), Client(), Heard()
        client.block()
        async with asyncio.TaskGroup() as group:
            voice = voice_of(tts, heard, group, client)
            running = group.create_task(voice.run())
            for phrase in phrases("One. ", "Two. ", "Three. ", "Four."):
                await voice.say(phrase)
            for _ in range(500):
                await asyncio.sleep(0)
            blocked = len(tts.spoken)
            client.unblock()
            await voice.finish()
            running.cancel()
        return blocked, len(tts.spoken)

    blocked, total = run(scene())
    assert blocked <= 2
    assert total == 4


def test_much_text_makes_its_writer_wait() -> None:
    written = []

    async def writer() -> None:
        client = Client()
        client.block()
        async with asyncio.TaskGroup() as group:
            voice = voice_of(ToneTts(), Heard(), group, client)
            group.create_task(voice.run())
            for phrase in phrases("x" * WAITING_CHARACTERS, "y", "z"):
                await voice.say(phrase)
                written.append(phrase.text[0])

    async def scene() -> None:
        task = asyncio.ensure_future(writer())
        for _ in range(100):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    run(scene())
    assert written == ["x", "y"]


def failing(make: Callable[[], ToneTts], limits: StageLimits | None = None) -> tuple[StageFailed, Heard]:
    heard, tts = Heard(), make()

    async def scene() -> None:
        async with asyncio.TaskGroup() as group:
            voice = voice_of(tts, heard, group, Client(), limits=limits)
            group.create_task(voice.run())
            for phrase in phrases("Hello there. ", "Again."):
                await voice.say(phrase)
            await voice.finish()

    with pytest.raises(ExceptionGroup) as raised:
        run(scene())
    [error] = raised.value.exceptions
    assert isinstance(error, StageFailed)
    assert tts.open_streams == 0
    return error, heard


def test_a_failure_waits_for_its_turn() -> None:
    error, heard = failing(lambda: ToneTts(Tone(error=EngineError("Gone."), pieces_before_error=3)))
    assert (error.stage, str(error.error)) == ("tts", "Gone.")
    assert len(heard.audio) == 2 * 60 * 48, "what was due of three pieces"


@pytest.mark.parametrize("tone", [Tone(latency_s=FOREVER), Tone(piece_s=FOREVER)])
def test_a_voice_that_hangs_fails(tone: Tone) -> None:
    error, _ = failing(lambda: ToneTts(tone), StageLimits(tts_first_s=0.01, tts_silence_s=0.01))
    assert str(error.error) == "The voice took too long to speak."
