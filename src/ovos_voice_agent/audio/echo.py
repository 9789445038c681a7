"""Is this our own voice? Compares what is heard with what was played, as patterns of level over time and pitch.

Rules:

- Nothing is known of when a client plays what it got: a lag of up to a second is searched for, and followed. Rooms
  smear and colour sound, clocks drift, so patterns are compared and not waveforms.
- What is heard is explained when it has the pattern of what was played, or when it is nowhere louder than the echo of
  it would be, by what was heard of echoes so far. A voice beside the echo has another pattern, and is louder somewhere.
- Where a listener stayed quiet while much was played, there is no echo, and whatever is loud is a person: in this reply
  and in those that follow, until something is heard that is like one of them.
- Nothing is computed but while something is, or was just, being played; memory is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ovos_voice_agent.audio.bands import (
    BANDS,
    HOP_SAMPLES,
    RATE_HZ,
    Levels,
    band_powers,
    decibels,
    powers_of,
)
from ovos_voice_agent.audio.played import Played

if TYPE_CHECKING:
    from ovos_voice_agent.audio.pcm import FloatSamples

LONGEST_LAG_MS = 1_200
"""Network, the client's buffer and the way through the air: half a second is common."""
LAG_FRAMES = LONGEST_LAG_MS * RATE_HZ // 1000 // HOP_SAMPLES
PATTERN_FRAMES = 16
"""A quarter of a second: short enough to notice a voice that sets in, long enough to be unlike any other."""
FEWEST_FRAMES = 4
RECENT_FRAMES = 4
"""In which a voice must be louder than the echo: 64 ms."""
RANGE_DB = 20.0
"""Levels count this far above and below the mean of their band; beyond it is noise, or silence."""
PLAIN_DB = 3.0
"""A pattern that deviates less from its mean is none: a tone, a hiss."""
LOUD_DB = 25.0
"""So far below the loudest frame a frame still tells how loud the whole is."""

DOUBTFUL = 0.3
"""Below this probability of speech nobody needs an explanation."""
LIKE = 0.4
"""Likeness (-1..1) from which a pattern is an echo of unknown lag. 99 % of echoes are above 0.45 from their first tenth
of a second on, half of other voices are below it at every lag."""
UNLIKE = 0.2
"""What is less like anything that was played is no echo, as the first windows of many voices: with this no reply of 100
that were heard again was taken for speech."""
SURELY_LIKE = 0.6
"""From here on a lag is believed, and the room is learnt from what is heard."""
VERY_LIKE = 0.7
EXCESS_DB = 3.0
"""Mean excess over the echo up to which sound is explained: 99 % of echoes are below 2, half of the voices above 4."""
LARGE_EXCESS_DB = 7.0
"""Up to here if it is very like."""
BELIEF = 0.3
"""Sum of votes from which a lag is known: two windows, or three."""
VOTES_KEPT = 0.9
"""From window to window: a lag that jumps is known again after a quarter of a second."""
NEAR_FRAMES = 2
"""Echoes of one place spread so far around their lag."""

ROOM_RISE_DB = 0.05
"""Per frame: noise that sets in is taken for the room's after some seconds."""
LEARNT_WINDOWS = 1
"""From then on levels of echoes are foreseen."""
SLOWEST = 0.05
"""Share of a window in what is learnt: the mean of the first ones, then following slowly."""
QUIET_FRAMES = LAG_FRAMES
"""In which something played and nothing was heard."""
QUIET_DB = 12.0
"""What is so much louder than the loudest of that is no echo."""


