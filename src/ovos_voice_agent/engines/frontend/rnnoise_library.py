"""RNNoise's C library, out of the package `pyrnnoise`, whose Python part (it draws plots) is not loaded.

Rules: one state per stream, used by one thread at a time. A call lets go of the interpreter's lock.
"""

from __future__ import annotations

import ctypes
import weakref
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ovos_voice_agent.errors import EngineError

if TYPE_CHECKING:
    from ovos_voice_agent.engines.interface import FloatSamples

PACKAGE = "pyrnnoise"
FRAME_SAMPLES = 480
"""10 ms at the one rate that the network knows."""
RATE_HZ = 48_000
DELAY_SAMPLES = 960
"""What comes out of a frame is the sound of the frame before the last: measured, the peak of the correlation."""

_SCALE = 32768.0
_NAMES = ("librnnoise.so", "librnnoise.dylib", "rnnoise.dll")


class Denoiser:
    """One stream of frames."""

    def __init__(self) -> None:
        library = load()
        self._process = library.rnnoise_process_frame
        self._state = library.rnnoise_create(None)
        if not self._state:
            raise EngineError("there is no memory for another noise suppressor", code="model_unavailable")
        weakref.finalize(self, library.rnnoise_destroy, self._state)

    def process(self, frame: FloatSamples) -> tuple[FloatSamples, float]:
        """A frame in -1..1 at 48 kHz -> a frame without its noise, `DELAY_SAMPLES` late, and how surely that was speech
        (0..1)."""
        cleaned = np.multiply(frame, _SCALE, dtype=np.float32)
        address = cleaned.ctypes.data
        probability = float(self._process(self._state, address, address))
        cleaned *= 1 / _SCALE
        return cleaned, probability


@cache
def load() -> ctypes.CDLL:
    """The library, loaded once. Raises EngineError with what is missing and how to get it."""
    path = _path()
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise _unavailable(f"RNNoise's library cannot be loaded on this machine: {error}") from error
    library.rnnoise_create.argtypes = [ctypes.c_void_p]
    library.rnnoise_create.restype = ctypes.c_void_p
    library.rnnoise_destroy.argtypes = [ctypes.c_void_p]
    library.rnnoise_destroy.restype = None
    library.rnnoise_process_frame.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.rnnoise_process_frame.restype = ctypes.c_float
    library.rnnoise_get_frame_size.restype = ctypes.c_int
    if library.rnnoise_get_frame_size() != FRAME_SAMPLES:
        raise _unavailable("this RNNoise has frames of another length")
    return library


def _path() -> Path:
    spec = find_spec(PACKAGE)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []
    found = [folder / name for folder in folders for name in _NAMES if (folder / name).is_file()]
    if not found:
        raise _unavailable(f"RNNoise's library is missing: pip install {PACKAGE}")
    return found[0]


def _unavailable(message: str) -> EngineError:
    return EngineError(message, code="model_unavailable")
