"""Reads the configuration: from a TOML file, the environment and the command line, with every mistake told at once."""

from __future__ import annotations

import difflib
import ipaddress
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, get_origin

import msgspec

from ovos_voice_agent.config.demands import demand
from ovos_voice_agent.config.settings import (
    ENGINE_DEFAULTS,
    EPHEMERAL_KEY_PREFIX,
    ApiKey,
    Config,
    EngineConfig,
    EnginesConfig,
    ModelsConfig,
    Quota,
    RecordingConfig,
    ServerConfig,
    SessionConfig,
)
from ovos_voice_agent.errors import ConfigError

ENV_PREFIX = "OVOS_VOICE_AGENT_"
ENV_CONFIG = "OVOS_VOICE_AGENT_CONFIG"
"""Names the configuration file where the command line does not."""

EngineJudge: TypeAlias = Callable[[Mapping[str, EngineConfig], ModelsConfig], Iterable[str]]
"""Tells the mistakes in the engines' tables, which it gets by stage and with `[models]`; each begins with its key."""


def load(
    path: Path | None = None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
    judge_engines: EngineJudge | None = None,
) -> Config:
    """Read and judge everything. `overrides` maps dotted keys (`server.port`) to values and wins over all.

    `judge_engines` is asked for the mistakes inside of the engines' tables, about which nothing is known here. Raises
    ConfigError with every mistake, its own and those.
    """
    settings = _Settings()
    settings.add_tables(_read_toml(path) if path else {})
    settings.add_environment(environ or {})
    for key, value in (overrides or {}).items():
        settings.add(tuple(key.split(".")), value, label=key)
    server = settings.struct("server", ServerConfig)
    limits = settings.struct("limits", Quota)
    session = settings.struct("session", SessionConfig)
    models = settings.struct("models", ModelsConfig)
    recording = settings.struct("recording", RecordingConfig)
    engines = settings.engines()
    problems = settings.problems + list(_contradictions(server, settings.wrong))
    if judge_engines:
        problems += judge_engines(engines, models)
    if problems:
        raise ConfigError(problems)
    return Config(
        server=server,
        limits=limits,
        session=session,
        models=models,
        engines=EnginesConfig(**engines),
        recording=recording,
    )


def known_keys() -> list[str]:
    """All dotted keys that the server itself knows; engines know more."""
    keys = [f"server.{name}" for name in ServerConfig.__struct_fields__]
    keys += [f"limits.{name}" for name in Quota.__struct_fields__]
    keys += [f"session.{name}" for name in SessionConfig.__struct_fields__]
    keys += [f"models.{name}" for name in ModelsConfig.__struct_fields__]
    keys += [f"recording.{name}" for name in RecordingConfig.__struct_fields__]
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
        self.wrong: set[str] = set()
        """The dotted keys whose values were noted as wrong, and their defaults taken."""
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
            key = f"{table}.{field.name}"
            try:
                accepted[field.name] = _convert(found, field.type)
            except msgspec.ValidationError:
                self._refuse(key, found, demand(key, field.type))
            except _WrongValueError as error:
                self._refuse(key, found, str(error))
        return kind(**accepted)

    def _refuse(self, key: str, found: _Value, why: str) -> None:
        self.wrong.add(key)
        self.problems.append(f"{found.label}: {why}")

    def engines(self) -> dict[str, EngineConfig]:
        """The engines' tables by stage. One without a usable name is noted and left out: whose options are they?"""
        found = {kind: self._engine(kind) for kind in ENGINE_DEFAULTS}
        return {kind: engine for kind, engine in found.items() if engine is not None}

    def _engine(self, kind: str) -> EngineConfig | None:
        options = {
            path[2]: _literal(found.value) if found.is_text and path[2] != "name" else found.value
            for path, found in self._values.items()
            if path[:2] == ("engines", kind)
        }
        name = options.pop("name", ENGINE_DEFAULTS[kind])
        if not isinstance(name, str) or not name:
            self.problems.append(f"engines.{kind}.name: must be the name of an engine, in quotes")
            return None
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
    tables = ["server", "limits", "session", "models", "recording", *(f"engines.{kind}" for kind in ENGINE_DEFAULTS)]
    near = difflib.get_close_matches(".".join(path), known_keys() + tables, n=1, cutoff=0.75)
    return f"; did you mean {near[0]}?" if near else ""


# -------------------------------------------------------------------------------------------------------------- judging


class _WrongValueError(Exception):
    """Says what the value must be."""


def _convert(found: _Value, kind: Any) -> object:
    """The value as the field's type. Raises _WrongValueError or msgspec.ValidationError."""
    value = found.value
    if found.is_text and get_origin(kind) in (tuple, dict):
        value = _from_text(str(value), is_list=get_origin(kind) is tuple)
    if kind == tuple[ApiKey, ...]:
        value = _named_keys(value)
    return msgspec.convert(value, kind, strict=not found.is_text)


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


def _contradictions(server: ServerConfig, wrong: Set[str]) -> Iterator[str]:
    """Values that do not go together. What rests on a key that is `wrong` is not told: its default was never meant."""
    if not wrong & {"server.api_keys", "server.allow_insecure_network"}:
        yield from _too_open(server)
    if not wrong & {"server.tls_cert", "server.tls_key", "server.tls_self_signed"}:
        yield from _half_certificates(server)
    if server.default_dialect == "beta" and not server.preview_dialects:
        yield "server.default_dialect: beta is switched off by server.preview_dialects = false"
    yield from _doubtful_keys(server)


def _too_open(server: ServerConfig) -> Iterator[str]:
    if not (is_loopback(server.host) or server.api_keys or server.allow_insecure_network):
        yield (
            f"server.host: {server.host} can be reached from other machines and server.api_keys is empty; "
            "set keys, or server.allow_insecure_network = true"
        )


def _half_certificates(server: ServerConfig) -> Iterator[str]:
    if bool(server.tls_cert) != bool(server.tls_key):
        given, missing = ("tls_cert", "tls_key") if server.tls_cert else ("tls_key", "tls_cert")
        yield f"server.{missing}: is needed with server.{given}"
    if server.tls_self_signed and (server.tls_cert or server.tls_key):
        yield "server.tls_self_signed: makes a certificate, so server.tls_cert and server.tls_key must be empty"


def _doubtful_keys(server: ServerConfig) -> Iterator[str]:
    names = [key.name for key in server.api_keys]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"server.api_keys: two keys have the name {name}"
    for key in server.api_keys:
        if bool(key.key) == bool(key.hash):
            yield f"server.api_keys: {key.name} needs either key or hash"
        if key.key.startswith(EPHEMERAL_KEY_PREFIX):
            yield f"server.api_keys: {key.name} begins with {EPHEMERAL_KEY_PREFIX}, the mark of short-lived secrets"
