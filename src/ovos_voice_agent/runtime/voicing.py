"""Phrases -> speech in the format of the response, in order, while the text behind them is still being written.

Rules:

- Audio goes out as it is made: the first 20 ms at once, later in pieces of about 100 ms, always whole samples.
- While one phrase is being spoken, the synthesis of the next may already run; of no further one.
- Words come with their times: the voice's own, or, where it tells none, estimated while the audio comes.
- One resampler for all phrases of a message, so its length is exact: n samples of the voice become round(n * out / in).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ovos_voice_agent.audio import pcm
from ovos_voice_agent.audio.codec import StreamEncoder
from ovos_voice_agent.audio.format import convert_samples
from ovos_voice_agent.audio.resample import Resampler
from ovos_voice_agent.core.engine_events import WordStarted
from ovos_voice_agent.errors import EngineError
from ovos_voice_agent.runtime.failure import StageFailed
from ovos_voice_agent.runtime.speakable import Speakable, align, speakable
from ovos_voice_agent.runtime.timed import timed
from ovos_voice_agent.runtime.word_times import WordTimes

if TYPE_CHECKING:
    from ovos_voice_agent.audio.format import AudioFormat
    from ovos_voice_agent.audio.pcm import FloatSamples
    from ovos_voice_agent.engines.interface import Speech, Tts, Word
    from ovos_voice_agent.runtime.chunking import Phrase
    from ovos_voice_agent.runtime.languages import OptionsFor
    from ovos_voice_agent.runtime.world import StageLimits

FIRST_MS = 20
STEP_MS = 100
"""Each piece may wait twice as long as the one before, up to this: a voice that is hardly faster than speech must not
be held back when the listener has nothing yet. A Base64 event costs some 150 bytes beside its audio."""
LONGEST_MS = 200

WAITING_CHARACTERS = 64 * 1024
"""Text that may wait to be spoken: over an hour of it. Then the language model waits as well."""

PIECES_AHEAD = 64
"""Pieces of one phrase that may wait to be sent: some 4 s."""

Phrased: TypeAlias = Callable[["Phrase"], None]
Spoken: TypeAlias = Callable[[bytes, tuple[WordStarted, ...]], None]
Estimated: TypeAlias = Callable[[tuple[WordStarted, ...]], None]
"""Takes all words of the phrase so far, in place of those that were estimated before."""


@dataclass(slots=True, eq=False)
class _Synthesis:
    """A phrase at the voice. `pieces` ends with None, or with what went wrong."""

    phrase: Phrase
    speech: Speakable
    pieces: asyncio.Queue[Speech | StageFailed | None] = field(
        default_factory=lambda: asyncio.Queue(maxsize=PIECES_AHEAD)
    )

    async def __aiter__(self) -> AsyncIterator[Speech]:
        while (piece := await self.pieces.get()) is not None:
            if isinstance(piece, StageFailed):
                raise piece
            yield piece


class Voice:
    """The voice of one reply. `run` is its own task; `say` and `finish` are called by whoever reads the text."""

    def __init__(
        self,
        tts: Tts,
        options_for: OptionsFor,
        format: AudioFormat,
        limits: StageLimits,
        group: asyncio.TaskGroup,
        writable: Callable[[], Awaitable[None]],
        phrased: Phrased,
        spoken: Spoken,
        estimated: Estimated | None = None,
    ) -> None:
        """`options_for` tells how each phrase is spoken, `phrased` is told before its first audio, `spoken` gets the
        audio, `estimated` the words of a voice that tells no times."""
        self._tts = tts
        self._options_for = options_for
        self._limits = limits
        self._group = group
        self._phrased = phrased
        self._queue: asyncio.Queue[Phrase] = asyncio.Queue()
        self._waiting_characters = 0
        self._room = asyncio.Event()
        self._ahead: _Synthesis | None = None
        self._pieces = _Pieces(tts.rate_hz, format, writable, spoken, None if tts.info.word_times else estimated)

    async def say(self, phrase: Phrase) -> None:
        """Speak a phrase behind those before; waits while very much waits already."""
        while self._waiting_characters > WAITING_CHARACTERS:
            self._room.clear()
            await self._room.wait()
        self._waiting_characters += len(phrase.text)
        self._queue.put_nowait(phrase)

    async def finish(self) -> None:
        """Wait until all that was said is spoken and sent. What is said afterwards is another message."""
        await self._queue.join()
        await self._pieces.finish()

    async def run(self) -> None:
        """Speak for ever. Raises StageFailed."""
        while True:
            synthesis, self._ahead = self._ahead or self._begin(await self._queue.get()), None
            await self._speak(synthesis)
            self._waiting_characters -= len(synthesis.phrase.text)
            self._room.set()
            self._queue.task_done()

    def _begin(self, phrase: Phrase) -> _Synthesis:
        synthesis = _Synthesis(phrase, speakable(phrase.text))
        self._group.create_task(self._synthesise(synthesis))
        return synthesis

    async def _synthesise(self, synthesis: _Synthesis) -> None:
        """Move pieces from the engine into the queue. A failure waits there for its turn, behind what was spoken."""
        limits, text, options = self._limits, synthesis.speech.text, self._options_for(synthesis.phrase.text)
        pieces = timed(lambda: self._tts.speak(text, options), "tts", limits.tts_first_s, limits.tts_silence_s)
        try:
            if text:
                async with aclosing(pieces):
                    async for piece in pieces:
                        await synthesis.pieces.put(_checked(piece))
        except StageFailed as error:
            await synthesis.pieces.put(error)
        else:
            await synthesis.pieces.put(None)

    async def _speak(self, synthesis: _Synthesis) -> None:
        begun = False
        async for piece in synthesis:
            if not begun:
                begun = self._announce(synthesis)
            if self._ahead is None and not self._queue.empty():
                self._ahead = self._begin(self._queue.get_nowait())
            await self._pieces.add(piece)
        if not begun:
            self._announce(synthesis)
        await self._pieces.end_phrase()

    def _announce(self, synthesis: _Synthesis) -> bool:
        self._phrased(synthesis.phrase)
        self._pieces.begin_phrase(_WordPlaces(synthesis.phrase, synthesis.speech), synthesis.speech.text)
        return True


class _WordPlaces:
    """Finds the words of one phrase, as the voice reports them one after another, in the written message."""

    def __init__(self, phrase: Phrase, speech: Speakable) -> None:
        self._phrase = phrase
        self._speech = speech
        self._at = 0

    def end_of(self, word: Word) -> int | None:
        """The character of the message that the word ends with; None when it cannot be found."""
        found = self._speech.text.find(word.text, self._at)
        if found < 0:
            return None
        self._at = found + len(word.text)
        return self._phrase.start + align(self._speech, self._at, len(self._phrase.text))


@dataclass(slots=True)
class _EstimatedWords:
    """The words of a phrase whose times are estimated again and again; their places in the text are found once."""

    words: WordTimes
    places: _WordPlaces
    found: list[int | None] = field(default_factory=list)

    def ends(self, words: tuple[Word, ...]) -> list[int | None]:
        """The character of the message that each of the first words ends with."""
        self.found.extend(self.places.end_of(word) for word in words[len(self.found) :])
        return self.found[: len(words)]


class _Pieces:
    """Samples of the voice -> pieces of audio in the response's format."""

    def __init__(
        self,
        rate_hz: int,
        format: AudioFormat,
        writable: Callable[[], Awaitable[None]],
        spoken: Spoken,
        estimated: Estimated | None,
    ) -> None:
        self._rate_hz = rate_hz
        self._estimated = estimated
        self._times: _EstimatedWords | None = None
        self._pace = 1.0
        self._format = format
        self._writable = writable
        self._spoken = spoken
        self._encoder = StreamEncoder(format)
        self._resampler = Resampler(rate_hz, format.rate_hz)
        self._buffer = bytearray()
        self._step_ms = FIRST_MS
        self._words: list[WordStarted] = []
        self._places: _WordPlaces | None = None
        self._taken_samples = 0  # of the voice, since the message began
        self._sent_samples = 0  # in the response's format, since the message began
        self._phrase_samples = 0  # where the phrase began, as far as it was sent
        self._phrase_start_samples = 0  # where it really begins: a little later, behind what still waits

    def begin_phrase(self, places: _WordPlaces, text: str) -> None:
        """What is added from here on speaks another phrase; `text` is what is really said."""
        if self._estimated is not None:
            self._times = _EstimatedWords(WordTimes(text, self._rate_hz, self._pace), places)
        self._places = places
        self._words.clear()
        self._phrase_samples = self._sent_samples
        self._phrase_start_samples = convert_samples(self._taken_samples, self._resampler.from_hz, self._format.rate_hz)

    async def add(self, piece: Speech) -> None:
        """More audio; sends what is due."""
        self._words.extend(self._placed(piece.words))
        samples = pcm.float_of_bytes(piece.pcm)
        self._taken_samples += len(samples)
        before = self._sent_samples
        await self._append(self._resampler.push(samples))
        if self._times is not None:
            self._times.words.push(samples)
            if self._sent_samples > before:
                self._estimate(self._times.words.so_far())

    async def end_phrase(self) -> None:
        """The phrase is over: nothing worth hearing waits for the next one."""
        if len(self._buffer) >= self._format.bytes_in_ms(FIRST_MS):
            await self._send(len(self._buffer))
        if self._times is not None:
            self._estimate(self._times.words.finish())
            self._pace = self._times.words.pace

    async def finish(self) -> None:
        """The message is over: send all that is left."""
        await self._append(self._resampler.flush())
        if self._buffer:
            await self._send(len(self._buffer))
        self._taken_samples = self._sent_samples = 0
        self._step_ms = FIRST_MS

    async def _append(self, samples: FloatSamples) -> None:
        self._buffer += self._encoder.encode(samples)
        while len(self._buffer) >= self._format.bytes_in_ms(self._step_ms):
            too_much = len(self._buffer) > self._format.bytes_in_ms(LONGEST_MS)
            await self._send(self._format.bytes_in_ms(STEP_MS) if too_much else len(self._buffer))

    async def _send(self, size_bytes: int) -> None:
        await self._writable()
        audio = bytes(self._buffer[:size_bytes])
        del self._buffer[:size_bytes]
        self._sent_samples += self._format.samples_in_bytes(size_bytes)
        self._step_ms = min(STEP_MS, 2 * self._step_ms)
        self._spoken(audio, self._begun_words())

    def _placed(self, words: tuple[Word, ...]) -> list[WordStarted]:
        """Words with their places in the text and in the audio of the phrase."""
        behind = self._phrase_start_samples - self._phrase_samples
        ends = [(word, self._places.end_of(word) if self._places else None) for word in words]
        rate_hz = self._format.rate_hz
        return [WordStarted(end, behind + round(word.start_s * rate_hz)) for word, end in ends if end is not None]

    def _estimate(self, words: tuple[Word, ...]) -> None:
        assert self._estimated is not None
        assert self._times is not None
        behind, rate_hz = self._phrase_start_samples - self._phrase_samples, self._format.rate_hz
        placed = zip(self._times.ends(words), words, strict=True)
        self._estimated(
            tuple(WordStarted(end, behind + round(word.start_s * rate_hz)) for end, word in placed if end is not None)
        )

    def _begun_words(self) -> tuple[WordStarted, ...]:
        """The words that begin in what was sent of the phrase, once each."""
        sent = self._sent_samples - self._phrase_samples
        begun = [word for word in self._words if word.samples < sent]
        self._words = self._words[len(begun) :]
        return tuple(begun)


def _checked(piece: Speech) -> Speech:
    if len(piece.pcm) % 2:
        raise StageFailed("tts", EngineError("The voice gave broken audio."))
    return piece
