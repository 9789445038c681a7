"""When garbage is looked for, and what a server that is ready asks of the interpreter."""

from __future__ import annotations

import subprocess
import sys

from ovos_voice_agent.app.settling import FEW_SESSIONS, LONGEST_S, MANY_ENDED, Sweeper

SCRIPT = """
import asyncio, gc
from ovos_voice_agent.app import settling
settling.EVERY_S = 0.01
class Watched:
    gone = asyncio.Event()
    def __del__(self): Watched.gone.set()
async def serve():
    sessions = [1, 1]
    async with settling.settled(lambda: tuple(sessions)):
        print(gc.isenabled(), gc.get_threshold()[0] > 700, gc.get_freeze_count() > 10_000)
        one = Watched(); one.itself = one; del one
        await asyncio.sleep(0.1)
        print(not Watched.gone.is_set())
        sessions[0] = 0
        await asyncio.wait_for(Watched.gone.wait(), 30)
asyncio.run(serve())
"""


class Server:
    def __init__(self) -> None:
        self.open = self.ever = self.sweeps = 0
        self.now = 0.0
        self.sweeper = Sweeper(lambda: (self.open, self.ever), lambda: self.now, self.sweep)

    def sweep(self) -> None:
        self.sweeps += 1

    def looks(self, *, still_open: int, ever: int) -> bool:
        self.open, self.ever, before = still_open, ever, self.sweeps
        self.sweeper.look()
        return self.sweeps > before


def test_after_some_have_ended_and_while_few_are_open() -> None:
    server = Server()
    assert not server.looks(still_open=5, ever=5)
    assert server.looks(still_open=4, ever=5)
    assert not server.looks(still_open=4, ever=5), "nothing new"
    assert not server.looks(still_open=FEW_SESSIONS + 1, ever=FEW_SESSIONS + 100)
    assert server.looks(still_open=FEW_SESSIONS, ever=FEW_SESSIONS + 100)


def test_among_many_when_as_many_have_ended() -> None:
    server = Server()
    assert not server.looks(still_open=1000, ever=1999)
    assert server.looks(still_open=1000, ever=2000)
    assert not server.looks(still_open=50, ever=1050 + MANY_ENDED - 1)
    assert server.looks(still_open=50, ever=1050 + MANY_ENDED)


def test_sooner_or_later_in_any_case() -> None:
    server = Server()
    server.now = LONGEST_S
    assert server.looks(still_open=1000, ever=1000)
    assert not server.looks(still_open=1000, ever=1000)


def test_what_is_loaded_is_kept_and_what_is_not_needed_goes() -> None:
    """In a process of its own: it changes the whole interpreter."""
    ran = subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True, text=True)
    assert ran.stdout.split() == ["True"] * 4