class EchoGuard:
    """One listener with a loudspeaker. Positions are samples, at 16 kHz, of what is heard."""

    def __init__(self) -> None:
        self._played = Played()
        self._heard: Levels = np.zeros((0, BANDS), np.float32)
        self._heard_end = 0
        self._waiting: FloatSamples = np.zeros(0, np.float32)
        self._room: Levels | None = None
        self._votes = np.zeros(LAG_FRAMES + 1)
        self._lag: int | None = None
        self._gain: Levels = np.zeros(BANDS, np.float32)
        """Of each band, from what is played to what is heard of it."""
        self._learnt_windows = 0
        self._quiet_frames = 0
        self._quiet_db = -np.inf
        self._suspects = False
        """Something loud was like this reply, though it was thought that there is no echo."""
        self._alike = 1.0
        """How like anything that was played the last window was, as far as that is known."""

    def played(self, samples: FloatSamples, now_sample: int) -> None:
        """More was sent to be played, when what is heard had come to `now_sample`."""
        if self._played.add(samples, now_sample):
            if self._lag is not None or self._suspects or self._quiet_frames < QUIET_FRAMES:
                self._quiet_frames, self._quiet_db, self._suspects = 0, -np.inf, False
            self._votes[:], self._lag = 0, None  # how full the client's buffer is, may be another

    def stopped(self, now_sample: int) -> None:
        """The client plays no more of it."""
        self._played.cut(now_sample)

    def listens(self, sample: int) -> bool:
        """Whether anything heard there may be an echo."""
        return self._played.any and sample // HOP_SAMPLES < self._played.end_frame + LAG_FRAMES + PATTERN_FRAMES

    @property
    def has_none(self) -> bool:
        """Whether there is no echo: it was quiet while enough was played."""
        return self._lag is None and self._quiet_frames >= QUIET_FRAMES

    @property
    def rules_out(self) -> bool:
        """Whether the last window, which is not explained, is surely no echo: not even the beginning of an odd one."""
        return self.has_none or self._alike < UNLIKE

    def explains(self, samples: FloatSamples, start_sample: int, probability: float) -> bool:
        """Whether a window is but an echo; `probability` is that of speech in it. Windows come in order; after those
        that were passed over, `remember` comes first."""
        self.remember(samples, start_sample)
        self._alike = 1.0
        if len(self._heard) < FEWEST_FRAMES:
            return False
        played = self._played.levels(self._heard_end - len(self._heard) - LAG_FRAMES, self._heard_end)
        if probability < DOUBTFUL:
            self._note_quiet(played, 2, self._loudness)
            return False
        likeness = self._likeness(played)
        best = int(np.argmax(likeness))
        self._alike = float(likeness[best])
        if self.has_none and self._loudness > self._quiet_db + QUIET_DB:
            self._suspects |= bool(likeness[best] >= LIKE)
            return False
        self._vote(best, float(likeness[best]))
        if self._lag is None:
            return self._is_unknown_echo(played, best, float(likeness[best]))
        first = max(0, self._lag - NEAR_FRAMES)
        lag = first + int(np.argmax(likeness[first : self._lag + NEAR_FRAMES + 1]))
        if self._is_known_echo(played, lag, float(likeness[lag])):
            return True
        return self._has_jumped(played, best, float(likeness[best]))

    def pass_over(self, end_sample: int, windows: int, level_db: float) -> None:
        """So many windows up to there are not told, for all of them are quiet; together they have this level."""
        self._heard, self._waiting = self._heard[:0], self._waiting[:0]
        self._heard_end = end_sample // HOP_SAMPLES
        played = self._played.levels(self._heard_end - LAG_FRAMES, self._heard_end)
        self._note_quiet(played, 2 * windows, level_db)
        self._forget_played()

    # --------------------------------------------------------------------------------------------------------- hearing

    def remember(self, samples: FloatSamples, start_sample: int) -> None:
        """Hear what is not to be explained; it may be the end of what was passed over."""
        if start_sample != self._heard_end * HOP_SAMPLES + len(self._waiting):
            skipped = -start_sample % HOP_SAMPLES
            self._heard_end = (start_sample + skipped) // HOP_SAMPLES
            self._heard, self._waiting, self._room = self._heard[:0], samples[skipped:], None
        else:
            self._waiting = np.concatenate((self._waiting, samples))
        levels = decibels(band_powers(self._waiting))
        self._waiting = self._waiting[len(levels) * HOP_SAMPLES :].copy()
        self._heard_end += len(levels)
        for row in levels:
            self._room = row if self._room is None else np.minimum(self._room + ROOM_RISE_DB, row).astype(np.float32)
        self._heard = np.concatenate((self._heard, levels))[-PATTERN_FRAMES:]
        self._forget_played()

    def _forget_played(self) -> None:
        self._played.forget(self._heard_end - LAG_FRAMES - 2 * PATTERN_FRAMES)

    @property
    def _loudness(self) -> float:
        return float(self._heard[-RECENT_FRAMES:].max())

    def _note_quiet(self, played: Levels, frames: int, level_db: float) -> None:
        """There is no speech; was there any to be heard?"""
        if played.max() > self._played.mean.max():
            self._quiet_frames += frames
            self._quiet_db = max(self._quiet_db, level_db)

    # --------------------------------------------------------------------------------------------------------- judging

    def _likeness(self, played: Levels) -> npt.NDArray[np.float64]:
        """For each lag in frames, how alike the patterns are: a correlation, 0 where there is no pattern. The silence
        before the first reply is none: every sound begins after silence."""
        count = len(self._heard)
        pattern = self._pattern()
        reference = np.clip(played - self._played.mean, -RANGE_DB, RANGE_DB)
        before = min(max(0, self._played.first_frame - (self._heard_end - len(played))), len(played))
        reference[:before] = 0
        windows = np.lib.stride_tricks.sliding_window_view(reference, (count, BANDS)).reshape(-1, count * BANDS)
        frames = count - np.clip(before - np.arange(len(windows)), 0, count)
        energies = np.convolve(np.square(reference).sum(axis=1), np.ones(count), "valid")
        energies[(energies < PLAIN_DB**2 * BANDS * frames) | (frames < FEWEST_FRAMES)] = np.inf
        newest = np.concatenate(([0.0], np.cumsum(np.square(pattern).sum(axis=1)[::-1])))
        alike = (windows @ pattern.reshape(-1)) / np.sqrt(energies * np.maximum(newest[frames], 1.0))
        likeness: npt.NDArray[np.float64] = alike[::-1]
        return likeness

    def _pattern(self) -> Levels:
        """What is heard, around the mean of what is played. As long as the room is not known, it colours nothing and
        only makes all of it louder or softer."""
        pattern = self._heard - self._played.mean - self._gain
        if self._learnt_windows < LEARNT_WINDOWS:
            pattern -= np.median(pattern[self._heard.max(axis=1) > self._heard.max() - LOUD_DB])
        clipped: Levels = np.clip(pattern, -RANGE_DB, RANGE_DB)
        return clipped

    def _vote(self, lag: int, likeness: float) -> None:
        """Believe the lag that was found most of late, until another one is."""
        self._votes *= VOTES_KEPT
        self._votes[lag] += max(0.0, likeness - SURELY_LIKE)
        sums = np.convolve(self._votes, np.ones(2 * NEAR_FRAMES + 1), "same")
        found = int(np.argmax(sums))
        if sums[found] >= (BELIEF if self._lag is None else 2 * BELIEF):
            self._lag = found

    def _is_unknown_echo(self, played: Levels, lag: int, likeness: float) -> bool:
        if self._learnt_windows >= LEARNT_WINDOWS:
            excess_db = self._excess_db(played, lag)
            return likeness > VERY_LIKE or excess_db < (LARGE_EXCESS_DB if likeness >= LIKE else EXCESS_DB)
        return likeness >= LIKE

    def _is_known_echo(self, played: Levels, lag: int, likeness: float) -> bool:
        excess_db = self._excess_db(played, lag)
        if likeness > SURELY_LIKE:
            self._learn(self._lagged(played, lag))
        if self._learnt_windows < LEARNT_WINDOWS:
            return likeness >= LIKE
        return excess_db < EXCESS_DB or (likeness > VERY_LIKE and excess_db < LARGE_EXCESS_DB)

    def _has_jumped(self, played: Levels, lag: int, likeness: float) -> bool:
        """The client's buffer may have run dry: then all that follows is later."""
        return likeness >= LIKE and self._excess_db(played, lag) < EXCESS_DB

    def _lagged(self, played: Levels, lag: int) -> Levels:
        return played[LAG_FRAMES - lag : len(played) - lag]

    def _excess_db(self, played: Levels, lag: int) -> float:
        """How much louder it is of late than the echo of what was played, mean over the bands where it is."""
        echo = self._lagged(played, lag)[-RECENT_FRAMES:] + self._gain
        assert self._room is not None
        expected = decibels(powers_of(echo) + 2 * powers_of(self._room))
        return float(np.clip(self._heard[-RECENT_FRAMES:] - expected, 0, RANGE_DB).mean())

    def _learn(self, echo: Levels) -> None:
        """Take what is heard for an echo of that, where it stands out from the room."""
        assert self._room is not None
        counts = (echo > self._played.mean - LOUD_DB / 2) & (self._heard > self._room + 6)
        off = np.where(counts, self._heard - echo - self._gain, 0).sum(axis=0) / np.maximum(1, counts.sum(axis=0))
        self._learnt_windows += 1
        self._gain = (self._gain + max(SLOWEST, 1 / self._learnt_windows) * off).astype(np.float32)
