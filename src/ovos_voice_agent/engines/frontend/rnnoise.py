"""RNNoise as the front end of all sessions of a process: one worker thread, batches.

Rules:

- Frames come and go at 16 kHz; the network works at 48 kHz. All that this costs in time is `DELAY_SAMPLES`.
- A little of the noise is left (`strength`): clean speech comes out with fewer errors (28 words of 100 instead of 30,
  27 without any of this), and noisy speech with no more. Measured with PocketSphinx: `scripts/measure_frontend.py`.
- Long digital silence costs nothing: the network stands still until there is sound.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ovos_voice_agent.audio.resample import Resampler
from ovos_voice_agent.engines.batch import Batcher, Lane, Share
from ovos_voice_agent.engines.extras import need
from ovos_voice_agent.engines.frontend import rnnoise_library as library
from ovos_voice_agent.engines.frontend.gain import Gain
from ovos_voice_agent.engines.frontend.interface import FrontendOptions
from ovos_voice_agent.engines.interface import ENGINE_RATE_HZ, EngineInfo, FloatSamples
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

need(library.PACKAGE)

FRAME_SAMPLES = 160
"""10 ms at 16 kHz."""
RATIO = library.RATE_HZ // ENGINE_RATE_HZ
LOOKAHEAD_SAMPLES = Resampler(ENGINE_RATE_HZ, library.RATE_HZ).held_samples
"""Of either resampler, at 16 kHz."""
DELAY_SAMPLES = library.DELAY_SAMPLES // RATIO + 2 * LOOKAHEAD_SAMPLES
"""22 ms."""
SILENT_FRAMES = 100
"""A second of zeros, after which nothing is left of the sound before."""

_INFO = EngineInfo(
    kind="frontend",
    name="rnnoise",
    quality="RNNoise, a neural network: takes steady and sudden noise from speech before it is recognised",
)


@dataclass(frozen=True, slots=True)
class Options:
    """`strength`: how much of the noise goes at most, 0 to 1. `near_gain_db` and `far_gain_db`: how much louder quiet
    speech may become, by where the microphone is; 0 leaves it as it is."""

    strength: float = 0.9
    near_gain_db: float = 6.0
    far_gain_db: float = 24.0

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Options:
        """Raises ConfigError that names every wrong or unknown key."""
        reader = OptionReader(options)
        read = cls(
            strength=reader.number("strength", cls().strength, 0.0, 1.0),
            near_gain_db=reader.number("near_gain_db", cls().near_gain_db, 0.0, 40.0),
            far_gain_db=reader.number("far_gain_db", cls().far_gain_db, 0.0, 40.0),
        )
        reader.finish()
        return read


def create(options: Mapping[str, Any]) -> Rnnoise:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key."""
    return Rnnoise(Options.read(options))


class Rnnoise:
    """Implements `Frontend`."""

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._batcher: Batcher[Cleaner, FloatSamples] | None = None

    @property
    def info(self) -> EngineInfo:
        return _INFO

    @property
    def reduces_noise(self) -> bool:
        return True

    @property
    def frame_samples(self) -> int:
        return FRAME_SAMPLES

    @property
    def delay_samples(self) -> int:
        return DELAY_SAMPLES

    async def start(self) -> None:
        """Load the library and clean a frame. Raises EngineError with what is missing and how to get it."""
        silence = np.zeros(FRAME_SAMPLES, np.float32)
        await asyncio.to_thread(lambda: Cleaner(1.0, 0.0).clean(silence[None]))
        self._batcher = Batcher(_clean, fallback=silence, name="rnnoise")

    def open(self, options: FrontendOptions) -> RnnoiseStream:
        """A stream for one session. Raises EngineError before `start` and after `close`."""
        if self._batcher is None:
            raise EngineError("the noise suppressor is not running", code="model_unavailable")
        most_db = self._options.far_gain_db if options.far_field else self._options.near_gain_db
        return RnnoiseStream(self._batcher.open(), Cleaner(options.strength * self._options.strength, most_db))

    async def close(self) -> None:
        batcher, self._batcher = self._batcher, None
        if batcher is not None:
            await batcher.close()


class RnnoiseStream:
    """Implements `FrontendStream`."""

    __slots__ = ("_cleaner", "_lane")

    def __init__(self, lane: Lane[Cleaner, FloatSamples], cleaner: Cleaner) -> None:
        self._lane = lane
        self._cleaner = cleaner

    def submit(self, frames: FloatSamples, deliver: Callable[[Sequence[FloatSamples]], None]) -> None:
        """As `FrontendStream.submit`. Raises ValueError for frames that are not of shape (n, 160)."""
        if frames.ndim != 2 or frames.shape[1] != FRAME_SAMPLES:
            raise ValueError(f"frames must have shape (n, {FRAME_SAMPLES}), not {frames.shape}")
        self._lane.submit(self._cleaner, frames, deliver)

    def close(self) -> None:
        self._lane.close()


class Cleaner:
    """All that one stream remembers. `strength` 0..1 is the share of the noise that goes."""

    def __init__(self, strength: float, most_db: float) -> None:
        self._strength = strength
        self._denoiser = library.Denoiser()
        self._gain = Gain(most_db)
        self._up = Resampler(ENGINE_RATE_HZ, library.RATE_HZ)
        self._down = Resampler(library.RATE_HZ, ENGINE_RATE_HZ)
        self._wide = np.zeros(LOOKAHEAD_SAMPLES * RATIO, np.float32)  # whole frames, then, from the first on
        self._narrow = np.zeros(LOOKAHEAD_SAMPLES, np.float32)
        self._late = np.zeros(DELAY_SAMPLES, np.float32)
        self._silent_frames = 0

    def clean(self, frames: FloatSamples) -> list[FloatSamples]:
        """As many frames as came in, `DELAY_SAMPLES` late."""
        wide = np.concatenate((self._wide, self._up.push(frames.reshape(-1))))
        pairs = [self._denoise(frame) for frame in wide.reshape(-1, library.FRAME_SAMPLES)]
        self._wide = self._wide[:0]
        narrow = np.concatenate((self._narrow, self._down.push(np.concatenate([frame for frame, _ in pairs]))))
        self._narrow = self._narrow[:0]
        heard = np.concatenate((self._late, frames.reshape(-1)))
        self._late = heard[-DELAY_SAMPLES:].copy()
        mixed = self._strength * narrow + (1 - self._strength) * heard[: len(narrow)]
        rows = mixed.reshape(-1, FRAME_SAMPLES)
        return [self._gain.apply(row, probability) for row, (_, probability) in zip(rows, pairs, strict=True)]

    def _denoise(self, frame: FloatSamples) -> tuple[FloatSamples, float]:
        self._silent_frames = 0 if frame.any() else self._silent_frames + 1
        if self._silent_frames > SILENT_FRAMES:
            return frame, 0.0
        return self._denoiser.process(frame)


def _clean(shares: Sequence[Share[Cleaner]]) -> list[list[FloatSamples]]:
    """The model of the batcher; runs in the worker thread."""
    return [share.state.clean(share.units) for share in shares]
