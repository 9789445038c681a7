"""Who may do what, from the configuration: the store, the keys and their quotas."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from ovos_voice_agent import config as c
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.stores.interface import Rate, Resource, Store, Window
from ovos_voice_agent.stores.sqlite import SqliteStore
from ovos_voice_agent.transports.auth import Authenticator, Key, Keys, digest_of
from ovos_voice_agent.transports.guard import Guard
from ovos_voice_agent.transports.limits import Limiter, Quota
from ovos_voice_agent.transports.origins import Origins
from ovos_voice_agent.transports.secrets import Secrets

log = logging.getLogger(__name__)

IN_MEMORY = "memory"
_MS_PER_MINUTE = 60_000


def unix_now() -> float:
    return datetime.now(UTC).timestamp()


class Access:
    """All that decides who may come in. `close` ends the store."""

    def __init__(self, config: c.Config) -> None:
        """Raises ConfigError when the configured store cannot be used."""
        server = config.server
        quotas = {key.name: quota_of(key.limits) for key in server.api_keys if key.limits is not None}
        keys = Keys(_key(key) for key in server.api_keys)
        self.store: Store = open_store(server, os.environ)
        self.secrets = Secrets(self.store, unix_now)
        self.authenticator = Authenticator(keys, self.secrets)
        self.limiter = Limiter(self.store, quotas, quota_of(config.limits), unix_now)
        self.guard = Guard(self.authenticator, self.limiter, unix_now)
        self.origins = Origins(server.allowed_origins, keyed=keys.required, host=server.host)


def _key(key: c.ApiKey) -> Key:
    digest = bytes.fromhex(key.hash.removeprefix(c.DIGEST_PREFIX)) if key.hash else digest_of(key.key)
    return Key(key.name, digest, frozenset(key.scopes))


def quota_of(limits: c.Quota) -> Quota:
    """A quota as it is counted: audio by milliseconds."""
    return Quota(
        requests=_rate("requests", limits.requests),
        sessions=_rate("sessions", limits.new_sessions),
        tokens=_rate("tokens", limits.tokens),
        audio_ms=_rate("audio_ms", limits.audio_minutes, _MS_PER_MINUTE),
        live_sessions=limits.sessions,
    )


def _rate(resource: Resource, text: str, factor: int = 1) -> Rate | None:
    if not text:
        return None
    amount, _, window = text.partition("/")
    windows: Mapping[str, Window] = {"second": "second", "minute": "minute", "hour": "hour", "day": "day"}
    return Rate(resource, int(amount) * factor, windows[window])


def open_store(server: c.ServerConfig, environ: Mapping[str, str]) -> Store:
    """The configured store. Where none is configured and the user's own file cannot be used, it is in memory: then
    short-lived keys end with the process. Raises ConfigError for a configured file that cannot be used."""
    if server.store == IN_MEMORY or (not server.store and not server.port):
        return SqliteStore(None)
    path = Path(server.store).expanduser() if server.store else default_path(server.port, environ)
    try:
        return SqliteStore(path)
    except (OSError, sqlite3.Error) as error:
        if server.store:
            raise ConfigError([f"server.store: {path} cannot be used: {error}"]) from error
        log.warning("the store is in memory, for its file cannot be used", extra={"path": str(path), "why": str(error)})
        return SqliteStore(None)


def default_path(port: int, environ: Mapping[str, str]) -> Path:
    """One file for all processes of a user that serve one port."""
    state = environ.get("XDG_STATE_HOME") or Path(environ.get("HOME") or ".") / ".local" / "state"
    return Path(state) / "ovos-voice-agent" / f"port-{port}.sqlite3"
