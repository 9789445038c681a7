"""Two stages for all sessions of a process: the level against the noise of the room, then Silero for what is left.

Rules:

- The first stage only ever says 'surely silent'; that something is speech, the network alone says.
- WebRTC's detector helps the first stage where its package is installed: what the level leaves open, it may call
  silence as well (`docs/turns.md` has the measurements).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ovos_voice_agent.engines.interface import EngineInfo
from ovos_voice_agent.engines.options import OptionReader
from ovos_voice_agent.engines.vad.gate import Gate
from ovos_voice_agent.engines.vad.silero import Silero
from ovos_voice_agent.engines.vad.silero_model import Webrtc
from ovos_voice_agent.errors import ConfigError

_INFO = EngineInfo(
    kind="vad",
    name="dual",
    quality="Silero 6.2 behind the level of the room: hears as Silero alone does, for half of the work in quiet rooms",
)

SETTLE_WINDOWS = 16
"""Half a second: by then a pause has been noticed. What the network's memory misses it hears when it wakes."""
REPLAY_WINDOWS = 8
"""A quarter of a second: more made no onset come sooner."""
_MISSING = "webrtc: its package is not installed: pip install 'ovos-voice-agent[webrtc]'"


@dataclass(frozen=True, slots=True)
class Options:
    """`silence_dbfs` and `gather_ms` as for `silero`. `margin_db`: what is less than that above the noise of the room
    is silence. `webrtc`: whether WebRTC's detector may call more of it silence; None asks it where its package is
    installed. `webrtc_mode`: how strict it is, 0 to 3."""

    silence_dbfs: float = -70.0
    margin_db: float = 4.0
    gather_ms: float = 8.0
    webrtc: bool | None = None
    webrtc_mode: int = 3

    @classmethod
    def read(cls, options: Mapping[str, Any]) -> Options:
        """Raises ConfigError that names every wrong or unknown key."""
        reader = OptionReader(options)
        mode = reader.maybe_integer("webrtc_mode", 0, 3)
        read = cls(
            silence_dbfs=reader.number("silence_dbfs", cls().silence_dbfs, -200.0, -40.0),
            margin_db=reader.number("margin_db", cls().margin_db, 0.0, 12.0),
            gather_ms=reader.number("gather_ms", cls().gather_ms, 0.0, 10.0),
            webrtc=reader.maybe_flag("webrtc"),
            webrtc_mode=cls().webrtc_mode if mode is None else mode,
        )
        reader.finish()
        return read


def create(options: Mapping[str, Any]) -> Silero:
    """The engine's factory. Raises ConfigError that names every wrong or unknown key, and a package that is missing."""
    read = Options.read(options)
    gate = Gate(read.silence_dbfs, read.margin_db, SETTLE_WINDOWS, REPLAY_WINDOWS)
    return Silero(_INFO, gate, read.gather_ms, _maker(read))


def _maker(options: Options) -> Callable[[], Webrtc | None]:
    """Makes WebRTC's detector for each stream, or none."""
    if options.webrtc is False:
        return lambda: None
    try:
        import webrtcvad
    except ImportError as error:
        if options.webrtc:
            raise ConfigError([_MISSING]) from error
        return lambda: None
    made: Callable[[], Webrtc] = lambda: webrtcvad.Vad(options.webrtc_mode)  # noqa: E731
    return made
