"""Running a server: from the bound port to the last closed engine, in the foreground or inside of a test."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import structs

from ovos_voice_agent.app import logs, report
from ovos_voice_agent.app.access import IN_MEMORY
from ovos_voice_agent.app.application import Application, build
from ovos_voice_agent.app.engines import Started, StartError
from ovos_voice_agent.app.settling import settled
from ovos_voice_agent.app.signals import Stop, unless
from ovos_voice_agent.app.supervising import Crew, shared_config
from ovos_voice_agent.config import Config, ServerConfig
from ovos_voice_agent.engines.interface import Engine
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.transports.server import CAN_SHARE, Listener, ServerOptions, hold, listen
from ovos_voice_agent.transports.tls import (
    TlsFiles,
    default_folder,
    local_address,
    names_of_this_machine,
    self_signed,
    today,
)

EXIT_FAILED = 1
SWITCH_S = 0.001
"""Half a dozen calls of the detector. The default would be as long as the loop may be late at all."""
LAST_MOMENT_S = 1.0
"""What engines get to stop their processes when everything is to end at once."""


def serve(config: Config) -> int:
    """Serve until Ctrl-C or SIGTERM; returns the exit code. Raises ConfigError before it listens."""
    logs.set_up(config.server.log_level, config.server.log_format)
    allow_many_files()
    prefer_the_loop()
    if config.server.workers > 1:
        return _serve_together(config)
    options = options_of(config.server)
    application = build(config)
    try:
        port = listen(config.server.host, config.server.port)
    except OSError as error:
        _say([str(error)], sys.stderr)
        return EXIT_FAILED
    listener = Listener(application.asgi, port, options)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_serve(config, application, listener))


def _serve_together(config: Config) -> int:
    """The same by several processes, of which this one is the parent."""
    if not CAN_SHARE:
        raise ConfigError(["server.workers: this system cannot share a port among processes: leave it at 1"])
    server = config.server
    options = options_of(server)  # a certificate that must be made is made once
    try:
        port = hold(server.host, server.port)
    except OSError as error:
        _say([str(error)], sys.stderr)
        return EXIT_FAILED
    with port, tempfile.TemporaryDirectory(prefix="ovos-voice-agent-") as folder:
        return asyncio.run(_watch(shared_config(config, port.getsockname()[1], os.environ), folder, options))


async def _watch(config: Config, folder: str, options: ServerOptions) -> int:
    stop, server = Stop(), config.server
    _say(report.opening_lines(server.host, server.port, secure=options.tls is not None))
    crew = Crew(config, folder, lambda started: _say_ready(server, started, server.port, options.tls))
    with stop.on_signals():
        try:
            await crew.run(stop)
        except StartError as error:
            _say(report.problem_lines(error.problems), sys.stderr)
            return EXIT_FAILED
    return 0


async def _serve(config: Config, application: Application, listener: Listener) -> int:
    stop = Stop()
    with stop.on_signals():
        try:
            return await _served(config, application, listener, stop)
        except StartError as error:
            _say(report.problem_lines(error.problems), sys.stderr)
            return EXIT_FAILED
        finally:
            await shut(application, listener, stop)


async def _served(config: Config, application: Application, listener: Listener, stop: Stop) -> int:
    server, tls = config.server, listener.options.tls
    await listener.start()
    _say(report.opening_lines(server.host, listener.port, secure=tls is not None))
    started = await unless(stop.wanted, application.start())
    if started is not None:
        async with settled(application.sessions):
            _say_ready(server, started, listener.port, tls)
            await stop.wanted.wait()
            _say(["Shutting down. Ctrl-C again stops at once."])
            await unless(stop.wanted_at_once, application.drain(server.drain_timeout_s))
    return 0


def _say_ready(server: ServerConfig, started: Sequence[Started], port: int, tls: TlsFiles | None) -> None:
    keyed = bool(server.api_keys)
    _say(report.ready_lines(started, server.host, port, keyed=keyed, secure=tls is not None))
    if tls is not None:
        _say(_network_lines(server, port, tls))


def _network_lines(server: ServerConfig, port: int, tls: TlsFiles) -> list[str]:
    own = report.self_signed_lines(tls.certificate) if server.tls_self_signed else []
    return own + report.network_lines(server.host, port, local_address(), f"{server.path_prefix}/")


def options_of(server: ServerConfig) -> ServerOptions:
    """How it listens. Raises ConfigError when a certificate cannot be used or made."""
    tls = None
    if server.tls_cert:
        tls = TlsFiles(Path(server.tls_cert), Path(server.tls_key))
        tls.check()
    elif server.tls_self_signed:
        tls = self_signed(default_folder(), names_of_this_machine(), today())
    return ServerOptions(server.max_message_bytes, tls)


async def shut(application: Application, listener: Listener, stop: Stop) -> None:
    """Close everything that is still open; at once when that is wanted."""
    if stop.wanted_at_once.is_set():
        listener.abort()
    await unless(stop.wanted_at_once, listener.close())
    await unless(stop.wanted_at_once, application.close())
    if stop.wanted_at_once.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(application.close(), LAST_MOMENT_S)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is ready. `url` is the base for clients (`http://127.0.0.1:PORT/v1`, https with TLS)."""

    url: str
    application: Application
    listener: Listener


@asynccontextmanager
async def running(
    config: Config, engines: Mapping[str, Engine] | None = None, *, refuse_when_busy: bool = False
) -> AsyncIterator[Running]:
    """A server inside of this process, on a free port of this machine, until the end of the block. For tests.

    `engines` by stage take the place of the configured ones; the store is in memory unless one is configured. Nobody is
    refused for being busy unless it is asked for: the clients of a test are in the same thread. Raises StartError.
    """
    store = config.server.store or IN_MEMORY
    server = structs.replace(config.server, store=store, refuse_when_busy=refuse_when_busy)
    config = structs.replace(config, server=server)
    application = build(config) if engines is None else Application(config, engines)
    options = options_of(config.server)
    listener = Listener(application.asgi, listen("127.0.0.1", 0), options)
    await listener.start()
    try:
        await application.start()
        base = report.address("127.0.0.1", listener.port, secure=options.tls is not None)
        yield Running(f"{base}{config.server.path_prefix}/v1", application, listener)
        await application.drain(config.server.drain_timeout_s)
    finally:
        listener.abort()
        await listener.close()
        await application.close()


def allow_many_files() -> None:
    """Each session is a file; systems allow a program a thousand unless it asks for as many as it may have."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def prefer_the_loop() -> None:
    """What has the interpreter hands it over after 1 ms, not 5, when the event loop or another thread wants it."""
    sys.setswitchinterval(SWITCH_S)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed: a faster event loop."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _say(lines: Iterable[str], stream: Any = None) -> None:
    """What a terminal cannot show becomes a question mark."""
    stream = stream or sys.stdout
    encoding = stream.encoding or "utf-8"
    print("\n".join(lines).encode(encoding, "replace").decode(encoding), file=stream, flush=True)
