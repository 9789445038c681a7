"""The server's settings, frozen, from a TOML file, the environment and the command line.

Rules:

- Later wins: defaults, file, environment (`OVOS_VOICE_AGENT_SERVER__PORT=9000`), command line.
- All mistakes are reported at once, each by its key, and unknown keys are mistakes.
- An engine's own options are handed on as they are: its factory knows them, this file does not.
- Secrets never appear in a `repr`.
- Every key has a line in docs/configuration.md; a test compares them.
"""

from __future__ import annotations

import difflib
import ipaddress
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin

import msgspec
from msgspec import Meta

from ovos_voice_agent.errors import ConfigError

ENV_PREFIX = "OVOS_VOICE_AGENT_"
ENV_CONFIG = "OVOS_VOICE_AGENT_CONFIG"
"""Names the configuration file where the command line does not."""

EPHEMERAL_KEY_PREFIX = "ek_"
"""Short-lived client secrets begin so; a configured key that did too could not be told from one."""

ENGINE_DEFAULTS: Mapping[str, str] = {
    "vad": "silero",
    "stt": "pocketsphinx",
    "llm": "offline",
    "tts": "espeak-ng",
}
"""What hears, thinks and speaks where nothing is configured: installed with the package, and offline."""


AmountPerTime = Annotated[str, Meta(pattern=r"^([1-9][0-9]*/(second|minute|hour|day))?$")]
"""Such as `"100/minute"`; empty: no limit."""

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
    extended_pcm_rates: bool = False
    """Accept `audio/pcm` at 8, 16 and 48 kHz besides 24."""
    send_rate_limits: bool = True

    store: str = ""
    """File that the server's processes share; `memory`; empty: a file of the user, named after the port."""

    max_sessions: Annotated[int, Meta(ge=0)] = 2000
    """Sessions at once; 0: no limit. An idle one costs little: what talks is limited by the engines."""
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
    silence_duration_ms: Annotated[int, Meta(ge=0, le=10_000)] = 500
    models: dict[str, str] = {}
    """Names clients may ask for -> the language model's own name for it; empty: the one configured for the engine."""
    voices: dict[str, str] = {}
    """Names clients may ask for -> the voice engine's own name."""
    openai_names: bool = True
    """Accept OpenAI's model and voice names for what is configured here."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """One of the tables `[engines.vad|stt|llm|tts]`: the engine's name and its own options, unread."""

    name: str
    options: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"EngineConfig(name={self.name!r}, options={sorted(self.options)})"  # names only: values may be keys


class EnginesConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The four stages."""

    vad: EngineConfig
    stt: EngineConfig
    llm: EngineConfig
    tts: EngineConfig


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set."""

    server: ServerConfig
    limits: Quota
    session: SessionConfig
    engines: EnginesConfig


