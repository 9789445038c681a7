"""Utterances -> transcripts: what is fed to the recogniser, and what it reports.

Rules:

- The recogniser gets exactly the samples from `StartTranscript.start` to `FinishTranscript.end`, as soon as they are
  certain to belong to the utterance, and not one more.
- Each utterance ends once: transcribed, failed, kept or dropped; the result is reported after the order to finish.
- A guess is the recogniser's final word on what was said so far. When the person goes on, another stream hears all of
  the utterance again from its start: that asks nothing of an engine but speed, so a long utterance is not guessed.
- Where the words so far are asked for, another stream hears what was said up to there; it changes nothing else.
- What the recogniser keeps of a session goes from one utterance to the next.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from ovos_voice_agent.audio import pcm
from ovos_voice_agent.audio.codec import StreamDecoder
from ovos_voice_agent.audio.resample import Resampler
from ovos_voice_agent.core.engine_events import (
    NotGuessed,
    Transcribed,
    TranscriptGuessed,
    TranscriptionFailed,
    WordsHeard,
)
from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ, Partial, SttOptions, SttStream, Transcript
from ovos_voice_agent.errors import ClientError, EngineError, EngineTimeout
from ovos_voice_agent.runtime.failure import SERVER_ERROR, failure_of
from ovos_voice_agent.runtime.intake import sample_at

if TYPE_CHECKING:
    from ovos_voice_agent.audio.format import AudioFormat
    from ovos_voice_agent.core import commands as c
    from ovos_voice_agent.protocol.objects import ItemId
    from ovos_voice_agent.protocol.settings import Transcription
    from ovos_voice_agent.runtime.cleaning import Source
    from ovos_voice_agent.runtime.world import Post, Spawn, World

log = logging.getLogger(__name__)

UNINTELLIGIBLE = "audio_unintelligible"

GUESS_LIMIT_SAMPLES = 20 * ENGINE_RATE_HZ
"""The longest utterance that is guessed: to hear it again costs the slowest recogniser in the box 1.5 s of a core."""


@dataclass(slots=True, eq=False)
class Utterance:
    """One utterance at the recogniser. `fed_sample` is the first sample it did not get.

    `guess` is at work since the person paused, or done (`guessed`); `finishing`: it is to be the final transcript.
    """

    item_id: ItemId
    options: SttOptions
    start_sample: int = 0
    fed_sample: int = 0
    guess: asyncio.Task[None] | None = None
    guessed: Transcript | None = None
    finishing: bool = False
    stream: SttStream | None = None
    failure: Exception | None = None
    task: asyncio.Task[None] | None = None
    streams: int = 0
    """How many heard it; only the last one is listened to."""
    tries: list[int] = field(default_factory=list)
    """Samples, in order, at which its words so far are to be told."""
    trial: asyncio.Task[None] | None = None
    latest: Partial = field(default_factory=lambda: Partial(""))
    ended: bool = False


class Recognising:
    """The recogniser of one session."""

    def __init__(self, world: World, intake: Source, post: Post, spawn: Spawn) -> None:
        self._world = world
        self._intake = intake
        self._post = post
        self._spawn = spawn
        self._open: Utterance | None = None
        self._utterances: dict[ItemId, Utterance] = {}
        self._memory: Any = None
        self._language: str | None = None

    @property
    def words(self) -> tuple[str, str | None]:
        """The words of the open utterance so far, and the language they are taken for."""
        if self._open is None:
            return "", self._language
        if self._open.guessed is not None:
            return self._open.guessed.text, self._language
        latest = self._open.latest
        return f"{latest.stable} {latest.unstable}".strip(), self._language

    # --------------------------------------------------------------------------------------------------------- commands

    def start(self, command: c.StartTranscript) -> None:
        """An utterance begins; nothing is fed yet."""
        utterance = self._begin(command.item_id, command.settings, logprobs=command.logprobs)
        utterance.start_sample = utterance.fed_sample = sample_at(command.start)
        utterance.tries = [sample_at(position) for position in command.tries]
        self._open = utterance

    def feed(self, until_sample: int) -> None:
        """Audio up to there belongs to the open utterance."""
        if self._open is not None:
            self._feed(self._open, until_sample)
            self._try_when_due(self._open)

    def finish(self, command: c.FinishTranscript) -> None:
        """The open utterance ends."""
        utterance = self._utterances.get(command.item_id)
        if utterance is None:
            return
        if utterance.guess is not None:
            self._finish_with_guess(utterance)
            return
        self._feed(utterance, sample_at(command.end))
        _stop_trial(utterance)
        self._open = None if self._open is utterance else self._open
        utterance.task = self._spawn(self._finish(utterance))

    def guess(self, command: c.GuessTranscript) -> None:
        """The open utterance may be over."""
        utterance = self._utterances.get(command.item_id)
        if utterance is None or utterance is not self._open:
            return
        end_sample = sample_at(command.end)
        if end_sample - utterance.start_sample > GUESS_LIMIT_SAMPLES or utterance.failure is not None:
            self._post(NotGuessed(command.item_id))
            return
        self._feed(utterance, end_sample)
        _stop_trial(utterance)
        utterance.guess = self._spawn(self._guess(utterance))

    def resume(self, item_id: ItemId) -> None:
        """The utterance goes on: it is heard again from its start."""
        utterance = self._utterances.get(item_id)
        if utterance is None or utterance.guess is None:
            return
        utterance.guess.cancel()
        _cancel(utterance)
        self._listen_again(utterance)

    def keep(self, item_id: ItemId) -> None:
        """What was guessed is final, and known."""
        utterance = self._utterances.get(item_id)
        if utterance is not None and utterance.guessed is not None:
            self._settle(utterance, utterance.guessed)

    def drop(self, item_id: ItemId) -> None:
        """Nothing more about an utterance."""
        utterance = self._utterances.pop(item_id, None)
        if utterance is None:
            return
        self._open = None if self._open is utterance else self._open
        utterance.ended = True
        _stop_trial(utterance)
        for task in (utterance.task, utterance.guess):
            if task is not None:
                task.cancel()
        _cancel(utterance)

    def clip(self, command: c.TranscribeClip) -> None:
        """A whole recording that came with an item."""
        utterance = self._begin(command.item_id, command.settings, logprobs=command.logprobs)
        utterance.task = self._spawn(self._recognise_clip(utterance, command.audio, command.format))

    def close(self) -> None:
        """Drop everything."""
        for item_id in list(self._utterances):
            self.drop(item_id)

    # ------------------------------------------------------------------------------------------------------- utterances

    def _begin(self, item_id: ItemId, settings: Transcription | None, *, logprobs: bool) -> Utterance:
        self.drop(item_id)
        utterance = self._utterances[item_id] = Utterance(item_id, self._options(settings, logprobs=logprobs))
        self._language = utterance.options.language
        self._open_stream(utterance)
        return utterance

    def _open_stream(self, utterance: Utterance) -> None:
        utterance.streams = number = utterance.streams + 1
        stt = self._world.engines.stt
        try:
            utterance.stream = stt.open(utterance.options, lambda heard: self._heard(utterance, number, heard))
        except Exception as error:  # noqa: BLE001 - reported when the utterance ends: nobody waits for it before
            utterance.failure = error

    def _listen_again(self, utterance: Utterance) -> None:
        utterance.guess = utterance.guessed = utterance.stream = None
        utterance.fed_sample = utterance.start_sample
        self._open_stream(utterance)

    def _options(self, settings: Transcription | None, *, logprobs: bool) -> SttOptions:
        languages = self._world.languages
        if settings is None:
            return SttOptions(language=languages.to_hear, languages=languages.to_choose, memory=self._memory)
        return SttOptions(
            model=self._world.recogniser_name(settings.model),
            language=settings.language or languages.to_hear,
            languages=languages.to_choose,
            prompt=settings.prompt,
            keywords=() if settings.keywords is UNSET else tuple(settings.keywords),
            logprobs=logprobs,
            memory=self._memory,
        )

    def _feed(self, utterance: Utterance, until_sample: int) -> None:
        if until_sample <= utterance.fed_sample or utterance.guess is not None:
            return
        audio = self._intake.slice(utterance.fed_sample, until_sample)
        utterance.fed_sample = until_sample
        self._give(utterance, audio)

    @staticmethod
    def _give(utterance: Utterance, audio: bytes) -> None:
        if utterance.stream is None or utterance.failure is not None or not audio:
            return
        try:
            utterance.stream.feed(audio)
        except Exception as error:  # noqa: BLE001 - reported when the utterance ends
            utterance.failure = error

    def _heard(self, utterance: Utterance, stream: int, heard: Partial) -> None:
        """A hypothesis; the recogniser may call this at any time. One that hears the utterance again has nothing to
        tell before it has got as far as the one before."""
        if utterance.ended or stream != utterance.streams or heard == utterance.latest:
            return
        if len(heard.stable) < len(utterance.latest.stable):
            return
        utterance.latest = heard
        any_words = bool(heard.stable.strip() or heard.unstable.strip())
        self._post(WordsHeard(utterance.item_id, heard.stable, any_words, heard.unstable))

    # ----------------------------------------------------------------------------------------------------------- trials

    def _try_when_due(self, utterance: Utterance) -> None:
        """Ask for the words so far; not twice at once."""
        fed, busy = utterance.fed_sample, utterance.trial is not None and not utterance.trial.done()
        if busy or not utterance.tries or fed < utterance.tries[0] or utterance.guess is not None:
            return
        utterance.tries = [sample for sample in utterance.tries if sample > fed]
        utterance.trial = self._spawn(self._try(utterance, self._intake.slice(utterance.start_sample, fed)))

    async def _try(self, utterance: Utterance, audio: bytes) -> None:
        """Report the words in this audio; a failure is nothing, for the utterance itself goes on."""
        try:
            stream = self._world.engines.stt.open(utterance.options, lambda _: None)
        except Exception:
            log.exception("the recogniser could not be asked for the words so far")
            return
        try:
            stream.feed(audio)
            async with asyncio.timeout(self._world.limits.stt_s):
                text = (await stream.finish()).text
        except asyncio.CancelledError:
            stream.cancel()
            raise
        except Exception:
            log.exception("the recogniser could not tell the words so far")
            return
        if text.strip():
            self._post(WordsHeard(utterance.item_id, "", any_words=True, unstable=text))

    # ---------------------------------------------------------------------------------------------------------- results

    async def _recognise_clip(self, utterance: Utterance, audio: bytes, format: AudioFormat) -> None:
        self._give(utterance, await asyncio.to_thread(_at_16k, audio, format))
        await self._finish(utterance)

    async def _finish(self, utterance: Utterance) -> None:
        """Wait for the transcript and report it; all that can go wrong with an utterance ends here."""
        try:
            transcript = await self._transcript(utterance)
        except Exception as error:  # noqa: BLE001 - told apart and logged there
            self._report_failure(utterance, error)
        else:
            self._report(utterance, transcript)

    async def _guess(self, utterance: Utterance) -> None:
        """Wait for what the transcript would be, and report it; as the transcript, if it has become that meanwhile."""
        try:
            transcript = await self._transcript(utterance)
        except Exception as error:  # noqa: BLE001 - told apart and logged there
            self._not_guessed(utterance, error)
            return
        utterance.guessed = transcript
        if utterance.finishing:
            self._report(utterance, transcript)
        else:
            told = self._told(transcript)
            self._post(TranscriptGuessed(utterance.item_id, transcript.text, told, transcript.logprobs))

    def _not_guessed(self, utterance: Utterance, error: Exception) -> None:
        """A failed guess costs nothing: all of it is heard again. At the end of the utterance it is the result."""
        if utterance.finishing:
            self._report_failure(utterance, error)
            return
        _cancel(utterance)
        self._listen_again(utterance)
        self._post(NotGuessed(utterance.item_id))

    def _finish_with_guess(self, utterance: Utterance) -> None:
        utterance.finishing = True
        self._open = None if self._open is utterance else self._open
        if utterance.guessed is not None:
            self._report(utterance, utterance.guessed)

    def _report(self, utterance: Utterance, transcript: Transcript) -> None:
        self._settle(utterance, transcript)
        self._post(Transcribed(utterance.item_id, transcript.text, self._told(transcript), transcript.logprobs))

    def _settle(self, utterance: Utterance, transcript: Transcript) -> None:
        """The utterance is over. What the recogniser learnt in it is for the next one."""
        self._end(utterance)
        assert utterance.stream is not None
        self._memory = utterance.stream.memory
        self._language = transcript.language or self._language

    def _told(self, transcript: Transcript) -> str | None:
        """The language of an utterance, where it is news: a recogniser of one language has no choice."""
        return None if len(self._world.engines.stt.info.languages) == 1 else transcript.language

    async def _transcript(self, utterance: Utterance) -> Transcript:
        if utterance.failure is not None:
            raise utterance.failure
        assert utterance.stream is not None
        try:
            async with asyncio.timeout(self._world.limits.stt_s):
                return await utterance.stream.finish()
        except TimeoutError as error:
            raise EngineTimeout("The recogniser took too long to answer.") from error

    def _report_failure(self, utterance: Utterance, error: Exception) -> None:
        self._end(utterance)
        _cancel(utterance)
        if isinstance(error, ClientError):
            error = EngineError(error.message, code=error.code or SERVER_ERROR)
        failure = failure_of(error, "stt")
        self._post(TranscriptionFailed(utterance.item_id, failure.code, failure.message))

    def _end(self, utterance: Utterance) -> None:
        utterance.ended = True
        self._open = None if self._open is utterance else self._open
        self._utterances.pop(utterance.item_id, None)


def _stop_trial(utterance: Utterance) -> None:
    """All of it will be told."""
    if utterance.trial is not None:
        utterance.trial.cancel()


def _cancel(utterance: Utterance) -> None:
    if utterance.stream is None:
        return
    try:
        utterance.stream.cancel()
    except Exception:
        log.exception("the recogniser could not be cancelled")


def _at_16k(audio: bytes, format: AudioFormat) -> bytes:
    """A whole recording as the recogniser takes it."""
    resampler = Resampler(format.rate_hz, ENGINE_RATE_HZ)
    samples = resampler.push(StreamDecoder(format).decode(audio))
    return pcm.bytes_of_float(samples) + pcm.bytes_of_float(resampler.flush())
