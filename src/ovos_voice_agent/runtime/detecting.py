"""Audio -> windows -> probabilities of speech -> where the person begins and has finished.

Rules:

- Windows follow each other without a gap from where detection began; positions do not depend on how audio was cut.
- A window counts as judged when its probability is back and its edge was reported. Reports carry the number of their
  detection, and what comes back for an older one is nothing.
- A detector that fails hears silence; it never ends a session.
- What the detector says is surely silence may pass it by; it first hears the end of that before it hears what follows,
  so that what was soft before a sound is in its memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ovos_voice_agent.audio.edges import Edge, Offset, Onset, Pause, Resumption, SpeechEdges, Steady
from ovos_voice_agent.core.engine_events import (
    Heard,
    SpeechLasted,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    SpeechStopped,
)
from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ
from ovos_voice_agent.runtime.deciding import Deciding
from ovos_voice_agent.runtime.intake import position_of, sample_at

if TYPE_CHECKING:
    from ovos_voice_agent.core.commands import Detect
    from ovos_voice_agent.core.engine_events import EngineEvent
    from ovos_voice_agent.engines.interface import FloatSamples, Silence, Vad, VadStream
    from ovos_voice_agent.engines.turn.interface import TurnModel
    from ovos_voice_agent.protocol.settings import SemanticVad, ServerVad
    from ovos_voice_agent.runtime.intake import Intake

log = logging.getLogger(__name__)

HEARD_SAMPLES = ENGINE_RATE_HZ
"""One report on the progress for each second of audio."""

PAUSE_MS = 160
"""Silence after which the person may have finished, so that an answer may be prepared: longer than the closure of a
consonant, and early enough to hide the better part of an answer's making in 500 ms of silence."""

REPLAY_SAMPLES = ENGINE_RATE_HZ * 256 // 1000
"""What a detector hears of the silence that has passed it by: with more of it no onset came sooner."""

STEADY_MS = 800
"""Speech that has lasted so long is no cough, no door and no 'uh-huh'; told again after each further such time."""


class Heed(Protocol):
    """What knows more of a window than how like speech it is; `runtime.echo.Echo` in the server."""

    def judge(self, probability: float, start_sample: int, end_sample: int) -> float:
        """The probability of a window, made to what is to be heeded of it. Windows come in order."""

    def pass_over(self, start_sample: int, end_sample: int, windows: int, level_db: float) -> None:
        """So many are not judged, for they are silence of that level."""

    def remember(self, start_sample: int, end_sample: int) -> None:
        """This was the end of what has passed by; what follows is judged."""


