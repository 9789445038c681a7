"""What a session's audio bytes mean: encoding and rate, and exact conversions of bytes, samples and milliseconds.

Rules: no numpy, so that the core may import this file; integers only, so that positions never drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from ovos_voice_agent.errors import ClientError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Encoding: TypeAlias = Literal["pcm16", "pcmu", "pcma"]

PCM_RATE_HZ = 24_000
"""The only rate of `audio/pcm` that the Realtime API knows; others are an extension of ours."""

G711_RATE_HZ = 8_000

EXTENDED_PCM_RATES_HZ = (8_000, 16_000, 24_000, 48_000)
"""Rates of `audio/pcm` that a server may allow by configuration. pipecat refuses to parse any other than 24 000."""

_ENCODING_OF_TYPE: Mapping[object, Encoding] = {"audio/pcm": "pcm16", "audio/pcmu": "pcmu", "audio/pcma": "pcma"}
_TYPE_OF_ENCODING: Mapping[Encoding, str] = {"pcm16": "audio/pcm", "pcmu": "audio/pcmu", "pcma": "audio/pcma"}


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """Mono audio on the wire: `pcm16` is signed, little endian; `pcmu` and `pcma` are G.711, one byte a sample."""

    encoding: Encoding = "pcm16"
    rate_hz: int = PCM_RATE_HZ

    @classmethod
    def from_wire(
        cls,
        wire: Mapping[str, object],
        *,
        param: str = "format",
        pcm_rates_hz: Collection[int] = (PCM_RATE_HZ,),
    ) -> AudioFormat:
        """Read `{"type": "audio/pcm", "rate": 24000}`; `rate` may be missing or None.

        `param` is the path of this object in the client's event, named in errors. `pcm_rates_hz` are the rates allowed.
        Raises ClientError for a missing or unknown type and for a rate that is not allowed.
        """
        encoding = _encoding(wire, param)
        if encoding != "pcm16":
            return cls(encoding, _checked_rate(wire, (G711_RATE_HZ,), param, default=G711_RATE_HZ))
        return cls(encoding, _checked_rate(wire, pcm_rates_hz, param, default=PCM_RATE_HZ))

    def to_wire(self) -> dict[str, str | int]:
        """The object as the API writes it: only `audio/pcm` tells its rate."""
        wire: dict[str, str | int] = {"type": _TYPE_OF_ENCODING[self.encoding]}
        if self.encoding == "pcm16":
            wire["rate"] = self.rate_hz
        return wire

    @property
    def bytes_per_sample(self) -> int:
        return 2 if self.encoding == "pcm16" else 1

    def samples_in_bytes(self, size_bytes: int) -> int:
        """Whole samples in so many bytes; half a sample at the end does not count."""
        return size_bytes // self.bytes_per_sample

    def bytes_of_samples(self, samples: int) -> int:
        return samples * self.bytes_per_sample

    def samples_in_ms(self, ms: int) -> int:
        """Whole samples in so many milliseconds."""
        return ms * self.rate_hz // 1000

    def ms_of_samples(self, samples: int) -> int:
        """Whole milliseconds that so many samples last."""
        return samples * 1000 // self.rate_hz

    def bytes_in_ms(self, ms: int) -> int:
        """Bytes of the whole samples in so many milliseconds: pcm16 at 24 kHz has 48 a millisecond, G.711 has 8."""
        return self.bytes_of_samples(self.samples_in_ms(ms))

    def ms_of_bytes(self, size_bytes: int) -> int:
        """Whole milliseconds of the whole samples in so many bytes."""
        return self.ms_of_samples(self.samples_in_bytes(size_bytes))

    def samples_at(self, samples: int, rate_hz: int) -> int:
        """The same position counted at another rate, rounded to the nearest sample."""
        return convert_samples(samples, self.rate_hz, rate_hz)


def convert_samples(samples: int, from_hz: int, to_hz: int) -> int:
    """A position in samples at `from_hz`, counted at `to_hz`: rounded to the nearest, halves up."""
    return (2 * samples * to_hz + from_hz) // (2 * from_hz)


def _encoding(wire: Mapping[str, object], param: str) -> Encoding:
    path = f"{param}.type"
    kind = wire.get("type")
    if kind is None:
        raise ClientError(f"Missing required parameter: '{path}'.", code="missing_required_parameter", param=path)
    if not isinstance(kind, str) or kind not in _ENCODING_OF_TYPE:
        message = f"Invalid value: '{kind}'. Supported values are: 'audio/pcm', 'audio/pcmu', and 'audio/pcma'."
        raise ClientError(message, code="invalid_value", param=path)
    return _ENCODING_OF_TYPE[kind]


def _checked_rate(wire: Mapping[str, object], allowed_hz: Collection[int], param: str, default: int) -> int:
    path = f"{param}.rate"
    rate_hz = wire.get("rate")
    if rate_hz is None:
        return default
    if not isinstance(rate_hz, int) or isinstance(rate_hz, bool):
        message = f"Invalid type for '{path}': expected an integer, but got {type(rate_hz).__name__} instead."
        raise ClientError(message, code="invalid_type", param=path)
    if rate_hz not in allowed_hz:
        raise _rate_error(rate_hz, allowed_hz, path)
    return rate_hz


def _rate_error(rate_hz: int, allowed_hz: Collection[int], path: str) -> ClientError:
    low_hz, high_hz = min(allowed_hz), max(allowed_hz)
    if rate_hz < low_hz:
        message = f"integer below minimum value. Expected a value >= {low_hz}, but got {rate_hz} instead."
        return ClientError(f"Invalid '{path}': {message}", code="integer_below_min_value", param=path)
    if rate_hz > high_hz:
        message = f"integer above maximum value. Expected a value <= {high_hz}, but got {rate_hz} instead."
        return ClientError(f"Invalid '{path}': {message}", code="integer_above_max_value", param=path)
    supported = ", ".join(f"'{rate}'" for rate in sorted(allowed_hz))
    message = f"Invalid value: '{rate_hz}'. Supported values are: {supported}."
    return ClientError(message, code="invalid_value", param=path)
