"""Session settings in GA form: their structs and how an update merges into them (protocol.md 3).

Settings are frozen. An update is a checked JSON object (see `session_shapes.py`); `merged` applies the rules of 3.2:
objects key by key, absent keys keep their value, null restores the default, a few keys are replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ovos_voice_agent.audio.format import EXTENDED_PCM_RATES_HZ, AudioFormat
from ovos_voice_agent.protocol.objects import Modality


class WireFormat(Struct, frozen=True, omit_defaults=True):
    """`audio.*.format`; `rate` only for `audio/pcm`."""

    type: str
    rate: int | UnsetType = UNSET

    def audio_format(self) -> AudioFormat:
        return AudioFormat.from_wire(msgspec.to_builtins(self), pcm_rates_hz=EXTENDED_PCM_RATES_HZ)


PCM_24K = WireFormat(type="audio/pcm", rate=24_000)


class Transcription(Struct, frozen=True):
    """`languages`, `keywords` and `delay` are echoed only when the client set them: pipecat refuses other keys here."""

    model: str
    language: str | None = None
    prompt: str | None = None
    languages: tuple[str, ...] | UnsetType = UNSET
    keywords: tuple[str, ...] | UnsetType = UNSET
    delay: str | UnsetType = UNSET


class ServerVad(Struct, frozen=True, tag_field="type", tag="server_vad"):
    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500
    idle_timeout_ms: int | None = None
    create_response: bool = True
    interrupt_response: bool = True


class SemanticVad(Struct, frozen=True, tag_field="type", tag="semantic_vad"):
    eagerness: Literal["auto", "low", "medium", "high"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


TurnDetection: TypeAlias = ServerVad | SemanticVad


class NoiseReduction(Struct, frozen=True):
    type: Literal["near_field", "far_field"]
    strength: float | UnsetType = UNSET


class InputAudioSettings(Struct, frozen=True):
    format: WireFormat = PCM_24K
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: TurnDetection | None = ServerVad()


class OutputAudioSettings(Struct, frozen=True):
    voice: str | dict[str, str]
    format: WireFormat = PCM_24K
    speed: float = 1.0


class AudioSettings(Struct, frozen=True):
    """A transcription session has no `output`."""

    input: InputAudioSettings
    output: OutputAudioSettings | UnsetType = UNSET


class FunctionTool(Struct, frozen=True, tag_field="type", tag="function"):
    name: str
    description: str | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=lambda: {"type": "object", "properties": {}})


ToolChoice: TypeAlias = str | dict[str, Any]


class Extensions(Struct, frozen=True):
    """`x_ovos`, what the client asked of our own extensions (protocol.md 11).

    `language` is that of the replies; "auto" finds it out for each turn. Unset: as the server is configured."""

    timeline: bool = False
    language: str | UnsetType | None = UNSET
    recording: bool | UnsetType = UNSET
    """Of the session, kept by the server; absent where nobody asked, or where the server does not record."""
    words: bool | UnsetType = UNSET
    """Events that tell when each word of a reply is said."""


class RealtimeSettings(Struct, frozen=True, tag_field="type", tag="realtime"):
    """What a client may set in a realtime session. The order of the keys is that of the hosted service."""

    model: str
    instructions: str
    audio: AudioSettings
    output_modalities: tuple[Modality, ...] = ("audio",)
    tools: tuple[FunctionTool, ...] = ()
    tool_choice: ToolChoice = "auto"
    max_output_tokens: int | Literal["inf"] = "inf"
    tracing: str | dict[str, Any] | None = None
    truncation: str | dict[str, Any] = "auto"
    prompt: dict[str, Any] | None = None
    include: tuple[str, ...] | None = None
    parallel_tool_calls: bool | UnsetType = UNSET
    reasoning: dict[str, Any] | UnsetType | None = UNSET
    temperature: float | UnsetType = UNSET
    x_ovos: Extensions | UnsetType = UNSET


class TranscriptionSettings(Struct, frozen=True, tag_field="type", tag="transcription"):
    """What a client may set in a transcription session."""

    audio: AudioSettings
    include: tuple[str, ...] | None = None
    x_ovos: Extensions | UnsetType = UNSET


Settings: TypeAlias = RealtimeSettings | TranscriptionSettings

SessionView: TypeAlias = dict[str, Any]
"""A session as shown to clients: the settings with `object`, `id` and `expires_at`."""

REPLACED_WHOLE = frozenset(
    {"format", "transcription", "tools", "tool_choice", "prompt", "truncation", "tracing", "voice"}
)
"""Keys whose objects are not merged but replaced (protocol.md 3.2)."""


def to_wire(settings: Struct) -> dict[str, Any]:
    """The JSON object of any settings struct."""
    wire: dict[str, Any] = msgspec.to_builtins(settings)
    return wire


def merged(current: Settings, update: Mapping[str, Any], defaults: Settings) -> Settings:
    """The settings after a checked update. `defaults` says what null restores. Raises nothing on checked input."""
    wire = _merge_objects(to_wire(current), update, to_wire(defaults))
    return msgspec.convert(wire, type(current))


def _merge_objects(current: dict[str, Any], update: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(current)
    for key, value in update.items():
        result[key] = _merge_value(key, current.get(key), value, defaults.get(key))
        if value is None and key not in defaults:
            del result[key]
    return result


_CLEARED_BY_NULL = frozenset(
    {"turn_detection", "transcription", "noise_reduction", "idle_timeout_ms", "include", "prompt", "tracing"}
)
"""Keys for which null is a value of its own: none of it."""


def _merge_value(key: str, current: Any, value: Any, default: Any) -> Any:
    if value is None:
        return None if key in _CLEARED_BY_NULL else default
    if key == "instructions" and value == "":
        return default  # An empty string restores the default text (recorded behaviour of the hosted service).
    if not isinstance(value, dict) or key in REPLACED_WHOLE:
        return value
    if not isinstance(current, dict) or current.get("type") != value.get("type", current.get("type")):
        return value
    return _merge_objects(current, value, default if isinstance(default, dict) else {})


def view(settings: Settings, session_id: str, expires_at: int) -> SessionView:
    """The session as shown to clients, keys in the order of the hosted service."""
    wire = to_wire(settings)
    if isinstance(settings, TranscriptionSettings):
        head = {"type": wire.pop("type"), "object": "realtime.transcription_session", "id": session_id}
        return {**head, "expires_at": expires_at, **wire}
    head = {"type": wire.pop("type"), "object": "realtime.session", "id": session_id, "model": wire.pop("model")}
    head["output_modalities"] = wire.pop("output_modalities")
    audio, include = wire.pop("audio"), wire.pop("include")
    return {**head, **wire, "expires_at": expires_at, "audio": audio, "include": include}