class Detecting:
    """The voice detector of one session."""

    def __init__(
        self,
        vad: Vad,
        post: Callable[[EngineEvent], None],
        words: Callable[[], tuple[str, str | None]],
        judged: Callable[[], None],
        failed: Callable[[], None],
        turn: TurnModel | None = None,
        heed: Heed | None = None,
    ) -> None:
        """`words` tells the words of the utterance so far and their language, `judged` is called after each delivery,
        `failed` for each failure of the detector. `turn` is asked in the pauses of `semantic_vad`; `heed` says
        what of the probabilities is to be heeded."""
        self._heed = heed
        self._vad = vad
        self._post = post
        self._intake: Intake | None = None
        self._deciding = Deciding(words, turn, self._heard_before)
        self._judged_some = judged
        self._failed = failed
        self._stream: VadStream | None = None
        self._settings: ServerVad | SemanticVad | None = None
        self._edges = SpeechEdges(
            window_samples=vad.window_samples, rate_hz=ENGINE_RATE_HZ, pause_ms=PAUSE_MS, steady_ms=STEADY_MS
        )
        self._number: int | None = None
        self._generation = 0
        self._submitting = False
        self._heard_sample = 0
        self.next_sample = 0
        """The first sample that was not handed to the detector."""
        self.judged_sample = 0
        """Everything before was judged, as far as detection was on."""
        self._levels: deque[float] = deque()
        """Of the windows in the detector's hands, where they matter."""
        self._passed_windows = 0
        """How many have passed the detector by since it heard one."""

    @property
    def on(self) -> bool:
        return self._settings is not None

    @property
    def threshold(self) -> float:
        """The probability that counts as speech just now."""
        return self._edges.threshold

    @property
    def silence(self) -> Silence | None:
        """What is surely silence, while nobody speaks and nothing is in the detector's hands; else None."""
        if self._stream is None or self._settings is None or self._edges.speaking or self.waiting_samples:
            return None
        return self._stream.silence

    @property
    def waiting_samples(self) -> int:
        """Audio in the detector's hands."""
        return self.next_sample - self.judged_sample

    def configure(self, command: Detect) -> None:
        """Take new settings. With a new number the edges start afresh from `command.start`; None stops all work."""
        was_on, self._settings = self.on, command.settings
        if command.settings is None:
            self._begin(command, fresh=False)
            return
        if self._stream is None:
            self._open()
        self._deciding.configure(command.settings)
        self._edges.threshold = self._deciding.threshold
        self._edges.silence_ms = getattr(command.settings, "silence_duration_ms", 0)
        if command.detection != self._number or not was_on:
            self._begin(command, fresh=command.fresh or not was_on)

    def listen(self, intake: Intake) -> None:
        """Hand over all windows that are whole."""
        size = self._vad.window_samples
        count = (intake.end_sample - self.next_sample) // size
        if self._settings is None or count < 1:
            return
        self._intake = intake
        self._replay()
        start, self.next_sample = self.next_sample, self.next_sample + count * size
        windows = intake.floats(start, self.next_sample).reshape(count, size)
        self._levels.extend(self._deciding.levels(windows))
        self._submit(start, windows)

    def pass_over(self, intake: Intake, level_dbfs: float) -> None:
        """All windows that are whole are silence of that level; only while `silence` is known."""
        assert self._stream is not None
        size = self._vad.window_samples
        count = (intake.end_sample - self.next_sample) // size
        self._passed_windows += count
        start = self.next_sample
        self.next_sample = self.judged_sample = start + count * size
        if self._heed is not None:
            self._heed.pass_over(start, self.next_sample, count, level_dbfs)
        self._stream.pass_over(count, level_dbfs)
        self._deciding.passed_over(count, level_dbfs)
        self._tell_progress()

    def give_up(self) -> None:
        """The detector does not answer: what it holds counts as silence, and it starts anew."""
        log.error("the voice detector does not answer; it is started anew")
        self._drop()
        self._open()
        start, self._generation = self.judged_sample, self._generation + 1
        self._judged(self._generation, start, [0.0] * (self.waiting_samples // self._vad.window_samples))

    def close(self) -> None:
        """No more reports."""
        self._drop()
        self._deciding.close()

    def _heard_before(self, start_sample: int, end_sample: int) -> FloatSamples:
        """The sound from here to there, as far as it is kept."""
        assert self._intake is not None  # it had pauses
        return self._intake.floats(start_sample, end_sample)

    def _drop(self) -> None:
        """What is in the detector's hands is not heard of again."""
        self._generation += 1
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    # ------------------------------------------------------------------------------------------------------- the stream

    def _begin(self, command: Detect, *, fresh: bool) -> None:
        self._number = command.detection
        self._generation += 1
        self._edges.reset()
        self._deciding.restart()
        self._levels.clear()
        self._passed_windows = 0
        self.next_sample = self.judged_sample = self._heard_sample = sample_at(command.start)
        if fresh and self._stream is not None:
            self._stream.reset()

    def _open(self) -> None:
        try:
            self._stream = self._vad.open()
        except Exception:
            log.exception("the voice detector could not be opened")
            self._failed()

    def _replay(self) -> None:
        """Let the detector hear the end of what has passed it by, for its memory's sake."""
        count = min(self._passed_windows, REPLAY_SAMPLES // self._vad.window_samples)
        self._passed_windows = 0
        if not count or self._stream is None:
            return
        assert self._intake is not None
        size = self._vad.window_samples
        first = self.next_sample - count * size
        sound = self._intake.floats(first, self.next_sample)
        if len(sound) < count * size:  # some of it is not kept any more
            return
        with contextlib.suppress(Exception):  # if it is broken, the next windows show it
            self._stream.submit(sound.reshape(count, size), lambda _: None)
        if self._heed is not None:
            self._heed.remember(first, self.next_sample)

    def _submit(self, start: int, windows: FloatSamples) -> None:
        deliver = partial(self._deliver, self._generation, start)
        self._submitting = True
        try:
            if self._stream is None:
                deliver([0.0] * len(windows))
            else:
                self._stream.submit(windows, deliver)
        except Exception:
            log.exception("the voice detector failed")
            self._failed()
            deliver([0.0] * len(windows))
        finally:
            self._submitting = False

    def _deliver(self, generation: int, start: int, probabilities: Sequence[float]) -> None:
        """Judge at once, but never inside of `submit`: an edge may order things that the caller is not ready for."""
        if self._submitting:
            asyncio.get_running_loop().call_soon(self._judged, generation, start, probabilities)
        else:
            self._judged(generation, start, probabilities)

    # -------------------------------------------------------------------------------------------------------- the edges

    def _judged(self, generation: int, start: int, probabilities: Sequence[float]) -> None:
        size = self._vad.window_samples
        for place, probability in enumerate(probabilities):
            if generation != self._generation:
                return
            self.judged_sample = start + (place + 1) * size
            self._judge(probability, start + place * size)
        self._judged_some()

    def _judge(self, probability: float, start: int) -> None:
        if self._heed is not None:
            probability = self._heed.judge(probability, start, self.judged_sample)
        if self._levels:
            self._deciding.hear(self._levels.popleft())
            self._edges.threshold = self._deciding.threshold
        wanted_ms = self._deciding.wanted_ms() if self._edges.speaking else None
        edge = self._edges.update(probability, start, silence_ms=wanted_ms)
        if edge is not None:
            self._tell(edge)
        self._tell_progress()

    def _tell_progress(self) -> None:
        if self.judged_sample - self._heard_sample >= HEARD_SAMPLES:
            self._heard_sample = self.judged_sample
            assert self._number is not None
            self._post(Heard(self._number, position_of(self.judged_sample)))

    def _tell(self, edge: Edge) -> None:
        assert self._number is not None
        self._deciding.learn(edge)
        if isinstance(edge, Offset):
            decision = self._deciding.explain(edge, self._edges.silence_ms, self._edges.threshold)
            last, end = position_of(edge.last_speech_sample), position_of(edge.at_sample)
            self._post(SpeechStopped(self._number, last, end, decision))
        else:
            self._post(_report(self._number, edge))


def _report(number: int, edge: Onset | Pause | Resumption | Steady) -> EngineEvent:
    """What the session is told of an edge that needs no decision."""
    at = position_of(edge.at_sample)
    if isinstance(edge, Onset):
        return SpeechStarted(number, at)
    if isinstance(edge, Pause):
        return SpeechPaused(number, position_of(edge.last_speech_sample), at)
    if isinstance(edge, Resumption):
        return SpeechResumed(number, at)
    return SpeechLasted(number, at, position_of(edge.speech_samples))
