"""Input audio -> turns and transcripts: the intake, the detector and the recogniser of one session.

Rules:

- With detection on, an utterance is fed only what the detector has judged, for only then it is known whether the person
  has finished. Without it, everything that came.
- What is surely silence is kept as it came: it passes resampler and detector by.
- A huge append is worked off in slices, so that it does not stop the event loop.
- The end of an utterance waits until all of it is cleaned, and so does what comes after it and lets audio go.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ovos_voice_agent.core import commands as c
from ovos_voice_agent.core.clock import Tick, from_samples
from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ
from ovos_voice_agent.runtime.cleaning import Cleaning
from ovos_voice_agent.runtime.detecting import Detecting
from ovos_voice_agent.runtime.echo import Echo
from ovos_voice_agent.runtime.intake import Intake, sample_at
from ovos_voice_agent.runtime.recognising import Recognising

if TYPE_CHECKING:
    from ovos_voice_agent.audio.format import AudioFormat
    from ovos_voice_agent.engines.interface import Silence
    from ovos_voice_agent.protocol.settings import NoiseReduction
    from ovos_voice_agent.runtime.world import Post, Spawn, World

SLICE_S = 2
"""Audio handled at once: about 4 ms of work."""

BACKLOG_SAMPLES = 20 * ENGINE_RATE_HZ
"""Audio that may wait for the detector; beyond it, no more is welcome."""


class Listening:
    """Everything one session does with what it hears."""

    def __init__(self, world: World, post: Post, spawn: Spawn) -> None:
        self._limits = world.limits
        self._intake = Intake()
        self._cleaning = Cleaning(
            world.engines.frontend,
            self._intake,
            progressed=self._after_cleaning,
            failed=lambda: world.metrics.engine_failed("frontend", "server_error"),
        )
        self.echo = Echo(self._intake) if world.echo_guard else None
        """Looks on at what the session sends, where it is to know its own voice."""
        self._recognising = Recognising(world, self._cleaning, post, spawn)
        self._detecting = Detecting(
            world.engines.vad,
            post,
            words=lambda: self._recognising.words,
            judged=self._after_judging,
            failed=lambda: world.metrics.engine_failed("vad", "server_error"),
            turn=world.engines.turn,
            heed=self.echo,
        )
        self._pending: deque[c.Hear] = deque()
        self._quiet_dbfs: float | None = None
        self._held: deque[tuple[int, Callable[[], None]]] = deque()
        """What waits until audio is cleaned up to a sample."""
        self._spawn = spawn
        self._more: asyncio.Handle | None = None
        self._progress = asyncio.Event()
        self._closed = False
        self.start_transcript = self._recognising.start
        self.drop_transcript = self._recognising.drop
        self.transcribe_clip = self._recognising.clip

    # --------------------------------------------------------------------------------------------------------- commands

    def detect(self, command: c.Detect) -> None:
        """Listen for turns, or not."""
        self._detecting.configure(command)

    def reduce_noise(self, settings: NoiseReduction | None) -> None:
        """Clean what comes from now on, or not; audio that came before is taken in first."""
        self._take_all()
        self._cleaning.configure(settings)
        self._after_cleaning()

    def hear(self, command: c.Hear) -> None:
        """More audio."""
        if self._quiet_dbfs is not None and self.silence is not None:
            self._intake.push_later(command.audio, command.format, command.start)
            self._detecting.pass_over(self._intake, self._quiet_dbfs)
            return
        self._pending.extend(_slices(command))
        if self._more is None:
            self._take_slice()

    @contextmanager
    def hearing_silence(self, level_dbfs: float) -> Iterator[None]:
        """Inside, what comes is `silence` of that level."""
        self._quiet_dbfs = level_dbfs
        try:
            yield
        finally:
            self._quiet_dbfs = None

    def forget(self, before: Tick) -> None:
        """Audio before that position is not needed any more."""
        self._in_order(0, lambda: self._forget(sample_at(before)))

    def guess_transcript(self, command: c.GuessTranscript) -> None:
        """An utterance may be over."""
        self._in_order(sample_at(command.end), lambda: self._guess(command))

    def resume_transcript(self, command: c.ResumeTranscript) -> None:
        """An utterance goes on after all."""
        self._in_order(0, lambda: self._recognising.resume(command.item_id))
        self._feed()

    def keep_transcript(self, command: c.KeepTranscript) -> None:
        """What was guessed of an utterance is its transcript."""
        self._in_order(0, lambda: self._recognising.keep(command.item_id))

    def finish_transcript(self, command: c.FinishTranscript) -> None:
        """An utterance ends; all of its audio is taken in first."""
        self._take_all()
        self._in_order(sample_at(command.end), lambda: self._finish(command))

    def close(self) -> None:
        """Stop everything; nothing is reported afterwards, and nobody waits any more."""
        self._closed = True
        self._pending.clear()
        if self._more is not None:
            self._more.cancel()
        self._held.clear()
        self._detecting.close()
        self._cleaning.close()
        self._recognising.close()
        self._progress.set()

    # ---------------------------------------------------------------------------------------------------------- waiting

    @property
    def is_caught_up(self) -> bool:
        """Whether all audio is judged and cleaned."""
        return self._closed or not self._backlog_samples()

    async def caught_up(self) -> None:
        """Wait until all audio is judged and cleaned, `catch_up_s` at most. An engine that did nothing is given up."""
        judged, waiting = self._detecting.judged_sample, self._cleaning.waiting_samples
        try:
            async with asyncio.timeout(self._limits.catch_up_s):
                while not self._closed and self._backlog_samples():
                    await self._some_progress()
        except TimeoutError:
            if self._detecting.on and self._detecting.waiting_samples and self._detecting.judged_sample == judged:
                self._detecting.give_up()
            if waiting and self._cleaning.waiting_samples >= waiting:
                self._cleaning.give_up()

    @property
    def format(self) -> AudioFormat | None:
        """That of the newest audio, while `silence` is known."""
        return self._intake.format

    @property
    def silence(self) -> Silence | None:
        """What is surely silence and need not be heard, while nobody speaks and nobody waits for the silence that
        follows; else None."""
        silence = self._detecting.silence
        if silence is None or self._pending or self._held or self._cleaning.on or self._intake.format is None:
            return None
        return silence

    @property
    def is_ready_for_more(self) -> bool:
        """Whether more audio is welcome."""
        return self._closed or self._backlog_samples() < BACKLOG_SAMPLES

    async def ready_for_more(self) -> None:
        """Wait until more audio is welcome. A detector that judges nothing for `detector_s` is given up."""
        while not self._closed and self._backlog_samples() >= BACKLOG_SAMPLES:
            try:
                async with asyncio.timeout(self._limits.detector_s):
                    await self._some_progress()
            except TimeoutError:
                self._give_up()

    def _give_up(self) -> None:
        """Nothing moves: start the detector anew, or go on with sound that is not cleaned."""
        if self._cleaning.waiting_samples >= BACKLOG_SAMPLES:
            self._cleaning.give_up()
        else:
            self._detecting.give_up()

    async def _some_progress(self) -> None:
        self._progress.clear()
        await self._progress.wait()

    def _backlog_samples(self) -> int:
        pending = sum(len(hear.audio) * ENGINE_RATE_HZ // _bytes_per_second(hear) for hear in self._pending)
        judging = self._detecting.waiting_samples if self._detecting.on else 0
        return pending + max(judging, self._cleaning.waiting_samples)

    # ----------------------------------------------------------------------------------------------------------- audio

    def _take_slice(self) -> None:
        """Take in some of what waits; the rest later."""
        if self._more is not None:
            self._more.cancel()
            self._more = None
        hear = self._pending.popleft()
        self._intake.push(hear.audio, hear.format, hear.start)
        self._cleaning.take()
        if self._detecting.on:
            self._detecting.listen(self._intake)
        else:
            self._feed()
        self._progress.set()
        if self._pending:
            self._more = asyncio.get_running_loop().call_soon(self._take_slice)

    def _take_all(self) -> None:
        while self._pending:
            self._take_slice()

    def _after_judging(self) -> None:
        self._feed()
        self._progress.set()

    def _feed(self) -> None:
        """Hand on what certainly belongs to the utterance, as far as it is cleaned."""
        until = self._detecting.judged_sample if self._detecting.on else self._intake.end_sample
        if self._held:
            until = min(until, self._held[0][0])
        self._recognising.feed(self._cleaning.reached(until))

    # --------------------------------------------------------------------------------------------- what waits its turn

    def _in_order(self, end_sample: int, act: Callable[[], None]) -> None:
        """Act as soon as audio up to there is cleaned, behind whatever waits already."""
        if not self._held and self._cleaning.ready(end_sample):
            act()
            return
        if not self._held:
            self._spawn(self._watch())
        self._held.append((end_sample, act))

    def _after_cleaning(self) -> None:
        self._feed()
        while self._held and self._cleaning.ready(self._held[0][0]):
            self._held.popleft()[1]()
        self._progress.set()

    async def _watch(self) -> None:
        """Nothing waits for a front end for ever."""
        try:
            async with asyncio.timeout(self._limits.detector_s):
                while self._held and not self._closed:
                    await self._some_progress()
        except TimeoutError:
            self._cleaning.give_up()

    def _guess(self, command: c.GuessTranscript) -> None:
        with self._cleaning.ending_at(sample_at(command.end)):
            self._recognising.guess(command)

    def _finish(self, command: c.FinishTranscript) -> None:
        with self._cleaning.ending_at(sample_at(command.end)):
            self._recognising.finish(command)

    def _forget(self, before_sample: int) -> None:
        self._intake.forget(min(before_sample, self._cleaning.next_sample))
        self._cleaning.forget(before_sample)


def _slices(hear: c.Hear) -> list[c.Hear]:
    """The same audio in pieces of at most `SLICE_S`."""
    size_bytes, width = SLICE_S * _bytes_per_second(hear), hear.format.bytes_per_sample
    if len(hear.audio) <= size_bytes:
        return [hear]
    return [
        c.Hear(
            hear.audio[at : at + size_bytes],
            hear.format,
            Tick(hear.start + from_samples(at // width, hear.format.rate_hz)),
        )
        for at in range(0, len(hear.audio), size_bytes)
    ]


def _bytes_per_second(hear: c.Hear) -> int:
    return hear.format.rate_hz * hear.format.bytes_per_sample
