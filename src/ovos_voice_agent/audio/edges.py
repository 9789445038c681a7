"""Speech probabilities -> where speech begins and where it ends.

Rules:

- Speech begins when `threshold` is reached in two windows in a row, or surpassed by far in one; the onset is the start
  of the first of them.
- While speaking, a window is silent when it is below `threshold - 0.15`; every other window is speech. Between the two
  levels the state stays as it is, so a voice that wavers around the threshold is one turn.
- Speech ends when the silent windows in a row last `silence_ms`, rounded up to whole windows and at least one; the end
  is the end of the last of them. This is `audio_end_ms` as the hosted service counts it.
- On the way to an end a listener may ask to be told of a pause of `pause_ms` (counted as `silence_ms`) and of its end
  by further speech, and of each `steady_ms` that speech has lasted, pauses left out.
- Positions are samples of the stream, as the caller counts them; nothing here knows a clock or numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

ONSET_WINDOWS = 2
"""64 ms of speech. One window starts 32 ms sooner but also on clicks; in noise Silero reaches 0.55 now and then."""

SURE = 0.35
"""So far above the threshold one window is enough: onsets come 13 ms sooner (median of 26 recordings), and none of 275
noises but the 4 that are taken for speech anyway. Where the threshold rises in a loud room, there is no such level; nor
is there for a detector that says no more than yes: 1.0 is not how sure it is."""

HYSTERESIS = 0.15
"""Distance from the level that starts speech to the one below which it is silent, as Silero's authors chose it."""

LOWEST_LEVEL = 0.01
HIGHEST_LEVEL = 0.99
"""Both levels stay inside: a threshold of 1.0 would never be reached, one of 0.0 would take digital silence for speech
and hold every turn open for ever."""


@dataclass(frozen=True, slots=True)
class Onset:
    """Speech began at `at_sample`, the start of the first window of speech."""

    at_sample: int


@dataclass(frozen=True, slots=True)
class Offset:
    """Speech ended: the last window of speech ends at `last_speech_sample`, the silence after it at `at_sample`."""

    last_speech_sample: int
    at_sample: int


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence of `pause_ms` in speech that has not ended: the last window of speech ends at `last_speech_sample`, the
    silence so far at `at_sample`."""

    last_speech_sample: int
    at_sample: int


@dataclass(frozen=True, slots=True)
class Resumption:
    """Speech goes on after a Pause, with the window that begins at `at_sample`."""

    at_sample: int


@dataclass(frozen=True, slots=True)
class Steady:
    """Speech has lasted another `steady_ms`, `speech_samples` in all, pauses left out; its last window ends at
    `at_sample`."""

    at_sample: int
    speech_samples: int


Edge: TypeAlias = Onset | Offset | Pause | Resumption | Steady


class SpeechEdges:
    """The state of one listener. `threshold` and the durations may be changed at any time, for the windows to come.

    With 0, `pause_ms` and `steady_ms` are not told of.
    """

    def __init__(
        self,
        threshold: float = 0.5,
        silence_ms: int = 500,
        *,
        window_samples: int = 512,
        rate_hz: int = 16_000,
        pause_ms: int = 0,
        steady_ms: int = 0,
    ) -> None:
        self.threshold = threshold
        self.silence_ms = silence_ms
        self.pause_ms = pause_ms
        self.steady_ms = steady_ms
        self._window_samples = window_samples
        self._rate_hz = rate_hz
        self._speaking = False
        self._loud_windows = 0
        self._silent_windows = 0
        self._speech_windows = 0
        self._told_windows = 0
        self._paused = False
        self._onset_sample = 0
        self._last_speech_sample: int | None = None

    @property
    def speaking(self) -> bool:
        """True from an Onset to its Offset."""
        return self._speaking

    @property
    def last_speech_sample(self) -> int | None:
        """The end of the last window of speech, kept after the Offset; None before the first Onset."""
        return self._last_speech_sample

    @property
    def silence_ms_so_far(self) -> int:
        """How long the closing silence has lasted; 0 while there is speech and when nobody speaks."""
        return self._silent_windows * self._window_samples * 1000 // self._rate_hz

    def update(self, probability: float, start_sample: int, *, silence_ms: int | None = None) -> Edge | None:
        """Judge the window that begins at `start_sample`; at most one edge comes of it.

        `silence_ms` takes the place of the setting for this window only: a turn detector that weighs words and pauses
        decides anew at each one. If it asks for less than has passed, speech ends with this window, if it is silent.
        """
        if self._speaking:
            wanted_ms = self.silence_ms if silence_ms is None else silence_ms
            return self._while_speaking(probability, start_sample, wanted_ms)
        return self._while_silent(probability, start_sample)

    def reset(self) -> None:
        """Nobody speaks, nothing was heard (after a manual commit or a clear). The settings stay."""
        self._speaking = False
        self._loud_windows = 0
        self._silent_windows = 0
        self._last_speech_sample = None

    def _while_silent(self, probability: float, start_sample: int) -> Onset | None:
        if probability < self._start_level:
            self._loud_windows = 0
            return None
        if self._loud_windows == 0:
            self._onset_sample = start_sample
        self._loud_windows += 1
        if self._loud_windows < ONSET_WINDOWS and not self._start_level + SURE <= probability < 1.0:
            return None
        self._speech_windows, self._told_windows, self._paused = self._loud_windows, 0, False
        self._speaking, self._loud_windows, self._silent_windows = True, 0, 0
        self._last_speech_sample = start_sample + self._window_samples
        return Onset(self._onset_sample)

    def _while_speaking(self, probability: float, start_sample: int, silence_ms: int) -> Edge | None:
        end_sample = start_sample + self._window_samples
        if probability >= self._stop_level:
            self._silent_windows = 0
            self._speech_windows += 1
            self._last_speech_sample = end_sample
            return self._resumed(start_sample) or self._lasted(end_sample)
        self._silent_windows += 1
        assert self._last_speech_sample is not None  # set by the onset
        if self._silent_windows >= self._windows_in(silence_ms):
            self._speaking, self._silent_windows = False, 0
            return Offset(self._last_speech_sample, end_sample)
        if self.pause_ms and not self._paused and self._silent_windows >= self._windows_in(self.pause_ms):
            self._paused = True
            return Pause(self._last_speech_sample, end_sample)
        return None

    def _resumed(self, start_sample: int) -> Resumption | None:
        was_paused, self._paused = self._paused, False
        return Resumption(start_sample) if was_paused else None

    def _lasted(self, end_sample: int) -> Steady | None:
        if not self.steady_ms or self._speech_windows - self._told_windows < self._windows_in(self.steady_ms):
            return None
        self._told_windows = self._speech_windows
        return Steady(end_sample, self._speech_windows * self._window_samples)

    @property
    def _start_level(self) -> float:
        return min(max(self.threshold, LOWEST_LEVEL), HIGHEST_LEVEL)

    @property
    def _stop_level(self) -> float:
        return max(self._start_level - HYSTERESIS, LOWEST_LEVEL)

    def _windows_in(self, silence_ms: int) -> int:
        """Whole windows that cover so many milliseconds, at least one."""
        return max(1, -(-silence_ms * self._rate_hz // (1000 * self._window_samples)))
