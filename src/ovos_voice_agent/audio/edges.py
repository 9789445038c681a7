"""Speech probabilities -> where speech begins and where it ends.

Rules:

- Speech begins when `threshold` is reached in two windows in a row; the onset is the start of the first of them.
- While speaking, a window is silent when it is below `threshold - 0.15`; every other window is speech. Between the two
  levels the state stays as it is, so a voice that wavers around the threshold is one turn.
- Speech ends when the silent windows in a row last `silence_ms`, rounded up to whole windows and at least one; the end
  is the end of the last of them. This is `audio_end_ms` as the hosted service counts it.
- Positions are samples of the stream, as the caller counts them; nothing here knows a clock or numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

ONSET_WINDOWS = 2
"""64 ms of speech. One window starts 32 ms sooner but also on clicks; in noise Silero reaches 0.55 now and then."""

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


Edge: TypeAlias = Onset | Offset


class SpeechEdges:
    """The state of one listener. `threshold` and `silence_ms` may be changed at any time, for the windows to come."""

    def __init__(
        self,
        threshold: float = 0.5,
        silence_ms: int = 500,
        *,
        window_samples: int = 512,
        rate_hz: int = 16_000,
    ) -> None:
        self.threshold = threshold
        self.silence_ms = silence_ms
        self._window_samples = window_samples
        self._rate_hz = rate_hz
        self._speaking = False
        self._loud_windows = 0
        self._silent_windows = 0
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
        if self._loud_windows < ONSET_WINDOWS:
            return None
        self._speaking, self._loud_windows, self._silent_windows = True, 0, 0
        self._last_speech_sample = start_sample + self._window_samples
        return Onset(self._onset_sample)

    def _while_speaking(self, probability: float, start_sample: int, silence_ms: int) -> Offset | None:
        end_sample = start_sample + self._window_samples
        if probability >= self._stop_level:
            self._silent_windows = 0
            self._last_speech_sample = end_sample
            return None
        self._silent_windows += 1
        if self._silent_windows < self._windows_in(silence_ms):
            return None
        self._speaking, self._silent_windows = False, 0
        assert self._last_speech_sample is not None  # set by the onset
        return Offset(self._last_speech_sample, end_sample)

    @property
    def _start_level(self) -> float:
        return min(max(self.threshold, LOWEST_LEVEL), HIGHEST_LEVEL)

    @property
    def _stop_level(self) -> float:
        return max(self._start_level - HYSTERESIS, LOWEST_LEVEL)

    def _windows_in(self, silence_ms: int) -> int:
        """Whole windows that cover so many milliseconds, at least one."""
        return max(1, -(-silence_ms * self._rate_hz // (1000 * self._window_samples)))