def load(
    path: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Config:
    """Read and judge everything. `overrides` maps dotted keys (`server.port`) to values and wins over all.

    Raises ConfigError with every mistake.
    """
    settings = _Settings()
    settings.add_tables(_read_toml(path) if path else {})
    settings.add_environment(environ or {})
    for key, value in (overrides or {}).items():
        settings.add(tuple(key.split(".")), value, label=key)
    config = Config(
        server=settings.struct("server", ServerConfig),
        limits=settings.struct("limits", Quota),
        session=settings.struct("session", SessionConfig),
        engines=EnginesConfig(**{kind: settings.engine(kind) for kind in ENGINE_DEFAULTS}),
    )
    problems = settings.problems + list(_contradictions(config.server))
    if problems:
        raise ConfigError(problems)
    return config


def known_keys() -> list[str]:
    """All dotted keys that the server itself knows; engines know more."""
    keys = [f"server.{name}" for name in ServerConfig.__struct_fields__]
    keys += [f"limits.{name}" for name in Quota.__struct_fields__]
    keys += [f"session.{name}" for name in SessionConfig.__struct_fields__]
    return keys + [f"engines.{kind}.name" for kind in ENGINE_DEFAULTS]


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens on `host`."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


# ------------------------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class _Value:
    """A value with the words that name it in a complaint. `is_text`: from the environment, where "5" may mean 5."""

    value: object
    label: str
    is_text: bool = False


_S = TypeVar("_S", bound=msgspec.Struct)


class _Settings:
    """All values by (table, key), and every problem met so far."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._values: dict[tuple[str, ...], _Value] = {}

    def add(self, path: tuple[str, ...], value: object, *, label: str, is_text: bool = False) -> None:
        """Take a value, or note that nothing has this name. `path` is (table, key) or ("engines", kind, option)."""
        if _is_known(path):
            self._values[path] = _Value(value, label, is_text)
        else:
            self.problems.append(f"{label}: there is no such key{_suggestion(path)}")

    def add_tables(self, document: Mapping[str, object]) -> None:
        for table, content in document.items():
            if not isinstance(content, dict):
                self.add((table,), content, label=table)
            elif table == "engines":
                self._add_engines(content)
            else:
                for key, value in content.items():
                    self.add((table, key), value, label=f"{table}.{key}")

    def _add_engines(self, kinds: Mapping[str, object]) -> None:
        for kind, options in kinds.items():
            label = f"engines.{kind}"
            if kind not in ENGINE_DEFAULTS:
                self.problems.append(f"{label}: there is no such table{_suggestion(('engines', kind))}")
            elif not isinstance(options, dict):
                self.problems.append(f"{label}: must be a table with a name and the engine's options")
            else:
                for key, value in options.items():
                    self.add(("engines", kind, key), value, label=f"{label}.{key}")

    def add_environment(self, environ: Mapping[str, str]) -> None:
        for name in sorted(environ):
            if name.startswith(ENV_PREFIX) and name != ENV_CONFIG:
                path = tuple(name.removeprefix(ENV_PREFIX).lower().split("__"))
                self.add(path, environ[name], label=f"{'.'.join(path)} (from {name})", is_text=True)

    def struct(self, table: str, kind: type[_S]) -> _S:
        """The table as a struct. A wrong value is noted and its default taken, so that the rest is judged too."""
        accepted = {}
        for field in msgspec.structs.fields(kind):
            found = self._values.get((table, field.name))
            if found is None:
                continue
            try:
                accepted[field.name] = _convert(found, field.type)
            except msgspec.ValidationError as error:
                self.problems.append(f"{found.label}: {_HINTS.get(f'{table}.{field.name}') or _in_words(error)}")
            except _WrongValueError as error:
                self.problems.append(f"{found.label}: {error}")
        return kind(**accepted)

    def engine(self, kind: str) -> EngineConfig:
        options = {
            path[2]: _literal(found.value) if found.is_text and path[2] != "name" else found.value
            for path, found in self._values.items()
            if path[:2] == ("engines", kind)
        }
        name = options.pop("name", ENGINE_DEFAULTS[kind])
        if not isinstance(name, str) or not name:
            self.problems.append(f"engines.{kind}.name: must be the name of an engine, in quotes")
            name = ENGINE_DEFAULTS[kind]
        return EngineConfig(name, options)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror or error}"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: is not TOML: {error}"]) from error


def _is_known(path: tuple[str, ...]) -> bool:
    if len(path) == 3 and path[0] == "engines":
        return path[1] in ENGINE_DEFAULTS and bool(path[2])
    return ".".join(path) in known_keys()


def _suggestion(path: tuple[str, ...]) -> str:
    tables = ["server", "limits", "session", *(f"engines.{kind}" for kind in ENGINE_DEFAULTS)]
    near = difflib.get_close_matches(".".join(path), known_keys() + tables, n=1, cutoff=0.75)
    return f"; did you mean {near[0]}?" if near else ""


# -------------------------------------------------------------------------------------------------------------- judging

_PER_TIME = 'must be an amount per second, minute, hour or day, like "100/minute", or empty'

_HINTS = {
    "limits.requests": _PER_TIME,
    "limits.new_sessions": _PER_TIME,
    "limits.tokens": _PER_TIME,
    "limits.audio_minutes": _PER_TIME,
    "server.port": "must be a whole number from 0 to 65535",
    "server.path_prefix": "must be empty, or begin with a slash and not end with one, like /voice",
    "server.api_keys": (
        'must be a list of keys, each a string or a table {name = "...", key = "..."}, '
        'with hash = "sha256:..." instead of key if you like, scopes = ["realtime", "audio", "chat", "admin"] '
        'and limits = {requests = "100/minute", ...}'
    ),
    "server.max_message_bytes": "must be a whole number, at least 65536",
    "session.silence_duration_ms": "must be a whole number of milliseconds from 0 to 10000",
    "session.models": "must be a table of names: what clients ask for = what the language model calls it",
    "session.voices": "must be a table of names: what clients ask for = what the voice engine calls it",
}


class _WrongValueError(Exception):
    """Says what the value must be."""


def _convert(found: _Value, kind: Any) -> object:
    """The value as the field's type. Raises _WrongValueError or msgspec.ValidationError."""
    value = found.value
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise _WrongValueError("must be one of " + ", ".join(f'"{choice}"' for choice in get_args(kind)))
        return value
    if found.is_text and get_origin(kind) in (tuple, dict):
        value = _from_text(str(value), is_list=get_origin(kind) is tuple)
    if kind == tuple[ApiKey, ...]:
        value = _named_keys(value)
    return msgspec.convert(value, kind, strict=not found.is_text)


def _in_words(error: msgspec.ValidationError) -> str:
    text = str(error).replace("`", "")
    return text[:1].lower() + text[1:]


def _from_text(text: str, *, is_list: bool) -> object:
    """A list or table in an environment variable: JSON, or for lists the items with commas between."""
    if not is_list or text.lstrip().startswith(("[", "{")):
        try:
            return msgspec.json.decode(text)
        except msgspec.DecodeError as error:
            raise _WrongValueError("must be JSON when it comes from the environment") from error
    return [item.strip() for item in text.split(",") if item.strip()]


def _named_keys(value: object) -> object:
    """Plain strings among the keys get names by their place: key-1, key-2."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return value
    return [{"name": f"key-{place}", "key": key} if isinstance(key, str) else key for place, key in enumerate(value, 1)]


def _literal(value: object) -> object:
    """An engine's option from the environment: what is JSON (`5`, `true`, `["a"]`, `"5"`) is read, else text."""
    try:
        return msgspec.json.decode(str(value))
    except msgspec.DecodeError:
        return value


def _contradictions(server: ServerConfig) -> Iterator[str]:
    if not (is_loopback(server.host) or server.api_keys or server.allow_insecure_network):
        yield (
            f"server.host: {server.host} can be reached from other machines and server.api_keys is empty; "
            "set keys, or server.allow_insecure_network = true"
        )
    if bool(server.tls_cert) != bool(server.tls_key):
        given, missing = ("tls_cert", "tls_key") if server.tls_cert else ("tls_key", "tls_cert")
        yield f"server.{missing}: is needed with server.{given}"
    if server.tls_self_signed and (server.tls_cert or server.tls_key):
        yield "server.tls_self_signed: makes a certificate, so server.tls_cert and server.tls_key must be empty"
    names = [key.name for key in server.api_keys]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"server.api_keys: two keys have the name {name}"
    for key in server.api_keys:
        if bool(key.key) == bool(key.hash):
            yield f"server.api_keys: {key.name} needs either key or hash"
        if key.key.startswith(EPHEMERAL_KEY_PREFIX):
            yield f"server.api_keys: {key.name} begins with {EPHEMERAL_KEY_PREFIX}, the mark of short-lived secrets"
