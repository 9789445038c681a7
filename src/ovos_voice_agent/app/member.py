"""One of several processes that serve together: `python -m ovos_voice_agent.app.member FD`; see `supervising.py`.

Rules: it is told everything over the socket with that number, and ends in order when that closes, so that no member
outlives its parent; then it removes what the parent could not.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from pathlib import Path

from ovos_voice_agent.app import logs
from ovos_voice_agent.app.application import Application, build
from ovos_voice_agent.app.crew import CannotStart, IsReady, Link, Peers, Setup, Whole
from ovos_voice_agent.app.engines import StartError
from ovos_voice_agent.app.serving import EXIT_FAILED, loop_factory, options_of, prefer_the_loop, shut
from ovos_voice_agent.app.settling import settled
from ovos_voice_agent.app.signals import Stop, unless
from ovos_voice_agent.errors import ConfigError
from ovos_voice_agent.transports.server import Listener, listen


def main(arguments: list[str]) -> int:
    """Serve until the parent, or a signal, says otherwise. Returns the exit code."""
    end = socket.socket(fileno=int(arguments[0]))
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_member(end))


async def _member(end: socket.socket) -> int:
    link = await Link.open(end)
    setup = await link.hear()
    if not isinstance(setup, Setup):  # the parent is gone already
        await link.close()
        return EXIT_FAILED
    server = setup.config.server
    prefer_the_loop()
    logs.set_up(server.log_level, server.log_format)
    try:
        application = build(setup.config)
        port = listen(server.host, server.port, shared=True)
        listener = Listener(application.asgi, port, options_of(server))
    except (ConfigError, OSError) as error:
        link.tell(CannotStart([str(error)]))
        await link.close()
        return EXIT_FAILED
    return await _run(setup, application, listener, link)


async def _run(setup: Setup, application: Application, listener: Listener, link: Link) -> int:
    stop = Stop()
    peers = Peers(Path(setup.folder), setup.number, application.metrics.render)
    application.join_crew(peers)
    listening = asyncio.ensure_future(_obey(link, application, stop))
    with stop.on_signals():
        try:
            await peers.start()
            await _serve(setup, application, listener, link, stop)
        except StartError as error:
            link.tell(CannotStart(list(error.problems)))
            return EXIT_FAILED
        finally:
            await shut(application, listener, stop)
            await peers.close()
            if listening.done():  # the parent is gone, and cannot clear up
                await asyncio.to_thread(shutil.rmtree, setup.folder, ignore_errors=True)
            listening.cancel()
            await link.close()
    return 0


async def _serve(setup: Setup, application: Application, listener: Listener, link: Link, stop: Stop) -> None:
    if not setup.late:
        await listener.start()
    started = await unless(stop.wanted, application.start())
    if started is None:
        return
    if setup.late:
        await listener.start()
    async with settled(application.sessions):
        link.tell(IsReady(started))
        await stop.wanted.wait()
        await unless(stop.wanted_at_once, application.drain(setup.config.server.drain_timeout_s))


async def _obey(link: Link, application: Application, stop: Stop) -> None:
    while (message := await link.hear()) is not None:
        if isinstance(message, Whole):
            application.lifecycle.crew_is_whole(message.whole)
    stop.ask()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
