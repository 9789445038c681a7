"""Checks of the configuration and of what it names: files, folders, the port, and models."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from ovos_voice_agent.cli.checkup.findings import Finding, good, hint, problem
from ovos_voice_agent.config import Config
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.weights.catalogue import recommended
from ovos_voice_agent.weights.store import Store, megabytes

LITTLE_ROOM_BYTES = 1_000_000_000


def mistakes(error: ConfigError) -> Iterator[Finding]:
    """The mistakes in a configuration, each as a finding."""
    for sentence in error.problems:
        key, _, words = sentence.partition(": ")
        yield problem("configuration", f"{key}: {words}" if words else sentence)


def check_secrets(path: Path | None) -> Iterator[Finding]:
    """Whether others of this machine can read a configuration file that has keys in it."""
    if path is None or os.name == "nt":
        return
    readable = stat.S_IMODE(path.stat().st_mode) & (stat.S_IRGRP | stat.S_IROTH)
    if readable and "key" in path.read_text(encoding="utf-8"):
        yield hint("configuration", f"other users can read {path}, which may hold keys", f"chmod 600 {path}")


def check_port(config: Config) -> Iterator[Finding]:
    from ovos_voice_agent.transports.server import listen

    server = config.server
    try:
        listen(server.host, server.port).close()
    except OSError as error:
        yield problem("port", str(error).partition(": ")[0], f"ovos-voice-agent serve --port {server.port + 1}")
    else:
        yield good("port", f"{server.host}:{server.port} is free")


def check_certificate(config: Config) -> Iterator[Finding]:
    from ovos_voice_agent.transports.tls import TlsFiles

    server = config.server
    if not server.tls_cert:
        return
    try:
        TlsFiles(Path(server.tls_cert), Path(server.tls_key)).check()
    except ConfigError as error:
        yield problem("certificate", error.problems[0], "ovos-voice-agent serve --tls-self-signed")
    else:
        yield good("certificate", server.tls_cert)


def check_store(config: Config) -> Iterator[Finding]:
    """Whether the file that the server's processes share can be written; without it their own memory has to do."""
    from ovos_voice_agent.app.access import IN_MEMORY, default_path

    server = config.server
    if server.store == IN_MEMORY or (not server.store and not server.port):
        return
    path = Path(server.store).expanduser() if server.store else default_path(server.port, os.environ)
    existing = next(place for place in path.parents if place.exists())
    if existing.is_dir() and os.access(existing, os.W_OK):
        yield good("store", f"{path} can be written")
    elif server.store:
        yield problem("store", f"{path} cannot be written", 'set server.store to another file, or to "memory"')
    else:
        yield hint(
            "store",
            f"{path} cannot be written: sessions and short-lived keys end with the server",
            f"chmod u+rwx {existing}",
        )


def check_models(store: Store) -> Iterator[Finding]:
    """Models that are here, whole or not, and room for more."""
    for model in recommended():
        if store.begun(model):
            words = f"{model.id} was begun and is not whole"
            yield problem("models", words, f"ovos-voice-agent models pull {model.id}")
        elif store.is_installed(model):
            yield from _check_model(model.id, store.damage(model))
    existing = next(place for place in (store.folder, *store.folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    if free < LITTLE_ROOM_BYTES:
        yield hint("models", f"{existing} has {megabytes(free)} left", "set models.folder to another disk")


def _check_model(model_id: str, damage: list[str]) -> Iterator[Finding]:
    if damage:
        pull = f"ovos-voice-agent models pull {model_id}"
        yield problem("models", f"{model_id} is damaged: {', '.join(damage)}", pull)
    else:
        yield good("models", f"{model_id} is whole")
