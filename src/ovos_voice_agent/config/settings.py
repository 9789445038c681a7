"""The tables of the configuration as frozen structs, each key with its default and its bounds.

Secrets never appear in a `repr`. An engine's own options are handed on as they are: its factory knows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

EPHEMERAL_KEY_PREFIX = "ek_"
"""Short-lived client secrets begin so; a configured key that did too could not be told from one."""

ENGINE_DEFAULTS: Mapping[str, str] = {
    "vad": "dual",
    "stt": "pocketsphinx",
    "llm": "offline",
    "tts": "espeak-ng",
    "frontend": "auto",
    "turn": "none",
}
"""What hears, thinks and speaks where nothing is configured: installed with the package, and offline."""


AmountPerTime = Annotated[str, Meta(pattern=r"^([1-9][0-9]*/(second|minute|hour|day))?$")]
"""Such as `"100/minute"`; empty: no limit."""

Language = Annotated[str, Meta(pattern=r"^(auto|[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*)$")]
"""A code, such as `de` or `de-AT`, or `auto` for whichever is spoken."""

DIGEST_PREFIX = "sha256:"


class Quota(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Table `[limits]`, and part of a key: what one key may take. 0 and empty set no limit."""

    requests: AmountPerTime = ""
    """HTTP requests and new sessions."""
    new_sessions: AmountPerTime = ""
    tokens: AmountPerTime = ""
    """What the language model reads and writes."""
    audio_minutes: AmountPerTime = ""
    """What clients send to be heard."""
    sessions: Annotated[int, Meta(ge=0)] = 0
    """At the same time."""


class ApiKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A long-lived key. `name` is what logs and operators see; `key` is what the client sends, `hash` its digest, of
    which there is exactly one. `limits` takes the place of the table `[limits]`, whole."""

    name: Annotated[str, Meta(min_length=1)]
    key: str = ""
    hash: Annotated[str, Meta(pattern=r"^(sha256:[0-9a-f]{64})?$")] = ""
    scopes: tuple[Literal["realtime", "audio", "chat", "admin"], ...] = ("realtime", "audio", "chat", "admin")
    limits: Quota | None = None

    def __repr__(self) -> str:
        return f"ApiKey(name={self.name!r})"


class ServerConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Table `[server]`. A limit of 0 means 'no limit' where its docstring says so."""

    host: Annotated[str, Meta(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8000
    """0 takes a free one and prints it."""
    path_prefix: Annotated[str, Meta(pattern=r"^(/[^/\s?#]+)*$")] = ""
    """Path under which a reverse proxy shows the server, such as `/voice`."""

    tls_self_signed: bool = False
    """Serve https and wss with a certificate made and kept here."""
    tls_cert: str = ""
    tls_key: str = ""
    """PEM files of a given certificate and its private key."""

    api_keys: tuple[ApiKey, ...] = ()
    allow_insecure_network: bool = False
    """Listen beyond this machine without keys."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of web pages that may connect; `*` is all. Empty: any page that has a key; without keys, only our own."""

    default_dialect: Literal["ga", "beta"] = "ga"
    preview_dialects: bool = True
    """Serve clients that speak the preview form, OpenAI's and Azure's; else they get 400."""
    extended_pcm_rates: bool = False
    """Accept `audio/pcm` at 8, 16 and 48 kHz besides 24."""
    send_rate_limits: bool = True

    store: str = ""
    """File that the server's processes share; `memory`; empty: a file of the user, named after the port."""

    workers: Annotated[int, Meta(ge=1, le=64)] = 1
    """Processes that serve the port together, for more than one core."""
    max_sessions: Annotated[int, Meta(ge=0)] = 2000
    """Sessions at once; 0: no limit. An idle one costs little: what talks is limited by the engines."""
    refuse_when_busy: bool = True
    """Refuse new sessions while this process does not keep up with those it has."""
    capacity: Annotated[int, Meta(ge=0)] = 0
    """Sessions in which people speak that one process bears; 0: found out at the start."""
    session_limit_minutes: Annotated[float, Meta(ge=0)] = 60
    """As the hosted service; 0: no limit."""
    idle_timeout_s: Annotated[float, Meta(ge=0)] = 0
    """Close a session that neither sends events nor speaks for so long; 0: never."""
    max_message_bytes: Annotated[int, Meta(ge=65536)] = 32 * 1024 * 1024
    """15 MiB of audio are 20 MiB of Base64; the rest is slack."""
    events_per_second: Annotated[int, Meta(ge=0)] = 0
    """Client events; 0: no limit, for a reader that is slow already slows its sender."""
    max_upload_bytes: Annotated[int, Meta(ge=1024)] = 25 * 1024 * 1024
    """One recording for transcription; as the hosted service."""
    max_upload_minutes: Annotated[float, Meta(ge=0)] = 180
    """What a recording may last; 0: whatever fits into its bytes."""
    public_lists: bool = False
    """Voices and audio models may be listed without a key: some front ends send none there."""
    max_input_minutes: Annotated[float, Meta(gt=0)] = 10
    """Audio that may wait for a commit while turn detection is off."""
    max_items: Annotated[int, Meta(ge=1)] = 5000
    """Of one conversation: an hour of talk makes a few hundred."""
    max_tools: Annotated[int, Meta(ge=0)] = 128
    """Of one session: as many as the chat API takes."""
    max_parallel_responses: Annotated[int, Meta(ge=0)] = 4
    """Out-of-band responses of one session beside its own."""
    reader_timeout_s: Annotated[float, Meta(gt=0)] = 30
    """A client that takes nothing for so long while data waits is closed."""
    drain_timeout_s: Annotated[float, Meta(ge=0)] = 10
    """After Ctrl-C or SIGTERM responses end at once; so long may clients take their last events."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["text", "json"] = "text"


class SessionConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Table `[session]`: what a session starts with when its client does not say."""

    model: Annotated[str, Meta(min_length=1)] = "ovos-voice-agent"
    """The name reported to clients that ask for none."""
    instructions: str = ""
    """Replaces the default instructions for speaking; empty keeps them."""
    voice: str = ""
    """Empty: the voice engine's first."""
    language: Language = "auto"
    """Of all turns; `auto` finds it out for each."""
    languages: tuple[Language, ...] = ()
    """To choose from with `auto`; sessions begin in the first. Empty: whatever the recogniser reports."""
    language_voices: dict[str, str] = {}
    """A language -> the voice that speaks it where the session's voice does not, by a name that clients may ask for."""
    silence_duration_ms: Annotated[int, Meta(ge=0, le=10_000)] = 500
    speculation: Literal["auto", "always", "never"] = "auto"
    """Transcribe and answer in the silence before a turn is certain to be over. `auto`: with engines that run here or
    in a private network."""
    echo_guard: bool = True
    """Do not take for speech what is heard of the server's own voice."""
    interruption: Literal["auto", "sound", "words"] | Annotated[int, Meta(ge=1, le=20)] = "auto"
    """What stops a reply: any sound of speech, words, or so many words. `auto`: words with semantic_vad."""
    models: dict[str, str] = {}
    """Names clients may ask for -> the language model's own name for it; empty: the one configured for the engine."""
    voices: dict[str, str] = {}
    """Names clients may ask for -> the voice engine's own name."""
    openai_names: bool = True
    """Accept OpenAI's model and voice names for what is configured here."""
    personas: str = ""
    """Folder of persona files; each is a model that clients may ask for. Empty: none."""
    prompts: dict[str, str] = {}
    """Prompt templates by id, with `{{variable}}` in them."""
    context_tokens: Annotated[int, Meta(ge=0)] = 0
    """Size of the language model's context; longer conversations lose their beginning. 0: it sees to it itself."""


class ModelsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Table `[models]`: where model files lie, and where they come from."""

    folder: str = ""
    """Empty: the user's, below `$XDG_DATA_HOME` or `~/.local/share`."""
    mirror: str = ""
    """URL in place of the origin's; `{host}` and `{path}` in it are the origin's. Empty: the origin itself."""


class RecordingConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Table `[recording]`: sessions that are kept, where their clients ask for it."""

    directory: str = ""
    """Folder; empty: no session is recorded, whoever asks."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """One of the tables `[engines.vad|stt|llm|tts|frontend|turn]`: the engine's name and its own options, unread."""

    name: str
    options: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"EngineConfig(name={self.name!r}, options={sorted(self.options)})"  # names only: values may be keys


class EnginesConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The four stages, the sound front end before them, and the model that hears the ends of turns."""

    vad: EngineConfig
    stt: EngineConfig
    llm: EngineConfig
    tts: EngineConfig
    frontend: EngineConfig
    turn: EngineConfig


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set."""

    server: ServerConfig
    limits: Quota
    session: SessionConfig
    models: ModelsConfig
    engines: EnginesConfig
    recording: RecordingConfig = RecordingConfig()
